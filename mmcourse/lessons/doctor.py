"""`mmcourse doctor`: is this machine ready for the course? Imports nothing heavy: answers without TensorFlow."""

import argparse
import os
import platform
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

INSTALL = "run: pip install 'mmcourse[course]'"
MEMORY_GB, DISK_GB = 4, 3


@dataclass(frozen=True)
class Line:
    """One finding: what was looked at, what was found, and if that is not enough, what to do."""

    what: str
    found: str
    remedy: str | None = None

    def __str__(self) -> str:
        text = f"{'FAIL' if self.remedy else 'OK  '}  {self.what:12} {self.found}"
        return f"{text}; {self.remedy}" if self.remedy else text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def main(args: argparse.Namespace) -> int:
    lines = examine()
    print("\n".join(map(str, lines)))
    failed = sum(line.remedy is not None for line in lines)
    print(f"{failed} of {len(lines)} checks failed" if failed else "ready")
    return 1 if failed else 0


def examine() -> list[Line]:
    """Every finding, in the order a newcomer would mend them."""
    return [_system(), _python(), *_packages(), _devices(), _memory(), _disk(), *_data(), _write_access(), _lab()]


def _system() -> Line:
    """TensorFlow has no wheel for every machine, and pip only says that it finds none."""
    found = sysconfig.get_platform()
    remedy = None
    if found.startswith("macosx") and found.endswith("x86_64"):
        remedy = "TensorFlow no longer runs on Intel Macs: run the course in a Linux container, or on another machine"
    if found == "win-arm64":
        remedy = "TensorFlow has no Windows version for ARM: install Python for x64, or use Linux (WSL)"
    return Line("system", found, remedy)


def _python() -> Line:
    found = f"{platform.python_version()} at {sys.executable}"
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Line("Python", found, None if good else "the course needs Python 3.11, 3.12 or 3.13: make a new environment")


def _packages() -> Iterator[Line]:
    from packaging.requirements import Requirement

    try:
        needs = metadata.requires("mmcourse") or []
    except metadata.PackageNotFoundError:
        yield Line("mmcourse", "found, but not installed", "run: pip install --editable '.[course]'")
        return
    for text in needs:
        need = Requirement(text)
        if need.marker and not (need.marker.evaluate({"extra": ""}) or need.marker.evaluate({"extra": "course"})):
            continue
        try:
            version = metadata.version(need.name)
        except metadata.PackageNotFoundError:
            yield Line(need.name, f"absent, expected {need.specifier}", INSTALL)
            continue
        good = need.specifier.contains(version, prereleases=True)
        yield Line(need.name, version, None if good else f"expected {need.specifier}: {INSTALL}")


def _devices() -> Line:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    drivers = Path("/proc/driver/nvidia/gpus")
    gpus = len(list(drivers.iterdir())) if drivers.is_dir() else 0
    return Line("devices", f"{cores} CPU cores, {gpus} NVIDIA GPUs (none is needed)")


def _memory() -> Line:
    try:
        import psutil
    except ImportError:
        return Line("memory", "not looked at", f"psutil is absent, {INSTALL}")
    free = psutil.virtual_memory().available / 1e9
    low = f"expected {MEMORY_GB} GB: close other programs"
    return Line("memory", f"{free:.1f} GB available", None if free >= MEMORY_GB else low)


def _disk() -> Line:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    low = f"expected {DISK_GB} GB: make room, or work in a folder on another disk"
    return Line("disk", f"{free:.1f} GB free here", None if free >= DISK_GB else low)


def _data() -> Iterator[Line]:
    try:
        from ..data.sets.digits import BANK, read_bank
        from ..files import course_file

        bank = read_bank(course_file("data", BANK))
        yield Line("speech bank", f"{len(bank.label)} clips, whole")
    except ImportError as error:
        yield Line("speech bank", f"not looked at ({error.name} is absent)", INSTALL)
    except ValueError as error:
        yield Line("speech bank", "not usable", str(error))


def _lab() -> Line:
    """What `mmcourse lab` itself looks at before it starts."""
    from . import lab

    folder = Path(lab.FOLDER)
    try:
        lab.examine(folder)
        return Line("lab", f"would open {folder} here")
    except ModuleNotFoundError as error:
        return Line("lab", f"{error.name} is absent", INSTALL)
    except (ValueError, RuntimeError) as error:
        return Line("lab", "would not start", str(error))


def _write_access() -> Line:
    try:
        with tempfile.TemporaryFile(dir=Path.cwd()):
            return Line("folder", f"{Path.cwd()} can be written")
    except OSError as error:
        return Line("folder", f"{Path.cwd()} cannot be written ({error.strerror})", "work in a folder of your own")
