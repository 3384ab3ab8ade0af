"""`mmcourse run`: lessons in fresh kernels, and a table at the end; the failing cell or claims when one fails."""

import argparse

from .kernels import Job, run_all
from .source import sources


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lessons to run (default: all)")
    parser.add_argument("--fast", action="store_true", help="one seed instead of three")
    parser.add_argument("--jobs", type=at_least_one, metavar="N", help="lessons at a time (default: one a core)")


def at_least_one(text: str) -> int:
    if not (text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"a whole number from 1 on is needed, got {text!r}")
    return int(text)


def main(args: argparse.Namespace) -> int:
    import nbformat
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table, jobs, failed = Table("lesson", "result", "seconds"), [], []
    for source in sources(args.lessons):
        if absent := source.entry.absent():
            table.add_row(source.name, f"skipped: {absent}", "")
        elif not source.built(False).is_file():
            raise ValueError(f"{source.built(False).name} is missing: run `mmcourse build {source.number}` first")
        else:
            notebook = nbformat.read(source.built(solution=False), as_version=4)
            jobs.append(Job(source.name, source.number, notebook, fast=args.fast))

    def done(job: Job) -> None:
        wrong = fault(job)
        failed.extend([f"{job.name}: {wrong}"] if wrong else [])
        if not console.is_terminal:
            console.print(f"{job.name}: {'FAILED' if wrong else 'ok'}, {job.seconds:.0f} s")
        table.add_row(job.name, "FAILED" if wrong else "ok", f"{job.seconds:.0f}")

    if jobs:
        jobs.sort(key=lambda job: -job.notebook.metadata.get("mmcourse", {}).get("seconds", 0))
        run_all(jobs, args.jobs, done)  # the longest first: the one that at the end runs alone is then short
    console.print(table)
    for sentence in failed:
        console.print(f"\n{sentence}", markup=False, highlight=False, soft_wrap=True)
    return 1 if failed else 0


def fault(job: Job) -> str | None:
    """Why a lesson that has run is not good: the cell that failed, the claims that do not hold; None where it is."""
    if job.error:
        return f"failed\n{job.error}"
    if not job.kept.get("claims"):
        return "makes no claims: state them with lesson.claim, and end with lesson.claims()"
    if wrong := job.failed_claims():
        return f"{len(wrong)} of {len(job.kept['claims'])} claims do not hold\n  " + "\n  ".join(wrong)
    return None
