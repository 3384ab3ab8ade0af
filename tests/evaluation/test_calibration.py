"""Calibration: errors known by construction, a temperature that undoes one."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import log_softmax

import mmcourse as mm
from tests.toys import toy_set

N = 6000


class Said:
    """Says what it was told to, for a split of this size; logits or probabilities."""

    def __init__(self, said: np.ndarray):
        self.said = said

    def predict(self, x, **_):
        return self.said


def coin(sure: float, right: float) -> tuple[Said, mm.Multimodal]:
    """A model that is always as sure as `sure`, and right as often as `right`."""
    data = toy_set(N)
    y = np.where(np.arange(N) < right * N, 0, 1)
    chances = np.tile([sure, 1 - sure, 0.0], (N, 1))
    return Said(chances), data.map_splits(lambda split: replace(split, y=y))


@pytest.mark.parametrize(("sure", "right"), [(0.8, 0.8), (0.9, 0.6), (0.6, 0.9)])
def test_the_error_is_the_gap(sure, right):
    model, data = coin(sure, right)
    assert mm.evaluation.calibration_error(model, data) == pytest.approx(abs(sure - right), abs=1e-9)
    curve = mm.evaluation.reliability(model, data)
    assert (curve.confidence[0], curve.accuracy[0], curve.count.sum()) == pytest.approx((sure, right, N))


def test_gaps_of_both_signs_do_not_cancel_across_bins():
    model, data = coin(0.8, 0.8)
    model.said[: N // 2] = [0.55, 0.45, 0]  # right in all of these, in 0.6 of the others
    assert mm.evaluation.calibration_error(model, data) == pytest.approx((0.45 + 0.2) / 2)
    assert mm.evaluation.calibration_error(model, data, bins=1) == pytest.approx(abs(0.8 - 0.675))


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_the_temperature_undoes_a_factor(factor):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(N, 3)) * 1.5
    cumulated = np.exp(log_softmax(logits, axis=1)).cumsum(axis=1)
    y = (rng.random((N, 1)) > cumulated).sum(axis=1)  # drawn from what the logits say: calibrated
    data = toy_set(N).map_splits(lambda split: replace(split, y=y))
    model = Said(factor * logits)
    layer = mm.evaluation.fit_temperature(model, data)
    assert float(layer.temperature) == pytest.approx(factor, rel=0.08)
    before, after = (mm.evaluation.calibration_error(model, data, scaling=s) for s in (None, layer))
    assert after < 0.03 < before
    chances = Said(np.exp(log_softmax(factor * logits, axis=1)))
    assert float(mm.evaluation.fit_temperature(chances, data).temperature) == pytest.approx(
        float(layer.temperature), rel=1e-3
    )


def test_the_temperature_is_fitted_on_val_alone():
    rng = np.random.default_rng(1)
    data = toy_set()

    class Spied:
        seen = ()

        def predict(self, x, **_):
            self.seen += (x["a"],)
            return rng.normal(size=(len(x["a"]), 3))

    spied = Spied()
    mm.evaluation.fit_temperature(spied, data)
    assert len(spied.seen) == 1 and spied.seen[0] is data.val.x["a"]


def test_no_bins_are_refused():
    with pytest.raises(ValueError, match="needs 1 bin or more, got 0"):
        mm.evaluation.reliability(*coin(0.8, 0.8), bins=0)
