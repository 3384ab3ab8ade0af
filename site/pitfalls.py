"""The index of the pitfalls and a page for each, from `data/pitfalls`: numbers and lessons named in them are links."""

import re
from collections.abc import Iterator

from docstrings import LESSONS

from mmcourse.evaluation import PITFALLS

INDEX = """# Pitfalls

Ways in which a multimodal model, or its data, can be wrong while its score looks right. [`report`](
reference/names/mmcourse.evaluation.report.rst) and [`check`](reference/names/mmcourse.evaluation.check.rst) say which
they met by number, and only where the figures are beyond luck. A number means the same for ever.

| number | what it is | what it means | what to do |
| --- | --- | --- | --- |
{rows}

```{{toctree}}
:hidden:
:glob:

data/pitfalls/*
```
"""


def pages() -> Iterator[tuple[str, str]]:
    """The index, and the page of each pitfall where the project has it."""
    rows = []
    for pitfall in PITFALLS.values():
        text, where = str(pitfall), f"data/pitfalls/{pitfall.page.name}"
        yield where, linked(text, pitfall.number)
        means = " ".join(text.split("\n\n")[1].split()).partition(". ")[0].rstrip(".")
        remedy = pitfall.remedy[0].upper() + pitfall.remedy[1:]
        rows.append(f"| [{pitfall.number}]({where}) | {pitfall.name} | {means}. | {remedy}. |")
    yield "pitfalls.md", INDEX.format(rows="\n".join(rows))


def linked(text: str, own: str) -> str:
    """A page with links to other pitfalls and, in its last line, to the lessons that are written; its code as it is."""
    prose, code, last = re.split(r"(```.*```)", text, flags=re.DOTALL)
    prose = re.sub(r"\bMM\d+\b", lambda found: found[0] if found[0] == own else f"[{found[0]}]({found[0]}.md)", prose)
    return prose + code + re.sub(r"\b(\d\d) \(([^)]*)\)", lambda found: _lesson(*found.groups()), last)


def _lesson(number: str, words: str) -> str:
    entry = LESSONS[number]
    if not entry.written:
        return f"{number} ({words}; planned)"
    return f"[{number}](../../notebooks/{entry.folder}.ipynb) ({words})"
