"""Labels of a reader's own data: names become class numbers, other numbers are values to predict."""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from .names import UNSEEN, odd_classes
from .problems import Problem, printable
from .texts import odd_item, plain, text_array

VALUES = 20  # different numbers from which labels are no names of classes


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
        labels = text_array([" ".join(label.split()) for label in labels.tolist()], "labels")
        if (labels == "").any():
            raise ValueError(f"the label of row {np.flatnonzero(labels == '')[0]} is empty; leave the row out")
    classes, index = np.unique(labels, return_inverse=True)
    return index.astype(np.int64), tuple(str(c) for c in classes.tolist())


def from_cells(cells: Sequence[object], rows: Sequence[int | str], named: bool = False) -> np.ndarray:
    """Labels out of a table: floats where all are numbers and some have a fraction, whole numbers, or else names.

    `rows`: how the reader calls each. `named`: they are names of classes, whatever they look like. Raises `ValueError`
    where all but a few are values to predict.
    """
    numbers, names = [number_of(cell) for cell in cells], [cell_name(cell, named) for cell in cells]
    if None not in numbers and names == [str(int(number)) for number in numbers]:
        return np.array([int(number) for number in numbers])  # so that class 10 comes after class 9
    if not named and None not in numbers and not all(number.is_integer() for number in numbers):
        return np.array(numbers)
    if not named:
        _refuse_words_among_values(names, rows, numbers)
    return text_array(names, "labels")


def _refuse_words_among_values(names: list[str], rows: Sequence[int | str], numbers: list[float | None]) -> None:
    """Values to predict have fractions and hardly repeat, so one word among them would make a class of each."""
    words = [place for place, number in enumerate(numbers) if number is None]
    found = [number for number in numbers if number is not None]
    few = 0 < len(words) <= 0.2 * len(numbers)
    if few and len(set(found)) > min(VALUES, len(found) / 2) and not all(number.is_integer() for number in found):
        raise ValueError(
            f"{len(found)} of {len(numbers)} labels are numbers with a fraction, row {rows[words[0]]} has "
            f"{printable(names[words[0]])[:40]!r}; give it a number or leave the row out"
        )


def number_of(cell: object) -> float | None:
    """A cell as a number that a double keeps, if it is one."""
    try:
        number = float(cell)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 2**53 else None  # which NaN is not


def cell_name(cell: object, named: bool = False) -> str:
    """A cell as the name of a class or group: single spaces, accents composed, whole floats as whole numbers.

    What no screen shows is left out. Also where a program has written numbers as text: a column of 1, 2 and a gap
    becomes "1.0", "2.0", "". Not so where somebody `named` it, as a folder.
    """
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    shown = unicodedata.normalize("NFC", str(cell)).translate(UNSEEN)
    name = " ".join(shown.split())
    return name if named else re.sub(r"\A(-?\d+)\.0+\Z", r"\1", name)


def doubts(y: np.ndarray, classes: tuple[str, ...] | None, rows: np.ndarray) -> list[Problem]:
    """What may be wrong with labels that can be used: values like classes or the reverse, one class, twins."""
    if classes is None:
        return _odd_values(np.unique(y))
    if len(classes) == 1:
        what = f"all samples are of the class {classes[0]!r}, so there is nothing to tell apart"
        return [Problem("class", "", None, what, "bring samples of another class")]
    problems = list(odd_classes(classes, y, rows))
    if all(re.fullmatch(r"-?\d+(,\d+)?", name) for name in classes) and any("," in name for name in classes):
        what = f"the labels are numbers with a comma, such as {classes[0]!r}, taken as {len(classes)} classes"
        problems.append(Problem("label", "", None, what, "write a point for the comma if they are values to predict"))
    return problems


def _odd_values(values: np.ndarray) -> list[Problem]:
    """What may be wrong with values to predict, each of which is given once."""
    if len(values) == 1:
        what = f"all labels are {values[0]:g}, so there is nothing to predict"
        return [Problem("label", "", None, what, "bring samples with other labels")]
    if len(values) <= VALUES and (values == np.round(values)).all():
        what = f"the labels are floats with {len(values)} different whole values, taken as values to predict"
        return [Problem("label", "", None, what, "pass labels.astype(int) if they are classes")]
    return []


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
    if classes is not None and (lonely := places["train"][np.bincount(y)[y[places["train"]]] == 1]).size:
        what = f"{len(lonely)} of {len(classes)} classes have one sample each, in train, so no score tells of them"
        problems.append(Problem("class", "", None, what, "bring more samples of them", tuple(rows[lonely].tolist())))
    return problems
