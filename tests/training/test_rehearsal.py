"""The rehearsal of lesson 24: killed and taken up it ends with the same bits; several processes equal one."""

import json
import subprocess
import sys

import pytest

from mmcourse.training import rehearsal


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rehearsal")
    return folder, rehearsal.job(folder, "one")


def test_a_killed_job_is_taken_up_with_the_same_bits(alone, tmp_path):
    assert rehearsal.killed(tmp_path) != 0
    assert not (tmp_path / "end.npz").exists()
    resumed = rehearsal.job(tmp_path, "one")
    assert (0, 0) < resumed.resumed_from < (8, 0)
    assert rehearsal.apart(tmp_path, alone[0]) == 0 and resumed.history == alone[1].history
    assert rehearsal.speed(tmp_path) > 0


def test_two_processes_equal_one(alone, tmp_path):
    rehearsal.together(tmp_path)
    assert 0 < rehearsal.apart(tmp_path, alone[0]) < 1e-4


def test_what_the_processes_said_is_told_when_they_fail(tmp_path, monkeypatch):
    def failing(command, **options):
        return subprocess.CompletedProcess(command, 3, "", json.dumps("rank 1 has had enough"))

    monkeypatch.setattr(subprocess, "run", failing)
    with pytest.raises(RuntimeError, match=r"(?s)status 3.*rank 1 has had enough"):
        rehearsal.together(tmp_path)


def test_a_job_that_ends_by_itself_is_told(tmp_path, monkeypatch):
    def broken(folder):
        path = tmp_path / "broken.py"
        path.write_text("raise ValueError('no such data')")
        return str(path)

    monkeypatch.setattr(rehearsal, "_script", broken)
    with pytest.raises(RuntimeError, match=r"(?s)status 1 before.*no such data"):
        rehearsal.killed(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_two_devices_equal_one_again_and_again(alone, tmp_path, workers):
    script = tmp_path / "twice.py"
    script.write_text(
        "import sys\n\nfrom mmcourse.training import rehearsal\n\n"
        "assert len(rehearsal.two_devices()) == 2\n"
        "for folder in sys.argv[1:]:\n    rehearsal.job(folder, 'mirrored')\n"
    )
    folders = [str(tmp_path / name) for name in ("first", "second")]
    assert workers({"script": [str(script), *folders]}) == [0]
    assert 0 < max(rehearsal.apart(folder, alone[0]) for folder in folders) < 1e-4
