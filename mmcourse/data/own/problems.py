"""What is wrong with a reader's data, one sentence each, and the error that a file which cannot be read raises."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 3  # problems that a warning or an error quotes; the set has all of them


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and what to do about it; prints as one sentence.

    `kind`: "picture", "sound", "text", "label", "group", "split", "row", "file", "class", "copies", "giveaway" or
    "shift". `file`: as the reader named it, or the column of a table. `row`: of a table, counted from 1 without the
    header. Either may be lacking. `rows`: all that it is about, where that is known: numbers of a table, of arrays
    (from 0), or the names of samples in a folder.
    """

    kind: str
    file: str
    row: int | None
    what: str
    remedy: str
    rows: tuple[int | str, ...] = ()

    def __post_init__(self) -> None:
        if self.row is not None and not self.rows:
            object.__setattr__(self, "rows", (self.row,))

    def __str__(self) -> str:
        places = [*([_places(self.rows)] if self.rows else []), *([self.file] if self.file else [])]
        return printable(f"{', '.join(places)}{': ' if places else ''}{self.what}; {self.remedy}")


def _places(rows: tuple[int | str, ...]) -> str:
    word = "" if isinstance(rows[0], str) else "row " if len(rows) == 1 else "rows "
    more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return f"{word}{', '.join(map(str, rows[:SHOWN]))}{more}"


class Unreadable(ValueError):
    """A file or a cell that cannot be used: what is wrong with it, and the remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what, self.remedy = what, remedy


def first(problems: Sequence[Problem]) -> str:
    """The first few problems as one line."""
    more = f" And {len(problems) - SHOWN} more." if len(problems) > SHOWN else ""
    return ". ".join(map(str, problems[:SHOWN])) + "." + more


def tell(data):
    """The set itself, after one warning about its problems, if there are any, at the line that called `from_...`."""
    if data.problems:
        count = f"{len(data.problems)} problem{'s' if len(data.problems) > 1 else ''}"
        warnings.warn(f"{data.name}: {count}, all in `problems` of the set. {first(data.problems)}", stacklevel=3)
    return data


def printable(text: str) -> str:
    """One line that any terminal can print: file names may have line ends and bytes that are no characters."""
    return " ".join(text.encode("utf-8", "replace").decode().split())


def first_line(error: Exception) -> str:
    """What an error says, in at most 200 characters of one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")
