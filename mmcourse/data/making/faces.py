"""Faces of 32 x 32 pixels, painted in integers: the face of `moods`. Taught in lesson 26."""

from dataclasses import dataclass

import numpy as np

from .paint import SIDE, finish

ONE = 64  # units of a pixel
BLOCK = 500  # faces painted at a time, so that memory stays small
INK, WHITE, FRAME = (40, 25, 25), (240, 240, 235), (30, 30, 60)


@dataclass(frozen=True)
class Looks:
    """K people: `skin` and `hair` (K, 3) colours, `fringe` (K,) how far the hair reaches down, in pixels."""

    skin: np.ndarray
    hair: np.ndarray
    fringe: np.ndarray


def draw_looks(count: int, rng: np.random.Generator) -> Looks:
    """People of any skin, hair and fringe."""
    shade = rng.integers(0, 161, (count, 1))
    skin = np.array([(250, 215, 185)]) - shade * np.array([(150, 160, 150)]) // 200
    hair = rng.integers(20, 200, (count, 3))
    return Looks(skin, hair, rng.integers(6, 9, count))


def paint_faces(looks: Looks, who: np.ndarray, mood: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(N, 32, 32, 3) uint8 faces of people `who` (N,).

    `mood` (N,): 1, good, lifts the corners of the mouth and the inner ends of the brows; 0, bad, lowers them; 2 is a
    hand over the face, which tells nothing. Skin, hair, glasses, tilt and place are independent of it.
    """
    blocks = [slice(start, start + BLOCK) for start in range(0, len(who), BLOCK)]
    return np.concatenate([_block(looks, who[b], mood[b], rng) for b in blocks])


def _block(looks: Looks, who: np.ndarray, mood: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    n = len(who)
    across, down = _coordinates(n, rng)
    beside = np.abs(across)  # both halves of a face at once
    eye = beside - 4 * ONE, down + ONE
    bend = (np.where(mood == 1, 1, -1) * rng.integers(2 * ONE, 3 * ONE + 1, n))[:, None, None]  # of mouth and brows
    mouth = down - 7 * ONE - bend // 2 + bend * across**2 // (5 * ONE) ** 2
    brow = down + 5 * ONE + bend * (4 * ONE - beside) // (5 * ONE)
    glasses, hidden = (rng.integers(0, 3, n) == 0)[:, None, None], (mood == 2)[:, None, None]
    palm = _ellipse(across, down - ONE, 8, 12) & hidden
    forehead = ((looks.fringe[who] - 14) * ONE)[:, None, None]
    parts = {
        "hair": _ellipse(across, down + ONE, 12, 14),
        "skin": _ellipse(across, down, 10, 13) & (down > forehead),
        "frame": _ellipse(*eye, 3, 3) & glasses,
        "white": _ellipse(*eye, 2, 2),
        "pupil": _ellipse(*eye, 1, 1),
        "mouth": (np.abs(mouth) <= ONE * 3 // 4) & (beside <= 5 * ONE),
        "brows": (np.abs(brow) <= ONE * 3 // 4) & (np.abs(beside - 4 * ONE) <= 2 * ONE),
        "palm": palm,
        "between fingers": palm & (across // ONE % 4 == 0) & (down < 2 * ONE),
    }  # from back to front
    drawn = np.zeros(across.shape, np.uint8)
    for number, where in enumerate(parts.values(), 1):
        drawn[where] = number
    skin, hair = looks.skin[who], looks.hair[who]
    fixed = [np.broadcast_to(colour, (n, 3)) for colour in (FRAME, WHITE, INK, INK, INK)]
    colours = np.stack([rng.integers(30, 120, (n, 3)), hair, skin, *fixed, skin * 4 // 5, skin * 3 // 5], axis=1)
    return finish(colours.astype(np.int32)[np.arange(n)[:, None, None], drawn], rng)


def _coordinates(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Where each pixel is in the face's own frame, (N, 32, 32) int32 across and down, after a small tilt and shift."""
    middle = SIDE // 2 * ONE + rng.integers(-2 * ONE, 2 * ONE + 1, (2, n, 1, 1), np.int32)
    tilt = rng.integers(-12, 13, (n, 1, 1), np.int32)  # slope in 64ths
    y, x = np.indices((SIDE, SIDE), np.int32) * ONE
    x, y = x - middle[0], y - middle[1]
    return x + y * tilt // ONE, y - x * tilt // ONE


def _ellipse(across: np.ndarray, down: np.ndarray, width: int, height: int) -> np.ndarray:
    """Within half axes of `width` and `height` pixels."""
    return (across // width) ** 2 + (down // height) ** 2 <= ONE**2
