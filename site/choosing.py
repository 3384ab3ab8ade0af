"""The page "Choosing a fusion": what the layers say of themselves, and what they were measured to cost."""

import inspect
import json
from math import prod

from docstrings import linked
from formulas import split_formula, tex

from mmcourse import layers
from mmcourse.files import course_file
from mmcourse.layers.about import about
from mmcourse.layers.decisions import DecisionFusion

UNITS = 64  # as in results/layers.json
HEAD = """Choosing a fusion
=================

What each fusion layer computes, how many weights that takes, what it does with an absent modality, when it wins and
when it fails. Begin with :doc:`ConcatFusion <reference/names/mmcourse.layers.ConcatFusion>`: a method that does not
beat it on your data is not worth its weights. The lessons measure most of what is said here.

*Weights* are those for widths 128 and 128 with 64 units, for 4 classes where a layer joins the answers of models, all
other settings as they are. *Cost* is the median of one forward and backward pass in milliseconds of one CPU thread,
batch 256, 16 steps for sequences; a dash where it was not measured. The :doc:`results <results/layers>` have the rest.
"""
GROUPS = (
    ("Features, one vector a sample", lambda cls: cls.ranks == (2,) and not issubclass(cls, DecisionFusion)),
    ("Features with places or steps", lambda cls: cls.ranks != (2,)),
    ("Answers of models", lambda cls: issubclass(cls, DecisionFusion)),
)


def page() -> str:
    """The page: a table to compare, and a section for each layer."""
    public = [getattr(layers, name) for name in layers.__all__]
    choices = [cls for cls in public if issubclass(cls, layers.Fusion) and cls.wins]
    costs = measured()
    parts = [HEAD]
    for title, belongs in GROUPS:
        members = sorted((cls for cls in choices if belongs(cls)), key=lambda cls: (about(cls)["Lesson"], weights(cls)))
        parts += [f"{title}\n{'-' * len(title)}\n", table(members, costs), *map(section, members)]
    return "\n".join(parts)


def measured() -> dict[str, float]:
    """Case of `results/layers.json` -> milliseconds for widths 128 and 128."""
    rows = json.loads(course_file("results", "layers.json").read_text(encoding="utf-8"))["rows"]
    return {row["case"]: row["ours"] for row in rows if row["widths"] == "128+128"}


def table(members: list[type], costs: dict[str, float]) -> str:
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for cells in (
        ("layer", "weights", "an absent modality", "cost", "lesson"),
        *(_cells(cls, costs) for cls in members),
    ):
        lines += [f"   {'*' if i == 0 else ' '} - {cell}" for i, cell in enumerate(cells)]
    return "\n".join(lines) + "\n"


def section(cls: type) -> str:
    fields = about(cls)
    formula, words = split_formula(fields["Formula"])
    name = cls.__name__
    lines = [
        f"{name}\n{'^' * len(name)}\n",
        f".. math:: {tex(formula)}\n",
        f":doc:`{name} <reference/names/mmcourse.layers.{name}>`: {words}.\n",
        f":It wins where: {cls.wins}.",
        f":It fails where: {cls.fails}.",
        ":Weights: none."
        if cls.size == "0"
        else f":Weights: ``{cls.size}``, with ``d`` the widths, ``M`` their number.",
        f":Absent: {linked(fields['Absent'])}",
        f":Paper: {linked(fields['Source'])}",
        linked(f":Lesson: {fields['Lesson']}"),
    ]
    return "\n".join(lines) + "\n"


def _cells(cls: type, costs: dict[str, float]) -> tuple[str, ...]:
    fields, name = about(cls), cls.__name__
    return (
        f":doc:`{name} <reference/names/mmcourse.layers.{name}>`",
        f"{weights(cls):,}",
        {"masked": "leaves the formula", "zero": "counts as zeros"}[fields["Absent"].partition(".")[0]],
        f"{costs[cls.measured]:.1f} ms" if cls.measured else "–",
        linked(f"lesson {fields['Lesson']}").removeprefix("lesson "),
    )


def weights(cls: type) -> int:
    """The number of weights by the layer's own formula, for `UNITS` units and its other settings as they are."""
    widths = [4, 4] if issubclass(cls, DecisionFusion) else [128, 128]
    settings = {name: each.default for name, each in inspect.signature(cls.__init__).parameters.items()}
    return eval(cls.size, {"d": widths, "M": len(widths), "prod": prod, **settings, "units": UNITS})
