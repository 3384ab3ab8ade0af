"""Files that may be anything: hundreds of generated ones; each is read rightly or refused with one clear sentence.

What went wrong once, each case by its name, is in `test_hostile_*.py`.
"""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mmcourse.data.own.archives import unpacked
from mmcourse.data.own.array_files import read_npz
from mmcourse.data.own.paths import inside
from mmcourse.data.own.pictures import read_picture
from mmcourse.data.own.problems import Unreadable
from mmcourse.data.own.sounds import read_sound
from mmcourse.data.own.texts import read_text
from tests.data.own.samples import image_bytes, tone

MANY = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def npz_bytes():
    buffer = io.BytesIO()
    np.savez_compressed(buffer, a=np.arange(300), b=np.ones((4, 5), np.float32))
    return buffer.getvalue()


def npy_bytes(array):
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def sound_bytes(kind):
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, tone(0.05), 8000, format=kind)
    return buffer.getvalue()


def zip_bytes():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cat/1.txt", "a cat" * 30)
        archive.writestr("dog/2.txt", "a dog" * 30)
    return buffer.getvalue()


def damaged(good: bytes):
    """The good bytes cut short, with bytes changed, with a stretch doubled or zeroed, or other bytes altogether."""
    place = st.integers(0, len(good) - 1)
    changed = st.lists(st.tuples(place, st.integers(0, 255)), min_size=1, max_size=12)

    def change(pairs):
        content = bytearray(good)
        for i, value in pairs:
            content[i] = value
        return bytes(content)

    return st.one_of(
        place.map(lambda i: good[:i]),
        changed.map(change),
        st.tuples(place, place).map(lambda ab: good[: max(ab)] + good[min(ab) :]),
        st.tuples(place, st.integers(1, 64)).map(lambda an: good[: an[0]] + bytes(an[1]) + good[an[0] + an[1] :]),
        st.binary(max_size=200),
    )


def survives(read, path, content, record):
    """What was read of the file; None if that was refused, by one sentence, with nothing left behind.

    Arrays and archives are refused by their path; a picture, sound or text by what is wrong, its place is for the set.
    """
    record("generated hostile file", 1)
    path.write_bytes(content)
    before = sorted(path.parent.rglob("*"))
    try:
        return read(path)
    except ValueError as error:
        assert str(path) in str(error) or isinstance(error, Unreadable)
        assert "\n" not in str(error) and "; " in str(error) and len(str(error)) < 800
        assert error.__suppress_context__ or error.__cause__ is None
        assert sorted(path.parent.rglob("*")) == before, "something half-written was left"
        return None


@MANY
@given(damaged(npz_bytes()))
@example(b"")
@example(b"PK\x05\x06" + bytes(18))
def test_npz(tmp_path, record_property, content):
    survives(read_npz, tmp_path / "a.npz", content, record_property)


@MANY
@given(damaged(npy_bytes(np.arange(12.0).reshape(3, 4))))
@example(npy_bytes(np.array([1, "x", None], object)))
@example(npy_bytes(np.arange(3)).replace(b"(3,)", b"(-3)"))
def test_npy(tmp_path, record_property, content):
    survives(read_npz, tmp_path / "a.npy", content, record_property)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"])
def test_pictures(tmp_path, record_property, kind):
    @settings(MANY, max_examples=20)
    @given(damaged(image_bytes(0, kind)))
    def check(content):
        picture = survives(lambda path: read_picture(path, 8), tmp_path / "a.png", content, record_property)
        assert picture is None or (picture.shape == (8, 8, 3) and picture.dtype == np.uint8)

    check()


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_sounds(tmp_path, record_property, kind):
    @settings(MANY, max_examples=30)
    @given(damaged(sound_bytes(kind)))
    def check(content):
        read = survives(lambda path: read_sound(path, 0.05), tmp_path / "a.wav", content, record_property)
        if read:
            wave, lasts = read
            assert wave.shape == (400,) and np.isfinite(wave).all() and np.abs(wave).max() <= 1 and 0 < lasts <= 600

    check()


@MANY
@given(damaged(zip_bytes()))
def test_archives(tmp_path, record_property, content):
    survives(_unpack, tmp_path / "a.zip", content, record_property)


def _unpack(path):
    with unpacked(path) as place:
        assert all(found.resolve().is_relative_to(place.resolve()) for found in place.rglob("*"))
    assert not place.exists()


SEGMENT = st.sampled_from(["..", ".", "", "a", "b.txt", "~", "C:", "\\", "..\\x", "\0", "a" * 300, "%2e%2e"])


@MANY
@given(st.lists(SEGMENT, max_size=6).map("/".join) | st.text(max_size=30))
@example("/etc/passwd")
@example("a/../../x")
@example("a/" * 2500)
def test_names_stay_inside(tmp_path, record_property, name):
    record_property("generated hostile file", 1)
    try:
        path = inside(tmp_path, name)
    except Unreadable:
        return
    assert path.is_relative_to(tmp_path.resolve())


@MANY
@given(st.lists(SEGMENT, min_size=1, max_size=5).map("/".join))
@example("../evil.txt")
@example("/tmp/evil.txt")
def test_archives_do_not_write_outside(tmp_path, record_property, name):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("good.txt", "good")
        info = zipfile.ZipInfo("x")
        info.filename = name
        archive.writestr(info, "evil")
    survives(_unpack, path, path.read_bytes(), record_property)
    assert [found.name for found in tmp_path.iterdir()] == ["a.zip"]


@MANY
@given(st.binary(max_size=100) | st.text(max_size=60).map(lambda text: text.encode(errors="replace")))
@example(b"x" * 10_000_000)
@example("ü".encode("utf-16"))
def test_texts(tmp_path, record_property, content):
    text = survives(read_text, tmp_path / "a.txt", content, record_property)
    assert text is None or ("\0" not in text and not text.startswith("\ufeff") and text == text.strip())
