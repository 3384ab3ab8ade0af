"""Checks for lesson 06: the weighted sum, absent modalities, and whether a modality is used."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, number, numbers, unchanged


def _softmax(numbers: np.ndarray) -> np.ndarray:
    shifted = np.exp(numbers - numbers.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def weighted_sum(answer) -> str:
    rng = np.random.default_rng(6)
    features = [rng.normal(size=(4, 5)).astype("float32") for _ in range(3)]
    free = np.array([0.5, -1.0, 2.0], "float32")
    got = numbers(answer(features, free))
    if got.shape == (4, 15):
        raise Wrong("three modalities of shape (4, 5) must give (4, 5); yours gives a concatenation, not a sum.")
    numbers(got, (4, 5))
    if close(got, np.tensordot(_softmax(free), np.stack(features), 1)):
        return "the weights are on the simplex and the sum has the width of one modality."
    if close(got, np.tensordot(free, np.stack(features), 1)):
        raise Wrong("these are the free numbers as weights; take their softmax first: positive, and with the sum 1.")
    if close(got, np.mean(features, axis=0)):
        raise Wrong("every modality got the same weight; the free numbers must decide.")
    raise Wrong("the shape is right, the numbers are not: multiply each modality by its own weight, then add.")


def present_weights(answer) -> str:
    free = np.array([0.0, 1.0, 2.0], "float32")
    present = np.array([[True, True, True], [True, False, True], [False, True, False]])
    given = numbers(answer(free, present))
    got = given.astype("float64")
    if got.shape != present.shape:
        raise Wrong(f"one row of weights for each sample: expected shape {present.shape}, got {got.shape}.")
    if np.any(np.abs(got[~present]) > 1e-6):
        hint = " (a free number of 0 is not a weight of 0)" if np.allclose(got.sum(1), 1, atol=1e-2) else ""
        raise Wrong(
            f"an absent modality has the weight {got[~present].max():.2f}{hint}: set its free number to −∞, or −1e9."
        )
    if not np.allclose(got.sum(1), 1, atol=1e-2):
        worst = got.sum(1)[np.abs(got.sum(1) - 1).argmax()]
        raise Wrong(f"the weights of a sample must sum to 1, here to {worst:.2f}: mask *before* the softmax.")
    if not close(given, _softmax(np.where(present, free, -1e9))):
        raise Wrong("zero and sum are right, the ratio is not: those present keep the ratio the free numbers ask for.")
    return "absent modalities get nothing, and the others share the whole."


class _Reader:
    """A stand-in for a model: answers from one modality only."""

    def __init__(self, modality: str):
        self.modality = modality

    def predict(self, x, **_):
        return np.eye(4)[np.asarray(x[self.modality])[:, 0].astype(int)]


def drop_when_shuffled(answer) -> str:
    y = np.arange(400) % 4
    x = {"image": np.stack([y, y], 1).astype("float32"), "audio": np.stack([y, -y], 1).astype("float32")}
    kept = {name: array.copy() for name, array in x.items()}
    used = number(answer(_Reader("image"), x, y, "image"))
    unused = number(answer(_Reader("image"), x, y, "audio"))
    for name, array in kept.items():
        unchanged(array, x[name], f"{name} samples")
    if abs(unused) > 1e-6:
        raise Wrong(f"a model that ignores the audio must lose nothing when it is shuffled; yours says {unused:.2f}.")
    if used < -0.5:
        raise Wrong("the sign is the other way round: accuracy as it is minus accuracy when shuffled.")
    if not 0.5 < used <= 1:
        raise Wrong(f"a model that lives on the image must lose most of its accuracy; yours says {used:.2f}. Shuffled?")
    return "a model that does not listen has nowhere to hide."


EXERCISES = {
    1: Exercise(
        weighted_sum, "Two steps: weights = ops.softmax(numbers), then add up weights[i] * features[i] over i."
    ),
    2: Exercise(present_weights, "ops.where(present, numbers, -1e9) gives (B, M); what does softmax make of −1e9?"),
    3: Exercise(
        drop_when_shuffled,
        "order = np.random.default_rng(0).permutation(len(y)); {**x, modality: x[modality][order]} is a new dict.",
    ),
}
