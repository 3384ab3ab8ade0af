"""Copies of samples over the splits are counted: a set of doubled rows has a score that is too good."""

import io

import numpy as np
import pytest

from mmcourse.data import from_arrays
from mmcourse.data.own.copies import _averages, copies, look, near
from mmcourse.data.sets.emoji import read_symbols
from mmcourse.data.splits import Spec, Split
from tests.data.own.samples import tone

SIDE = 32


def jpeg(picture, quality):
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def scaled(picture, side):
    from PIL import Image

    return np.asarray(Image.fromarray(picture).resize((side, side)).resize(picture.shape[:2]))


CHANGES = {
    "nothing": lambda p: p,
    "JPEG of quality 75": lambda p: jpeg(p, 75),
    "half the size and back": lambda p: scaled(p, SIDE // 2),
    "one half more and back": lambda p: scaled(p, SIDE * 3 // 2),
    "a little brighter": lambda p: np.clip(p * 1.02 + 3, 0, 255).astype(np.uint8),
    "one pixel wrong": lambda p: np.concatenate([[[*p[0, :1] * 0, *p[0, 1:]]], p[1:]]).astype(np.uint8),
}


def found(key, spec, *arrays):
    """(which splits, how many) of each problem."""
    splits = [Split({key: array}, np.zeros(len(array))) for array in arrays]
    return [
        (problem.what.split(" of ")[2], int(problem.what.split()[0]))
        for problem in copies({key: spec}, splits, [np.arange(len(array)) for array in arrays])
    ]


def smooth(number):
    """A picture of colours that run into each other, as photographs of nothing much."""
    from PIL import Image

    spots = np.random.default_rng(number).integers(0, 256, (5, 5, 3), np.uint8)
    return np.asarray(Image.fromarray(spots).resize((SIDE, SIDE), Image.Resampling.BICUBIC))


PICTURES = np.array([smooth(i) for i in range(60)])
PICTURE = Spec((SIDE, SIDE, 3), "uint8", "", "")


@pytest.mark.parametrize("change", CHANGES)
def test_pictures_that_look_the_same_are_found(change):
    changed = np.array([CHANGES[change](picture) for picture in PICTURES[:7]])
    assert found("x", PICTURE, PICTURES[:40], changed, PICTURES[40:]) == [("val look like one", 7)]


@pytest.mark.parametrize("quality", [75, 90])
def test_every_drawing_is_found_again_as_a_jpeg(quality):
    """Strong colours beside each other suffer most, and these have them; each is compared with its own copy alone."""
    drawings = read_symbols().image["noto"]
    before, after = look([drawings, np.array([jpeg(drawing, quality) for drawing in drawings])])
    rows = [slice(i, i + 1) for i in range(len(drawings))]
    assert all(near(tuple(m[row] for m in after), tuple(m[row] for m in before))[0] for row in rows)


def test_other_pictures_are_not():
    """Other drawings, noise, plain colours far enough apart, and 1797 handwritten digits."""
    from sklearn.datasets import load_digits

    digits = load_digits().images[..., None].astype(np.float32)
    noise = np.random.default_rng(0).integers(0, 256, (200, SIDE, SIDE, 3), np.uint8)
    plain = np.zeros((27, SIDE, SIDE, 3), np.uint8)
    plain += np.stack(np.meshgrid(*[[0, 100, 200]] * 3), -1).reshape(27, 1, 1, 3).astype(np.uint8)
    for pictures in (PICTURES, noise, plain, digits):
        third = len(pictures) // 3
        spec = Spec(pictures.shape[1:], str(pictures.dtype), "", "")
        assert found("x", spec, pictures[: 2 * third], pictures[2 * third :], pictures[:0]) == []


def test_averages_keep_a_plane_in_place():
    """Over a brightness that rises evenly, stretch i of n averages (i + 1/2) / n, whatever the number of pixels."""
    for length in (8, 11, 9, 64, 100):
        ramp = (np.arange(length) + 0.5) / length
        assert _averages(9, length) @ ramp == pytest.approx((np.arange(9) + 0.5) / 9, abs=0.5 / length)
        assert _averages(8, length).sum(axis=1) == pytest.approx(1)


def test_doubled_rows_are_said():
    """Each of 60 rows stands there twice; how many of val and test are in train too is counted from the rows."""
    rows = np.tile(np.arange(60), 2)
    pictures, texts = PICTURES[rows], np.array([f"text {row}" for row in rows])
    sounds = np.stack([tone(0.1, hertz=200 + 10 * row) for row in rows])
    with pytest.warns(UserWarning, match="the score is too good"):
        data = from_arrays({"picture": pictures, "text": texts, "sound": sounds}, rows % 2, rates={"sound": 8000})
    held = {name: [int(text.split()[1]) for text in data.split(name).x["text"]] for name in ("train", "val", "test")}
    pairs = [("train", "val"), ("train", "test"), ("val", "test")]
    counts = {pair: sum(row in held[pair[0]] for row in held[pair[1]]) for pair in pairs}
    assert min(counts.values()) > 0, "or the test would show nothing"
    for key in ("picture", "text", "sound"):
        said = {problem.what for problem in data.problems if problem.kind == "copies" and problem.file == key}
        words = "look like one of {}" if key == "picture" else "are in {} too"
        assert said == {
            f"{count} of the {len(held[new])} {key}s of {new} {words.format(known)}"
            for (known, new), count in counts.items()
        }


def test_copies_in_one_group_are_none():
    rows = np.tile(np.arange(60), 2)
    assert from_arrays({"picture": PICTURES[rows]}, rows % 2, groups=rows).problems == ()


def test_absent_pictures_are_no_copies(tmp_path):
    from mmcourse.data import from_table
    from tests.data.own.samples import farm_table

    lines = farm_table(tmp_path)
    lines = [lines[0], *(line[line.index(",") :] if i % 3 == 1 else line for i, line in enumerate(lines[1:]))]
    (tmp_path / "own.csv").write_text("\n".join(lines))
    assert from_table(tmp_path / "own.csv", {"photo": "image", "note": "text"}, label="animal").problems == ()


def test_copies_are_named_as_the_reader_calls_them(tmp_path):
    """By row in arrays, from 0; by class and name in a folder; each has its twin in the split that is said."""
    import re
    import shutil

    from mmcourse.data import from_folder
    from tests.data.own.samples import farm, quiet

    rows = np.tile(np.arange(60), 2)
    data = quiet(from_arrays, {"picture": PICTURES[rows], "text": np.array([f"text {row}" for row in rows])}, rows % 2)
    held = {name: set(data.split(name).x["text"].tolist()) for name in ("train", "val", "test")}
    farm(tmp_path)
    for path in sorted(tmp_path.rglob("*.png")):
        path.with_suffix(".txt").write_text(f"text {path.stem}")
        shutil.copy(path, path.with_stem(f"{path.stem} again"))
        shutil.copy(path.with_suffix(".txt"), path.with_name(f"{path.stem} again.txt"))
    folder = quiet(from_folder, tmp_path, image_side=24)
    there = {name: set(folder.split(name).x["text"].tolist()) for name in held}
    for problems, texts, name_of in (
        (data.problems, held, lambda row: f"text {row % 60}"),
        (folder.problems, there, lambda row: f"text {re.fullmatch('[a-z]+/([0-9]+)( again)?', row)[1]}"),
    ):
        assert len(problems) == 6
        for problem in problems:
            new, known = re.search(r"s of (\w+) .*?(train|val)", problem.what).groups()
            assert {name_of(row) for row in problem.rows} == texts[new] & texts[known]
