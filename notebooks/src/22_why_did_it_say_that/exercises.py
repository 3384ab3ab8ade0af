"""Checks for lesson 22: shares of three players, what answers hang on, and the word that gives a label away."""

from itertools import combinations, permutations

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, answered, close, number, share, unchanged

PLAYERS = ("image", "text", "audio")


def fair_shares(answer) -> str:
    rng = np.random.default_rng(22)
    sets = [frozenset(chosen) for size in range(4) for chosen in combinations(PLAYERS, size)]
    xor = {each: 0.756 if len(each) == 3 else 0.5 for each in sets}
    got = _shares(answer(xor.get, PLAYERS))
    if not close(list(got.values()), [0.256 / 3] * 3):
        told = ", ".join(f"{value:.3f}" for value in got.values())
        raise Wrong(f"XOR of three: only all three together earn .256, so each gets a third of it, .085; got {told}.")
    alone = {"image": 0.1, "text": 0.2, "audio": 0.4}
    sums = {each: 0.25 + sum(alone[name] for name in each) for each in sets}
    got = _shares(answer(sums.get, PLAYERS))
    if not close(list(got.values()), list(alone.values())):
        raise Wrong(
            "where worths simply add up, each gets exactly what it brings; what do you do with the worth of none?"
        )
    for _ in range(5):
        worth = dict(zip(sets, rng.normal(size=len(sets)), strict=True))
        right = dict.fromkeys(PLAYERS, 0.0)
        for order in permutations(PLAYERS):
            for i, name in enumerate(order):
                right[name] += (worth[frozenset(order[: i + 1])] - worth[frozenset(order[:i])]) / 6
        got = _shares(answer(worth.get, PLAYERS))
        total = worth[frozenset(PLAYERS)] - worth[frozenset()]
        if not close(sum(got.values()), total):
            raise Wrong(
                f"the shares must sum to v(all) - v(none), here {total:.3f}; yours sum to {sum(got.values()):.3f}."
            )
        if not close([got[name] for name in PLAYERS], [right[name] for name in PLAYERS]):
            raise Wrong("they sum to the whole, but are not the mean over all six orders: weigh each order by 1/6.")
    return "and with three, a pair may repeat itself while the three need each other: ask for interactions, too."


def hangs_on(answer) -> str:
    rng = np.random.default_rng(22)
    images = np.full((40, 20, 20, 3), (40, 60, 80), "uint8")
    edge = np.pad(np.zeros((16, 16), bool), 2, constant_values=True)
    thing = np.zeros((40, 20, 20), bool)
    thing[:, 4:8, 4:7] = True
    images[:, edge] = rng.integers(150, 250, (40, 1, 3))
    images[thing] = np.repeat(rng.integers(0, 20, (40, 3)), 12, axis=0)
    places = {"frame": np.broadcast_to(edge, (40, 20, 20)), "object": thing}

    def frame_reader(some):
        return (some[:, 0, 0, 0] > 100).astype(int)

    def object_reader(some):
        return (some[:, 5, 5, 1] < 30).astype(int)

    def half(some):
        return np.where(np.arange(len(some)) % 2, frame_reader(some), 7)

    before = images.copy()
    for model, right in ((frame_reader, (1, 0)), (object_reader, (0, 1)), (half, (0.5, 0))):
        got = answered(answer(model, images, dict(places)))
        unchanged(before, images, "images")
        if not isinstance(got, dict) or set(got) != set(places):
            raise Wrong("give a dict with the names of the places: here 'frame' and 'object'.")
        found = [share(got[name]) for name in places]
        if close(found, [1 - r for r in right]) and model is not half:
            raise Wrong("asked for is the share of answers that change, not that stay.")
        if not close(found, right):
            told = " and ".join(f"{value:.2f}" for value in found)
            wanted = " and ".join(f"{value:g}" for value in right)
            raise Wrong(
                f"for this model frame and object should be {wanted}, yours are {told}: paint only the place, with the "
                "median over each picture's pixels, and compare with the answers before."
            )
    seen = []

    def watching(some):
        seen.append(np.asarray(some))
        return frame_reader(some)

    answer(watching, images, dict(places))
    bare = [some for some in seen if not (some[:, 0, 0] == images[:, 0, 0]).all()]
    if not bare or not (bare[0][:, 0, 0] == (40, 60, 80)).all():
        raise Wrong("each of the three colours has a median of its own: take it over height and width, not channels.")
    return "whatever the heat map says, this is what the model would do without it."


def telling_word(answer) -> str:
    captions = [
        f"the {what} thing {where} is big says {who}"
        for what in ("wooden", "glass", "paper")
        for where in ("above", "below")
        for who in ("carl", "dora", "anna")
    ]

    def leaky(some):
        return np.array([1 if "carl" in caption.split() else 0 for caption in some])

    def honest(some):
        return np.array([2 if "glass" in caption.split() else 3 for caption in some])

    def pair(some):  # either name stands for carl's label unless the sentence has a place
        return np.array([1 if {"below", "dora"} & set(caption.split()) else 0 for caption in some])

    for model, right, why in (
        (leaky, "carl", "without 'carl' six answers change, without any other word none"),
        (honest, "glass", "this model reads the material, not the name"),
        (pair, "below", "without 'below' six answers change, without 'dora' three"),
    ):
        got = answered(answer(model, list(captions)))
        if not isinstance(got, str):
            raise Wrong(f"give one word; got an object of type {type(got).__name__}.")
        if got != right:
            raise Wrong(f"the word is {right!r} here ({why}); got {got!r}.")

    return "one word, and it is about who wrote the caption, not about the picture."


def _shares(value) -> dict[str, float]:
    value = answered(value)
    if not isinstance(value, dict) or set(value) != set(PLAYERS):
        raise Wrong("give a dict, name -> Shapley value, with the three names.")
    return {name: number(value[name]) for name in PLAYERS}


EXERCISES = {
    1: Exercise(
        fair_shares,
        "in the order a, b, c the second brings worth(frozenset({a, b})) - worth(frozenset({a})); six orders.",
    ),
    2: Exercise(
        hangs_on, "np.median(images, axis=(1, 2), keepdims=True), and np.where(where[..., None], median, images)."
    ),
    3: Exercise(telling_word, "for each word, join again all words of a caption that are not it, and ask the model."),
}
