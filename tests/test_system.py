"""What must hold on systems that no test runs on: read from the source, or with a stand-in for the system."""

import ast
import os
import sys
from pathlib import Path

import pytest

import mmcourse as mm
from mmcourse import system

PACKAGE = Path(mm.__file__).parent
TESTS = Path(__file__).parent
POSIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}


def at_import(path: Path):
    """The modules that a file imports when it is imported: not those within functions."""
    nodes = [ast.parse(path.read_text(encoding="utf-8"))]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            nodes += ast.iter_child_nodes(node)


@pytest.mark.parametrize("root", [PACKAGE, TESTS], ids=["package", "tests"])
def test_everything_can_be_imported_where_posix_is_not(root):
    for path in root.rglob("*.py"):
        assert not POSIX_ONLY & set(at_import(path)), f"{path} cannot be imported on Windows"


def test_nobody_probes_a_process_with_signal_0():
    """On Windows `os.kill(pid, 0)` ends the process instead of asking for it."""
    for path in PACKAGE.rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        assert not [call for call in calls if ast.unparse(call.func) == "os.kill"], path


def test_what_windows_has_no_call_for_is_left_out(monkeypatch, tmp_path):
    monkeypatch.setattr(system, "WINDOWS", True)
    monkeypatch.setitem(sys.modules, "resource", None)  # importing it would raise
    monkeypatch.setattr(os, "open", None)  # a folder cannot be opened there
    assert system.peak_memory() is None
    system.flush_folder(tmp_path)


def test_here_memory_and_locks_work(tmp_path):
    assert system.peak_memory() is None or system.peak_memory() > 1e6
    with open(tmp_path / "a", "wb") as one, open(tmp_path / "a", "rb") as other:
        assert system.lock(one) and not system.lock(other)
    with open(tmp_path / "a", "rb") as again:
        assert system.lock(again)
