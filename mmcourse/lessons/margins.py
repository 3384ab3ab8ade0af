"""`mmcourse claims`: how much room there is between what a lesson says and what nine seeds show."""

import argparse

from ..files import write_whole
from . import scoreboard
from .claims import ENOUGH, Claim, Measured, measure
from .course import may_build
from .kernels import Job, run_all
from .run import at_least_one
from .source import Source, sources

PER_RUN = 3  # seeds of one run of a lesson: what a reader's run has


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lessons to measure (default: all)")
    parser.add_argument(
        "--seeds",
        default="9",
        metavar="N or LIST",
        help="a number of seeds, from 0 on, in runs of three: margins are written; or the seeds of a trial, "
        "such as 31,32,33,34,35,36: nothing is written (default: 9)",
    )
    parser.add_argument("--jobs", type=at_least_one, metavar="N", help="runs at a time (default: one a core)")


def main(args: argparse.Namespace) -> int:
    from rich.console import Console

    console, (seeds, trial) = Console(), chosen_seeds(args.seeds)
    if not (trial or may_build()):
        raise ValueError(
            "mmcourse claims writes margins in a clone of the project; name seeds to try an installed copy"
        )
    chosen, jobs, failed = [], {}, 0
    for source in sources(args.lessons):
        if absent := source.entry.absent():
            console.print(f"{source.name} skipped: {absent}")
            continue
        chosen.append(source)
        jobs[source.number] = [_job(source, part) for part in seeds]
    waiting = {source.number: len(seeds) for source in chosen}

    def done(job: Job) -> None:
        nonlocal failed
        waiting[job.number] -= 1
        if not waiting[job.number]:  # the last run of this lesson: say it now, others take a while
            source = next(source for source in chosen if source.number == job.number)
            failed += not _tell(console, source, jobs[job.number], trial)

    run_all([job for several in jobs.values() for job in several], args.jobs, done)
    return 1 if failed else 0


def _job(source: Source, seeds: tuple[int, ...]) -> Job:
    name = f"{source.name}, seeds {', '.join(map(str, seeds))}"
    return Job(name, source.number, source.notebook(False, 0), seeds=seeds)


def chosen_seeds(text: str) -> tuple[list[tuple[int, ...]], bool]:
    """The seeds in parts of three, and whether they are a trial (a list). `ValueError` for fewer than nine to write."""
    parts = text.split(",")
    if not all(part.strip().isdigit() for part in parts):
        raise ValueError(f"--seeds takes a number such as 9, or different seeds such as 31,32,33; got {text!r}")
    trial = len(parts) > 1
    seeds = [int(part) for part in parts] if trial else list(range(int(text)))
    if len(set(seeds)) < len(seeds) or len(seeds) % PER_RUN or len(seeds) < (PER_RUN if trial else 3 * PER_RUN):
        raise ValueError(f"--seeds needs different seeds in threes, nine or more to write margins; got {text!r}")
    return [tuple(seeds[i : i + PER_RUN]) for i in range(0, len(seeds), PER_RUN)], trial


def _tell(console, source: Source, jobs: list[Job], trial: bool) -> bool:
    """Print a lesson's claims with their margins, keep them unless it is a trial; whether all is well."""
    from rich.table import Table

    for job in jobs:
        if job.error:
            console.print(f"{job.name} failed\n{job.error}", markup=False, highlight=False, soft_wrap=True)
            return False
    found = measure([[_claim(kept) for kept in job.kept.get("claims", [])] for job in jobs])
    table = Table("margin", "value", "bound", "claim", title=source.name)
    for one in found:
        table.add_row(*_row(one))
    console.print(table)
    missed = [f"{job.name}: {sentence}" for job in jobs for sentence in job.failed_claims()]
    for sentence in [f"{one.sentence}: {one.fault}" for one in found if one.fault] + missed:
        console.print(f"  {sentence}", markup=False, highlight=False, soft_wrap=True)
    if not trial:
        document = scoreboard.read(source.results) or {"lesson": source.number, "rows": []}
        document["claims"] = [one.as_json() for one in found]
        write_whole(source.results, scoreboard.as_bytes(document))
    good = not missed if trial else not any(one.fault for one in found)
    verdict = ("all hold" if trial else f"all at {ENOUGH:g} or more, or exact") if good else "not all are good"
    console.print(f"{source.name}: {len(found)} claims, {verdict}")
    return good


def _row(one: Measured) -> tuple[str, str, str, str]:
    ((kind, bound),) = one.bound.items()
    number = isinstance(one.value, float)
    value = f"{one.value:.4g}" + (f" ± {one.spread:.2g}" if one.spread else "") if number else str(one.value)[:30]
    margin = "exact" if one.margin is None else f"{one.margin:.1f}"
    return margin, value, f"{kind} {str(bound)[:30]}", one.sentence


def _claim(kept: dict) -> Claim:
    return Claim(kept["sentence"], kept["value"], kept["bound"], kept["scores"])
