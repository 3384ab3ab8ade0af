"""A reader's own files as a `Multimodal`: from a table, from a folder. Taught in lesson 26.

One faulty file does not end the work: its modality is absent from that sample, and the set says what was wrong.
"""

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from .audio import RATE
from .hostile import check_text, inside, read_image, read_text, read_wave, unzip
from .multimodal import Multimodal
from .own import assemble, name_labels

ENDINGS = {
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"), "image"),
    ".wav": "audio",
    ".txt": "text",
}
KINDS = ("image", "audio", "text")
IMAGE_SIDE = 64
SECONDS = 1.0
TOLERATED = 0.5  # share of rows with problems from which nothing is loaded


def from_table(
    table: str | Path,
    columns: dict[str, str],
    *,
    label: str,
    group: str | None = None,
    image_side: int = IMAGE_SIDE,
    seconds: float = SECONDS,
    seed: int = 0,
) -> Multimodal:
    """A `.csv` or `.parquet` table as a set: `columns` maps a column to its kind, "image", "audio" or "text".

    A column of images or audio holds paths, seen from the table's folder and inside it. Pictures become (side, side,
    3) uint8, sounds (8000 seconds,) float32 at 8 kHz. An empty cell or a file that cannot be read makes the modality
    absent (`present`); a row without a label, or without anything, is left out. `problems` of the set says what was
    wrong with which row.
    """
    path = Path(table)
    frame = _read_table(path)
    wanted = [*columns, label, *([group] if group else [])]
    missing = [column for column in wanted if column not in frame.columns]
    if missing:
        raise ValueError(f"{path} has the columns {', '.join(map(str, frame.columns))}; not {', '.join(missing)}")
    unknown = sorted({kind for kind in columns.values() if kind not in KINDS})
    if unknown or not columns:
        raise ValueError(f"columns maps a column to one of {', '.join(KINDS)}; got {', '.join(unknown) or 'none'}")

    def cells() -> Iterable[tuple[str, dict[str, object], str | None, object]]:
        for i, row in enumerate(frame[wanted].to_dict("records")):
            row = {column: None if _empty(value) else value for column, value in row.items()}
            yield f"row {i + 1}", {c: row[c] for c in columns}, row[label], row[group] if group else None

    def read(kind: str, cell: object):
        if kind == "text":
            return check_text(str(cell))
        return _read_file(kind, _existing(path.parent, str(cell)), image_side, seconds)

    return _collect(path.stem, columns, cells(), read, image_side, seconds, bool(group), seed)


def from_folder(
    folder: str | Path,
    *,
    group: Callable[[str], str] | None = None,
    image_side: int = IMAGE_SIDE,
    seconds: float = SECONDS,
    seed: int = 0,
) -> Multimodal:
    """A folder of classes as a set: `folder/class/sample.png`, `.wav` and `.txt` of one name are one sample.

    A `.zip` is first unpacked beside itself. A sample's files may be missing (`present`). `group` maps a sample's name
    to who made it. Otherwise as `from_table`.
    """
    folder = Path(folder)
    if folder.suffix == ".zip":
        folder = unzip(folder, folder.with_suffix(""))
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder; expected one with a subfolder for each class")
    samples: dict[tuple[str, str], dict[str, Path]] = {}
    strange = []
    for path in sorted(p for p in folder.glob("*/*") if p.is_file() and not p.name.startswith(".")):
        kind = ENDINGS.get(path.suffix.lower())
        files = samples.setdefault((path.parent.name, path.stem), {}) if kind else {}
        if kind is None or kind in files:
            strange.append(
                f"{path.relative_to(folder)}: {'a second ' + kind if kind else 'of no known kind'}, left out"
            )
        else:
            files[kind] = path
    if not samples:
        raise ValueError(f"{folder} has no files like class/sample.png, .wav or .txt")
    kinds = {kind: kind for kind in KINDS if any(kind in files for files in samples.values())}

    def cells():
        for (label, stem), files in samples.items():
            yield f"{label}/{stem}", {k: files.get(k) for k in kinds}, label, group(stem) if group else None

    def read(kind: str, path: Path):
        return _read_file(kind, inside(folder, str(path.relative_to(folder))), image_side, seconds)

    return _collect(folder.name, kinds, cells(), read, image_side, seconds, group is not None, seed, strange)


def _collect(name, columns, cells, read, image_side, seconds, grouped, seed, problems=()) -> Multimodal:
    """Read every cell, note what goes wrong, and make a set of the rest."""
    shapes = {"image": (image_side, image_side, 3), "audio": (round(seconds * RATE),), "text": ()}
    kept, labels, groups, present = {column: [] for column in columns}, [], [], []
    problems, rows = list(problems), 0
    for where, row, label, group in cells:
        rows += 1
        found = {}
        for column, cell in row.items():
            if cell is not None:
                try:
                    found[column] = read(columns[column], cell)
                except ValueError as error:
                    problems.append(f"{where}, {column}: {error}")
        if label is None or not found or (grouped and group is None):
            lacks = "label" if label is None else "group" if found else "readable modality"
            problems.append(f"{where}: no {lacks}, left out")
            continue
        for column, kind in columns.items():
            neutral = "" if kind == "text" else np.zeros(shapes[kind], np.uint8 if kind == "image" else np.float32)
            kept[column].append(found.get(column, neutral))
        labels.append(str(label))
        groups.append(str(group))
        present.append([column in found for column in columns])
    _judge(name, problems, rows)
    arrays = {column: np.array(values) for column, values in kept.items()}
    rates = {column: RATE for column, kind in columns.items() if kind == "audio"}
    y, classes = name_labels(np.array(labels))
    present = None if np.all(present) else np.array(present)
    return assemble(name, arrays, rates, y, classes, np.array(groups) if grouped else None, present, problems, seed)


def _judge(name: str, problems: list[str], rows: int) -> None:
    if not rows:
        raise ValueError(f"{name} has no rows")
    if not problems:
        return
    first = "; ".join(problems[:3])
    if len(problems) > TOLERATED * rows:
        raise ValueError(f"{name}: {len(problems)} problems in {rows} rows, too many to go on. The first: {first}")
    warnings.warn(f"{name}: {len(problems)} problems in {rows} rows, see `problems` of the set. {first}", stacklevel=4)


def _read_table(path: Path):
    try:
        import pandas
    except ImportError:
        raise ImportError("tables need pandas: pip install 'mmcourse[tables]'") from None
    try:
        if path.suffix == ".parquet":
            return pandas.read_parquet(path)
        if path.suffix == ".csv":
            return pandas.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    except Exception as error:  # pandas and its parsers raise many kinds
        raise ValueError(f"{path} cannot be read as a table: {str(error).splitlines()[0][:200]}") from None
    raise ValueError(f"a table ends in .csv or .parquet, got {path.name!r}")


def _empty(value: object) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def _existing(folder: Path, name: str) -> Path:
    path = inside(folder, name)
    if not path.is_file():
        raise ValueError(f"there is no file {name!r}")
    return path


def _read_file(kind: str, path: Path, image_side: int, seconds: float):
    if kind == "image":
        return read_image(path, image_side)
    return read_wave(path, RATE, round(seconds * RATE)) if kind == "audio" else read_text(path)
