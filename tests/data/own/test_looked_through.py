"""What can be read and is wrong all the same: samples that show nothing, texts that tell the label, slipped columns."""

import warnings

import numpy as np
import pytest

from mmcourse.data import from_arrays
from mmcourse.data.own.problems import Problem
from mmcourse.data.own.shifts import slipped
from tests.data.own.samples import PHOTO, farm_table, quiet, table_of, tone

RNG = np.random.default_rng(0)
Y = RNG.integers(0, 3, 120)
WORDS = np.array(["fox dog owl", "elm oak fir", "tin zinc iron"])


def found(kind, arrays, labels=Y, **options):
    return [problem for problem in quiet(from_arrays, arrays, labels, **options).problems if problem.kind == kind]


MARKS = {
    "a code before": lambda y, i: f"{'KLM'[y]}{1000 + i} a note",
    "a code in brackets behind": lambda y, i: f"a note on it ({'KLM'[y]}{i})",
    "the name of a file": lambda y, i: f"{('cats', 'dogs', 'owls')[y]}/{i}.png",
    "a number whose first digit is the class": lambda y, i: f"{y + 1}{i:03}",
    "a word of its own in Chinese": lambda y, i: f"{'甲乙丙'[y]}{i} 一张图",
    "the class and nothing else": lambda y, i: ("cat", "dog", "owl")[y],
}


@pytest.mark.parametrize("mark", MARKS)
def test_texts_that_tell_the_label(mark):
    texts = np.array([MARKS[mark](y, i) for i, y in enumerate(Y)])
    (problem,) = found("giveaway", {"text": texts})
    assert problem.file == "text" and problem.rows == tuple(range(120)) and "word" in problem.what
    few = np.where(np.arange(120) < 3, Y[::-1], Y)
    assert found("giveaway", {"text": texts}, few), "a few wrong labels hide nothing"


def test_texts_that_tell_no_more_than_texts_do():
    """Words that belong to a class, nine times in ten; marks too rare to tell; the same word everywhere; one class."""
    noisy = np.where(RNG.random(120) < 0.9, Y, RNG.permutation(Y))
    words = np.array([RNG.choice(WORDS[y].split()) for y in noisy])
    numbered = np.array([f"note {i} of {120 + i}" for i in range(120)])
    own = np.array([f"{i * 7919 % 1000:03} says who" for i in range(120)])
    for texts in (words, numbered, own, np.full(120, "note")):
        assert found("giveaway", {"text": texts}) == []
    assert found("giveaway", {"text": words}, np.zeros(120, int)) == []
    assert found("giveaway", {"text": words}, np.linspace(0, 1, 120)) == []


def test_slipped_finds_a_step_and_no_chance():
    """Exactly where it is, for steps without noise; on 2000 columns of chance, and where rows fit, never."""
    for start in (0, 40, 150):
        assert slipped(np.where(np.arange(200) < start, -1, 1)) == start
    assert slipped(np.full(200, -1)) is None and slipped(np.zeros(200, int)) is None
    assert slipped(np.where(np.arange(200) < 195, -1, 1)) is None, "five rows are no evidence"
    chances = RNG.choice([-1, 0, 0, 1], (2000, 200))
    assert sum(slipped(row) is not None for row in chances) == 0


def columns(y):
    """Texts, pictures, sounds and numbers that tell the label, each by one example in four wrongly."""
    n = len(y)
    shown = [np.where(RNG.random(n) < 0.75, y, RNG.integers(0, 3, n)) for _ in range(4)]
    pictures = RNG.integers(0, 150, (n, 12, 12, 3), np.uint8)
    pictures[np.arange(n), :, :, shown[1]] += 60
    sounds = np.stack([tone(0.2, hertz=300 * 2**k) for k in range(3)])[shown[2]] + RNG.normal(0, 0.05, (n, 1600))
    return {
        "text": np.array([f"{RNG.choice(WORDS[k].split())} {RNG.integers(99)}" for k in shown[0]]),
        "picture": pictures,
        "sound": sounds,
        "numbers": np.eye(3)[shown[3]] + RNG.normal(0, 0.3, (n, 3)),
    }


