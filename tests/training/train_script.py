"""A training script as a reader writes it: it does not know how many devices or processes it runs on.

Arguments: the folder for checkpoints, the file for the result (rank 0 writes it), and `rank:step` to
die at, or nothing.
"""

import json
import os
import signal
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

from mmcourse import training

checkpoints, result, *death = sys.argv[1:]
scale = training.strategy()
rank, step = map(int, death[0].split(":")) if death else (-1, -1)


class Die(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if scale.rank == rank and int(self.model.optimizer.iterations.numpy()) >= step:
            os.kill(os.getpid(), signal.SIGKILL)


if keras.backend.backend() == "jax":  # its state is outside the model between two steps

    class Die(keras.callbacks.Callback):
        steps = 0

        def on_train_batch_end(self, batch, logs=None):
            Die.steps += 1
            if scale.rank == rank and Die.steps >= step:
                os.kill(os.getpid(), signal.SIGKILL)


rng = np.random.default_rng(0)
labels = rng.integers(0, 3, 101)  # one more than steps use, in training and in validation
image = (rng.normal(size=(101, 6)) + labels[:, None]).astype("float32")
sound = rng.normal(size=(101, 4)).astype("float32")
keras.utils.set_random_seed(0)
with scale.scope():
    inputs = {"image": keras.Input((6,), name="image"), "sound": keras.Input((4,), name="sound")}
    features = [keras.layers.Dense(8, "tanh")(inputs["image"]), keras.layers.Dense(8, "tanh")(inputs["sound"])]
    model = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Concatenate()(features)))
    model.compile(
        keras.optimizers.Adam(0.02),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        steps_per_execution=2,
        jit_compile=False,
    )
run = training.fit(
    model,
    ({"image": image, "sound": sound}, labels),
    validation=({"image": image[:36], "sound": sound[:36]}, labels[:36]),
    epochs=4,
    seed=1,
    batch_size=20,
    callbacks=[Die()],
    checkpoint_dir=checkpoints,
    checkpoint_every=2,
    progress=False,
)
if scale.rank == 0:
    weights = [variable.numpy().tolist() for variable in model.trainable_variables]
    with open(result, "w") as file:
        json.dump(
            {
                "history": run.history,
                "weights": weights,
                "resumed_from": run.resumed_from,
                "scale": [scale.kind, scale.replicas, scale.processes],
            },
            file,
        )
