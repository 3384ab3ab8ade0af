"""What a training step costs. Taught in lesson 24.

Measuring trains the model for a few steps; its whole state is put back afterwards.
"""

import time
from dataclasses import dataclass

import keras
import numpy as np

from .. import system
from .batches import Batches
from .borrowed import borrowed, run_steps, training_batches
from .hardware import devices

LONG = 30  # steps that give a spread


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


def throughput(model: keras.Model, data, *, batch_size: int = 64, steps: int = LONG) -> Throughput:
    """Examples per second, step time with its spread, FLOPs, share of the matmul rate, peak memory.

    `data`: a `Multimodal` or `(x, y)`. The steps run inside Keras's `fit`, one at a time whatever
    `steps_per_execution` is, after the first ones, which compile. Taught in lesson 24.

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> throughput(model, (np.ones((64, 2)), np.ones((64, 1))), batch_size=4, steps=5).step_time > 0
    True
    """
    batches = training_batches(data, batch_size)
    clock = _Clock()
    with borrowed(model, batches, steps_per_execution=1):
        run_steps(model, batches, steps + 3, [clock])
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
    return system.peak_memory()
