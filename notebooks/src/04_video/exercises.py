"""Checks for lesson 04: films played backwards, two frames, and what an axis is worth."""

import numpy as np

from mmcourse.data.sets.motion import DIRECTIONS, film
from mmcourse.lessons.expect import Exercise, Wrong, answered, close, number, numbers, several, unchanged, whole


def backwards_too(answer) -> str:
    labels = np.arange(8)
    films = film(labels[:, None], 1 + labels % 2, np.random.default_rng(4))
    kept, kept_labels = films.copy(), labels.copy()
    got, new = several(answer(films, labels), 2)
    unchanged(kept, films, "films")
    unchanged(kept_labels, labels, "labels")
    got, new = numbers(got, films.shape), numbers(new, labels.shape)
    if np.array_equal(got, films):
        raise Wrong("the films are as they were: turn the axis of the frames round, [:, ::-1].")
    if np.array_equal(got, films[::-1]):
        raise Wrong("you turned the order of the films round, axis 0; the frames are axis 1.")
    if np.array_equal(got, films[:, :, ::-1]) or np.array_equal(got, films[:, :, :, ::-1]):
        raise Wrong("that is a mirror image: you turned rows or columns round; the frames are axis 1.")
    if not np.array_equal(got, films[:, ::-1]):
        raise Wrong("these are not the same frames in the opposite order.")
    if np.array_equal(new, labels):
        raise Wrong("the labels are as they were, but a film of 'right' played backwards is one of 'left'.")
    if not np.array_equal(new, (labels + 4) % 8):
        wrong = int(np.flatnonzero(new != (labels + 4) % 8)[0])
        raise Wrong(f"{DIRECTIONS[wrong]} backwards is {DIRECTIONS[(wrong + 4) % 8]}: half a turn, 4 of 8 directions.")
    return "whoever looks only at which frames there are gives both films one answer."


def from_two_frames(answer) -> str:
    rng = np.random.default_rng(44)
    labels, pixels = np.repeat(np.arange(8), 8), np.tile([1, 2], 32)
    frames = film(labels[:, None], pixels, rng).mean(axis=4) / 255
    said = np.array([whole(answer(one[3].copy(), one[4].copy())) for one in frames])
    if said.min() < 0 or said.max() > 7:
        raise Wrong(f"a direction is a number from 0 to 7; you gave {said[(said < 0) | (said > 7)][0]}.")
    right = said == labels
    if right.mean() > 0.9:
        return f"{right.sum()} of {len(labels)} from two neighbouring frames, and nothing was learned."
    if np.mean(said == (labels + 4) % 8) > 0.8:
        raise Wrong("exactly backwards: np.roll moves the *first* frame along the step, towards the second.")
    if np.mean(said == (2 - labels) % 8) > 0.8:
        raise Wrong("rows and columns are exchanged: a step is (rows, columns), for the axes (0, 1).")
    if len(set(said.tolist())) == 1:
        raise Wrong(f"always {said[0]}: compare the second frame with the first, moved one step in each direction.")
    raise Wrong(f"{right.sum()} of {len(labels)} are right: the best direction has the *smallest* mean difference.")


def without_order(answer) -> str:
    for known, right in ((0.0, 1 / 8), (1.0, 1 / 2), (0.5, 5 / 16), (0.2, 1 / 5)):
        raw = answered(answer(known))
        got = number(raw)
        if close(np.asarray(got, np.asarray(raw).dtype if np.asarray(raw).dtype.kind == "f" else float), right):
            continue
        asked = f"axis known in {known:.0%} of the films"
        if abs(got - (known + (1 - known) / 8)) < 1e-3:
            raise Wrong(f"{asked}: the axis is not the direction; it leaves two, of which you name one.")
        if abs(got - known / 2) < 1e-3:
            raise Wrong(f"{asked}: where the axis is not known you still guess, right once in 8.")
        if abs(got - (known / 4 + (1 - known) / 8)) < 1e-3:
            raise Wrong(f"{asked}: there are four axes, but a known one leaves two directions, not four.")
        raise Wrong(f"{asked}: the best rule is right in {right:.3f} of all; yours says {got:.3f}.")
    return "an axis leaves two answers; no axis leaves eight."


EXERCISES = {
    1: Exercise(
        backwards_too, "films[:, ::-1] has the frames in the opposite order; a half turn is 4 of 8 directions."
    ),
    2: Exercise(
        from_two_frames,
        "np.roll(first, step, (0, 1)) is the first frame, one step on. Which of eight is nearest to the second?",
    ),
    3: Exercise(
        without_order, "Two kinds of films: in a share `known` you guess among two. Among how many in the rest?"
    ),
}
