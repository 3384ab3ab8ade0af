"""Feature-level fusion: encode each modality, fuse the features, decide once. Taught from lesson 00 on."""

import inspect
from collections.abc import Mapping

from keras import ops

from mmcourse.layers.base import register, zero_absent
from mmcourse.models.strict import PRESENT, StrictModel, named_layers, revive, serialize


@register
class FeatureFusion(StrictModel):
    """head(fusion(encoder_1(x1), ..., encoder_M(xM))): the feature-level model. Taught in lessons 00 and 06.

    Args:
        encoders: name -> layer or model, in the order of the modalities.
        fusion: a layer that takes the list of features. If its `call` has a `present` argument it is given
            the mask; otherwise absent features reach it as zeros.
        head: a layer or model on the fused features; None returns them as they are.
        allow_missing: let a batch carry `present` (B, M) bool and let it leave out modalities.
        modality_dropout: a `ModalityDropout`, applied to the features in training.
        auxiliary: a `UnimodalAuxiliary`, whose losses are added in training.
        modulation: a `GradientModulation` of the encoders in training; needs a head of logits.

    A batch is a dict with exactly the keys of `encoders`, plus `present` if wanted. A missing modality is
    not encoded: its features are zeros, marked as absent.

    A modality's shape is fixed by the first batch, or by `build({"image": (None, 8, 8, 1), ...})`; an axis
    built as None stays free.

    With `auxiliary` or `modulation`, a call with `training=True` returns a dict whose `"fused"` is the
    output; `fit` reads it, and nothing else changes.

    Raises `ValueError` that names the missing, unexpected and expected keys, or the modality whose shape
    is wrong.
    """

    def __init__(
        self,
        encoders: Mapping,
        fusion,
        head=None,
        allow_missing: bool = False,
        modality_dropout=None,
        auxiliary=None,
        modulation=None,
        **kwargs,
    ):
        encoders = named_layers(encoders, "encoders", "FeatureFusion")
        super().__init__(list(encoders), allow_missing, **kwargs)
        if modulation is not None and head is None:
            raise ValueError("FeatureFusion: modulation reads the head's logits; give the model a head.")
        self.encoders, self.fusion, self.head = encoders, fusion, head
        self.modality_dropout, self.auxiliary, self.modulation = modality_dropout, auxiliary, modulation
        self._fusion_masks = PRESENT in inspect.signature(fusion.call).parameters

    def build_parts(self, inputs):
        features = {name: self.encoders[name](x) for name, x in inputs.items()}
        self._feature_specs = {name: (tuple(f.shape[1:]), f.dtype) for name, f in features.items()}
        listed = list(features.values())
        fused = self.fusion(listed)
        if self.head is not None:
            self.head(fused)
        for part, given in ((self.modality_dropout, listed), (self.auxiliary, features), (self.modulation, listed)):
            if part is not None:
                part(given)

    def features(self, batch, training: bool = False) -> tuple[dict, object]:
        """`({name: features}, present)`: what the fusion sees, for looking at one modality at a time."""
        inputs, present = self.modalities.read(batch)
        encoded = {name: self.encoders[name](x, training=training) for name, x in inputs.items()}
        rows = ops.shape(next(iter(encoded.values())))[0]
        for name in self.modalities.names:
            if name not in encoded:
                shape, dtype = self._feature_specs[name]
                encoded[name] = ops.zeros((rows, *[size or 1 for size in shape]), dtype=dtype)
        return {name: encoded[name] for name in self.modalities.names}, present

    def answer(self, features: list, present=None, training: bool = False):
        """The output from features in order."""
        if present is None:
            fused = self.fusion(features, training=training)
        elif self._fusion_masks:
            fused = self.fusion(features, present=present, training=training)
        else:
            fused = self.fusion([zero_absent(x, present[:, m]) for m, x in enumerate(features)], training=training)
        return fused if self.head is None else self.head(fused, training=training)

    def call(self, batch, training: bool = False):
        # `training` is handed on by name everywhere: on JAX, Keras's fit calls this method without the context that
        # would tell the layers inside
        named, present = self.features(batch, training)
        features = list(named.values())
        if training and self.modality_dropout is not None:
            features, present = self.modality_dropout(features, present=present, training=True)
        if not training or (self.auxiliary is None and self.modulation is None):
            return self.answer(features, present, training)
        outputs = {} if present is None else {PRESENT: present}
        if self.modulation is not None:
            outputs["alone"] = [self._from_one(features, m) for m in range(len(features))]
            features = self.modulation(features)
        if self.auxiliary is not None:
            outputs["unimodal"] = self.auxiliary(dict(zip(named, features, strict=True)), training=True)
        return {"fused": self.answer(features, present, training), **outputs}

    def _from_one(self, features: list, m: int):
        """The model's own answer with modality m alone; nothing is learned from it."""
        only = [n == m for n in range(len(features))]
        rows = ops.shape(features[0])[0]
        present = ops.broadcast_to(ops.convert_to_tensor([only], dtype="bool"), (rows, len(only)))
        return ops.stop_gradient(self.answer([ops.stop_gradient(x) for x in features], present))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        outputs, y_pred = _split(y_pred)
        loss = super().compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training)
        if "unimodal" in outputs:
            present = outputs.get(PRESENT)
            if present is not None:
                present = {name: present[:, m] for m, name in enumerate(self.modalities.names)}
            loss = loss + self.auxiliary.total(y, outputs["unimodal"], present, sample_weight)
        if "alone" in outputs:
            self.modulation.update(y, outputs["alone"])
        return loss

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return super().compute_metrics(x, y, _split(y_pred)[1], sample_weight)

    def get_config(self):
        parts = ("encoders", "fusion", "head", "modality_dropout", "auxiliary", "modulation")
        serialized = {name: serialize(getattr(self, name)) for name in parts}
        return {**super().get_config(), **serialized, "allow_missing": self.allow_missing}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        parts = ("encoders", "fusion", "head", "modality_dropout", "auxiliary", "modulation")
        return cls(**{**config, **{name: revive(config[name], custom_objects) for name in parts}})


def _split(y_pred) -> tuple[dict, object]:
    """`(extra outputs of training, the prediction)`."""
    if isinstance(y_pred, Mapping) and "fused" in y_pred:
        return dict(y_pred), y_pred["fused"]
    return {}, y_pred
