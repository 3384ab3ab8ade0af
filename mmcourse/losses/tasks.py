"""Several losses at once: tasks weighted by their uncertainty, and a teacher beside the labels."""

from collections.abc import Iterable, Mapping

import keras
from keras import ops

from mmcourse.layers.base import register


@register
class UncertaintyWeighting(keras.layers.Layer):
    """Σ_k e^{-s_k} L_k + s_k/2, s_k = log σ_k² learned (Kendall et al., 2018). Taught in lesson 14.

    Called on a dict name -> scalar loss, it returns the weighted sum. For tasks named in `regression` (squared
    errors) the term is e^{-s} L/2 + s/2: the negative log-likelihood of a Gaussian. At its best s a task has
    e^{s} = 2L (regression: L), so that the optimizer sees relative, not absolute, sizes of the losses.

    All s start at zero: the plain sum. They must not be pulled to zero by weight decay: `TaskFusion` takes
    them out of it; elsewhere call `optimizer.exclude_from_weight_decay(var_names=["log_variance"])`.

    Raises `ValueError` for other task names than at build.
    """

    def __init__(self, regression: Iterable[str] = (), **kwargs):
        super().__init__(**kwargs)
        self.regression = sorted(regression)

    def build(self, losses_shape):
        if not isinstance(losses_shape, Mapping) or not losses_shape:
            raise ValueError(f"UncertaintyWeighting takes a dict of losses by name; got {losses_shape}.")
        unknown = [name for name in self.regression if name not in losses_shape]
        if unknown:
            raise ValueError(f"UncertaintyWeighting: no loss for the regression tasks {unknown}.")
        self.tasks = list(losses_shape)
        self.log_variance = self.add_weight(
            shape=(len(self.tasks),), initializer="zeros", autocast=False, name="log_variance"
        )

    def call(self, losses):
        if set(losses) != set(self.tasks):
            raise ValueError(f"UncertaintyWeighting was built on the tasks {self.tasks}; got {list(losses)}.")
        total = 0.0
        for k, task in enumerate(self.tasks):
            s = self.log_variance[k]
            share = 0.5 if task in self.regression else 1.0
            total = total + share * ops.exp(-s) * ops.cast(losses[task], "float32") + 0.5 * s
        return total

    def compute_output_shape(self, losses_shape):
        return ()

    def get_config(self):
        return {**super().get_config(), "regression": self.regression}


@register
class DistillationLoss(keras.losses.Loss):
    """CE(y, z) + λ T² KL(softmax(z_teacher/T) ‖ softmax(z/T)) (Hinton et al., 2015). Taught in lesson 23.

    The gradient of the second term shrinks with 1/T²; the factor T² keeps its weight the same for every T.
    y_pred: the student's logits (B, C). y_true: `DistillationLoss.pack(labels, teacher_logits)`, (B, 1 + C),
    so that any `fit` can carry both.

    Raises `ValueError` if y_true does not have one column more than y_pred.
    """

    def __init__(self, temperature: float = 4.0, weight: float = 1.0, name="distillation", **kwargs):
        super().__init__(name=name, **kwargs)
        if temperature <= 0 or weight < 0:
            raise ValueError(
                "DistillationLoss: temperature must be above 0 and weight at least 0; "
                f"got {temperature!r} and {weight!r}."
            )
        self.temperature, self.weight = temperature, weight

    @staticmethod
    def pack(labels, teacher_logits):
        """Labels (B,) and teacher logits (B, C) side by side: (B, 1 + C) float32."""
        labels = ops.cast(ops.reshape(ops.convert_to_tensor(labels), (-1, 1)), "float32")
        return ops.concatenate([labels, ops.cast(teacher_logits, "float32")], axis=1)

    def call(self, y_true, y_pred):
        if y_true.shape[-1] != y_pred.shape[-1] + 1:
            raise ValueError(
                f"DistillationLoss takes y_true of {y_pred.shape[-1] + 1} columns, a label and the teacher's "
                f"logits; got {y_true.shape[-1]}. Make it with DistillationLoss.pack(labels, teacher_logits)."
            )
        student = ops.cast(y_pred, "float32")
        teacher = ops.log_softmax(y_true[:, 1:] / self.temperature)
        soft = ops.log_softmax(student / self.temperature)
        divergence = ops.sum(ops.exp(teacher) * (teacher - soft), axis=-1)
        hard = ops.one_hot(ops.cast(y_true[:, 0], "int32"), y_pred.shape[-1], dtype="float32")
        cross_entropy = -ops.sum(hard * ops.log_softmax(student), axis=-1)
        return cross_entropy + self.weight * self.temperature**2 * divergence

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature, "weight": self.weight}
