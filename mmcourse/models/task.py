"""Task-level fusion: one trunk, a head for each task."""

from collections.abc import Mapping

import keras

from ..layers.base import register
from ..layers.checks import InputError
from ..losses.base import as_loss
from .typed import TypedModel, check_part, named_layers, revive_parts, serialize


@register
class TaskFusion(TypedModel):
    """{task: head(trunk(x))}: several tasks learn one set of features.

    Args:
        trunk: a layer or model from a batch to features, such as a `FeatureFusion` without a head, which then
            checks the modalities.
        heads: task -> layer on the trunk's features.
        weighting: None adds the losses as `compile` says (`loss_weights`); an `UncertaintyWeighting` learns
            their weights, which weight decay leaves alone.

    Input: what the trunk takes.
    Output: a dict, task -> the output of its head.
    Source: Caruana, 1997, doi:10.1023/A:1007379606734.
    Lesson: 14

    Compile with a dict of losses, and fit with a dict of labels, one for each task:
    `compile(loss={"digit": ..., "speaker": ...})`.

    Raises `ValueError` that names the expected tasks for other losses or labels, and for `loss_weights` beside a
    `weighting`.

    >>> trunk = FeatureFusion({"a": keras.layers.Dense(4), "b": keras.layers.Dense(4)}, ConcatFusion())
    >>> model = TaskFusion(trunk, {"digit": keras.layers.Dense(10), "speaker": keras.layers.Dense(3)})
    >>> {task: tuple(out.shape) for task, out in model({"a": np.ones((2, 3)), "b": np.ones((2, 5))}).items()}
    {'digit': (2, 10), 'speaker': (2, 3)}
    """

    def __init__(self, trunk, heads: Mapping, weighting=None, **kwargs):
        super().__init__(**kwargs)
        check_part(trunk, "trunk", "TaskFusion")
        self.trunk = trunk
        self.heads = named_layers(heads, "heads", "TaskFusion")
        self.weighting = weighting
        self._task_losses = {}

    def build_parts(self, inputs):
        features = self.trunk(inputs)
        for head in self.heads.values():
            head(features)
        if self.weighting is not None and not self.weighting.built:
            self.weighting.build({task: () for task in self.heads})

    def call(self, batch, training: bool = False):
        features = self.trunk(batch, training=training)
        return {task: head(features, training=training) for task, head in self.heads.items()}

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, **kwargs):
        self._check(loss, "losses", "compile(loss={task: ...})")
        if self.weighting is not None and loss_weights is not None:
            raise InputError(
                f"TaskFusion '{self.name}' learns the weights of its losses (weighting=...), so loss_weights would "
                f"count for nothing; got {loss_weights}. Leave them out, or make the model without a weighting."
            )
        self._task_losses = {task: as_loss(one) for task, one in loss.items()}
        optimizer = keras.optimizers.get(optimizer)
        if self.weighting is not None and not optimizer.built:
            optimizer.exclude_from_weight_decay(var_names=["log_variance"])
        super().compile(optimizer=optimizer, loss=loss, loss_weights=loss_weights, **kwargs)

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))
        if self.built:
            self.optimizer.build(self.trainable_variables)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        self._check(y, "labels", "fit(x, {task: ...})")
        if self.weighting is None:
            return super().compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training)
        losses = {}
        for task, loss in self._task_losses.items():
            weight = sample_weight.get(task) if isinstance(sample_weight, Mapping) else sample_weight
            losses[task] = loss(y[task], y_pred[task], sample_weight=weight)
        return self.weighting(losses) + sum(self.losses)

    def _check(self, given, what: str, how: str) -> None:
        if not isinstance(given, Mapping) or set(given) != set(self.heads):
            came = list(given) if isinstance(given, Mapping) else type(given).__name__
            raise InputError(
                f"TaskFusion '{self.name}' needs {what} for exactly the tasks {list(self.heads)}, as {how}; got {came}."
            )

    def signature(self):
        return self.trunk.signature() if isinstance(self.trunk, TypedModel) else super().signature()

    def get_config(self):
        parts = {name: serialize(getattr(self, name)) for name in ("trunk", "heads", "weighting")}
        return {**super().get_config(), **parts}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**revive_parts(config, ("trunk", "heads", "weighting"), custom_objects))
