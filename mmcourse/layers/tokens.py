"""Sequences of tokens: masks, pooling and positions, shared by the layers that read them.

Everywhere a mask is a (B, T) bool tensor, True where a token is. Padding never changes a result: padded
tokens become zero before any formula (NaN included), get no attention and no part in a mean.
Taught in lesson 09.
"""

import keras
from keras import ops

from mmcourse.layers.base import Fusion, at_least, zero_absent
from mmcourse.layers.transformer import check_heads


def mean_over_positions(x, mask=None):
    """(B, ..., d) to (B, d): the mean over the positions between, or over the steps where `mask` is True.

    With a mask (B, T) and no step at all, the mean is zero. The sum runs in float32.
    """
    if len(x.shape) == 2:
        return x
    dtype = x.dtype
    x = ops.cast(x, "float32")
    if mask is None:
        return ops.cast(ops.mean(x, axis=tuple(range(1, len(x.shape) - 1))), dtype)
    keep = ops.expand_dims(mask, -1)
    count = ops.maximum(ops.sum(ops.cast(keep, "float32"), axis=1), 1.0)
    return ops.cast(ops.sum(ops.where(keep, x, 0.0), axis=1) / count, dtype)


def sinusoid(x, mask=None):
    """Positions as sines and cosines (Vaswani et al., 2017), of the shape of x (B, T, d), no weights.

    With a mask, positions count the tokens that are there, so that padding on either side shifts nothing.
    """
    width = x.shape[-1]
    if mask is None:
        position = ops.expand_dims(ops.arange(ops.shape(x)[1], dtype="float32"), 0)
    else:
        position = ops.cumsum(ops.cast(mask, "float32"), axis=1) - 1.0
    half = (width + 1) // 2
    rates = ops.exp(ops.arange(half, dtype="float32") * (-9.21034 / half))  # ln 10000
    angles = ops.expand_dims(position, -1) * rates
    table = ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)[..., :width]
    return ops.cast(table, x.dtype)


def joined(parts: list):
    return parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=1)


class TokenFusion(Fusion):
    """Base of the fusions of sequences (B, T_m, d_m): reads masks and `present` as one thing."""

    ranks = (3,)

    def take_tokens(self, inputs, present, mask) -> tuple[list, list, object]:
        """`(xs, valid, present)`: padded and absent tokens zeroed; `valid` has (B, T_m) bools or Nones.

        A sample whose tokens are all padding in a modality is absent there. `present` is None only when
        nothing is masked at all; else every `valid` is a tensor.
        """
        xs, present = self.take(inputs, present)
        masks = self.take_masks(mask)
        if present is None and all(mask is None for mask in masks):
            return xs, masks, None
        valid = []
        for m, (x, steps) in enumerate(zip(xs, masks, strict=True)):
            if steps is None:
                steps = ops.ones(ops.shape(x)[:2], dtype="bool")
            steps = ops.cast(steps, "bool")
            valid.append(steps if present is None else zero_absent(steps, present[:, m]))
        xs = [ops.where(v[..., None], x, ops.zeros((), x.dtype)) for x, v in zip(xs, valid, strict=True)]
        return xs, valid, ops.stack([ops.any(v, axis=1) for v in valid], axis=1)

    def compute_mask(self, inputs, mask=None):
        return None  # the output is one vector a sample


class UnitsTokenFusion(TokenFusion):
    """A token fusion with output (B, units), layer-normalised, and heads that divide the units."""

    def __init__(self, units: int, heads: int, **kwargs):
        super().__init__(**kwargs)
        owner = type(self).__name__
        self.units = at_least(units, 1, "units", owner)
        self.heads = at_least(heads, 1, "heads", owner)
        check_heads(units, heads, owner)
        self.norm = keras.layers.LayerNormalization(epsilon=1e-5, dtype=self.dtype_policy)

    def add_fusion_weights(self, widths):
        self.norm.build((None, self.units))

    def add_projections(self, widths) -> None:
        """P_m (d_m, units) with unit variance out for unit variance in."""
        self.projections = []
        for m, d in enumerate(widths):
            start = keras.initializers.RandomNormal(stddev=d**-0.5)
            self.projections.append(self.add_weight(shape=(d, self.units), initializer=start, name=f"P{m}"))

    def compute_output_shape(self, input_shape):
        _, shapes = self._read_shapes(input_shape)
        return (shapes[0][0], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "heads": self.heads}
