"""Hand-made features of small colour pictures: which way edges run, and which colours are where. Lessons 06 to 13.

On the 1100 train drawings of `emoji` a small convolutional network learns nothing better than this (see its card).
"""

import numpy as np

CELLS, DIRECTIONS, LEVELS = 4, 8, 4


def drawing_features(images: np.ndarray) -> np.ndarray:
    """(N, S, S, 3) uint8, S a multiple of 4, to (N, 240) float32: orientations, mean colours, a colour histogram."""
    return np.hstack([orientations(images), mean_colours(images), colour_histogram(images)])


def orientations(images: np.ndarray) -> np.ndarray:
    """(N, 128): in each of 4 x 4 cells, the square roots of how much edge there is in each of 8 directions.

    After N. Dalal and B. Triggs (histograms of oriented gradients, CVPR 2005), without their overlapping blocks.
    """
    grey = images @ np.full(3, 1 / (3 * 255), np.float32)
    down, right = np.zeros_like(grey), np.zeros_like(grey)
    down[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    right[:, :, 1:-1] = grey[:, :, 2:] - grey[:, :, :-2]
    strength = np.hypot(down, right)
    direction = (np.arctan2(down, right) % np.pi / np.pi * DIRECTIONS).astype(int) % DIRECTIONS
    n, side = grey.shape[:2]
    along = np.arange(side) * CELLS // side
    cell = np.arange(n)[:, None, None] * CELLS**2 + along[:, None] * CELLS + along
    sums = np.bincount((cell * DIRECTIONS + direction).ravel(), strength.ravel(), n * CELLS**2 * DIRECTIONS)
    return np.sqrt(sums).reshape(n, -1).astype(np.float32)


def mean_colours(images: np.ndarray) -> np.ndarray:
    """(N, 48): the mean red, green and blue of each of 4 x 4 cells, 0 to 1."""
    n, side = images.shape[:2]
    cells = images.reshape(n, CELLS, side // CELLS, CELLS, side // CELLS, 3)
    return cells.mean(axis=(2, 4), dtype=np.float32).reshape(n, -1) / 255


def colour_histogram(images: np.ndarray) -> np.ndarray:
    """(N, 64): the square root of the share of pixels in each of 4 x 4 x 4 boxes of the colour cube."""
    level = images.astype(int) * LEVELS // 256
    box = ((level[..., 0] * LEVELS + level[..., 1]) * LEVELS + level[..., 2]).reshape(len(images), -1)
    shares = np.stack([np.bincount(row, minlength=LEVELS**3) for row in box]) / box.shape[1]
    return np.sqrt(shares).astype(np.float32)
