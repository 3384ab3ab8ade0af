"""One type for every set of the course: named arrays in three splits. Taught in lesson 00."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np

from . import variants
from .information import Information
from .mapping import map_rows, on_batches
from .show import draw_samples
from .splits import SPLITS, Spec, Split, check_split
from .symbols import World


@dataclass(frozen=True)
class Multimodal:
    """A data set of several modalities: `train`, `val` and `test`, disjoint in samples and in groups.

    `world` is the process that made the labels, where it is known; it knows the ceilings.
    `problems` says what was wrong with which row of a reader's own data.

    Every method that changes something returns a new set. Errors are `ValueError`s that say what was expected and what
    came. Selection is made on `val`; `test` is for the last look.

    >>> data = load("digits")
    >>> list(data.modalities), len(data.train)
    (['image', 'audio'], 1029)
    """

    name: str
    modalities: dict[str, Spec]
    train: Split
    val: Split
    test: Split
    card: str = ""
    classes: tuple[str, ...] | None = None
    world: World | None = field(default=None, repr=False)
    problems: tuple[object, ...] = ()  # each prints as a sentence

    def __post_init__(self) -> None:
        groups: dict[object, str] = {}
        for name in SPLITS:
            split = getattr(self, name)
            check_split(self.name, name, split, self.modalities)
            for group in [] if split.group is None else np.unique(split.group).tolist():
                if groups.setdefault(group, name) != name:
                    raise ValueError(
                        f"{self.name}: group {group!r} is in both {groups[group]!r} and {name!r}; a writer, speaker or "
                        "template belongs to one split only, else the score measures memory (MM008). Split by group."
                    )

    def split(self, name: str) -> Split:
        """The split called `name`: "train", "val" or "test"."""
        if name not in SPLITS:
            raise ValueError(f"{self.name} has the splits train, val and test; got {name!r}")
        return getattr(self, name)

    def majority(self) -> int:
        """The class that is most frequent in `train`."""
        values, counts = np.unique(self.train.y, return_counts=True)
        return values[counts.argmax()].item()

    def baseline(self) -> float:
        """Test accuracy of always answering `majority`."""
        return float(np.mean(self.test.y == self.majority()))

    def ceiling(self, *modalities: str) -> float | None:
        """Best accuracy any model can reach from these modalities (default: all), or None where nobody knows."""
        self.check_names(modalities)
        return self.world.ceiling(*(modalities or self.modalities)) if self.world else None

    def information(self, *modalities: str) -> Information | None:
        """Bits about the label in two modalities: shared, each alone, only together; None where nobody knows."""
        self.check_names(modalities)
        return self.world.information(*(modalities or self.modalities)) if self.world else None

    def with_only(self, *modalities: str) -> "Multimodal":
        """The set with just these modalities, in the set's own order."""
        self.check_names(modalities)
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
        return replace(self, train=variants.even_over_classes(self.train, n, seed))

    def map(self, functions: dict[str, Callable], progress: bool = True) -> "Multimodal":
        """The set with f(x) in place of a modality's samples x: `data.map({"image": encoder})`. Lesson 17.

        Each function takes a batch (B, ...), of 256 or fewer, and gives an array (B, ...): a Keras layer or model,
        which runs compiled and with `training=False`, or a function of NumPy arrays. Floats come back as float32.
        All else stays: other modalities, labels, groups, targets, `present` (what is absent becomes zeros again), and
        the ceilings, as upper bounds: a function can only lose. `progress` shows a bar for what takes over five
        seconds.
        """
        self.check_names(functions)
        specs, parts = dict(self.modalities), {name: self.split(name) for name in SPLITS}
        for modality, function in functions.items():
            call = on_batches(function, self.modalities[modality])
            for name, split in parts.items():
                mapped = map_rows(call, split.x[modality], f"{modality} of {self.name}, {name}", progress)
                parts[name] = replace(split, x={**split.x, modality: mapped})
            new = parts["train"].x[modality]
            dtype = "str" if new.dtype.kind == "U" else new.dtype.name
            specs[modality] = Spec(new.shape[1:], dtype, "feature", f"{self.modalities[modality].description}, mapped")
        return replace(self, modalities=specs, **{name: variants.blank(part) for name, part in parts.items()})

    def with_tokens(self, modality: str = "text", length: int | None = None) -> "Multimodal":
        """The set with a text as (length,) int32 word ids, 0 behind the end, by the vocabulary of `train`.

        `length` is that of the longest training text unless told. The words stand in the modality's `Spec.words`.
        """
        self.check_names([modality])
        spec = self.modalities[modality]
        if spec.dtype != "str":
            raise ValueError(f"{self.name}: {modality!r} is {spec.dtype}, not text")
        vocabulary, length = variants.fit_vocabulary(self.train.x[modality], length)
        spec = replace(spec, shape=(length,), dtype="int32", unit="word id", words=vocabulary.words)

        def encode(split: Split) -> Split:
            return replace(split, x={**split.x, modality: vocabulary.encode(split.x[modality], length)})

        return self.map_splits(encode, modalities={**self.modalities, modality: spec})

    def with_noise(self, modality: str, snr_db: float, seed: int = 0) -> "Multimodal":
        """The set with white noise on one modality at an SNR in dB; sound is then scaled back into [-1, 1]."""
        self.check_names([modality])
        sound = self.modalities[modality].rate is not None
        return self._worsened(lambda split, seed: variants.with_noise(split, modality, snr_db, sound, seed), seed)

    def with_missing(self, rate: float | dict[str, float], seed: int = 0) -> "Multimodal":
        """The set with modalities absent at a rate, one for all or modality -> rate; never all of a sample.

        Draws that would leave nothing are drawn again, so with high rates fewer are absent than the rate says.
        """
        rates = rate if isinstance(rate, dict) else dict.fromkeys(self.modalities, rate)
        self.check_names(rates)
        return self._worsened(lambda split, seed: variants.with_missing(split, rates, seed), seed)

    def with_imbalance(self, ratio: float, seed: int = 0) -> "Multimodal":
        """The set with fewer and fewer samples per class in `train`; the rarest has `ratio` of the most frequent."""
        return replace(self, train=variants.with_imbalance(self.train, ratio, seed))

    def with_label_noise(self, rate: float, seed: int = 0) -> "Multimodal":
        """The set with a share of the labels in `train` wrong; val and test stay right."""
        return replace(self, train=variants.with_label_noise(self.train, rate, seed))

    def fingerprint(self) -> str:
        """SHA-256 over every array of every split: equal where, and only where, the samples are the same bytes."""
        return variants.fingerprint({name: self.split(name) for name in SPLITS})

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
        `epoch_order(n, shuffle_seed, epoch)`, a pure function of the two; the first pass is number `epoch`. A shuffled
        pass makes equal batches, and the rows left over sit that epoch out; see `pipeline`, whose rule is also `fit`'s.
        """
        from .pipeline import BatchPlan, dataset

        chosen = self if modalities is None else self.with_only(*modalities)
        part = chosen.split(split)
        unknown = [name for name in targets or () if name not in part.targets]
        if unknown:
            raise ValueError(f"{self.name} has the targets {', '.join(part.targets)}; got {', '.join(unknown)}")
        y = part.y if targets is None else {name: part.targets[name] for name in targets}
        return dataset(BatchPlan(len(part), batch_size, shuffle_seed), (part.batch(), y), count(epoch).__next__)

    def show(self, n: int = 6, split: str = "train", seed: int = 0):
        """A `Figure` of n samples, all modalities: image, spectrogram with a playable clip, caption, film strip."""
        part = self.split(split)
        rows = np.sort(np.random.default_rng(seed).permutation(len(part))[:n])
        return draw_samples(part.take(rows), self.modalities, self.classes, self.name, split)

    def check_names(self, names: Iterable[str]) -> None:
        """Raise a `ValueError` where a name is none of the set's modalities."""
        unknown = [name for name in names if name not in self.modalities]
        if unknown:
            raise ValueError(f"{self.name} has the modalities {', '.join(self.modalities)}; got {', '.join(unknown)}")

    def _worsened(self, change: Callable[[Split, int], Split], seed: int) -> "Multimodal":
        """Every split changed with a seed of its own. Nobody knows the ceilings of the result."""
        seeds = np.random.SeedSequence(seed).generate_state(len(SPLITS)).tolist()
        parts = {name: change(self.split(name), s) for name, s in zip(SPLITS, seeds, strict=True)}
        return replace(self, **parts, world=None)

    def __repr__(self) -> str:
        parts = ", ".join(f"{name} {spec.shape} {spec.dtype}" for name, spec in self.modalities.items())
        return f"Multimodal {self.name!r}: {parts}; train {len(self.train)}, val {len(self.val)}, test {len(self.test)}"
