"""The doctor: a line for everything, a remedy for every FAIL, and no need for TensorFlow."""

import subprocess
import sys
from importlib import metadata

import pytest

from mmcourse import cli
from mmcourse.lessons import doctor, lab


def found(lines):
    return {line.what: line for line in lines}


def test_this_machine_is_ready(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = found(doctor.examine())
    assert {"Python", "tensorflow", "keras", "jupyterlab", "devices", "memory", "disk", "speech bank", "folder"} <= set(
        lines
    )
    assert "keras-hub" not in lines and "jax" not in lines  # only what the lessons need
    assert not [str(line) for line in lines.values() if line.remedy]


def test_absent_and_old_packages_fail_with_what_to_do(monkeypatch):
    real = metadata.version

    def version(name):
        if name == "tensorflow":
            raise metadata.PackageNotFoundError(name)
        return "1.0" if name == "numpy" else real(name)

    monkeypatch.setattr(doctor.metadata, "version", version)
    lines = found(doctor.examine())
    assert str(lines["tensorflow"]).startswith("FAIL") and "pip install" in lines["tensorflow"].remedy
    assert lines["numpy"].found == "1.0" and "expected" in lines["numpy"].remedy
    assert lines["keras"].remedy is None


def test_a_copy_that_is_not_installed_is_told_so(monkeypatch):
    def absent(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.metadata, "requires", absent)
    assert "pip install --editable" in found(doctor.examine())["mmcourse"].remedy


@pytest.mark.parametrize(
    ("system", "words"),
    [
        ("macosx-14.0-x86_64", "Intel Macs: run the course in a Linux container"),
        ("win-arm64", "install Python for x64"),
        ("macosx-14.0-arm64", None),
        ("win-amd64", None),
        ("linux-aarch64", None),
    ],
)
def test_machines_without_a_tensorflow_are_told_what_to_do(system, words, monkeypatch):
    monkeypatch.setattr(doctor.sysconfig, "get_platform", lambda: system)
    line = found(doctor.examine())["system"]
    assert line.found == system and (words in line.remedy if words else line.remedy is None)


def test_ready_only_if_the_lab_would_start(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert doctor._lab().remedy is None
    (tmp_path / lab.FOLDER).mkdir()
    (tmp_path / lab.FOLDER / lab.MANIFEST).write_text("{")
    assert "is damaged: delete it" in doctor._lab().remedy
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert doctor._lab().found == "jupyterlab is absent"


@pytest.mark.parametrize("what", ["disk", "memory"])
def test_little_room_fails(monkeypatch, what):
    monkeypatch.setattr(doctor, "DISK_GB" if what == "disk" else "MEMORY_GB", 1e6)
    assert found(doctor.examine())[what].remedy


def test_damaged_data_and_an_unwritable_folder_fail(monkeypatch, tmp_path):
    bad = tmp_path / "spoken_digits.npz"
    bad.write_bytes(b"half")
    monkeypatch.setattr("mmcourse.files.course_file", lambda *parts: bad)
    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", lambda dir: (_ for _ in ()).throw(OSError(13, "denied")))
    lines = found(doctor.examine())
    assert "damaged" in lines["speech bank"].remedy
    assert "folder of your own" in lines["folder"].remedy


def test_it_answers_without_importing_tensorflow_or_keras():
    code = (
        "import sys; from mmcourse.cli import main; main(['doctor']); "
        "assert not {'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "tensorflow" in done.stdout


def test_the_command_exits_with_1_when_a_check_fails(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "examine", lambda: [doctor.Line("a", "fine"), doctor.Line("b", "bad", "mend it")])
    assert cli.main(["doctor"]) == 1
    assert capsys.readouterr().out == "OK    a            fine\nFAIL  b            bad; mend it\n1 of 2 checks failed\n"
