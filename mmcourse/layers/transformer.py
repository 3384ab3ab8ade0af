"""Attention weights and the transformer block that the token layers are made of.

Keras's `MultiHeadAttention` is not used: its softmax follows the dtype policy, here it is always float32 and
exactly zero on masked tokens, even where a sample has none at all.
"""

import keras
from keras import ops

from .base import TensorLayer, at_least, register
from .checks import InputError
from .numerics import as_type, in_range, masked_softmax, shape_of


def split_heads(x, heads: int):
    """(B, T, heads·d) to (B, heads, T, d)."""
    if heads == 1:
        return ops.expand_dims(x, 1)
    x = ops.reshape(x, (-1, ops.shape(x)[1], heads, x.shape[-1] // heads))
    return ops.transpose(x, (0, 2, 1, 3))


def attention_weights(queries, keys, mask=None):
    """softmax(QKᵀ/√d) in float32 from (B, heads, T, d) tensors; `mask` (B, T_keys) bool."""
    queries, keys = in_range(queries * queries.shape[-1] ** -0.5), in_range(keys)
    logits = ops.matmul(queries, ops.swapaxes(keys, -1, -2))
    return masked_softmax(logits, None if mask is None else mask[:, None, None, :])


def check_heads(units: int, heads: int, owner: str) -> int:
    """`heads` as an integer, if it divides the units."""
    heads = at_least(heads, 1, "heads", owner)
    if units % heads:
        raise ValueError(f"{owner}: units must be a multiple of heads; got units {units} and heads {heads}.")
    return heads


@register
class AttentionBlock(TensorLayer):
    """y = q + W_o MultiHead(LN q, LN k), z = y + MLP(LN y): one pre-norm transformer block.

    The MLP has one hidden layer of 2·units rectified units, as in the first paper.

    Args:
        units: the width of queries, keys and output.
        heads: the number of heads, which divides the units.

    Input: `(queries, keys)` of shape (B, T, units) and (B, T', units), with the same tensor twice it is
        self-attention; and `keys_mask` (B, T') bool, by default the mask that Keras keeps with the keys.
    Output: (B, T, units). A Keras mask of the queries goes on.
    Source: Vaswani et al., 2017, arXiv:1706.03762; before the norm: Xiong et al., 2020, arXiv:2002.04745.
    Lesson: 09

    The attention weights are in float32 under any dtype policy.

    >>> tokens = np.ones((2, 5, 8))
    >>> tuple(AttentionBlock(8, heads=2)(tokens, tokens).shape)
    (2, 5, 8)
    """

    def __init__(self, units: int, heads: int = 4, **kwargs):
        super().__init__(**kwargs)
        self.units = at_least(units, 1, "units", "AttentionBlock")
        self.heads = check_heads(units, heads, "AttentionBlock")
        self.norm_attention = keras.layers.LayerNormalization(epsilon=1e-5, dtype=self.dtype_policy)
        self.norm_mlp = keras.layers.LayerNormalization(epsilon=1e-5, dtype=self.dtype_policy)
        self.widen = keras.layers.Dense(2 * self.units, activation="relu", dtype=self.dtype_policy)
        self.narrow = keras.layers.Dense(self.units, dtype=self.dtype_policy)

    def build(self, queries_shape, keys_shape):
        units = self.units
        for shape in (queries_shape, keys_shape):
            if len(shape) != 3 or shape[-1] != units:
                raise InputError(
                    f"AttentionBlock '{self.name}' takes queries and keys of shape (batch, steps, {units}); "
                    f"got {tuple(queries_shape)} and {tuple(keys_shape)}."
                )
        self.query = self.add_weight(shape=(units, units), name="query")
        self.key_value = self.add_weight(shape=(units, 2 * units), name="key_value")
        self.out = self.add_weight(shape=(units, units), name="out")
        for layer in (self.norm_attention, self.norm_mlp, self.widen):
            layer.build((None, None, units))
        self.narrow.build((None, None, 2 * units))

    def call(self, queries, keys, keys_mask=None):
        self._check(shape_of(queries), shape_of(keys), None if keys_mask is None else shape_of(keys_mask))
        same = keys is queries
        queries = as_type(queries, self.compute_dtype)
        keys = queries if same else as_type(keys, self.compute_dtype)
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

    def _check(self, queries: tuple, keys: tuple, mask: tuple | None) -> None:
        """Refuse what would broadcast: another number of samples, a mask of other steps; or no steps at all."""
        pairs = [(queries[0], keys[0])]
        if mask is not None:
            pairs += zip(mask, keys[:2], strict=False)
        bad = 0 in (queries[1], keys[1]) or len(mask or (0, 0)) != 2 or {queries[-1], keys[-1]} != {self.units}
        if bad or any(None not in pair and pair[0] != pair[1] for pair in pairs):
            raise InputError(
                f"AttentionBlock '{self.name}' takes queries and keys of one batch, of width {self.units} and with at "
                f"least one step, and a mask (batch, steps) of the keys; got {queries}, {keys} and {mask}."
            )

    def compute_mask(self, queries, previous_mask=None):
        return previous_mask

    def compute_output_shape(self, queries_shape, keys_shape):
        return tuple(queries_shape)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "heads": self.heads}
