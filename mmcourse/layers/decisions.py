"""Model-level fusion: one answer from the answers of several models. Taught in lessons 11 and 12.

All of these layers take logits: M tensors (B, C) over the same C classes, each up to a constant per sample, so
log-probabilities are logits too. All return log-probabilities (B, C): their exponentials sum to one, and they
are logits again for a loss with `from_logits=True`. They compute in float32. A model that is absent in a
sample has no part in its answer; one model alone gives its own log-probabilities, except where a layer says
otherwise.
"""

import keras
from keras import ops

from mmcourse.layers.base import Fusion, at_least, choose, masked_softmax, register

NEVER = -1e9  # the logarithm of zero, finite


class DecisionFusion(Fusion):
    """Base of the layers on logits: checks the classes and takes logarithms of probabilities."""

    def add_fusion_weights(self, widths):
        if len(set(widths)) > 1:
            self._fail(f"takes logits over the same classes; got {widths} classes")
        self.classes = widths[0]
        self.add_decision_weights(len(widths))

    def add_decision_weights(self, count: int) -> None:
        """Create the weights for `count` models."""

    def take_logs(self, inputs, present) -> tuple[list, object]:
        """The log-probabilities of each model, in order, in float32."""
        xs, present = self.take(inputs, present)
        return [log_softmax(x) for x in xs], present

    def mix(self, logs: list, weights):
        """log Σ_m w_m p_m for weights (M,) or (B, M), without leaving the logarithm.

        A saturated model then keeps its gradient where exp(log p) would round to zero.
        """
        some = weights > 0
        log_weights = ops.where(some, ops.log(ops.where(some, weights, 1.0)), NEVER)
        parts = [log + log_weights[..., m : m + 1] for m, log in enumerate(logs)]
        return ops.logsumexp(ops.stack(parts, axis=-1), axis=-1)

    def compute_output_shape(self, input_shape):
        _, shapes = self._read_shapes(input_shape)
        return tuple(shapes[0])


def log_softmax(x):
    """log softmax over the classes in float32; a single class has probability one."""
    x = ops.cast(x, "float32")
    return x - x if x.shape[-1] == 1 else ops.log_softmax(x, axis=-1)


def shares(present, count: int):
    """1/M for each of M models, or for each present one in its sample (zero where none is): (M,) or (B, M)."""
    if present is None:
        return ops.ones((count,), dtype="float32") / count
    there = ops.cast(present, "float32")
    return there / ops.maximum(ops.sum(there, axis=1, keepdims=True), 1.0)


@register
class AverageFusion(DecisionFusion):
    """The mean of the models. Taught in lesson 11.

    - `of="probabilities"`: p = (1/M) Σ p_m, the arithmetic mean: a class needs one confident model.
    - `of="logits"`: log p = (1/M) Σ log p_m + const, the geometric mean: one model can veto a class.

    No weights. The mean is over the models present in a sample. All absent in a graph: -1e9 everywhere for
    probabilities, the uniform distribution for logits.
    """

    def __init__(self, of: str = "probabilities", **kwargs):
        super().__init__(**kwargs)
        self.of = choose(of, ("probabilities", "logits"), "of", "AverageFusion")

    def fuse(self, xs, present):
        logs, weights = [log_softmax(x) for x in xs], shares(present, len(xs))
        if self.of == "probabilities":
            return self.mix(logs, weights)
        return log_softmax(sum(weights[..., m : m + 1] * log for m, log in enumerate(logs)))

    def get_config(self):
        return {**super().get_config(), "of": self.of}


@register
class WeightedVote(DecisionFusion):
    """Y = Σ_m α_m M_m on probabilities, α = softmax(a) learned: the course's linear model fusion. Lesson 11.

    M weights a, starting at zero: the arithmetic mean. Fit them on data that the models were not fitted on
    (`val`): on `train` the model that overfits most looks best. `return_weights=True` also returns α, (M,) or,
    with `present`, (B, M). Absent models leave before the softmax. All absent in a graph: -1e9 everywhere.
    """

    def add_decision_weights(self, count):
        self.alpha = self.add_weight(shape=(count,), initializer="zeros", autocast=False, name="alpha")

    def call(self, inputs, present=None, return_weights: bool = False):
        logs, present = self.take_logs(inputs, present)
        weights = masked_softmax(ops.convert_to_tensor(self.alpha), present)
        fused = self.mix(logs, weights)
        return (fused, weights) if return_weights else fused


@register
class ProductOfExperts(DecisionFusion):
    """log p = Σ_m log p_m - (M - 1) log prior + const (after Hinton, 2002). Taught in lesson 11.

    This is Bayes' rule when the modalities are independent given the class and each p_m is calibrated
    (`TemperatureScaling` first): the prior, which is in every p_m, is counted once. `prior` holds C class
    probabilities, by default equal. No weights. M counts the models present in a sample. All absent in a
    graph gives the prior.

    Raises `ValueError` for a prior with a class of probability zero or another number of classes.
    """

    def __init__(self, prior: list[float] | None = None, **kwargs):
        super().__init__(**kwargs)
        if prior is not None and min(prior) <= 0:
            raise ValueError(f"ProductOfExperts: prior must be positive for every class; got {prior!r}.")
        self.prior = None if prior is None else [float(p) for p in prior]

    def add_decision_weights(self, count):
        if self.prior is not None and len(self.prior) != self.classes:
            self._fail(f"has a prior of {len(self.prior)} classes for logits over {self.classes}")

    def fuse(self, xs, present):
        prior = log_softmax(ops.log(ops.convert_to_tensor(self.prior or [1.0] * self.classes, dtype="float32")))
        total = prior
        for m, x in enumerate(xs):
            evidence = log_softmax(x) - prior
            if present is not None:
                evidence = ops.where(present[:, m : m + 1], evidence, 0.0)
            total = total + evidence
        return log_softmax(total)

    def get_config(self):
        return {**super().get_config(), "prior": self.prior}


