"""Closed forms in NumPy, gradients against float64 finite differences, and the traps of each loss."""

import math

import keras
import numpy as np
import pytest
from keras import ops

from mmcourse import losses
from tests.layers.contract import gradients, numpy


def softmax(z, axis):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def number(x) -> float:
    return float(numpy(x))


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def clip_loss(a, b, scale, ids):
    """CE of each row and column against the even distribution over its equals."""
    s = scale * unit(a) @ unit(b).T
    same = np.equal.outer(ids, ids).astype(float)
    rows = -(same / same.sum(axis=1, keepdims=True) * np.log(softmax(s, 1))).sum(axis=1).mean()
    columns = -(same / same.sum(axis=0, keepdims=True) * np.log(softmax(s, 0))).sum(axis=0).mean()
    return (rows + columns) / 2


def siglip_loss(a, b, scale, bias, ids):
    total = 0.0
    for i in range(len(a)):
        for j in range(len(b)):
            y = 1 if ids[i] == ids[j] else -1
            total += math.log1p(math.exp(-y * (scale * unit(a)[i] @ unit(b)[j] + bias)))
    return total / len(a)


def pairs(rows=6, width=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, width)), rng.normal(size=(rows, width))


FORMULAS = {
    "contrastive": (losses.ContrastiveLoss, lambda a, b, ids: clip_loss(a, b, 1 / 0.07, ids)),
    "sigmoid": (losses.SigmoidContrastiveLoss, lambda a, b, ids: siglip_loss(a, b, 10, -10, ids)),
}


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("ids", [None, [0, 1, 2, 1, 0, 5]], ids=["distinct", "duplicates"])
def test_contrastive_losses_equal_their_formulas_and_gradients(name, ids):
    make, formula = FORMULAS[name]
    a, b = pairs()
    layer = make()
    kwargs = {} if ids is None else {"ids": np.array(ids)}
    known = np.arange(6) if ids is None else np.array(ids)
    found = number(layer([a.astype("float32"), b.astype("float32")], **kwargs))
    assert found == pytest.approx(formula(a, b, known), rel=1e-5)
    by_weight, by_input = gradients(layer, [a.astype("float32"), b.astype("float32")], **kwargs)
    sign = np.random.default_rng(7).normal()  # the harness projects the output on this number
    for side, found in enumerate(by_input):
        for i, j in [(0, 0), (1, 3), (5, 2)]:
            sides = [[a.copy(), b.copy()] for _ in range(2)]
            sides[0][side][i, j] += 1e-5
            sides[1][side][i, j] -= 1e-5
            slope = (formula(*sides[0], known) - formula(*sides[1], known)) / 2e-5
            assert found[i, j] / sign == pytest.approx(slope, rel=2e-3, abs=2e-5)
    assert all(np.abs(g) > 1e-6 for g in by_weight)


@pytest.mark.parametrize("make", [losses.ContrastiveLoss, losses.SigmoidContrastiveLoss])
def test_a_duplicate_is_no_negative(make):
    """Two captions of one thing: with ids its image does best between them, without ids on its own one."""
    captions = np.eye(3, dtype="float32")
    on_its_own, between = captions.copy(), captions.copy()
    between[0] = [0.7, 0.7, 0.0]
    layer, ids = make(), np.array([4, 4, 9])
    assert number(layer([between, captions], ids=ids)) < number(layer([on_its_own, captions], ids=ids))
    assert number(layer([between, captions])) > number(layer([on_its_own, captions]))


def test_the_temperature_stays_below_one_hundred_while_training():
    layer = losses.ContrastiveLoss()
    a, _ = pairs()
    inputs = [keras.Input((4,)), keras.Input((4,))]
    model = keras.Model(inputs, layer(inputs))
    model.compile(keras.optimizers.SGD(50.0), loss=lambda y, out: out)
    x = [a.astype("float32"), a.astype("float32")]
    model.fit(x, np.zeros(6), batch_size=6, epochs=5, verbose=0)
    assert float(ops.convert_to_numpy(layer.log_scale)) == pytest.approx(math.log(100), rel=1e-6)


