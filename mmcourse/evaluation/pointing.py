"""Does a map over the picture point at the object, and does the answer hang on the place it points at? Lesson 09."""

from dataclasses import dataclass

import numpy as np

from .statistics import Score, share


@dataclass(frozen=True)
class Pointing:
    """How often the highest cell of a map lies in the object, and how often a point drawn at random would.

    >>> masks = np.zeros((1, 8, 8), bool)
    >>> masks[:, :4, 4:] = True
    >>> pointing(np.array([[[0.0, 1.0], [0.0, 0.0]]]), masks).hits.value
    1.0
    """

    hits: Score
    chance: float

    def __repr__(self) -> str:
        return f"{self.hits} in the object; a random point: {self.chance:.3f}"


def highest_points(maps: np.ndarray, size: tuple[int, int], n: int | None = None) -> np.ndarray:
    """The middle of the highest cell of each map (N, h, w), as row and column in a picture of this size: (N, 2) int.

    With `n` those of the n highest cells, the highest first: (N, n, 2). The first of equal cells. Raises `ValueError`
    for another shape, NaN or infinity, maps finer than the picture, and more points than cells. Lessons 09 and 22.

    >>> highest_points(np.array([[[0.0, 1.0], [0.0, 0.0]]]), (8, 8)).tolist()
    [[2, 6]]
    """
    maps = np.asarray(maps)
    if maps.ndim != 3 or not maps.size or not np.isfinite(maps).all():
        raise ValueError(f"expected maps (N, h, w) of finite numbers, one or more; got the shape {maps.shape}, or NaN")
    cells = np.array(maps.shape[1:])
    if (cells > size).any():
        raise ValueError(f"maps of {cells[0]} x {cells[1]} cells are finer than a picture of {size[0]} x {size[1]}")
    if n is not None and not 1 <= n <= cells.prod():
        raise ValueError(f"a map of {cells[0]} x {cells[1]} cells has 1 to {cells.prod()} highest ones; got n={n}")
    order = np.argsort(-maps.reshape(len(maps), -1).astype(float), axis=1, kind="stable")
    where = np.stack(np.unravel_index(order[:, : n or 1], maps.shape[1:]), axis=-1)
    points = ((where + 0.5) * np.array(size) / cells).astype(int)
    return points[:, 0] if n is None else points


def pointing(maps: np.ndarray, masks: np.ndarray) -> Pointing:
    """The pointing game: is the middle of the highest cell of a map (N, h, w) inside the mask (N, H, W) bool?

    A map may be attention, a saliency map, a class activation map. `chance` is the mean share of the masks. The maps
    need no scale: only where they are highest counts. Raises `ValueError` as `highest_points` does, and for masks that
    are not bool or of another number. After Zhang et al., IJCV 2018, arXiv:1608.00507. Taught in lesson 09.

    >>> masks = np.zeros((1, 8, 8), bool)
    >>> masks[:, :4, 4:] = True
    >>> pointing(np.array([[[0.0, 1.0], [0.0, 0.0]]]), masks).chance
    0.25
    """
    masks = np.asarray(masks)
    if masks.dtype != bool or masks.ndim != 3 or len(masks) != len(maps):
        raise ValueError(f"expected masks ({len(maps)}, H, W) bool, one for each map; got {masks.shape} {masks.dtype}")
    rows, columns = highest_points(maps, masks.shape[1:]).T
    return Pointing(share(masks[np.arange(len(masks)), rows, columns]), float(masks.mean()))


def with_static(images: np.ndarray, points: np.ndarray, side: int, seed: int = 0) -> np.ndarray:
    """A copy of the images (N, H, W, C) uint8 with a square of static, `side` pixels wide, around a point in each.

    `points` (N, 2), or (N, n, 2) for n squares in each, are rows and columns, as from `highest_points`; what lies
    outside the picture is cut off. If the answer changes with the square on the most attended place, and not with one
    elsewhere, it hangs on that place. Raises `ValueError` for images of another type, another number of points, points
    outside the picture and a `side` below 1: static that covers nothing would say that no answer hangs on anything.
    Taught in lesson 09.

    >>> images = np.zeros((1, 8, 8, 3), "uint8")
    >>> covered = with_static(images, np.array([[4, 4]]), side=2)
    >>> int((covered != images).any(axis=-1).sum())
    4
    """
    images, points = np.asarray(images), np.asarray(points)
    n = len(images)
    if images.dtype != np.uint8 or images.ndim != 4 or points.shape not in ((n, 2), (n, *points.shape[1:2], 2)):
        raise ValueError(
            "expected images (N, H, W, C) uint8 and a point (row, column) for each, or (N, n, 2) of them; "
            f"got {images.shape} {images.dtype} and {points.shape}"
        )
    if side < 1 or points.dtype.kind not in "iu" or (points < 0).any() or (points >= images.shape[1:3]).any():
        raise ValueError(
            f"expected a side of 1 or more and whole points inside {images.shape[1]} x {images.shape[2]} pixels; "
            f"got side {side} and points from {points.min(initial=0)} to {points.max(initial=0)} {points.dtype}"
        )
    rng, covered = np.random.default_rng(seed), images.copy()
    squares = points if points.ndim == 3 else points[:, None]
    for image, corners in zip(covered, squares - side // 2, strict=True):
        for row, column in corners:
            square = image[max(0, row) : max(0, row + side), max(0, column) : max(0, column + side)]
            square[:] = rng.integers(0, 256, square.shape)
    return covered
