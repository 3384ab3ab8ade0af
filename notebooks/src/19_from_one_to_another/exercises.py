"""Checks for lesson 19: a lie that BLEU likes, one step of beam search, and a template forced."""

import numpy as np

from mmcourse.evaluation import bleu, facts
from mmcourse.lessons.expect import Exercise, Wrong, answered, close, numbers, several, whole

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


def grow(answer) -> str:
    rng = np.random.default_rng(19)
    for beams, words in ((4, 9), (3, 30)):
        totals, logits = np.sort(-4 * rng.random(beams))[::-1], 2 * rng.normal(size=(beams, words))
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        sums = totals[:, None] + logs
        best = np.argsort(-sums, axis=None)[:beams]
        right = (*np.unravel_index(best, sums.shape), sums.ravel()[best])
        parents, chosen, new = several(answer(totals.copy(), logs.copy()), 3)
        parents, chosen, new = (numbers(each, (beams,)) for each in (parents, chosen, new))
        if not (np.isin(parents, np.arange(beams)).all() and np.isin(chosen, np.arange(words)).all()):
            raise Wrong("beginnings are numbers below B, words are numbers below V, in this order.")
        if chosen.tolist() == (np.argsort(-logs, axis=None)[:beams] % words).tolist() != right[1].tolist():
            raise Wrong("this looks at the next word alone: add the total of its beginning.")
        if parents.tolist() == list(range(beams)) != right[0].tolist():
            raise Wrong("each beginning went on once; two of the best may come from one, and from another none.")
        if sorted(zip(parents.tolist(), chosen.tolist(), strict=True)) != sorted(
            zip(right[0].tolist(), right[1].tolist(), strict=True)
        ):
            raise Wrong(f"expected the beginnings {right[0].tolist()} and words {right[1].tolist()}.")
        if not close(new, right[2]) and close(np.sort(new), np.sort(right[2])):
            raise Wrong("these are the right ones in another order: the best comes first.")
        if not close(new, right[2]):
            raise Wrong("the new totals are the old ones plus the logarithm of the word's probability.")
    return "that, and a rule for what has ended, is beam search."


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
    2: Exercise(grow, "Sort the sums totals[:, None] + logs as one list; np.unravel_index says where each came from."),
    3: Exercise(forced, "logits[allowed] are the logits of the allowed words, and argmax of it a place in `allowed`."),
}
