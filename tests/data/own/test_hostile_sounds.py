"""Sounds as people have them: whole, in bounds, and the same from every format."""

import io
import struct

import numpy as np
import pytest

from mmcourse.data.own.problems import Unreadable
from mmcourse.data.own.sounds import read_sound
from tests.data.own.samples import ANIMALS, little_memory, save_wave, table_of, tone


def wave_file(content, *, rate=8000, tag=1, channels=1, bits=16, announced=None, extensible=False):
    """The bytes of a WAV file with whatever header."""
    size = len(content) if announced is None else announced
    block = channels * bits // 8
    form = struct.pack(
        "<HHIIHH", 0xFFFE if extensible else tag, channels, rate, rate * block % 2**32, block % 2**16, bits
    )
    if extensible:
        form += (
            struct.pack("<HHI", 22, bits, 4) + struct.pack("<H", tag) + bytes.fromhex("000000001000800000aa00389b71")
        )
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", size) + content
    return b"RIFF" + struct.pack("<I", min(4 + len(body), 2**32 - 1) if announced is None else 2**32 - 1) + body


def pcm(seconds=0.3, rate=8000, hertz=500):
    return np.round(tone(seconds, rate, hertz) * 32767).astype("<i2").tobytes()


def is_tone(read, seconds=0.3, hertz=500, near=0.02):
    wave, lasts = read
    wanted = tone(seconds, 8000, hertz)
    return (
        len(wave) == len(wanted)
        and wave.dtype == np.float32
        and lasts == pytest.approx(seconds, abs=0.03)
        and np.abs(wave - wanted)[100:-100].max() < near
    )


@pytest.mark.parametrize(
    "width, channels, rate", [(1, 1, 8000), (2, 2, 16000), (3, 1, 8000), (4, 1, 22050), (2, 6, 48000)]
)
def test_sounds_of_many_widths(tmp_path, width, channels, rate):
    save_wave(tmp_path / "a.wav", seconds=0.3, rate=rate, width=width, channels=channels, hertz=500)
    assert is_tone(read_sound(tmp_path / "a.wav", 0.3))
    longer, _ = read_sound(tmp_path / "a.wav", 0.5)
    assert len(longer) == 4000 and not longer[2500:].any()
    assert np.abs(read_sound(tmp_path / "a.wav", 0.1)[0] - longer[:800]).max() < 1e-6, "however much is read"


@pytest.mark.parametrize("kind, near", [("FLAC", 0.01), ("OGG", 0.06), ("MP3", 0.06)])
@pytest.mark.parametrize("rate", [8000, 44100])
def test_flac_ogg_and_mp3(tmp_path, kind, near, rate):
    import soundfile

    soundfile.write(tmp_path / "a", tone(0.6, rate, 500), rate, format=kind)
    wave, lasts = read_sound(tmp_path / "a", 0.6)
    assert lasts == pytest.approx(0.6, abs=0.1)
    spectrum = np.abs(np.fft.rfft(wave[1000:4200]))
    assert spectrum.argmax() == 500 * 3200 / 8000 and np.abs(wave[1000:4200]).max() == pytest.approx(0.5, abs=near)
    assert np.array_equal(read_sound((tmp_path / "a").read_bytes(), 0.6)[0], wave), "bytes of a table are the same"


@pytest.mark.parametrize(
    "content",
    [
        wave_file(pcm(), extensible=True),
        wave_file(pcm(), announced=0),
        wave_file(pcm(), announced=2**32 - 1),
        wave_file(pcm(), announced=2**31 - 1),
        wave_file(tone(0.3, hertz=500).astype("<f4").tobytes(), tag=3, bits=32),
        wave_file(tone(0.3, hertz=500).astype("<f8").tobytes(), tag=3, bits=64),
        wave_file(tone(0.3, hertz=500).astype("<f4").tobytes(), tag=3, bits=32, extensible=True),
        wave_file(pcm()).replace(b"WAVE", b"WAVELIST\x04\0\0\0abcd"),
        wave_file(pcm()) + b"LIST\x04\0\0\0abcd",
    ],
    ids=[
        "extensible",
        "streamed 0",
        "streamed -1",
        "streamed 2 GB",
        "float",
        "double",
        "extensible float",
        "list before",
        "list after",
    ],
)
def test_wav_files_of_other_programs(tmp_path, content):
    (tmp_path / "a.wav").write_bytes(content)
    assert is_tone(read_sound(tmp_path / "a.wav", 0.3))


