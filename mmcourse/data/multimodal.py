"""One type for every set of the course: named arrays in three splits. Taught in lesson 00."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from .information import Information
from .symbols import World

SPLITS = ("train", "val", "test")
PRESENT = "present"


@dataclass(frozen=True)
class Spec:
    """What one modality is: the shape and dtype of one sample, its unit, and a sentence. `rate` in Hz for sound.

    `words` are the words of token ids, in order of the ids; id 0 is padding.
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


@dataclass(frozen=True)
class Multimodal:
    """A data set of several modalities: `train`, `val` and `test`, disjoint in samples and in groups.

    `world` is the process that made the labels, where it is known; it knows the ceilings.
    `problems` says what was wrong with which row of a reader's own data.

    Every method that changes something returns a new set. Errors are `ValueError`s that say what was expected and what
    came. Selection is made on `val`; `test` is for the last look.
    """

    name: str
    modalities: dict[str, Spec]
    train: Split
    val: Split
    test: Split
    card: str = ""
    classes: tuple[str, ...] | None = None
    world: World | None = field(default=None, repr=False)
    problems: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        groups: dict[object, str] = {}
        for name in SPLITS:
            split = getattr(self, name)
            _check_split(self.name, name, split, self.modalities)
            for group in [] if split.group is None else np.unique(split.group).tolist():
                if groups.setdefault(group, name) != name:
                    raise ValueError(
                        f"{self.name}: group {group!r} is in both {groups[group]!r} and {name!r}; a writer, speaker or "
                        "template belongs to one split only, else the score measures memory. Split by group."
                    )

    def split(self, name: str) -> Split:
        """The split called `name`: "train", "val" or "test"."""
        if name not in SPLITS:
            raise ValueError(f"{self.name} has the splits train, val and test; got {name!r}")
        return getattr(self, name)

    def baseline(self) -> float:
        """Test accuracy of always answering the class that is most frequent in `train`."""
        values, counts = np.unique(self.train.y, return_counts=True)
        return float(np.mean(self.test.y == values[counts.argmax()]))

    def ceiling(self, *modalities: str) -> float | None:
        """Best accuracy any model can reach from these modalities (default: all), or None where nobody knows."""
        self._check_names(modalities)
        return self.world.ceiling(*(modalities or self.modalities)) if self.world else None

    def information(self, *modalities: str) -> Information | None:
        """Bits about the label in two modalities: shared, each alone, only together; None where nobody knows."""
        self._check_names(modalities)
        return self.world.information(*(modalities or self.modalities)) if self.world else None

    def with_only(self, *modalities: str) -> "Multimodal":
        """The set with just these modalities, in the set's own order."""
        self._check_names(modalities)
        if not modalities:
            raise ValueError(f"with_only needs at least one modality of {', '.join(self.modalities)}")
        kept = [name for name in self.modalities if name in modalities]
        columns = [i for i, name in enumerate(self.modalities) if name in modalities]

        def cut(split: Split) -> Split:
            present = None if split.present is None else split.present[:, columns]
            return replace(split, x={name: split.x[name] for name in kept}, present=present)

        return self.map_splits(cut, modalities={name: self.modalities[name] for name in kept})

    def subset(self, n: int, seed: int = 0) -> "Multimodal":
        """The set with `n` training samples, drawn evenly over the classes; val and test stay whole."""
        if not 0 < n <= len(self.train):
            raise ValueError(f"{self.name}: subset needs 1 to {len(self.train)} training samples, got {n}")
        rng = np.random.default_rng(seed)
        rows = rng.permutation(len(self.train))
        _, label, counts = np.unique(self.train.y[rows], return_inverse=True, return_counts=True)
        by_class = np.argsort(label, kind="stable")
        turn = np.empty(len(rows), int)  # the how-manieth of its class
        turn[by_class] = np.concatenate([np.arange(count) for count in counts])
        return replace(self, train=self.train.take(rows[np.argsort(turn, kind="stable")[:n]]))

    def with_tokens(self, modality: str = "text", length: int | None = None) -> "Multimodal":
        """The set with a text as (length,) int32 word ids, 0 behind the end, by the vocabulary of `train`.

        `length` is that of the longest training text unless told. The words stand in the modality's `Spec.words`.
        """
        self._check_names((modality,))
        return _change().with_tokens(self, modality, length)

    def with_noise(self, modality: str, snr_db: float, seed: int = 0) -> "Multimodal":
        """The set with white noise on one modality at an SNR in dB; sound is then scaled back into [-1, 1]."""
        self._check_names((modality,))
        return _change().with_noise(self, modality, snr_db, seed)

    def with_missing(self, rate: "float | dict[str, float]", seed: int = 0) -> "Multimodal":
        """The set with modalities absent at a rate, one for all or modality -> rate; never all of a sample.

        Draws that would leave nothing are drawn again, so with high rates fewer are absent than the rate says.
        """
        return _change().with_missing(self, rate, seed)

    def with_imbalance(self, ratio: float, seed: int = 0) -> "Multimodal":
        """The set with fewer and fewer samples per class in `train`; the rarest has `ratio` of the most frequent."""
        return _change().with_imbalance(self, ratio, seed)

    def with_label_noise(self, rate: float, seed: int = 0) -> "Multimodal":
        """The set with a share of the labels in `train` wrong; val and test stay right."""
        return _change().with_label_noise(self, rate, seed)

    def fingerprint(self) -> str:
        """SHA-256 over every array of every split: equal where, and only where, the samples are the same bytes."""
        return _change().fingerprint(self)

    def map_splits(self, change: Callable[[Split], Split], **fields) -> "Multimodal":
        """The set with `change` applied to train, val and test alike; other fields replaced by name."""
        return replace(self, **{name: change(getattr(self, name)) for name in SPLITS}, **fields)

    def tf_data(
        self,
        split: str,
        batch_size: int,
        *,
        shuffle_seed: int | None = None,
        modalities: tuple[str, ...] | None = None,
        targets: tuple[str, ...] | None = None,
        epoch: int = 0,
    ):
        """A `tf.data.Dataset` of `({modality: (B, ...)}, (B,))`, with `present` (B, M) where modalities are missing.

        With `targets`, names out of `Split.targets`, the labels are a dict of those instead. Without `shuffle_seed`
        the order is that of the arrays. With it, each pass over the dataset is one epoch, and the order is
        `epoch_order(n, shuffle_seed, epoch)`, a pure function of the two; the first pass is number `epoch`.
        """
        from .pipeline import batches

        chosen = self if modalities is None else self.with_only(*modalities)
        part = chosen.split(split)
        unknown = [name for name in targets or () if name not in part.targets]
        if unknown:
            raise ValueError(f"{self.name} has the targets {', '.join(part.targets)}; got {', '.join(unknown)}")
        y = part.y if targets is None else {name: part.targets[name] for name in targets}
        return batches(part.batch(), y, len(part), batch_size, shuffle_seed, epoch)

    def show(self, n: int = 6, split: str = "train", seed: int = 0):
        """A `Figure` of n samples, all modalities: image, spectrogram with a playable clip, caption, film strip."""
        from .show import show

        return show(self, n, split, seed)

    def _check_names(self, modalities: tuple[str, ...]) -> None:
        unknown = [name for name in modalities if name not in self.modalities]
        if unknown:
            raise ValueError(f"{self.name} has the modalities {', '.join(self.modalities)}; got {', '.join(unknown)}")

    def __repr__(self) -> str:
        parts = ", ".join(f"{name} {spec.shape} {spec.dtype}" for name, spec in self.modalities.items())
        return f"Multimodal {self.name!r}: {parts}; train {len(self.train)}, val {len(self.val)}, test {len(self.test)}"


def _change():
    from . import change  # which needs this module first

    return change


def _check_split(data: str, name: str, split: Split, modalities: dict[str, Spec]) -> None:
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
