"""`Multimodal.map`: a function over a modality, and everything else as it was."""

import keras
import numpy as np
import pytest

import mmcourse as mm
from mmcourse.data import mapping
from tests.toys import toy_set


def texts_and_pictures(n=300):
    def split(first):
        x = {"image": np.random.default_rng(first).integers(0, 256, (n, 4, 4, 3), np.uint8)}
        return mm.Split({**x, "text": np.array([f"word{i}" for i in range(n)])}, np.arange(n) % 3)

    specs = {"image": mm.Spec((4, 4, 3), "uint8", "", "a picture"), "text": mm.Spec((), "str", "", "a word")}
    return mm.Multimodal("pairs", specs, split(0), split(1), split(2))


@pytest.fixture(scope="module")
def data():
    return texts_and_pictures()


def test_a_numpy_function_replaces_its_modality_and_nothing_else(data):
    mapped = data.map({"image": lambda x: x.reshape(len(x), -1) / 255.0})
    assert list(mapped.modalities) == ["image", "text"]
    spec = mapped.modalities["image"]
    assert (spec.shape, spec.dtype, spec.rate) == ((48,), "float32", None)
    for name in ("train", "val", "test"):
        before, after = data.split(name), mapped.split(name)
        assert after.x["image"] == pytest.approx(before.x["image"].reshape(300, 48) / 255)
        assert after.x["text"] is before.x["text"] and after.y is before.y
    assert data.train.x["image"].dtype == np.uint8, "the set it came from is as it was"


def test_batches_are_of_256_in_order(data):
    seen = []
    data.map({"image": lambda x: seen.append(len(x)) or x})
    assert seen == [256, 44] * 3


def test_a_keras_layer_runs_as_at_test_time(data):
    layer = keras.Sequential([keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dropout(0.9)])
    mapped = data.map({"image": layer}).test.x["image"]
    assert mapped == pytest.approx(data.test.x["image"].reshape(300, 48) / 255, abs=1e-6)


def test_half_precision_comes_back_as_float32(data):
    layer = keras.layers.Dense(2, dtype="mixed_float16", kernel_initializer="ones")
    mapped = data.map({"image": lambda x: layer(x.reshape(len(x), -1).astype("float32") / 255)})
    assert mapped.train.x["image"].dtype == np.float32 and mapped.modalities["image"].dtype == "float32"


def test_texts_go_through_layers_and_functions(data):
    if keras.backend.backend() == "tensorflow":
        words = keras.layers.TextVectorization(vocabulary=["word0", "word299"], output_sequence_length=1)
        ids = data.map({"text": words}).train.x["text"]
        assert ids[[0, 1, 299], 0].tolist() == [2, 1, 3]
    upper = data.map({"text": np.char.upper})
    assert upper.train.x["text"][7] == "WORD7" and upper.modalities["text"].dtype == "str"


def test_what_is_absent_stays_absent(data):
    holes = data.with_missing({"image": 0.5})
    mapped = holes.map({"image": lambda x: x.reshape(len(x), -1) + 1.0})
    absent = ~mapped.train.present[:, 0]
    assert np.array_equal(mapped.train.present, holes.train.present)
    assert absent.any() and not mapped.train.x["image"][absent].any()
    assert (mapped.train.x["image"][~absent] >= 1).all()


def test_ceilings_and_targets_stay():
    data = mm.load("scenes", train=40, val=20, test=20)
    mapped = data.map({"image": lambda x: x.mean(axis=(1, 2)), "text": np.char.str_len})
    assert mapped.ceiling() == data.ceiling()
    assert mapped.train.targets is data.train.targets
    assert [mapped.modalities[name].shape for name in ("image", "text")] == [(3,), ()]


def test_a_bar_appears_for_what_takes_long(data, capsys, monkeypatch):
    data.map({"image": lambda x: x})
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(mapping, "PATIENCE", 0)
    data.map({"image": lambda x: x})
    assert "image of pairs, train" in capsys.readouterr().out
    data.map({"image": lambda x: x}, progress=False)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: x[:-1], r"256 samples went in, an array of shape \(255, 4, 4, 3\) came out"),
        (lambda x: x.mean(), r"an array of shape \(\) came out"),
        (lambda x: [x], "gave list; expected one array"),
        (lambda x: None, "gave NoneType; expected one array"),
        (lambda x: x.astype(object), "an array of object"),
        (lambda x: np.zeros((len(x), len(x))), r"one batch gave samples of shape \(256,\), another \(44,\)"),
        (lambda x: np.full(len(x), np.nan), "NaN"),
    ],
)
def test_what_gives_no_rows_is_refused_with_the_reason(data, function, words):
    with pytest.raises(ValueError, match=words):
        data.map({"image": function})


def test_an_unknown_modality_is_named():
    with pytest.raises(ValueError, match="toy has the modalities a, b; got image"):
        toy_set().map({"image": abs})
