"""Attention weights and the transformer block that the token layers are made of. Taught in lesson 09.

Keras's `MultiHeadAttention` is not used: its softmax follows the dtype policy, here it is always float32 and
exactly zero on masked tokens, even where a sample has none at all.
"""

import keras
from keras import ops

from mmcourse.layers.base import masked_softmax, register


def split_heads(x, heads: int):
    """(B, T, heads·d) to (B, heads, T, d)."""
    if heads == 1:
        return ops.expand_dims(x, 1)
    x = ops.reshape(x, (-1, ops.shape(x)[1], heads, x.shape[-1] // heads))
    return ops.transpose(x, (0, 2, 1, 3))


def attention_weights(queries, keys, mask=None):
    """softmax(QKᵀ/√d) in float32 from (B, heads, T, d) tensors; `mask` (B, T_keys) bool."""
    logits = ops.matmul(queries * queries.shape[-1] ** -0.5, ops.swapaxes(keys, -1, -2))
    return masked_softmax(logits, None if mask is None else mask[:, None, None, :])


def check_heads(units: int, heads: int, owner: str) -> None:
    if units % heads:
        raise ValueError(f"{owner}: units must be a multiple of heads; got units {units} and heads {heads}.")


@register
class AttentionBlock(keras.layers.Layer):
    """One pre-norm transformer block (Vaswani et al., 2017; Xiong et al., 2020). Taught in lesson 09.

        y = q + W_o MultiHead(LN q, LN k),   z = y + MLP(LN y)

    The MLP has one hidden layer of 2·units rectified units, as in the first paper. Called with
    `(queries, keys)` of shape (B, T, units), and `keys_mask` (B, T_keys) bool; with the same tensor twice it is
    self-attention. The attention weights are in float32 under any dtype policy.
    """

    def __init__(self, units: int, heads: int = 4, **kwargs):
        super().__init__(**kwargs)
        check_heads(units, heads, "AttentionBlock")
        self.units, self.heads = units, heads
        self.norm_attention = keras.layers.LayerNormalization(epsilon=1e-5, dtype=self.dtype_policy)
        self.norm_mlp = keras.layers.LayerNormalization(epsilon=1e-5, dtype=self.dtype_policy)
        self.widen = keras.layers.Dense(2 * units, activation="relu", dtype=self.dtype_policy)
        self.narrow = keras.layers.Dense(units, dtype=self.dtype_policy)

    def build(self, queries_shape, keys_shape):
        units = self.units
        self.query = self.add_weight(shape=(units, units), name="query")
        self.key_value = self.add_weight(shape=(units, 2 * units), name="key_value")
        self.out = self.add_weight(shape=(units, units), name="out")
        for layer in (self.norm_attention, self.norm_mlp, self.widen):
            layer.build((None, None, units))
        self.narrow.build((None, None, 2 * units))

    def call(self, queries, keys, keys_mask=None):
        normed = self.norm_attention(queries)
        source = normed if keys is queries else self.norm_attention(keys)
        both = ops.matmul(source, self.key_value)
        q = split_heads(ops.matmul(normed, self.query), self.heads)
        k = split_heads(both[..., : self.units], self.heads)
        v = split_heads(both[..., self.units :], self.heads)
        weights = attention_weights(q, k, keys_mask)
        mixed = ops.transpose(ops.matmul(ops.cast(weights, v.dtype), v), (0, 2, 1, 3))
        mixed = ops.reshape(mixed, (-1, ops.shape(queries)[1], self.units))
        y = queries + ops.matmul(mixed, self.out)
        return y + self.narrow(self.widen(self.norm_mlp(y)))

    def compute_output_shape(self, queries_shape, keys_shape):
        return tuple(queries_shape)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "heads": self.heads}
