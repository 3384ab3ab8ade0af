"""`motion`: little films in which only the order of the frames tells the direction. Taught in lesson 04.

Shapes move on a torus: what leaves on one side comes back on the other. Where a film starts is uniform, so every single
frame has the same distribution whatever the direction; the label is in the change from frame to frame alone.
"""

import numpy as np

from ...files import course_file
from ..making.paint import RGB
from ..making.sprites import SHAPES, sprite_table
from ..making.tones import SAMPLES, tones
from ..multimodal import Multimodal
from ..splits import SPLITS, Spec, Split
from ..symbols import World

FRAMES, SIDE = 8, 24
DIRECTIONS = ("right", "down right", "down", "down left", "left", "up left", "up", "up right")
STEPS = np.array([(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)])  # rows, columns
SPEEDS = ("slow", "fast")
SIZES = (6, 9)  # pixels
OBJECTS = 2
PAIRED = ("circle", "cross")  # the two shapes of a film that comes with a still picture
PAIRS = np.array([pair for pair in np.ndindex(8, 8) if pair[0] != pair[1]])  # (56, 2): a direction for each of them
NOISE = 16  # brightness: each pixel is off by up to this much


def load(
    *, tone: bool = False, still: bool = False, train: int = 2000, val: int = 400, test: int = 1000, seed: int = 0
) -> Multimodal:
    """Films (8, 24, 24, 3) uint8 of two shapes that move together, in one of 8 directions, the label.

    With `tone=True` there is also `audio` (2560,) float32, a tone, low for slow and high for fast, and the label is
    one of the 16 pairs of direction and speed. The frame rate of the camera is unknown, so the film does not tell the
    speed: it shows 1 or 2 pixels per frame at either.

    With `still=True` the two shapes are a circle and a cross, which move in two different directions. There is also
    `image` (24, 24, 3) uint8, a still picture of one of the two, in a colour, a size and a place drawn anew, and the
    label is the direction of *that* one. The film alone leaves two answers, the picture alone all eight.

    `targets`: pixels (per frame); direction and, with the tone, speed; with the still picture directions (2,), of
    circle and cross, and shown, 0 or 1. Raises `ValueError` for a split without samples, and for tone and still
    together.
    """
    sizes = {"train": train, "val": val, "test": test}
    if min(sizes.values()) < 1:
        raise ValueError(f"motion needs 1 or more samples per split, got {sizes}")
    if tone and still:
        raise ValueError("motion comes with a tone or with a still picture; choose tone=True or still=True, not both")
    modalities = {"video": Spec((FRAMES, SIDE, SIDE, 3), "uint8", "brightness, 0 to 255", "two moving shapes")}
    classes = DIRECTIONS
    if tone:
        modalities["audio"] = Spec((SAMPLES,), "float32", "amplitude, -1 to 1", "a low or a high tone", rate=8000)
        classes = tuple(f"{direction}, {speed}" for direction in DIRECTIONS for speed in SPEEDS)
    if still:
        modalities["image"] = Spec((SIDE, SIDE, 3), "uint8", "brightness, 0 to 255", "one of the two shapes")
    world = _world(tone, still)
    parts = {
        name: _split(world, sizes[name], np.random.default_rng([seed, index])) for index, name in enumerate(SPLITS)
    }
    card = course_file("data", "motion.md").read_text(encoding="utf-8")
    return Multimodal("motion", modalities, card=card, classes=classes, world=world, **parts)


def _world(tone: bool, still: bool) -> World:
    """The label is the direction in the film, the pair of it and the speed in the tone, or that of the shape shown."""
    if still:
        label = np.arange(8)[:, None, None] == PAIRS  # (8, 56, 2): P(y | directions, shape shown)
        return World(label / PAIRS.size, {"video": 0.0, "image": 0.0})
    if not tone:
        return World(np.eye(8) / 8, {"video": 0.0})
    pairs = np.eye(16).reshape(16, 8, 2) / 16
    return World(pairs, {"video": 0.0, "audio": 0.0})


def _split(world: World, n: int, rng: np.random.Generator) -> Split:
    y, true, _ = world.sample(n, rng)
    pixels = rng.integers(1, 3, n)
    if "image" in true:
        directions, shown = PAIRS[true["video"]], true["image"]
        kinds = np.array([SHAPES.index(name) for name in PAIRED])
        x = {"video": film(directions, pixels, rng, kinds), "image": picture(kinds[shown], rng)}
        return Split(x, y, targets={"directions": directions, "shown": shown, "pixels": pixels})
    x = {"video": film(true["video"][:, None], pixels, rng)}
    targets = {"direction": true["video"], "pixels": pixels}
    if "audio" in true:
        x["audio"] = tones(true["audio"] * 4, rng)  # symbols 0 and 4: 400 and 1000 Hz, both level
        targets["speed"] = true["audio"]
    return Split(x, y, targets=targets)


def film(
    directions: np.ndarray, pixels: np.ndarray, rng: np.random.Generator, kinds: np.ndarray | None = None
) -> np.ndarray:
    """(N, 1) directions of both shapes or (N, 2) of each, and pixels per frame, to (N, 8, 24, 24, 3) uint8 films.

    `kinds` (2,) are the shapes, the second in front of the first; unless told, they are drawn for every film.
    """
    n = len(directions)
    films = _background(n, FRAMES, rng)
    steps = np.broadcast_to(STEPS[directions], (n, OBJECTS, 2)) * pixels[:, None, None]
    for i in range(OBJECTS):
        shape = rng.integers(0, len(SHAPES), n) if kinds is None else np.full(n, kinds[i])
        _draw(films, shape, steps[:, i, None] * np.arange(FRAMES)[:, None], rng)
    return _seen(films, rng)


def picture(shape: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(N,) shapes to still pictures of them, (N, 24, 24, 3) uint8; colour, size and place are drawn."""
    still = _background(len(shape), 1, rng)
    _draw(still, shape, np.zeros((len(shape), 1, 2), int), rng)
    return _seen(still, rng)[:, 0]


def _background(n: int, frames: int, rng: np.random.Generator) -> np.ndarray:
    """One dark colour for each film, (N, T, 24, 24, 3) int16."""
    dark = rng.integers(10, 60, (n, 1, 1, 1, 3), np.int16)
    return np.broadcast_to(dark, (n, frames, SIDE, SIDE, 3)).copy()


def _draw(films: np.ndarray, shape: np.ndarray, moved: np.ndarray, rng: np.random.Generator) -> None:
    """Draw a shape (N,) into each film, in place; `moved` (N, T, 2) is how far it is from its start in each frame."""
    n, reach = len(films), max(SIZES)
    cover = sprite_table(SHAPES, SIZES)[shape, rng.integers(0, len(SIZES), n)].astype(np.int16)
    colour = RGB[rng.integers(0, len(RGB), n)].astype(np.int16)
    place = rng.integers(0, SIDE, (n, 1, 2)) + moved
    rows = (place[..., 0, None] + np.arange(reach))[..., :, None] % SIDE
    columns = (place[..., 1, None] + np.arange(reach))[..., None, :] % SIDE
    window = (np.arange(n)[:, None, None, None], np.arange(films.shape[1])[:, None, None], rows, columns)
    alpha = cover[:, None, :, :, None].astype(np.int32)
    films[window] = (films[window] * (255 - alpha) + colour[:, None, None, None, :] * alpha) // 255


def _seen(films: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What the camera makes of it: noise on every pixel, (N, T, 24, 24, 3) uint8."""
    films += rng.integers(-NOISE, NOISE + 1, films.shape, np.int8)
    return np.clip(films, 0, 255).astype(np.uint8)
