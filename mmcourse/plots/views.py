"""Data and answers as pictures: images, sounds, who is taken for whom."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..data.audio import RATE, log_mel
from ..figure import Figure, wav_bytes
from .style import COLOURS, colour


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


def outlined(pictures: np.ndarray, boxes: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Pictures for `images`, eight times as large, with the edge of a box in white and of a mask in yellow on each.

    `pictures` (N, H, W, 3) uint8, `boxes` (N, 4): top, left, bottom, right in pixels, `masks` (N, H, W) bool; gives
    (N, 8 H, 8 W, 3) in [0, 1]. An edge lies inside its area. Drawn in lesson 15.
    """
    large, masked = np.kron(pictures / 255, np.ones((1, 8, 8, 1))), np.kron(masks, np.ones((1, 8, 8))) > 0
    rows, columns = np.indices(large.shape[1:3]) / 8
    top, left, bottom, right = np.asarray(boxes).T[..., None, None]
    boxed = (rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)
    for areas, edge in ((boxed, (1, 1, 1)), (masked, (1, 0.9, 0))):
        framed = np.pad(areas, ((0, 0), (3, 3), (3, 3)))
        shifts = [np.roll(framed, step, axis=axis)[:, 3:-3, 3:-3] for step in (-3, 3) for axis in (1, 2)]
        large[areas & ~np.logical_and.reduce(shifts)] = edge
    return large


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
