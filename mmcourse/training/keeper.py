"""The whole state of one run, kept in one folder and found again. Taught in lesson 24."""

import os
import types
from concurrent.futures import Future, ThreadPoolExecutor

import keras

from ..identity import configuration, first_difference, function_digest
from . import callback_state, checkpoints, state
from .folder_lock import FolderLock

ANYWAY = "anyway"


class Keeper:
    """Saves and finds again the whole state of one run.

    `run` are the settings that must be equal for an exact continuation, plain data; the model's configuration and
    compilation and the callbacks' classes are added. `chief` writes; the other ranks only read.
    """

    def __init__(
        self,
        directory: str | os.PathLike,
        model: keras.Model,
        callbacks: list,
        run: dict,
        groups: tuple[str, ...] = state.GROUPS,
        chief: bool = True,
        again: bool = False,
    ):
        self.directory, self.model, self.callbacks = directory, model, callbacks
        self.groups, self.chief, self.steps = groups, chief, run["steps"]
        classes = [type(callback).__name__ for callback in callbacks]
        own = {"model": configuration(model.get_config), "compile": _compilation(model)}
        self.identity = {**run, "callbacks": classes, **own}
        self.lock = FolderLock(directory, again)
        if chief:
            self.lock.take()
            checkpoints.clear(directory)
        self.writer = ThreadPoolExecutor(1, "checkpoint")
        self.writing: Future | None = None
        self.fresh: list[dict] = []

    def begin(self, found: checkpoints.Checkpoint | None) -> None:
        """When training begins: remember how the callbacks are, then put everything where a checkpoint has it."""
        self.fresh = [callback_state.callback_data(callback) for callback in self.callbacks]
        if found is None:
            return
        state.restore(self.model, found.arrays, self.groups)
        left = list(found.meta["callbacks"])
        for callback in self.callbacks:
            entry = next((entry for entry in left if entry["class"] == type(callback).__name__), None)
            if entry:
                left.remove(entry)
                callback_state.put_back(callback, callback_state.unpack(entry["data"], found.arrays))
        ours, theirs = (_rate(identity) for identity in (self.identity, found.meta["identity"]))
        if ours != theirs and ours is not None:  # asked for with "anyway"
            self.model.optimizer.learning_rate = ours

    def save(self, epoch: int, step: int, finished: bool) -> None:
        """Checkpoint the run at a position: `step` steps of epoch `epoch` are done.

        The state is copied at once; the file is written while training goes on, one at a time. An error of the
        writing is raised by the next `save` or by `wait`.
        """
        arrays = state.snapshot(self.model)  # on every rank: reading may take all of them
        if not self.chief:
            return
        meta = {
            "epoch": epoch,
            "step": step,
            "finished": finished,
            "callbacks": [self._remembered(i, arrays) for i in range(len(self.callbacks))],
            "identity": self.identity,
            "signature": state.signature(self.model),
        }
        self.wait()
        self.writing = self.writer.submit(checkpoints.save, self.directory, epoch * self.steps + step, arrays, meta)

    def _remembered(self, i: int, arrays: dict) -> dict:
        callback = self.callbacks[i]
        data = callback_state.changed(callback, callback_state.callback_data(callback), self.fresh[i])
        return {"class": type(callback).__name__, "data": callback_state.pack(data, arrays, f"callback/{i}")}

    def wait(self) -> None:
        """Return when the last checkpoint is on the disk; raise the `OSError` that kept it from there."""
        writing, self.writing = self.writing, None
        if writing is not None:
            writing.result()

    def close(self) -> None:
        """`wait`, and let others have the folder."""
        try:
            self.wait()
        finally:
            self.writer.shutdown()
            self.lock.release()

    def load(self, resume: bool | str = True) -> checkpoints.Checkpoint | None:
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
        words = first_difference(self.identity, found.meta["identity"])
        if words and resume != ANYWAY:
            raise ValueError(
                f"{found.path} is of a run with other settings: {words}. An exact continuation needs the same; "
                f"give another checkpoint_dir, resume=False to keep it aside and start over, or resume={ANYWAY!r} to "
                "go on from it with the settings of now"
            )
        if found.meta["identity"]["steps"] != self.steps:
            found.meta["step"] = 0  # of an epoch that is divided otherwise: it begins again
        return found


def _compilation(model) -> dict | None:
    """How a model was compiled; how many steps run at a time changes no number. A function of one's own is its code."""
    found = configuration(model.get_compile_config)
    if found is None:
        return None
    if isinstance(model.loss, types.FunctionType):
        found["loss"] = function_digest(model.loss)
    return {key: value for key, value in found.items() if key != "steps_per_execution"}


def _rate(identity: dict) -> float | None:
    """The learning rate in an identity, where it is a number."""
    optimizer = (identity["compile"] or {}).get("optimizer") or {}
    rate = optimizer.get("config", {}).get("learning_rate")
    return rate if isinstance(rate, float) else None
