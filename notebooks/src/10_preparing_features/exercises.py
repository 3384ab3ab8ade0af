"""Checks for lesson 10: selection inside the folds, a misaligned third, whitening."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, numbers, tolerance, whole


def _best(x: np.ndarray, y: np.ndarray, k: int) -> np.ndarray:
    apart = np.abs(x[y == 1].mean(axis=0) - x[y == 0].mean(axis=0))
    return np.sort(np.argsort(apart)[-k:])


def chosen_inside(answer) -> str:
    rng = np.random.default_rng(10)
    x, y, fold = rng.normal(size=(40, 60)), np.arange(40) % 2, np.arange(40) // 2 % 4
    got = np.sort(numbers(answer(x.copy(), y.copy(), fold.copy(), 5), (4, 5)), axis=1)
    right = np.stack([_best(x[fold != i], y[fold != i], 5) for i in range(4)])
    if close(got, right):
        return "no fold had a say in the choice that it is to judge."
    if close(got, np.stack([_best(x, y, 5)] * 4)):
        raise Wrong(
            "every fold got the same features, chosen from all samples: its own labels had a say in the choice."
        )
    if close(got, np.stack([_best(x[fold == i], y[fold == i], 5) for i in range(4)])):
        raise Wrong("these were chosen from the fold itself, which is to be kept out: use the rows of all others.")
    if close(got, np.stack([np.sort(np.argsort(_apart(x, y, fold != i))[:5]) for i in range(4)])):
        raise Wrong("these are the features whose class means differ least; take those that differ most.")
    raise Wrong("not these: without the fold, |mean of class 1 − mean of class 0| of each feature, and the k largest.")


def _apart(x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.abs(x[rows & (y == 1)].mean(axis=0) - x[rows & (y == 0)].mean(axis=0))


def misaligned_third(answer) -> str:
    rng = np.random.default_rng(10)
    for third in (1, 0, 2):
        truth = rng.integers(0, 10, 300)
        image, audio = (np.where(rng.random(300) < 0.7, truth, rng.integers(0, 10, 300)) for _ in range(2))
        rows = np.arange(100 * third, 100 * third + 100)
        audio[rows] = audio[np.roll(rows, 1)]
        got = whole(answer(image.copy(), audio.copy()))
        if not 0 <= got <= 2:
            raise Wrong(f"the thirds are numbered 0, 1, 2; got {got}.")
        agree = [np.mean(image[100 * i : 100 * i + 100] == audio[100 * i : 100 * i + 100]) for i in range(3)]
        if got == int(np.argmax(agree)):
            raise Wrong("this is the third in which the two agree most often; misaligned pairs agree seldom.")
        if got != third:
            raise Wrong(f"here it was the third {third}, and you named {got}: compare how often the two agree in each.")
    return "no label was needed to find it."


def whitening(answer) -> str:
    rng = np.random.default_rng(10)
    shared = rng.normal(size=(400, 2))
    x = np.hstack([shared + 0.3 * rng.normal(size=(400, 2)), 5 * shared + rng.normal(size=(400, 2))]) + 3
    matrix = numbers(answer(x.copy()), (4, 4))
    spread = np.cov((x @ matrix.astype("float64")).T, bias=True)
    room = max(0.02, 100 * tolerance(matrix))  # numbers of 16 bits cannot do better
    if np.allclose(spread, np.eye(4), atol=room):
        return "every direction has variance 1 and none says what another has said."
    if np.allclose(np.diag(spread), 1, atol=room):
        raise Wrong("each feature has variance 1, but they still depend on each other: the covariances must be 0.")
    if np.allclose(spread - np.diag(np.diag(spread)), 0, atol=room):
        raise Wrong("nothing depends on anything, but the variances are not 1: divide by the root of the eigenvalues.")
    raise Wrong(
        "the covariance of x @ W must be the identity: take eigenvectors and eigenvalues of the covariance of x."
    )


EXERCISES = {
    1: Exercise(chosen_inside, "For each i, rows = fold != i; np.argsort(...)[-k:] are the k largest."),
    2: Exercise(misaligned_third, "image == audio is True where they agree; np.split(..., 3) gives the three thirds."),
    3: Exercise(whitening, "values, vectors = np.linalg.eigh(np.cov(x.T)); what divides the columns of vectors?"),
}
