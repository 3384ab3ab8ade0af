"""Rows that name files, read into a set. One faulty file does not end the work: its modality is absent, and said so."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..audio import RATE
from ..multimodal import Multimodal
from ..splits import SPLITS
from .assemble import Samples, assemble
from .labels import cell_name, from_cells, name_labels
from .names import odd_groups
from .pictures import read_picture
from .problems import Problem, Unreadable, first, printable
from .sounds import LONGEST, read_sound
from .texts import check_text, read_text, text_array

KINDS = ("image", "audio", "text")
FAULT = {"image": "picture", "audio": "sound", "text": "text"}  # kind of a modality -> kind of a problem
IMAGE_SIDE, LARGEST_SIDE = 64, 1024
SECONDS = 1.0
LARGEST = 2**32  # bytes of all pictures and sounds, which stand in memory twice for a while
SMALLER = "pass a smaller image_side or seconds, or load fewer rows"
TOLERATED = 0.5  # share of rows at fault from which nothing is loaded


@dataclass(frozen=True)
class Sizes:
    """What every sample is brought to: pictures of `side` pixels, sounds of `seconds`."""

    side: int
    seconds: float

    def __post_init__(self) -> None:
        if not isinstance(self.side, (int, np.integer)) or not 2 <= self.side <= LARGEST_SIDE:
            raise ValueError(f"image_side must be a whole number from 2 to {LARGEST_SIDE}, got {self.side!r}")
        if not isinstance(self.seconds, (int, float)) or not 1 / RATE <= self.seconds <= LONGEST:
            raise ValueError(f"seconds must be above 0 and at most {LONGEST}, got {self.seconds!r}")

    def neutral(self, kind: str) -> object:
        """What stands where a modality is absent."""
        if kind == "text":
            return ""
        picture = kind == "image"
        return np.zeros((self.side, self.side, 3) if picture else round(self.seconds * RATE), "u1" if picture else "f4")


@dataclass(frozen=True)
class Cell:
    """What a row has of one modality: its name in messages, and a path, a text, a file's bytes or why it is none."""

    name: str
    content: Path | str | bytes | Unreadable


@dataclass(frozen=True)
class Row:
    """One sample before its files are read. `cells`: modality -> what is there of it."""

    number: int | None
    name: str
    label: object
    group: object
    cells: dict[str, Cell] = field(default_factory=dict)
    split: object = None


