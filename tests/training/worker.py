"""Trains, and dies where it is told to: one process that imports Keras once and forks per job.

Reads a list of jobs per line from stdin, runs them side by side, and answers with their exit codes. A job is either
a training of this file's model (see `work`) or a script with its arguments and environment (see `script`).
Forking is safe here because the server has one thread and has touched no device; it checks that.
"""

import json
import os
import runpy
import signal
import sys
import traceback
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads would start at import
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

EPOCHS, STEPS, BATCH = 4, 8, 16
OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(0.02, use_ema=True, gradient_accumulation_steps=2, clipnorm=1.0),
    "sgd": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "nadam": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Nadam(0.02)),
    "adafactor": lambda: keras.optimizers.Adafactor(0.02),
    "rmsprop": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.RMSprop(0.01, centered=True)),
    "lion": lambda: keras.optimizers.Lion(0.003, weight_decay=0.01),
}


def data():
    """More rows than steps use, so that every epoch leaves others out."""
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 3, STEPS * BATCH + 7)
    image = rng.normal(size=(len(labels), 6)).astype("float32") + labels[:, None]
    sound = rng.normal(size=(len(labels), 4)).astype("float32")
    return {"image": image, "sound": sound}, labels


def build(optimizer: str, steps_per_execution: int, build_seed: int) -> keras.Model:
    """Dropout, batch statistics, averaged weights, accumulated gradients, loss scales: everything that has state."""
    keras.utils.set_random_seed(build_seed)
    image, sound = keras.Input((6,), name="image"), keras.Input((4,), name="sound")
    hidden = keras.layers.Concatenate()([keras.layers.Dense(8)(image), keras.layers.Dense(8)(sound)])
    hidden = keras.layers.BatchNormalization()(keras.layers.Dropout(0.3)(hidden))
    model = keras.Model({"image": image, "sound": sound}, keras.layers.Dense(3)(hidden))
    model.compile(
        OPTIMIZERS[optimizer](),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        steps_per_execution=steps_per_execution,
        jit_compile=False,
    )
    return model


class Kill(keras.callbacks.Callback):
    """SIGKILL after so many steps of this process: no handler, no cleanup, nothing flushed."""

    def __init__(self, after: int):
        super().__init__()
        self._left = (after,)

    def on_train_batch_end(self, batch, logs=None):
        self._left = (self._left[0] - 1,)
        if self._left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Idle(keras.callbacks.Callback):
    """Stands in for `Kill` in processes that are to live."""


Idle.__name__ = "Kill"


def die_in_write(number: int) -> None:
    """SIGKILL in the middle of the checkpoint number so and so: written beside, not renamed yet."""
    flush, calls = os.fsync, [0]

    def fsync(handle):
        calls[0] += 1
        if calls[0] == 2 * number - 1:  # the file's; the folder's follows
            os.kill(os.getpid(), signal.SIGKILL)
        flush(handle)

    os.fsync = fsync


def work(job: dict) -> None:
    """One training, to its end or to its death."""
    from mmcourse.training import fit
    from mmcourse.training.state import snapshot

    if "in_write" in job:
        die_in_write(job["in_write"])
    model = build(job["optimizer"], job["steps_per_execution"], job["build_seed"])
    run = fit(
        model,
        data(),
        validation=tuple(keras.tree.map_structure(lambda a: a[:30], data())),
        epochs=EPOCHS,
        seed=9,
        batch_size=BATCH,
        patience=2,
        callbacks=[
            keras.callbacks.ReduceLROnPlateau(patience=1, min_delta=0.01),
            Kill(job["after"]) if "after" in job else Idle(),
        ],
        checkpoint_dir=job["directory"],
        checkpoint_every=job["every"],
        progress=False,
    )
    import hashlib

    state = snapshot(model)
    digest = hashlib.sha256(b"".join(key.encode() + state[key].tobytes() for key in sorted(state)))
    result = {"sha256": digest.hexdigest(), "history": run.history, "resumed_from": run.resumed_from}
    with open(job["result"], "w") as file:
        json.dump(result, file)


def script(job: dict) -> None:
    """Run a script as `python script.py arguments` would, on so many logical CPU devices."""
    os.environ.update(job.get("environment", {}))
    if job.get("devices", 1) > 1:
        import tensorflow as tf

        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * job["devices"])
    sys.argv = job["script"]
    runpy.run_path(sys.argv[0], run_name="__main__")


def serve() -> None:
    """Fork a child for each job."""
    import tensorflow  # noqa: F401  (preloaded for the children)

    threads = [Path("/proc/self/task", task, "comm").read_text().strip() for task in os.listdir("/proc/self/task")]
    others = [name for name in threads[1:] if not name.startswith("jemalloc")]  # Arrow's, made for forking
    assert not others, f"forking needs a process of one thread, this one also has {others}"
    for line in sys.stdin:
        children = [_fork(job) for job in json.loads(line)]
        print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]), flush=True)


def _fork(job: dict) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        script(job) if "script" in job else work(job)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
