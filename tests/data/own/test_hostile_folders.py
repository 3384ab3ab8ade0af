"""Folders and archives as people have them: no class is lost in silence, nothing is written, no exit is found."""

import os
import unicodedata
import zipfile

import pytest

from mmcourse.data import from_folder
from mmcourse.data.own import archives
from mmcourse.data.own.archives import unpacked
from mmcourse.data.own.array_files import read_npz
from mmcourse.data.own.paths import inside
from mmcourse.data.own.problems import Unreadable
from tests.data.own.samples import (
    ANIMALS,
    farm,
    farm_table,
    image_bytes,
    quiet,
    right_colours,
    rows_of,
    said,
    save_image,
    table_of,
)


def test_classes_that_lie_deeper_are_not_lost(tmp_path):
    """`train/cow` beside `pig` once gave a set without cows."""
    farm(tmp_path / "own" / "train", 20, ["cow"])
    farm(tmp_path / "own", 10, ["pig"])
    with pytest.raises(ValueError, match="own: 20 files lie too deep, 20 of them in train/cow; expected folder/class"):
        from_folder(tmp_path / "own")


def test_ready_made_splits_are_refused_with_what_to_do(tmp_path):
    for name in ("train", "test"):
        farm(tmp_path / name)
    with pytest.raises(ValueError, match="train, val and test are drawn here, so put theirs together"):
        from_folder(tmp_path)


@pytest.mark.parametrize("around", [[], ["animals"], ["more", "animals"]])
def test_folders_around_the_classes_are_passed_through(tmp_path, around):
    data = from_folder(farm(tmp_path / "own"))
    folder = tmp_path / "again"
    farm(folder.joinpath(*around))
    again = from_folder(folder)
    assert again.fingerprint() == data.fingerprint() and again.classes == ANIMALS and again.problems == ()


@pytest.mark.parametrize("around", ["", "animals/"])
def test_a_zip_is_the_folder_it_holds(tmp_path, around):
    """With one folder at its top or none, the rubbish of some systems beside it, and a cell run twice."""
    folder = farm(tmp_path / "own")
    with zipfile.ZipFile(tmp_path / "own.ZIP", "w") as archive:
        archive.writestr("__MACOSX/animals/cow/._0.png", b"\0\5\x16\7")
        archive.writestr(f"{around}.DS_Store", b"\0")
        for path in sorted(folder.rglob("*.png")):
            archive.write(path, around + path.relative_to(folder).as_posix())
    before = sorted(tmp_path.iterdir())
    for _ in range(2):
        data = from_folder(tmp_path / "own.ZIP")
        assert data.fingerprint() == from_folder(folder).fingerprint() and data.problems == ()
    assert sorted(tmp_path.iterdir()) == before


def test_a_zip_with_backslashes_as_some_programs_write_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "own.zip", "w") as archive:
        for i in range(30):
            info = zipfile.ZipInfo("x")
            info.filename = f"{ANIMALS[i % 3]}\\{i}.png"
            archive.writestr(info, image_bytes(i))
    assert right_colours(from_folder(tmp_path / "own.zip"))


def test_what_programs_leave_behind_is_no_sample(tmp_path):
    farm(tmp_path)
    clean = from_folder(tmp_path)
    for place in (".ipynb_checkpoints", "__MACOSX", "cow/.ipynb_checkpoints", "cow/__MACOSX", ".git"):
        (tmp_path / place).mkdir()
        save_image(tmp_path / place / "1-checkpoint.png", 1)
    for name in ("Thumbs.db", "cow/Thumbs.db", "desktop.ini", ".DS_Store", "cow/.DS_Store", "cow/._3.png"):
        (tmp_path / name).write_bytes(b"\0\1\2")
    data = from_folder(tmp_path)
    assert data.fingerprint() == clean.fingerprint() and data.problems == ()


def test_files_that_are_no_samples_are_said(tmp_path):
    farm(tmp_path)
    (tmp_path / "README.md").write_text("about")
    save_image(tmp_path / "beside.png", 1)
    (tmp_path / "cow" / "film.mov").write_bytes(b"?")
    save_image(tmp_path / "cow" / "0.jpg", 3)
    (tmp_path / "empty").mkdir()
    (tmp_path / "cow" / "turn").symlink_to(tmp_path / "cow")
    (tmp_path / "more").symlink_to(tmp_path / "hen")
    data = quiet(from_folder, tmp_path)
    assert right_colours(data) and len(list(rows_of(data))) == 30
    for file, words in [
        ("README.md", "lies beside the class folders, left out"),
        ("beside.png", "lies beside the class folders, left out"),
        ("cow/film.mov", "is of no known kind"),
        ("cow/0.png", "is a second image of this sample"),
        ("empty", "is an empty folder"),
        ("cow/turn", "is a link, left out"),
        ("more", "is a link, left out"),
    ]:
        assert said(data.problems, f"{file}: {words}")
    assert len(data.problems) == 7


def test_a_class_of_unknown_files_is_not_lost_in_silence(tmp_path):
    farm(tmp_path)
    (tmp_path / "yak").mkdir()
    (tmp_path / "yak" / "1.heic").write_bytes(b"?")
    with pytest.raises(ValueError, match="the class 'yak' has no file of a known kind"):
        from_folder(tmp_path)


