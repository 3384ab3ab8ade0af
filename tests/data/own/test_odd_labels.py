"""Labels, groups and splits that can be used and are not what they look like: each is said, or refused by its row."""

import time

import numpy as np
import pytest

from mmcourse.data import from_arrays, from_folder
from mmcourse.data.own.labels import doubts
from tests.data.own.samples import ANIMALS, quiet, save_image, table_of

NOTE, COUNT = {"note": "text"}, 30
LABELS = [ANIMALS[i % 3] for i in range(COUNT)]
SPLITS = ("train", "val", "test")


def loaded(tmp_path, labels, **columns):
    """A table of notes with these labels, and columns of which each is a group or a split."""
    cells = [
        [f"note {i}", label, *more] for i, (label, *more) in enumerate(zip(labels, *columns.values(), strict=True))
    ]
    lines = [",".join(["note", "animal", *columns]), *(",".join(f'"{cell}"' for cell in row) for row in cells)]
    return table_of(tmp_path, lines, columns=NOTE, **{name: name for name in columns})


def found(data):
    return [(problem.kind, problem.rows) for problem in data.problems]


@pytest.mark.parametrize("word", ["N/A", "NA", "None", "null", "#N/A", "?", "-", "-999", "#REF!"])
def test_a_class_that_is_a_word_for_a_missing_label_is_said(tmp_path, word):
    data = loaded(tmp_path, [word if i % 6 == 0 else label for i, label in enumerate(LABELS)])
    assert found(data) == [("label", (1, 7, 13, 19, 25))] and repr(word) in str(data.problems[0])


@pytest.mark.parametrize("names", [("none", "some", "all"), ("+", "-", "0"), ("unknown", "known", "no")])
def test_a_class_that_means_none_of_it_is_a_class(tmp_path, names):
    assert loaded(tmp_path, [names[i % 3] for i in range(COUNT)]).problems == ()


@pytest.mark.parametrize("word", ["N/A", "null", "-999"])
def test_a_group_that_is_a_word_for_none_is_said(tmp_path, word):
    data = loaded(tmp_path, LABELS, group=[word if i in (3, 8) else f"farm {i}" for i in range(COUNT)])
    assert found(data) == [("group", (4, 9))]


@pytest.mark.parametrize(
    "one, other", [("Kälbchen", "KÃ¤lbchen"), ("7", "007"), ("7", "7.0"), ("Straße", "STRASSE"), ("cow", "cow\u200b")]
)
def test_two_names_that_may_be_one_class_or_one_group_are_said(one, other):
    names = np.array([one, other, "12"])[np.arange(COUNT) % 3]
    data = quiet(from_arrays, {"x": np.arange(COUNT)}, names)
    assert [problem.kind for problem in data.problems] == ["class"]
    groups = [one, other, *(f"farm {i}" for i in range(2, COUNT))]
    data = quiet(from_arrays, {"x": np.arange(COUNT)}, np.arange(COUNT) % 3, groups=groups)
    same = other in ("7.0", "cow\u200b")  # such groups are taken as one
    assert [problem.kind for problem in data.problems] == ["group"] * (not same)


def test_one_person_in_three_splits_by_capitals_is_said_once(tmp_path):
    people = [("Ann", "ann", "ANN")[i // 10] + str(i % 10) for i in range(COUNT)]
    data = loaded(tmp_path, LABELS, group=people, split=[SPLITS[i // 10] for i in range(COUNT)])
    assert found(data) == [("group", tuple(range(1, 21)))]
    assert "19 more pairs" in str(data.problems[0])


def test_a_letter_that_was_lost_is_said(tmp_path):
    data = loaded(tmp_path, [label.replace("cow", "K\ufffdlbchen") for label in LABELS])
    assert found(data) == [("class", tuple(range(1, COUNT, 3)))]


def test_numbers_with_a_comma_are_said_where_they_become_classes(tmp_path):
    data = loaded(tmp_path, [f"{i % 5},5" if i % 5 else "4" for i in range(COUNT)])
    assert data.classes == ("1,5", "2,5", "3,5", "4", "4,5") and "write a point for the comma" in str(data.problems[0])
    assert found(data) == [("label", ())]


@pytest.mark.parametrize("own", [False, True])
def test_a_word_among_values_to_predict_is_named(tmp_path, own):
    values = [f"{i * 0.37:.2f}" for i in range(COUNT)]
    values[7] = "n/a"
    with pytest.raises(ValueError, match="29 of 30 labels are numbers with a fraction, row 8 has 'n/a'; give it a n"):
        loaded(tmp_path, values, **({"split": [SPLITS[i % 3] for i in range(COUNT)]} if own else {}))


def test_versions_and_a_word_are_classes(tmp_path):
    names = ("3.10", "3.11", "3.12", "3.13", "other")
    assert loaded(tmp_path, [names[i % 5] for i in range(COUNT)]).problems == ()


@pytest.mark.parametrize("names", [("0.5", "1.0", "2.0"), ("1", "2", "10"), ("1", "1.0", "2")])
def test_folders_are_classes_whatever_they_are_called(tmp_path, names):
    for i in range(COUNT):
        (tmp_path / names[i % 3]).mkdir(exist_ok=True)
        save_image(tmp_path / names[i % 3] / f"{i}.png", i)
    data = quiet(from_folder, tmp_path)
    assert data.classes == names
    assert [problem.kind for problem in data.problems] == ["class"] * ({"1", "1.0"} <= {*names})


def test_values_without_any_difference_are_said():
    data = quiet(from_arrays, {"x": np.arange(COUNT)}, np.full(COUNT, 0.5))
    assert [str(p) for p in data.problems] == [
        "all labels are 0.5, so there is nothing to predict; bring samples with other labels"
    ]


def test_a_class_of_one_sample_is_said_with_own_splits(tmp_path):
    labels, split = LABELS.copy(), [SPLITS[i // 3 % 3] for i in range(COUNT)]
    labels[1] = "yak"
    assert found(loaded(tmp_path, labels, split=split)) == [("class", (2,))]


def test_a_split_of_another_name_is_named(tmp_path):
    split = [("train", "validation", "test")[i % 3 if i % 5 == 0 else 0 if i % 2 else 2] for i in range(COUNT)]
    with pytest.raises(ValueError, match=r"no row is of the split 'val'. row 11: 'validation' is no split"):
        loaded(tmp_path, LABELS, split=split)


def test_many_classes_with_twins_take_time_in_proportion():
    def seconds(count):
        names = tuple(sorted(f"{'Ll'[i % 2]}ab{i // 2}" for i in range(count)))
        before = time.process_time()
        assert len(doubts(np.arange(count), names, np.arange(count))) == count // 2
        return time.process_time() - before

    assert seconds(16_000) < 8 * seconds(4000) + 0.5
