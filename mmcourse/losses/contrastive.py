"""Contrastive losses: pull the two sides of a pair together, push other pairs apart.

They are layers, because they learn a temperature: call them on `[a, b]`, two (B, d) tensors whose rows are
pairs, and give the scalar they return to `add_loss`, or make it a model's output.
"""

import math

import keras
from keras import ops

from ..layers.base import register
from ..layers.checks import InputError, check_tensors
from ..layers.numerics import shape_of, wide


def unit_rows(x):
    """Rows scaled to length one, in float32; a row of zeros stays zero."""
    x = wide(x)
    # the direction does not depend on `largest`, so leaving its gradient out leaves the gradient as it is
    largest = ops.stop_gradient(ops.max(ops.abs(x), axis=-1, keepdims=True))
    x = x / ops.maximum(largest, 1e-30)
    return x * ops.rsqrt(ops.maximum(ops.sum(ops.square(x), axis=-1, keepdims=True), 1e-12))


class _AtMost(keras.constraints.Constraint):
    """Clips a weight from above after each step."""

    def __init__(self, largest: float):
        self.largest = largest

    def __call__(self, w):
        return ops.minimum(w, self.largest)


class PairLoss(keras.layers.Layer):
    """A loss on `[a, b]`, two (B, d) tensors whose rows are pairs."""

    one_width = True

    def __call__(self, inputs, *args, **kwargs):
        check_tensors(inputs, f"{type(self).__name__} '{self.name}'")
        return super().__call__(inputs, *args, **kwargs)

    def build(self, inputs_shape, ids_shape=None):
        self._check(inputs_shape)
        self.widths = [shape[-1] for shape in inputs_shape]
        self.add_pair_weights()

    def add_pair_weights(self) -> None:
        """Create the weights."""

    def _check(self, shapes, ids: tuple | None = None) -> None:
        shapes = [tuple(s) for s in shapes] if shapes and isinstance(shapes[0], list | tuple) else shapes
        bad = len(shapes) != 2 or any(not isinstance(s, tuple) or len(s) != 2 or None in s[1:] for s in shapes)
        if bad or (self.one_width and shapes[0][1] != shapes[1][1]):
            widths = "one width; got" if self.one_width else "known widths; got"
            advice = " Project both to one width first." if self.one_width else ""
            self._fail(f"takes [a, b], two (batch, width) tensors of {widths} {shapes}.{advice}")
        if self.built and [s[1] for s in shapes] != self.widths:
            self._fail(f"was built on tensors of widths {self.widths}; got {shapes}.")
        rows = {s[0] for s in (*shapes, ids or (None,)) if s[0] is not None}
        if len(rows) > 1 or (ids is not None and (len(ids) > 2 or ids[1:] not in ((), (1,)))):
            given = f" and ids {ids}" if ids is not None else ""
            self._fail(f"takes as many rows of a as of b, and one id for each; got {shapes}{given}.")

    def sides(self, inputs, ids=None) -> list:
        """a and b in float32 or wider, checked."""
        if ids is not None and not hasattr(ids, "shape"):
            self._fail(f"takes ids as a tensor (batch,); got {type(ids).__name__}.")
        self._check([shape_of(x) for x in inputs], None if ids is None else shape_of(ids))
        return [wide(x) for x in inputs]

    def similarities(self, inputs, ids):
        """`(similarities, same)`, both (B, B) float32: row i is a_i, column j is b_j."""
        a, b = (unit_rows(x) for x in self.sides(inputs, ids))
        if ids is None:
            same = ops.eye(ops.shape(a)[0], dtype=a.dtype)
        else:
            ids = ops.reshape(ids, (-1,))
            same = ops.cast(ops.equal(ids[:, None], ids[None, :]), a.dtype)
        return ops.matmul(a, ops.transpose(b)), same

    def compute_output_shape(self, inputs_shape, ids_shape=None):
        return ()

    def _fail(self, sentence: str) -> None:
        raise InputError(f"{type(self).__name__} '{self.name}' {sentence}")


@register
class ContrastiveLoss(PairLoss):
    """L = ½ mean_i CE(row i of s, i) + ½ mean_j CE(column j of s, j), s_ij = exp(t) cos(a_i, b_j): InfoNCE.

    Symmetric, on cosine similarities, as in CLIP. t starts at ln(1/0.07), is learned, and is kept at most ln 100.

    Input: `[a, b]`, two (B, d) tensors of one width, and `ids` (B,) or None. Rows with equal ids show the same thing:
        none of them is a negative of the other, and the target of a row is spread evenly over its equals. Without
        ids a duplicate in the batch is a false negative.
    Output: a scalar, float32.
    Source: CLIP, Radford et al., 2021, arXiv:2103.00020.
    Lesson: 18

    Raises `ValueError` if a and b are not (B, d) of one width and one batch.

    >>> a, b = np.eye(3), np.eye(3)
    >>> round(float(ContrastiveLoss()([a, b])), 4), round(float(ContrastiveLoss()([a, b[::-1]])), 2)
    (0.0, 9.52)
    """

    def add_pair_weights(self):
        self.log_scale = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(math.log(1 / 0.07)),
            constraint=_AtMost(math.log(100)),
            autocast=False,
            name="log_scale",
        )

    def call(self, inputs, ids=None):
        similarities, same = self.similarities(inputs, ids)
        logits = similarities * ops.exp(ops.convert_to_tensor(self.log_scale))
        loss = 0.0
        for axis in (0, 1):
            target = same / ops.sum(same, axis=axis, keepdims=True)
            logs = logits - ops.logsumexp(logits, axis=axis, keepdims=True)
            loss = loss - 0.5 * ops.mean(ops.sum(target * logs, axis=axis))
        return loss


@register
class SigmoidContrastiveLoss(PairLoss):
    """L = -(1/B) Σ_ij log σ(y_ij (exp(t) cos(a_i, b_j) + b)): each pair judged on its own, as in SigLIP.

    y_ij = +1 for a pair, -1 otherwise. t starts at ln 10 and b at -10, both learned: at the start most pairs are
    negatives and cost little.

    Input: `[a, b]`, two (B, d) tensors of one width, and `ids` (B,) or None; rows with equal ids are pairs alike.
    Output: a scalar, float32.
    Source: SigLIP, Zhai et al., 2023, arXiv:2303.15343.
    Lesson: 18

    Raises `ValueError` if a and b are not (B, d) of one width and one batch.

    >>> a = np.eye(3)
    >>> round(float(SigmoidContrastiveLoss()([a, a])), 3), round(float(SigmoidContrastiveLoss()([a, a[::-1]])), 2)
    (0.693, 7.36)
    """

    def add_pair_weights(self):
        def scalar(start, name):
            value = keras.initializers.Constant(start)
            return self.add_weight(shape=(), initializer=value, autocast=False, name=name)

        self.log_scale, self.bias = scalar(math.log(10), "log_scale"), scalar(-10.0, "bias")

    def call(self, inputs, ids=None):
        similarities, same = self.similarities(inputs, ids)
        logits = similarities * ops.exp(ops.convert_to_tensor(self.log_scale)) + self.bias
        signs = 2.0 * same - 1.0
        return -ops.mean(ops.sum(ops.log_sigmoid(signs * logits), axis=1))
