"""What each modality adds, shared out exactly, and what only several add together. Shapley values. Lesson 22."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ..data import Multimodal
from ..data.information import mutual_information
from .asking import log_chances
from .subsets import HOW, joined, outputs_by_subset, subsets_of, way_of
from .tables import Shown

UNITS = ("accuracy", "bits")


@dataclass(frozen=True, repr=False)
class Shapley(Shown):
    """`values`: modality -> its share of the worth; they sum to `fused` - `none`. `about`: what was shared out.

    `interactions`: two modalities or more, joined by " + " -> what they add only together; below 0 where they repeat
    each other. `subsets`: the worth of each set of modalities, by their names joined with " + ". `how`: what absent
    means here.

    >>> list(shapley(model, data).values)
    ['image', 'text']
    """

    about: str
    values: dict[str, float]
    interactions: dict[str, float]
    none: float
    fused: float
    subsets: dict[str, float]
    how: str = ""

    def title(self) -> str:
        return self.about

    def table(self) -> tuple[list[str], list[list[str]]]:
        rows = [[name, f"{value:+.3f}"] for name, value in self.values.items()]
        return ["", "Shapley value"], [["nothing", f"{self.none:.3f}"], *rows, ["fused", f"{self.fused:.3f}"]]

    def below(self) -> list[str]:
        lines = [f"interaction of {names}: {value:+.3f}" for names, value in self.interactions.items()]
        return lines + ([f"(without a modality means: {self.how})"] if self.how else [])


def shapley(model, data: Multimodal, split: str = "test", unit: str = "accuracy") -> Shapley:
    """Shapley values of a model: φ_i = Σ_{S ∌ i} |S|! (M - |S| - 1)! / M! (v(S + i) - v(S)), over all sets S.

    And its interactions, as in `shapley_of`. The worth v(S) is what the model gets from the modalities in S, the others
    absent where it has `allow_missing=True` (with nothing at all it knows how frequent the classes are), else at their
    train mean as in `dropped`. In "accuracy" it is the share of right answers. In "bits" it is what the model tells of
    the label, mean log2 of p(y | S) over the share of y in train (Xu et al., ICLR 2020, arXiv:2002.10689): below 0 for
    one that is sure and wrong. Bits of independent modalities add up and accuracies do not, so who asks whether
    modalities work together asks in bits. After L. Shapley, 1953. Raises `ValueError` for another unit, more than 6
    modalities, and a split that lacks some. Taught in lesson 22.

    >>> found = shapley(model, data)
    >>> round(sum(found.values.values()), 6) == round(found.fused - found.none, 6)
    True
    """
    _check(unit)
    part = data.split(split)
    said = outputs_by_subset(model, data, part)
    if unit == "bits":
        counts = np.bincount(data.train.y, minlength=part.y.max() + 1)
        often = np.log(np.maximum(counts, 1e-12 * counts.sum()) / counts.sum())[part.y]
        at = np.arange(len(part)), part.y
        worth = {s: float(np.mean(log_chances(each)[at] - often) / np.log(2)) for s, each in said.items()}
    else:
        worth = {s: float(np.mean(each.argmax(axis=1) == part.y)) for s, each in said.items()}
    about = f"{data.name}, {split}: what each modality adds to the {unit}"
    return shapley_of(worth.__getitem__, data.modalities, about, HOW[way_of(model, None)])


def best_value(data: Multimodal, unit: str = "accuracy") -> Callable[[tuple[str, ...]], float]:
    """What the best possible model gets from a set of modalities, for `shapley_of`: exact, by the set's known process.

    In "accuracy" its ceiling, max_y P(y) from nothing; in "bits" the mutual information I(y; modalities), 0 from
    nothing. Raises `ValueError` for another unit and for a set whose process nobody knows. Taught in lesson 22.

    >>> xor = best_value(mm.load("scenes", task="xor", train=1, val=1, test=1), "bits")
    >>> round(xor(("image",)), 6) == 0, round(xor(("image", "text")), 2)
    (True, 0.64)
    """
    _check(unit)
    world = data.world
    if world is None:
        raise ValueError(f"nobody knows what {data.name} can tell at best: its process is not known. Ask a model")

    def worth(names: tuple[str, ...]) -> float:
        if not names:
            return float(world.joint.reshape(len(world.joint), -1).sum(axis=1).max()) if unit == "accuracy" else 0.0
        return world.ceiling(*names) if unit == "accuracy" else mutual_information(world.seen(*names))

    return worth


def shapley_of(
    worth: Callable[[tuple[str, ...]], float], players: Iterable[str], about: str = "what each adds", how: str = ""
) -> Shapley:
    """Exact Shapley values and interactions of any worth v of sets of players, given as a tuple in their order.

    A set S adds m(S) = Σ_{T ⊆ S} (-1)^(|S| - |T|) v(T) beyond all its parts (Harsanyi, 1963). The index

        I(S) = Σ_{T ⊇ S} m(T) / (|T| - |S| + 1)

    is the Shapley value for one player, as in `shapley`, and for more the Shapley interaction (Grabisch and Roubens,
    Int. J. Game Theory 1999), v(ab) - v(a) - v(b) + v() for two of two. Raises `ValueError` for more than 6 players,
    one named twice, and a worth that is not finite. Taught in lesson 22.

    >>> shapley_of({(): 0.5, ("a",): 0.5, ("b",): 0.5, ("a", "b"): 1.0}.get, ["a", "b"]).interactions
    {'a + b': 0.5}
    """
    players = tuple(players)
    if len(set(players)) < len(players) or not players:
        raise ValueError(f"expected one player or more, each once; got {players}")
    v = {frozenset(s): float(worth(s)) for s in subsets_of(players)}
    if not np.isfinite(list(v.values())).all():
        raise ValueError(f"expected a finite worth of each set of {', '.join(players)}; got {list(v.values())}")
    adds = {s: sum((-1) ** (len(s) - len(t)) * v[t] for t in v if t <= s) for s in v}

    def index(chosen: tuple[str, ...]) -> float:
        return sum(adds[t] / (len(t) - len(chosen) + 1) for t in adds if t.issuperset(chosen))

    return Shapley(
        about,
        values={name: index((name,)) for name in players},
        interactions={joined(s): index(s) for s in subsets_of(players) if len(s) > 1},
        none=v[frozenset()],
        fused=v[frozenset(players)],
        subsets={joined(s): v[frozenset(s)] for s in subsets_of(players)},
        how=how,
    )


def _check(unit: str) -> None:
    if unit not in UNITS:
        raise ValueError(f"the unit must be {' or '.join(map(repr, UNITS))}, got {unit!r}")
