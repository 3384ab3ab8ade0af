"""Reading files that may be anything: every fault is one `ValueError`, nothing is executed, nothing is left behind."""

import shutil
import tempfile
import wave
import zipfile
from pathlib import Path, PurePosixPath

import numpy as np

from .text import LONGEST

LARGEST = 2**32  # bytes that one file of arrays, or one archive, may hold once unpacked
PIXELS = 64_000_000  # of one picture
SECONDS = 600  # of one sound
BOMB = 1000  # unpacked over packed size from which an archive is refused


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an `.npz`, or of an `.npy` under the name "array". Never runs a pickle."""
    path = Path(path)
    try:
        if path.suffix == ".npy":
            with open(path, "rb") as file:
                _check_header(file, path.stat().st_size)
                file.seek(0)
                return {"array": np.lib.format.read_array(file, allow_pickle=False)}
        with zipfile.ZipFile(path) as archive:
            _check_sizes(archive, path)
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, EOFError, ValueError, KeyError, RuntimeError, MemoryError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} cannot be read as arrays: {_first_line(error)}. {_remedy(error)}") from None
    except Exception as error:  # zlib.error, SyntaxError and more come out of damaged headers
        raise ValueError(f"{path} is damaged: {_first_line(error)}. Bring it again.") from None


def _check_header(file, size: int) -> None:
    """Refuse a header that announces more data than the file has, before any memory is taken."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    wanted = int(np.prod([int(n) for n in shape], dtype=object)) * dtype.itemsize
    if dtype.hasobject:
        raise ValueError("it holds Python objects, which only a pickle can bring back")
    if wanted > size:
        raise ValueError(f"its header announces {wanted} bytes, the file has {size}")


def _check_sizes(archive: zipfile.ZipFile, path: Path) -> None:
    total = sum(info.file_size for info in archive.infolist())
    if total > LARGEST or total > BOMB * max(1, path.stat().st_size):
        raise ValueError(f"it unpacks to {total} bytes from {path.stat().st_size}, which looks like a zip bomb")


def read_image(path: Path, side: int) -> np.ndarray:
    """A picture in any format Pillow knows, as (side, side, 3) uint8: cut to its middle square, then scaled."""
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise ImportError("pictures need Pillow: pip install 'mmcourse[course]'") from None
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > PIXELS:
                raise ValueError(f"it has {picture.width} x {picture.height} pixels, at most {PIXELS} are read")
            if min(picture.size) < 2:
                raise ValueError(f"it has {picture.width} x {picture.height} pixels, nothing to see")
            whole = ImageOps.exif_transpose(picture).convert("RGB")
            return np.asarray(ImageOps.fit(whole, (side, side)))
    except Exception as error:  # Pillow's plugins raise almost anything on damaged files
        raise ValueError(f"{path} cannot be read as a picture: {_first_line(error)}") from None


def read_wave(path: Path, rate: int, samples: int) -> np.ndarray:
    """A WAV file (PCM, 8 to 32 bits) as (samples,) float32 in [-1, 1] at `rate` Hz: mixed to mono, cut or padded."""
    try:
        with wave.open(str(path), "rb") as file:
            width, channels, frames, own = (
                file.getsampwidth(),
                file.getnchannels(),
                file.getnframes(),
                file.getframerate(),
            )
            if not own or frames / own > SECONDS:
                raise ValueError(f"it lasts {frames} samples at {own} Hz, at most {SECONDS} s are read")
            content = file.readframes(frames)
        values = _pcm(content, width).reshape(-1, channels).mean(axis=1)
        if not len(values):
            raise ValueError("it has no sound in it")
        return _fit(_resample(values, own, rate), samples)
    except Exception as error:  # wave raises its own, EOFError, struct.error and more
        raise ValueError(f"{path} cannot be read as a WAV file: {_first_line(error)}") from None


def _pcm(content: bytes, width: int) -> np.ndarray:
    """PCM bytes to float64 in [-1, 1]: 8 bits are unsigned, 16, 24 and 32 signed, little-endian."""
    content = content[: len(content) // width * width]
    if width == 1:
        return np.frombuffer(content, np.uint8) / 128.0 - 1
    if width == 2:
        return np.frombuffer(content, "<i2") / 2.0**15
    if width == 3:
        bytes_ = np.frombuffer(content, np.uint8).reshape(-1, 3).astype(np.int32)
        return ((bytes_[:, 0] << 8 | bytes_[:, 1] << 16 | bytes_[:, 2] << 24) / 2.0**31).astype(np.float64)
    return np.frombuffer(content, "<i4") / 2.0**31


def _resample(values: np.ndarray, own: int, rate: int) -> np.ndarray:
    if own == rate:
        return values
    from scipy.signal import resample_poly

    return resample_poly(values, rate, own)


def _fit(values: np.ndarray, samples: int) -> np.ndarray:
    values = np.clip(values[:samples], -1, 1).astype(np.float32)
    return np.pad(values, (0, samples - len(values)))


def read_text(path: Path) -> str:
    """A UTF-8 text of at most 10,000 characters."""
    try:
        if path.stat().st_size > 4 * LONGEST:
            raise ValueError(f"it has {path.stat().st_size} bytes")
        return check_text(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as a text: {_first_line(error)}") from None


def check_text(text: str) -> str:
    """The text without space around it, if it is at most 10,000 characters long and has no zero character."""
    if len(text) > LONGEST:
        raise ValueError(f"the text has {len(text)} characters, at most {LONGEST} are read")
    if "\0" in text:
        raise ValueError("the text has a zero character in it, so it is some other kind of file")
    return text.strip()


def inside(folder: Path, name: str) -> Path:
    """The path of `name` in `folder`, unless it leads out of it: by "..", as an absolute path or through a link."""
    if "\0" in name:
        raise ValueError(f"{name!r} is no file name")
    folder = Path(folder).resolve()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise ValueError(f"{name!r} leads out of {folder}; only files inside it are read")
    return path


def unzip(archive: Path, folder: Path) -> Path:
    """Unpack a zip archive into a new `folder`, whole or not at all; refuses bombs, links and paths that lead out."""
    folder = Path(folder)
    if folder.exists():
        raise ValueError(f"{folder} exists already; remove it or choose another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=folder.name + ".part", dir=folder.parent))
    try:
        with zipfile.ZipFile(archive) as files:
            _check_sizes(files, Path(archive))
            for info in files.infolist():
                _check_member(info)
                inside(beside, info.filename)
            files.extractall(beside)
        beside.rename(folder)
    except Exception as error:  # zlib.error, NotImplementedError, RuntimeError for passwords and more
        raise ValueError(f"{archive} cannot be unpacked: {_first_line(error)}") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def _check_member(info: zipfile.ZipInfo) -> None:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in info.filename:
        raise ValueError(f"{info.filename!r} leads out of the folder")
    if info.external_attr >> 16 & 0o170000 == 0o120000:
        raise ValueError(f"{info.filename!r} is a link")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300].rstrip(".")


def _remedy(error: Exception) -> str:
    if "allow_pickle" in str(error) or "pickle" in str(error) or "object" in str(error).lower():
        return "Save plain numbers: np.save(path, np.asarray(data, dtype=float))."
    return "Bring the file again."
