"""`av_mnist`: handwritten digits blurred to a few components, paired with real spoken ones. Taught in lesson 27.

Not the benchmark file of the same name, whose variants differ from each other, but the same idea done in the open:
every step is a pure function of arrays and a seed, and has a hash on the card of the set.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...files import course_file
from ..audio import RATE
from ..multimodal import Multimodal
from ..own.array_files import read_npz
from ..splits import SPLITS, Spec, Split

SAMPLES = 5120  # 0.64 s, as in `digits`; longer clips lose their end
SPEECH_RMS = 0.1
TEST_TAKES, VAL_TAKES = range(0, 5), range(5, 10)  # of 50; the usual split of the spoken digits tests on takes 0 to 4
NOISE_CLIPS, NOISE_SAMPLES = 40, 4 * SAMPLES
RAW = "MMCOURSE_RAW"


@dataclass(frozen=True)
class Raw:
    """Both sources as arrays. Clip i of the speech is `wave[offset[i]:offset[i + 1]]`, int16 at 8 kHz."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    wave: np.ndarray
    offset: np.ndarray
    label: np.ndarray
    speaker: np.ndarray
    index: np.ndarray


def load(
    *,
    components: int | None = 4,
    audio_snr_db: float | None = -5.0,
    speaker_out: str | None = None,
    train: int = 6000,
    val: int = 1000,
    test: int = 2000,
    seed: int = 0,
) -> Multimodal:
    """Images (28, 28, 1) float32 and clips (5120,) float32 at 8 kHz of the same digit, labels 0 to 9.

    `components`: how many principal components of the images are left; None for all. `audio_snr_db`: noise on the
    spoken part; None for clean. Without `speaker_out`, test has takes 0 to 4 of every speaker and val takes 5 to 9;
    with a speaker's name, test has that speaker, val the next one by alphabet, train the others. Arrays come from the
    folder that MMCOURSE_RAW names, else from TensorFlow Datasets (24 MB once). See `data/av_mnist.md`.
    """
    folder = os.environ.get(RAW)
    raw = read_folder(Path(folder)) if folder else read_tfds()
    sizes = dict(zip(SPLITS, (train, val, test), strict=True))
    return build(raw, components=components, audio_snr_db=audio_snr_db, speaker_out=speaker_out, sizes=sizes, seed=seed)


def build(
    raw: Raw,
    *,
    components: int | None,
    audio_snr_db: float | None,
    speaker_out: str | None,
    sizes: dict[str, int],
    seed: int,
) -> Multimodal:
    """The step from raw arrays to the set, a pure function. Raises `ValueError` for options the arrays cannot meet."""
    _check(raw, components, audio_snr_db, sizes)
    images, labels = _images(raw, sizes)
    steps = {"raw": _hash(*raw.__dict__.values()), "images": _hash(*images.values())}
    if components is not None:
        basis = fit_components(images["train"], components)
        images = {name: project(image, *basis) for name, image in images.items()}
        steps["components"] = _hash(*basis)
    clips = split_clips(raw, speaker_out)
    steps["clips"] = _hash(*clips.values())
    parts, paired = {}, []
    for part, name in enumerate(SPLITS):
        rng = np.random.default_rng([seed, part])
        chosen = _pair(labels[name], raw, clips[name], rng)
        audio = _place(raw, chosen, audio_snr_db, noise_clips(seed, part), rng)
        x = {"image": images[name][..., None].astype(np.float32), "audio": audio}
        group = raw.speaker[chosen] if speaker_out else chosen
        parts[name] = Split(x, labels[name], group, targets={"speaker": raw.speaker[chosen], "clip": chosen})
        paired.append(chosen)
    steps["pairs"] = _hash(*paired)
    data = Multimodal(
        name="av_mnist",
        modalities={
            "image": Spec((28, 28, 1), "float32", "brightness, about 0 to 1", "a handwritten digit, blurred"),
            "audio": Spec((SAMPLES,), "float32", "amplitude, -1 to 1", "the same digit, spoken", rate=RATE),
        },
        card=course_file("data", "av_mnist.md").read_text(encoding="utf-8"),
        classes=tuple("0123456789"),
        **parts,
    )
    steps["set"] = data.fingerprint()
    lines = "\n".join(f"- {step}: `{value}`" for step, value in steps.items())
    return data.map_splits(lambda split: split, card=f"{data.card}\n## This build, step by step (SHA-256)\n{lines}\n")


