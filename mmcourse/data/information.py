"""What two modalities tell about a label: together, each alone, or either one, in bits. Taught in lesson 05.

The decomposition is the one of Bertschinger, Rauh, Olbrich, Jost and Ay ("Quantifying unique information",
Entropy 2014), often called BROJA. Williams and Beer's I_min is simpler, but calls two independent bits redundant
when the label is their pair; here that pair is what it should be, one unique bit each.
"""

from dataclasses import dataclass

import numpy as np

STEPS = 3000
TOLERANCE = 1e-8  # bits of progress per step at which the search ends
SWEEPS = 4  # of proportional fitting within a step; the last fit goes on until the sums hold


@dataclass(frozen=True)
class Information:
    """Bits about the label: `redundancy` in either modality, `unique` in one, `synergy` only in both."""

    redundancy: float
    unique: dict[str, float]
    synergy: float

    @property
    def total(self) -> float:
        """I(y; all modalities), the sum of the parts."""
        return self.redundancy + sum(self.unique.values()) + self.synergy


def mutual_information(table: np.ndarray) -> float:
    """I(row; columns) in bits of a joint table P(row, columns...): Σ p log2(p / (p_row p_columns))."""
    table = table.reshape(len(table), -1)
    independent = table.sum(axis=1, keepdims=True) * table.sum(axis=0)
    held = table > 1e-100  # below that the product of the sums may underflow
    return float((table[held] * np.log2(table[held] / independent[held])).sum())


def decompose(table: np.ndarray, names: tuple[str, str]) -> Information:
    """Decompose I(y; a, b) for a joint table P(y, a, b) of shape (C, A, B).

    Over all Q with Q(y, a) = P(y, a) and Q(y, b) = P(y, b), unique(a) = min I_Q(y; a | b), unique(b) =
    min I_Q(y; b | a) and synergy = I(y; a, b) - min I_Q(y; a, b); one Q reaches all three, found to about 1e-4
    bits. redundancy = I(y; a) - unique(a).
    """
    if table.ndim != 3 or table.min() < 0 or abs(table.sum() - 1) > 1e-9:
        raise ValueError(f"expected probabilities over (y, a, b); got shape {table.shape}, sum {table.sum():.6g}")
    table = table[table.sum(axis=(1, 2)) > 0]
    about_a, about_b = mutual_information(table.sum(axis=2)), mutual_information(table.sum(axis=1))
    least = mutual_information(_least_synergy(table))
    parts = np.maximum(
        0, [about_a + about_b - least, least - about_b, least - about_a, mutual_information(table) - least]
    )
    redundancy, unique_a, unique_b, synergy = parts.tolist()
    return Information(redundancy, {names[0]: unique_a, names[1]: unique_b}, synergy)


def _least_synergy(table: np.ndarray) -> np.ndarray:
    """The Q of `decompose`, by alternating minimisation (Banerjee, Rauh and Montúfar, ISIT 2018).

    min_Q I_Q(y; a, b) = min_Q min_R D(Q ‖ P(y) R(a, b)), so in turn: R(a, b) = Σ_y Q, and for each y the Q_y
    nearest to R with the wanted row and column sums, which iterative proportional fitting finds.
    """
    rows, columns = table.sum(axis=2), table.sum(axis=1)
    q = rows[:, :, None] * columns[:, None, :] / table.sum(axis=(1, 2))[:, None, None]
    before = np.inf
    for _ in range(STEPS):
        q = _fit(np.broadcast_to(q.sum(axis=0), q.shape), rows, columns, SWEEPS)
        now = mutual_information(q)
        if abs(before - now) < TOLERANCE:
            break
        before = now
    return _fit(q, rows, columns, STEPS)


def _fit(q: np.ndarray, rows: np.ndarray, columns: np.ndarray, sweeps: int) -> np.ndarray:
    """Scale each q[y] to row sums rows[y] and column sums columns[y] (Sinkhorn), until both hold to 1e-12."""
    for _ in range(sweeps):
        q = q * _ratio(columns, q.sum(axis=1))[:, None, :]
        found = q.sum(axis=2)
        q = q * _ratio(rows, found)[:, :, None]
        if np.abs(found - rows).max() < 1e-12:
            break
    return q


def _ratio(wanted: np.ndarray, found: np.ndarray) -> np.ndarray:
    return np.divide(wanted, found, out=np.zeros_like(wanted), where=found > 0)
