"""Checks for lesson 15: average precision, swapped colour words, a ceiling for any number of objects."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, numbers, share, unchanged


def _share(value):
    """A share, of the type it came in: `close` is as exact as that can be."""
    share(value)
    return numbers(value).reshape(())


def ap(answer) -> str:
    right = np.array([1, 0, 1, 1, 0, 0, 1, 0], bool)
    confidence = np.array([0.3, 0.9, 0.8, 0.1, 0.5, 0.2, 0.7, 0.6])

    def area(sure, total):
        sorted_right = right[np.argsort(-sure, kind="stable")]
        return np.sum((np.cumsum(sorted_right) / np.arange(1, 9))[sorted_right]) / total

    got = _share(answer(right.copy(), confidence.copy()))
    if close(got, area(confidence, right.sum())):
        raise Wrong("divide by all objects, N, not by those that were found: who finds half gets at most a half.")
    if close(got, area(-confidence, 8)):
        raise Wrong("the surest come first: sort by falling confidence.")
    if close(got, area(np.zeros(8), 8)):
        raise Wrong("the answers are taken as they come: sort them by confidence first.")
    if close(got, right.mean()):
        raise Wrong("this is the share of right answers, whatever the confidence.")
    if not close(got, area(confidence, 8)):
        raise Wrong("not so: at each right answer the share of right ones so far; their sum over N.")
    perfect = _share(answer(np.ones(5, bool), np.arange(5.0)))
    if not close(perfect, 1):
        raise Wrong("where all are right, it must be 1.")
    return "right and sure counts more than right and unsure."


def swapped(answer) -> str:
    text = np.array([[5, 9, 2, 0], [7, 3, 6, 1], [8, 5, 7, 0], [4, 6, 8, 2]])
    colours = {"red": (5, 6), "blue": (7, 8), "pink": (9, 3)}
    given = text.copy()
    got = numbers(answer(given, colours, "red", "blue"), (4, 4))
    unchanged(text, given, "requests")
    right = text.copy()
    for old, new in ((5, 7), (6, 8), (7, 5), (8, 6)):
        right[text == old] = new
    if close(got, np.where(np.isin(text, (7, 8)), text - 2, text)):
        raise Wrong("all has become one colour: look for the words in the request as it was, not as it is half-way.")
    if close(got, np.where(np.isin(text, (5, 6)), text + 2, text)):
        raise Wrong("only one colour was replaced: the other must become the first.")
    if close(got, text):
        raise Wrong("nothing has changed: the words of both colours must change places.")
    if not close(got, right):
        raise Wrong("not so: the first word of one colour becomes the first of the other, the second the second.")
    return "the same request for the other colour; every other word stays."


def best(answer) -> str:
    for n, hidden, unsaid in ((4, 0.0, 0.0), (5, 0.2, 0.1), (3, 1.0, 0.4), (8, 0.3, 0.3)):
        there = (1 - hidden) * (1 - unsaid)
        got, right = _share(answer(n, hidden, unsaid)), there + (1 - there) / n
        if close(got, right):
            continue
        if close(got, there):
            raise Wrong("where something is missing the best model still guesses, and is right in one of n.")
        if close(got, there + (1 - there) / 4):
            raise Wrong("a guess is right in one of n cases, not always in a quarter.")
        lost = min(1, hidden + unsaid)
        if close(got, 1 - lost + lost / n):
            raise Wrong("both can be missing at once: multiply the shares of what is there, do not add what is not.")
        raise Wrong(
            f"not for n = {n}, hidden {hidden:g}, unsaid {unsaid:g}: right where both are there, else one of n."
        )
    return "where both are there, all; elsewhere one of n."


EXERCISES = {
    1: Exercise(ap, "np.cumsum of the sorted answers, divided by 1, 2, 3, ..., is the precision after each."),
    2: Exercise(swapped, "Copy the requests; compare with the given ones, write into the copy."),
    3: Exercise(best, "In which share of the cases are picture and request both there? What is left of the rest?"),
}
