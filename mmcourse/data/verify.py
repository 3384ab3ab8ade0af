"""What `mmcourse data verify` checks: embedded sets, the files of the course, downloads, sets that were prepared."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from ..files import course_file
from . import load
from .fetching.fetch import cache_folder, file_path, sha256
from .fetching.sources import SOURCES

CHECKSUMMED = ("small_encoders",)  # files data/NAME.npz that no set loads; their cards have the SHA-256
AGAIN = "bring it back with `git checkout -- data`, or install mmcourse again"


def verify() -> int:
    """A line for each thing that is here, FAIL where it is not what it should be; 1 if there is one, else 0."""
    faults = 0
    for name, fault in _checks():
        faults += bool(fault)
        print(f"FAIL {name}: {fault}" if fault else f"OK   {name}")
    return 1 if faults else 0


def _checks() -> Iterator[tuple[str, str]]:
    """(what, why it is not what it should be), the latter empty where it is."""
    for name, source in SOURCES.items():
        if not source.files:
            yield name, _checked(_embedded_fault, name)
    for name in CHECKSUMMED:
        yield name, _checked(_course_file_fault, name)
    for name, source in SOURCES.items():
        for tfds_name, files in source.files.items():
            for file in files:
                path = file_path(name, file)
                if path.exists() or path.is_symlink():
                    again = f"delete it, then: mmcourse data get {name}"
                    good = path.is_file() and _checked(sha256, path) == file.sha256
                    yield str(path), "" if good else f"is damaged; {again}"
            for folder in sorted((cache_folder() / tfds_name).glob("*")):
                if re.fullmatch(r"[\d.]+", folder.name):  # a version; the others are unfinished, and begun anew
                    fault = _checked(_prepared_fault, folder)
                    yield str(folder), fault and f"{fault}; delete it, then: mmcourse data get {name}"


def _checked(check, subject) -> str:
    """What a check says of its subject, or the error that it met: one fault does not hide the others."""
    try:
        return check(subject)
    except Exception as error:
        return (str(error).splitlines() or [type(error).__name__])[0]


def _embedded_fault(name: str) -> str:
    """Why an embedded set is not, byte for byte, the one on its card."""
    found = load(name).fingerprint()
    card = course_file("data", f"{name}.md").read_text(encoding="utf-8")
    if "Fingerprint" in card and found not in card:
        return (
            f"gives {found[:12]}..., not the fingerprint on its card; other samples than the course's figures are about"
        )
    return ""


def _course_file_fault(name: str) -> str:
    path, card = course_file("data", f"{name}.npz"), course_file("data", f"{name}.md")
    if not path.is_file():
        return f"{path} is no file; {AGAIN}"
    found = sha256(path)
    return "" if found in card.read_text(encoding="utf-8") else f"has SHA-256 {found[:12]}..., not its card's; {AGAIN}"


def _prepared_fault(folder: Path) -> str:
    """Why a folder of TensorFlow Datasets is not the whole of what its `dataset_info.json` says."""
    path = folder / "dataset_info.json"
    if not path.is_file():
        return "has no dataset_info.json"
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
        splits = {split["name"]: (len(split["shardLengths"]), int(split["numBytes"])) for split in info["splits"]}
        name, kind = info["name"], info.get("fileFormat", "tfrecord")
    except (ValueError, KeyError, TypeError, AttributeError):
        return "has a damaged dataset_info.json"
    if name != folder.parent.name or not splits:
        return f"has the dataset_info.json of {name!r} with the splits {', '.join(splits) or 'none'}"
    for split, (shards, size) in splits.items():
        files = [folder / f"{name}-{split}.{kind}-{shard:05d}-of-{shards:05d}" for shard in range(shards)]
        lost = [file.name for file in files if not file.is_file()]
        if lost:
            return f"lacks {lost[0]}"
        if (here := sum(file.stat().st_size for file in files)) < size:
            return f"has {here} bytes of {split}, its dataset_info.json says {size}"
    return ""
