"""`check`: the numbered pitfalls that a report met, and nothing else. Taught in lesson 05."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..data import Multimodal
from .pitfalls import Finding, read_on
from .reporting import report
from .statistics import Paired, Score
from .tables import Shown


@dataclass(frozen=True, repr=False)
class Findings(Shown):
    """The pitfalls that were met, the gravest first; empty where there are none. Goes through its `found`.

    >>> len(check(model, data))
    0
    """

    data: str
    split: str
    found: tuple[Finding, ...]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Such as `("MM003", "MM004")`."""
        return tuple(finding.number for finding in self.found)

    def title(self) -> str:
        count = {0: "no pitfall was met", 1: "1 pitfall"}.get(len(self), f"{len(self)} pitfalls")
        return f"{self.data}, {self.split}: {count}"

    def table(self) -> tuple[list[str], list[list[str]]]:
        rows = []
        for finding in self.found:
            heads = [f"{finding.number} {finding.pitfall.name}", finding.modality or ""]
            for name, figure in finding.figures.items() or [("", None)]:
                rows.append([*heads, name, *_figure(figure)])
                heads = ["", ""]
        return ["", "modality", "rests on", "", "interval"], rows

    def below(self) -> list[str]:
        return [f"{each}. Remedy: {each.pitfall.remedy}" for each in self.found] + read_on(self.found)


def check(model, data: Multimodal, **options) -> Findings:
    """What `report(model, data, **options)` found by number, and nothing else; it takes the same options.

    Each finding has its number, the modality it is about, the figures it rests on, what to do and its page. No finding
    is no proof: a pitfall may be there and not show on so few samples, or need a ceiling that nobody knows. Taught in
    lesson 05.

    >>> half = keras.Model(inputs, 3 * inputs["image"])  # its second input is not connected
    >>> check(half, data).numbers
    ('MM003',)
    """
    told = report(model, data, **options)
    return Findings(told.data, told.split, told.findings)


def _figure(figure: Score | Paired | None) -> list[str]:
    """A value and its interval; nothing of what is exact."""
    if figure is None:
        return ["", ""]
    value, sign = (figure.value, "") if isinstance(figure, Score) else (figure.difference, "+")
    return [f"{value:{sign}.3f}", f"{figure.low:{sign}.3f} to {figure.high:{sign}.3f}"]
