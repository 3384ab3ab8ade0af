"""Where the course's own files are: beside the package in a clone, inside it in an installed wheel."""

import hashlib
import io
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
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


@contextmanager
def whole_folder(folder: str | Path) -> Iterator[Path]:
    """A folder beside its place to write into, which is renamed at the end; whatever goes wrong, nothing of it is left.

    Raises `ValueError` where something is in the place already, for it would be lost.
    """
    place = Path(folder).resolve()
    if place.exists() and (not place.is_dir() or any(place.iterdir()) or place == Path.cwd()):
        raise ValueError(f"{folder} is there already, and not an empty folder of its own; name a new one")
    part = place.with_name(f".{place.name}.{os.getpid()}-{threading.get_ident()}.part")
    part.mkdir(parents=True)
    try:
        yield part
        if place.exists():
            place.rmdir()  # empty, and only POSIX would rename onto it
        part.rename(place)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def verified_arrays(path: Path, sha256: str, what: str) -> dict:
    """The arrays of an `.npz` that ships with the course, if the file has the SHA-256 it was made with.

    Read-only arrays, name -> array; read again from memory while the file stays the same. Raises one `ValueError` for
    a missing or damaged file, in which `what` says what the file is: "the speech bank".
    """
    remedy = f"Bring it back with `git checkout -- data/{Path(path).name}`, or install mmcourse again."
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"{what} cannot be read: {error}. {remedy}") from None
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ValueError(
            f"{what} {path} is damaged: {len(content)} bytes with SHA-256 {found[:12]}..., "
            f"expected {sha256[:12]}.... {remedy}"
        )
    return dict(_arrays(content))


@cache
def _arrays(content: bytes) -> dict:
    import numpy as np

    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        found = dict(arrays)
    for array in found.values():
        array.flags.writeable = False
    return found
