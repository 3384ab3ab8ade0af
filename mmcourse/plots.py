"""Every figure that more than one lesson draws. A colour per modality, the same in the whole course.

The colours are Okabe and Ito's, told apart by colour-blind readers too. Every function returns a `Figure` with alt
text.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from .data.audio import RATE, log_mel
from .data.information import Information
from .figure import Figure, wav_bytes

COLOURS = {
    "image": "#0072B2",
    "audio": "#E69F00",
    "text": "#009E73",
    "video": "#CC79A7",
    "fused": "#333333",
}
GREY = "#999999"


def colour(name: str) -> str:
    """The colour of whatever the name is about: a modality it begins with, else that of fused models."""
    return next((value for key, value in COLOURS.items() if name.startswith(key)), COLOURS["fused"])


def scores(
    title: str,
    seeds: Mapping[str, Sequence[float]],
    baseline: float | Sequence[float],
    ceiling: float | None = None,
    crosses: Mapping[str, float] | None = None,
) -> Figure:
    """Accuracy of several models, a bar each: mean over seeds, a dot per seed, with the majority baseline as a line.

    `baseline` is one for all, or one for each bar where the bars are of different data. `crosses` marks further values
    on the bars of the same names.
    """
    import matplotlib.pyplot as plt

    names, means = list(seeds), [float(np.mean(values)) for values in seeds.values()]
    figure, axis = plt.subplots(figsize=(6.4, 0.45 * len(names) + 1.2))
    axis.barh(names, means, color=[colour(name) for name in names], alpha=0.75)
    for row, values in enumerate(seeds.values()):
        axis.plot(values, [row] * len(values), "o", color="black", markersize=3)
    for row, mean in enumerate(means):
        axis.text(0.01, row, f"{mean:.3f}", va="center", color="white", fontweight="bold")
    for row, name in enumerate(names):
        if crosses and name in crosses:
            axis.plot(crosses[name], row, "x", color="#D55E00", markersize=8, markeredgewidth=2)
    if np.ndim(baseline) == 0:
        axis.axvline(baseline, color=GREY, linestyle="--", label="majority class")
    else:
        rows = np.arange(len(names))
        axis.vlines(baseline, rows - 0.5, rows + 0.5, color=GREY, linestyle="--", label="majority class")
    if ceiling is not None:
        axis.axvline(ceiling, color="black", linestyle=":", label="ceiling")
    axis.invert_yaxis()
    one = all(len(values) == 1 for values in seeds.values())
    xlabel = "accuracy, one seed" if one else "accuracy (bar: mean over seeds, dot: one seed)"
    axis.set(xlim=(0, 1), xlabel=xlabel, title=title)
    axis.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8)
    alt = f"{title}. " + ", ".join(f"{n} {m:.3f}" for n, m in zip(names, means, strict=True))
    majority = " to ".join(f"{value:.3f}" for value in sorted({np.min(baseline), np.max(baseline)}))
    return Figure.of(figure, f"{alt}, majority class {majority}.")


def curves(
    title: str, x: Sequence[float], lines: Mapping[str, Sequence[float]], xlabel: str, ylabel: str = "accuracy"
) -> Figure:
    """Lines over a common axis, such as accuracy against noise; `lines` maps a name to its values."""
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(6.4, 3))
    for (name, values), style in zip(lines.items(), ["-", "--", "-.", ":"] * len(lines), strict=False):
        axis.plot(x, values, style, marker="o", markersize=4, color=colour(name), label=name)
    axis.set(title=title, xlabel=xlabel, ylabel=ylabel)
    axis.legend(fontsize=8)
    ends = ", ".join(f"{name} from {values[0]:.2f} to {values[-1]:.2f}" for name, values in lines.items())
    return Figure.of(figure, f"{title}. Over {xlabel} from {x[0]:g} to {x[-1]:g}: {ends}.")


def training(title: str, history: Mapping[str, Sequence[float]], name: str) -> Figure:
    """Accuracy per epoch on train and val, from the `history` attribute that `fit` returns."""
    epochs = range(1, len(history["accuracy"]) + 1)
    lines = {f"{name}, train": history["accuracy"], f"{name}, val": history["val_accuracy"]}
    return curves(title, list(epochs), lines, "epoch")


def feature_weights(title: str, weights: Mapping[str, np.ndarray]) -> Figure:
    """One weight per feature for each modality, sorted, so that one sees which features trust which modality."""
    import matplotlib.pyplot as plt

    order = np.argsort(next(iter(weights.values())))
    figure, axis = plt.subplots(figsize=(6.4, 2.6))
    for name, values in weights.items():
        axis.plot(np.asarray(values)[order], "o", markersize=4, color=colour(name), label=name)
    axis.set(title=title, xlabel="feature of the fused vector, sorted", ylabel="weight α", ylim=(0, 1))
    axis.legend(fontsize=8)
    ranges = ", ".join(f"{name} {np.min(v):.2f} to {np.max(v):.2f}" for name, v in weights.items())
    return Figure.of(figure, f"{title}. Weights: {ranges}.")


def sample_weights(title: str, weights: Mapping[str, np.ndarray], name: str) -> Figure:
    """Histograms of a weight per sample; `weights` maps a condition to the weights of modality `name`."""
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(6.4, 2.6))
    for (condition, values), alpha in zip(weights.items(), np.linspace(0.8, 0.35, len(weights)), strict=True):
        axis.hist(values, bins=np.linspace(0, 1, 41), alpha=alpha, color=colour(name), label=condition, ec="white")
    axis.set(title=title, xlabel=f"weight α of {name}, one per sample", ylabel="samples")
    axis.legend(fontsize=8)
    means = ", ".join(f"{condition} mean {np.mean(v):.2f}" for condition, v in weights.items())
    return Figure.of(figure, f"{title}. Weight of {name}: {means}.")


def confusion(title: str, labels: np.ndarray, answers: np.ndarray, classes: Sequence[str], name: str) -> Figure:
    """How often each class is answered for each class, as a picture with the counts in it."""
    import matplotlib.pyplot as plt
    from matplotlib.colors import LinearSegmentedColormap
    from sklearn.metrics import confusion_matrix

    counts = confusion_matrix(labels, answers, labels=range(len(classes)))
    figure, axis = plt.subplots(figsize=(4.6, 4.2))
    axis.imshow(counts, cmap=LinearSegmentedColormap.from_list(name, ["white", colour(name)]))
    for (row, column), count in np.ndenumerate(counts):
        if count:
            axis.text(column, row, count, ha="center", va="center", fontsize=7)
    axis.set(xticks=range(len(classes)), yticks=range(len(classes)), xticklabels=classes, yticklabels=classes)
    axis.set(xlabel="answer", ylabel="truth", title=title)
    right = np.trace(counts) / counts.sum()
    return Figure.of(figure, f"{title}. Confusion matrix of {name}: {right:.3f} of the answers are right.")


def images(title: str, rows: Mapping[str, np.ndarray]) -> Figure:
    """Rows of small images; `rows` maps a row's name to images (n, H, W, C) in [0, 1]."""
    import matplotlib.pyplot as plt

    columns = max(len(pictures) for pictures in rows.values())
    figure, axes = plt.subplots(len(rows), columns, figsize=(1.1 * columns, 1.25 * len(rows)), squeeze=False)
    for line, (name, pictures) in zip(axes, rows.items(), strict=True):
        for axis, picture in zip(line, pictures, strict=False):
            axis.imshow(np.squeeze(picture), cmap="gray", vmin=0, vmax=1)
            axis.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    figure.suptitle(title)
    return Figure.of(figure, f"{title}. Rows of images: {', '.join(rows)}.")