def test_zero_rows_and_wrong_widths():
    layer = losses.ContrastiveLoss()
    zero = np.zeros((3, 4), "float32")
    assert number(layer([zero, zero])) == pytest.approx(math.log(3), rel=1e-5)
    assert all(np.isfinite(g).all() for part in gradients(layer, [zero, zero]) for g in part)
    with pytest.raises(ValueError, match="of one width; got"):
        losses.ContrastiveLoss()([zero, zero[:, :2]])
    with pytest.raises(ValueError, match=r"takes \[a, b\], two"):
        losses.SigmoidContrastiveLoss()(zero)


def test_uncertainty_weighting_is_the_likelihood():
    layer = losses.UncertaintyWeighting(regression=["age"])
    values = {"digit": np.float32(1.7), "age": np.float32(0.4)}
    assert number(layer(values)) == pytest.approx(1.7 + 0.2)  # s = 0: the plain sum, half for regression
    layer.log_variance.assign([0.3, -0.8])
    expected = math.exp(-0.3) * 1.7 + 0.15 + math.exp(0.8) * 0.4 / 2 - 0.4
    assert number(layer(dict(reversed(values.items())))) == pytest.approx(expected, rel=1e-6)
    # the minimum over s: e^s = 2L for classification, L for regression
    layer.log_variance.assign([math.log(3.4), math.log(0.4)])
    best = number(layer(values))
    for step in ([0.1, 0], [-0.1, 0], [0, 0.1], [0, -0.1]):
        layer.log_variance.assign([math.log(3.4) + step[0], math.log(0.4) + step[1]])
        assert number(layer(values)) > best
    with pytest.raises(ValueError, match=r"built on the tasks \['digit', 'age'\]"):
        layer({"digit": values["digit"]})
    with pytest.raises(ValueError, match="no loss for the regression"):
        losses.UncertaintyWeighting(regression=["agee"])(values)


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_distillation_equals_its_formula_and_keeps_its_gradient_over_temperatures(temperature):
    rng = np.random.default_rng(0)
    student, teacher, labels = rng.normal(size=(5, 3)), rng.normal(size=(5, 3)), rng.integers(0, 3, 5)
    loss = losses.DistillationLoss(temperature, weight=0.7)

    def formula(z):
        p, q = softmax(teacher / temperature, 1), softmax(z / temperature, 1)
        hard = -np.log(softmax(z, 1)[np.arange(5), labels])
        return (hard + 0.7 * temperature**2 * (p * np.log(p / q)).sum(axis=1)).mean()

    y = losses.DistillationLoss.pack(labels, teacher)
    assert number(loss(y, student.astype("float32"))) == pytest.approx(formula(student), rel=1e-5)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert number(again(y, student.astype("float32"))) == pytest.approx(formula(student), rel=1e-5)
    with pytest.raises(ValueError, match=r"DistillationLoss\.pack"):
        loss(labels, student.astype("float32"))
    with pytest.raises(ValueError, match="temperature must be above 0"):
        losses.DistillationLoss(0.0)


def test_auxiliary_losses_leave_out_absent_samples():
    heads = {"image": keras.layers.Dense(3), "audio": keras.layers.Dense(3)}
    layer = losses.UnimodalAuxiliary(heads, {"image": 0.5, "audio": 2.0})
    rng = np.random.default_rng(0)
    features = {name: rng.normal(size=(4, 5)).astype("float32") for name in heads}
    predictions = layer(features)
    y = np.array([0, 1, 2, 1])

    def cross_entropy(name):
        return -np.log(softmax(numpy(predictions[name]).astype("float64"), 1)[np.arange(4), y])

    expected = 0.5 * cross_entropy("image").mean() + 2 * cross_entropy("audio").mean()
    assert number(layer.total(y, predictions)) == pytest.approx(expected, rel=1e-5)
    there = {"image": np.array([True, True, False, False]), "audio": np.ones(4, bool)}
    expected = 0.5 * cross_entropy("image")[:2].mean() + 2 * cross_entropy("audio").mean()
    assert number(layer.total(y, predictions, there)) == pytest.approx(expected, rel=1e-5)
    with pytest.raises(ValueError, match="a weight for each of the heads"):
        losses.UnimodalAuxiliary(heads, {"image": 1.0})


