"""Accuracies as bars: of models, of a report, of the whole course so far."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from ..evaluation.methods import Method
from ..evaluation.seeds import Scores
from ..figure import Figure
from .style import CEILING, MAJORITY, colour, legend, number


def scores(
    title: str,
    found: Mapping[str, Scores],
    baseline: float,
    ceiling: float | None = None,
    crosses: Mapping[str, float] | None = None,
) -> Figure:
    """Accuracy of several methods, a bar each: mean over seeds, a dot per seed, with the majority baseline as a line.

    `found`: method -> `Scores`. `crosses` marks further values on the bars of the same methods.
    """
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(6.4, 0.45 * len(found) + 1.2))
    for row, (name, each) in enumerate(found.items()):
        _bar(axis, row, name, each)
        if crosses and name in crosses:
            _cross(axis, row, crosses[name])
    _lines(axis, baseline, ceiling)
    axis.set(yticks=range(len(found)), yticklabels=list(found), xlim=(0, 1), title=title)
    axis.invert_yaxis()
    one = all(len(each) == 1 for each in found.values())
    axis.set_xlabel("accuracy, one seed" if one else "accuracy (bar: mean over seeds, dot: one seed)")
    told = ", ".join(f"{name} {each.mean:.3f}" for name, each in found.items())
    best = "" if ceiling is None else f", ceiling {ceiling:.3f}"
    return Figure.of(figure, f"{title}. {told}, majority class {baseline:.3f}{best}.")


def report(title: str, report) -> Figure:
    """A `Report` as bars with their 95% intervals; majority class and ceiling as lines."""
    import matplotlib.pyplot as plt

    rows = [row for row in report.rows if row.kind != "majority"]
    figure, axis = plt.subplots(figsize=(6.4, 0.4 * len(rows) + 1.2))
    for y, row in enumerate(rows):
        whole = row.kind in ("alone", "added", "fused")  # what was taken away is pale
        axis.barh(y, row.score.value, color=colour(row.modality), alpha=0.75 if whole else 0.35)
        axis.plot([row.score.low, row.score.high], [y, y], color="black", linewidth=1.5)
        number(axis, y, row.score.value)
    majority = report.row("majority").score.value
    _lines(axis, majority, report.ceiling)
    axis.set(yticks=range(len(rows)), yticklabels=[row.name for row in rows])
    axis.set(xlim=(0, 1), xlabel="accuracy with 95% interval", title=title)
    axis.invert_yaxis()
    alt = ", ".join(f"{row.name} {row.score.value:.3f}" for row in rows)
    ceiling = "" if report.ceiling is None else f", ceiling {report.ceiling:.3f}"
    return Figure.of(figure, f"{title}. {alt}, majority class {majority:.3f}{ceiling}.")


def course(ours: Sequence[dict], own: Sequence[dict], title: str = "The course so far") -> Figure:
    """Rows of the scoreboard as bars, a cross for the learner's own run of the same method.

    Rows stand by lesson and data set, each with its own majority class and, where known, its own ceiling, and those
    that have one with their interval.
    """
    import matplotlib.pyplot as plt

    if not ours:
        raise ValueError("the scoreboard is empty: record a result first")
    mine = {(row["lesson"], row["data"], row["key"]): row for row in own}
    groups = [(key, list(rows)) for key, rows in groupby(ours, key=lambda row: (row["lesson"], row["data"]))]
    lines = sum(len(rows) + 1 for _, rows in groups)
    figure, axis = plt.subplots(figsize=(7.5, 0.26 * lines + 0.9))
    y, places, names, told, met = 0, [], [], [], False
    for (lesson, data), rows in groups:
        axis.text(0.005, y, f"{lesson} · {data}", va="center", fontsize=8, fontweight="bold")
        for row in rows:
            y += 1
            method = Method(row["method"], key=row["key"], modality=row["modality"])
            each = Scores({int(seed): score for seed, score in row["scores"].items()})
            _bar(axis, y, method, each, size=8)
            if row.get("interval"):  # of the few samples that a learner has answered
                axis.plot(row["interval"], [y, y], color="black", linewidth=1.5)
            if twin := mine.get((lesson, data, row["key"])):
                met = True
                _cross(axis, y, Scores({int(seed): score for seed, score in twin["scores"].items()}).mean)
            for fact, look in (("baseline", MAJORITY), ("ceiling", CEILING)):
                if row.get(fact) is not None:
                    axis.plot([row[fact]] * 2, (y - 0.45, y + 0.45), **look)
            places, names = [*places, y], [*names, row["method"]]
            told.append(f"{lesson} {data}, {row['method']} {each.mean:.3f}")
        y += 1
    title += ", and your own runs (crosses)" if met else ""
    axis.set(yticks=places, xlim=(0, 1), ylim=(y - 0.4, -0.8), title=title)
    axis.set_yticklabels(names, fontsize=7)
    few = "; line: 95% interval" if any(row.get("interval") for row in ours) else ""
    axis.set_xlabel(f"test accuracy (bar: mean over seeds, dot: one seed{few})", fontsize=8)
    axis.plot([], [], label="majority class", **MAJORITY)
    if any(row.get("ceiling") is not None for row in ours):
        axis.plot([], [], label="ceiling, where known", **CEILING)
    legend(axis, fontsize=7)
    return Figure.of(figure, f"{title}. {'; '.join(told)}.")


def _bar(axis, y: float, name: str, each: Scores, size: int = 9) -> None:
    """A bar at the mean, a dot for each seed, the mean as a number."""
    axis.barh(y, each.mean, color=colour(name), alpha=0.6)
    axis.plot(list(each.values()), [y] * len(each), "o", color="black", markersize=3)
    number(axis, y, each.mean, size)


def _cross(axis, y: float, value: float) -> None:
    axis.plot(value, y, "X", color="white", markersize=9, markeredgecolor="black")


def _lines(axis, baseline: float, ceiling: float | None) -> None:
    axis.axvline(baseline, label="majority class", **MAJORITY)
    if ceiling is not None:
        axis.axvline(ceiling, label="ceiling", **CEILING)
    legend(axis)
