"""The last step of every loader of own data: checked arrays, split and looked through, as a `Multimodal`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..folds import split_rows
from ..multimodal import Multimodal
from ..splits import PRESENT, SPLITS, Spec, Split
from ..variants import blank
from .absences import absences
from .contradictions import contradictions
from .copies import copies, pictured
from .flat import flat
from .giveaways import giveaways
from .labels import doubts, unseen
from .odd_texts import odd_texts
from .problems import Problem
from .shifts import shifts


@dataclass(frozen=True)
class Samples:
    """All samples of a reader, before they are split: row i of each is sample i.

    `arrays`: modality -> (N, ...). `rows` (N,): how the reader calls each sample, a number or a name. `split` (N,):
    "train", "val" or "test", where the reader has decided that.
    """

    arrays: dict[str, np.ndarray]
    rates: dict[str, int]
    y: np.ndarray
    classes: tuple[str, ...] | None
    groups: np.ndarray | None
    rows: np.ndarray
    present: np.ndarray | None = None
    split: np.ndarray | None = None


def assemble(name: str, samples: Samples, problems: Sequence[Problem], seed: int) -> Multimodal:
    """Split the samples, look for what may be wrong with them, and make a set of them."""
    for key in samples.arrays:
        if not isinstance(key, str) or not key or key == PRESENT or "/" in key:
            raise ValueError(
                f"{key!r} cannot be the name of a modality; choose a word other than {PRESENT!r}, without /"
            )
    specs = {key: _spec(array, samples.rates.get(key)) for key, array in samples.arrays.items()}
    places = _places(name, samples, seed)
    whole = Split(samples.arrays, samples.y, samples.groups, samples.present)
    parts = {key: whole.take(place) for key, place in places.items()}
    if samples.present is not None:
        parts = {key: blank(part) for key, part in parts.items()}
    found = (*problems, *_looked_through(samples, whole, parts, places))
    how = "drawn 3 : 1 : 1" if samples.split is None else "your own splits"
    card = _card(name, f"{len(whole)} samples, {how}", found)
    return Multimodal(name, specs, card=card, classes=samples.classes, problems=found, **parts)


def _places(name: str, samples: Samples, seed: int) -> dict[str, np.ndarray]:
    """Which samples each split has: as the reader says, or drawn."""
    if samples.split is None:
        return split_rows(samples.y, samples.groups, seed, samples.classes)
    places = {split: np.flatnonzero(samples.split == split) for split in SPLITS}
    if empty := [split for split, place in places.items() if not len(place)]:
        raise ValueError(f"{name}: no row is of the split {empty[0]!r}; give it some, or leave `split` out to draw all")
    return places


def _looked_through(
    samples: Samples, whole: Split, parts: dict[str, Split], places: dict[str, np.ndarray]
) -> Iterator[Problem]:
    """What may be wrong with samples that could all be read; pictures are looked at in one order of their axes."""
    shown = {key: pictured(array) for key, array in samples.arrays.items()}
    specs = {key: _spec(array, samples.rates.get(key)) for key, array in shown.items()}
    whole = replace(whole, x=shown)
    parts = {
        name: replace(part, x={key: pictured(array) for key, array in part.x.items()}) for name, part in parts.items()
    }
    yield from doubts(samples.y, samples.classes, samples.rows)
    if samples.split is not None:
        yield from unseen(samples.y, samples.classes, samples.rows, places)
    yield from absences(specs, whole, samples.classes, samples.rows)
    yield from odd_texts(specs, whole, samples.rows)
    yield from flat(specs, whole, samples.rows)
    yield from copies(specs, [parts[key] for key in SPLITS], [samples.rows[places[key]] for key in SPLITS])
    yield from giveaways(specs, whole, samples.classes, samples.rows)
    if samples.classes is not None and len(samples.classes) > 1:
        yield from contradictions(specs, whole, samples.rows)
        yield from shifts(specs, whole, samples.rows)


def _spec(array: np.ndarray, rate: int | None) -> Spec:
    dtype = "str" if array.dtype.kind == "U" else array.dtype.name
    return Spec(array.shape[1:], dtype, "words" if dtype == "str" else "as given", "your own", rate=rate)


def _card(name: str, what: str, problems: Sequence[Problem]) -> str:
    faults = "".join(f"- {problem}\n" for problem in problems) or "None was found.\n"
    return f"# {name}\n\nYour own data: {what}.\n\n## Known faults\n{faults}"
