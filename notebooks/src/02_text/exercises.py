"""Checks for lesson 02: bigrams, negation, the masked mean."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, answered, close, numbers, unchanged, whole


def bigrams(answer) -> str:
    for sentence, right in (
        ("a red ring near a blue star", ["a red", "red ring", "ring near", "near a", "a blue", "blue star"]),
        ("ring", []),
        ("the red red ring", ["the red", "red red", "red ring"]),
    ):
        said = answered(answer(sentence))
        if not isinstance(said, (list, tuple)) or not all(isinstance(pair, str) for pair in said):
            raise Wrong("return a list of texts, each of two words with a space between.")
        got = list(said)
        if got == right:
            continue
        if not right:
            raise Wrong(f"a sentence of one word has no neighbours, so the list is empty; you have {len(got)}.")
        if got == sentence.split():
            raise Wrong("these are the single words, the bag; a bigram is a word and its right neighbour.")
        if sorted(got) == sorted(set(right)) and len(got) < len(right):
            raise Wrong("a pair that occurs twice counts twice; a set forgets that.")
        if got == right[::2] or len(got) == (len(sentence.split()) + 1) // 2:
            raise Wrong("the pairs overlap: every word but the last begins one, so n words have n − 1.")
        if sorted(got) == sorted(right):
            raise Wrong("the pairs are right, but not in the order of the sentence.")
        raise Wrong(f"{sentence!r} has the {len(right)} bigrams {', '.join(right[:2])}, ...; you have {len(got)}.")
    return "n − 1 pairs of neighbours: a bag of them hears a little of the order."


def says(answer) -> str:
    for sentence, colour, right in (
        ("the ring is red", "red", 1),
        ("the ring is blue", "red", 0),
        ("the ring is not red", "red", -1),
        ("the ring is blue , not red", "red", -1),
        ("the ring is blue , not red", "blue", 1),
        ("not a ring : a red star", "red", 1),
        ("we are bored of the blue ring", "red", 0),
        ("red is the ring", "red", 1),
    ):
        got = whole(answer(sentence, colour))
        if got == right:
            continue
        asked = f"{sentence!r}, asked for {colour!r}"
        if "bored" in sentence:
            raise Wrong(f"{asked}: the letters stand inside another word; compare whole words.")
        if right == -1 and got == 1:
            raise Wrong(f"{asked}: the colour is there, but the word before it is 'not'; the answer is −1.")
        if right == 1 and got == -1:
            raise Wrong(f"{asked}: there is a 'not', but it does not stand right before this colour; the answer is 1.")
        if right == 0:
            raise Wrong(f"{asked}: the sentence is silent about it; the answer is 0, yours is {got}.")
        raise Wrong(f"{asked}: the answer is {right}, yours is {got}.")
    return "no bag could: 'blue , not red' and 'red , not blue' have the same words."


def masked_mean(answer) -> str:
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(3, 4, 5)).astype("float32")
    mask = np.array([[1, 1, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0]], bool)
    given, kept = vectors.copy(), mask.copy()
    raw = answered(answer(given, kept))
    unchanged(vectors, given, "vectors")
    unchanged(mask, kept, "mask")
    if np.shape(raw) == (3, 5) and np.isnan(np.asarray(raw, "float64")[2]).all():
        raise Wrong("the third sample has no word at all, and 0/0 is NaN: divide by at least 1.")
    got = numbers(raw, (3, 5))
    keep = mask[..., None]
    total = (vectors * keep).sum(axis=1)
    if close(got, total / np.maximum(keep.sum(axis=1), 1)):
        return "the sum over words, by the number of words."
    if close(got, total / 4):
        raise Wrong("you divide by the full length, 4: then a short sentence is a weak one. Divide by its words.")
    if close(got, vectors.mean(axis=1)):
        raise Wrong("the padding is in the mean: multiply by the mask before you add.")
    if close(got, vectors.sum(axis=1) / np.maximum(keep.sum(axis=1), 1)):
        raise Wrong("you divide by the number of words, but the padding is still in the sum.")
    raise Wrong(
        "the shape is right, the numbers are not: add up what the mask keeps, then divide by how many it keeps."
    )


EXERCISES = {
    1: Exercise(bigrams, "words = sentence.split(); zip(words, words[1:]) goes through the neighbours."),
    2: Exercise(says, "words = sentence.split(); words.index(colour) is its place; what is the word before it?"),
    3: Exercise(masked_mean, "keep = mask[..., None] has the shape (B, T, 1). How large must the divisor be at least?"),
}
