"""`mmcourse launch`: the ranks of a script, and that nothing of them outlives it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmcourse import system
from mmcourse.training import launch as launching
from mmcourse.training.launch import launch

ROOT = Path(__file__).resolve().parents[2]
linux = pytest.mark.skipif(sys.platform != "linux", reason="sends signals, and looks at /proc")


def processes_with(mark: str) -> list[str]:
    """Commands that hold this word, as `ps` would show them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if mark in command and entry.parent.name != str(os.getpid()):
            found.append(command)
    return found


def gone(mark: str, seconds: float = 15) -> bool:
    """Whether no process of that mark is left, waiting a while."""
    deadline = time.monotonic() + seconds
    while processes_with(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    return processes_with(mark) == []


@pytest.fixture
def script(tmp_path):
    """A function that writes a script whose ranks know their number; each has a child of its own if asked."""

    def write(body: str, child: bool = False) -> Path:
        path = tmp_path / "script_of_this_test.py"
        grandchild = f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', {str(path)!r}])\n"
        head = "import json, os, signal, subprocess, sys, time\n"
        head += "rank = json.loads(os.environ['TF_CONFIG'])['task']['index']\n"
        path.write_text(head + (grandchild if child else "") + body)
        return path

    return write


@pytest.fixture
def launched(tmp_path):
    """Start `mmcourse launch` as a user does, wait until every rank is up, and see to it that it ends."""
    started = []

    def start(script: Path, processes: int = 2) -> subprocess.Popen:
        call = "import sys; from mmcourse.cli import main; sys.exit(main(['launch', *sys.argv[1:]]))"
        options = ["--processes", str(processes), "--logs", str(tmp_path / "logs")]
        process = subprocess.Popen(
            [sys.executable, "-c", call, *options, str(script)],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        started.append(process)
        logs = [tmp_path / "logs" / f"rank-{rank}.log" for rank in range(processes)]
        deadline = time.monotonic() + 60
        while not all(log.exists() and "up" in log.read_text() for log in logs) and time.monotonic() < deadline:
            time.sleep(0.02)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


@linux
def test_one_failing_rank_ends_all_with_its_traceback(script, tmp_path, capfd):
    path = script(
        "assert os.environ['KERAS_DISTRIBUTION_PROCESS_ID'] == str(rank)\n"
        "print('hello from', rank, sys.argv[1:])\n"
        "if rank == 1:\n    time.sleep(0.5)\n    raise RuntimeError('rank one has had enough')\n"
        "time.sleep(60)\n",
        child=True,
    )
    assert launch([str(path), "--epochs", "3"], 3, tmp_path / "logs") == 1
    captured = capfd.readouterr()
    assert "hello from 0 ['--epochs', '3']" in captured.out
    assert "rank 1 ended with status 1" in captured.err
    assert "RuntimeError: rank one has had enough" in captured.err
    assert "hello from 2" in (tmp_path / "logs" / "rank-2.log").read_text()
    assert gone(str(path))


STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up')\ntime.sleep(60)\n"


@linux
def test_a_second_ctrl_c_within_the_grace_period_ends_all_at_once(script, launched):
    path = script(STUBBORN, child=True)
    process = launched(path)
    began = time.monotonic()
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        time.sleep(0.4)
    assert b"SIGINT: ending all processes" in process.communicate()[1] and process.returncode == 130
    assert gone(str(path)) and time.monotonic() - began < 60  # the script would have slept as long


@linux
@pytest.mark.parametrize("name", ["SIGHUP", "SIGQUIT", "SIGTERM"])
def test_a_closed_terminal_leaves_nothing_running(name, script, launched):
    path = script("print('up')\ntime.sleep(60)\n", child=True)
    process = launched(path)
    process.send_signal(getattr(signal, name))
    assert process.wait(30) == 128 + getattr(signal, name)
    assert gone(str(path))


@linux
def test_a_killed_launcher_leaves_nothing_running(script, launched):
    path = script(STUBBORN, child=True)
    process = launched(path)
    process.kill()
    process.wait()
    assert gone(str(path))


def test_a_rank_that_ends_while_others_wait_is_named(script, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(launching, "PATIENCE", 0.3)
    path = script("time.sleep(1.5 if rank == 1 else 0)\n")
    assert launch([str(path)], 3, tmp_path / "logs") == 0
    said = capfd.readouterr().err
    assert "ranks 0, 2 ended well" in said and "rank 1 still at work" in said and said.count("still at work") == 1


def test_a_script_runs_as_it_would_by_itself(tmp_path, capfd):
    (tmp_path / "beside.py").write_text("word = 'beside'")
    path = tmp_path / "script.py"
    path.write_text(
        "import sys, beside\nprint(__name__, beside.word, sys.argv[1:], repr(sys.stdin.read()), __file__)\n"
    )
    assert launch([str(path), "-x"], 1, tmp_path / "logs") == 0
    assert capfd.readouterr().out == f"__main__ beside ['-x'] '' {path}\n"


def test_launch_says_what_is_wrong_with_its_arguments(tmp_path):
    with pytest.raises(ValueError, match="there is no script"):
        launch([str(tmp_path / "absent.py")], 2, tmp_path)
    script = tmp_path / "script.py"
    script.write_text("print('ok')")
    with pytest.raises(ValueError, match="--processes must be 1 or more, got 0"):
        launch([str(script)], 0, tmp_path)


class Rank:
    """A process of Windows, as far as its end is concerned: deaf to Ctrl-Break."""

    pid = 77

    def __init__(self, log):
        self.log, self.stdin = log, open(os.devnull)  # noqa: SIM115

    def poll(self):
        return 1 if self.log and self.log[-1][0] == "taskkill" else None

    def send_signal(self, number):
        self.log.append(("signal", number))


def test_on_windows_ranks_are_asked_by_ctrl_break_and_ended_as_a_tree(monkeypatch):
    """A stand-in for what Windows has instead of process groups and signals."""
    log = []
    monkeypatch.setattr(system, "WINDOWS", True)
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 512, raising=False)
    monkeypatch.setattr(signal, "CTRL_BREAK_EVENT", 21, raising=False)
    monkeypatch.setattr(subprocess, "run", lambda command, **_: log.append(tuple(command)))
    monkeypatch.setattr(launching, "GRACE", 0.1)
    assert system.own_group() == {"creationflags": 512}
    launching.end_all([Rank(log)], [])
    assert log == [("signal", 21), ("taskkill", "/T", "/F", "/PID", "77")]


def test_signals_that_a_system_lacks_are_not_asked_for(monkeypatch):
    for name in ("SIGHUP", "SIGQUIT"):
        monkeypatch.delattr(signal, name, raising=False)
    monkeypatch.setattr(signal, "SIGBREAK", 21, raising=False)
    assert system.ending_signals() == [signal.SIGINT, signal.SIGTERM, 21]
