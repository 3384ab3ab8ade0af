"""The ladder: which existing engine to take next, when the measurements say that this machine is not enough.

Plain data: a rung has the few lines that start an engine, its known trap and its documentation. A test compiles each
snippet, looks up every name it uses in the installed library, parses what is YAML, and runs what two cores can run.
Taught in lesson 24.
"""

import re
from dataclasses import dataclass

KINDS = ("python", "yaml", "shell")


@dataclass(frozen=True)
class Rung:
    """One step of the ladder.

    `when`: what was measured before it is worth taking. `engine`: its name. `kind`: the language of `snippet`,
    "python", "yaml" or "shell". `needs`: the libraries that the snippet imports. `trap`: what goes wrong, with its
    source. `link`: the documentation. `str()` is all of it as an item of a list in Markdown.
    """

    when: str
    engine: str
    kind: str
    needs: tuple[str, ...]
    snippet: str
    trap: str
    link: str

    def __str__(self) -> str:
        trap = re.sub(r"(keras-team/keras)#(\d+)", r"[\g<0>](https://github.com/\1/issues/\2)", self.trap)
        code = "\n".join("  " + line for line in (f"```{self.kind}", *self.snippet.splitlines(), "```"))
        return f"**[{self.engine}]({self.link})**: {self.when}.\n\n{code}\n\n  *Trap*: {trap}."


def ladder() -> tuple[Rung, ...]:
    """The rungs, from this machine to a cluster. Taught in lesson 24.

    >>> [rung.engine for rung in ladder()][:2]
    ['mmcourse launch', 'tf.data service']
    """
    return _RUNGS


