"""Claims: what the prose of a lesson says, as a sentence, a value and a bound, with the room there is between them.

A claim rests on seeds when its value is a `Scores`. Its margin is the distance of the mean from the bound, in standard
errors of a mean over three seeds, estimated from nine seeds or more (`mmcourse claims`). A claim whose value is a plain
number, text or truth is exact: an identity, an error's words, a closed form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt

from ..evaluation.seeds import Scores

ENOUGH = 3.0  # standard errors between a mean and its bound
LARGEST = 99.0  # a margin above this is written as this: all seeds gave the same
BOUNDS = ("above", "below", "within", "equal")


@dataclass(frozen=True)
class Claim:
    """One claim on one run. `value` is a number, a text or a truth; `scores` seed -> number where it rests on seeds."""

    sentence: str
    value: object
    bound: dict[str, object]
    scores: dict[str, float] | None = None

    @classmethod
    def of(cls, sentence: str, value, bounds: Mapping[str, object]) -> "Claim":
        """Check what a lesson claims. `ValueError` for two bounds or none, or a value that the bound cannot hold."""
        given = {name: bound for name, bound in bounds.items() if bound is not None}
        if len(given) != 1:
            raise ValueError(
                f"the claim {sentence!r} needs one bound of above=, below=, within=(low, high), equal=; "
                f"got {', '.join(given) or 'none'}"
            )
        ((kind, bound),) = given.items()
        if kind == "within":
            low, high = map(float, bound)
            if not low < high:
                raise ValueError(f"the claim {sentence!r}: within=(low, high) needs low < high; got {bound}")
            bound = [low, high]
        elif kind != "equal":
            bound = float(bound)
        if isinstance(value, Scores):
            if kind == "equal":
                raise ValueError(f"the claim {sentence!r} rests on seeds: measured numbers need above, below or within")
            return cls(sentence, value.mean, {kind: bound}, {str(seed): score for seed, score in value.items()})
        value = value.item() if hasattr(value, "item") else value
        if kind != "equal" and not isinstance(value, (int, float)):
            raise ValueError(f"the claim {sentence!r} compares a number with {bound}; got {type(value).__name__}")
        if not isinstance(value, (bool, int, float, str)):
            raise ValueError(
                f"the claim {sentence!r} needs a Scores, a number, a text or a truth; got {type(value).__name__}"
            )
        return cls(sentence, value, {kind: bound.item() if hasattr(bound, "item") else bound})

    def distance(self) -> float:
        """How far the value lies on the right side of the bound; negative where the claim does not hold."""
        ((kind, bound),) = self.bound.items()
        if kind == "equal":
            return 0.0 if self.value == bound else float("-inf")
        if kind == "within":
            return min(self.value - bound[0], bound[1] - self.value)
        return self.value - bound if kind == "above" else bound - self.value

    def holds(self, allowance: float = 0.0) -> bool:
        """Whether the claim is met, or missed by no more than `allowance`."""
        return self.distance() >= -allowance

    def told(self) -> str:
        """The bound and what came, in words."""
        ((kind, bound),) = self.bound.items()
        value = f"{self.value:.4g}" if isinstance(self.value, float) else f"{self.value}"
        return f"{self.sentence}: should be {kind} {bound}, is {value}"


def fault(claim: Claim, seeds: int, recorded: Mapping[str, Mapping]) -> str | None:
    """Why a claim fails on a run with so many seeds, in one sentence; None where it holds.

    `recorded`: the committed claims by sentence. A run of one seed is asked less: a claim on seeds then fails only if
    it is missed by more than three of the recorded standard deviations of a single seed.
    """
    if claim.scores is not None and len(claim.scores) < seeds:
        return f"{claim.sentence}: rests on {len(claim.scores)} of the {seeds} seeds; measure it on each"
    known = recorded.get(claim.sentence, {})
    one = claim.scores is not None and seeds == 1
    allowance = 3 * (known.get("spread") or 0.0) if one else 0.0
    return None if claim.holds(allowance) else claim.told()


@dataclass(frozen=True)
class Measured:
    """A claim over many seeds. `margin` is None for an exact one; `fault` says what is wrong with it, or None."""

    sentence: str
    value: object
    bound: dict[str, object]
    margin: float | None
    spread: float | None = None
    seeds: int = 0
    fault: str | None = None

    def as_json(self) -> dict:
        return {name: value for name, value in asdict(self).items() if name != "fault" or value}


def measure(runs: Sequence[Sequence[Claim]]) -> list[Measured]:
    """The margins of a lesson's claims from several runs, each with seeds of its own.

    Raises `ValueError` if the runs do not make the same claims (a sentence that holds a measured number, for one).
    """
    sentences = [claim.sentence for claim in runs[0]]
    for run in runs[1:]:
        odd = set(sentences) ^ {claim.sentence for claim in run}
        if odd:
            raise ValueError(f"not every run makes the claim {sorted(odd)[0]!r}; is a measured number in its sentence?")
    by_sentence = [[next(c for c in run if c.sentence == sentence) for run in runs] for sentence in sentences]
    return [_measure(claims) for claims in by_sentence]


def _measure(claims: Sequence[Claim]) -> Measured:
    first = claims[0]
    if first.scores is None:
        same = all(claim.value == first.value or _almost(claim.value, first.value) for claim in claims)
        wrong = None if same else "a plain number that other seeds change: it rests on one seed; claim a Scores"
        wrong = wrong or (None if first.holds() else f"does not hold: {first.told()}")
        return Measured(first.sentence, first.value, first.bound, None if same else 0.0, fault=wrong)
    scores = Scores({seed: score for claim in claims for seed, score in claim.scores.items()})
    claim = Claim.of(first.sentence, scores, first.bound)
    if len(scores) < 3:
        return Measured(first.sentence, scores.mean, first.bound, 0.0, None, len(scores), "rests on one seed of a run")
    error = scores.spread / sqrt(3)
    margin = LARGEST if error == 0 and claim.holds() else min(LARGEST, claim.distance() / (error or 1e-12))
    margin = round(max(-LARGEST, margin), 1)
    wrong = None if margin >= ENOUGH else f"its margin is {margin:.1f} standard errors; {ENOUGH:.0f} are asked"
    spread = round(scores.spread, 5)
    return Measured(first.sentence, round(scores.mean, 4), first.bound, margin, spread, len(scores), wrong)


def _almost(a, b) -> bool:
    """The same but for what the order of additions does to a float."""
    numbers = isinstance(a, float) and isinstance(b, float)
    return numbers and abs(a - b) <= 1e-6 * max(1.0, abs(a))
