"""Files that were cut off or written oddly, which a decoder alone would read as something else."""

import io

import numpy as np
import pytest

from mmcourse.data.own.pictures import read_picture
from mmcourse.data.own.problems import Unreadable
from mmcourse.data.own.shifts import READ, _features
from mmcourse.data.own.sounds import read_sound
from tests.data.own.samples import tone

RNG = np.random.default_rng(0)


def ogg(subtype, seconds):
    soundfile = pytest.importorskip("soundfile")
    buffer = io.BytesIO()
    noise = RNG.normal(0, 0.1, round(8000 * seconds))
    soundfile.write(buffer, noise, 8000, format="OGG", subtype=subtype)
    return buffer.getvalue()


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
@pytest.mark.parametrize("seconds", [0.3, 3, 20])
def test_an_ogg_that_was_cut_off_is_no_short_sound(subtype, seconds):
    whole = ogg(subtype, seconds)
    for content in (whole, whole + b"TAG" + bytes(125)):  # some programs write a title behind
        wave, lasts = read_sound(content, 1.0)
        assert lasts == pytest.approx(seconds, abs=0.1) and wave.any()
    for share in (0.99, 0.9, 0.5):
        with pytest.raises(Unreadable, match=r"cut off|cannot be read"):
            read_sound(whole[: int(len(whole) * share)], 1.0)


def test_an_ogg_without_the_mark_of_its_last_page_is_read():
    """As recorders stream it: all pages that are there are whole."""
    whole = ogg("VORBIS", 20)
    last = whole.rfind(b"OggS")
    assert whole[last + 5] & 4, "or the test would show nothing"
    assert read_sound(whole[:last], 1.0)[1] > 15


def jpeg(**options):
    from PIL import Image

    buffer = io.BytesIO()
    spots = RNG.integers(0, 255, (200, 200, 3), np.uint8)
    Image.fromarray(spots).resize((400, 400), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90, **options)
    return buffer.getvalue()


THUMB = b"Exif\0\0" + bytes(100) + b"\xff\xd8\xff\xda\0\0\xff\xd9"  # a small picture before the picture has an end too


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"exif": THUMB}], ids=["plain", "in passes", "thumb"])
def test_a_jpeg_of_which_half_never_came_is_refused(options):
    """Some decoders refuse some of them by themselves; zeros behind the end, and bytes of a phone's own, do no harm."""
    whole = jpeg(**options)
    assert read_picture(whole + bytes(500), 24).shape == (24, 24, 3)
    assert read_picture(whole + b"of a phone" + bytes(500), 24).shape == (24, 24, 3)
    for share in (0.9, 0.5):
        here = int(len(whole) * share)
        with pytest.raises(Unreadable, match="was cut off: from byte"):
            read_picture(whole[:here] + bytes(len(whole) - here), 24)


@pytest.mark.parametrize("second, expected", [(-1, 1), (-0.999, 1), (1, 1), (0, 0.5), (-0.5, 0.25)])
def test_two_channels_that_cancel_each_other_are_no_silence(second, expected):
    soundfile = pytest.importorskip("soundfile")
    buffer = io.BytesIO()
    soundfile.write(buffer, np.outer(tone(0.2), [1, second]), 8000, format="WAV", subtype="FLOAT")
    wave, _ = read_sound(buffer.getvalue(), 0.2)
    assert wave == pytest.approx(expected * tone(0.2), abs=1e-3)


def test_of_long_texts_only_the_beginning_is_looked_at_for_slips():
    texts = np.array([f"{'ab' * (READ // 2)}{'xyz' * 3000}", "ab" * READ])
    assert (np.ptp(_features(texts, np.arange(2), "text"), axis=0) == 0).all()
