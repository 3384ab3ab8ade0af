"""Intervals that cover and tests that do not cry wolf, measured on data whose truth is known."""

import numpy as np
import pytest
from scipy import stats

from mmcourse.evaluation.statistics import difference, difference_over_seeds, holm, share

SETS = 500
COVERED = (0.93, 0.97)
ALARMS = (0.03, 0.07)


def grouped(rng, groups: int, size: int, correlation: float, p: float) -> tuple[np.ndarray, np.ndarray]:
    """`(right, group)`: groups of unequal size, each with its own accuracy, drawn from a beta distribution."""
    group = np.repeat(np.arange(groups), np.maximum(1, rng.poisson(size, groups)))
    odds = (1 - correlation) / correlation
    own = rng.beta(p * odds, (1 - p) * odds, groups)
    return rng.random(len(group)) < own[group], group


@pytest.mark.parametrize(("n", "p"), [(510, 0.8), (1500, 0.25), (300, 0.9)])
def test_intervals_cover_for_independent_samples(n, p):
    rng = np.random.default_rng(n)
    scores = [share(rng.random(n) < p) for _ in range(SETS)]
    assert COVERED[0] <= np.mean([s.low <= p <= s.high for s in scores]) <= COVERED[1]


@pytest.mark.parametrize(("groups", "size", "correlation"), [(8, 60, 0.05), (20, 25, 0.1), (40, 12, 0.1)])
def test_intervals_cover_for_groups(groups, size, correlation):
    rng = np.random.default_rng(groups)
    scores = [share(*grouped(rng, groups, size, correlation, 0.8)) for _ in range(SETS)]
    assert COVERED[0] <= np.mean([s.low <= 0.8 <= s.high for s in scores]) <= COVERED[1]


def test_without_the_groups_the_interval_would_lie():
    """The test of the test: the same grouped data, taken for independent samples."""
    rng = np.random.default_rng(20)
    scores = [share(grouped(rng, 20, 25, 0.1, 0.8)[0]) for _ in range(SETS)]
    assert np.mean([s.low <= 0.8 <= s.high for s in scores]) < 0.85


@pytest.mark.parametrize(("n", "apart"), [(510, 0.1), (1500, 0.02), (200, 0.2)])
def test_two_equal_models_are_seldom_called_different(n, apart):
    rng = np.random.default_rng([n, 3])
    found = []
    for _ in range(SETS):
        draw = rng.random(n)  # both right, only a, only b, both wrong
        found.append(difference(draw < 0.5 + apart, (draw < 0.5) | ((draw > 0.5 + apart) & (draw < 0.5 + 2 * apart))))
    assert ALARMS[0] <= np.mean([pair.significant for pair in found]) <= ALARMS[1]
    assert COVERED[0] <= np.mean([pair.low <= 0 <= pair.high for pair in found]) <= COVERED[1]


def test_two_equal_models_on_groups_are_seldom_called_different():
    rng = np.random.default_rng(4)
    found = []
    for _ in range(SETS):
        a, group = grouped(rng, 20, 25, 0.1, 0.8)
        own = rng.beta(0.8 * 9, 0.2 * 9, 20)
        found.append(difference(a, rng.random(len(group)) < own[group], group).significant)
    assert ALARMS[0] <= np.mean(found) <= ALARMS[1]


@pytest.mark.parametrize("seeds_vary", [0.05, 0.15, 0.4])
def test_two_equal_methods_are_seldom_called_different_over_seeds(seeds_vary):
    """Difficulty of a sample and luck of a seed are both in logits; the methods differ in nothing."""
    rng = np.random.default_rng(5)
    found = []
    for _ in range(2 * SETS):
        difficulty = rng.normal(1.2, 1.5, 510)
        a, b = (
            rng.random((3, 510)) < 1 / (1 + np.exp(-difficulty - seeds_vary * rng.normal(size=(3, 1)))) for _ in "ab"
        )
        found.append(difference_over_seeds(a, b).significant)
    assert ALARMS[0] <= np.mean(found) <= ALARMS[1]


def test_a_real_difference_over_seeds_is_found():
    rng = np.random.default_rng(6)
    a, b = rng.random((3, 510)) < 0.9, rng.random((3, 510)) < 0.7
    pair = difference_over_seeds(a, b)
    assert pair.significant and pair.difference == pytest.approx(a.mean() - b.mean())
    assert difference_over_seeds(b, a).difference == -pair.difference
    assert difference_over_seeds(b, a).p == pytest.approx(pair.p)


def test_the_limits_of_many_seeds_are_known_tests():
    """Seeds that agree to the sample leave the t-test over samples; samples that agree leave that over seeds."""
    rng = np.random.default_rng(7)
    one, other = rng.random(200) < 0.8, rng.random(200) < 0.6
    pair = difference_over_seeds(np.stack([one] * 3), np.stack([other] * 3))
    assert pair.p == pytest.approx(stats.ttest_rel(one.astype(float), other.astype(float)).pvalue)
    lucky, others = (np.array([[first], [True], [False]]) & np.ones(200, bool) for first in (True, False))
    welch = stats.ttest_ind([1.0, 1.0, 0.0], [0.0, 1.0, 0.0], equal_var=False)
    assert difference_over_seeds(lucky, others).p == pytest.approx(welch.pvalue)


def test_the_paired_test_lies_between_mcnemars_and_its_mid_p():
    a, b = np.repeat([True, False], [12, 4]), np.repeat([False, True], [12, 4])
    exact = stats.binomtest(4, 16).pvalue
    assert difference(a, b).p == pytest.approx(exact - stats.binom.pmf(4, 16, 0.5))
    assert difference(a, a).p == 1 and difference(a, a).difference == 0


def test_groups_of_one_are_independent_samples():
    right = np.random.default_rng(8).random(400) < 0.8
    one, alone = share(right, np.arange(400)), share(right)
    assert (one.low, one.high) == (pytest.approx(alone.low, abs=1e-3), pytest.approx(alone.high, abs=1e-3))


def test_one_group_says_nothing_about_others():
    score = share(np.ones(50, bool), np.zeros(50))
    assert (score.value, score.low, score.high, score.groups) == (1, 0, 1, 1)
    assert difference(np.ones(50, bool), np.zeros(50, bool), np.zeros(50)).p == 1


def test_the_shares_zero_and_one_keep_an_interval():
    for right in (np.zeros(40, bool), np.ones(40, bool)):
        for group in (None, np.arange(40) % 5):
            score = share(right, group)
            assert 0 <= score.low <= score.value <= score.high <= 1 and score.high - score.low > 0.05


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1, 1]) and len(holm([])) == 0
