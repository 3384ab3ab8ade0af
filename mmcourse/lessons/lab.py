"""`mmcourse lab`: the lessons in a folder of the learner's own, and JupyterLab opened there."""

import argparse
import hashlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from ..files import course_file, write_whole
from . import solved

FOLDER = "my-lessons"
MANIFEST = ".mmcourse.json"  # what was put where, to tell the learner's changes from ours


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", default=FOLDER, metavar="DIR", help=f"default: {FOLDER}")
    parser.add_argument("--port", type=int, help="default: the first free one from 8888 on")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")


def main(args: argparse.Namespace) -> int:
    if args.port is not None and not 1 <= args.port <= 65535:
        raise ValueError(f"a port is a number from 1 to 65535, got {args.port}")
    folder = Path(args.folder)
    examine(folder)
    if args.port and not _is_free(args.port):
        raise ValueError(
            f"port {args.port} is in use: stop the program that uses it, choose another one, or leave --port out"
        )
    put, kept = put_lessons(folder)
    print(f"{len(put)} files put into {folder}" if put else f"the lessons in {folder} are up to date")
    if kept:
        print(f"kept, because you changed them: {', '.join(kept)}")
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}"]
    command += [f"--ServerApp.port={args.port}", "--ServerApp.port_retries=0"] if args.port else []
    command += ["--no-browser"] if args.no_browser else []
    # in a container one often is root; the server listens on this machine only
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return subprocess.run(command, check=False).returncode


def examine(folder: Path) -> None:
    """Raise `ModuleNotFoundError` or `ValueError`, with what to do, where lessons could not be opened in `folder`."""
    if not importlib.util.find_spec("jupyterlab"):
        raise ModuleNotFoundError(name="jupyterlab")
    _lessons()
    _manifest(folder)
    from jupyter_core.paths import jupyter_config_dir, jupyter_runtime_dir

    for place in map(Path, (jupyter_config_dir(), jupyter_runtime_dir())):
        try:
            place.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=place):
                pass
        except OSError as error:
            raise ValueError(
                f"Jupyter cannot write to {place} ({error.strerror}): set HOME to a folder that can be written"
            ) from None


def put_lessons(folder: Path) -> tuple[list[str], list[str]]:
    """Put every lesson and solution into `folder`; returns the files put and those kept, which the learner changed.

    A file is replaced only if it is still just what was put there. Raises `ValueError` for a folder that cannot be
    written.
    """
    origin, names = _lessons()
    manifest = _manifest(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        put, kept = [], []
        for name in names:
            content, target = _content(origin / name), folder / name
            present = _sha(target.read_bytes()) if target.exists() else None
            if present == _sha(content):
                manifest[name] = present
            elif present is None or present == manifest.get(name):
                write_whole(target, content)
                manifest[name] = _sha(content)
                put.append(name)
            else:
                kept.append(name)
        write_whole(folder / MANIFEST, json.dumps(manifest, indent=1).encode())
    except OSError as error:
        raise ValueError(
            f"the lessons cannot be put into {folder} ({error.strerror}): choose a folder you can write to"
        ) from None
    return put, kept


def _lessons() -> tuple[Path, list[str]]:
    """Where the course's notebooks are, and their names."""
    origin = course_file("notebooks")
    found = [*origin.glob("*.ipynb"), *origin.glob("solutions/*.ipynb")]
    if not found:
        raise ValueError(
            f"there are no lessons in {origin}: in a clone run `mmcourse build`, else install mmcourse again"
        )
    return origin, sorted(path.relative_to(origin).as_posix() for path in found)


def _content(path: Path) -> bytes:
    """A notebook of the course; a solution with all its figures."""
    if path.parent.name != "solutions":
        return path.read_bytes()
    return (json.dumps(solved.whole(path), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _manifest(folder: Path) -> dict[str, str]:
    """What was put into a folder before: name -> SHA-256."""
    path = folder / MANIFEST
    if not os.path.lexists(path):
        return {}
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # a folder, bytes that are no text, text that is no JSON
        manifest = None
    if not isinstance(manifest, dict):
        raise ValueError(f"{path} is damaged: delete it; your lessons stay as they are")
    return manifest


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
