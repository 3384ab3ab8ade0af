"""Checks for lesson 09: masked attention, its entropy, what a bottleneck costs, and a choice of one."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, numbers, several, whole


def _attend(q, k, v, mask, scale=True):
    scores = q @ k.transpose(0, 2, 1) / (q.shape[-1] ** 0.5 if scale else 1)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True)) * mask[:, None]
    return weights @ v / np.maximum(weights.sum(axis=-1, keepdims=True), 1e-30)


def attend(answer) -> str:
    rng = np.random.default_rng(9)
    q, k, v = rng.normal(size=(3, 2, 4)), rng.normal(size=(3, 5, 4)), rng.normal(size=(3, 5, 6))
    mask = np.arange(5) < np.array([[5], [3], [2]])
    got, right = numbers(answer(q, k, v, mask), (3, 2, 6)), _attend(q, k, v, mask)
    if close(got, _attend(q, k, v, np.ones_like(mask)), atol=1e-4):
        raise Wrong("padding gets weight: put its scores out of the way before the softmax.")
    if close(got, _attend(q, k, v, mask, scale=False), atol=1e-4):
        raise Wrong("the scores are not divided by the root of the width d.")
    whole_sum = np.exp(q @ k.transpose(0, 2, 1) / 2)
    if close(got, (whole_sum / whole_sum.sum(axis=-1, keepdims=True) * mask[:, None]) @ v, atol=1e-4):
        raise Wrong("the mask came after the softmax: the weights that are left do not sum to one.")
    if not close(got, right, atol=1e-4):
        raise Wrong("the shape is right, the numbers are not: softmax over the keys that are there, times the values.")
    nothing = numbers(answer(q, k, v, np.zeros_like(mask)), (3, 2, 6))
    if not close(nothing, 0 * right):
        raise Wrong("a sample without any key must give zeros; a mean over padding is no answer.")
    return "padding cannot be seen, and where there is nothing to see, nothing is said."


def entropy(answer) -> str:
    weights = np.random.default_rng(9).dirichlet(np.ones(8), 6)
    weights[0], weights[1] = np.eye(8)[2], 1 / 8
    got = numbers(answer(weights.copy()), (6,))
    positive = np.where(weights > 0, weights, 1)
    bits = -(weights * np.log2(positive)).sum(axis=-1)
    if close(got, bits * np.log(2), atol=1e-4):
        raise Wrong("this is in nats: use the logarithm to base 2.")
    if close(got, -bits, atol=1e-4):
        raise Wrong("entropy is not negative: a minus is missing.")
    if close(got, bits / 8, atol=1e-4):
        raise Wrong("take the sum over the cells, not their mean.")
    if not close(got, bits, atol=1e-3):
        raise Wrong("not so: one cell with all the weight gives 0, eight equal ones give 3 bits.")
    return "0 bits for a single cell, 3 for eight alike."


def comparisons(answer) -> str:
    for lengths, n in (((16, 24), 4), ((5, 7, 9), 2)):
        everyone, narrow = (whole(part) for part in several(answer(lengths, n), 2))
        if everyone != sum(lengths) ** 2:
            raise Wrong("the first number: all tokens of all modalities stand side by side, and each looks at each.")
        if narrow == (sum(lengths) + n) ** 2:
            raise Wrong("the second number: each modality attends to itself and the bottleneck, not to the others.")
        if narrow != sum((length + n) ** 2 for length in lengths):
            raise Wrong(
                "the second number: in a modality of T tokens, T and the bottleneck's n all look at each other."
            )
    return "between 16 cells and 24 words a bottleneck is dearer from 8 tokens on."


EXERCISES = {
    1: Exercise(
        attend, "Multiply the exponentials by the mask, and divide by their sum, or by something tiny if it is 0."
    ),
    2: Exercise(entropy, "np.log2 of np.where(weights > 0, weights, 1) is 0 where the weight is."),
    3: Exercise(comparisons, "Attention among T tokens compares T x T pairs; here T is a length and n."),
}
