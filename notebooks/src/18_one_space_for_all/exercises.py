"""Checks for lesson 18: the ceiling of a search, hard negatives, and the gap taken away."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, answered, close, numbers, several, unchanged


def ceiling_at(answer) -> str:
    rng = np.random.default_rng(18)
    for n, k in ((40, 1), (40, 5), (30, 3)):
        true = rng.random((n, n)) < rng.random(n) ** 3 / 2
        true |= np.eye(n, dtype=bool)
        fits, says = true.sum(axis=0), true.sum(axis=1)
        right = np.minimum(1, k / fits).mean()
        found = numbers(answer(true.copy(), k), ())
        asked = f"for {n} captions and k = {k}"
        if close(found, (k / fits).mean()) and not close(found, right):
            raise Wrong(
                f"{asked}: a caption that fits fewer than k pictures is found for sure, and not more than once."
            )
        if close(found, np.minimum(1, k / says).mean()):
            raise Wrong(f"{asked}: you counted the captions of each picture; a column of `true` is a caption.")
        if close(found, min(1, k / fits.mean())):
            raise Wrong(f"{asked}: take k / n for each caption, then the mean; the mean of 1/n is not 1 over the mean.")
        if not close(found, right):
            raise Wrong(f"{asked}: the ceiling is {right:.4f}; got {found:.4f}.")
    return "compare any R@k with this before you call it low."


def swapped(answer) -> str:
    cases = {
        ("a red ring , not blue", "red", "blue"): "a blue ring , not red",
        ("a blue ring , not red", "red", "blue"): "a red ring , not blue",
        ("a coloured star on red , red again", "red", "blue"): "a coloured star on blue , blue again",
        ("a small green moon", "red", "blue"): "a small green moon",
        ("pink", "teal", "pink"): "teal",
    }
    for (text, one, other), right in cases.items():
        found = answered(answer(text, one, other))
        if not isinstance(found, str):
            raise Wrong(f"give back a sentence; got an object of type {type(found).__name__}.")
        if found == right:
            continue
        asked = f"{text!r} with {one!r} and {other!r}"
        if "coloured" in text and "coloured" not in found:
            raise Wrong(f"{asked}: 'coloured' was torn apart; exchange whole words, not letters.")
        if one in text.split() and other in text.split() and len({one, other} & set(found.split())) == 1:
            raise Wrong(f"{asked} became {found!r}: one of the two words is lost; decide for each word, once.")
        if found == text:
            raise Wrong(f"{asked} stayed as it was; both words change places, whichever of them occurs.")
        raise Wrong(f"{asked} should become {right!r}; got {found!r}.")
    return "such sentences, added as negatives to every batch, are what makes a text tower read (Yuksekgonul 2023)."


def without_gap(answer) -> str:
    rng = np.random.default_rng(18)
    image, text = (_unit(rng.normal(size=(50, 6)) + shift) for shift in (1.0, -0.5))
    before = image.copy(), text.copy()
    found = [numbers(part, (50, 6)) for part in several(answer(image, text), 2)]
    for kept, given, what in zip(before, (image, text), ("pictures", "captions"), strict=True):
        unchanged(kept, given, f"vectors of {what}")
    right = [_unit(side - side.mean(axis=0)) for side in before]
    if all(close(got, side - side.mean(axis=0)) for got, side in zip(found, before, strict=True)):
        raise Wrong("the vectors must have length one again: divide each by its length.")
    both = np.concatenate(before).mean(axis=0)
    if any(
        close(got, each) for got, side in zip(found, before, strict=True) for each in (side - both, _unit(side - both))
    ):
        raise Wrong(
            "you subtracted one mean from both, which leaves the gap as it was; each modality has its own mean."
        )
    if all(close(got, side) for got, side in zip(found, before, strict=True)):
        raise Wrong("the vectors came back as they were: subtract from each modality the mean of its own vectors.")
    if not all(close(got, each) for got, each in zip(found, right, strict=True)):
        raise Wrong("subtract from each modality the mean of its own vectors, then divide each vector by its length.")
    return "now search with them: does R@1 change?"


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=1, keepdims=True)


EXERCISES = {
    1: Exercise(ceiling_at, "true.sum(axis=0) counts the pictures of each caption; np.minimum keeps k / n at most 1."),
    2: Exercise(swapped, "A dict {one: other, other: one}, and .get(word, word) for each word of text.split(' ')."),
    3: Exercise(without_gap, "x - x.mean(axis=0), then divide by np.linalg.norm(x, axis=1, keepdims=True)."),
}
