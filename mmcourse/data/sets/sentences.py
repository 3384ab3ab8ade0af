"""`sentences`: two things in two colours, where only the order of the words tells which is which. Taught in lesson 02.

Every sentence has a twin in the same split, with the two colours exchanged and the other label. Twins have the same
words, so whatever reads a sentence as a bag of words is right on exactly half of them.
"""

import numpy as np

from ...files import course_file
from ..making import captions
from ..multimodal import Multimodal
from ..splits import SPLITS, Spec, Split
from ..symbols import World

RELATIONS = ("above", "below", "beside", "left of", "right of", "near")
TEMPLATES = (
    "the {} {} is {relation} the {} {}",
    "the {1} that is {0} is {relation} the {3} that is {2}",
    "a {} {} {relation} a {} {}",
    "{relation} the {2} {3} there is a {0} {1}",
)
ASKED = "ring"


def load(*, train: int = 1500, val: int = 300, test: int = 1000, seed: int = 0) -> Multimodal:
    """Sentences (str) about a ring and another shape, in two colours; sizes are even numbers.

    The label is 1 where the ring's colour is the one that comes first in the alphabet, else 0. `targets`: pair, the
    number of a sentence and its twin. The ceiling is 1.
    """
    sizes = {"train": train, "val": val, "test": test}
    if any(n < 2 or n % 2 for n in sizes.values()):
        raise ValueError(f"sentences come in pairs, so every split needs an even number of 2 or more; got {sizes}")
    parts = {name: _split(sizes[name], np.random.default_rng([seed, part])) for part, name in enumerate(SPLITS)}
    return Multimodal(
        name="sentences",
        modalities={"text": Spec((), "str", "words", "two things in two colours")},
        card=course_file("data", "sentences.md").read_text(encoding="utf-8"),
        classes=("second colour", "first colour"),
        world=World(np.eye(2) / 2, {"text": 0.0}),
        **parts,
    )


def _split(n: int, rng: np.random.Generator) -> Split:
    shapes = [captions.shape_nouns(name) for name in captions.SHAPE_WORDS if name != ASKED]
    colours = sorted(captions.COLOURS)
    texts, labels = [], []
    for _ in range(n // 2):
        one, two = sorted(rng.choice(len(colours), 2, replace=False).tolist())
        ring = int(rng.integers(2))  # whether it is the first or the second thing
        other = shapes[rng.integers(len(shapes))][rng.integers(2)]
        things = (other, ASKED) if ring else (ASKED, other)
        template, relation = TEMPLATES[rng.integers(len(TEMPLATES))], RELATIONS[rng.integers(len(RELATIONS))]
        for pair in ((one, two), (two, one)):
            texts.append(template.format(colours[pair[0]], things[0], colours[pair[1]], things[1], relation=relation))
            labels.append(int(pair[ring] == one))
    order = rng.permutation(n)
    return Split({"text": np.array(texts)}, np.array(labels), targets={"pair": np.arange(n) // 2}).take(order)
