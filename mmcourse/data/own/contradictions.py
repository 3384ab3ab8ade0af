"""Samples that are the same in all they have and differ in their label: at least one of these labels is wrong."""

from collections.abc import Iterator

import numpy as np

from ..splits import Spec, Split
from .copies import exact, kind_of
from .problems import Problem


def contradictions(specs: dict[str, Spec], whole: Split, rows: np.ndarray) -> Iterator[Problem]:
    """At most one problem: all samples that equal another of another class, wherever they are.

    Sets with a modality of other numbers than pictures and sounds are not asked: few different numbers repeat
    themselves, and a label may well be drawn.
    """
    if not all(kind_of(spec) for spec in specs.values()):
        return
    marks = np.stack([exact(array) for array in whole.x.values()], axis=1)
    _, same = np.unique(marks, axis=0, return_inverse=True)
    same = same.reshape(-1)
    lowest, highest = np.full(len(same), whole.y.max()), np.zeros(len(same), whole.y.dtype)
    np.minimum.at(lowest, same, whole.y)
    np.maximum.at(highest, same, whole.y)
    found = (lowest < highest)[same]
    if found.any():
        what = f"{found.sum()} of the {len(same)} samples are the same as one with another label"
        remedy = "look which label is right, and leave the other out"
        yield Problem("label", "", None, what, remedy, tuple(rows[found].tolist()))
