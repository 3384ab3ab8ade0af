"""The bundle for a room without a network: whole or not there, with all that is needed and a word on how."""

from types import SimpleNamespace

import pytest

from mmcourse import cli
from mmcourse.data.fetching.fetch import CACHE
from mmcourse.lessons import bundle


@pytest.fixture
def pip(monkeypatch, tmp_path):
    """Stands for pip: writes a file where a wheel is wanted, and keeps what it was asked."""
    asked = SimpleNamespace(commands=[], returncode=0)

    def run(command, check):
        asked.commands.append(command)
        folder = bundle.Path(command[command.index("--wheel-dir") + 1])
        folder.mkdir(parents=True)
        (folder / "mmcourse-0-py3-none-any.whl").write_bytes(b"wheel")
        return SimpleNamespace(returncode=asked.returncode)

    monkeypatch.setattr(
        bundle, "subprocess", SimpleNamespace(run=run)
    )  # of this module alone: platform has its own use
    monkeypatch.setenv(CACHE, str(tmp_path / "nothing"))
    return asked


def test_a_bundle_has_wheels_and_a_word_on_how(pip, tmp_path, capsys):
    assert cli.main(["bundle", str(tmp_path / "room")]) == 0
    assert sorted(path.name for path in (tmp_path / "room").iterdir()) == ["README.txt", "wheels"]
    (command,) = pip.commands
    assert command[-1].endswith("[course]") and command[command.index("--constraint") + 1].endswith("constraints.txt")
    said = (tmp_path / "room" / "README.txt").read_text(encoding="utf-8")
    assert '--no-index --find-links wheels "mmcourse[course]"' in said and CACHE not in said
    assert "1 wheels" in capsys.readouterr().out


def test_downloaded_data_go_along(pip, tmp_path, monkeypatch):
    downloads = tmp_path / "cache" / "downloads" / "pets"
    downloads.mkdir(parents=True)
    (downloads / "pets.tar").write_bytes(b"pets")
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    assert cli.main(["bundle", str(tmp_path / "room")]) == 0
    assert (tmp_path / "room" / "data" / "downloads" / "pets" / "pets.tar").read_bytes() == b"pets"
    assert f"set {CACHE}" in (tmp_path / "room" / "README.txt").read_text(encoding="utf-8")


def test_nothing_is_left_when_pip_fails(pip, tmp_path, capsys):
    pip.returncode = 1
    assert cli.main(["bundle", str(tmp_path / "room")]) == 2
    assert not list(tmp_path.iterdir())
    assert "pip could not bring every wheel" in capsys.readouterr().err


def test_a_folder_with_something_in_it_is_left_alone(pip, tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert cli.main(["bundle", str(tmp_path)]) == 2
    assert "not an empty folder of its own; name a new one" in capsys.readouterr().err and not pip.commands
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_installed_copy_says_that_a_clone_is_needed(pip, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bundle, "in_clone", lambda: False)
    assert cli.main(["bundle", str(tmp_path / "room")]) == 2
    assert "works in a clone" in capsys.readouterr().err
