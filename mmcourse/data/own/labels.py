"""Labels of a reader's own data: names become class numbers, other numbers are values to predict."""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from .problems import Problem
from .texts import odd_item, plain, text_array

UNSEEN = dict.fromkeys(  # soft hyphens, spaces of no width, marks of direction; joiners are letters in some scripts
    [0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF]
)


def name_labels(labels: np.ndarray) -> tuple[np.ndarray, tuple[str, ...] | None]:
    """Labels (N,) as int64 with the classes' names, or floats as float32 values without."""
    labels = plain(labels, "labels")
    if labels.ndim == 2 and labels.shape[1] > 1 and labels.dtype.kind in "iufb":
        raise ValueError(
            f"labels must be (N,), got {labels.shape}; if a row has a 1 for its class: labels.argmax(axis=1)"
        )
    if labels.ndim != 1 or not len(labels) or labels.dtype.kind not in "Uiufb":
        raise ValueError(
            f"labels must be (N,) strings or numbers, got {labels.dtype} of shape {labels.shape}{odd_item(labels)}; "
            "leave out the rows without a label and give the others one kind"
        )
    if labels.dtype.kind == "f":
        with np.errstate(over="ignore"):
            values = labels.astype(np.float32)
        if not np.isfinite(values).all():
            row = np.flatnonzero(~np.isfinite(values))[0]
            raise ValueError(f"the label of row {row} is {labels[row]}; leave the row out or give it a finite label")
        return values, None
    if labels.dtype.kind == "U":
        labels = np.char.strip(labels)
        if (labels == "").any():
            raise ValueError(f"the label of row {np.flatnonzero(labels == '')[0]} is empty; leave the row out")
    classes, index = np.unique(labels, return_inverse=True)
    return index.astype(np.int64), tuple(str(c) for c in classes.tolist())


def from_cells(cells: Sequence[object]) -> np.ndarray:
    """Labels out of a table: floats where all are numbers and some have a fraction, whole numbers, or else names."""
    numbers, names = [number_of(cell) for cell in cells], [cell_name(cell) for cell in cells]
    if None not in numbers and not all(number.is_integer() for number in numbers):
        return np.array(numbers)
    if None not in numbers and names == [str(int(number)) for number in numbers]:
        return np.array([int(number) for number in numbers])  # so that class 10 comes after class 9
    return text_array(names, "labels")


def number_of(cell: object) -> float | None:
    """A cell as a number that a double keeps, if it is one."""
    try:
        number = float(cell)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 2**53 else None  # which NaN is not


def cell_name(cell: object) -> str:
    """A cell as the name of a class or group: single spaces, accents composed, whole floats as whole numbers.

    What no screen shows is left out. Also where a program has written numbers as text: a column of 1, 2 and a gap
    becomes "1.0", "2.0", "".
    """
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    shown = unicodedata.normalize("NFC", str(cell)).translate(UNSEEN)
    return re.sub(r"\A(-?\d+)\.0+\Z", r"\1", " ".join(shown.split()))


def doubts(y: np.ndarray, classes: tuple[str, ...] | None, rows: np.ndarray) -> list[Problem]:
    """What may be wrong with labels that can be used: values that look like classes, one class, classes like twins."""
    if classes is None:
        values = np.unique(y)
        if len(values) <= 20 and (values == np.round(values)).all():
            what = f"the labels are floats with {len(values)} different whole values, taken as values to predict"
            return [Problem("label", "", None, what, "pass labels.astype(int) if they are classes")]
        return []
    if len(classes) == 1:
        what = f"all samples are of the class {classes[0]!r}, so there is nothing to tell apart"
        return [Problem("class", "", None, what, "bring samples of another class")]
    found: dict[str, str] = {}
    problems = []
    for name in classes:
        twin = found.setdefault(unicodedata.normalize("NFKC", name.translate(UNSEEN)).casefold(), name)
        if twin != name:
            what = f"the classes {twin!r} and {name!r} look the same but for capitals, accents or what no screen shows"
            members = [np.flatnonzero(y == classes.index(each)) for each in (twin, name)]
            rarer = tuple(rows[min(members, key=len)].tolist())
            problems.append(Problem("class", "", None, what, "give them one name if they are one class", rarer))
    return problems


def unseen(y: np.ndarray, classes: tuple[str, ...] | None, rows: np.ndarray, places: dict) -> list[Problem]:
    """What may be wrong with a reader's own splits, each the places of its samples: a class that one of them lacks."""
    problems = []
    for split, place in places.items() if classes is not None and len(classes) > 1 else ():
        if split != "train" and (strange := place[~np.isin(y[place], y[places["train"]])]).size:
            what = f"{len(strange)} of the {len(place)} samples of {split} are of a class that train has not"
            remedy = "move some of them into train, or leave them out"
            problems.append(Problem("class", "", None, what, remedy, tuple(rows[strange].tolist())))
        if len(np.unique(y[place])) == 1:
            what = f"all samples of {split} are of the class {classes[y[place[0]]]!r}"
            problems.append(Problem("class", "", None, what, "draw the splits anew, with every class in each"))
    return problems
