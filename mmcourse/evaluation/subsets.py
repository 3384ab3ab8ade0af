"""Every set of the modalities, and what a model says from each: what lessons 20 and 22 ask."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from ..data import Multimodal, Split
from .asking import may_miss, outputs, outputs_without, with_neutral

MOST = 6  # modalities: 2^6 = 64 passes over the split
HOW = {
    "masked": "it is absent, and the model is told",
    "mean": "every sample shows the train mean",
    "zeros": "every sample shows zeros, or a text without words",
}


def subsets_of(names: Iterable[str]) -> list[tuple[str, ...]]:
    """All 2^M sets of M names, the small ones first, each in the order of the names. Raises `ValueError` above 6."""
    names = tuple(names)
    if len(names) > MOST:
        raise ValueError(f"{len(names)} modalities make {2 ** len(names)} sets; at most {MOST} modalities are exact")
    return [chosen for size in range(len(names) + 1) for chosen in combinations(names, size)]


def joined(names: Sequence[str]) -> str:
    """A set in words."""
    return " + ".join(names) or "nothing"


def way_of(model, fill: str | None) -> str:
    """Which of "masked", "mean" and "zeros" stands for a modality that is not there; `fill` None is the model's own."""
    if fill not in (None, "mean", "zeros"):
        raise ValueError(f'fill must be None, "mean" or "zeros", got {fill!r}')
    return fill or ("masked" if may_miss(model) else "mean")


def outputs_by_subset(
    model, data: Multimodal, part: Split, fill: str | None = None
) -> dict[tuple[str, ...], np.ndarray]:
    """What the model says from each set of modalities, (N, classes); of nothing, masked, how often a class is in train.

    Raises `ValueError` for a split in which modalities are missing already: nobody could give them back.
    """
    if part.present is not None:
        raise ValueError(f"each set of modalities is asked of samples that have them all; {data.name} lacks some")
    way, said = way_of(model, fill), {}
    for chosen in reversed(subsets_of(data.modalities)):
        missing = [name for name in data.modalities if name not in chosen]
        if way == "zeros":
            said[chosen] = outputs(model, _with_zeros(part, missing))
        elif way == "mean":
            said[chosen] = outputs(model, with_neutral(data, part, missing))
        elif chosen:
            said[chosen] = outputs_without(model, data, part, missing)
        else:
            said[chosen] = _frequencies(data, said[tuple(data.modalities)])
    return dict(reversed(said.items()))


def _with_zeros(part: Split, modalities: Iterable[str]) -> Split:
    """The split with zeros for every sample in these modalities, or texts without words."""
    return replace(part, x={**part.x, **{name: np.zeros_like(part.x[name]) for name in modalities}})


def _frequencies(data: Multimodal, like: np.ndarray) -> np.ndarray:
    """How often each class is in `train`, the same for every sample: (N, classes)."""
    counts = np.bincount(data.train.y, minlength=like.shape[1])
    return np.broadcast_to(counts / counts.sum(), (len(like), len(counts)))
