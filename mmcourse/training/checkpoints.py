"""Checkpoint files: whole or absent, and told apart from damaged ones by their own name.

A checkpoint is one `.npz` file named `step-<position>.<sha256>.npz`. It is written beside its
final name, flushed to the disk and renamed, so that a kill at any moment leaves either the whole
file or none; and because the name carries the digest of the content, one rename publishes both.
Nothing in it is pickled. Taught in lesson 24.
"""

import contextlib
import hashlib
import io
import json
import os
import re
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import system

KEEP = 3  # the newest, and two to fall back to
_NAME = re.compile(r"step-(\d{10})\.([0-9a-f]{64})\.npz")
_META = "meta.json"


@dataclass(frozen=True)
class Checkpoint:
    """One checkpoint read back: `arrays` by key, and `meta`, plain JSON data."""

    path: Path
    arrays: dict[str, np.ndarray]
    meta: dict


def save(directory: str | os.PathLike, position: int, arrays: dict[str, np.ndarray], meta: dict) -> Path:
    """Write one checkpoint and keep the newest three.

    `position` is the number of finished training steps; it orders the checkpoints. `meta` must be
    plain JSON data. Raises `OSError` when the file cannot be written (disk full, no permission);
    the checkpoints that were there stay as they were and no partial file is left.
    """
    directory = Path(directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        beside = directory / f".writing-{os.getpid()}-{os.urandom(4).hex()}"
        with open(beside, "wb") as file:
            _write(file, arrays, meta)
            file.flush()
            os.fsync(file.fileno())
        with open(beside, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        path = directory / f"step-{position:010d}.{digest}.npz"
        os.replace(beside, path)
        system.flush_folder(directory)
    except OSError as error:
        clear(directory)
        megabytes = sum(a.nbytes for a in arrays.values()) / 1e6
        kept = names(directory)
        left = f"the newest whole one is {kept[-1].name}" if kept else "there is none yet"
        raise OSError(
            error.errno,
            f"cannot write a checkpoint of {megabytes:.1f} MB to {directory}: {error.strerror or error}; "
            f"{left}. Make room or give another folder, then run again: training goes on from there",
        ) from error
    for old in names(directory)[:-KEEP]:
        with contextlib.suppress(OSError):  # gone already, or a folder of somebody's own
            old.unlink()
    return path


def load(directory: str | os.PathLike) -> Checkpoint | None:
    """Read the newest whole checkpoint, or None where there is none.

    A damaged one (truncated, overwritten, a flipped bit) is set aside as `*.damaged` with a
    warning, and the one before it is read. Raises `ValueError` when all are damaged.
    """
    directory = Path(directory)
    damaged = []
    for path in reversed(names(directory)):
        try:
            return _read(path)
        except _DamagedError as error:
            damaged.append(path.name)
            with contextlib.suppress(FileNotFoundError):  # another rank may have set it aside
                path.rename(path.with_suffix(".damaged"))
            warnings.warn(f"checkpoint {path} is damaged ({error}); trying the one before it", stacklevel=2)
    if damaged:
        raise ValueError(
            f"every checkpoint in {directory} is damaged ({', '.join(damaged)}); "
            "resume=False starts the run over and keeps these files"
        )
    return None


def names(directory: str | os.PathLike) -> list[Path]:
    """The checkpoint files of a folder, oldest first."""
    return sorted(path for path in Path(directory).glob("step-*.npz") if _NAME.fullmatch(path.name))


def set_aside(directory: str | os.PathLike) -> Path | None:
    """Move a folder's checkpoints into `old-<n>` inside it, so that a new run can start there."""
    directory = Path(directory)
    present = names(directory)
    if not present:
        return None
    number = 1
    while (directory / f"old-{number}").exists():
        number += 1
    target = directory / f"old-{number}"
    target.mkdir()
    for path in present:
        path.rename(target / path.name)
    return target


def clear(directory: str | os.PathLike) -> None:
    """Take away what writes that did not end have left; the folder's lock says that nobody is writing."""
    for leftover in Path(directory).glob(".writing-*"):
        with contextlib.suppress(OSError):  # a folder of that name is none of ours
            leftover.unlink()


class _DamagedError(Exception):
    """The file is not what its name promises."""


def _write(file, arrays: dict[str, np.ndarray], meta: dict) -> None:
    """An npz of the arrays; types NumPy cannot name (bfloat16, float8) go as raw bytes."""
    stored, foreign = {}, {}
    for key, array in arrays.items():
        array = np.asarray(array)
        if array.dtype.kind == "V":
            foreign[key] = [array.dtype.name, list(array.shape)]
            array = np.frombuffer(array.tobytes(), np.uint8)
        stored[key] = array
    text = json.dumps({"meta": meta, "foreign": foreign})
    np.savez(file, **stored, **{_META: np.frombuffer(text.encode(), np.uint8)})


def _read(path: Path) -> Checkpoint:
    if path.is_dir():
        raise _DamagedError("it is a folder")
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise _DamagedError("it is gone") from error
    expected = _NAME.fullmatch(path.name)[2]
    if hashlib.sha256(content).hexdigest() != expected:
        raise _DamagedError(f"its {len(content)} bytes do not have the SHA-256 in its name")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        text = json.loads(arrays.pop(_META).tobytes())
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise _DamagedError(f"not a checkpoint: {error}") from error
    for key, (dtype, shape) in text["foreign"].items():
        arrays[key] = np.frombuffer(arrays[key].tobytes(), _foreign_dtype(dtype)).reshape(shape)
    return Checkpoint(path, arrays, text["meta"])


def _foreign_dtype(name: str) -> np.dtype:
    import ml_dtypes  # Keras depends on it

    return np.dtype(getattr(ml_dtypes, name))
