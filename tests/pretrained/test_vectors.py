"""Word vectors out of a package: the mean of the vectors of tokens, whatever the batch."""

import importlib.util
import json
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import mmcourse as mm
from mmcourse import pretrained
from mmcourse.pretrained import vectors

NAMES = np.array(["red apple", "", "大熊猫", "keycap: 10", "a", "woman’s boot ❤️"])


@pytest.fixture(scope="module")
def layer():
    return pretrained.WordVectors()


@pytest.fixture(scope="module")
def table():
    """Token -> vector, read by hand: the header of a .safetensors file is JSON, what follows are the numbers."""
    folder = Path(importlib.util.find_spec("wordllama").origin).parent
    content = (folder / vectors.WEIGHTS).read_bytes()
    length = int.from_bytes(content[:8], "little")
    first, last = json.loads(content[8 : 8 + length])["embedding.weight"]["data_offsets"]
    rows = np.frombuffer(content[8 + length :][first:last], np.float16).reshape(32000, 256).astype(np.float32)
    words = json.loads((folder / vectors.TOKENIZER).read_text(encoding="utf-8"))["model"]["vocab"]
    return {word: rows[number] for word, number in words.items()}


def test_a_sentence_is_the_mean_of_its_tokens(layer, table):
    got = layer(tf.constant(NAMES)).numpy()
    assert got.shape == (len(NAMES), 256) and got.dtype == np.float32
    assert np.abs(got[1]).max() == 0, "an empty sentence is zeros"
    for name, row in zip(NAMES, got, strict=True):
        if name:
            np.testing.assert_allclose(row, np.mean([table[piece] for piece in layer.pieces(name)], axis=0), atol=1e-5)
    assert layer.pieces("red apple") == ["▁red", "▁apple"]
    assert layer.pieces("熊")[1:] == [f"<0x{byte:02X}>" for byte in "熊".encode()]


def test_the_package_gives_the_same(layer):
    inference = pytest.importorskip("wordllama.inference")
    expected = inference.WordLlamaInference(layer.get_weights()[0], layer.tokenizer.from_str(layer.tokenizer.to_str()))
    np.testing.assert_allclose(layer(tf.constant(NAMES)), expected.embed(NAMES.tolist()), atol=1e-5)


def test_neighbours_in_the_batch_do_not_matter(layer):
    together = layer(tf.constant(NAMES)).numpy()
    for i in range(len(NAMES)):
        np.testing.assert_allclose(layer(tf.constant(NAMES[i : i + 1]))[0], together[i], atol=1e-5)
    assert layer(tf.constant([], tf.string)).shape == (0, 256)


@pytest.mark.parametrize("odd", [np.array([["a"], ["b"]]), np.array([1, 2])], ids=["two axes", "numbers"])
def test_what_is_not_a_batch_of_sentences_is_refused(layer, odd):
    with pytest.raises(ValueError, match=r"str of shape \(batch,\); got (string \(2, 1\)|int64 \(2,\))"):
        layer(odd)


def test_as_features_of_a_set_and_from_a_file(layer, tmp_path):
    data = mm.load("emoji", features="image").with_only("text")
    mapped = data.map({"text": layer})
    kept = pretrained.extract({"text": layer}, data, cache=tmp_path)
    assert mapped.modalities["text"].shape == (256,)
    few = layer(tf.constant(data.test.x["text"][:5])).numpy()
    for found in (mapped, kept):
        np.testing.assert_allclose(found.test.x["text"][:5], few, atol=1e-5)


def test_frozen_unless_told_and_saved_exactly(layer, tmp_path):
    inputs = keras.Input((), dtype="string")
    own = pretrained.WordVectors(name="words")
    model = keras.Model(inputs, keras.layers.Dense(2)(own(inputs)))
    x, y = tf.constant(NAMES), np.array([0, 1, 0, 1, 0, 1])
    assert not own.trainable_weights
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    model.fit(x, y, verbose=0)
    np.testing.assert_array_equal(own.get_weights()[0], layer.get_weights()[0])
    own.trainable = True
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    model.fit(x, y, verbose=0)
    moved = np.flatnonzero((own.get_weights()[0] != layer.get_weights()[0]).any(axis=1))
    used = {layer.tokenizer.token_to_id(piece) for name in NAMES for piece in layer.pieces(name)}
    assert set(moved.tolist()) == used, "of an unfrozen table only what was read moves"
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    assert again.get_layer("words").trainable


def test_an_absent_package_and_a_damaged_one_are_named(monkeypatch, tmp_path):
    (tmp_path / "wordllama").mkdir()
    (tmp_path / "wordllama" / "__init__.py").write_text("raise SystemExit('code of the package was run')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "wordllama", raising=False)
    with pytest.raises(ValueError, match=r"are not those of wordllama 0\.4 .*install it anew"):
        pretrained.WordVectors()
    monkeypatch.setitem(sys.modules, "wordllama", None)
    with pytest.raises(ImportError, match=r"need wordllama: pip install 'mmcourse\[pretrained\]'"):
        pretrained.WordVectors()
