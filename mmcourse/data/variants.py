"""Splits made from splits: tokens, noise, missing modalities, imbalance. The methods of `Multimodal` call these."""

import hashlib
from dataclasses import replace

import numpy as np

from .making import corrupt
from .splits import Split
from .text import Vocabulary, split_words


def fit_vocabulary(texts: np.ndarray, length: int | None) -> tuple[Vocabulary, int]:
    """The vocabulary of training texts (N,), and the length of the longest unless told."""
    return Vocabulary.fit(texts), length or max(1, *(len(split_words(text)) for text in texts))


def with_noise(split: Split, modality: str, snr_db: float, sound: bool, seed: int) -> Split:
    """White noise on one modality at an SNR in dB; sound is scaled back into [-1, 1]."""
    noisy = corrupt.noise(split.x[modality], snr_db, seed)
    if sound:
        noisy = noisy / np.maximum(1, np.abs(noisy).max(axis=1, keepdims=True))
    return replace(split, x={**split.x, modality: noisy})


def with_missing(split: Split, rates: dict[str, float], seed: int) -> Split:
    """Modalities absent at these rates (0 where none is given), besides those that are absent already."""
    present = corrupt.draw_present(len(split), [rates.get(name, 0) for name in split.x], seed)
    if split.present is not None:
        both = present & split.present
        present = np.where(both.any(axis=1, keepdims=True), both, split.present)
    return blank(replace(split, present=present))


def with_imbalance(split: Split, ratio: float, seed: int) -> Split:
    """Fewer and fewer samples per class, in geometric steps; the rarest has `ratio` of the most frequent."""
    if not 0 < ratio <= 1:
        raise ValueError(f"the ratio of the rarest class to the most frequent must be in (0, 1], got {ratio}")
    rng = np.random.default_rng(seed)
    _, label, counts = np.unique(split.y, return_inverse=True, return_counts=True)
    steps = rng.permutation(len(counts)) / max(1, len(counts) - 1)
    wanted = np.minimum(counts, np.maximum(1, np.round(counts.min() * ratio**steps).astype(int)))
    rows = [rng.permutation(np.flatnonzero(label == c))[:n] for c, n in enumerate(wanted)]
    return split.take(np.sort(np.concatenate(rows)))


def with_label_noise(split: Split, rate: float, seed: int) -> Split:
    """A share of the labels wrong."""
    return replace(split, y=corrupt.flip_labels(split.y, rate, seed))


def even_over_classes(split: Split, n: int, seed: int) -> Split:
    """`n` samples, drawn evenly over the classes."""
    rows = np.random.default_rng(seed).permutation(len(split))
    _, label, counts = np.unique(split.y[rows], return_inverse=True, return_counts=True)
    by_class = np.argsort(label, kind="stable")
    turn = np.empty(len(rows), int)  # the how-manieth of its class
    turn[by_class] = np.concatenate([np.arange(count) for count in counts])
    return split.take(rows[np.argsort(turn, kind="stable")[:n]])


def blank(split: Split) -> Split:
    """The split with zeros, or empty texts, wherever a modality is absent, so that nothing of it leaks."""
    if split.present is None:
        return split
    x = {}
    for column, (name, array) in enumerate(split.x.items()):
        x[name] = array.copy()
        x[name][~split.present[:, column]] = "" if array.dtype.kind == "U" else 0
    return replace(split, x=x)


def fingerprint(splits: dict[str, Split]) -> str:
    """SHA-256 over every array of named splits, the same on machines of either byte order."""
    digest = hashlib.sha256()
    for name, split in splits.items():
        arrays = {**split.x, "y": split.y, "group": split.group, "present": split.present}
        for key, array in {**arrays, **{f"target {key}": a for key, a in split.targets.items()}}.items():
            if array is not None:
                kind = f"{name} {key} {array.dtype.str.lstrip('<>=|')} {array.shape} "
                digest.update(kind.encode())
                digest.update(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    return digest.hexdigest()
