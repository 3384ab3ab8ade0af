"""The two encoders that the course carries: whole, small, and worth something."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import mmcourse as mm
from mmcourse import pretrained
from mmcourse.files import course_file
from mmcourse.pretrained import small


def probe(train: mm.Split, test: mm.Split, modality: str, encoder) -> float:
    """Test accuracy of a linear classifier on features, from 40 labels."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    seen = [keras.ops.convert_to_numpy(encoder(tf.constant(part.x[modality]))) for part in (train, test)]
    rule = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    return rule.fit(seen[0][:40], train.y[:40]).score(seen[1], test.y)


def test_files_are_small():
    files = [course_file("data", small.WEIGHTS), *course_file("data", "small_text_module").rglob("*")]
    assert sum(path.stat().st_size for path in files if path.is_file()) < 2e6


def test_a_damaged_file_is_refused(monkeypatch):
    monkeypatch.setattr(small, "WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(ValueError, match="damaged"):
        pretrained.image("small")


@pytest.mark.parametrize("modality", ["image", "text"])
def test_they_know_more_than_random_weights(modality):
    """On shapes that no label of theirs ever named: diamond, ring, star and moon."""
    data = mm.load("scenes", task="redundant", symbols=8, erasure=0.0, train=400, val=1, test=600, seed=5)
    train, test = (part.take(np.flatnonzero(part.y >= 4)) for part in (data.train, data.test))
    make = getattr(pretrained, modality)
    keras.utils.set_random_seed(0)
    trained = probe(train, test, modality, make("small"))
    assert trained > probe(train, test, modality, make("small", weights=None)) + 0.1


def test_the_module_is_the_text_encoder():
    sentences = tf.constant(["a small red ring", "unheard words", ""])
    hub, layer = pretrained.HubLayer(pretrained.SMALL_MODULE), pretrained.text("small")
    np.testing.assert_allclose(hub(sentences), layer(sentences), atol=1e-5)
    assert np.ptp(hub(sentences).numpy()) > 0
    assert len(hub.variables) == len(layer.variables) == 3


def test_small_text_is_saved_and_trains(tmp_path):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((), dtype="string")
    layer = pretrained.text("small")
    model = keras.Model(inputs, keras.layers.Dense(2)(layer(inputs)))
    x, y = np.array(["a red ring", "a blue box"]), np.array([0, 1])
    for trainable in (False, True):
        layer.trainable = trainable
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(0.1), loss, jit_compile=False)
        before = layer.get_weights()
        model.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(2), shuffle=False, verbose=0)
        moved = [np.any(a != b) for a, b in zip(before, layer.get_weights(), strict=True)]
        assert all(moved) if trainable else not any(moved)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again(tf.constant(x)), model(tf.constant(x)))


def test_padding_and_length_change_nothing():
    layer = pretrained.text("small")
    alone, beside = layer(tf.constant(["red ring"])), layer(tf.constant(["red ring", "red " * 20]))
    np.testing.assert_allclose(alone[0], beside[0], atol=1e-6)
