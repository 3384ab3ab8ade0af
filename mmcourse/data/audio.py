"""Sound as arrays: 8-bit mu-law for storage, a log-mel view for looking at. Taught in lesson 03."""

import numpy as np

RATE = 8000  # samples a second, everywhere in the course
MU = 255.0
WINDOW, STRIDE, BANDS, LOWEST = 400, 160, 24, 50.0  # of the log-mel view: samples, samples, number, Hz


def mu_law_encode(wave: np.ndarray) -> np.ndarray:
    """Waveform in [-1, 1] to uint8 codes: sign(x) ln(1 + 255 |x|) / ln 256 (ITU-T G.711, continuous form)."""
    wave = np.clip(np.asarray(wave, np.float64), -1, 1)
    squeezed = np.sign(wave) * np.log1p(MU * np.abs(wave)) / np.log1p(MU)
    return np.round((squeezed + 1) / 2 * MU).astype(np.uint8)


def mu_law_decode(codes: np.ndarray) -> np.ndarray:
    """The inverse of `mu_law_encode`: uint8 codes to float32 in [-1, 1], by a table of 256 values."""
    return _TABLE[codes]


def _table() -> np.ndarray:
    squeezed = np.arange(256) / MU * 2 - 1
    return (np.sign(squeezed) * np.expm1(np.abs(squeezed) * np.log1p(MU)) / MU).astype(np.float32)


_TABLE = _table()


def log_mel(wave: np.ndarray) -> np.ndarray:
    """Waveforms (N, T) or (T,) at 8 kHz to log-mel pictures in dB, (N, 24, frames) or (24, frames), low bands first.

    Keras's own `MelSpectrogram`, just as `mmcourse.layers.LogMel` uses it (a test holds them equal): 50 ms windows
    every 20 ms, 24 bands, 10 log10(max(power, 1e-5)).
    """
    import keras

    view = keras.layers.MelSpectrogram(
        fft_length=512,
        sequence_length=WINDOW,
        sequence_stride=STRIDE,
        sampling_rate=RATE,
        num_mel_bins=BANDS,
        min_freq=LOWEST,
        max_freq=RATE / 2,
        power_to_db=False,
        mag_exp=2.0,
    )
    wave = np.asarray(wave, np.float32)
    power = keras.ops.convert_to_numpy(view(np.atleast_2d(wave)))[:, :, : wave.shape[-1] // STRIDE]
    return (10 * np.log10(np.maximum(power, 1e-5))).reshape(*wave.shape[:-1], BANDS, -1)
