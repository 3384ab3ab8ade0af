"""Numbers that stay right: types, masks and softmax, shared by all layers."""

import keras
from keras import ops

LOWEST = -3.4e38  # below every number a float32 logit can be, and finite


def type_of(x) -> str:
    """The dtype of a tensor or an array by its Keras name."""
    return keras.backend.standardize_dtype(x.dtype)


def shape_of(x) -> tuple | None:
    """The static shape of a tensor; None in a graph that has seen batches of several ranks and knows none."""
    try:
        return tuple(x.shape)
    except ValueError:
        return None


def is_true(condition) -> bool | None:
    """The value of a bool tensor, or None where it is not known yet (inside a compiled graph)."""
    try:
        return bool(condition)
    except TypeError:  # every backend's symbolic or traced tensor refuses `bool` with a TypeError
        return None


def wide(x):
    """x in float32 at least: what is narrower (float16, bfloat16, integers, bools) is cast, float64 stays."""
    return x if type_of(x) in ("float32", "float64") else ops.cast(x, "float32")


def in_range(x):
    """x in a type that holds its products: float16, which ends at 65504, becomes float32; the others stay."""
    return ops.cast(x, "float32") if type_of(x) == "float16" else x


def as_type(x, dtype: str):
    """x in this dtype."""
    return x if type_of(x) == dtype else ops.cast(x, dtype)


def masked_softmax(logits, mask=None, axis: int = -1):
    """Softmax over `axis` in float32 or wider, exactly zero where `mask` is False.

    Absent entries leave before the exponential, so that the others sum to one without any renormalising
    epsilon. Where nothing is present the result is all zeros: the documented neutral output.
    """
    logits = wide(ops.convert_to_tensor(logits))  # a variable is no array on JAX
    if mask is not None:
        logits = ops.where(mask, logits, LOWEST)
    # Keras warns of a softmax over one entry; exp(0) is the same, and keeps its zero gradient
    single = logits.shape[axis] == 1
    weights = ops.exp(logits - logits) if single else ops.softmax(logits, axis=axis)
    return weights if mask is None else ops.where(mask, weights, 0.0)


def zero_absent(x, column):
    """`x` with zeros in the samples where the bool vector `column` (B,) is False."""
    column = ops.reshape(column, (-1, *[1] * (len(x.shape) - 1)))
    return ops.where(column, x, ops.zeros((), dtype=x.dtype))


class ZeroAbsent(keras.layers.Layer):
    """`zero_absent` as a layer, so that the padding mask that Keras keeps beside x goes on."""

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.supports_masking = True
        self.built = True  # no weights: `quantize` asks

    def call(self, x, column):
        return zero_absent(x, column)

    def compute_output_shape(self, x_shape, column_shape):
        return x_shape

    def compute_output_spec(self, x, column):
        return keras.KerasTensor(x.shape, x.dtype)
