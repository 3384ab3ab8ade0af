"""What every fusion layer shares: reading its inputs, its `present` mask and its errors."""

from collections.abc import Mapping, Sequence
from numbers import Integral

import keras
from keras import ops

from .checks import InputError, check_tensors, refuse_another_mask, refuse_other_features, refuse_other_rows, said
from .numerics import as_type, is_true, shape_of, type_of, zero_absent

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
    """Return the integer `value` (NumPy's too) if it is at least `least`, else raise a `ValueError`."""
    if isinstance(value, Integral) and not isinstance(value, bool) and value >= least:
        return int(value)
    raise ValueError(f"{owner}: {argument} must be an integer of at least {least}; got {value!r}.")


def normal(variance: float) -> keras.initializers.Initializer:
    """A centred normal start of this variance."""
    return keras.initializers.RandomNormal(stddev=variance**0.5)


def like_input(names: list[str] | None, xs: list):
    """A list, or a dict where the layer was built on one."""
    return xs if names is None else dict(zip(names, xs, strict=True))


class TensorLayer(keras.layers.Layer):
    """A layer on tensors, each an argument of its own: it refuses lists and dicts in one sentence."""

    def __call__(self, *tensors, **kwargs):
        for x in tensors:
            if not hasattr(x, "shape") or not hasattr(x, "dtype"):
                raise InputError(f"{type(self).__name__} '{self.name}' takes tensors; got {said(x)}.")
        return super().__call__(*tensors, **kwargs)


