"""A set as the raw files that someone might have: a table beside pictures and sounds, or arrays. Lessons 26 and 28."""

import csv
import re
import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ...files import whole_folder
from ..multimodal import Multimodal
from ..splits import SPLITS, Spec, Split
from .copies import kind_of, there_of

TABLE, CARD = "table.csv", "card.md"
HEADS = ("split", "label", "group")
FULL = 2**15  # a 16-bit sample of it would be 1


def to_table(data: Multimodal, folder: str | Path, *, targets: tuple[str, ...] = ()) -> Path:
    """Write a set as raw files into a new folder, and return the path of its `table.csv`, which `from_table` reads.

    A row a sample, train first, with the columns `split`, each modality, `label`, `group` where the set has groups, and
    `targets`, names out of `Split.targets`. Pictures are PNG, sounds 16-bit WAV at their own rate, each in a folder of
    its modality; texts stand in the table, and `card.md` says where all of it comes from. What is absent is an empty
    cell. Read again with the same side and seconds, pictures are the same bytes, sounds the same within 1 / 32768, and
    classes have the same names, numbered by alphabet. Nothing is left behind where it fails. Raises `ValueError` for a
    folder that is not empty, and for modalities that are no uint8 picture, sound or text. Taught in lesson 26.

    >>> path = to_table(load("moods", train=30, val=10, test=10), "raw", targets=("sarcasm",))
    >>> path.read_text().splitlines()[0]
    'split,words,voice,face,label,group,sarcasm'
    """
    _check(data, targets)
    grouped = ["group"] if data.train.group is not None else []
    with whole_folder(folder) as place:
        lines = _rows(data, grouped, targets, place)
        save_table(place / TABLE, ["split", *data.modalities, "label", *grouped, *targets], lines)
        (place / CARD).write_text(data.card, encoding="utf-8")
    return Path(folder) / TABLE


def to_arrays(data: Multimodal, folder: str | Path) -> Path:
    """Write a set as one `.npy` a modality into a new folder, and return the folder; `from_arrays` reads them.

    `image_data.npy` (N, ...), and so on, `labels.npy` (N,) with names of classes or values, `groups.npy` (N,) where the
    set has groups, and `card.md`. Row i of each is sample i: the rows of train, then of val, then of test. Nothing is
    left behind where it fails. Raises `ValueError` for a folder that is not empty, and for absent modalities, which an
    array has no place for. Taught in lesson 28.

    >>> folder = to_arrays(load("emoji"), "saved")
    >>> np.load(folder / "image_data.npy").shape, np.load(folder / "text_data.npy").shape
    ((1572, 32, 32, 3), (1572,))
    """
    parts = [data.split(name) for name in SPLITS]
    if any(part.present is not None for part in parts):
        raise ValueError(f"{data.name} has absent modalities, for which an array has no place; use to_table")
    arrays = {f"{_plain(data, key)}_data": [part.x[key] for part in parts] for key in data.modalities}
    arrays["labels"] = [part.y if data.classes is None else np.array(data.classes)[part.y] for part in parts]
    if data.train.group is not None:
        arrays["groups"] = [part.group for part in parts]
    with whole_folder(folder) as place:
        for name, pieces in arrays.items():
            np.save(place / f"{name}.npy", np.concatenate(pieces), allow_pickle=False)
        (place / CARD).write_text(data.card, encoding="utf-8")
    return Path(folder)


def _check(data: Multimodal, targets: tuple[str, ...]) -> None:
    if isinstance(targets, str) or (unknown := [name for name in targets if name not in data.train.targets]):
        got = repr(targets) if isinstance(targets, str) else ", ".join(map(repr, unknown))
        raise ValueError(f"targets are names out of {tuple(data.train.targets)}; got {got}")
    names = [*HEADS, *(_plain(data, key) for key in data.modalities), *targets]
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise ValueError(f"{data.name}: two columns would be called {twice[0]!r}; leave that target or modality out")
    columns = {"labels": data.train.y, **{name: data.train.targets[name] for name in targets}}
    if deep := [name for name, array in columns.items() if array.ndim != 1]:
        raise ValueError(
            f"{data.name}: {deep[0]!r} has the shape {columns[deep[0]].shape}; a cell has room for one value"
        )
    for key, spec in data.modalities.items():
        kind = kind_of(spec)
        if not kind or (kind == "picture" and (spec.dtype != "uint8" or spec.shape[2] not in (1, 3))):
            raise ValueError(
                f"{data.name}: {key!r} is {spec.dtype} of shape {spec.shape}; a table has room for texts, for sounds "
                "and for uint8 pictures (H, W, 1) or (H, W, 3) of 8 pixels or more; use to_arrays"
            )


def _plain(data: Multimodal, key: str) -> str:
    if not re.fullmatch(r"[\w-]+", key):
        raise ValueError(f"{data.name}: {key!r} is no name for a file; name the modality with letters only")
    return key


def _rows(data: Multimodal, grouped: list[str], targets: tuple[str, ...], place: Path) -> Iterable[list]:
    """The cells of each row, after its files have been written."""
    for key, spec in data.modalities.items():
        if spec.dtype != "str":
            (place / key).mkdir()
    digits, number = len(str(sum(len(data.split(name)) for name in SPLITS))), 0
    for name in SPLITS:
        part = data.split(name)
        labels = part.y.tolist() if data.classes is None else [data.classes[y] for y in part.y]
        for i, label in enumerate(labels):
            number += 1
            cells = [
                _cell(part, i, column, spec, place / key / f"{number:0{digits}}")
                for column, (key, spec) in enumerate(data.modalities.items())
            ]
            groups = [part.group[i]] if grouped else []
            yield [name, *cells, label, *groups, *(part.targets[target][i] for target in targets)]


def _cell(part: Split, i: int, column: int, spec: Spec, stem: Path) -> str:
    """A text, or the name of the file just written; nothing where the modality is absent."""
    if not there_of(part, column)[i]:
        return ""
    value = list(part.x.values())[column][i]
    if spec.dtype == "str":
        return str(value)
    path = stem.with_suffix(".wav" if spec.rate else ".png")
    save_sound(path, value, spec.rate) if spec.rate else save_picture(path, value)
    return f"{stem.parent.name}/{path.name}"


def save_picture(path: Path, picture: np.ndarray, **options) -> None:
    """(H, W, 3) or (H, W, 1) uint8 as a file of the kind that its ending says; options are Pillow's."""
    try:
        from PIL import Image
    except ImportError:
        raise ImportError("pictures need Pillow: pip install 'mmcourse[course]'") from None
    Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture).save(path, **options)


def save_sound(path: Path, sound: np.ndarray, rate: int) -> None:
    """(T,) floats in [-1, 1] as 16-bit PCM."""
    codes = np.clip(np.round(sound.astype(np.float64) * FULL), -FULL, FULL - 1).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(codes.tobytes())


def save_table(path: Path, header: list[str], rows: Iterable[list]) -> None:
    """A `.csv` in UTF-8, as `from_table` reads it."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)
