"""What is generated beside the notebooks: the map of lessons in the README, and the page and figure of results."""

from ..files import write_whole
from . import scoreboard
from .course import PARTS, Entry, course_folder, entries

BEGIN, END = "<!-- lessons: made by mmcourse build -->", "<!-- end of lessons -->"


def write() -> None:
    """Write README.md's map, results/README.md and results/course.png."""
    for path, content in _texts().items():
        write_whole(course_folder(*path), content.encode())
    if rows := _best_rows():
        from .. import plots

        write_whole(course_folder("results", "course.png"), plots.course(rows, [], "The best of each lesson").png)


def faults() -> list[str]:
    """A fault for each page that is not what the manifest and the results give."""
    return [
        f"{'/'.join(path)} is not what the lessons and their results give: run `mmcourse build --pages`"
        for path, content in _texts().items()
        if not course_folder(*path).is_file() or course_folder(*path).read_text(encoding="utf-8") != content
    ]


def put_into(readme: str) -> str:
    """The README with its map of lessons replaced by what the manifest and the results give."""
    before, rest = readme.split(BEGIN)
    return f"{before}{BEGIN}\n{lesson_map()}\n{END}{rest.split(END)[1]}"


def lesson_map() -> str:
    """The lessons as a Markdown table, part by part: title, what it is about, data, the best result."""
    lines = ["| part | lesson | what it is about | data | best result |", "| --- | --- | --- | --- | --- |"]
    listed = entries()
    for part in PARTS:
        for i, entry in enumerate(e for e in listed if e.part == part):
            cells = [part if i == 0 else "", _title(entry), entry.line, ", ".join(entry.data), _result(entry)]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _title(entry: Entry) -> str:
    return f"[{entry.title}](notebooks/{entry.folder}.ipynb)" if entry.written else f"{entry.title} (planned)"


def _result(entry: Entry) -> str:
    row = scoreboard.best(scoreboard.committed(entry.number)) if entry.written else None
    if row is None:
        return ""
    ceiling = "" if row.get("ceiling") is None else f", ceiling {row['ceiling']:.3f}"
    found = scoreboard.scores_of(row)
    return f"{row['method']}: {found.mean:.3f} ± {found.spread:.3f} (majority {row['baseline']:.3f}{ceiling})"


def _best_rows() -> list[dict]:
    written = [entry.number for entry in entries() if entry.written]
    picks = [scoreboard.best(scoreboard.committed(number)) for number in written]
    return [row for row in picks if row]


def _texts() -> dict[tuple[str, ...], str]:
    results = (
        "# Results\n\nMean test accuracy and standard deviation over seeds, of every method of every lesson. Made by "
        "`mmcourse build` from\nthe `results.json` in each lesson's folder; the layers' own figures are in "
        "[layers.md](layers.md).\n\n![The best of each lesson](course.png)\n\n"
        f"{scoreboard.table(scoreboard.committed())}\n"
    )
    readme = course_folder("README.md").read_text(encoding="utf-8")
    return {("README.md",): put_into(readme), ("results", "README.md"): results}
