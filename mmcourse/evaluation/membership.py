"""Does a model give away who was in its training set? Attacks on membership, and how many they find. Lesson 25.

An attack gives each sample a score, high for who seems to have been a member. The area under its curve hides leaks: it
is an average over everybody, and an attack that names a few members without error is worse than one that is a little
right about all. So what counts is the share of members found at few false alarms (Carlini et al., 2022,
arXiv:2112.03570).
"""

from dataclasses import dataclass, field

import numpy as np

from ..data import Split
from .asking import as_logits, outputs
from .statistics import LEVEL, Score, share
from .tables import Shown


@dataclass(frozen=True, repr=False)
class Membership(Shown):
    """How well an attack tells members from others.

    `auc`: how often a member scores higher than another, one half for an attack that knows nothing. `found`: the share
    of members found, with its 95% interval, where at most `at` of the others are taken for members; `at` itself is
    chance. `members` (M,) and `others` (N,) are the scores.

    >>> found = membership(np.arange(100) + 5, np.arange(100), at=0.05)
    >>> found.auc, found.found.value
    (0.54875, 0.1)
    """

    auc: float
    found: Score
    at: float
    members: np.ndarray = field(repr=False)
    others: np.ndarray = field(repr=False)

    def title(self) -> str:
        return f"membership of {len(self.members)} members and {len(self.others)} others"

    def table(self) -> tuple[list[str], list[list[str]]]:
        interval = f"{self.found.low:.3f} to {self.found.high:.3f}"
        rows = [
            ["area under the curve", f"{self.auc:.3f}", "", "0.500"],
            [f"members found at {self.at:.1%} false alarms", f"{self.found.value:.3f}", interval, f"{self.at:.3f}"],
        ]
        return ["", "attack", "95% interval", "chance"], rows

    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """The share of others and the share of members at or above each threshold, rising from (0, 0) to (1, 1)."""
        steps = np.unique(np.concatenate([self.members, self.others]))[::-1]
        shares = [_above(scores, steps, "left") / len(scores) for scores in (self.others, self.members)]
        return np.append(0, shares[0]), np.append(0, shares[1])


def membership(members: np.ndarray, others: np.ndarray, at: float = 0.01) -> Membership:
    """What an attack found, from its scores of members (M,) and of others (N,); high means member.

    Others must come from the *same* source as the members, as by a draw: where they do not (other voices, a later
    time), an attack tells the two sources apart without any model (Das, Zhang and Tramèr, 2024, arXiv:2406.16201). To
    see that, score both by a model that has seen neither: its area must be one half.

    The threshold is the lowest that is passed by at most `at` of the others. The interval counts both that these
    members and that these others are a draw: with 500 others, 1% rests on 5 of them. Raises `ValueError` for scores
    that are no (N,) of numbers or NaN, and for fewer others than 1 / `at`. Taught in lesson 25.

    >>> rng = np.random.default_rng(0)
    >>> found = membership(rng.normal(1, 1, 1000), rng.normal(0, 1, 1000))
    >>> 0.74 < found.auc < 0.78, found.found.low < 0.09 < found.found.high  # of these two, 0.760 and 0.092
    (True, True)
    """
    members, others = (_scores(name, given) for name, given in (("members", members), ("others", others)))
    if not 0 < at < 1 or len(others) * at < 1:
        raise ValueError(f"expected false alarms between 0 and 1, and at least 1 / at others; got {at}, {len(others)}")
    below = np.searchsorted(np.sort(others), members, "left") + np.searchsorted(np.sort(others), members, "right")
    return Membership(float(below.mean() / 2 / len(others)), _found(members, others, at), float(at), members, others)


def loss_attack(model, members: Split, others: Split, at: float = 0.01) -> Membership:
    """The simplest attack: on what a model has a small loss, that it has seen. `members` and `others` are splits.

    The score is `logit_confidence`, which orders samples as the loss does. After Yeom et al., 2018, arXiv:1709.01604.
    See `membership` for what others must be. Taught in lesson 25.

    >>> loss_attack(model, data.train, data.test, at=0.05).auc < 0.6  # a model that was never trained
    True
    """
    return membership(logit_confidence(model, members), logit_confidence(model, others), at)


def logit_confidence(model, part: Split) -> np.ndarray:
    """log(p / (1 - p)) of the probability p that a model gives to the label of each sample, (N,) float64.

    Unlike p it is near to normal over models (Carlini et al., 2022, section V). Raises `ValueError` for outputs that
    are not (N, classes), and for labels without a column. Taught in lesson 25.

    >>> logit_confidence(model, data.test).shape == (len(data.test),)
    True
    """
    from scipy.special import logsumexp

    logits = as_logits(outputs(model, part))
    n, classes = logits.shape
    if classes < 2 or part.y.min() < 0 or part.y.max() >= classes:
        raise ValueError(
            f"expected a column for each label, two or more; got {classes} for labels {part.y.min()} to {part.y.max()}"
        )
    label = part.y[:, None] == np.arange(classes)
    return logits[label] - logsumexp(logits[~label].reshape(n, classes - 1), axis=1)


