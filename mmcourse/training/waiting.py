"""Whether a training step waits for its data. Taught in lesson 24."""

import time
from dataclasses import dataclass

import keras
import numpy as np

from .borrowed import borrowed, training_batches

LONG = 30  # steps that tell
WAITING = 0.1  # of the time: above it a run is input-bound


@dataclass(frozen=True)
class InputBound:
    """Seconds per step waiting for data and computing; `share` is the waiting part of both."""

    waiting: float
    computing: float

    @property
    def share(self) -> float:
        return self.waiting / (self.waiting + self.computing)

    @property
    def bound(self) -> bool:
        return self.share > WAITING

    def __str__(self) -> str:
        numbers = f"{1e3 * self.waiting:.2f} ms waiting for data, {1e3 * self.computing:.2f} ms computing per step"
        if self.bound:
            return f"input-bound: {numbers}. Cache what is computed once, prefetch, decode in parallel"
        return f"not input-bound: {numbers}. A faster pipeline would change nothing"


def input_bound(model: keras.Model, dataset, *, batch_size: int = 64, steps: int = LONG) -> InputBound:
    """Whether training waits for its data: time in `next(data)` against time in the step, side by side.

    `dataset`: an iterable of `(x, y)` batches (a `tf.data.Dataset`, a generator), or a `Multimodal` or
    `(x, y)` arrays. What prefetching hides behind the step is not waiting. Taught in lesson 24.

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> run = model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)  # what compiles comes before
    >>> 0 <= input_bound(model, (np.ones((64, 2)), np.ones((64, 1))), batch_size=4, steps=5).share <= 1
    True
    """
    if isinstance(dataset, tuple) or hasattr(dataset, "train"):
        dataset = training_batches(dataset, batch_size).source()
    iterator = iter(dataset)
    waits, works = [], []
    with borrowed(model, None, steps_per_execution=1):
        for _ in range(steps + 2):
            began = time.perf_counter()
            batch = next(iterator, None)
            if batch is None:
                break
            got = time.perf_counter()
            model.train_on_batch(*batch)
            waits.append(got - began)
            works.append(time.perf_counter() - got)
    if len(works) < 3:
        raise ValueError(f"input_bound needs 3 batches or more to measure, the data has {len(works)}")
    return InputBound(float(np.mean(waits[2:])), float(np.mean(works[2:])))
