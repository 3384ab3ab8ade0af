"""A checkpoint knows the run it is of: whatever would make another run of it is refused, with both values."""

import inspect
import json
import os
import subprocess
import sys
from collections import Counter, deque

import keras
import numpy as np
import pytest

from mmcourse import system
from mmcourse.training import Batches, ExactResume, checkpoints, fit
from mmcourse.training.folder_lock import NAME, FolderLock

SETTINGS = {"epochs": 2, "seed": 1, "batch_size": 10, "progress": False}
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(20, 4)).astype("float32"), RNG.integers(0, 3, 20)
OTHERS = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap")
OPTIMIZERS = [name for name, kind in vars(keras.optimizers).items() if inspect.isclass(kind) and name not in OTHERS]


def build(optimizer="adam", seed=0, activation="relu", rate=0.2, loss=None, lossy=0.0):
    """Nothing is traced: what is tested here does not depend on that, and it takes most of the time."""
    keras.utils.set_random_seed(seed)
    hidden = [keras.layers.Dense(3, activation), keras.layers.Dropout(rate)]
    model = keras.Sequential([keras.Input((4,)), *hidden, keras.layers.Dense(3)])
    loss = loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, run_eagerly=True, jit_compile=False)
    return model


class Interrupted(Exception):
    pass


class Interrupt(keras.callbacks.Callback):
    """Ends training after so many steps; None never does. What it counts with is a function, and no state."""

    def __init__(self, steps=None):
        super().__init__()
        self.step = iter(range(steps - 1)).__next__ if steps else lambda: None

    def on_train_batch_end(self, batch, logs=None):
        try:
            self.step()
        except StopIteration:
            raise Interrupted from None


def interrupted(folder, model=None, steps=3, callbacks=(), data=(X, Y), **more):
    with pytest.raises(Interrupted):
        settings = {"checkpoint_every": 1, **SETTINGS, **more}
        fit(model or build(), data, callbacks=[*callbacks, Interrupt(steps)], checkpoint_dir=folder, **settings)


def resumed(folder, model=None, callbacks=(), data=(X, Y), **more):
    model = model or build(seed=9)
    settings = {"checkpoint_every": 1, **SETTINGS, **more}
    return model, fit(model, data, callbacks=[*callbacks, Interrupt()], checkpoint_dir=folder, **settings)


def state_of(model):
    from mmcourse.training.state import snapshot

    return {key: array.tobytes() for key, array in snapshot(model).items()}


def test_every_optimizer_of_keras_is_tried():
    assert {"SGD", "Adam", "Nadam", "Adafactor", "Muon"} <= set(OPTIMIZERS)


