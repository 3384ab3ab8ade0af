"""The front page: what this is and for whom, a figure, three ways in, and the map of lessons with their minutes."""

from collections.abc import Iterator

import teachers

from mmcourse import plots
from mmcourse.evaluation import Method
from mmcourse.lessons import scoreboard
from mmcourse.lessons.course import PARTS, Entry, entries
from mmcourse.lessons.source import sources

MORE = ("choosing", "teachers", "reference/index", "pitfalls", "data", "results", "command", "solutions")

FRONT = """# mmcourse

::::{{container}} front
:::{{container}} what
**A course on multimodal learning in Jupyter notebooks, and the Keras 3 layers that go with it.** Pictures, words, sound
and film: how to put them together, when that pays, and how to prove that a model uses what it is given.

It is for people who learn by running things, for teachers with a room of laptops without GPU or network, and for
engineers who want one fusion layer and the proof that it is right. Data and lessons come with the package; every number
in a lesson is measured beside a baseline, with seeds and intervals.
:::

![{alt}](front.png)
::::

:::{{container}} ways
- **[Learn](notebooks/{first})** Start with lesson {number}: a first fused model in one minute.
- **[Teach](teachers.md)** Minutes, prerequisites, three routes, a room without a network.
- **[Build](reference/layers.rst)** One layer in your own model. Which? [Choose a fusion](choosing.rst).
:::

:::{{container}} map
{lessons}
:::

{toctrees}
"""


def pages() -> Iterator[tuple[str, str | bytes]]:
    """The front page and its figure."""
    figure, listed = fused(), entries()
    minutes = {source.number: teachers.minutes_of(source) for source in sources()}
    first = next(entry for entry in listed if entry.written)
    yield "front.png", figure.png
    yield (
        "index.md",
        FRONT.format(
            alt=figure.alt,
            first=f"{first.folder}.ipynb",
            number=first.number,
            lessons="\n".join(_part(part, [e for e in listed if e.part == part], minutes) for part in PARTS),
            toctrees="\n".join(
                [*(_toctree(part.capitalize(), _notebooks(listed, part)) for part in PARTS), _toctree("More", MORE)]
            ),
        ),
    )


def fused():
    """What the first lesson measured: each modality alone, and fused."""
    rows = scoreboard.committed(next(entry.number for entry in entries() if entry.written))
    found = {Method(row["method"], key=row["key"], modality=row["modality"]): scoreboard.scores_of(row) for row in rows}
    return plots.scores("Two weak senses, fused, are one good one", found, rows[0]["baseline"])


def _part(part: str, listed: list[Entry], minutes: dict[str, dict[str, int]]) -> str:
    lines = [_line(entry, minutes.get(entry.number)) for entry in listed]
    return "\n".join([f"**{part.capitalize()}**", "", *lines, ""])


def _line(entry: Entry, minutes: dict[str, int] | None) -> str:
    if minutes is None:
        return f"- *{entry.title}*"
    return f"- [{entry.title}](notebooks/{entry.folder}.ipynb) {sum(minutes.values())} min"


def _notebooks(listed: list[Entry], part: str) -> list[str]:
    return [f"notebooks/{entry.folder}" for entry in listed if entry.part == part and entry.written]


def _toctree(caption: str, documents) -> str:
    return "\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *documents, "```"]) if documents else ""
