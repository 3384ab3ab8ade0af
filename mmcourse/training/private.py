"""`train_private`: training that hides each single sample (DP-SGD). Taught in lesson 25.

In every step each sample is drawn with probability q, on its own; the gradient gᵢ of each sample drawn is clipped to
the norm C; what the optimizer gets is

    (Σᵢ gᵢ min(1, C / ‖gᵢ‖) + N(0, σ²C²)) / (q N)

divided by the *expected* size of a batch, since the true size would tell of a sample (Abadi et al., 2016,
arXiv:1607.00133). What the optimizer makes of it, Adam too, cannot give away more.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import keras
import numpy as np

from ..data import Multimodal
from ..data.pipeline import BatchPlan
from .accountant import epsilon
from .clipped_step import noisy_gradients
from .private_checks import check_model, check_settings
from .short import bar_of, made, tensor_of


@dataclass(frozen=True)
class PrivateRun:
    """What `train_private` gave: the model, and what its ε depends on.

    `history`: metric -> one float per epoch: "loss" (mean over the samples drawn, before the step), "clipped" (share of
    them whose gradient was longer than `clip`), "samples" (how many were drawn). It is read off the samples without
    noise, so ε does *not* cover it: look at it, and keep it to yourself. `noise` is σ, `rate` q.

    >>> PrivateRun(keras.Sequential(), {}, noise=4.0, rate=0.1, steps=200, clip=1.0).epsilon(1e-5) < 3
    True
    """

    model: keras.Model = field(repr=False)
    history: dict[str, list[float]] = field(repr=False)
    noise: float
    rate: float
    steps: int
    clip: float

    def epsilon(self, delta: float) -> float:
        """The ε that the weights keep to, for this δ: see `training.epsilon`."""
        return epsilon(self.noise, self.rate, self.steps, delta)


def train_private(
    make: Callable[[], keras.Model],
    data: Multimodal,
    *,
    noise: float,
    clip: float,
    seed: int,
    epochs: int,
    batch_size: int = 64,
    learning_rate: float = 2e-3,
) -> PrivateRun:
    """As `train`, with each sample's gradient clipped to the norm `clip` and noise of `noise` times that added.

    >>> data = mm.load("digits").subset(64)
    >>> encoders = {"image": keras.layers.Flatten(), "audio": keras.layers.Flatten()}
    >>> def make():
    ...     return mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), keras.layers.Dense(10))
    >>> run = train_private(make, data, noise=1.0, clip=1.0, seed=0, epochs=4, batch_size=16)
    >>> run.steps, run.rate, round(run.epsilon(1e-4), 1)
    (16, 0.25, 7.1)

    `batch_size` is the expected one: each sample is in a batch with probability batch_size / N, so batches differ in
    size, and an empty one is a step of pure noise. An epoch has as many steps as that of `train`; Adam and its rate are
    those of `train`. `noise=0` clips only. Only trainable weights move; what is frozen must come from other, public
    samples, or ε says nothing about it. A model's own penalties are part of the loss of every sample.

    The promise is about one sample more or less, and holds for who does not know `seed`: with it the noise can be drawn
    again and taken away. This is for learning and for experiments: it does not guard against the gaps of floating-point
    noise, as a library for real releases should (Mironov, 2012, doi:10.1145/2382196.2382264).

    Memory: the weights times the samples of a batch. Needs the TensorFlow backend. Raises `ValueError` for a model
    whose samples would not be alone: one that mixes the samples of a batch in training or keeps statistics of them
    (`BatchNormalization`; take `LayerNormalization`), for a recurrent layer that is not unrolled, for nothing to train,
    for outputs that are not logits (N, classes) of the labels, and where the training diverges. Taught in lesson 25.
    """
    check_settings(noise, clip, epochs)
    plan = BatchPlan(len(data.train), batch_size, seed)
    model, twin = (made(make, data, seed) for _ in range(2))
    inputs = {name: tensor_of(array) for name, array in data.train.batch().items()}
    check_model(model, inputs, data.train.y)
    take = _steps(model, noisy_gradients(twin, inputs), inputs, data.train.y, learning_rate, epochs * plan.steps)
    rate = plan.size / len(data.train)
    draw, random = (np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(2))
    history = {"loss": [], "clipped": [], "samples": []}
    with bar_of(epochs, data.name) as bar:
        for _ in range(epochs):
            batches = [np.flatnonzero(draw.random(len(data.train)) < rate) for _ in range(plan.steps)]
            sums = [take(rows, [noise, clip, plan.size], random) for rows in batches]
            _note(history, np.sum(sums, axis=0))
            bar.update()
    return PrivateRun(model, history, float(noise), rate, epochs * plan.steps, float(clip))


def _steps(model: keras.Model, gradients: Callable, inputs: dict, y: np.ndarray, learning_rate: float, steps: int):
    """A function that takes a step on some rows; gives loss, clipped gradients and samples, each summed over them."""
    import tensorflow as tf

    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, steps))
    weights, labels = model.trainable_variables, keras.ops.convert_to_tensor(y, "int32")
    optimizer.build(weights)
    apply = tf.function(lambda noisy: optimizer.apply(noisy, weights))  # as it is, it takes longer than the gradients

    def take(rows: np.ndarray, settings: list[float], random: np.random.Generator) -> np.ndarray:
        counted = np.ones(len(rows), "float32")
        if not len(rows):  # a step of pure noise still needs a sample to look at
            rows, counted = np.zeros(1, int), np.zeros(1, "float32")
        keys = random.integers(2**31 - 1, size=(len(weights) + 1, 2)).astype("int32")
        values = ([v.value for v in group] for group in (weights, model.non_trainable_variables))
        given = (rows.astype("int32"), counted, inputs, labels, np.array(settings, "float32"), keys)
        noisy, sums = gradients(*values, *given)
        apply(noisy)
        return np.asarray(sums)

    return take


def _note(history: dict[str, list[float]], sums: np.ndarray) -> None:
    """An epoch's sums as means; raises where a loss or a gradient is no finite number."""
    loss, clipped, samples = sums.tolist()
    if not np.isfinite(loss):
        raise ValueError(
            f"train_private: a loss or a gradient became NaN or infinite in epoch {len(history['loss'])}; take a "
            "smaller learning_rate, or look whether the inputs are scaled"
        )
    history["loss"].append(loss / max(1, samples))
    history["clipped"].append(clipped / max(1, samples))
    history["samples"].append(samples)
