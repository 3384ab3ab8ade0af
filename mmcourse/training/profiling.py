"""A trace of training steps, to be looked at in TensorBoard. Taught in lesson 24."""

import os
from pathlib import Path

import keras

from .borrowed import borrowed, run_steps, training_batches


def profile(model: keras.Model, data, directory: str | os.PathLike, *, batch_size: int = 64, steps: int = 10) -> Path:
    """Record a trace of some training steps; look at it with `tensorboard --logdir DIRECTORY`.

    The steps that compile come before the trace. Returns the directory. TensorFlow and JAX only.
    Taught in lesson 24.

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> profile(model, (np.ones((64, 2)), np.ones((64, 1))), "trace", batch_size=4, steps=2).is_dir()
    True
    """
    backend = keras.backend.backend()
    if backend == "torch":
        raise ValueError("profile works on the TensorFlow and JAX backends; on PyTorch use torch.profiler")
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    batches = training_batches(data, batch_size)
    with borrowed(model, batches):
        run_steps(model, batches, 3, [])
        with _tracing(backend, directory):
            run_steps(model, batches, steps, [])
    return directory


def _tracing(backend: str, directory: Path):
    if backend == "jax":
        import jax

        return jax.profiler.trace(str(directory))
    import tensorflow as tf

    return tf.profiler.experimental.Profile(str(directory))
