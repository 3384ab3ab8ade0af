"""The pictures of `scenes`, many at a time, in integer arithmetic."""

from dataclasses import dataclass

import numpy as np

from .sprites import SHAPES, sprite_table

SIDE = 32
SIZES = (12, 14, 16)  # pixels: small, medium, large
DIM = 170  # brightness of the dark parts of a texture, in 256ths
BAR = (2, 5)  # pixels: thickness and length of a bit of clutter
RGB = np.array(
    [
        (225, 40, 40),
        (250, 140, 20),
        (245, 225, 50),
        (50, 180, 60),
        (30, 175, 175),
        (50, 90, 235),
        (145, 60, 200),
        (245, 130, 185),
    ],
    np.int32,
)


@dataclass(frozen=True)
class Picture:
    """Painted scenes: image (N, 32, 32, 3) uint8, mask (N, 32, 32) bool, box (N, 4), place (N,) 0 to 8 row by row."""

    image: np.ndarray
    mask: np.ndarray
    box: np.ndarray
    place: np.ndarray


def paint(factors: dict[str, np.ndarray], hidden: np.ndarray, distractors: int, rng: np.random.Generator) -> Picture:
    """Paint one object per scene: `factors` holds shape, colour, texture and size indices, (N,) each.

    Where `hidden`, static covers the object's whole square, so that neither shape nor colour can be seen.
    """
    n = len(hidden)
    side = np.array(SIZES)[factors["size"]]
    top, left = rng.integers(0, SIDE - side + 1, (2, n))
    canvas = background(n, distractors, rng)
    mask = draw(canvas, factors, top, left, hidden, rng)
    centre = np.minimum(np.stack([top, left]) * 2 + side, 2 * SIDE - 1) * 3 // (2 * SIDE)
    return Picture(finish(canvas, rng), mask, boxes(mask), centre[0] * 3 + centre[1])


def background(n: int, distractors: int, rng: np.random.Generator) -> np.ndarray:
    """Dark canvases with clutter, (N, 48, 48, 3): 16 pixels wider than the picture, so that objects can be pasted."""
    reach = max(SIZES)
    canvas = np.zeros((n, SIDE + reach, SIDE + reach, 3), np.int32)
    canvas[:, :SIDE, :SIDE] = rng.integers(20, 70, (n, 1, 1, 3), np.int32)
    _scatter_bars(canvas, distractors, rng)
    return canvas


def draw(
    canvas: np.ndarray,
    factors: dict[str, np.ndarray],
    top: np.ndarray,
    left: np.ndarray,
    hidden: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw one object on each canvas, in place; its mask, (N, 32, 32) bool, also where static hides it."""
    n, reach = len(canvas), max(SIZES)
    side = np.array(SIZES)[factors["size"]]
    window = (np.arange(n)[:, None, None], (top[:, None] + np.arange(reach))[:, :, None])
    window += ((left[:, None] + np.arange(reach))[:, None, :],)
    cover = sprite_table(SHAPES, SIZES)[factors["shape"], factors["size"]]
    bright = _texture(factors["texture"], reach)
    object_colour = RGB[factors["colour"]][:, None, None, :] * bright[..., None] // 256
    alpha = cover[..., None].astype(np.int32)
    blended = (canvas[window] * (255 - alpha) + object_colour * alpha) // 255
    square = (np.arange(reach) < side[:, None])[:, :, None] & (np.arange(reach) < side[:, None])[:, None, :]
    static = rng.integers(0, 256, (int(hidden.sum()), reach, reach, 1), np.int32)
    blended[hidden] = np.where(square[hidden][..., None], static, blended[hidden])
    canvas[window] = blended
    mask = np.zeros(canvas.shape[:3], bool)
    mask[window] = cover >= 128
    return mask[:, :SIDE, :SIDE]


def finish(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light and the camera's noise: (N, 32, 32, 3) uint8."""
    lit = canvas[:, :SIDE, :SIDE] * _light(len(canvas), rng)[..., None] // 256
    lit += rng.integers(-8, 9, lit.shape, np.int8)
    return np.clip(lit, 0, 255).astype(np.uint8)


def _scatter_bars(canvas: np.ndarray, count: int, rng: np.random.Generator) -> None:
    """Clutter: short bars, upright or lying, in any colour, in place."""
    n = len(canvas)
    for _ in range(count):
        lying = rng.integers(0, 2, n)
        colour = RGB[rng.integers(0, len(RGB), n)]
        top, left = rng.integers(0, SIDE - max(BAR) + 1, (2, n))
        for flat in (0, 1):
            rows = np.flatnonzero(lying == flat)
            height, width = BAR if flat else BAR[::-1]
            ys = top[rows, None, None] + np.arange(height)[:, None]
            xs = left[rows, None, None] + np.arange(width)
            canvas[rows[:, None, None], ys, xs] = colour[rows][:, None, None, :]


def _texture(kinds: np.ndarray, reach: int) -> np.ndarray:
    """Brightness of each pixel of the objects in 256ths: plain, striped, checked, dotted; (N, reach, reach)."""
    y, x = np.indices((reach, reach))
    dark = np.stack([0 * x, (x + y) // 2 % 2, (x // 2 + y // 2) % 2, (x % 3 == 1) & (y % 3 == 1)])
    return np.where(dark, DIM, 256).astype(np.int32)[kinds]


def _light(n: int, rng: np.random.Generator) -> np.ndarray:
    """Light from any side: a plane of brightness in 256ths, 150 to 256; (N, 32, 32)."""
    slope = rng.integers(-53, 54, (2, n), np.int32)
    slope = slope * 53 // np.maximum(53, np.abs(slope).sum(axis=0))
    along = np.arange(SIDE, dtype=np.int32) * 2 - SIDE + 1
    return 203 + (slope[0][:, None, None] * along[:, None] + slope[1][:, None, None] * along) // SIDE


def boxes(mask: np.ndarray) -> np.ndarray:
    """Smallest box around each mask: (N, 4) int64 of top, left, bottom, right; the last two are one past the end."""
    ends = []
    for axis in (2, 1):
        hit = mask.any(axis=axis)
        ends.append((hit.argmax(axis=1), hit.shape[1] - hit[:, ::-1].argmax(axis=1)))
    (top, bottom), (left, right) = ends
    return np.stack([top, left, bottom, right], axis=1)