@pytest.mark.parametrize("scaled", [False, True], ids=["plain", "loss scaled"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_resumes_to_the_same_bits(name, scaled, tmp_path):
    def optimizer():
        own = getattr(keras.optimizers, name)()
        return keras.optimizers.LossScaleOptimizer(own) if scaled else own

    whole = build(optimizer())
    expected = fit(whole, (X, Y), callbacks=[Interrupt()], **SETTINGS)
    interrupted(tmp_path, build(optimizer()))
    model, run = resumed(tmp_path, build(optimizer(), seed=9))
    assert run.resumed_from == (1, 0) and run.history == expected.history
    assert state_of(model) == state_of(whole)


def test_mixed_float16_resumes(tmp_path):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        whole = build()
        assert type(whole.optimizer).__name__ == "LossScaleOptimizer"  # Keras's own doing
        expected = fit(whole, (X, Y), callbacks=[Interrupt()], **SETTINGS)
        interrupted(tmp_path)
        model, run = resumed(tmp_path)
        assert run.history == expected.history and state_of(model) == state_of(whole)
    finally:
        keras.config.set_dtype_policy("float32")


def test_states_of_recurrent_layers_resume(tmp_path):
    sequences = RNG.normal(size=(20, 5, 4)).astype("float32")

    def recurrent(seed=0):
        keras.utils.set_random_seed(seed)
        inputs = keras.Input(batch_shape=(10, 5, 4))
        outputs = keras.layers.GRU(3, stateful=True)(inputs)
        model = keras.Model(inputs, outputs)
        model.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True, jit_compile=False)
        return model

    whole = recurrent()
    expected = fit(whole, (sequences, Y), callbacks=[Interrupt()], **SETTINGS)
    interrupted(tmp_path, recurrent(), data=(sequences, Y))
    model, run = resumed(tmp_path, recurrent(9), data=(sequences, Y))
    assert run.history == expected.history and state_of(model) == state_of(whole)


def squared(true, predicted):
    return (predicted - 1) ** 2


def other(true, predicted):
    return (predicted - 2) ** 2


other.__name__ = "squared"  # a body that was edited, under the same name
CHANGED = X.copy()
CHANGED[7, 2] += 1
CHANGES = {
    "activation": ({"activation": "tanh"}, {}, r"model.*activation was 'relu' and is 'tanh'"),
    "dropout": ({"rate": 0.3}, {}, r"model.*rate was 0.2 and is 0.3"),
    "learning rate": ({"optimizer": keras.optimizers.Adam(0.5)}, {}, r"compile.*learning_rate was 0.00.* and is 0.5"),
    "loss": ({"loss": "sparse_categorical_crossentropy"}, {}, r"compile\.loss"),
    "a value": ({}, {"data": (CHANGED, Y)}, r"values\.x was "),
    "a label": ({}, {"data": (X, (Y + 1) % 3)}, r"values\.y was "),
    "validation": ({}, {"validation": (CHANGED, Y)}, r"validation\.values\.x was "),
    "seed": ({}, {"seed": 5}, "seed was 1 and is 5"),
    "callbacks": ({}, {"callbacks": [keras.callbacks.TerminateOnNaN()]}, "callbacks was "),
}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A folder with a run that stopped in its second epoch."""
    folder = tmp_path_factory.mktemp("stopped")
    interrupted(folder, validation=(X, Y))
    return folder


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_refused_with_what_differs(what, stopped):
    model, settings, words = CHANGES[what]
    before = sorted(path.name for path in stopped.iterdir())
    with pytest.raises(ValueError, match=f"of a run with other settings: .*{words}.*resume='anyway'"):
        resumed(stopped, build(**model), **{"validation": (X, Y), **settings})
    assert sorted(path.name for path in stopped.iterdir()) == before


def test_a_loss_function_with_another_body_is_refused(tmp_path):
    interrupted(tmp_path, build(loss=squared))
    with pytest.raises(ValueError, match=r"compile\.loss was"):
        resumed(tmp_path, build(loss=other))
    resumed(tmp_path, build(loss=squared))


def test_anyway_goes_on_with_the_settings_of_now(tmp_path):
    interrupted(tmp_path)
    before = checkpoints.load(tmp_path)
    model = build(keras.optimizers.Adam(0.5), activation="tanh", seed=9)
    _, run = resumed(tmp_path, model, data=(CHANGED[:15], Y[:15]), resume="anyway", epochs=1)
    assert run.resumed_from == (before.meta["epoch"], 0) and run.epochs == 1  # one epoch was done
    np.testing.assert_array_equal(model.get_weights()[0], before.arrays["model/0000"])
    assert float(model.optimizer.learning_rate.numpy()) == 0.5
    with pytest.raises(ValueError, match="resume is True, False or 'anyway'; got 'no'"):
        resumed(tmp_path, resume="no")


def test_steps_per_execution_is_no_difference(tmp_path):
    interrupted(tmp_path)
    model = build(seed=9)
    model.steps_per_execution = 1
    model.compile(model.optimizer, model.loss, steps_per_execution=2, jit_compile=False, run_eagerly=True)
    resumed(tmp_path, model)


class Remembers(keras.callbacks.Callback):
    """One of each kind of memory, and things that are none."""

    def __init__(self):
        super().__init__()
        self.recent, self.seen, self.counts = deque(maxlen=2), set(), Counter()
        self.drawn, self.generator = 0.0, np.random.default_rng(0)
        self.numbers, self.tracker, self.raw = {}, Tracker(), b""
        self.function, self.settings, self.handle = len, (1, "a"), sys.stderr

    def on_train_batch_end(self, batch, logs=None):
        self.recent.append(np.float32(logs["loss"]))
        self.seen.add(batch)
        self.counts[batch] += 1
        self.drawn += self.generator.random()
        self.numbers[batch, "loss"] = [self.drawn, None, float("nan")]
        self.tracker.best = max(self.tracker.best, self.drawn)
        self.raw += bytes([batch])


class Tracker:
    best = 0.0

    def __init__(self):
        self.best = 0.0


def test_what_callbacks_remember_resumes(tmp_path):
    whole, again = Remembers(), Remembers()
    fit(build(), (X, Y), callbacks=[whole, Interrupt()], **SETTINGS)
    interrupted(tmp_path, callbacks=[Remembers()])
    resumed(tmp_path, callbacks=[again])
    assert again.recent == whole.recent and again.recent.maxlen == 2 and again.seen == whole.seen == {0, 1}
    assert again.counts == whole.counts and type(again.counts) is Counter
    assert again.drawn == whole.drawn and again.generator.random() == whole.generator.random()
    assert again.tracker.best == whole.tracker.best > 0 and again.raw == whole.raw == bytes([0, 1, 0, 1])
    assert repr(again.numbers) == repr(whole.numbers) and len(whole.numbers) == 2


def test_memory_that_cannot_be_kept_is_refused(tmp_path):
    class Layers(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.layers = []

        def on_train_batch_end(self, batch, logs=None):
            self.layers.append(self.model.layers[0])

    with pytest.raises(ValueError, match=r"Layers\.layers is a list whose state no checkpoint can hold"):
        resumed(tmp_path / "a", callbacks=[Layers()])
    counting = keras.callbacks.Callback()
    counting.turn = iter([1, 2, 3])
    with pytest.raises(ValueError, match=r"Callback\.turn is a list_iterator whose state"):
        resumed(tmp_path / "b", callbacks=[counting])


class Log(keras.callbacks.CSVLogger):
    """Keras leaves its file open where training ends by an error."""

    def __del__(self):
        if self.csv_file:
            self.csv_file.close()


def rows(path):
    return path.read_bytes().decode().split("\r\n")


def test_a_csv_log_keeps_its_finished_rows(tmp_path):
    def logger(name):
        return Log(str(tmp_path / name))

    fit(build(), (X, Y), callbacks=[logger("whole.csv"), Interrupt()], **SETTINGS | {"epochs": 4})
    folder = tmp_path / "a"
    interrupted(folder, steps=7, callbacks=[logger("log.csv")], epochs=4)
    expected = rows(tmp_path / "whole.csv")
    assert len(expected) == 6 and rows(tmp_path / "log.csv") == [*expected[:4], ""]
    for path in checkpoints.names(folder)[1:]:  # the row of an epoch whose checkpoint was lost is written once
        path.unlink()
    kept = logger("log.csv")
    resumed(folder, callbacks=[kept], epochs=4)
    assert rows(tmp_path / "log.csv") == expected and kept.append is False
    with pytest.raises(ValueError, match="other settings"):  # a refused run empties no log
        resumed(folder, callbacks=[logger("log.csv")], epochs=4, seed=7)
    assert rows(tmp_path / "log.csv") == expected


def test_a_csv_log_in_someones_own_fit_keeps_its_rows(tmp_path):
    def own_fit(name, folder, steps=None):
        batches, model = Batches(X, Y, 10, seed=4), build()
        logger = Log(str(tmp_path / name))
        kept = [logger, ExactResume(folder, batches, callbacks=[logger]), Interrupt(steps)]
        model.fit(batches.source(), epochs=4, shuffle=False, verbose=0, callbacks=kept)

    own_fit("whole.csv", tmp_path / "whole")
    with pytest.raises(Interrupted):
        own_fit("log.csv", tmp_path / "a", 5)
    own_fit("log.csv", tmp_path / "a")  # the same process may have the folder again
    assert rows(tmp_path / "log.csv") == rows(tmp_path / "whole.csv")


HOLDS = (
    "import sys, time; from mmcourse.training.folder_lock import FolderLock; "
    "FolderLock(sys.argv[1]).take(); print('held', flush=True); time.sleep(60)"
)


def test_two_runs_in_one_folder_and_a_dead_owner(tmp_path):
    """The second is refused with the owner's name, until the owner is dead, however it died."""
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.getcwd(), "KERAS_BACKEND": "tensorflow"},
    )
    try:
        assert owner.stdout.readline() == b"held\n"
        with pytest.raises(ValueError, match=rf"is in use by process {owner.pid} on .*, since 20.* Two runs"):
            resumed(tmp_path)
    finally:
        owner.kill()
        owner.wait()
        owner.stdout.close()
    assert (tmp_path / NAME).read_text().startswith(f"process {owner.pid}")  # a stale lock is there, and is no lock
    assert resumed(tmp_path)[1].epochs == 2


