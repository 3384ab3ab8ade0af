"""A table of samples as a set: `.csv` or `.parquet`, beside the files it names. Taught in lesson 26."""

from collections.abc import Iterator
from pathlib import Path

from ..multimodal import Multimodal
from .collect import IMAGE_SIDE, KINDS, SECONDS, Cell, Collector, Row, Sizes
from .csv_rows import check_columns, read_csv
from .names import UNSEEN
from .paths import checked_path, existing, reason
from .problems import Problem, Unreadable, tell

LARGEST = 1_000_000  # rows of a table


def from_table(
    table: str | Path,
    columns: dict[str, str],
    *,
    label: str,
    group: str | None = None,
    split: str | None = None,
    image_side: int = IMAGE_SIDE,
    seconds: float = SECONDS,
    seed: int = 0,
) -> Multimodal:
    """A `.csv` (UTF-8, commas) or `.parquet` table as a set: `columns` maps a column to "image", "audio" or "text".

    A column of images or audio holds paths, seen from the table's folder and inside it, or in parquet the bytes of the
    files. Pictures become (side, side, 3) uint8, sounds (8000 seconds,) float32 at 8 kHz. Labels are names of classes,
    or values to predict where all are numbers and some have a fraction. An empty cell or a file that cannot be read
    makes the modality absent (`present`); a row without a label, or without anything, is left out. `split`: the column
    that says train, val or test, where that was decided before; without it they are drawn. `problems` of the set says
    what was wrong with which row, counted from 1 below the header. Raises `ValueError`.

    >>> from pathlib import Path
    >>> rows = [f"this is note number {i},{'good' if i % 2 else 'bad'}" for i in range(40)]
    >>> _ = Path("notes.csv").write_text("\\n".join(["words,mood", *rows]))
    >>> from_table("notes.csv", {"words": "text"}, label="mood").classes
    ('bad', 'good')
    """
    path, sizes = checked_path(table, "a .csv or .parquet table"), Sizes(image_side, seconds)
    if not isinstance(columns, dict):
        raise ValueError(f'columns is {{column: "image", "audio" or "text"}}; got {type(columns).__name__}')
    unknown = sorted({str(kind) for kind in columns.values() if kind not in KINDS})
    if unknown or not columns:
        raise ValueError(f"columns maps a column to one of {', '.join(KINDS)}; got {', '.join(unknown) or 'none'}")
    for what, name in {"label": label, "group": group, "split": split}.items():
        if not isinstance(name, str) and (name is not None or what == "label"):
            raise ValueError(f"{what} is the name of one column; got {type(name).__name__}")
    if label in columns:
        raise ValueError(f"the label {label!r} is among the modalities, which would tell a model the answer")
    collector = Collector(columns, sizes, group is not None, split is not None)
    heads = [label, *(column for column in (group, split) if column)]
    for number, cells in enumerate(_rows(path, list(dict.fromkeys([*columns, *heads])), label), start=1):
        row = cells if isinstance(cells, Problem) else _row(number, cells, path.parent, columns, (label, group, split))
        collector.add(row)
    return tell(collector.finish(path.stem, seed))


def _row(number: int, cells: dict[str, object], folder: Path, columns: dict[str, str], heads: tuple) -> Row:
    cells = {column: None if _empty(cell) else cell for column, cell in cells.items()}
    found = {c: _cell(c, kind, cells[c], folder) for c, kind in columns.items() if cells[c] is not None}
    label, group, split = (_name(cells.get(head)) for head in heads)
    return Row(number, "", label, group, found, split)


def _name(cell: object) -> object:
    """A label, group or split, if the cell can be one; "nan" is how programs write that there is none."""
    return None if isinstance(cell, (dict, list, bytes)) or str(cell).strip().lower() == "nan" else cell


def _empty(cell: object) -> bool:
    return cell is None or cell != cell or (isinstance(cell, str) and not cell.translate(UNSEEN).strip())


def _cell(column: str, kind: str, cell: object, folder: Path) -> Cell:
    """A path or the bytes of a file, a text, or what is wrong with it."""
    if isinstance(cell, dict) and isinstance(cell.get("bytes"), bytes):
        cell = cell["bytes"]  # as data sets with pictures inside are often written
    try:
        if kind == "text" and not isinstance(cell, (dict, list, bytes)):
            return Cell(column, str(cell))
        if kind != "text" and isinstance(cell, bytes):
            return Cell(column, cell)
        if kind != "text" and isinstance(cell, str):
            return Cell(cell if len(cell) < 100 else column, existing(folder, cell.strip()))
        raise Unreadable(f"the cell holds a {type(cell).__name__}", f"expected {_expected(kind)}")
    except Unreadable as error:
        return Cell(cell if isinstance(cell, str) and len(cell) < 100 else column, error)


def _expected(kind: str) -> str:
    return "a text" if kind == "text" else "the path of a file, or its bytes"


def _rows(path: Path, wanted: list[str], label: str) -> Iterator[dict[str, object] | Problem]:
    """The cells of each row by column, or why it has none. Raises `ValueError` where the table itself is at fault."""
    kind = path.suffix.lower()
    if kind not in (".csv", ".parquet"):
        raise ValueError(f"a table ends in .csv or .parquet, got {path.name!r}; save it as one of these")
    if not path.is_file():
        raise ValueError(f"{path} cannot be read as a table: there is no such file; mend its name")
    try:
        yield from read_csv(path, wanted, label) if kind == ".csv" else _parquet(path, wanted)
    except ImportError:
        raise
    except Unreadable as error:
        raise ValueError(f"{path} {error}") from None
    except Exception as error:  # pyarrow raises many kinds
        raise ValueError(f"{path} cannot be read as a table: {reason(error)}; bring it or save it again") from None


def _parquet(path: Path, wanted: list[str]) -> Iterator[dict[str, object]]:
    try:
        import pyarrow.parquet
    except ImportError:
        raise ImportError("parquet tables need pyarrow: pip install 'mmcourse[own]'") from None
    with pyarrow.parquet.ParquetFile(path) as file:
        check_columns(file.schema_arrow.names, wanted)
        if file.metadata.num_rows > LARGEST:
            raise Unreadable(f"has {file.metadata.num_rows} rows", f"at most {LARGEST} are read; save a part of it")
        for batch in file.iter_batches(batch_size=256, columns=wanted):
            yield from batch.to_pylist()
