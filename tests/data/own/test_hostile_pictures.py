"""Pictures as people have them: every depth keeps its brightness, nothing is run, no size is believed."""

import io
import struct
import zlib

import numpy as np
import pytest

from mmcourse.data import from_folder
from mmcourse.data.own import pictures
from mmcourse.data.own.pictures import read_picture
from mmcourse.data.own.problems import Unreadable
from tests.data.own.samples import ANIMALS, farm, image_bytes, little_memory, painted, quiet, rows_of, said, table_of


def gradient(dtype, top):
    return np.linspace(0, top, 32 * 32).reshape(32, 32).astype(dtype)


@pytest.mark.parametrize(
    "ending, dtype, top",
    [(".png", "<u2", 65535), (".tif", "<u2", 65535), (".tif", ">u2", 65535), (".tif", "f4", 1.0), (".png", "u1", 255)],
)
def test_greys_of_every_depth_keep_their_brightness(tmp_path, ending, dtype, top):
    """16 bits once became white and floats black."""
    from PIL import Image

    shades = gradient(dtype, top)
    Image.fromarray(shades).save(tmp_path / f"a{ending}")
    picture = read_picture(tmp_path / f"a{ending}", 32)
    wanted = np.round(shades.astype(float) / top * 255)
    assert np.abs(picture - wanted[..., None]).max() <= 1 and picture.std() > 60


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_a_tiff_whose_zero_is_white_is_not_a_negative(dtype):
    from PIL import Image, TiffImagePlugin

    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[262] = 0
    buffer = io.BytesIO()
    top = np.iinfo(dtype).max
    shades = gradient(dtype, top)
    Image.fromarray(shades).save(buffer, "TIFF", tiffinfo=tags)
    content = buffer.getvalue()
    picture = read_picture(content, 32)
    as_stored = shades[..., None] / top * 255  # Pillow writes the numbers of 16 bits as they are
    wanted = 255 - as_stored if dtype == "u2" else as_stored
    assert np.abs(picture - wanted).max() <= 1


