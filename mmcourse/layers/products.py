"""Products of modalities with a weight for every pair, triple, ... of features.

Only a product can tell "both" from "either": XOR has no linear part in any modality alone. The three layers
differ in how they pay for the products: all of them, all pairs of modalities, or a sum of few factors.
"""

import itertools
import math

import keras
from keras import ops

from .base import Fusion, UnitsFusion, at_least, choose, normal, register
from .numerics import in_range


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


@register
class MultiplicativeFusion(UnitsFusion):
    """z = x1ᵀ𝕎x2 + U x1 + V x2 + b: multiplicative interactions.

    For M > 2 the bilinear term is summed over all pairs of modalities, each with weights of its own.

    Args:
        units: the width of the output.
        form: how free 𝕎 (d1, d2, units) is. `"matrix"`: all d1·d2·units numbers; x1 generates a whole matrix for
            x2. `"vector"`: 𝕎_ijk = A_ik P_jk; x1 generates one factor for each projected feature:
            (A x1) ⊙ (P x2). `"scalar"`: 𝕎_ijk = A_i P_jk; x1 generates a single factor: (A x1) · (P x2).
        triples: adds the trilinear term Σ 𝕋_hijk x1_h x2_i x3_j over all triples of modalities, 𝕋 as free as
            `form` says (one more A for each further modality). The paper stops at pairs; this is its step once more.

    Input: M tensors (B, d_m).
    Output: (B, units).
    Absent: zero. Its products and its linear term vanish, and a modality alone gives U_m x_m + b. All absent in a
        graph gives b.
    Source: Jayakumar et al., 2020, openreview.net/forum?id=rylnK6VtDH.
    Lesson: 08

    Start: z has N terms, M linear ones and one for each pair (and triple). For unit-variance independent inputs
    x1ᵀ𝕎_k x2 has variance d1·d2·Var(𝕎), so 𝕎 starts with variance 1/(d1·d2·N) (each A with 1/d and P with
    1/(d·N)) and U with 1/(d·N): every term has variance 1/N and z has 1. Glorot's rule would count fans of a 3-D
    kernel wrongly.

    Raises `ValueError` if a matrix 𝕎 or 𝕋 has above 100,000,000 numbers (`MultiplicativeFusion.largest`).

    >>> layer = MultiplicativeFusion(4, "vector", triples=True)
    >>> tuple(layer([np.ones((2, 3)), np.ones((2, 5)), np.ones((2, 6))]).shape)
    (2, 4)
    """

    size = "units * (1 + sum(d) + (sum(d) ** 2 - sum(n * n for n in d)) // 2)"
    wins = "pairs of features decide and samples are many"
    fails = "wide features: the weights grow with d_1 d_2; three modalities that decide only together (ask for triples)"
    measured = "multiplicative"
    largest = 100_000_000

    def __init__(self, units: int, form: str = "matrix", triples: bool = False, **kwargs):
        super().__init__(units, **kwargs)
        self.form = choose(form, ("matrix", "vector", "scalar"), "form", "MultiplicativeFusion")
        self.triples = bool(triples)

    def add_fusion_weights(self, widths):
        count, units = len(widths), self.units
        self.groups = [g for size in (2, 3)[: 1 + self.triples] for g in itertools.combinations(range(count), size)]
        share = 1 / (count + len(self.groups))

        def weight(name, shape, variance):
            return self.add_weight(shape=shape, initializer=normal(variance), name=name)

        self.linear = [weight(f"U{m}", (d, units), share / d) for m, d in enumerate(widths)]
        self.products = []
        for group in self.groups:
            ds, tag = [widths[m] for m in group], "".join(map(str, group))
            if self.form == "matrix":
                size = math.prod(ds)
                if size * units > self.largest:
                    self._fail(
                        f"would hold {size * units:,} numbers for the widths {ds}, more than {self.largest:,}: take "
                        'form="vector", or narrower features'
                    )
                self.products.append([weight(f"W{tag}", (*ds, units), share / size)])
            else:
                columns = units if self.form == "vector" else 1
                factors = [weight(f"A{tag}_{m}", (d, columns), 1 / d) for m, d in zip(group[:-1], ds, strict=False)]
                self.products.append([*factors, weight(f"P{tag}", (ds[-1], units), share / ds[-1])])
        self.bias = self.add_weight(shape=(units,), initializer="zeros", name="b")

    def fuse(self, xs, present):
        total = in_range(self.bias)
        for x, kernel in zip(xs, self.linear, strict=True):
            total = total + in_range(ops.matmul(x, kernel))
        for group, weights in zip(self.groups, self.products, strict=True):
            total = total + self._product([xs[m] for m in group], weights)
        return ops.cast(total, self.compute_dtype)

    def _product(self, xs: list, weights: list):
        if self.form != "matrix":
            product = None
            for x, kernel in zip(xs, weights, strict=True):
                part = in_range(ops.matmul(x, kernel))
                product = part if product is None else product * part
            return product
        # x𝕎 for the whole batch is one matrix product; each further modality meets its result
        (kernel,) = weights
        ds = kernel.shape[:-1]
        product = ops.matmul(xs[0], ops.reshape(kernel, (ds[0], -1)))
        for d, y in zip(ds[1:], xs[1:], strict=True):
            product = ops.reshape(in_range(product), (-1, d, product.shape[-1] // d))
            product = ops.squeeze(ops.matmul(ops.expand_dims(ops.cast(y, product.dtype), 1), product), 1)
        return product

    def get_config(self):
        return {**super().get_config(), "form": self.form, "triples": self.triples}


@register
class TensorFusion(Fusion):
    """z = vec([1; x1] ⊗ ... ⊗ [1; xM]), or a projection of it: tensor fusion.

    The 1 keeps the products of fewer modalities: z holds every feature, every pair, up to every M-tuple.

    Args:
        units: None for the products themselves; an integer for a weight on every product. Then the outer product
            is never formed: the kernel is contracted with the first modalities together and then with the rest,
            split where the intermediate results are smallest.

    Input: M tensors (B, d_m).
    Output: (B, Π(d_m + 1)), or (B, units).
    Absent: zero. That leaves the slice of its 1: the products of the others. All absent in a graph leaves the very
        first entry of the product, 1.
    Source: Zadeh et al., 2017, arXiv:1707.07250.
    Lesson: 08

    Start: every entry of the product of unit-variance independent inputs has squared size 1; with `units` the
    kernel starts with variance 1/Π(d_m + 1), so that z has variance 1.

    Raises `ValueError` if Π(d_m + 1) is above 1,000,000 (`TensorFusion.largest`).

    >>> tuple(TensorFusion()([np.ones((2, 3)), np.ones((2, 5))]).shape)
    (2, 24)
    """

    size = "units * prod(n + 1 for n in d)"
    wins = "modalities decide only together and features are narrow: nothing finds a rule of three with fewer epochs"
    fails = "wide features: the weights are a product of all widths; samples are few for them"
    measured = "tensor"
    largest = 1_000_000

    @property
    def xla_on_cpu(self) -> bool:
        return self.units is None  # XLA never forms the whole outer product in memory

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
        extended = [in_range(with_one(x)) for x in xs]
        if self.units is None:
            return ops.cast(outer(extended), self.compute_dtype)
        first = outer(extended[: self.split])
        kernel = ops.reshape(in_range(self.kernel), (self.first_size, -1))
        partial = ops.matmul(first, kernel)
        if self.split < len(xs):
            rest = outer(extended[self.split :])
            partial = ops.reshape(partial, (-1, rest.shape[-1], self.units))
            partial = ops.squeeze(ops.matmul(ops.expand_dims(rest, 1), partial), 1)
        return ops.cast(partial, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        _, shapes = self._read_shapes(input_shape)
        return (shapes[0][0], self.units or self._size([shape[-1] for shape in shapes]))

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@register
class LowRankFusion(UnitsFusion):
    """z = Σ_r w_r ⊙_m (W_m^(r) x_m + c_m^(r)) + b: tensor fusion with a kernel of rank r.

    W and c together are the W_m^(r) [1; x_m] of the paper. It has rank·units·Σ(d_m + 1) + rank + units weights
    where the full tensor has units·Π(d_m + 1).

    Args:
        units: the width of the output.
        rank: the number of factors that stand for the whole kernel.

    Input: M tensors (B, d_m).
    Output: (B, units).
    Absent: zero. That leaves its constant c_m^(r): the product of the others goes on. All absent in a graph leaves
        the product of all c_m.
    Source: Liu et al., 2018, arXiv:1806.00064.
    Lesson: 08

    Start: the product of M factors has the product of their squared sizes, so each starts at 1: half from
    W_m x_m (variance 1/(2 d_m) for unit-variance inputs), half from c_m (variance 1/2), which also keeps a
    sample's size when a modality is absent. w_r = 1/√rank then gives z variance 1.

    >>> tuple(LowRankFusion(4, rank=2)([np.ones((2, 3)), np.ones((2, 5))]).shape)
    (2, 4)
    """

    size = "rank * (units * (sum(d) + M) + 1) + units"
    wins = "modalities decide only together and features are wide: the tensor's rules for the weights of a sum"
    fails = "addition would do: it is slower to train and not far ahead of a linear head"
    measured = "low rank 4"

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
            part = in_range(ops.matmul(x, factor) + constant)
            product = part if product is None else product * part
        product = ops.reshape(product, (-1, self.rank, self.units))
        weights = in_range(ops.expand_dims(self.rank_weights, -1))
        return ops.cast(in_range(self.bias) + ops.sum(product * weights, axis=1), self.compute_dtype)

    def get_config(self):
        return {**super().get_config(), "rank": self.rank}
