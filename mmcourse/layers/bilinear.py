"""Products of projected modalities: factorized and compact bilinear pooling."""

import keras
from keras import ops

from .base import UnitsFusion, at_least, normal, register
from .numerics import in_range, wide


def signed_root(x):
    """sign(x) √|x|, with a finite gradient at 0: below 1e-12 (a root of 1e-6) it goes on as a straight line."""
    return x * ops.rsqrt(ops.maximum(ops.abs(x), 1e-12))


@register
class FactorizedBilinear(UnitsFusion):
    """z = L2(ssqrt(SumPool_k(U_1 x1 ⊙ ... ⊙ U_M xM))): MFB, factorized bilinear pooling.

    U_m: d_m to units·k, no bias; k neighbours are summed; ssqrt(s) = sign(s) √|s|; L2 scales each sample to
    length √units, so that a feature has unit size whatever the width (the paper stops at length 1, where features
    shrink with the width). The result does not depend on the scale of any input, so each sample's sums are
    divided by their largest before the root.

    Args:
        units: the width of the output.
        factors: k, how many products are summed for each output.
        dropout: the rate of a dropout on the product, before the pooling, in training.
        seed: of the dropout.

    Input: M tensors (B, d_m).
    Output: (B, units).
    Absent: masked. It leaves the product: its factor is 1. All absent in a graph gives the pooled ones, a constant.
    Source: Yu et al., 2017, arXiv:1708.01471.
    Lesson: 08

    Start: U_m x_m has variance 1 (U_m starts with 1/d_m), so has their product, and the sum of k has k;
    L2 brings the squared size of z to 1.

    >>> z = keras.ops.convert_to_numpy(FactorizedBilinear(4)([np.ones((2, 3)), np.ones((2, 5))]))
    >>> [round(float(size), 3) for size in (z * z).sum(axis=1)]
    [4.0, 4.0]
    """

    size = "factors * units * sum(d)"
    wins = "wide features of two trained encoders interact, as in answering questions about images"
    fails = "a feature alone tells much: there is no path for it beside the product"
    measured = "factorized"

    def __init__(self, units: int, factors: int = 5, dropout: float = 0.0, seed: int | None = None, **kwargs):
        super().__init__(units, **kwargs)
        self.factors = at_least(factors, 1, "factors", "FactorizedBilinear")
        # without autocast, which would press the product back into float16
        self.dropout = keras.layers.Dropout(dropout, seed=seed, autocast=False, dtype=self.dtype_policy)
        self.seed = seed

    def add_fusion_weights(self, widths):
        columns = self.units * self.factors
        self.kernels = [
            self.add_weight(shape=(d, columns), initializer=normal(1 / d), name=f"U{m}") for m, d in enumerate(widths)
        ]

    def fuse(self, xs, present):
        product = None
        for m, (x, kernel) in enumerate(zip(xs, self.kernels, strict=True)):
            part = in_range(ops.matmul(x, kernel))
            if present is not None:
                part = ops.where(present[:, m : m + 1], part, ops.ones((), dtype=part.dtype))
            product = part if product is None else product * part
        product = ops.reshape(self.dropout(product), (-1, self.units, self.factors))
        pooled = ops.sum(wide(product), axis=-1)
        # z does not depend on `largest`, so leaving its gradient out leaves the gradient as it is
        largest = ops.stop_gradient(ops.max(ops.abs(pooled), axis=-1, keepdims=True))
        root = signed_root(pooled / ops.maximum(largest, 1e-20))
        size = ops.sqrt(ops.maximum(ops.mean(ops.square(root), axis=-1, keepdims=True), 1e-12))
        return ops.cast(root / size, self.compute_dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "factors": self.factors,
            "dropout": self.dropout.rate,
            "seed": self.seed,
        }


@register
class CompactBilinear(UnitsFusion):
    """z = √units · FFT⁻¹(⊙_m FFT(Ψ_m x_m) / √d_m): MCB, compact bilinear pooling.

    The count sketch Ψ_m adds each feature, with a random sign, to a random one of `units` places; the
    convolution of sketches, a product after FFT, is a sketch of the outer product of the modalities. Nothing
    is trained: places and signs are drawn once, kept as weights and saved.

    Args:
        units: the width of the output: the more, the nearer to the whole outer product.
        seed: of places and signs.

    Input: M tensors (B, d_m).
    Output: (B, units), computed in float32.
    Absent: masked. It leaves the product: its factor is 1. All absent in a graph gives √units at place 0.
    Source: Fukui et al., 2016, arXiv:1606.01847.
    Lesson: 08

    Scale: a sketch of unit-variance features has d_m/units of variance in each place, and a convolution of M
    of them Π d_m / units; the factors √units and 1/√d_m (the paper has none) bring it to 1.

    >>> tuple(CompactBilinear(16, seed=1)([np.ones((2, 3)), np.ones((2, 5))]).shape)
    (2, 16)
    """

    size = "2 * sum(d)"
    wins = "all products of wide features are wanted without a trained weight"
    fails = "units are few: the sketch's collisions are noise"

    def __init__(self, units: int, seed: int | None = None, **kwargs):
        super().__init__(units, **kwargs)
        self.seed = seed

    def add_fusion_weights(self, widths):
        source = keras.random.SeedGenerator(self.seed)

        def drawn(name, width, most):
            def start(shape, dtype):
                return keras.random.randint(shape, 0, most, dtype=dtype, seed=source)

            return self.add_weight(shape=(width,), initializer=start, dtype="int32", trainable=False, name=name)

        self.places = [drawn(f"place{m}", d, self.units) for m, d in enumerate(widths)]
        self.signs = [drawn(f"sign{m}", d, 2) for m, d in enumerate(widths)]  # 0 stands for -1

    def fuse(self, xs, present):
        product = None
        for m, x in enumerate(xs):
            real, imaginary = ops.rfft(self._sketch(x, self.places[m], self.signs[m]))
            if present is not None:
                there = present[:, m : m + 1]
                real, imaginary = ops.where(there, real, 1.0), ops.where(there, imaginary, 0.0)
            if product is None:
                product = real, imaginary
            else:
                a, b = product
                product = a * real - b * imaginary, a * imaginary + b * real
        pooled = ops.irfft(product, fft_length=self.units) * self.units**0.5
        return ops.cast(pooled, self.compute_dtype)

    def _sketch(self, x, places, signs):
        """Ψ x / √d: (B, d) to (B, units)."""
        width = x.shape[-1]
        signed = ops.cast(x, "float32") * ops.cast(2 * signs - 1, "float32") * width**-0.5
        summed = ops.segment_sum(ops.transpose(signed), ops.convert_to_tensor(places), num_segments=self.units)
        return ops.transpose(summed)

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}
