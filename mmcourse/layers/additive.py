"""Linear and nonlinear sums of modalities: concatenation, y = Σ α_i x_i and y = f(Σ α_i x_i).

Taught in lessons 06 and 07.
"""

import keras
from keras import ops

from .base import Fusion, at_least, choose, normal, register
from .numerics import as_type, in_range, masked_softmax, type_of, wide, zero_absent


@register
class ConcatFusion(Fusion):
    """z = [x1; ...; xM]: the features side by side.

    Args:
        normalize: `"layer"` gives every modality a `LayerNormalization` of its own first, so that the one with
            the larger numbers does not decide alone. None takes the features as they are.

    Input: M tensors (B, d_m).
    Output: (B, Σ d_m).
    Absent: zero. A block of zeros, after the normalisation, so that its learned offset does not leak in; all
        absent in a graph is all zeros.
    Source: Baltrušaitis et al., 2017, arXiv:1705.09406.
    Lesson: 06

    >>> tuple(ConcatFusion()([np.ones((2, 3)), np.ones((2, 5))]).shape)
    (2, 8)
    """

    size = "0"
    wins = "each modality adds its own evidence: the first to try, and hard to beat with few samples"
    fails = (
        "only the pair knows the answer: under a linear head it guesses; the modality with larger numbers drowns "
        "the others"
    )

    def __init__(self, normalize: str | None = None, **kwargs):
        super().__init__(**kwargs)
        self.normalize = choose(normalize, (None, "layer"), "normalize", "ConcatFusion")

    def add_fusion_weights(self, widths):
        self.norms = []
        if self.normalize == "layer":
            self.norms = [keras.layers.LayerNormalization(dtype=self.dtype_policy) for _ in widths]
            for norm, shape in zip(self.norms, self.shapes, strict=True):
                norm.build(shape)

    def fuse(self, xs, present):
        if self.norms:
            xs = [norm(x) for norm, x in zip(self.norms, xs, strict=True)]
            if present is not None:
                xs = [zero_absent(x, present[:, m]) for m, x in enumerate(xs)]
        return ops.concatenate(xs, axis=-1)

    def compute_output_shape(self, input_shape):
        _, shapes = self._read_shapes(input_shape)
        return (shapes[0][0], sum(shape[-1] for shape in shapes))

    def get_config(self):
        return {**super().get_config(), "normalize": self.normalize}


class _AlphaSum(Fusion):
    """Σ α_m P_m x_m with α per modality, per feature or per sample: the shared part of the two sums."""

    def __init__(self, units, per, normalize, **kwargs):
        super().__init__(**kwargs)
        owner = type(self).__name__
        self.units = None if units is None else at_least(units, 1, "units", owner)
        self.per = choose(per, ("modality", "feature", "sample"), "per", owner)
        self.normalize = choose(normalize, ("softmax", None), "normalize", owner)

    def projection_gain(self, count: int) -> float:
        """Standard deviation of P_m x_m at the start, for unit-variance inputs."""
        raise NotImplementedError

    def add_fusion_weights(self, widths):
        count = len(widths)
        width = self._width(widths)
        self.projections = []
        if self.units is not None:
            gain = self.projection_gain(count)
            for m, d in enumerate(widths):
                start = normal(gain**2 / d)
                self.projections.append(self.add_weight(shape=(d, width), initializer=start, name=f"P{m}"))
        # softmax(0) is uniform; free weights start at 1/√M, which keeps the variance of a sum of M
        even = "zeros" if self.normalize else keras.initializers.Constant(count**-0.5)
        shape = (width, count) if self.per == "feature" else (count,)
        self.alpha = self.add_weight(shape=shape, initializer=even, autocast=False, name="alpha")
        self.kernels = []
        if self.per == "sample":
            for m, d in enumerate(widths):
                self.kernels.append(self.add_weight(shape=(d, count), initializer="zeros", name=f"kernel{m}"))

    def _width(self, widths: list[int]) -> int:
        if self.units is not None:
            return self.units
        if len(set(widths)) > 1:
            self._fail(f"can only add features of one width; got widths {widths}. Pass units to project them")
        return widths[0]

    def weigh(self, xs, present):
        """(Σ α_m P_m x_m, α): α in float32, (B, M) or (M,), or (B, units, M) or (units, M) per feature."""
        logits = self.alpha
        if self.per == "sample":
            for x, kernel in zip(xs, self.kernels, strict=True):
                logits = logits + wide(ops.matmul(x, kernel))
        weights = self._normalized(logits, present)
        parts = [ops.matmul(x, p) for x, p in zip(xs, self.projections, strict=True)] if self.units else xs
        total = 0
        for m, part in enumerate(parts):
            alpha = weights[..., m] if self.per == "feature" else weights[..., m : m + 1]
            part = in_range(part)
            total = total + as_type(alpha, type_of(part)) * part
        return as_type(total, self.compute_dtype), weights

    def _normalized(self, logits, present):
        mask = present
        if present is not None and self.per == "feature":
            mask = ops.expand_dims(present, 1)
        if self.normalize == "softmax":
            return masked_softmax(logits, mask)
        logits = ops.convert_to_tensor(logits)
        return logits if mask is None else ops.where(mask, logits, 0.0)

    def compute_output_shape(self, input_shape):
        _, shapes = self._read_shapes(input_shape)
        return (shapes[0][0], self._width([shape[-1] for shape in shapes]))

    def get_config(self):
        return {**super().get_config(), "units": self.units, "per": self.per, "normalize": self.normalize}


