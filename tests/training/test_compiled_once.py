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


def test_the_step_of_a_model_that_is_built_is_traced_once_from_the_start(arrays):
    """Keras traces it twice where the optimizer has yet to make its variables."""

    @compile_once
    def built(seed):
        model = keras.Sequential([keras.Input(arrays[0]["image"].shape[1:]), Counted(), layers.Dense(3)])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss, jit_compile=False)  # no metrics, which have variables too
        return model

    model, traced = built(0), Counted.traced
    model.fit(arrays[0]["image"], arrays[1], batch_size=32, verbose=0)
    assert Counted.traced == traced + 1


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


def functional(seed, frozen=False, momentum=0.0, loss="sum_over_batch_size"):
    """Keras's own kind of model, on the numbers of the sound alone."""
    given = keras.Input((4,))
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(8, trainable=not frozen)])
    model = keras.Model(given, layers.Dense(3)(inner(given)))
    crossentropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=loss)
    model.compile(keras.optimizers.SGD(0.05, momentum), crossentropy, jit_compile=False)
    return model


def on_sound(model, arrays, epochs=2):
    x, y = arrays
    model.fit(x["sound"], y, epochs=epochs, verbose=0)
    return model.get_weights()


def same(once, plain, seed, arrays):
    """A training of the one and the other agree bit for bit."""
    mine = on_sound(once(seed), arrays)
    keras.utils.set_random_seed(seed)
    return all(np.array_equal(a, b) for a, b in zip(mine, on_sound(plain(seed), arrays), strict=True))


def _unfreeze(model, arrays):
    model.layers[1].trainable = True
    model.compile(keras.optimizers.SGD(0.01), model.loss, jit_compile=False)
    on_sound(model, arrays)


def _freeze(model, arrays):
    model.layers[1].trainable = False


def _other_loss(model, arrays):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")
    model.compile(model.optimizer, loss, jit_compile=False)
    on_sound(model, arrays)


def _fail(model, arrays):
    with pytest.raises(ValueError):
        model.fit(arrays[0]["sound"], np.zeros((100, 7)), verbose=0)


@pytest.mark.parametrize("meddle", [_unfreeze, _freeze, _other_loss, _fail])
def test_what_is_done_to_a_model_does_not_reach_the_next_one(meddle, arrays):
    once = compile_once(functional)
    if meddle is not _fail:
        on_sound(once(0), arrays)
    meddle(once(0), arrays)
    assert same(once, functional, 1, arrays)


def test_a_functional_model_is_kept(arrays):
    once = compile_once(functional)
    model = once(0)
    on_sound(model, arrays)
    assert once(1) is model and same(once, functional, 2, arrays)


@pytest.mark.parametrize("by_seed", ["momentum", "units", "dropout"])
def test_a_model_that_depends_on_the_seed_is_made_anew(by_seed, arrays):
    def plain(seed):
        if by_seed == "momentum":
            return functional(seed, momentum=0.3 * seed)
        inner = [layers.Dense(4 + seed)] if by_seed == "units" else [layers.Dense(4), layers.Dropout(0.2 * seed)]
        model = keras.Sequential([keras.Input((4,)), *inner, layers.Dense(3)])
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
        return model

    once = compile_once(plain)
    for seed in (1, 2, 3):
        assert same(once, plain, seed, arrays)


class Own(keras.Model):
    """A subclassed model that knows neither its configuration nor how to be built."""

    def __init__(self, units):
        super().__init__()
        self.dense = layers.Dense(units)

    def call(self, x):
        return self.dense(x)


def test_a_model_of_ones_own_is_right_if_not_kept(arrays):
    def plain(seed):
        model = Own(3)
        model.compile("nadam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
        return model

    once = compile_once(plain)
    for seed in (0, 1):
        assert same(once, plain, seed, arrays)


def test_mistakes_are_named(arrays):
    with pytest.raises(ValueError, match="must return a compiled Keras model; got"):
        compile_once(lambda seed: keras.Sequential([layers.Dense(1)]))(0)
    with pytest.raises(TypeError, match="unhashable"):
        compile_once(network)(0, [1])
