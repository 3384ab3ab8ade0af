"""`captioned_cifar10`: CIFAR-10 with captions about attributes, never about the class. Taught in lesson 17.

A caption names a surrounding and a part, drawn from tables P(attribute | class) in which classes share attributes, and
the brightness and colour of this very image. So text alone cannot give the class away, and image and text each add.
"""

import numpy as np

from ...files import course_file
from ..multimodal import Multimodal
from ..splits import SPLITS, Spec, Split

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
PLACES = ("in the sky", "on the water", "on a road", "in a meadow", "among trees", "indoors", "in a yard")
PARTS = ("wings", "wheels", "windows", "fur", "feathers", "hooves", "smooth skin", "a tail", "a long hull")
# for each class, the places and the parts that are true of it; one is drawn
TRUE_PLACES = ((0, 2), (2, 6), (0, 4), (5, 6), (3, 4), (5, 3), (1, 4), (3, 6), (1, 1), (2, 6))
TRUE_PARTS = ((0, 2), (1, 2), (0, 4), (3, 7), (5, 7), (3, 7), (6, 6), (5, 7), (8, 2), (1, 2))
TRUTH = 0.6  # how often a drawn attribute is one of those; else it is any
COLOURS = ("red", "green", "blue", "yellow", "pink", "teal", "grey")
TEMPLATES = (
    "a {light} picture , mostly {colour} : something with {part} , {place}",
    "{place} , one can see {part} ; the picture is {light} and rather {colour}",
    "it has {part} and is {place} . {light} , {colour}",
)


def load(*, train: int = 10000, val: int = 2000, test: int = 2000, seed: int = 0) -> Multimodal:
    """Photographs (32, 32, 3) uint8 and captions (str) of 10 classes, through TensorFlow Datasets (170 MB once)."""
    from ..fetching.fetch import tfds_arrays

    known, unseen = (tfds_arrays("captioned_cifar10", "cifar10", part) for part in ("train", "test"))
    sizes = {"train": train, "val": val, "test": test}
    return build(known["image"], known["label"], unseen["image"], unseen["label"], sizes=sizes, seed=seed)


def build(
    images: np.ndarray,
    labels: np.ndarray,
    test_images: np.ndarray,
    test_labels: np.ndarray,
    *,
    sizes: dict[str, int],
    seed: int,
) -> Multimodal:
    """The step from raw arrays to the set, a pure function; train and val share the first two arrays."""
    if min(sizes.values()) < 1 or sizes["train"] + sizes["val"] > len(labels) or sizes["test"] > len(test_labels):
        raise ValueError(
            f"expected 1 or more samples per split, at most {len(labels)} in train and val together and "
            f"{len(test_labels)} in test; got {sizes}"
        )
    rng = np.random.default_rng([seed, len(SPLITS)])
    order, test_order = rng.permutation(len(labels)), rng.permutation(len(test_labels))
    rows = {
        "train": order[: sizes["train"]],
        "val": order[sizes["train"] : sizes["train"] + sizes["val"]],
        "test": test_order[: sizes["test"]],
    }
    parts = {}
    for part, name in enumerate(SPLITS):
        x, y = (test_images, test_labels) if name == "test" else (images, labels)
        x, y = x[rows[name]], y[rows[name]].astype(np.int64)
        text = write(x, y, np.random.default_rng([seed, part]))
        parts[name] = Split({"image": x, "text": text}, y)
    return Multimodal(
        name="captioned_cifar10",
        modalities={
            "image": Spec((32, 32, 3), "uint8", "brightness, 0 to 255", "a photograph"),
            "text": Spec((), "str", "words", "its attributes in a sentence"),
        },
        card=course_file("data", "captioned_cifar10.md").read_text(encoding="utf-8"),
        classes=CLASSES,
        **parts,
    )


def attribute_table(true: tuple[tuple[int, int], ...], count: int) -> np.ndarray:
    """P(attribute | class), (10, count): one of the class's own with probability .6, else any."""
    table = np.full((len(true), count), (1 - TRUTH) / count)
    for row, own in zip(table, true, strict=True):
        for attribute in own:
            row[attribute] += TRUTH / len(own)
    return table


def attribute_ceiling() -> float:
    """The best accuracy from place and part alone: Σ max over classes of P(place | c) P(part | c) / 10."""
    places, parts = attribute_table(TRUE_PLACES, len(PLACES)), attribute_table(TRUE_PARTS, len(PARTS))
    return float((places[:, :, None] * parts[:, None, :]).max(axis=0).sum() / len(CLASSES))


def write(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A caption for each image, (N,) str."""
    place = _draw(attribute_table(TRUE_PLACES, len(PLACES))[labels], rng)
    part = _draw(attribute_table(TRUE_PARTS, len(PARTS))[labels], rng)
    template = rng.integers(0, len(TEMPLATES), len(labels))
    light, colour = light_and_colour(images)
    rows = zip(template.tolist(), light, colour, part.tolist(), place.tolist(), strict=True)
    return np.array(
        [TEMPLATES[t].format(light=li, colour=COLOURS[c], part=PARTS[a], place=PLACES[p]) for t, li, c, a, p in rows]
    )


def light_and_colour(images: np.ndarray) -> tuple[list[str], list[int]]:
    """How bright an image is on average, and which of `COLOURS` its mean colour leans to; grey if it leans little."""
    mean = images.mean(axis=(1, 2), dtype=np.float64)
    light = np.array(["dark", "dim", "bright"])[np.digitize(mean.mean(axis=1), [85, 150])]
    lean = mean - mean.mean(axis=1, keepdims=True)
    directions = np.array([[2, -1, -1], [-1, 2, -1], [-1, -1, 2], [1, 1, -2], [1, -2, 1], [-2, 1, 1]]) / 6**0.5
    colour = np.where(np.abs(lean).max(axis=1) < 6, len(COLOURS) - 1, (lean @ directions.T).argmax(axis=1))
    return light.tolist(), colour.tolist()


def _draw(chances: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One column per row, drawn with these chances (N, K)."""
    return (chances.cumsum(axis=1) < rng.random((len(chances), 1))).sum(axis=1).clip(max=chances.shape[1] - 1)
