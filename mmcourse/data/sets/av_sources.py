"""Where `av_mnist` has its arrays from: a folder, the network, or, to stand in, the arrays of `digits`. Lesson 27."""

import os
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np

from ...files import course_file
from ..own.array_files import read_npz
from . import digits

RAW = "MMCOURSE_RAW"
GROUPS = 4  # of the synthetic voices, as there are speakers in the arrays for testing
TAKES = (0, 5, 10, 11)  # numbers for the four takes of a synthetic voice: test, val, train, train


@dataclass(frozen=True)
class Raw:
    """Both sources as arrays. Clip i of the speech is `wave[offset[i]:offset[i + 1]]`, int16 at 8 kHz.

    `name` is that of the set they make; `sizes` of train, val and test, where the source says them.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    wave: np.ndarray
    offset: np.ndarray
    label: np.ndarray
    speaker: np.ndarray
    index: np.ndarray
    name: str = "av_mnist"
    sizes: tuple[int, int, int] | None = None

    def arrays(self) -> tuple[np.ndarray, ...]:
        """The arrays, in the order of the fields."""
        return tuple(getattr(self, name) for name in ARRAYS)


ARRAYS = tuple(field.name for field in fields(Raw) if field.name not in ("name", "sizes"))


def read(stand_in: bool = False) -> Raw:
    """The arrays of the folder that MMCOURSE_RAW names, else those of TensorFlow Datasets.

    Raises `NotAvailable` where neither is to be had; with `stand_in` it gives those of `digits` then.
    """
    return _read(os.environ.get(RAW), stand_in)


@lru_cache(maxsize=1)  # a lesson builds several sets of the same arrays
def _read(folder: str | None, stand_in: bool) -> Raw:
    from ..fetching.fetch import NotAvailable

    if folder:
        return read_folder(Path(folder))
    try:
        return read_tfds()
    except NotAvailable:
        if not stand_in:
            raise
        return read_digits()


def read_folder(folder: Path) -> Raw:
    """Read `mnist.npz` and `spoken_digits_fsdd.npz` from a folder of raw arrays."""
    found = {}
    for name in ("mnist.npz", "spoken_digits_fsdd.npz"):
        found.update(read_npz(folder / name))
    missing = [name for name in ARRAYS if name not in found]
    if missing:
        raise ValueError(f"the arrays {', '.join(missing)} are not in {folder}; {RAW} must name a folder that has them")
    return Raw(**{name: found[name] for name in ARRAYS})


def read_tfds() -> Raw:
    """Fetch `mnist` and `spoken_digit` through TensorFlow Datasets, the clips in order of their file names."""
    from ..fetching.fetch import tfds_arrays

    train, test = tfds_arrays("av_mnist", "mnist", "train"), tfds_arrays("av_mnist", "mnist", "test")
    speech = tfds_arrays("av_mnist", "spoken_digit", "train")
    names = [name.decode().removesuffix(".wav") for name in speech["audio/filename"]]
    order = np.argsort(names, kind="stable")
    clips = [np.asarray(speech["audio"][i], np.int16) for i in order]
    parts = [names[i].split("_") for i in order]
    return Raw(
        *(train["image"][..., 0], train["label"], test["image"][..., 0], test["label"]),
        wave=np.concatenate(clips),
        offset=np.concatenate([[0], np.cumsum([len(clip) for clip in clips])]),
        label=np.array([int(part[0]) for part in parts], np.uint8),
        speaker=np.array([part[1] for part in parts]),
        index=np.array([int(part[2]) for part in parts], np.uint8),
    )


def read_digits() -> Raw:
    """The arrays of `digits` in the same form: each pixel as 3 x 3 in a frame of 2, each timbre one of 4 "speakers".

    No writer's sheet is in two splits. Clips by take: of the four takes of a voice the first is in test, the second
    in val. The two voices of a timbre are of the same speaker.
    """
    images, labels = digits.handwriting()
    pixels = np.kron(np.rint(255 * images[..., 0]).astype(np.uint8), np.ones((1, 3, 3), np.uint8))
    pixels = np.pad(pixels, ((0, 0), (2, 2), (2, 2)))
    known = digits.FIRST_ROW["test"]
    bank = digits.read_bank(course_file("data", digits.BANK))
    timbres = [name.split("+")[1] for name in bank.voice_name.tolist()]
    order = {timbre: i for i, timbre in enumerate(dict.fromkeys(timbres))}
    of_voice = np.array([f"group {1 + order[timbre] % GROUPS}" for timbre in timbres])
    same = (bank.voice[:, None] == bank.voice) & (bank.label[:, None] == bank.label)
    take = np.tril(same, -1).sum(axis=1)  # how many clips of this voice and digit came before
    return Raw(
        *(pixels[:known], labels[:known], pixels[known:], labels[known:]),
        wave=np.rint(32767 * digits.mu_law_decode(bank.wave)).astype(np.int16),
        offset=bank.offset,
        label=bank.label,
        speaker=of_voice[bank.voice],
        index=np.array(TAKES, np.uint8)[take],
        name="digits",
        sizes=(digits.FIRST_ROW["val"], known - digits.FIRST_ROW["val"], len(labels) - known),
    )
