"""Facts of captions that were written from known factors, and of captions whose count can be done by hand."""

import math

import numpy as np
import pytest

from mmcourse.data.making import captions as words
from mmcourse.data.making.sprites import SHAPES
from mmcourse.evaluation import facts_of, factual

N = 400
TABLES = {"colour": words.COLOURS, "texture": words.TEXTURES, "size": words.SIZES, "place": words.PLACES}
NAMES = {**{factor: list(table) for factor, table in TABLES.items()}, "shape": list(SHAPES)}


def written(seed: int = 0):
    """Captions and the factors they were written from."""
    rng = np.random.default_rng(seed)
    truth = {factor: rng.integers(0, len(names), N) for factor, names in NAMES.items()}
    nouns = [words.shape_nouns(SHAPES[shape]) for shape in truth["shape"]]
    return [str(caption) for caption in words.write(truth, nouns, rng)], truth


def test_every_fact_of_a_written_caption_is_read_and_no_other():
    captions, truth = written()
    for i, caption in enumerate(captions):
        found = facts_of(caption)
        assert {"shape", "colour"} <= set(found), "every template has both"
        assert found == {factor: {NAMES[factor][truth[factor][i]]} for factor in found}, caption
    found = factual(captions, truth)
    assert set(found.right.values()) == {1.0} and found.hallucinated == 0
    # of six templates, five have the place and four the texture
    assert found.mentioned["place"] == pytest.approx(5 / 6, abs=0.07)
    assert found.mentioned["texture"] == found.mentioned["size"] == pytest.approx(4 / 6, abs=0.08)


def test_captions_of_other_pictures_are_right_as_often_as_chance():
    captions, truth = written()
    found = factual(captions, {factor: np.roll(values, 1) for factor, values in truth.items()})
    for factor, names in NAMES.items():
        assert found.right[factor] == pytest.approx(1 / len(names), abs=4 * 0.5 / math.sqrt(N))
    false = sum(found.mentioned[factor] * (1 - found.right[factor]) for factor in NAMES)  # each is named once
    assert found.hallucinated == pytest.approx(false)


def test_a_count_by_hand():
    red, blue = NAMES["colour"].index("red"), NAMES["colour"].index("blue")
    captions = ["a crimson hoop", "a red and navy ring", "red , red , red", "a thing", "A BLUE ring !"]
    truth = {"colour": np.array([red, red, blue, red, blue]), "size": np.zeros(5, int), "mask": np.ones((5, 2, 2))}
    found = factual(captions, truth)
    assert found.captions == 5 and list(found.mentioned) == ["colour", "size"]
    assert found.mentioned["colour"] == 4 / 5
    assert found.right["colour"] == 3 / 5  # crimson, red, blue; not navy, nor red that is blue
    assert found.mentioned["size"] == 0 and math.isnan(found.right["size"])
    assert found.hallucinated == 2 / 5
    assert "null" in found.to_json() and "0.400 false facts in a caption" in str(found)


def test_places_of_two_words_are_one_and_materials_are_facts_too():
    assert facts_of("the icy item at the bottom right") == {"material": {"ice"}, "place": {"bottom right"}}
    assert facts_of("right of the bottom") == {"place": {"right", "bottom"}}
    assert facts_of("") == {}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: facts_of(3), "decode word numbers first"),
        (lambda: factual([], {"colour": np.zeros(0, int)}), "one or more"),
        (lambda: factual("a red ring", {"colour": np.zeros(10, int)}), "got str of 10"),
        (lambda: factual(["a red ring"], {"mask": np.ones(1)}), r"one of shape, colour, .*got list of 1, and \['mask"),
        (lambda: factual(["a red ring"], {"colour": np.zeros(2, int)}), r"\{'colour': \(2,\)\}"),
        (lambda: factual(["a red ring"], {"colour": np.array([8])}), "colour from 0 to 7; got 8 to 8"),
        (lambda: factual(["a red ring"], {"colour": np.array([0.5])}), "colour from 0 to 7; got 0.5"),
        (lambda: factual(["a red ring"], {"colour": np.array([-1])}), "colour from 0 to 7; got -1"),
    ],
)
def test_what_is_no_caption_and_no_truth_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
