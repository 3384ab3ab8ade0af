"""What every fusion layer shares: reading its inputs, its `present` mask and its errors.

A fusion layer takes a list `[a, b, ...]` or a dict `{"image": a, "audio": b}`. The order of a dict is
fixed when the layer is built; later calls may give the keys in any order and get the same output.
`present` is a (B, M) bool mask with one column per modality in that order. Whatever stands in an absent
modality, NaN included, is replaced by zero before any formula sees it.
"""

from collections.abc import Mapping, Sequence

import keras
from keras import ops

PACKAGE = "mmcourse"


def register(cls: type) -> type:
    """Let Keras find `cls` in a saved file without `custom_objects`."""
    return keras.saving.register_keras_serializable(package=PACKAGE)(cls)


def choose(value, options: Sequence, argument: str, owner: str):
    """Return `value` if it is one of `options`, else raise a `ValueError` that lists them."""
    if value in options:
        return value
    listed = ", ".join(repr(option) for option in options)
    raise ValueError(f"{owner}: {argument} must be one of {listed}; got {value!r}.")


def at_least(value, least: int, argument: str, owner: str) -> int:
    """Return the integer `value` if it is at least `least`, else raise a `ValueError`."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    raise ValueError(f"{owner}: {argument} must be an integer of at least {least}; got {value!r}.")


def is_true(condition) -> bool | None:
    """The value of a bool tensor, or None where it is not known yet (inside a compiled graph)."""
    try:
        return bool(condition)
    except TypeError:  # every backend's symbolic or traced tensor refuses `bool` with a TypeError
        return None


def masked_softmax(logits, mask=None, axis: int = -1):
    """Softmax over `axis` in float32, exactly zero where `mask` is False.

    Absent entries leave before the exponential, so that the others sum to one without any renormalising
    epsilon. Where nothing is present the result is all zeros: the documented neutral output.
    """
    logits = ops.cast(logits, "float32")
    if mask is not None:
        logits = ops.where(mask, logits, -1e9)
    # Keras warns of a softmax over one entry; exp(0) is the same, and keeps its zero gradient
    single = logits.shape[axis] == 1
    weights = ops.exp(logits - logits) if single else ops.softmax(logits, axis=axis)
    return weights if mask is None else ops.where(mask, weights, 0.0)


def zero_absent(x, column):
    """`x` with zeros in the samples where the bool vector `column` (B,) is False."""
    column = ops.reshape(column, (-1, *[1] * (len(x.shape) - 1)))
    return ops.where(column, x, ops.zeros((), dtype=x.dtype))


class Fusion(keras.layers.Layer):
    """Base of the fusion layers: subclasses write `add_fusion_weights(widths)` and `fuse(xs, present)`.

    Class attributes say what a layer accepts: `ranks` of each input, and the number of modalities.
    """

    ranks: tuple[int, ...] = (2,)
    fewest, most = 1, None

    def build(self, input_shape) -> None:
        self.names, shapes = self._read_shapes(input_shape)
        self.shapes = [tuple(shape) for shape in shapes]
        self.widths = [shape[-1] for shape in self.shapes]
        self.add_fusion_weights(self.widths)

    def add_fusion_weights(self, widths: list[int]) -> None:
        """Create the weights for modalities of these widths."""

    def fuse(self, xs: list, present):
        """The formula, on inputs in order with absent ones already zero; `present` is None or (B, M)."""
        raise NotImplementedError

    def call(self, inputs, present=None):
        return self.fuse(*self.take(inputs, present))

    # -- reading the inputs ------------------------------------------------------------------------

    def take(self, inputs, present=None) -> tuple[list, object]:
        """The inputs as a list in the built order, absent samples zeroed, and `present` as bool."""
        xs = self._ordered(inputs)
        for x, name, shape in zip(xs, self._labels(), self.shapes, strict=True):
            self._check_one(x, name, shape)
        present = self._read_present(present, xs)
        if present is not None:
            xs = [zero_absent(x, present[:, m]) for m, x in enumerate(xs)]
        return xs, present

    def take_masks(self, mask) -> list:
        """The padding masks in the built order: one (B, T) bool or None for each modality."""
        return [None] * len(self.shapes) if mask is None else self._ordered(mask)

    def _labels(self) -> list[str]:
        return self.names or [f"number {m}" for m in range(len(self.shapes))]

    def _ordered(self, inputs) -> list:
        """A dict by name, a list by position; anything else, or other keys than at build, raises."""
        if isinstance(inputs, Mapping):
            if self.names is None:
                self._fail(f"was built on a list of {len(self.shapes)} modalities; got a dict")
            if set(inputs) != set(self.names):
                self._fail(f"was built on the modalities {self.names}; got {list(inputs)}")
            return [inputs[name] for name in self.names]
        if not isinstance(inputs, Sequence):
            self._fail(f"takes a list or a dict of tensors; got {type(inputs).__name__}")
        if len(inputs) != len(self.shapes):
            self._fail(f"was built on {len(self.shapes)} modalities; got {len(inputs)}")
        return list(inputs)

    def _check_one(self, x, name: str, built: tuple) -> None:
        shape = tuple(x.shape)
        fixed = built[-1]
        if len(shape) != len(built) or shape[-1] != fixed:
            self._fail(f"was built on shape {built} for modality {name}; got {shape}")

    def _read_present(self, present, xs: list):
        if present is None:
            return None
        shape = tuple(present.shape)
        if len(shape) != 2 or shape[1] != len(xs):
            self._fail(f"takes `present` of shape (batch, {len(xs)}), one column a modality; got {shape}")
        present = ops.cast(present, "bool")
        if is_true(ops.all(ops.any(present, axis=1))) is False:
            self._fail("got a sample with every modality absent: drop it, or mark one as present")
        return present

    def _read_shapes(self, input_shape) -> tuple[list[str] | None, list]:
        names = None
        if isinstance(input_shape, Mapping):
            names, input_shape = list(input_shape), list(input_shape.values())
        if not isinstance(input_shape, Sequence) or any(not isinstance(s, Sequence) for s in input_shape):
            self._fail(f"takes a list or a dict of tensors; got one tensor of shape {input_shape}")
        count = len(input_shape)
        if count < self.fewest or (self.most is not None and count > self.most):
            wanted = f"{self.fewest}" if self.most == self.fewest else f"{self.fewest} or more"
            self._fail(f"takes {wanted} modalities; got {count}")
        for m, shape in enumerate(input_shape):
            self._check_rank(names[m] if names else f"number {m}", shape)
        return names, input_shape

    def _check_rank(self, name: str, shape: Sequence) -> None:
        wanted = {2: "(batch, width)", 3: "(batch, steps, width)", 4: "(batch, height, width, channels)"}
        if len(shape) not in self.ranks:
            forms = " or ".join(wanted[rank] for rank in self.ranks)
            self._fail(f"takes {forms} for each modality; modality {name} has shape {tuple(shape)}")
        if not isinstance(shape[-1], int) or shape[-1] < 1:
            self._fail(f"needs the last axis of modality {name} to be known; its shape is {tuple(shape)}")

    def _fail(self, sentence: str) -> None:
        raise ValueError(f"{type(self).__name__} '{self.name}' {sentence}.")