@register
class MixtureOfExperts(DecisionFusion):
    """p = Σ_m g_m(x) p_m, g = softmax(Σ_m G_m v_m + b) (Jacobs et al., 1991). Taught in lesson 12.

    The gate sees `features`, a list or dict of M tensors v_m (B, d_m) like the inputs; by default it sees the
    experts' own probabilities. G and b start at zero: the arithmetic mean. `return_weights=True` also returns
    g (B, M), float32. An absent expert leaves before the softmax and is zero in the gate's view. All absent
    in a graph: -1e9 everywhere.
    """

    def build(self, inputs_shape, features_shape=None):
        self.gate_widths = None
        if features_shape is not None:
            _, shapes = self._read_shapes(features_shape)
            self.gate_widths = [shape[-1] for shape in shapes]
        super().build(inputs_shape)

    def add_decision_weights(self, count):
        widths = self.gate_widths or [self.classes] * count
        if len(widths) != count:
            self._fail(f"takes features of each of the {count} experts; got {len(widths)}")
        self.kernels = [
            self.add_weight(shape=(d, count), initializer="zeros", name=f"G{m}") for m, d in enumerate(widths)
        ]
        self.bias = self.add_weight(shape=(count,), initializer="zeros", autocast=False, name="b")

    def call(self, inputs, features=None, present=None, return_weights: bool = False):
        logs, present = self.take_logs(inputs, present)
        if (features is None) != (self.gate_widths is None):
            self._fail("was built with features for its gate: pass them" if features is None else "was built without")
        views = [ops.exp(log) for log in logs] if features is None else self._ordered(features)
        logits = self.bias
        for m, (view, kernel) in enumerate(zip(views, self.kernels, strict=True)):
            if tuple(view.shape)[1:] != (kernel.shape[0],):
                self._fail(f"was built on features of width {kernel.shape[0]} for {m}; got {tuple(view.shape)}")
            if present is not None:
                view = ops.where(present[:, m : m + 1], view, ops.zeros((), dtype=view.dtype))
            logits = logits + ops.cast(ops.matmul(view, kernel), "float32")
        weights = masked_softmax(logits, present)
        fused = self.mix(logs, weights)
        return (fused, weights) if return_weights else fused

    def compute_output_shape(self, inputs_shape, features_shape=None):
        return super().compute_output_shape(inputs_shape)


@register
class StackedFusion(DecisionFusion):
    """Y = f(Σ_m A_m p_m): a small network on all models' probabilities (Wolpert, 1992). Taught in lesson 12.

        h = relu(Σ_m A_m p_m + a),   log p = log softmax(C h + c)

    `units` is the width of h. Fit it on out-of-fold predictions, or on data that the models were not fitted on:
    on their own training data it learns to trust the model that has memorised it. An absent model adds nothing
    to h; one model alone still passes through the network. All absent in a graph: that of h = relu(a).
    """

    def __init__(self, units: int = 32, **kwargs):
        super().__init__(**kwargs)
        self.units = at_least(units, 1, "units", "StackedFusion")

    def add_decision_weights(self, count):
        self.kernels = [
            self.add_weight(shape=(self.classes, self.units), initializer="he_normal", name=f"A{m}")
            for m in range(count)
        ]
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="a")
        self.out = self.add_weight(shape=(self.units, self.classes), name="C")
        self.offset = self.add_weight(shape=(self.classes,), initializer="zeros", name="c")

    def fuse(self, xs, present):
        hidden = self.bias
        for m, (x, kernel) in enumerate(zip(xs, self.kernels, strict=True)):
            p = ops.exp(log_softmax(x))
            if present is not None:
                p = ops.where(present[:, m : m + 1], p, 0.0)
            hidden = hidden + ops.matmul(ops.cast(p, self.compute_dtype), kernel)
        return log_softmax(ops.matmul(ops.relu(hidden), self.out) + self.offset)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@register
class TemperatureScaling(keras.layers.Layer):
    """log softmax(z / T), T = exp(t) > 0 (Guo et al., 2017). Taught in lesson 11.

    One weight t, starting at zero, to be fitted on `val` with everything else frozen: it changes how sure a
    model is and never which class it names. Input: one tensor of logits (B, C). Output: log-probabilities
    (B, C), float32. `temperature` is T.
    """

    def build(self, input_shape):
        if len(input_shape) != 2:
            raise ValueError(
                f"TemperatureScaling '{self.name}' takes logits (batch, classes); got {tuple(input_shape)}."
            )
        self.log_temperature = self.add_weight(shape=(), initializer="zeros", autocast=False, name="t")

    @property
    def temperature(self):
        return ops.exp(self.log_temperature)

    def call(self, logits):
        return log_softmax(ops.cast(logits, "float32") / self.temperature)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)
