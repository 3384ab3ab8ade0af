"""Sets made from sets: tokens, noise, missing modalities, imbalance. The methods of `Multimodal` call these."""

import hashlib
from dataclasses import replace

import numpy as np

from . import corrupt
from .multimodal import SPLITS, Multimodal, Split
from .text import Vocabulary, split_words


def with_tokens(data: Multimodal, modality: str, length: int | None) -> Multimodal:
    """See `Multimodal.with_tokens`."""
    if data.modalities[modality].dtype != "str":
        raise ValueError(f"{data.name}: {modality!r} is {data.modalities[modality].dtype}, not text")
    texts = data.train.x[modality]
    vocabulary = Vocabulary.fit(texts)
    length = length or max(1, *(len(split_words(text)) for text in texts))
    spec = replace(data.modalities[modality], shape=(length,), dtype="int32", unit="word id", words=vocabulary.words)

    def encode(split: Split) -> Split:
        return replace(split, x={**split.x, modality: vocabulary.encode(split.x[modality], length)})

    return data.map_splits(encode, modalities={**data.modalities, modality: spec})


def with_noise(data: Multimodal, modality: str, snr_db: float, seed: int) -> Multimodal:
    """See `Multimodal.with_noise`."""
    sound = data.modalities[modality].rate

    def worsen(split: Split, seed: int) -> Split:
        noisy = corrupt.noise(split.x[modality], snr_db, seed)
        if sound:
            noisy = noisy / np.maximum(1, np.abs(noisy).max(axis=1, keepdims=True))
        return replace(split, x={**split.x, modality: noisy})

    return _each(data, worsen, seed)


def with_missing(data: Multimodal, rate: float | dict[str, float], seed: int) -> Multimodal:
    """See `Multimodal.with_missing`."""
    rates = rate if isinstance(rate, dict) else dict.fromkeys(data.modalities, rate)
    unknown = [name for name in rates if name not in data.modalities]
    if unknown:
        raise ValueError(f"{data.name} has the modalities {', '.join(data.modalities)}; got {', '.join(unknown)}")

    def remove(split: Split, seed: int) -> Split:
        present = corrupt.draw_present(len(split), [rates.get(name, 0) for name in data.modalities], seed)
        if split.present is not None:
            both = present & split.present
            present = np.where(both.any(axis=1, keepdims=True), both, split.present)
        return blank(replace(split, present=present))

    return _each(data, remove, seed)


def with_imbalance(data: Multimodal, ratio: float, seed: int) -> Multimodal:
    """See `Multimodal.with_imbalance`."""
    if not 0 < ratio <= 1:
        raise ValueError(f"the ratio of the rarest class to the most frequent must be in (0, 1], got {ratio}")
    rng = np.random.default_rng(seed)
    _, label, counts = np.unique(data.train.y, return_inverse=True, return_counts=True)
    steps = rng.permutation(len(counts)) / max(1, len(counts) - 1)
    wanted = np.minimum(counts, np.maximum(1, np.round(counts.min() * ratio**steps).astype(int)))
    rows = [rng.permutation(np.flatnonzero(label == c))[:n] for c, n in enumerate(wanted)]
    return replace(data, train=data.train.take(np.sort(np.concatenate(rows))))


def with_label_noise(data: Multimodal, rate: float, seed: int) -> Multimodal:
    """See `Multimodal.with_label_noise`."""
    return replace(data, train=replace(data.train, y=corrupt.flip_labels(data.train.y, rate, seed)))


def fingerprint(data: Multimodal) -> str:
    """See `Multimodal.fingerprint`."""
    digest = hashlib.sha256()
    for name in SPLITS:
        split = data.split(name)
        arrays = {**split.x, "y": split.y, "group": split.group, "present": split.present}
        for key, array in {**arrays, **{f"target {key}": a for key, a in split.targets.items()}}.items():
            if array is not None:
                kind = f"{name} {key} {array.dtype.str.lstrip('<>=|')} {array.shape} "
                digest.update(kind.encode())
                digest.update(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    return digest.hexdigest()


def blank(split: Split) -> Split:
    """The split with zeros, or empty texts, wherever a modality is absent, so that nothing of it leaks."""
    x = {}
    for column, (name, array) in enumerate(split.x.items()):
        x[name] = array.copy()
        x[name][~split.present[:, column]] = "" if array.dtype.kind == "U" else 0
    return replace(split, x=x)


def _each(data: Multimodal, change, seed: int) -> Multimodal:
    """Change every split with a seed of its own. Nobody knows the ceilings of the result."""
    seeds = np.random.SeedSequence(seed).generate_state(len(SPLITS)).tolist()
    parts = {name: change(data.split(name), s) for name, s in zip(SPLITS, seeds, strict=True)}
    return replace(data, **parts, world=None)
