"""Attacks against two Gaussians in closed form, SciPy's U test, a search over thresholds, and a ratio by loops."""

import json

import numpy as np
import pytest
from scipy.special import log_softmax
from scipy.stats import mannwhitneyu, norm

import mmcourse as mm
from mmcourse.evaluation import likelihood_ratio, logit_confidence, loss_attack, membership
from tests.toys import Reader, toy_set


@pytest.mark.parametrize("ties", [False, True])
def test_the_area_is_that_of_the_u_test_and_of_its_curve(ties):
    rng = np.random.default_rng(0)
    members, others = rng.normal(0.5, 1, 300), rng.normal(0, 1, 200)
    if ties:
        members, others = np.round(members), np.round(others)
    found = membership(members, others)
    assert found.auc == pytest.approx(mannwhitneyu(members, others).statistic / (300 * 200))
    alarms, hits = found.curve()
    assert (alarms[0], hits[0], alarms[-1], hits[-1]) == (0, 0, 1, 1) and (np.diff(alarms) >= 0).all()
    assert np.trapezoid(hits, alarms) == pytest.approx(found.auc)


@pytest.mark.parametrize("at", [0.01, 0.03, 0.2])
def test_members_found_are_the_most_that_any_threshold_finds(at):
    rng = np.random.default_rng(1)
    members, others = np.round(rng.normal(0.5, 1, 250), 1), np.round(rng.normal(0, 1, 100), 1)
    thresholds = np.unique([*members, *others, np.inf])
    best = max(np.mean(members >= t) for t in thresholds if np.sum(others >= t) <= at * 100 + 1e-9)
    found = membership(members, others, at=at).found
    assert found.value == pytest.approx(best) and found.low <= best <= found.high and found.n == 250


@pytest.mark.parametrize(("shift", "members", "others"), [(0.0, 500, 500), (1.5, 250, 1000), (2.5, 200, 200)])
def test_the_interval_covers_the_true_share_on_new_draws_of_both(shift, members, others):
    """Of two Gaussians the share is Φ(shift - Φ⁻¹(0.99)); Wilson's interval alone covers 85, 77 and 47% of these."""
    rng, truth = np.random.default_rng(2), norm.sf(norm.isf(0.01) - shift)
    draws = [membership(rng.normal(shift, 1, members), rng.normal(0, 1, others)).found for _ in range(300)]
    assert np.mean([found.low <= truth <= found.high for found in draws]) > 0.93


def test_an_area_can_hide_what_few_false_alarms_show():
    """One attack knows 5% of the members for sure and nothing of the others; one knows a little of all."""
    rng = np.random.default_rng(3)
    sure = membership(np.append(rng.normal(0, 1, 950), np.full(50, 99.0)), rng.normal(0, 1, 1000))
    little = membership(rng.normal(0.4, 1, 1000), rng.normal(0, 1, 1000))
    assert sure.auc < little.auc and sure.found.low > little.found.value


def test_perfect_useless_and_equal_scores():
    assert membership(np.arange(100) + 100, np.arange(100)).found.value == 1
    same = membership(np.ones(100), np.ones(100))
    assert same.auc == 0.5 and same.found.value == 0
    assert membership(np.arange(100), np.arange(100) + 100).auc == 0
    assert membership([1.0], np.append(np.zeros(99), np.inf)).found.value == 1  # one of 100 may be taken


def test_it_shows_itself():
    found = membership(np.arange(200) + 30.0, np.arange(200.0), at=0.02)
    assert "members found at 2.0% false alarms" in str(found) and "0.020" in found._repr_html_()
    assert set(json.loads(found.to_json())) == {"auc", "found", "at"}


def test_confidence_is_the_logit_of_the_probability_and_the_attack_orders_by_the_loss():
    data = toy_set()
    chances = np.exp(log_softmax(data.train.x["a"].astype(float), axis=1))[np.arange(60), data.train.y]
    np.testing.assert_allclose(logit_confidence(Reader("a"), data.train), np.log(chances / (1 - chances)), atol=1e-6)
    by_hand = []
    for part in (data.train, data.test.take(np.arange(60) % 50)):
        said = log_softmax(part.x["a"].astype(float), axis=1)
        by_hand.append(said[np.arange(len(part)), part.y])
    found = loss_attack(Reader("a"), data.train, data.test.take(np.arange(60) % 50), at=0.1)
    assert found.auc == pytest.approx(membership(*by_hand, at=0.1).auc, abs=1e-4)


def test_confidence_stays_exact_where_a_probability_is_one():
    logits = np.array([[60.0, 0.0, 0.0], [0.0, 60.0, 0.0], [800.0, 0.0, 0.0]], "float32")
    part = mm.Split({"a": logits}, np.array([0, 0, 0]))
    expected = [60 - np.log(2), -60 - np.log1p(np.exp(-60)), 800 - np.log(2)]
    np.testing.assert_allclose(logit_confidence(Reader("a"), part), expected)


