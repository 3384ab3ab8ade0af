"""Attention among all tokens, or through a narrow place: shared bottleneck tokens, or a few latents."""

from keras import ops

from .base import at_least, normal, register
from .tokens import SequenceFusion, joined, mean_over_positions, sinusoid
from .transformer import AttentionBlock


class BlockFusion(SequenceFusion):
    """Base of the fusions made of projections to `units` and attention blocks."""

    xla_on_cpu = True

    def add_fusion_weights(self, widths):
        super().add_fusion_weights(widths)
        self.projections = self.add_projections(widths)

    def new_block(self) -> AttentionBlock:
        block = AttentionBlock(self.units, self.heads, dtype=self.dtype_policy)
        block.build((None, None, self.units), (None, None, self.units))
        return block

    def add_tokens(self, count: int, name: str):
        """`count` learned vectors, N(0, 0.02²) at the start."""
        return self.add_weight(shape=(count, self.units), initializer=normal(0.02**2), name=name)

    def project(self, xs: list) -> list:
        return [ops.matmul(x, kernel) for x, kernel in zip(xs, self.projections, strict=True)]


@register
class BottleneckFusion(BlockFusion):
    """z = LN(mean of the bottleneck tokens f): modalities talk only through a few shared tokens.

    Each layer lets every modality attend to itself and to the shared bottleneck tokens with a block of its
    own, and averages over the modalities what each made of the bottleneck:

        [x_m ; f_m] = Block_m([x_m ; f]),   f = mean_m f_m

    The x_m are projected to `units` first. Attention costs Σ (T_m + tokens)² instead of (Σ T_m)² (`TokenFusion`).
    The last layer computes the bottleneck only, since nothing else is read. Two layers are the fewest in which
    one modality can see another. No positions are added: the tokens should carry theirs.

    Args:
        units: the width of tokens and output.
        tokens: how many bottleneck tokens are shared.
        layers: how many blocks each modality has.
        heads: the number of heads, which divides the units.

    Input: M sequences (B, T_m, d_m); masks from Keras, or `mask`, a list or dict of (B, T_m) bool or None.
    Output: (B, units).
    Absent: masked. It has no part in the mean over modalities; padding gets no attention. All absent in a graph
        gives the offset of the layer normalisation.
    Source: MBT, Nagrani et al., 2021, arXiv:2107.00135.
    Lesson: 09

    Start: bottleneck N(0, 0.02²), projections of variance 1; LN makes the variance of z 1.

    >>> tuple(BottleneckFusion(8)([np.ones((2, 5, 3)), np.ones((2, 4, 6))]).shape)
    (2, 8)
    """

    size = "units * (sum(d) + tokens + 2) + layers * M * units * (8 * units + 7)"
    wins = "long sequences of all modalities: the cost grows with each length, not with their product"
    fails = "details must cross: what does not fit through the few tokens is lost"
    measured = "bottleneck"

    def __init__(self, units: int, tokens: int = 4, layers: int = 2, heads: int = 4, **kwargs):
        super().__init__(units, heads, **kwargs)
        self.tokens = at_least(tokens, 1, "tokens", "BottleneckFusion")
        self.layers = at_least(layers, 1, "layers", "BottleneckFusion")

    def add_fusion_weights(self, widths):
        super().add_fusion_weights(widths)
        self.bottleneck = self.add_tokens(self.tokens, "bottleneck")
        self.blocks = [[self.new_block() for _ in widths] for _ in range(self.layers)]

    def call(self, inputs, present=None, mask=None, inputs_mask=None):
        xs, valid, present = self.take_tokens(inputs, present, mask if mask is not None else inputs_mask)
        xs = self.project(xs)
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
class LatentFusion(BlockFusion):
    """z = LN(mean of the latents): a fixed number of latents reads all tokens.

        tokens  = [x_m P_m + e_m + position] of all modalities, side by side
        latents = Block(latents, tokens), then `layers` blocks among themselves

    e_m is a learned modality embedding; positions are sines and cosines. Attention costs latents·ΣT_m instead
    of (ΣT_m)².

    Args:
        units: the width of tokens, latents and output.
        latents: how many latents there are.
        layers: how many blocks follow among the latents.
        heads: the number of heads, which divides the units.

    Input: M sequences (B, T_m, d_m); masks from Keras, or `mask`, a list or dict of (B, T_m) bool or None.
    Output: (B, units).
    Absent: masked. Padding and the tokens of absent modalities get no attention, and positions count the tokens
        that are there. All absent in a graph leaves what the latents say on their own.
    Source: after Perceiver, Jaegle et al., 2021, arXiv:2103.03206.
    Lesson: 09

    Start: latents and e_m N(0, 0.02²), projections of variance 1; LN makes the variance of z 1.

    >>> tuple(LatentFusion(8, latents=3)([np.ones((2, 5, 3)), np.ones((2, 4, 6))]).shape)
    (2, 8)
    """

    size = "units * (sum(d) + latents + M + 2) + (1 + layers) * units * (8 * units + 7)"
    wins = "very many tokens, or many modalities, with a fixed budget"
    fails = "short sequences: attention over all tokens is then cheaper and loses nothing"

    def __init__(self, units: int, latents: int = 8, layers: int = 1, heads: int = 4, **kwargs):
        super().__init__(units, heads, **kwargs)
        self.latents = at_least(latents, 1, "latents", "LatentFusion")
        self.layers = at_least(layers, 0, "layers", "LatentFusion")

    def add_fusion_weights(self, widths):
        super().add_fusion_weights(widths)
        self.array = self.add_tokens(self.latents, "latents")
        self.kinds = self.add_tokens(len(widths), "modality")
        self.blocks = [self.new_block() for _ in range(1 + self.layers)]

    def call(self, inputs, present=None, mask=None, inputs_mask=None):
        xs, valid, present = self.take_tokens(inputs, present, mask if mask is not None else inputs_mask)
        tokens = []
        for m, x in enumerate(self.project(xs)):
            tokens.append(x + self.kinds[m] + sinusoid(x, valid[m]))
        everything = None if present is None else joined(valid)
        latents = ops.broadcast_to(self.array, (ops.shape(xs[0])[0], self.latents, self.units))
        read, *think = self.blocks
        latents = read(latents, joined(tokens), keys_mask=everything)
        for block in think:
            latents = block(latents, latents)
        return self.norm(ops.mean(latents, axis=1))

    def get_config(self):
        return {**super().get_config(), "latents": self.latents, "layers": self.layers}


