"""`mmcourse data verify`: a line for each thing that is here, and one damaged thing does not hide the others."""

import json

import pytest

from mmcourse import cli
from mmcourse.data import load, verify
from mmcourse.data.fetching.sources import SOURCES
from mmcourse.files import course_file


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty folder of downloads, and embedded sets that cost no time."""
    monkeypatch.setenv("MMCOURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(verify, "_embedded_fault", lambda name: "")
    return tmp_path / "cache"


def lines(capsys, status):
    """name -> line of what `verify` prints, after checking what it returns."""
    assert cli.main(["data", "verify"]) == status
    return {line.split()[1].rstrip(":"): line for line in capsys.readouterr().out.splitlines()}


def test_all_is_well_in_a_fresh_clone(cache, capsys):
    assert set(lines(capsys, 0)) == {name for name, source in SOURCES.items() if not source.files} | {"small_encoders"}


def test_embedded_sets_are_compared_with_their_cards(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("MMCOURSE_CACHE", str(tmp_path))
    said = lines(capsys, 0)
    assert all(said[name].startswith("OK") for name in ("digits", "scenes", "find", "motion"))
    monkeypatch.setattr(verify, "load", lambda name: load(name, seed=1))
    monkeypatch.setattr(verify, "SOURCES", {name: SOURCES[name] for name in ("digits", "scenes")})
    said = lines(capsys, 1)
    assert "FAIL scenes: gives" in said["scenes"] and said["small_encoders"].startswith("OK")


@pytest.mark.parametrize("damage", ["changed", "gone", "folder"])
def test_the_small_encoders_are_checked(cache, tmp_path, capsys, monkeypatch, damage):
    place = tmp_path / "data"
    place.mkdir()
    for name in ("small_encoders.md", "small_encoders.npz"):
        (place / name).write_bytes(course_file("data", name).read_bytes())
    monkeypatch.setattr(verify, "course_file", lambda *parts: tmp_path.joinpath(*parts))
    assert lines(capsys, 0)["small_encoders"].startswith("OK")
    path = place / "small_encoders.npz"
    content = path.read_bytes()
    path.unlink()
    if damage == "changed":
        path.write_bytes(content[:-1] + b"?")
    elif damage == "folder":
        path.mkdir()
    said = lines(capsys, 1)
    assert said["small_encoders"].startswith("FAIL") and "git checkout -- data" in said["small_encoders"]
    assert said["digits"].startswith("OK")


@pytest.mark.parametrize("damage", ["changed", "folder", "link to nowhere"])
def test_a_download_that_is_not_the_file_is_a_line(cache, capsys, damage):
    """A folder in a file's place once ended the whole check."""
    path = verify.file_path("pets", SOURCES["pets"].files["oxford_iiit_pet"][0])
    path.parent.mkdir(parents=True)
    if damage == "changed":
        path.write_bytes(b"?")
    elif damage == "folder":
        path.mkdir()
    else:
        path.symlink_to(path.parent / "nowhere")
    said = lines(capsys, 1)
    assert said[str(path)] == f"FAIL {path}: is damaged; delete it, then: mmcourse data get pets"
    assert said["small_encoders"].startswith("OK")


INFO = {
    "name": "mnist",
    "fileFormat": "tfrecord",
    "splits": [
        {"name": "train", "numBytes": "100", "shardLengths": ["3", "2"]},
        {"name": "test", "numBytes": "50", "shardLengths": ["5"]},
    ],
}
FILES = {
    "mnist-train.tfrecord-00000-of-00002": 90,
    "mnist-train.tfrecord-00001-of-00002": 60,
    "mnist-test.tfrecord-00000-of-00001": 130,
}


@pytest.fixture
def prepared(cache):
    """A set as TensorFlow Datasets leaves it; its files have a frame of 16 bytes around each sample."""
    folder = cache / "mnist" / "3.0.1"
    folder.mkdir(parents=True)
    (folder / "dataset_info.json").write_text(json.dumps(INFO))
    for name, size in FILES.items():
        (folder / name).write_bytes(bytes(size))
    return folder


def test_a_prepared_set_is_whole(prepared, capsys):
    (prepared.parent / "3.0.1.incompleteXYZ").mkdir()
    (prepared.parent / "incomplete.XYZ_3.0.1").mkdir()
    said = lines(capsys, 0)
    assert said[str(prepared)] == f"OK   {prepared}" and not any("ncomplete" in name for name in said)


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("dataset_info.json", None, "has no dataset_info.json"),
        ("dataset_info.json", b"", "has a damaged dataset_info.json"),
        ("dataset_info.json", b"\xff\xfe", "has a damaged dataset_info.json"),
        ("dataset_info.json", json.dumps(INFO)[:-30].encode(), "has a damaged dataset_info.json"),
        ("dataset_info.json", b"[1, 2]", "has a damaged dataset_info.json"),
        ("dataset_info.json", json.dumps({**INFO, "splits": []}).encode(), "with the splits none"),
        ("dataset_info.json", json.dumps({**INFO, "name": "cifar10"}).encode(), "of 'cifar10'"),
        ("mnist-train.tfrecord-00001-of-00002", None, "lacks mnist-train.tfrecord-00001-of-00002"),
        ("mnist-train.tfrecord-00001-of-00002", b"", "has 90 bytes of train, its dataset_info.json says 100"),
    ],
)
def test_a_prepared_set_that_is_not_whole_is_a_line(prepared, capsys, name, content, words):
    path = prepared / name
    path.unlink() if content is None else path.write_bytes(content)
    line = lines(capsys, 1)[str(prepared)]
    assert line.startswith(f"FAIL {prepared}: ") and words in line
    assert line.endswith("; delete it, then: mmcourse data get av_mnist")


def test_a_folder_in_place_of_the_info_is_a_line(prepared, capsys):
    (prepared / "dataset_info.json").unlink()
    (prepared / "dataset_info.json").mkdir()
    assert "has no dataset_info.json" in lines(capsys, 1)[str(prepared)]
