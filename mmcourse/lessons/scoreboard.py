"""The scoreboard of the course: one JSON per lesson in `results/`, one table, one figure.

The committed results are written by `mmcourse build`; a learner's own runs go to `my-results` in their folder.
"""

import json
import os
import platform
from importlib import metadata
from pathlib import Path

from ..files import course_file, write_whole

BEGIN, END = "<!-- results: made by mmcourse build -->", "<!-- end of results -->"


def record(
    lesson: str,
    method: str,
    data: str,
    scores: dict[int, float],
    *,
    fast: bool,
    baseline: float,
    parameters: int,
    test_samples: int,
    ceiling: float | None = None,
    seconds: float | None = None,
) -> None:
    """Keep the test scores of a method, seed by seed, and what is needed to read them.

    `scores`: seed -> accuracy. `baseline`: that of the majority class. `ceiling`: the best accuracy there can be, None
    where nobody knows. `parameters`: of the model; `seconds`: of one training, None where it was not timed. A later
    record of the same method, data and lesson takes the place of the earlier one.
    """
    path = _own_folder() / f"{lesson}.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    facts = {"baseline": baseline, "ceiling": ceiling, "seconds": seconds}
    row = {"method": method, "data": data, "scores": {str(seed): round(float(s), 4) for seed, s in scores.items()}}
    row |= {name: None if fact is None else round(float(fact), 4) for name, fact in facts.items()}
    row |= {"parameters": int(parameters), "test_samples": int(test_samples), "fast": fast}
    rows = [old for old in rows if (old["method"], old["data"]) != (method, data)] + [row]
    versions = {name: metadata.version(name) for name in ("mmcourse", "keras", "tensorflow", "numpy")}
    document = {"lesson": lesson, "versions": {"python": platform.python_version()} | versions, "rows": rows}
    write_whole(path, (json.dumps(document, indent=1) + "\n").encode())


def rows(folder: Path | None = None) -> list[dict]:
    """All rows of a results folder (default: the course's own), in lesson order, each with its lesson's number."""
    folder = folder or course_file("results")
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("[0-9][0-9].json"))]
    return [{"lesson": document["lesson"]} | row for document in documents for row in document["rows"]]


def own_rows() -> list[dict]:
    """The rows of the learner's own runs; none while the course's results themselves are being written."""
    return [] if _own_folder() == course_file("results") else rows(_own_folder())


def _own_folder() -> Path:
    return Path(os.environ.get("MMCOURSE_RESULTS") or "my-results")


def table(folder: Path | None = None) -> str:
    """The results as a Markdown table."""
    lines = [
        "| lesson | data | method | test accuracy | seeds | majority | ceiling | parameters |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows(folder):
        mean, spread = summary(row["scores"])
        ceiling = "not known" if row.get("ceiling") is None else f"{row['ceiling']:.3f}"
        lines.append(
            f"| {row['lesson']} | {row['data']} | {row['method']} | {mean:.3f} ± {spread:.3f} | {len(row['scores'])} "
            f"| {row['baseline']:.3f} | {ceiling} | {row['parameters']:,.0f} |"
        )
    return "\n".join(lines)


def summary(scores: dict) -> tuple[float, float]:
    """Mean and standard deviation (n - 1) over seeds; a single seed has no spread and gives NaN."""
    import numpy as np

    values = list(scores.values())
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")


def put_into(readme: str, folder: Path | None = None) -> str:
    """The README with its results table replaced by the one `results/` gives."""
    before, rest = readme.split(BEGIN)
    return f"{before}{BEGIN}\n{table(folder)}\n{END}{rest.split(END)[1]}"
