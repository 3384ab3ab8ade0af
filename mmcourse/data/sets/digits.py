"""`digits`: real handwritten digits paired with spoken ones. Taught in lessons 00, 01, 03 and 06.

Images are scikit-learn's `load_digits`; sound is the speech bank `data/spoken_digits.npz`. See `data/digits.md`.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ...files import course_file, verified_arrays
from ..audio import RATE, mu_law_decode
from ..multimodal import Multimodal
from ..splits import SPLITS, Spec, Split

BANK = "spoken_digits.npz"
BANK_SHA256 = "b1b6db4e08a3dfe50b9a15af35e6e75e88237885f82059e2c54495ef47ef272e"
SAMPLES = 5120  # of sound in a clip: 0.64 s
SHEETS = (
    0,
    130,
    256,
    386,
    516,
    646,
    776,
    905,
    1029,
    1157,
    1287,
    1415,
    1545,
    1667,
)  # first row of each writer's sheet
FIRST_ROW = {"train": 0, "val": 1029, "test": 1287}  # 8, 2 and 4 sheets
SPEECH_RMS = 0.1
HIDDEN_SIDE = 4  # pixels: side of the square hidden in every degraded image


@dataclass(frozen=True)
class Bank:
    """The speech bank: clip i is `wave[offset[i]:offset[i + 1]]`, in mu-law codes."""

    wave: np.ndarray
    offset: np.ndarray
    label: np.ndarray
    voice: np.ndarray
    split: np.ndarray
    voice_name: np.ndarray

    def clip(self, i: int) -> np.ndarray:
        """Clip i as float32 in [-1, 1]."""
        return mu_law_decode(self.wave[self.offset[i] : self.offset[i + 1]])


def load(
    *,
    clean: bool = False,
    image_noise: float = 0.25,
    audio_snr_db: float = -2.0,
    seed: int = 0,
) -> Multimodal:
    """Handwritten digits with spoken ones, labels 0 to 9.

    "image" is (8, 8, 1) float32 in [0, 1]; "audio" is (5120,) float32 in [-1, 1] at 8 kHz. `clean=True` leaves both as
    they are. Otherwise each image gets Gaussian noise of standard deviation `image_noise` (in units of full brightness)
    and a hidden 4 x 4 square, and each clip white noise at `audio_snr_db` (dB, over the spoken part). `seed` decides
    pairing, onset and noise. Every image and every clip is used at most once; no writer and no voice is in two splits.
    `group` is the writer's sheet, the target "voice" the number of the voice that speaks, int64.
    Raises `ValueError` for a missing or damaged speech bank.
    """
    if not (np.isfinite(image_noise) and image_noise >= 0 and np.isfinite(audio_snr_db)):
        raise ValueError(f"image_noise must be 0 or more and audio_snr_db finite, got {image_noise} and {audio_snr_db}")
    images, labels = handwriting()
    speech = read_bank(course_file("data", BANK))
    splits = {}
    for index, name in enumerate(SPLITS):
        rng = np.random.default_rng([seed, index])
        rows = np.arange(FIRST_ROW[name], next((r for r in FIRST_ROW.values() if r > FIRST_ROW[name]), len(labels)))
        clips = _pair(labels[rows], speech, index, rng)
        image = images[rows] if clean else _degrade(images[rows], image_noise, rng)
        audio = _place(speech, clips, None if clean else audio_snr_db, rng)
        sheet = np.searchsorted(SHEETS, rows, side="right") - 1
        voice = speech.voice[clips].astype(np.int64)
        splits[name] = Split({"image": image, "audio": audio}, labels[rows], sheet, targets={"voice": voice})
    return Multimodal(
        name="digits",
        modalities={
            "image": Spec((8, 8, 1), "float32", "brightness, 0 to 1", "a handwritten digit"),
            "audio": Spec((SAMPLES,), "float32", "amplitude, -1 to 1", "the same digit, spoken", rate=RATE),
        },
        card=course_file("data", "digits.md").read_text(encoding="utf-8"),
        classes=tuple("0123456789"),
        **splits,
    )


def read_bank(path: Path) -> Bank:
    """Read and verify a speech bank; the one that ships must have the SHA-256 it was made with."""
    arrays = verified_arrays(path, BANK_SHA256, "the speech bank")
    return Bank(**{name: arrays[name] for name in Bank.__dataclass_fields__})


@cache
def handwriting() -> tuple[np.ndarray, np.ndarray]:
    """All images (1797, 8, 8, 1) float32 in [0, 1], sheet by sheet, and their labels."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ImportError("the digits need scikit-learn: pip install 'mmcourse[course]'") from None
    bunch = load_digits()
    return (bunch.images[..., None] / 16).astype(np.float32), bunch.target.astype(np.int64)


def _pair(labels: np.ndarray, speech: Bank, split: int, rng: np.random.Generator) -> np.ndarray:
    """A clip of the same digit for every image, none used twice."""
    clips = np.empty(len(labels), int)
    for digit in range(10):
        where = np.flatnonzero(labels == digit)
        choice = np.flatnonzero((speech.label == digit) & (speech.split == split))
        clips[where] = rng.permutation(choice)[: len(where)]
    return clips


def _degrade(images: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    images = images.copy()
    rows, columns = rng.integers(0, 9 - HIDDEN_SIDE, (2, len(images)))
    for image, row, column in zip(images, rows, columns, strict=True):
        image[row : row + HIDDEN_SIDE, column : column + HIDDEN_SIDE] = 0
    images += noise * rng.standard_normal(images.shape, np.float32)
    return np.clip(images, 0, 1)


def _place(speech: Bank, clips: np.ndarray, snr_db: float | None, rng: np.random.Generator) -> np.ndarray:
    """Clips at a random onset in silence, all equally loud, then in noise."""
    waves = np.zeros((len(clips), SAMPLES), np.float32)
    for wave, i in zip(waves, clips, strict=True):
        clip = speech.clip(i)
        start = rng.integers(0, SAMPLES - len(clip) + 1)
        wave[start : start + len(clip)] = clip * (SPEECH_RMS / np.sqrt(np.mean(clip**2)))
    if snr_db is not None:
        waves += np.float32(SPEECH_RMS * 10 ** (-snr_db / 20)) * rng.standard_normal(waves.shape, np.float32)
    return waves / np.maximum(1, np.abs(waves).max(axis=1, keepdims=True))
