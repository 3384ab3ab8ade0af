"""A reader's own arrays as a `Multimodal`. Taught in lesson 26; worked examples in `data/your_own.md`."""

from pathlib import Path

import numpy as np

from .change import blank
from .folds import split_rows
from .hostile import check_text, read_npz
from .multimodal import Multimodal, Spec, Split


def from_arrays(
    arrays: dict[str, np.ndarray | str | Path],
    labels: np.ndarray | str | Path,
    *,
    groups: np.ndarray | None = None,
    rates: dict[str, int] | None = None,
    name: str = "your own",
    seed: int = 0,
) -> Multimodal:
    """Arrays, or paths of `.npy` files, as a set: modality -> (N, ...), row i of each is sample i.

    Texts are (N,) strings; floats become float32. `labels` (N,) strings or whole numbers are classes, floats are values
    to predict. `groups` (N,): who made the sample; no group is in two splits. `rates`: Hz, for modalities that are
    sound. Raises `ValueError` for object arrays, NaN (with the row), and rows that do not match.
    """
    if not arrays:
        raise ValueError("from_arrays needs at least one modality: {name: array}")
    loaded = {key: _numbers(key, _array(value)) for key, value in arrays.items()}
    y, classes = name_labels(_array(labels))
    for key, array in {**loaded, "groups": y if groups is None else np.asarray(groups)}.items():
        if len(array) != len(y):
            raise ValueError(
                f"{key!r} has {len(array)} rows, there are {len(y)} labels; row i of each must be sample i"
            )
    rates = rates or {}
    if unknown := sorted(set(rates) - set(loaded)):
        raise ValueError(f"rates are for the modalities {', '.join(loaded)}; got {', '.join(unknown)}")
    return assemble(name, loaded, rates, y, classes, groups, None, (), seed)


def assemble(name, arrays, rates, y, classes, groups, present, problems, seed) -> Multimodal:
    """Split the rows of whole arrays and make a set of them; the last step of every loader of own data."""
    specs = {key: _spec(array, rates.get(key)) for key, array in arrays.items()}
    rows = split_rows(y, groups, seed)
    whole = Split(arrays, y, None if groups is None else np.asarray(groups), present)
    parts = {key: whole.take(part) for key, part in rows.items()}
    if present is not None:
        parts = {key: blank(part) for key, part in parts.items()}
    card = f"# {name}\n\nYour own data: {len(y)} samples, split 3 : 1 : 1.\n"
    return Multimodal(name, specs, card=card, classes=classes, problems=tuple(problems), **parts)


def _array(value: np.ndarray | str | Path) -> np.ndarray:
    if isinstance(value, (str, Path)):
        arrays = read_npz(Path(value))
        if list(arrays) != ["array"]:
            raise ValueError(f"{value} holds the arrays {', '.join(arrays)}; save one array per file with np.save")
        return arrays["array"]
    return np.asarray(value)


def _numbers(key: str, array: np.ndarray) -> np.ndarray:
    if array.ndim and array.dtype.kind == "U":
        return _texts(key, array)
    if not array.ndim or array.dtype.kind not in "fiub":
        raise ValueError(
            f"{key!r} is an array of {array.dtype}, shape {array.shape}; expected (N, ...) numbers or texts"
        )
    if array.dtype.kind == "f":
        bad = np.flatnonzero(~np.isfinite(array.reshape(len(array), -1)).all(axis=1)) if array.size else []
        if len(bad):
            raise ValueError(f"{key!r} has NaN or infinity in {len(bad)} rows, the first is row {bad[0]}")
        return array.astype(np.float32)
    return array.astype(np.int32) if array.dtype.itemsize > 4 and _small(array) else array


def _texts(key: str, array: np.ndarray) -> np.ndarray:
    if array.ndim != 1:
        raise ValueError(f"{key!r} holds texts of shape {array.shape}; expected one text per sample, (N,)")
    texts = []
    for row, text in enumerate(array.tolist()):
        try:
            texts.append(check_text(text))
        except ValueError as error:
            raise ValueError(f"{key!r}, row {row}: {error}") from None
    return np.array(texts)


def _small(array: np.ndarray) -> bool:
    return not array.size or (array.min() >= -(2**31) and array.max() < 2**31)


def name_labels(labels: np.ndarray) -> tuple[np.ndarray, tuple[str, ...] | None]:
    """Labels as int64 with the classes' names, or as float32 values without."""
    if labels.ndim != 1 or not len(labels) or labels.dtype.kind not in "Uiufb":
        raise ValueError(f"labels must be (N,) strings or numbers, got {labels.dtype} of shape {labels.shape}")
    if labels.dtype.kind == "f":
        if not np.isfinite(labels).all():
            raise ValueError(f"the label of row {np.flatnonzero(~np.isfinite(labels))[0]} is NaN or infinity")
        return labels.astype(np.float32), None
    classes, index = np.unique(labels, return_inverse=True)
    return index.astype(np.int64), tuple(str(c) for c in classes.tolist())


def _spec(array: np.ndarray, rate: int | None) -> Spec:
    dtype = "str" if array.dtype.kind == "U" else array.dtype.name
    return Spec(array.shape[1:], dtype, "words" if dtype == "str" else "as given", "your own", rate=rate)
