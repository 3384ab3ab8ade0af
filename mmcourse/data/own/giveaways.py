"""Texts whose beginning or end is the label in other words: an identifier, a code, the name of a file."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from ..splits import Spec, Split
from .copies import there_of
from .problems import Problem

SURE = 0.97  # share of the texts whose label a mark must tell
PER_MARK = 8  # texts that share a mark, at least and on average: rarer marks tell a label by chance
PLACES = {0: "first", -1: "last"}
LETTERS = (1, 2, 3, 4, None)  # how many of the word's first letters are the mark; None: all


def giveaways(specs: dict[str, Spec], whole: Split, classes: tuple[str, ...], rows: np.ndarray) -> Iterator[Problem]:
    """One problem for each column of texts whose first or last word, or some letters of it, tells the label."""
    for column, (key, spec) in enumerate(specs.items()):
        if spec.dtype == "str":
            there = there_of(whole, column)
            words = [text.split() or [""] for text in whole.x[key][there].tolist()]
            yield from _given_away(key, words, whole.y[there].tolist(), classes, rows[there])


def _given_away(key: str, texts: list[list[str]], y: list[int], classes: tuple[str, ...], rows) -> Iterator[Problem]:
    if len(set(y)) < 2:
        return
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