@register
class TokenFusion(BlockFusion):
    """z = LN(mean of all tokens): every token attends to every token of all modalities.

        tokens = [x_m P_m + e_m] of all modalities, side by side, then `layers` blocks among them

    e_m is a learned modality embedding. The costly standard that bottlenecks and latents are compared with:
    attention costs (Σ T_m)². No positions are added: the tokens should carry theirs.

    Args:
        units: the width of tokens and output.
        layers: how many blocks there are.
        heads: the number of heads, which divides the units.

    Input: M sequences (B, T_m, d_m); masks from Keras, or `mask`, a list or dict of (B, T_m) bool or None.
    Output: (B, units).
    Absent: masked. Padding and the tokens of absent modalities get no attention and have no part in the mean. All
        absent in a graph gives the offset of the layer normalisation.
    Source: MMBT, Kiela et al., 2019, arXiv:1909.02950; the vanilla fusion of Nagrani et al., 2021, arXiv:2107.00135.
    Lesson: 09

    Start: e_m N(0, 0.02²), projections of variance 1; LN makes the variance of z 1.

    >>> tuple(TokenFusion(8)([np.ones((2, 5, 3)), np.ones((2, 4, 6))]).shape)
    (2, 8)
    """

    size = "units * (sum(d) + M + 2) + layers * units * (8 * units + 7)"
    wins = "short sequences whose parts belong together across modalities"
    fails = "long sequences: the cost grows with the square of all tokens"

    def __init__(self, units: int, layers: int = 1, heads: int = 4, **kwargs):
        super().__init__(units, heads, **kwargs)
        self.layers = at_least(layers, 1, "layers", "TokenFusion")

    def add_fusion_weights(self, widths):
        super().add_fusion_weights(widths)
        self.kinds = self.add_tokens(len(widths), "modality")
        self.blocks = [self.new_block() for _ in range(self.layers)]

    def call(self, inputs, present=None, mask=None, inputs_mask=None):
        xs, valid, present = self.take_tokens(inputs, present, mask if mask is not None else inputs_mask)
        tokens = joined([x + self.kinds[m] for m, x in enumerate(self.project(xs))])
        everything = None if present is None else joined(valid)
        for block in self.blocks:
            tokens = block(tokens, tokens, keys_mask=everything)
        return self.norm(mean_over_positions(tokens, everything))

    def get_config(self):
        return {**super().get_config(), "layers": self.layers}
