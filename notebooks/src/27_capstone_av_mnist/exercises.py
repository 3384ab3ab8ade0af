"""Checks for lesson 27: components of what is known, pairs that are none, and a paragraph on methods."""

import re

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, numbers, share


def kept(answer) -> str:
    rng = np.random.default_rng(27)
    spread = np.array([9, 6, 4, 2.5, 1, 0.5, 0.2, 0.1])
    turned = np.linalg.qr(rng.normal(size=(8, 8)))[0]
    known = rng.normal(size=(200, 8)) * spread @ turned + 7
    unseen = rng.normal(size=(60, 8)) * spread[::-1] @ turned + 3
    for k in (1, 3):
        got = numbers(answer(known.copy(), unseen.copy(), k), (60, k))
        right = _numbers_of(known, unseen, k)
        if close(np.abs(got), np.abs(_numbers_of(unseen, unseen, k)), 1e-3):
            raise Wrong("mean and components must be those of `known`: here you looked at the unseen images.")
        both = np.concatenate([known, unseen])
        if close(np.abs(got), np.abs(_numbers_of(both, unseen, k)), 1e-3):
            raise Wrong("mean and components must be those of `known` alone: yours have seen `unseen` as well.")
        if close(np.abs(got), np.abs(right + known.mean(axis=0) @ _axes(known, k)), 1e-3):
            raise Wrong("take the mean of `known` from the images first.")
        if close(np.abs(got), np.abs((unseen - unseen.mean(axis=0)) @ _axes(known, k)), 1e-3):
            raise Wrong("take off the mean of `known`, not that of `unseen`: at test time you may have one image only.")
        if not close(np.abs(got), np.abs(right), 1e-3):
            raise Wrong(f"these are not the first {k} principal components: those along which `known` varies most.")
    return "nothing of an unseen image was used for anything but itself."


def _axes(known, k):
    return np.linalg.svd(known - known.mean(axis=0), full_matrices=False)[2][:k].T


def _numbers_of(known, unseen, k):
    return (unseen - known.mean(axis=0)) @ _axes(known, k)


def share_of_false(answer) -> str:
    for false, seed, classes in ((0.36, 0, 10), (0.0, 1, 10), (0.7, 2, 3)):
        image, audio = _says(false, seed, classes)
        trusted = float(np.mean(np.equal(*_says(0.0, 9, classes))))
        p, q = (np.bincount(says, minlength=classes) / len(says) for says in (image, audio))
        agree, by_chance = np.mean(image == audio), float(np.sum(p * q))
        right = float(np.clip((trusted - agree) / (trusted - by_chance), 0, 1))
        got = share(answer(image.copy(), audio.copy(), trusted))
        if close(got, right, 0.02):  # A1 from shuffled pairs is as good
            continue
        if close(got, np.clip(1 - agree, 0, 1), 1e-3):
            raise Wrong("two models also disagree on true pairs: compare with `trusted`, not with 1.")
        if close(got, np.clip(trusted - agree, 0, 1), 1e-3):
            raise Wrong("a false pair still agrees by chance: divide by how far agreement can fall, A0 − A1.")
        if classes != 10 and close(got, np.clip((trusted - agree) / (trusted - 0.1), 0, 1), 1e-3):
            raise Wrong("A1 is not always one tenth: compute Σ p q from what the two models name.")
        raise Wrong(
            f"with {classes} classes, A0 = {trusted:.3f}, A = {agree:.3f} and A1 = {by_chance:.3f} the share is "
            f"{right:.3f}; got {got:.3f}."
        )
    return "and no label was needed: two witnesses who stop agreeing give the generator away."


def _says(false: float, seed: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """What two models name for 4000 pairs, of which a share is false; the second model is biased."""
    rng = np.random.default_rng([27, seed])
    truth = rng.choice(classes, 4000, p=np.arange(1, classes + 1) / np.arange(1, classes + 1).sum())
    heard = truth.copy()
    heard[: int(false * 4000)] = rng.permutation(heard[: int(false * 4000)])
    image = np.where(rng.random(4000) < 0.65, truth, rng.integers(0, classes, 4000))
    audio = np.where(rng.random(4000) < 0.8, heard, 0)
    return image, audio


COUNT = r"(\d[\d,]*|one|two|three|four|five|six|seven|eight|nine|ten)"
NEEDED = (
    ("how many components are left", r"\b(4|four)\b.{0,30}component|component\D{0,20}\b(4|four)\b|k ?= ?4"),
    (
        "what the components were fitted on",
        r"\b(fit|estimat|comput|learn)\w*.{0,40}\btrain(ing)?\b|\btrain(ing)?\b.{0,40}\bfit",
    ),
    ("how loud the noise is, in dB", r"[-−–]\s?5(\.0)?\s?(dB|decibel)|minus (5|five)"),
    ("the split by take", r"\btakes?\b"),
    ("the split by speaker", r"\bspeakers?\b"),
    ("on what the learning rate was chosen", r"\b(val\b|validation)"),
    ("how many seeds", rf"\b{COUNT} (\w+ ){{0,2}}seeds?\b|seeds?:? \d"),
    (
        "how many clips are behind the test pairs",
        r"\b\d[\d,]* (\w+ ){0,3}clips\b|\bhundred (\w+ ){0,2}clips\b|clips:? \d{2,}",
    ),
    (
        "what the interval is over",
        r"\bintervals?\b([^.;]|\.\d){0,60}\b(clips?|speakers?)\b|"
        r"\b(clips?|speakers?)\b[^.;,]{0,20}\bunits?\b[^.;,]{0,40}\binterval|"
        r"\b(over|across|unit|resampl\w+|bootstrap\w*)\b[^.;,]{0,30}\b(clips?|speakers?)\b[^.;,]{0,40}\binterval",
    ),
)


def methods(answer) -> str:
    if not isinstance(answer, str) or not answer.strip():
        raise Wrong("write one text, in quotes.")
    text = " ".join(answer.split())
    for what, pattern in NEEDED:
        if not re.search(pattern, text, re.IGNORECASE):
            raise Wrong(f"whoever repeats it cannot know {what}.")
    if len(text.split()) < 30:
        raise Wrong("the words are there, but these are no sentences: write what was done, and in which order.")
    return "all that the check looks for is there; now give it to somebody who was not in the room."


EXERCISES = {
    1: Exercise(
        kept, "the rows of np.linalg.svd(known - mean, full_matrices=False)[2] are the directions, widest first."
    ),
    2: Exercise(
        share_of_false,
        "p is np.bincount(image_says, minlength=classes) / len(image_says); A1 is np.sum(p * q), A the mean of ==.",
    ),
    3: Exercise(methods, "start from the plan: components, data, splits, choice, difference; then seeds and clips."),
}
