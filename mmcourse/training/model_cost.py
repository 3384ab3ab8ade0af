"""What a model costs to keep and to ask: bytes, plain and compressed, and milliseconds a sample. Lesson 23."""

import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

WARM_UP = 5  # calls that trace, allocate and fill caches


class Footprint(NamedTuple):
    """Bytes of a model: as they are, and compressed by gzip.

    >>> Footprint(1000, 250)
    Footprint(plain=1000, gzip=250)
    """

    plain: int
    gzip: int


def footprint(model) -> Footprint:
    """Bytes of a Keras model's weights one after the other, or of the files of an `Exported` model or a path.

    `gzip` is the size at its strongest level, where zeros and repeated values cost little. Of a folder, all files
    count, as if they were one. Raises `ValueError` for a model that has no weights yet, `FileNotFoundError` for a path
    where nothing is. Taught in lesson 23.

    >>> model = keras.Sequential([keras.Input((100,)), keras.layers.Dense(10, kernel_initializer="zeros")])
    >>> footprint(model).plain, footprint(model).gzip < 100  # 1010 numbers of 4 bytes, all of them zero
    (4040, True)
    """
    if isinstance(model, keras.Model):
        if not model.built:
            raise ValueError(f"footprint: {model.name!r} has no weights; build it first")
        content = b"".join(keras.ops.convert_to_numpy(weight).tobytes() for weight in model.weights)
    else:
        path = Path(getattr(model, "path", model))
        files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
        content = b"".join(each.read_bytes() for each in files)
    return Footprint(len(content), len(gzip.compress(content, 9, mtime=0)))


@dataclass(frozen=True)
class Latency:
    """Seconds from question to answer for one sample: the median of so many `calls`, and the quartiles.

    >>> print(Latency(0.002, 0.001, 0.004, 50))
    2.00 ms a sample (half of 50 calls between 1.00 and 4.00)
    """

    median: float
    low: float
    high: float
    calls: int

    def __str__(self) -> str:
        low, median, high = (f"{1e3 * value:.2f}" for value in (self.low, self.median, self.high))
        return f"{median} ms a sample (half of {self.calls} calls between {low} and {high})"


def latency(model: keras.Model | Callable, x, *, calls: int = 50) -> Latency:
    """How long one sample takes: the first of `x`, an array or a dict of arrays (N, ...), as a batch of one.

    A Keras model is asked by `predict_on_batch`, anything else is called with the sample. A few calls before the clock
    starts are not counted. What else the machine does shows in the spread; compare what was measured side by side.
    Raises `ValueError` for fewer than 2 calls and for an `x` without a sample. Taught in lesson 23.

    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5)])
    >>> 0 < latency(model, np.zeros((1, 4)), calls=3).low < 1
    True
    """
    if calls < 2:
        raise ValueError(f"latency needs 2 calls or more for a spread, got {calls}")
    sample = keras.tree.map_structure(lambda array: np.asarray(array)[:1], x)
    if not all(len(array) for array in keras.tree.flatten(sample)):
        raise ValueError("latency needs one sample or more in x; there is none")
    ask = model.predict_on_batch if isinstance(model, keras.Model) else model
    for _ in range(WARM_UP):
        ask(sample)
    times = []
    for _ in range(calls):
        began = time.perf_counter()
        ask(sample)
        times.append(time.perf_counter() - began)
    low, median, high = map(float, np.quantile(times, [0.25, 0.5, 0.75]))
    return Latency(median, low, high, calls)
