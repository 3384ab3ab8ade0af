"""Make `spoken_digits.npz`: 2000 spoken digits in 50 synthetic voices, as 8-bit mu-law at 8 kHz.

Needs Debian's espeak-ng (1.51) and SciPy. Run once: `python data/make_spoken_digits.py`.

A voice is a timbre (an espeak-ng variant) speaking in one of 8 English accents. Timbres are divided among
train, val and test here, so that no timbre is in two splits.
"""

import hashlib
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from scipy.io import wavfile
from scipy.signal import resample_poly
from tqdm import tqdm

from mmcourse.data.audio import RATE, mu_law_encode

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ACCENTS = (  # Great Britain is "en": with "en-gb" espeak-ng 1.51 drops the timbre, and seven voices are one
    "en", "en-us", "en-029", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-gb-x-rp", "en-us-nyc",
)  # fmt: skip
TIMBRES = {
    "train": ("m1", "f1", "m3", "f2", "Andy", "Annie", "m5", "f4", "Michael", "linda", "Alex",
              "belinda", "Denis", "steph"),
    "val": ("m2", "f3", "Lee", "Alicia"),
    "test": ("m4", "f5", "Gene", "Andrea", "m7", "Diogo", "caleb"),
}  # fmt: skip
TAKES = ((30, 190), (45, 230), (60, 205), (75, 250))  # pitch (0 to 99), speed (words a minute)
LONGEST = 5120  # samples: 0.64 s


def speak(word: str, voice: str, pitch: int, speed: int) -> np.ndarray:
    """One clip as float32 in [-1, 1] at 8 kHz, silence trimmed, peak at 0.9."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        command = ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(speed), "-w", file.name, word]
        subprocess.run(command, check=True)
        rate, wave = wavfile.read(file.name)
    wave = resample_poly(wave / 32768, RATE, rate)
    loud = np.flatnonzero(np.abs(wave) > 0.02 * np.abs(wave).max())
    wave = wave[max(loud[0] - 80, 0) : loud[-1] + 160][:LONGEST]
    return (0.9 * wave / np.abs(wave).max()).astype(np.float32)


def main() -> None:
    clips, rows, voices = [], [], []
    for split_index, (split, timbres) in enumerate(TIMBRES.items()):
        for i, timbre in enumerate(tqdm(timbres, desc=split)):
            for accent in (ACCENTS[(2 * i) % 8], ACCENTS[(2 * i + 1) % 8]):
                voices.append(f"{accent}+{timbre}")
                for digit, word in enumerate(WORDS):
                    for pitch, speed in TAKES:
                        clips.append(mu_law_encode(speak(word, voices[-1], pitch, speed)))
                        rows.append((digit, len(voices) - 1, split_index, pitch, speed))
    label, voice, split, pitch, speed = np.array(rows).T
    path = Path(__file__).with_name("spoken_digits.npz")
    np.savez_compressed(
        path,
        wave=np.concatenate(clips),
        offset=np.cumsum([0, *map(len, clips)]).astype(np.int32),
        label=label.astype(np.uint8),
        voice=voice.astype(np.uint8),
        split=split.astype(np.uint8),
        pitch=pitch.astype(np.uint8),
        speed=speed.astype(np.uint16),
        voice_name=np.array(voices),
        split_name=np.array(list(TIMBRES)),
        sample_rate=np.int32(RATE),
    )
    lengths = np.array([len(c) for c in clips])
    print(f"{len(clips)} clips, {len(voices)} voices, {lengths.min() / RATE:.2f} to {lengths.max() / RATE:.2f} s")
    print(f"{path.stat().st_size / 1e6:.2f} MB, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}")
    print(f"cut at {LONGEST} samples: {(lengths == LONGEST).sum()}")


if __name__ == "__main__":
    main()
