"""What modalities know about a label: bits, and scores against the ceiling of each. Drawn in lesson 05."""

from collections.abc import Mapping

import numpy as np

from ..data.information import Information
from ..evaluation.seeds import Scores
from ..figure import Figure
from .style import GREY, MAJORITY, colour, number


def bits(title: str, tasks: Mapping[str, Information]) -> Figure:
    """What two modalities tell about a label, a bar for each task: in either, only in one, only in both together."""
    import matplotlib.pyplot as plt

    parts = {task: _parts(found) for task, found in tasks.items()}
    names, left = list(next(iter(parts.values()))), np.zeros(len(tasks))
    figure, axis = plt.subplots(figsize=(6.4, 0.4 * len(tasks) + 1))
    for name, hatch in zip(names, ("", "", "", "///"), strict=False):
        width = np.array([found[name] for found in parts.values()])
        fill = GREY if name == "in either" else colour(name.removeprefix("only in "))
        axis.barh(list(tasks), width, left=left, color=fill, alpha=0.45, label=name, hatch=hatch, edgecolor="white")
        for row in np.flatnonzero(width > 0.2):
            axis.text(left[row] + width[row] / 2, row, f"{width[row]:.2f}", ha="center", va="center", fontsize=9)
        left += width
    axis.invert_yaxis()
    axis.set(title=title, xlabel="information about the label (bits)", xlim=(0, 1.03 * left.max()))
    axis.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8)
    said = (f"{task}: " + ", ".join(f"{n} {v:.2f}" for n, v in found.items()) for task, found in parts.items())
    return Figure.of(figure, f"{title}. Bits about the label. {'; '.join(said)}.")


def _parts(found: Information) -> dict[str, float]:
    unique = {f"only in {name}": value for name, value in found.unique.items()}
    return {"in either": found.redundancy, **unique, "only together": found.synergy}


def against_ceilings(
    title: str,
    found: Mapping[str, Mapping[str, Scores]],
    ceilings: Mapping[str, Mapping[str, float | None]],
    baselines: Mapping[str, float],
) -> Figure:
    """Accuracy of the same methods on several tasks, a panel for each, with a mark at each bar's own ceiling.

    `found`: task -> method -> `Scores`; `ceilings`: task -> method -> the ceiling, None where nobody knows it;
    `baselines`: task -> majority.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(found), figsize=(2.6 * len(found), 2), sharey=True, squeeze=False)
    told = []
    for axis, (task, methods) in zip(axes[0], found.items(), strict=True):
        for row, (name, each) in enumerate(methods.items()):
            ceiling = ceilings[task][name]
            axis.barh(row, each.mean, color=colour(name), alpha=0.6)
            if ceiling is not None:
                axis.plot([ceiling] * 2, [row - 0.45, row + 0.45], color="black", linewidth=2, label="its ceiling")
            axis.plot(list(each.values()), [row] * len(each), "o", color="black", markersize=3)
            number(axis, row, each.mean, size=8, digits=2)
            told.append(f"{task}, {name} {each.mean:.3f}" + ("" if ceiling is None else f" of {ceiling:.3f}"))
        axis.axvline(baselines[task], label="majority class", **MAJORITY)
        axis.set(title=task, xlim=(0, 1.02), xticks=[0, 0.5, 1], yticks=range(len(methods)), yticklabels=list(methods))
        axis.set_xlabel("accuracy")
    axes[0][0].invert_yaxis()
    handles = {}
    for axis in axes[0]:
        handles |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    axes[0][-1].legend(handles.values(), handles, loc="upper left", bbox_to_anchor=(1.25, 1), fontsize=8)
    figure.subplots_adjust(wspace=0.35)
    figure.suptitle(title, y=1.1)
    return Figure.of(figure, f"{title}. Accuracy and ceiling: {'; '.join(told)}.")
