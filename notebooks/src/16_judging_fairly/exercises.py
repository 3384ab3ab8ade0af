"""Checks for lesson 16: a val split that is like the test, whole templates held out, and a cheat with its alarm."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, answered, close, numbers, several, share


def unseen_val(answer) -> str:
    rng = np.random.default_rng(16)
    shape = np.repeat(np.arange(4), 6).repeat(5)
    colour = (2 * shape + np.tile(np.arange(2, 8), 4).repeat(5)) % 8  # six of eight colours with each shape
    order = rng.permutation(len(shape))
    shape, colour = shape[order], colour[order]
    val = _mask(answer(shape.copy(), colour.copy()), len(shape))
    pair = shape * 8 + colour
    kept, held = set(pair[~val].tolist()), set(pair[val].tolist())
    if not held:
        raise Wrong("val is empty: mark the samples of one colour of every shape.")
    if kept & held:
        raise Wrong(f"{len(kept & held)} pairs are in train and in val: a pair goes to one side with all its samples.")
    if set(shape[~val].tolist()) != set(range(4)):
        raise Wrong("a shape is gone from train altogether: hold out one colour of each shape, not a shape.")
    if set(colour[~val].tolist()) != set(range(8)):
        raise Wrong("a colour is gone from train altogether: take different colours for different shapes.")
    lost = [sum(p // 8 == s for p in held) for s in range(4)]
    if lost != [1, 1, 1, 1]:
        raise Wrong(f"of the shapes 0 to 3, {lost} colours are in val; it should be one each.")
    return "val now asks what test will ask, and no pair of test was needed for it."


def held_out_template(answer) -> str:
    rng = np.random.default_rng(16)
    template = rng.permutation(np.repeat(np.arange(6), [50, 40, 30, 20, 10, 5]))
    train, test = (_rows(part, len(template)) for part in several(answer(template.copy(), 2, 0), 2))
    both = np.concatenate([train, test])
    if len(both) != len(template) or len(np.unique(both)) < len(template):
        raise Wrong("every row belongs to exactly one of the two: train and test together are all rows, once each.")
    shared = set(template[train].tolist()) & set(template[test].tolist())
    if shared:
        raise Wrong(f"{len(shared)} templates are on both sides: draw templates, not rows.")
    count = len(np.unique(template[test]))
    if count != 2:
        raise Wrong(f"two templates were asked for test; yours has {count}.")
    seeds = [answered(answer(template.copy(), 2, seed)) for seed in range(12)]
    if len({tuple(sorted(np.unique(template[_rows(s[1], len(template))]).tolist())) for s in seeds}) < 2:
        raise Wrong("twelve seeds gave the same templates: draw them with np.random.default_rng(seed).")
    return "a score on these sentences is one on sentences of a form that nobody has trained on."


def leans_on(answer) -> str:
    rng = np.random.default_rng(16)
    logits, colour = rng.normal(size=(400, 4)), rng.integers(0, 8, 400)

    def honest(logits, colour):
        return logits.argmax(axis=1)

    def cheat(logits, colour):
        return colour // 2

    def half(logits, colour):
        return np.where(np.arange(len(colour)) % 2, colour // 2, logits.argmax(axis=1))

    if close(share(answer(honest, logits.copy(), colour.copy())), np.mean(logits.argmax(axis=1) == colour // 2)):
        raise Wrong("this compares answers with the colour; compare a sample's two answers, before and after.")
    if share(answer(honest, logits.copy(), colour.copy())) > 1e-9:
        raise Wrong("a method that does not look at the colour changes no answer: its share is 0.")
    found = share(answer(cheat, logits.copy(), colour.copy()))
    if found < 1e-9:
        raise Wrong("a method that answers from the colour alone got 0: ask it again with other colours.")
    if found < 0.5:
        raise Wrong("asked for is the share of answers that change, not that stay; or the new colours are too like.")
    if not 0.25 < share(answer(half, logits.copy(), colour.copy())) < 0.55:
        raise Wrong("a method that looks at the colour in half of the samples changes about 3/8 of its answers.")
    return "shape and colour have nothing to do with each other here: whoever leans on colour learned the split."


def _mask(value, n: int) -> np.ndarray:
    found = numbers(value, (n,))
    if not np.isin(found, (0, 1)).all():
        raise Wrong("your function must give True or False for each sample.")
    return found.astype(bool)


def _rows(value, n: int) -> np.ndarray:
    found = numbers(value)
    if found.ndim != 1 or not np.array_equal(found, found.astype(int)) or (len(found) and found.max() >= n):
        raise Wrong(f"rows are whole numbers from 0 to {n - 1}, in an array of one axis.")
    if len(found) and found.min() < 0:
        raise Wrong("rows are whole numbers from 0 on; there is a negative one.")
    return found.astype(int)


EXERCISES = {
    1: Exercise(
        unseen_val, "np.unique(colour[shape == s]) are the colours of shape s; take the s-th, so that they differ."
    ),
    2: Exercise(held_out_template, "np.isin(template, chosen) is True for the rows of the templates chosen for test."),
    3: Exercise(leans_on, "Ask twice: method(logits, colour) and method(logits, colours in another order)."),
}
