"""Products of modalities with a weight for every pair, triple, ... of features. Taught in lesson 08.

Only a product can tell "both" from "either": XOR has no linear part in any modality alone. The three layers
differ in how they pay for the products: all of them, all pairs of modalities, or a sum of few factors.
"""

import math

import keras
from keras import ops

from mmcourse.layers.base import Fusion, at_least, choose, register


def normal(variance: float):
    """A centred normal start of this variance."""
    return keras.initializers.RandomNormal(stddev=variance**0.5)


def with_one(x):
    """[1; x]: (B, d) to (B, d + 1)."""
    return ops.concatenate([ops.ones_like(x[:, :1]), x], axis=-1)


def outer(xs: list):
    """x1 ⊗ ... ⊗ xM of every sample as one vector (B, Π d_m), the last modality running fastest."""
    product = xs[0]
    for x in xs[1:]:
        width = product.shape[-1] * x.shape[-1]
        product = ops.reshape(ops.expand_dims(product, -1) * ops.expand_dims(x, 1), (-1, width))
    return product


class _UnitsFusion(Fusion):
    """A vector fusion with output (B, units)."""

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = at_least(units, 1, "units", type(self).__name__)

    def compute_output_shape(self, input_shape):
        _, shapes = self._read_shapes(input_shape)
        return (shapes[0][0], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@register
class MultiplicativeFusion(_UnitsFusion):
    """z = x1ᵀ𝕎x2 + U x1 + V x2 + b (multiplicative interactions, Jayakumar et al., 2020). Lesson 08.

    For M > 2 the bilinear term is summed over all pairs of modalities, each with weights of its own.
    Input: M tensors (B, d_m). Output: (B, units). `form` says how free 𝕎 (d1, d2, units) is:

    - `"matrix"`: all d1·d2·units numbers; x1 generates a whole matrix for x2.
    - `"vector"`: 𝕎_ijk = A_ik P_jk; x1 generates one factor for each projected feature: (A x1) ⊙ (P x2).
    - `"scalar"`: 𝕎_ijk = A_i P_jk; x1 generates a single factor: (A x1) · (P x2).

    An absent modality is zero: its pairs and its linear term vanish, and a modality alone gives U_m x_m + b.
    All absent in a graph gives b.

    Start: the z of M modalities has N = M + M(M-1)/2 terms. For unit-variance independent inputs x1ᵀ𝕎_k x2
    has variance d1·d2·Var(𝕎), so 𝕎 starts with variance 1/(d1·d2·N) (A with 1/d1 and P with 1/(d2·N)) and
    U with 1/(d·N): every term has variance 1/N and z has 1. Glorot's rule would count fans of a 3-D kernel
    wrongly.

    Raises `ValueError` for another number, other names or other widths of modalities than at build.
    """

    def __init__(self, units: int, form: str = "matrix", **kwargs):
        super().__init__(units, **kwargs)
        self.form = choose(form, ("matrix", "vector", "scalar"), "form", "MultiplicativeFusion")

    def add_fusion_weights(self, widths):
        count, units = len(widths), self.units
        self.pairs = [(m, n) for m in range(count) for n in range(m + 1, count)]
        share = 1 / (count + len(self.pairs))

        def weight(name, shape, variance):
            return self.add_weight(shape=shape, initializer=normal(variance), name=name)

        self.linear = [weight(f"U{m}", (d, units), share / d) for m, d in enumerate(widths)]
        self.bilinear = []
        for m, n in self.pairs:
            d1, d2 = widths[m], widths[n]
            if self.form == "matrix":
                self.bilinear.append([weight(f"W{m}{n}", (d1, d2, units), share / (d1 * d2))])
            else:
                columns = units if self.form == "vector" else 1
                a = weight(f"A{m}{n}", (d1, columns), 1 / d1)
                self.bilinear.append([a, weight(f"P{m}{n}", (d2, units), share / d2)])
        self.bias = self.add_weight(shape=(units,), initializer="zeros", name="b")

    def fuse(self, xs, present):
        total = self.bias
        for x, kernel in zip(xs, self.linear, strict=True):
            total = total + ops.matmul(x, kernel)
        for (m, n), weights in zip(self.pairs, self.bilinear, strict=True):
            total = total + self._product(xs[m], xs[n], weights)
        return total

    def _product(self, x, y, weights):
        if self.form != "matrix":
            a, p = weights
            return ops.matmul(x, a) * ops.matmul(y, p)
        # x𝕎 for the whole batch is one matrix product; the (B, d2, units) result then meets y
        (kernel,) = weights
        d1, d2, units = kernel.shape
        generated = ops.reshape(ops.matmul(x, ops.reshape(kernel, (d1, d2 * units))), (-1, d2, units))
        return ops.squeeze(ops.matmul(ops.expand_dims(y, 1), generated), 1)

    def get_config(self):
        return {**super().get_config(), "form": self.form}


@register
class TensorFusion(Fusion):
    """z = vec([1; x1] ⊗ ... ⊗ [1; xM]), or a projection of it (Zadeh et al., 2017). Taught in lesson 08.

    The 1 keeps the products of fewer modalities: z holds every feature, every pair, up to every M-tuple.
    Input: M tensors (B, d_m). Output: (B, Π(d_m + 1)), or (B, units) with `units`, a weight for every product.

    With `units` the outer product is never formed: the kernel is contracted with the first modalities
    together and then with the rest, split where the intermediate results are smallest.

    An absent modality is zero, which leaves the slice of its 1: the products of the others. All absent in a
    graph leaves the very first entry of the product, 1.

    Start: every entry of the product of unit-variance independent inputs has squared size 1; with `units` the
    kernel starts with variance 1/Π(d_m + 1), so that z has variance 1.

    Raises `ValueError` if Π(d_m + 1) is above 1,000,000 (`TensorFusion.largest`), and for another number,
    other names or other widths of modalities than at build.
    """

    largest = 1_000_000

    def __init__(self, units: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.units = None if units is None else at_least(units, 1, "units", "TensorFusion")

    def _size(self, widths: list[int]) -> int:
        size = math.prod(d + 1 for d in widths)
        if size > self.largest:
            self._fail(
                f"would hold {size:,} products for the widths {widths}, more than {self.largest:,}: use "
                "LowRankFusion, or narrower features"
            )
        return size

    def add_fusion_weights(self, widths):
        size = self._size(widths)
        if self.units is None:
            return
        self.kernel = self.add_weight(shape=(size, self.units), initializer=normal(1 / size), name="kernel")
        sizes = [math.prod(d + 1 for d in widths[:m]) for m in range(1, len(widths) + 1)]
        # the first `split` modalities meet the kernel in one matrix product, the others its result
        self.split = 1 + min(range(len(sizes)), key=lambda m: sizes[m] + self.units * (size // sizes[m]))
        self.first_size = sizes[self.split - 1]

    def fuse(self, xs, present):
        extended = [with_one(x) for x in xs]
        if self.units is None:
            return outer(extended)
        first = outer(extended[: self.split])
        kernel = ops.reshape(self.kernel, (self.first_size, -1))
        partial = ops.matmul(first, kernel)
        if self.split == len(xs):
            return partial
        rest = outer(extended[self.split :])
        partial = ops.reshape(partial, (-1, rest.shape[-1], self.units))
        return ops.squeeze(ops.matmul(ops.expand_dims(rest, 1), partial), 1)

    def compute_output_shape(self, input_shape):
        _, shapes = self._read_shapes(input_shape)
        return (shapes[0][0], self.units or self._size([shape[-1] for shape in shapes]))

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@register
class LowRankFusion(_UnitsFusion):
    """z = Σ_r w_r ⊙_m (W_m^(r) x_m + c_m^(r)) + b: tensor fusion with a kernel of rank r (Liu et al., 2018).

    W and c together are the W_m^(r) [1; x_m] of the paper. Input: M tensors (B, d_m). Output: (B, units).
    It has rank·units·Σ(d_m + 1) + rank + units weights where the full tensor has units·Π(d_m + 1).
    Taught in lesson 08.

    An absent modality is zero, which leaves its constant c_m^(r): the product of the others goes on. All absent
    in a graph leaves the product of all c_m.

    Start: the product of M factors has the product of their squared sizes, so each starts at 1: half from
    W_m x_m (variance 1/(2 d_m) for unit-variance inputs), half from c_m (variance 1/2), which also keeps a
    sample's size when a modality is absent. w_r = 1/√rank then gives z variance 1.

    Raises `ValueError` for another number, other names or other widths of modalities than at build.
    """

    def __init__(self, units: int, rank: int = 4, **kwargs):
        super().__init__(units, **kwargs)
        self.rank = at_least(rank, 1, "rank", "LowRankFusion")

    def add_fusion_weights(self, widths):
        columns = self.rank * self.units
        self.factors, self.constants = [], []
        for m, d in enumerate(widths):
            self.factors.append(self.add_weight(shape=(d, columns), initializer=normal(1 / (2 * d)), name=f"W{m}"))
            self.constants.append(self.add_weight(shape=(columns,), initializer=normal(1 / 2), name=f"c{m}"))
        even = keras.initializers.Constant(self.rank**-0.5)
        self.rank_weights = self.add_weight(shape=(self.rank,), initializer=even, name="w")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="b")

    def fuse(self, xs, present):
        product = None
        for x, factor, constant in zip(xs, self.factors, self.constants, strict=True):
            part = ops.matmul(x, factor) + constant
            product = part if product is None else product * part
        product = ops.reshape(product, (-1, self.rank, self.units))
        return ops.sum(product * ops.expand_dims(self.rank_weights, -1), axis=1) + self.bias

    def get_config(self):
        return {**super().get_config(), "rank": self.rank}
