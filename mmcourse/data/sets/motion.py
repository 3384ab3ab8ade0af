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
NOISE = 16  # brightness: each pixel is off by up to this much


def load(*, tone: bool = False, train: int = 2000, val: int = 400, test: int = 1000, seed: int = 0) -> Multimodal:
    """Films (8, 24, 24, 3) uint8 of two shapes that move together, in one of 8 directions, the label.

    With `tone=True` there is also `audio` (2560,) float32, a tone, low for slow and high for fast, and the label is
    one of the 16 pairs of direction and speed. The frame rate of the camera is unknown, so the film does not tell the
    speed: it shows 1 or 2 pixels per frame at either. `targets`: direction, speed, pixels (per frame).
    """
    sizes = {"train": train, "val": val, "test": test}
    if min(sizes.values()) < 1:
        raise ValueError(f"motion needs 1 or more samples per split, got {sizes}")
    modalities = {"video": Spec((FRAMES, SIDE, SIDE, 3), "uint8", "brightness, 0 to 255", "two moving shapes")}
    classes = DIRECTIONS
    if tone:
        modalities["audio"] = Spec((SAMPLES,), "float32", "amplitude, -1 to 1", "a low or a high tone", rate=8000)
        classes = tuple(f"{direction}, {speed}" for direction in DIRECTIONS for speed in SPEEDS)
    world = _world(tone)
    parts = {
        name: _split(world, sizes[name], np.random.default_rng([seed, index])) for index, name in enumerate(SPLITS)
    }
    card = course_file("data", "motion.md").read_text(encoding="utf-8")
    return Multimodal("motion", modalities, card=card, classes=classes, world=world, **parts)


def _world(tone: bool) -> World:
    """The label is the direction in the film, or the pair of it and the speed in the tone."""
    if not tone:
        return World(np.eye(8) / 8, {"video": 0.0})
    pairs = np.eye(16).reshape(16, 8, 2) / 16
    return World(pairs, {"video": 0.0, "audio": 0.0})


def _split(world: World, n: int, rng: np.random.Generator) -> Split:
    y, true, _ = world.sample(n, rng)
    pixels = rng.integers(1, 3, n)
    x = {"video": film(true["video"], pixels, rng)}
    targets = {"direction": true["video"], "pixels": pixels}
    if "audio" in true:
        x["audio"] = tones(true["audio"] * 4, rng)  # symbols 0 and 4: 400 and 1000 Hz, both level
        targets["speed"] = true["audio"]
    return Split(x, y, targets=targets)


def film(direction: np.ndarray, pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(N,) directions and pixels per frame to (N, 8, 24, 24, 3) uint8 films."""
    n, reach = len(direction), max(SIZES)
    films = np.broadcast_to(rng.integers(10, 60, (n, 1, 1, 1, 3), np.int16), (n, FRAMES, SIDE, SIDE, 3)).copy()
    table = sprite_table(SHAPES, SIZES)
    moved = STEPS[direction][:, None, :] * pixels[:, None, None] * np.arange(FRAMES)[:, None]  # (N, T, 2)
    for _ in range(OBJECTS):
        cover = table[rng.integers(0, len(SHAPES), n), rng.integers(0, len(SIZES), n)].astype(np.int16)
        colour = RGB[rng.integers(0, len(RGB), n)].astype(np.int16)
        place = rng.integers(0, SIDE, (n, 1, 2)) + moved
        rows = (place[..., 0, None] + np.arange(reach))[..., :, None] % SIDE
        columns = (place[..., 1, None] + np.arange(reach))[..., None, :] % SIDE
        window = (np.arange(n)[:, None, None, None], np.arange(FRAMES)[:, None, None], rows, columns)
        alpha = cover[:, None, :, :, None].astype(np.int32)
        films[window] = (films[window] * (255 - alpha) + colour[:, None, None, None, :] * alpha) // 255
    films += rng.integers(-NOISE, NOISE + 1, films.shape, np.int8)
    return np.clip(films, 0, 255).astype(np.uint8)
