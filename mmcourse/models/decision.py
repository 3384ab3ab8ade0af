"""Model-level fusion: a model for each modality, their answers combined. Taught in lessons 11 and 12."""

from collections.abc import Mapping

from keras import ops

from mmcourse.layers.base import choose, register
from mmcourse.models.feature import FeatureFusion
from mmcourse.models.strict import StrictModel, named_layers, revive, serialize


@register
class ModelFusion(StrictModel):
    """combine(model_1(x1), ..., model_M(xM)): the model-level model. Taught in lessons 11 and 12.

    Args:
        models: modality -> a model of that modality alone, trained or not. A `FeatureFusion` of one modality
            is given `{modality: x}`, any other model x.
        combine: one of the layers on logits: `AverageFusion`, `WeightedVote`, `ProductOfExperts`,
            `MixtureOfExperts` (gated by the models' probabilities), `StackedFusion`.
        outputs: what the models give, `"logits"` or `"probabilities"`.
        allow_missing: let a batch carry `present` (B, M) bool and let it leave out modalities.

    Output: log-probabilities (B, C), to be trained and judged with `from_logits=True`. To fit the combination
    only, on `val`, freeze the models: `for m in fusion.models.values(): m.trainable = False`.

    Raises `ValueError` that names the missing, unexpected and expected keys, or the modality whose shape
    is wrong.
    """

    def __init__(
        self,
        models: Mapping,
        combine,
        outputs: str = "logits",
        allow_missing: bool = False,
        **kwargs,
    ):
        models = named_layers(models, "models", "ModelFusion")
        super().__init__(list(models), allow_missing, **kwargs)
        self.models, self.combine = models, combine
        self.outputs_are = choose(outputs, ("logits", "probabilities"), "outputs", "ModelFusion")

    def build_parts(self, inputs):
        logits = [self._logits(name, x) for name, x in inputs.items()]
        self._classes = logits[0].shape[-1]
        self.combine(logits)

    def _logits(self, name: str, x, training: bool = False):
        model = self.models[name]
        out = model({name: x} if isinstance(model, FeatureFusion) else x, training=training)
        if self.outputs_are == "logits":
            return out
        return ops.log(ops.maximum(ops.cast(out, "float32"), 1e-12))

    def call(self, batch, training: bool = False):
        inputs, present = self.modalities.read(batch)
        logits = {name: self._logits(name, x, training) for name, x in inputs.items()}
        rows = ops.shape(next(iter(logits.values())))[0]
        nothing = ops.zeros((rows, self._classes))
        listed = [logits.get(name, nothing) for name in self.modalities.names]
        mask = {} if present is None else {"present": present}
        return self.combine(listed, training=training, **mask)

    def get_config(self):
        parts = {"models": serialize(self.models), "combine": serialize(self.combine)}
        options = {"outputs": self.outputs_are, "allow_missing": self.allow_missing}
        return {**super().get_config(), **parts, **options}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        parts = {name: revive(config[name], custom_objects) for name in ("models", "combine")}
        return cls(**{**config, **parts})
