"""`train`: many short trainings of small models, each as if it were alone. Used in every lesson.

A small model on a few thousand samples learns in a second or two. Tracing its training step takes as long, and so does
beginning each epoch; so the step is traced once for all models of one architecture, and all epochs are one long one.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import keras
import numpy as np

from ..data import Multimodal
from ..identity import configuration
from .compiled_once import compile_once
from .hardware import compile_defaults

PATIENCE = 5.0  # seconds before a bar appears


def train(
    make: Callable[[], keras.Model],
    data: Multimodal,
    *,
    seed: int,
    epochs: int,
    batch_size: int = 64,
    learning_rate: float = 2e-3,
) -> keras.Model:
    """A model from `make()`, trained on `data.train` to give logits of the labels; weights and order follow `seed`.

    >>> data = mm.load("digits").subset(64)
    >>> encoders = {"image": keras.layers.Flatten(), "audio": keras.layers.Flatten()}
    >>> def make():
    ...     return mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), keras.layers.Dense(10))
    >>> train(make, data, seed=0, epochs=1).predict(data.test.x, verbose=0).shape == (len(data.test), 10)
    True

    Adam's learning rate falls from `learning_rate` to 0 along a cosine; the batches are those of
    `data.tf_data("train", batch_size, shuffle_seed=seed)`. The model that comes back is the caller's own. What parts
    `make` takes from outside itself (a frozen encoder) it shares; give such models the features of the encoder instead,
    with `data.map`, which is faster too. Long trainings, and those that must survive an interruption, are for `fit`.

    Raises `ValueError` where `make` gives no Keras model, or one that is compiled. Used in every lesson; taught in
    lesson 24.
    """
    model, twin = (made(make, data, seed) for _ in range(2))
    config = configuration(model.get_config)
    shared = {id(variable) for variable in model.variables} & {id(variable) for variable in twin.variables}
    batches = data.tf_data("train", batch_size, shuffle_seed=seed)
    steps, total = len(batches), max(1, epochs * len(batches))
    with bar_of(epochs, data.name) as bar:
        report = {"shuffle": False, "verbose": 0, "callbacks": [_Advance(bar, steps)]}
        if config is None or shared or keras.backend.backend() != "tensorflow":
            _compile(model, keras.optimizers.schedules.CosineDecay(learning_rate, total))
            model.fit(batches.repeat(epochs), **report)
            return model
        kinds = [[name, list(array.shape[1:]), str(array.dtype)] for name, array in data.train.batch().items()]
        recipe = _Recipe(json.dumps([config, kinds], sort_keys=True), twin, learning_rate)
        traced = _kept(seed, recipe, total)
        traced.fit(batches.repeat(epochs), **report)
    for mine, learned in zip(model.variables, traced.variables, strict=True):
        mine.assign(learned)
    return model


@dataclass(frozen=True)
class _Recipe:
    """A model to be trained; equal to another of the same architecture on the same kind of samples."""

    config: str
    model: keras.Model = field(compare=False)
    learning_rate: float = field(compare=False)


@compile_once
def _kept(seed: int, recipe: _Recipe, steps: int) -> keras.Model:
    rate = keras.Variable(recipe.learning_rate, trainable=False, name="rate")
    _compile(recipe.model, _Cosine(rate, steps))
    recipe.model.optimizer.rate = rate  # which makes it a part of the state that `compile_once` puts back
    return recipe.model


class _Cosine(keras.optimizers.schedules.CosineDecay):
    """From a rate that is a variable, so that what was traced for one rate serves the others."""

    def get_config(self) -> dict:
        return super().get_config() | {"initial_learning_rate": None}


def made(make: Callable[[], keras.Model], data: Multimodal, seed: int) -> keras.Model:
    """A new model, built on one sample, its weights drawn by the seed."""
    keras.utils.set_random_seed(seed)
    model = make()
    if not isinstance(model, keras.Model) or model.compiled:
        raise ValueError(f"make() must give a new Keras model that is not compiled; got {model!r}")
    if not model.built:
        sample = {name: tensor_of(array[:1]) for name, array in data.train.x.items()}
        model(sample)
    return model


def tensor_of(array: np.ndarray):
    if array.dtype.kind != "U":
        return keras.ops.convert_to_tensor(array)
    import tensorflow as tf

    return tf.constant(array)


def _compile(model: keras.Model, rate: keras.optimizers.schedules.CosineDecay) -> None:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, **compile_defaults(model))
    model.optimizer.build(model.trainable_variables)  # now, or the training step is traced twice


def bar_of(epochs: int, what: str):
    from tqdm import tqdm

    return tqdm(total=epochs, desc=what, unit="epoch", delay=PATIENCE, leave=False, file=sys.stdout)


class _Advance(keras.callbacks.Callback):
    """Moves a bar on after each epoch of so many steps, though Keras sees all epochs as one."""

    def __init__(self, bar, steps: int):
        super().__init__()
        self.bar, self.steps, self.shown = bar, steps, 0

    def on_train_batch_end(self, batch, logs=None):
        done = min((batch + 1) // self.steps, self.bar.total)  # several steps at once may end past the last one
        self.bar.update(done - self.shown)
        self.shown = done
