"""What `fit` adds to Keras's own loop, as one callback: position, checkpoints, non-finite losses, speed.

Taught in lesson 24.
"""

import math
import time

import keras
import numpy as np

from . import state
from .keeper import Keeper


class NonFiniteLossError(ValueError):
    """The loss became NaN or infinite. `epoch`, `steps` (a range) and `rows` of the data say where.

    >>> x = np.full((8, 1), np.float32(1e30))
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> try:
    ...     fit(model, (x, x), epochs=2, seed=0, batch_size=4, progress=False)
    ... except NonFiniteLossError as error:
    ...     print(error.epoch)
    0
    """

    def __init__(self, message: str, epoch: int, steps: range, rows: np.ndarray):
        super().__init__(message)
        self.epoch, self.steps, self.rows = epoch, steps, rows


class Relay(keras.callbacks.Callback):
    """Between Keras's loop and the run's callbacks.

    `fit` may need two calls of `model.fit` (the rest of an interrupted epoch, then the others);
    the run's callbacks must see one training. So this one stands in for them: it passes on the
    calls with the true step numbers, and after them does what `fit` itself promises.
    """

    def __init__(self, callbacks: keras.callbacks.CallbackList, batches, keeper: Keeper | None, every: int | None):
        super().__init__()
        self.callbacks, self.batches, self.keeper, self.every = callbacks, batches, keeper, every
        self.metrics_state = None  # of the interrupted epoch, until it begins again
        self.weights = None
        self.epoch = self.step = self.saved = 0
        self.examples, self.seconds, self._since = 0, 0.0, None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.step = epoch, self.batches.start
        self.saved, self._since = self.step, None
        self.batches.epoch = epoch
        if self.metrics_state is not None:  # Keras has just reset the metrics
            state.restore(self.model, self.metrics_state, ("metrics",))
            self.metrics_state = None
        self.callbacks.on_epoch_begin(epoch, logs)

    def on_train_batch_begin(self, batch, logs=None):
        self.callbacks.on_train_batch_begin(batch + self.batches.start, logs)

    def on_train_batch_end(self, batch, logs=None):
        before, self.step = self.step, min(self.batches.start + batch + 1, self.batches.plan.steps)
        self._clock(self.step - before)
        if logs and not math.isfinite(logs.get("loss", 0.0)):
            raise self._not_finite(range(before, self.step), logs["loss"])
        self.callbacks.on_train_batch_end(self.step - 1, logs)
        due = self.every is not None and self.step - self.saved >= self.every
        if self.keeper and due and self.step < self.batches.plan.steps:
            self.keeper.save(self.epoch, self.step, finished=False)
            self.saved, self._since = self.step, time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.callbacks.on_epoch_end(epoch, logs)
        if self.keeper:
            self.keeper.save(epoch + 1, 0, finished=self.model.stop_training)
        if self.batches.start:  # an interrupted epoch: see `fit`
            self.weights = [state.to_numpy(v) for v in self.model.trainable_variables]

    def on_test_begin(self, logs=None):
        self.callbacks.on_test_begin(logs)

    def on_test_batch_begin(self, batch, logs=None):
        self.callbacks.on_test_batch_begin(batch, logs)

    def on_test_batch_end(self, batch, logs=None):
        self.callbacks.on_test_batch_end(batch, logs)

    def on_test_end(self, logs=None):
        self.callbacks.on_test_end(logs)

    def _clock(self, steps: int) -> None:
        """Count examples per second from the end of an epoch's first step, which may compile."""
        now = time.perf_counter()
        if self._since is not None:
            self.examples += steps * self.batches.plan.size
            self.seconds += now - self._since
        self._since = now

    def _not_finite(self, steps: range, loss: float) -> NonFiniteLossError:
        rows = np.concatenate([self.batches.plan.rows(self.epoch, step) for step in steps])
        faults = []
        for path, array in self.batches.named().items():
            name = path.split("/")[-1]
            if array.dtype.kind == "f":
                bad = rows[~np.isfinite(array[rows].reshape(len(rows), -1)).all(axis=1)]
                if len(bad):
                    faults.append(f"{name!r} is not finite in the rows {bad[:8].tolist()}")
        where = f"step {steps.start}" if len(steps) == 1 else f"steps {steps.start} to {steps.stop - 1}"
        why = (
            "; ".join(faults)
            if faults
            else ("the batch itself is finite: look at the learning rate, logarithms, divisions, clipping")
        )
        if len(steps) > 1:
            why += "; steps_per_execution=1 would name the single step"
        return NonFiniteLossError(
            f"the loss became {loss} in epoch {self.epoch}, {where} "
            f"(rows {rows[:8].tolist()}{' ...' if len(rows) > 8 else ''}): {why}. "
            "No checkpoint holds this state",
            self.epoch,
            steps,
            rows,
        )
