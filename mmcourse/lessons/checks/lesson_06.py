"""Checks for lesson 06: the weighted sum, absent modalities, counting weights, and whether a modality is used."""

import numpy as np

from . import Exercise, Wrong, answered


def _features() -> list[np.ndarray]:
    rng = np.random.default_rng(6)
    return [rng.normal(size=(4, 5)).astype("float32") for _ in range(3)]


def _softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def weighted_sum(answer) -> str:
    features, logits = _features(), np.array([0.5, -1.0, 2.0], "float32")
    got = np.asarray(answered(answer(features, logits)))
    if got.shape != (4, 5):
        hint = "; that is a concatenation, not a sum" if got.shape == (4, 15) else ""
        raise Wrong(f"three modalities of shape (4, 5) must give (4, 5), yours gives {got.shape}{hint}.")
    right = np.tensordot(_softmax(logits), np.stack(features), 1)
    if np.allclose(got, right, atol=1e-5):
        return "the weights are on the simplex and the sum has the width of one modality."
    if np.allclose(got, np.tensordot(logits, np.stack(features), 1), atol=1e-5):
        raise Wrong(
            "you used the logits as weights; take their softmax first, so that they are positive and sum to one."
        )
    if np.allclose(got, np.mean(features, axis=0), atol=1e-5):
        raise Wrong("every modality got the same weight; the logits must decide.")
    raise Wrong("the shape is right, the numbers are not: multiply each modality by its own weight, then add.")


def present_weights(answer) -> str:
    logits = np.array([0.0, 1.0, 2.0], "float32")
    present = np.array([[True, True, True], [True, False, True], [False, True, False]])
    got = np.asarray(answered(answer(logits, present)), "float64")
    if got.shape != present.shape:
        raise Wrong(f"one row of weights for each sample: expected shape {present.shape}, got {got.shape}.")
    if np.any(got[~present] > 1e-6):
        hint = " (a logit of 0 is not a weight of 0)" if np.allclose(got.sum(1), 1, atol=1e-4) else ""
        raise Wrong(
            f"an absent modality still has weight {got[~present].max():.2f}{hint}: set its logit to −∞, or −1e9."
        )
    if not np.allclose(got.sum(1), 1, atol=1e-4):
        low = got.sum(1).min()
        raise Wrong(
            f"the weights of a sample must sum to 1, one of yours sums to {low:.2f}: mask *before* the softmax."
        )
    if not np.allclose(got, _softmax(np.where(present, logits, -1e9)), atol=1e-4):
        raise Wrong(
            "zero and sum are right, the ratio is not: two present modalities keep the ratio their logits ask for."
        )
    return "absent modalities get nothing, and the others share the whole."


def count_weights(answer) -> str:
    for sizes in ((2, 64, 64, 10), (3, 5, 7, 4)):
        many, d, units, classes = sizes
        got = answered(answer(*sizes))
        if not isinstance(got, (tuple, list)) or len(got) != 2:
            raise Wrong(f"return two numbers, concatenation first; got {got!r}.")
        asked = f"for M, d, units, C = {many}, {d}, {units}, {classes}"
        concatenation, weighted = many * d * classes + classes, many + many * d * units + units * classes + classes
        if got[0] == concatenation - classes or got[1] == weighted - classes:
            raise Wrong(f"{asked}: you forgot the head's biases, one for each class.")
        if got[0] != concatenation:
            raise Wrong(
                f"{asked}: concatenation feeds {many * d} features into {classes} logits; you have {got[0]} weights."
            )
        if got[1] == weighted - many:
            raise Wrong(f"{asked}: you forgot α itself, one number for each modality.")
        if got[1] != weighted:
            raise Wrong(
                f"{asked}: α, one matrix of d × units for each modality, and the head; you have {got[1]} weights."
            )
    return "and the sum with projections learns more numbers, though it can express no more functions."


class _Reader:
    """A stand-in for a model: answers from one modality only, and counts its calls."""

    def __init__(self, modality: str):
        self.modality = modality

    def predict(self, x, **_):
        return np.eye(4)[np.asarray(x[self.modality])[:, 0].astype(int)]


def drop_when_shuffled(answer) -> str:
    y = np.arange(400) % 4
    x = {"image": np.stack([y, y], 1).astype("float32"), "audio": np.stack([y, -y], 1).astype("float32")}
    kept = {name: array.copy() for name, array in x.items()}
    used = answered(answer(_Reader("image"), x, y, "image"))
    unused = answered(answer(_Reader("image"), x, y, "audio"))
    if any(not np.array_equal(x[name], kept[name]) for name in x):
        raise Wrong("x is changed after your function ran: shuffle a copy, x[modality][order], not in place.")
    if abs(unused) > 1e-9:
        raise Wrong(
            f"a model that ignores the audio must lose nothing when the audio is shuffled; yours says {unused:.2f}."
        )
    if used < -0.5:
        raise Wrong("the sign is the other way round: accuracy as it is minus accuracy when shuffled.")
    if used < 0.5:
        raise Wrong(
            f"a model that lives on the image must lose most of its accuracy; yours says {used:.2f}. Was it shuffled?"
        )
    return "a model that does not listen has nowhere to hide."


EXERCISES = {
    1: Exercise(weighted_sum, "Two steps: weights = ops.softmax(logits), then add up weights[i] * features[i] over i."),
    2: Exercise(present_weights, "ops.where(present, logits, -1e9) gives (B, M); what does softmax make of −1e9?"),
    3: Exercise(count_weights, "A linear layer from n to C numbers has n × C weights and C biases."),
    4: Exercise(
        drop_when_shuffled,
        "order = np.random.default_rng(0).permutation(len(y)); {**x, modality: x[modality][order]} is a new dict.",
    ),
}
