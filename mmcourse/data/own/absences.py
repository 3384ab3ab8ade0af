"""What is there and what is absent, where that is odd: files that were never paired, or a leak of the label.

A modality that is rare and comes with others is no problem, nor one of no row at all, nor absences here and there.
"""

from collections.abc import Iterator

import numpy as np

from ..splits import Spec, Split
from .giveaways import PER_MARK, SURE
from .problems import Problem

FEWEST = 20  # rows that must lack a modality, and rows that must have it, before it is said to tell the label
PAIRED = 0.1  # of the rows of a modality: where less have another one too, its files were not paired


def absences(
    specs: dict[str, Spec], whole: Split, classes: tuple[str, ...] | None, rows: np.ndarray
) -> Iterator[Problem]:
    """Problems of `whole.present`: a modality that comes with no other, one whose absence tells the label."""
    if whole.present is None:
        return
    unpaired = list(_unpaired(list(specs), whole.present, rows))
    yield from unpaired
    if classes is not None and not unpaired:  # or else the same is said twice
        yield from _telling(list(specs), whole, classes, rows)


def _unpaired(keys: list[str], present: np.ndarray, rows: np.ndarray) -> Iterator[Problem]:
    """One problem for each modality whose samples have no other one; the commonest is alone if the others are."""
    counts, alone = present.sum(axis=0), present.sum(axis=1) == 1
    for column, key in enumerate(keys):
        own = present[:, column]
        if column != counts.argmax() and counts[column] and (own & ~alone).sum() < PAIRED * counts[column]:
            what = f"{(own & alone).sum()} of the {counts[column]} samples with {key!r} have nothing else"
            remedy = "give the files of one sample one name in the folder of its class, or one row of the table"
            yield Problem("row", key, None, what, remedy, tuple(rows[own & alone].tolist()))


def _telling(keys: list[str], whole: Split, classes: tuple[str, ...], rows: np.ndarray) -> Iterator[Problem]:
    """One problem for each modality of which some classes have all and the others nothing, or nearly so."""
    members = np.bincount(whole.y, minlength=len(classes))
    for column, key in enumerate(keys):
        there = whole.present[:, column]
        held = np.bincount(whole.y, there, len(classes))
        most = held > members / 2
        told = np.maximum(held, members - held).sum()
        lacking = ~most[whole.y]
        sure = told >= SURE * len(there) and len(classes) * PER_MARK <= len(there)
        if sure and FEWEST <= lacking.sum() <= len(there) - FEWEST:
            name = classes[np.flatnonzero(~most & (members > 0))[0]]
            what = f"whether {key!r} is there tells the label of {told:.0f} of the {len(there)} rows: {name!r} has none"
            remedy = "bring some for every class, or leave the modality out"
            yield Problem("giveaway", key, None, what, remedy, tuple(rows[lacking].tolist()))
