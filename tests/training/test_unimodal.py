"""`features_alone`: what it trains is what a loop by hand trains, and what it freezes stays."""

from dataclasses import replace

import keras
import numpy as np
import pytest

import mmcourse as mm
from mmcourse.data import Multimodal, Spec, Split
from mmcourse.training import features_alone


def toys() -> Multimodal:
    """Two modalities that both know the label, on different scales; a target that is sometimes -1."""
    rng = np.random.default_rng(0)

    def split(n: int) -> Split:
        y = rng.integers(0, 3, n)
        a = (np.eye(3)[y] + 0.2 * rng.normal(size=(n, 3))).astype("float32")
        return Split({"a": a, "b": 5 + 4 * a}, y, targets={"parity": y % 2 - (y == 0), "box": np.zeros((n, 4))})

    spec = Spec((3,), "float32", "none", "the label")
    return Multimodal("toys", {"a": spec, "b": spec}, split(90), split(30), split(40))


def layers(*names):
    return {name: keras.layers.Dense(4, activation="tanh") for name in names}


QUICK = {"epochs": 3, "batch_size": 16, "learning_rate": 0.05}


@pytest.fixture(scope="module")
def data():
    return toys()


@pytest.fixture(scope="module")
def alone(data):
    return features_alone(data, layers("a", "b"), seed=1, **QUICK)


def by_hand(data, seed):
    """The lesson's own loop: one modality, the same batches, steps and falling rate, through `train_on_batch`."""
    keras.utils.set_random_seed(seed)
    encoder = keras.layers.Dense(4, activation="tanh")
    model = mm.FeatureFusion({"a": encoder}, mm.layers.ConcatFusion(), head=keras.layers.Dense(3))
    model({"a": data.train.x["a"][:1]})
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.05), loss, jit_compile=False)
    batches, steps = data.with_only("a").tf_data("train", 16, shuffle_seed=seed), 3 * (90 // 16)
    step = 0
    for _ in range(3):
        for x, y in batches:
            model.optimizer.learning_rate = 0.025 * (1 + np.cos(np.pi * step / steps))
            model.train_on_batch(x, y)
            step += 1
    return model


def test_it_trains_as_a_loop_by_hand(data, alone):
    mine = features_alone(data, layers("a"), seed=2, **QUICK).models["a"]  # by the step traced for the seed before
    for got, expected in zip(mine.get_weights(), by_hand(data, 2).get_weights(), strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-5)


def test_models_of_two_seeds_do_not_share_weights(data, alone):
    before = alone.models["a"].get_weights()
    other = features_alone(data, layers("a"), seed=2, **QUICK)
    assert all(np.array_equal(a, b) for a, b in zip(before, alone.models["a"].get_weights(), strict=True))
    assert not np.array_equal(before[0], other.models["a"].get_weights()[0])


def test_features_are_the_frozen_encoders_and_normalised_on_train(data, alone):
    for name in ("a", "b"):
        features = alone.features.train.x[name]
        assert features.shape == (90, 4) and features.mean() == pytest.approx(0, abs=1e-5)
        assert features.std() == pytest.approx(1, abs=1e-4)
        np.testing.assert_allclose(alone.features.test.x[name], alone.encoders[name](data.test.x[name]), atol=1e-6)
        assert not alone.encoders[name].trainable_variables
    raw = features_alone(data, layers("a"), seed=1, normalize=False, **QUICK)
    np.testing.assert_allclose(raw.features.val.x["a"], alone.models["a"].encoders["a"](data.val.x["a"]), atol=1e-6)
    assert np.array_equal(raw.features.val.x["b"], data.val.x["b"])  # a modality without an encoder stays


def test_the_models_have_learned_their_modality(data, alone):
    for name, model in alone.models.items():
        assert mm.evaluation.accuracy(model, data.with_only(name)).value > 0.9


def test_a_target_below_zero_is_one_more_class(data):
    model = features_alone(data, layers("a"), seed=0, targets={"a": "parity"}, epochs=20, learning_rate=0.05).models[
        "a"
    ]
    said = model.predict(data.with_only("a").test.batch(), verbose=0).argmax(1)
    assert np.mean(said == np.where(data.test.y == 0, 2, data.test.y % 2)) > 0.9


def test_missing_modalities_train_and_their_features_are_zeros(data):
    holes = data.with_missing(0.3, seed=0)
    found = features_alone(holes, layers("a", "b"), seed=0, **QUICK).features
    absent = ~holes.test.present[:, 0]
    assert absent.any() and not found.test.x["a"][absent].any() and found.test.x["a"][~absent].any()


def test_mistakes_are_named(data):
    built = layers("a")
    built["a"].build((None, 3))
    for encoders, options, words in [
        ({"c": layers("a")["a"]}, {}, "modalities a, b; got c"),
        ({}, {}, "needs an encoder"),
        (built, {}, "encoder of 'a' has weights already"),
        (layers("a"), {"targets": {"a": "colour"}}, "targets parity, box; got 'colour'"),
        (layers("a"), {"targets": {"a": "box"}}, "expected whole numbers"),
    ]:
        with pytest.raises(ValueError, match=words):
            features_alone(data, encoders, seed=0, **QUICK, **options)
    real = data.map_splits(lambda split: replace(split, y=split.y.astype("float32")))
    with pytest.raises(ValueError, match=r"expected whole numbers \(N,\) in the labels, got float32"):
        features_alone(real, layers("a"), seed=0, **QUICK)