def sounds(title: str, clips: Mapping[str, np.ndarray]) -> Figure:
    """Waveform above log-mel spectrogram for each clip (T,) at 8 kHz, with players."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, len(clips), figsize=(2.4 * len(clips), 3.2), squeeze=False)
    for top, bottom, (name, clip) in zip(*axes, clips.items(), strict=True):
        top.plot(np.arange(len(clip)) / RATE, clip, color=COLOURS["audio"], linewidth=0.5)
        top.set(title=name, ylim=(-1, 1), yticks=[])
        view = log_mel(clip)
        seconds = len(clip) / RATE
        bottom.imshow(
            view, origin="lower", aspect="auto", cmap="magma", vmin=view.max() - 60, extent=(0, seconds, 0, 24)
        )
        bottom.set(xlabel="seconds", yticks=[])
    axes[0][0].set_ylabel("amplitude")
    axes[1][0].set_ylabel("mel band")
    figure.suptitle(title)
    figure.tight_layout()
    players = {name: wav_bytes(clip, RATE) for name, clip in clips.items()}
    return Figure.of(figure, f"{title}. Waveforms and log-mel spectrograms of {', '.join(clips)}.", players)


def course(ours: Sequence[dict], own: Sequence[dict]) -> Figure:
    """The whole course so far: a bar for every row of the scoreboard, a cross for the learner's own run of it."""
    if not ours and not own:
        raise ValueError("the scoreboard is empty: record a result first")

    def name(row: dict) -> str:
        return f"{row['method']} ({row['lesson']})"

    bars = {name(row): list(row["scores"].values()) for row in ours or own}
    crosses = {name(row): float(np.mean(list(row["scores"].values()))) for row in own}
    title = "The course so far" + (", and your own runs (crosses)" if ours and own else "")
    baselines = [row["baseline"] for row in ours or own]
    one = baselines[0] if len(set(baselines)) == 1 else baselines
    return scores(title, bars, one, crosses=crosses if ours else None)


