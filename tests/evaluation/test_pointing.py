"""The pointing game against a search by loops, and against masks whose share is known; static where it was put."""

import numpy as np
import pytest

from mmcourse.evaluation import highest_points, pointing, with_static


def blocks(cells: np.ndarray, pixels: int) -> np.ndarray:
    """Each cell as a block of pixels."""
    return np.kron(cells, np.ones((pixels, pixels))).astype(bool)


@pytest.mark.parametrize("side", [4, 5, 8])
def test_the_point_is_the_middle_of_the_highest_cell(side):
    maps = np.random.default_rng(side).normal(size=(30, side, side))
    for each, (row, column) in zip(maps, highest_points(maps, (40, 40)), strict=True):
        best = max((each[i, j], i, j) for i in range(side) for j in range(side))
        pixels = 40 // side
        assert (row, column) == (best[1] * pixels + pixels // 2, best[2] * pixels + pixels // 2)


def test_a_map_that_is_its_mask_always_hits_and_its_opposite_never():
    cells = np.eye(12).reshape(12, 3, 4)
    found = pointing(cells, blocks(cells, 6))
    assert found.hits.value == 1 and found.hits.n == 12
    assert found.chance == pytest.approx(1 / 12)
    assert pointing(cells, ~blocks(cells, 6)).hits.value == 0


def test_maps_that_know_nothing_hit_by_the_share_of_the_mask():
    rng = np.random.default_rng(0)
    masks = np.zeros((4000, 8, 8), bool)
    masks[:, :2, :8] = True
    found = pointing(rng.normal(size=(4000, 8, 8)), masks)
    assert found.chance == 0.25 and found.hits.low < 0.25 < found.hits.high
    assert "a random point: 0.250" in repr(found)


def test_only_where_a_map_is_highest_counts():
    rng = np.random.default_rng(1)
    maps, masks = rng.normal(size=(50, 4, 4)), rng.random((50, 16, 16)) < 0.3
    assert pointing(np.exp(9 * maps), masks) == pointing(maps, masks)


def test_static_covers_the_square_and_nothing_else():
    images, points = np.full((3, 12, 12, 3), 7, np.uint8), np.array([[6, 6], [0, 11], [3, 0]])
    covered = with_static(images, points, 4, seed=5)
    assert (images == 7).all() and covered.dtype == np.uint8
    rows, columns = np.indices((12, 12))
    for image, (row, column) in zip(covered, points, strict=True):
        inside = (abs(rows - row + 0.5) < 2) & (abs(columns - column + 0.5) < 2)
        assert (image[~inside] == 7).all() and np.mean(image[inside] != 7) > 0.9
    assert (covered == with_static(images, points, 4, seed=5)).all()
    assert (covered != with_static(images, points, 4, seed=6)).any()


def test_the_n_highest_in_order_are_those_of_a_sort_and_the_first_is_the_highest():
    maps = np.random.default_rng(2).permuted(np.arange(20 * 16.0).reshape(20, 16), axis=1).reshape(20, 4, 4)
    points = highest_points(maps, (20, 20), 5)
    assert points.shape == (20, 5, 2) and (points[:, 0] == highest_points(maps, (20, 20))).all()
    for each, found in zip(maps, points, strict=True):
        values = [each[row // 5, column // 5] for row, column in found]
        assert values == sorted(each.ravel())[::-1][:5]


def test_of_equal_cells_the_first_come_first():
    assert highest_points(np.ones((1, 2, 2), bool), (2, 2), 3).tolist() == [[[0, 0], [0, 1], [1, 0]]]


@pytest.mark.parametrize("side", [3, 4])
def test_static_on_all_cells_leaves_nothing_and_on_some_leaves_the_others(side):
    cells = np.random.default_rng(side).random((6, 5, 5))
    images = np.full((6, 5 * side, 5 * side, 1), 7, np.uint8)
    covered = with_static(images, highest_points(cells, (5 * side, 5 * side), 10), side)
    hidden = np.kron(np.argsort(np.argsort(-cells.reshape(6, -1))).reshape(6, 5, 5) < 10, np.ones((side, side))) > 0
    assert (covered[~hidden] == 7).all() and np.mean(covered[hidden] != 7) > 0.98


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: highest_points(np.ones((2, 3)), (8, 8)), r"maps \(N, h, w\)"),
        (lambda: highest_points(np.full((2, 3, 3), np.nan), (8, 8)), "NaN"),
        (lambda: highest_points(np.ones((0, 3, 3)), (8, 8)), "one or more"),
        (lambda: highest_points(np.ones((2, 9, 9)), (8, 8)), "finer"),
        (lambda: highest_points(np.ones((2, 3, 3)), (8, 8), 10), "1 to 9 highest ones; got n=10"),
        (lambda: pointing(np.ones((2, 4, 4)), np.ones((2, 8, 8))), "bool"),
        (lambda: pointing(np.ones((2, 4, 4)), np.ones((3, 8, 8), bool)), "one for each map"),
        (lambda: with_static(np.ones((2, 8, 8, 3)), np.zeros((2, 2), int), 4), "uint8"),
        (lambda: with_static(np.ones((2, 8, 8, 3), np.uint8), np.zeros((3, 2), int), 4), "a point"),
        (lambda: with_static(np.ones((2, 8, 8, 3), np.uint8), np.zeros((2, 4, 3), int), 4), "a point"),
        (lambda: with_static(np.ones((2, 8, 8, 3), np.uint8), np.zeros((2, 2), int), 0), "side of 1 or more"),
        (lambda: with_static(np.ones((2, 8, 8, 3), np.uint8), np.full((2, 2), 8), 4), "inside 8 x 8"),
        (lambda: with_static(np.ones((2, 8, 8, 3), np.uint8), np.zeros((2, 2)), 4), "whole points"),
    ],
)
def test_bad_input_gets_one_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
