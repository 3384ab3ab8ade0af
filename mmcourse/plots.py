"""Every figure that more than one lesson draws. A colour per modality, the same in the whole course.

The colours are Okabe and Ito's, told apart by colour-blind readers too. Every function returns a `Figure` with alt
text.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from .data.audio import RATE, log_mel
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
    for row, mean in enumerate(means):
        axis.text(0.01, row, f"{mean:.3f}", va="center", color="white", fontweight="bold")
    for row, name in enumerate(names):
        if crosses and name in crosses:
            axis.plot(crosses[name], row, "x", color="#D55E00", markersize=8, markeredgewidth=2)
    axis.axvline(baseline, color=GREY, linestyle="--", label="majority class")
    if ceiling is not None:
        axis.axvline(ceiling, color="black", linestyle=":", label="ceiling")
    axis.invert_yaxis()
    one = all(len(values) == 1 for values in seeds.values())
    xlabel = "accuracy, one seed" if one else "accuracy (bar: mean over seeds, dot: one seed)"
    axis.set(xlim=(0, 1), xlabel=xlabel, title=title)
    axis.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8)
    alt = f"{title}. " + ", ".join(f"{n} {m:.3f}" for n, m in zip(names, means, strict=True))
    return Figure.of(figure, f"{alt}, majority class {baseline:.3f}.")


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
    return scores(title, bars, (ours or own)[0]["baseline"], crosses=crosses if ours else None)