_RUNGS = (
    Rung(
        when="before any cluster, to see whether the script runs as several processes at all",
        engine="mmcourse launch",
        kind="shell",
        needs=(),
        snippet="mmcourse launch --processes 2 train.py",
        trap="it shows that the script is right, not that it is fast: the processes share one machine",
        link="https://www.tensorflow.org/guide/distributed_training",
    ),
    Rung(
        when="waiting is the larger part after cache, parallel reading and prefetch: the host's cores are busy",
        engine="tf.data service",
        kind="python",
        needs=("tensorflow",),
        snippet="""\
import tensorflow as tf

service = tf.data.experimental.service
dispatcher = service.DispatchServer(service.DispatcherConfig(port=0))  # on one machine; 0 is any free port
address = dispatcher.target.split("://")[1]
workers = [service.WorkerServer(service.WorkerConfig(dispatcher_address=address))]  # one on each of many machines
dataset = tf.data.Dataset.range(100).map(lambda x: x * x)  # this work is done by the workers
remote = service.distribute(processing_mode=service.ShardingPolicy.DYNAMIC, service=dispatcher.target)
dataset = dataset.apply(remote)
""",
        trap="with ShardingPolicy.OFF each worker goes through all of the data: two workers, each sample twice in an "
        "epoch; and the order is no longer fixed, so a resumed run has other bits",
        link="https://www.tensorflow.org/api_docs/python/tf/data/experimental/service",
    ),
    Rung(
        when="the same, for Python code that holds the interpreter, or on the JAX backend",
        engine="Grain",
        kind="python",
        needs=("grain",),
        snippet="""\
import grain

dataset = grain.MapDataset.source(range(100)).seed(24).shuffle().map(lambda x: x * x).batch(10)
processes = grain.multiprocessing.MultiprocessingOptions(num_workers=2)
batches = dataset.to_iter_dataset().mp_prefetch(processes)  # in a script: behind if __name__ == "__main__"
""",
        trap="a worker is a process: what map gets must be picklable, and each one costs its imports and its memory",
        link="https://google-grain.readthedocs.io/",
    ),
    Rung(
        when="computing is the larger part, and there are several GPUs in one machine",
        engine="MirroredStrategy",
        kind="python",
        needs=("tensorflow", "keras"),
        snippet="""\
import keras
import tensorflow as tf

strategy = tf.distribute.MirroredStrategy()  # every GPU of this machine
with strategy.scope():  # make and compile the model in here, then model.fit as ever
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)])
    model.compile(keras.optimizers.Adam(), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
""",
        trap="before Keras 3.8 the devices did not share gradients as they should, and nothing said so "
        "(keras-team/keras#19891): compare with one device, once. With steps_per_execution above 1, fit fails under it "
        "(mm.training.fit then takes a loop of its own)",
        link="https://keras.io/guides/distributed_training_with_tensorflow/",
    ),
    Rung(
        when="the same, on the JAX backend",
        engine="DataParallel",
        kind="python",
        needs=("keras",),
        snippet="""\
import os

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported
import keras

keras.distribution.set_distribution(keras.distribution.DataParallel())  # before the model is made
""",
        trap="a PyDataset with several processes does not work with a GPU on JAX (keras-team/keras#20619): use tf.data "
        "or Grain",
        link="https://keras.io/guides/distributed_training_with_jax/",
    ),
    Rung(
        when="computing is the larger part, and one machine is full",
        engine="keras.distribution.initialize",
        kind="python",
        needs=("keras",),
        snippet="""\
import os

os.environ["KERAS_BACKEND"] = "jax"
import keras

addresses = "10.0.0.1:1234,10.0.0.2:1234"  # the same script on each machine, with its own process_id
keras.distribution.initialize(addresses, num_processes=2, process_id=0)
keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
""",
        trap="TensorFlow's MultiWorkerMirroredStrategy fails in Keras 3's fit (keras-team/keras#20585). "
        "auto_shard_dataset=False says that each process brings its own part, as mm.training.fit does; with the "
        "default, older versions refuse data other than tf.data (keras-team/keras#21430)",
        link="https://keras.io/api/distribution/distribution_utils/",
    ),
    Rung(
        when="a cluster that Ray runs",
        engine="Ray JaxTrainer",
        kind="python",
        needs=("ray",),
        snippet="""\
from ray.train import ScalingConfig
from ray.train.v2.jax import JaxTrainer


def work(config):
    import keras  # with KERAS_BACKEND=jax; Ray has called jax.distributed.initialize already

    keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
    # then as on one machine


machines = ScalingConfig(num_workers=4, use_gpu=True, resources_per_worker={"GPU": 1})
trainer = JaxTrainer(work, scaling_config=machines)  # trainer.fit() starts it
""",
        trap="marked alpha; the first versions knew TPUs only: look at what the page of your version says of GPUs",
        link="https://docs.ray.io/en/latest/train/api/doc/ray.train.v2.jax.JaxTrainer.html",
    ),
    Rung(
        when="a cluster that Kubernetes runs",
        engine="Kubeflow JAXJob",
        kind="yaml",
        needs=(),
        snippet="""\
apiVersion: kubeflow.org/v1
kind: JAXJob
metadata:
  name: digits
spec:
  jaxReplicaSpecs:
    Worker:
      replicas: 2
      restartPolicy: OnFailure  # with a checkpoint_dir on a common volume it goes on where it was
      template:
        spec:
          containers:
            - name: jax  # it must have this name
              image: your/image:tag
              command:
                - sh
                - -c
                - >-
                  KERAS_BACKEND=jax KERAS_DISTRIBUTION_JOB_ADDRESSES=$COORDINATOR_ADDRESS:$COORDINATOR_PORT
                  KERAS_DISTRIBUTION_NUM_PROCESSES=$NUM_PROCESSES KERAS_DISTRIBUTION_PROCESS_ID=$PROCESS_ID
                  python train.py
""",
        trap="the operator sets NUM_PROCESSES and its like, Keras reads KERAS_DISTRIBUTION_NUM_PROCESSES: without the "
        "translation each process trains alone. Its page says: tested on CPUs. Kubeflow Trainer 2 has, in its place, a "
        "TrainJob with the runtime jax-distributed",
        link="https://www.kubeflow.org/docs/components/training/user-guides/jax",
    ),
)
