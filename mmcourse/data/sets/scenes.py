"""`scenes`: pictures, captions and tones whose symbols make labels with known ceilings. Taught in lessons 05 to 09.

Everything is drawn from a seed, in blocks of 500 scenes, each a pure function of (seed, split, block).
"""

from collections.abc import Iterator

import numpy as np

from ...files import course_file
from ..making import captions, tones
from ..making.paint import SIDE, paint
from ..making.sprites import SHAPES
from ..multimodal import Multimodal
from ..splits import SPLITS, Spec, Split
from ..symbols import ERASED, World, task_world

MODALITIES = ("image", "text", "audio")
SHARED = ("redundant", "match")  # tasks in which every modality speaks of the shape
BLOCK = 500
MATERIALS = tuple(captions.MATERIALS)


def load(
    *,
    task: str = "redundant",
    symbols: int = 4,
    erasure: float | dict[str, float] = 0.2,
    modalities: tuple[str, ...] = ("image", "text"),
    held_out: str | None = None,
    distractors: int = 3,
    train: int = 3000,
    val: int = 600,
    test: int = 1500,
    seed: int = 0,
) -> Multimodal:
    """Pictures (32, 32, 3) uint8, captions (str) and, if asked for, tones (2560,) float32, with labels by `task`.

    The image's symbol is the shape of the object. In `redundant` and `match` the caption names a shape too; in
    `unique`, `complementary`, `xor` and `mod` it names a material, which nobody can see. `erasure` is the rate at
    which a symbol is hidden (one number, or modality -> rate): behind static in the picture, as "thing" in the
    caption, as a hiss in the tone. `held_out="pairs"` keeps two of eight colours per shape out of train and val; test
    has only those. `targets` of a split are mask (32, 32) bool, box (4,) = top, left, bottom, right in pixels, the
    factors, and the symbols (-1 erased).
    """
    world = _world(task, symbols, erasure, modalities, held_out, distractors)
    sizes = {"train": train, "val": val, "test": test}
    if min(sizes.values()) < 1:
        raise ValueError(f"scenes needs 1 or more samples per split, got {sizes}")
    parts = {
        name: _join(list(blocks(world, task, sizes[name], name, held_out=held_out, distractors=distractors, seed=seed)))
        for name in SPLITS
    }
    return Multimodal(
        name=f"scenes ({task})",
        modalities={name: spec for name, spec in SPECS.items() if name in modalities},
        card=course_file("data", "scenes.md").read_text(encoding="utf-8"),
        classes=_class_names(task, symbols, modalities),
        world=world,
        **parts,
    )


SPECS = {
    "image": Spec((SIDE, SIDE, 3), "uint8", "brightness, 0 to 255", "one object among bits of clutter"),
    "text": Spec((), "str", "words", "a sentence about the object"),
    "audio": Spec((tones.SAMPLES,), "float32", "amplitude, -1 to 1", "a tone", rate=tones.RATE),
}


