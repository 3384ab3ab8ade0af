"""Files that may be anything: over 200 generated ones; each is read rightly or refused with one clear error."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mmcourse.data.hostile import check_text, inside, read_image, read_npz, read_text, read_wave, unzip

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


def png_bytes():
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (12, 9, 3), np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def wav_bytes():
    from mmcourse.figure import wav_bytes

    return wav_bytes(np.sin(np.arange(400)), 8000)


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


def survives(read, path, content):
    """Whether the file was read; if not, it was one ValueError that names the file, and nothing else has changed."""
    path.write_bytes(content)
    before = sorted(path.parent.rglob("*"))
    try:
        read(path)
    except ValueError as error:
        assert str(path) in str(error) and "\n" not in str(error) and len(str(error)) < 800
        assert error.__suppress_context__ or error.__cause__ is None
        assert sorted(path.parent.rglob("*")) == before, "something half-written was left"
        return False
    return True


@MANY
@given(damaged(npz_bytes()))
@example(b"")
@example(b"PK\x05\x06" + bytes(18))
def test_npz(tmp_path, content):
    survives(read_npz, tmp_path / "a.npz", content)


@MANY
@given(damaged(npy_bytes(np.arange(12.0).reshape(3, 4))))
@example(npy_bytes(np.array([1, "x", None], object)))
@example(npy_bytes(np.arange(3)).replace(b"(3,)", b"(-3)"))
def test_npy(tmp_path, content):
    survives(read_npz, tmp_path / "a.npy", content)


@MANY
@given(damaged(png_bytes()))
def test_pictures(tmp_path, content):
    assert not survives(lambda p: read_image(p, 8), tmp_path / "a.png", content) or read_image(
        tmp_path / "a.png", 8
    ).shape == (8, 8, 3)


@MANY
@given(damaged(wav_bytes()))
def test_sounds(tmp_path, content):
    if survives(lambda p: read_wave(p, 8000, 400), tmp_path / "a.wav", content):
        sound = read_wave(tmp_path / "a.wav", 8000, 400)
        assert sound.shape == (400,) and np.isfinite(sound).all() and np.abs(sound).max() <= 1


@MANY
@given(damaged(zip_bytes()))
def test_archives(tmp_path, content):
    import shutil

    path = tmp_path / "a.zip"
    if survives(lambda p: unzip(p, p.with_suffix("")), path, content):
        assert all(p.is_relative_to(tmp_path) for p in (tmp_path / "a").rglob("*"))
        shutil.rmtree(tmp_path / "a")


SEGMENT = st.sampled_from(["..", ".", "", "a", "b.txt", "~", "C:", "\\", "..\\x", "\0", "a" * 300, "%2e%2e"])


@MANY
@given(st.lists(SEGMENT, max_size=6).map("/".join) | st.text(max_size=30))
@example("/etc/passwd")
@example("a/../../x")
def test_names_stay_inside(tmp_path, name):
    try:
        path = inside(tmp_path, name)
    except (ValueError, OSError) as error:
        assert isinstance(error, ValueError), error
        return
    assert path.is_relative_to(tmp_path.resolve())


@MANY
@given(st.lists(SEGMENT, min_size=1, max_size=5).map("/".join))
@example("../evil.txt")
@example("/tmp/evil.txt")
def test_archives_do_not_write_outside(tmp_path, name):
    import shutil

    folder = tmp_path / "work"
    folder.mkdir(exist_ok=True)
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("good.txt", "good")
        info = zipfile.ZipInfo("x")
        info.filename = name
        archive.writestr(info, "evil")
    outside = sorted(tmp_path.iterdir())
    survives(lambda p: unzip(p, p.with_suffix("")), path, path.read_bytes())
    shutil.rmtree(folder / "a", ignore_errors=True)
    assert sorted(tmp_path.iterdir()) == outside


@MANY
@given(st.binary(max_size=100) | st.text(max_size=60).map(str.encode))
@example(b"x" * 10_000_000)
@example("ü".encode("utf-16"))
def test_texts(tmp_path, content):
    if survives(read_text, tmp_path / "a.txt", content):
        assert "\0" not in read_text(tmp_path / "a.txt")


def test_a_link_out_of_the_folder(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "work" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(ValueError, match="leads out of"):
        inside(tmp_path / "work", "link")
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(ValueError, match="'link' is a link"):
        unzip(tmp_path / "a.zip", tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_bombs(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(30_000_000))
    with pytest.raises(ValueError, match="looks like a zip bomb"):
        unzip(tmp_path / "a.zip", tmp_path / "a")
    (tmp_path / "a.zip").rename(tmp_path / "a.npz")
    with pytest.raises(ValueError, match="looks like a zip bomb"):
        read_npz(tmp_path / "a.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


def test_announced_sizes_take_no_memory(tmp_path):
    content = npy_bytes(np.zeros(10)).replace(b"(10,), }            ", b"(9999999999999,), }  "[:20])
    assert content != npy_bytes(np.zeros(10))
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(ValueError, match="its header announces"):
        read_npz(tmp_path / "a.npy")


def test_pickles_are_never_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "evil"), "w"))

    np.save(tmp_path / "a.npy", np.array([Evil()], object), allow_pickle=True)
    np.savez(tmp_path / "a.npz", x=np.array([Evil()], object))
    for name in ("a.npy", "a.npz"):
        with pytest.raises(ValueError, match="Save plain numbers"):
            read_npz(tmp_path / name)
    assert not (tmp_path / "evil").exists()


def test_pictures_too_small_and_too_large(tmp_path, monkeypatch):
    from PIL import Image

    from mmcourse.data import hostile

    Image.new("L", (1, 1)).save(tmp_path / "dot.png")
    with pytest.raises(ValueError, match="1 x 1 pixels, nothing to see"):
        read_image(tmp_path / "dot.png", 8)
    Image.new("L", (40, 40)).save(tmp_path / "large.png")
    monkeypatch.setattr(hostile, "PIXELS", 1000)
    with pytest.raises(ValueError, match="40 x 40 pixels, at most 1000"):
        read_image(tmp_path / "large.png", 8)


def test_sounds_without_sound(tmp_path):
    from mmcourse.figure import wav_bytes

    (tmp_path / "a.wav").write_bytes(wav_bytes(np.zeros(0), 8000))
    with pytest.raises(ValueError, match="no sound in it"):
        read_wave(tmp_path / "a.wav", 8000, 10)


def test_texts_too_long():
    with pytest.raises(ValueError, match="10000001 characters, at most 10000"):
        check_text("x" * 10_000_001)
