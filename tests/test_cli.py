"""The `mmcourse` command: errors are one line, never a traceback."""

import os
import subprocess
import sys

import pytest

from mmcourse import cli


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    said = capsys.readouterr().out
    assert all(name in said for name in cli.COMMANDS)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["run", "77"], "there is no lesson '77'; there are 00"),
        (["build", "--check", "77"], "there is no lesson '77'"),
        (["lab", "/proc/lessons", "--no-browser"], "cannot be put into /proc/lessons"),
        (["lab", "--port", "99999"], "a port is a number from 1 to 65535, got 99999"),
    ],
)
def test_errors_are_one_line_and_exit_code_2(argv, words, capsys):
    assert cli.main(argv) == 2
    said = capsys.readouterr().err
    assert said.startswith("mmcourse: ") and words in said and said.count("\n") == 1


def test_a_missing_extra_names_it(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert cli.main(["lab"]) == 2
    assert "jupyterlab is not installed. Run: pip install 'mmcourse[course]'" in capsys.readouterr().err


def test_no_home_folder_is_one_line(monkeypatch, capsys):
    def home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("pathlib.Path.home", home)
    monkeypatch.setattr("mmcourse.lessons.doctor.main", lambda args: home())
    assert cli.main(["doctor"]) == 2
    assert capsys.readouterr().err.startswith("mmcourse: this user has no home folder: set HOME")


def test_an_ascii_terminal_gets_codes_instead_of_a_traceback(tmp_path):
    code = "from mmcourse.cli import main; print('α') if main(['lab', '课', '--port', '0']) else 0"
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0 and done.stdout.strip() == "\\u03b1", done.stderr
