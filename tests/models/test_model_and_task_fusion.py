"""Model-level and task-level models, the training extras of FeatureFusion, saving and export."""

import keras
import numpy as np
import pytest

import mmcourse.layers as mml
from mmcourse import losses
from mmcourse.models import FeatureFusion, ModelFusion, TaskFusion
from tests.layers.contract import numpy

NAMES = ["image", "audio"]
CROSS_ENTROPY = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def batch(rows=6, seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=(rows, 5)).astype("float32") for name in NAMES}


def dense_models():
    keras.utils.set_random_seed(4)
    return {name: keras.Sequential([keras.Input((5,)), keras.layers.Dense(3)]) for name in NAMES}


def round_trip(model, path):
    model.save(path / "model.keras")
    return keras.models.load_model(path / "model.keras")


COMBINERS = {
    "average": mml.AverageFusion,
    "vote": mml.WeightedVote,
    "product": mml.ProductOfExperts,
    "mixture": mml.MixtureOfExperts,
    "stacked": lambda: mml.StackedFusion(4),
}


@pytest.mark.parametrize("combine", COMBINERS)
def test_model_fusion_combines_saves_and_copes_with_gaps(combine, tmp_path):
    models, x = dense_models(), batch()
    fusion = ModelFusion(models, COMBINERS[combine](), allow_missing=True)
    out = fusion.predict(x, verbose=0)
    direct = numpy(fusion.combine([models[name](x[name]) for name in NAMES]))
    np.testing.assert_allclose(out, direct, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.exp(out).sum(axis=1), 1, rtol=1e-5)
    one = fusion.predict({"audio": x["audio"]}, verbose=0)
    if combine != "stacked":
        alone = numpy(keras.ops.log_softmax(models["audio"](x["audio"])))
        np.testing.assert_allclose(one, alone, rtol=1e-4, atol=1e-5)
    again = round_trip(fusion, tmp_path)
    np.testing.assert_array_equal(again.predict(dict(reversed(x.items())), verbose=0), out)
    with pytest.raises(ValueError, match=r"expected the keys \['image', 'audio'\]"):
        fusion.predict({**x, "text": x["audio"]}, verbose=0)


def test_model_fusion_takes_probabilities_and_one_modality_feature_fusions():
    x = batch()
    unimodal = {
        name: FeatureFusion({name: keras.layers.Dense(4)}, mml.ConcatFusion(), keras.layers.Dense(3)) for name in NAMES
    }
    fused = ModelFusion(unimodal, mml.AverageFusion())
    logits = {name: unimodal[name].predict({name: x[name]}, verbose=0) for name in NAMES}
    p = {name: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True) for name, z in logits.items()}
    mean = (p["image"] + p["audio"]) / 2
    np.testing.assert_allclose(np.exp(fused.predict(x, verbose=0)), mean, rtol=1e-4)
    soft = {name: keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, "softmax")]) for name in NAMES}
    fused = ModelFusion(soft, mml.AverageFusion(), outputs="probabilities")
    mean = (soft["image"].predict(x["image"], verbose=0) + soft["audio"].predict(x["audio"], verbose=0)) / 2
    np.testing.assert_allclose(np.exp(fused.predict(x, verbose=0)), mean, rtol=1e-4)


def test_a_frozen_model_fusion_fits_only_its_combination():
    models, x = dense_models(), batch(60)
    fusion = ModelFusion(models, mml.WeightedVote())
    for model in models.values():
        model.trainable = False
    y = models["audio"].predict(x["audio"], verbose=0).argmax(axis=1)  # the truth is what audio says
    fusion.compile(keras.optimizers.Adam(0.1), CROSS_ENTROPY, metrics=["accuracy"])
    before = {name: model.get_weights()[0].copy() for name, model in models.items()}
    fusion.fit(x, y, epochs=20, verbose=0)
    for name, model in models.items():
        np.testing.assert_array_equal(model.get_weights()[0], before[name])
    _, alpha = fusion.combine([m(x[n]) for n, m in models.items()], return_weights=True)
    assert numpy(alpha)[1] > 0.8


def make_tasks(weighting):
    keras.utils.set_random_seed(5)
    trunk = FeatureFusion({name: keras.layers.Dense(4) for name in NAMES}, mml.ConcatFusion())
    model = TaskFusion(trunk, {"digit": keras.layers.Dense(3), "age": keras.layers.Dense(1)}, weighting)
    model.compile(keras.optimizers.AdamW(0.01, weight_decay=0.5), {"digit": CROSS_ENTROPY, "age": "mse"})
    return model


