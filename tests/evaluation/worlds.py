"""Sets with known ceilings that small models learn in a second, and those models."""

import warnings
from functools import cache

import keras
import numpy as np
from sklearn.neural_network import MLPClassifier

import mmcourse as mm
from mmcourse.data.symbols import task_world


@cache
def world(task: str, modalities: tuple[str, ...] = ("image", "text"), n: int = 2000, seed: int = 0) -> mm.Multimodal:
    """Symbols as noisy vectors (16,), the same shape in every modality but not the same code; 20% are erased."""
    truth = task_world(task, 4, dict.fromkeys(modalities, 0.2))

    def split(size: int, number: int) -> mm.Split:
        y, _, seen = truth.sample(size, np.random.default_rng([number, 0, seed]))
        rng = np.random.default_rng([number, 1, seed])
        x = {name: code(i)[column] + 0.3 * rng.normal(size=(size, 16)) for i, (name, column) in enumerate(seen.items())}
        return mm.Split({name: array.astype("float32") for name, array in x.items()}, y)

    spec = mm.Spec((16,), "float32", "none", "a symbol in noise")
    parts = {"train": split(n, 0), "val": split(400, 1), "test": split(800, 2)}
    return mm.Multimodal(f"symbols ({task})", dict.fromkeys(modalities, spec), **parts, world=truth)


def code(i: int) -> np.ndarray:
    """How the symbols of modality number i look without noise, (5, 16); the last row is an erased one."""
    return np.random.default_rng(i).normal(size=(5, 16))


class Learned:
    """A perceptron on all modalities side by side (scikit-learn's: no graph to trace, so it is quick)."""

    def __init__(self, data: mm.Multimodal, epochs: int = 30):
        self.names = list(data.modalities)
        self.perceptron = MLPClassifier((32,), learning_rate_init=5e-3, max_iter=epochs, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it might go on learning
            self.perceptron.fit(self._join(data.train.x), data.train.y)

    def predict(self, x, **_):
        return self.perceptron.predict_proba(self._join(x))

    def _join(self, x) -> np.ndarray:
        return np.concatenate([x[name] for name in self.names], axis=1)


@cache
def healthy(task: str) -> Learned:
    """Trained as it should be."""
    return Learned(world(task))


@cache
def alone(task: str, modality: str) -> Learned:
    """A model of one modality."""
    return Learned(world(task).with_only(modality))


@cache
def strict(allow_missing: bool = False) -> mm.FeatureFusion:
    """A model of the package for the redundant task, trained a little."""
    data = world("redundant")
    keras.utils.set_random_seed(0)
    encoders = {name: keras.layers.Dense(16, activation="relu") for name in data.modalities}
    model = mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), keras.layers.Dense(4), allow_missing=allow_missing)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss, jit_compile=False)
    model.fit(data.tf_data("train", 100, shuffle_seed=0), epochs=2, shuffle=False, verbose=0)
    return model
