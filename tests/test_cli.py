"""The `mmcourse` command: errors are one line, never a traceback."""

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
        (["run", "77"], "there is no lesson 77; there are 00"),
        (["build", "--check", "77"], "there is no lesson 77"),
        (["lab", "/proc/lessons", "--no-browser"], "cannot be put into /proc/lessons"),
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
