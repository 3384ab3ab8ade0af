"""A text out of a file or a cell that may be anything, and many of them as one array."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..text import LONGEST
from .paths import reason
from .problems import Unreadable, printable

LARGEST = 2**30  # bytes of an array of texts, each of which NumPy keeps as long as the longest
UTF8 = 'save it as UTF-8 (a spreadsheet offers "CSV UTF-8", an editor "Save with encoding")'


def read_text(path: Path) -> str:
    """A UTF-8 text of at most 10,000 characters, without its byte order mark. Raises `Unreadable`."""
    try:
        if (size := path.stat().st_size) > 4 * LONGEST + 3:
            raise Unreadable(f"the text has {size} bytes", f"keep texts to {LONGEST} characters")
        if not (text := check_text(path.read_text(encoding="utf-8"))):
            raise Unreadable("the text is empty", "write one or remove the file")
        return text
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8 from byte {error.start} on", UTF8) from None
    except OSError as error:
        raise Unreadable(f"cannot be read ({reason(error)})", "see that it is there and may be read") from None


def check_text(text: str) -> str:
    """The text without space around it, if it is at most 10,000 characters long and all of them are characters."""
    if len(text) > LONGEST:
        raise Unreadable(f"the text has {len(text)} characters", f"keep texts to {LONGEST}")
    if "\0" in text:
        raise Unreadable("the text has a zero character in it, so it is UTF-16 or no text", UTF8)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Unreadable("the text has half a character in it", "write it anew")
    return text.removeprefix("\ufeff").strip()


def text_array(texts: Sequence[str], what: str) -> np.ndarray:
    """Texts as an array (N,), unless the longest makes it too large for the memory of a small machine."""
    longest = max(map(len, texts), default=0)
    if longest * len(texts) * 4 > LARGEST:
        row = next(row for row, text in enumerate(texts) if len(text) == longest)
        raise ValueError(
            f"{what}: {len(texts)} texts with room for {longest} characters each take {longest * len(texts) * 4} "
            f"bytes, at most {LARGEST}; shorten the longest, such as text number {row + 1}, or load fewer"
        )
    return np.array(texts, dtype=str)


def plain(array: np.ndarray, what: str) -> np.ndarray:
    """Strings and numbers as pandas may have them, as Python objects, as NumPy's own; other arrays as they are."""
    if array.ndim != 1 or not array.size or array.dtype.kind not in "OT":
        return array
    items = array.tolist()
    if all(isinstance(item, str) for item in items):
        return text_array(items, what)
    return np.array(items) if all(isinstance(item, (bool, int, float)) for item in items) else array


def odd_item(array: np.ndarray) -> str:
    """The first item of an array of objects that is not like the first, with its row; empty for other arrays."""
    if array.dtype != object or array.ndim != 1 or not len(array):
        return ""
    rows = [row for row, item in enumerate(array) if type(item) is not type(array[0])]
    row = rows[0] if rows else 0
    return f", {printable(repr(array[row]))[:40]} in row {row}"
