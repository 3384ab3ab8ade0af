"""Checks for lesson 01: standardising, the size of a convolution's output, shifting, and two models compared."""

import numpy as np

from . import Exercise, Wrong, answered


def standardise_like(answer) -> str:
    rng = np.random.default_rng(1)
    train = rng.normal(3, 2, (40, 3, 3, 1))
    train[:, 0, 0] = 0.5  # a pixel that never changes
    other = rng.normal(5, 1, (20, 3, 3, 1))
    got = np.asarray(answered(answer(train.copy(), other.copy())), "float64")
    if got.shape != other.shape:
        hint = "; return `other`, not `train`" if got.shape == train.shape else ""
        raise Wrong(f"`other` has shape {other.shape}, your answer {got.shape}{hint}.")
    if not np.isfinite(got).all():
        raise Wrong("a pixel that is constant in train has deviation 0, and dividing by it gives infinity or NaN.")
    deviation = train.std(axis=0)
    safe = np.where(deviation > 0, deviation, 1)
    if np.allclose(got, (other - train.mean(axis=0)) / safe, atol=1e-4):
        return "fitted on train, applied to whatever comes."
    if np.abs(got[:, 0, 0]).max() > 100:
        raise Wrong("a pixel that is constant in train got enormous: a tiny number in the divisor does not help there.")
    own = other.std(axis=0)
    if np.allclose(got, (other - other.mean(axis=0)) / own, atol=1e-4):
        raise Wrong("you took mean and deviation from `other`: in use there may be one image only. Fit on `train`.")
    if np.allclose(got, (other - train.mean()) / train.std(), atol=1e-3):
        raise Wrong("you used one mean for all pixels; every pixel has its own: mean over axis 0 only.")
    if np.allclose(got * safe, other - train.mean(axis=0), atol=1e-4) or np.allclose(got, other - train.mean(axis=0)):
        raise Wrong("the mean is gone, but you did not divide by the deviation of every pixel.")
    raise Wrong(
        "shape and constant pixels are right, the numbers are not: (other - mean of train) / deviation of train."
    )


def output_size(answer) -> str:
    for size, window, stride, padding in [(8, 3, 1, "same"), (8, 3, 2, "same"), (7, 3, 2, "same"), (9, 5, 3, "same"),
                                          (8, 3, 1, "valid"), (8, 3, 2, "valid"), (10, 3, 3, "valid")]:  # fmt: skip
        got = answered(answer(size, window, stride, padding))
        starts = size if padding == "same" else size - window + 1
        right = -(-starts // stride)
        asked = f"size {size}, window {window}, stride {stride}, padding {padding!r}"
        if got == right and float(got).is_integer():
            continue
        if not float(got).is_integer():
            raise Wrong(f"for {asked} you say {got}; a number of positions is whole: round up.")
        if got == starts and stride > 1:
            raise Wrong(f"for {asked} you forgot the stride: only every {stride}th position counts.")
        if padding == "valid" and got == -(-size // stride):
            raise Wrong(f"for {asked} part of your last window lies outside the image; it must lie inside.")
        if got == starts // stride:
            raise Wrong(f"for {asked} you rounded down; the first position always counts, so round up to {right}.")
        raise Wrong(f"for {asked} there are {right} positions, you say {got}.")
    return "the same for width, and for every layer of a network in turn."


def shift(answer) -> str:
    images = np.random.default_rng(2).random((2, 5, 4, 1)) + 0.1
    kept = images.copy()
    for down, right in [(0, 0), (1, 0), (0, 1), (-2, 1), (2, -1)]:
        got = np.asarray(answered(answer(images, down, right)))
        if not np.array_equal(images, kept):
            raise Wrong("the images are changed after your function ran: work on a copy.")
        if got.shape != images.shape:
            raise Wrong(f"the shape must stay {images.shape}; for down={down}, right={right} it became {got.shape}.")
        asked = f"for down={down}, right={right}"
        if np.allclose(got, _shifted(images, down, right)):
            continue
        if np.allclose(got, np.roll(images, (down, right), (1, 2))):
            raise Wrong(f"{asked} what leaves on one side comes in on the other; set what comes in to 0.")
        if np.allclose(got, _shifted(images, -down, -right)):
            raise Wrong(f"{asked} the image moves the other way; rows count from the top, columns from the left.")
        if np.allclose(got, _shifted(images, right, down)):
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


def coin_test(answer) -> str:
    from scipy.stats import binomtest

    y = np.zeros(100, int)
    for both, only_first, only_second in [(60, 9, 1), (40, 20, 22), (30, 2, 12), (100, 0, 0)]:
        neither = 100 - both - only_first - only_second
        blocks = both, only_first, only_second, neither
        first, second = np.repeat([0, 0, 1, 1], blocks), np.repeat([0, 1, 0, 2], blocks)
        got = answered(answer(first, second, y))
        if not np.isscalar(got) and np.ndim(got) != 0:
            raise Wrong(f"return one number, the p-value; got {type(got).__name__}.")
        asked = f"with {only_first} images right only by the first and {only_second} only by the second"
        told = only_first + only_second
        expected = binomtest(only_first, told).pvalue if told else 1.0
        if np.isclose(got, expected, atol=1e-6):
            continue
        if told and np.isclose(got, binomtest(only_first, told, alternative="greater").pvalue, atol=1e-6):
            raise Wrong(f"{asked}: your test is one-sided; you did not know beforehand which model would lead.")
        if np.isclose(got, binomtest(both + only_first, 100).pvalue, atol=1e-6):
            raise Wrong(f"{asked}: you tested the first model against a coin; leave out images both get right.")
        differ = only_first + only_second + neither
        if np.isclose(got, binomtest(only_first, differ).pvalue, atol=1e-6):
            raise Wrong(f"{asked}: images on which both are wrong, each in its own way, tell nothing; leave them out.")
        raise Wrong(f"{asked}, the p-value of a fair coin is {expected:.4f}; yours is {float(got):.4f}.")
    return "sharper than two intervals, because both models saw the same images."


EXERCISES = {
    1: Exercise(standardise_like, "train.std(axis=0) is one deviation per pixel; np.where puts a 1 where it is 0."),
    2: Exercise(output_size, "Count the places where a window may begin, then every stride-th of them, rounded up."),
    3: Exercise(shift, "np.roll moves the rows and columns; then blank those that came in from the other side."),
    4: Exercise(coin_test, "np.sum((first == y) & (second != y)) counts the images only the first gets right."),
}
