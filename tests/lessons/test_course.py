"""The manifest: the one list of lessons, refused in one sentence where something is wrong with it."""

import re
from pathlib import Path

import pytest

import mmcourse as mm
from mmcourse.lessons import pages
from mmcourse.lessons.course import PARTS, course_folder, entries
from mmcourse.lessons.source import sources
from tests.lessons import toy

ROW = toy.MANIFEST.replace("{number}", "99")


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (ROW + ROW, "has the number 99 twice"),
        (ROW.replace("line =", "lines ="), "lesson 99: unknown key lines; the keys are number, name"),
        (ROW.replace('line = "six times seven"\n', ""), "lesson 99: missing key line"),
        (ROW.replace('"start"', '"begin"'), "there is no part 'begin'; the parts are start, one modality"),
        (ROW.replace("toy", "gone"), "lesson 99: notebooks/src/99_gone lacks lesson.py, exercises.py, wrong.py"),
        (ROW.replace("[[lesson]]", "[[lessons]]"), r"has tables \[\[lesson\]\] and \[\[planned\]\]; got lessons"),
        ("[[lesson", "course.toml cannot be read"),
    ],
)
def test_a_bad_manifest_is_one_sentence(course, manifest, words):
    (course / "notebooks" / "course.toml").write_text(manifest)
    with pytest.raises(ValueError, match=words) as caught:
        entries()
    assert "\n" not in str(caught.value)


def test_a_folder_without_exercises_is_one_sentence(course):
    (course / "notebooks" / "src" / "99_toy" / "exercises.py").unlink()
    with pytest.raises(ValueError, match=r"notebooks/src/99_toy lacks exercises\.py; a lesson's folder holds"):
        sources()


def test_what_a_lesson_needs_and_lacks_is_said(course):
    manifest = course / "notebooks" / "course.toml"
    manifest.write_text(ROW + 'needs = ["no_such_package", "numpy"]\n')
    assert entries()[0].absent().startswith("needs the package no_such_package")
    manifest.write_text(ROW + 'needs = ["numpy", "digits"]\n')
    assert entries()[0].absent() is None
    manifest.write_text(ROW + 'needs = ["pets"]\n')
    assert "needs the data set pets" in entries()[0].absent()


def test_unknown_and_planned_lessons_are_refused():
    with pytest.raises(ValueError, match="there is no lesson '99'; there are 00"):
        sources(["99"])
    with pytest.raises(ValueError, match="there is no lesson ''"):
        sources([""])
    assert [source.number for source in sources(["6", "00"])] == ["06", "00"]


def test_a_planned_lesson_is_said_to_be_planned(course):
    (course / "notebooks" / "course.toml").write_text(
        ROW.replace("[[lesson]]", "[[planned]]").replace("data = []\n", "")
    )
    with pytest.raises(ValueError, match="lesson 99 · toy is planned, not written"):
        sources(["99"])
    assert "99 · toy (planned)" in pages.lesson_map()


def test_every_lesson_named_in_the_package_and_linked_in_the_lessons_is_in_the_manifest():
    listed = {entry.number: entry for entry in entries()}
    named = {}
    for path in Path(mm.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for group in re.findall(r"\b[Ll]essons? ((?:\d\d(?:, | and | to |))+)", text):
            named |= dict.fromkeys(re.findall(r"\d\d", group), path)
    assert len(named) > 10 and set(named) <= set(listed), {n: p for n, p in named.items() if n not in listed}
    written = {entry.folder for entry in listed.values() if entry.written}
    for source in sources():
        text = source.path.read_text(encoding="utf-8")
        assert set(re.findall(r"\((\d\d_\w+)\.ipynb\)", text)) <= written, source.name


def test_the_map_has_every_part_and_lesson_and_the_folders_are_all_listed():
    table = pages.lesson_map()
    assert all(f"| {part} |" in table for part in PARTS)
    assert all(entry.title in table for entry in entries())
    folders = {path.name for path in course_folder("notebooks", "src").iterdir() if path.is_dir()}
    assert {name for name in folders if name[0].isdigit()} == {entry.folder for entry in entries() if entry.written}
