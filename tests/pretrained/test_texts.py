"""Text encoders: sentences in, features out, the tokenizer inside."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from mmcourse import pretrained

SENTENCES = np.array(["a red ring", "the blue box at the top left", "", "zzz unheard"])


def preset(folder) -> str:
    """A BERT of one layer with random weights, as a KerasHub preset in a folder."""
    import keras_hub as hub  # here, since it takes 12 seconds

    keras.utils.set_random_seed(0)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "ring", "the", "blue", "box", "at", "top"]
    backbone = hub.models.BertBackbone(
        vocabulary_size=len(words), num_layers=1, num_heads=2, hidden_dim=8, intermediate_dim=16, max_sequence_length=64
    )
    backbone.save_to_preset(str(folder))
    hub.models.BertTokenizer(vocabulary=words, lowercase=True).save_to_preset(str(folder))
    return str(folder)


def test_bert_with_its_tokenizer(tmp_path):
    layer = pretrained.text(preset(tmp_path / "tiny"), length=16)
    ids = np.array([[2, 5, 6, 7, 3] + [0] * 11])
    tokens = {"token_ids": ids, "padding_mask": ids > 0, "segment_ids": np.zeros_like(ids)}
    expected = layer.backbone(tokens)
    np.testing.assert_allclose(layer(tf.constant(SENTENCES[:1])), expected["pooled_output"], atol=1e-5)
    mean = pretrained.text(str(tmp_path / "tiny"), pooling="mean", length=16)
    np.testing.assert_allclose(
        mean(tf.constant(SENTENCES[:1])), np.array(expected["sequence_output"])[:, :5].mean(1), atol=1e-5
    )
    assert not layer.trainable_variables and layer.variables


def test_bert_trains_when_unfrozen_and_is_saved(tmp_path):
    layer = pretrained.text(preset(tmp_path / "tiny"), length=16, name="bert")
    inputs = keras.Input((), dtype="string")
    model = keras.Model(inputs, keras.layers.Dense(2)(layer(inputs)))
    data = tf.data.Dataset.from_tensor_slices((SENTENCES, [0, 1, 0, 1])).batch(4)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    for trainable in (False, True):
        layer.trainable = trainable
        model.compile("adam", loss, jit_compile=False)
        before = [v.numpy() for v in layer.variables]
        model.fit(data, shuffle=False, verbose=0)
        moved = [np.any(v.numpy() != old) for v, old in zip(layer.variables, before, strict=True)]
        assert all(moved) if trainable else not any(moved)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    x = tf.constant(SENTENCES)
    np.testing.assert_array_equal(model.predict(x, verbose=0), again.predict(x, verbose=0))


def test_wrong_weights_are_named():
    with pytest.raises(ValueError, match="weights must be one of 'pretrained'"):
        pretrained.text("bert_tiny_en_uncased", weights="imagenet")
