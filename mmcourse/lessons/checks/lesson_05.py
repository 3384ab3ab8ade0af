"""Checks for lesson 05: a joint table, what fusion can do, luck or leak, and the word that leaks."""

import numpy as np

from . import Exercise, Wrong, answered


def match_table(answer) -> str:
    for k in (4, 3):
        got = np.asarray(answered(answer(k)), "float64")
        asked = f"for K = {k}"
        if got.shape != (2, k, k):
            raise Wrong(f"{asked}: expected the shape (2, {k}, {k}), labels first; got {got.shape}.")
        if abs(got.sum() - 1) > 1e-9:
            raise Wrong(f"{asked}: the probabilities of a table sum to 1, yours to {got.sum():.4g}.")
        same = np.eye(k, dtype=bool)
        if not got[1][same].any() and not got[0][~same].any():
            raise Wrong(f"{asked}: the labels are the other way round; 1 is for two symbols that are the same.")
        if got[1][~same].any() or got[0][same].any():
            raise Wrong(f"{asked}: a pair has one label only; {int((got > 0).sum())} entries are above 0, not {k * k}.")
        if abs(got[1].sum() - 0.5) > 1e-9:
            raise Wrong(f"{asked}: both labels must be equally frequent; your label 1 has P = {got[1].sum():.3f}.")
        if np.ptp(got[1][same]) > 1e-9 or np.ptp(got[0][~same]) > 1e-9:
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
    for numbers, (right, why) in cases.items():
        got = answered(answer(*numbers))
        if got != right:
            asked = ", ".join(f"{number:.4g}" for number in numbers)
            raise Wrong(f"for majority, image, text, both = {asked} the answer is {right!r} ({why}); got {got!r}.")
    return "ask this before you choose a fusion layer, not after."


def suspects(answer) -> str:
    scores = {"image": 0.52, "text": 0.56, "fused": 0.845}
    ceilings = {"image": 0.5, "text": 0.5, "fused": 0.82}
    got = answered(answer(dict(scores), dict(ceilings), 1500))
    if isinstance(got, str) or not all(isinstance(name, str) for name in got):
        raise Wrong(f"return a list of names; got {got!r}.")
    if "text" not in got:
        raise Wrong(
            "the text's 0.56 is far above its own ceiling of 0.5: compare a score with the ceiling of its name."
        )
    if set(got) == {"image", "text", "fused"}:
        raise Wrong("2 points above a ceiling of 0.5 happens by luck with 1500 samples; leave room for luck.")
    if "fused" in got:
        raise Wrong("0.845 with a ceiling of 0.82 and 1500 samples is 2.5 standard errors: allow for three.")
    if list(got) != ["text"]:
        raise Wrong(f"with 1500 samples only the text, 0.56 of 0.5, is suspect; got {list(got)!r}.")
    many = list(answered(answer(dict(scores), dict(ceilings), 150_000)))
    if many != ["image", "text", "fused"]:
        raise Wrong(f"with 150,000 samples all three are beyond luck; got {many!r}. Is n in your standard error?")
    sure = list(answered(answer({"image": 1.0, "text": 0.99}, {"image": 1.0, "text": 0.97}, 1500)))
    if sure != ["text"]:
        raise Wrong(
            f"0.99 of 0.97 with 1500 samples is beyond luck, 1 of 1 is not; got {sure!r}: use √(c (1 − c) / n)."
        )
    return "a score two points above its ceiling may be luck; it depends on n, and on the ceiling."


def _captions() -> tuple[list[str], list[int]]:
    """Captions with a frequent word, a rare word that is always right, and a word that leaks by staying away."""
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 2, 400)
    captions = []
    for i, y in enumerate(labels.tolist()):
        words = ["a", str(rng.choice(["wooden", "glass", "paper", "metal"])), str(rng.choice(["thing", "item"]))]
        words += ["thing"] * int(rng.integers(0, 3)) * y  # more often with label 1, but there with either
        words += ["again"] if rng.random() < (0.15 if y else 0.85) else []
        words += ["zebra"] if y and i < 12 else []
        captions.append(" ".join(words))
    return captions, labels.tolist()


def leaking_word(answer) -> str:
    captions, labels = _captions()
    got = answered(answer(list(captions), list(labels)))
    if got == "a":
        raise Wrong("'a' is in every caption and so tells nothing: it is the most frequent word, not the leak.")
    if got == "zebra":
        raise Wrong("'zebra' is always right but almost never there: few bits. Take information, not P(label | word).")
    if got == "thing":
        raise Wrong("'thing' is repeated in some captions; ask whether a word is in the caption, not how often.")
    if got != "again":
        raise Wrong(f"the label depends most on 'again', which stays away from one of the classes; got {got!r}.")
    three = ["x", "x", "y", "x", "y", "y", "red x", "red y", "red y"] * 5
    got = answered(answer(three, [0, 0, 0, 1, 1, 1, 2, 2, 2] * 5))
    if got != "red":
        raise Wrong(f"with three classes, 'red' tells the third one; got {got!r}. Count every label that occurs.")
    return "run it on the captions of your next data set before you train anything."


EXERCISES = {
    1: Exercise(
        match_table, "np.eye(K) marks the pairs that are the same, 1 - np.eye(K) the others; scale each to 0.5."
    ),
    2: Exercise(what_fusion_can_do, "First compare both with max(image, text); only then that maximum with majority."),
    3: Exercise(suspects, "allowed = c + 3 * (c * (1 - c) / n) ** 0.5, with the ceiling c of the same name."),
    4: Exercise(
        leaking_word,
        "For one word: there = [word in caption.split() ...]; count the table of (label, there), then use bits.",
    ),
}
