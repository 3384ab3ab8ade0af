"""Checks for lesson 26: what can be known, find the leak, and a line for the model card."""

from dataclasses import replace

import numpy as np

from mmcourse.data import load
from mmcourse.lessons.expect import Exercise, Wrong, answered, close, numbers, several

KNOBS = {
    "none": {},
    "laughter": {"laughter": True},
    "tell": {"tell": True},
    "speakers": {"speaker_bias": True},
}


def ceilings(answer) -> str:
    for p, e in ((0.3, 0.2), (0.5, 0.2), (0.7, 0.1), (0.3, 0.0), (0.1, 0.9), (0.3, 1.0)):
        two, three = (numbers(part, ()) for part in several(answer(p, e), 2))
        asked = f"for p = {p} and e = {e}"
        world = load("moods", task="sarcasm", sarcastic=p, erasure=e, train=1, val=1, test=1)
        right = world.ceiling("words", "voice"), world.ceiling()
        for got, wanted, who in ((two, right[0], "words and voice"), (three, right[1], "all three")):
            if close(got, wanted):
                continue
            known = (1 - e) ** 2 if who == "words and voice" else (1 - e) * (1 - e**2)
            if close(got, known):
                raise Wrong(f"{asked}: that is how often both are known; where they are not, a guess may be right too.")
            if close(got, known + (1 - known) * (1 - p)) or close(got, known + (1 - known) / 2):
                raise Wrong(f"{asked}: the best guess is the class that is more frequent, right in max(p, 1 - p).")
            if who == "all three" and close(got, (1 - e) ** 3 + (1 - (1 - e) ** 3) * max(p, 1 - p)):
                raise Wrong(
                    f"{asked}: voice or face is enough for the mood; it is unknown only where both tell nothing."
                )
            raise Wrong(f"{asked}: the ceiling from {who} is {wanted:.4f}, yours is {float(got):.4f}.")
    return "with p of one half it is 0.82 from two and 0.884 from all, against a coin: a pure XOR."


def leak(answer) -> str:
    for seed in (0, 1):
        for name, knob in KNOBS.items():
            part = load("moods", task="sarcasm", seed=seed, train=300, val=1, test=1, **knob).train
            said = answered(answer(part))
            if not isinstance(said, str) or said not in KNOBS:
                raise Wrong(f"your function must return one of {', '.join(map(repr, KNOBS))}; got {said!r:.60}.")
            if said != name:
                truth = "nothing leaks" if name == "none" else f"the leak is {name!r}"
                raise Wrong(f"you say {said!r} of a set in which {truth}: {_look_at(name)}.")
            if name in ("laughter", "tell"):
                mixed = replace(part, y=np.random.default_rng(seed).permutation(part.y))
                if (said := answer(mixed)) != "none":
                    raise Wrong(
                        f"you say {said!r:.60} where such marks are as frequent in either class: a mark is a leak only "
                        "if it goes with the label."
                    )
    return "three looks at the data, and no model: that is how known leaks are found."


def _look_at(name: str) -> str:
    return {
        "none": "without a leak there is no sound behind sample 3840 but a faint hiss, no 'oh' or 'just', and hardly a "
        "speaker who is never sarcastic",
        "laughter": "compare how loud the voice is behind sample 3840 in both classes",
        "tell": "compare how often 'oh' or 'just' is a word of the line in both classes",
        "speakers": "count how much of each speaker's lines is sarcastic",
    }[name]


def for_the_card(answer) -> str:
    cases = {
        "a model that is right on most": ([0, 0, 0, 0, 0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 0, 1, 1, 1, 0]),
        "a model that always says sincere": ([0] * 7 + [1] * 3, [0] * 10),
        "a test set of mostly sarcastic lines": ([1, 1, 1, 0], [1, 1, 0, 0]),
    }
    for case, (truth, said) in cases.items():
        truth, said = np.array(truth), np.array(said)
        got = [numbers(part, ()) for part in several(answer(truth.copy(), said.copy()), 3)]
        each = [np.mean(said[truth == c] == c) for c in (0, 1)]
        right = [np.mean(said == truth), max(truth.mean(), 1 - truth.mean()), np.mean(each)]
        precision = np.mean([np.mean(truth[said == c] == c) if (said == c).any() else 0 for c in (0, 1)])
        if not close(got[0], right[0]):
            raise Wrong(f"{case}: the accuracy is {right[0]:.3f}, yours is {float(got[0]):.3f}.")
        if not close(got[1], right[1]):
            raise Wrong(
                f"{case}: always the most frequent class is right in {right[1]:.3f}, yours is {float(got[1]):.3f}."
            )
        if close(got[2], precision) and not close(got[2], right[2]):
            raise Wrong(f"{case}: take the shares among the lines that *are* of a class, not among those *called* so.")
        if not close(got[2], right[2]):
            raise Wrong(f"{case}: the balanced accuracy is {right[2]:.3f}, yours is {float(got[2]):.3f}.")
    return "three numbers side by side, and nobody can take a majority for a model."


EXERCISES = {
    1: Exercise(
        ceilings,
        "From words and voice both are known in (1 - e)² of the lines; the mood is known from voice or face in 1 - e².",
    ),
    2: Exercise(
        leak, "np.abs(part.x['voice'][:, 3840:]).max(axis=1) > 0.05 are laughs; look for words; then by speaker."
    ),
    3: Exercise(
        for_the_card,
        "Balanced: the share of right answers among the lines of each class, said[truth == c]; then the mean.",
    ),
}
