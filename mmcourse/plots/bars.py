"""Accuracies as bars: of models, of a report, of the whole course so far."""

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np

from ..figure import Figure
from .style import GREY, colour

MAJORITY = {"color": GREY, "linestyle": "--"}
CEILING = {"color": "black", "linestyle": ":"}


def scores(
    title: str,
    seeds: Mapping[str, Sequence[float]],
    baseline: float,
    ceiling: float | None = None,
    crosses: Mapping[str, float] | None = None,
) -> Figure:
    """Accuracy of several models, a bar each: mean over seeds, a dot per seed, with the majority baseline as a line.

    `crosses` marks further values on the bars of the same names.
    """
    import matplotlib.pyplot as plt

    names, means = list(seeds), [float(np.mean(values)) for values in seeds.values()]
    figure, axis = plt.subplots(figsize=(6.4, 0.45 * len(names) + 1.2))
    axis.barh(names, means, color=[colour(name) for name in names], alpha=0.75)
    for row, values in enumerate(seeds.values()):
        axis.plot(values, [row] * len(values), "o", color="black", markersize=3)
    for row, (name, mean) in enumerate(zip(names, means, strict=True)):
        _number(axis, row, mean)
        if crosses and name in crosses:
            _cross(axis, row, crosses[name])
    _lines(axis, baseline, ceiling)
    axis.invert_yaxis()
    one = all(len(values) == 1 for values in seeds.values())
    xlabel = "accuracy, one seed" if one else "accuracy (bar: mean over seeds, dot: one seed)"
    axis.set(xlim=(0, 1), xlabel=xlabel, title=title)
    alt = f"{title}. " + ", ".join(f"{n} {m:.3f}" for n, m in zip(names, means, strict=True))
    return Figure.of(figure, f"{alt}, majority class {baseline:.3f}.")


def report(title: str, report) -> Figure:
    """A `Report` as bars with their 95% intervals; majority class and ceiling as lines."""
    import matplotlib.pyplot as plt

    rows = [row for row in report.rows if row.kind != "majority"]
    figure, axis = plt.subplots(figsize=(6.4, 0.4 * len(rows) + 1.2))
    for y, row in enumerate(rows):
        shade = 0.8 if row.kind in ("alone", "added", "fused") else 0.4  # what was taken away is pale
        axis.barh(y, row.score.value, color=colour(row.name), alpha=shade)
        axis.plot([row.score.low, row.score.high], [y, y], color="black", linewidth=1.5)
        _number(axis, y, row.score.value, white=shade > 0.5)
    majority = report.row("majority").score.value
    _lines(axis, majority, report.ceiling)
    axis.set(yticks=range(len(rows)), yticklabels=[row.name for row in rows])
    axis.set(xlim=(0, 1), xlabel="accuracy with 95% interval", title=title)
    axis.invert_yaxis()
    alt = ", ".join(f"{row.name} {row.score.value:.3f}" for row in rows)
    ceiling = "" if report.ceiling is None else f", ceiling {report.ceiling:.3f}"
    return Figure.of(figure, f"{title}. {alt}, majority class {majority:.3f}{ceiling}.")


def course(ours: Sequence[dict], own: Sequence[dict]) -> Figure:
    """The whole course so far: a bar for every row of the scoreboard, a cross for the learner's own run of it.

    Rows stand by lesson and data set, each with its own majority class and, where known, its own ceiling.
    """
    import matplotlib.pyplot as plt

    if not ours and not own:
        raise ValueError("the scoreboard is empty: record a result first")
    groups: dict[tuple[str, str], dict[str, dict[str, dict]]] = {}
    for who, rows in (("ours", ours), ("own", own)):
        for row in rows:
            groups.setdefault((row["lesson"], row["data"]), {}).setdefault(row["method"], {})[who] = row
    groups = dict(sorted(groups.items()))
    lines = sum(len(methods) + 1 for methods in groups.values())
    figure, axis = plt.subplots(figsize=(7.5, 0.24 * lines + 0.9))
    y, places, names, told = 0, [], [], []
    for (lesson, data), methods in groups.items():
        axis.text(0.005, y, f"{lesson} · {data}", va="center", fontsize=8, fontweight="bold")
        first, y, said = y + 1, y + 1, []
        for method, rows in methods.items():
            said.append(f"{method} {_course_row(axis, y, method, rows):.3f}")
            places, names, y = [*places, y], [*names, method], y + 1
        _row_lines(axis, [rows.get("ours") or rows["own"] for rows in methods.values()], first)
        told.append(f"{lesson} {data}: {', '.join(said)}")
    title = "The course so far" + (", and your own runs (crosses)" if ours and own else "")
    axis.set(yticks=places, xlim=(0, 1), ylim=(y - 0.4, -0.8), title=title)
    axis.set_yticklabels(names, fontsize=7)
    axis.set_xlabel("test accuracy (bar: mean over seeds, dot: one seed)", fontsize=8)
    axis.plot([], [], label="majority class", **MAJORITY)
    axis.plot([], [], label="ceiling, where known", **CEILING)
    axis.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=7)
    return Figure.of(figure, f"{title}. {'; '.join(told)}.")


def _course_row(axis, y: int, method: str, rows: dict[str, dict]) -> float:
    """Bar and dots of our run, or of the learner's where there is no other; the mean that was drawn."""
    values = list((rows.get("ours") or rows["own"])["scores"].values())
    mean = float(np.mean(values))
    axis.barh(y, mean, color=colour(method), alpha=0.75)
    axis.plot(values, [y] * len(values), "o", color="black", markersize=2)
    _number(axis, y, mean, size=7)
    if len(rows) == 2:
        _cross(axis, y, float(np.mean(list(rows["own"]["scores"].values()))))
    return mean


def _row_lines(axis, facts: Sequence[dict], first: int) -> None:
    """Majority class and ceiling of rows from `first` on; where they stay the same, one line."""
    for fact, look in (("baseline", MAJORITY), ("ceiling", CEILING)):
        runs = groupby(enumerate(facts, first), key=lambda row: row[1].get(fact))
        for value, rows in runs:
            places = [y for y, _ in rows]
            if value is not None:
                axis.plot([value] * 2, (places[0] - 0.45, places[-1] + 0.45), **look)


def _number(axis, y: float, value: float, white: bool = True, size: int = 10) -> None:
    """The value in its bar, or beside it where the bar is too short for white letters."""
    inside = value > 0.15
    axis.text(
        0.01 if inside else value + 0.03,
        y,
        f"{value:.3f}",
        va="center",
        color="white" if inside and white else "black",
        fontweight="bold",
        fontsize=size,
    )


def _cross(axis, y: float, value: float) -> None:
    axis.plot(value, y, "X", color="white", markersize=9, markeredgecolor="black")


def _lines(axis, baseline: float, ceiling: float | None) -> None:
    axis.axvline(baseline, label="majority class", **MAJORITY)
    if ceiling is not None:
        axis.axvline(ceiling, label="ceiling", **CEILING)
    axis.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8)
