"""Checks for lesson 05: a joint table, what fusion can do, and luck or leak."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, answered, close, numbers, word


def match_table(answer) -> str:
    for k in (4, 3):
        got = numbers(answer(k))
        asked = f"for K = {k}"
        if got.shape != (2, k, k):
            raise Wrong(f"{asked}: expected the shape (2, {k}, {k}), labels first; got {got.shape}.")
        total = got.sum(dtype="float64")
        if not close(total.astype(got.dtype), 1):
            raise Wrong(f"{asked}: the probabilities of a table sum to 1, yours to {total:.4g}.")
        same = np.eye(k, dtype=bool)
        if not got[1][same].any() and not got[0][~same].any():
            raise Wrong(f"{asked}: the labels are the other way round; 1 is for two symbols that are the same.")
        if got[1][~same].any() or got[0][same].any():
            raise Wrong(f"{asked}: a pair has one label only; {int((got > 0).sum())} entries are above 0, not {k * k}.")
        half = got[1].sum(dtype="float64")
        if not close(half.astype(got.dtype), 0.5):
            raise Wrong(f"{asked}: both labels must be equally frequent; your label 1 has P = {half:.3f}.")
        right = np.stack([0.5 * ~same / (k * k - k), 0.5 * same / k])
        if not close(got, right):
            raise Wrong(f"{asked}: pairs with the same label must all be equally frequent.")
    return "and each symbol alone tells nothing about the label: add the table up over either axis and look."


def what_fusion_can_do(answer) -> str:
    cases = {
        (0.25, 0.85, 0.85, 0.97): ("adds", "two copies with gaps fill them for each other"),
        (0.25, 0.85, 0.25, 0.85): ("nothing", "the text adds nothing to the image"),
        (0.25, 0.25, 0.7, 0.7): ("nothing", "it may also be the text that knows everything"),
        (0.0625, 0.2125, 0.2125, 0.7225): ("adds", "each alone is above the majority"),
        (0.5, 0.5, 0.5, 0.82): ("only together", "each alone is at the majority"),
        (0.5, 0.6, 0.5, 0.9): ("adds", "the image alone is above the majority"),
        (0.25, 1.0, 1.0, 1.0): ("nothing", "one is enough"),
        (0.3, 0.1 + 0.2, 0.3, 0.9): ("only together", "0.1 + 0.2 is not quite 0.3 for a computer"),
        (0.1, 0.3, 0.3, 0.1 + 0.2): ("nothing", "0.1 + 0.2 is not quite 0.3 for a computer"),
    }
    for known, (right, why) in cases.items():
        got = word(answer(*known), ("nothing", "only together", "adds"))
        if got != right:
            asked = ", ".join(f"{number:.4g}" for number in known)
            raise Wrong(f"for majority, image, text, both = {asked} the answer is {right!r} ({why}); got {got!r}.")
    return "ask this before you choose a fusion layer, not after."


def suspects(answer) -> str:
    scores = {"image": 0.52, "text": 0.56, "fused": 0.845}
    ceilings = {"image": 0.5, "text": 0.5, "fused": 0.82}
    got = _names(answer(dict(scores), dict(ceilings), 1500))
    if "text" not in got:
        raise Wrong(
            "the text's 0.56 is far above its own ceiling of 0.5: compare a score with the ceiling of its name."
        )
    if set(got) == {"image", "text", "fused"}:
        raise Wrong("2 points above a ceiling of 0.5 happens by luck with 1500 samples; leave room for luck.")
    if "fused" in got:
        raise Wrong("0.845 with a ceiling of 0.82 and 1500 samples is 2.5 standard errors: allow for three.")
    if got != ["text"]:
        raise Wrong(f"with 1500 samples only the text, 0.56 of 0.5, is suspect; got {', '.join(got)}.")
    many = _names(answer(dict(scores), dict(ceilings), 150_000))
    if sorted(many) != ["fused", "image", "text"]:
        raise Wrong(f"with 150,000 samples all three are beyond luck; got {', '.join(many)}. Is n in your error?")
    sure = _names(answer({"image": 1.0, "text": 0.99}, {"image": 1.0, "text": 0.97}, 1500))
    if sure != ["text"]:
        raise Wrong(
            f"0.99 of 0.97 with 1500 samples is beyond luck, 1 of 1 is not; got {', '.join(sure)}; use √(c (1 − c)/n)."
        )
    return "a score two points above its ceiling may be luck; it depends on n, and on the ceiling."


def _names(value) -> list[str]:
    """A list of names."""
    value = answered(value)
    if not isinstance(value, (list, tuple)) or not all(isinstance(name, str) for name in value):
        raise Wrong(f"return a list of names; got an object of type {type(value).__name__}.")
    return list(value)


EXERCISES = {
    1: Exercise(
        match_table, "np.eye(K) marks the pairs that are the same, 1 - np.eye(K) the others; scale each to 0.5."
    ),
    2: Exercise(what_fusion_can_do, "First compare both with max(image, text); only then that maximum with majority."),
    3: Exercise(suspects, "allowed = c + 3 * (c * (1 - c) / n) ** 0.5, with the ceiling c of the same name."),
}
