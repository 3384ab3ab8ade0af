"""Checks for lesson 08: the outer product, its price, and the single product that parity needs."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, numbers, several, whole


def outer_product(answer) -> str:
    rng = np.random.default_rng(8)
    first, second = rng.normal(size=(4, 2)).astype("float32"), rng.normal(size=(4, 3)).astype("float32")
    got = numbers(answer(first, second))
    padded = [np.concatenate([np.ones((4, 1)), x], axis=1) for x in (first, second)]
    right = np.einsum("ni,nj->nij", *padded)
    if got.shape == (4, 3, 4):
        raise Wrong("the products are there; flatten them to one row for each sample: (4, 3, 4) must become (4, 12).")
    if got.shape in ((4, 6), (4, 2, 3)):
        raise Wrong("the products are there, the single features are not: put a 1 in front of both vectors first.")
    if got.shape != (4, 12):
        raise Wrong(f"widths 2 and 3 must give (4, 12), that is (2 + 1)(3 + 1) products a sample; got {got.shape}.")
    if close(got, right.reshape(4, 12)):
        return "every feature, every pair, and a 1 for the bias."
    if close(got, right.transpose(0, 2, 1).reshape(4, 12)):
        raise Wrong("all products are there in another order: let the features of the second modality run fastest.")
    raise Wrong("the shape is right, the numbers are not: multiply each of [1; x1] with each of [1; x2].")


def count_weights(answer) -> str:
    for widths, units, rank in (((64, 64), 64, 4), ((3, 5, 7), 2, 6)):
        first, second = map(whole, several(answer(widths, units, rank), 2))
        asked = f"for widths {widths}, {units} units and rank {rank}"
        tensor = units * int(np.prod([d + 1 for d in widths]))
        low = rank * units * sum(d + 1 for d in widths) + rank + units
        if first == units * int(np.prod(widths)):
            raise Wrong(f"{asked}: you forgot the 1 in front of every vector; a width d counts as d + 1.")
        if first != tensor:
            raise Wrong(f"{asked}: the tensor has one weight for each product and unit; you have {first}.")
        if second == low - rank - units:
            raise Wrong(f"{asked}: you forgot w, one number for each rank, and the bias b, one for each unit.")
        if second != low:
            raise Wrong(
                f"{asked}: each rank has one factor of (d + 1) × units for each modality, and there are w and b; "
                f"you have {second}."
            )
    return "a product of the widths on one side, a sum on the other."


def parity_kernel(answer) -> str:
    for symbols in (4, 6):
        kernel = numbers(answer(symbols), (symbols, symbols)).astype("float64")
        odd = np.indices(kernel.shape).sum(axis=0) % 2 == 1
        if np.all(kernel[odd] < 0) and np.all(kernel[~odd] > 0):
            raise Wrong("the sign is the other way round: positive where the sum is odd.")
        if not (np.all(kernel[odd] > 0) and np.all(kernel[~odd] < 0)):
            wrong = int(np.sum((kernel > 0) != odd) + np.sum(kernel[~odd] == 0))
            raise Wrong(f"{wrong} of {kernel.size} entries have the wrong sign (0 is no answer either).")
        rank = np.linalg.matrix_rank(kernel, tol=1e-2 * np.abs(kernel).max())
        if rank > 1:
            raise Wrong(f"every sign is right, but the rank is {rank}: write it as one product of two vectors of ±1.")
    return "parity is a single product; that is why rank 1 is enough for it."


EXERCISES = {
    1: Exercise(
        outer_product, "x[:, :, None] * y[:, None, :] is (B, d1, d2); ops.reshape(..., (len(x), -1)) flattens."
    ),
    2: Exercise(
        count_weights, "The tensor: units × the product of all (d + 1). Low rank: a sum over modalities, times rank."
    ),
    3: Exercise(parity_kernel, "What is (−1)^i · (−1)^j, and what sign must stand before it?"),
}
