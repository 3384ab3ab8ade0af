"""A figure of some samples of a set: what every modality of each sample looks and sounds like."""

import textwrap

import numpy as np

from ..figure import Figure, wav_bytes
from .audio import log_mel
from .multimodal import Multimodal, Spec

PLAYABLE = 3  # sounds that go with a figure; each costs 14 kB of notebook


def show(data: Multimodal, n: int, split: str, seed: int) -> Figure:
    """See `Multimodal.show`."""
    import matplotlib.pyplot as plt

    part = data.split(split)
    rows = np.sort(np.random.default_rng(seed).permutation(len(part))[:n])
    part = part.take(rows)
    names = list(data.modalities)
    figure, axes = plt.subplots(len(names), len(rows), figsize=(1.5 * len(rows), 1.65 * len(names)), squeeze=False)
    titles = [data.classes[y] if data.classes and np.ndim(y) == 0 else str(y) for y in part.y]
    for line, name in zip(axes, names, strict=True):
        for axis, sample, drawn in zip(
            line, _views(part.x[name], data.modalities[name]), _present(data, part, name), strict=True
        ):
            axis.set(xticks=[], yticks=[])
            if drawn:
                _draw(axis, sample)
            else:
                axis.text(0.5, 0.5, "absent", ha="center", va="center", color="grey")
        line[0].set_ylabel(name)
    for axis, title in zip(axes[0], titles, strict=True):
        axis.set_title(textwrap.fill(title, 13), fontsize=10)
    figure.suptitle(f"{data.name}, {split}: the label is above each sample")
    figure.tight_layout()
    alt = (
        f"{len(rows)} samples of {data.name} ({split}), labels {', '.join(titles)}; a row each for {', '.join(names)}."
    )
    return Figure.of(figure, alt, _sounds(data, part, titles))


def _present(data: Multimodal, part, name: str) -> np.ndarray:
    if part.present is None:
        return np.ones(len(part), bool)
    return part.present[:, list(data.modalities).index(name)]


def _views(array: np.ndarray, spec: Spec) -> np.ndarray:
    return log_mel(array) if spec.rate else array


def _draw(axis, sample) -> None:
    """Text as words, (bands, frames) as a spectrogram, (H, W, C) as an image, (T, H, W, C) as a film strip."""
    if np.ndim(sample) == 0:
        axis.text(0.5, 0.5, textwrap.fill(str(sample), 16), ha="center", va="center", fontsize=7)
    elif sample.ndim == 2:
        axis.imshow(sample, origin="lower", aspect="auto", cmap="magma", vmin=sample.max() - 60)
    elif sample.ndim == 3:
        axis.imshow(sample.squeeze(), cmap="gray")
    else:
        axis.imshow(np.concatenate(list(sample[::2]), axis=1).squeeze(), cmap="gray")


def _sounds(data: Multimodal, part, titles: list[str]) -> dict[str, bytes]:
    return {
        f"{name}, sample {i + 1} ({titles[i]})": wav_bytes(part.x[name][i], spec.rate)
        for name, spec in data.modalities.items()
        if spec.rate
        for i in range(min(PLAYABLE, len(part)))
    }
