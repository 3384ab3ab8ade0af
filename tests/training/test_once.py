"""`compile_once`: the same numbers as a model made anew, from a training step traced once."""

import keras
import numpy as np
import pytest
from keras import layers

import mmcourse as mm
from mmcourse.training import compile_once


class Counted(layers.Layer):
    """Passes on what it gets, and counts how often it is traced."""

    traced = 0

    def call(self, x):
        Counted.traced += 1
        return x


def network(seed, width=8, optimizer="Adam"):
    """Dropout, batch statistics and a lazily built head: all that a training carries along."""
    encoders = {"image": layers.Dense(width), "sound": layers.Dense(width)}
    head = keras.Sequential([Counted(), layers.BatchNormalization(), layers.Dropout(0.3), layers.Dense(3)])
    model = mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), head=head)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(getattr(keras.optimizers, optimizer)(0.05), loss, metrics=["accuracy"], jit_compile=False)
    return model


def trained(model, arrays):
    history = model.fit(*arrays, epochs=2, batch_size=32, shuffle=False, verbose=0).history
    return [variable.numpy() for variable in model.variables], history


@pytest.mark.parametrize("optimizer", ["Adam", "SGD", "Adagrad"])  # Adagrad's memory does not begin at zero
def test_a_model_put_back_trains_as_a_new_one(arrays, optimizer):
    once = compile_once(network)
    trained(once(5, optimizer=optimizer), arrays)
    for seed in (0, 1):
        model = once(seed, optimizer=optimizer)
        kept, history = trained(model, arrays)
        model.optimizer.learning_rate = 1.0  # and is put back as well
        keras.utils.set_random_seed(seed)
        new, expected = trained(network(seed, optimizer=optimizer), arrays)
        assert history == expected
        for a, b in zip(kept, new, strict=True):
            np.testing.assert_array_equal(a, b)


def test_seeds_differ_and_the_step_is_traced_once(arrays):
    once = compile_once(network)
    first = trained(once(0), arrays)[1]
    model, traced = once(1), Counted.traced
    second = trained(model, arrays)[1]
    assert once(2) is model
    assert Counted.traced == traced + 1  # the fresh copy of seed 2 was built; nothing was traced for fit
    assert first["loss"] != second["loss"]


def test_other_arguments_are_other_models(arrays):
    once = compile_once(network)
    small, large = once(0, 4), once(0, width=16)
    trained(small, arrays)
    assert small is once(1, 4) and large is not small


def test_a_frozen_part_stays_frozen_and_as_it_came(arrays):
    encoder = layers.Dense(8, trainable=False)
    encoder.build((None, 6))

    @compile_once
    def on_frozen(seed):
        return _compiled({"image": encoder, "sound": layers.Dense(8)})

    before = encoder.get_weights()
    for seed in (0, 1):
        trained(on_frozen(seed), arrays)
    for a, b in zip(before, encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def _compiled(encoders, units=3):
    model = mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), head=layers.Dense(units))
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    return model


def test_mistakes_are_named(arrays):
    with pytest.raises(ValueError, match="bare must return a compiled Keras model; got"):

        @compile_once
        def bare(seed):
            return keras.Sequential([layers.Dense(1)])

        bare(0)

    @compile_once
    def growing(seed):
        return _compiled({"image": layers.Dense(4), "sound": layers.Dense(4)}, units=3 + seed)

    trained(growing(0), arrays)
    with pytest.raises(ValueError, match=r"another one than before: its model has .*\(8, 4\)"):
        growing(1)
    with pytest.raises(TypeError, match="unhashable"):
        growing(0, [1])
