"""HubLayer: the module's variables are the layer's own, in every way that Keras uses variables."""

import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import mmcourse as mm
from mmcourse.pretrained import HubLayer
from tests.pretrained import modules

X = np.random.default_rng(0).standard_normal((16, 4)).astype("float32") + 1
Y = np.random.default_rng(1).integers(0, 2, 16)


@pytest.fixture(scope="module")
def handles(tmp_path_factory):
    root = tmp_path_factory.mktemp("modules")
    return {make.__name__: make(root / make.__name__) for make in MAKERS}


MAKERS = (modules.normed, modules.words, modules.heads, modules.from_keras)
INPUTS = {
    "normed": X,
    "words": np.array(["red ring", "blue", "ring ring blue", "green"] * 4),
    "heads": X,
    "from_keras": np.random.default_rng(2).random((16, 8, 8, 3), dtype="float32"),
}
KEYS = {"heads": "all"}


def model_of(kind: str, handles, optimizer="sgd", jit=False, **options) -> keras.Model:
    hub = HubLayer(handles[kind], output_key=KEYS.get(kind), name="hub", **options)
    shape, dtype = INPUTS[kind].shape[1:], "string" if kind == "words" else "float32"
    inputs = keras.Input(shape, dtype=dtype)
    model = keras.Model(inputs, keras.layers.Dense(2, name="head", dtype="float32")(hub(inputs)))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, jit_compile=jit)
    return model


def fit_once(model, kind: str) -> list[bool]:
    """Two steps of training; whether each variable of the module moved."""
    hub = model.get_layer("hub")
    before = [v.numpy() for v in hub.variables]
    model.fit(tf.data.Dataset.from_tensor_slices((INPUTS[kind], Y)).batch(8), shuffle=False, verbose=0)
    return [bool(np.any(v.numpy() != old)) for v, old in zip(hub.variables, before, strict=True)]


def can_move(kind: str, hub: HubLayer) -> list[bool]:
    """Which variables training moves; what Keras exported is for prediction: its batch statistics stay."""
    return [v.trainable or kind != "from_keras" for v in hub.variables]


@pytest.mark.parametrize(
    ("kind", "optimizer"), [("normed", "sgd"), ("words", "adam"), ("heads", "sgd"), ("from_keras", "adam")]
)
def test_one_step_moves_every_variable_or_none(kind, optimizer, handles):
    keras.utils.set_random_seed(0)
    assert not any(fit_once(model_of(kind, handles, optimizer), kind))
    model = model_of(kind, handles, optimizer, trainable=True)
    moved = fit_once(model, kind)
    assert any(moved) and moved == can_move(kind, model.get_layer("hub"))


def test_frozen_and_unfrozen_at_any_time(handles):
    keras.utils.set_random_seed(0)
    model = model_of("normed", handles)
    hub = model.get_layer("hub")
    for trainable in (False, True, False, True):
        hub.trainable = trainable
        model.compile(model.optimizer.__class__(0.1), model.loss, jit_compile=False)
        assert fit_once(model, "normed") == [trainable] * 3
        assert len(hub.trainable_variables) == (2 if trainable else 0)
        assert len(hub.variables) == 3


def test_storage_is_shared_with_the_module(handles):
    hub = HubLayer(handles["normed"])
    kernel = next(v for v in hub.variables if v.shape == (4, 3))
    kernel.assign(np.ones((4, 3)))
    np.testing.assert_allclose(hub(X), np.repeat(X.sum(1, keepdims=True), 3, 1), rtol=1e-6)


def test_training_is_passed_on_only_when_unfrozen(handles):
    kernel = np.arange(12.0).reshape(4, 3) / 10
    frozen, free = HubLayer(handles["normed"]), HubLayer(handles["normed"], trainable=True)
    np.testing.assert_allclose(frozen(X, training=True), X @ kernel, atol=1e-5)
    np.testing.assert_allclose(free(X, training=False), X @ kernel, atol=1e-5)
    np.testing.assert_allclose(free(X, training=True), (X - X.mean(0)) @ kernel, atol=1e-5)
    mean = next(v for v in free.variables if not v.trainable)
    np.testing.assert_allclose(mean, modules.RATE * X.mean(0), atol=1e-6)


def test_penalties_count_when_unfrozen(handles):
    kernel = np.arange(12.0).reshape(4, 3) / 10
    for trainable in (False, True):
        hub = HubLayer(handles["normed"], trainable=trainable)
        hub(X)
        expected = [(kernel**2).sum()] if trainable else []
        np.testing.assert_allclose([float(x) for x in hub.losses], expected, rtol=1e-6)


