"""Task-level fusion: one trunk, a head for each task. Taught in lesson 14."""

from collections.abc import Mapping

import keras

from mmcourse.layers.base import register
from mmcourse.losses.base import as_loss
from mmcourse.models.strict import named_layers, revive, serialize


@register
class TaskFusion(keras.Model):
    """{task: head(trunk(x))}: several tasks learn one set of features. Taught in lesson 14.

    Args:
        trunk: a layer or model from a batch to features, such as a `FeatureFusion` without a head, which then
            checks the modalities.
        heads: task -> layer on the trunk's features.
        weighting: None adds the losses as `compile` says (`loss_weights`); an `UncertaintyWeighting` learns
            their weights, which weight decay leaves alone.

    Compile with a dict of losses, and fit with a dict of labels, one for each task:
    `compile(loss={"digit": ..., "speaker": ...})`. The output is a dict.

    Raises `ValueError` that names the expected tasks for other losses or labels.
    """

    def __init__(self, trunk, heads: Mapping, weighting=None, **kwargs):
        super().__init__(**kwargs)
        self.trunk = trunk
        self.heads = named_layers(heads, "heads", "TaskFusion")
        self.weighting = weighting
        self._dtypes = None
        self._task_losses = {}

    def __call__(self, inputs, *args, **kwargs):
        if not self.built:
            self._dtypes = keras.tree.map_structure(lambda x: keras.backend.standardize_dtype(x.dtype), inputs)
        return super().__call__(inputs, *args, **kwargs)

    def build(self, input_shape) -> None:
        """Create all weights. Types are those of the first batch, else float32."""
        shapes = _tuples(input_shape)
        self._shapes = shapes
        if isinstance(shapes, dict):
            types = self._dtypes or {}
            inputs = {n: keras.KerasTensor((None, *s[1:]), types.get(n, "float32")) for n, s in shapes.items()}
        else:
            inputs = keras.KerasTensor((None, *shapes[1:]), self._dtypes or "float32")
        features = self.trunk(inputs)
        for head in self.heads.values():
            head(features)
        if self.weighting is not None and not self.weighting.built:
            self.weighting.build({task: () for task in self.heads})

    def call(self, batch, training: bool = False):
        features = self.trunk(batch, training=training)
        return {task: head(features, training=training) for task, head in self.heads.items()}

    def compile(self, optimizer="rmsprop", loss=None, **kwargs):
        self._check(loss, "losses", "compile(loss={task: ...})")
        self._task_losses = {task: as_loss(one) for task, one in loss.items()}
        optimizer = keras.optimizers.get(optimizer)
        if self.weighting is not None and not optimizer.built:
            optimizer.exclude_from_weight_decay(var_names=["log_variance"])
        super().compile(optimizer=optimizer, loss=loss, **kwargs)

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
            raise ValueError(
                f"TaskFusion '{self.name}' needs {what} for exactly the tasks {list(self.heads)}, as {how}; got {came}."
            )

    def get_config(self):
        parts = {name: serialize(getattr(self, name)) for name in ("trunk", "heads", "weighting")}
        return {**super().get_config(), **parts}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        parts = {name: revive(config[name], custom_objects) for name in ("trunk", "heads", "weighting")}
        return cls(**{**config, **parts})

    def get_build_config(self):
        return {"shapes": self._shapes, "dtypes": self._dtypes}

    def build_from_config(self, config):
        self._dtypes = config["dtypes"]
        self.build(config["shapes"])
        self.built = True


def _tuples(shapes):
    """Shapes as tuples, in a dict or alone; JSON makes lists of them."""
    if isinstance(shapes, Mapping):
        return {name: tuple(shape) for name, shape in shapes.items()}
    return tuple(shapes)
