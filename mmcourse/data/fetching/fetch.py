"""Bringing real sets: resumed, checked, moved into place whole; and one clear line where there is no network.

Taught in lesson 27.
"""

import hashlib
import os
import threading
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

import numpy as np

from ...files import course_file, in_clone
from .sources import SOURCES, File

CACHE = "MMCOURSE_CACHE"
PROBE_SECONDS, STALL_SECONDS = 3.0, 20.0
CHUNK = 2**18


class NotAvailable(ConnectionError):
    """A set cannot be had now; the message says its size, how to bring it by hand and what to use meanwhile.

    >>> try:
    ...     raise NotAvailable("pets cannot be had now")
    ... except NotAvailable as error:  # take a set that is always there
    ...     data = mm.load("digits")
    """


def cache_folder() -> Path:
    """Where downloads are kept: MMCOURSE_CACHE, else `data/cache` of the clone, else `~/.cache/mmcourse`."""
    if folder := os.environ.get(CACHE):
        return Path(folder)
    return course_file("data", "cache") if in_clone() else Path.home() / ".cache" / "mmcourse"


def file_path(name: str, file: File) -> Path:
    """Where a file of a set is kept, and where to put it when bringing it by hand."""
    return cache_folder() / "downloads" / name / file.name


def get(name: str) -> None:
    """Download what a set still lacks. Raises `NotAvailable`; without a network within 5 seconds."""
    lacking = [file for files in SOURCES[name].files.values() for file in files if not _whole(name, file)]
    if not lacking:
        return
    if why := unreachable([file.url for file in lacking]):
        raise NotAvailable(_by_hand(name, lacking, why))
    for file in lacking:
        try:
            download(file, file_path(name, file))
        except NotAvailable:
            raise
        except (OSError, HTTPException) as error:
            raise NotAvailable(_by_hand(name, lacking, f"the download stopped: {error}")) from None


def download(file: File, path: Path) -> None:
    """Bring a file: go on where an earlier try stopped, check its SHA-256, and only then give it its name.

    Raises `OSError` when the connection fails (what has come is kept for the next try) and `NotAvailable` when what
    came is not the file (it is deleted).
    """
    part = path.with_name(path.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    have = part.stat().st_size if part.exists() else 0
    if have > file.size:
        part.unlink()
        have = 0
    if have < file.size:
        _receive(file, part, have)
    found = sha256(part)
    if part.stat().st_size != file.size or found != file.sha256:
        size = part.stat().st_size
        if size < file.size:
            raise OSError(f"{file.name}: {size} of {file.size} bytes came; the next try goes on from there")
        part.unlink()
        raise NotAvailable(
            f"{file.url} gave {size} bytes with SHA-256 {found[:12]}..., expected {file.size} with "
            f"{file.sha256[:12]}...; deleted. Try again, or from another network."
        )
    part.replace(path)


def _receive(file: File, part: Path, have: int) -> None:
    from tqdm.auto import tqdm

    request = urllib.request.Request(file.url, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=STALL_SECONDS) as answer:
        resumed = answer.status == 206
        bar = tqdm(total=file.size, initial=have if resumed else 0, unit="B", unit_scale=True, desc=file.name)
        with open(part, "ab" if resumed else "wb") as out, bar:
            while content := answer.read(CHUNK):
                out.write(content)
                bar.update(len(content))
                if out.tell() > file.size:
                    return  # not our file; the check says so


def sha256(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tfds_arrays(name: str, tfds_name: str, split: str) -> dict[str, np.ndarray]:
    """One split of a set of TensorFlow Datasets, as feature -> (N, ...); features of unequal shape as object arrays.

    Downloads what is lacking by `get`, lets TensorFlow Datasets prepare it from those files alone, then reads it.
    """
    columns: dict[str, list] = {}
    for example in tfds_examples(name, tfds_name, split):
        for key, value in example.items():
            columns.setdefault(key, []).append(value)
    return {key: _stack(values) for key, values in columns.items()}


def tfds_examples(name: str, tfds_name: str, split: str):
    """The examples of one split, one by one, as dicts of NumPy values. See `tfds_arrays`."""
    if not prepared(tfds_name):
        get(name)
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise ImportError(f"real sets need pip install 'mmcourse[course]' ({error})") from None
    builder = tfds.builder(tfds_name, data_dir=cache_folder())
    manual = tfds.download.DownloadConfig(manual_dir=file_path(name, SOURCES[name].files[tfds_name][0]).parent)
    builder.download_and_prepare(download_dir=cache_folder() / "downloads", download_config=manual)
    return builder.as_dataset(split=split).as_numpy_iterator()


def prepared(tfds_name: str) -> bool:
    """Whether TensorFlow Datasets has already prepared a set in our cache."""
    return any((cache_folder() / tfds_name).glob("*/dataset_info.json"))


def _stack(values: list) -> np.ndarray:
    if len({np.shape(value) for value in values}) == 1:
        return np.stack(values)
    ragged = np.empty(len(values), object)
    ragged[:] = values
    return ragged


def _whole(name: str, file: File) -> bool:
    path = file_path(name, file)
    return path.exists() and path.stat().st_size == file.size and sha256(path) == file.sha256


def unreachable(urls: list[str]) -> str:
    """Why the first host that does not answer within 3 seconds does not; empty when all do. All are asked at once."""
    answers: dict[str, str] = {}
    hosts = {url.split("/")[2]: url for url in urls}

    def ask(host: str, url: str) -> None:
        try:
            urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=PROBE_SECONDS).close()
            answers[host] = ""
        except urllib.error.HTTPError:
            answers[host] = ""  # it speaks; whether it gives the file is for the download to find out
        except (OSError, HTTPException) as error:
            answers[host] = f"{host} cannot be reached ({getattr(error, 'reason', error)})"

    threads = [threading.Thread(target=ask, args=pair, daemon=True) for pair in hosts.items()]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + PROBE_SECONDS + 0.5
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    silent = {host: answers.get(host, f"{host} does not answer") for host in hosts}
    return next((why for why in silent.values() if why), "")


def _by_hand(name: str, lacking: list[File], why: str) -> str:
    source = SOURCES[name]
    places = "".join(f"\n  {file.url}  ->  {file_path(name, file)}" for file in lacking)
    return (
        f"{name} needs {sum(file.size for file in lacking) / 1e6:.0f} MB from the network, but {why}. Try again "
        f'online, or bring the files by hand; meanwhile use load("{source.meanwhile}").{places}'
    )
