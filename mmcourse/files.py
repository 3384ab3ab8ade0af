"""Where the course's own files are: beside the package in a clone, inside it in an installed wheel."""

import os
import threading
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def course_file(*parts: str) -> Path:
    """Path of a file or folder of the course, such as `course_file("data", "spoken_digits.npz")`.

    In a clone that is the file itself; in an installed wheel the copy that the wheel carries.
    """
    packed = _PACKAGE / "_course"
    return (packed if packed.is_dir() else _PACKAGE.parent).joinpath(*parts)


def in_clone() -> bool:
    """Whether the package runs from a clone of the project, whose files may be rebuilt in place."""
    return (_PACKAGE.parent / "notebooks" / "src").is_dir() and not (_PACKAGE / "_course").is_dir()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it, so that no reader ever meets half a file, nor two writers clash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
