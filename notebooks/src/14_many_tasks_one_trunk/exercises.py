"""Checks for lesson 14: a loss in other units, the cosine between two gradients, and the worst partner of each task."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, number, numbers


def lowest(answer) -> str:
    losses = np.array([2.0, 0.5, 0.05])
    got = numbers(answer(losses.copy()), (3,))
    s = np.log(2 * losses)
    right, floor = 0.5 + s / 2, np.maximum(s, 0)
    if close(got, s):
        raise Wrong("these are the s at the lowest point; asked for is the value of exp(−s) L + s/2 there.")
    if close(got, 1 / (2 * losses)):
        raise Wrong(
            "these are the weights exp(−s) at the lowest point; asked for is the value of exp(−s) L + s/2 there."
        )
    if close(got, s / 2):
        raise Wrong("this is the price s/2 alone: the weighted loss, exp(−s) L, is missing.")
    if close(got, np.exp(-floor) * losses + floor / 2):
        raise Wrong("s may be negative here, and so may the whole loss. Do not clip.")
    if not close(got, right):
        raise Wrong("not so: where is the slope of exp(−s) L + s/2 zero? Put that s into exp(−s) L + s/2.")
    hundred = numbers(answer(100 * losses), (3,))
    if not close(hundred, right + np.log(10)):
        raise Wrong("a loss a hundred times as large must add half of log 100, whatever the loss was.")
    return "a loss × 100 adds log 10 = ½ log 100, whatever the loss: another unit shifts the total, and pulls no more."


def cosine(answer) -> str:
    rng = np.random.default_rng(14)
    a, b = ([rng.normal(size=shape) * scale for shape, scale in (((4, 3), 1.0), ((3,), 10.0))] for _ in range(2))
    flat_a, flat_b = (np.concatenate([part.ravel() for part in parts]) for parts in (a, b))
    length = np.linalg.norm(flat_a) * np.linalg.norm(flat_b)
    got = number(answer([part.copy() for part in a], [part.copy() for part in b]))
    each = [np.sum(x * y) / np.linalg.norm(x) / np.linalg.norm(y) for x, y in zip(a, b, strict=True)]
    if close(got, flat_a @ flat_b):
        raise Wrong("this is the inner product: divide by both lengths.")
    if close(got, np.mean(each)):
        raise Wrong("this is the mean of a cosine for each array; all weights together are one long vector.")
    if not close(got, flat_a @ flat_b / length):
        raise Wrong("not so: Σ a b over all arrays, divided by √(Σ a²) and by √(Σ b²), each over all arrays.")
    if not close(number(answer(a, [-7 * part for part in a])), -1):
        raise Wrong("against −7 times itself it must be −1.")
    return "a cosine does not see how long the gradients are, and so no unit of a loss."


def worst_partner(answer) -> str:
    alone = np.array([0.9, 0.8, 0.7, 0.6])
    beside = np.array(
        [[0.90, 0.85, 0.60, 0.88], [0.75, 0.10, 0.79, 0.70], [0.71, 0.72, 0.70, 0.69], [0.55, 0.59, 0.58, 0.60]]
    )
    got = numbers(answer(alone.copy(), beside.copy()), (4,))
    right = [2, 3, 3, 0]
    if close(got, [2, 1, 3, 0]):
        raise Wrong("a task is no partner of its own: leave the diagonal out.")
    if close(got, [3, 2, 1, 1]):
        raise Wrong("these are the best partners; asked for are those that cost most.")
    if close(got, [3, 3, 3, 2]):
        raise Wrong("read along the rows: row i is task i, beside task j in column j.")
    if not close(got, right):
        raise Wrong("not so: for each row the column, other than its own, in which beside − alone is lowest.")
    return "one number for each task: a mean would have hidden who pays for whom."


EXERCISES = {
    1: Exercise(lowest, "Differentiate exp(−s) L + s/2 in s, set it to zero, solve for s, and put it back."),
    2: Exercise(cosine, "Make one long vector of each list: np.concatenate([part.ravel() for part in ...])."),
    3: Exercise(worst_partner, "np.fill_diagonal can put something large where a task meets itself; then argmin."),
}
