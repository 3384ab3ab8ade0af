"""From one percent source to two notebooks: the learner's, exercises open, and the solutions.

An exercise cell is tagged `exercise` and holds three parts, marked by comments: `# stub`, `# solution`, `# end`. A cell
tagged `check` asserts what the prose claims; it is there, but folded.
"""

import copy
import hashlib
from dataclasses import dataclass
from pathlib import Path

from .. import __version__
from ..files import course_file

RUN_TIME = "RUN_TIME"  # stands in a source where the build writes the measured run time
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class Source:
    """One lesson's source: `number` "06", `name` "06_linear_fusion", `path` of the percent file."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def number(self) -> str:
        return self.path.stem[:2]

    @property
    def digest(self) -> str:
        """SHA-256 of the source and the package's version: what a built notebook must carry."""
        text = self.path.read_text(encoding="utf-8")  # universal newlines: the same on Windows
        return hashlib.sha256(f"{__version__}\n{text}".encode()).hexdigest()

    def built(self, solution: bool) -> Path:
        """Where the built notebook is."""
        folder = self.path.parent.parent / ("solutions" if solution else "")
        return folder / f"{self.name}.ipynb"

    def cells(self) -> list:
        """The cells as jupytext reads them."""
        import jupytext

        return jupytext.read(self.path, fmt="py:percent").cells

    def notebook(self, solution: bool, seconds: float):
        """The notebook, not executed. `seconds` is the run time to write into its head."""
        from nbformat.v4 import new_notebook

        cells = [_cell(cell, solution, seconds) for cell in copy.deepcopy(self.cells())]
        for i, cell in enumerate(cells):
            cell["id"] = f"{self.number}-{i:03d}"
        metadata = {
            "kernelspec": KERNEL,
            "language_info": {"name": "python"},
            "mmcourse": {"lesson": self.number, "source": self.digest, "seconds": seconds},
        }
        return new_notebook(cells=cells, metadata=metadata)


def sources(numbers: list[str] | None = None) -> list[Source]:
    """The lessons with these numbers (default: all), in order. `ValueError` names an unknown number."""
    every = [Source(path) for path in sorted(course_file("notebooks", "src").glob("[0-9][0-9]_*.py"))]
    known = {source.number: source for source in every}
    wanted = [number.zfill(2) for number in numbers or known]
    unknown = [number for number in wanted if number not in known]
    if unknown:
        raise ValueError(f"there is no lesson {', '.join(unknown)}; there are {', '.join(known)}")
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


def _cell(cell, solution: bool, seconds: float):
    tags = cell.metadata.get("tags", [])
    if cell.cell_type == "markdown":
        cell.source = cell.source.replace(RUN_TIME, f"{seconds:.0f} seconds")
    elif "exercise" in tags:
        stub, solved, tail = exercise_parts(cell.source)
        cell.source = (solved if solution else stub).rstrip() + "\n\n" + tail.rstrip()
    cell.metadata = {"tags": tags} if tags else {}
    if "check" in tags:
        cell.metadata["jupyter"] = {"source_hidden": True}
    return cell
