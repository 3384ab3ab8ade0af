"""The style of every figure: a colour per modality, the same in the whole course.

The colours are Okabe and Ito's, told apart by colour-blind readers too. `Figure.of` draws on white, so that a figure
reads in light and in dark themes.
"""

from collections.abc import Sequence

COLOURS = {
    "image": "#0072B2",
    "audio": "#E69F00",
    "text": "#009E73",
    "video": "#CC79A7",
    "tone": "#D55E00",
    "face": "#56B4E9",
    "fused": "#555555",
}
SAME = {"words": "text", "voice": "audio"}  # as `moods` calls them
GREY = "#999999"
MAJORITY = {"color": GREY, "linestyle": "--", "linewidth": 1.2}
CEILING = {"color": "black", "linestyle": ":", "linewidth": 1.2}
MARKERS, STYLES = "os^Dv*PX", ("-", "--", "-.", ":")


def colour(name: str) -> str:
    """The colour of a modality, of a `Method` that sees one modality only, or else that of fused models."""
    name = getattr(name, "modality", None) or name
    return COLOURS.get(SAME.get(name, name), COLOURS["fused"])


def looks(names: Sequence[str]) -> list[dict]:
    """A look for each line of a figure, told apart without colour too: by marker, dashes, and shade."""
    from matplotlib.colors import to_rgb

    seen: dict[str, int] = {}
    found = []
    for i, name in enumerate(names):
        base = colour(name)
        times = seen[base] = seen.get(base, -1) + 1
        light = min(0.65, 0.32 * times)
        shade = tuple((1 - light) * part + light for part in to_rgb(base))
        dashes, marker = STYLES[times % len(STYLES)], MARKERS[i % len(MARKERS)]
        found.append({"color": shade, "linestyle": dashes, "marker": marker, "markersize": 5})
    return found


def whole_ticks(axis, values) -> None:
    """Ticks at whole numbers only, where all values on the x axis are whole: there is no epoch 2.5."""
    from matplotlib.ticker import MaxNLocator

    if all(float(value).is_integer() for value in values):
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))


def number(axis, y: float, value: float, size: int = 9, digits: int = 3) -> None:
    """A bar's value, right of the axis, where no line runs through it."""
    text = f"{value:.{digits}f}"
    axis.text(1.015, y, text, transform=axis.get_yaxis_transform(), va="center", fontsize=size, fontweight="bold")


def legend(axis, **options) -> None:
    """A legend right of the column of numbers."""
    axis.legend(**{"loc": "upper left", "bbox_to_anchor": (1.12, 1), "fontsize": 8, **options})
