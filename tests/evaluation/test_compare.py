"""`compare`: one budget for all, the learning rate from val, and differences that are more than luck."""

import json
from functools import partial

import keras
import numpy as np
import pytest

import mmcourse as mm
from tests.evaluation.worlds import world


def linear(modalities, units: int = 0):
    """A method: a linear model of these modalities' features, or one with a hidden layer."""

    def make():
        inputs = {name: keras.Input((16,), name=name) for name in ("image", "text")}
        features = keras.layers.Concatenate()([inputs[name] for name in modalities])
        if units:
            features = keras.layers.Dense(units, activation="relu")(features)
        return keras.Model(inputs, keras.layers.Dense(4)(features))

    return lambda train, data: train(make, data)


BUDGET = {"epochs": 3, "batch_size": 100, "learning_rates": (0.02,)}


@pytest.fixture(scope="module")
def comparison():
    models = {
        "both": linear(["image", "text"]),
        "both again": linear(["text", "image"]),
        "image": linear(["image", "image"]),
    }
    return mm.evaluation.compare(models, world("redundant"), [0, 1], **BUDGET)


def test_a_real_difference_is_found_and_no_other(comparison):
    assert comparison.pair("both", "image").significant
    assert not comparison.pair("both", "both again").significant
    assert "1 of 3 differences are not significant" in str(comparison)


def test_scores_are_those_of_the_models_it_hands_back(comparison):
    data = world("redundant")
    for entry in comparison.entries:
        kept = {
            seed: mm.evaluation.accuracy(model, data).value for seed, model in comparison.models[entry.name].items()
        }
        assert dict(entry.scores) == pytest.approx(kept)
        np.testing.assert_allclose(comparison.right[entry.name].mean(axis=1), list(kept.values()))
        assert entry.parameters == comparison.models[entry.name][0].count_params() == 132


def test_the_rate_that_is_right_most_often_on_val_is_kept_and_every_method_tries_all_with_one_budget():
    tried = []

    def method(train, data):
        tried.append({**train.keywords})
        return linear(["image", "text"])(train, data)

    data, rates = world("redundant"), (1e-6, 0.02, 1e-5)
    budget = {"epochs": 3, "batch_size": 100}
    found = mm.evaluation.compare({"both": method}, data, [0, 1], learning_rates=rates, **budget)
    assert found.entry("both").rate == 0.02
    runs = [(1e-6, 0), (0.02, 0), (1e-5, 0), (0.02, 1)]
    assert tried == [{"learning_rate": rate, "seed": seed, **budget} for rate, seed in runs]
    model = linear(["image", "text"])(partial(mm.training.train, learning_rate=0.02, seed=1, **budget), data)
    assert found.entry("both").scores[1] == mm.evaluation.accuracy(model, data).value


def test_a_method_may_train_a_model_for_each_modality():
    def late(train, data):
        def alone(name):
            head = keras.layers.Dense(4)
            return mm.FeatureFusion({name: keras.layers.Identity()}, mm.layers.ConcatFusion(), head=head)

        experts = {name: train(lambda name=name: alone(name), data.with_only(name)) for name in data.modalities}
        return mm.ModelFusion(experts, mm.layers.ProductOfExperts())

    found = mm.evaluation.compare({"late": late, "early": linear(["image", "text"])}, world("redundant"), [0], **BUDGET)
    assert found.entry("late").parameters == 2 * (16 * 4 + 4) and found.entry("late").scores.mean > 0.8


def test_same_seed_same_result(comparison):
    again = mm.evaluation.compare({"both": linear(["image", "text"])}, world("redundant"), [1], **BUDGET)
    assert again.entry("both").scores[1] == comparison.entry("both").scores[1]
    assert "one seed: the tests speak of these trained models" in str(again)


def test_unequal_size_is_said():
    models = {"small": linear(["image", "text"]), "large": linear(["image", "text"], units=64)}
    found = mm.evaluation.compare(models, world("redundant"), [0], epochs=1, learning_rates=[1e-3])
    large = 32 * 64 + 64 + 64 * 4 + 4
    assert f"unequal size: large has {large / 132:.1f} times the parameters of small" in found.below()


def test_it_shows_itself(comparison):
    assert "ceiling 0.970" in comparison.title() and "<table>" in comparison._repr_html_()
    document = json.loads(comparison.to_json())
    assert [entry["name"] for entry in document["entries"]] == ["both", "both again", "image"]
    assert "models" not in document and "right" not in document
    assert set(comparison.scores) == {"both", "both again", "image"}


def test_no_seeds_or_the_same_twice_or_no_rates_are_refused():
    for seeds, rates in (([], [1e-3]), ([1, 1], [1e-3]), ([0], [])):
        with pytest.raises(ValueError, match="compare needs methods, different seeds and learning rates"):
            mm.evaluation.compare(
                {"both": linear(["image"])}, world("redundant"), seeds, epochs=1, learning_rates=rates
            )


@pytest.mark.parametrize("parameters", [41, 68, 500, 1234, 40_000])
@pytest.mark.parametrize("deep", [0, 1])
def test_the_matched_width_is_the_nearest_of_all(parameters, deep):
    def count(width):
        return 32 * width + width + deep * width * (width + 1) + 4 * width + 4

    nearest = min(range(1, 1025), key=lambda width: abs(count(width) - parameters))
    if abs(count(nearest) - parameters) <= 0.05 * parameters:
        assert mm.evaluation.matched_width(count, parameters) == nearest
    else:
        with pytest.raises(ValueError, match=f"no width gives {parameters:,} parameters within 5%"):
            mm.evaluation.matched_width(count, parameters)


def test_a_model_that_cannot_be_as_large_is_refused():
    with pytest.raises(ValueError, match="width 8 has 80"):
        mm.evaluation.matched_width(lambda width: 10 * width, 1000, largest=8)
