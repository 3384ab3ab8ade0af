"""Copies of samples over the splits, which make a score too good: what is equal, and pictures that look the same.

Texts are equal but for capitals, spaces and a last point. Rows of other numbers are asked only if they are too varied
to be equal by chance.

Pictures are compared by a difference hash (64 signs: is a spot brighter than its left neighbour) and by the brightness
and the colours of a thumbnail, so that a copy that was scaled, recompressed or made a little brighter is found and two
plain colours are told apart.
Every picture is compared with every other: some seconds for 50,000.
"""

import unicodedata
from collections.abc import Iterator

import numpy as np

from ..splits import Spec, Split
from .problems import Problem

BITS = 8  # of the 64 of two hashes that may differ
NEAR = 0.025  # root mean square distance of two thumbnails in brightness, in the range of the pictures
TINT = 0.04  # and of what is left of them, their colours: JPEG halves the resolution of these
FLAT = 0.04  # a difference of brightness below it is noise, not a sign
CHUNK = 256
ROW = "row"  # of other numbers
SAMPLE = 2000  # rows by which numbers are judged
NUMBERS, COLUMNS = 16, 3  # different ones in a row that is never equal by chance; columns of measurements


def copies(specs: dict[str, Spec], splits: list[Split], rows: list[np.ndarray]) -> Iterator[Problem]:
    """One problem for each modality and pair of splits (train, val, test) that share what looks or reads the same.

    `rows`: for each split, how the reader calls its samples.
    """
    names = ("train", "val", "test")
    for column, (key, spec) in enumerate(specs.items()):
        there = [there_of(split, column) for split in splits]
        shown = [
            split.x[key] if part.all() else split.x[key][part] for split, part in zip(splits, there, strict=True)
        ]  # without a copy where nothing is absent
        if kind := kind_of(spec) or (ROW if spec.dtype.startswith("float") else ""):
            marks = look(shown) if kind == "picture" else [_marks(array) for array in shown]
            alike = near if kind == "picture" else np.isin
            measured = kind == ROW and _measured(shown[0])
            for known, new in ((0, 1), (0, 2), (1, 2)):
                found = alike(marks[new], marks[known])
                if kind == ROW and found.any():
                    found[found] = _varied(shown[new][found], measured)
                if found.any():
                    also = f"look like one of {names[known]}" if kind == "picture" else f"are in {names[known]} too"
                    what = f"{found.sum()} of the {len(shown[new])} {kind}s of {names[new]} {also}"
                    remedy = "leave copies out or keep them together with groups, else the score is too good"
                    yield Problem("copies", key, None, what, remedy, tuple(rows[new][there[new]][found].tolist()))


def kind_of(spec: Spec) -> str:
    """ "text", "sound", "picture", or nothing for other numbers."""
    drawn = len(spec.shape) == 3 and spec.shape[2] <= 4 and min(spec.shape[:2]) >= 8
    return "text" if spec.dtype == "str" else "sound" if spec.rate else "picture" if drawn else ""


def pictured(array: np.ndarray) -> np.ndarray:
    """Bytes that are pictures in another order, (N, H, W) or (N, C, H, W), as (N, H, W, C); what else as it is.

    Only bytes: floats of these shapes may as well be spectrograms or sequences, which do not look alike by their means.
    """
    if array.dtype != np.uint8 or min(array.shape[-2:]) < 8:
        return array
    first = array.ndim == 4 and array.shape[1] in (1, 3, 4)
    return array[..., None] if array.ndim == 3 else np.moveaxis(array, 1, 3) if first else array


def _measured(array: np.ndarray) -> bool:
    """Whether the rows are measurements: some columns have another number in nearly each of the rows that differ."""
    rows = array.reshape(len(array), -1)[:SAMPLE]
    different = np.unique(rows, axis=0)
    varied = sum(len(np.unique(column)) > 0.9 * len(different) for column in different.T)
    return varied >= COLUMNS and len(different) > 0.25 * len(rows)  # else they are levels of an experiment


def _varied(array: np.ndarray, measured: bool) -> np.ndarray:
    """(N,) bool: rows that never are equal by chance, unlike zeros where nothing was measured, or counts of words."""
    rows = np.sort(array.reshape(len(array), -1), axis=1)
    numbers = 1 + (rows[:, 1:] > rows[:, :-1]).sum(axis=1)
    return numbers >= (2 if measured else NUMBERS)


def there_of(split: Split, column: int) -> np.ndarray:
    """(N,) bool: in which samples this modality is."""
    return np.ones(len(split), bool) if split.present is None else split.present[:, column]


def _marks(array: np.ndarray) -> np.ndarray:
    """As `exact`, but of texts only what stays the same when somebody writes them anew."""
    if array.dtype.kind != "U":
        return exact(array)
    plain = [" ".join(unicodedata.normalize("NFKC", text).casefold().split()) for text in array.tolist()]
    return np.array([hash(text.rstrip(".") or text) for text in plain], np.int64)


def exact(array: np.ndarray) -> np.ndarray:
    """A number for each row, equal for equal rows."""
    rows = array.tolist() if array.dtype.kind == "U" else (row.tobytes() for row in array)
    return np.array([hash(row) for row in rows], np.int64)


def look(splits: list[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """For the pictures (N, H, W, C) of each split: signs (N, 64) of -1 and 1, thumbnails (N, 72 + 72 C).

    A thumbnail is its brightness, from 0 to 1, then each channel less the brightness.
    """
    filled = [array for array in splits if array.size]
    low = min((float(array.min()) for array in filled), default=0.0)
    high = max((float(array.max()) for array in filled), default=1.0)
    marks = []
    for array in splits:
        rows, columns = _averages(8, array.shape[1]), _averages(9, array.shape[2])
        small = np.zeros((len(array), 8, 9, array.shape[3]), np.float32)
        for start in range(0, len(array), CHUNK):
            part = (array[start : start + CHUNK].astype(np.float32) - low) / max(high - low, 1e-6)
            small[start : start + CHUNK] = np.einsum("ih,nhwc,jw->nijc", rows, part, columns, optimize=True)
        grey = small.mean(axis=3)
        signs = np.where(grey[:, :, 1:] - grey[:, :, :-1] > FLAT, 1, -1).astype(np.float32)
        tint = (small - grey[..., None]).reshape(len(array), 72 * array.shape[3])
        marks.append((signs.reshape(len(array), 64), np.hstack([grey.reshape(len(array), 72), tint])))
    return marks


def _averages(count: int, length: int) -> np.ndarray:
    """(count, length) weights that average a row of `length` pixels over `count` equal stretches."""
    edges = np.arange(count + 1) * length / count
    pixels = np.arange(length)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return (np.maximum(covered, 0) * count / length).astype(np.float32)


def near(new: tuple[np.ndarray, np.ndarray], known: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """(N,) bool: which of the new pictures look like one of the known ones."""
    found = np.zeros(len(new[0]), bool)
    for start in range(0, len(new[0]) if len(known[0]) else 0, CHUNK):
        signs, small = (mark[start : start + CHUNK] for mark in new)
        alike = signs @ known[0].T >= 64 - 2 * BITS  # the product counts equal signs less unequal ones
        candidates = alike.any(axis=0)
        alike, others = alike[:, candidates], known[1][candidates]
        for part, limit in ((np.s_[:, :72], NEAR), (np.s_[:, 72:], TINT)):
            alike = alike & (_squares(small[part], others[part]) <= limit**2)
        found[start : start + CHUNK] = alike.any(axis=1)
    return found


def _squares(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The mean square distance of each row of `a` to each row of `b`."""
    return ((a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T) / a.shape[1]