def test_gradient_modulation_keeps_values_and_scales_gradients():
    layer = losses.GradientModulation(alpha=0.8)
    xs = [x.astype("float32") for x in pairs()]
    for kept, x in zip(layer(xs), xs, strict=True):
        np.testing.assert_array_equal(numpy(kept), x)
    _, full = gradients(layer, xs)
    logits = [np.array([[4.0, 0.0], [0.0, 4.0]]), np.array([[0.5, 0.0], [0.0, 0.5]])]
    layer.update(np.array([0, 1]), [ops.convert_to_tensor(z.astype("float32")) for z in logits])
    sure, unsure = (softmax(z, 1)[[0, 1], [0, 1]].sum() for z in logits)
    expected = [1 - math.tanh(0.8 * sure / unsure), 1.0]
    np.testing.assert_allclose(numpy(layer.coefficients), expected, rtol=1e-5)
    for kept, x in zip(layer(xs), xs, strict=True):
        np.testing.assert_allclose(numpy(kept), x, rtol=1e-6)
    _, slowed = gradients(layer, xs)
    for m in range(2):
        np.testing.assert_allclose(slowed[m], expected[m] * full[m], rtol=1e-5)


def test_gradient_blending_weighs_gain_against_overfitting():
    before = {"image": (2.0, 2.0), "audio": (2.0, 2.0), "both": (2.0, 2.0)}
    after = {"image": (1.0, 1.5), "audio": (0.2, 1.5), "both": (0.5, 2.1)}
    blend = losses.GradientBlending(before, after)
    assert blend.gains == {"image": 0.5, "audio": 0.5, "both": 0.0}
    assert blend.overfitting == pytest.approx({"image": 0.5, "audio": 1.3, "both": 1.6})
    raw = {"image": 0.5 / 0.25, "audio": 0.5 / 1.69}
    assert blend.weights["both"] == 0.0
    assert blend.weights["image"] == pytest.approx(raw["image"] / sum(raw.values()))
    assert sum(blend.weights.values()) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="the same losses"):
        losses.GradientBlending(before, {"image": (1.0, 1.5)})
    with pytest.raises(ValueError, match="no loss has fallen"):
        losses.GradientBlending(before, before)


def test_distillation_refuses_labels_that_are_no_classes_instead_of_counting_them_as_nothing():
    teacher = np.zeros((3, 4), "float32")
    for labels in ([0, 1, 4], [0, 1, -1], [0.0, 0.5, 1.0], [0, 1]):
        with pytest.raises(ValueError, match=r"DistillationLoss\.pack"):
            losses.DistillationLoss.pack(labels, teacher)
    with pytest.raises(ValueError, match="over two classes or more"):
        losses.DistillationLoss()(np.zeros((3, 2)), np.zeros((3, 1), "float32"))


@pytest.mark.parametrize("make", [losses.ContrastiveLoss, losses.SigmoidContrastiveLoss])
def test_pairs_and_ids_of_other_batches_do_not_broadcast(make):
    a, b = (x.astype("float32") for x in pairs())
    with pytest.raises(ValueError, match="as many rows of a as of b"):
        make()([a, b[:1]])
    for ids in (np.array([1]), np.arange(5), np.zeros((6, 2), int)):
        with pytest.raises(ValueError, match="one id for each"):
            make()([a, b], ids=ids)
    small = number(make()([1e-20 * a, b]))
    assert small == pytest.approx(number(make()([a, b])), rel=1e-4), "a cosine does not depend on lengths"


