"""Attention between modalities: tokens of one look at tokens of another."""

from keras import ops

from .base import register
from .tokens import SequenceFusion, joined
from .transformer import attention_weights, split_heads


@register
class CrossModalAttention(SequenceFusion):
    """z = LN(Σ_a O_a mean_t(softmax(Q_a K_bᵀ / √d) V_b)): each modality asks, the others answer.

        Q_a = x_a W_a^Q,  K_b = x_b W_b^K,  V_b = x_b W_b^V

    For M > 2, a asks the tokens of all others under one softmax.

    Args:
        units: the width of the output, and of questions, keys and values.
        heads: the number of heads, which divides the units.

    Input: M sequences (B, T_m, d_m); masks from Keras, or `mask`, a list or dict of (B, T_m) bool or None.
    Output: (B, units). `return_weights=True` also returns, for each modality a, its attention
        (B, heads, T_a, Σ_b T_b) over the tokens of all modalities in order, in float32.
    Absent: masked. It neither asks nor answers, and padding neither; both have no part in the mean. A modality
        alone has only itself to ask, and so attends to itself, as the layer with one modality does. All absent in
        a graph gives the offset of the layer normalisation.
    Source: after MulT, Tsai et al., 2019, arXiv:1906.00295.
    Lesson: 09

    The mean over questions is taken before V: mean_t(A V) = mean_t(A) x_b W^V is the same number from one
    weighted mean of tokens instead of T.

    Start: LN makes the variance 1, whatever T; attention alone would average it away with T.

    >>> layer = CrossModalAttention(8, heads=2)
    >>> fused, maps = layer([np.ones((2, 5, 3)), np.ones((2, 4, 6))], return_weights=True)
    >>> tuple(fused.shape), tuple(maps[0].shape)
    ((2, 8), (2, 2, 5, 9))
    """

    size = "units * (3 * sum(d) + M * units + 2)"
    wins = "a modality asks for something in another, and the answer is somewhere in a sequence or a picture"
    fails = "pooled features say the same: it then only costs; cells do not know their place"
    measured = "cross-attention"

    def __init__(self, units: int, heads: int = 1, **kwargs):
        super().__init__(units, heads, **kwargs)

    def add_fusion_weights(self, widths):
        super().add_fusion_weights(widths)

        def kernels(name):
            return [self.add_weight(shape=(d, self.units), name=f"{name}{m}") for m, d in enumerate(widths)]

        self.queries, self.keys, self.values = kernels("Q"), kernels("K"), kernels("V")
        self.outs = [self.add_weight(shape=(self.units,) * 2, name=f"O{m}") for m in range(len(widths))]

    def call(self, inputs, present=None, mask=None, inputs_mask=None, return_weights: bool = False):
        xs, valid, present = self.take_tokens(inputs, present, mask if mask is not None else inputs_mask)
        if return_weights and present is None:  # the columns are always those of all modalities
            valid = [ops.ones(ops.shape(x)[:2], dtype="bool") for x in xs]
            present = ops.stack([ops.any(v, axis=1) for v in valid], axis=1)
        keys = [ops.matmul(x, kernel) for x, kernel in zip(xs, self.keys, strict=True)]
        total, maps = 0, []
        for a, x in enumerate(xs):
            asked, allowed = self._answering(a, valid, present)
            questions = split_heads(ops.matmul(x, self.queries[a]), self.heads)
            answers = split_heads(joined([keys[b] for b in asked]), self.heads)
            weights = attention_weights(questions, answers, allowed)
            maps.append(weights)
            pooled = self._pooled(weights, valid[a], [(xs[b], self.values[b]) for b in asked])
            total = total + ops.matmul(pooled, self.outs[a])
        fused = self.norm(total)
        return (fused, maps) if return_weights else fused

    def _answering(self, a: int, valid: list, present) -> tuple[list[int], object]:
        """The modalities whose tokens answer modality a, and which of these tokens may: (B, ΣT) or None."""
        everyone = list(range(len(valid)))
        others = [b for b in everyone if b != a]
        if present is None:
            return others or [a], None
        if not others:
            return [a], valid[a]
        accompanied = ops.any(ops.stack([present[:, b] for b in others], axis=1), axis=1)
        own = ops.logical_and(valid[a], ops.logical_not(accompanied)[:, None])
        return everyone, ops.concatenate([own if b == a else valid[b] for b in everyone], axis=1)

    def _pooled(self, weights, asking, answering: list):
        """mean_t(A) x W^V over heads: (B, units). `asking` masks the questions t."""
        if asking is None:
            mean = ops.mean(weights, axis=2)
        else:
            asking = ops.cast(asking, weights.dtype)
            share = asking / ops.maximum(ops.sum(asking, axis=1, keepdims=True), 1.0)
            mean = ops.sum(weights * share[:, None, :, None], axis=2)
        pooled, start, depth = 0, 0, self.units // self.heads
        for x, kernel in answering:
            stop = start + ops.shape(x)[1]
            seen = ops.matmul(ops.cast(mean[:, :, start:stop], x.dtype), x)  # (B, heads, d)
            if self.heads == 1:
                pooled = pooled + ops.matmul(seen[:, 0], kernel)
            else:
                by_head = ops.transpose(ops.reshape(kernel, (-1, self.heads, depth)), (1, 0, 2))
                values = ops.matmul(ops.transpose(seen, (1, 0, 2)), by_head)  # (heads, B, depth)
                pooled = pooled + ops.reshape(ops.transpose(values, (1, 0, 2)), (-1, self.units))
            start = stop
        return pooled
