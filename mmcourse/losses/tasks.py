"""Several losses at once: tasks weighted by their uncertainty, and a teacher beside the labels."""

from collections.abc import Iterable, Mapping

import keras
from keras import ops

from ..layers.base import register
from ..layers.checks import InputError, check_tensors
from ..layers.numerics import is_true, shape_of, type_of, wide


@register
class UncertaintyWeighting(keras.layers.Layer):
    """L = Σ_k e^{-s_k} L_k + s_k/2, s_k = log σ_k² learned: several tasks weighted by their uncertainty.

    For tasks named in `regression` (squared
    errors) the term is e^{-s} L/2 + s/2: the negative log-likelihood of a Gaussian. At its best s a task has
    e^{s} = 2L (regression: L), so that the optimizer sees relative, not absolute, sizes of the losses.

    All s start at zero: the plain sum. They must not be pulled to zero by weight decay: `TaskFusion` takes
    them out of it; elsewhere call `optimizer.exclude_from_weight_decay(var_names=["log_variance"])`.

    Args:
        regression: the names of the tasks with squared errors.

    Input: a dict, task -> scalar loss.
    Output: a scalar, float32.
    Source: Kendall et al., 2018, arXiv:1705.07115.
    Lesson: 14

    Raises `ValueError` for other task names than at build, and for losses that are not scalars.

    >>> float(UncertaintyWeighting(regression=["age"])({"digit": np.array(2.0), "age": np.array(1.0)}))
    2.5
    """

    def __init__(self, regression: Iterable[str] = (), **kwargs):
        super().__init__(**kwargs)
        if isinstance(regression, str):
            raise ValueError(
                f"UncertaintyWeighting takes a list of the regression tasks; got the string {regression!r}."
            )
        self.regression = sorted(regression)

    def __call__(self, losses, *args, **kwargs):
        check_tensors(losses, f"UncertaintyWeighting '{self.name}'")
        return super().__call__(losses, *args, **kwargs)

    def build(self, losses_shape):
        if not isinstance(losses_shape, Mapping) or not losses_shape:
            raise InputError(f"UncertaintyWeighting takes a dict of losses by name; got {losses_shape}.")
        several = {name: tuple(shape) for name, shape in losses_shape.items() if len(shape) > 0}
        if several:
            raise InputError(f"UncertaintyWeighting takes one number for each loss; got the shapes {several}.")
        unknown = [name for name in self.regression if name not in losses_shape]
        if unknown:
            raise ValueError(f"UncertaintyWeighting: no loss for the regression tasks {unknown}.")
        self.tasks = list(losses_shape)
        self.log_variance = self.add_weight(
            shape=(len(self.tasks),), initializer="zeros", autocast=False, name="log_variance"
        )

    def call(self, losses):
        if not isinstance(losses, Mapping) or set(losses) != set(self.tasks):
            came = list(losses) if isinstance(losses, Mapping) else type(losses).__name__
            raise InputError(f"UncertaintyWeighting was built on the tasks {self.tasks}; got {came}.")
        total = 0.0
        for k, task in enumerate(self.tasks):
            s = self.log_variance[k]
            share = 0.5 if task in self.regression else 1.0
            total = total + share * ops.exp(-s) * ops.cast(losses[task], s.dtype) + 0.5 * s
        return total

    def compute_output_shape(self, losses_shape):
        return ()

    def get_config(self):
        return {**super().get_config(), "regression": self.regression}


@register
class DistillationLoss(keras.losses.Loss):
    """L = CE(y, z) + λ T² KL(softmax(z_teacher/T) ‖ softmax(z/T)): a teacher beside the labels.

    The gradient of the second term shrinks with 1/T²; the factor T² keeps its weight the same for every T.

    Args:
        temperature: T, above 0.
        weight: λ, at least 0.

    Input: y_true, `DistillationLoss.pack(labels, teacher_logits)`, (B, 2C), so that any `fit` can carry both; y_pred,
        the student's logits (B, C) over two classes or more.
    Output: a loss for each sample (B,), which Keras averages.
    Source: Hinton et al., 2015, arXiv:1503.02531.
    Lesson: 23

    What `pack` gives has its largest number in the column of the label, so that Keras's `metrics=["accuracy"]` is the
    accuracy on the labels.

    Raises `ValueError` if y_true does not have two columns for each of y_pred, and in `pack` for labels that are no
    classes of the teacher.

    >>> teacher = np.array([[3.0, 0.0], [0.0, 1.0]])
    >>> y = DistillationLoss.pack([0, 1], teacher)
    >>> round(float(DistillationLoss(weight=0.0)(y, teacher)), 3)  # the cross-entropy alone
    0.181
    """

    def __init__(self, temperature: float = 4.0, weight: float = 1.0, name="distillation", **kwargs):
        super().__init__(name=name, **kwargs)
        if not 0 < temperature < float("inf") or not 0 <= weight < float("inf"):
            raise ValueError(
                "DistillationLoss: temperature must be above 0 and weight at least 0; "
                f"got {temperature!r} and {weight!r}."
            )
        self.temperature, self.weight = temperature, weight

    @staticmethod
    def pack(labels, teacher_logits):
        """Labels (B,) as one-hot rows, and the teacher's logits (B, C) less their largest: (B, 2C) float32."""
        labels, teacher = ops.convert_to_tensor(labels), wide(ops.convert_to_tensor(teacher_logits))
        rows, classes = shape_of(teacher) if len(teacher.shape) == 2 else (None, 0)
        if classes < 2 or shape_of(labels) not in ((rows,), (rows, 1)):
            raise InputError(
                "DistillationLoss.pack takes labels (batch,) and the teacher's logits (batch, classes) over two "
                f"classes or more; got {shape_of(labels)} and {shape_of(teacher)}."
            )
        labels = ops.reshape(labels, (-1,))
        known = ops.logical_and(labels >= 0, labels < classes)
        if "float" in type_of(labels):
            known = ops.logical_and(known, labels == ops.floor(labels))
        if is_true(ops.all(known)) is False:
            raise InputError(f"DistillationLoss.pack: labels are whole numbers from 0 to {classes - 1}; got others.")
        hard = ops.one_hot(ops.cast(labels, "int32"), classes, dtype=teacher.dtype)
        return ops.concatenate([hard, teacher - ops.max(teacher, axis=1, keepdims=True)], axis=1)

    def call(self, y_true, y_pred):
        classes = y_pred.shape[-1]
        if classes < 2 or len(y_true.shape) != 2 or y_true.shape[-1] != 2 * classes:
            raise InputError(
                f"DistillationLoss takes logits over two classes or more, and y_true of two columns for each, the "
                f"label's and the teacher's; got {shape_of(y_pred)} and {shape_of(y_true)}. Make y_true with "
                "DistillationLoss.pack(labels, teacher_logits)."
            )
        student, y_true = wide(y_pred), wide(y_true)
        hard = ops.cast(y_true[:, :classes], student.dtype)
        teacher = ops.log_softmax(ops.cast(y_true[:, classes:], student.dtype) / self.temperature)
        soft = ops.log_softmax(student / self.temperature)
        divergence = ops.sum(ops.exp(teacher) * (teacher - soft), axis=-1)
        cross_entropy = -ops.sum(hard * ops.log_softmax(student), axis=-1)
        return cross_entropy + self.weight * self.temperature**2 * divergence

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature, "weight": self.weight}
