"""What does a caption say, and is it so? Facts of the captions of `scenes`, word by word. Lesson 19.

A caption is judged by its facts: a word of the tables that wrote the captions names a factor and a value of it
("crimson": colour red). Words that are in no table ("look", "again") say nothing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..data.making import captions as words
from ..data.making.sprites import SHAPES
from ..data.text import split_words
from .tables import Shown

TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "shape": {name: words.shape_nouns(name) for name in SHAPES},
    "colour": words.COLOURS,
    "texture": words.TEXTURES,
    "size": words.SIZES,
    "place": {name: (name,) for name in words.PLACES},
    "material": words.MATERIALS,
}  # factor -> value -> its words; the order of the values is that of the numbers in `targets`
MEANINGS = {word: (factor, value) for factor, table in TABLES.items() for value, said in table.items() for word in said}


@dataclass(frozen=True, repr=False)
class Facts(Shown):
    """How true `captions` captions are: a share for each factor, and the false facts of a caption, all factors added.

    `mentioned`: the share of captions that name the factor at all. `right`: the share of its named values that are
    true, NaN where none is named. `hallucinated`: false values named in a caption, on average.

    >>> factual(["a red ring", "a blue ring"], {"colour": np.array([0, 0])}).hallucinated
    0.5
    """

    captions: int
    mentioned: dict[str, float]
    right: dict[str, float]
    hallucinated: float

    def title(self) -> str:
        return f"facts of {self.captions} captions"

    def table(self) -> tuple[list[str], list[list[str]]]:
        rows = []
        for factor, rate in self.mentioned.items():
            right = self.right[factor]
            rows.append([factor, f"{rate:.3f}", "-" if math.isnan(right) else f"{right:.3f}"])
        return ["", "mentioned", "right where mentioned"], rows

    def below(self) -> list[str]:
        return [f"{self.hallucinated:.3f} false facts in a caption"]


def facts_of(caption: str) -> dict[str, set[str]]:
    """Factor -> the values that a caption names, for shape, colour, texture, size, place and material.

    Places of two words ("top left") are read as one. Raises `ValueError` for what is no text. Taught in lesson 19.

    >>> facts_of("look , a crimson hoop at the top left")
    {'colour': {'red'}, 'shape': {'ring'}, 'place': {'top left'}}
    """
    if not isinstance(caption, str):
        raise ValueError(f"expected a caption as text; got {type(caption).__name__}: decode word numbers first")
    found: dict[str, set[str]] = {}
    said = split_words(caption)
    while said:
        many = 2 if " ".join(said[:2]) in MEANINGS else 1
        factor, value = MEANINGS.get(" ".join(said[:many]), (None, None))
        if factor:
            found.setdefault(factor, set()).add(value)
        said = said[many:]
    return found


def factual(captions: Sequence[str], truth: Mapping[str, np.ndarray]) -> Facts:
    """Are captions true of their pictures? Accuracy given mentioned, mention rate, false facts in a caption.

    `captions`: N texts. `truth`: factor -> (N,) whole numbers, as `targets` of a split of `scenes` has them; what else
    is in it (masks, boxes, symbols) is passed over, and so are the factors of a caption of which the truth is not
    given. A value named twice in a caption counts once; of two values of one factor, one is false. To see what is
    known without looking, judge the same captions against the truth of other pictures.

    Raises `ValueError` for no captions, no known factor, and truth that is not one number of a value for each caption.
    After CHAIR (Rohrbach et al., 2018, arXiv:1809.02156), which counts false objects. Taught in lesson 19.

    >>> found = factual(["a red ring", "a thing", "a blue or red star"], {"colour": np.array([0, 0, 0])})
    >>> round(found.mentioned["colour"], 3), round(found.right["colour"], 3), round(found.hallucinated, 3)
    (0.667, 0.667, 0.333)
    """
    factors = [factor for factor in TABLES if factor in truth]
    shapes = {factor: np.shape(truth[factor]) for factor in factors}
    if isinstance(captions, str) or not len(captions) or not factors or set(shapes.values()) != {(len(captions),)}:
        came = f"{type(captions).__name__} of {len(captions)}, and {shapes or list(truth)}"
        raise ValueError(
            f"expected captions, one or more, and the truth (N,) of each for one of {', '.join(TABLES)}; got {came}"
        )
    said = [facts_of(caption) for caption in captions]
    mentioned, right, wrong = {}, {}, 0
    for factor in factors:
        values, numbers = list(TABLES[factor]), np.asarray(truth[factor])
        if numbers.dtype.kind not in "iu" or numbers.min() < 0 or numbers.max() >= len(values):
            raise ValueError(
                f"expected whole numbers of {factor} from 0 to {len(values) - 1}; "
                f"got {numbers.min()} to {numbers.max()} {numbers.dtype}"
            )
        named = [caption.get(factor, set()) for caption in said]
        true = sum(values[number] in each for number, each in zip(numbers, named, strict=True))
        every = sum(map(len, named))
        mentioned[factor] = float(np.mean([bool(each) for each in named]))
        right[factor] = true / every if every else math.nan
        wrong += every - true
    return Facts(len(said), mentioned, right, wrong / len(said))
