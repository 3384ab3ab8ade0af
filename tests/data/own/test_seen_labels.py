"""The label among the inputs: as a number, or as the name of the class within a text."""

import numpy as np
import pytest

from mmcourse.data import from_arrays
from tests.data.own.samples import ANIMALS, quiet

RNG = np.random.default_rng(0)
Y = np.arange(60) % 3
NAMES = np.array(ANIMALS)[Y]
NOISE = RNG.random((60, 3))


def told(x, y):
    return [problem for problem in quiet(from_arrays, {"x": x}, y).problems if problem.kind == "giveaway"]


@pytest.mark.parametrize("code", [Y, 2 - Y, Y + 0.5, 10 ** (2 - Y)])
def test_a_column_that_is_the_label_is_said(code):
    (problem,) = told(np.column_stack([NOISE, code]), NAMES)
    assert problem.what.startswith("column 3 is the label") and len(problem.rows) == 60
    assert told(code, NAMES)[0].what.startswith("it is the label"), "one column only"


def test_a_column_that_is_the_value_to_predict_is_said():
    values = RNG.normal(size=60)
    (problem,) = told(np.column_stack([NOISE, values]), values)
    assert problem.what.startswith("column 3 is the label")
    assert told(np.column_stack([NOISE, values + 0.01]), values) == []


@pytest.mark.parametrize(
    "column",
    [
        np.where(np.arange(60) == 0, 2, Y),  # one row is otherwise
        Y == 1,  # tells one class
        Y * 2 + np.arange(60) % 2,  # finer than the classes
        np.zeros(60),
        NOISE[:, 0],
    ],
)
def test_columns_that_may_be_honest_are_not(column):
    assert told(np.column_stack([NOISE, column]), NAMES) == []


def test_a_column_for_each_class_is_said_and_one_of_a_class_is_not():
    coded = np.hstack([NOISE, np.eye(3)[Y]])
    (problem,) = told(coded, Y)
    assert "columns 3, 4, 5 are the label" in problem.what and len(problem.rows) == len(Y)
    assert told(coded[:, :4], Y) == []  # a feature may well tell one class of the others


def test_of_few_rows_a_column_may_be_right_by_chance():
    few = np.arange(16) % 2
    assert told(few[:, None], few) == []


SAYS = {
    "in a caption": lambda i, name: f"a photo of a {name} on field {i}",
    "within a name": lambda i, name: f"farm_{name.upper()}_{i}",
    "within a word, once not": lambda i, name: f"{i} {name if i else 'ox'}s are on the farm",
}


@pytest.mark.parametrize("how", SAYS)
def test_the_name_of_a_class_within_each_text_is_said(how):
    texts = np.array([SAYS[how](i, name) for i, name in enumerate(NAMES.tolist())])
    (problem,) = told(texts, NAMES)
    assert "the name of its class, and of no other" in problem.what and len(problem.rows) == 60


def test_a_name_within_a_name_is_the_longer_one():
    people = np.array(["man", "woman", "old woman"])[Y]
    assert told(np.array([f"here is a {name} {i}" for i, name in enumerate(people)]), people) != []


HONEST = {
    "in nine of ten": lambda i, name: f"it is a {name if i % 10 else 'beast'} on field {i}",
    "all names": lambda i, name: f"number {i} is no hen or pig or cow",
    "the name of any class": lambda i, name: f"number {i} is near a {ANIMALS[i * 7 // 5 % 3]}",
}


@pytest.mark.parametrize("how", HONEST)
def test_names_of_classes_in_honest_texts_are_not(how):
    assert told(np.array([HONEST[how](i, name) for i, name in enumerate(NAMES)]), NAMES) == []


def test_names_of_one_or_two_letters_are_in_any_text():
    names = np.array(["a", "no", "on"])[Y]
    assert told(np.array([f"{i}: {name} is it" for i, name in enumerate(names)]), names) == []
