"""The page for teachers: minutes, prerequisites and routes, read from the manifest and the lessons themselves."""

import html
import json
import re
from collections.abc import Iterable

from mmcourse.lessons.course import PARTS
from mmcourse.lessons.source import Source, sources

DAY, DAYS = 6 * 60, 5  # minutes of teaching, and days of a week
WEEKS = 14  # of a term
WIDE, HIGH, ACROSS, DOWN = 190, 30, 50, 14  # of a box of the graph, and between boxes

PAGE = """# For teachers

Every lesson is a notebook that runs on a laptop without GPU or network. Its learner's version has open exercises, each
with a check and a hint; the [solutions](solutions.md) are the same notebooks with the exercises solved.

## How long it takes

Minutes of reading, of the exercises and of running the whole notebook on 2 CPU cores.

{minutes}

## What builds on what

A lesson needs those that arrows lead from, as its head says.

{graph}

## Three routes

A lesson takes its reading, its run and its exercises. The day has at most {hours} hours: the first lesson of each part,
with what it builds on, then the second, as far as they fit.

{routes}

## A room without a network

On a machine with a network, of the same system and Python version as those in the room, in a clone:

```
make lab                                # once, to set up
.venv/bin/mmcourse bundle my-room       # about 1 GB: a wheel of the course and of everything it needs
```

Copy the folder `my-room` to each machine; its `README.txt` says the rest:

```
python -m venv mmcourse-env
mmcourse-env/bin/python -m pip install --no-index --find-links wheels "mmcourse[course]"
mmcourse-env/bin/mmcourse doctor        # is this machine ready?
mmcourse-env/bin/mmcourse run --fast 00 # does a lesson run?
mmcourse-env/bin/mmcourse lab           # the lessons in a folder of one's own
```

The wheel of the course holds the lessons and the data they load. Sets that were downloaded before with
`mmcourse data get` go into the bundle too.

## Grading with nbgrader

A lesson's checks are its tests. `mmcourse assignment 06 my-course` writes the lesson as an assignment of
[nbgrader](https://nbgrader.readthedocs.io), with its metadata: each exercise is an answer cell, whose solution nbgrader
takes out for the students, and a locked cell with the check, worth as many points as the exercise has minutes. Then, in
`my-course`:

```
nbgrader generate_assignment 06_linear_fusion
nbgrader autograde 06_linear_fusion
nbgrader generate_feedback 06_linear_fusion
```

A student who is wrong reads in the feedback the sentence that the check says in the notebook. `MMCOURSE_FAST=1` in the
environment of `autograde` runs the lesson with one seed.
"""


def page() -> str:
    """The page in Markdown."""
    found = sources()
    takes = {source.number: minutes_of(source) for source in found}
    needs = {source.number: prerequisites(source) for source in found}
    rows = [
        f"| {link(s)} | {takes[s.number]['reading']} | {takes[s.number]['exercises']} | {takes[s.number]['run']} "
        f"| {', '.join(needs[s.number]) or '–'} |"
        for s in found
    ]
    header = ["| lesson | reading | exercises | run | builds on |", "| --- | ---: | ---: | ---: | --- |"]
    return PAGE.format(
        minutes="\n".join([*header, *rows]),
        graph=f"```{{raw}} html\n{graph(found, needs)}\n```",
        hours=DAY // 60,
        routes=routes(found, {number: sum(each.values()) for number, each in takes.items()}, needs),
    )


def minutes_of(source: Source) -> dict[str, int]:
    """Minutes of reading, of the exercises, and of the run that built the notebook."""
    book = json.loads(source.built(solution=False).read_text(encoding="utf-8"))
    return {**source.minutes(), "run": max(1, round(book["metadata"]["mmcourse"]["seconds"] / 60))}


def prerequisites(source: Source) -> list[str]:
    """The earlier lessons that a lesson's head links to where it says what to know before (00 also offers a jump)."""
    head = source.cells[0].source.partition("**Before you start**")[2].partition("**Time**")[0]
    return sorted({one for one in re.findall(r"\((\d\d)_\w+\.ipynb\)", head) if one < source.number})


