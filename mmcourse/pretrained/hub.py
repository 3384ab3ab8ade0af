"""A TensorFlow Hub module, or any SavedModel, as a Keras 3 layer. Taught in lesson 17.

`hub.KerasLayer` belongs to the Keras before 3 and is refused by functional models; a `Lambda` around a module works
and trains nothing, because Keras never learns of the module's variables; `keras.layers.TFSMLayer` keeps names that Adam
refuses. Here each variable of the module *is* a Keras variable of the layer: same storage, so that freezing, optimizers
and weight files all see it.
"""

import inspect
from pathlib import Path

import keras

from ..layers.base import register
from .sources import resolve


@register
class HubLayer(keras.layers.Layer):
    """A hub handle or the folder of a SavedModel, as a layer. TensorFlow backend only.

    - `handle`: a folder with `saved_model.pb`, or an address for TensorFlow Hub's resolver.
    - `trainable`: whether training moves the module's variables; it may be changed at any time (compile again after).
      A frozen module always runs with `training=False`, so its moving statistics stay; its regularisation losses
      then count for nothing.
    - `output_key`: which output to give where a module has several; without it they come as a dict.
    - `signature`: the signature to call; without it the module itself, Keras's `serve`, or its only signature.

    What Keras 2 saved together with its optimizer loads where tf-keras is installed, as in `mmcourse[course]`. So does
    the SavedModel in the package `basic-pitch`, audio to notes. That package asks for an older TensorFlow than the
    course's, but its files do without it: `pip install --no-deps basic-pitch==0.4.0`; the handle is its folder
    `saved_models/icassp_2022/nmp`.

    Inputs are what the module takes: (B, ...) images, (B,) strings, or a dict. Floats are cast to the module's
    precision and the outputs to the layer's. A module that Keras exported knows only how to predict: its batch
    statistics never move.

    `.keras` files keep the handle and all weights, fine-tuned or not; loading one loads the module from its handle, so
    open only files whose handle you trust. Raises `ValueError` for a wrong handle, signature, key, dtype or backend,
    `NotAvailable` where a module cannot be fetched, `ImportError` where tensorflow_hub is needed and absent.

    >>> folder = save_as_saved_model("image", "module")
    >>> tuple(HubLayer(folder)(np.zeros((2, 32, 32, 3), "float32")).shape)
    (2, 80)
    """

    def __init__(
        self,
        handle: str | Path,
        trainable: bool = False,
        output_key: str | None = None,
        signature: str | None = None,
        **kwargs,
    ):
        if keras.backend.backend() != "tensorflow":
            raise ValueError(
                f"HubLayer runs a TensorFlow graph and needs the TensorFlow backend; this is "
                f"{keras.backend.backend()!r}. Set KERAS_BACKEND=tensorflow before Keras is imported, or use "
                "pretrained.image."
            )
        super().__init__(autocast=False, **kwargs)
        import tensorflow as tf

        self.handle, self.output_key, self.signature = str(handle), output_key, signature
        self.module = _loaded(resolve(self.handle))
        self.function, self.named = _function(self.module, self.handle, signature)
        self.wanted = _wanted(self.function, self.named)
        self.takes_training = not self.named and "training" in inspect.signature(self.function).parameters
        self.supports_jit = not any(spec.dtype == tf.string for spec in tf.nest.flatten(self.wanted))
        self._own_variables()
        self.trainable = trainable
        self.built = True

    def _own_variables(self) -> None:
        """Make every variable of the module one of the layer: the same storage under a Keras variable."""
        found = list(getattr(self.module, "variables", []))
        for function in [self.function, *getattr(self.function, "concrete_functions", [])]:
            found += list(getattr(function, "variables", []))
        unique = list({id(variable): variable for variable in found}.values())
        if hasattr(self.module, "trainable_variables"):  # the interface of reusable SavedModels
            moved = {id(variable) for variable in self.module.trainable_variables}
        else:
            moved = {id(variable) for variable in unique if variable.trainable}
        for i, variable in enumerate(unique):
            name = variable.name.split(":")[0].replace("/", "_").strip("_") or "variable"
            own = keras.Variable(
                initializer=variable,
                dtype=variable.dtype.name,
                trainable=id(variable) in moved,
                autocast=False,
                name=f"{name}_{i}",
            )
            self._track_variable(own)

    def call(self, inputs, training=False):
        inputs = self._fit(inputs)
        learning = bool(training) and self.trainable
        if self.named:
            outputs = self.function(**inputs)
        elif self.takes_training:
            outputs = self.function(inputs, training=learning)
        else:
            outputs = self.function(inputs)
        if self.trainable:
            for penalty in getattr(self.module, "regularization_losses", []):
                self.add_loss(penalty())
        return self._picked(outputs)

    def _fit(self, inputs):
        """Inputs in the dtype that the module takes: floats are cast, anything else must be right."""
        import tensorflow as tf

        if self.named and len(self.wanted) == 1 and not isinstance(inputs, dict):
            inputs = dict.fromkeys(self.wanted, inputs)
        try:
            tf.nest.assert_same_structure(self.wanted, inputs)
        except (ValueError, TypeError):
            wanted = list(self.wanted) if isinstance(self.wanted, dict) else self.wanted
            got = list(inputs) if isinstance(inputs, dict) else type(inputs).__name__
            raise ValueError(f"{self.handle} takes {wanted}; got {got}") from None
        return tf.nest.map_structure(self._fit_one, self.wanted, inputs)

    def _fit_one(self, spec, given):
        import tensorflow as tf

        given = tf.convert_to_tensor(given)
        if given.dtype.is_floating and spec.dtype.is_floating:
            given = tf.cast(given, spec.dtype)
        if given.dtype != spec.dtype or not spec.shape.is_compatible_with(given.shape):
            raise ValueError(
                f"{self.handle} takes {spec.dtype.name} of shape {tuple(spec.shape)}; "
                f"got {given.dtype.name} of shape {tuple(given.shape)}. Convert it before the layer."
            )
        return given

    def _picked(self, outputs):
        import tensorflow as tf

        if self.output_key is not None:
            if not isinstance(outputs, dict) or self.output_key not in outputs:
                offered = ", ".join(sorted(outputs)) if isinstance(outputs, dict) else "one output without a name"
                raise ValueError(f"{self.handle} gives {offered}; there is no output_key {self.output_key!r}")
            outputs = outputs[self.output_key]
        elif isinstance(outputs, dict) and len(outputs) == 1:
            (outputs,) = outputs.values()
        return tf.nest.map_structure(lambda y: tf.cast(y, self.compute_dtype) if y.dtype.is_floating else y, outputs)

    def get_config(self):
        config = {"handle": self.handle, "output_key": self.output_key, "signature": self.signature}
        return {**super().get_config(), **config}


