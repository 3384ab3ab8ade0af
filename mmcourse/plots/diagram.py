"""The drawing of a model: boxes and arrows, made from the model itself. Drawn in every lesson that builds one."""

from collections import defaultdict

from ..figure import Figure
from .boxes import Box, Boxes, boxes_of
from .style import colour

WIDE, HIGH, GAP = 1.75, 0.62, 0.85  # of a box, and between two columns, in inches


def diagram(model, title: str = "") -> Figure:
    """Draw a built `FeatureFusion`, `ModelFusion`, `TaskFusion` or Keras model of several inputs.

    Colours are those of the modalities, the numbers on the arrows are widths (shapes without the batch), and what is
    frozen is hatched. The alt text reads the drawing out. Raises `ValueError` for a model that is not built.
    """
    import matplotlib.pyplot as plt

    found = boxes_of(model)
    places = _places(found)
    columns, rows = 1 + max(box.column for box in found.boxes), max(y for _, y in places) + 1
    size = columns * (WIDE + GAP) - GAP + 0.2, rows * (HIGH + 0.3) + (0.4 if title else 0.1)
    figure, axis = plt.subplots(figsize=size)
    for box, (x, y) in zip(found.boxes, places, strict=True):
        _draw(axis, box, x, y)
    for start, end, flows in found.arrows:
        _arrow(axis, places[start], places[end], flows)
    axis.set(xlim=(-0.1, columns * (WIDE + GAP) - GAP + 0.1), ylim=((rows - 0.5) * (HIGH + 0.3), -0.5 * (HIGH + 0.3)))
    axis.set_aspect("equal")
    axis.axis("off")
    if title:
        axis.set_title(title)
    return Figure.of(figure, _told(found, title or f"The model {type(model).__name__}"))


def _places(found: Boxes) -> list[tuple[float, float]]:
    """Left edge and row of every box: columns from left to right, a column's boxes spread evenly over the height."""
    columns = defaultdict(list)
    for i, box in enumerate(found.boxes):
        columns[box.column].append(i)
    rows = max(map(len, columns.values()))
    places = {}
    for column, members in columns.items():
        for place, i in enumerate(members):
            places[i] = column * (WIDE + GAP), (place + 0.5) * rows / len(members) - 0.5
    return [places[i] for i in range(len(found.boxes))]


def _draw(axis, box: Box, x: float, row: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    y, tint = row * (HIGH + 0.3), colour(box.modality)
    look = {"facecolor": "white", "edgecolor": tint, "linewidth": 1.8}
    for hatch, edge in ((None, tint), ("////", "#d9d9d9"))[: 1 + box.frozen]:
        options = {**look, "edgecolor": edge, "hatch": hatch, "linewidth": look["linewidth"] if hatch is None else 0}
        shape = FancyBboxPatch((x, y - HIGH / 2), WIDE, HIGH, boxstyle="round,pad=0,rounding_size=0.08", **options)
        axis.add_patch(shape)
    words = [*box.words, "(frozen)"] if box.frozen else list(box.words)
    small = 8 if len(words) < 3 else 7 if len(words) == 3 else 5.5
    axis.text(x + WIDE / 2, y, "\n".join(words), ha="center", va="center", fontsize=small, linespacing=1.05)


def _arrow(axis, start: tuple[float, float], end: tuple[float, float], flows: str) -> None:
    (x0, y0), (x1, y1) = ((x, row * (HIGH + 0.3)) for x, row in (start, end))
    x0 += WIDE
    axis.annotate("", (x1, y1), (x0, y0), arrowprops={"arrowstyle": "-|>", "color": "black", "linewidth": 1})
    if flows:
        pale = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
        middle = (x0 + 0.4 * (x1 - x0), y0 + 0.4 * (y1 - y0))
        axis.text(*middle, flows, fontsize=7, ha="center", va="center", bbox=pale)


def _told(found: Boxes, title: str) -> str:
    """The drawing in words: every arrow, and what is frozen."""
    names = [" ".join(box.words) for box in found.boxes]
    arrows = [f"{names[a]} to {names[b]}{f' ({flows})' if flows else ''}" for a, b, flows in found.arrows]
    frozen = [name for name, box in zip(names, found.boxes, strict=True) if box.frozen]
    rest = f" Frozen: {', '.join(frozen)}." if frozen else ""
    return f"{title}. Arrows: {'; '.join(arrows)}.{rest}"