def likelihood_ratio(target: np.ndarray, shadows: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """log N(t; μ_in, σ²_in) - log N(t; μ_out, σ²_out) of each sample, (N,): is it more as if seen, or as if not?

    `target` (N,): `logit_confidence` of the attacked model. `shadows` (S, N): that of S models trained in the same way
    on random halves of such samples, and `inside` (S, N) bool: which had which sample. Each sample has means of its
    own, since some are easy for every model; the two variances, over models, are common to all samples, since few
    models cannot give each its own (Carlini et al., 2022, sections V and VI).

    Raises `ValueError` for other shapes, for what is not finite, and for a sample that no shadow model had or that all
    had. Taught in lesson 25.

    >>> rng = np.random.default_rng(0)
    >>> inside, easy = rng.permuted(np.arange(16)[:, None] < np.full(400, 8), axis=0), rng.normal(0, 3, 400)
    >>> shadows, member = easy + inside + rng.normal(0, 0.5, (16, 400)), np.arange(400) < 200
    >>> target = easy + member + rng.normal(0, 0.5, 400)
    >>> ratio = likelihood_ratio(target, shadows, inside)
    >>> membership(ratio[:200], ratio[200:]).auc > membership(target[:200], target[200:]).auc + 0.1
    True
    """
    target, shadows, inside = np.asarray(target, float), np.asarray(shadows, float), np.asarray(inside)
    expected = target.ndim == 1 and shadows.ndim == 2 and shadows.shape == inside.shape == (len(shadows), len(target))
    if not expected or inside.dtype != bool or not (np.isfinite(target).all() and np.isfinite(shadows).all()):
        raise ValueError(
            "expected target (N,) and shadows (S, N) finite, and inside (S, N) bool; got "
            f"{target.shape}, {shadows.shape} and {inside.shape} {inside.dtype}, or NaN or infinity"
        )
    if not len(shadows) or not (inside.any(axis=0) & ~inside.all(axis=0)).all():
        raise ValueError("each sample needs a shadow model that had it and one that had not; train more, on halves")
    densities = []
    for rows in (inside, ~inside):
        count = rows.sum(axis=0)
        mean = np.where(rows, shadows, 0).sum(axis=0) / count
        freedom = count.sum() - len(target)
        if not freedom:
            raise ValueError("one shadow model with and one without each sample tell no variance; train three or more")
        variance = (np.where(rows, shadows - mean, 0) ** 2).sum() / freedom
        if variance == 0:
            raise ValueError("all shadow models say exactly the same; train them with seeds of their own")
        densities.append(-((target - mean) ** 2) / (2 * variance) - np.log(variance) / 2)
    return densities[0] - densities[1]


def _found(members: np.ndarray, others: np.ndarray, at: float) -> Score:
    """The share of members above the threshold, with an interval for both draws.

    How many others the true threshold leaves above it is binomial, so that it lies between two of them; what share of
    the members these two leave joins Wilson's interval by squares (MOVER: Zou and Donner, Statist. Med. 2008).
    """
    from scipy.stats import binom

    n = len(others)
    few, many = binom.ppf([LEVEL / 2, 1 - LEVEL / 2], n, at).astype(int)
    ranks = np.append(np.sort(others)[::-1], -np.inf)  # at ranks[k] there are k others or fewer above
    value = share(members > ranks[int(n * at + 1e-9)])
    least = np.mean(members > ranks[few - 1]) if few else 0.0  # none above: it may be anywhere
    most = np.mean(members > ranks[many])
    low = value.value - np.hypot(value.value - value.low, value.value - least)
    high = value.value + np.hypot(value.high - value.value, most - value.value)
    return Score(value.value, max(0.0, float(low)), min(1.0, float(high)), len(members))


def _above(scores: np.ndarray, thresholds: np.ndarray, side: str) -> np.ndarray:
    """How many scores lie above each threshold; with the side "left" also those on it."""
    return len(scores) - np.searchsorted(np.sort(scores), thresholds, side)


def _scores(name: str, given: np.ndarray) -> np.ndarray:
    scores = np.asarray(given)
    if scores.ndim != 1 or not scores.size or scores.dtype.kind not in "iuf" or np.isnan(scores).any():
        raise ValueError(f"expected a number for each of the {name}, (N,); got {scores.shape} {scores.dtype}, or NaN")
    return scores.astype(float)
