"""Recall by trying every order of ties and every pool; ceilings by a closed form and by captions read word for word."""

import re
from itertools import combinations, permutations
from math import comb

import numpy as np
import pytest

import mmcourse as mm
from mmcourse.data.making.captions import COLOURS, PLACES, SHAPE_WORDS, SIZES, TEXTURES
from mmcourse.evaluation import recall_at, retrieval


def tried(similarity, right, k, pool):
    """Every pool that holds the right answers, every order of its candidates before they are sorted."""
    shares = []
    for row, goal in zip(similarity, right, strict=True):
        others = np.flatnonzero(~goal)
        hits = [
            goal[sorted(order, key=lambda j: -row[j])[:k]].any()
            for drawn in combinations(others, pool - goal.sum())
            for order in permutations([*np.flatnonzero(goal), *drawn])
        ]
        shares.append(np.mean(hits))
    return np.mean(shares)


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("pool", [3, 4, 5])
def test_it_is_the_mean_over_orders_of_ties_and_over_pools(k, pool):
    rng = np.random.default_rng([k, pool])
    similarity, ids = rng.integers(0, 3, (6, 5)), np.array([0, 1, 2, 0, 1])
    right = np.array([0, 1, 2, 0, 1, 2])[:, None] == ids  # one or two right answers
    assert recall_at(similarity, k, right=right, pool=pool) == pytest.approx(tried(similarity, right, k, pool))


def test_all_alike_is_chance_and_not_one():
    assert recall_at(np.zeros((20, 20)), 5) == pytest.approx(5 / 20)
    assert recall_at(np.zeros((20, 20)), 5, pool=10) == pytest.approx(5 / 10)


def test_both_directions_are_the_matrix_and_its_transpose():
    similarity = np.random.default_rng(0).normal(size=(30, 30)) + 2 * np.eye(30)
    found = retrieval(similarity, ("image", "text"), ks=[1, 3], pool=10)
    for way, matrix in (("image to text", similarity), ("text to image", similarity.T)):
        assert found.recall[way] == tuple(recall_at(matrix, k, pool=10) for k in (1, 3))
        assert found.chance[way] == pytest.approx((0.1, 0.3))
    assert found.ceiling is None and "image to text, R@3" in str(found)


def test_five_captions_for_each_picture():
    right = np.arange(4)[:, None] == np.repeat(np.arange(4), 5)
    found = retrieval(right, ("image", "text"), ks=[1], right=right)
    assert found.recall == {"image to text": (1.0,), "text to image": (1.0,)}
    assert found.pool == {"image to text": 20, "text to image": 4}
    assert found.chance["image to text"][0] == pytest.approx(1 / 4) == found.chance["text to image"][0]


@pytest.mark.parametrize("pool", [2, 7, 30])
def test_the_ceiling_of_captions_that_are_true_of_several_is_a_sum_of_binomials(pool):
    """E 1 / (1 + X), X of f others in the pool: (C(N, n) - C(N - 1 - f, n)) / ((f + 1) C(N - 1, n - 1))."""
    true = (np.random.default_rng(pool).random((30, 30)) < 0.3) | np.eye(30, dtype=bool)
    others = true.sum(axis=1) - 1
    by_hand = [(comb(30, pool) - comb(29 - f, pool)) / ((f + 1) * comb(29, pool - 1)) for f in others.tolist()]
    assert recall_at(true, pool=pool) == pytest.approx(np.mean(by_hand))


def test_nothing_beats_the_ceiling_from_image_to_text():
    """A world drawn at random: words that say more are likelier the picture's own, and to know that is worth something.

    Each picture is one of 6 kinds, each caption is true of a set of kinds; the best similarity is the ratio of chances.
    """
    rng = np.random.default_rng(0)
    means = np.array([[1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1], [0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]], bool)
    kind = rng.integers(0, 6, 4000)
    said = np.array([rng.choice(np.flatnonzero(means[:, k])) for k in kind])
    true = means[said][:, kind].T  # pictures by captions
    best = recall_at(true / true.mean(axis=0), pool=20)
    assert best > recall_at(true, pool=20) + 0.05
    for power in (0.5, 2, -1):
        assert recall_at(true * (true.mean(axis=0) ** -power), pool=20) <= best


def read(captions):
    """What each caption says of shape, colour, texture, size and place, -1 where it says nothing: by its words."""
    tables = {"shape": SHAPE_WORDS, "colour": COLOURS, "texture": TEXTURES, "size": SIZES}
    said = {name: np.full(len(captions), -1) for name in (*tables, "place")}
    for i, caption in enumerate(captions):
        place = re.search(rf"(?:at|near) the ({'|'.join(sorted(PLACES, key=len, reverse=True))})", caption)
        if place:
            said["place"][i] = PLACES.index(place[1])
        for name, words in tables.items():
            for value, ways in enumerate(words.values()):
                if set(ways) & set(caption.split()):
                    said[name][i] = value
    return said


@pytest.mark.parametrize("pool", [50, 200, 1500])
def test_the_ceiling_of_captions_of_scenes_is_that_of_their_templates(pool):
    """With p the chance that a caption is true of any picture, E 1 / (1 + X) is (1 - (1 - p)^n) / (n p), X binomial.

    Every sixth caption is of one template, and shape, colour, texture and size are drawn evenly. All captions name
    shape and colour; of the six templates three name texture, size and place, one texture and size, two a place.
    """
    test = mm.load("scenes", symbols=8, erasure=0.0, train=1, val=1, test=1500).test
    middle = test.targets["box"].reshape(-1, 2, 2).mean(axis=1)  # row, column
    place = np.minimum(2, middle * 3 // 32).astype(int) @ [3, 1]
    said, known = read(test.x["text"].tolist()), {**test.targets, "place": place}
    true = np.eye(1500, dtype=bool)  # a box is a pixel smaller than its object here and there
    true |= np.all([(c[:, None] == -1) | (c[:, None] == known[name]) for name, c in said.items()], axis=0)
    places, whole = np.bincount(place, minlength=9) / 1500, 1 / (8 * 8)
    chances = [(3 / 6, whole / 12 * places), (1 / 6, whole / 12 * np.ones(9)), (2 / 6, whole * places)]
    by_hand = sum(share * places @ ((1 - (1 - p) ** pool) / (pool * p)) for share, p in chances)
    assert recall_at(true, pool=pool) == pytest.approx(by_hand, abs=0.015)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: recall_at(np.ones(3)), r"similarities \(N, M\)"),
        (lambda: recall_at([[np.nan]]), "NaN"),
        (lambda: recall_at(np.ones((2, 3))), "2 queries and 3 candidates: say which are `right`"),
        (lambda: recall_at(np.ones((2, 3)), right=np.ones((2, 3))), "bool with a right answer"),
        (lambda: recall_at(np.eye(2), right=np.zeros((2, 2), bool)), "a query without one"),
        (lambda: recall_at(np.eye(2), 3), "1 <= k <= pool; got pool None, k 3"),
        (lambda: recall_at(np.eye(2), 1, pool=3), "1 to 2 candidates in a pool"),
    ],
)
def test_bad_input_gets_one_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
