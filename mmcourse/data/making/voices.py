"""Speakers, and the tune in which they say a line: the voice of `moods`. Taught in lesson 26.

A speaker is a pitch, a tempo and a timbre: harmonics through two formants. The tune is in semitones around the
speaker's own pitch and averages to nothing, so how high a voice is says nothing about the mood.
"""

from dataclasses import dataclass

import numpy as np

from ..audio import RATE

SAMPLES = 5120  # 0.64 s
LINE = 3840  # of them are the line, the rest is silence or a laugh
BLOCK = 500  # lines made at a time, so that memory stays small
TABLE = 1024  # points of one period
DEPTHS = 8  # how wide a tune may be, from its least to its most
SEMITONES = ((1.0, 2.0), (5.0, 8.0), (0.0, 0.0))  # least and most, for bad, good, and a voice that tells nothing
SLOW, QUICK = (3, 4), (5, 6)  # syllables in a line, by the speaker's tempo
LAUGHS = 3  # bursts of a laugh
HISS = 300  # largest sample of the noise in every clip, of 32768


@dataclass(frozen=True)
class Speakers:
    """K speakers: `pitch` (K,) in Hz, `tempo` (K,) 0 or 1, `timbre` (K, 1024) int32, one period of the voice."""

    pitch: np.ndarray
    tempo: np.ndarray
    timbre: np.ndarray


def draw_speakers(count: int, rng: np.random.Generator) -> Speakers:
    """Speakers of 95 to 260 Hz, first formant 400 to 800 Hz, second 1000 to 2200 Hz."""
    pitch = rng.integers(95, 261, count)
    formants = np.stack([rng.integers(400, 801, count), rng.integers(1000, 2201, count)])[:, :, None]
    harmonic = np.arange(1, 26)
    frequency = pitch[:, None] * harmonic
    through = (1 / (1 + ((frequency - formants) / 120) ** 2)).sum(axis=0) + 0.03
    strength = np.where(frequency * 1.6 < RATE / 2, through / harmonic, 0)  # no aliasing at the top of a tune
    period = strength @ np.sin(2 * np.pi * harmonic[:, None] * np.arange(TABLE) / TABLE)
    timbre = np.round(period / np.abs(period).max(axis=1, keepdims=True) * 32767).astype(np.int32)
    return Speakers(pitch, rng.integers(0, 2, count), timbre)


def speak(
    speakers: Speakers, who: np.ndarray, mood: np.ndarray, laugh: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Lines (N, 5120) float32 in [-1, 1] by speakers `who` (N,).

    `mood` (N,): 1, good, is a wide rise and fall, quick; 0, bad, a narrow fall, slow; 2, a monotone at any speed, tells
    nothing. `laugh` (N,) bool: whether a laugh follows.
    """
    blocks = [slice(start, start + BLOCK) for start in range(0, len(who), BLOCK)]
    return np.concatenate([_block(speakers, who[b], mood[b], laugh[b], rng) for b in blocks])


def _block(speakers: Speakers, who, mood, laugh, rng: np.random.Generator) -> np.ndarray:
    n = len(who)
    depth, shift, loud = rng.integers(0, DEPTHS, n), rng.integers(-20, 21, n), rng.integers(120, 220, n)
    quick = np.where(mood == 2, rng.integers(0, 2, n), mood)
    syllables = np.where(quick == 1, QUICK[0], SLOW[0]) + speakers.tempo[who]
    pitch = speakers.pitch[who] * (1000 + shift) // 1000
    wave = np.zeros((n, SAMPLES), np.int32)
    sound = _voiced(speakers, who, pitch, _TUNES[mood, depth])
    wave[:, :LINE] = sound * _BEATS[syllables - SLOW[0]] >> 15
    rows = np.flatnonzero(laugh)
    high = np.broadcast_to(np.uint32(5300), (len(rows), SAMPLES - LINE))  # 4.5 semitones up, in 4096ths
    wave[rows, LINE:] = _voiced(speakers, who[rows], pitch[rows], high) * _LAUGH >> 15
    wave = wave * loud[:, None] // 256
    wave += rng.integers(-HISS, HISS + 1, wave.shape, np.int16)
    return np.clip(wave, -32768, 32767).astype(np.float32) / np.float32(32768)


def _voiced(speakers: Speakers, who: np.ndarray, pitch: np.ndarray, tune: np.ndarray) -> np.ndarray:
    """The timbre run through at pitch times tune (in 4096ths), (N, T) int32; a turn of the phase is 2^32."""
    phase = np.cumsum((pitch * 2**20 // RATE).astype(np.uint32)[:, None] * tune, axis=1, dtype=np.uint32)
    return speakers.timbre.ravel()[(who * TABLE)[:, None] + (phase >> np.uint32(22))]


def _tunes() -> np.ndarray:
    """(3, 8, LINE) uint32: the tune of each mood at each depth, as pitch in 4096ths of the speaker's own."""
    along = np.arange(LINE) / (LINE - 1)
    shapes = np.stack([0.5 - along, np.sin(np.pi * along) - np.sin(np.pi * along).mean(), 0 * along])
    least, most = np.array(SEMITONES).T[:, :, None]
    depth = least + (most - least) * np.arange(DEPTHS) / (DEPTHS - 1)
    return np.round(4096 * 2 ** (depth[:, :, None] * shapes[:, None] / 12)).astype(np.uint32)


def _beats(count: int, length: int) -> np.ndarray:
    """(length,) int32, 0 to 32767: `count` syllables, each rising and falling."""
    along = np.arange(length) * count / length
    return np.round(32767 * np.abs(np.sin(np.pi * along)) ** 0.5).astype(np.int32)


_TUNES = _tunes()
_BEATS = np.stack([_beats(count, LINE) for count in range(SLOW[0], QUICK[1] + 1)])
_LAUGH = _beats(LAUGHS, SAMPLES - LINE)
