"""Scores: counted by hand, with intervals that cover, and able to say that a modality is ignored."""

from dataclasses import replace

import numpy as np
import pytest

import mmcourse as mm
from tests.toys import Reader, toy_set


def test_accuracy_counts_right_answers():
    data = toy_set()
    assert mm.evaluation.accuracy(Reader("a"), data).value == 1
    y = data.test.y.copy()
    y[:15] = (y[:15] + 1) % 3
    score = mm.evaluation.accuracy(Reader("a"), replace(data, test=replace(data.test, y=y)))
    assert (score.value, score.n) == (45 / 60, 60)


def test_interval_of_independent_samples_is_wilsons_formula():
    data = toy_set()
    data = replace(data, test=replace(data.test, group=None))
    y = data.test.y.copy()
    y[:15] = (y[:15] + 1) % 3
    score = mm.evaluation.accuracy(Reader("a"), replace(data, test=replace(data.test, y=y)))
    p, n, z = 0.75, 60, 1.959963985
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert (score.low, score.high) == (pytest.approx(centre - half), pytest.approx(centre + half))


def test_shuffling_hurts_only_what_is_used():
    data = toy_set()
    assert mm.evaluation.shuffled(Reader("a"), data, "b").value == 1
    assert mm.evaluation.shuffled(Reader("a"), data, "a").value < 0.6
    assert mm.evaluation.dropped(Reader("a"), data, "b").value == 1
    assert mm.evaluation.dropped(Reader("a"), data, "a").value == pytest.approx(1 / 3)


def test_the_mask_travels_with_the_shuffled_modality():
    seen = {}

    class Watcher(Reader):
        def predict(self, x, **_):
            seen.update(x)
            return super().predict(x)

    present = np.ones((60, 2), bool)
    present[::4, 1] = False
    data = toy_set()
    data = replace(data, test=replace(data.test, present=present))
    mm.evaluation.shuffled(Watcher("a"), data, "b", seed=1)
    rows = np.random.default_rng(1).permutation(60)
    assert np.array_equal(seen["present"][:, 1], present[rows, 1]) and seen["present"][:, 0].all()
    assert np.array_equal(seen["b"], data.test.x["b"][rows])


def test_nothing_of_the_data_is_changed():
    data = toy_set()
    kept = data.test.x["a"].copy()
    mm.evaluation.shuffled(Reader("a"), data, "a")
    mm.evaluation.dropped(Reader("a"), data, "a")
    assert np.array_equal(kept, data.test.x["a"])


@pytest.mark.parametrize("ask", [mm.evaluation.shuffled, mm.evaluation.dropped])
def test_unknown_modality_is_refused(ask):
    with pytest.raises(ValueError, match="has the modalities a, b; got 'c'"):
        ask(Reader("a"), toy_set(), "c")
