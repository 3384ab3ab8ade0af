"""`mmcourse assignment NN FOLDER`: a lesson as an assignment of nbgrader, its own checks as the graded cells.

An exercise becomes two cells: the answer, whose solution nbgrader takes out for the students, and the lesson's check,
locked, worth as many points as the exercise has minutes.
"""

import argparse
import ast
import re
from pathlib import Path

from ..files import write_whole
from .source import Source, exercise_parts, sources

SCHEMA = 3  # of nbgrader's metadata


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lesson", metavar="NN", help="a lesson")
    parser.add_argument("folder", metavar="FOLDER", help="the folder of the course, where nbgrader_config.py is")


def main(args: argparse.Namespace) -> int:
    """Write FOLDER/source/NN_name/NN_name.ipynb, where `nbgrader generate_assignment NN_name` looks for it."""
    import nbformat

    (source,) = sources([args.lesson])
    path = Path(args.folder) / "source" / source.name / f"{source.name}.ipynb"
    if path.exists():
        raise ValueError(f"{path} is there already: delete it first, if it may be made anew")
    write_whole(path, nbformat.writes(assignment(source)).encode())
    print(f"{path} is written; next: nbgrader generate_assignment {source.name}")
    return 0


def assignment(source: Source):
    """The lesson's notebook, not executed, with nbgrader's metadata on its exercises."""
    from nbformat.v4 import new_code_cell

    book, written, minutes = source.notebook(solution=True, seconds=0), [], 0
    for cell, before in zip(book.cells, source.cells, strict=True):
        if heading := re.search(r"^### Exercise \d+ .*\((\d+) minutes\)", cell.source, re.MULTILINE):
            minutes = int(heading[1])
        if "exercise" not in before.metadata.get("tags", []):
            written.append(cell)
            continue
        stub, _, tail = exercise_parts(before.source)
        solution = before.source.split("# solution\n")[1].split("# end\n")[0]
        cell.source = f"{stub.rstrip()}\n### BEGIN SOLUTION\n{solution.strip()}\n### END SOLUTION"
        cell.metadata["nbgrader"] = _metadata(f"{cell.id}-answer", solution=True)
        check = new_code_cell(graded(tail), id=f"{cell.id}-check")
        check.metadata["nbgrader"] = _metadata(check.id, grade=True, locked=True, points=minutes)
        written += [cell, check]
    book.cells = written
    return book


def graded(tail: str) -> str:
    """The check that follows an exercise, as a test: it fails with the sentence that a learner would read."""
    lines = [ast.unparse(node) for node in ast.parse(tail).body]
    check = next(line for line in lines if line.startswith("lesson.check("))
    return "\n".join([*lines[: lines.index(check)], f"result = {check}", "assert result.ok, result", "result"])


def _metadata(name: str, grade=False, solution=False, locked=False, points: int | None = None) -> dict:
    flags = {"grade": grade, "solution": solution, "locked": locked, "task": False}
    worth = {} if points is None else {"points": points}
    return {"grade_id": f"lesson-{name}", "schema_version": SCHEMA, "cell_type": "code", **flags, **worth}
