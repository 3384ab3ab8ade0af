"""Layers that draw: whole modalities left out in training, features drawn from one modality each."""

import math

import keras
from keras import ops

from .base import Fusion, UnitsFusion, like_input, normal, register
from .numerics import is_true, zero_absent


def _everyone(xs: list):
    """A (B, M) mask that is True everywhere."""
    return ops.ones((ops.shape(xs[0])[0], len(xs)), dtype="bool")


@register
class ModalityDropout(Fusion):
    """x_m' = k_m x_m, k_m drawn from {0, 1}: leaves whole modalities out in training, never all of a sample's.

    Each present modality of each sample is dropped with probability `rate`, independently; a sample that
    would lose all keeps one, drawn evenly from those it has. What stays is not rescaled: a model that must
    cope with gaps should see what it will get. Out of training nothing is dropped.

    Args:
        rate: the chance of a modality to be dropped, in [0, 1].
        seed: of the draws.

    Input: M tensors (B, ...) of rank 2, 3 or 4, which keep their types, and `present` (B, M) bool or None.
    Output: `(inputs, present)`, the inputs a list or a dict like the input, with zeros where dropped or absent,
        and `present` (B, M) bool for the fusion that follows. Keras masks go on.
    Absent: zero. It stays absent, and is marked as such for the fusion that follows.
    Source: after ModDrop, Neverova et al., 2015, arXiv:1501.00102.
    Lesson: 20

    >>> xs, present = ModalityDropout(0.5, seed=1)([np.ones((2, 3)), np.ones((2, 5))], training=True)
    >>> tuple(present.shape), bool(keras.ops.all(keras.ops.any(present, axis=1)))
    ((2, 2), True)
    """

    size = "0"
    wins = "modalities will be absent in use, or one of them is learned so fast that the others are not"
    fails = "all modalities are always there and all are needed: it then takes away evidence in training"
    ranks = (2, 3, 4)

    def __init__(self, rate: float, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= rate <= 1:
            raise ValueError(f"ModalityDropout: rate must lie between 0 and 1; got {rate!r}.")
        self.rate, self.seed = rate, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, present=None, training: bool = False):
        xs, present = self.take(inputs, present, keep_types=True)
        if present is None:
            present = _everyone(xs)
        if training and self.rate > 0:
            # the largest draw of those present stays whatever the rate, so that one always does
            draw = keras.random.uniform(ops.shape(present), dtype="float32", seed=self.generator)
            draw = ops.where(present, draw, -1.0)
            largest = ops.equal(draw, ops.max(draw, axis=1, keepdims=True))
            present = ops.logical_and(present, ops.logical_or(draw >= self.rate, largest))
            xs = [zero_absent(x, present[:, m]) for m, x in enumerate(xs)]
        return like_input(self.names, xs), present

    def compute_output_shape(self, input_shape):
        names, shapes = self._read_shapes(input_shape)
        shapes = [tuple(shape) for shape in shapes]
        return like_input(names, shapes), (shapes[0][0], len(shapes))

    def compute_mask(self, inputs, mask=None):
        return None if mask is None else (mask, None)

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


@register
class Embrace(UnitsFusion):
    """z_k = h_{m(k),k}, m(k) drawn from p: each output feature comes from one modality (EmbraceNet).

    h_m = relu(W_m x_m + b_m). In inference z = Σ_m p_m h_m, the mean of the draws (the paper goes on drawing).

    Args:
        units: the width of the output.
        p: M chances, by default equal.
        seed: of the draws.

    Input: M tensors (B, d_m).
    Output: (B, units).
    Absent: masked. p is cut to those present and rescaled to sum to one, so nothing is drawn from an absent one: a
        modality alone gives h_m, in training too. All absent in a graph gives zeros.
    Source: Choi and Lee, 2019, arXiv:1904.09078.
    Lesson: 20

    Start: W_m has variance 2/d_m, so that h_m has squared size 1 and variance 0.68; a draw keeps both. The
    mean of M independent h_m, in inference, has 1/M of that variance.

    Raises `ValueError` for a p with another length than M, with negative or unknown entries, or all zero.

    >>> tuple(Embrace(4, p=[0.2, 0.8])([np.ones((2, 3)), np.ones((2, 5))]).shape)
    (2, 4)
    """

    size = "units * (sum(d) + M)"
    wins = "modalities drop out often, and any of them carries the answer"
    fails = "modalities must be combined: a feature comes from one of them only"

    def __init__(self, units: int, p: list[float] | None = None, seed: int | None = None, **kwargs):
        super().__init__(units, **kwargs)
        self.p = None if p is None else [float(chance) for chance in p]
        if self.p is not None and not (all(0 <= chance < math.inf for chance in self.p) and sum(self.p) > 0):
            raise ValueError(f"Embrace: p must hold chances, none negative and not all zero; got {p!r}.")
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def add_fusion_weights(self, widths):
        if self.p is not None and len(self.p) != len(widths):
            self._fail(f"has {len(self.p)} chances in p for {len(widths)} modalities")
        self.kernels, self.biases = [], []
        for m, d in enumerate(widths):
            self.kernels.append(self.add_weight(shape=(d, self.units), initializer=normal(2 / d), name=f"W{m}"))
            self.biases.append(self.add_weight(shape=(self.units,), initializer="zeros", name=f"b{m}"))

    def call(self, inputs, present=None, training: bool = False):
        xs, present = self.take(inputs, present)
        docked = [
            ops.relu(ops.matmul(x, kernel) + bias)
            for x, kernel, bias in zip(xs, self.kernels, self.biases, strict=True)
        ]
        chances = self._chances(_everyone(xs) if present is None else present)
        shares = self._drawn(docked[0], chances) if training else ops.split(chances, len(xs), axis=1)
        fused = 0
        for share, h in zip(shares, docked, strict=True):
            fused = fused + ops.cast(share, h.dtype) * h
        return fused

    def _drawn(self, like, chances) -> list:
        """M masks (B, units), exactly one of them True for each feature: that of the modality drawn."""
        upper = ops.cumsum(chances, axis=1)
        draw = keras.random.uniform(ops.shape(like), dtype="float32", seed=self.generator)
        draw = draw * upper[:, -1:]  # the sum may be a rounding below one
        below = [draw < upper[:, m : m + 1] for m in range(len(self.widths))]
        return [b if m == 0 else ops.logical_and(b, ops.logical_not(below[m - 1])) for m, b in enumerate(below)]

    def _chances(self, present):
        """p over the present modalities of each sample: (B, M), rows summing to one, or to zero if none."""
        weights = ops.convert_to_tensor(self.p or [1.0] * len(self.widths), dtype="float32")
        weights = ops.where(present, weights, 0.0)
        total = ops.sum(weights, axis=1, keepdims=True)
        if is_true(ops.any(ops.logical_and(total == 0, ops.any(present, axis=1, keepdims=True)))):
            self._fail("got a sample whose present modalities all have chance zero in p")
        return weights / ops.where(total == 0, 1.0, total)

    def get_config(self):
        return {**super().get_config(), "p": self.p, "seed": self.seed}
