"""Paths that stay in their folder, and reasons without the path in them."""

import io
import unicodedata
from pathlib import Path
from typing import BinaryIO

from .problems import Unreadable, first_line


def checked_path(value: object, what: str) -> Path:
    """The path that `value` names. Raises `ValueError` for anything else, such as a table itself."""
    if not isinstance(value, (str, Path)):
        raise ValueError(f"expected the path of {what}, got {type(value).__name__}; save it to a file first")
    return Path(value)


def inside(folder: Path, name: str) -> Path:
    """The path of `name` in `folder`, unless it leads out of it: by "..", as an absolute path or through a link."""
    shown = repr(name if len(name) < 100 else name[:97] + "...")
    if "\0" in name:
        raise Unreadable(f"{shown} is no file name", "write the name of a file")
    try:
        folder = Path(folder).resolve()
        path = (folder / name).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # names too long, links in a circle
        raise Unreadable(f"{shown} is no file that can be opened ({reason(error)})", "give it a plain name") from None
    if not path.is_relative_to(folder):
        raise Unreadable(f"{shown} leads out of {folder}", "bring the file inside it")
    return path


def existing(folder: Path, name: str) -> Path:
    """The path of a plain file in a folder, whichever way its accents are encoded and its slashes lean."""
    forms = [unicodedata.normalize(form, name.replace("\\", "/")) for form in ("NFC", "NFD")]
    for form in dict.fromkeys((name, *forms)):
        path = inside(folder, form)
        try:
            if path.is_file():
                return path
        except OSError as error:
            raise Unreadable(f"cannot be opened ({reason(error)})", "give it a plain name") from None
    raise Unreadable("there is no such file", f"bring it into {folder}, or mend its name")


def opened(source: Path | bytes) -> BinaryIO:
    """A file, or the bytes of one out of a table, open for reading."""
    return io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb")


def reason(error: Exception) -> str:
    """What an error says, without the path that the reader knows already."""
    return getattr(error, "strerror", None) or first_line(error)
