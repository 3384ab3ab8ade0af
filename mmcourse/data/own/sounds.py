"""A sound out of a file that may be anything: WAV, FLAC, OGG or MP3, whole, of a rate and length within bounds."""

import io
import math
import re
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..audio import RATE
from .paths import opened, reason
from .problems import Unreadable

HEADS = (b"RIFF", b"fLaC", b"OggS", b"ID3")
RATES = (1000, 384_000)  # Hz; outside of these the header is wrong
LONGEST = 600  # seconds of one sound
LOUDEST = 2.0  # beyond it the numbers are no amplitudes from -1 to 1; a decoded MP3 may pass 1 by a little
CANCELLED = 0.01  # of the first channel: where the mean of all is less, they cancel each other
MARGIN = 0.1  # seconds decoded beyond those wanted, so that the filter of the resampling has them
BLOCK = 2**16
LARGEST = 2**29  # bytes of a file that is mended in memory
PAGE = 27 + 255 + 255 * 255  # bytes of the largest page of an OGG
STREAMED = 0x7FFF0000  # bytes of sound, from which a header was written before anybody knew how many there would be
AGAIN = "bring the file again"


def read_sound(source: Path | bytes, seconds: float) -> tuple[np.ndarray, float]:
    """A sound as (8000 seconds,) float32 in [-1, 1] at 8 kHz, mono, cut or padded; and how many seconds it lasts.

    Raises `Unreadable`, also for a file that was cut off.
    """
    try:
        import soundfile
    except (ImportError, OSError):  # OSError where its C library is missing
        raise ImportError("sounds need soundfile: pip install 'mmcourse[own]'") from None
    try:
        with opened(source) as file:
            source = _closed(file) or source
        with soundfile.SoundFile(io.BytesIO(source) if isinstance(source, bytes) else str(source)) as sound:
            wave, rate, lasts = _decode(sound, seconds)
        return _fit(_resample(wave, rate), round(seconds * RATE)), lasts
    except Unreadable:
        raise
    except Exception as error:  # libsndfile's own, OSError and more
        raise Unreadable(
            f"cannot be read as a sound ({reason(error).split(': ')[-1]})", "save it again as WAV or FLAC"
        ) from None


def _closed(file: BinaryIO) -> bytes:
    """Refuse formats we do not name, and a file with less sound than its header says: half a file is no short sound.

    FLAC looks for that itself. Of a WAV whose size was left at 0, as by a recorder that was not stopped, the bytes with
    the size that it has.
    """
    head = file.read(12)
    if not head.startswith(HEADS) and not (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):  # the latter begins an MP3
        raise Unreadable("is none of WAV, FLAC, OGG, MP3", "save it again as WAV or FLAC")
    size = file.seek(0, io.SEEK_END)
    file.seek(12)
    while head.startswith(b"RIFF") and len(chunk := file.read(8)) == 8:
        announced, here = int.from_bytes(chunk[4:], "little"), size - file.tell()
        if chunk[:4] != b"data":
            file.seek(announced + announced % 2, io.SEEK_CUR)
        elif here < announced < STREAMED:
            raise Unreadable(f"was cut off: {here} of {announced} bytes of sound are there", AGAIN)
        elif announced == 0 and file.read(4) not in (b"", b"LIST", b"id3 ", b"fact") and size < LARGEST:
            place = size - here
            file.seek(0)
            return file.read(place - 4) + here.to_bytes(4, "little") + file.read()[4:]
        else:
            break
    if head.startswith(b"OggS"):
        _check_ogg(file, size)
    elif not head.startswith((b"RIFF", b"fLaC")):
        _check_mp3(file, size)
    return b""


def _check_ogg(file: BinaryIO, size: int) -> None:
    """Refuse an OGG whose last page is not whole, which the decoder would take for a short sound.

    The mark of the last page is not asked for: what a recorder streams, or a phone sends, may lack it and be whole.
    """
    file.seek(max(0, size - 2 * PAGE))
    tail = file.read()
    head = tail[tail.rfind(b"OggS") :]
    pieces = head[27 : 27 + head[26]] if len(head) > 26 else b""
    announced = 27 + head[26] + sum(pieces) if len(head) > 26 else 27
    if len(head) < announced:
        raise Unreadable(f"was cut off: {len(head)} of {announced} bytes of its last page are there", AGAIN)


def _check_mp3(file: BinaryIO, size: int) -> None:
    """Refuse an MP3 with less than the size in its Xing or Info frame, which the decoder would fill with silence."""
    file.seek(0)
    beginning = file.read(2**16)
    found = re.search(rb"(?:Xing|Info)(.{4}).{4}(.{4})", beginning, re.DOTALL)
    if found and found[1][3] & 3 == 3:  # both sizes are given
        announced, here = int.from_bytes(found[2], "big"), size - found.start() + 36  # where its frame begins
        if here < 0.99 * announced:
            raise Unreadable(f"was cut off: {min(here, size)} of {announced} bytes of sound are there", AGAIN)


def _decode(sound, seconds: float) -> tuple[np.ndarray, int, float]:
    """The beginning of an open sound, mono, its rate in Hz and its whole length in seconds.

    Mono is the mean of the channels, or the first where the mean is next to nothing: one of two was turned over then.
    """
    rate, announced = sound.samplerate, sound.frames
    if not RATES[0] <= rate <= RATES[1]:
        raise Unreadable(f"has a rate of {rate} Hz, expected {RATES[0]} to {RATES[1]}", "save it at 44100 Hz or less")
    if announced > LONGEST * rate:
        raise Unreadable(f"lasts {announced / rate:.0f} s, at most {LONGEST} are read", "cut it into pieces")
    kept, count, wanted = [], 0, math.ceil((seconds + MARGIN) * rate)
    for block in sound.blocks(BLOCK, dtype="float32", always_2d=True):
        if count < wanted:
            kept.append(np.stack([block.mean(axis=1, dtype=np.float64), block[:, 0]], axis=1))
        count += len(block)
    if not count:
        raise Unreadable("has no sound in it", "leave it out or record it again")
    mean, first = np.concatenate(kept)[:wanted].T
    wave = first if np.abs(mean).max() < CANCELLED * np.abs(first).max() else mean
    peak = np.abs(wave).max()
    if not peak <= LOUDEST:  # also where it is NaN
        raise Unreadable(f"has amplitudes up to {peak:.3g}, expected -1 to 1", "divide by the largest and save again")
    return wave, rate, count / rate


def _resample(wave: np.ndarray, rate: int) -> np.ndarray:
    if rate == RATE:
        return wave
    from scipy.signal import resample_poly

    # exact for every usual rate; the filter of a rate without a common divisor would have millions of numbers
    ratio = Fraction(RATE, rate).limit_denominator(5000)
    return resample_poly(wave, ratio.numerator, ratio.denominator)


def _fit(wave: np.ndarray, samples: int) -> np.ndarray:
    wave = np.clip(wave[:samples], -1, 1).astype(np.float32)
    return np.pad(wave, (0, samples - len(wave)))
