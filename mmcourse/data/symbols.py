"""Worlds of symbols whose best possible score is known: tables, erasures, ceilings. Taught in lesson 05.

Each modality m carries a symbol s_m, which is erased with probability e_m, independently of everything else.
Erasures are seen as such. They are not flips: with two flipped symbols the best fused rule is just the more
reliable one.
"""

from dataclasses import dataclass

import numpy as np

from .information import Information, decompose

TASKS = ("redundant", "unique", "complementary", "xor", "mod", "match")
ERASED = -1  # the observed symbol of an erased one


def task_table(task: str, symbols: int, modalities: int) -> np.ndarray:
    """The joint table P(y, s_1, ..., s_M) of a task, shape (C, K, ..., K), for K symbols in M modalities.

    - `redundant`: one uniform symbol, the same everywhere; y is that symbol.
    - `unique`: independent symbols; y is the first modality's.
    - `complementary`: independent symbols; y is their tuple, C = K^M.
    - `xor`: independent symbols; y is the parity of their sum, C = 2 (K even).
    - `mod`: independent symbols; y is their sum modulo K.
    - `match`: y is 1 where all symbols agree, half of the time, else they are any other tuple; C = 2.
    """
    if task not in TASKS:
        raise ValueError(f"there is no task {task!r}; choose one of {', '.join(TASKS)}")
    if symbols < 2 or modalities < 2:
        raise ValueError(f"a task needs 2 symbols and 2 modalities or more, got {symbols} and {modalities}")
    if task == "xor" and symbols % 2:
        raise ValueError(
            f"xor needs an even number of symbols, so that both parities are equally likely; got {symbols}"
        )
    tuples = np.indices((symbols,) * modalities)
    same = (tuples == tuples[0]).all(axis=0)
    labels = {
        "redundant": tuples[0],
        "unique": tuples[0],
        "complementary": np.arange(symbols**modalities).reshape(same.shape),
        "xor": tuples.sum(axis=0) % 2,
        "mod": tuples.sum(axis=0) % symbols,
        "match": same.astype(int),
    }[task]
    if task == "redundant":
        weights = same / symbols
    elif task == "match":
        weights = np.where(same, 0.5 / symbols, 0.5 / (same.size - symbols))
    else:
        weights = np.full(same.shape, 1 / same.size)
    return weights * (labels == np.arange(labels.max() + 1).reshape(-1, *[1] * modalities))


