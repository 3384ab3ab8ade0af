"""The scoreboard of the course: what every lesson measured, from the `results.json` in its folder.

The committed results are written by `mmcourse build`; a learner's own runs go to `my-results` in their folder.
"""

import hashlib
import json
import os
import platform
import re
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

from ..evaluation.seeds import Scores
from ..files import write_whole
from .source import sources

PLAY = "play"  # in place of a lesson's number: what the learner scored in the game


def record(lesson: str, row: dict) -> None:
    """Keep one row: what a method scored, seed by seed, and what is needed to read it.

    A later row of the same method, data and lesson takes the place of the earlier one.
    """
    same = row["key"], row["data"]
    rows = [old for old in own(lesson).get("rows", []) if (old["key"], old["data"]) != same]
    keep(lesson, rows=[*rows, row])


def keep(lesson: str, **parts) -> None:
    """Put parts ("rows", "claims") into the results of the run at hand."""
    versions = {name: metadata.version(name) for name in ("mmcourse", "keras", "tensorflow", "numpy")}
    document = {"lesson": lesson, "versions": {"python": platform.python_version()} | versions}
    content = document | {"rows": []} | own(lesson) | document | parts
    write_whole(own_folder() / f"{lesson}.json", as_bytes(content))


def own(lesson: str) -> dict:
    """What the run at hand, or the learner's earlier ones, kept of a lesson; empty where there is nothing."""
    return read(own_folder() / f"{lesson}.json")


def own_folder() -> Path:
    return Path(os.environ.get("MMCOURSE_RESULTS") or "my-results")


def read(path: Path) -> dict:
    """A results file; empty where there is none. `ValueError` says which file is damaged."""
    if not path.exists():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        {row["method"]: row["scores"] for row in document["rows"]}
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} is damaged: delete it, and run the lesson again") from None
    return document


def as_bytes(document: dict) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def committed(number: str | None = None) -> list[dict]:
    """Every committed row, each with its lesson's number, in the order of lessons; or those of one lesson."""
    rows = []
    for source in sources([number] if number else None):
        rows += [{"lesson": source.number} | row for row in read(source.results).get("rows", [])]
    return rows


def own_rows(numbers: Iterable[str]) -> list[dict]:
    """The rows of the learner's own runs of these lessons."""
    return [{"lesson": number} | row for number in numbers for row in own(number).get("rows", [])]


def played(data: Iterable[str]) -> list[dict]:
    """The rows of the learner's games, those about sets of these names."""
    names = set(data)
    return [row for row in own_rows([PLAY]) if row["data"] in names]


def best(rows: Sequence[dict]) -> dict | None:
    """The row that comes nearest to its ceiling (or to 1 where nobody knows it) from its majority class."""

    def way(row: dict) -> float:
        room = (1.0 if row.get("ceiling") is None else row["ceiling"]) - row["baseline"]
        return (scores_of(row).mean - row["baseline"]) / room if room > 0.01 else 0.0  # nothing to learn, nothing won

    return max(rows, key=way, default=None)


def asked(code: str) -> str | None:
    """The data set whose column a cell asks for, as in `lesson.scoreboard("emoji")`; None where it asks for none."""
    found = re.search(r"lesson\.scoreboard\(\"(.+?)\"\)", code)
    return found.group(1) if found else None


def shown(number: str, data: str | None = None) -> list[dict]:
    """The rows that a lesson's scoreboard shows: the best of each earlier lesson, and its own.

    With `data`, its column: every row of that set, up to this lesson.
    """
    if data is not None:
        return [row for row in committed() if row["data"] == data and row["lesson"] <= number]
    earlier = [source.number for source in sources() if source.number < number]
    picks = [best(committed(lesson)) for lesson in earlier]
    return [row for row in picks if row] + committed(number)


def digest(number: str) -> str:
    """SHA-256 of the rows that a lesson's scoreboard shows: what a built notebook must carry."""
    (source,) = sources([number])
    columns = [asked(cell.source) for cell in source.cells if "scoreboard" in cell.metadata.get("tags", [])]
    rows = [row for data in columns or [None] for row in shown(number, data)]
    facts = ("lesson", "method", "data", "scores", "baseline", "ceiling")
    seen = [{name: row.get(name) for name in facts} for row in rows]
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


def scores_of(row: dict) -> Scores:
    return Scores({int(seed): score for seed, score in row["scores"].items()})


def table(rows: Sequence[dict]) -> str:
    """Rows as a Markdown table."""
    lines = [
        "| lesson | data | method | test accuracy | seeds | majority | ceiling | parameters |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        found = scores_of(row)
        spread = f" ± {found.spread:.3f}" if len(found) > 1 else ""
        ceiling = "not known" if row.get("ceiling") is None else f"{row['ceiling']:.3f}"
        lines.append(
            f"| {row['lesson']} | {row['data']} | {row['method']} | {found.mean:.3f}{spread} | {len(found)} "
            f"| {row['baseline']:.3f} | {ceiling} | {row['parameters']:,.0f} |"
        )
    return "\n".join(lines)
