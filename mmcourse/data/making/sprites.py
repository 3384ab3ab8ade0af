"""Small shapes drawn with integers only, so that the same seed gives the same bytes on every machine."""

from functools import cache

import numpy as np

SHAPES = ("circle", "square", "triangle", "cross", "diamond", "ring", "star", "moon")
FINE = 4  # sub-pixels along a pixel's side
_FULL = 1000  # half of the side, in the units the outlines below are written in
_STAR = (
    (0, -1000),
    (245, -337),
    (951, -309),
    (397, 129),
    (588, 809),
    (0, 417),
    (-588, 809),
    (-397, 129),
    (-951, -309),
    (-245, -337),
)


@cache
def sprite(shape: str, side: int) -> np.ndarray:
    """How much of each pixel a shape covers: (side, side) uint8, 0 to 255. The shape fills the square it is given."""
    steps = side * FINE
    fine = (2 * np.arange(steps) + 1) * _FULL // steps - _FULL  # centres of the sub-pixels, -1000 to 1000
    inside = _inside(shape, *np.meshgrid(fine, fine))
    parts = inside.reshape(side, FINE, side, FINE).sum(axis=(1, 3))
    return (parts * 255 // FINE**2).astype(np.uint8)


def _inside(shape: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Whether points are inside a shape; x grows to the right, y grows downwards."""
    far = x * x + y * y
    if shape == "circle":
        return far <= _FULL**2
    if shape == "square":
        return np.full(x.shape, True)
    if shape == "triangle":
        return 2 * abs(x) <= y + _FULL
    if shape == "cross":
        return (abs(x) <= 340) | (abs(y) <= 340)
    if shape == "diamond":
        return abs(x) + abs(y) <= _FULL
    if shape == "ring":
        return (far <= _FULL**2) & (far >= 560**2)
    if shape == "moon":
        return (far <= _FULL**2) & ((x - 560) ** 2 + y * y >= 760**2)
    return _inside_polygon(_STAR, x, y)


def _inside_polygon(corners, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Even-odd rule: count the edges to the right of each point."""
    inside = np.zeros(x.shape, bool)
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        crosses = (ay > y) != (by > y)
        left = (x - ax) * (by - ay) < (y - ay) * (bx - ax)
        inside ^= crosses & (left if by > ay else ~left)
    return inside


@cache
def sprite_table(shapes: tuple[str, ...], sides: tuple[int, ...]) -> np.ndarray:
    """All sprites in one array, (shapes, sides, max side, max side) uint8, each in the top left corner."""
    table = np.zeros((len(shapes), len(sides), max(sides), max(sides)), np.uint8)
    for i, shape in enumerate(shapes):
        for j, side in enumerate(sides):
            table[i, j, :side, :side] = sprite(shape, side)
    return table
