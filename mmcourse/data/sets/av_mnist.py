"""`av_mnist`: handwritten digits blurred to a few components, paired with real spoken ones. Taught in lesson 27.

Not the benchmark file of the same name, whose variants differ from each other, but the same idea done in the open:
every step is a pure function of arrays and a seed, and has a hash on the card of the set.
"""

import hashlib

import numpy as np

from ...files import course_file
from ..audio import RATE
from ..multimodal import Multimodal
from ..splits import SPLITS, Spec, Split
from .av_sources import Raw, read

SAMPLES = 5120  # 0.64 s, as in `digits`; longer clips lose their end
SPEECH_RMS = 0.1
TEST_TAKES, VAL_TAKES = range(0, 5), range(5, 10)  # of 50; the usual split of the spoken digits tests on takes 0 to 4
NOISE_CLIPS, NOISE_SAMPLES = 40, 4 * SAMPLES


def load(
    *,
    components: int | None = 4,
    audio_snr_db: float | None = -5.0,
    speaker_out: str | None = None,
    train: int = 6000,
    val: int = 1000,
    test: int = 2000,
    seed: int = 0,
    stand_in: bool = False,
) -> Multimodal:
    """Images (28, 28, 1) float32 and clips (5120,) float32 at 8 kHz of the same digit, labels 0 to 9.

    `components`: how many principal components of the images are left; None for all. `audio_snr_db`: noise on the
    spoken part; None for clean. Without `speaker_out`, test has takes 0 to 4 of every speaker and val takes 5 to 9;
    with a speaker's name, test has that speaker, val the next one by alphabet, train the others. Arrays come from the
    folder that MMCOURSE_RAW names, else from TensorFlow Datasets (24 MB once). With `stand_in`, where neither is to be
    had, the same steps are made from the arrays of `digits`: the set then has that name, and all images there are
    (1029, 258 and 510). See `data/av_mnist.md`.
    """
    raw = read(stand_in)
    sizes = dict(zip(SPLITS, raw.sizes or (train, val, test), strict=True))
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
    steps = {"raw": _hash(*raw.arrays()), "images": _hash(*images.values())}
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
        name=raw.name,
        modalities={
            "image": Spec((28, 28, 1), "float32", "brightness, about 0 to 1", "a handwritten digit, blurred"),
            "audio": Spec((SAMPLES,), "float32", "amplitude, -1 to 1", "the same digit, spoken", rate=RATE),
        },
        card=course_file("data", f"{raw.name}.md").read_text(encoding="utf-8"),
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
