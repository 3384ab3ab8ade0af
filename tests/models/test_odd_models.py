"""Calls of the models that were answered with plausible wrong numbers, or with an error that nobody could read."""

import keras
import numpy as np
import pytest

import mmcourse.layers as mml
from mmcourse import losses
from mmcourse.models import FeatureFusion, ModelFusion, TaskFusion
from tests.layers.contract import numpy

NAMES = ["image", "audio"]
CROSS_ENTROPY = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
RNG = np.random.default_rng(0)
X = {name: RNG.normal(size=(6, 5)).astype("float32") for name in NAMES}
Y = np.arange(6) % 3


def encoders():
    return {name: keras.layers.Dense(4, name=f"encode_{name}") for name in NAMES}


def nested():
    keras.utils.set_random_seed(8)
    scene = FeatureFusion(encoders(), mml.LowRankFusion(4, 2), allow_missing=True)
    outer = {"scene": scene, "text": mml.TextEncoder(9, 4)}
    return FeatureFusion(outer, mml.WeightedSum(4), keras.layers.Dense(3), allow_missing=True)


def nested_batch():
    return {"text": RNG.integers(1, 9, (6, 3)).astype("int32"), "scene": dict(reversed(X.items()))}


def test_a_fusion_as_an_encoder_trains_saves_loads_and_exports(tmp_path):
    model, x = nested(), nested_batch()
    by_hand = model.encoders["scene"](x["scene"])
    fused = model.fusion([by_hand, model.encoders["text"](x["text"])])
    np.testing.assert_allclose(numpy(model(x)), numpy(model.head(fused)), rtol=1e-4, atol=1e-6)
    model.compile("adam", CROSS_ENTROPY)
    before = numpy(model.encoders["scene"].encoders["audio"].kernel).copy()
    model.fit(x, Y, verbose=0)
    assert np.abs(numpy(model.encoders["scene"].encoders["audio"].kernel) - before).max() > 0
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(numpy(again(x)), numpy(model(x)))
    present = np.array([[True, True], [True, False], [False, True]] * 2)
    inner = np.array([[True, False], [True, True], [False, False]] * 2)  # nobody, where the scene is absent anyway
    some = {**x, "scene": {**x["scene"], "present": inner}, "present": present}
    rows = [{"scene": {"image": X["image"][:1]}, "text": x["text"][:1]}, {"scene": {n: v[1:2] for n, v in X.items()}}]
    for i, row in enumerate([*rows, {"text": x["text"][2:3]}]):
        np.testing.assert_allclose(numpy(model(some))[i : i + 1], numpy(model(row)), rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="expected the keys"):
        model({"scene": {"image": X["image"], "sound": X["audio"]}, "text": x["text"]})
    with pytest.raises(ValueError, match="'scene' as a dict of"):
        model({"scene": X["image"], "text": x["text"]})
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        again.export(tmp_path / "saved", verbose=False)
        saved = tf.saved_model.load(str(tmp_path / "saved"))  # kept: it holds the variables
        found = saved.serve(some)
        np.testing.assert_allclose(found.numpy(), numpy(model(some)), rtol=1e-4, atol=1e-6)


class Averaging(keras.layers.Layer):
    """A fusion of a user's own: it knows masks of padding, and not `present`."""

    def call(self, inputs, mask=None):
        masks = mask or [None] * len(inputs)
        parts = []
        for x, steps in zip(inputs, masks, strict=True):
            if steps is None:
                parts.append(keras.ops.mean(x, axis=1))
            else:
                keep = keras.ops.cast(steps, x.dtype)[..., None]
                parts.append(keras.ops.sum(x * keep, axis=1) / keras.ops.maximum(keras.ops.sum(keep, axis=1), 1.0))
        return sum(parts)

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], input_shape[0][2])


def texts(fusion, **kwargs):
    keras.utils.set_random_seed(9)
    parts = {name: mml.TextEncoder(9, 4, sequence=True) for name in ("one", "two")}
    return FeatureFusion(parts, fusion, keras.layers.Dense(2), **kwargs)