class Fusion(keras.layers.Layer):
    """Base of the fusion layers: subclasses write `add_fusion_weights(widths)` and `fuse(xs, present)`.

    A fusion layer takes a list or tuple `[a, b, ...]` or a dict `{"image": a, "audio": b}`. The order of a dict
    is fixed when the layer is built; later calls may give the keys in any order and get the same output. Inputs
    of other types (integers, bools) are cast to the layer's compute dtype. `present` is a (B, M) bool mask with one
    column per modality in that order. Whatever stands in an absent modality, NaN included, is replaced by zero
    before any formula sees it. A sample in which all are absent is an error, except in a compiled graph, which
    cannot look: there each layer has a neutral output.

    Class attributes say what a layer accepts: `ranks` of each input, and the number of modalities.
    `xla_on_cpu` says that XLA makes the layer faster on a CPU, as measured by `benchmarks/training.py`. For whoever
    chooses a layer: `wins` and `fails` say when; `size` is its number of weights, a Python expression in the list of
    widths `d`, their number `M` and the layer's settings, all but `units` left as they are; `measured` is its name in
    `results/layers.json`.

    All fusion layers raise one `ValueError`, for another number, other names, ranks or widths of modalities than at
    build, and for batches or masks of unequal sizes.

    >>> class Mean(Fusion):
    ...     def fuse(self, xs, present):
    ...         return sum(xs) / len(xs)
    >>> tuple(Mean()([np.ones((2, 3)), np.ones((2, 3))]).shape)
    (2, 3)
    """

    ranks: tuple[int, ...] = (2,)
    fewest, most = 1, None
    xla_on_cpu = False
    size = wins = fails = ""
    measured: str | None = None

    def __call__(self, inputs, *args, **kwargs):
        # before Keras, which says nothing clear about a None or an empty list
        check_tensors(inputs, self._owner())
        return super().__call__(inputs, *args, **kwargs)

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

    def compute_mask(self, inputs, mask=None):
        return None  # the output is one vector a sample

    def compute_output_spec(self, *args, **kwargs):
        # from `call` itself: it knows the types, and what `return_weights` adds
        try:
            return keras.Operation.compute_output_spec(self, *args, **kwargs)
        except InputError as error:
            raise error.__context__ or error from None  # the sentence that Keras wrapped

    # -- reading the inputs ------------------------------------------------------------------------

    def take(self, inputs, present=None, keep_types: bool = False) -> tuple[list, object]:
        """The inputs as a list in the built order, cast, absent samples zeroed, and `present` as bool."""
        xs = self._ordered(inputs)
        names = self._labels()
        refuse_other_features(
            dict(zip(names, xs, strict=True)), dict(zip(names, self.shapes, strict=True)), self._owner()
        )
        present = self._read_present(present, xs)
        if any("complex" in type_of(x) for x in xs):
            self._fail("takes real numbers; got complex ones: give real and imaginary parts side by side")
        if not keep_types:
            xs = [as_type(x, self.compute_dtype) for x in xs]
        if present is not None:
            xs = [zero_absent(x, present[:, m]) for m, x in enumerate(xs)]
        return xs, present

    def take_masks(self, mask, xs: list) -> list:
        """The padding masks in the built order: one (B, T) bool or None for each modality."""
        if mask is None:
            return [None] * len(xs)
        masks = self._ordered(mask, "masks")
        for name, x, steps in zip(self._labels(), xs, masks, strict=True):
            if steps is not None and len(x.shape) != 3:
                self._fail(f"takes masks of sequences only; modality {name} has shape {shape_of(x)}")
            if steps is not None:
                refuse_another_mask(steps, x, f"{self._owner()}, modality {name},")
        return [None if steps is None else ops.cast(steps, "bool") for steps in masks]

    def _labels(self) -> list[str]:
        return self.names or [f"number {m}" for m in range(len(self.shapes))]

    def _ordered(self, inputs, what: str = "tensors") -> list:
        """A dict by name, a list by position; anything else, or other keys than at build, raises."""
        if isinstance(inputs, Mapping):
            if self.names is None:
                self._fail(f"was built on a list of {len(self.shapes)} modalities; got a dict")
            if set(inputs) != set(self.names):
                self._fail(f"was built on the modalities {self.names}; got {what} for {list(inputs)}")
            return [inputs[name] for name in self.names]
        if not isinstance(inputs, Sequence):
            self._fail(f"takes a list or a dict of {what}; got {type(inputs).__name__}")
        if len(inputs) != len(self.shapes):
            self._fail(f"was built on {len(self.shapes)} modalities; got {len(inputs)} {what}")
        return list(inputs)

    def _read_present(self, present, xs: list):
        if present is None:
            return None
        shape = shape_of(present) if hasattr(present, "dtype") else None
        if shape is None or len(shape) != 2 or shape[1] != len(xs):
            came = f"got {shape or said(present)}"
            self._fail(f"takes `present` of shape (batch, {len(xs)}), one column a modality; {came}")
        if "float" in type_of(present):
            self._fail(f"takes `present` as bools, True where a modality is there; got {type_of(present)}")
        if type_of(present) != "bool" and is_true(ops.all(ops.logical_or(present == 0, present == 1))) is False:
            self._fail("takes `present` as bools, or as integers 0 and 1; got others")
        refuse_other_rows({"modalities": shape_of(xs[0])[0], "present": shape[0]}, self._owner())
        present = ops.cast(present, "bool")
        self._refuse_nobody(present)
        return present

    def _refuse_nobody(self, present) -> None:
        if is_true(ops.all(ops.any(present, axis=1))) is False:
            self._fail("got a sample with every modality absent: drop it, or mark one as present")

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

    def _owner(self) -> str:
        return f"{type(self).__name__} '{self.name}'"

    def _fail(self, sentence: str) -> None:
        raise InputError(f"{self._owner()} {sentence}.")


class UnitsFusion(Fusion):
    """A fusion with output (B, units)."""

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = at_least(units, 1, "units", type(self).__name__)

    def add_projections(self, widths: list[int], variance: float = 1.0) -> list:
        """P_m (d_m, units), of this variance out for unit variance in."""
        return [
            self.add_weight(shape=(d, self.units), initializer=normal(variance / d), name=f"P{m}")
            for m, d in enumerate(widths)
        ]

    def compute_output_shape(self, input_shape):
        _, shapes = self._read_shapes(input_shape)
        return (shapes[0][0], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units}
