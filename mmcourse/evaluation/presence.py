"""The label from nothing but which modalities are there. Taught in lesson 20."""

from dataclasses import dataclass

import numpy as np

from ..data import Multimodal, Split
from .statistics import Paired, Score, difference, share
from .tables import Shown


@dataclass(frozen=True, repr=False)
class PresenceOnly(Shown):
    """`score`: of the rule that sees the bits of presence alone. `majority`: of the majority class. `gain`: paired.

    >>> found = presence_only(data)  # nothing is missing
    >>> found.score == found.majority, found.gain.difference
    (True, 0.0)
    """

    data: str
    split: str
    score: Score
    majority: Score
    gain: Paired

    def title(self) -> str:
        return f"{self.data}, {self.split}: the label from nothing but which modalities are there"

    def table(self) -> tuple[list[str], list[list[str]]]:
        rows = {"presence alone": self.score, "majority class": self.majority}
        cells = [[name, f"{each.value:.3f}", f"{each.low:.3f} to {each.high:.3f}"] for name, each in rows.items()]
        return ["", "accuracy", "95% interval"], cells

    def below(self) -> list[str]:
        return [f"presence alone against the majority class: {self.gain}"]


def presence_only(data: Multimodal, split: str = "test") -> PresenceOnly:
    """Accuracy of the commonest label in `train` of each pattern of presence (of all, for a pattern not met there).

    It needs no model. Where it beats the majority class a model may learn the gaps in place of what is in the
    modalities (MM009). A split without `present` has all of every sample. Lesson 20.

    >>> presence_only(data.with_missing(0.3)).gain.significant  # at the same rate for every label
    False
    """
    part, train, majority = data.split(split), data.train, data.majority()
    there, known = _present(part), _present(train)
    said = np.full(len(part), majority)
    for pattern in np.unique(there, axis=0):
        labels, counts = np.unique(train.y[(known == pattern).all(axis=1)], return_counts=True)
        if len(labels):
            said[(there == pattern).all(axis=1)] = labels[counts.argmax()]
    rule, always = said == part.y, part.y == majority
    gain = difference(rule, always, part.group)
    return PresenceOnly(data.name, split, share(rule, part.group), share(always, part.group), gain)


def _present(part: Split) -> np.ndarray:
    return np.ones((len(part), len(part.x)), bool) if part.present is None else part.present
