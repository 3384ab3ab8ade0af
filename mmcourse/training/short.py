"""`train`: many short trainings of small models, each as if it were alone. Used in every lesson.

A small model on a few thousand samples learns in a second or two. Tracing its training step takes as long, and so does
beginning each epoch; so the step is traced once for all models of one architecture, and all epochs are one long one.
"""

import json
import sys
from collections.abc import Callable

import keras
import numpy as np

from ..data import Multimodal
from ..identity import configuration
from . import state
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
    model, batches = made(make, data, seed), data.tf_data("train", batch_size, shuffle_seed=seed)
    steps = max(1, epochs * len(batches))
    traced = _traced(make, data, seed, model, steps, learning_rate)
    with bar_of(epochs, data.name) as bar:
        report = {"shuffle": False, "verbose": 0, "callbacks": [_Advance(bar, len(batches))]}
        if traced is None:
            _compile(model, keras.optimizers.schedules.CosineDecay(learning_rate, steps))
            model.fit(batches.repeat(epochs), **report)
            return model
        traced.fit(batches.repeat(epochs), **report)
    for mine, learned in zip(model.variables, traced.variables, strict=True):
        mine.assign(learned)
    return model


_KEPT: dict[str, tuple[keras.Model, keras.Variable, list[np.ndarray]]] = {}  # a rate, and how an optimizer begins


def _traced(make, data: Multimodal, seed: int, model, steps: int, learning_rate: float) -> keras.Model | None:
    """A model kept for one like `model`, in the state of that one, its step traced; None where none can be kept."""
    config = configuration(model.get_config)
    adapted = any(hasattr(layer, "adapt") for layer in model._flatten_layers())  # holds numbers that no variable shows
    if config is None or adapted or keras.backend.backend() != "tensorflow":
        return None
    kinds = [[name, list(array.shape[1:]), str(array.dtype)] for name, array in data.train.batch().items()]
    weights = [[list(weight.shape), str(weight.dtype), weight.trainable] for weight in state.of_model(model)]
    key = json.dumps([config, kinds, weights, steps], sort_keys=True)
    if key not in _KEPT:
        twin, rate = made(make, data, seed), keras.Variable(learning_rate, trainable=False, name="rate")
        if {id(variable) for variable in model.variables} & {id(variable) for variable in twin.variables}:
            return None  # what both take from outside must not be kept
        _compile(twin, keras.optimizers.schedules.CosineDecay(rate, steps))  # traced once for all rates
        _KEPT[key] = twin, rate, [state.to_numpy(variable) for variable in twin.optimizer.variables]
    kept, rate, begin = _KEPT[key]
    rate.assign(learning_rate)
    for variable, value in zip(kept.optimizer.variables, begin, strict=True):
        variable.assign(value)
    for variable, value in zip(state.of_model(kept), state.of_model(model), strict=True):
        variable.assign(value)
    keras.utils.set_random_seed(seed)
    return kept


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
