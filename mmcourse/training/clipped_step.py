"""What a step of `train_private` goes by: each sample's gradient, clipped, and noise. Taught in lesson 25.

The step is a function of weights, not of a model that has them: so it is traced once for all models of one
architecture, and so every sample can have random numbers of its own (dropout), though all are computed at once.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import keras
import numpy as np

from ..identity import array_digest, configuration


def noisy_gradients(model: keras.Model, inputs: dict) -> Callable:
    """A graph that gives the gradients of a batch, clipped sample by sample, with noise, over the expected size.

    Called with the trainable and the other values of a model like this one, the rows (n,) int32 of the batch and
    whether each counts (n,) float32, all inputs and labels, [noise, clip, size] float32, and a pair of int32 for each
    weight and one more, from which all random numbers come. Gives the gradients and, summed over the batch, the loss,
    how many gradients were clipped, and how many samples there were.
    """
    return _traced(_recipe(model, inputs))


def called(model: keras.Model, values: tuple[list, list], sample: dict, training: bool) -> tuple:
    """What a model with these trainable and other values says; the others after the call; its penalties."""
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    mapping = zip(variables, [*values[0], *values[1]], strict=True)
    with keras.StatelessScope(state_mapping=mapping, collect_losses=True) as scope:
        said, penalties = model(sample, training=training), model.losses
    return said, [scope.get_current_value(variable) for variable in model.non_trainable_variables], penalties


def seed_states(model: keras.Model) -> set[int]:
    """The ids of the variables that hold the state of a `SeedGenerator`."""
    return {id(each.state) for layer in model._flatten_layers() for each in layer._seed_generators}


@dataclass(frozen=True)
class _Recipe:
    """A model to be trained; equal to another whose step is the same function of its weights."""

    key: object
    model: keras.Model = field(compare=False)
    inputs: dict = field(compare=False)


def _recipe(model: keras.Model, inputs: dict) -> _Recipe:
    config = configuration(model.get_config)
    if config is None:
        return _Recipe(object(), model, inputs)  # equal to itself alone
    kinds = [[name, list(array.shape[1:]), array.dtype.name] for name, array in inputs.items()]
    weights = [[list(variable.shape), str(variable.dtype), variable.trainable] for variable in model.variables]
    generators = seed_states(model)
    fixed = [  # by value: a layer may have made constants of them
        array_digest(np.asarray(variable.numpy()))
        for variable in model.non_trainable_variables
        if id(variable) not in generators
    ]
    classes = tuple(type(layer) for layer in model._flatten_layers())  # a class of the same name may be another
    return _Recipe((json.dumps([config, kinds, weights, fixed], sort_keys=True), classes), model, inputs)


@lru_cache(maxsize=8)
def _traced(recipe: _Recipe) -> Callable:
    import tensorflow as tf

    model, gradients = recipe.model, _gradients(recipe.model)

    def step(weights, rest, rows, counted, inputs, labels, settings, keys):
        noise, clip, size = tf.unstack(settings)
        inputs = {name: tf.gather(array, rows) for name, array in inputs.items()}
        losses, each = gradients(weights, rest, inputs, tf.gather(labels, rows), keys[-1])
        norms = tf.sqrt(tf.add_n([tf.reduce_sum(tf.reshape(g, [tf.size(rows), -1]) ** 2, axis=1) for g in each]))
        share = counted * tf.minimum(1.0, clip / norms)  # of a gradient of 0 all is kept
        noisy = [
            (tf.tensordot(share, g, 1) + noise * clip * tf.random.stateless_normal(w.shape, key)) / size
            for g, w, key in zip(each, weights, tf.unstack(keys)[:-1], strict=True)
        ]
        clipped = tf.cast(norms > clip, "float32")
        sums = [tf.reduce_sum(counted * value) for value in (losses + 0 * norms, clipped, tf.ones_like(norms))]
        return noisy, tf.stack(sums)

    def like(values, rows=False):
        return [tf.TensorSpec([None, *v.shape[1:]] if rows else v.shape, v.dtype) for v in values]

    states = [like(v.value for v in group) for group in (model.trainable_variables, model.non_trainable_variables)]
    inputs = dict(zip(recipe.inputs, like(recipe.inputs.values(), rows=True), strict=True))
    rows, counted, labels = (tf.TensorSpec([None], kind) for kind in ("int32", "float32", "int32"))
    settings, keys = tf.TensorSpec([3]), tf.TensorSpec([len(model.trainable_variables) + 1, 2], "int32")
    return tf.function(step, input_signature=[*states, rows, counted, inputs, labels, settings, keys])


def _gradients(model: keras.Model) -> Callable:
    """A function that gives loss (B,) and gradients (B, ...), a list of them, of each sample on its own."""
    import tensorflow as tf

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    generators = seed_states(model)
    random = [id(variable) in generators for variable in model.non_trainable_variables]

    def of_one(x, y, draw, weights, rest):
        own = [value + tf.stack([0, draw]) if moves else value for value, moves in zip(rest, random, strict=True)]
        sample = {name: array[None] for name, array in x.items()}
        with tf.GradientTape() as tape:
            tape.watch(weights)
            said, _, penalties = called(model, (weights, own), sample, training=True)
            value = loss(y[None], said) + sum(penalties)
        found = tape.gradient(value, weights, unconnected_gradients="zero")
        return value, [tf.convert_to_tensor(gradient) for gradient in found]

    def of_all(weights, rest, inputs, labels, key):
        draws = tf.random.stateless_uniform(tf.shape(labels), key, maxval=2**31, dtype="int64")
        return tf.vectorized_map(lambda sample: of_one(*sample, weights, rest), (inputs, labels, draws), warn=False)

    return of_all
