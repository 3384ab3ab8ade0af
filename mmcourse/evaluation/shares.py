"""What each modality adds to the accuracy, shared out exactly: Shapley values over modalities. Lesson 22."""

from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np

from ..data import Multimodal
from .asking import may_miss, outputs_without
from .tables import Shown

MOST = 6  # modalities: 2^6 = 64 passes over the split


@dataclass(frozen=True, repr=False)
class Shapley(Shown):
    """`values`: modality -> share of the accuracy; they sum to `fused` - `none`. `how`: what absent means here.

    `subsets`: the accuracy from each set of modalities, by their names joined with " + ".

    >>> list(shapley(model, data).values)
    ['image', 'text']
    """

    data: str
    split: str
    values: dict[str, float]
    none: float
    fused: float
    how: str
    subsets: dict[str, float]

    def title(self) -> str:
        return f"{self.data}, {self.split}: what each modality adds to the accuracy"

    def table(self) -> tuple[list[str], list[list[str]]]:
        rows = [[name, f"{value:+.3f}"] for name, value in self.values.items()]
        return ["", "Shapley value"], [["nothing", f"{self.none:.3f}"], *rows, ["fused", f"{self.fused:.3f}"]]

    def below(self) -> list[str]:
        return [f"(without a modality means: {self.how})"]


def shapley(model, data: Multimodal, split: str = "test") -> Shapley:
    """Shapley values of the accuracy: φ_i = Σ_{S ∌ i} |S|! (M - |S| - 1)! / M! (v(S + i) - v(S)), over all sets S.

    v(S) is the accuracy from the modalities in S, the others absent where the model has `allow_missing=True` (with
    nothing at all it is that of the majority class), else at their train mean as in `dropped`. After L. Shapley, 1953.
    Raises `ValueError` for more than 6 modalities. Taught in lesson 22.

    >>> found = shapley(model, data)
    >>> round(sum(found.values.values()), 6) == round(found.fused - found.none, 6)
    True
    """
    names, part = list(data.modalities), data.split(split)
    if len(names) > MOST:
        raise ValueError(f"{len(names)} modalities make {2 ** len(names)} sets; at most {MOST} modalities are exact")
    v = {}
    for size in range(len(names) + 1):
        for chosen in combinations(names, size):
            if may_miss(model) and not chosen:
                said = data.majority()
            else:
                said = outputs_without(model, data, part, set(names) - set(chosen)).argmax(axis=-1)
            v[frozenset(chosen)] = float(np.mean(said == part.y))
    return Shapley(
        data=data.name,
        split=split,
        values=_shared_out(v, names),
        none=v[frozenset()],
        fused=v[frozenset(names)],
        how="it is absent" if may_miss(model) else "every sample shows the train mean",
        subsets={" + ".join(n for n in names if n in s) or "nothing": value for s, value in v.items()},
    )


def _shared_out(v: dict[frozenset, float], names: list[str]) -> dict[str, float]:
    many = len(names)

    def weight(size: int) -> float:
        return factorial(size) * factorial(many - size - 1) / factorial(many)

    return {name: sum(weight(len(s)) * (v[s | {name}] - v[s]) for s in v if name not in s) for name in names}
