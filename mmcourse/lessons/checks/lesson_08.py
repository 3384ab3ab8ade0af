"""Checks for lesson 08: the outer product, its price, and the products that parity and addition modulo K need."""

import numpy as np

from . import Exercise, Wrong, answered


def outer_product(answer) -> str:
    rng = np.random.default_rng(8)
    first, second = rng.normal(size=(4, 2)).astype("float32"), rng.normal(size=(4, 3)).astype("float32")
    got = np.asarray(answered(answer(first, second)))
    padded = [np.concatenate([np.ones((4, 1)), x], axis=1) for x in (first, second)]
    right = np.einsum("ni,nj->nij", *padded).reshape(4, 12)
    if got.shape == (4, 3, 4):
        raise Wrong("the products are there; flatten them to one row for each sample: (4, 3, 4) must become (4, 12).")
    if got.shape in ((4, 6), (4, 2, 3)):
        raise Wrong("the products are there, the single features are not: put a 1 in front of both vectors first.")
    if got.shape != (4, 12):
        raise Wrong(f"widths 2 and 3 must give (4, 12), that is (2 + 1)(3 + 1) products a sample; got {got.shape}.")
    if np.allclose(got, right, atol=1e-5):
        return "every feature, every pair, and a 1 for the bias."
    if np.allclose(got, right.reshape(4, 3, 4).transpose(0, 2, 1).reshape(4, 12), atol=1e-5):
        raise Wrong("all products are there in another order: let the features of the second modality run fastest.")
    raise Wrong("the shape is right, the numbers are not: multiply each of [1; x1] with each of [1; x2].")


def count_weights(answer) -> str:
    for widths, units, rank in (((64, 64), 64, 4), ((3, 5, 7), 2, 6)):
        got = answered(answer(widths, units, rank))
        if not isinstance(got, (tuple, list)) or len(got) != 2:
            raise Wrong(f"return two numbers, the whole tensor first; got {got!r}.")
        asked = f"for widths {widths}, {units} units and rank {rank}"
        tensor = units * int(np.prod([d + 1 for d in widths]))
        low = rank * units * sum(d + 1 for d in widths) + rank + units
        if got[0] == units * int(np.prod(widths)):
            raise Wrong(f"{asked}: you forgot the 1 in front of every vector; a width d counts as d + 1.")
        if got[0] != tensor:
            raise Wrong(f"{asked}: the tensor has one weight for each product and unit; you have {got[0]}.")
        if got[1] == low - rank - units:
            raise Wrong(f"{asked}: you forgot w, one number for each rank, and the bias b, one for each unit.")
        if got[1] != low:
            raise Wrong(
                f"{asked}: each rank has one factor of (d + 1) × units for each modality, and there are w and b; "
                f"you have {got[1]}."
            )
    return "a product of the widths on one side, a sum on the other."


def parity_kernel(answer) -> str:
    for symbols in (4, 6):
        kernel = np.asarray(answered(answer(symbols)), "float64")
        if kernel.shape != (symbols, symbols):
            raise Wrong(f"{symbols} symbols need a table of shape {(symbols, symbols)}, got {kernel.shape}.")
        odd = np.indices(kernel.shape).sum(axis=0) % 2 == 1
        if np.all(kernel[odd] < 0) and np.all(kernel[~odd] > 0):
            raise Wrong("the sign is the other way round: positive where the sum is odd.")
        if not (np.all(kernel[odd] > 0) and np.all(kernel[~odd] < 0)):
            wrong = int(np.sum((kernel > 0) != odd) + np.sum(kernel[~odd] == 0))
            raise Wrong(f"{wrong} of {kernel.size} entries have the wrong sign (0 is no answer either).")
        rank = np.linalg.matrix_rank(kernel)
        if rank > 1:
            raise Wrong(f"every sign is right, but the rank is {rank}: write it as one product of two vectors of ±1.")
    return "parity is a single product; that is why rank 1 is enough for it."


def mod_factors(answer) -> str:
    for symbols in (4, 5, 8):
        got = answered(answer(symbols))
        if not isinstance(got, (tuple, list)) or len(got) != 2:
            raise Wrong(f"return two arrays, A (K, 2) and P (K, K, 2); got {type(got).__name__}.")
        first, second = (np.asarray(factor, "float64") for factor in got)
        if first.shape != (symbols, 2) or second.shape != (symbols, symbols, 2):
            many = first.ndim == 2 and first.shape[1] > 2
            hint = f"; that is rank {first.shape[1]}, and 2 is enough" if many else ""
            raise Wrong(
                f"for K = {symbols} the shapes must be ({symbols}, 2) and ({symbols}, {symbols}, 2); got {first.shape} "
                f"and {second.shape}{hint}."
            )
        scores = np.einsum("ir,jcr->ijc", first, second)
        one, two = np.indices((symbols, symbols))
        chosen = scores.argmax(axis=-1)
        if np.array_equal(chosen, (two - one) % symbols):
            raise Wrong("your scores find the difference: cos(α + β) has a minus in front of sin α sin β.")
        right = chosen == (one + two) % symbols
        if not right.all():
            raise Wrong(f"for K = {symbols} the largest score is at (i + j) mod K for {right.mean():.0%} of the pairs.")
    return "two products add angles, for every K."


EXERCISES = {
    1: Exercise(
        outer_product, "x[:, :, None] * y[:, None, :] is (B, d1, d2); ops.reshape(..., (len(x), -1)) flattens."
    ),
    2: Exercise(
        count_weights, "The tensor: units × the product of all (d + 1). Low rank: a sum over modalities, times rank."
    ),
    3: Exercise(parity_kernel, "What is (−1)^i · (−1)^j, and what sign must stand before it?"),
    4: Exercise(
        mod_factors,
        "A[i] = (cos θi, sin θi), and P[j, c] is the same idea with the angle θ(j − c). Which sign is minus?",
    ),
}