WORDS = {"one": np.array([[3, 4, 0, 0]] * 4), "two": np.array([[5, 0, 0]] * 4)}
BARE = {"one": np.array([[3, 4]] * 4), "two": np.array([[5]] * 4)}


def test_padding_stays_padding_when_present_comes_to_a_fusion_that_does_not_know_it():
    model = texts(Averaging(), allow_missing=True)
    model.build({"one": (None, None), "two": (None, None)})
    everyone = np.ones((4, 2), bool)
    np.testing.assert_allclose(numpy(model({**WORDS, "present": everyone})), numpy(model(BARE)), rtol=1e-4, atol=1e-6)


def test_modulation_keeps_padding_masks_in_training():
    """What the fusion sees in training is what it sees in inference, and so is the answer of each modality alone."""
    model = texts(mml.CrossModalAttention(4), modulation=losses.GradientModulation())
    model.build({"one": (None, None), "two": (None, None)})
    padded, bare = model(WORDS, training=True), model(BARE, training=True)
    np.testing.assert_allclose(numpy(padded["_fused"]), numpy(model(WORDS)), rtol=1e-4, atol=1e-6)
    for p, b in zip(padded["alone"], bare["alone"], strict=True):
        np.testing.assert_allclose(numpy(p), numpy(b), rtol=1e-4, atol=1e-6)


def modulated(units, **kwargs):
    modulation = losses.GradientModulation()
    return FeatureFusion(encoders(), mml.ConcatFusion(), keras.layers.Dense(units), modulation=modulation, **kwargs)


@pytest.mark.parametrize(
    ("units", "y", "loss", "message"),
    [
        (1, Y % 2, "binary_crossentropy", "logits .batch, classes. over two classes or more"),
        (2, RNG.normal(size=(6, 2)), "mse", "takes integer labels"),
        (3, np.eye(3, dtype="int32")[Y], keras.losses.CategoricalCrossentropy(from_logits=True), "integer labels"),
        (3, Y.astype("float32"), CROSS_ENTROPY, "takes integer labels"),
    ],
    ids=["one logit", "regression", "one-hot", "float labels"],
)
def test_modulation_refuses_what_it_cannot_judge_instead_of_doing_nothing(units, y, loss, message):
    model = modulated(units)
    model.compile("sgd", loss)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y, verbose=0)


def test_modulation_of_one_modality_is_refused_instead_of_freezing_it():
    model = FeatureFusion(
        {"image": keras.layers.Dense(4)},
        mml.ConcatFusion(),
        keras.layers.Dense(3),
        modulation=losses.GradientModulation(),
    )
    with pytest.raises(ValueError, match="features of two or more"):
        model({"image": X["image"]})


@pytest.mark.parametrize("outputs", ["logits", "probabilities"])
def test_models_of_one_logit_vote_as_two_classes_and_not_as_a_constant(outputs):
    """p(yes) of the average is the average of p(yes)."""
    last = None if outputs == "logits" else "sigmoid"
    models = {name: keras.Sequential([keras.Input((5,)), keras.layers.Dense(1, last)]) for name in NAMES}
    fusion = ModelFusion(models, mml.AverageFusion(), outputs=outputs)
    p = [numpy(models[name](X[name])).astype("float64") for name in NAMES]
    p = [1 / (1 + np.exp(-z)) for z in p] if last is None else p
    found = numpy(fusion(X)).astype("float64")
    np.testing.assert_allclose(1 / (1 + np.exp(-found)), (p[0] + p[1]) / 2, rtol=1e-4)
    fusion.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=True))
    fusion.fit(X, Y % 2, verbose=0)


def dense(activation=None):
    return {name: keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, activation)]) for name in NAMES}


class Opaque(keras.layers.Layer):
    """A model whose last layer says nothing of what it gives."""

    def __init__(self, activation):
        super().__init__()
        self.dense = keras.layers.Dense(3, activation)

    def build(self, input_shape):
        self.dense.build(input_shape)

    def call(self, x):
        return self.dense(x)


