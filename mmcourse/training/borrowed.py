"""A model trained for a few steps, to measure it, and given back as it was. Used in lesson 24."""

import contextlib

import keras

from . import state
from .batches import Batches


def training_batches(data, batch_size: int) -> Batches:
    if hasattr(data, "train"):  # a Multimodal
        data = (data.train.batch(), data.train.y)
    return Batches(*data, batch_size, seed=0)


@contextlib.contextmanager
def borrowed(model, batches: Batches | None, steps_per_execution: int | None = None):
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


def run_steps(model, batches: Batches, steps: int, callbacks: list) -> None:
    """So many steps of Keras's own `fit`, through as many epochs as that takes."""
    stop = _StopAfter(steps)
    model.fit(
        batches.source(),
        shuffle=False,
        epochs=-(-steps // batches.plan.steps),
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
