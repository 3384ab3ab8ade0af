"""A reader's own arrays as a `Multimodal`. Taught in lesson 26; worked examples in `data/your_own.md`."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..multimodal import Multimodal
from .array_files import read_npz
from .assemble import Samples, assemble
from .labels import cell_name, name_labels
from .names import odd_groups
from .problems import printable, tell
from .sounds import LOUDEST, RATES
from .texts import check_text, odd_item, plain, text_array


def from_arrays(
    arrays: dict[str, np.ndarray | str | Path],
    labels: np.ndarray | str | Path,
    *,
    groups: np.ndarray | None = None,
    rates: dict[str, int] | None = None,
    name: str = "your own",
    seed: int = 0,
) -> Multimodal:
    """Arrays, columns of pandas or paths of `.npy` files as a set: modality -> (N, ...), row i of each is sample i.

    Texts are (N,) strings; floats become float32. `labels` (N,) strings or whole numbers are classes, floats are values
    to predict. `groups` (N,): who made the sample; no group is in two splits. `rates`: Hz, for modalities that are
    sound. Raises `ValueError` for object arrays, NaN (with the row), and rows that do not match. `problems` of the set
    says what may be wrong with it, such as copies of samples in two splits; a warning counts them.

    >>> rng = np.random.default_rng(0)
    >>> arrays = {"image": rng.random((60, 8, 8, 1)), "numbers": rng.random((60, 4))}
    >>> from_arrays(arrays, np.arange(60) % 3).modalities["numbers"].shape
    (4,)
    """
    if not isinstance(arrays, dict) or not arrays:
        raise ValueError("from_arrays needs at least one modality: {name: array}")
    if not isinstance(rates, (dict, type(None))):
        raise ValueError(f"rates is {{modality: Hz}}; got {type(rates).__name__}")
    rates = rates or {}
    if unknown := sorted(set(rates) - set(arrays), key=str):
        raise ValueError(
            f"rates are for the modalities {', '.join(map(str, arrays))}; got {', '.join(map(str, unknown))}"
        )
    loaded = {key: _array(key, value) for key, value in arrays.items()}
    loaded = {
        key: _checked(key, _sound(key, array, rates[key]) if key in rates else array) for key, array in loaded.items()
    }
    y, classes = name_labels(_array("labels", labels))
    units = None if groups is None else _groups(_array("groups", groups))
    for key, array in {**loaded, "groups": y if units is None else units}.items():
        if len(array) != len(y):
            raise ValueError(
                f"{key!r} has {len(array)} rows, there are {len(y)} labels; row i of each must be sample i"
            )
    rows = np.arange(len(y))
    return tell(assemble(name, Samples(loaded, rates, y, classes, units, rows), list(odd_groups(units, rows)), seed))


def _array(key: str, value: object) -> np.ndarray:
    if isinstance(value, (str, Path)):
        arrays = read_npz(Path(value))
        if list(arrays) != ["array"]:
            raise ValueError(f"{value} holds the arrays {', '.join(arrays)}; save one array per file with np.save")
        return arrays["array"]
    if np.ma.is_masked(value):
        raise ValueError(
            f"{key!r} has masked values, the first in row {np.argwhere(np.ma.getmaskarray(value))[0][0]}; fill them in"
        )
    try:
        array = plain(np.asarray(value), f"{key!r}")
    except (ValueError, TypeError) as error:  # rows of unequal length, arrays that live on a device
        raise ValueError(f"{key!r} is no array: {error}") from None
    if isinstance(value, (list, tuple)) and array.dtype.kind == "U" and array.ndim == 1:
        _refuse_others_among_texts(key, value)
    return array


def _refuse_others_among_texts(key: str, items: Sequence[object]) -> None:
    """NumPy makes a text of whatever stands beside texts, also "nan" of what is missing; the rarer kind is named."""
    texts = [isinstance(item, str) for item in items]
    if all(texts):
        return
    row = texts.index(2 * sum(texts) < len(texts))
    others = "numbers or the like" if texts[row] else "texts"
    raise ValueError(
        f"{key!r} has {printable(repr(items[row]))[:40]} in row {row} among {others}; leave the row out, or make all "
        "of them texts or all numbers"
    )


def _checked(key: str, array: np.ndarray) -> np.ndarray:
    if array.ndim and array.dtype.kind == "U":
        return _texts(key, array)
    if not array.ndim or array.dtype.kind not in "fiub":
        raise ValueError(
            f"{key!r} is an array of {array.dtype}, shape {array.shape}{odd_item(array)}; "
            "expected (N, ...) numbers or texts, which np.stack(list(column)) makes of a column of arrays"
        )
    if len(array) and not array[0].size:
        raise ValueError(f"{key!r} has the shape {array.shape}, nothing in each row; expected (N, ...) numbers")
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):
            numbers = array.astype(np.float32)
        bad = np.flatnonzero(~np.isfinite(numbers.reshape(len(array), -1)).all(axis=1)) if array.size else []
        if len(bad):
            what = "NaN, infinity or numbers too large for float32"
            raise ValueError(
                f"{key!r} has {what} in {len(bad)} rows, the first is row {bad[0]}; leave them out or fill them in"
            )
        return numbers
    return array.astype(np.int32) if array.dtype.itemsize > 4 and _small(array) else array


def _sound(key: str, array: np.ndarray, rate: int) -> np.ndarray:
    """Waveforms (N, T) as floats in [-1, 1]; whole numbers, as most programs read them, are scaled by their type."""
    if array.ndim != 2 or array.dtype.kind not in "fiu" or array.dtype.itemsize > 8:
        raise ValueError(f"{key!r} has a rate but is {array.dtype} of shape {array.shape}; expected waveforms (N, T)")
    whole = isinstance(rate, (int, np.integer)) and not isinstance(rate, bool)
    if not whole or not RATES[0] <= rate <= RATES[1]:
        raise ValueError(
            f"the rate of {key!r} must be a whole number of Hz, got {rate!r}; expected {RATES[0]} to {RATES[1]}"
        )
    if array.dtype.kind in "iu":
        _refuse_unused_bits(key, array)
        middle = 2 ** (8 * array.dtype.itemsize - 1)
        array = (array.astype(np.float64) - (middle if array.dtype.kind == "u" else 0)) / middle
    loud = np.flatnonzero(np.abs(array).max(axis=1, initial=0) > LOUDEST)
    if len(loud):
        raise ValueError(f"{key!r} has amplitudes beyond -1 to 1, first in row {loud[0]}; divide by the largest")
    return array


def _refuse_unused_bits(key: str, array: np.ndarray) -> None:
    """Sound of 24 bits that is kept in 32 would be 256 times too quiet."""
    room = 8 * array.dtype.itemsize
    peak = max(abs(int(array.min(initial=0))), int(array.max(initial=0)))
    bits = next((bits for bits in (16, 24, 32) if peak <= 2 ** (bits - 1)), room)
    if array.dtype.kind == "i" and room >= 32 and bits < room and peak > 0:
        raise ValueError(
            f"{key!r} is {array.dtype.name} with numbers of {bits} bits, so it would be nearly silent; divide it by "
            f"2**{bits - 1}"
        )


def _texts(key: str, array: np.ndarray) -> np.ndarray:
    if array.ndim != 1:
        raise ValueError(f"{key!r} holds texts of shape {array.shape}; expected one text per sample, (N,)")
    texts = []
    for row, text in enumerate(array.tolist()):
        try:
            texts.append(check_text(text))
        except ValueError as error:
            raise ValueError(f"{key!r}, row {row}: {error}") from None
    return text_array(texts, f"{key!r}")


def _groups(groups: np.ndarray) -> np.ndarray:
    if groups.ndim != 1 or groups.dtype.kind not in "Uiub":
        raise ValueError(
            f"'groups' must be (N,) strings or whole numbers, got {groups.dtype} of shape {groups.shape}"
            f"{odd_item(groups)}; give every row a group"
        )
    if groups.dtype.kind != "U":
        return groups
    names = [cell_name(group) for group in groups.tolist()]
    if "" in names:
        raise ValueError(f"the group of row {names.index('')} is empty; give every row a group")
    return text_array(names, "groups")


def _small(array: np.ndarray) -> bool:
    return not array.size or (array.min() >= -(2**31) and array.max() < 2**31)
