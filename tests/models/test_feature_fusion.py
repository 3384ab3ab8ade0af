"""The strict model: names before positions, one clear error, missing modalities, saving."""

import keras
import numpy as np
import pytest

import mmcourse.layers as mml
from mmcourse.models import FeatureFusion

NAMES = ["image", "audio"]  # not the alphabet's order, so that sorting would show


def make(fusion=None, allow_missing=False, **encoders):
    """Two equally shaped modalities (B, 6), so that only the names tell them apart."""
    keras.utils.set_random_seed(3)
    encoders = encoders or {name: keras.layers.Dense(4, activation="relu") for name in NAMES}
    return FeatureFusion(encoders, fusion or mml.ConcatFusion(), keras.layers.Dense(3), allow_missing)


def batch(rows=5, seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=(rows, 6)).astype("float32") for name in NAMES}


def swapped(x):
    return dict(reversed(x.items()))


def test_key_order_never_matters_before_and_after_saving(tmp_path):
    model, x = make(), batch()
    reference = model.predict(x, verbose=0)
    assert not np.allclose(reference, model.predict({"image": x["audio"], "audio": x["image"]}, verbose=0))
    np.testing.assert_array_equal(model.predict(swapped(x), verbose=0), reference)
    np.testing.assert_array_equal(np.asarray(keras.ops.convert_to_numpy(model(swapped(x)))), reference)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(swapped(x), verbose=0), reference)
    np.testing.assert_array_equal(again.predict(x, verbose=0), reference)


def test_a_model_built_from_a_swapped_batch_keeps_the_encoders_order():
    first, second = make(), make()
    x = batch()
    first.build({name: (None, 6) for name in NAMES})
    second(swapped(x))
    second.set_weights(first.get_weights())
    np.testing.assert_array_equal(first.predict(x, verbose=0), second.predict(x, verbose=0))


BAD_KEYS = {
    "missing": lambda x: {"image": x["image"]},
    "extra": lambda x: {**x, "text": x["image"]},
    "misspelled": lambda x: {"image": x["image"], "adio": x["audio"]},
}


@pytest.mark.parametrize("way", ["fit", "evaluate", "predict", "call"])
@pytest.mark.parametrize("fault", BAD_KEYS)
def test_wrong_keys_raise_everywhere_and_name_the_expected(way, fault):
    model, x, y = make(), batch(), np.zeros(5, "int32")
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model(x)
    bad = BAD_KEYS[fault](x)
    calls = {
        "fit": lambda: model.fit(bad, y, verbose=0),
        "evaluate": lambda: model.evaluate(bad, y, verbose=0),
        "predict": lambda: model.predict(bad, verbose=0),
        "call": lambda: model(bad),
    }
    with pytest.raises(ValueError, match=r"expected the keys \['image', 'audio'\]; missing .* unexpected"):
        calls[way]()


@pytest.mark.skipif(
    keras.backend.backend() == "jax",
    reason="on JAX, Keras drops a model's values when predict raises, so it raises once",
)
def test_wrong_shapes_name_the_modality_even_after_keras_relaxed_its_graph():
    model, x = make(), batch()
    model.predict(x, verbose=0)
    model.predict(batch(rows=3), verbose=0)
    for wrong in (x["audio"][:, :-1], x["audio"][:, :, None]):
        with pytest.raises(ValueError, match=r"'audio' of shape \(None, 6\)"):
            model.predict({**x, "audio": wrong}, verbose=0)
    assert model.predict(x, verbose=0).shape == (5, 3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fusion", ["masking", "plain"])
def test_leaving_a_modality_out_equals_marking_it_absent(name, fusion):
    fusion = mml.WeightedSum(4) if fusion == "masking" else keras.layers.Concatenate()
    model, x = make(fusion, allow_missing=True), batch()
    model(x)
    present = np.ones((5, 2), bool)
    present[:, NAMES.index(name)] = False
    left_out = model.predict({k: v for k, v in x.items() if k != name}, verbose=0)
    marked = model.predict({**x, name: np.full_like(x[name], np.nan), "present": present}, verbose=0)
    np.testing.assert_allclose(left_out, marked, rtol=1e-6)
    full = model.predict({**x, "present": np.ones((5, 2), bool)}, verbose=0)
    np.testing.assert_allclose(full, model.predict(x, verbose=0), rtol=1e-6)
    assert not np.allclose(full, left_out)


def test_present_and_missing_need_allow_missing():
    model, x = make(), batch()
    with pytest.raises(ValueError, match="allow_missing=True"):
        model({**x, "present": np.ones((5, 2), bool)})
    with pytest.raises(ValueError, match="allow_missing=True"):
        model({"image": x["image"]})
    model = make(allow_missing=True)
    with pytest.raises(ValueError, match="missing"):  # the first batch fixes the shapes: it must be whole
        model({"image": x["image"]})
    model(x)
    with pytest.raises(ValueError, match=r"takes 'present' of shape \(batch, 2\)"):
        model({**x, "present": np.ones((5, 3), bool)})
    with pytest.raises(ValueError, match="every modality absent"):
        model({**x, "present": np.zeros((5, 2), bool)})


def test_training_on_gaps_keeps_nan_out_of_the_weights():
    model, x = make(mml.WeightedSum(4), allow_missing=True), batch(rows=32)
    present = np.random.default_rng(1).random((32, 2)) < 0.6
    present[:, 0] |= ~present.any(axis=1)
    for m, name in enumerate(NAMES):
        x[name][~present[:, m]] = np.nan
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    y = np.arange(32) % 3
    history = model.fit({**x, "present": present}, y, epochs=3, verbose=0).history["loss"]
    assert np.isfinite(history).all() and history[-1] < history[0]


def test_a_frozen_encoder_stays_as_it_is():
    model, x = make(), batch()
    model.encoders["image"].trainable = False
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model(x)
    before = {name: [w.copy() for w in model.encoders[name].get_weights()] for name in NAMES}
    model.fit(x, np.arange(5) % 3, verbose=0)
    for name in NAMES:
        after = model.encoders[name].get_weights()
        same = [np.array_equal(a, b) for a, b in zip(before[name], after, strict=True)]
        assert all(same) if name == "image" else not any(same)


def test_pixels_and_waveforms_train_save_and_load(tmp_path):
    rng = np.random.default_rng(0)
    x = {"image": rng.random((6, 8, 8, 1), "float32"), "audio": rng.normal(size=(6, 1600)).astype("float32")}
    model = make(image=mml.ImageEncoder(8, filters=(4,)), audio=mml.AudioEncoder(8, filters=(4,)))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, np.arange(6) % 3, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize(
    ("encoders", "message"),
    [
        ({}, "at least one"),
        ({"present": keras.layers.Dense(2)}, "other than 'present'"),
        ([keras.layers.Dense(2)], "takes a dict of encoders"),
    ],
)
def test_bad_encoders_raise_at_once(encoders, message):
    with pytest.raises(ValueError, match=message):
        FeatureFusion(encoders, mml.ConcatFusion())
