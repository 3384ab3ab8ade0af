"""Element by element: the largest of the modalities, or their product."""

from keras import ops

from .base import UnitsFusion, register
from .numerics import LOWEST, in_range


@register
class MaxFusion(UnitsFusion):
    """z = max_m P_m x_m, for each feature: the modality that says it loudest.

    Args:
        units: the width of the output; P_m is a (d_m, units) matrix without bias.

    Input: M tensors (B, d_m).
    Output: (B, units).
    Absent: masked. It takes no part (as a zero it would beat every negative feature). All absent in a graph
        gives zeros.
    Source: multi-view CNN, Su et al., 2015, arXiv:1505.00880 (its view pooling).
    Lesson: 06

    Start: P_m x_m has variance 1, and the largest of M such numbers 0.68, 0.56 and 0.49 for M of 2, 3 and 4.

    >>> tuple(MaxFusion(4)([np.ones((2, 3)), np.ones((2, 5))]).shape)
    (2, 4)
    """

    size = "units * sum(d)"
    wins = "any one modality that sees the thing is enough"
    fails = "evidence must be added up: what the weaker modality says is lost"

    def add_fusion_weights(self, widths):
        self.projections = self.add_projections(widths)

    def fuse(self, xs, present):
        largest = None
        for m, (x, kernel) in enumerate(zip(xs, self.projections, strict=True)):
            part = ops.matmul(x, kernel)
            if present is not None:
                lowest = ops.full((), -65504.0 if self.compute_dtype == "float16" else LOWEST, dtype=part.dtype)
                part = ops.where(present[:, m : m + 1], part, lowest)
            largest = part if largest is None else ops.maximum(largest, part)
        if present is None:
            return largest
        return ops.where(ops.any(present, axis=1, keepdims=True), largest, ops.zeros((), dtype=largest.dtype))


@register
class ProductFusion(UnitsFusion):
    """z = P_1 x1 ⊙ ... ⊙ P_M xM: one product for each feature, the cheapest that can tell "both" from "either".

    Args:
        units: the width of the output; P_m is a (d_m, units) matrix without bias.

    Input: M tensors (B, d_m).
    Output: (B, units).
    Absent: masked. Its factor is 1: a modality alone gives P_m x_m. All absent in a graph gives ones.
    Source: VQA, Antol et al., 2015, arXiv:1505.00468 (its product of image and question).
    Lesson: 08

    Start: P_m x_m has variance 1, and so has the product of independent ones.

    >>> tuple(ProductFusion(4)([np.ones((2, 3)), np.ones((2, 5))]).shape)
    (2, 4)
    """

    size = "units * sum(d)"
    wins = "only agreement counts, at the price of a sum"
    fails = "a modality is silent: its zero wipes out what the others say"

    def add_fusion_weights(self, widths):
        self.projections = self.add_projections(widths)

    def fuse(self, xs, present):
        product = None
        for m, (x, kernel) in enumerate(zip(xs, self.projections, strict=True)):
            part = in_range(ops.matmul(x, kernel))
            if present is not None:
                part = ops.where(present[:, m : m + 1], part, ops.ones((), dtype=part.dtype))
            product = part if product is None else product * part
        return ops.cast(product, self.compute_dtype)
