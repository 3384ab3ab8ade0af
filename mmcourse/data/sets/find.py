"""`find`: four objects in a picture, and a sentence that asks for one of them. Taught in lessons 09 and 15.

Two shapes in two colours each, one object in each quarter: only shape and colour together say which is meant, and only
picture and sentence together say where it is.
"""

import numpy as np

from ...files import course_file
from ..making import captions
from ..making.paint import SIDE, SIZES, background, boxes, draw, finish
from ..making.sprites import SHAPES
from ..multimodal import Multimodal
from ..splits import SPLITS, Spec, Split
from ..symbols import ERASED, World, task_world

QUARTERS = ("top left", "top right", "bottom left", "bottom right")
TEMPLATES = (
    "find the {colour} {noun} {aside}",
    "where is the {colour} {noun} ?",
    "{aside} outline the {noun} that is {colour}",
    "i am looking for one {noun} , {colour} if i remember well {aside}",
)


def load(
    *,
    erasure: float | dict[str, float] = 0.0,
    train: int = 3000,
    val: int = 600,
    test: int = 1500,
    seed: int = 0,
) -> Multimodal:
    """Pictures (32, 32, 3) uint8 and requests (str); the label is the quarter in which the wanted object is.

    `erasure`: how often all objects are hidden behind static, or the request names neither shape nor colour (one
    number, or modality -> rate). `targets`: of the wanted object mask (32, 32) bool, box (4,), shape and colour; of all
    four, by quarter, boxes (4, 4), shapes (4,) and colours (4,). A box is top, left, bottom, right in pixels. Each
    modality alone is at chance, 1/4; with both the ceiling is 1/4 + 3/4 (1 - e_i)(1 - e_t).
    """
    rates = erasure if isinstance(erasure, dict) else dict.fromkeys(("image", "text"), erasure)
    if set(rates) != {"image", "text"}:
        raise ValueError(f"erasure needs a rate for image and text; got {', '.join(rates)}")
    sizes = {"train": train, "val": val, "test": test}
    if min(sizes.values()) < 1:
        raise ValueError(f"find needs 1 or more samples per split, got {sizes}")
    # as a world of symbols: the sentence names object t, the picture is turned by i quarters, so it is in quarter t + i
    world = task_world("mod", 4, {"image": rates["image"], "text": rates["text"]})
    parts = {name: _split(world, sizes[name], np.random.default_rng([seed, part])) for part, name in enumerate(SPLITS)}
    return Multimodal(
        name="find",
        modalities={
            "image": Spec((SIDE, SIDE, 3), "uint8", "brightness, 0 to 255", "four objects"),
            "text": Spec((), "str", "words", "which one is wanted"),
        },
        card=course_file("data", "find.md").read_text(encoding="utf-8"),
        classes=QUARTERS,
        world=world,
        **parts,
    )


def _split(world: World, n: int, rng: np.random.Generator) -> Split:
    quarter, _, seen = world.sample(n, rng)
    shapes, colours = (_two_of(8, n, rng) for _ in range(2))
    order = rng.permuted(np.tile(np.arange(4), (n, 1)), axis=1)  # which of the four pairs is in each quarter
    hidden = seen["image"] == ERASED
    canvas = background(n, 0, rng)
    rows = np.arange(n)[:, None]
    four = {"shape": shapes[rows, order % 2], "colour": colours[rows, order // 2]}  # by quarter, (N, 4)
    masks = []
    for place in range(4):
        factors = {
            **{name: indices[:, place] for name, indices in four.items()},
            "texture": rng.integers(0, len(captions.TEXTURES), n),
            "size": rng.integers(0, len(SIZES), n),
        }
        room = SIDE // 2 - np.array(SIZES)[factors["size"]]
        top, left = (rng.integers(0, room + 1) + SIDE // 2 * half for half in divmod(place, 2))
        masks.append(draw(canvas, factors, top, left, hidden, rng))
    wanted = {name: indices[np.arange(n), quarter] for name, indices in four.items()}
    text = _ask(wanted["shape"], wanted["colour"], seen["text"] == ERASED, rng)
    mask = np.stack(masks)[quarter, np.arange(n)]
    targets = {"mask": mask, "box": boxes(mask), "boxes": np.stack([boxes(m) for m in masks], axis=1), **wanted}
    targets |= {f"{name}s": indices for name, indices in four.items()}
    return Split({"image": finish(canvas, rng), "text": text}, quarter, targets=targets)


def _two_of(count: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """Two different numbers below `count`, n times: (n, 2)."""
    first = rng.integers(0, count, n)
    return np.stack([first, (first + rng.integers(1, count, n)) % count], axis=1)


def _ask(shape: np.ndarray, colour: np.ndarray, erased: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    nouns = [captions.shape_nouns(name) for name in SHAPES]
    colours = list(captions.COLOURS.values())
    picks = rng.integers(0, 24, (4, len(shape))).T.tolist()  # 24 is a multiple of every number of choices
    texts = []
    for s, c, gone, (a, b, t, side) in zip(shape.tolist(), colour.tolist(), erased.tolist(), picks, strict=True):
        words = TEMPLATES[t % len(TEMPLATES)].format(
            noun=captions.NEUTRAL[a % 3] if gone else nouns[s][a % 2],
            colour="coloured" if gone else colours[c][b % 2],
            aside=captions.ASIDES[side % len(captions.ASIDES)],
        )
        texts.append(" ".join(words.split()))
    return np.array(texts)
