"""What `fit` adds to Keras's own loop, as one callback: position, checkpoints, non-finite losses, speed."""

import math
import time
from concurrent.futures import Future, ThreadPoolExecutor

import keras
import numpy as np

from . import checkpoints, state


class NonFiniteLossError(ValueError):
    """The loss became NaN or infinite. `epoch`, `steps` (a range) and `rows` of the data say where."""

    def __init__(self, message: str, epoch: int, steps: range, rows: np.ndarray):
        super().__init__(message)
        self.epoch, self.steps, self.rows = epoch, steps, rows


class Keeper:
    """Saves and finds again the whole state of one run in one folder."""

    def __init__(self, directory, model, callbacks: list, run: dict, groups=state.GROUPS, chief: bool = True):
        self.directory, self.model, self.callbacks = directory, model, callbacks
        self.run, self.groups, self.chief = run, groups, chief
        self.fresh = [state.callback_data(callback) for callback in callbacks]
        self.writer = ThreadPoolExecutor(1, "checkpoint")
        self.writing: Future | None = None

    def save(self, epoch: int, step: int, finished: bool) -> None:
        """Checkpoint the run at a position: `step` steps of epoch `epoch` are done.

        The state is copied at once; the file is written while training goes on, one at a time. An error of the
        writing is raised by the next `save` or by `wait`.
        """
        arrays = state.snapshot(self.model)  # on every rank: reading may take all of them
        if not self.chief:
            return
        kept = [
            {
                "class": type(callback).__name__,
                "data": state.pack(state.changed(state.callback_data(callback), fresh), arrays, f"callback/{i}"),
            }
            for i, (callback, fresh) in enumerate(zip(self.callbacks, self.fresh, strict=True))
        ]
        meta = {
            "epoch": epoch,
            "step": step,
            "finished": finished,
            "run": self.run,
            "callbacks": kept,
            "signature": state.signature(self.model),
        }
        self.wait()
        position = epoch * self.run["steps"] + step
        self.writing = self.writer.submit(checkpoints.save, self.directory, position, arrays, meta)

    def wait(self) -> None:
        """Return when the last checkpoint is on the disk; raise the `OSError` that kept it from there."""
        writing, self.writing = self.writing, None
        if writing is not None:
            writing.result()

    def load(self) -> checkpoints.Checkpoint | None:
        """The newest whole checkpoint, checked to be of this very run; nothing is changed yet."""
        found = checkpoints.load(self.directory)
        if found is None:
            return None
        model = state.difference(state.signature(self.model), found.meta["signature"], self.groups)
        if model:
            raise ValueError(
                f"{found.path} is a checkpoint of another model: {model}. Build the model it was made with, "
                "or give another checkpoint_dir; resume=False keeps it aside and starts over"
            )
        theirs = {**found.meta["run"], "callbacks": [entry["class"] for entry in found.meta["callbacks"]]}
        ours = {**self.run, "callbacks": [type(callback).__name__ for callback in self.callbacks]}
        differing = [key for key in ours if ours[key] != theirs.get(key)]
        if differing:
            words = "; ".join(f"{key} was {theirs.get(key)} and is {ours[key]}" for key in differing)
            raise ValueError(
                f"{found.path} is of a run with other settings: {words}. An exact continuation "
                "needs the same; give another checkpoint_dir, or resume=False to keep it aside and start over"
            )
        return found

    def restore(self, found: checkpoints.Checkpoint) -> None:
        """Put the model and the callbacks where the checkpoint has them."""
        state.restore(self.model, found.arrays, self.groups)
        for callback, entry in zip(self.callbacks, found.meta["callbacks"], strict=True):
            vars(callback).update(state.unpack(entry["data"], found.arrays))


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
        self.batches.begin(epoch)
        if self.metrics_state is not None:  # Keras has just reset the metrics
            state.restore(self.model, self.metrics_state, ("metrics",))
            self.metrics_state = None
        self.callbacks.on_epoch_begin(epoch, logs)

    def on_train_batch_begin(self, batch, logs=None):
        self.callbacks.on_train_batch_begin(batch + self.batches.start, logs)

    def on_train_batch_end(self, batch, logs=None):
        before, self.step = self.step, min(self.batches.start + batch + 1, self.batches.steps)
        self._clock(self.step - before)
        if logs and not math.isfinite(logs.get("loss", 0.0)):
            raise self._not_finite(range(before, self.step), logs["loss"])
        self.callbacks.on_train_batch_end(self.step - 1, logs)
        due = self.every is not None and self.step - self.saved >= self.every
        if self.keeper and due and self.step < self.batches.steps:
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
            self.examples += steps * self.batches.batch_size
            self.seconds += now - self._since
        self._since = now

    def _not_finite(self, steps: range, loss: float) -> NonFiniteLossError:
        order = self.batches.order(self.epoch)
        size = self.batches.batch_size
        rows = order[steps.start * size : steps.stop * size]
        named = self.batches.x if isinstance(self.batches.x, dict) else {"x": self.batches.x}
        named = named | (self.batches.y if isinstance(self.batches.y, dict) else {"y": self.batches.y})
        faults = []
        for name, array in named.items():
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