def canonical(a, b, r):
    """Σ ρ by the eigenvalues of Σ_aa^{-1} Σ_ab Σ_bb^{-1} Σ_ba, which are ρ²."""
    a, b = sorted((a - a.mean(axis=0), b - b.mean(axis=0)), key=lambda x: x.shape[1])  # no root of a rounded zero
    n = len(a) - 1
    aa, bb, ab = a.T @ a / n + r * np.eye(a.shape[1]), b.T @ b / n + r * np.eye(b.shape[1]), a.T @ b / n
    squares = np.linalg.eigvals(np.linalg.solve(aa, ab) @ np.linalg.solve(bb, ab.T))
    return np.sqrt(np.maximum(squares.real, 0)).sum()


@pytest.mark.parametrize("widths", [(3, 3), (4, 2), (1, 3)])
def test_the_correlation_loss_is_the_sum_of_canonical_correlations(widths):
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(40, 2))
    a, b = (shared @ rng.normal(size=(2, d)) + rng.normal(size=(40, d)) for d in widths)
    layer = losses.CorrelationLoss(1e-3)
    found = number(layer([a.astype("float32"), b.astype("float32")]))
    assert found == pytest.approx(-canonical(a, b, 1e-3), rel=1e-4)
    _, by_input = gradients(layer, [a.astype("float32"), b.astype("float32")])
    sign = np.random.default_rng(7).normal()
    for side, gradient in enumerate(by_input):
        for i in (0, 7):
            moved = [[a.copy(), b.copy()] for _ in range(2)]
            moved[0][side][i, 0] += 1e-5
            moved[1][side][i, 0] -= 1e-5
            slope = (canonical(*moved[1], 1e-3) - canonical(*moved[0], 1e-3)) / 2e-5
            assert gradient[i, 0] / sign == pytest.approx(slope, rel=5e-3, abs=2e-5)


def test_the_correlation_loss_refuses_a_batch_in_which_all_is_correlated():
    a, b = (x.astype("float32") for x in pairs(rows=8))
    with pytest.raises(ValueError, match="needs at least 9 rows"):
        losses.CorrelationLoss()([a, b])
    same = np.random.default_rng(1).normal(size=(20, 3)).astype("float32")  # all ρ are equal: a trap for gradients
    layer = losses.CorrelationLoss(1e-6)
    assert number(layer([same, same])) == pytest.approx(-3, rel=1e-3)
    assert all(np.isfinite(g).all() for part in gradients(layer, [same, same]) for g in part)
    with pytest.raises(ValueError, match="regularization must be above 0"):
        losses.CorrelationLoss(float("nan"))


def test_a_modality_that_is_rarely_present_counts_as_much_as_one_that_always_is():
    """Divided by the whole batch, a loss on one sample of a hundred counted a hundredth."""
    layer = losses.UnimodalAuxiliary({"image": keras.layers.Dense(3)})
    features = {"image": np.random.default_rng(0).normal(size=(100, 5)).astype("float32")}
    predictions, y = layer(features), np.arange(100) % 3
    rare = {"image": np.arange(100) == 17}
    one = {"image": predictions["image"][17:18]}
    assert number(layer.total(y, predictions, rare)) == pytest.approx(number(layer.total(y[17:18], one)), rel=1e-5)
    nobody = {"image": np.zeros(100, bool)}
    assert number(layer.total(y, predictions, nobody)) == 0.0


def test_settings_that_are_no_numbers_are_refused():
    nan = float("nan")
    heads = {"image": keras.layers.Dense(3)}
    for make in (
        lambda: losses.DistillationLoss(nan),
        lambda: losses.GradientModulation(nan),
        lambda: losses.UnimodalAuxiliary(heads, nan),
        lambda: losses.UnimodalAuxiliary({}),
        lambda: losses.GradientBlending({"a": (1.0, nan)}, {"a": (1.0, 0.5)}),
    ):
        with pytest.raises(ValueError, match=r"must be|takes a dict"):
            make()
    with pytest.raises(ValueError, match="one number for each loss"):
        losses.UncertaintyWeighting()({"digit": np.ones(3, "float32")})
    with pytest.raises(ValueError, match="takes a list or a dict of tensors"):
        losses.UncertaintyWeighting()({"digit": None})
