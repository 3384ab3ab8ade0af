"""`mmcourse lab`: a learner's work is never overwritten, and trouble is one sentence."""

import json
import os
import socket
from argparse import Namespace

import pytest

from mmcourse.lessons import doctor, lab


def toy_notebook(shown: str) -> str:
    """A notebook of one cell that prints `shown`; of none if that is empty."""
    outputs = [{"output_type": "stream", "name": "stdout", "text": shown}] if shown else []
    cell = {"id": "0", "cell_type": "code", "source": "print()", "metadata": {}, "outputs": outputs}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})


@pytest.fixture
def origin(tmp_path, monkeypatch):
    folder = tmp_path / "course" / "notebooks"
    (folder / "solutions").mkdir(parents=True)
    for name in ("00_a.ipynb", "01_b.ipynb", "solutions/00_a.ipynb"):
        (folder / name).write_text(toy_notebook(shown=name))
    monkeypatch.setattr(lab, "course_file", lambda *parts: tmp_path.joinpath("course", *parts))
    return folder


def test_lessons_are_put_updated_and_kept(origin, tmp_path):
    mine = tmp_path / "mine"
    assert lab.put_lessons(mine) == (["00_a.ipynb", "01_b.ipynb", "solutions/00_a.ipynb"], [])
    assert lab.put_lessons(mine) == ([], [])
    (mine / "00_a.ipynb").write_text("my own work")
    (mine / "notes.txt").write_text("mine too")
    for name in ("00_a.ipynb", "01_b.ipynb"):
        (origin / name).write_text(toy_notebook(shown="second edition"))
    assert lab.put_lessons(mine) == (["01_b.ipynb"], ["00_a.ipynb"])
    assert (mine / "00_a.ipynb").read_text() == "my own work"
    assert "second edition" in (mine / "01_b.ipynb").read_text()
    assert (mine / "notes.txt").read_text() == "mine too"
    (mine / "00_a.ipynb").unlink()  # the way back to a fresh one
    assert lab.put_lessons(mine) == (["00_a.ipynb"], [])


def test_solutions_are_put_with_the_figures_that_the_lesson_shows_too(origin, tmp_path):
    (origin / "solutions" / "00_a.ipynb").write_text(toy_notebook(shown=""))
    lab.put_lessons(tmp_path / "mine")
    (cell,) = json.loads((tmp_path / "mine" / "solutions" / "00_a.ipynb").read_text())["cells"]
    assert cell["outputs"][0]["text"] == "00_a.ipynb"


def test_a_notebook_of_the_course_that_is_cut_off_is_one_error(origin, tmp_path):
    path = origin / "solutions" / "00_a.ipynb"
    path.write_text(path.read_text()[:50])
    with pytest.raises(ValueError, match=r"00_a\.ipynb is damaged: .* install again"):
        lab.put_lessons(tmp_path / "mine")


def test_a_file_that_was_there_before_is_kept(origin, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "00_a.ipynb").write_text("older than the course")
    assert lab.put_lessons(mine)[1] == ["00_a.ipynb"]
    assert (mine / "00_a.ipynb").read_text() == "older than the course"


@pytest.mark.parametrize("content", [b'{"00', b"[1]", b"null", b"\xff\xfe\x00", b""])
def test_a_damaged_manifest_loses_nothing(content, origin, tmp_path):
    lab.put_lessons(tmp_path / "mine")
    (tmp_path / "mine" / lab.MANIFEST).write_bytes(content)
    with pytest.raises(ValueError, match=r"\.mmcourse\.json is damaged: delete it"):
        lab.put_lessons(tmp_path / "mine")
    assert (tmp_path / "mine" / "00_a.ipynb").exists()


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs a folder in which nobody can write")
def test_an_unwritable_folder_is_one_error(origin):
    with pytest.raises(ValueError, match=r"cannot be put into /proc/lessons .*choose a folder you can write to"):
        lab.put_lessons(lab.Path("/proc/lessons"))


def test_a_file_in_the_way_is_one_error(origin, tmp_path):
    (tmp_path / "mine").write_text("a file")
    with pytest.raises(ValueError, match=r"cannot be put into"):
        lab.put_lessons(tmp_path / "mine")


def test_a_port_in_use_is_refused_before_anything_is_written(origin, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ValueError, match=f"port {port} is in use"):
            lab.main(Namespace(folder=str(tmp_path / "mine"), port=port, no_browser=True))
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("port", [99999, 0, -1])
def test_a_number_that_is_no_port_is_refused(port, origin, tmp_path):
    with pytest.raises(ValueError, match=f"a port is a number from 1 to 65535, got {port}"):
        lab.main(Namespace(folder=str(tmp_path / "mine"), port=port, no_browser=True))
    assert not (tmp_path / "mine").exists()


def test_a_home_that_cannot_be_written_is_one_error(origin, tmp_path, monkeypatch):
    """Jupyter would end with a traceback."""
    (tmp_path / "home").write_text("a file")
    for name in ("HOME", "USERPROFILE", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "XDG_RUNTIME_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match=r"Jupyter cannot write to .*set HOME to a folder that can be written"):
        lab.main(Namespace(folder=str(tmp_path / "mine"), port=None, no_browser=True))
    assert doctor._lab().remedy.startswith("Jupyter cannot write to")  # and the doctor knows


def test_jupyterlab_is_opened_on_the_folder(origin, tmp_path, monkeypatch, capsys):
    commands = []
    done = Namespace(returncode=0)
    monkeypatch.setattr(lab.subprocess, "run", lambda command, check: commands.append(command) or done)
    assert lab.main(Namespace(folder=str(tmp_path / "mine"), port=None, no_browser=True)) == 0
    assert f"--ServerApp.root_dir={(tmp_path / 'mine').resolve()}" in commands[0] and "--no-browser" in commands[0]
    assert "3 files put" in capsys.readouterr().out
    assert set(json.loads((tmp_path / "mine" / lab.MANIFEST).read_text())) == {
        "00_a.ipynb",
        "01_b.ipynb",
        "solutions/00_a.ipynb",
    }