def stream(n: int, batch_size: int, *, split: str = "train", seed: int = 0, **options):
    """A `tf.data.Dataset` of n scenes, made while they are read: ({modality: (B, ...)}, (B,)) in constant memory.

    Takes the options of `load` that describe the world (task, symbols, erasure, modalities, held_out, distractors), and
    gives the same scenes in the same order as `load`.
    """
    import tensorflow as tf

    choice = {"modalities": ("image", "text"), "held_out": None, "distractors": 3, **options}
    task = choice.pop("task", "redundant")
    world = _world(task, choice.pop("symbols", 4), choice.pop("erasure", 0.2), **choice)
    if n < 1 or batch_size < 1:
        raise ValueError(f"stream needs 1 or more scenes and a batch of 1 or more, got {n} and {batch_size}")
    choice.pop("modalities")

    def samples():
        for block in blocks(world, task, n, split, seed=seed, **choice):
            yield block.x, block.y

    signature = {
        name: tf.TensorSpec([None, *spec.shape], tf.string if spec.dtype == "str" else spec.dtype)
        for name, spec in SPECS.items()
        if name in world.erasure
    }
    whole = tf.data.Dataset.from_generator(samples, output_signature=(signature, tf.TensorSpec([None], tf.int64)))
    return whole.rebatch(batch_size).apply(tf.data.experimental.assert_cardinality(-(-n // batch_size))).prefetch(2)


def blocks(
    world: World, task: str, n: int, split: str, *, held_out: str | None, distractors: int, seed: int
) -> Iterator[Split]:
    """The n scenes of a split, 500 at a time; the k-th block depends on (seed, split, k) and the options alone."""
    for block in range(-(-n // BLOCK)):
        rng = np.random.default_rng([seed, SPLITS.index(split), block])
        scenes = _block(world, task, split if held_out else None, distractors, rng)
        yield scenes.take(np.arange(min(BLOCK, n - block * BLOCK)))


def _block(world: World, task: str, held_out_for: str | None, distractors: int, rng: np.random.Generator) -> Split:
    y, true, seen = world.sample(BLOCK, rng)
    factors = {
        "shape": true.get("image", next(iter(true.values()))),
        "colour": rng.integers(0, len(captions.COLOURS), BLOCK),
        "texture": rng.integers(0, len(captions.TEXTURES), BLOCK),
        "size": rng.integers(0, len(captions.SIZES), BLOCK),
    }
    if held_out_for:
        factors["colour"] = _paired_colours(factors["shape"], held_out_for == "test", rng)
    picture = paint(factors, seen.get("image", factors["shape"]) == ERASED, distractors, rng)
    makers = {
        "image": lambda: picture.image,
        "text": lambda: captions.write(
            {**factors, "place": picture.place}, _nouns(task, seen["text"]), rng, colour=not held_out_for
        ),
        "audio": lambda: tones.tones(seen["audio"], rng),
    }
    x = {name: makers[name]() for name in world.erasure}
    symbols = {f"{name}_symbol": column for name, column in seen.items()}
    return Split(x, y, targets={"mask": picture.mask, "box": picture.box, **factors, **symbols})


def _paired_colours(shape: np.ndarray, unseen: bool, rng: np.random.Generator) -> np.ndarray:
    """Colours for shapes: from the pairs kept out of training, colours 2k and 2k + 1 of shape k, or from the others."""
    step = rng.integers(0, 2, len(shape)) if unseen else rng.integers(2, len(captions.COLOURS), len(shape))
    return (2 * shape + step) % len(captions.COLOURS)


def _nouns(task: str, symbols: np.ndarray) -> list[tuple[str, ...]]:
    names = [captions.shape_nouns(s) for s in SHAPES]
    if task not in SHARED:
        names = [captions.material_nouns(m) for m in MATERIALS]
    return [captions.NEUTRAL if s == ERASED else names[s] for s in symbols.tolist()]


def _join(parts: list[Split]) -> Split:
    """One split of many blocks."""
    first = parts[0]
    return Split(
        {name: np.concatenate([part.x[name] for part in parts]) for name in first.x},
        np.concatenate([part.y for part in parts]),
        targets={name: np.concatenate([part.targets[name] for part in parts]) for name in first.targets},
    )


def _world(task, symbols, erasure, modalities, held_out, distractors) -> World:
    """Check the options and build the world they ask for."""
    chosen = tuple(name for name in MODALITIES if name in modalities)
    if len(chosen) != len(modalities) or len(chosen) < 2:
        raise ValueError(f"scenes needs two or three of {', '.join(MODALITIES)}; got {', '.join(modalities)}")
    if not 2 <= symbols <= len(SHAPES):
        raise ValueError(f"scenes has 2 to {len(SHAPES)} symbols, got {symbols}")
    if held_out not in (None, "pairs"):
        raise ValueError(f'held_out must be None or "pairs", got {held_out!r}')
    if not 0 <= distractors <= 12:
        raise ValueError(f"distractors must be 0 to 12, got {distractors}")
    rates = erasure if isinstance(erasure, dict) else dict.fromkeys(chosen, erasure)
    if set(rates) != set(chosen):
        raise ValueError(f"erasure needs a rate for each of {', '.join(chosen)}; got {', '.join(rates)}")
    return task_world(task, symbols, {name: rates[name] for name in chosen})


def _class_names(task: str, symbols: int, modalities: tuple[str, ...]) -> tuple[str, ...]:
    if task == "xor":
        return ("even", "odd")
    if task == "match":
        return ("differ", "match")
    if task == "mod":
        return tuple(str(i) for i in range(symbols))
    first = SHAPES if "image" in modalities or task == "redundant" else MATERIALS
    if task != "complementary":
        return first[:symbols]
    chosen = [name for name in MODALITIES if name in modalities]
    words = {"image": SHAPES, "text": MATERIALS, "audio": tuple(f"tone {i}" for i in range(len(SHAPES)))}
    tuples = np.indices((symbols,) * len(chosen)).reshape(len(chosen), -1).T
    return tuple(", ".join(words[name][s] for name, s in zip(chosen, row, strict=True)) for row in tuples.tolist())
