"""What is absent, and texts that are something else, are looked at; and honest sets are left alone."""

import numpy as np
import pytest

from mmcourse.data import from_arrays, from_folder
from mmcourse.data.own.absences import absences
from mmcourse.data.splits import Spec, Split
from tests.data.own.samples import ANIMALS, PHOTO, farm, farm_table, quiet, said, save_image, save_wave, table_of

RNG = np.random.default_rng(0)
SPECS = {"image": Spec((8, 8, 3), "uint8", "", ""), "text": Spec((), "str", "", "")}


def odd(present, y=None, classes=ANIMALS):
    """(kind, modality, rows) of each problem."""
    y = np.arange(len(present)) % 3 if y is None else y
    split = Split({"image": y, "text": y}, y, None, np.array(present, bool))
    return [(p.kind, p.file, len(p.rows)) for p in absences(SPECS, split, classes, np.arange(len(present)))]


def test_folders_of_modalities_are_no_classes(tmp_path):
    for name in ("images", "sounds"):
        (tmp_path / name).mkdir()
    for i in range(20):
        save_image(tmp_path / "images" / f"{i}.png", i)
        save_wave(tmp_path / "sounds" / f"{i}.wav", hertz=300 + 20 * i)
    (problem,) = quiet(from_folder, tmp_path, image_side=24).problems
    assert problem.rows == tuple(sorted(f"sounds/{i}" for i in range(20))) and "have nothing else" in problem.what


def test_files_that_find_no_partner_are_said(tmp_path):
    for path in farm(tmp_path).rglob("*.png"):
        save_wave(path.with_name(f"{path.stem}_audio.wav"), hertz=300 + 20 * int(path.stem))
    (problem,) = quiet(from_folder, tmp_path, image_side=24).problems
    assert len(problem.rows) == 30 and "30 of the 30 samples with 'audio'" in problem.what


def test_a_stray_text_in_each_class_is_said(tmp_path):
    for name in ANIMALS:
        (farm(tmp_path) / name / "readme.txt").write_text(f"about {name}")
    (problem,) = quiet(from_folder, tmp_path, image_side=24).problems
    assert problem.rows == tuple(f"{name}/readme" for name in ANIMALS)


def test_a_table_of_which_one_class_has_no_picture(tmp_path):
    lines = farm_table(tmp_path, 60)[1:]
    lines = [line[line.index(",") :] if i % 3 == 0 else line for i, line in enumerate(lines)]
    data = table_of(tmp_path, ["photo,note,animal", *lines], columns={**PHOTO, "note": "text"})
    (problem,) = data.problems
    assert "tells the label of 60" in problem.what and "'cow' has none" in problem.what
    assert problem.file == "photo" and problem.rows == tuple(range(1, 61, 3))


def test_whether_something_is_there_may_hang_together_with_the_label():
    """Surely is not often: three classes of which one has half, chance, a class of few, values to predict."""
    y = np.arange(120) % 3
    both = np.ones((120, 2))
    lacking = both.copy()
    lacking[y == 0, 0] = 0
    assert odd(lacking) == [("giveaway", "image", 40)] and odd(lacking, y / 2, None) == []
    lacking[:2, 0] = 1 - lacking[:2, 0]
    assert odd(lacking) == [("giveaway", "image", 40)], "two rows hide nothing"
    half, chance, few = both.copy(), both.copy(), both.copy()
    half[(y == 0) & (np.arange(120) % 2 == 0), 0] = 0
    chance[RNG.random(120) < 0.5, 0] = 0
    few[:15, 0] = 0
    assert [odd(each) for each in (both, half, chance)] == [[], [], []]
    assert odd(few, np.where(np.arange(120) < 15, 0, 1 + y % 2)) == []


def test_what_is_rare_but_paired_is_no_problem():
    rare = np.ones((120, 2))
    rare[4:, 0] = 0
    assert odd(rare) == []
    halves = np.ones((120, 2))
    halves[:50, 0], halves[50:100, 1] = 0, 0
    assert odd(halves) == [], "a sixth of them has both"


ODD = {
    "names of pictures": ([f"img/{i}.PNG" for i in range(30)], "are names of files"),
    "names of texts, two empty": ([f"{i}.txt" if i > 1 else "" for i in range(30)], "are names of files"),
    "decimal commas": ([f"{i},5" for i in range(30)], "are numbers"),
    "numbers, one lacking": (["n/a", *(f"-{i}.5e-3" for i in range(29))], "are numbers"),
}


@pytest.mark.parametrize("name", ODD)
def test_texts_that_are_none_are_said(name):
    texts, words = ODD[name]
    problem = said(quiet(from_arrays, {"x": texts}, np.arange(30) % 3).problems, words)
    assert problem.kind == "text" and len(problem.rows) >= 28


def test_texts_that_mention_files_and_numbers_are_texts():
    for say in ("see {}.png", "{} cows", "{}.5.2024", "the year {}", "cow.png and {}"):
        assert quiet(from_arrays, {"x": [say.format(i) for i in range(30)]}, np.arange(30) % 3).problems == ()
    some = [f"{i}" if i % 5 else f"{i} of them" for i in range(30)]
    assert quiet(from_arrays, {"x": some}, np.arange(30) % 3).problems == (), "four in five are numbers"
