"""Shares and differences with their uncertainty, for independent samples and for samples in groups.

Taught in lessons 06 and 13. The methods were chosen by their coverage in `tests/evaluation/test_statistics.py`: a
percentile bootstrap over groups covers 80% with 4 groups and 91% with 20 where it promises 95%, so groups enter by
their design effect instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEVEL = 0.05  # of every test; the intervals are at 1 - LEVEL


@dataclass(frozen=True)
class Score:
    """A share of right answers with its 95% interval; `n` samples, in `groups` groups where they are not independent.

    The interval is Wilson's. With groups it is Wilson's for the effective number of samples, n / design effect, with
    Student's t for the groups (Korn and Graubard, Survey Methodology 1998).

    >>> Score(0.9, low=0.85, high=0.94, n=200)
    0.900 (0.850 to 0.940, n = 200)
    """

    value: float
    low: float
    high: float
    n: int
    groups: int | None = None

    def __repr__(self) -> str:
        groups = "" if self.groups is None else f" in {self.groups} groups"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}, n = {self.n}{groups})"


@dataclass(frozen=True)
class Paired:
    """The difference in accuracy of two models on the same samples, with its 95% interval and two-sided p-value.

    >>> Paired(0.05, low=0.01, high=0.09, p=0.02, n=200).significant
    True
    """

    difference: float
    low: float
    high: float
    p: float
    n: int
    groups: int | None = None

    @property
    def significant(self) -> bool:
        """Whether p is below .05, for this one comparison."""
        return self.p < LEVEL

    def __repr__(self) -> str:
        groups = "" if self.groups is None else f" in {self.groups} groups"
        interval = f"{self.difference:+.3f} ({self.low:+.3f} to {self.high:+.3f}, n = {self.n}{groups})"
        return f"{interval}, {p_text(self.p)}{'' if self.significant else ', not significant'}"


def share(right: np.ndarray, group: np.ndarray | None = None, level: float = LEVEL) -> Score:
    """The share of True in `right` (N,), with `group` (N,) saying which samples belong together. See `Score`.

    The interval is at 1 - `level`, 95% unless told.
    """
    from scipy.stats import norm, t

    right = np.asarray(right, float)
    value, n = float(right.mean()), len(right)
    if group is None:
        return Score(value, *_wilson(value, n, norm.ppf(1 - level / 2)), n)
    variance, groups = _variance_of_mean(right, group)
    if groups < 2:
        return Score(value, 0.0, 1.0, n, groups)  # one group says nothing about other groups
    effective = min(n, value * (1 - value) / variance) if variance > 0 else groups
    return Score(value, *_wilson(value, effective, t.ppf(1 - level / 2, groups - 1)), n, groups)


def difference(a: np.ndarray, b: np.ndarray, group: np.ndarray | None = None) -> Paired:
    """Whether a is right more often than b; `a` and `b` (N,) bool for the same samples.

    Independent samples: McNemar's test, mid-p version (Fagerland, Lydersen and Laake, BMC Med. Res. Methodol. 2013).
    With groups: Student's t on the sums of the groups, G - 1 degrees of freedom. The interval is that of t for both.
    """
    from scipy.stats import binom, t

    a, b = np.asarray(a, bool), np.asarray(b, bool)
    change = a.astype(float) - b
    value, n = float(change.mean()), len(change)
    variance, groups = _variance_of_mean(change, np.arange(n) if group is None else group)
    if groups < 2:
        return Paired(value, -1.0, 1.0, 1.0, n, None if group is None else groups)
    half = float(t.ppf(1 - LEVEL / 2, groups - 1) * np.sqrt(variance))
    if group is None:
        gained, lost = int(np.sum(a & ~b)), int(np.sum(b & ~a))
        fewer, both = min(gained, lost), gained + lost
        p = min(1.0, 2 * binom.cdf(fewer, both, 0.5) - binom.pmf(fewer, both, 0.5)) if both else 1.0
    else:
        p = 2 * t.sf(abs(value) / np.sqrt(variance), groups - 1) if variance > 0 else float(value == 0)
    return Paired(value, value - half, value + half, float(p), n, None if group is None else groups)


def difference_over_seeds(a: np.ndarray, b: np.ndarray, group: np.ndarray | None = None) -> Paired:
    """As `difference`, for two methods trained with S seeds: `a` and `b` (S, N) bool, row s from seed s.

    It asks whether new seeds *and* new samples would show the difference; to test over samples only calls a tenth to
    a half of all equal methods different, depending on how far seeds vary. The squared half-width is the sum of those
    over samples (paired; Student's t, N - 1) and over seeds (not paired; t with Welch's degrees of freedom), as in
    MOVER (Zou and Donner, Statist. Med. 2008); what both count, the residual, is taken off the first. One seed says
    nothing about seeds; then this is `difference`. Two seeds say little.
    """
    from scipy.optimize import brentq
    from scipy.stats import t

    a, b = np.asarray(a, float), np.asarray(b, float)
    if len(a) == 1:
        return difference(a[0], b[0], group)
    seeds, n = a.shape
    value = float(a.mean() - b.mean())
    of_samples, groups = _variance_of_mean((a - b).mean(axis=0), np.arange(n) if group is None else group)
    named = None if group is None else groups
    if groups < 2:
        return Paired(value, -1.0, 1.0, 1.0, n, named)
    of_samples = max(0.0, of_samples - _residual(a) - _residual(b))
    each = np.array([scores.mean(axis=1).var(ddof=1) / seeds for scores in (a, b)])
    of_seeds = float(each.sum())
    freedom = (seeds - 1) * of_seeds**2 / np.sum(each**2) if of_seeds else 1.0

    def half(log_p: float) -> float:
        p = np.exp(log_p)
        return float(np.sqrt(of_samples * t.isf(p / 2, groups - 1) ** 2 + of_seeds * t.isf(p / 2, freedom) ** 2))

    width, smallest, largest = half(np.log(LEVEL)), np.log(1e-12), -1e-12
    if abs(value) <= half(largest) or abs(value) >= half(smallest):
        p = 1.0 if abs(value) <= half(largest) else 1e-12
    else:
        p = float(np.exp(brentq(lambda log_p: half(log_p) - abs(value), smallest, largest)))
    return Paired(value, value - width, value + width, p, n, named)


def _residual(right: np.ndarray) -> float:
    """What is left of the variance of the mean of (S, N) when seeds and samples have been taken out."""
    seeds, n = right.shape
    rest = right - right.mean(axis=0) - right.mean(axis=1, keepdims=True) + right.mean()
    return float((rest**2).sum() / ((seeds - 1) * (n - 1)) / (seeds * n))


def holm(p: Sequence[float]) -> np.ndarray:
    """p-values corrected for their number (Holm, Scand. J. Statist. 1979): below .05 they are significant together."""
    p = np.asarray(p, float)
    order = np.argsort(p)
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return corrected


def p_text(p: float) -> str:
    """A p-value in words, without digits it does not deserve."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _wilson(value: float, n: float, z: float) -> tuple[float, float]:
    """(centre ± half) of Wilson, J. Am. Stat. Assoc. 1927, for a number of samples that need not be whole."""
    scale = 1 + z * z / n
    centre = (value + z * z / (2 * n)) / scale
    half = z / scale * np.sqrt(value * (1 - value) / n + z * z / (4 * n * n))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def _variance_of_mean(values: np.ndarray, group: np.ndarray) -> tuple[float, int]:
    """Variance of the mean of `values` when whole groups are drawn (linearised ratio), and the number of groups."""
    _, index, sizes = np.unique(group, return_inverse=True, return_counts=True)
    groups = len(sizes)
    if groups < 2:
        return float("nan"), groups
    residuals = np.bincount(index, values) - values.mean() * sizes
    return float(groups / (groups - 1) * np.sum(residuals**2) / len(values) ** 2), groups
