"""The style of every figure: a colour per modality, the same in the whole course.

The colours are Okabe and Ito's, told apart by colour-blind readers too. `Figure.of` draws on white, so that a figure
reads in light and in dark themes.
"""

COLOURS = {
    "image": "#0072B2",
    "audio": "#E69F00",
    "text": "#009E73",
    "video": "#CC79A7",
    "tone": "#D55E00",
    "motion": "#56B4E9",
    "fused": "#333333",
}
GREY = "#999999"


def colour(name: str) -> str:
    """The colour of whatever the name is about: a modality it begins with, else that of fused models."""
    if name.startswith("majority"):
        return GREY
    return next((value for key, value in COLOURS.items() if name.startswith(key)), COLOURS["fused"])


def whole_ticks(axis, values) -> None:
    """Ticks at whole numbers only, where all values on the x axis are whole: there is no epoch 2.5."""
    from matplotlib.ticker import MaxNLocator

    if all(float(value).is_integer() for value in values):
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
