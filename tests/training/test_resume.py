"""A run that is interrupted and taken up again equals the run that was let alone, bit for bit."""

import functools
import shutil
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from mmcourse.training import Batches, ExactResume, checkpoints, fit

SETTINGS = {"epochs": 3, "seed": 4, "batch_size": 16, "progress": False}


@pytest.fixture(scope="module")
def build(build):
    """Nothing is traced, which takes most of the time; `test_killed_three_times` and `test_scale` trace."""
    return functools.partial(build, eager=True)


@pytest.fixture(scope="module")
def whole_run(arrays, build, digest, interrupt_after, tmp_path_factory):
    """The whole run with its checkpoints every 2 of its 6 steps: its folder, and (sha256, history)."""
    folder = tmp_path_factory.mktemp("alone")
    model = build(keras.optimizers.Adam(0.02, use_ema=True))
    run = _fit(model, arrays, interrupt_after(None), folder)
    assert run.resumed_from is None and run.epochs == 3
    return folder, (digest(model), run.history)


@pytest.fixture
def alone(whole_run, tmp_path):
    """The sha256 and the history of the whole run; a copy of its folder is at `tmp_path / "alone"`."""
    shutil.copytree(whole_run[0], tmp_path / "alone")
    return whole_run[1]


@pytest.fixture(scope="module")
def half_run(arrays, build, interrupt_after, interrupt, tmp_path_factory):
    """The folder of a run that was interrupted after 10 of its 18 steps."""
    folder = tmp_path_factory.mktemp("half")
    _interrupted(arrays, build, interrupt_after, interrupt, folder)
    return folder


@pytest.fixture
def half(half_run, tmp_path):
    """A copy of that folder."""
    return Path(shutil.copytree(half_run, tmp_path / "a"))


def _fit(model, arrays, callback, folder, **settings):
    val = tuple(keras.tree.map_structure(lambda array: array[:30], arrays))
    settings = SETTINGS | {"checkpoint_every": 2} | settings
    return fit(model, arrays, validation=val, callbacks=[callback], checkpoint_dir=folder, **settings)


def _interrupted(arrays, build, interrupt_after, interrupt, folder, after=10):
    with pytest.raises(interrupt):
        _fit(build(keras.optimizers.Adam(0.02, use_ema=True)), arrays, interrupt_after(after), folder)


def _resumed(arrays, build, interrupt_after, folder):
    model = build(keras.optimizers.Adam(0.02, use_ema=True), seed=77)  # nothing of this start may last
    return model, _fit(model, arrays, interrupt_after(None), folder)


def test_in_the_middle_of_an_epoch(arrays, build, digest, interrupt_after, interrupt, tmp_path, alone):
    _interrupted(arrays, build, interrupt_after, interrupt, tmp_path / "a", after=11)
    model, run = _resumed(arrays, build, interrupt_after, tmp_path / "a")
    assert run.resumed_from == (1, 4)
    assert (digest(model), run.history) == alone


