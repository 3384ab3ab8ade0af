"""Sequences of tokens: masks, pooling and positions, shared by the layers that read them.

Everywhere a mask is a (B, T) bool tensor, True where a token is. Padding never changes a result: padded
tokens become zero before any formula (NaN included), get no attention and no part in a mean.
"""

import keras
from keras import ops

from .base import UnitsFusion
from .numerics import as_type, wide, zero_absent
from .transformer import check_heads


def mean_over_positions(x, mask=None):
    """(B, ..., d) to (B, d): the mean over the positions between, or over the steps where `mask` is True.

    With a mask (B, T) and no step at all, the mean is zero. The sum runs in float32.
    """
    if len(x.shape) == 2:
        return x
    dtype = x.dtype
    x = wide(x)
    if mask is None:
        return as_type(ops.mean(x, axis=tuple(range(1, len(x.shape) - 1))), dtype)
    keep = ops.expand_dims(mask, -1)
    count = ops.maximum(ops.sum(ops.cast(keep, x.dtype), axis=1), 1.0)
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


class SequenceFusion(UnitsFusion):
    """Base of the fusions of sequences (B, T_m, d_m), with output (B, units) and heads that divide the units.

    It reads masks and `present` as one thing. Masks come from Keras, or as `mask`, a list or dict of (B, T_m) bool or
    None. A sample whose tokens are all padding in a modality is absent there.
    """

    ranks = (3,)

    def __init__(self, units: int, heads: int, **kwargs):
        super().__init__(units, **kwargs)
        self.heads = check_heads(self.units, heads, type(self).__name__)
        self.norm = keras.layers.LayerNormalization(epsilon=1e-5, dtype=self.dtype_policy)

    def add_fusion_weights(self, widths):
        self.norm.build((None, self.units))

    def take_tokens(self, inputs, present, mask) -> tuple[list, list, object]:
        """`(xs, valid, present)`: padded and absent tokens zeroed; `valid` has (B, T_m) bools or Nones.

        `present` is None only when nothing is masked at all; else every `valid` is a tensor.
        """
        xs, present = self.take(inputs, present)
        masks = self.take_masks(mask, xs)
        if present is None and all(mask is None for mask in masks):
            return xs, masks, None
        valid = []
        for m, (x, steps) in enumerate(zip(xs, masks, strict=True)):
            if steps is None:
                steps = ops.ones(ops.shape(x)[:2], dtype="bool")
            valid.append(steps if present is None else zero_absent(steps, present[:, m]))
        xs = [ops.where(v[..., None], x, ops.zeros((), x.dtype)) for x, v in zip(xs, valid, strict=True)]
        present = ops.stack([ops.any(v, axis=1) for v in valid], axis=1)
        self._refuse_nobody(present)
        return xs, valid, present

    def get_config(self):
        return {**super().get_config(), "heads": self.heads}
