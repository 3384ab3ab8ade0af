"""Checks for lesson 13: an interval, Holm's correction, and the samples that would settle it."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, numbers, several, whole


def interval(answer) -> str:
    rng = np.random.default_rng(13)
    for n in (200, 50):
        a, b = rng.random(n) < 0.8, rng.random(n) < 0.7
        low, high = (float(numbers(part, ())) for part in several(answer(a, b), 2))
        d = a.astype(float) - b
        mean, error = d.mean(), d.std(ddof=1) / np.sqrt(n)
        half = (high - low) / 2
        if low > high:
            raise Wrong("the lower end comes first.")
        if np.isclose((low + high) / 2, -mean, atol=1e-6) and abs(mean) > 1e-9:
            raise Wrong("the sign is turned round: the difference is a minus b.")
        if not np.isclose((low + high) / 2, mean, atol=2e-3):
            raise Wrong(f"the middle is the mean of a − b, here {mean:.3f}; yours is {(low + high) / 2:.3f}.")
        shares = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / n)
        if np.isclose(half, 1.96 * shares, rtol=2e-3):
            raise Wrong(
                "that is the width for two separate groups of samples; these are the same: take the spread of d."
            )
        if np.isclose(half, 1.96 * d.std(ddof=1), rtol=1e-2):
            raise Wrong("the standard error of a mean is the standard deviation divided by √n.")
        if np.isclose(half, error, rtol=1e-2):
            raise Wrong("one standard error on each side covers 68%; 95% takes 1.96.")
        if not np.isclose(half, 1.96 * error, rtol=1e-2):
            raise Wrong(f"the half-width should be 1.96 · s / √n, here {1.96 * error:.4f}; yours is {half:.4f}.")
    return "the same samples, so the spread of their differences."


def holm(answer) -> str:
    for p in (np.array([0.04, 0.001, 0.03, 0.5]), np.array([0.01, 0.02, 0.011])):
        m = len(p)
        got = numbers(answer(p.copy()), (m,))
        order = np.argsort(p)
        raw = np.empty(m)
        raw[order] = np.sort(p) * np.arange(m, 0, -1)
        right = np.empty(m)
        right[order] = np.minimum(1, np.maximum.accumulate(raw[order]))
        if close(got, right, atol=1e-6):
            continue
        if close(got, np.minimum(1, m * p), atol=1e-6):
            raise Wrong("that is Bonferroni: every p times m. Holm multiplies the second smallest by m − 1 only.")
        if close(np.sort(got), np.sort(right), atol=1e-6):
            raise Wrong("the numbers are right, and in another order: give each in the place of its p.")
        if close(got, np.minimum(1, raw), atol=1e-6):
            raise Wrong("a larger p came out below a smaller one: take the running maximum from the smallest on.")
        if close(got, p, atol=1e-9):
            raise Wrong("these are the p-values as they came.")
        raise Wrong(
            f"for {p.tolist()} Holm gives {np.round(right, 4).tolist()}; yours are {np.round(got, 4).tolist()}."
        )
    return "the smallest pays for all, the next for one less."


def samples_needed(answer) -> str:
    for difference, apart in ((0.02, 0.2), (-0.05, 0.3), (0.1, 0.1)):
        right = int(np.ceil(2.8**2 * (apart - difference**2) / difference**2))
        got = whole(answer(difference, apart))
        if got == right:
            continue
        if abs(got - 1.96**2 * (apart - difference**2) / difference**2) <= 1:
            raise Wrong("with 1.96 alone the study fails in every second case; it takes 1.96 + 0.84.")
        if abs(got - 2.8**2 * apart / difference**2) <= 1:
            raise Wrong("the variance of d is apart − difference²: its mean is not zero.")
        if got in (right - 1, right + 1):
            raise Wrong(f"the smallest whole number that is enough is {right}; yours is {got}: round up.")
        raise Wrong(f"a difference of {difference} with {apart} apart needs {right} samples; yours says {got}.")
    return "half the difference needs four times the samples."


EXERCISES = {
    1: Exercise(interval, "d = a − b as floats; the standard error is d.std(ddof=1) / np.sqrt(len(d))."),
    2: Exercise(
        holm, "np.argsort(p) gives the order; np.maximum.accumulate the running maximum; corrected[order] = ... back."
    ),
    3: Exercise(
        samples_needed, "Solve 2.8 · s / √n = difference for n, put s² = apart − difference² in, and round up."
    ),
}