def link(source: Source) -> str:
    return f"[{source.entry.title}](notebooks/{source.name}.ipynb)"


def routes(found: list[Source], takes: dict[str, int], needs: dict[str, list[str]]) -> str:
    """A day: the first lesson of each part, as far as they fit; a week: in order; a term: the same number each week."""
    by_number = {source.number: source for source in found}
    day = one_day(found, takes, needs)
    days = spread([source.number for source in found], takes)
    each, total = -(-len(found) // WEEKS), sum(takes.values())
    weeks = [found[i : i + each] for i in range(0, len(found), each)]
    return "\n".join(
        [
            f"**One day** ({sum(takes[n] for n in day)} minutes): {', '.join(link(by_number[n]) for n in day)}.",
            "",
            f"**One week** (five days of about {total / DAYS / 60:.1f} hours):",
            *(f"{i}. {', '.join(link(by_number[n]) for n in numbers)}" for i, numbers in enumerate(days, start=1)),
            "",
            f"**One term** ({len(weeks)} weeks; exercises may be homework):",
            *(f"{i}. {', '.join(map(link, members))}" for i, members in enumerate(weeks, start=1)),
        ]
    )


def one_day(found: list[Source], takes: dict[str, int], needs: dict[str, list[str]]) -> list[str]:
    """The first lesson of each part, then the second and so on, each with what it builds on, until the day is full."""
    parts = [[source.number for source in found if source.entry.part == part] for part in PARTS]
    wanted = [part[i] for i in range(max(map(len, parts))) for part in parts if i < len(part)]
    day: set[str] = set()
    for number in wanted:
        more = day | closure([number], needs)
        if sum(takes[one] for one in more) <= DAY:
            day = more
    return sorted(day)


def spread(numbers: list[str], takes: dict[str, int]) -> list[list[str]]:
    """Lessons in order over the days of a week, each day about as long."""
    total, before, days = sum(takes[number] for number in numbers), 0, [[] for _ in range(DAYS)]
    for number in numbers:
        days[before * DAYS // total].append(number)
        before += takes[number]
    return [day for day in days if day]


def closure(numbers: Iterable[str], needs: dict[str, list[str]]) -> set[str]:
    """These lessons and all that they build on."""
    found = set(numbers)
    for number in numbers:
        found |= closure(needs[number], needs)
    return found


def graph(found: list[Source], needs: dict[str, list[str]]) -> str:
    """Prerequisites as a drawing in SVG: a column for each length of the way from the start."""
    column: dict[str, int] = {}
    for source in found:
        column[source.number] = 1 + max((column[one] for one in needs[source.number]), default=-1)
    place, rows = {}, {}
    for source in found:
        i = column[source.number]
        place[source.number] = i * (WIDE + ACROSS), rows.get(i, 0) * (HIGH + DOWN)
        rows[i] = rows.get(i, 0) + 1
    width, height = len(rows) * (WIDE + ACROSS) - ACROSS, max(rows.values()) * (HIGH + DOWN)
    arrows = [arrow(place[one], place[source.number]) for source in found for one in needs[source.number]]
    told = "; ".join(f"{s.number} builds on {', '.join(needs[s.number])}" for s in found if needs[s.number])
    boxes = (box(source, *place[source.number]) for source in found)
    return (
        f'<div class="graph"><svg viewBox="-2 -2 {width + 4} {height + 4}" style="min-width: {width * 0.75:.0f}px" '
        f'role="img" aria-label="{told}">{"".join([*arrows, *boxes])}</svg></div>'
    )


def arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    (x0, y0), (x1, y1) = (start[0] + WIDE, start[1] + HIGH / 2), (end[0], end[1] + HIGH / 2)
    bend = (x1 - x0) / 2 if x1 - x0 <= ACROSS else ACROSS
    return f'<path d="M{x0} {y0} C{x0 + bend} {y0} {x1 - bend} {y1} {x1} {y1}"/>'


def box(source: Source, x: int, y: int) -> str:
    title = html.escape(source.entry.title)
    return (
        f'<a href="notebooks/{source.name}.html"><rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="4"/>'
        f'<text x="{x + 8}" y="{y + 20}">{title}</text></a>'
    )
