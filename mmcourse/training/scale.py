"""One device, several, or several machines: which of Keras's own engines serves, chosen and checked.

| devices | engine | how `fit` runs |
| --- | --- | --- |
| one | none | `model.fit` |
| several in one machine, TensorFlow | `tf.distribute.MirroredStrategy` | `model.fit` |
| several in one machine, JAX | `keras.distribution.DataParallel` | `model.fit` |
| several processes or machines, JAX | `keras.distribution.initialize` + `DataParallel` | `model.fit` |
| several processes or machines, TensorFlow | `tf.distribute.MultiWorkerMirroredStrategy` | our loop |

The last needs a loop of ours because Keras 3's `fit` fails under it (keras#20585), and so does
`MirroredStrategy` with `steps_per_execution` above 1. Taught in lesson 24.
"""

import contextlib
import json
import os
from dataclasses import dataclass

import keras
import numpy as np

from . import state

KINDS = ("auto", "one", "mirrored", "multiworker", "data_parallel")


@dataclass(frozen=True)
class Scale:
    """How a run is spread: `replicas` devices in `processes` processes, of which this is `rank`.

    >>> strategy("one").replicas
    1
    """

    kind: str
    replicas: int = 1
    processes: int = 1
    rank: int = 0
    strategy: object = None

    def scope(self):
        """Build and compile the model inside `with scale.scope():`."""
        return self.strategy.scope() if self.strategy is not None else contextlib.nullcontext()

    def needs_own_loop(self, model) -> bool:
        """Whether Keras's `fit` fails on this combination; see `distributed`."""
        return self.kind == "multiworker" or (self.kind == "mirrored" and model.steps_per_execution > 1)

    def prepare(self, model, batch: tuple) -> None:
        """Create every variable of the model, without a training step.

        On several devices this must come before training: where a compiled step creates variables,
        TensorFlow wraps it in a conditional, and on two devices that fails.
        """
        if self.needs_own_loop(model):
            from .distributed import prepare

            prepare(model, self.strategy, batch)
        else:
            with self.scope():
                state.prepare(model, batch)

    def agree(self, position: int) -> None:
        """Raise where the processes would resume from different steps (no common checkpoint folder)."""
        if self.processes == 1:
            return
        if self.kind == "multiworker":
            import tensorflow as tf

            mine = self.strategy.run(lambda: tf.constant([position], tf.int64))
            positions = self.strategy.gather(mine, axis=0).numpy()
        else:
            from jax.experimental import multihost_utils

            positions = np.asarray(multihost_utils.process_allgather(np.array([position]))).ravel()
        if len(set(positions.tolist())) > 1:
            raise ValueError(
                f"the processes found checkpoints of different steps ({positions.tolist()}); "
                "checkpoint_dir must be one folder that all machines see"
            )


def strategy(kind: str = "auto") -> Scale:
    """Choose how to spread training over what there is; call it before anything else touches a device.

    "auto" takes all devices of this process, and the other processes where `TF_CONFIG`
    (TensorFlow) or `KERAS_DISTRIBUTION_NUM_PROCESSES` (JAX) names them, as `mmcourse launch` and
    cluster managers do. Other kinds: "one", "mirrored", "multiworker", "data_parallel". A
    combination that does not work is a `ValueError` naming the one that does. Taught in lesson 24.

    >>> scale = strategy("one")
    >>> with scale.scope():  # make and compile the model in here
    ...     model = keras.Sequential([keras.layers.Dense(2)])
    >>> scale.replicas
    1
    """
    if kind not in KINDS:
        raise ValueError(f"strategy is one of {', '.join(KINDS)}; got {kind!r}")
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return _tensorflow(kind)
    if backend == "jax":
        return _jax(kind)
    if kind not in ("auto", "one") or int(os.environ.get("KERAS_DISTRIBUTION_NUM_PROCESSES", "1")) > 1:
        raise ValueError(
            f"the {backend} backend of Keras trains on one device here; for several, set KERAS_BACKEND=jax "
            'and use "data_parallel", or KERAS_BACKEND=tensorflow and "mirrored"'
        )
    return Scale("one")


