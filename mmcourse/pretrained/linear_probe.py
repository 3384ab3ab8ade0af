"""A linear probe: what one linear layer can tell from frozen features. Taught in lessons 17 and 21."""

from typing import NamedTuple

import numpy as np

from ..data import Multimodal, Split
from .sources import need

STRENGTHS = (1.0, 10.0, 100.0)
NEVER = -1e9  # the logit of a class that train lacks


class Probe(NamedTuple):
    """A linear layer upon features side by side: logits = x W + b; and its accuracy on test.

    `weights` (Σ d, classes) and `biases` (classes,) are what a `Dense` head takes: `head.set_weights(probe[:2])`.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(120) % 3
    >>> data = mm.data.from_arrays({"features": np.eye(3)[y] + 0.1 * rng.normal(size=(120, 3))}, y)
    >>> [part.shape for part in probe(data)[:2]]
    [(3, 3), (3,)]
    """

    weights: np.ndarray
    biases: np.ndarray
    accuracy: float


def probe(data: Multimodal) -> Probe:
    """Multinomial logistic regression on all modalities of a set of features, trained to the end.

    Every modality (N, d) is first divided by one number, so that its vectors in train are of length 1 on average and
    none decides alone; the weights that come back are for the features as they are. The weight decay 1/C is the one of
    three that is best on val (of equals, the strongest). Labels are 0, 1, ... below `len(data.classes)`; a class that
    train lacks is never answered. What the encoder of one modality has learned, in training with the others or alone,
    is `probe(data.with_only("image").map({"image": encoder})).accuracy`.

    Raises `ValueError` for a modality that is not (N, d) numbers, a set without classes, or a train split of one class
    alone, `ImportError` without scikit-learn. Source: Alain and Bengio, 2016, arXiv:1610.01644. Taught in
    lessons 17 and 21.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(120) % 3
    >>> data = mm.data.from_arrays({"features": np.eye(3)[y] + 0.1 * rng.normal(size=(120, 3))}, y)
    >>> probe(data).accuracy
    1.0
    """
    need("sklearn", "probes")
    from sklearn.linear_model import LogisticRegression

    for name, spec in data.modalities.items():
        if len(spec.shape) != 1 or spec.dtype == "str":
            raise ValueError(f"{data.name}: a probe needs features (N, d); {name} is {spec.dtype} {spec.shape}")
    if data.classes is None:
        raise ValueError(f"{data.name}: a probe tells classes apart, and this set has none")
    if len(np.unique(data.train.y)) < 2:
        raise ValueError(f"{data.name}: a probe tells classes apart, and all of train is of one; take more labels")
    lengths = [np.sqrt((x.astype(float) ** 2).sum(axis=1).mean()) or 1.0 for x in data.train.x.values()]
    widths = [x.shape[1] for x in data.train.x.values()]
    scale = np.repeat(lengths, widths)
    train, val, test = (_joined(split) / scale for split in (data.train, data.val, data.test))
    tried = [LogisticRegression(C=c, max_iter=300, tol=1e-3).fit(train, data.train.y) for c in STRENGTHS]
    best = max(tried, key=lambda model: model.score(val, data.val.y))
    coef, intercept = best.coef_, best.intercept_
    if len(best.classes_) == 2:  # of two, scikit-learn keeps the second alone
        coef, intercept = np.vstack([-coef, coef]) / 2, np.hstack([-intercept, intercept]) / 2
    weights = np.zeros((len(scale), len(data.classes)), np.float32)
    biases = np.full(len(data.classes), NEVER, np.float32)
    weights[:, best.classes_], biases[best.classes_] = coef.T / scale[:, None], intercept
    return Probe(weights, biases, float(best.score(test, data.test.y)))


def _joined(split: Split) -> np.ndarray:
    return np.hstack(list(split.x.values()))