class Collector:
    """Reads row after row; `found` has the values of each modality, `problems` what went wrong."""

    def __init__(
        self,
        kinds: dict[str, str],
        sizes: Sizes,
        grouped: bool,
        divided: bool = False,
        problems: Iterable[Problem] = (),
        named: bool = False,
    ) -> None:
        self.kinds, self.sizes, self.grouped, self.divided, self.named = kinds, sizes, grouped, divided, named
        self.problems = list(problems)
        self.values: dict[str, list] = {key: [] for key in kinds}
        self.lasting: dict[str, list[float]] = {key: [] for key, kind in kinds.items() if kind == "audio"}
        self.labels, self.groups, self.present, self.names, self.splits, self.seen = [], [], [], [], [], set()
        self.rows = self.faulty = 0

    def add(self, row: Row | Problem) -> None:
        """Read a row, or note why it is none. Raises `ValueError` before pictures and sounds fill the memory."""
        before = len(self.problems)
        self.rows += 1
        each = sum(self.sizes.neutral(kind).nbytes for kind in self.kinds.values() if kind != "text")
        if self.rows * each > LARGEST:
            raise ValueError(f"{self.rows} rows with {each} bytes of pictures and sounds each are too large; {SMALLER}")
        if isinstance(row, Problem):
            self.problems.append(row)
        else:
            self._read(row)
        self.faulty += len(self.problems) > before

    def _read(self, row: Row) -> None:
        found = {}
        for key, cell in row.cells.items():
            try:
                found[key] = self._value(key, cell.content)
            except Unreadable as error:
                self.problems.append(Problem(FAULT[self.kinds[key]], cell.name, row.number, error.what, error.remedy))
        self.seen.add(None if row.label is None else cell_name(row.label, self.named))
        lacks = "label" if row.label is None else "group" if self.grouped and row.group is None else ""
        split = cell_name(row.split).casefold()
        if lacks:
            self.problems.append(Problem(lacks, row.name, row.number, f"no {lacks}, left out", f"give it a {lacks}"))
        elif self.divided and split not in SPLITS:
            what = f"{printable(str(row.split))[:40]!r} is no split, left out" if row.split else "no split, left out"
            self.problems.append(Problem("split", row.name, row.number, what, f"write {', '.join(SPLITS)}"))
        elif not found:
            remedy = "mend or remove its files"
            self.problems.append(Problem("row", row.name, row.number, "nothing of it can be read, left out", remedy))
        else:
            for key, kind in self.kinds.items():
                self.values[key].append(found.get(key, self.sizes.neutral(kind)))
            self.labels.append(row.label)
            self.groups.append(cell_name(row.group))
            self.names.append(row.name if row.number is None else row.number)
            self.splits.append(split)
            self.present.append([key in found for key in self.kinds])

    def _value(self, key: str, content: Path | str | bytes | Unreadable) -> object:
        if isinstance(content, Unreadable):
            raise content
        if self.kinds[key] == "image":
            return read_picture(content, self.sizes.side)
        if self.kinds[key] == "text":
            return read_text(content) if isinstance(content, Path) else check_text(content)
        wave, lasts = read_sound(content, self.sizes.seconds)
        self.lasting[key].append(lasts)
        return wave

    def finish(self, name: str, seed: int) -> Multimodal:
        """The set of all rows that could be read. Raises `ValueError` where those are too few."""
        self._judge(name)
        self._cut()
        try:
            arrays = {
                key: text_array(self.values.pop(key), f"{name}, {key!r}")
                if kind == "text"
                else np.array(self.values.pop(key))
                for key, kind in self.kinds.items()
            }
        except MemoryError:
            raise ValueError(f"{name}: {self.rows} rows do not fit into the memory here; {SMALLER}") from None
        y, classes = name_labels(self._labels())
        present = None if np.all(self.present) else np.array(self.present)
        groups = np.array(self.groups) if self.grouped else None
        rates, split = dict.fromkeys(self.lasting, RATE), np.array(self.splits) if self.divided else None
        rows = np.array(self.names)
        self.problems += odd_groups(groups, rows)
        samples = Samples(arrays, rates, y, classes, groups, rows, present, split)
        return assemble(name, samples, self.problems, seed)

    def _labels(self) -> np.ndarray:
        return from_cells(self.labels, self.names, self.named)

    def _judge(self, name: str) -> None:
        if not self.rows:
            raise ValueError(f"{name} has no rows; a set needs samples")
        if self.faulty > TOLERATED * self.rows:
            raise ValueError(
                f"{name}: {self.faulty} of {self.rows} rows are at fault, too many. {first(self.problems)}"
            )
        lost = self.seen - {None} - {cell_name(label, self.named) for label in self.labels}
        if lost and self._labels().dtype.kind != "f":
            raise ValueError(f"{name}: no sample of the class {min(lost)!r} can be used. {first(self.problems)}")

        empty = [split for split in SPLITS if split not in self.splits]
        odd = [problem for problem in self.problems if problem.kind == "split"]
        if self.divided and empty and odd:
            raise ValueError(f"{name}: no row is of the split {empty[0]!r}. {first(odd)}")

    def _cut(self) -> None:
        for key, lasting in self.lasting.items():
            longer = sum(lasts > self.sizes.seconds + 1 / RATE for lasts in lasting)
            if longer:
                what = f"{longer} of {len(lasting)} sounds are cut to {self.sizes.seconds:g} s, the longest has"
                remedy = f"pass seconds={max(lasting):.1f} to have all of it"
                self.problems.append(Problem("sound", key, None, f"{what} {max(lasting):.1f} s", remedy))
