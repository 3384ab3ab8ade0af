"""The label among the inputs: a code or the name of a file at the beginning or end of a text, the name of its class
anywhere in it, or a column of numbers.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from ..splits import Spec, Split
from .copies import kind_of, there_of
from .problems import Problem

SURE = 0.97  # share of the texts whose label a mark must tell
PER_MARK = 8  # texts that share a mark, at least and on average: rarer marks tell a label by chance
NAME = 3  # letters of the name of a class, at least
WIDEST = 1000  # columns of numbers
LOOKED = 100  # rows after which most columns can be left
PLACES = {0: "first", -1: "last"}
LETTERS = (1, 2, 3, 4, None)  # how many of the word's first letters are the mark; None: all


def giveaways(
    specs: dict[str, Spec], whole: Split, classes: tuple[str, ...] | None, rows: np.ndarray
) -> Iterator[Problem]:
    """At most one problem for each modality of texts that tell the label, and of numbers that are the label."""
    for column, (key, spec) in enumerate(specs.items()):
        there = there_of(whole, column)
        y = whole.y[there]
        if not len(y) or (y == y[0]).all():
            continue
        if spec.dtype == "str" and classes is not None:
            texts = whole.x[key][there].tolist()
            words = [text.split() or [""] for text in texts]
            coded = [*_given_away(key, words, y.tolist(), classes, rows[there])]
            yield from coded or _named(key, texts, y.tolist(), classes, rows[there])
        elif not kind_of(spec) and np.prod(spec.shape, dtype=int) <= WIDEST:
            yield from _among(key, whole.x[key][there].reshape(len(y), -1), y, classes, rows[there])


def _named(key: str, texts: list[str], y: list[int], classes: tuple[str, ...], rows) -> Iterator[Problem]:
    """A problem where nearly every text has the name of its class in it and of no other; ends early where it has not.

    A name within another counts as the longer one: a "woman" is no "man".
    """
    if len(y) < PER_MARK:
        return
    names = [name.casefold() for name in classes]
    looked_for = sorted({name for name in names if len(name) >= NAME}, key=len, reverse=True)
    missed = 0
    for text, label in zip(texts, y, strict=True):
        text = text.casefold()
        seen = []
        for name in looked_for:
            if name in text:
                seen.append(name)
                text = text.replace(name, " ")
        missed += seen != [names[label]]
        if missed > (1 - SURE) * len(y):
            return
    what = f"the name of its class, and of no other, is in {len(y) - missed} of the {len(y)} texts"
    remedy = "take it out of the texts, if a new sample would come without it"
    yield Problem("giveaway", key, None, what, remedy, tuple(rows.tolist()))


def _among(key: str, numbers: np.ndarray, y: np.ndarray, classes: tuple[str, ...] | None, rows) -> Iterator[Problem]:
    """A problem for each column that equals the values to predict, or has one number for each class and no other.

    A column of which several numbers mean one class, or several classes have one number, may be an honest feature.
    """
    enough = classes is None or len(y) >= PER_MARK * max(3, len(classes))
    for column, values in enumerate(numbers.T if enough else []):
        if classes is None:
            same = np.array_equal(values, y)
        else:
            same = all(_one_to_one(values[:count], y[:count]) for count in (LOOKED, len(y)))
        if same:
            what = f"{f'column {column}' if numbers.shape[1] > 1 else 'it'} is the label in numbers, in every row"
            yield Problem("giveaway", key, None, what, "leave it out of the inputs", tuple(rows.tolist()))
    if enough and classes is not None and len(classes) > 2 and (found := _one_hot(numbers, y)):
        what = f"columns {', '.join(map(str, found))[:60]} are the label, a column for each class"
        yield Problem("giveaway", key, None, what, "leave them out of the inputs", tuple(rows.tolist()))


def _one_hot(numbers: np.ndarray, y: np.ndarray) -> list[int]:
    """A column for each class, with one number in its rows and another in all others; none if a class lacks one."""
    high = numbers.max(axis=0)
    (two,) = np.nonzero(
        ((numbers == high) | (numbers == numbers.min(axis=0))).all(axis=0) & (numbers.min(axis=0) < high)
    )
    there = numbers[:, two] == high[two]
    found = [np.flatnonzero((there == (y == label)[:, None]).all(axis=0)) for label in np.unique(y)]
    return [int(two[columns[0]]) for columns in found] if all(map(len, found)) else []


def _one_to_one(values: np.ndarray, y: np.ndarray) -> bool:
    pairs = set(zip(values.tolist(), y.tolist(), strict=True))
    return len(pairs) == len({number for number, _ in pairs}) == len({label for _, label in pairs})


def _given_away(key: str, texts: list[list[str]], y: list[int], classes: tuple[str, ...], rows) -> Iterator[Problem]:
    for place, where in PLACES.items():
        for letters in LETTERS:
            marks = [words[place].strip("()[]#:;,.")[:letters] for words in texts]
            labels: dict[str, Counter] = defaultdict(Counter)
            for mark, label in zip(marks, y, strict=True):
                labels[mark][label] += 1
            told = sum(max(counts.values()) for counts in labels.values())
            if len(labels) * PER_MARK <= len(y) and told >= SURE * len(y):
                mark, counts = max(labels.items(), key=lambda item: max(item[1].values()))
                part = f"{where} word" if letters is None else f"{where} word's beginning"
                what = (
                    f"the {part} tells the label of {told} of the {len(y)} texts: {mark!r} is "
                    f"{classes[counts.most_common(1)[0][0]]!r}"
                )
                remedy = "take it out of the texts, if a new sample would come without it"
                yield Problem("giveaway", key, None, what, remedy, tuple(rows.tolist()))
                return