@pytest.mark.parametrize("learned", [False, True], ids=["plain", "uncertainty"])
def test_task_fusion_trains_saves_and_weighs(learned, tmp_path):
    model = make_tasks(losses.UncertaintyWeighting(regression=["age"]) if learned else None)
    x = batch(30)
    y = {"digit": np.arange(30) % 3, "age": x["image"][:, :1] * 2}
    first = model.evaluate(x, y, verbose=0)
    parts = model.predict(x, verbose=0)
    assert set(parts) == {"digit", "age"}
    digit = float(CROSS_ENTROPY(y["digit"], parts["digit"]))
    age = float(np.mean((parts["age"] - y["age"]) ** 2))
    first = first[0] if isinstance(first, list) else first
    assert first == pytest.approx(digit + (0.5 * age if learned else age), rel=1e-4)
    history = model.fit(x, y, batch_size=30, verbose=0).history["loss"]
    if learned:  # from s = 0 the slope is 1/2 - L (classification) or (1 - L)/2 (regression); Adam moves by its rate
        slopes = np.array([0.5 - digit, (1 - age) / 2])
        np.testing.assert_allclose(numpy(model.weighting.log_variance), -0.01 * np.sign(slopes), rtol=1e-3)
    history += model.fit(x, y, epochs=40, verbose=0).history["loss"]
    assert history[-1] < history[0]
    again = round_trip(model, tmp_path)
    found, expected = again.predict(x, verbose=0), model.predict(x, verbose=0)
    for task in expected:
        np.testing.assert_array_equal(found[task], expected[task])
    again.fit(x, y, verbose=0)  # compiled as it was
    with pytest.raises(ValueError, match=r"labels for exactly the tasks \['digit', 'age'\]"):
        model.fit(x, {"digit": y["digit"]}, verbose=0)
    with pytest.raises(ValueError, match="losses for exactly the tasks"):
        model.compile("adam", {"digit": "mse"})
    with pytest.raises(ValueError, match="expected the keys"):  # on JAX, Keras drops a model's values when fit raises
        again.predict({"image": x["image"]}, verbose=0)


def test_weight_decay_leaves_the_task_variances_alone():
    model = make_tasks(losses.UncertaintyWeighting(regression=["age"]))
    x = batch(6)
    model(x)
    model.weighting.log_variance.assign([1.0, 1.0])
    optimizer = model.optimizer
    optimizer.build(model.trainable_variables)
    decayed = [v.path for v in model.trainable_variables if optimizer._use_weight_decay(v)]
    assert decayed and not any("log_variance" in path for path in decayed)


def extras(modality_dropout=None, auxiliary=None, modulation=None):
    keras.utils.set_random_seed(6)
    return FeatureFusion(
        {name: keras.layers.Dense(4, name=f"encode_{name}") for name in NAMES},
        mml.ConcatFusion(),
        keras.layers.Dense(3),
        allow_missing=True,
        modality_dropout=modality_dropout,
        auxiliary=auxiliary,
        modulation=modulation,
    )


def heads():
    return losses.UnimodalAuxiliary({name: keras.layers.Dense(3) for name in NAMES}, 0.5)


def test_auxiliary_losses_are_added_in_training_only(tmp_path):
    model, x, y = extras(auxiliary=heads()), batch(20), np.arange(20) % 3
    model.compile("sgd", CROSS_ENTROPY, metrics=["accuracy"])
    fused = float(CROSS_ENTROPY(y, model.predict(x, verbose=0)))
    features, _ = model.features(x)
    alone = sum(0.5 * float(CROSS_ENTROPY(y, numpy(model.auxiliary.heads[n](f)))) for n, f in features.items())
    assert model.evaluate(x, y, verbose=0)[0] == pytest.approx(fused, rel=1e-5)
    before = [numpy(w) for w in model.auxiliary.trainable_weights]
    log = model.fit(x, y, batch_size=20, verbose=0).history
    assert log["loss"][0] == pytest.approx(fused + alone, rel=1e-5)
    assert all(np.abs(numpy(w) - b).max() > 0 for w, b in zip(model.auxiliary.trainable_weights, before, strict=True))
    again = round_trip(model, tmp_path)
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    again.fit(x, y, verbose=0)


def test_modulation_slows_the_modality_that_is_ahead(tmp_path):
    rng = np.random.default_rng(0)
    y = np.arange(90) % 3
    x = {"image": np.eye(3)[y] @ rng.normal(size=(3, 5)) * 3, "audio": rng.normal(size=(90, 5))}
    x = {name: value.astype("float32") for name, value in x.items()}
    model = extras(modulation=losses.GradientModulation(alpha=1.0))
    model.compile(keras.optimizers.Adam(0.01), CROSS_ENTROPY, metrics=["accuracy"])
    model.fit(x, y, epochs=8, verbose=0)
    slow, free = numpy(model.modulation.coefficients)
    assert slow < 0.3 and free == 1.0, "image holds the answer, audio is noise"
    again = round_trip(model, tmp_path)
    np.testing.assert_array_equal(numpy(again.modulation.coefficients), [slow, free])


