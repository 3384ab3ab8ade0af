"""`mmcourse bundle FOLDER`: what a room without a network needs, in one folder to copy: wheels, lessons and data."""

import argparse
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from ..data.fetching.fetch import CACHE, cache_folder
from ..files import course_file, in_clone, whole_folder

README = """The course mmcourse, for machines without a network
Made for Python {python} on {system}. The lessons and the data they load are in the wheel of mmcourse.

In this folder, with that Python:

    python -m venv mmcourse-env
    mmcourse-env/bin/python -m pip install --no-index --find-links wheels "mmcourse[course]"
    mmcourse-env/bin/mmcourse doctor
    mmcourse-env/bin/mmcourse lab

On Windows the programs are in mmcourse-env\\Scripts. {data}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", help="a new or empty folder; it takes about 1 GB")


def main(args: argparse.Namespace) -> int:
    """Fill the folder; it appears whole or not at all. Needs a clone, and a network now."""
    folder = Path(args.folder).absolute()
    if not in_clone():
        raise ValueError("mmcourse bundle works in a clone of the project; this is an installed copy")
    with whole_folder(folder) as part:
        wheels(part / "wheels")
        (part / "README.txt").write_text(readme(fetched(part / "data")), encoding="utf-8")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {len(list(folder.glob('wheels/*.whl')))} wheels, {size / 1e6:.0f} MB; README.txt says what to do")
    return 0


def wheels(folder: Path) -> None:
    """A wheel of the course, and one of everything it needs, in the versions of the last full run."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", str(folder)]
    pip += ["--constraint", str(course_file("constraints.txt")), f"{course_file()}[course]"]
    if subprocess.run(pip, check=False).returncode:
        raise ValueError("pip could not bring every wheel (see above); the folder was not made")


def fetched(folder: Path) -> bool:
    """Copy the data sets that were downloaded on this machine, if any."""
    downloads = cache_folder()
    if not downloads.is_dir() or not any(downloads.iterdir()):
        return False
    shutil.copytree(downloads, folder)
    return True


def readme(with_data: bool) -> str:
    data = f"Downloaded sets are in the folder data: set {CACHE} to its path." if with_data else ""
    return README.format(python=platform.python_version(), system=platform.platform(terse=True), data=data)
