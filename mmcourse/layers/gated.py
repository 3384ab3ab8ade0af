"""One modality decides how much of another passes: gates and conditioning."""

from keras import ops

from .base import Fusion, UnitsFusion, at_least, like_input, normal, register
from .numerics import in_range, wide
from .tokens import mean_over_positions


@register
class GatedFusion(UnitsFusion):
    """z = Σ_m g_m ⊙ h_m, gates g that see all modalities: the gated multimodal unit.

        h_m = tanh(W_m x_m)
        M = 2:  z = g ⊙ h_1 + (1 - g) ⊙ h_2,   g   = σ(G [x1; x2])
        M > 2:  z = Σ_m g_m ⊙ h_m,             g_m = σ(G_m [x1; ...; xM])

    The gates see the raw inputs, not the h_m.

    Args:
        units: the width of the output.

    Input: M tensors (B, d_m).
    Output: (B, units). `return_weights=True` also returns the gates, (B, units, M) in float32; for M = 2 they
        are g and 1 - g.
    Absent: masked. It is zero in every gate's view and adds nothing. For M = 2 the gates share one whole, so a
        modality alone gets all of it: z = h_m, which is also the layer with one modality. For M > 2 a modality
        alone gives g_m ⊙ h_m. All absent in a graph gives zeros.
    Source: Arevalo et al., 2017, arXiv:1702.01992.
    Lesson: 07

    Start: W_m x_m has standard deviation 5/3, so that tanh leaves a variance of 0.58; a gate on
    unit-variance inputs has E g² = 0.29. The variance of z is M · 0.29 · 0.58: 0.34 (M = 2), 0.68 (M = 4).

    >>> fused, gates = GatedFusion(4)([np.ones((2, 3)), np.ones((2, 5))], return_weights=True)
    >>> tuple(fused.shape), tuple(gates.shape)
    ((2, 4), (2, 4, 2))
    """

    size = "units * sum(d) * (2 if M == 2 else 1 + M)"
    wins = "which modality to believe changes from sample to sample, and the gates shall tell"
    fails = "evidence must be added up, or all modalities are equally good: the gates then only add weights"
    measured = "gated"

    def add_fusion_weights(self, widths):
        count = len(widths)
        gates = {1: 0, 2: 1}.get(count, count)
        total = sum(widths)

        def kernel(name, width, columns, variance):
            return self.add_weight(shape=(width, columns), initializer=normal(variance), name=name)

        self.kernels = [kernel(f"W{m}", d, self.units, (5 / 3) ** 2 / d) for m, d in enumerate(widths)]
        self.gate_kernel = kernel("G", total, gates * self.units, 1 / total) if gates else None

    def call(self, inputs, present=None, return_weights: bool = False):
        xs, present = self.take(inputs, present)
        hidden = [ops.tanh(ops.matmul(x, kernel)) for x, kernel in zip(xs, self.kernels, strict=True)]
        gates = [ops.ones_like(hidden[0])] if self.gate_kernel is None else self._gates(xs, present)
        fused = 0
        for gate, h in zip(gates, hidden, strict=True):
            fused = fused + gate * h
        return (fused, wide(ops.stack(gates, axis=-1))) if return_weights else fused

    def _gates(self, xs, present) -> list:
        """One (B, units) gate for each of two or more modalities."""
        gates = ops.sigmoid(ops.matmul(ops.concatenate(xs, axis=-1), self.gate_kernel))
        if len(xs) == 2:
            if present is not None:  # the one that is there gets the whole
                first, second = present[:, 0:1], present[:, 1:2]
                one, zero = ops.ones_like(gates), ops.zeros_like(gates)
                gates = ops.where(second, ops.where(first, gates, zero), one)
            return [gates, 1 - gates]
        return ops.split(gates, len(xs), axis=-1)


def over_places(x, like):
    """(B, d) as (B, 1, ..., 1, d), to meet every place of `like` (B, ..., d)."""
    return ops.reshape(x, (-1, *[1] * (len(like.shape) - 2), like.shape[-1]))


