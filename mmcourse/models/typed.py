"""A model that is built from its first batch and remembers the shapes and types it was built on."""

from collections.abc import Mapping

import keras

from ..layers.numerics import type_of

PRESENT = "present"


class TypedModel(keras.Model):
    """A model whose weights are created from the shapes and types of its first batch, a tensor or a (nested) dict.

    They are saved with it, and are the signature of its export. Subclasses write `build_parts(inputs)`, which calls
    their layers once on symbolic tensors. An axis built as None stays free.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._shapes, self._dtypes = None, None

    def __call__(self, inputs, *args, **kwargs):
        if not self.built:
            self._dtypes = without_present(keras.tree.map_structure(_type, inputs))
        return super().__call__(inputs, *args, **kwargs)

    def build(self, input_shape) -> None:
        """Create all weights. Types are those of the first batch, else float32."""
        self._shapes = without_present(_tuples(input_shape))
        self.build_parts(_specs(keras.KerasTensor, self._shapes, self._dtypes))

    def build_parts(self, inputs) -> None:
        raise NotImplementedError

    def signature(self):
        """What a batch looks like: `keras.InputSpec` of the shapes and types that the model was built on."""
        return _specs(lambda shape, dtype: keras.InputSpec(shape=shape, dtype=dtype), self._shapes, self._dtypes)

    def export(self, filepath, format="tf_saved_model", verbose=None, input_signature=None, **kwargs):
        """As Keras's `export`, with the shapes and types of the first batch, and `present` where the model takes it."""
        if input_signature is None and self.built:
            input_signature = [self.signature()]
        return super().export(filepath, format=format, verbose=verbose, input_signature=input_signature, **kwargs)

    def get_build_config(self):
        return {"shapes": self._shapes, "dtypes": self._dtypes}

    def build_from_config(self, config):
        self._dtypes = config["dtypes"]
        self.build(config["shapes"])
        self.built = True


def without_present(batch):
    """A (nested) batch without its masks of presence."""
    if isinstance(batch, Mapping):
        return {name: without_present(one) for name, one in batch.items() if name != PRESENT}
    return batch


def _type(x) -> str:
    return type_of(x) if hasattr(x, "dtype") else "float32"


def _tuples(shapes):
    """Shapes as tuples, in dicts or alone; JSON makes lists of them."""
    return {n: _tuples(s) for n, s in shapes.items()} if isinstance(shapes, Mapping) else tuple(shapes)


def _specs(make, shapes, dtypes):
    """`make(shape, dtype)` for each tensor of a batch, of an unknown number of samples."""
    if isinstance(shapes, Mapping):
        return {n: _specs(make, s, dtypes.get(n) if isinstance(dtypes, Mapping) else None) for n, s in shapes.items()}
    return make((None, *shapes[1:]), dtypes or "float32")


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


def revive_parts(config: dict, names: tuple[str, ...], custom_objects=None) -> dict:
    """A model's config with the parts of these names revived."""
    return {**config, **{name: revive(config[name], custom_objects) for name in names}}


def named_layers(parts, argument: str, owner: str) -> dict:
    """`parts` as a dict of layers by name, else a `ValueError`."""
    if not isinstance(parts, Mapping) or not parts:
        came = "an empty dict" if isinstance(parts, Mapping) else type(parts).__name__
        raise ValueError(f"{owner} takes a dict of {argument} by name, at least one; got {came}.")
    for name, part in parts.items():
        check_part(part, f"{argument}[{name!r}]", owner)
    return dict(parts)


def check_part(part, argument: str, owner: str) -> None:
    """Raise a `ValueError` unless `part` is a layer whose output in training is that of inference."""
    if not isinstance(part, keras.layers.Layer):
        raise ValueError(f"{owner}: {argument} must be a Keras layer or model; got {type(part).__name__}.")
    if getattr(part, "auxiliary", None) is not None or getattr(part, "modulation", None) is not None:
        raise ValueError(
            f"{owner}: {argument} is a {type(part).__name__} with auxiliary losses or modulation, which act in its own "
            "`fit` only. Train it first, then pass a FeatureFusion of its encoders, fusion and head without them."
        )