def test_modality_dropout_trains_a_model_that_copes_with_one_modality():
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3
    x = {name: (np.eye(3)[y] @ rng.normal(size=(3, 5)) * 3).astype("float32") for name in NAMES}
    model = extras(modality_dropout=mml.ModalityDropout(0.5, seed=1), auxiliary=heads())
    model.compile(keras.optimizers.Adam(0.03), CROSS_ENTROPY, metrics=["accuracy"])
    model.fit(x, y, epochs=60, verbose=0)
    for name in NAMES:
        assert (model.predict({name: x[name]}, verbose=0).argmax(axis=1) == y).mean() > 0.95


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="SavedModel is TensorFlow's format")
@pytest.mark.parametrize("kind", ["feature", "model", "task"])
def test_export_to_saved_model(kind, tmp_path):
    import tensorflow as tf

    x = batch()
    model = {
        "feature": extras,
        "model": lambda: ModelFusion(dense_models(), mml.WeightedVote()),
        "task": lambda: make_tasks(None),
    }[kind]()
    model.build({name: (None, 5) for name in NAMES})
    if kind == "feature":  # it was made with allow_missing, so `present` is part of its signature
        x["present"] = np.array([[True, False], [True, True], [False, True]] * 2)
    expected = model.predict(x, verbose=0)
    model.export(tmp_path / "saved", verbose=False)
    saved = tf.saved_model.load(str(tmp_path / "saved"))
    found = saved.serve(x)
    keras.tree.map_structure(lambda f, e: np.testing.assert_allclose(f, e, rtol=1e-5, atol=1e-6), found, expected)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="SavedModel is TensorFlow's format")
def test_an_exported_model_takes_pixels_and_words_as_they_were_and_not_as_floats(tmp_path):
    """Integer pixels are divided by 255; as float32 in the signature they were not."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    x = {
        "image": rng.integers(0, 256, (4, 8, 8, 1)).astype("uint8"),
        "text": rng.integers(0, 9, (4, 3)).astype("int32"),
    }
    model = FeatureFusion({"image": mml.ImageEncoder(4, (4,)), "text": mml.TextEncoder(9, 4)}, mml.ConcatFusion())
    expected = numpy(model(x))
    model.save(tmp_path / "model.keras")
    for one in (model, keras.models.load_model(tmp_path / "model.keras")):
        one.export(tmp_path / "saved", verbose=False)
        saved = tf.saved_model.load(str(tmp_path / "saved"))
        _, kwargs = saved.signatures["serving_default"].structured_input_signature
        assert sorted(spec.dtype.name for spec in kwargs.values()) == ["int32", "uint8"]
        np.testing.assert_allclose(saved.serve(x).numpy(), expected, rtol=1e-4, atol=1e-5)


def restless(units):
    """A part that behaves otherwise in training: it draws, and it keeps statistics."""
    layers = [keras.layers.Dense(units), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5, seed=1)]
    return keras.Sequential(layers)


def model_of_restless_parts(kind):
    keras.utils.set_random_seed(7)
    encoders = {name: restless(3) for name in NAMES}
    if kind == "model":
        return ModelFusion(encoders, mml.AverageFusion())
    dropout = mml.ModalityDropout(0.5) if kind == "feature" else None
    trunk = FeatureFusion(encoders, mml.ConcatFusion(), restless(3), allow_missing=True, modality_dropout=dropout)
    return trunk if kind == "feature" else TaskFusion(trunk, {"digit": restless(3)})


@pytest.mark.parametrize("kind", ["feature", "model", "task"])
def test_fit_trains_every_part_in_training_mode(kind):
    model, x, y = model_of_restless_parts(kind), batch(30), np.arange(30) % 3
    task = kind == "task"
    model.compile(keras.optimizers.SGD(0.0), {"digit": CROSS_ENTROPY} if task else CROSS_ENTROPY)
    model.build({name: (None, 5) for name in NAMES})
    before = [np.array(numpy(v)) for v in model.non_trainable_variables]  # a copy: PyTorch shares its memory
    assert before
    model.fit(x, {"digit": y} if task else y, batch_size=10, verbose=0)
    for variable, old in zip(model.non_trainable_variables, before, strict=True):
        assert np.abs(numpy(variable).astype("float64") - old).max() > 0, f"{variable.path} did not move"
