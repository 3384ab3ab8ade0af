"""Accuracy with its uncertainty; and what is left of it when a modality is shuffled or dropped. Taught in lesson 06."""

from dataclasses import dataclass, replace

import numpy as np

from ..data import Multimodal, Split


@dataclass(frozen=True)
class Score:
    """An accuracy with the 95% Wilson interval for `n` distinct samples."""

    value: float
    low: float
    high: float
    n: int

    def __repr__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}, n = {self.n})"


def accuracy(model, data: Multimodal, split: str = "test") -> Score:
    """The share of right answers of a Keras classifier (logits or probabilities, (N, classes)) on a split.

    The interval is Wilson's, for a binomial share: it speaks of new samples from the same source, not of new seeds.
    """
    return _score(model, data.split(split))


def shuffled(model, data: Multimodal, modality: str, seed: int = 0, split: str = "test") -> Score:
    """Accuracy when one modality comes from other samples. A model that does not use the modality loses nothing."""
    _check(data, modality)
    part = data.split(split)
    rows = np.random.default_rng(seed).permutation(len(part))
    present = part.present
    if present is not None:  # the mask travels with the modality it speaks of
        column = list(data.modalities).index(modality)
        present = present.copy()
        present[:, column] = present[rows, column]
    return _score(model, replace(part, x={**part.x, modality: part.x[modality][rows]}, present=present))


def dropped(model, data: Multimodal, modality: str, split: str = "test") -> Score:
    """Accuracy when every sample shows the mean of `train` in place of one modality, so that it says nothing.

    This works with every model. A model built with `allow_missing=True` can also be asked with the modality absent, by
    not passing it to `predict`; the two are not the same question.
    """
    _check(data, modality)
    part = data.split(split)
    mean = data.train.x[modality].mean(axis=0, dtype=np.float64).astype(part.x[modality].dtype)
    return _score(model, replace(part, x={**part.x, modality: np.broadcast_to(mean, part.x[modality].shape)}))


def _check(data: Multimodal, modality: str) -> None:
    if modality not in data.modalities:
        raise ValueError(f"{data.name} has the modalities {', '.join(data.modalities)}; got {modality!r}")


def _score(model, part: Split) -> Score:
    from scipy.stats import binomtest

    answers = np.asarray(model.predict(part.batch(), batch_size=256, verbose=0)).argmax(axis=-1)
    right = int(np.sum(answers == part.y))
    interval = binomtest(right, len(part)).proportion_ci(method="wilson")
    return Score(right / len(part), float(interval.low), float(interval.high), len(part))
