"""From one lesson's folder to two notebooks: the learner's, exercises open, and the solutions.

An exercise cell is tagged `exercise` and holds three parts, marked by comments: `# stub`, `# solution`, `# end`. A cell
tagged `check` states what the prose claims; it is there, but folded. A cell tagged `scoreboard` shows results of other
lessons too: the build draws its output last, when all of them are known. A cell tagged `own` is the lesson's one thing
in plain Keras, and runs by itself.
"""

import copy
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .. import __version__
from . import expect
from .course import Entry, course_folder, entries

WORDS_PER_MINUTE, MINUTES_PER_CELL = 180, 0.5  # of reading prose, and of reading and running a cell
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class Source:
    """One lesson's folder, `notebooks/src/NN_name`, with its entry in the manifest."""

    entry: Entry
    folder: Path

    @property
    def name(self) -> str:
        return self.entry.folder

    @property
    def number(self) -> str:
        return self.entry.number

    @property
    def path(self) -> Path:
        """The percent source."""
        return self.folder / "lesson.py"

    @property
    def results(self) -> Path:
        return self.folder / "results.json"

    @property
    def digest(self) -> str:
        """SHA-256 of the sources and the package's version: what a built notebook must carry."""
        texts = [(self.folder / name).read_text(encoding="utf-8") for name in ("lesson.py", "exercises.py")]
        return hashlib.sha256(
            "\n".join([__version__, *texts]).encode()
        ).hexdigest()  # universal newlines: as on Windows

    def built(self, solution: bool) -> Path:
        """Where the built notebook is."""
        return self.folder.parent.parent / ("solutions" if solution else "") / f"{self.name}.ipynb"

    @cached_property
    def cells(self) -> list:
        """The cells as jupytext reads them."""
        import jupytext

        return jupytext.read(self.path, fmt="py:percent").cells

    @cached_property
    def exercises(self) -> dict[int, expect.Exercise]:
        """The checks and hints of the lesson's exercises, by number."""
        return dict(_python(self.folder / "exercises.py")["EXERCISES"])

    @cached_property
    def wrong(self) -> dict[int, list[tuple[str, str]]]:
        """Plausible wrong answers by exercise, each with a word that its sentence must hold."""
        return dict(_python(self.folder / "wrong.py")["WRONG"])

    def minutes(self) -> dict[str, int]:
        """Minutes of reading, from the length of prose and code, and of exercises, from their headings."""
        prose = "\n".join(cell.source for cell in self.cells if cell.cell_type == "markdown")
        cells = sum(cell.cell_type == "code" for cell in self.cells)
        reading = len(prose.split()) / WORDS_PER_MINUTE + MINUTES_PER_CELL * cells
        exercises = sum(map(int, re.findall(r"^### Exercise \d+ .*\((\d+) minutes\)", prose, re.MULTILINE)))
        return {"reading": 5 * max(1, round(reading / 5)), "exercises": exercises}

    def notebook(self, solution: bool, seconds: float):
        """The notebook, not executed. `seconds` is the run time to write into its head."""
        from nbformat.v4 import new_notebook

        minutes = self.minutes()
        marks = {
            "READING_TIME": f"{minutes['reading']} minutes",
            "EXERCISE_TIME": f"{minutes['exercises']} minutes",
            "RUN_TIME": f"{seconds:.0f} seconds",
        }
        cells = [_cell(cell, solution, marks) for cell in copy.deepcopy(self.cells)]
        for i, cell in enumerate(cells):
            cell["id"] = f"{self.number}-{i:03d}"
        facts = {"lesson": self.number, "source": self.digest, "seconds": seconds}
        metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}, "mmcourse": facts}
        return new_notebook(cells=cells, metadata=metadata)


def sources(numbers: list[str] | None = None) -> list[Source]:
    """The lessons with these numbers (default: all that are written), in order. `ValueError` for an unknown number."""
    folder = course_folder("notebooks", "src")
    listed = entries()
    known = {entry.number: Source(entry, folder / entry.folder) for entry in listed if entry.written}
    wanted = [number.zfill(2) if number else number for number in numbers or known]
    planned = {entry.number: entry for entry in listed if not entry.written}
    for number in wanted:
        if number in planned:
            raise ValueError(f"lesson {planned[number].title} is planned, not written; there are {', '.join(known)}")
        if number not in known:
            raise ValueError(f"there is no lesson {number!r}; there are {', '.join(known)}")
    return [known[number] for number in wanted]


def exercise_parts(code: str) -> tuple[str, str, str]:
    """Stub, solution and what follows of an exercise cell."""
    try:
        head, rest = code.split("# stub\n")
        stub, rest = rest.split("# solution\n")
        solution, tail = rest.split("# end\n")
    except ValueError:
        raise ValueError(f"an exercise cell needs the lines # stub, # solution and # end, once each:\n{code}") from None
    return head + stub, head + solution, tail


def _python(path: Path) -> dict:
    """What a Python file of a lesson's folder defines."""
    names = {"__name__": f"{path.parent.name}.{path.stem}", "__file__": str(path)}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    return names


def _cell(cell, solution: bool, marks: dict[str, str]):
    tags = cell.metadata.get("tags", [])
    if cell.cell_type == "markdown":
        for mark, text in marks.items():
            cell.source = cell.source.replace(mark, text)
    elif "exercise" in tags:
        stub, solved, tail = exercise_parts(cell.source)
        cell.source = (solved if solution else stub).rstrip() + "\n\n" + tail.rstrip()
    cell.metadata = {"tags": tags} if tags else {}
    if "check" in tags:
        cell.metadata["jupyter"] = {"source_hidden": True}
    return cell
