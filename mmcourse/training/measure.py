"""What a training step costs, and what it waits for. Taught in lesson 24.

Measuring trains the model for a few steps; its whole state is put back afterwards.
"""

import contextlib
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from . import state
from .batches import Batches
from .hardware import devices

LONG = 30  # steps that give a spread
WAITING = 0.1  # of the time: above it a run is input-bound


@dataclass(frozen=True)
class Throughput:
    """Cost of training steps; times in seconds, memory in bytes; None is unknown on this backend.

    `step_time` is the median, `step_spread` the quartiles. `flops` are floating-point operations per
    step as TensorFlow counts them in the step's graph: matrix products and convolutions with their
    gradients, loops (GRU, LSTM) not included. `matmul_rate` is measured here, in operations per
    second, and `share` is flops / (step_time * matmul_rate). `peak_memory` is the GPU's, or on a CPU
    the whole process's.
    """

    examples_per_second: float
    step_time: float
    step_spread: tuple[float, float]
    flops: int | None
    matmul_rate: float
    share: float | None
    peak_memory: int | None

    def __str__(self) -> str:
        low, high = (1e3 * value for value in self.step_spread)
        text = (
            f"{self.examples_per_second:.0f} examples/s, step {1e3 * self.step_time:.2f} ms ({low:.2f} to {high:.2f})"
        )
        if self.flops is not None:
            text += f", {self.flops / 1e6:.1f} MFLOP per step = {self.share:.0%} of this device's matmul rate"
        if self.peak_memory is not None:
            text += f", peak memory {self.peak_memory / 2**20:.0f} MiB"
        return text


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


def throughput(model: keras.Model, data, *, batch_size: int = 64, steps: int = LONG) -> Throughput:
    """Examples per second, step time with its spread, FLOPs, share of the matmul rate, peak memory.

    `data`: a `Multimodal` or `(x, y)`. The steps run inside Keras's `fit`, one at a time whatever
    `steps_per_execution` is, after the first ones, which compile. Taught in lesson 24.
    """
    batches = _batches(data, batch_size)
    clock = _Clock()
    with _borrowed(model, batches, steps_per_execution=1):
        _run(model, batches, steps + 3, [clock])
        flops = _flops(model, batches)
    times = np.array(clock.times[3:])
    low, median, high = np.percentile(times, [25, 50, 75])
    rate = matmul_rate(model.compute_dtype)
    return Throughput(
        examples_per_second=batch_size * len(times) / times.sum(),
        step_time=float(median),
        step_spread=(float(low), float(high)),
        flops=flops,
        matmul_rate=rate,
        share=None if flops is None else flops / (median * rate),
        peak_memory=_peak_memory(),
    )


def input_bound(model: keras.Model, dataset, *, batch_size: int = 64, steps: int = LONG) -> InputBound:
    """Whether training waits for its data: time in `next(data)` against time in the step, side by side.

    `dataset`: an iterable of `(x, y)` batches (a `tf.data.Dataset`, a generator), or a `Multimodal` or
    `(x, y)` arrays. What prefetching hides behind the step is not waiting. Taught in lesson 24.
    """
    if isinstance(dataset, tuple) or hasattr(dataset, "train"):
        dataset = _batches(dataset, batch_size).source()
    iterator = iter(dataset)
    waits, works = [], []
    with _borrowed(model, None, steps_per_execution=1):
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


def profile(model: keras.Model, data, directory: str | os.PathLike, *, batch_size: int = 64, steps: int = 10) -> Path:
    """Record a trace of some training steps; look at it with `tensorboard --logdir DIRECTORY`.

    The steps that compile come before the trace. Returns the directory. TensorFlow and JAX only.
    Taught in lesson 24.
    """
    backend = keras.backend.backend()
    if backend == "torch":
        raise ValueError("profile works on the TensorFlow and JAX backends; on PyTorch use torch.profiler")
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    batches = _batches(data, batch_size)
    with _borrowed(model, batches):
        _run(model, batches, 3, [])
        with _tracing(backend, directory):
            _run(model, batches, steps, [])
    return directory


def matmul_rate(dtype: str = "float32", size: int | None = None) -> float:
    """Floating-point operations per second of a square matrix product, the best of twenty."""
    size = size or (8192 if devices().gpus else 1024)
    left = keras.ops.cast(keras.random.normal((size, size), seed=0), dtype)
    best = np.inf
    for _ in range(20):
        began = time.perf_counter()
        product = keras.ops.matmul(left, left)
        float(keras.ops.convert_to_numpy(product[0, 0]))  # waits for the device
        best = min(best, time.perf_counter() - began)
    return 2 * size**3 / best


class _Clock(keras.callbacks.Callback):
    """Seconds of each step, from its begin to its end."""

    def __init__(self):
        super().__init__()
        self.times = []

    def on_train_batch_begin(self, batch, logs=None):
        self.began = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self.times.append(time.perf_counter() - self.began)


def _batches(data, batch_size: int) -> Batches:
    if hasattr(data, "train"):  # a Multimodal
        data = (data.train.batch(), data.train.y)
    return Batches(*data, batch_size, seed=0)


@contextlib.contextmanager
def _borrowed(model, batches: Batches | None, steps_per_execution: int | None = None):
    """Train the model inside, and give it back as it was."""
    if not model.compiled:
        raise ValueError("the model is not compiled: call model.compile(optimizer, loss) before measuring")
    if not model.optimizer.built:
        if batches is None:
            raise ValueError("the model has never been trained: train one step before measuring its input")
        state.prepare(model, batches[0])
        model.reset_metrics()
    before, kept = state.snapshot(model), model.steps_per_execution
    try:
        if steps_per_execution is not None and steps_per_execution != kept:
            model.steps_per_execution = steps_per_execution
            model.make_train_function(force=True)
        yield
    finally:
        state.restore(model, before)
        if model.steps_per_execution != kept:
            model.steps_per_execution = kept
            model.make_train_function(force=True)


def _run(model, batches: Batches, steps: int, callbacks: list) -> None:
    """So many steps of Keras's own `fit`, through as many epochs as that takes."""
    stop = _StopAfter(steps)
    model.fit(
        batches.source(),
        shuffle=False,
        epochs=-(-steps // batches.steps),
        verbose=0,
        callbacks=[*callbacks, stop],
    )


class _StopAfter(keras.callbacks.Callback):
    def __init__(self, steps: int):
        super().__init__()
        self.left = steps

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left <= 0:
            self.model.stop_training = True


def _flops(model, batches: Batches) -> int | None:
    """Floating-point operations of one training step, by TensorFlow's count over its graph."""
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    batch = tf.nest.map_structure(tf.convert_to_tensor, batches[0])
    graph = tf.function(model.train_step).get_concrete_function(batch).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")  # it tells that its own parts are deprecated
    try:
        return int(tf.compat.v1.profiler.profile(graph, options=options).total_float_ops)
    finally:
        logger.setLevel(level)


def _peak_memory() -> int | None:
    if devices().gpus:
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
        if keras.backend.backend() == "jax":
            import jax

            return (jax.devices()[0].memory_stats() or {}).get("peak_bytes_in_use")
        import torch

        return torch.cuda.max_memory_allocated()
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _tracing(backend: str, directory: Path):
    if backend == "jax":
        import jax

        return jax.profiler.trace(str(directory))
    import tensorflow as tf

    return tf.profiler.experimental.Profile(str(directory))
