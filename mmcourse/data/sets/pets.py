"""`pets`: photographs of cats and dogs of 37 breeds, with outlines. For the segmentation part of lesson 15."""

from collections.abc import Iterable

import numpy as np

from ...files import course_file
from ..multimodal import Multimodal
from ..splits import Spec, Split

MASK = np.array([0, 1, 0, 2], np.uint8)  # of the source's 1 animal, 2 background, 3 border


def load(*, side: int = 64, val: int = 680, seed: int = 0) -> Multimodal:
    """Photographs (side, side, 3) uint8, labels 0 to 36, through TensorFlow Datasets (811 MB once).

    `targets`: mask (side, side) uint8, 0 background, 1 animal, 2 border; species, 0 cat, 1 dog. `val` samples are taken
    out of the source's training part by `seed`; its test part is test.
    """
    from ..fetching.fetch import tfds_examples

    known, unseen = (read(tfds_examples("pets", "oxford_iiit_pet", part), side) for part in ("train", "test"))
    return build(known, unseen, val=val, seed=seed)


def read(examples: Iterable[dict], side: int) -> Split:
    """Examples with image, segmentation_mask, label and species, scaled to one size while they are read."""
    from PIL import Image

    if not 8 <= side <= 512:
        raise ValueError(f"side must be 8 to 512 pixels, got {side}")
    images, masks, labels, species = [], [], [], []
    for example in examples:
        images.append(np.asarray(Image.fromarray(example["image"]).resize((side, side), Image.Resampling.BOX)))
        outline = Image.fromarray(example["segmentation_mask"][..., 0])
        masks.append(MASK[np.asarray(outline.resize((side, side), Image.Resampling.NEAREST))])
        labels.append(example["label"])
        species.append(example["species"])
    targets = {"mask": np.array(masks), "species": np.array(species, np.int64)}
    return Split({"image": np.array(images)}, np.array(labels, np.int64), targets=targets)


def build(known: Split, unseen: Split, *, val: int, seed: int) -> Multimodal:
    """The step from arrays to the set, a pure function."""
    if not 0 < val < len(known):
        raise ValueError(f"val must be 1 to {len(known) - 1} samples, got {val}")
    order = np.random.default_rng(seed).permutation(len(known))
    side = known.x["image"].shape[1]
    return Multimodal(
        name="pets",
        modalities={"image": Spec((side, side, 3), "uint8", "brightness, 0 to 255", "a cat or a dog")},
        train=known.take(order[val:]),
        val=known.take(order[:val]),
        test=unseen,
        card=course_file("data", "pets.md").read_text(encoding="utf-8"),
    )
