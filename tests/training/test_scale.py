"""The same script, unchanged, on one device, two devices and two processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from mmcourse.training import strategy
from mmcourse.training.launch import environment, free_ports

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = str(Path(__file__).with_name("train_script.py"))
linux = pytest.mark.skipif(sys.platform != "linux", reason="forks, and looks at /proc")
JAX = ROOT / ".venv-jax" / "bin" / "python"


def _launched(folder: Path, python, backend: str, *death: str, processes: int = 2) -> tuple[int, str]:
    """Processes by `mmcourse launch`, as a reader starts them: (exit status, what it says)."""
    variables = os.environ | {"PYTHONPATH": str(ROOT), "KERAS_BACKEND": backend}
    call = "import sys; from mmcourse.cli import main; sys.exit(main(['launch', *sys.argv[1:]]))"
    script = [SCRIPT, str(folder / "checkpoints"), str(folder / "result.json"), *death]
    done = subprocess.run(
        [str(python), "-c", call, "--processes", str(processes), "--logs", str(folder / "logs"), *script],
        env=variables,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout + done.stderr


def _same(one: dict, other: dict, tolerance: float) -> None:
    for mine, theirs in zip(one["weights"], other["weights"], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=tolerance)
    assert one["history"].keys() == other["history"].keys()
    for name in one["history"]:
        np.testing.assert_allclose(one["history"][name], other["history"][name], rtol=0, atol=tolerance)


def _result(folder: Path) -> dict:
    return json.loads((folder / "result.json").read_text())


def _script(folder: Path, **more) -> dict:
    """A job of the fork server: the script, with its results in a folder."""
    return {"script": [SCRIPT, str(folder / "checkpoints"), str(folder / "result.json")], **more}


@pytest.fixture(scope="module")
def one(workers, tmp_path_factory):
    """The script on one CPU."""
    folder = tmp_path_factory.mktemp("one")
    assert workers(_script(folder)) == [0]
    result = _result(folder)
    assert result["scale"] == ["one", 1, 1]
    assert result["history"]["loss"][-1] < 0.8 * result["history"]["loss"][0]  # it does learn
    return result


@linux
def test_two_devices_equal_one(one, workers, tmp_path):
    assert workers(_script(tmp_path, devices=2)) == [0]
    result = _result(tmp_path)
    assert result["scale"] == ["mirrored", 2, 1]
    _same(result, one, 1e-5)


@linux
def test_two_tensorflow_processes_equal_one_and_survive_a_death(one, workers, tmp_path):
    (tmp_path / "whole").mkdir()
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
    ranks = [_script(tmp_path / "whole", environment=environment(addresses, rank)) for rank in (0, 1)]
    assert workers(*ranks) == [0, 0]
    whole = _result(tmp_path / "whole")
    assert whole["scale"] == ["multiworker", 2, 2]
    _same(whole, one, 1e-5)
    _survives_a_death(tmp_path / "a", whole, sys.executable, "tensorflow")


@pytest.mark.skipif(not JAX.exists(), reason="`make test-backends` makes .venv-jax, which this needs")
def test_two_jax_processes_equal_one_and_survive_a_death(tmp_path):
    folder = tmp_path / "one"
    assert _launched(folder, JAX, "jax", processes=1)[0] == 0
    code, said = _launched(tmp_path / "whole", JAX, "jax")
    assert code == 0, said
    whole = _result(tmp_path / "whole")
    assert whole["scale"] == ["data_parallel", 2, 2]
    _same(whole, _result(folder), 1e-5)
    _survives_a_death(tmp_path / "a", whole, JAX, "jax")


def _survives_a_death(folder: Path, whole: dict, python, backend: str) -> None:
    """Kill rank 1 in the middle of the second epoch; the next launch ends as if nothing had been."""
    code, said = _launched(folder, python, backend, "1:8" if backend == "tensorflow" else "1:4")
    assert code == 128 + 9, said
    assert "rank 1 was ended by SIGKILL" in said
    assert not (folder / "result.json").exists()
    code, said = _launched(folder, python, backend)
    assert code == 0, said
    resumed = _result(folder)
    assert tuple(resumed["resumed_from"]) >= (1, 0)
    assert (resumed["weights"], resumed["history"]) == (whole["weights"], whole["history"])


def test_what_does_not_work_is_refused_with_what_does(monkeypatch):
    with pytest.raises(ValueError, match=r"KERAS_BACKEND=jax.*mirrored.*multiworker"):
        strategy("data_parallel")
    with pytest.raises(ValueError, match="mmcourse launch --processes 2"):
        strategy("multiworker")
    with pytest.raises(ValueError, match=r"two devices or more.*auto"):
        strategy("mirrored")
    with pytest.raises(ValueError, match="auto, one, mirrored"):
        strategy("horovod")
    two = {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(two))
    with pytest.raises(ValueError, match=r"names 2 workers.*multiworker"):
        strategy("mirrored")


def test_an_unproved_strategy_is_refused(arrays):
    import tensorflow as tf

    from mmcourse.training import fit

    with tf.distribute.experimental.CentralStorageStrategy(["CPU:0"]).scope():
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3)])
        model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"MirroredStrategy \(one machine\)"):
        fit(model, (arrays[0]["image"], arrays[0]["image"][:, :3]), epochs=1, seed=0, progress=False)
