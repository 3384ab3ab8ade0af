"""Small models and data that every training test uses."""

import hashlib
import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest


@pytest.fixture(scope="session")
def soak():
    """The module `soak.py` beside this file."""
    spec = importlib.util.spec_from_file_location("soak", Path(__file__).with_name("soak.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def workers(soak):
    """The fork server: processes that have Keras imported already. Linux only."""
    with soak.Workers() as started:
        yield started


@pytest.fixture(scope="session")
def arrays():
    """100 samples of two modalities and three classes; the first modality knows the label."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 100)
    image = (rng.normal(size=(100, 6)) + labels[:, None]).astype("float32")
    sound = rng.normal(size=(100, 4)).astype("float32")
    return {"image": image, "sound": sound}, labels


@pytest.fixture(scope="session")
def build():
    """A function that builds and compiles a small model with dropout and batch statistics."""

    def build(optimizer=None, *, seed=0, dropout=0.3, width=8, steps_per_execution=1, eager=False):
        keras.utils.set_random_seed(seed)
        image, sound = keras.Input((6,), name="image"), keras.Input((4,), name="sound")
        hidden = keras.layers.Concatenate()([keras.layers.Dense(width)(image), keras.layers.Dense(width)(sound)])
        hidden = keras.layers.BatchNormalization()(keras.layers.Dropout(dropout)(hidden))
        model = keras.Model({"image": image, "sound": sound}, keras.layers.Dense(3)(hidden))
        model.compile(
            optimizer or keras.optimizers.Adam(0.02),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
            steps_per_execution=steps_per_execution,
            run_eagerly=eager,
            jit_compile=False,
        )
        return model

    return build


@pytest.fixture(scope="session")
def digest():
    """SHA-256 of a model's whole numeric state."""

    def digest(model):
        from mmcourse.training.state import snapshot

        state = snapshot(model)
        return hashlib.sha256(b"".join(key.encode() + state[key].tobytes() for key in sorted(state))).hexdigest()

    return digest


class InterruptError(Exception):
    """Ends a training from outside, as Ctrl-C or an error in a callback does."""


class InterruptAfter(keras.callbacks.Callback):
    """Raise `InterruptError` after so many executions; None never does. One class for both, since a
    checkpoint remembers which callbacks a run has."""

    def __init__(self, executions):
        super().__init__()
        self._count = iter(range(executions - 1)).__next__ if executions else lambda: 0  # a function is no state

    def on_train_batch_end(self, batch, logs=None):
        try:
            self._count()
        except StopIteration:
            raise InterruptError from None


@pytest.fixture(scope="session")
def interrupt_after():
    return InterruptAfter


@pytest.fixture(scope="session")
def interrupt():
    return InterruptError
