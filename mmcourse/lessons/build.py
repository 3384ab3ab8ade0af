"""`mmcourse build`: sources to executed notebooks; `--check`: proof, without executing, that they belong together."""

import argparse

from ..files import write_whole
from . import pages, scoreboard, solved
from .course import course_folder, may_build
from .kernels import Job, run_all
from .run import at_least_one, fault
from .source import Source, sources

LARGEST = 400_000  # bytes of a built notebook


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lessons to build (default: all)")
    parser.add_argument("--check", action="store_true", help="only check that notebooks and sources belong together")
    parser.add_argument("--pages", action="store_true", help="only the scoreboards and tables, nothing is executed")
    parser.add_argument("--jobs", type=at_least_one, metavar="N", help="lessons at a time (default: one a core)")


def main(args: argparse.Namespace) -> int:
    if not may_build():
        raise ValueError(
            "mmcourse build works in a clone of the project, where the sources are; this is an installed copy"
        )
    chosen = sources(args.lessons)
    if args.check:
        faults = [fault for source in chosen for fault in check(source)]
        faults += [] if args.lessons else pages.faults()
        print("\n".join(faults) or f"{len(chosen)} lessons: every notebook is what its source and the results give")
        return 1 if faults else 0
    failed = {} if args.pages else build(chosen, args.jobs)
    for source in sources():
        refresh(source)
    pages.write()
    for name, wrong in failed.items():
        print(f"{name} was not built: {wrong}")
    return 1 if failed else 0


def build(chosen: list[Source], at_once: int | None = None) -> dict[str, str]:
    """Execute lessons; put notebooks and results of those that are good in place. What failed, with the reason.

    The solved exercises run after the learner's notebook in the same kernel, so the lesson is computed once for both.
    """
    failed = {source.name: f"skipped: {why}" for source in chosen if (why := source.entry.absent())}
    by_name = {source.name: source for source in chosen if source.name not in failed}

    def done(job: Job) -> None:
        wrong = fault(job)
        try:
            if wrong:
                raise ValueError(wrong)
            _put(by_name[job.name], job)
            print(f"{job.name}: built, {job.seconds:.0f} s", flush=True)
        except ValueError as error:
            failed[job.name] = str(error)

    jobs = [Job(source.name, source.number, _both(source)) for source in by_name.values()]
    if jobs:
        run_all(jobs, at_once, done)
    return failed


def _both(source: Source):
    """The learner's notebook, with the solved cells after it."""
    from nbformat import NotebookNode

    learner, answers = (source.notebook(solution, seconds=0) for solution in (False, True))
    differ = _differ(learner, answers)
    learner.cells += [NotebookNode(answers.cells[i], id=f"{answers.cells[i].id}-solved") for i in differ]
    return learner


def _differ(learner, answers) -> list[int]:
    return [i for i, cell in enumerate(answers.cells) if cell.source != learner.cells[i].source]


def _put(source: Source, job: Job) -> None:
    """Both notebooks and the results of a lesson that has run; the margins of unchanged claims are kept."""
    from nbformat import NotebookNode

    seconds = round(job.seconds)
    length, done = len(source.cells), job.notebook.cells
    learner = _finish(source, done[:length], False, seconds)
    differ = _differ(*(source.notebook(solution, seconds) for solution in (False, True)))
    done, answers = done[:length], done[length:]
    for i, cell in zip(differ, answers, strict=True):
        done[i] = NotebookNode(cell, execution_count=done[i].execution_count)
    solved.lean(solution := _finish(source, done, True, seconds), learner)
    contents = {False: _bytes(source, learner), True: _bytes(source, solution)}
    known = {(c["sentence"], str(c["bound"])): c for c in scoreboard.read(source.results).get("claims", [])}
    claims = [known.get((c["sentence"], str(c["bound"])), _unmeasured(c)) for c in job.kept["claims"]]
    write_whole(source.results, scoreboard.as_bytes(job.kept | {"seconds": seconds, "claims": claims}))
    for kind, content in contents.items():
        write_whole(source.built(kind), content)


def _unmeasured(claim: dict) -> dict:
    """A claim without a margin: an exact one needs none, any other waits for `mmcourse claims`."""
    exact = {"margin": None} if claim["scores"] is None else {"margin": 0.0, "fault": "run `mmcourse claims`"}
    return {name: claim[name] for name in ("sentence", "value", "bound")} | exact


def _finish(source: Source, executed: list, solution: bool, seconds: int):
    """The clean notebook with the outputs of the executed cells, less progress bars and what went to stderr."""
    notebook = source.notebook(solution, seconds)
    for cell, done in zip(notebook.cells, executed, strict=True):
        if cell.cell_type == "code":
            cell.execution_count = done.execution_count
            cell.outputs = [
                out
                for out in done.outputs
                if out.output_type != "stream" or (out.name == "stdout" and not _of_a_bar(out.text))
            ]
            for out in cell.outputs:
                if out.output_type == "execute_result":
                    out.execution_count = done.execution_count
    return notebook


def _of_a_bar(text: str) -> bool:
    """Whether this is what a progress bar writes: itself, or, of a bar below another, a move down or up a line."""
    return "\r" in text or not text.replace("\x1b[A", "").strip()


def _bytes(source: Source, notebook) -> bytes:
    import nbformat

    content = (nbformat.writes(notebook) + "\n").encode()
    if len(content) > LARGEST:
        raise ValueError(
            f"{source.name} is {len(content)} bytes as a notebook; at most {LARGEST}. Make its figures smaller."
        )
    return content


def refresh(source: Source) -> None:
    """Draw the scoreboard of a built lesson anew where the results that it shows have changed; nothing is executed."""
    import nbformat
    from nbformat.v4 import new_output

    now = scoreboard.digest(source.number)
    for solution in (False, True):
        path = source.built(solution)
        if not path.is_file():
            continue
        notebook = nbformat.read(path, as_version=4)
        if notebook.metadata["mmcourse"].get("results") == now:
            continue
        from .. import plots

        for cell in notebook.cells:
            if "scoreboard" in cell.metadata.get("tags", []) and not solution:
                figure = plots.course(scoreboard.shown(source.number, scoreboard.asked(cell.source)), [])
                data, metadata = figure.bundle()
                cell.outputs = [new_output("display_data", data=data, metadata=metadata)]
        notebook.metadata["mmcourse"]["results"] = now
        write_whole(path, _bytes(source, notebook))


def check(source: Source) -> list[str]:
    """Faults of a lesson's two notebooks against its source and the results; empty when they belong together."""
    import nbformat

    faults, again = [], f"run `mmcourse build {source.number}`"
    for solution in (False, True):
        path = source.built(solution)
        where = path.relative_to(course_folder()).as_posix()
        if not path.is_file():
            faults.append(f"{where} is missing: {again}")
            continue
        committed = nbformat.read(path, as_version=4)
        facts = committed.metadata.get("mmcourse", {})
        expected = source.notebook(solution, facts.get("seconds", 0))
        same = [(c.id, c.cell_type, c.source) for c in committed.cells] == [
            (c.id, c.cell_type, c.source) for c in expected.cells
        ]
        if facts.get("source") != source.digest or not same:
            faults.append(f"{where} is not what {source.name} gives: {again}")
        elif any(cell.cell_type == "code" and cell.execution_count is None for cell in committed.cells):
            faults.append(f"{where} has cells that were not executed: {again}")
        elif facts.get("results") != scoreboard.digest(source.number):
            faults.append(f"{where} shows results that have changed: run `mmcourse build --pages`")
    return faults