def test_a_lock_on_windows_is_msvcrts(tmp_path, monkeypatch):
    """A stand-in for the one call of Windows, which says PermissionError where a byte is locked."""
    locked = set()

    class Msvcrt:
        LK_NBLCK = 2

        @staticmethod
        def locking(handle, mode, size):
            name = os.fstat(handle).st_ino
            assert (mode, size, os.lseek(handle, 0, os.SEEK_CUR)) == (2, 1, 1 << 30)
            if name in locked:
                raise PermissionError(13, "Permission denied")
            locked.add(name)

    monkeypatch.setattr(system, "WINDOWS", True)
    monkeypatch.setitem(sys.modules, "msvcrt", Msvcrt)
    first = FolderLock(tmp_path)
    first.take()
    with pytest.raises(ValueError, match=f"is in use by process {os.getpid()} on"):
        FolderLock(tmp_path).take()
    first.release()
    assert (tmp_path / NAME).stat().st_size < 300  # the lock is behind what is written


def test_strays_and_things_in_the_place_of_others(tmp_path):
    folder = tmp_path / "a"
    interrupted(folder)
    (folder / ".writing-12-ab").write_bytes(b"half")
    (folder / ".writing-me").mkdir()
    newest = checkpoints.names(folder)[-1]
    newest.unlink()
    newest.mkdir()  # a folder in the place of a file
    with pytest.warns(UserWarning, match="is damaged .it is a folder."):
        assert resumed(folder)[1].epochs == 2
    assert not (folder / ".writing-12-ab").exists() and (folder / ".writing-me").is_dir()
    (tmp_path / "file").write_text("a file")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):  # refused before anything is trained
        with pytest.raises(OSError, match=r"no checkpoint can be written to .* a folder, or can become one"):
            resumed(place, model=build(), callbacks=[Untouched()])
    (folder / NAME).unlink()
    (folder / NAME).mkdir()
    with pytest.raises(OSError, match="no checkpoint can be written to"):
        resumed(folder)


class Untouched(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        raise AssertionError("a step was taken")


def test_a_checkpoint_is_json_and_arrays(tmp_path):
    interrupted(tmp_path)
    meta = checkpoints.load(tmp_path).meta
    assert json.loads(json.dumps(meta)) == meta