def by_loops(target, shadows, inside):
    """The ratio sample by sample, with SciPy's densities and variances pooled by hand."""
    squares, freedom = {True: 0.0, False: 0.0}, {True: 0, False: 0}
    for side in (True, False):
        for j in range(len(target)):
            values = shadows[inside[:, j] == side, j]
            squares[side] += ((values - values.mean()) ** 2).sum()
            freedom[side] += len(values) - 1
    spread = {side: (squares[side] / freedom[side]) ** 0.5 for side in squares}
    ratios = []
    for j in range(len(target)):
        one, none = (
            norm.logpdf(target[j], shadows[inside[:, j] == side, j].mean(), spread[side]) for side in (True, False)
        )
        ratios.append(one - none)
    return ratios


def world(samples=300, models=9, seed=0):
    """Samples are easy or hard, models vary, to have seen a sample helps by one: more than half hidden by ease."""
    rng = np.random.default_rng(seed)
    inside = rng.permuted(np.arange(models)[:, None] < np.full(samples, models // 2), axis=0)
    easy, member = rng.normal(0, 3, samples), np.arange(samples) < samples // 2
    shadows = easy + inside + rng.normal(0, 0.7, (models, samples))
    return easy + member + rng.normal(0, 0.7, samples), shadows, inside, member


def test_the_ratio_is_that_of_the_densities():
    target, shadows, inside, _ = world()
    np.testing.assert_allclose(likelihood_ratio(target, shadows, inside), by_loops(target, shadows, inside), atol=1e-9)
    slices = likelihood_ratio(target, np.asfortranarray(shadows).astype("float32"), inside)
    np.testing.assert_allclose(slices, by_loops(target, shadows, inside), atol=1e-3)


def test_the_ratio_finds_what_a_threshold_cannot():
    target, shadows, inside, member = world(4000, 16)
    ratio = likelihood_ratio(target, shadows, inside)
    strong, weak = (membership(score[member], score[~member]) for score in (ratio, target))
    # with means and variances known, the attack is Neyman and Pearson's on two Gaussians 1 apart, spread 0.7
    best = norm.cdf(1 / 0.7 / 2**0.5)
    assert weak.auc < 0.65 and best - 0.05 < strong.auc < best + 0.02
    assert strong.found.low > 2 * weak.found.high


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: membership([0.1, np.nan], np.ones(100)), "a number for each of the members.*NaN"),
        (lambda: membership(np.ones(5), np.ones((100, 1))), r"each of the others, \(N,\); got \(100, 1\)"),
        (lambda: membership([], np.ones(100)), "each of the members"),
        (lambda: membership(np.ones(5, bool), np.ones(100)), "got \\(5,\\) bool"),
        (lambda: membership(["a"], np.ones(100)), "a number for each"),
        (lambda: membership(np.ones(5), np.ones(99)), "at least 1 / at others; got 0.01, 99"),
        (lambda: membership(np.ones(5), np.ones(99), at=0.0), "between 0 and 1"),
        (lambda: membership(np.ones(5), np.ones(99), at=1.0), "between 0 and 1"),
        (lambda: likelihood_ratio(np.ones(3), np.ones((4, 2)), np.ones((4, 2), bool)), r"got \(3,\), \(4, 2\)"),
        (lambda: likelihood_ratio(np.ones(2), np.ones((4, 2)), np.ones((4, 2))), "float64"),
        (lambda: likelihood_ratio([1, np.inf], np.ones((4, 2)), np.ones((4, 2), bool)), "NaN or infinity"),
        (lambda: likelihood_ratio(np.ones(2), np.ones((4, 2)), np.ones((4, 2), bool)), "one that had not"),
        (lambda: likelihood_ratio(np.ones(2), np.ones((0, 2)), np.ones((0, 2), bool)), "one that had not"),
        (lambda: likelihood_ratio(np.ones(2), np.ones((2, 2)), np.eye(2, dtype=bool)), "tell no variance"),
        (lambda: likelihood_ratio(np.ones(2), np.ones((4, 2)), np.tile(np.eye(2, dtype=bool), (2, 1))), "the same"),
        (
            lambda: logit_confidence(Reader("a"), mm.Split({"a": np.ones((2, 2))}, np.array([0, 2]))),
            "a column for each label, two or more; got 2 for labels 0 to 2",
        ),
        (
            lambda: logit_confidence(Reader("a"), mm.Split({"a": np.ones((2, 1))}, np.array([0, 0]))),
            "two or more|each class needs a column",
        ),
    ],
)
def test_bad_input_gets_one_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
