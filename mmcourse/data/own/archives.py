"""Zip archives that may be anything, unpacked for as long as they are read."""

import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from .paths import inside
from .problems import Unreadable, first_line

LARGEST = 2**32  # bytes that one archive, or one file of arrays, may hold once unpacked
BOMB = 1000  # unpacked over packed size from which an archive is refused
MEMBERS = 200_000  # files of one archive


@contextmanager
def unpacked(archive: Path) -> Iterator[Path]:
    """The content of a zip archive in a folder of its own, which is gone afterwards; refuses bombs, links and exits."""
    with tempfile.TemporaryDirectory(prefix="mmcourse-", ignore_cleanup_errors=True) as place:
        try:
            _extract(archive, Path(place))
        except Unreadable as error:
            raise ValueError(f"{archive} cannot be unpacked: {error}") from None
        except Exception as error:  # zlib.error, NotImplementedError, RuntimeError for passwords and more
            again = "pack the folder again, without a password"
            raise ValueError(f"{archive} cannot be unpacked: {first_line(error)}; {again}") from None
        yield Path(place)


def _extract(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as files:
        check_sizes(files, archive)
        for info in files.infolist():
            info.filename = info.filename.replace("\\", "/")  # as some programs write it
            _check_member(info)
            inside(folder, info.filename)
        for name, count in Counter(info.filename for info in files.infolist()).most_common(1):
            if count > 1:
                raise Unreadable(f"{name[:100]!r} is in it {count} times", "pack the folder again")
        for info in files.infolist():
            files.extract(info, folder)


def check_sizes(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse an archive of too many files, or one that unpacks to more than anyone would have packed."""
    members, packed = archive.infolist(), path.stat().st_size
    total = sum(info.file_size for info in members)
    if total > LARGEST or total > BOMB * max(1, packed) or len(members) > MEMBERS:
        raise Unreadable(
            f"it unpacks to {len(members)} files, {total} bytes from {packed}, which looks like a zip bomb",
            "if you know where it comes from, unpack it by hand",
        )


def _check_member(info: zipfile.ZipInfo) -> None:
    path = PurePosixPath(info.filename)
    if path.is_absolute() or ".." in path.parts or ":" in info.filename:
        raise Unreadable(f"{info.filename[:100]!r} leads out of the folder", "pack the folder again")
    if info.external_attr >> 16 & 0o170000 == 0o120000:
        raise Unreadable(f"{info.filename[:100]!r} is a link", "pack the file itself")
