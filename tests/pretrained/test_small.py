"""The small encoders: whole, frozen, better than untrained ones on shapes they never saw, and honest about damage."""

import hashlib
import re

import keras
import numpy as np
import pytest

import mmcourse as mm
from mmcourse.files import course_file
from mmcourse.pretrained import HubLayer, save_as_saved_model, small
from mmcourse.pretrained.small import FILE, SHA256, read

ARRAYS = course_file("data", FILE)


@pytest.fixture(scope="module")
def scenes():
    """Scenes of the four shapes whose pictures the encoder never saw."""
    return mm.load("scenes", symbols=8, train=800, val=1, test=800).map_splits(
        lambda split: split.take(np.flatnonzero((split.y >= 4) | (len(split) == 1)))
    )


def features(encoder, x):
    return keras.ops.convert_to_numpy(encoder(keras.ops.convert_to_tensor(x)))


def test_the_file_is_small_and_what_the_card_says():
    content = ARRAYS.read_bytes()
    assert len(content) < 2e6 and hashlib.sha256(content).hexdigest() == SHA256
    card = course_file("data", "small_encoders.md").read_text(encoding="utf-8")
    assert SHA256 in card and f"{len(content) / 1e6:.2f} MB" in card
    for modality in ("image", "text"):
        assert f"{small(modality).count_params():,} weights" in card
    assert f"{len(small('text').words)} words are known" in card


@pytest.mark.parametrize(("modality", "width"), [("image", 80), ("text", 64)])
def test_better_than_untrained_on_a_task_it_was_not_made_for(scenes, modality, width):
    """A linear layer on 100 labels of new shapes: 10 points more than on the same encoder untrained."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    right = {}
    for weights in ("scenes", None):
        keras.utils.set_random_seed(1)
        encoder = small(modality, weights)
        train, test = (features(encoder, split.x[modality]) for split in (scenes.train, scenes.test))
        assert train.shape == (len(scenes.train), width) and train.dtype == np.float32
        linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
        right[weights] = linear.fit(train[:100], scenes.train.y[:100]).score(test, scenes.test.y)
    assert right["scenes"] > right[None] + 0.1, right


def test_integer_and_float_pixels_mean_the_same(scenes):
    pixels = scenes.test.x["image"][:8]
    encoder = small("image")
    assert features(encoder, pixels) == pytest.approx(features(encoder, pixels.astype("float32") / 255), abs=1e-4)
    assert features(encoder, pixels) == pytest.approx(
        np.concatenate([features(encoder, pixels[i : i + 1]) for i in range(8)]), abs=1e-4
    )


def test_case_and_punctuation_do_not_matter_and_synonyms_are_close():
    encoder = small("text")
    a, b, disc, ring, unknown = features(
        encoder, ["a red circle , small", "A RED circle, small!", "a red disc small", "a red ring small", "xyzzy"]
    )
    assert np.array_equal(a, b) and np.isfinite(unknown).all()
    assert np.linalg.norm(a - disc) < np.linalg.norm(a - ring) / 2


@pytest.mark.parametrize("modality", ["image", "text"])
def test_frozen_until_told(scenes, modality):
    data = scenes.with_only(modality).subset(64)
    encoder = small(modality)
    model = mm.FeatureFusion({modality: encoder}, mm.layers.ConcatFusion(), head=keras.layers.Dense(8))

    def step():
        before = [np.array(w) for w in encoder.get_weights()]
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
        model.fit(data.tf_data("train", 64), shuffle=False, verbose=0)
        return [not np.array_equal(a, b) for a, b in zip(before, encoder.get_weights(), strict=True)]

    assert not any(step()) and not encoder.trainable_variables
    encoder.trainable = True
    assert all(step()), "every weight moves, moving statistics too"


@pytest.mark.parametrize("modality", ["image", "text"])
def test_keras_file_round_trip(scenes, modality, tmp_path):
    x = keras.ops.convert_to_tensor(scenes.test.x[modality][:6])
    given = keras.Input(x.shape[1:], dtype=x.dtype)
    model = keras.Model(given, keras.layers.Dense(3)(small(modality)(given)))
    before = features(model, x)
    model.save(tmp_path / "model.keras")
    assert np.array_equal(features(keras.models.load_model(tmp_path / "model.keras"), x), before)


@pytest.mark.parametrize("modality", ["image", "text"])
def test_as_a_saved_model_it_gives_the_same_and_trains(scenes, modality, tmp_path):
    x = scenes.test.x[modality][:6]
    x = keras.ops.convert_to_tensor(x.astype("float32") / 255 if modality == "image" else x)
    hub = HubLayer(save_as_saved_model(modality, tmp_path / "module"))
    assert features(hub, x) == pytest.approx(features(small(modality), x), abs=1e-4)
    assert not hub.trainable_variables
    hub.trainable = True
    wanted = small(modality)
    wanted.trainable = True
    assert len(hub.trainable_variables) == len(wanted.trainable_weights)


def test_evaluation_reads_texts(scenes):
    texts = scenes.with_only("text")
    model = mm.FeatureFusion({"text": small("text")}, mm.layers.ConcatFusion(), head=keras.layers.Dense(8))
    named = features(lambda x: model({"text": x}), texts.test.x["text"]).argmax(-1)
    assert mm.evaluation.accuracy(model, texts).value == pytest.approx(np.mean(named == texts.test.y))


def test_a_missing_or_damaged_file_is_one_clear_error(tmp_path):
    content = ARRAYS.read_bytes()
    path = tmp_path / FILE
    for damage in (b"", content[:-1], content[:100] + b"x" + content[101:]):
        path.write_bytes(damage)
        with pytest.raises(ValueError, match=r"is damaged: \d+ bytes with SHA-256 .*git checkout"):
            read(path)
    with pytest.raises(ValueError, match=r"cannot be read: .*git checkout"):
        read(tmp_path / "nothing.npz")


def test_wrong_input_is_named():
    with pytest.raises(ValueError, match=re.escape("pictures (batch, 32, 32, 3); got (2, 8, 8, 1)")):
        small("image")(np.zeros((2, 8, 8, 1), "uint8"))
    with pytest.raises(ValueError, match="modality"):
        small("audio")
    with pytest.raises(ValueError, match="weights"):
        small("image", "imagenet")
