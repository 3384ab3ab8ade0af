"""Deletion against answers that hang on one known cell, on no cell, and on any of two."""

import numpy as np
import pytest

from mmcourse.evaluation import deletion

N, CELLS, SIDE = 400, 16, 4
RNG = np.random.default_rng(0)
WHERE = RNG.integers(0, CELLS, N)
IMAGES = np.zeros((N, 16, 16, 1), np.uint8)
CELL = np.eye(CELLS)[WHERE].reshape(N, 4, 4)
IMAGES[np.kron(CELL, np.ones((SIDE, SIDE))) > 0] = 100


def whole(images: np.ndarray) -> np.ndarray:
    """Whether the one lit cell is untouched."""
    return np.array([(image[mask > 0] == 100).all() for image, mask in zip(images, BLOCKS, strict=True)])


BLOCKS = np.kron(CELL, np.ones((SIDE, SIDE)))


def test_a_map_that_knows_the_cell_loses_every_answer_at_once_and_chance_loses_its_share():
    found = deletion(whole, IMAGES, CELL, shares=[1 / 16, 0.25, 0.5, 1])
    assert [score.value for score in found.kept] == [0, 0, 0, 0]
    for done, score in zip(found.shares, found.random, strict=True):
        assert score.low <= 1 - done <= score.high
    assert found.area == pytest.approx(1 / 16 / 2) and found.random_area == pytest.approx(0.5, abs=0.05)
    assert "at random" in str(found)


def test_a_map_that_is_wrong_keeps_the_answers_longest():
    found = deletion(whole, IMAGES, -CELL, shares=[0.5, 15 / 16, 1])
    assert [score.value for score in found.kept] == [1, 1, 0]
    assert found.area > found.random_area


def test_a_map_of_noise_is_like_chance():
    found = deletion(whole, IMAGES, RNG.random((N, 4, 4)))
    assert found.area == pytest.approx(found.random_area, abs=0.05)


def test_it_is_about_the_answers_whether_right_or_wrong_and_other_noise_is_another_draw():
    assert deletion(lambda images: ~whole(images), IMAGES, CELL, [0.25]) == deletion(whole, IMAGES, CELL, [0.25])
    assert deletion(whole, IMAGES, CELL, [0.25], seed=1).random != deletion(whole, IMAGES, CELL, [0.25]).random


def test_shares_are_of_whole_cells_one_or_more():
    assert deletion(whole, IMAGES, CELL, [0.001, 0.26]).shares == (1 / 16, 4 / 16)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: deletion(whole, IMAGES, CELL, []), "above 0, up to 1"),
        (lambda: deletion(whole, IMAGES, CELL, [0, 0.5]), "above 0, up to 1"),
        (lambda: deletion(whole, IMAGES, np.ones((N, 3, 3))), "got 3 x 3 cells for pictures of 16 x 16"),
        (lambda: deletion(whole, IMAGES, np.ones((N, 4, 8))), "square cells of at least 2 pixels; got 4 x 8"),
        (lambda: deletion(whole, IMAGES, BLOCKS), "Bring a map of pixels to cells first"),  # looks right at random
        (lambda: deletion(lambda some: np.ones((N, 2)), IMAGES, CELL), "one answer for each image"),
        (lambda: deletion(whole, IMAGES / 1, CELL), "uint8"),
        (lambda: deletion(whole, IMAGES[:5], CELL), "a map .* for each"),
        (lambda: deletion(whole, IMAGES[..., 0], CELL), r"images \(N, H, W, C\)"),
    ],
)
def test_bad_input_gets_one_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
