"""`mmcourse run`: lessons in fresh kernels, a line each, a table at the end, the failing cell when one fails."""

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

from .source import Source, sources

CELL_SECONDS = 600  # no cell of the course takes nearly this long; a hanging kernel does


@dataclass(frozen=True)
class Outcome:
    """How a lesson ended: `error` is None or the failing cell with its traceback."""

    source: Source
    seconds: float
    error: str | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lessons to run (default: all)")
    parser.add_argument("--fast", action="store_true", help="one seed instead of three")


def main(args: argparse.Namespace) -> int:
    import nbformat
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Table

    console = Console()
    outcomes = []
    columns = TextColumn("{task.description:32}"), BarColumn(), TextColumn("cell {task.completed}/{task.total}")
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal) as progress:
        for source in sources(args.lessons):
            notebook = nbformat.read(source.built(solution=False), as_version=4)
            task = progress.add_task(source.name, total=len(notebook.cells))
            with scratch_environment(args.fast):
                error, seconds = execute(notebook, lambda cell, task=task: progress.update(task, completed=cell + 1))
            outcomes.append(Outcome(source, seconds, error))
            if not console.is_terminal:
                console.print(f"{source.name}: {'FAILED' if error else 'ok'}, {seconds:.0f} s")
    table = Table("lesson", "result", "seconds")
    for outcome in outcomes:
        table.add_row(outcome.source.name, "FAILED" if outcome.error else "ok", f"{outcome.seconds:.0f}")
    console.print(table)
    failed = [outcome for outcome in outcomes if outcome.error]
    for outcome in failed:
        console.print(f"\n{outcome.source.name} failed:\n{outcome.error}", markup=False, highlight=False)
    return 1 if failed else 0


@contextlib.contextmanager
def scratch_environment(fast: bool) -> Iterator[None]:
    """Kernels started inside write their results to a folder that goes away, and run in the mode asked for."""
    saved = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"MMCOURSE_RESULTS": folder, "MMCOURSE_FAST": "1" if fast else "0"}
        try:
            yield
        finally:
            os.environ.clear()
            os.environ |= saved


def execute(notebook, on_cell=None) -> tuple[str | None, float]:
    """Run a notebook in a fresh kernel, in place. Returns the failing cell with its traceback or None, and seconds."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            extra_arguments=["--IPKernelApp.log_level=40"],  # errors only
            resources={"metadata": {"path": folder}},
            on_cell_executed=None if on_cell is None else lambda cell, cell_index, execute_reply: on_cell(cell_index),
        )
        try:
            client.execute()
            error = None
        except CellExecutionError as failure:
            error = _plain(str(failure))
        except CellTimeoutError:
            error = f"a cell took longer than {CELL_SECONDS} seconds"
        except (DeadKernelError, AssertionError):  # nbclient stumbles over its own clean-up when a kernel dies
            error = "the kernel died; often that is too little memory: close other programs and try again"
    return error, time.perf_counter() - start


def _plain(text: str) -> str:
    """The text without the colour codes of a terminal."""
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", text)