def test_columns_that_slip_are_found_and_no_others():
    """Each in turn, up and down by a row from row 250 of 400 on; in order nothing, sorted by class nothing."""
    y = RNG.integers(0, 3, 400)
    whole = columns(y)
    assert found("shift", whole, y, rates={"sound": 8000}) == []
    for key, array in whole.items():
        for step, neighbour in ((1, "before"), (-1, "after")):
            moved = np.concatenate([array[:250], np.roll(array, step, axis=0)[250:]])
            (problem,) = found("shift", {**whole, key: moved}, y, rates={"sound": 8000})
            assert problem.file == key and f"of the row {neighbour} better" in problem.what
            assert abs(problem.rows[0] - 250) < 25 and problem.rows[-1] == 399
    order = np.argsort(y, kind="stable")
    assert found("shift", {key: array[order] for key, array in whole.items()}, y[order], rates={"sound": 8000}) == []


def test_a_slipped_column_of_labels_shows_in_every_modality():
    y = RNG.integers(0, 3, 400)
    whole = columns(y)
    labels = np.concatenate([y[:200], y[199:-1]])
    problems = found("shift", whole, labels, rates={"sound": 8000})
    assert [problem.file for problem in problems] == list(whole)
    assert all("of the row after" in problem.what for problem in problems)


@pytest.mark.parametrize("count", [10, 43, 100])
def test_few_rows_and_constant_columns_are_no_error(count):
    x = {"text": np.full(count, "same"), "x": np.zeros((count, 2)), "flag": np.ones(count, bool)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = quiet(from_arrays, x, np.arange(count) % 2)
    assert {problem.kind for problem in data.problems} <= {"copies"}


def test_texts_without_a_letter_are_no_error():
    for texts in (["", "?"] * 60, [""] * 120):
        assert found("shift", {"text": np.array(texts)}, Y) == []


def test_what_shows_nothing_is_said_and_what_is_absent_is_not(tmp_path):
    lines = farm_table(tmp_path)
    lines[4] = lines[4].replace("3.png", "")
    data = table_of(tmp_path, lines, columns={**PHOTO, "note": "text"})
    assert data.problems == ()
    whites = np.full((20, 8, 8, 3), 255, np.uint8)
    (problem,) = found("picture", {"x": whites}, np.arange(20) % 2)
    assert problem.what == "20 of the 20 pictures are of one colour only" and len(problem.rows) == 20
    floats = RNG.random((20, 8, 8, 1)).astype("f4")
    floats[3] = 0.5
    waves = np.stack([tone(0.1, hertz=300 + i) for i in range(20)])
    waves[[5, 6]] = 0.1
    problems = quiet(from_arrays, {"x": floats, "s": waves}, np.arange(20) % 2, rates={"s": 8000}).problems
    assert [(p.kind, p.file, p.rows) for p in problems if p.kind in ("picture", "sound")] == [
        ("picture", "x", (3,)),
        ("sound", "s", (5, 6)),
    ]


def test_rows_are_printed_shortly():
    for rows, words in [
        ((), "photo: w; r"),
        ((7,), "row 7, photo: w; r"),
        ((7, 9), "rows 7, 9, photo: w; r"),
        ((1, 2, 3, 4, 5), "rows 1, 2, 3 and 2 more, photo: w; r"),
        (("cow/1", "hen/2"), "cow/1, hen/2, photo: w; r"),
    ]:
        assert str(Problem("picture", "photo", None, "w", "r", rows)) == words
    assert Problem("picture", "photo", 3, "w", "r").rows == (3,)


def test_a_long_table_is_judged_by_some_of_its_rows():
    y = RNG.integers(0, 3, 6000)
    texts = np.array(
        [f"{RNG.choice(WORDS[k].split())} {i}" for i, k in enumerate(np.where(RNG.random(6000) < 0.7, y, 0))]
    )
    assert found("shift", {"text": texts}, y) == []
    (problem,) = found("shift", {"text": np.concatenate([texts[:4000], texts[3999:-1]])}, y)
    assert abs(problem.rows[0] - 4000) < 100 and problem.rows[-1] == 5999