@register
class FiLM(Fusion):
    """z = γ(c) ⊙ x + β(c): features x modulated by conditions c.

        γ(c) = 1 + Σ_m A_m c_m + a,   β(c) = Σ_m B_m c_m + b

    Input: `[x, c, ...]`: x of shape (B, d), (B, T, d) or (B, H, W, d), then one or more conditions (B, d_m).
    Output: the shape of x; one γ and β for each of its d channels, the same at every position. A Keras mask of x
        goes on.
    Absent: zero. An absent condition adds nothing to γ and β; for an absent x the result is β(c). All absent in
        a graph gives b.
    Source: Perez et al., 2018, arXiv:1709.07871.
    Lesson: 07

    All weights start at zero: the layer starts as the identity, with the variance of x.

    >>> image, words = np.ones((2, 8, 8, 3)), np.ones((2, 5))
    >>> tuple(FiLM()([image, words]).shape)
    (2, 8, 8, 3)
    """

    size = "2 * d[0] * (sum(d[1:]) + 1)"
    wins = "one modality asks about another, such as words about an image"
    fails = "no modality leads: the roles of features and condition are fixed by their order"
    ranks = (2, 3, 4)
    fewest = 2

    def add_fusion_weights(self, widths):
        for m, shape in enumerate(self.shapes[1:], start=1):
            if len(shape) != 2:
                self._fail(f"takes conditions of shape (batch, width); modality {m} has shape {shape}")
        double = 2 * widths[0]
        self.kernels = [
            self.add_weight(shape=(d, double), initializer="zeros", name=f"kernel{m}")
            for m, d in enumerate(widths[1:], start=1)
        ]
        self.bias = self.add_weight(shape=(double,), initializer="zeros", name="bias")

    def call(self, inputs, present=None, mask=None, inputs_mask=None):
        xs, present = self.take(inputs, present)
        self.take_masks(mask if mask is not None else inputs_mask, xs)  # checks them
        x, *conditions = xs
        both = in_range(self.bias)
        for c, kernel in zip(conditions, self.kernels, strict=True):
            both = both + in_range(ops.matmul(c, kernel))
        width = self.widths[0]
        delta, beta = over_places(both[:, :width], x), over_places(both[:, width:], x)
        x = in_range(x)
        return ops.cast(x + delta * x + beta, self.compute_dtype)

    def compute_mask(self, inputs, mask=None):
        return None if mask is None else self.take_masks(mask, self._ordered(inputs))[0]

    def compute_output_shape(self, input_shape):
        _, shapes = self._read_shapes(input_shape)
        return tuple(shapes[0])


@register
class SqueezeExciteFusion(Fusion):
    """x_m' = 2 σ(V_m e + v_m) ⊙ x_m: each modality rescales the channels of all (multimodal transfer module).

        e = relu(Σ_m W_m GAP(x_m) + b),   GAP the mean over positions

    Args:
        units: the width of e.

    Input: M tensors (B, d_m), (B, T, d_m) or (B, H, W, d_m), not necessarily of one rank. With Keras masks, or
        `mask` (a list or dict of (B, T) bool, or None), the mean is over the steps that are there.
    Output: the same tensors rescaled, as a list or a dict, like the input; Keras masks go on.
    Absent: zero. It adds nothing to e and comes out as zeros.
    Source: Joze et al., 2020, arXiv:1911.08670.
    Lesson: 07

    V_m and v_m start at zero: the layer starts as the identity, with the variance of its inputs.

    >>> image, words = SqueezeExciteFusion(4)([np.ones((2, 8, 8, 3)), np.ones((2, 5))])
    >>> tuple(image.shape), tuple(words.shape)
    ((2, 8, 8, 3), (2, 5))
    """

    size = "units * (2 * sum(d) + 1) + sum(d)"
    wins = "trained encoders shall hear of each other in the middle and keep their shapes: it starts as the identity"
    fails = "places matter: it sees means over space and time only"
    ranks = (2, 3, 4)

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = at_least(units, 1, "units", "SqueezeExciteFusion")

    def add_fusion_weights(self, widths):
        def weight(name, shape, initializer="zeros"):
            return self.add_weight(shape=shape, initializer=initializer, name=name)

        start = normal(2 / sum(widths))
        self.squeezes = [weight(f"W{m}", (d, self.units), start) for m, d in enumerate(widths)]
        self.bias = weight("b", (self.units,))
        self.excites = [weight(f"V{m}", (self.units, d)) for m, d in enumerate(widths)]
        self.offsets = [weight(f"v{m}", (d,)) for m, d in enumerate(widths)]

    def call(self, inputs, present=None, mask=None, inputs_mask=None):
        xs, present = self.take(inputs, present)
        masks = self.take_masks(mask if mask is not None else inputs_mask, xs)
        excitation = self.bias
        for x, kernel, steps in zip(xs, self.squeezes, masks, strict=True):
            excitation = excitation + ops.matmul(mean_over_positions(x, steps), kernel)
        excitation = ops.relu(excitation)
        rescaled = []
        for x, kernel, offset in zip(xs, self.excites, self.offsets, strict=True):
            gate = 2 * ops.sigmoid(ops.matmul(excitation, kernel) + offset)
            rescaled.append(over_places(gate, x) * x)
        return like_input(self.names, rescaled)

    def compute_mask(self, inputs, mask=None):
        return mask

    def compute_output_shape(self, input_shape):
        names, shapes = self._read_shapes(input_shape)
        return like_input(names, [tuple(shape) for shape in shapes])

    def get_config(self):
        return {**super().get_config(), "units": self.units}
