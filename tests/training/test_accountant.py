"""ε against numerical integration, two exact mechanisms, and `dp-accounting` where it is installed."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from mmcourse.training import epsilon
from mmcourse.training.accountant import ORDERS, renyi


@pytest.mark.parametrize("order", [2, 3, 7, 20])
@pytest.mark.parametrize("noise", [0.7, 1.0, 4.0])
@pytest.mark.parametrize("rate", [0.001, 0.1, 0.5, 1.0])
def test_the_divergence_is_its_integral(order, noise, rate):
    """E over N(0, σ²) of (1 - q + q exp((2x - 1) / 2σ²))^α - 1, by quadrature."""

    def integrand(x):
        ratio = 1 - rate + rate * np.exp((2 * x - 1) / (2 * noise**2))
        return np.exp(norm.logpdf(x, scale=noise) + order * np.log(ratio)) - norm.pdf(x, scale=noise)

    edges = np.linspace(-14 * noise, order + 14 * noise, 40)
    total = sum(quad(integrand, a, b, epsabs=0, epsrel=1e-11)[0] for a, b in pairwise(edges))
    assert renyi(order, noise, rate) == pytest.approx(np.log1p(total) / (order - 1), rel=1e-6)


def exact_gaussian(noise, steps, delta):
    """Balle and Wang, 2018, arXiv:1805.06083, theorem 8: many steps on everything are one with less noise."""
    sigma = noise / steps**0.5

    def excess(eps):
        lost = np.exp(eps + norm.logcdf(-1 / (2 * sigma) - eps * sigma))
        return norm.cdf(1 / (2 * sigma) - eps * sigma) - lost - delta

    return brentq(excess, 0, 500)


@pytest.mark.parametrize(("noise", "steps"), [(2, 1), (8, 10), (20, 100), (5, 1), (60, 10)])
@pytest.mark.parametrize("delta", [1e-3, 1e-5])
def test_with_everybody_in_every_batch_it_is_a_close_bound_of_the_exact_gaussian(noise, steps, delta):
    exact = exact_gaussian(noise, steps, delta)
    assert exact <= epsilon(noise, 1.0, steps, delta) <= 1.25 * exact


@pytest.mark.parametrize(("noise", "rate"), [(0.6, 0.1), (1.0, 0.01), (1.0, 0.5), (3.0, 0.2)])
def test_one_step_on_a_sample_keeps_its_promise(noise, rate):
    """δ(ε), the worst over all events and over who is the neighbour of whom, from the two densities on a grid."""
    x, step = np.linspace(-12 * noise, 1 + 12 * noise, 200_001, retstep=True)
    without = norm.pdf(x, 0, noise)
    with_one = (1 - rate) * without + rate * norm.pdf(x, 1, noise)
    for delta in (1e-2, 1e-4, 1e-6):
        e = np.exp(epsilon(noise, rate, 1, delta))
        for p, q in ((without, with_one), (with_one, without)):
            assert np.maximum(p - e * q, 0).sum() * step <= delta


def test_it_is_what_dp_accounting_finds_at_the_same_orders():
    dp = pytest.importorskip("dp_accounting")
    for noise in (0.5, 1.0, 4.0):
        for rate in (0.001, 0.064, 0.5):
            for steps in (1, 100, 5000):
                theirs = dp.rdp.RdpAccountant(ORDERS)
                theirs.compose(dp.PoissonSampledDpEvent(rate, dp.GaussianDpEvent(noise)), steps)
                for delta in (1e-3, 1e-6):
                    assert epsilon(noise, rate, steps, delta) == pytest.approx(theirs.get_epsilon(delta), rel=1e-6)


@pytest.mark.parametrize(("noise", "rate", "steps"), [(1.0, 1 / 8, 480), (4.0, 1 / 8, 480), (4.0, 1.0, 60)])
def test_for_the_settings_of_lesson_25_fractions_of_orders_give_no_more_than_a_hundredth(noise, rate, steps):
    dp = pytest.importorskip("dp_accounting")
    theirs = dp.rdp.RdpAccountant()  # with the orders that it takes by itself
    theirs.compose(dp.PoissonSampledDpEvent(rate, dp.GaussianDpEvent(noise)), steps)
    assert epsilon(noise, rate, steps, 1e-4) == pytest.approx(theirs.get_epsilon(1e-4), abs=0.01)


def test_less_noise_more_steps_more_sampling_and_a_surer_promise_all_cost():
    base = {"noise": 1.0, "rate": 0.1, "steps": 100, "delta": 1e-4}
    for worse in ({"noise": 0.9}, {"rate": 0.11}, {"steps": 101}, {"delta": 1e-5}):
        assert epsilon(**{**base, **worse}) > epsilon(**base)


def test_the_ends_are_what_they_must_be():
    assert epsilon(0, 0.1, 10, 1e-5) == float("inf") == epsilon(1e-200, 0.1, 10, 1e-5)
    assert epsilon(1.0, 0.0, 10, 1e-5) == 0 == epsilon(1.0, 0.1, 0, 1e-5) == epsilon(1e200, 1.0, 10, 1e-5)
    assert epsilon(0, 0.0, 10, 1e-5) == 0  # nobody was looked at
    assert epsilon(1.0, np.float32(0.5), np.int64(3), 1e-5) == epsilon(1, 0.5, 3, 1e-5)
    assert 0 < epsilon(1e3, 1e-6, 10**6, 1e-9) < 1e-1


@pytest.mark.parametrize(
    "wrong",
    [
        {"noise": -1.0}, {"noise": float("nan")}, {"noise": float("inf")}, {"rate": 1.1}, {"rate": -0.1},
        {"rate": float("nan")}, {"steps": -1}, {"steps": 2.5}, {"delta": 0.0}, {"delta": 1.0}, {"delta": float("nan")},
    ],
)  # fmt: skip
def test_bad_input_gets_one_sentence(wrong):
    with pytest.raises(ValueError, match="epsilon takes a finite noise from 0 on, a rate from 0 to 1, a whole number"):
        epsilon(**{"noise": 1.0, "rate": 0.1, "steps": 10, "delta": 1e-5, **wrong})
