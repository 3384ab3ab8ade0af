"""Exact resume in someone's own `model.fit`, as a plain Keras callback. Taught in lesson 24."""

import contextlib
import copy
import os

import keras

from . import checkpoints, csv_rows, state
from .batches import Batches
from .keeper import Keeper


class ExactResume(keras.callbacks.Callback):
    """Save the whole state after every epoch; in a new process, go on after the last one saved.

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> batches = Batches(np.ones((8, 2)), np.ones((8, 1)), 4, seed=0)
    >>> stopping = keras.callbacks.EarlyStopping("loss", patience=3)
    >>> resume = ExactResume("runs/a", batches, callbacks=[stopping])
    >>> run = model.fit(batches.source(), epochs=2, shuffle=False, callbacks=[stopping, resume], verbose=0)
    >>> len(run.history["loss"])
    2

    Saved are weights, optimizer, every `SeedGenerator`, the history, and the plain data of
    `callbacks`, which must stand before this one in fit's list. With `Batches` the order of the
    data is a pure function of (seed, epoch), and the run ends with the bits of one never
    interrupted; without, that is yours to see to. Unlike `fit` of this package it goes on at the
    start of an epoch, since Keras's `fit` cannot begin inside one. `resume="anyway"` as in `fit`.

    The model must be built before `fit`. Raises `ValueError` where it is not and for a checkpoint
    of another model or run, `OSError` where a checkpoint cannot be written. Taught in lesson 24.
    """

    def __init__(
        self,
        directory: str | os.PathLike,
        batches: Batches | None = None,
        callbacks: tuple | list = (),
        resume: bool | str = True,
    ):
        super().__init__()
        self.directory, self.batches, self.kept, self.resume = directory, batches, list(callbacks), resume

    def set_model(self, model):
        super().set_model(model)
        self._logs = contextlib.ExitStack()  # to the beginning of training, which Keras tells the loggers before us
        if checkpoints.names(self.directory):
            self._logs.enter_context(csv_rows.going_on(self.kept))

    def on_train_begin(self, logs=None):
        self._logs.close()
        model = self.model
        if not model.built:
            raise ValueError("ExactResume needs a built model: call it on one batch before model.fit")
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        self.record = keras.callbacks.History()
        self.record.on_train_begin()
        run = self.batches.describe() if self.batches else {"steps": self.params["steps"] or 1}
        self.keeper = Keeper(self.directory, model, [*self.kept, self.record], run, state.BETWEEN_EPOCHS, again=True)
        try:
            found = self.keeper.load(self.resume)
            self.keeper.begin(found)
        except BaseException:
            self.keeper.close()
            raise
        if found:
            csv_rows.cut(self.kept, found.meta["epoch"])
            # as Keras's own BackupAndRestore does it; `fit` reads this right after this method
            ended = self.params["epochs"] if found.meta["finished"] else found.meta["epoch"]
            model._initial_epoch = ended
            model.history.history = copy.deepcopy(self.record.history)
        self.earlier = list(self.record.epoch)

    def on_epoch_begin(self, epoch, logs=None):
        self.model._initial_epoch = None  # of this fit only
        self._give_back_epochs()
        if self.batches:
            self.batches.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        theirs = self.model.history
        self.record.set_model(self.model)
        self.record.on_epoch_end(epoch, logs)  # Keras's own History has its turn after this callback
        self.model.history = theirs
        self.keeper.save(epoch + 1, 0, finished=self.model.stop_training)
        self.keeper.wait()  # nothing tells a callback that `fit` has failed

    def on_train_end(self, logs=None):
        self.keeper.close()
        self.model._initial_epoch = None
        self._give_back_epochs()

    def _give_back_epochs(self) -> None:
        """The epochs before the interruption, into Keras's History: it forgets them when training begins."""
        self.model.history.epoch[:0] = self.earlier
        self.earlier = []
