"""A picture out of a file that may be anything: raster formats by name, a bound on pixels, every depth scaled right."""

import io
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .paths import opened, reason
from .problems import Unreadable

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")  # Pillow knows others that run programs, such as EPS
PIXELS = 64_000_000  # of one picture
ZEROS = 64  # bytes at the end: more than any whole picture has there by chance
LARGEST = 2**29  # bytes of a file that is looked through
REMEDY = "save it again as an ordinary PNG or JPEG"


def read_picture(source: Path | bytes, side: int) -> np.ndarray:
    """A picture as (side, side, 3) uint8: upright, on white, cut to its middle square, then scaled.

    16-bit greys are scaled by 65535 and floats are taken to run from 0 to 1. Of a film the first picture is read.
    Raises `Unreadable`.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise ImportError("pictures need Pillow: pip install 'mmcourse[course]'") from None
    try:
        with warnings.catch_warnings(), opened(source) as file:
            warnings.simplefilter("ignore")  # Pillow's, of odd metadata: the picture is right or it is refused
            _check_jpeg(file)
            with Image.open(file, formats=FORMATS) as picture:
                if picture.width * picture.height > PIXELS:
                    raise Unreadable(f"has {_size(picture)}, at most {PIXELS} are read", "make it smaller")
                if min(picture.size) < 2:
                    raise Unreadable(f"has {_size(picture)}, nothing to see", "bring another picture")
                picture.load()
                upright = ImageOps.exif_transpose(picture)
                return np.asarray(ImageOps.fit(_on_white(_eight_bits(upright, picture)), (side, side)))
    except Unreadable:
        raise
    except Exception as error:  # Pillow's plugins raise almost anything on damaged files
        raise Unreadable(f"cannot be read as a picture ({_why(error)})", REMEDY) from None


def _check_jpeg(file: BinaryIO) -> None:
    """Refuse a JPEG that ends in zeros without its mark of an end: room was made for a file that never came whole."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - ZEROS))
    ends_in_zeros = not any(file.read())
    file.seek(0)
    if ends_in_zeros and file.read(2) == b"\xff\xd8":
        file.seek(0)
        content = file.read(LARGEST).rstrip(b"\0")
        place = 2
        while content[place : place + 1] == b"\xff" and content[place + 1 : place + 2] != b"\xda":  # to the pixels
            place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        if b"\xff\xd9" not in content[place:] and size <= LARGEST:
            raise Unreadable(f"was cut off: from byte {len(content)} on there are only zeros", "bring the file again")
    file.seek(0)


def _size(picture) -> str:
    return f"{picture.width} x {picture.height} pixels"


def _why(error: Exception) -> str:
    """Pillow names the open file, whose address says nothing."""
    why = reason(error)
    return f"it is none of {', '.join(FORMATS)}" if "cannot identify" in why else why


def _eight_bits(picture, read):
    """Greys of more than 8 bits, scaled by the range of their type: Pillow alone clips them to white or to black.

    `read` is the picture as it came, which knows its format.
    """
    from PIL import Image

    if picture.mode not in ("I", "F") and not picture.mode.startswith("I;16"):
        return picture
    grey = np.asarray(picture).astype(np.float32)
    if picture.mode.startswith("I;16") or (picture.mode == "I" and read.format == "PNG"):
        tags = read.tag_v2 if read.format == "TIFF" else {}
        grey /= 2 ** tags.get(258, (16,))[0] - 1
        if tags.get(262) == 0:  # 0 is white
            grey = 1 - grey
    elif picture.mode == "I":
        raise Unreadable("has whole numbers of 32 bits, whose range nobody states", "save it with 8 or 16 bits")
    if not np.isfinite(grey).all() or grey.min() < 0 or grey.max() > 1:
        low, high = np.nanmin(grey), np.nanmax(grey)
        raise Unreadable(f"has floats from {low:.3g} to {high:.3g}, expected 0 to 1", "divide by their range")
    return Image.fromarray(np.round(grey * 255).astype(np.uint8))


def _on_white(picture):
    """Colours without transparency: what is clear shows the page, not whatever the file hides there."""
    from PIL import Image

    if not picture.has_transparency_data:
        return picture.convert("RGB")
    page = Image.new("RGBA", picture.size, "white")
    page.alpha_composite(picture.convert("RGBA"))
    return page.convert("RGB")
