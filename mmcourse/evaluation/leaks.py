"""Two leaks that stand in the data, whatever the model: samples in two splits, and presence that tells the label."""

import hashlib

import numpy as np

from ..data import Multimodal, Split
from .pitfalls import SURE, Finding
from .presence import presence_only
from .statistics import p_text, share

FRESH = 0.1  # of the samples: with fewer new ones than this, a score says nothing about new ones


def rows_of(part: Split) -> list[bytes]:
    """A digest of each sample, equal where all its modalities are the same bytes."""
    return [_digest(row) for row in zip(*part.x.values(), strict=True)]


def _digest(row: tuple) -> bytes:
    digest = hashlib.blake2b()
    for x in row:
        content = np.ascontiguousarray(x).tobytes()
        digest.update(len(content).to_bytes(8, "big") + content)  # or "ab", "c" would be "a", "bc"
    return digest.digest()


def repeats(data: Multimodal, split: str, right: np.ndarray) -> list[Finding]:
    """MM008: samples of a split that stand in train too, whole, if the score is better for them.

    `right` (N,) bool: on which the model is right. Equal samples alone are no fault (a small language repeats itself):
    the model must be right more often on them than on others, or there are hardly others.
    """
    if split == "train":
        return []
    part, known = data.split(split), set(rows_of(data.train))
    again = np.array([row in known for row in rows_of(part)])
    if not again.any():
        return []
    figures = {f"{split} samples that stand in train too": share(again, None, SURE)}
    for name, rows in (("right on these", again), ("right on the others", ~again)):
        if rows.any():
            figures[name] = share(right[rows], None if part.group is None else part.group[rows], SURE)
    many, these, *others = figures.values()
    remembers = others and these.low > others[0].high
    if not remembers and 1 - many.low > FRESH:
        return []
    told = f", and it is right on {these.value:.3f} of them, on {others[0].value:.3f} of the others" if others else ""
    sentence = f"{again.sum()} of {len(part)} samples of {split} stand in train too{told}: the score measures memory"
    return [Finding("MM008", sentence, None, figures)]


def presence(data: Multimodal, split: str) -> list[Finding]:
    """MM009: the label, told from nothing but which modalities are there; see `presence_only`."""
    told = presence_only(data, split)
    if told.gain.p >= SURE or told.gain.difference <= 0:
        return []
    sentence = (
        f"which modalities are there tells the label: from that alone {told.score.value:.3f} are right, the majority "
        f"class {told.majority.value:.3f} ({p_text(told.gain.p)})"
    )
    return [Finding("MM009", sentence, None, {"presence alone": told.score, "against the majority class": told.gain})]