def noise_bytes(seconds, kind):
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, np.random.default_rng(0).uniform(-0.5, 0.5, int(8000 * seconds)), 8000, format=kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content, words",
    [
        (wave_file(pcm())[: len(wave_file(pcm())) // 2], "was cut off: 2378 of 4800 bytes of sound are there; bring"),
        (noise_bytes(5, "FLAC")[:20_000], "cannot be read as a sound"),
        (noise_bytes(5, "MP3")[:6000], "was cut off: 6000 of .* bytes of sound are there; bring"),
        (wave_file(pcm(), rate=10_000_019), "has a rate of 10000019 Hz, expected 1000 to 384000; save it at 44100"),
        (wave_file(pcm(), rate=2**32 - 1), "rate|cannot be read"),
        (wave_file(pcm(), rate=0), "rate|cannot be read"),
        (wave_file(pcm(), rate=1), "has a rate of 1 Hz"),
        (wave_file(pcm(), channels=0), "cannot be read"),
        (wave_file(pcm(), channels=60_000), "cannot be read|no sound"),
        (wave_file(b""), "no sound in it"),
        (wave_file(b"", announced=2**32 - 1), "no sound in it|cannot be read"),
        (wave_file(bytes(2 * 1000 * 700), rate=1000), "lasts 700 s, at most 600 are read; cut it into pieces"),
        (wave_file(np.full(800, np.nan, "<f4").tobytes(), tag=3, bits=32), "amplitudes up to nan, expected -1 to 1"),
        (wave_file(np.full(800, 20000, "<f4").tobytes(), tag=3, bits=32), "amplitudes up to 2e.04, expected -1 to 1"),
        (wave_file(pcm(), tag=99), "cannot be read as a sound"),
        (b"", "none of WAV, FLAC, OGG, MP3"),
        (b"FORM\0\0\0\x20AIFFCOMM", "none of WAV, FLAC, OGG, MP3"),
        (b"RIFF\x04\0\0\0AVI LIST", "cannot be read as a sound"),
        (b"RIFF", "cannot be read as a sound"),
        (b"ID3" + bytes(60), "cannot be read as a sound"),
        (b"<html>404 not found</html>", "none of WAV"),
    ],
)
def test_sounds_that_are_none(tmp_path, content, words):
    (tmp_path / "a.wav").write_bytes(content)
    import scipy.signal  # so that the memory it takes is not counted

    assert scipy.signal
    for source in (tmp_path / "a.wav", content):
        with little_memory(), pytest.raises(Unreadable, match=words):
            read_sound(source, 0.3)


def test_a_rate_without_a_common_divisor_takes_little_memory(tmp_path):
    import scipy.signal

    assert scipy.signal
    (tmp_path / "a.wav").write_bytes(wave_file(pcm(0.3, 383_987), rate=383_987))
    with little_memory(60):
        assert is_tone(read_sound(tmp_path / "a.wav", 0.3))


def test_sounds_that_are_cut_are_said(tmp_path):
    lines = ["call,animal"]
    for i in range(30):
        save_wave(tmp_path / f"{i}.wav", seconds=0.4 if i < 27 else 2.26, hertz=300 + i)
        lines.append(f"{i}.wav,{ANIMALS[i % 3]}")
    data = table_of(tmp_path, lines, columns={"call": "audio"}, seconds=0.5)
    (problem,) = data.problems
    assert (
        str(problem)
        == "call: 3 of 30 sounds are cut to 0.5 s, the longest has 2.3 s; pass seconds=2.3 to have all of it"
    )
