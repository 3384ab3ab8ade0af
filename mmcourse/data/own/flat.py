"""Samples that can be read and show nothing: pictures of one colour, silent sounds, empty texts."""

from collections.abc import Iterator

import numpy as np

from ..splits import Spec, Split
from .copies import kind_of, there_of
from .problems import Problem

ONE = 0.01  # of the range of all pictures: what varies by less in each channel shows one colour
SILENT = 1e-4  # amplitude; a 16-bit file has steps of 3e-5
SAYS = {"picture": "of one colour only", "sound": "silent", "text": "empty"}


def flat(specs: dict[str, Spec], whole: Split, rows: np.ndarray) -> Iterator[Problem]:
    """One problem for each modality in which some of the samples that are there show nothing."""
    for column, (key, spec) in enumerate(specs.items()):
        if kind := kind_of(spec):
            there = there_of(whole, column)
            found = there & _flat(whole.x[key], kind)
            if count := found.sum():
                what = f"{count} of the {there.sum()} {kind}s {'is' if count == 1 else 'are'} {SAYS[kind]}"
                remedy = "look whether it stands for a file that was lost, and leave it out then"
                yield Problem(kind, key, None, what, remedy, tuple(rows[found].tolist()))


def _flat(array: np.ndarray, kind: str) -> np.ndarray:
    if kind == "text":
        return array == ""
    if kind == "sound":
        return np.ptp(array, axis=1) <= SILENT
    low, high = array.min(axis=(1, 2)).astype(np.float32), array.max(axis=(1, 2)).astype(np.float32)
    return (high - low).max(axis=1) <= ONE * (float(high.max()) - float(low.min()))
