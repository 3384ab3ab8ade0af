"""The last step of every loader of own data: checked arrays, split and counted, as a `Multimodal`."""

from collections.abc import Sequence

import numpy as np

from ..folds import split_rows
from ..multimodal import Multimodal
from ..splits import PRESENT, SPLITS, Spec, Split
from ..variants import blank
from .copies import copies
from .labels import doubts
from .problems import Problem


def assemble(
    name: str,
    arrays: dict[str, np.ndarray],
    rates: dict[str, int],
    y: np.ndarray,
    classes: tuple[str, ...] | None,
    groups: np.ndarray | None,
    present: np.ndarray | None,
    problems: Sequence[Problem],
    seed: int,
) -> Multimodal:
    """Split the rows of whole arrays, modality -> (N, ...), look for copies over the splits, and make a set of them."""
    for key in arrays:
        if not isinstance(key, str) or not key or key == PRESENT or "/" in key:
            raise ValueError(
                f"{key!r} cannot be the name of a modality; choose a word other than {PRESENT!r}, without /"
            )
    specs = {key: _spec(array, rates.get(key)) for key, array in arrays.items()}
    rows = split_rows(y, groups, seed, classes)
    whole = Split(arrays, y, groups, present)
    parts = {key: whole.take(part) for key, part in rows.items()}
    if present is not None:
        parts = {key: blank(part) for key, part in parts.items()}
    found = (*problems, *doubts(y, classes), *copies(specs, [parts[key] for key in SPLITS]))
    return Multimodal(name, specs, card=_card(name, len(y), found), classes=classes, problems=found, **parts)


def _spec(array: np.ndarray, rate: int | None) -> Spec:
    dtype = "str" if array.dtype.kind == "U" else array.dtype.name
    return Spec(array.shape[1:], dtype, "words" if dtype == "str" else "as given", "your own", rate=rate)


def _card(name: str, count: int, problems: Sequence[Problem]) -> str:
    faults = "".join(f"- {problem}\n" for problem in problems) or "None was found.\n"
    return f"# {name}\n\nYour own data: {count} samples, split 3 : 1 : 1.\n\n## Known faults\n{faults}"
