"""`compare`: one budget for all, the epoch from val, and differences that are more than luck."""

import json

import keras
import pytest

import mmcourse as mm
from tests.evaluation.worlds import world


def linear(modalities, units: int = 0):
    """A function of a seed that gives a linear model of these modalities' features, or one with a hidden layer."""

    def make(seed: int):
        inputs = {name: keras.Input((16,), name=name) for name in ("image", "text")}
        features = keras.layers.Concatenate()([inputs[name] for name in modalities])
        if units:
            features = keras.layers.Dense(units, activation="relu")(features)
        return keras.Model(inputs, keras.layers.Dense(4)(features))

    return make


@pytest.fixture(scope="module")
def comparison():
    models = {
        "both": linear(["image", "text"]),
        "both again": linear(["text", "image"]),
        "image": linear(["image", "image"]),
    }
    return mm.evaluation.compare(models, world("redundant"), [0, 1], epochs=3, batch_size=100, learning_rate=0.02)


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
        assert entry.parameters == comparison.models[entry.name][0].count_params() == 132


def test_the_weights_of_the_best_epoch_on_val_are_kept():
    seen = []

    def make(seed):
        model = linear(["image", "text"])(seed)
        fit = model.fit

        def spoiled(*args, callbacks=(), **kwargs):
            class Spoil(keras.callbacks.Callback):
                def on_epoch_begin(self, epoch, logs=None):
                    if epoch == 2:  # as if training had gone astray
                        self.model.set_weights([-10 * w for w in self.model.get_weights()])
                        self.model.optimizer.learning_rate.assign(0.0)

            seen.append(kwargs["epochs"])
            return fit(*args, callbacks=[Spoil(), *callbacks], **kwargs)

        model.fit = spoiled
        return model

    found = mm.evaluation.compare({"both": make}, world("redundant"), [0], epochs=3, learning_rate=0.02)
    assert seen == [3] and found.entry("both").epochs[0] in (1, 2)
    assert found.entry("both").scores.mean > 0.8


def test_same_seed_same_result(comparison):
    again = mm.evaluation.compare(
        {"both": linear(["image", "text"])}, world("redundant"), [1], epochs=3, batch_size=100, learning_rate=0.02
    )
    assert again.entry("both").scores[1] == comparison.entry("both").scores[1]
    assert "one seed: the tests speak of these trained models" in str(again)


def test_unequal_size_is_said():
    models = {"small": linear(["image", "text"]), "large": linear(["image", "text"], units=64)}
    found = mm.evaluation.compare(models, world("redundant"), [0], epochs=1)
    large = 32 * 64 + 64 + 64 * 4 + 4
    assert f"unequal size: large has {large / 132:.1f} times the parameters of small" in found.below()


def test_it_shows_itself(comparison):
    assert "ceiling 0.970" in comparison.title() and "<table>" in comparison._repr_html_()
    document = json.loads(comparison.to_json())
    assert [entry["name"] for entry in document["entries"]] == ["both", "both again", "image"]
    assert "models" not in document
    assert set(comparison.scores) == {"both", "both again", "image"}


def test_no_seeds_or_the_same_twice_are_refused():
    for seeds in ([], [1, 1]):
        with pytest.raises(ValueError, match="compare needs models and different seeds"):
            mm.evaluation.compare({"both": linear(["image"])}, world("redundant"), seeds, epochs=1)
