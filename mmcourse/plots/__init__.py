"""Every figure that more than one lesson draws, in one style. Every function returns a `Figure` with alt text.

But `outlined`, which prepares pictures for `images`.
"""

from .bars import course, report, scores
from .diagram import diagram
from .knowledge import against_ceilings, bits
from .lines import curves, membership, reliability, robustness, sample_weights, training
from .style import COLOURS, GREY, colour
from .views import confusion, images, outlined, sounds

__all__ = [
    "COLOURS",
    "GREY",
    "against_ceilings",
    "bits",
    "colour",
    "confusion",
    "course",
    "curves",
    "diagram",
    "images",
    "membership",
    "outlined",
    "reliability",
    "report",
    "robustness",
    "sample_weights",
    "scores",
    "sounds",
    "training",
]
