"""Products of projected modalities: factorized and compact bilinear pooling. Taught in lesson 08."""

import keras
from keras import ops

from mmcourse.layers.base import at_least, register
from mmcourse.layers.products import _UnitsFusion, normal


@register
class FactorizedBilinear(_UnitsFusion):
    """z = L2(ssqrt(SumPool_k(U_1 x1 ⊙ ... ⊙ U_M xM))): MFB (Yu et al., 2017). Taught in lesson 08.

    U_m: d_m to units·k, no bias; k = `factors` neighbours are summed; ssqrt(s) = sign(s) √|s|, as
    s/√(|s| + 1e-5), whose gradient at 0 is finite; L2 scales each sample to length √units, so that a feature
    has unit size whatever the width (the paper stops at length 1, where features shrink with the width).
    `dropout` falls on the product, before the pooling.

    Input: M tensors (B, d_m). Output: (B, units).

    An absent modality leaves the product: its factor is 1. All absent in a graph gives the pooled ones, a
    constant.

    Start: U_m x_m has variance 1 (U_m starts with 1/d_m), so has their product, and the sum of k has k;
    L2 brings the squared size of z to 1.

    Raises `ValueError` for another number, other names or other widths of modalities than at build.
    """

    def __init__(self, units: int, factors: int = 5, dropout: float = 0.0, seed: int | None = None, **kwargs):
        super().__init__(units, **kwargs)
        self.factors = at_least(factors, 1, "factors", "FactorizedBilinear")
        self.dropout = keras.layers.Dropout(dropout, seed=seed, dtype=self.dtype_policy)
        self.seed = seed

    def add_fusion_weights(self, widths):
        columns = self.units * self.factors
        self.kernels = [
            self.add_weight(shape=(d, columns), initializer=normal(1 / d), name=f"U{m}") for m, d in enumerate(widths)
        ]

    def fuse(self, xs, present):
        product = None
        for m, (x, kernel) in enumerate(zip(xs, self.kernels, strict=True)):
            part = ops.matmul(x, kernel)
            if present is not None:
                part = ops.where(present[:, m : m + 1], part, ops.ones((), dtype=part.dtype))
            product = part if product is None else product * part
        product = ops.reshape(self.dropout(product), (-1, self.units, self.factors))
        pooled = ops.sum(ops.cast(product, "float32"), axis=-1)
        root = pooled / ops.sqrt(ops.abs(pooled) + 1e-5)
        size = ops.sqrt(ops.mean(ops.square(root), axis=-1, keepdims=True) + 1e-12)
        return ops.cast(root / size, self.compute_dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "factors": self.factors,
            "dropout": self.dropout.rate,
            "seed": self.seed,
        }


@register
class CompactBilinear(_UnitsFusion):
    """z = √units · FFT⁻¹(⊙_m FFT(Ψ_m x_m) / √d_m): MCB (Fukui et al., 2016). Taught in lesson 08.

    The count sketch Ψ_m adds each feature, with a random sign, to a random one of `units` places; the
    convolution of sketches, a product after FFT, is a sketch of the outer product of the modalities. Nothing
    is trained: places and signs are drawn once (from `seed`), kept as weights and saved.

    Input: M tensors (B, d_m). Output: (B, units). Computed in float32.

    An absent modality leaves the product: its factor is 1. All absent in a graph gives √units at place 0.

    Scale: a sketch of unit-variance features has d_m/units of variance in each place, and a convolution of M
    of them Π d_m / units; the factors √units and 1/√d_m (the paper has none) bring it to 1.

    Raises `ValueError` for another number, other names or other widths of modalities than at build.
    """

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
