"""Checks for lesson 19: a lie that BLEU likes, beams with a cure for short captions, and a template forced."""

import numpy as np

from mmcourse.evaluation import bleu, facts
from mmcourse.lessons.expect import Exercise, Wrong, answered, numbers, whole

FACTORS = ("shape", "colour", "texture", "size")
CAPTIONS = (
    "a small striped red ring at the top left",
    "at the bottom there is a navy wedge , little and spotted says anna",
    "again look , a smooth box at the middle , quite big and golden",
    "as usual a circle , medium , violet , chequered",
    "a large dotted pink square at the right on a rainy day",
    "at the top right there is a teal plus , middling and banded",
)


def lie(answer) -> str:
    false = {}
    for values in (list(facts.TABLES[factor].values()) for factor in FACTORS):
        for words, others in zip(values, values[1:] + values[:1], strict=True):
            false |= dict(zip(words, others, strict=True))
    lies = [answered(answer(caption, dict(false))) for caption in CAPTIONS]
    for caption, told in zip(CAPTIONS, lies, strict=True):
        if not isinstance(told, str):
            raise Wrong(f"your function must give a caption as text; got {type(told).__name__}.")
        true, said = facts.facts_of(caption), facts.facts_of(told)
        count = sum(not true[factor] & said.get(factor, set()) for factor in FACTORS)
        if count != 2:
            raise Wrong(f"{told!r} has {count} false facts, not 2: a synonym is no lie.")
        if any(len(said.get(factor, ())) != 1 for factor in FACTORS):
            raise Wrong(f"{told!r} should name each of {', '.join(FACTORS)} once, as the caption does.")
        changed = sum(a != b for a, b in zip(caption.split(), told.split(), strict=False))
        if changed != 2 or len(caption.split()) != len(told.split()):
            raise Wrong(f"{told!r} should differ from its caption in two words only, and in no place.")
    found = bleu(lies, list(CAPTIONS))
    if found < 0.68:
        raise Wrong(f"its BLEU is {found:.3f}; neighbours, or words at an end of the sentence, break fewer sequences.")
    return f"with a BLEU of {found:.3f}, and two of four facts are false."


def choose(answer) -> str:
    totals = np.array([[-4.0, -6.0, -7.5], [-4.0, -4.5, -9.0], [-10.0, -10.5, -11.0]])
    lengths = np.array([[4, 8, 12], [8, 4, 20], [10, 10, 10]])
    for alpha in (0.0, 1.0, 0.5, 0.7):
        right = np.argmax(totals / lengths**alpha, axis=1).tolist()
        got = numbers(answer(totals.copy(), lengths.copy(), alpha), (3,))
        if not np.isin(got, (0, 1, 2)).all():
            raise Wrong("asked for are the numbers of the chosen beams: np.argmax along axis 1.")
        if got.tolist() == right:
            continue
        if alpha == 0:
            raise Wrong("with alpha = 0 the length counts for nothing: the highest total is chosen.")
        if got.tolist() == np.argmin(totals / lengths**alpha, axis=1).tolist():
            raise Wrong("this takes the least likely caption: totals are negative, the largest is nearest to zero.")
        if got.tolist() == np.argmax(totals * lengths**alpha, axis=1).tolist():
            raise Wrong("multiplied by the length, a negative total falls even lower: divide by it.")
        raise Wrong(f"for alpha = {alpha} expected the beams {right}; got {got.astype(int).tolist()}.")
    return "totals are negative, so that a large divisor brings them nearer to zero."


def forced(answer) -> str:
    rng = np.random.default_rng(19)
    table = rng.normal(size=(30, 30))  # logits of the next word by the one before; word 0 before the first
    asked = []

    def step(words):
        asked.append([whole(word, "what you hand to step") for word in words])
        return table[asked[-1][-1] if asked[-1] else 0].copy()

    slots = [[5], [7, 8, 9], [12, 11, 20, 13], [3, 29], [1, 2, 4, 6]]
    right = []
    for allowed in slots:
        logits = table[right[-1] if right else 0]
        right.append(max(allowed, key=lambda word: logits[word]))
    got = numbers(answer(step, [list(slot) for slot in slots]))
    if got.shape != (len(slots),):
        raise Wrong(f"one word for each slot: expected {len(slots)} word numbers, got the shape {got.shape}.")
    for word, allowed, t in zip(got.tolist(), slots, range(len(slots)), strict=True):
        if word not in allowed:
            more = "; is it a place in the slot's list?" if word < len(allowed) else ""
            raise Wrong(f"slot {t} allows the words {allowed}, and yours is {word:g}{more}.")
    if [] not in asked or right[:2] not in asked:
        raise Wrong("step must be asked with the words chosen so far: nothing first, then one word, then two.")
    if got.tolist() != right:
        raise Wrong(f"expected the words {right}, got {got.astype(int).tolist()}: take the likeliest of each slot.")
    return "it must name every fact now; whether they are so is another question."


EXERCISES = {
    1: Exercise(
        lie, "For each pair of fact words count the runs of one to four words that hold one of them; take the fewest."
    ),
    2: Exercise(choose, "np.argmax(totals / lengths**alpha, axis=1)."),
    3: Exercise(forced, "logits[allowed] are the logits of the allowed words, and argmax of it a place in `allowed`."),
}
