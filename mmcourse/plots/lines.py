"""Lines and dots: over noise, over epochs, over confidence; and the weights of a fusion."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..evaluation.methods import Method
from ..evaluation.seeds import Scores
from ..figure import Figure
from .style import GREY, colour, looks, whole_ticks


def curves(
    title: str,
    x: Sequence[float],
    lines: Mapping[str, Sequence[float] | Sequence[Scores]],
    xlabel: str,
    ylabel: str = "accuracy",
) -> Figure:
    """Lines over a common axis, such as accuracy against noise. `lines` maps a name to a value for each x.

    A value may be a `Scores`: then the line is its mean, with a band of one standard deviation over seeds.
    """
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(6.4, 3))
    means = {name: [v.mean if isinstance(v, Scores) else float(v) for v in values] for name, values in lines.items()}
    for (name, values), look in zip(lines.items(), looks(list(lines)), strict=True):
        axis.plot(x, means[name], label=name, **look)
        if all(isinstance(value, Scores) and len(value) > 1 for value in values):
            ends = [[value.mean + sign * value.spread for value in values] for sign in (-1, 1)]
            axis.fill_between(x, *ends, color=look["color"], alpha=0.15, linewidth=0)
    axis.set(title=title, xlabel=xlabel, ylabel=ylabel)
    whole_ticks(axis, x)
    axis.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8)
    told = ", ".join(f"{name} {_course(x, values)}" for name, values in means.items())
    return Figure.of(figure, f"{title}. Over {xlabel} from {x[0]:g} to {x[-1]:g}: {told}.")


def _course(x: Sequence[float], values: Sequence[float]) -> str:
    """A line in words: its ends, and its lowest and highest points where they lie beyond the ends."""
    words = f"from {values[0]:.2f} to {values[-1]:.2f}"
    for name, at in (("lowest", int(np.argmin(values))), ("highest", int(np.argmax(values)))):
        if f"{values[at]:.2f}" not in (f"{values[0]:.2f}", f"{values[-1]:.2f}"):
            words += f" ({name} {values[at]:.2f} at {x[at]:g})"
    return words


def training(title: str, history: Mapping[str, Sequence[float]], name: str) -> Figure:
    """Accuracy per epoch on train and val, from the `history` attribute that `fit` returns."""
    epochs = range(1, len(history["accuracy"]) + 1)
    modality = getattr(name, "modality", None) or name
    lines = {
        Method(f"{name}, {split}", modality=modality): history[key]
        for split, key in (("train", "accuracy"), ("val", "val_accuracy"))
    }
    return curves(title, list(epochs), lines, "epoch")


def robustness(title: str, found: Mapping[str, object]) -> Figure:
    """Accuracy against noise; `found` maps a name to a `Robustness`, all over the same ratios."""
    first = next(iter(found.values()))
    if any(curve.snrs != first.snrs for curve in found.values()):
        raise ValueError("robustness curves in one figure need the same signal-to-noise ratios")
    lines = {
        Method(f"{name} (area {curve.area:.2f})", modality=getattr(name, "modality", None) or name): curve.accuracy
        for name, curve in found.items()
    }
    lines |= {"majority class": [first.baseline] * len(first.snrs)}
    return curves(title, first.snrs, lines, f"SNR of the {first.modality} (dB)")


def reliability(title: str, found: Mapping[str, object]) -> Figure:
    """Accuracy against confidence; `found` maps a name to a `Reliability`. Below the diagonal a model is too sure."""
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(4.4, 4))
    axis.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="as sure as right")
    for (name, curve), look in zip(found.items(), looks(list(found)), strict=True):
        axis.plot(curve.confidence, curve.accuracy, label=f"{name} (error {curve.error:.3f})", **look)
        sizes = 4 + 120 * curve.count / curve.count.sum()  # many samples, large dots
        axis.scatter(curve.confidence, curve.accuracy, s=sizes, color=look["color"], alpha=0.7)
    axis.set(title=title, xlabel="confidence", ylabel="accuracy", xlim=(0, 1.02), ylim=(0, 1.02))
    axis.legend(fontsize=8)
    errors = ", ".join(f"{name} {curve.error:.3f}" for name, curve in found.items())
    return Figure.of(figure, f"{title}. Calibration error: {errors}.")


def membership(title: str, found: Mapping[str, object]) -> Figure:
    """Members found against false alarms, both on a logarithmic scale, where leaks show; `found`: name -> `Membership`.

    On the diagonal an attack knows nothing. The vertical line stands where the attacks are compared.
    """
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(4.4, 4))
    least = min(1 / max(len(each.members), len(each.others)) for each in found.values())
    axis.plot([least, 1], [least, 1], color=GREY, linestyle=":", linewidth=1, label="knows nothing")
    for (name, each), look in zip(found.items(), looks(list(found)), strict=True):
        alarms, hits = each.curve()
        label = f"{name} (area {each.auc:.2f}, {each.found.value:.1%} at {each.at:.1%})"
        axis.step(alarms, hits, where="post", label=label, color=look["color"], linestyle=look["linestyle"])
    axis.axvline(next(iter(found.values())).at, color="black", linestyle=":", linewidth=1)
    axis.set(title=title, xlabel="others taken for members", ylabel="members found", xscale="log", yscale="log")
    axis.set(xlim=(least, 1), ylim=(least, 1.05))
    axis.legend(loc="upper left", bbox_to_anchor=(0, -0.16), fontsize=8)
    told = ", ".join(f"{name} area {e.auc:.3f}, {e.found.value:.3f} at {e.at:g}" for name, e in found.items())
    return Figure.of(figure, f"{title}. Members found at few false alarms: {told}.")


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