@register
class WeightedSum(_AlphaSum):
    """z = Σ_m α_m P_m x_m: the linear fusion y = Σ α_i x_i of the course.

    Args:
        units: None for no projection, P_m = 1; all modalities must then have one width d. An integer: P_m is a
            (d_m, units) matrix without bias.
        per: `"modality"`: α is M numbers. `"feature"`: M numbers for each output feature. `"sample"`:
            α = A[x1; ...; xM] + a, another M numbers for each sample.
        normalize: `"softmax"`: α lies on the simplex and starts uniform. None: any real α, starting at 1/√M.

    Input: M tensors (B, d_m).
    Output: (B, units), or (B, d) when `units` is None. `return_weights=True` also returns α, float32 with the
        modality as its last axis: (M,), (d, M), or (B, M) per sample; with `present`, one row for each sample:
        (B, M), or (B, d, M) per feature.
    Absent: masked. It leaves before the softmax, so the rest sum to one: one modality alone has α = 1 and gives
        P_m x_m. All absent in a graph gives zeros.
    Source: CentralNet, Vielzeuf et al., 2018, arXiv:1808.07275 (its learned sum per modality).
    Lesson: 06

    Start: with α = 1/M the sum of M independent features has 1/M of their variance, one feature alone all
    of it. P_m therefore starts with standard deviation M^¼/√d_m: the variance is 1/√M when all are
    present and √M when one is. Without a projection it is 1/M. With `normalize=None` it is 1.

    >>> fused, alpha = WeightedSum(4)([np.ones((2, 3)), np.ones((2, 5))], return_weights=True)
    >>> tuple(fused.shape), [float(a) for a in alpha]
    ((2, 4), [0.5, 0.5])
    """

    size = "units * sum(d) + M"
    wins = "each modality adds its own evidence and all shall share one space; modalities may be absent"
    fails = "only the pair knows the answer: whatever the weights, a linear head on a sum guesses"

    def __init__(
        self,
        units: int | None = None,
        per: str = "modality",
        normalize: str | None = "softmax",
        **kwargs,
    ):
        super().__init__(units, per, normalize, **kwargs)

    def projection_gain(self, count):
        return count**0.25 if self.normalize else 1.0

    def call(self, inputs, present=None, return_weights: bool = False):
        fused, weights = self.weigh(*self.take(inputs, present))
        return (fused, weights) if return_weights else fused


@register
class NonlinearFusion(_AlphaSum):
    """z = f(Σ_m α_m P_m x_m + b): the nonlinear fusion y = f(Σ α_i x_i) of the course.

    One function f of all modalities together, so that (unlike a sum) the effect of one may depend on
    another: with a dense head it is a network with one hidden layer on [x1; ...; xM].

    Args:
        units: the width of the output.
        activation: f, by Keras's name or as a function.
        per, normalize: those of `WeightedSum`.

    Input: M tensors (B, d_m).
    Output: (B, units). `return_weights=True` also returns α, as in `WeightedSum`.
    Absent: masked. It leaves before the softmax of α. All absent in a graph gives f(b).
    Source: CentralNet, Vielzeuf et al., 2018, arXiv:1808.07275 (its sum followed by its layer).
    Lesson: 07

    Start: f = relu passes 0.34 of the variance, and half of the squared size, of a centred input. P_m starts
    with standard deviation √(2M/d_m) (√(2/d_m) with `normalize=None`): Σ α_m P_m x_m has variance 2, z 0.68.

    >>> tuple(NonlinearFusion(4, "tanh")([np.ones((2, 3)), np.ones((2, 5))]).shape)
    (2, 4)
    """

    size = "units * sum(d) + M + units"
    wins = "one modality changes what the other means: the bend after the sum finds rules of pairs such as XOR"
    fails = "few units: two do not find what 32 find; rules of three modalities need far more units than a product"

    def __init__(
        self,
        units: int,
        activation: str = "relu",
        per: str = "modality",
        normalize: str | None = "softmax",
        **kwargs,
    ):
        super().__init__(at_least(units, 1, "units", "NonlinearFusion"), per, normalize, **kwargs)
        self.activation = keras.activations.get(activation)

    def projection_gain(self, count):
        return (2 * count) ** 0.5 if self.normalize else 2**0.5

    def add_fusion_weights(self, widths):
        super().add_fusion_weights(widths)
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, inputs, present=None, return_weights: bool = False):
        total, weights = self.weigh(*self.take(inputs, present))
        fused = self.activation(total + self.bias)
        return (fused, weights) if return_weights else fused

    def get_config(self):
        return {**super().get_config(), "activation": keras.activations.serialize(self.activation)}
