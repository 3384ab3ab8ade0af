"""Arrays out of `.npy` and `.npz` files that may be anything: no pickle is run, no size is believed."""

import math
import warnings
import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .archives import check_sizes
from .paths import reason
from .problems import Unreadable


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an `.npz`, or of an `.npy` under the name "array". Never runs a pickle.

    Raises one `ValueError` with the path and the remedy for whatever else the file is.
    """
    path = Path(path)
    try:
        if path.suffix == ".npy":
            with open(path, "rb") as file:
                return {"array": _read(file, path.stat().st_size)}
        with zipfile.ZipFile(path) as archive:
            check_sizes(archive, path)
            return {info.filename.removesuffix(".npy"): _member(archive, info) for info in archive.infolist()}
    except Unreadable as error:
        raise ValueError(f"{path} cannot be read as arrays: {error}") from None
    except Exception as error:  # OSError, zlib.error, SyntaxError and more come out of damaged files
        raise ValueError(f"{path} cannot be read as arrays: {reason(error)}; bring the file again") from None


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(info) as file:
        return _read(file, info.file_size)


def _read(file: BinaryIO, size: int) -> np.ndarray:
    """One array of a file of `size` bytes; a header that announces more is refused before any memory is taken."""
    version = np.lib.format.read_magic(file)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # headers written by Python 2 are read all the same
        shape, _, dtype = header(file)
    if dtype.hasobject:
        raise Unreadable(
            "it holds Python objects, which only a pickle can bring back",
            "save plain numbers: np.save(path, np.asarray(data, dtype=float))",
        )
    count = math.prod(shape)
    if count < 0 or count * max(1, dtype.itemsize) > size or (count and not dtype.itemsize):
        announced = f"{shape} of {dtype.itemsize} bytes each"
        raise Unreadable(f"its header announces {announced}, the file has {size}", "bring the file again")
    file.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.lib.format.read_array(file, allow_pickle=False)
