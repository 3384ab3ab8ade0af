"""`train`: as if each training were alone, though the step is traced once."""

import keras
import numpy as np
import pytest

import mmcourse as mm
from tests.toys import toy_set


def make(width=4, head=3):
    encoders = {"a": keras.layers.Dense(width), "b": keras.layers.Dense(width)}
    return lambda: mm.FeatureFusion(dict_of(encoders), mm.layers.ConcatFusion(), head=keras.layers.Dense(head))


def dict_of(encoders):
    return {name: layer.from_config(layer.get_config()) for name, layer in encoders.items()}


def alone(make, data, seed, epochs, batch_size, learning_rate):
    """The oracle: Keras's own fit, with nothing kept from one training to the next."""
    keras.utils.set_random_seed(seed)
    model = make()
    model({name: array[:1] for name, array in data.train.x.items()})
    batches = data.tf_data("train", batch_size, shuffle_seed=seed)
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, epochs * len(batches))
    model.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(batches, epochs=epochs, shuffle=False, verbose=0)
    return model


def weights(model):
    return [np.array(value) for value in model.get_weights()]


def test_every_training_is_as_if_it_were_alone_and_the_models_are_the_callers():
    data, options = toy_set(), {"epochs": 3, "batch_size": 20, "learning_rate": 0.05}
    trained = {seed: mm.training.train(make(), data, seed=seed, **options) for seed in (0, 1, 0)}
    wider = mm.training.train(make(width=5), data, seed=1, **options)
    first = weights(trained[0])
    mm.training.train(make(), data, seed=7, **options)  # changes none of those handed out before
    for seed, model in trained.items():
        for mine, right in zip(weights(model), weights(alone(make(), data, seed, 3, 20, 0.05)), strict=True):
            np.testing.assert_allclose(mine, right, atol=1e-5)
    assert all(np.array_equal(a, b) for a, b in zip(first, weights(trained[0]), strict=True))
    assert wider.encoders["a"].kernel.shape == (3, 5)
    assert mm.evaluation.accuracy(trained[1], data).value > 0.9


def test_rates_are_not_mixed_up_though_a_step_is_traced_for_all_of_them(monkeypatch):
    traced, call = [], keras.layers.Dense.call
    monkeypatch.setattr(keras.layers.Dense, "call", lambda self, x, *more: traced.append(self) or call(self, x, *more))
    data, made_here = toy_set(), make(width=6)
    counts = {}
    for rate in (0.05, 0.01, 0.05):
        before = len(traced)
        model = mm.training.train(made_here, data, seed=3, epochs=2, batch_size=20, learning_rate=rate)
        counts.setdefault(rate, len(traced) - before)
        for mine, right in zip(weights(model), weights(alone(made_here, data, 3, 2, 20, rate)), strict=True):
            np.testing.assert_allclose(mine, right, atol=1e-5)
    if keras.backend.backend() == "tensorflow":
        assert counts[0.01] < counts[0.05]  # only what builds the model


def test_what_was_adapted_to_one_set_is_not_given_to_another():
    """`Normalization` keeps mean and variance beside its variables too, where nothing puts them back."""
    data = toy_set().with_only("a")
    for seed, scale in ((0, 1), (1, 7)):
        scaled = data.map({"a": lambda x, scale=scale: np.float32(x) * scale + scale})

        def normalized(scaled=scaled):
            normal = keras.layers.Normalization()
            normal.adapt(scaled.train.x["a"])
            encoder = keras.Sequential([normal, keras.layers.Dense(4)])
            return mm.FeatureFusion({"a": encoder}, mm.layers.ConcatFusion(), keras.layers.Dense(3))

        model = mm.training.train(normalized, scaled, seed=seed, epochs=3, batch_size=20, learning_rate=0.05)
        for mine, right in zip(weights(model), weights(alone(normalized, scaled, seed, 3, 20, 0.05)), strict=True):
            np.testing.assert_allclose(mine, right, atol=1e-5)


def test_what_make_shares_is_not_given_to_another_model():
    """A frozen encoder from outside keeps its weights when a later training has another one."""
    data, encoders = toy_set(), []
    for seed in (0, 1):
        keras.utils.set_random_seed(10 + seed)
        encoder = keras.layers.Dense(4, trainable=False)
        encoder.build((None, 3))
        before = encoder.get_weights()[0]
        model = mm.training.train(
            lambda encoder=encoder: mm.FeatureFusion({"a": encoder}, mm.layers.ConcatFusion(), keras.layers.Dense(3)),
            data.with_only("a"), seed=seed, epochs=1,
        )  # fmt: skip
        assert model.encoders["a"] is encoder
        encoders.append((encoder, before))
    for encoder, before in encoders:
        np.testing.assert_array_equal(encoder.get_weights()[0], before)


@pytest.mark.parametrize("wrong", [lambda: keras.layers.Dense(3), lambda: compiled()])
def test_what_is_no_new_model_is_refused(wrong):
    with pytest.raises(ValueError, match="must give a new Keras model that is not compiled"):
        mm.training.train(wrong, toy_set(), seed=0, epochs=1)


def compiled():
    model = make()()
    model.compile("sgd", "mse")
    return model