@dataclass(frozen=True, eq=False)
class World:
    """A joint table P(y, s_1, ..., s_M) and an erasure rate for each modality, in this order.

    Raises `ValueError` for a table that is no distribution, a rate outside [0, 1], or an unknown modality.
    """

    joint: np.ndarray
    erasure: dict[str, float]

    def __post_init__(self) -> None:
        if self.joint.ndim != len(self.erasure) + 1 or self.joint.min() < 0 or abs(self.joint.sum() - 1) > 1e-9:
            raise ValueError(
                f"a world needs probabilities over (y, {', '.join(self.erasure)}); "
                f"got shape {self.joint.shape}, sum {self.joint.sum():.6g}"
            )
        for name, rate in self.erasure.items():
            if not 0 <= rate <= 1:
                raise ValueError(f"the erasure rate of {name!r} must be in [0, 1], got {rate}")

    def seen(self, *modalities: str) -> np.ndarray:
        """P(y, observations in this order): shape (C, K + 1, ...); the last observation is "erased"."""
        names = self._names(modalities)
        table = self.joint
        for axis, (name, rate) in enumerate(self.erasure.items(), 1):
            size = table.shape[axis]
            channel = np.hstack([(1 - rate) * np.eye(size), np.full((size, 1), rate)])
            if name not in names:
                channel = np.ones((size, 1))
            table = np.moveaxis(np.tensordot(table, channel, (axis, 0)), -1, axis)
        order = [1 + list(self.erasure).index(name) for name in names]
        rest = [axis for axis in range(1, table.ndim) if axis not in order]
        return table.transpose(0, *order, *rest).reshape(len(table), *[table.shape[axis] for axis in order])

    def ceiling(self, *modalities: str) -> float:
        """Bayes-optimal accuracy from these modalities (default: all): Σ_o max_y P(y, o), by enumeration."""
        return float(self.seen(*modalities).max(axis=0).sum())

    def best_sum(self, *modalities: str) -> float:
        """Accuracy of the sum of one function per modality that maximum likelihood finds, Σ_m f_m(o_m) as logits.

        It is the ceiling where the label needs no interaction, and below it where it does: XOR leaves such a sum a
        guess. (A sum tuned to accuracy may be right on three quarters of XOR, sure of none.) By multinomial logistic
        regression on all that can be observed, each with its probability. Taught in lesson 08.
        """
        from sklearn.linear_model import LogisticRegression

        table = self.seen(*modalities)
        sizes = table.shape[1:]
        y, *observed = np.tile(np.nonzero(table), 2)  # twice: it warns of classes that occur only once
        weights = table[y, *observed]
        columns = np.hstack([np.eye(size)[column] for size, column in zip(sizes, observed, strict=True)])
        sum_ = LogisticRegression(C=1e5, max_iter=2000).fit(columns, y, sample_weight=weights)
        cells = np.indices(sizes).reshape(len(sizes), -1)
        columns = np.hstack([np.eye(size)[column] for size, column in zip(sizes, cells, strict=True)])
        return float(table.reshape(len(table), -1)[sum_.predict(columns), np.arange(cells.shape[1])].sum())

    def bayes_rule(self, observed: dict[str, np.ndarray]) -> np.ndarray:
        """The best answers, (N,) labels, from observed symbols, modality -> (N,) ints, -1 where erased."""
        best = self.seen(*observed).argmax(axis=0)
        return best[tuple(np.asarray(column) for column in observed.values())]

    def information(self, *modalities: str) -> Information:
        """What two modalities tell about y, in bits: shared, each alone, only together. See `decompose`."""
        names = self._names(modalities)
        if len(names) != 2:
            raise ValueError(f"information needs two modalities; name two of {', '.join(self.erasure)}")
        return decompose(self.seen(*names), names)

    def sample(
        self, n: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Draw n samples: labels (N,), true symbols and observed symbols, modality -> (N,), -1 where erased.

        Systematic sampling: every cell (y, symbols, erasures) occurs n·P times, rounded up or down at random. So
        classes are balanced, and a finite split has the ceiling of the table: a score above it is a leak, not luck.
        """
        names = list(self.erasure)
        patterns = np.indices((2,) * len(names)).reshape(len(names), -1)
        rates = np.array(list(self.erasure.values()))[:, None]
        weights = np.where(patterns, rates, 1 - rates).prod(axis=0)
        cells = np.flatnonzero(self.joint)
        edges = np.cumsum(np.outer(self.joint.flat[cells], weights))
        picks = np.searchsorted(edges / edges[-1], (np.arange(n) + rng.random()) / n, side="right")
        picks = rng.permutation(np.minimum(picks, edges.size - 1))
        y, *true = np.unravel_index(cells[picks // patterns.shape[1]], self.joint.shape)
        erased = patterns[:, picks % patterns.shape[1]].astype(bool)
        symbols = dict(zip(names, true, strict=True))
        seen = {name: np.where(gone, ERASED, s) for (name, s), gone in zip(symbols.items(), erased, strict=True)}
        return y, symbols, seen

    def _names(self, modalities: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in modalities if name not in self.erasure]
        if unknown or len(set(modalities)) < len(modalities):
            raise ValueError(
                f"expected different modalities among {', '.join(self.erasure)}; got {', '.join(modalities)}"
            )
        return modalities or tuple(self.erasure)


def task_world(task: str, symbols: int, erasure: dict[str, float]) -> World:
    """The world of a task: its table and these erasure rates, modality -> rate."""
    if symbols ** len(erasure) > 4096:
        raise ValueError(
            f"{symbols} symbols in {len(erasure)} modalities make {symbols ** len(erasure)} tuples; 4096 fit"
        )
    return World(task_table(task, symbols, len(erasure)), dict(erasure))
