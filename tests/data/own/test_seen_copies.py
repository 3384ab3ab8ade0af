"""Copies in other numbers than pictures and sounds, in pictures of another order, and texts equal but for form."""

import unicodedata

import numpy as np
import pytest

from mmcourse.data import from_arrays
from mmcourse.data.own.copies import pictured
from tests.data.own.samples import painted, quiet

RNG = np.random.default_rng(0)
HALF = np.tile(np.arange(60), 2)
PICTURES = np.stack([painted(i) for i in range(60)])


def found(x, kind="copies"):
    problems = quiet(from_arrays, {"x": x}, HALF[: len(x)] % 3).problems
    return [problem for problem in problems if problem.kind == kind]


TWICE = {
    "greys": PICTURES.mean(axis=-1).astype(np.uint8),
    "greys of floats": np.float32(PICTURES.mean(axis=-1) / 255),
    "channels first": PICTURES.transpose(0, 3, 1, 2),
    "channels first, floats": np.float32(PICTURES.transpose(0, 3, 1, 2)) / 255,
    "a table": RNG.random((60, 8)),
    "a table with codes": np.column_stack([RNG.random((60, 3)), np.arange(60) % 2, np.zeros(60)]),
    "sequences": RNG.normal(size=(60, 10, 4)),
}


@pytest.mark.parametrize("name", TWICE)
def test_rows_that_stand_twice_are_said(name):
    problems = found(TWICE[name][HALF])
    assert len(problems) == 3, "val with train, test with each of them"
    for problem in problems:
        assert 0 < len(problem.rows) < 24 and problem.what.startswith(f"{len(problem.rows)} of the 24 ")
    assert found(np.concatenate([TWICE[name]] * 2)[:60]) == [], "each once"


def test_bytes_in_another_order_are_looked_at_as_pictures():
    """A copy that is a little brighter, and a picture of one colour."""
    for order in (PICTURES.mean(axis=-1).astype(np.uint8), PICTURES.transpose(0, 3, 1, 2)):
        brighter = np.concatenate([order, np.minimum(order, 250) + np.uint8(2)])
        assert len(found(brighter)) == 3
        plain = order.copy()
        plain[7] = 90
        (problem,) = found(plain, "picture")
        assert problem.rows == (7,)
    for other in (
        PICTURES,
        PICTURES[:, :4, :4, 0],
        PICTURES[:, 0, 0],
        PICTURES[:, 0, 0, 0],
        np.zeros((5, 2, 9, 9), "u1"),
    ):
        assert pictured(other) is other


ZEROS = np.where(np.arange(120)[:, None] % 2, 0, RNG.random((120, 5)))
HONEST = {
    "few different numbers": RNG.integers(0, 3, (120, 4)).astype(float),
    "steps of a tenth": np.round(RNG.normal(5, 0.8, (120, 3)), 1),
    "levels of an experiment": RNG.random((6, 5))[np.arange(120) % 6],
    "nothing measured in half of them": ZEROS,
    "one of each": np.eye(26)[RNG.integers(0, 26, (120, 2))],
    "words counted": (RNG.random((120, 300)) < 0.01).astype(float),
    "two columns": RNG.random((60, 2))[HALF],
    "whole numbers": RNG.integers(0, 9, (60, 4))[HALF],
    "smooth curves that look alike": 5 + RNG.normal(0, 0.01, (120, 32, 32)),
}


@pytest.mark.parametrize("name", HONEST)
def test_numbers_that_repeat_themselves_are_no_copies(name):
    assert found(HONEST[name]) == []


FORMS = {
    "accents": lambda text: unicodedata.normalize("NFD", text),
    "capitals": str.upper,
    "spaces": lambda text: text.replace(" ", "  "),
    "a last point": lambda text: f"{text}.",
    "wide letters": lambda text: "".join(chr(ord(c) + 0xFEE0) if "0" <= c <= "9" else c for c in text),
}


@pytest.mark.parametrize("form", FORMS)
def test_texts_that_are_equal_but_for_their_form_are_copies(form):
    texts = [f"Grüße von {row}" for row in range(60)]
    assert len(found([*texts, *map(FORMS[form], texts)])) == 3


def test_other_words_are_other_texts():
    assert found([f"note {row} is {'good' if row < 60 else 'not good'}" for row in range(120)]) == []
    assert found([f"{'.' * (row + 1)}" for row in range(40)]) == []
