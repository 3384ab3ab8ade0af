"""The pitfalls of multimodal models, by number. A number means the same for ever, and each has a page with its cause.

A finding gets its number where the figure that it rests on is beyond luck. A report asks all of these questions at
once, so each is answered at .05 divided by their number (Bonferroni); what should be nothing, a loss or a change, must
have an interval that ends below a bound. Taught in lesson 05.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..files import course_file
from .statistics import LEVEL, Paired, Score, share

MARGIN = 0.02  # of accuracy: what certainly costs or adds less than this counts as nothing
SELDOM = 0.05  # of the answers: what certainly happens less often than this counts as never


@dataclass(frozen=True)
class Pitfall:
    """A number for ever, a short name, and what to do about it; a notebook shows its page, as does `print`.

    >>> pitfall = PITFALLS["MM003"]
    >>> pitfall.name, pitfall.page.name
    ('ignores a modality', 'MM003.md')
    """

    number: str
    name: str
    remedy: str

    @property
    def page(self) -> Path:
        """How it comes, shows and goes, with an example that falls into it: a file of the course, in Markdown."""
        return course_file("data", "pitfalls", f"{self.number}.md")

    def __str__(self) -> str:
        return self.page.read_text(encoding="utf-8")

    _repr_markdown_ = __str__


_TABLE = (
    Pitfall("MM001", "one answer for everything", "look at the loss, the learning rate and the labels; train again"),
    Pitfall("MM002", "no better than the majority class", "look whether inputs and labels of training belong together"),
    Pitfall("MM003", "ignores a modality", "look whether its input is connected, then train its encoder alone"),
    Pitfall("MM004", "above the ceiling", "ask each modality alone: one that passes its own ceiling holds the leak"),
    Pitfall("MM005", "one modality does better", "use that one, or give the fused model its budget and encoders"),
    Pitfall("MM006", "adds where the label needs a product", "fuse by a product, a gate or hidden units"),
    Pitfall("MM007", "two modalities are copies", "look at the line that loads the second one"),
    Pitfall("MM008", "one sample in two splits", "split by group, and leave copies out of train"),
    Pitfall("MM009", "presence tells the label", "ask why it is missing; hide it in the same way for every class"),
    Pitfall("MM010", "blind to order", "read words or frames with positions, a recurrent or a convolutional layer"),
    Pitfall("MM011", "inputs mixed up", "compare the names of inputs in training and in use; pass them by name"),
    Pitfall("MM012", "worse than its parts added up", "look whether training pairs belong together"),
)
BY_NUMBER = {pitfall.number: pitfall for pitfall in _TABLE}
SURE = LEVEL / len(BY_NUMBER)  # the level of each test


@dataclass(frozen=True)
class Finding:
    """A pitfall that was met: its number, the sentence, the modality it is about (None: the whole model or set).

    `figures`: what it rests on, name -> `Score` or `Paired`, each with its interval.

    >>> print(Finding("MM003", "ignores text (shuffling it changes nothing)", modality="text"))
    MM003 ignores text (shuffling it changes nothing)
    """

    number: str
    sentence: str
    modality: str | None = None
    figures: Mapping[str, Score | Paired] = field(default_factory=dict)

    @property
    def pitfall(self) -> Pitfall:
        """Its short name, what to do, and its page."""
        return BY_NUMBER[self.number]

    def __str__(self) -> str:
        return f"{self.number} {self.sentence}"


def read_on(findings: Collection[Finding]) -> list[str]:
    """Where the pages of what was found are, in a sentence; none where nothing was found."""
    numbers = sorted({finding.number for finding in findings})
    if not numbers:
        return []
    each = " and ".join(f'PITFALLS["{number}"]' for number in numbers)
    return [f"(cause and remedy: mm.evaluation.{each}, or the pages in data/pitfalls)"]


def how_often(changed: float, n: int) -> Score:
    """A share of n answers that changed, with its interval. Of a model, not of the groups that samples come from."""
    return share(np.arange(n) < round(changed * n))
