"""Captions for `scenes`: templates, synonyms and phrases beside the point. Taught in lesson 02."""

import numpy as np

COLOURS = {
    "red": ("red", "crimson"),
    "orange": ("orange", "amber"),
    "yellow": ("yellow", "golden"),
    "green": ("green", "emerald"),
    "teal": ("teal", "turquoise"),
    "blue": ("blue", "navy"),
    "purple": ("purple", "violet"),
    "pink": ("pink", "rosy"),
}
TEXTURES = {
    "plain": ("plain", "smooth"),
    "striped": ("striped", "banded"),
    "checked": ("checked", "chequered"),
    "dotted": ("dotted", "spotted"),
}
SIZES = {"small": ("small", "little"), "medium": ("medium", "middling"), "large": ("large", "big")}
SHAPE_WORDS = {
    "circle": ("circle", "disc"),
    "square": ("square", "box"),
    "triangle": ("triangle", "wedge"),
    "cross": ("cross", "plus"),
    "diamond": ("diamond", "rhombus"),
    "ring": ("ring", "hoop"),
    "star": ("star", "spark"),
    "moon": ("moon", "crescent"),
}
MATERIALS = {
    "wood": ("wooden", "oaken"),
    "glass": ("glass", "crystal"),
    "metal": ("metal", "steel"),
    "paper": ("paper", "cardboard"),
    "stone": ("stone", "marble"),
    "wool": ("woollen", "knitted"),
    "clay": ("clay", "ceramic"),
    "ice": ("icy", "frozen"),
}
NEUTRAL = ("thing", "object", "item")
PLACES = ("top left", "top", "top right", "left", "middle", "right", "bottom left", "bottom", "bottom right")
ASIDES = ("", "", "", "again", "as usual", "says anna", "says ben", "on a rainy day")
TEMPLATES = (
    "a {size} {texture} {colour} {noun} at the {place} {aside}",
    "at the {place} there is a {colour} {noun} , {size} and {texture} {aside}",
    "{aside} look , a {texture} {noun} at the {place} , quite {size} and {colour}",
    "the picture shows a {noun} at the {place} ; it is {colour} {aside}",
    "{aside} a {noun} , {size} , {colour} , {texture}",
    "i see one {colour} {noun} near the {place} {aside}",
)


def write(
    factors: dict[str, np.ndarray], nouns: list[tuple[str, ...]], rng: np.random.Generator, *, colour: bool = True
) -> np.ndarray:
    """One caption per scene, (N,) str. `factors`: colour, texture, size, place -> (N,) indices into the tables above.

    `nouns[i]` are the ways to name the thing in scene i, of which one is drawn. `colour=False` leaves the colour out.
    """
    n = len(nouns)
    template, aside = rng.integers(0, len(TEMPLATES), n).tolist(), rng.integers(0, len(ASIDES), n).tolist()
    pick = rng.integers(0, 12, (4, n)).tolist()  # 12 is a multiple of every number of synonyms
    tables = [list(words.values()) for words in (COLOURS, TEXTURES, SIZES)]
    columns = [factors[name].tolist() for name in ("colour", "texture", "size", "place")]
    captions = []
    for i, (c, t, s, p) in enumerate(zip(*columns, strict=True)):
        words = TEMPLATES[template[i]].format(
            colour=tables[0][c][pick[0][i] % 2] if colour else "coloured",
            texture=tables[1][t][pick[1][i] % 2],
            size=tables[2][s][pick[2][i] % 2],
            place=PLACES[p],
            noun=nouns[i][pick[3][i] % len(nouns[i])],
            aside=ASIDES[aside[i]],
        )
        words = words.split()
        for j in range(len(words) - 1):
            if words[j] == "a" and words[j + 1][0] in "aeiou":
                words[j] = "an"
        captions.append(" ".join(words))
    return np.array(captions)


def shape_nouns(shape: str) -> tuple[str, ...]:
    """The words for a shape."""
    return SHAPE_WORDS[shape]


def material_nouns(material: str) -> tuple[str, ...]:
    """Ways to name a thing by its material and not by its shape."""
    return tuple(f"{word} {noun}" for word in MATERIALS[material] for noun in NEUTRAL)
