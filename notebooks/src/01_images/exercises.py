"""Checks for lesson 01: standardising, the size of a convolution's output, and shifting."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, number, numbers, unchanged


def standardise_like(answer) -> str:
    rng = np.random.default_rng(1)
    train = rng.normal(3, 2, (40, 3, 3, 1))
    train[:, 0, 0] = 0.5  # a pixel that never changes
    other = rng.normal(5, 1, (20, 3, 3, 1))
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    safe = np.where(deviation > 0, deviation, 1)
    given = train.copy(), other.copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        got = answer(*given)
    if isinstance(got, np.ndarray) and got.shape == other.shape and not np.isfinite(got).all():
        raise Wrong("a pixel that is constant in train has deviation 0, and dividing by it gives infinity or NaN.")
    got = numbers(got)
    unchanged(train, given[0], "array `train`")
    unchanged(other, given[1], "array `other`")
    if got.shape != other.shape:
        hint = "; return `other`, not `train`" if got.shape == train.shape else ""
        raise Wrong(f"`other` has shape {other.shape}, your answer {got.shape}{hint}.")
    if close(got, (other - mean) / safe, atol=1e-3):
        return "fitted on train, applied to whatever comes."
    if np.abs(got[:, 0, 0]).max() > 100:
        raise Wrong("a pixel that is constant in train got enormous: a tiny number in the divisor does not help there.")
    if close(got, (other - other.mean(axis=0)) / other.std(axis=0), atol=1e-3):
        raise Wrong("you took mean and deviation from `other`: in use there may be one image only. Fit on `train`.")
    if close(got, (other - train.mean()) / train.std(), atol=1e-3):
        raise Wrong("you used one mean for all pixels; every pixel has its own: mean over axis 0 only.")
    if close(got, other - mean, atol=1e-3):
        raise Wrong("the mean is gone, but you did not divide by the deviation of every pixel.")
    raise Wrong(
        "shape and constant pixels are right, the numbers are not: (other - mean of train) / deviation of train."
    )


CASES = [(8, 3, 1, "same"), (8, 3, 2, "same"), (7, 3, 2, "same"), (9, 5, 3, "same")]
CASES += [(8, 3, 1, "valid"), (8, 3, 2, "valid"), (10, 3, 3, "valid")]


def output_size(answer) -> str:
    for size, window, stride, padding in CASES:
        got = number(answer(size, window, stride, padding))
        starts = size if padding == "same" else size - window + 1
        right = -(-starts // stride)
        asked = f"size {size}, window {window}, stride {stride}, padding {padding!r}"
        if got == right:
            continue
        if got != int(got):
            raise Wrong(f"for {asked} you say {got:g}; a number of positions is whole: round up.")
        if got == starts and stride > 1:
            raise Wrong(f"for {asked} you forgot the stride: only every {stride}th position counts.")
        if padding == "valid" and got == -(-size // stride):
            raise Wrong(f"for {asked} part of your last window lies outside the image; it must lie inside.")
        if got == starts // stride:
            raise Wrong(f"for {asked} you rounded down; the first position always counts, so round up to {right}.")
        raise Wrong(f"for {asked} there are {right} positions, you say {got:g}.")
    return "the same for width, and for every layer of a network in turn."


def shift(answer) -> str:
    images = np.random.default_rng(2).random((2, 5, 4, 1)) + 0.1
    for down, right in [(0, 0), (1, 0), (0, 1), (-2, 1), (2, -1)]:
        given = images.copy()
        got = numbers(answer(given, down, right))
        unchanged(images, given, "images")
        if got.shape != images.shape:
            raise Wrong(f"the shape must stay {images.shape}; for down={down}, right={right} it became {got.shape}.")
        asked = f"for down={down}, right={right}"
        if close(got, _shifted(images, down, right)):
            continue
        if close(got, np.roll(images, (down, right), (1, 2))):
            raise Wrong(f"{asked} what leaves on one side comes in on the other; set what comes in to 0.")
        if close(got, _shifted(images, -down, -right)):
            raise Wrong(f"{asked} the image moves the other way; rows count from the top, columns from the left.")
        if close(got, _shifted(images, right, down)):
            raise Wrong(f"{asked} rows and columns are swapped: axis 1 is height, axis 2 is width.")
        raise Wrong(f"{asked} row r, column c must show what was at row r - {down}, column c - {right}, or 0.")
    return "an augmentation of your own; drawn anew for every batch, it is `RandomTranslation`."


def _shifted(images: np.ndarray, down: int, right: int) -> np.ndarray:
    out = np.zeros_like(images)
    height, width = images.shape[1:3]
    for row in range(height):
        for column in range(width):
            if 0 <= row - down < height and 0 <= column - right < width:
                out[:, row, column] = images[:, row - down, column - right]
    return out


EXERCISES = {
    1: Exercise(standardise_like, "train.std(axis=0) is one deviation per pixel; np.where puts a 1 where it is 0."),
    2: Exercise(output_size, "Count the places where a window may begin, then every stride-th of them, rounded up."),
    3: Exercise(shift, "np.roll moves the rows and columns; then blank those that came in from the other side."),
}
