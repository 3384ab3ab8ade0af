"""Dict inputs that cannot be swapped, dropped or misspelled in silence.

Keras 3 matches dict inputs by position in places, and takes extra or missing keys with a warning at most.
The models of this package read their inputs through `Modalities` instead: by name, in one fixed order.
"""

from collections.abc import Mapping

import keras
from keras import ops

from mmcourse.layers.base import zero_absent

PRESENT = "present"


class Modalities:
    """Reads a batch `{"image": ..., "audio": ..., ["present": (B, M) bool]}` for one model.

    `names` is the order of the modalities everywhere: of the features and of the columns of `present`.
    With `allow_missing`, a batch may carry `present` and may leave whole modalities out.
    """

    def __init__(self, owner: str, names: list[str], allow_missing: bool = False):
        self.owner = owner
        self.names = list(names)
        self.allow_missing = allow_missing
        self.shapes: dict[str, tuple] = {}
        if PRESENT in self.names or not all(isinstance(name, str) for name in self.names):
            raise ValueError(f"{owner}: modality names are strings other than 'present'; got {self.names}.")
        if not self.names:
            raise ValueError(f"{owner}: needs at least one modality; got none.")

    def fix(self, input_shape) -> None:
        """Remember the shape of every modality; all of them must be there."""
        self.check_keys(input_shape, may_miss=False)
        self.shapes = {name: tuple(input_shape[name]) for name in self.names}

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
                if "float" in keras.backend.standardize_dtype(x.dtype):
                    inputs[name] = zero_absent(x, present[:, self.names.index(name)])
        return inputs, present

    def _read_present(self, present, inputs: dict):
        if present is not None:
            shape = tuple(present.shape)
            if len(shape) != 2 or shape[1] != len(self.names):
                self._fail(f"takes 'present' of shape (batch, {len(self.names)}) for {self.names}; got {shape}")
            present = ops.cast(present, "bool")
        if len(inputs) == len(self.names):
            return present
        came = ops.convert_to_tensor([[name in inputs for name in self.names]], dtype="bool")
        if present is not None:
            return ops.logical_and(present, came)
        first = next(iter(inputs.values()))
        return ops.repeat(came, ops.shape(first)[0], axis=0)

    def check_keys(self, batch, may_miss: bool) -> None:
        """Raise a `ValueError` that names the missing, the unexpected and the expected keys."""
        if not isinstance(batch, Mapping):
            self._fail(f"takes a dict with the keys {self.names}; got {type(batch).__name__}")
        missing = [name for name in self.names if name not in batch]
        unexpected = [key for key in batch if key not in self.names and key != PRESENT]
        if PRESENT in batch and not self.allow_missing:
            self._fail("got 'present', but was made with allow_missing=False: make it with allow_missing=True")
        if unexpected or (missing and not may_miss):
            hint = "" if may_miss or not missing else "; allow_missing=True would let a modality be left out"
            self._fail(f"expected the keys {self.names}; missing {missing}, unexpected {unexpected}{hint}")

    def _check_shape(self, name: str, x) -> None:
        built = self.shapes[name]
        try:
            shape = tuple(x.shape)
        except ValueError:  # a graph that has seen batches of several ranks knows none
            self._fail(f"was built on {name!r} of shape {(None, *built[1:])}; got another number of axes")
        fits = len(shape) == len(built) and all(b is None or a == b for a, b in zip(shape[1:], built[1:], strict=True))
        if not fits:
            # a graph sees None where batches of several shapes came, so None cannot pass as a match
            hint = ", None where batches differ" if None in shape[1:] else ""
            self._fail(f"was built on {name!r} of shape {(None, *built[1:])}; got {shape}{hint}")

    def _fail(self, sentence: str) -> None:
        raise ValueError(f"{self.owner} {sentence}.")


class StrictModel(keras.Model):
    """A model on a dict of modalities, in an order of its own: `names`, whatever the order of a batch.

    Subclasses write `build_parts(inputs)`, which calls their layers once on symbolic tensors by name.
    """

    def __init__(self, names: list[str], allow_missing: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.allow_missing = bool(allow_missing)
        self.modalities = Modalities(f"{type(self).__name__} '{self.name}'", names, self.allow_missing)
        self._dtypes: dict[str, str] = {}

    def __call__(self, inputs, *args, **kwargs):
        if not self.built and isinstance(inputs, Mapping):
            self._dtypes = {
                name: keras.backend.standardize_dtype(x.dtype)
                for name, x in inputs.items()
                if hasattr(x, "dtype") and name != PRESENT
            }
        elif self.built:  # here, outside Keras's call, the error is one sentence without a frame around it
            self.modalities.check_keys(inputs, may_miss=self.allow_missing)
        return super().__call__(inputs, *args, **kwargs)

    def build(self, input_shape) -> None:
        """Create all weights. Shapes by name; types are those of the first batch, else float32."""
        self.modalities.fix(input_shape)
        inputs = {
            name: keras.KerasTensor((None, *shape[1:]), self._dtypes.get(name, "float32"))
            for name, shape in self.modalities.shapes.items()
        }
        self.build_parts(inputs)

    def build_parts(self, inputs: dict) -> None:
        raise NotImplementedError

    def get_build_config(self):
        return {"shapes": {n: list(s) for n, s in self.modalities.shapes.items()}, "dtypes": self._dtypes}

    def build_from_config(self, config):
        self._dtypes = dict(config["dtypes"])
        self.build(config["shapes"])
        self.built = True


def serialize(part):
    """A layer, or a dict of layers as a list of pairs, whose order JSON keeps."""
    if isinstance(part, Mapping):
        return [[name, serialize(one)] for name, one in part.items()]
    return None if part is None else keras.saving.serialize_keras_object(part)


def revive(config, custom_objects=None):
    """What `serialize` wrote."""
    if isinstance(config, list):
        return {name: revive(one, custom_objects) for name, one in config}
    return None if config is None else keras.saving.deserialize_keras_object(config, custom_objects=custom_objects)


def named_layers(parts, argument: str, owner: str) -> dict:
    """`parts` as a dict of layers by name, else a `ValueError`."""
    if not isinstance(parts, Mapping):
        raise ValueError(f"{owner} takes a dict of {argument} by name; got {type(parts).__name__}.")
    return dict(parts)
