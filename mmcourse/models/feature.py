"""Feature-level fusion: encode each modality, fuse the features, decide once."""

import inspect
from collections.abc import Mapping

from keras import ops

from ..layers.base import register
from ..layers.checks import InputError
from ..layers.numerics import ZeroAbsent
from .strict import StrictModel
from .typed import PRESENT, check_part, named_layers, revive_parts, serialize

PARTS = ("encoders", "fusion", "head", "modality_dropout", "auxiliary", "modulation")
FUSED = "_fused"  # the output among the extra outputs of training; no key that a head of the user's own would give


@register
class FeatureFusion(StrictModel):
    """head(fusion(encoder_1(x1), ..., encoder_M(xM))): the feature-level model.

    Args:
        encoders: name -> layer or model, in the order of the modalities. A `FeatureFusion` as an encoder takes a
            dict of its own: `{"scene": {"image": ..., "audio": ...}, "text": ...}`.
        fusion: a layer that takes the list of features. If its `call` has a `present` argument it is given
            the mask; otherwise absent features reach it as zeros.
        head: a layer or model on the fused features; None returns them as they are.
        allow_missing: let a batch carry `present` (B, M) bool and let it leave out modalities.
        modality_dropout: a `ModalityDropout`, applied to the features in training.
        auxiliary: a `UnimodalAuxiliary`, whose losses are added in training.
        modulation: a `GradientModulation` of the encoders in training; needs a head of two or more logits.

    Input: a dict with exactly the keys of `encoders`, plus `present` if wanted. A missing modality is not encoded: its
        features are zeros, marked as absent. A modality's shape is fixed by the first batch, or by
        `build({"image": (None, 8, 8, 1), ...})`; an axis built as None stays free.
    Output: that of the head.
    Source: early fusion, Snoek et al., 2005, doi:10.1145/1101149.1101236.
    Lesson: 00

    With `auxiliary` or `modulation`, a call with `training=True` returns a dict for `fit`, and nothing else changes.

    Raises `ValueError` that names the missing, unexpected and expected keys, or the modality whose shape
    is wrong.

    >>> encoders = {"image": ImageEncoder(16), "audio": AudioEncoder(16)}
    >>> model = FeatureFusion(encoders, LowRankFusion(16), keras.layers.Dense(10))
    >>> tuple(model({"image": np.zeros((2, 8, 8, 1)), "audio": np.zeros((2, 1600))}).shape)
    (2, 10)
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
        check_part(fusion, "fusion", "FeatureFusion")
        if head is not None:
            check_part(head, "head", "FeatureFusion")
        if modulation is not None and head is None:
            raise ValueError("FeatureFusion: modulation reads the head's logits; give the model a head.")
        self.encoders, self.fusion, self.head = encoders, fusion, head
        self.modality_dropout, self.auxiliary, self.modulation = modality_dropout, auxiliary, modulation
        self._fusion_masks = PRESENT in inspect.signature(fusion.call).parameters
        self._zero_absent = ZeroAbsent()

    def parts(self):
        return self.encoders

    def build_named_parts(self, inputs):
        features = {name: self.encoders[name](x) for name, x in inputs.items()}
        self._feature_specs = {name: (tuple(f.shape[1:]), f.dtype) for name, f in features.items()}
        listed = list(features.values())
        out = self.fusion(listed)
        if self.head is not None:
            out = self.head(out)
        if self.modulation is not None and (isinstance(out, Mapping) or len(out.shape) != 2 or out.shape[-1] < 2):
            came = getattr(out, "shape", type(out).__name__)
            raise InputError(
                f"FeatureFusion '{self.name}' is modulated by how sure its head is of the right class, so the head "
                f"must give logits (batch, classes) over two classes or more; got {came}."
            )
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
            zeroed = [self._zero_absent(x, present[:, m]) for m, x in enumerate(features)]
            fused = self.fusion(zeroed, training=training)
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
        return {FUSED: self.answer(features, present, training), **outputs}

    def _from_one(self, features: list, m: int):
        """The model's own answer with modality m alone; nothing is learned from it."""
        only = [n == m for n in range(len(features))]
        rows = ops.shape(features[0])[0]
        present = ops.broadcast_to(ops.convert_to_tensor([only], dtype="bool"), (rows, len(only)))
        return ops.stop_gradient(self.answer(features, present))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        outputs, y_pred = _split(y_pred)
        loss = super().compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training)
        present = outputs.get(PRESENT)
        if "unimodal" in outputs:
            named = None
            if present is not None:
                named = {name: present[:, m] for m, name in enumerate(self.modalities.names)}
            loss = loss + self.auxiliary.total(y, outputs["unimodal"], named, sample_weight)
        if "alone" in outputs:
            self.modulation.update(y, outputs["alone"], present)
        return loss

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return super().compute_metrics(x, y, _split(y_pred)[1], sample_weight)

    def get_config(self):
        parts = {name: serialize(getattr(self, name)) for name in PARTS}
        return {**super().get_config(), **parts, "allow_missing": self.allow_missing}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**revive_parts(config, PARTS, custom_objects))


def _split(y_pred) -> tuple[dict, object]:
    """`(extra outputs of training, the prediction)`."""
    if isinstance(y_pred, Mapping) and FUSED in y_pred:
        return dict(y_pred), y_pred[FUSED]
    return {}, y_pred
