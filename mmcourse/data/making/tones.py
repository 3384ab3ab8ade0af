"""A short tone whose pitch and contour carry a symbol. Integer arithmetic, the same bytes everywhere."""

from math import pi, sin

import numpy as np

from ..audio import RATE

SAMPLES = 2560  # 0.32 s at 8 kHz
CONTOURS = ("level", "rising", "falling", "wavering")
LOWEST, STEP, JITTER = 400, 150, 40  # Hz: pitch of symbol 0, distance of the next, and how far a tone may be off
NOISE = 0.02  # standard deviation of the hiss behind every tone
_BITS = 10
_SINE = np.array([round(32767 * sin(2 * pi * i / 2**_BITS)) for i in range(2**_BITS)], np.int64)
_TIME = np.arange(SAMPLES)
_RAMP = (_TIME * 96 // SAMPLES - 48).astype(np.int64)  # -48 to 47, in 256ths of the pitch
_SHAPES = np.stack([0 * _RAMP, _RAMP, -_RAMP, 48 * _SINE[_TIME * 6 * 2**_BITS // SAMPLES % 2**_BITS] // 32767])
_FADE = np.minimum(np.minimum(_TIME, SAMPLES - 1 - _TIME), 200)  # 25 ms in and out


def tones(symbols: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(N,) symbols, -1 for a hiss that tells nothing, to (N, 2560) float32 waveforms in [-1, 1].

    Symbol k sounds at 400 + 150 k Hz, off by at most 40, with contour k modulo 4: level, rising, falling, wavering.
    """
    n = len(symbols)
    erased = symbols < 0
    pitch = LOWEST + STEP * np.maximum(symbols, 0) + rng.integers(-JITTER, JITTER + 1, n)
    loud = rng.integers(80, 200, n)  # in 256ths of full scale
    start = rng.integers(0, 2**_BITS, n)
    contour = _SHAPES[np.maximum(symbols, 0) % len(CONTOURS)]
    step = pitch[:, None] * (256 + contour) * 2**_BITS  # of phase, in 1 / (256 RATE) of a table entry
    phase = start[:, None] + np.cumsum(step, axis=1) // (256 * RATE)
    wave = _SINE[phase & (2**_BITS - 1)]
    hiss = rng.integers(-32767, 32768, (n, SAMPLES))
    wave[erased] = hiss[erased]
    wave = wave * loud[:, None] // 256 * _FADE // 200
    wave += hiss * round(NOISE * 3**0.5 * 1000) // 1000
    return np.clip(wave, -32768, 32767).astype(np.float32) / np.float32(32768)