def fit_components(images: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean (784,) and the first `count` principal axes (784, count) of images (N, 28, 28), float64."""
    flat = images.reshape(len(images), -1)
    mean = flat.mean(axis=0, dtype=np.float64)
    centred = flat - mean
    _, axes = np.linalg.eigh(centred.T @ centred)  # ascending
    return mean, axes[:, ::-1][:, :count]


def project(images: np.ndarray, mean: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """What the components keep of images (N, 28, 28): mean + A Aᵀ (x - mean), float32. The mean is restored."""
    flat = images.reshape(len(images), -1) - mean
    return (mean + flat @ axes @ axes.T).reshape(images.shape).astype(np.float32)


def split_clips(raw: Raw, speaker_out: str | None) -> dict[str, np.ndarray]:
    """Rows of the clips for each split: by take, or with one speaker in test and the next in val."""
    if speaker_out is None:
        test, val = np.isin(raw.index, TEST_TAKES), np.isin(raw.index, VAL_TAKES)
    else:
        names = np.unique(raw.speaker).tolist()
        if speaker_out not in names or len(names) < 3:
            raise ValueError(
                f"speaker_out must be one of three or more speakers, here {', '.join(names)}; got {speaker_out!r}"
            )
        test = raw.speaker == speaker_out
        val = raw.speaker == names[(names.index(speaker_out) + 1) % len(names)]
    return {"train": np.flatnonzero(~test & ~val), "val": np.flatnonzero(val), "test": np.flatnonzero(test)}


def noise_clips(seed: int, part: int) -> np.ndarray:
    """(40, 20480) float32 clips of noise for split number `part`, each of a colour between white and brown, RMS 1."""
    rng = np.random.default_rng([seed, part, 1])
    spectrum = np.fft.rfft(rng.standard_normal((NOISE_CLIPS, NOISE_SAMPLES)))
    tilt = np.maximum(1, np.arange(spectrum.shape[1])) ** -rng.uniform(0, 1, (NOISE_CLIPS, 1))
    clips = np.fft.irfft(spectrum * tilt, NOISE_SAMPLES)
    return (clips / clips.std(axis=1, keepdims=True)).astype(np.float32)


def _images(raw: Raw, sizes: dict[str, int]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    cut = slice(sizes["train"], sizes["train"] + sizes["val"])
    images = {"train": raw.x_train[: sizes["train"]], "val": raw.x_train[cut], "test": raw.x_test[: sizes["test"]]}
    labels = {"train": raw.y_train[: sizes["train"]], "val": raw.y_train[cut], "test": raw.y_test[: sizes["test"]]}
    return (
        {name: array.reshape(-1, 28, 28).astype(np.float32) / 255 for name, array in images.items()},
        {name: array.astype(np.int64) for name, array in labels.items()},
    )


def _pair(labels: np.ndarray, raw: Raw, clips: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A clip of the same digit for each image; all clips of a digit are used before one is used again."""
    chosen = np.empty(len(labels), np.int64)
    for digit in np.unique(labels):
        where = np.flatnonzero(labels == digit)
        choice = clips[raw.label[clips] == digit]
        if not len(choice):
            raise ValueError(f"a split has images of {digit} but no clip of it; there are {len(clips)} clips in it")
        rounds = [rng.permutation(choice) for _ in range(-(-len(where) // len(choice)))]
        chosen[where] = np.concatenate(rounds)[: len(where)]
    return chosen


def _place(
    raw: Raw, chosen: np.ndarray, snr_db: float | None, noise: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Clips at a random onset, all equally loud, in a random stretch of a random noise clip, scaled into [-1, 1]."""
    waves = np.zeros((len(chosen), SAMPLES), np.float32)
    for wave, i in zip(waves, chosen, strict=True):
        clip = raw.wave[raw.offset[i] : raw.offset[i + 1]][:SAMPLES].astype(np.float32)
        start = rng.integers(0, SAMPLES - len(clip) + 1)
        wave[start : start + len(clip)] = clip * (SPEECH_RMS / max(np.sqrt(np.mean(clip**2)), 1e-6))
        if snr_db is not None:
            begin = rng.integers(0, NOISE_SAMPLES - SAMPLES)
            stretch = noise[rng.integers(NOISE_CLIPS), begin : begin + SAMPLES]
            wave += np.float32(SPEECH_RMS * 10 ** (-snr_db / 20)) * stretch / np.sqrt(np.mean(stretch**2))
    return waves / np.maximum(1, np.abs(waves).max(axis=1, keepdims=True))


def _check(raw: Raw, components: int | None, snr_db: float | None, sizes: dict[str, int]) -> None:
    if components is not None and not 1 <= components <= 784:
        raise ValueError(f"components must be None or 1 to 784, got {components}")
    if snr_db is not None and not np.isfinite(snr_db):
        raise ValueError(f"audio_snr_db must be None or finite, got {snr_db}")
    if min(sizes.values()) < 1 or sizes["train"] + sizes["val"] > len(raw.x_train) or sizes["test"] > len(raw.x_test):
        raise ValueError(
            f"expected 1 or more samples per split, at most {len(raw.x_train)} in train and val together and "
            f"{len(raw.x_test)} in test; got {sizes}"
        )


def _hash(*arrays: np.ndarray) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def read_folder(folder: Path) -> Raw:
    """Read `mnist.npz` and `spoken_digits_fsdd.npz` from a folder of raw arrays."""
    fields = {}
    for name in ("mnist.npz", "spoken_digits_fsdd.npz"):
        fields.update(read_npz(folder / name))
    missing = [name for name in Raw.__dataclass_fields__ if name not in fields]
    if missing:
        raise ValueError(f"the arrays {', '.join(missing)} are not in {folder}; {RAW} must name a folder that has them")
    return Raw(**{name: fields[name] for name in Raw.__dataclass_fields__})


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
