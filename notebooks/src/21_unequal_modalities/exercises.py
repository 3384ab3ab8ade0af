"""Checks for lesson 21: a threshold in place of weights, where starvation starts, a frozen encoder."""

import keras
import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, answered, close, number, share


def threshold(answer) -> str:
    rng = np.random.default_rng(21)
    for n in (400, 150):
        y = (rng.random(n) < 0.08).astype(int)
        y[:2] = 0, 1
        p = np.round(50 / (1 + np.exp(3.2 - 2.2 * y - rng.normal(size=n)))) / 50  # steps of 0.02, so that rounding
        found = share(answer(p.copy(), y.copy()))
        best, got = max(_balanced(p, y, t) for t in np.unique(p)), _balanced(p, y, found - 1e-3)  # decides nothing
        if close(got, 0.5):
            raise Wrong(f"at {found:.3f} all samples get one answer: balanced accuracy 0.5, a guess.")
        right_at = max(np.unique(p), key=lambda t: np.mean((p >= t) == y))
        if got < best - 1e-9 and close(got, _balanced(p, y, right_at)):
            raise Wrong("this is best for plain accuracy, which hardly sees the rare class; average the two recalls.")
        if got < best - 1e-9:
            raise Wrong(f"your threshold {found:.3f} has a balanced accuracy of {got:.3f}; {best:.3f} can be had.")
    return "chosen on val, it needs no training, and leaves the probabilities as they are."


def starts(answer) -> str:
    snrs = np.array([-10, -5, 0, 10, 20])
    gaps = [[0.01, -0.02, 0.0], [0.09, 0.08, 0.1], [0.01, 0.06, -0.03], [0.04, 0.05, 0.06], [0.07, 0.06, 0.09]]
    gaps = np.array(gaps)  # (SNRs, seeds)
    found = number(answer(snrs.copy(), gaps.copy()))
    if close(found, -5):
        raise Wrong("at −5 dB the gap is clear, at 0 dB it is not: it must be clear at all higher SNRs, too.")
    if close(found, 0):
        raise Wrong("at 0 dB the mean is above zero, but less than two standard errors: seeds disagree.")
    if close(found, 20):
        raise Wrong("the lowest such SNR is asked for: go on downwards from 20 dB.")
    if not close(found, 10):
        raise Wrong(f"here it starts at 10 dB; yours says {found:g}. The error is std(ddof=1) / √seeds.")
    order = np.array([3, 0, 4, 2, 1])
    if not close(number(answer(snrs[order], gaps[order])), 10):
        raise Wrong("the rows came in another order of SNRs, and the answer changed: sort them first.")
    return "now measure gaps at five SNRs, five seeds each, and see where it starts here."


def freeze(answer) -> str:
    import mmcourse as mm

    encoders = {name: keras.layers.Dense(3) for name in ("image", "audio")}
    model = mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), keras.layers.Dense(2))
    model({name: np.ones((2, 4), "float32") for name in encoders})
    before = [np.array(weight) for weight in model.get_weights()]
    found = answered(answer(model, "audio"))
    if not isinstance(found, keras.Model):
        raise Wrong("return the model itself.")
    free = {id(weight) for weight in found.trainable_variables}
    states = {name: [id(w) in free for w in encoder.weights] for name, encoder in encoders.items()}
    if any(states["audio"]):
        raise Wrong("the encoder of audio can still learn: set trainable = False on model.encoders[name].")
    if not all(states["image"]):
        raise Wrong("the encoder of image cannot learn any more: freeze the fast one alone.")
    if not all(id(w) in free for w in model.head.weights):
        raise Wrong("the head cannot learn any more: it has to learn to use the image.")
    if any(not np.array_equal(a, b) for a, b in zip(before, found.get_weights(), strict=True)):
        raise Wrong("the weights have changed: freezing keeps them.")
    return "train on with it, and what is left to learn can only be learned by the image."


def _balanced(p: np.ndarray, y: np.ndarray, at: float) -> float:
    return float(np.mean(p[y == 1] >= at) + np.mean(p[y == 0] < at)) / 2


EXERCISES = {
    1: Exercise(threshold, "For each t in np.unique(p): the mean of p[y == 1] >= t and of p[y == 0] < t, averaged."),
    2: Exercise(starts, "clear = mean > 2 * error, for each row; go from the highest SNR down while it is clear."),
    3: Exercise(freeze, "model.encoders[name] is the encoder; every Keras layer has an attribute `trainable`."),
}
