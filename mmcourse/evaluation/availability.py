"""Accuracy from every set of modalities that may be there, and over how often they are not. Taught in lesson 20."""

from dataclasses import dataclass

import numpy as np

from ..data import Multimodal
from .statistics import Score, share
from .subsets import HOW, joined, outputs_by_subset, way_of
from .tables import Shown


@dataclass(frozen=True, repr=False)
class Availability(Shown):
    """`scores`: a set of modalities, in the order of the data -> the accuracy from these alone; () is from nothing.

    `ceilings`: the best possible from each set, None where nobody knows. `way`: "masked", "mean" or "zeros".

    >>> found = availability(model, data)
    >>> list(found.scores)
    [(), ('image',), ('text',), ('image', 'text')]
    """

    data: str
    split: str
    way: str
    scores: dict[tuple[str, ...], Score]
    ceilings: dict[tuple[str, ...], float | None]

    def at(self, rate: float) -> float:
        """The expected accuracy where each modality is missing at this rate, by itself, whatever the sample is.

        v(r) = Σ_S r^(M - |S|) (1 - r)^|S| v(S), over all sets S of the M modalities, v(S) the accuracy from them.
        Raises `ValueError` for a rate outside [0, 1].
        """
        if not 0 <= rate <= 1:
            raise ValueError(f"a rate of missing lies in [0, 1], got {rate}")
        most = max(map(len, self.scores))
        return sum(rate ** (most - len(s)) * (1 - rate) ** len(s) * score.value for s, score in self.scores.items())

    @property
    def area(self) -> float:
        """The area under the curve `at(rate)` from 0 to 1, which is exact: the mean over sizes of the mean over sets.

        ∫ r^(M - s) (1 - r)^s dr = 1 / ((M + 1) C(M, s)), the Beta integral, and there are C(M, s) sets of s.
        """
        by_size: dict[int, list[float]] = {}
        for chosen, score in self.scores.items():
            by_size.setdefault(len(chosen), []).append(score.value)
        return float(np.mean([np.mean(values) for values in by_size.values()]))

    def title(self) -> str:
        return f"{self.data}, {self.split}: accuracy from what is there, area over the rate of missing {self.area:.3f}"

    def table(self) -> tuple[list[str], list[list[str]]]:
        rows = [
            [joined(s), f"{x.value:.3f}", f"{x.low:.3f} to {x.high:.3f}", _told(self.ceilings[s])]
            for s, x in self.scores.items()
        ]
        return ["there", "accuracy", "95% interval", "ceiling"], rows

    def below(self) -> list[str]:
        return [f"(not there means: {HOW[self.way]})"]


def availability(model, data: Multimodal, *, fill: str | None = None, split: str = "test") -> Availability:
    """Accuracy with each of the 2^M sets of modalities there and the others not.

    What is not there is absent where the model has `allow_missing=True` (`present` says so; with nothing there the
    answer is the majority class), else every sample shows the mean of `train`, as in `dropped`. These are two
    questions, and there is a third: `fill="zeros"` puts zeros in place of what is missing and says nothing of it.
    `fill="mean"` asks any model by the mean. Where a modality is missing for a reason that the label knows, no curve
    of this kind holds. Raises `ValueError` for more than 6 modalities, another `fill`, and a split that lacks some
    already. Lesson 20.

    >>> found = availability(model, data)
    >>> found.at(0) == found.scores["image", "text"].value
    True
    """
    part = data.split(split)
    said = outputs_by_subset(model, data, part, fill)
    scores = {chosen: share(each.argmax(axis=1) == part.y, part.group) for chosen, each in said.items()}
    ceilings = {chosen: data.ceiling(*chosen) if chosen else None for chosen in said}
    return Availability(data.name, split, way_of(model, fill), scores, ceilings)


def _told(ceiling: float | None) -> str:
    return "" if ceiling is None else f"{ceiling:.3f}"
