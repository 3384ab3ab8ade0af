"""`Scores`: one number for each seed, and what they say together. Taught in lesson 00."""

from collections.abc import Callable, Iterator, Mapping
from typing import Union

import numpy as np

Number = Union[float, "Scores"]


class Scores(Mapping):
    """Seed -> a number, such as a test accuracy; reads like a dict, and calculates seed by seed.

    >>> fused, image = Scores({0: 0.81, 1: 0.84, 2: 0.80}), Scores({0: 0.62, 1: 0.60, 2: 0.64})
    >>> gain = fused - image  # of differences on the same seed, which is what a paired comparison needs
    >>> round(gain.mean, 3), round(gain.spread, 3), round(gain.error, 3)
    (0.197, 0.04, 0.023)

    Raises `ValueError` for no seed, for what is not a finite number, and when two with different seeds are joined.
    """

    def __init__(self, by_seed: Mapping[int, float]):
        self._by_seed = {int(seed): float(value) for seed, value in by_seed.items()}
        bad = [seed for seed, value in self._by_seed.items() if not np.isfinite(value)]
        if bad or not self._by_seed:
            raise ValueError(f"Scores needs a finite number for one seed or more; got {dict(by_seed)}")

    def __getitem__(self, seed: int) -> float:
        return self._by_seed[seed]

    def __iter__(self) -> Iterator[int]:
        return iter(self._by_seed)

    def __len__(self) -> int:
        return len(self._by_seed)

    @property
    def mean(self) -> float:
        return float(np.mean(list(self.values())))

    @property
    def spread(self) -> float:
        """Standard deviation (n - 1) over seeds; NaN for one seed, which has none."""
        return float(np.std(list(self.values()), ddof=1)) if len(self) > 1 else float("nan")

    @property
    def error(self) -> float:
        """Standard error of the mean: spread / √n."""
        return self.spread / len(self) ** 0.5

    def __add__(self, other: Number) -> "Scores":
        return self._with(other, lambda a, b: a + b)

    def __sub__(self, other: Number) -> "Scores":
        return self._with(other, lambda a, b: a - b)

    def __rsub__(self, other: float) -> "Scores":
        return self._with(other, lambda a, b: b - a)

    def __mul__(self, other: Number) -> "Scores":
        return self._with(other, lambda a, b: a * b)

    def __truediv__(self, other: Number) -> "Scores":
        return self._with(other, lambda a, b: a / b)

    def __neg__(self) -> "Scores":
        return self * -1

    __radd__, __rmul__ = __add__, __mul__

    def _with(self, other: Number, join: Callable[[float, float], float]) -> "Scores":
        if isinstance(other, Scores):
            if set(other) != set(self):
                raise ValueError(f"two Scores need the same seeds; got {list(self)} and {list(other)}")
            return Scores({seed: join(value, other[seed]) for seed, value in self.items()})
        return Scores({seed: join(value, float(other)) for seed, value in self.items()})

    def __repr__(self) -> str:
        if len(self) == 1:
            return f"{self.mean:.3f} (one seed)"
        return f"{self.mean:.3f} ± {self.spread:.3f} ({len(self)} seeds)"


def highest(*scores: Scores) -> Scores:
    """The largest of several on each seed, such as the better modality alone.

    >>> highest(Scores({0: 0.6, 1: 0.7}), Scores({0: 0.65, 1: 0.5}))[0]
    0.65
    """
    return Scores({seed: max(each[seed] for each in scores) for seed in scores[0]})