def test_strings_through_the_table(handles):
    hub = HubLayer(handles["words"])
    vectors = np.arange(8.0).reshape(4, 2)
    ids = [[1, 3, 0], [2, 0, 0], [3, 3, 2], [0, 0, 0]]  # red 1, blue 2, ring 3; short texts are padded with 0
    expected = vectors[ids].mean(axis=1)
    np.testing.assert_allclose(hub(tf.constant(INPUTS["words"][:4])), expected, rtol=1e-6)
    assert not hub.supports_jit


def test_dict_outputs_and_signatures(handles):
    every = HubLayer(handles["heads"])(X)
    assert set(every) == {"pooled", "all"}
    np.testing.assert_allclose(HubLayer(handles["heads"], output_key="pooled")(X)[:, 0], 2 * X.mean(1), rtol=1e-5)
    np.testing.assert_allclose(HubLayer(handles["heads"], signature="minus")(X), -2 * X, rtol=1e-6)
    np.testing.assert_allclose(HubLayer(handles["heads"], signature="minus")({"pixels": X}), -2 * X, rtol=1e-6)


def test_unknown_batch_size(handles):
    for kind in INPUTS:
        model = model_of(kind, handles)
        assert model.output_shape == (None, 2)
        for n in (1, 7):
            assert model.predict(tf.constant(INPUTS[kind][:n]), verbose=0).shape == (n, 2)


def test_jit_on_and_off_train_alike(handles):
    ends = []
    for jit in (False, True):
        keras.utils.set_random_seed(0)
        model = model_of("normed", handles, "adam", jit, trainable=True)
        fit_once(model, "normed")
        ends.append(model.get_weights())
    for a, b in zip(*ends, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(policy, handles):
    keras.utils.set_random_seed(0)
    half = policy.removeprefix("mixed_")
    hub = HubLayer(handles["normed"], dtype=policy)
    assert hub(X).dtype == half
    np.testing.assert_allclose(tf.cast(hub(X), "float32"), HubLayer(handles["normed"])(X), rtol=0.01, atol=0.01)
    assert {v.dtype for v in hub.variables} == {"float32"}
    assert all(fit_once(model_of("normed", handles, trainable=True, dtype=policy), "normed"))


@pytest.mark.parametrize("kind", list(INPUTS))
def test_keras_file_is_exact_after_fine_tuning(kind, handles, tmp_path):
    keras.utils.set_random_seed(0)
    model = model_of(kind, handles, "adam", trainable=True)
    assert fit_once(model, kind) == can_move(kind, model.get_layer("hub"))
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    x = tf.constant(INPUTS[kind])
    np.testing.assert_array_equal(model.predict(x, verbose=0), again.predict(x, verbose=0))
    assert again.get_layer("hub").trainable
    assert fit_once(again, kind) == can_move(kind, again.get_layer("hub"))


@pytest.mark.parametrize("kind", list(INPUTS))
def test_exports_as_a_saved_model(kind, handles, tmp_path):
    model = model_of(kind, handles, trainable=True)
    fit_once(model, kind)
    model.export(tmp_path / "out", verbose=False)
    x = tf.constant(INPUTS[kind])
    exported = tf.saved_model.load(str(tmp_path / "out"))
    np.testing.assert_allclose(exported.serve(x), model.predict(x, verbose=0), atol=1e-6)


def test_in_a_fused_model(handles):
    """A frozen picture module and a trained text module under one head, by name."""
    model = mm.FeatureFusion(
        {"image": HubLayer(handles["from_keras"]), "text": HubLayer(handles["words"], trainable=True)},
        mm.layers.ConcatFusion(),
        keras.layers.Dense(2),
    )
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    x = {"image": tf.constant(INPUTS["from_keras"]), "text": tf.constant(INPUTS["words"])}
    model(x)
    before = [v.numpy() for v in model.trainable_variables]
    model.fit(tf.data.Dataset.from_tensor_slices((x, Y)).batch(8), shuffle=False, verbose=0)
    assert len(before) == 3
    assert all(np.any(v.numpy() != old) for v, old in zip(model.trainable_variables, before, strict=True))


def test_a_lambda_around_a_module_trains_nothing_and_says_nothing(handles):
    """Why HubLayer exists: this model fits without an error, and no variable of the module is known or moves."""
    module = tf.saved_model.load(handles["heads"])
    wrapped = keras.layers.Lambda(lambda x: module(x)["all"], output_shape=(4,))
    model = keras.Sequential([keras.Input((4,)), wrapped, keras.layers.Dense(2)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    model.fit(X, Y, verbose=0)
    assert wrapped.trainable and wrapped.trainable_variables == []
    assert float(module.scale) == 2.0


def test_the_layer_of_tensorflow_hub_is_refused_by_keras_3(handles):
    import tensorflow_hub as hub

    with pytest.raises(ValueError, match=r"keras\.layers\.Layer|KerasTensor|KerasLayer"):
        keras.Sequential([keras.Input((4,)), hub.KerasLayer(handles["heads"], output_key="all")])


def test_a_local_handle_is_the_module_that_tensorflow_hub_loads(handles):
    import tensorflow_hub as hub

    expected = hub.load(handles["heads"])(X)
    layer = HubLayer(hub.resolve(handles["heads"]))
    for key, value in layer(X).items():
        np.testing.assert_allclose(value, expected[key], atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"signature": "plus"}, "no signature 'plus'; its signatures are minus"),
        ({"output_key": "none"}, "gives all, pooled; there is no output_key 'none'"),
    ],
)
def test_wrong_names_are_named(options, message, handles):
    with pytest.raises(ValueError, match=message):
        HubLayer(handles["heads"], **options)(X)


