"""Model-level fusion: a model for each modality, their answers combined."""

import inspect
from collections.abc import Mapping

import keras
from keras import ops

from ..layers.base import choose, register
from ..layers.checks import InputError
from ..layers.decisions import DecisionFusion, TemperatureScaling
from ..layers.numerics import is_true, wide
from .feature import FeatureFusion
from .strict import StrictModel
from .typed import PRESENT, check_part, named_layers, revive_parts, serialize


@register
class ModelFusion(StrictModel):
    """combine(model_1(x1), ..., model_M(xM)): the model-level model.

    Args:
        models: modality -> a model of that modality alone, trained or not. A `FeatureFusion` of just this modality
            is given `{modality: x}`, any other model x.
        combine: one of the layers on logits: `AverageFusion`, `WeightedVote`, `ProductOfExperts`,
            `MixtureOfExperts` (gated by the models' probabilities), `StackedFusion`.
        outputs: what the models give, `"logits"` or `"probabilities"`. One column is the logit, or the
            probability, of the second of two classes.
        allow_missing: let a batch carry `present` (B, M) bool and let it leave out modalities.

    Input: a dict with exactly the keys of `models`, plus `present` if wanted.
    Output: log-probabilities (B, C), or a logit (B, 1), to be trained and judged with `from_logits=True`. To fit the
        combination only, on `val`, freeze the models: `for m in fusion.models.values(): m.trainable = False`.
    Source: late fusion, Snoek et al., 2005, doi:10.1145/1101149.1101236.
    Lesson: 11

    Raises `ValueError` that names the missing, unexpected and expected keys, the modality whose shape is wrong, or the
    model that plainly gives other outputs than `outputs` says: by its last layer, and in eager calls by its numbers.

    >>> fusion = ModelFusion({"a": keras.layers.Dense(3), "b": keras.layers.Dense(3)}, AverageFusion())
    >>> tuple(fusion({"a": np.ones((2, 4)), "b": np.ones((2, 5))}).shape)
    (2, 3)
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
        check_part(combine, "combine", "ModelFusion")
        if allow_missing and PRESENT not in inspect.signature(combine.call).parameters:
            raise ValueError(
                "ModelFusion: allow_missing needs a combine layer whose call takes `present`; "
                f"{type(combine).__name__} would count an absent model as an answer."
            )
        self.models, self.combine = models, combine
        self.outputs_are = choose(outputs, ("logits", "probabilities"), "outputs", "ModelFusion")

    def parts(self):
        return self.models

    def build_named_parts(self, inputs):
        logits = [self._logits(name, x) for name, x in inputs.items()]
        for name, model in self.models.items():
            kind = outputs_of(model)
            if kind is not None and kind != self.outputs_are:
                self._refuse(name, f"its last layer gives {kind}")
        self._classes = logits[0].shape[-1]
        self.combine(logits)

    def _logits(self, name: str, x, training: bool = False):
        model = self.models[name]
        alone = isinstance(model, FeatureFusion) and model.modalities.names == [name]
        out = model({name: x} if alone else x, training=training)
        self._check_numbers(name, out)
        if self.outputs_are == "logits":
            return out
        p = wide(out)
        log = ops.log(ops.maximum(p, 1e-12))
        return log if p.shape[-1] > 1 else log - ops.log(ops.maximum(1.0 - p, 1e-12))

    def _check_numbers(self, name: str, out) -> None:
        """In eager calls: distributions under "logits", or under "probabilities" what is none."""
        p, several = wide(out), out.shape[-1] > 1
        inside = ops.all(ops.logical_and(p >= 0, p <= 1.001))
        off = ops.max(ops.abs(ops.sum(p, axis=-1) - 1.0)) if several else ops.zeros(())
        if self.outputs_are == "logits":
            if several and is_true(ops.logical_and(inside, off < 1e-4)):
                self._refuse(name, "its outputs are positive and sum to one in every sample, as probabilities do")
        elif is_true(ops.logical_and(inside, off < 0.02)) is False:
            self._refuse(name, "its outputs are not all between 0 and 1 with a sum of one")

    def _refuse(self, name: str, reason: str) -> None:
        other = {"logits": "probabilities", "probabilities": "logits"}[self.outputs_are]
        raise InputError(
            f"ModelFusion '{self.name}' was made with outputs={self.outputs_are!r}, but the model of {name!r} does not "
            f"give those: {reason}. Make it with outputs={other!r}, or give the model another last activation."
        )

    def call(self, batch, training: bool = False):
        inputs, present = self.modalities.read(batch)
        logits = {name: self._logits(name, x, training) for name, x in inputs.items()}
        rows = ops.shape(next(iter(logits.values())))[0]
        nothing = ops.zeros((rows, self._classes))
        listed = [logits.get(name, nothing) for name in self.modalities.names]
        mask = {} if present is None else {PRESENT: present}
        return self.combine(listed, training=training, **mask)

    def get_config(self):
        parts = {"models": serialize(self.models), "combine": serialize(self.combine)}
        options = {"outputs": self.outputs_are, "allow_missing": self.allow_missing}
        return {**super().get_config(), **parts, **options}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**revive_parts(config, ("models", "combine"), custom_objects))


def outputs_of(model) -> str | None:
    """ "logits" or "probabilities", as the last layer of a model says; None where it does not."""
    while True:
        if isinstance(model, FeatureFusion):
            model = model.fusion if model.head is None else model.head
        elif isinstance(model, keras.Model) and not isinstance(model, StrictModel) and model.layers:
            model = model.layers[-1]
        else:
            break
    if isinstance(model, ModelFusion | DecisionFusion | TemperatureScaling):
        return "logits"
    if isinstance(model, keras.layers.Softmax):
        return "probabilities"
    name = getattr(getattr(model, "activation", None), "__name__", None)
    return {"softmax": "probabilities", "sigmoid": "probabilities", "linear": "logits"}.get(name)
