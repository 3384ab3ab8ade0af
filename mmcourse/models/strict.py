"""Dict inputs that cannot be swapped, dropped or misspelled in silence.

Keras 3 matches dict inputs by position in places, and takes extra or missing keys with a warning at most.
The models of this package read their inputs through `Modalities` instead: by name, in one fixed order.
"""

from collections.abc import Mapping

import keras
from keras import ops

from ..layers.checks import InputError, fits
from ..layers.numerics import shape_of, type_of, zero_absent
from .typed import PRESENT, TypedModel


class Modalities:
    """Reads a batch `{"image": ..., "audio": ..., ["present": (B, M) bool]}` for one model.

    `names` is the order of the modalities everywhere: of the features and of the columns of `present`. A modality is a
    tensor, or, for a part that is such a model itself, a batch of its own. With `allow_missing`, a batch may carry
    `present` and may leave whole modalities out.
    """

    def __init__(self, owner: str, names: list[str], allow_missing: bool = False):
        self.owner = owner
        self.names = list(names)
        self.allow_missing = allow_missing
        self.shapes: dict[str, tuple | dict] = {}
        if PRESENT in self.names or not all(isinstance(name, str) for name in self.names):
            raise ValueError(f"{owner}: modality names are strings other than 'present'; got {self.names}.")

    def fix(self, shapes: Mapping) -> None:
        """Remember the shape of every modality; all of them must be there."""
        self.check_keys(shapes, may_miss=False)
        self.shapes = {name: shapes[name] for name in self.names}

    def read(self, batch) -> tuple[dict, object]:
        """`(inputs, present)`: the modalities that came, in order, and a (B, M) bool mask or None.

        In samples whose modality is absent, float inputs become zero, so that NaN cannot travel on.
        """
        self.check_keys(batch, may_miss=self.allow_missing)
        inputs = {name: batch[name] for name in self.names if name in batch}
        if not inputs:
            self._fail("needs at least one modality in a batch; got none")
        for name, x in inputs.items():
            self._check_shape(name, x)
        present = self._read_present(batch.get(PRESENT), inputs)
        if present is not None:
            for name, x in inputs.items():
                inputs[name] = _zeroed(x, present[:, self.names.index(name)])
        return inputs, present

    def _read_present(self, present, inputs: dict):
        rows = {name: shape_of(keras.tree.flatten(x)[0])[0] for name, x in inputs.items()}
        if present is not None:
            shape = shape_of(present) if hasattr(present, "dtype") else None
            if shape is None or len(shape) != 2 or shape[1] != len(self.names):
                came = shape or type(present).__name__
                self._fail(f"takes 'present' of shape (batch, {len(self.names)}) for {self.names}; got {came}")
            if "float" in type_of(present):
                self._fail(f"takes 'present' as bools, True where a modality is there; got {type_of(present)}")
            rows[PRESENT] = shape[0]
            present = ops.cast(present, "bool")
        if len({count for count in rows.values() if count is not None}) > 1:
            self._fail(f"needs one number of samples in a batch; got {rows}")
        if len(inputs) == len(self.names):
            return present
        came = ops.convert_to_tensor([[name in inputs for name in self.names]], dtype="bool")
        if present is not None:
            return ops.logical_and(present, came)
        first = keras.tree.flatten(inputs)[0]
        return ops.repeat(came, ops.shape(first)[0], axis=0)

    def check_keys(self, batch, may_miss: bool) -> None:
        """Raise an `InputError` that names the missing, the unexpected and the expected keys."""
        if not isinstance(batch, Mapping):
            self._fail(f"takes a dict with the keys {self.names}; got {type(batch).__name__}")
        missing = [name for name in self.names if name not in batch]
        unexpected = [key for key in batch if key not in self.names and key != PRESENT]
        if PRESENT in batch and not self.allow_missing:
            self._fail("got 'present', but was made with allow_missing=False: make it with allow_missing=True")
        if unexpected or (missing and not may_miss):
            hint = "" if may_miss or not missing else "; allow_missing=True would let a modality be left out"
            self._fail(f"expected the keys {self.names}; missing {missing}, unexpected {unexpected}{hint}")

    def check_tensors(self, batch: Mapping) -> None:
        """Raise an `InputError` for a modality that is no tensor and no batch of its own."""
        for name, x in batch.items():
            if not isinstance(x, Mapping) and not hasattr(x, "dtype"):
                advice = "leave it out, if the model was made to allow that" if x is None else "make it an array"
                self._fail(f"takes a tensor for {name!r}; got {type(x).__name__}: {advice}")

    def _check_shape(self, name: str, x) -> None:
        built = self.shapes[name]
        if isinstance(built, Mapping) or isinstance(x, Mapping):
            if not (isinstance(built, Mapping) and isinstance(x, Mapping)):
                wanted = f"a dict of {list(built)}" if isinstance(built, Mapping) else "a tensor"
                self._fail(f"was built on {name!r} as {wanted}; got {type(x).__name__}")
            return  # the part that reads it checks the rest
        shape = shape_of(x) if hasattr(x, "shape") else type(x).__name__
        if shape is None:  # a graph that has seen batches of several ranks knows none
            self._fail(f"was built on {name!r} of shape {(None, *built[1:])}; got another number of axes")
        if isinstance(shape, str) or not fits(shape, built):
            # a graph sees None where batches of several shapes came, so None cannot pass as a match
            hint = ", None where batches differ" if not isinstance(shape, str) and None in shape[1:] else ""
            self._fail(f"was built on {name!r} of shape {(None, *built[1:])}; got {shape}{hint}")

    def _fail(self, sentence: str) -> None:
        raise InputError(f"{self.owner} {sentence}.")


def _zeroed(x, column):
    """Float tensors with zeros where `column` is False; in a batch within a batch nothing else is absent there."""
    if isinstance(x, Mapping):
        return {
            name: ops.logical_or(one, ops.logical_not(column)[:, None]) if name == PRESENT else _zeroed(one, column)
            for name, one in x.items()
        }
    return zero_absent(x, column) if "float" in type_of(x) else x


class StrictModel(TypedModel):
    """A model on a dict of modalities, in an order of its own: `names`, whatever the order of a batch."""

    def __init__(self, names: list[str], allow_missing: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.allow_missing = bool(allow_missing)
        self.modalities = Modalities(f"{type(self).__name__} '{self.name}'", names, self.allow_missing)

    def __call__(self, inputs, *args, **kwargs):
        # here, outside Keras's call and before its build, the error is one sentence without a frame around it
        self.modalities.check_keys(inputs, may_miss=self.allow_missing and self.built)
        self.modalities.check_tensors(inputs)
        return super().__call__(inputs, *args, **kwargs)

    def build(self, input_shape) -> None:
        """Create all weights. Shapes by name; types are those of the first batch, else float32."""
        self.modalities.check_keys(input_shape, may_miss=False)
        super().build({name: input_shape[name] for name in self.modalities.names})

    def build_parts(self, inputs: dict) -> None:
        self.modalities.fix(self._shapes)
        self.build_named_parts(inputs)

    def build_named_parts(self, inputs: dict) -> None:
        """Call every layer once on the symbolic tensors of each modality."""
        raise NotImplementedError

    def parts(self) -> Mapping:
        """The layer that reads each modality."""
        raise NotImplementedError

    def signature(self) -> dict:
        found = super().signature()
        for name, part in self.parts().items():
            if isinstance(found[name], Mapping) and isinstance(part, TypedModel):
                found[name] = part.signature()
        if self.allow_missing:
            found[PRESENT] = keras.InputSpec(shape=(None, len(self.modalities.names)), dtype="bool")
        return found