@pytest.mark.parametrize("damage", ["truncated", "zeroed", "one bit", "emptied"])
def test_damaged_newest_falls_back(damage, arrays, build, digest, interrupt_after, half, alone):
    folder = half
    newest = checkpoints.names(folder)[-1]
    content = bytearray(newest.read_bytes())
    if damage == "truncated":
        content = content[: len(content) // 2]
    elif damage == "zeroed":
        content = bytearray(len(content))
    elif damage == "one bit":
        content[len(content) // 3] ^= 4
    else:
        content = b""
    newest.write_bytes(content)
    with pytest.warns(UserWarning, match=f"{newest.name} is damaged"):
        model, run = _resumed(arrays, build, interrupt_after, folder)
    assert run.resumed_from == (1, 0)  # the newest, at (1, 2), is lost
    assert (digest(model), run.history) == alone


def test_all_damaged_is_an_error_and_starting_over_keeps_them(arrays, build, interrupt_after, half):
    folder = half
    for path in checkpoints.names(folder):
        path.write_bytes(path.read_bytes()[:-1])
    with (
        pytest.warns(UserWarning, match="is damaged"),
        pytest.raises(ValueError, match=r"every checkpoint .* is damaged"),
    ):
        _resumed(arrays, build, interrupt_after, folder)
    assert len(list(folder.glob("*.damaged"))) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files, which Windows has no call for")
def test_a_full_disk_is_an_error_that_loses_nothing(arrays, build, digest, interrupt_after, half, alone):
    folder = half
    before = {path.name: path.read_bytes() for path in checkpoints.names(folder)}
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))  # the file system takes no more than that
    try:
        with pytest.raises(OSError, match=r"cannot write a checkpoint of .* MB .* the newest whole one is step-"):
            _resumed(arrays, build, interrupt_after, folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {path.name: path.read_bytes() for path in checkpoints.names(folder)} == before
    assert not list(folder.glob(".writing-*"))
    model, run = _resumed(arrays, build, interrupt_after, folder)
    assert (digest(model), run.history) == alone


def test_a_checkpoint_of_another_model_or_run_is_refused(arrays, build, interrupt_after, half):
    folder = half
    before = sorted(path.name for path in folder.iterdir())
    other = build(keras.optimizers.Adam(0.02, use_ema=True), width=9)
    with pytest.raises(ValueError, match=r"another model: its model has dense/kernel \(6, 8\).* \(6, 9\)"):
        _fit(other, arrays, interrupt_after(None), folder)
    with pytest.raises(ValueError, match="another model: its optimizer has"):
        _fit(build(keras.optimizers.SGD(0.02, momentum=0.9)), arrays, interrupt_after(None), folder)
    same = build(keras.optimizers.Adam(0.02, use_ema=True))
    with pytest.raises(ValueError, match="seed was 4 and is 5"):
        _fit(same, arrays, interrupt_after(None), folder, seed=5)
    with pytest.raises(ValueError, match="batch_size was 16 and is 20"):
        _fit(same, arrays, interrupt_after(None), folder, batch_size=20)
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_finished_run_is_not_repeated_and_can_be_prolonged(arrays, build, digest, interrupt_after, tmp_path, alone):
    folder = tmp_path / "alone"
    model, run = _resumed(arrays, build, interrupt_after, folder)
    assert run.resumed_from == (3, 0) and (digest(model), run.history) == alone

    longer = build(keras.optimizers.Adam(0.02, use_ema=True))
    run = _fit(longer, arrays, interrupt_after(None), folder, epochs=4)
    whole = build(keras.optimizers.Adam(0.02, use_ema=True))
    expected = _fit(whole, arrays, interrupt_after(None), tmp_path / "whole", epochs=4)
    assert run.resumed_from == (3, 0)
    assert (digest(longer), run.history) == (digest(whole), expected.history)


def test_starting_over_keeps_the_old_run(arrays, build, interrupt_after, tmp_path, alone):
    folder = tmp_path / "alone"
    old = {path.name for path in checkpoints.names(folder)}
    run = _fit(build(), arrays, interrupt_after(None), folder, resume=False, epochs=1)
    assert run.resumed_from is None
    assert {path.name for path in (folder / "old-1").iterdir()} == old


def test_early_stopping_goes_on_where_it_was(arrays, build, digest, interrupt_after, interrupt, tmp_path):
    """With labels that cannot be learned: val_loss is best early, and patience runs out after a resume."""
    x, labels = arrays
    noise = (x, np.random.default_rng(1).permutation(labels))
    settings = {"epochs": 30, "patience": 3, "checkpoint_every": None}
    whole = build(keras.optimizers.Adam(0.1))
    expected = _fit(whole, noise, interrupt_after(None), tmp_path / "whole", **settings)
    assert expected.stopped_early and 4 <= expected.epochs < 30

    last_but_one = 6 * (expected.epochs - 1) + 2
    model = build(keras.optimizers.Adam(0.1))
    with pytest.raises(interrupt):
        _fit(model, noise, interrupt_after(last_but_one), tmp_path / "a", **settings)
    model = build(keras.optimizers.Adam(0.1), seed=77)
    run = _fit(model, noise, interrupt_after(None), tmp_path / "a", **settings)
    assert run.resumed_from == (expected.epochs - 1, 0) and run.stopped_early
    assert (digest(model), run.history) == (digest(whole), expected.history)


def test_callback_in_someones_own_fit(arrays, build, digest, interrupt_after, interrupt, tmp_path):
    def own_fit(model, folder, after):
        batches = Batches(*arrays, 16, seed=4)
        stopping = keras.callbacks.EarlyStopping("loss", patience=20)
        resume = ExactResume(folder, batches, callbacks=[stopping])
        return model.fit(
            batches.source(),
            validation_data=arrays,
            epochs=4,
            shuffle=False,
            verbose=0,
            callbacks=[stopping, interrupt_after(after), resume],
        )

    whole = build(keras.optimizers.Adam(0.02, use_ema=True))
    expected = own_fit(whole, tmp_path / "whole", None)
    with pytest.raises(interrupt):
        own_fit(build(keras.optimizers.Adam(0.02, use_ema=True)), tmp_path / "a", 15)
    model = build(keras.optimizers.Adam(0.02, use_ema=True), seed=77)
    history = own_fit(model, tmp_path / "a", None)
    assert history.epoch == [0, 1, 2, 3]
    assert (digest(model), history.history) == (digest(whole), expected.history)

    again = own_fit(build(keras.optimizers.Adam(0.02, use_ema=True)), tmp_path / "a", None)
    assert again.history == expected.history and again.epoch == [0, 1, 2, 3]


def test_callback_needs_a_built_model(tmp_path):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="built model"):
        model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0, callbacks=[ExactResume(tmp_path)])


def test_a_low_precision_state_comes_back_whole(arrays, tmp_path):
    arrays_in = {
        "a": np.arange(6, dtype="float32").reshape(2, 3).astype("bfloat16"),
        "b": np.array(7, "int64"),
    }
    checkpoints.save(tmp_path, 3, arrays_in, {"note": [1, 2.5, None]})
    back = checkpoints.load(tmp_path)
    assert back.meta == {"note": [1, 2.5, None]}
    for key, array in arrays_in.items():
        assert back.arrays[key].dtype == array.dtype and back.arrays[key].shape == array.shape
        assert back.arrays[key].tobytes() == array.tobytes()


@pytest.mark.skipif(sys.platform != "linux", reason="forks, and looks at /proc")
def test_killed_three_times(soak, workers, tmp_path):
    assert soak.campaign(workers, tmp_path, kills=3, seed=20) == []
