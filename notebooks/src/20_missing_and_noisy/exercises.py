"""Checks for lesson 20: build a leak, patterns that training has not met, and what stays whole."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, numbers, several


def leak(answer) -> str:
    n = 20_000
    y = np.random.default_rng(20).permutation(np.arange(n) % 2)
    there = _bits(answer(y.copy(), np.random.default_rng(0)), n)
    again = _bits(answer(y.copy(), np.random.default_rng(1)), n)
    gaps = 1 - there.mean()
    if abs(gaps - 0.4) > 0.02:
        raise Wrong(f"{gaps:.3f} of the samples lack it; asked for is 0.4: the two chances of a gap average to 0.4.")
    each = [1 - there[y == label].mean() for label in (0, 1)]
    right = max((there == y).mean(), (there != y).mean())
    if abs(each[0] - each[1]) < 0.02:
        raise Wrong("the gaps are as frequent with either label, so the bit alone tells nothing: use two chances.")
    if abs(right - 0.8) > 0.02:
        raise Wrong(
            f"the bit alone is right on {right:.3f}, asked for is 0.8; your chances of a gap are {each[0]:.2f} "
            f"and {each[1]:.2f}."
        )
    if np.array_equal(there, again):
        raise Wrong("two generators gave the same gaps: draw with the `rng` that is given.")
    return "no picture and no sound was looked at; a model that is told the bits finds this rule first."


def unmet(answer) -> str:
    train = np.array([[1, 1, 1], [1, 0, 0], [0, 0, 1], [1, 1, 1]], bool)
    test = np.array([[1, 1, 1], [1, 1, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 0], [1, 0, 1]], bool)
    right = np.array([False, True, False, True, False, True, True])
    got = _bits(answer(train.copy(), test.copy()), len(test))
    if np.array_equal(got, ~right):
        raise Wrong("this is the other way round: True is for patterns that train does not have.")
    alone = ~np.isin(test.sum(axis=1), train.sum(axis=1))
    if np.array_equal(got, alone):
        raise Wrong("how many are there is not which: [1, 0, 0] and [0, 1, 0] are two patterns.")
    if np.array_equal(got, ~test.all(axis=1)):
        raise Wrong("a row with a gap may well have been met: compare it with the rows of train.")
    if not np.array_equal(got, right):
        row = int(np.flatnonzero(got != right)[0])
        met = "in no row" if right[row] else "in a row"
        raise Wrong(f"test row {row}, {test[row].astype(int).tolist()}, is {met} of train; yours says {got[row]}.")
    return "count such rows before you believe a score on gaps."


def whole_and_single(answer) -> str:
    for r, m in ((0.5, 2), (0.3, 2), (0.3, 4), (0.8, 3), (0.0, 3), (1.0, 4)):
        whole, single = (numbers(part, ()) for part in several(answer(r, m), 2))
        asked = f"for r = {r} and M = {m}"
        right = (1 - r) ** m, m * (1 - r) * r ** (m - 1) + r**m
        if not close(whole, right[0]):
            raise Wrong(f"{asked}: the chance to keep all is {right[0]:.4g}, yours is {float(whole):.4g}.")
        if close(single, m * (1 - r) * r ** (m - 1)) and not close(single, right[1]):
            raise Wrong(f"{asked}: those that would have lost all keep one too: add r to the power of M.")
        if close(single * m, right[1]) and not close(single, right[1]):
            raise Wrong(f"{asked}: that is the chance for one certain modality; any of the {m} may be the one.")
        if not close(single, right[1]):
            raise Wrong(f"{asked}: the chance to be left with one is {right[1]:.4g}, yours is {float(single):.4g}.")
    return "with M = 2 from r = 0.68 on, with M = 4 from r = 0.44 on: more modalities, smaller rates."


def _bits(value, n: int) -> np.ndarray:
    found = numbers(value, (n,))
    if not np.isin(found, (0, 1)).all():
        raise Wrong("your function must give True or False for each sample.")
    return found.astype(bool)


EXERCISES = {
    1: Exercise(leak, "With chances of a gap a and b: (a + b)/2 = 0.4, and (a + 1 - b)/2 = 0.8 is right."),
    2: Exercise(unmet, "A set of tuples: {tuple(row) for row in train.tolist()} are the patterns that were met."),
    3: Exercise(whole_and_single, "Exactly one: M (1 - r) r^(M - 1) by the draws, and r^M more that were saved."),
}
