"""Is a model as sure as it is right? Reliability, calibration error, and a temperature fitted on val. Lesson 11."""

from dataclasses import dataclass

import numpy as np

from ..data import Multimodal
from .asking import log_chances, outputs
from .tables import Shown


@dataclass(frozen=True, repr=False)
class Reliability(Shown):
    """How often a model is right when it is so sure. One entry for each bin that has samples.

    `confidence` (K,) mean probability of the named class in a bin, `accuracy` (K,) share of right answers there,
    `count` (K,) samples, `error` the calibration error over all bins.

    >>> found = reliability(model, data, bins=5)
    >>> int(found.count.sum()) == len(data.test)
    True
    """

    data: str
    split: str
    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray
    error: float

    def title(self) -> str:
        return f"{self.data}, {self.split}: calibration error {self.error:.3f}"

    def table(self) -> tuple[list[str], list[list[str]]]:
        columns = zip(self.confidence, self.accuracy, self.count, strict=True)
        return ["confidence", "accuracy", "samples"], [[f"{c:.3f}", f"{a:.3f}", str(int(n))] for c, a, n in columns]


def reliability(model, data: Multimodal, bins: int = 15, split: str = "test", scaling=None) -> Reliability:
    """Accuracy against confidence in `bins` equal intervals of (0, 1].

    `scaling`: a layer from logits to log-probabilities, such as `fit_temperature` gives. Outputs that are not
    probabilities are taken for logits. Taught in lesson 11.

    >>> found = reliability(model, data, bins=5)
    >>> found.confidence.shape == found.accuracy.shape
    True
    """
    if bins < 1:
        raise ValueError(f"reliability needs 1 bin or more, got {bins}")
    part = data.split(split)
    logits = log_chances(outputs(model, part))
    chances = np.exp(logits if scaling is None else np.asarray(scaling(logits), float))
    sure, right = chances.max(axis=1), chances.argmax(axis=1) == part.y
    index = np.clip(np.ceil(sure * bins).astype(int) - 1, 0, bins - 1)
    count = np.bincount(index, minlength=bins)
    held = count > 0
    confidence = np.bincount(index, sure, bins)[held] / count[held]
    accuracy = np.bincount(index, right, bins)[held] / count[held]
    error = float(np.sum(count[held] * np.abs(accuracy - confidence)) / len(part))
    return Reliability(data.name, split, confidence, accuracy, count[held], error)


def calibration_error(model, data: Multimodal, bins: int = 15, split: str = "test", scaling=None) -> float:
    """Expected calibration error: Σ_b n_b / N |accuracy_b - confidence_b| over bins b of confidence.

    After Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017. It is never quite
    zero: a perfectly calibrated model with few samples in a bin is off by chance. Taught in lesson 11.

    >>> 0 < calibration_error(model, data) < 1
    True
    """
    return reliability(model, data, bins, split, scaling).error


def fit_temperature(model, data: Multimodal):
    """A `TemperatureScaling` layer with the T > 0 that makes the log-likelihood of `val` largest.

    Call it on logits, or hand it on as `scaling`. It changes how sure a model is, never what it answers. A model that
    is always right on val would become infinitely sure; T stays between 0.01 and 100. Taught in lesson 11.

    >>> scaling = fit_temperature(model, data)
    >>> 0.01 <= float(scaling.temperature) <= 100
    True
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    from ..layers import TemperatureScaling

    logits, y = log_chances(outputs(model, data.val)), data.val.y

    def loss(log_temperature: float) -> float:
        return -log_softmax(logits / np.exp(log_temperature), axis=1)[np.arange(len(y)), y].mean()

    best = minimize_scalar(loss, bounds=(np.log(0.01), np.log(100)), method="bounded", options={"xatol": 1e-6})
    layer = TemperatureScaling()
    layer.build((None, logits.shape[1]))
    layer.set_weights([np.float32(best.x)])
    return layer
