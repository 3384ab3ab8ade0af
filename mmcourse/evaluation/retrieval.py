"""Retrieval: does a sentence find its picture among many, and how often could it at best? Taught in lesson 18.

Recall at k is the share of queries with a right answer among the k candidates most similar to them. What is equally
similar comes in random order, and a number here is the exact expectation over these orders: a model that finds all
alike scores chance, not 1. So the same function gives the ceiling. Where a caption is true of several pictures, nobody
can do better than guess among them: the ceiling is the recall of a similarity that is 1 where the caption is true of
the picture, else 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .tables import Shown


@dataclass(frozen=True, repr=False)
class Retrieval(Shown):
    """Recall in both directions, "image to text" and back, at each of `ks`, among `pool` candidates.

    `chance`: of a model that finds all alike. `ceiling`: of the best possible one, None where nobody said what it is.

    >>> found = retrieval([[0.9, 0.2], [0.4, 0.3]], ("image", "text"), ks=[1])
    >>> found.recall
    {'image to text': (0.5,), 'text to image': (1.0,)}
    """

    pool: dict[str, int]
    ks: tuple[int, ...]
    recall: dict[str, tuple[float, ...]]
    chance: dict[str, tuple[float, ...]]
    ceiling: dict[str, tuple[float, ...]] | None

    def title(self) -> str:
        return ", ".join(f"{way} among {size}" for way, size in self.pool.items())

    def table(self) -> tuple[list[str], list[list[str]]]:
        rows = []
        for way, found in self.recall.items():
            for i, k in enumerate(self.ks):
                best = None if self.ceiling is None else self.ceiling[way][i]
                told = ["", ""] if best is None else [f"{best:.3f}", f"{found[i] / best:.3f}"]
                rows.append([f"{way}, R@{k}", f"{found[i]:.3f}", f"{self.chance[way][i]:.3f}", *told])
        return ["", "recall", "chance", "ceiling", "share of it"], rows


def retrieval(
    similarity: np.ndarray,
    names: tuple[str, str],
    ks: Sequence[int] = (1, 5, 10),
    *,
    right: np.ndarray | None = None,
    best: np.ndarray | None = None,
    pool: int | None = None,
) -> Retrieval:
    """Recall at each k, from rows to columns and back, of `similarity` (N, M): rows of the first of `names`.

    `right` and `pool` as in `recall_at`. `best` (N, M) is the similarity of a model that knows all there is to know,
    how many times likelier two are to be a pair than to meet by accident, P(a, b) / (P(a) P(b)), and gives the ceiling.
    For captions that are equally likely to be said of each picture they are true of: 1 over the share of pictures they
    are true of, where true, else 0. (From text to image 1 where true is enough; from image to text it is not: of two
    true captions the one that says more is likelier the picture's own.) Raises `ValueError` as `recall_at` does.
    Taught in lesson 18.

    >>> true = np.array([[1, 1], [0, 1]], bool)  # the second caption is true of both pictures
    >>> found = retrieval(true, ("image", "text"), ks=[1], best=true / true.mean(axis=0))
    >>> found.ceiling
    {'image to text': (1.0,), 'text to image': (0.75,)}
    """
    ways = {f"{names[0]} to {names[1]}": np.asarray, f"{names[1]} to {names[0]}": np.transpose}

    def all_of(matrix: np.ndarray) -> dict[str, tuple[float, ...]]:
        turned = {way: (turn(matrix), None if right is None else turn(right)) for way, turn in ways.items()}
        return {way: tuple(recall_at(m, k, right=r, pool=pool) for k in ks) for way, (m, r) in turned.items()}

    recall = all_of(similarity)
    sizes = {way: pool or turn(similarity).shape[1] for way, turn in ways.items()}
    chance = all_of(np.zeros(np.shape(similarity)))
    return Retrieval(sizes, tuple(ks), recall, chance, None if best is None else all_of(best))


def recall_at(similarity: np.ndarray, k: int = 1, *, right: np.ndarray | None = None, pool: int | None = None) -> float:
    """The expected share of queries (rows) with a right answer among their k most similar candidates (columns).

    `similarity` (N, M). `right` (N, M) bool: which candidates are right answers, one or more for each query
    (`ids[:, None] == ids`); by default candidate i for query i. `pool`: among the right answers and others drawn at
    random, so many in all, instead of all M: the exact expectation over all such pools, by the hypergeometric
    distribution. Similarities are equal where they are to the last bit. Raises `ValueError` for other shapes, NaN, a
    query without a right answer, and k or pools that do not fit. Taught in lesson 18.

    >>> recall_at([[0.9, 0.2, 0.1], [0.5, 0.5, 0.1], [0.8, 0.7, 0.6]])  # right, one of two, wrong
    0.5
    """
    similarity, right = _checked(similarity, right)
    rights, candidates = right.sum(axis=1), right.shape[1]
    size = candidates if pool is None else pool
    if not rights.max() <= size <= candidates or not 1 <= k <= size:
        raise ValueError(
            f"expected {rights.max()} to {candidates} candidates in a pool and 1 <= k <= pool; got pool {pool}, k {k}"
        )
    nearest = np.where(right, similarity, -np.inf).max(axis=1, keepdims=True)
    above = (similarity > nearest).sum(axis=1)
    equal = similarity == nearest
    counts = np.stack([above, (equal & ~right).sum(axis=1), (equal & right).sum(axis=1), rights], axis=1)
    kinds, times = np.unique(counts, axis=0, return_counts=True)
    inside = {r: _at_most(k - 1, candidates - r, size - r) for r in np.unique(rights).tolist()}
    found = [inside[r][a : a + wrong + 1] @ _ahead(wrong, tied) for a, wrong, tied, r in kinds.tolist()]
    return float(np.average(found, weights=times))


def _at_most(most: int, others: int, drawn: int) -> np.ndarray:
    """The chance that at most so many of b are drawn, for b = 0 to `others`, (others + 1,)."""
    from scipy.stats import hypergeom

    return hypergeom.cdf(most, others, np.arange(others + 1), drawn)


def _ahead(wrong: int, right: int) -> np.ndarray:
    """The chance that u of the wrong ones come before the first right one in random order, u = 0 to `wrong`."""
    u = np.arange(wrong)
    return right / (wrong + right) * np.cumprod([1, *(wrong - u) / (wrong + right - 1 - u)])


def _checked(similarity: np.ndarray, right: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    similarity = np.asarray(similarity, float)
    if similarity.ndim != 2 or not similarity.size or np.isnan(similarity).any():
        raise ValueError(f"expected similarities (N, M), queries by candidates; got {similarity.shape}, or NaN")
    if right is None and similarity.shape[0] != similarity.shape[1]:
        raise ValueError(f"{similarity.shape[0]} queries and {similarity.shape[1]} candidates: say which are `right`")
    right = np.eye(len(similarity), dtype=bool) if right is None else np.asarray(right)
    if right.dtype != bool or right.shape != similarity.shape or not right.any(axis=1).all():
        raise ValueError(
            f"expected `right` {similarity.shape} bool with a right answer for each query; "
            f"got {right.shape} {right.dtype}, or a query without one"
        )
    return similarity, right