def test_model_fusion_notices_probabilities_among_logits_and_logits_among_probabilities():
    with pytest.raises(ValueError, match="'image' does not give those: its last layer gives probabilities"):
        ModelFusion(dense("softmax"), mml.AverageFusion())(X)
    with pytest.raises(ValueError, match="its last layer gives logits"):
        ModelFusion(dense(), mml.AverageFusion(), outputs="probabilities")(X)
    with pytest.raises(ValueError, match="positive and sum to one"):
        ModelFusion({name: Opaque("softmax") for name in NAMES}, mml.AverageFusion())(X)
    with pytest.raises(ValueError, match="not all between 0 and 1"):
        ModelFusion({name: Opaque(None) for name in NAMES}, mml.AverageFusion(), outputs="probabilities")(X)
    ModelFusion({name: Opaque("softmax") for name in NAMES}, mml.AverageFusion(), outputs="probabilities")(X)


def with_auxiliary():
    heads = {name: keras.layers.Dense(3) for name in NAMES}
    return FeatureFusion(encoders(), mml.ConcatFusion(), auxiliary=losses.UnimodalAuxiliary(heads))


def test_a_part_that_only_its_own_fit_can_train_is_refused():
    sentence = "auxiliary losses or modulation, which act in its own `fit` only"
    with pytest.raises(ValueError, match=sentence):
        TaskFusion(with_auxiliary(), {"digit": keras.layers.Dense(3)})
    with pytest.raises(ValueError, match=sentence):
        ModelFusion({"both": with_auxiliary()}, mml.AverageFusion())
    with pytest.raises(ValueError, match=sentence):
        FeatureFusion({"both": with_auxiliary()}, mml.ConcatFusion())


class TwoAnswers(keras.layers.Layer):
    """A head whose output has a key that the extra outputs of training once had."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3)

    def build(self, input_shape):
        self.dense.build(input_shape)

    def call(self, x):
        return {"fused": self.dense(x), "other": x}

    def compute_output_shape(self, input_shape):
        return {"fused": (input_shape[0], 3), "other": input_shape}


def test_a_head_may_call_its_output_fused():
    model = FeatureFusion(encoders(), mml.ConcatFusion(), TwoAnswers())
    assert set(model.predict(X, verbose=0)) == {"fused", "other"}
    model.compile("sgd", {"fused": CROSS_ENTROPY, "other": "mse"})
    model.fit(X, {"fused": Y, "other": np.zeros((6, 8))}, verbose=0)


def test_loss_weights_beside_a_learned_weighting_are_refused_instead_of_ignored():
    heads = {"digit": keras.layers.Dense(3), "age": keras.layers.Dense(1)}
    trunk = FeatureFusion(encoders(), mml.ConcatFusion())
    model = TaskFusion(trunk, heads, losses.UncertaintyWeighting(regression=["age"]))
    with pytest.raises(ValueError, match="Leave them out, or make the model without a weighting"):
        model.compile("sgd", {"digit": CROSS_ENTROPY, "age": "mse"}, loss_weights={"digit": 2.0, "age": 1.0})


def test_batches_of_six_and_of_one_do_not_broadcast():
    model = FeatureFusion(encoders(), mml.ConcatFusion())
    with pytest.raises(ValueError, match=r"one number of samples in a batch; got \{'image': 6, 'audio': 1\}"):
        model({"image": X["image"], "audio": X["audio"][:1]})


def test_accuracy_beside_a_distillation_loss_is_that_of_the_labels():
    """It was taken from the packed columns: .17 where the truth was .67."""
    student = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3)])
    student.compile("sgd", losses.DistillationLoss(), metrics=["accuracy"])
    y = losses.DistillationLoss.pack(Y, 5 * RNG.normal(size=(6, 3)))
    truth = (student.predict(X["image"], verbose=0).argmax(axis=1) == Y).mean()
    assert student.evaluate(X["image"], y, verbose=0)[1] == pytest.approx(truth)
