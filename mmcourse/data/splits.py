"""What a modality is and what a split holds: the plain values that all of this room works on. Taught in lesson 00."""

from dataclasses import dataclass, field

import numpy as np

SPLITS = ("train", "val", "test")
PRESENT = "present"


@dataclass(frozen=True)
class Spec:
    """What one modality is: the shape and dtype of one sample, its unit, and a sentence. `rate` in Hz for sound.

    `words` are the words of token ids, in order of the ids; id 0 is padding.

    >>> load("digits").modalities["image"].shape
    (8, 8, 1)
    """

    shape: tuple[int, ...]
    dtype: str
    unit: str
    description: str
    rate: int | None = None
    words: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Split:
    """Arrays of one split, aligned by row.

    `x`: modality -> (N, ...). `y`: (N, ...) labels. `group`: (N,) who made the sample (writer, speaker, template).
    `present`: (N, M) bool where modalities are missing, columns in the order of the modalities; else None.
    `targets`: name -> (N, ...), whatever else is known about a sample: a mask, a box, another label.

    >>> test = load("digits").test
    >>> test.take(np.arange(3)).x["image"].shape
    (3, 8, 8, 1)
    """

    x: dict[str, np.ndarray]
    y: np.ndarray
    group: np.ndarray | None = None
    present: np.ndarray | None = None
    targets: dict[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: np.ndarray) -> "Split":
        """The split made of these rows, in this order."""
        return Split(
            {name: array[rows] for name, array in self.x.items()},
            self.y[rows],
            None if self.group is None else self.group[rows],
            None if self.present is None else self.present[rows],
            {name: array[rows] for name, array in self.targets.items()},
        )

    def batch(self) -> dict[str, np.ndarray]:
        """All inputs as a model takes them: the modalities, and `present` where modalities are missing."""
        return self.x if self.present is None else {**self.x, PRESENT: self.present}


def check_split(data: str, name: str, split: Split, modalities: dict[str, Spec]) -> None:
    """Raise a `ValueError` where a split does not fit the modalities, is empty, ragged, or has NaN in it."""
    where = f"{data}, split {name!r}"
    if list(split.x) != list(modalities):
        raise ValueError(f"{where}: expected the modalities {list(modalities)} in this order, got {list(split.x)}")
    if not len(split):
        raise ValueError(f"{where} is empty; every split needs samples")
    for modality, spec in modalities.items():
        array = split.x[modality]
        if len(array) != len(split):
            raise ValueError(f"{where}: {modality!r} has {len(array)} rows, the labels have {len(split)}")
        if tuple(array.shape[1:]) != tuple(spec.shape):
            raise ValueError(
                f"{where}: {modality!r} has samples of shape {array.shape[1:]}, expected {spec.shape}; are two swapped?"
            )
        if array.dtype == object:
            raise ValueError(f"{where}: {modality!r} is an object array; expected {spec.dtype}. Convert it before use.")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            rows = np.flatnonzero(~np.isfinite(array.reshape(len(array), -1)).all(axis=1))
            raise ValueError(
                f"{where}: {modality!r} has {len(rows)} samples with NaN or infinity, the first in row {rows[0]}"
            )
    more = {"group": split.group, "present": split.present, **split.targets}
    for what, array in more.items():
        if array is not None and len(array) != len(split):
            raise ValueError(f"{where}: {what!r} has {len(array)} rows, the labels have {len(split)}")
