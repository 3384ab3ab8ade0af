"""`mmcourse build`: sources to executed notebooks; `--check`: proof, without executing, that they belong together."""

import argparse
import copy
import os
from pathlib import Path

from ..files import course_file, in_clone, write_whole
from . import scoreboard
from .run import execute, scratch_environment
from .source import Source, sources

LARGEST = 400_000  # bytes of a built notebook


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lessons to build (default: all)")
    parser.add_argument("--check", action="store_true", help="only check that notebooks and sources belong together")


def main(args: argparse.Namespace) -> int:
    if not in_clone():
        raise ValueError(
            "mmcourse build works in a clone of the project, where the sources are; this is an installed copy"
        )
    chosen = sources(args.lessons)
    if args.check:
        faults = [fault for source in chosen for fault in check(source)]
        faults += [] if args.lessons else check_readme()
        print("\n".join(faults) or f"{len(chosen)} lessons: every notebook is what its source gives")
        return 1 if faults else 0
    for source in chosen:
        print(f"{source.name} ...", flush=True)
        build(source)
    write_readme()
    return 0


def build(source: Source) -> None:
    """Execute a lesson, write its `results/`, and put both notebooks in place.

    The solved exercises run after the learner's notebook in the same kernel, so the lesson is computed once for both.
    """
    from nbformat import NotebookNode

    learner, solved = (source.notebook(solution, seconds=0) for solution in (False, True))
    length = len(learner.cells)
    differ = [i for i in range(length) if learner.cells[i].source != solved.cells[i].source]
    both = copy.deepcopy(learner)
    both.cells += [NotebookNode(solved.cells[i], id=f"{solved.cells[i].id}-solved") for i in differ]
    results = course_file("results", f"{source.number}.json")
    before = results.read_bytes() if results.is_file() else None
    results.unlink(missing_ok=True)  # a row that the lesson no longer records must not stay
    error: str | None = "it was interrupted"
    try:
        with scratch_environment(fast=False):
            os.environ["MMCOURSE_RESULTS"] = str(course_file("results"))
            error, seconds = execute(both)
    finally:
        if error and before is not None:
            write_whole(results, before)
    if error:
        raise ValueError(f"{source.name} failed, no notebook was written:\n{error}")
    done = both.cells[:length]
    contents = {False: _finish(source, done, False, round(seconds))}
    for i, cell in zip(differ, both.cells[length:], strict=True):
        done[i] = NotebookNode(cell, execution_count=done[i].execution_count)
    contents[True] = _finish(source, done, True, round(seconds))
    for solution, content in contents.items():
        write_whole(source.built(solution), content)


def _finish(source: Source, executed: list, solution: bool, seconds: int) -> bytes:
    """The clean notebook with the outputs of the executed cells, less progress bars and what went to stderr."""
    import nbformat

    notebook = source.notebook(solution, seconds)
    for cell, done in zip(notebook.cells, executed, strict=True):
        if cell.cell_type == "code":
            cell.execution_count = done.execution_count
            cell.outputs = [
                out
                for out in done.outputs
                if out.output_type != "stream" or (out.name == "stdout" and "\r" not in out.text)
            ]
            for out in cell.outputs:
                if out.output_type == "execute_result":
                    out.execution_count = done.execution_count
    content = (nbformat.writes(notebook) + "\n").encode()
    if len(content) > LARGEST:
        raise ValueError(
            f"{source.name} is {len(content)} bytes as a notebook; at most {LARGEST}. Make its figures smaller."
        )
    return content


def check(source: Source) -> list[str]:
    """Faults of a lesson's two notebooks against its source; empty when they belong together."""
    import nbformat

    faults = []
    for solution in (False, True):
        path = source.built(solution)
        where = path.relative_to(course_file())
        if not path.is_file():
            faults.append(f"{where} is missing: run `mmcourse build {source.number}`")
            continue
        committed = nbformat.read(path, as_version=4)
        facts = committed.metadata.get("mmcourse", {})
        expected = source.notebook(solution, facts.get("seconds", 0))
        same = [(c.id, c.cell_type, c.source) for c in committed.cells] == [
            (c.id, c.cell_type, c.source) for c in expected.cells
        ]
        if facts.get("source") != source.digest or not same:
            faults.append(f"{where} is not what {source.path.name} gives: run `mmcourse build {source.number}`")
        elif any(cell.cell_type == "code" and cell.execution_count is None for cell in committed.cells):
            faults.append(f"{where} has cells that were not executed: run `mmcourse build {source.number}`")
    return faults


def check_readme() -> list[str]:
    """A fault if the README's table is not the one `results/` gives."""
    text = _readme().read_text(encoding="utf-8")
    return [] if scoreboard.put_into(text) == text else ["README.md: its results table is old: run `mmcourse build`"]


def write_readme() -> None:
    """Write the results table into the README, and the picture it shows."""
    from .. import plots

    write_whole(course_file("results", "course.png"), plots.course(scoreboard.rows(), []).png)
    write_whole(_readme(), scoreboard.put_into(_readme().read_text(encoding="utf-8")).encode())


def _readme() -> Path:
    return course_file("README.md")