def _loaded(folder: str):
    """The module in a folder. One that Keras 2 saved with the state of its optimizer needs the package tf-keras."""
    import tensorflow as tf

    try:
        return tf.saved_model.load(folder)
    except AttributeError as error:
        if "add_slot" not in str(error):
            raise
        raise ValueError(
            f"{folder} was saved by Keras 2 together with its optimizer, which TensorFlow reads only where tf-keras is "
            "installed: pip install tf-keras, then start Python anew"
        ) from None


def _function(module, handle: str, signature: str | None):
    """What to call of a module, and whether by names: a signature, the module itself, or Keras's `serve`."""
    signatures = getattr(module, "signatures", {})
    if signature is None and callable(module):
        return module.__call__, False
    if signature is None and callable(getattr(module, "serve", None)):
        return module.serve, False
    if signature is None and len(signatures) == 1:
        (signature,) = signatures
    if signature not in signatures:
        offered = ", ".join(signatures) or "(none)"
        asked = "cannot be called itself" if signature is None else f"has no signature {signature!r}"
        raise ValueError(f"{handle} {asked}; its signatures are {offered}")
    return signatures[signature], True


def _wanted(function, named: bool):
    """The `tf.TensorSpec`s that a function takes: one, or a structure of them; what all of its traces agree on."""
    import tensorflow as tf

    traces = [f.structured_input_signature for f in getattr(function, "concrete_functions", [function])]
    specs = [dict(by_name) if named else by_place[0] for by_place, by_name in traces]
    # without names: Keras 2 calls the same input differently from trace to trace
    specs = [tf.nest.map_structure(lambda spec: tf.TensorSpec(spec.shape, spec.dtype), each) for each in specs]
    wanted = specs[0]
    for other in specs[1:]:
        wanted = tf.nest.map_structure(lambda a, b: a.most_specific_common_supertype([b]), wanted, other)
    return wanted