def bits(title: str, tasks: Mapping[str, Information]) -> Figure:
    """What two modalities tell about a label, a bar for each task: in either, only in one, only in both together."""
    import matplotlib.pyplot as plt

    parts = {task: _parts(found) for task, found in tasks.items()}
    names, left = list(next(iter(parts.values()))), np.zeros(len(tasks))
    figure, axis = plt.subplots(figsize=(6.4, 0.4 * len(tasks) + 1))
    for name in names:
        width = np.array([found[name] for found in parts.values()])
        fill = GREY if name == "in either" else colour(name.removeprefix("only in "))
        axis.barh(list(tasks), width, left=left, color=fill, label=name)
        for row in np.flatnonzero(width > 0.2):
            axis.text(left[row] + width[row] / 2, row, f"{width[row]:.2f}", color="white", ha="center", va="center")
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
    seeds: Mapping[str, Mapping[str, Sequence[float]]],
    ceilings: Mapping[str, Mapping[str, float]],
    baselines: Mapping[str, float],
) -> Figure:
    """Accuracy of the same models on several tasks, a panel for each, with a mark at each bar's own ceiling.

    `seeds`: task -> model -> accuracies; `ceilings`: task -> model -> the ceiling; `baselines`: task -> majority.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(seeds), figsize=(2.3 * len(seeds), 2), sharey=True, squeeze=False)
    told = []
    for axis, (task, models) in zip(axes[0], seeds.items(), strict=True):
        for row, (name, values) in enumerate(models.items()):
            mean, ceiling = float(np.mean(values)), ceilings[task][name]
            axis.barh(row, mean, color=colour(name), alpha=0.75)
            axis.plot(values, [row] * len(values), "o", color="black", markersize=2)
            axis.plot([ceiling] * 2, [row - 0.45, row + 0.45], color="#D55E00", linewidth=2.5, label="its ceiling")
            axis.text(0.03, row, f"{mean:.2f}", va="center", color="white", fontweight="bold", fontsize=8)
            told.append(f"{task}, {name} {mean:.3f} of {ceiling:.3f}")
        axis.axvline(baselines[task], color=GREY, linestyle="--", label="majority class")
        axis.set(title=task, xlim=(0, 1), xticks=[0, 0.5, 1], yticks=range(len(models)), yticklabels=list(models))
        axis.set_xlabel("accuracy")
    axes[0][0].invert_yaxis()
    handles = dict(zip(*reversed(axes[0][-1].get_legend_handles_labels()), strict=True))
    axes[0][-1].legend(handles.values(), handles, loc="upper left", bbox_to_anchor=(1.03, 1), fontsize=8)
    figure.suptitle(title, y=1.1)
    return Figure.of(figure, f"{title}. Accuracy and ceiling: {'; '.join(told)}.")
