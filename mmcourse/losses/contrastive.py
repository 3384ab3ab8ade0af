"""Contrastive losses: pull the two sides of a pair together, push other pairs apart. Taught in lesson 18.

Both are layers, because they learn a temperature: call them on `[a, b]`, two (B, d) tensors whose rows are
pairs, and give the scalar they return to `add_loss`, or make it a model's output.
"""

import math

import keras
from keras import ops

from mmcourse.layers.base import register


def unit_rows(x):
    """Rows scaled to length one, in float32; a row of zeros stays zero."""
    x = ops.cast(x, "float32")
    return x * ops.rsqrt(ops.maximum(ops.sum(ops.square(x), axis=-1, keepdims=True), 1e-12))


class _AtMost(keras.constraints.Constraint):
    """Clips a weight from above after each step."""

    def __init__(self, largest: float):
        self.largest = largest

    def __call__(self, w):
        return ops.minimum(w, self.largest)


class _PairLoss(keras.layers.Layer):
    """Cosine similarities of all pairs in a batch, and which of them belong together."""

    def build(self, inputs_shape, ids_shape=None):
        shapes = [tuple(shape) for shape in inputs_shape] if isinstance(inputs_shape[0], list | tuple) else []
        if len(shapes) != 2 or any(len(shape) != 2 for shape in shapes) or shapes[0][1] != shapes[1][1]:
            raise ValueError(
                f"{type(self).__name__} takes [a, b], two (batch, width) tensors of one width; "
                f"got {shapes or tuple(inputs_shape)}. Project both to one width first."
            )
        self.add_temperature()

    def pairs(self, inputs, ids):
        """`(similarities, same)`, both (B, B) float32: row i is a_i, column j is b_j."""
        a, b = (unit_rows(x) for x in inputs)
        if ids is None:
            same = ops.eye(ops.shape(a)[0], dtype="float32")
        else:
            ids = ops.reshape(ids, (-1,))
            same = ops.cast(ops.equal(ids[:, None], ids[None, :]), "float32")
        return ops.matmul(a, ops.transpose(b)), same

    def compute_output_shape(self, inputs_shape, ids_shape=None):
        return ()


@register
class ContrastiveLoss(_PairLoss):
    """Symmetric InfoNCE on cosine similarities, as in CLIP (Radford et al., 2021). Taught in lesson 18.

        s_ij = exp(t) cos(a_i, b_j),   L = ½ mean_i CE(row i of s, i) + ½ mean_j CE(column j of s, j)

    t starts at ln(1/0.07), is learned, and is kept at most ln 100. `call([a, b], ids=None)` returns a scalar,
    float32. Rows with equal `ids` (B,) show the same thing: none of them is a negative of the other, and the
    target of a row is spread evenly over its equals. Without ids a duplicate in the batch is a false negative.

    Raises `ValueError` if a and b are not (B, d) of one width.
    """

    def add_temperature(self):
        self.log_scale = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(math.log(1 / 0.07)),
            constraint=_AtMost(math.log(100)),
            autocast=False,
            name="log_scale",
        )

    def call(self, inputs, ids=None):
        similarities, same = self.pairs(inputs, ids)
        logits = similarities * ops.exp(ops.convert_to_tensor(self.log_scale))
        loss = 0.0
        for axis in (0, 1):
            target = same / ops.sum(same, axis=axis, keepdims=True)
            logs = logits - ops.logsumexp(logits, axis=axis, keepdims=True)
            loss = loss - 0.5 * ops.mean(ops.sum(target * logs, axis=axis))
        return loss


@register
class SigmoidContrastiveLoss(_PairLoss):
    """Each pair judged on its own, as in SigLIP (Zhai et al., 2023). Taught in lesson 18.

        L = -(1/B) Σ_ij log σ(y_ij (exp(t) cos(a_i, b_j) + b)),   y_ij = +1 for a pair, -1 otherwise

    t starts at ln 10 and b at -10, both learned: at the start most pairs are negatives and cost little.
    `call([a, b], ids=None)` returns a scalar, float32; rows with equal `ids` (B,) are pairs alike.

    Raises `ValueError` if a and b are not (B, d) of one width.
    """

    def add_temperature(self):
        def scalar(start, name):
            value = keras.initializers.Constant(start)
            return self.add_weight(shape=(), initializer=value, autocast=False, name=name)

        self.log_scale, self.bias = scalar(math.log(10), "log_scale"), scalar(-10.0, "bias")

    def call(self, inputs, ids=None):
        similarities, same = self.pairs(inputs, ids)
        logits = similarities * ops.exp(ops.convert_to_tensor(self.log_scale)) + self.bias
        signs = 2.0 * same - 1.0
        return -ops.mean(ops.sum(ops.log_sigmoid(signs * logits), axis=1))
