"""The rows of a CSV file that may be anything: each has one cell a column, or is a problem."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from statistics import mode

from .labels import cell_name, number_of
from .problems import Problem, Unreadable, printable
from .texts import UTF8

FIRST = 20  # rows that tell whether every row ends in commas
QUOTES = "put quotes around a text with commas in it"


def read_csv(path: Path, wanted: list[str], label: str) -> Iterator[dict[str, str] | Problem]:
    """The wanted cells of each row by column, or why it is left out. Raises `Unreadable` for what is no such table."""
    read: list[str] = []  # the lines of the record that is read now
    with open(path, encoding="utf-8-sig", newline="") as file:
        records = csv.reader(_kept(file, read), strict=True, skipinitialspace=True)
        try:
            header = _header(next(records, []), wanted)
            check_columns(header, wanted)
            places = {name: header.index(name) for name in wanted}
            rows = _with_surplus_cut(records, read, len(header))
            swallows = _Swallows(path, places[label], len(header))
            for number, (cells, lines) in enumerate(rows, start=1):
                if len(cells) != len(header):
                    what = f"has {len(cells)} cells, the header has {len(header)}, left out"
                    yield Problem("row", "", number, what, QUOTES)
                elif [cell.strip() for cell in cells] == header:
                    yield Problem("row", "", number, "is the header once more, left out", "remove the line")
                elif len(lines) > 1 and swallows(lines):
                    what = f"{printable(lines[0])[:40]!r} opens a quote over {len(lines)} lines that look like rows"
                    yield Problem("row", "", number, f"{what}, left out", "remove the quote or write it twice")
                else:
                    yield {name: cells[place] for name, place in places.items()}
        except csv.Error as error:
            what = f"cannot be read as a table from line {records.line_num} on ({error})"
            raise Unreadable(what, 'close every quote, and write a quote inside a text twice: ""') from None
        except UnicodeDecodeError:
            what = f"cannot be read as a table: it is not UTF-8 after line {records.line_num}"
            raise Unreadable(what, UTF8) from None


def _kept(file: Iterable[str], read: list[str]) -> Iterator[str]:
    for line in file:
        read.append(line)
        yield line


def _with_surplus_cut(
    records: Iterator[list[str]], read: list[str], count: int
) -> Iterator[tuple[list[str], tuple[str, ...]]]:
    """Each record that is no empty line, with its lines.

    Where most of the first rows end in so many commas too much, so many empty cells are cut off each row; in any other
    row a cell too much means that a text was cut at its comma, though the last cell may be empty.
    """

    def each() -> Iterator[tuple[list[str], tuple[str, ...]]]:
        read.clear()  # the header
        for cells in records:
            lines = tuple(read)
            read.clear()
            if cells:
                yield cells, lines

    rows = each()
    first = list(islice(rows, FIRST))
    surplus = mode(len(cells) for cells, _ in first) - count if first else 0
    for cells, lines in chain(first, rows):
        cut = surplus > 0 and len(cells) == count + surplus and not any(cell.strip() for cell in cells[count:])
        yield cells[:count] if cut else cells, lines


class _Swallows:
    """Tells a record with whole rows inside, after a quote that nobody meant, from a text that has line ends."""

    def __init__(self, path: Path, place: int, count: int) -> None:
        self.path, self.place, self.count = path, place, count
        self.known: set[str] | None = None  # labels of the records of one line

    def __call__(self, lines: Sequence[str]) -> bool:
        """Whether each line has the cells of a row if quotes mean nothing, and two or more a label of the table."""
        cells = [line.rstrip("\r\n").split(",") for line in lines]
        if self.count == 1 or min(map(len, cells)) < self.count or len(set(map(len, cells))) > 1:
            return False
        if self.known is None:
            self.known = set(self._read())
        return sum(_shape(line[self.place]) in self.known for line in cells) > 1

    def _read(self) -> Iterator[str]:
        with open(self.path, encoding="utf-8-sig", newline="") as file, suppress(csv.Error, UnicodeDecodeError):
            records = csv.reader(file, strict=True)  # with the space after a comma, which prose has and few tables
            next(records)
            before = records.line_num
            for cells in records:  # a fault in a later line is said when that line is read
                if records.line_num == before + 1 and len(cells) >= self.count:
                    yield _shape(cells[self.place])
                before = records.line_num


def _shape(label: str) -> str:
    """A label, or for numbers with a fraction, of which each may stand once, one word."""
    number = number_of(label)
    return label.strip('"') if number is None or number.is_integer() else "a number"


def _header(names: list[str], wanted: list[str]) -> list[str]:
    """The names of the columns; one that differs from a wanted name only in what no screen shows is that name."""
    names = [name.strip() for name in names]
    asked = {cell_name(name): name for name in wanted if name not in names}
    return [asked.get(cell_name(name), name) for name in names]


def check_columns(header: list[str], wanted: list[str]) -> None:
    """Raise `Unreadable` unless each wanted column is there once."""
    if any("\0" in name for name in header):
        raise Unreadable("cannot be read as a table: it has zero characters in it, so it is UTF-16 or no text", UTF8)
    if not header:
        raise Unreadable("cannot be read as a table: it is empty", "write a line with the names of the columns first")
    if missing := [name for name in wanted if name not in header]:
        other = next((mark for mark in (";", "\t", "|") if len(header) == 1 and mark in header[0]), None)
        remedy = f"save it with commas, not {other!r}, between the columns" if other else "name columns that it has"
        raise Unreadable(f"has the columns {', '.join(header)[:300]}; not {', '.join(map(str, missing))}", remedy)
    if twice := [name for name in wanted if header.count(name) > 1]:
        raise Unreadable(f"has the column {twice[0]!r} {header.count(twice[0])} times", "give each a name of its own")
