"""Checks for lesson 11: the product with a prior, a temperature, and each witness once."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, number, numbers


def _normal(logs: np.ndarray) -> np.ndarray:
    """Log-probabilities from logarithms up to a constant."""
    shifted = logs - logs.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _logs(count: int, classes: int = 4, seed: int = 11) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [_normal(2 * rng.normal(size=(5, classes))).astype("float32") for _ in range(count)]


def _log_probabilities(value, shape: tuple[int, ...]) -> np.ndarray:
    got = numbers(value, shape)
    if got.min() >= 0 and np.allclose(got.sum(axis=-1, dtype="float64"), 1, atol=1e-2):
        raise Wrong("these are probabilities; return their logarithms.")
    return got


def _like(got: np.ndarray, other: np.ndarray) -> bool:
    return close(got, other, atol=1e-4)


def _up_to_a_constant(got: np.ndarray, other: np.ndarray) -> bool:
    """Whether two rows of logarithms differ by one number a sample, as they do before they are made to sum to one."""
    return _like((got - got.max(axis=-1, keepdims=True)), other - other.max(axis=-1, keepdims=True))


def product_with_prior(answer) -> str:
    prior = np.array([0.5, 0.3, 0.15, 0.05])
    for count in (3, 2):
        logs = _logs(count)
        got, total = _log_probabilities(answer(logs, prior), (5, 4)), np.sum(logs, axis=0)
        right = total - (count - 1) * np.log(prior)
        if _like(got, _normal(right)):
            continue
        if _up_to_a_constant(got, right):
            sums = np.exp(got.astype("float64")).sum(axis=-1).mean()
            raise Wrong(f"the probabilities of a sample must sum to 1, yours sum to {sums:.2f}: normalise at the end.")
        if _up_to_a_constant(got, total):
            raise Wrong(f"the prior is missing: it is in each of the {count} answers and must be counted once.")
        if _up_to_a_constant(got, total - count * np.log(prior)):
            raise Wrong(f"you took the prior out {count} times of {count}; it has to stay in once.")
        if _up_to_a_constant(got, total + (count - 1) * np.log(prior)):
            raise Wrong("the sign of the prior is wrong: divide by it, do not multiply.")
        if _up_to_a_constant(got, total - np.log(prior)):
            raise Wrong("right for two models only; for M models the prior is taken out M − 1 times.")
        raise Wrong("the numbers are not those of the formula: add up the logarithms, take (M − 1) log π off.")
    return "the prior is counted once, however many experts there are."


def best_temperature(answer) -> str:
    rng = np.random.default_rng(11)
    logits = 1.5 * rng.normal(size=(4000, 5))
    y = np.array([rng.choice(5, p=p) for p in np.exp(_normal(logits))])  # calibrated at T = 1
    candidates = [0.25, 0.5, 1.0, 2.0, 4.0]
    for factor in (2.0, 0.5):
        got = number(answer((factor * logits).astype("float32"), y, candidates))
        if got not in candidates:
            raise Wrong(f"return one of the candidates {candidates}; got {got:g}.")
        if got == 1 / factor:
            raise Wrong("the other way round: softmax(z / T) divides by T; a too sure model needs T > 1.")
        if got == candidates[0]:
            raise Wrong("the first candidate: accuracy is the same for every T and cannot choose; use the log-loss.")
        if got == candidates[-1]:
            raise Wrong("the largest T: is your loss the mean of −log p of the *right* class, and is it the smallest?")
        if got != factor:
            raise Wrong(f"logits {factor:g} times too large need T = {factor:g}; yours is {got:g}.")
    return "too sure gets T > 1, too modest T < 1."


def each_witness_once(answer) -> str:
    camera, microphone, other = _logs(3)
    whole = camera + microphone
    got = _log_probabilities(answer([camera, camera, microphone], ["camera", "camera", "microphone"]), (5, 4))
    if _like(got, _normal(2 * camera + microphone)):
        raise Wrong("the camera counts twice: that is the plain product.")
    if _like(got, _normal((2 * camera + microphone) / 3)) or _like(got, _normal(whole / 2)):
        raise Wrong("that is a mean over all; different witnesses are multiplied, only copies are averaged.")
    if _up_to_a_constant(got, whole) and not _like(got, _normal(whole)):
        raise Wrong("the probabilities of a sample do not sum to 1: normalise at the end.")
    if not _like(got, _normal(whole)):
        raise Wrong("two copies of the camera and one microphone must give the product of camera and microphone.")
    names = ["camera", "microphone", "camera"]
    got = _log_probabilities(answer([camera, microphone, other], names), (5, 4))
    if not _like(got, _normal((camera + other) / 2 + microphone)):
        raise Wrong("two *different* answers of one witness must be averaged (geometric mean), wherever they stand.")
    return "ten copies weigh as much as one."


EXERCISES = {
    1: Exercise(
        product_with_prior, "ops.log_softmax makes any logarithms sum to one; np.log(prior) is subtracted M − 1 times."
    ),
    2: Exercise(
        best_temperature, "min(candidates, key=loss), where loss(T) is −mean of log_softmax(logits / T)[row, y]."
    ),
    3: Exercise(each_witness_once, "A geometric mean divides each logarithm by the number of copies: who.count(name)."),
}
