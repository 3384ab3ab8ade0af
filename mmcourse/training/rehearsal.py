"""A small training as a script of a reader's own, to be killed, taken up and spread. Taught in lesson 24.

What a cluster does to a run for days, it does here in a minute: `python -m mmcourse.training.rehearsal FOLDER`.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np

from ..data import load
from ..layers import ConcatFusion
from ..models import FeatureFusion
from .fitting import fit
from .scale import strategy


def two_devices() -> list[str]:
    """Hide a GPU, here and from the processes started later, and cut the CPU into two logical devices: their names.

    To TensorFlow they are like two GPUs of one machine. Call it first: once TensorFlow has computed anything, it
    raises `RuntimeError`.
    """
    import tensorflow as tf

    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    tf.config.set_visible_devices([], "GPU")
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    tf.config.threading.set_inter_op_parallelism_threads(4)  # each needs threads of its own
    return [device.name for device in tf.config.list_logical_devices("CPU")]


def job(folder, kind="auto"):
    """Train on `digits`: checkpoints in the folder, and at the end the weights and the speed.

    >>> job("one", "one").epochs
    8
    """
    os.makedirs(folder, exist_ok=True)
    scale, data = strategy(kind), load("digits")  # one device, several, or several processes
    keras.utils.set_random_seed(24)
    with scale.scope():
        see, hear = (keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(32, "relu")]) for _ in range(2))
        model = FeatureFusion({"image": see, "audio": hear}, ConcatFusion(), keras.layers.Dense(10))
        model({name: samples[:2] for name, samples in data.train.x.items()})
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss, jit_compile=False)
    kept = {"checkpoint_dir": f"{folder}/checkpoints", "checkpoint_every": 2}
    train = data.train.x, data.train.y
    run = fit(model, train, epochs=8, seed=24, batch_size=128, progress=False, **kept)
    if scale.rank == 0:
        weights = [np.asarray(weight) for weight in model.trainable_variables]
        np.savez(f"{folder}/end.npz", *weights, speed=run.examples_per_second)
    return run


def killed(folder: str | os.PathLike, checkpoints: int = 2) -> int:
    """Start `job` as a process of its own and kill it (SIGKILL) after so many checkpoints; its exit status.

    On Unix that is minus the number of the signal. `RuntimeError` with what it said where it ended by itself before.
    Taught in lesson 24.

    >>> killed("killed") != 0
    True
    """
    script, log = _script(folder), Path(folder, "killed.log")
    with log.open("wb") as said:
        process = subprocess.Popen([sys.executable, script, str(folder)], stdout=said, stderr=said)
    try:
        while process.poll() is None and len(list(Path(folder).glob("checkpoints/step-*"))) < checkpoints:
            time.sleep(0.02)
        ended = process.poll()
    finally:
        process.kill()
    if ended is not None:
        raise RuntimeError(f"the job ended with status {ended} before it was killed:\n{log.read_text()[-2000:]}")
    return process.wait()


def together(folder: str | os.PathLike, processes: int = 2) -> None:
    """Run `job` as several processes, with `mmcourse launch`. `RuntimeError` with what they said where that fails."""
    command = [sys.executable, "-m", "mmcourse.cli", "launch", "--processes", str(processes)]
    command += ["--logs", str(Path(folder, "logs")), _script(folder), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise RuntimeError(f"mmcourse launch ended with status {done.returncode}:\n{done.stderr[-2000:]}")


def apart(one: str | os.PathLike, other: str | os.PathLike) -> float:
    """The largest difference between a weight at the end of two jobs; 0 means: the same bits."""
    mine, theirs = (np.load(Path(folder, "end.npz")) for folder in (one, other))
    return max(float(np.abs(mine[key] - theirs[key]).max()) for key in mine if key != "speed")


def speed(folder: str | os.PathLike) -> float:
    """Samples per second of a job that has ended."""
    return float(np.load(Path(folder, "end.npz"))["speed"])


def _script(folder: str | os.PathLike) -> str:
    """A file that runs the job: by path, since a process that is launched knows no module."""
    path = Path(folder, "train.py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("import sys\n\nfrom mmcourse.training.rehearsal import job\n\njob(sys.argv[1])\n", encoding="utf-8")
    return str(path)


if __name__ == "__main__":
    job(sys.argv[1])
