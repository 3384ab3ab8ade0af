"""Notebooks in fresh kernels, several at a time, with a live line each."""

import asyncio
import contextlib
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from . import scoreboard

CELL_SECONDS = 900  # no cell of the course takes nearly this long; a hanging kernel does
ONE_THREAD = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


@dataclass
class Job:
    """A notebook to execute. `seeds` in place of the lesson's own; `error` and `kept` are set when it has run.

    `kept` is what the lesson recorded and claimed, as in its results file.
    """

    name: str
    number: str
    notebook: object
    fast: bool = False
    seeds: tuple[int, ...] = ()
    error: str | None = "it did not run"
    seconds: float = 0.0
    kept: dict = field(default_factory=dict)

    def failed_claims(self) -> list[str]:
        return [claim["fault"] for claim in self.kept.get("claims", []) if claim["fault"]]


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_all(jobs: Sequence[Job], at_once: int | None = None, done: Callable[[Job], None] = lambda job: None) -> None:
    """Execute every job in place, `at_once` (default: the cores) at a time; `done` is called as each one ends.

    When several run, each has one thread: two side by side end sooner so than one after the other with two. Ctrl-C ends
    all kernels and is passed on.
    """
    from rich.console import Console

    at_once = min(at_once or cores(), len(jobs))
    with _lines(Console()) as line, ThreadPoolExecutor(1) as thread:
        # beside the main thread nbclient leaves Ctrl-C alone; in it, it would kill the kernels and go on to the next
        several = _Several(jobs, at_once, line, done)
        future = thread.submit(asyncio.run, several.run())
        try:
            while not future.done():
                wait([future], timeout=0.2)  # not for ever: on Windows that could not be interrupted
        except KeyboardInterrupt:
            several.stop()
            raise
        future.result()


class _Several:
    """Jobs at work; `stop` may be called from another thread."""

    def __init__(self, jobs: Sequence[Job], at_once: int, line, done):
        self.jobs, self.at_once, self.line, self.done = jobs, at_once, line, done
        self.stopped = False
        self.loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        self.loop, free = asyncio.get_running_loop(), asyncio.Semaphore(self.at_once)
        self.tasks = [asyncio.create_task(self._one(job, free)) for job in self.jobs]
        ended = await asyncio.gather(*self.tasks, return_exceptions=True)  # all of them: each cleans up its kernel
        for error in ended:
            if isinstance(error, Exception):
                raise error

    def stop(self) -> None:
        self.stopped = True
        if self.loop:
            self.loop.call_soon_threadsafe(lambda: [task.cancel() for task in self.tasks])

    async def _one(self, job: Job, free: asyncio.Semaphore) -> None:
        async with free:
            if self.stopped:
                return
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                on_cell, began = self.line(job), time.perf_counter()
                job.error = await _execute(job, Path(folder), self.at_once > 1, on_cell)
                job.seconds = time.perf_counter() - began
                job.kept = scoreboard.read(Path(folder) / f"{job.number}.json")
                on_cell(None)
            if not self.stopped:
                self.done(job)


async def _execute(job: Job, folder: Path, one_thread: bool, on_cell) -> str | None:
    """Run one notebook in a fresh kernel; the failing cell with its traceback, or None."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    client = NotebookClient(
        job.notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=40"],  # errors only
        resources={"metadata": {"path": str(folder)}},
        shutdown_kernel="immediate",  # it has nothing left to do, and takes two seconds to leave by itself
        on_cell_executed=lambda cell, cell_index, execute_reply: on_cell(cell_index + 1),
    )
    environment = dict(os.environ) | {"MMCOURSE_RESULTS": str(folder), "MMCOURSE_FAST": "1" if job.fast else "0"}
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))  # what it leaves behind goes with the folder
    environment |= {"MMCOURSE_SEEDS": ",".join(map(str, job.seeds))} if job.seeds else {}
    environment |= dict.fromkeys(ONE_THREAD, "1") if one_thread else {}
    try:
        # what a kernel writes past its notebook, TensorFlow's greetings for one, is nobody's to read
        await client.async_execute(env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except CellExecutionError as failure:
        return re.sub(r"\x1b\[[0-9;]*m", "", str(failure))  # without the colour codes of a terminal
    except CellTimeoutError:
        return f"a cell took longer than {CELL_SECONDS} seconds"
    except (DeadKernelError, AssertionError):  # nbclient stumbles over its own clean-up when a kernel dies
        return "the kernel died; often that is too little memory: close other programs and try again"
    return None


@contextlib.contextmanager
def _lines(console):
    """A live line for each job that runs, in a terminal; elsewhere nothing."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description:40}"), BarColumn(), TextColumn("cell {task.completed}/{task.total}")
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal) as progress:

        def line(job: Job):
            task = progress.add_task(job.name, total=len(job.notebook.cells))

            def on_cell(completed: int | None) -> None:
                if completed is None:
                    progress.remove_task(task)
                else:
                    progress.update(task, completed=completed)

            return on_cell

        yield line
