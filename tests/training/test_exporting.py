"""`exported`: each file says what the model says; names and batch sizes hold; what cannot be is one sentence."""

import importlib.util

import keras
import numpy as np
import pytest

import mmcourse as mm
from mmcourse.evaluation import accuracy, dropped
from mmcourse.training import exported, footprint, train
from tests.toys import toy_set

ONNX = all(importlib.util.find_spec(name) for name in ("tf2onnx", "onnxruntime"))
needs_onnx = pytest.mark.skipif(not ONNX, reason="needs pip install 'mmcourse[export]'")
KINDS = ["saved_model", "litert", pytest.param("onnx", marks=needs_onnx)]
LAYERS = keras.layers


def make():
    # names against the alphabet, and one shape for both: only names can tell them apart
    return mm.FeatureFusion(
        {"b": LAYERS.Dense(4, activation="relu"), "a": LAYERS.Dense(4)}, mm.layers.ConcatFusion(), LAYERS.Dense(3)
    )


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    model = make()
    model(sample(2))
    return model


def sample(n: int, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=(n, 3)).astype("float32") for name in ("b", "a")}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_says_what_the_model_says(model, kind, tmp_path):
    file = exported(model, kind, sample(2), tmp_path / "net")
    for n in (1, 7, 3):
        x = sample(n, n)
        assert np.allclose(file(x), model(x), atol=1e-5)
    mixed = {"a": x["a"].astype("float64"), "b": np.asfortranarray(x["b"])}  # another order, type and layout
    assert np.allclose(file(mixed), model(x), atol=1e-5)
    assert np.allclose(file.predict(sample(5), batch_size=2), model(sample(5)), atol=1e-5)
    assert file.path.exists() and footprint(file).plain > 0
    assert [path.name for path in tmp_path.iterdir()] == ["net"]


def test_what_is_there_is_not_lost(model, tmp_path):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "thesis.txt").write_text("years")
    with pytest.raises(ValueError, match="there already"):
        exported(model, "litert", sample(1), tmp_path / "net")
    assert (tmp_path / "net" / "thesis.txt").read_text() == "years"


def test_without_a_folder_the_file_goes_with_the_object(model):
    file = exported(model, "litert", sample(1))
    path = file.path
    assert path.is_file()
    del file
    assert not path.exists()


def test_it_stands_for_the_model_in_evaluation():
    data = toy_set()
    model = train(lambda: mm.FeatureFusion({"a": LAYERS.Dense(4), "b": LAYERS.Dense(4)}, mm.layers.ConcatFusion(),
                                           LAYERS.Dense(3)), data, seed=0, epochs=5)  # fmt: skip
    file = exported(model, "litert", data.test.x)
    assert accuracy(file, data) == accuracy(model, data)
    assert dropped(file, data, "a") == dropped(model, data, "a")


def test_an_array_and_a_functional_model(tmp_path):
    model = keras.Sequential([keras.Input((8, 8, 1)), LAYERS.Conv2D(2, 3), LAYERS.Flatten(), LAYERS.Dense(3)])
    x = np.random.default_rng(0).normal(size=(4, 8, 8, 1))
    for kind in ("saved_model", "litert"):
        assert np.allclose(exported(model, kind, x)(x), model(x), atol=1e-5)


def test_eight_bits_are_close_and_smaller():
    model = keras.Sequential([keras.Input((64,)), LAYERS.Dense(64, activation="relu"), LAYERS.Dense(8)])
    x = np.random.default_rng(0).normal(size=(50, 64)).astype("float32")
    whole, small = (exported(model, kind, x) for kind in ("litert", "litert_int8"))
    difference = np.abs(small(x) - np.asarray(model(x))).max()
    assert 1e-5 < difference < 0.05 * np.abs(model(x)).max()
    assert footprint(small).plain < 0.5 * footprint(whole).plain


def test_the_wrong_words_shapes_and_kinds_are_named(model):
    file, x = exported(model, "litert", sample(1)), sample(2)
    with pytest.raises(ValueError, match="takes b, a; got a"):
        file({"a": x["a"]})
    with pytest.raises(ValueError, match=r"'a' of shape \(None, 3\); got \(2, 2\)"):
        file({"a": x["a"][:, :2], "b": x["b"]})
    with pytest.raises(ValueError, match="'b' of shape"):
        file({name: array[:0] for name, array in x.items()})
    with pytest.raises(ValueError, match="knows the kinds saved_model"):
        exported(model, "tflite", x)


def test_several_outputs_are_refused(tmp_path):
    inputs = keras.Input((3,), name="x")
    model = keras.Model(inputs, {"a": LAYERS.Dense(2)(inputs), "b": LAYERS.Dense(2)(inputs)})
    with pytest.raises(ValueError, match="one output"):
        exported(model, "saved_model", np.ones((1, 3)), tmp_path / "net")(np.ones((1, 3)))


@pytest.mark.skipif(ONNX, reason="both are installed")
def test_what_is_not_installed_is_named(model):
    with pytest.raises(ImportError, match=r"pip install 'mmcourse\[export\]'"):
        exported(model, "onnx", sample(1))


@needs_onnx
def test_what_onnx_cannot_hold_leaves_no_file(tmp_path):
    model = keras.Sequential([keras.Input((1600,)), mm.layers.LogMel(), LAYERS.Flatten(), LAYERS.Dense(2)])
    with pytest.raises(ValueError, match=r"do not fit into ONNX: .*RFFT"):
        exported(model, "onnx", np.zeros((1, 1600)), tmp_path / "net")
    assert not list(tmp_path.iterdir())
