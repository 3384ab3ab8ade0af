"""`report`: everything to ask before a fused model is believed, in one table with a verdict. Taught in lesson 05."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from ..data import Multimodal, Split
from .asking import (
    answers,
    log_chances,
    may_miss,
    only,
    outputs,
    outputs_without,
    with_neutral,
    with_other,
    with_reordered,
    with_shuffled,
)
from .interaction import no_interaction
from .leaks import presence, repeats, rows_of
from .pitfalls import SURE, Finding, read_on
from .statistics import Paired, Score, difference, p_text, share
from .tables import Shown
from .verdict import OWN, verdict


@dataclass(frozen=True)
class Row:
    """One way of asking. `kind`: majority, alone, added, fused, shuffled, dropped, reordered, exchanged or copied.

    `modality` is what the row is about, None for the whole model. `gain` is this row's accuracy minus that of the
    fused model, on the same samples. `changed` is the share of answers that differ from the fused model's.
    """

    name: str
    kind: str
    modality: str | None
    score: Score
    gain: Paired | None = None
    changed: float | None = None


@dataclass(frozen=True, repr=False)
class Report(Shown):
    """What `report` found. `share` is the fused accuracy as a share of `ceiling`; both None where nobody knows it.

    `rows` as in the table, `probes` the rows of exchanged and copied inputs, `alone` how each modality alone was asked,
    `same_answer` the class that is always given, if one is, `copies` pairs of modalities that are the same arrays,
    `constant` modalities that are the same in every sample, `moved` the share of samples that another order changes, by
    modality, `worth` what each modality adds to the ceiling of the others, `verdict` the sentences, `findings` those of
    them that are pitfalls.

    >>> found = report(model, data)
    >>> [row.name for row in found.rows if row.kind == "dropped"]
    ['image dropped', 'text dropped']
    """

    data: str
    split: str
    rows: tuple[Row, ...]
    probes: tuple[Row, ...]
    alone: dict[str, str]
    ceiling: float | None
    share: float | None
    same_answer: str | None
    copies: tuple[tuple[str, str], ...]
    constant: tuple[str, ...]
    moved: dict[str, float]
    distinct: int
    worth: dict[str, float | None]
    verdict: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def row(self, kind: str, modality: str | None = None) -> Row:
        """The first row of a kind, such as `row("fused")` or `row("shuffled", "audio")`."""
        for row in (*self.rows, *self.probes):
            if row.kind == kind and row.modality == modality:
                return row
        raise ValueError(f"there is no row {kind!r} of {modality!r}; there are {[row.name for row in self.rows]}")

    def title(self) -> str:
        fused = self.row("fused").score
        groups = "" if fused.groups is None else f" in {fused.groups} groups"
        repeats = f", {self.distinct} of them distinct" if self.distinct < fused.n else ""
        return f"{self.data}, {self.split}: {fused.n} samples{groups}{repeats}"

    def table(self) -> tuple[list[str], list[list[str]]]:
        lines = [_cells(row) for row in self.rows]
        if self.ceiling is not None:
            lines.append(["ceiling", f"{self.ceiling:.3f}", "", f"fused is {100 * self.share:.1f}% of it", ""])
        return ["", "accuracy", "95% interval", "against fused", "p"], lines

    def below(self) -> list[str]:
        own = [name for name, how in self.alone.items() if how == OWN]
        rest = {how: [n for n, h in self.alone.items() if h == how] for how in set(self.alone.values()) - {OWN}}
        how = [f"{' and '.join(own)}: models of their own"] if own else []
        how += [f"{' and '.join(names)}: {kind}" for kind, names in sorted(rest.items())]
        return [*self.verdict, f"(alone means: {'; '.join(how)})", *read_on(self.findings)]


ABOUT_INPUTS = {"MM001", "MM003", "MM007", "MM011"}  # each of them is reason enough for a model without interaction
ABSENT, NEUTRAL = "the fused model, the others absent", "the fused model, the others at their mean"


def report(
    model,
    data: Multimodal,
    *,
    alone: Mapping[str, object] | None = None,
    ordered: Collection[str] = (),
    split: str = "test",
    seed: int = 0,
) -> Report:
    """Baseline, each modality alone, fused, each shuffled, each dropped, the ceiling; and a verdict in words.

    `alone`: modality -> a model of its own, which takes `{modality: x}` or x. Modalities without one are asked of
    the fused model: with the others absent where it has `allow_missing=True`, else with the others at their train
    mean. Only models of their own tell whether fusion was worth it; the report says which it had. With one for every
    modality, their log-probabilities are also added up: a fused model should not be worse than that. `seed` decides
    the shuffling. `ordered`: the modalities in which the order of words or frames should matter; they are also asked in
    another order.

    What is beyond luck has its number, `MM003 ignores text`: see `pitfalls`, and `check` for these alone. Intervals and
    tests are over samples, or over groups where the split has them. Where two modalities have the same shape, it is
    also tried whether exchanging them, or copying one into the other, makes the model better: a sign that they were
    mixed up. Raises `ValueError` for modalities the data does not have, an order of what has none, and a split with one
    class only. Taught in lesson 05.

    >>> found = report(model, data)
    >>> found.row("fused").score.value > found.row("alone", "image").score.value
    True
    """
    alone = dict(alone or {})
    if isinstance(ordered, str):
        raise ValueError(f"ordered is a list of modalities: expected [{ordered!r}], got {ordered!r}")
    data.check_names([*alone, *ordered])
    part = data.split(split)
    if (part.y == part.y[0]).all():
        raise ValueError(
            f"{data.name}, {split}: every label is {_named(data, part.y[0])!r}; expected two classes or more"
        )
    fused = answers(model, part)
    right = fused == part.y

    def row(name: str, kind: str, modality: str | None, said: np.ndarray) -> Row:
        gain = difference(said == part.y, right, part.group)
        return Row(name, kind, modality, share(said == part.y, part.group), gain, float(np.mean(said != fused)))

    rows = [row("majority class", "majority", None, np.full(len(part), data.majority()))]
    said = {name: _alone(model, alone.get(name), data, part, name) for name in data.modalities}
    rows += [row(f"{name} alone", "alone", name, chances.argmax(axis=1)) for name, chances in said.items()]
    if len(said) > 1 and set(alone) == set(said):
        rows.append(row("all alone, added up", "added", None, sum(said.values()).argmax(axis=1)))
    rows.append(Row("fused", "fused", None, share(right, part.group)))
    for name in data.modalities if len(data.modalities) > 1 else ():
        rows.append(row(f"{name} shuffled", "shuffled", name, answers(model, with_shuffled(part, name, seed))))
        rows.append(row(f"{name} dropped", "dropped", name, answers(model, with_neutral(data, part, [name]))))
    mixed = {name: with_reordered(part, name, seed) for name in ordered}
    rows += [row(f"{name} reordered", "reordered", name, answers(model, other)) for name, other in mixed.items()]
    probes = [
        row(name, kind, about, answers(model, with_other(part, sources)))
        for name, kind, about, sources in _mix_ups(part)
    ]
    ceiling = data.ceiling()
    found = Report(
        data=data.name,
        split=split,
        rows=tuple(rows),
        probes=tuple(probes),
        alone={name: OWN if name in alone else ABSENT if may_miss(model) else NEUTRAL for name in said},
        ceiling=ceiling,
        share=None if ceiling is None else float(right.mean() / ceiling),
        same_answer=_same_answer(data, fused),
        copies=tuple((a, b) for a, b in combinations(part.x, 2) if _is_copy(part.x[a], part.x[b])),
        constant=tuple(name for name, x in part.x.items() if (x == x[0]).all()),
        moved={name: _share_moved(part.x[name], other.x[name]) for name, other in mixed.items()},
        distinct=len(set(rows_of(part))),
        worth={name: _worth(data, name) for name in data.modalities},
    )
    told = _told(model, data, found, right, seed)
    findings = tuple(one for one in told if isinstance(one, Finding))
    return replace(found, verdict=tuple(map(str, told)), findings=findings)


def _told(model, data: Multimodal, found: Report, right: np.ndarray, seed: int) -> list[Finding | str]:
    """The sentences: what is wrong with the data, what the rows say, and whether the model is a mere sum."""
    group = data.split(found.split).group
    told = [*repeats(data, found.split, right), *presence(data, found.split)]
    told += verdict(found, share(right, group, SURE))
    if not any(isinstance(one, Finding) and one.number in ABOUT_INPUTS for one in told):
        told += no_interaction(model, data, found.split, seed, found.row("fused").score)
    return told


def _cells(row: Row) -> list[str]:
    score = row.score
    against = ["", ""] if row.gain is None else [f"{row.gain.difference:+.3f}", p_text(row.gain.p)]
    return [row.name, f"{score.value:.3f}", f"{score.low:.3f} to {score.high:.3f}", *against]


def _alone(model, own, data: Multimodal, part: Split, name: str) -> np.ndarray:
    """What is said from one modality, as log-probabilities (N, classes)."""
    if own is not None:
        return log_chances(outputs(own, only(part, [name], own)))
    others = [other for other in data.modalities if other != name]
    return log_chances(outputs_without(model, data, part, others))


def _mix_ups(part: Split) -> list[tuple[str, str, str | None, dict[str, str]]]:
    """Ways to mix up modalities of the same shape: (name, kind, the modality it is about, where inputs come from)."""
    ways = []
    for a, b in combinations(part.x, 2):
        if part.x[a].shape == part.x[b].shape and part.x[a].dtype == part.x[b].dtype:
            ways.append((f"{a} and {b} exchanged", "exchanged", None, {a: b, b: a}))
            ways.append((f"{b} given a copy of {a}", "copied", b, {b: a}))
            ways.append((f"{a} given a copy of {b}", "copied", a, {a: b}))
    return ways


def _same_answer(data: Multimodal, fused: np.ndarray) -> str | None:
    if (fused != fused[0]).any():
        return None
    return _named(data, fused[0])


def _named(data: Multimodal, label: int) -> str:
    """A class by its name, where it has one; a model may have more answers than there are classes."""
    return str(data.classes[label]) if data.classes is not None and label < len(data.classes) else str(label)


def _is_copy(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b)


def _share_moved(before: np.ndarray, after: np.ndarray) -> float:
    return float((before != after).reshape(len(before), -1).any(axis=1).mean())


def _worth(data: Multimodal, name: str) -> float | None:
    """What a modality adds to the ceiling of the others; None where nobody knows."""
    others, ceiling = [other for other in data.modalities if other != name], data.ceiling()
    return None if ceiling is None or not others else ceiling - data.ceiling(*others)
