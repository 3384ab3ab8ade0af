"""Canonical correlation as a loss: make two views of a sample predictable from each other."""

from keras import ops

from ..layers.base import register
from ..layers.numerics import is_true
from .contrastive import PairLoss


@register
class CorrelationLoss(PairLoss):
    """L = -Σ_k ρ_k, ρ the canonical correlations of a and b over the batch: deep canonical correlation analysis.

        ρ = singular values of Σ_aa^{-1/2} Σ_ab Σ_bb^{-1/2},   Σ_aa = (A - Ā)ᵀ(A - Ā)/(B - 1) + r I

    L lies between -min(d_a, d_b), all that one view holds is in the other, and 0. The features do not collapse, because
    each view is whitened, and no negatives are needed; but the loss is one of a whole batch, and a small batch looks
    correlated by itself.

    Args:
        regularization: r, above 0, which keeps the whitening stable, in units of the features' variance.

    Input: `[a, b]`, two (B, d_a) and (B, d_b) tensors, of at least d_a + d_b + 1 rows: with fewer, some correlations
        are 1 whatever the data.
    Output: a scalar, float32.
    Source: deep CCA, Andrew et al., 2013, proceedings.mlr.press/v28/andrew13.
    Lesson: 18

    Raises `ValueError` if a and b are not two (B, d) tensors of one batch, or, where the batch is known, too few rows.

    The ρ_k are the singular values too when the roots are Cholesky factors. The sum of singular values of T is
    tr(UᵀTV); U and V count as constants, which gives its exact gradient, finite where two ρ_k are equal.

    >>> a = np.random.default_rng(0).normal(size=(100, 3))
    >>> round(float(CorrelationLoss(1e-6)([a, a @ np.diag([1, 2, 3]) + 5])), 3)
    -3.0
    """

    one_width = False

    def build(self, inputs_shape):
        super().build(inputs_shape)

    def __init__(self, regularization: float = 1e-4, **kwargs):
        super().__init__(**kwargs)
        if not 0 < regularization < float("inf"):
            raise ValueError(f"CorrelationLoss: regularization must be above 0; got {regularization!r}.")
        self.regularization = float(regularization)

    def call(self, inputs):
        a, b = self.sides(inputs)
        if is_true(ops.logical_and(ops.all(ops.isfinite(a)), ops.all(ops.isfinite(b)))) is False:
            self._fail("needs finite features, since one NaN is in the correlations of all; got others.")
        rows, least = a.shape[0], sum(self.widths) + 1
        if rows is not None and rows < least:
            self._fail(
                f"needs at least {least} rows for widths {self.widths}, or some correlations are 1 by themselves; got "
                f"{rows}. Take a larger batch or narrower features."
            )
        a, b = (x - ops.mean(x, axis=0, keepdims=True) for x in (a, b))
        scale = 1.0 / (ops.cast(ops.shape(a)[0], a.dtype) - 1.0)

        def root(x):
            covariance = scale * ops.matmul(ops.transpose(x), x)
            return ops.cholesky(covariance + self.regularization * ops.eye(x.shape[1], dtype=x.dtype))

        # L_a^{-1} Σ_ab L_b^{-T}
        half = ops.solve_triangular(root(a), scale * ops.matmul(ops.transpose(a), b), lower=True)
        between = ops.solve_triangular(root(b), ops.transpose(half), lower=True)
        u, _, vt = ops.svd(ops.stop_gradient(between), full_matrices=False)
        return -ops.sum(ops.stop_gradient(ops.matmul(u, vt)) * between)

    def compute_output_shape(self, inputs_shape):
        return ()

    def get_config(self):
        return {**super().get_config(), "regularization": self.regularization}