@pytest.mark.parametrize(
    "kind, more", [("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True}), ("GIF", {}), ("MPO", {})]
)
def test_of_a_film_the_first_picture_is_read(kind, more):
    from PIL import Image

    first, second = (Image.fromarray(np.full((16, 16, 3), level, np.uint8)) for level in (50, 200))
    buffer = io.BytesIO()
    first.save(buffer, kind, save_all=True, append_images=[second], **more)
    assert np.abs(read_picture(buffer.getvalue(), 16).astype(int) - 50).max() <= 2


def test_a_picture_whose_comment_unpacks_to_very_much():
    good = image_bytes(0)
    body = b"zTXtk\0\0" + zlib.compress(bytes(10**8))
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    with little_memory(), pytest.raises(Unreadable, match="too large"):
        read_picture(good[:33] + chunk + good[33:], 8)


def test_a_table_of_16_bit_pictures_tells_its_classes_apart(tmp_path):
    """Through the whole door, with a picture of each kind of depth for each class."""
    from PIL import Image

    lines = ["photo,animal"]
    for i in range(30):
        level = [0.1, 0.5, 0.9][i % 3] + i / 1000
        grey = np.full((8, 8), level) + np.random.default_rng(i).uniform(-0.05, 0.05, (8, 8))
        kind = i // 3 % 3
        array = [
            np.round(grey * 65535).astype(np.uint16),
            grey.astype(np.float32),
            np.round(grey * 255).astype(np.uint8),
        ]
        Image.fromarray(array[kind]).save(tmp_path / f"{i}.tiff")
        lines.append(f"{i}.tiff,{ANIMALS[i % 3]}")
    for x, label in rows_of(table_of(tmp_path, lines, image_side=8)):
        assert x["photo"].mean() / 255 == pytest.approx([0.1, 0.5, 0.9][ANIMALS.index(label)], abs=0.05)


@pytest.mark.parametrize(
    "array, words",
    [
        (gradient("f4", 255), "floats from 0 to 255, expected 0 to 1; divide by their range"),
        (gradient("f4", 1) - 0.5, "floats from -0.5 to 0.5, expected 0 to 1"),
        (np.full((8, 8), np.nan, np.float32), "floats from nan to nan, expected 0 to 1"),
        (gradient("i4", 255), "whole numbers of 32 bits, whose range nobody states; save it with 8 or 16 bits"),
    ],
)
def test_depths_whose_range_nobody_knows_are_refused(tmp_path, array, words):
    from PIL import Image

    Image.fromarray(array).save(tmp_path / "a.tif")
    with pytest.raises(Unreadable, match=words):
        read_picture(tmp_path / "a.tif", 8)


def test_what_is_clear_is_white(tmp_path):
    """Whatever colour the file hides under its clear parts."""
    from PIL import Image

    hidden = np.zeros((16, 16, 4), np.uint8)
    hidden[4:12, 4:12] = (200, 0, 0, 255)
    Image.fromarray(hidden).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png", 16)
    assert (picture[0, 0] == 255).all() and (picture[8, 8] == (200, 0, 0)).all()
    grey = np.zeros((16, 16, 2), np.uint8)
    Image.fromarray(grey, "LA").save(tmp_path / "b.png")
    assert (read_picture(tmp_path / "b.png", 16) == 255).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK"])
def test_every_mode_of_colour_is_read_upright(tmp_path, mode):
    """A white upper half, lying on its side, with the mark of a camera that says so."""
    from PIL import Image

    upper = Image.fromarray(np.repeat([255, 0], 8)[:, None].repeat(16, axis=1).astype(np.uint8))
    lying = upper.rotate(90, expand=True).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    kind = {"CMYK": "jpg"}.get(mode, "png")
    lying.save(tmp_path / f"a.{kind}", exif=exif.tobytes())
    picture = read_picture(tmp_path / f"a.{kind}", 16)
    assert picture[:6].min() > 240 and picture[10:].max() < 15


def test_postscript_is_not_run(tmp_path, monkeypatch):
    """Pillow would hand it to Ghostscript, whatever the name of the file; a loop in it would never end."""
    import subprocess

    def started(*_, **__):
        raise AssertionError("a program was started")

    monkeypatch.setattr(subprocess, "Popen", started)
    script = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n{} loop\n%%EOF\n"
    farm(tmp_path)
    (tmp_path / "cow" / "0.png").write_bytes(script)
    data = quiet(from_folder, tmp_path)
    assert said(data.problems, "cow/0.png: cannot be read as a picture (it is none of PNG, JPEG").kind == "picture"


OTHERS = ["ICO", "PPM", "TGA", "PCX", "SGI", "DDS", "MSP", "XBM", "JPEG2000", "PDF", "BLP", "SPIDER", "ICNS"]


@pytest.mark.parametrize("kind", OTHERS)
def test_other_formats_are_not_opened(kind):
    from PIL import Image

    mode = {"MSP": "1", "XBM": "1", "BLP": "P", "SPIDER": "F"}.get(kind, "RGB")
    buffer = io.BytesIO()
    Image.fromarray(painted(0, 32)).convert(mode).save(buffer, kind)
    with pytest.raises(Unreadable, match=r"none of PNG, JPEG, BMP, GIF, WEBP, TIFF.; save it again"):
        read_picture(buffer.getvalue(), 8)


def png_header(width, height):
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + body
        + struct.pack(">I", zlib.crc32(body))
        + b"\0\0\0\x09IDATx\x9c"
    )


def bmp_header(width, height):
    return b"BM" + struct.pack("<IHHI", 70, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, *[0] * 6)


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "none of PNG"),
        (png_header(60_000, 60_000), "pixels"),
        (png_header(9000, 9000), "9000 x 9000 pixels, at most 64000000"),
        (png_header(2**31 - 1, 2**31 - 1), "pixels"),
        (png_header(0, 5), "cannot be read|nothing to see"),
        (png_header(50, 50), "cannot be read"),
        (bmp_header(60_000, 60_000) + bytes(16), "pixels"),
        (b"GIF89a" + struct.pack("<HH", 65535, 65535) + bytes(40), "pixels|cannot be read"),
        (image_bytes(0)[:-60], "cannot be read as a picture"),
        (image_bytes(0, "JPEG")[:-60], "truncated"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "none of PNG"),
        (b"<html>404 not found</html>", "none of PNG"),
    ],
)
def test_pictures_that_are_none(tmp_path, content, words):
    (tmp_path / "a.png").write_bytes(content)
    with little_memory(), pytest.raises(Unreadable, match=words):
        read_picture(tmp_path / "a.png", 8)


def test_a_picture_of_one_dot_and_one_too_large(tmp_path, monkeypatch):
    from PIL import Image

    Image.new("L", (1, 1)).save(tmp_path / "dot.png")
    with pytest.raises(Unreadable, match="1 x 1 pixels, nothing to see"):
        read_picture(tmp_path / "dot.png", 8)
    Image.new("L", (40, 40)).save(tmp_path / "large.png")
    monkeypatch.setattr(pictures, "PIXELS", 1000)
    with pytest.raises(Unreadable, match="40 x 40 pixels, at most 1000"):
        read_picture(tmp_path / "large.png", 8)


def test_pillows_warnings_do_not_reach_the_reader(tmp_path):
    """pytest turns warnings into errors: of clear colours in a palette, of broken EXIF, of many pixels."""
    from PIL import Image

    Image.fromarray(painted(0)).quantize(8).save(tmp_path / "a.png", transparency=b"\0\x80\xff")
    read_picture(tmp_path / "a.png", 8)
    Image.fromarray(painted(0)).save(tmp_path / "b.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\3\0" * 9)
    read_picture(tmp_path / "b.jpg", 8)
    Image.new("1", (9000, 7000)).save(tmp_path / "c.png")
    old, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, 40_000_000
    try:
        read_picture(tmp_path / "c.png", 8)
    finally:
        Image.MAX_IMAGE_PIXELS = old