def test_wrong_inputs_are_named(handles):
    with pytest.raises(ValueError, match=r"takes float32 of shape \(None, 4\); got int64 of shape \(16, 4\)"):
        HubLayer(handles["normed"])(X.astype("int64"))
    with pytest.raises(ValueError, match=r"got float32 of shape \(16, 3\)"):
        HubLayer(handles["normed"])(X[:, :3])
    with pytest.raises(ValueError, match=r"takes.*got"):
        HubLayer(handles["normed"])({"a": X})


def test_wrong_handle_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"folder with saved_model\.pb"):
        HubLayer(str(tmp_path))


def test_other_backends_are_refused(handles, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="needs the TensorFlow backend; this is 'jax'"):
        HubLayer(handles["normed"])


def slots(handle: str) -> int:
    """How many variables of an optimizer are kept in a SavedModel."""
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel.FromString((Path(handle) / "saved_model.pb").read_bytes())
    return sum(len(node.slot_variables) for node in saved.meta_graphs[0].object_graph_def.nodes)


def test_a_model_that_keras_2_saved_with_its_optimizer(tmp_path):
    """Its traces call their input differently, and its optimizer is no part of the layer."""
    handle = modules.by_keras_2(tmp_path / "old")
    assert slots(handle) == 4, "a mean and a mean square for the kernel and for the bias"
    hub = HubLayer(handle, trainable=True)
    kernel, bias = (v.numpy() for v in sorted(hub.trainable_variables, key=lambda v: -v.ndim))
    np.testing.assert_allclose(hub(X), X @ kernel + bias, atol=1e-5)
    assert len(hub.variables) == 2


def test_without_tf_keras_such_a_model_says_what_to_do(tmp_path, monkeypatch):
    from tensorflow.python.saved_model import revived_types

    handle = modules.by_keras_2(tmp_path / "old")
    monkeypatch.delitem(revived_types._REVIVED_TYPE_REGISTRY, "optimizer")  # tf-keras entered it
    with pytest.raises(ValueError, match=r"saved by Keras 2 together with its optimizer.*pip install tf-keras"):
        HubLayer(handle)


def test_basic_pitch_hears_a_tone():
    """A giant that somebody else trained and saved: audio of 2 s at 22,050 Hz to 88 notes of a piano."""
    found = importlib.util.find_spec("basic_pitch")
    if found is None:
        pytest.skip("basic-pitch is not installed: pip install --no-deps basic-pitch==0.4.0")
    hub = HubLayer(Path(found.origin).parent / "saved_models" / "icassp_2022" / "nmp", output_key="note")
    times = np.arange(43844) / 22050
    tones = np.stack([np.sin(2 * np.pi * hertz * times) for hertz in (261.63, 440.0)])[..., None]
    notes = hub(tones.astype("float32")).numpy().mean(axis=1)
    assert notes.shape == (2, 88) and (notes.argmax(axis=1) + 21).tolist() == [60, 69], (
        "C4 and A4 by their MIDI numbers"
    )
