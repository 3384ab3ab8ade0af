"""Accuracy by what is there: against asking by hand, and the curve against draws and a numeric integral."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.integrate import quad

import mmcourse as mm
from mmcourse.evaluation import Availability, Score, accuracy, availability, dropped
from mmcourse.evaluation.subsets import _with_zeros
from tests.evaluation.worlds import healthy, strict, world
from tests.toys import Reader, toy_set


def made(values: dict[tuple[str, ...], float]) -> Availability:
    return Availability("", "test", "mean", {s: Score(v, v, v, 9) for s, v in values.items()}, dict.fromkeys(values))


def random_values(modalities: int) -> dict[tuple[str, ...], float]:
    rng, names = np.random.default_rng(modalities), "abcd"[:modalities]
    sets = [
        tuple(n for n, there in zip(names, row, strict=True) if there) for row in product([0, 1], repeat=len(names))
    ]
    return {s: rng.random() for s in sets}


def test_a_model_that_is_told_is_asked_with_the_others_absent():
    model, data = strict(allow_missing=True), world("redundant")
    found = availability(model, data)
    alone = model.predict({"text": data.test.x["text"]}, verbose=0).argmax(axis=1)
    assert found.scores["text",].value == np.mean(alone == data.test.y)
    assert found.scores[()].value == np.mean(data.test.y == data.majority())
    assert found.scores["image", "text"] == accuracy(model, data)
    assert found.ceilings["text",] == data.ceiling("text") and found.ceilings[()] is None
    assert "it is absent" in str(found) and "text" in found.to_json()


def test_one_that_is_not_told_sees_the_mean_or_zeros():
    model, data = healthy("redundant"), world("redundant")
    assert availability(model, data).scores["text",] == dropped(model, data, "image")
    x = {"image": np.zeros_like(data.test.x["image"]), "text": data.test.x["text"]}
    by_hand = np.mean(model.predict(x).argmax(axis=1) == data.test.y)
    found = availability(model, data, fill="zeros")
    assert found.scores["text",].value == by_hand and found.way == "zeros"


def test_zeros_and_absent_are_two_questions():
    class Told(Reader):
        """Without `a` it says 0 if it is told so, and 2 of zeros."""

        allow_missing = True

        def predict(self, x, **_):
            there = x.get("present", np.ones((len(x["a"]), 2), bool))
            return np.where(there[:, :1], x["a"] + [0, 0, 0.5], [1.0, 0, 0])

    data = toy_set()
    data = replace(data, test=data.test.take(np.flatnonzero(data.test.y == 2)))
    scores = {fill: availability(Told("a"), data, fill=fill).scores for fill in ("zeros", None)}
    assert scores["zeros"]["b",].value == 1 and scores[None]["b",].value == 0


@pytest.mark.parametrize("modalities", [1, 2, 3, 4])
def test_the_area_is_the_integral_of_the_curve(modalities):
    found = made(random_values(modalities))
    assert found.area == pytest.approx(quad(found.at, 0, 1)[0])


def test_the_curve_is_the_mean_over_draws_of_what_is_missing():
    values, rng = random_values(3), np.random.default_rng(0)
    there = rng.random((40000, 3)) > 0.3
    drawn = [values[tuple(n for n, t in zip("abc", row, strict=True) if t)] for row in there]
    assert made(values).at(0.3) == pytest.approx(np.mean(drawn), abs=5 * np.std(drawn) / 200)
    assert made(values).at(0) == values["a", "b", "c"] and made(values).at(1) == values[()]


def test_zeros_of_a_text_are_no_words():
    part = mm.Split({"text": np.array(["yes", "no"]), "b": np.ones((2, 3))}, np.arange(2))
    empty = _with_zeros(part, ["text"])
    assert empty.x["text"].tolist() == ["", ""] and empty.x["b"] is part.x["b"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: availability(Reader("a"), toy_set(), fill="ones"), 'fill must be None, "mean" or "zeros"'),
        (lambda: availability(Reader("a"), toy_set().with_missing(0.3)), "samples that have them all; toy lacks some"),
        (lambda: made(random_values(2)).at(1.5), r"in \[0, 1\], got 1.5"),
    ],
)
def test_bad_input_gets_one_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
