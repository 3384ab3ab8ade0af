"""Attention through a narrow place: shared bottleneck tokens, or a few latents. Taught in lesson 09."""

import keras
from keras import ops

from mmcourse.layers.base import at_least, register
from mmcourse.layers.tokens import UnitsTokenFusion, joined, sinusoid
from mmcourse.layers.transformer import AttentionBlock


@register
class BottleneckFusion(UnitsTokenFusion):
    """Modalities talk only through a few shared tokens: MBT (Nagrani et al., 2021). Taught in lesson 09.

    Each layer lets every modality attend to itself and to the shared bottleneck tokens with a block of its
    own, and averages over the modalities what each made of the bottleneck:

        [x_m ; f_m] = Block_m([x_m ; f]),   f = mean_m f_m;   at the end z = LN(mean of the tokens in f)

    The x_m are projected to `units` first. Attention costs Σ (T_m + tokens)² instead of (Σ T_m)². The last
    layer computes the bottleneck only, since nothing else is read. Two layers are the fewest in which one
    modality can see another. No positions are added: the tokens should carry theirs.

    Input: M sequences (B, T_m, d_m); masks from Keras, or `mask`, a list or dict of (B, T_m) bool or None.
    Output: (B, units).

    Padding gets no attention. An absent modality has no part in the mean over modalities. All absent in a
    graph gives the offset of the layer normalisation.

    Start: bottleneck N(0, 0.02²), projections of variance 1; LN makes the variance of z 1.

    Raises `ValueError` for inputs that are not (B, T, d), or others than at build.
    """

    def __init__(self, units: int, tokens: int = 4, layers: int = 2, heads: int = 4, **kwargs):
        super().__init__(units, heads, **kwargs)
        self.tokens = at_least(tokens, 1, "tokens", "BottleneckFusion")
        self.layers = at_least(layers, 1, "layers", "BottleneckFusion")

    def add_fusion_weights(self, widths):
        super().add_fusion_weights(widths)
        self.add_projections(widths)
        start = keras.initializers.RandomNormal(stddev=0.02)
        self.bottleneck = self.add_weight(shape=(self.tokens, self.units), initializer=start, name="bottleneck")
        self.blocks = []
        for _ in range(self.layers):
            row = [AttentionBlock(self.units, self.heads, dtype=self.dtype_policy) for _ in widths]
            for block in row:
                block.build((None, None, self.units), (None, None, self.units))
            self.blocks.append(row)

    def call(self, inputs, present=None, mask=None, inputs_mask=None):
        xs, valid, present = self.take_tokens(inputs, present, mask if mask is not None else inputs_mask)
        xs = [ops.matmul(x, kernel) for x, kernel in zip(xs, self.projections, strict=True)]
        shared = ops.broadcast_to(self.bottleneck, (ops.shape(xs[0])[0], self.tokens, self.units))
        masks = valid
        if present is not None:
            ones = ops.ones_like(shared[..., 0], dtype="bool")
            masks = [ops.concatenate([v, ones], axis=1) for v in valid]
        for depth, row in enumerate(self.blocks):
            last = depth == self.layers - 1
            views = []
            for m, block in enumerate(row):
                both = ops.concatenate([xs[m], shared], axis=1)
                if last:
                    views.append(block(shared, both, keys_mask=masks[m]))
                else:
                    both = block(both, both, keys_mask=masks[m])
                    views.append(both[:, -self.tokens :])
                    xs[m] = both[:, : -self.tokens]
            shared = _mean_of_present(views, present)
        return self.norm(ops.mean(shared, axis=1))

    def get_config(self):
        return {**super().get_config(), "tokens": self.tokens, "layers": self.layers}


def _mean_of_present(views: list, present):
    """The mean over modalities of (B, N, d) tensors, over those present in each sample; zero over none."""
    if present is None:
        return sum(views) / len(views)
    there = ops.cast(present, views[0].dtype)
    share = there / ops.maximum(ops.sum(there, axis=1, keepdims=True), 1.0)
    total = 0
    for m, view in enumerate(views):
        total = total + share[:, m][:, None, None] * view
    return total


@register
class LatentFusion(UnitsTokenFusion):
    """A fixed number of latents reads all tokens: after Perceiver (Jaegle et al., 2021). Lesson 09.

        tokens  = [x_m P_m + e_m + position] of all modalities, side by side
        latents = Block(latents, tokens), then `layers` blocks among themselves;   z = LN(mean of latents)

    e_m is a learned modality embedding; positions are sines and cosines. Attention costs latents·ΣT_m instead
    of (ΣT_m)². Input: M sequences (B, T_m, d_m); masks from Keras, or `mask`, a list or dict of (B, T_m) bool
    or None. Output: (B, units).

    Padding and the tokens of absent modalities get no attention, and positions count the tokens that are
    there. All absent in a graph leaves what the latents say on their own.

    Start: latents and e_m N(0, 0.02²), projections of variance 1; LN makes the variance of z 1.

    Raises `ValueError` for inputs that are not (B, T, d), or others than at build.
    """

    def __init__(self, units: int, latents: int = 8, layers: int = 1, heads: int = 4, **kwargs):
        super().__init__(units, heads, **kwargs)
        self.latents = at_least(latents, 1, "latents", "LatentFusion")
        self.layers = at_least(layers, 0, "layers", "LatentFusion")

    def add_fusion_weights(self, widths):
        super().add_fusion_weights(widths)
        self.add_projections(widths)
        start = keras.initializers.RandomNormal(stddev=0.02)
        self.array = self.add_weight(shape=(self.latents, self.units), initializer=start, name="latents")
        self.kinds = self.add_weight(shape=(len(widths), self.units), initializer=start, name="modality")
        self.blocks = [AttentionBlock(self.units, self.heads, dtype=self.dtype_policy) for _ in range(1 + self.layers)]
        for block in self.blocks:
            block.build((None, None, self.units), (None, None, self.units))

    def call(self, inputs, present=None, mask=None, inputs_mask=None):
        xs, valid, present = self.take_tokens(inputs, present, mask if mask is not None else inputs_mask)
        tokens = []
        for m, (x, kernel) in enumerate(zip(xs, self.projections, strict=True)):
            x = ops.matmul(x, kernel)
            tokens.append(x + self.kinds[m] + sinusoid(x, valid[m]))
        everything = None if present is None else ops.concatenate(valid, axis=1)
        latents = ops.broadcast_to(self.array, (ops.shape(xs[0])[0], self.latents, self.units))
        read, *think = self.blocks
        latents = read(latents, joined(tokens), keys_mask=everything)
        for block in think:
            latents = block(latents, latents)
        return self.norm(ops.mean(latents, axis=1))

    def get_config(self):
        return {**super().get_config(), "latents": self.latents, "layers": self.layers}
