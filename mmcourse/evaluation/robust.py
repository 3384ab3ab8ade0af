"""Accuracy against the noise on one modality, and the area under that curve. Taught in lesson 20."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..data import Multimodal
from .scores import Score, accuracy
from .tables import Shown


@dataclass(frozen=True, repr=False)
class Robustness(Shown):
    """`scores`: one for each of `snrs` (dB, ascending). `area`: the mean of the curve over its range, 0 to 1.

    `as_is`: without added noise. `baseline`: the majority class, which a model that is lost should not fall below.

    >>> robustness(model, data, "image", snrs=[-20, 0, 20]).snrs
    (-20.0, 0.0, 20.0)
    """

    data: str
    modality: str
    snrs: tuple[float, ...]
    scores: tuple[Score, ...]
    area: float
    as_is: Score
    baseline: float

    @property
    def accuracy(self) -> list[float]:
        """The values of the curve."""
        return [score.value for score in self.scores]

    def title(self) -> str:
        return f"{self.data}: noise on {self.modality}, area under the curve {self.area:.3f}"

    def table(self) -> tuple[list[str], list[list[str]]]:
        rows = [[f"{snr:g} dB", s] for snr, s in zip(self.snrs, self.scores, strict=True)] + [["as it is", self.as_is]]
        cells = [[name, f"{s.value:.3f}", f"{s.low:.3f} to {s.high:.3f}"] for name, s in rows]
        return ["SNR", "accuracy", "95% interval"], [*cells, ["majority class", f"{self.baseline:.3f}", ""]]


def robustness(model, data: Multimodal, modality: str, snrs: Sequence[float], seed: int = 0) -> Robustness:
    """Test accuracy with white noise on one modality, at each signal-to-noise ratio in dB.

    The noise comes on top of what the data has. The area is by the trapezoidal rule over dB, divided by the range of
    dB. Raises `ValueError` for a modality that is not of floats or uint8, and for fewer than two different ratios.
    Taught in lesson 20.

    >>> found = robustness(model, data, "image", snrs=[-20, 0, 20])
    >>> found.scores[0].value < found.as_is.value  # in noise of ten times its size the image misleads
    True
    """
    snrs = sorted(set(map(float, snrs)))
    if len(snrs) < 2:
        raise ValueError(f"a curve needs two signal-to-noise ratios or more, got {snrs}")
    small = replace(data, train=data.train.take(np.arange(1)), val=data.val.take(np.arange(1)))  # only test is asked
    scores = [accuracy(model, small.with_noise(modality, snr, seed)) for snr in snrs]
    area = np.trapezoid([score.value for score in scores], snrs) / (snrs[-1] - snrs[0])
    return Robustness(
        data.name, modality, tuple(snrs), tuple(scores), float(area), accuracy(model, data), data.baseline()
    )
