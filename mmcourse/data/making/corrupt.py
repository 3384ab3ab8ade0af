"""What can go wrong with a modality, as pure functions of arrays and a seed. Taught in lessons 10 and 20.

Each takes N samples and gives N new ones of the same shape and dtype; the same seed gives the same bytes.
"""

import numpy as np


def noise(x: np.ndarray, snr_db: float, seed: int) -> np.ndarray:
    """Add white Gaussian noise at SNR = 10 log10(var(sample) / var(noise)) dB, for each sample by itself.

    (N, ...) floats or uint8, and uint8 is rounded and kept in 0 to 255. Floats are left unclipped, so that the SNR
    is exact. A constant sample has no signal and stays as it is.
    """
    _numbers("noise", x)
    if not np.isfinite(snr_db):
        raise ValueError(f"the signal-to-noise ratio must be finite, in dB; got {snr_db}")
    rng = np.random.default_rng(seed)
    axes = tuple(range(1, x.ndim))
    spread = np.std(x, axis=axes, keepdims=True, dtype=np.float64) * 10 ** (-snr_db / 20)
    noisy = x + spread.astype(np.float32) * rng.standard_normal(x.shape, np.float32)
    return _like(noisy, x)


def occlude(images: np.ndarray, side: int, seed: int) -> np.ndarray:
    """Blacken a side x side square at a random place of each image (N, H, W, C), or of each video (N, T, H, W, C)."""
    _numbers("occlude", images)
    if images.ndim < 4 or not 0 <= side <= min(images.shape[-3:-1]):
        raise ValueError(f"occlude needs images (N, H, W, C) and a side within them; got {images.shape} and {side}")
    height, width = images.shape[-3:-1]
    rng = np.random.default_rng(seed)
    tops = rng.integers(0, height - side + 1, len(images))
    lefts = rng.integers(0, width - side + 1, len(images))
    hidden = images.copy()
    for image, top, left in zip(hidden, tops, lefts, strict=True):
        image[..., top : top + side, left : left + side, :] = 0
    return hidden


def blur(images: np.ndarray, sigma: float) -> np.ndarray:
    """Blur images (..., H, W, C) by a Gaussian of `sigma` pixels, cut at 3 sigma; edges are repeated outwards."""
    _numbers("blur", images)
    if images.ndim < 3 or not 0 < sigma <= 100:
        raise ValueError(f"blur needs images (..., H, W, C) and a sigma in (0, 100]; got {images.shape} and {sigma}")
    reach = int(np.ceil(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    blurred = images.astype(np.float32)
    for axis in (-3, -2):
        pads = [(0, 0)] * images.ndim
        pads[axis] = (reach, reach)
        padded = np.pad(blurred, pads, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, len(weights), axis=axis)
        blurred = windows @ weights.astype(np.float32)
    return _like(blurred, images)


def mask_time(waves: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Silence one stretch, `share` of the length, at a random place of each waveform (N, T)."""
    _numbers("mask_time", waves)
    _share("share", share)
    length = waves.shape[1]
    silent = round(share * length)
    starts = np.random.default_rng(seed).integers(0, length - silent + 1, len(waves))[:, None]
    time = np.arange(length)
    return np.where((time >= starts) & (time < starts + silent), 0, waves).astype(waves.dtype)


def clip(waves: np.ndarray, level: float) -> np.ndarray:
    """Cut off what is louder than `level` times a waveform's own peak, as an overdriven microphone does; (N, T)."""
    _numbers("clip", waves)
    _share("level", level)
    limit = np.abs(waves).max(axis=1, keepdims=True) * level
    return np.clip(waves, -limit, limit).astype(waves.dtype)


def drop_words(texts: np.ndarray, rate: float, seed: int) -> np.ndarray:
    """Leave out each word of each text (N,) with probability `rate`."""
    _share("rate", rate)
    rng = np.random.default_rng(seed)
    return np.array([" ".join(w for w in words if rng.random() >= rate) for words in _words(texts)])


def swap_words(texts: np.ndarray, rate: float, seed: int) -> np.ndarray:
    """Replace each word of each text (N,) with probability `rate` by any word that occurs in the texts."""
    _share("rate", rate)
    rng = np.random.default_rng(seed)
    rows = _words(texts)
    every = sorted({word for words in rows for word in words})
    return np.array([" ".join(every[rng.integers(len(every))] if rng.random() < rate else w for w in r) for r in rows])


def flip_labels(y: np.ndarray, rate: float, seed: int) -> np.ndarray:
    """Replace round(rate N) of the labels (N,) by another class, each other class equally likely."""
    _share("rate", rate)
    rng = np.random.default_rng(seed)
    classes, index = np.unique(y, return_inverse=True)
    wrong = rng.permutation(len(y))[: round(rate * len(y))]
    if len(wrong) and len(classes) < 2:
        raise ValueError("label noise needs two classes or more")
    if len(wrong):
        index[wrong] = (index[wrong] + rng.integers(1, len(classes), len(wrong))) % len(classes)
    return classes[index]


def draw_present(n: int, rates: list[float], seed: int) -> np.ndarray:
    """(n, M) bool: modality m is absent with probability rates[m]; rows in which all would be are drawn again."""
    for rate in rates:
        _share("rate", rate)
    if np.prod(rates) == 1:
        raise ValueError("with every rate at 1 all modalities would be absent in every sample; lower one")
    rng = np.random.default_rng(seed)
    present = rng.random((n, len(rates))) >= rates
    while (empty := ~present.any(axis=1)).any():
        present[empty] = rng.random((empty.sum(), len(rates))) >= rates
    return present


def _like(new: np.ndarray, old: np.ndarray) -> np.ndarray:
    if old.dtype == np.uint8:
        new = np.clip(np.round(new), 0, 255)
    return new.astype(old.dtype)


def _numbers(what: str, x: np.ndarray) -> None:
    if not (x.dtype.kind == "f" or x.dtype == np.uint8):
        raise ValueError(f"{what} needs floats or uint8, got {x.dtype}")


def _share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be in [0, 1], got {value}")


def _words(texts: np.ndarray) -> list[list[str]]:
    if np.asarray(texts).dtype.kind != "U":
        raise ValueError(f"expected texts, got {np.asarray(texts).dtype}; change words before making tokens of them")
    return [str(text).split() for text in texts]