def scale_of(model) -> Scale:
    """The scale a model was built for."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return _of_tensorflow(model.distribute_strategy)
    if backend == "jax":
        distribution = keras.distribution.distribution()
        if distribution is None:
            return Scale("one")
        if not isinstance(distribution, keras.distribution.DataParallel):
            raise ValueError(
                f"fit spreads data, not models: got {type(distribution).__name__}, expected "
                'keras.distribution.DataParallel, as strategy("data_parallel") sets it'
            )
        return _of_jax(distribution)
    return Scale("one")


def _tensorflow(kind: str) -> Scale:
    import tensorflow as tf

    workers = json.loads(os.environ.get("TF_CONFIG") or "{}").get("cluster", {}).get("worker", [])
    if kind == "data_parallel":
        raise ValueError(
            '"data_parallel" is of the JAX backend (set KERAS_BACKEND=jax); with TensorFlow use '
            '"mirrored" for the devices of one machine and "multiworker" for several machines'
        )
    if kind == "multiworker" and len(workers) < 2:
        raise ValueError(
            '"multiworker" needs TF_CONFIG to name two workers or more; cluster managers set it, and so does '
            '`mmcourse launch --processes 2 train.py`. For the devices of one machine use "mirrored"'
        )
    if len(workers) > 1:
        if kind in ("one", "mirrored"):
            raise ValueError(
                f'TF_CONFIG names {len(workers)} workers, and "{kind}" would train as many separate '
                'models; use "multiworker" or "auto", or unset TF_CONFIG'
            )
        return _of_tensorflow(tf.distribute.MultiWorkerMirroredStrategy())
    # logical devices: a test splits one CPU in two and everything else is as with two GPUs
    accelerators = tf.config.list_logical_devices("GPU")
    devices = accelerators or tf.config.list_logical_devices("CPU")
    if kind == "one" or (kind == "auto" and len(devices) == 1):
        return Scale("one")
    if len(devices) < 2:
        raise ValueError('"mirrored" needs two devices or more, and there is one; use "one" or "auto"')
    # on logical CPUs the collective operations, made for GPUs, now and then wait for each other for ever
    reduction = None if accelerators else tf.distribute.ReductionToOneDevice()
    return _of_tensorflow(tf.distribute.MirroredStrategy([device.name for device in devices], reduction))


def _of_tensorflow(strategy) -> Scale:
    import tensorflow as tf

    replicas = strategy.num_replicas_in_sync
    if isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        resolver = strategy.cluster_resolver
        processes = len(resolver.cluster_spec().as_dict().get("worker", [])) or 1
        return Scale("multiworker", replicas, processes, resolver.task_id or 0, strategy)
    if isinstance(strategy, tf.distribute.MirroredStrategy):
        return Scale("mirrored", replicas, strategy=strategy)
    if replicas == 1 and type(strategy).__name__ in ("_DefaultDistributionStrategy", "OneDeviceStrategy"):
        return Scale("one")
    raise ValueError(
        f"fit runs under MirroredStrategy (one machine) and MultiWorkerMirroredStrategy (several); got "
        f"{type(strategy).__name__}, which Keras 3 does not support or which this project has not proved"
    )


def _jax(kind: str) -> Scale:
    import jax

    processes = int(os.environ.get("KERAS_DISTRIBUTION_NUM_PROCESSES", "1"))
    if kind in ("mirrored", "multiworker"):
        raise ValueError(
            f'"{kind}" is of the TensorFlow backend; with JAX use "data_parallel", for one machine and for several'
        )
    if kind == "one" and processes > 1:
        raise ValueError(
            f'{processes} processes are named and "one" would train as many separate models; use "data_parallel"'
        )
    if processes > 1:
        keras.distribution.initialize()  # reads the addresses from KERAS_DISTRIBUTION_*
    elif kind == "one" or len(jax.devices()) == 1:
        return Scale("one")
    # the batches are this process's part already
    distribution = keras.distribution.DataParallel(auto_shard_dataset=False)
    keras.distribution.set_distribution(distribution)
    return _of_jax(distribution)


def _of_jax(distribution) -> Scale:
    import jax

    replicas = int(distribution.device_mesh.devices.size)
    return Scale("data_parallel", replicas, jax.process_count(), jax.process_index(), distribution)