def test_links_in_a_folder_do_not_end_the_load(tmp_path):
    cows = farm(tmp_path / "own") / "cow"
    (cows / "a.png").symlink_to(cows / "b.png")
    (cows / "b.png").symlink_to(cows / "a.png")
    (cows / "lost.png").symlink_to(cows / "nowhere.png")
    save_image(tmp_path / "secret.png", 60)
    (cows / "out.png").symlink_to(tmp_path / "secret.png")
    data = quiet(from_folder, tmp_path / "own")
    assert len(list(rows_of(data))) == 30 and right_colours(data)
    assert said(data.problems, "cow/out.png: 'cow/out.png' leads out of").remedy == "bring the file inside it"
    for name in ("a", "b", "lost", "out"):
        assert said(data.problems, f"cow/{name}.png: ") and said(
            data.problems, f"cow/{name}: nothing of it can be read"
        )


def test_endings_in_capitals_and_accents_in_two_encodings_are_one_sample(tmp_path):
    for i in range(30):
        place = tmp_path / ANIMALS[i % 3]
        place.mkdir(exist_ok=True)
        save_image(place / (unicodedata.normalize("NFD", f"é{i}") + ".PNG"), i)
        (place / (unicodedata.normalize("NFC", f"é{i}") + ".Txt")).write_text(f"note {i}")
    data = from_folder(tmp_path)
    assert len(list(rows_of(data))) == 30 and data.train.present is None and right_colours(data)


def test_a_table_names_files_in_either_encoding_of_accents(tmp_path):
    lines = farm_table(tmp_path)
    (tmp_path / "3.png").rename(tmp_path / unicodedata.normalize("NFD", "é.png"))
    lines[4] = unicodedata.normalize("NFC", "é.png") + ",x,cow"
    assert table_of(tmp_path, lines).problems == ()


def test_nothing_is_written_in_the_readers_folder(tmp_path):
    """So that it may be read-only: a file made for a moment would change the time of its folder."""
    farm(tmp_path / "own")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for path in (tmp_path / "own").rglob("*.png"):
            archive.write(path, path.relative_to(tmp_path / "own"))
    before = {path: path.stat().st_mtime_ns for path in [tmp_path, *tmp_path.rglob("*")]}
    from_folder(tmp_path / "own")
    from_folder(tmp_path / "x.zip")
    assert {path: path.stat().st_mtime_ns for path in [tmp_path, *tmp_path.rglob("*")]} == before


def test_a_folder_that_may_not_be_opened_is_named(tmp_path, monkeypatch):
    farm(tmp_path / "own")
    look = os.scandir

    def scandir(path):
        if str(path).endswith("cow"):
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(ValueError, match=r"cow cannot be read .Permission denied.; see that it may be opened"):
        from_folder(tmp_path / "own")


def test_names_that_are_no_text_are_printed_all_the_same(tmp_path):
    """File names are bytes: some are no characters, some have line ends."""
    cows = farm(tmp_path / "own") / "cow"
    (cows / os.fsdecode(b"\xff.xyz")).write_text("?")
    (cows / "a\nb.xyz").write_text("?")
    (cows / "0.png").rename(cows / os.fsdecode(b"\xfe.png"))
    data = quiet(from_folder, tmp_path / "own")
    assert data.classes == ANIMALS and len(list(rows_of(data))) == 30 and len(data.problems) == 2
    assert all("\n" not in str(problem) and str(problem).encode() for problem in data.problems)


def test_a_link_out_of_the_folder(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "work" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(Unreadable, match="leads out of"):
        inside(tmp_path / "work", "link")


def member(name, content=b"x", attributes=0):
    info = zipfile.ZipInfo("x")
    info.filename, info.external_attr = name, attributes
    return info, content


@pytest.mark.parametrize(
    "members, words",
    [
        ([member("link", b"/etc/passwd", 0o120777 << 16)], "'link' is a link; pack the file itself"),
        ([member("/tmp/evil.txt")], "leads out of the folder"),
        ([member("a/../../evil.txt")], "leads out of the folder"),
        ([member("..\\evil.txt")], "leads out of the folder"),
        ([member("C:\\evil.txt")], "leads out of the folder"),
        ([member("cow/1.txt"), member("cow/1.txt", b"y")], "'cow/1.txt' is in it 2 times"),
        ([member("cow\\1.txt"), member("cow/1.txt", b"y")], "'cow/1.txt' is in it 2 times"),
        ([member("cow"), member("cow/1.txt")], "cannot be unpacked"),
        ([member("x" * 5000)], "cannot be unpacked"),
        ([member("zeros", bytes(30_000_000))], "looks like a zip bomb"),
        ([], "has no files like class/sample"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_archives_that_are_refused(tmp_path, monkeypatch, members, words):
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in members:
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    with pytest.raises(ValueError, match=words):
        from_folder(tmp_path / "a.zip")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip", "temporary"]


def test_archives_of_very_many_files_and_bombs_of_arrays(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.npy", bytes(30_000_000))
    with pytest.raises(ValueError, match="looks like a zip bomb"):
        read_npz(tmp_path / "a.npz")
    monkeypatch.setattr(archives, "MEMBERS", 3)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for i in range(4):
            archive.writestr(f"{i}", b"")
    with pytest.raises(ValueError, match="unpacks to 4 files"), unpacked(tmp_path / "b.zip"):
        pass
