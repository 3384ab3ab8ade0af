"""Deletion: does the answer hang on the places a map ranks highest, more than on places drawn at random? Lesson 22."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .pointing import highest_points, with_static
from .statistics import Score, share
from .tables import Shown


@dataclass(frozen=True, repr=False)
class Deletion(Shown):
    """How many answers stay when a share of the cells is covered: the highest of a map, and as many drawn at random.

    `shares` ascend. `area` and `random_area`: the mean of the curve from nothing covered to the last share, 0 to 1. A
    map that knows what the answer hangs on has the smaller area.

    >>> images, maps = np.zeros((20, 8, 8, 1), "uint8"), np.eye(4)[[1] * 20].reshape(20, 2, 2)
    >>> images[:, :4, 4:] = 200 + np.arange(4)[:, None, None]
    >>> deletion(lambda some: some[:, 0, 5, 0], images, maps, shares=[0.25]).kept[0].value < 0.2
    True
    """

    shares: tuple[float, ...]
    kept: tuple[Score, ...]
    random: tuple[Score, ...]
    area: float
    random_area: float

    def title(self) -> str:
        return f"answers that stay: area {self.area:.3f} by the map, {self.random_area:.3f} at random"

    def table(self) -> tuple[list[str], list[list[str]]]:
        rows = [
            [f"{100 * share:.3g}%", *(f"{s.value:.3f} ({s.low:.3f} to {s.high:.3f})" for s in pair)]
            for share, *pair in zip(self.shares, self.kept, self.random, strict=True)
        ]
        return ["covered", "highest first", "at random"], rows


def deletion(
    answer: Callable[[np.ndarray], np.ndarray],
    images: np.ndarray,
    maps: np.ndarray,
    shares: Sequence[float] = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0),
    seed: int = 0,
) -> Deletion:
    """Cover the highest cells of each map (N, h, w) with static, a share of the cells at a time, and ask again.

    `answer`: images (N, H, W, C) uint8 -> one answer for each, (N,), such as a model's class with all its other inputs
    as they were. An answer stays where it is equal to that of the whole picture, right or wrong: an explanation speaks
    of the model. Cells are covered as by `with_static`, of equal ones the first, so each share covers all of the share
    before. Give maps in the cells of the layer they come from: a smooth map of pixels covers whole areas where noise
    only scatters, and looks like an explanation whatever it says. Random deletion is that of a map of noise, drawn by
    `seed`; without it a curve says nothing, for a small object is soon covered by accident. The area is by the
    trapezoidal rule. After Petsiuk, Das and Saenko, BMVC 2018,
    arXiv:1806.07421. Raises `ValueError` for shares outside (0, 1], cells that are no squares of 2 pixels or more,
    and as `highest_points` and `with_static` do. Taught in lesson 22.

    >>> images, noise = np.zeros((20, 8, 8, 1), "uint8"), np.random.default_rng(1).random((20, 4, 4))
    >>> deletion(lambda some: np.zeros(len(some)), images, noise).area  # it does not look at the picture
    1.0
    """
    images, maps, shares = np.asarray(images), np.asarray(maps), sorted(set(map(float, shares)))
    if images.ndim != 4 or maps.ndim != 3 or len(images) != len(maps) or not maps.size:
        raise ValueError(f"expected images (N, H, W, C) and a map (h, w) for each; got {images.shape} and {maps.shape}")
    cells, size = np.array(maps.shape[1:]), np.array(images.shape[1:3])
    points = highest_points(maps, size, maps[0].size)
    side = int(size[0] // cells[0])
    if side < 2 or (cells * side != size).any():
        raise ValueError(
            f"expected maps of square cells of at least 2 pixels; got {cells[0]} x {cells[1]} cells for pictures of "
            f"{size[0]} x {size[1]}. Bring a map of pixels to cells first, by their mean: maps.reshape(len(maps), "
            f"h, side, w, side).mean(axis=(2, 4))"
        )
    if not shares or not (shares[0] > 0 and shares[-1] <= 1):
        raise ValueError(f"expected shares of the cells above 0, up to 1; got {shares}")
    anywhere = highest_points(np.random.default_rng(seed).random(maps.shape), size, maps[0].size)
    before = _asked(answer, images)
    numbers = [max(1, round(part * maps[0].size)) for part in shares]

    def kept(order: np.ndarray) -> tuple[Score, ...]:
        covered = (with_static(images, order[:, :n], side, seed) for n in numbers)
        return tuple(share(_asked(answer, some) == before) for some in covered)

    curves = kept(points), kept(anywhere)
    done = [0, *(n / maps[0].size for n in numbers)]
    areas = [np.trapezoid([1, *(score.value for score in curve)], done) / done[-1] for curve in curves]
    return Deletion(tuple(done[1:]), *curves, *map(float, areas))


def _asked(answer: Callable[[np.ndarray], np.ndarray], images: np.ndarray) -> np.ndarray:
    said = np.asarray(answer(images))
    if said.shape != (len(images),):
        raise ValueError(f"expected one answer for each image, ({len(images)},); got {said.shape}: take the argmax")
    return said
