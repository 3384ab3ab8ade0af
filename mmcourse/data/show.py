"""A figure of some samples of a set: what every modality of each sample looks and sounds like."""

import textwrap

import numpy as np

from ..figure import Figure, wav_bytes
from .audio import log_mel
from .splits import Spec, Split

PLAYABLE = 3  # sounds that go with a figure; each costs 14 kB of notebook


def draw_samples(part: Split, specs: dict[str, Spec], classes: tuple[str, ...] | None, data: str, split: str) -> Figure:
    """Every sample of `part` in a column, a row for each modality. See `Multimodal.show`.

    A text with signs that matplotlib's font lacks is written below the picture, by the browser, and not as boxes.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(len(specs), len(part), figsize=(1.5 * len(part), 1.65 * len(specs)), squeeze=False)
    labels = [classes[y] if classes and np.ndim(y) == 0 else str(y) for y in part.y]
    present = np.ones((len(part), len(specs)), bool) if part.present is None else part.present
    glyphs, below = _glyphs(), []

    def legible(text: str, what: str, sample: int) -> str:
        if glyphs.issuperset(text):
            return text
        below.append(f"{what}, sample {sample + 1}: {text}")
        return f"{what} {sample + 1}, below"

    for axis, label in zip(axes[0], [legible(label, "label", i) for i, label in enumerate(labels)], strict=True):
        axis.set_title(textwrap.fill(label, 13), fontsize=10)
    for line, (name, spec), here in zip(axes, specs.items(), present.T, strict=True):
        for i, (axis, sample) in enumerate(zip(line, _views(part.x[name], spec), strict=True)):
            axis.set(xticks=[], yticks=[])
            if not here[i]:
                axis.text(0.5, 0.5, "absent", ha="center", va="center", color="grey")
            else:
                _draw(axis, legible(str(sample), name, i) if np.ndim(sample) == 0 else sample)
        line[0].set_ylabel(name)
    figure.suptitle(f"{data}, {split}: the label is above each sample")
    figure.tight_layout()
    alt = f"{len(part)} samples of {data} ({split}), labels {', '.join(labels)}; a row each for {', '.join(specs)}."
    return Figure.of(figure, alt, _sounds(part, specs, labels), below)


def _glyphs() -> set[str]:
    """The characters that matplotlib's font can draw, and the ends of lines."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return {chr(code) for code in get_font(findfont(FontProperties())).get_charmap()} | {"\n"}


def _views(array: np.ndarray, spec: Spec) -> np.ndarray:
    """What is drawn of a modality: sound as spectrograms, word ids as words, all else as it is."""
    if spec.words:
        return np.array([" ".join(spec.words[i] for i in row if i) for row in array.tolist()])
    return log_mel(array) if spec.rate else array


def _draw(axis, sample) -> None:
    """Words, a line for (D,), a spectrogram for (bands, frames), an image for (H, W, C), films as strips of frames."""
    if np.ndim(sample) == 0:
        axis.text(0.5, 0.5, textwrap.fill(str(sample), 16), ha="center", va="center", fontsize=7)
    elif sample.ndim == 1:
        axis.plot(sample, linewidth=0.6)
    elif sample.ndim == 2:
        axis.imshow(sample, origin="lower", aspect="auto", cmap="magma", vmin=sample.max() - 60)
    elif sample.ndim == 3:
        axis.imshow(sample.squeeze(), cmap="gray")
    else:
        axis.imshow(np.concatenate(list(sample[::2]), axis=1).squeeze(), cmap="gray")


def _sounds(part: Split, specs: dict[str, Spec], titles: list[str]) -> dict[str, bytes]:
    return {
        f"{name}, sample {i + 1} ({titles[i]})": wav_bytes(part.x[name][i], spec.rate)
        for name, spec in specs.items()
        if spec.rate
        for i in range(min(PLAYABLE, len(part)))
    }
