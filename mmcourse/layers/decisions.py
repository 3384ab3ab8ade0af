"""Model-level fusion: one answer from the answers of several models.

All of these layers take logits: M tensors (B, C) over the same C classes, each up to a constant per sample, so
log-probabilities are logits too. All return log-probabilities (B, C): their exponentials sum to one, and they
are logits again for a loss with `from_logits=True`. They compute in float32. A model that is absent in a
sample has no part in its answer; one model alone gives its own log-probabilities, except where a layer says
otherwise.

One logit (B, 1) is that of the second of two classes, σ(z) its probability; the output is then one logit too.
"""

from collections.abc import Sequence

from keras import ops

from .base import Fusion, TensorLayer, choose, register
from .checks import InputError
from .numerics import masked_softmax, shape_of, wide

NEVER = -1e30  # the logarithm of zero, finite, and below what any log-probability can be


class DecisionFusion(Fusion):
    """Base of the layers on logits: subclasses write `decide(logs, present)`, from log-probabilities to one."""

    def add_fusion_weights(self, widths):
        if len(set(widths)) > 1:
            self._fail(f"takes logits over the same classes; got {widths} classes")
        self.binary = widths[0] == 1
        self.classes = max(widths[0], 2)
        self.add_decision_weights(len(widths))

    def add_decision_weights(self, count: int) -> None:
        """Create the weights for `count` models."""

    def decide(self, logs: list, present):
        """Log-probabilities (B, C) from those of each model, in order, in float32."""
        raise NotImplementedError

    def fuse(self, xs, present):
        return self.answer(self.decide([self.read(x) for x in xs], present))

    def read(self, x):
        """The log-probabilities (B, C) of one model's logits."""
        x = wide(x)
        if self.binary:
            return ops.concatenate([ops.log_sigmoid(-x), ops.log_sigmoid(x)], axis=-1)
        return ops.log_softmax(x, axis=-1)

    def answer(self, logs):
        """Log-probabilities as they are, or one logit where one came."""
        return logs[:, 1:] - logs[:, :1] if self.binary else logs

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


def shares(present, like, count: int):
    """1/M for each of M models, or for each present one in its sample (zero where none is): (M,) or (B, M)."""
    if present is None:
        return ops.ones((count,), dtype=like.dtype) / count
    there = ops.cast(present, like.dtype)
    return there / ops.maximum(ops.sum(there, axis=1, keepdims=True), 1.0)


@register
class AverageFusion(DecisionFusion):
    """p = (1/M) Σ p_m: the mean of the models.

    Args:
        of: `"probabilities"`: the arithmetic mean: a class needs one confident model. `"logits"`:
            log p = (1/M) Σ log p_m + const, the geometric mean: one model can veto a class.

    Input: M tensors of logits (B, C).
    Output: log-probabilities (B, C), float32; from single logits (B, 1), a logit (B, 1).
    Absent: masked. The mean is over the models present in a sample. All absent in a graph: all classes alike.
    Source: Kittler et al., 1998, doi:10.1109/34.667881.
    Lesson: 11

    >>> sure, unsure = np.log([[0.9, 0.1]]), np.log([[0.5, 0.5]])
    >>> [round(float(p), 3) for p in keras.ops.exp(AverageFusion()([sure, unsure]))[0]]
    [0.7, 0.3]
    """

    size = "0"
    wins = "models err independently and are about equally good"
    fails = "one model is much better, or sure answers should count for more than the mean lets them"

    def __init__(self, of: str = "probabilities", **kwargs):
        super().__init__(**kwargs)
        self.of = choose(of, ("probabilities", "logits"), "of", "AverageFusion")

    def decide(self, logs, present):
        weights = shares(present, logs[0], len(logs))
        if self.of == "probabilities":
            return self.mix(logs, weights)
        return ops.log_softmax(sum(weights[..., m : m + 1] * log for m, log in enumerate(logs)), axis=-1)

    def get_config(self):
        return {**super().get_config(), "of": self.of}


@register
class WeightedVote(DecisionFusion):
    """p = Σ_m α_m p_m, α = softmax(a) learned: the course's linear model fusion.

    M weights a, starting at zero: the arithmetic mean. Fit them on data that the models were not fitted on
    (`val`): on `train` the model that overfits most looks best.

    Input: M tensors of logits (B, C).
    Output: log-probabilities (B, C), float32; from single logits (B, 1), a logit (B, 1). `return_weights=True`
        also returns α, (M,) or, with `present`, (B, M).
    Absent: masked. It leaves before the softmax of α. All absent in a graph: all classes alike.
    Source: Jacobs et al., 1991, doi:10.1162/neco.1991.3.1.79 (with a gate that sees nothing).
    Lesson: 11

    >>> logits = [np.zeros((1, 3)), np.ones((1, 3))]
    >>> [float(a) for a in WeightedVote()(logits, return_weights=True)[1]]
    [0.5, 0.5]
    """

    size = "M"
    wins = "models differ in worth, and there are samples that none of them was trained on"
    fails = "fitted on training data: the model that overfits most gets the vote"

    def add_decision_weights(self, count):
        self.alpha = self.add_weight(shape=(count,), initializer="zeros", autocast=False, name="alpha")

    def call(self, inputs, present=None, return_weights: bool = False):
        xs, present = self.take(inputs, present)
        weights = masked_softmax(ops.convert_to_tensor(self.alpha), present)
        fused = self.answer(self.mix([self.read(x) for x in xs], weights))
        return (fused, weights) if return_weights else fused


@register
class ProductOfExperts(DecisionFusion):
    """log p = Σ_m log p_m - (M - 1) log prior + const: the product of the models.

    This is Bayes' rule when the modalities are independent given the class and each p_m is calibrated
    (`TemperatureScaling` first): the prior, which is in every p_m, is counted once. M counts the models present in
    a sample. No weights.

    Args:
        prior: C class probabilities, by default equal; for single logits the two of "no" and "yes".

    Input: M tensors of logits (B, C).
    Output: log-probabilities (B, C), float32; from single logits (B, 1), a logit (B, 1).
    Absent: masked. Its factor leaves the product. All absent in a graph gives the prior.
    Source: Hinton, 2002, doi:10.1162/089976602760128018.
    Lesson: 11

    Raises `ValueError` for a prior with a class of probability zero or another number of classes.

    >>> both = ProductOfExperts()([np.log([[0.8, 0.2]]), np.log([[0.8, 0.2]])])
    >>> [round(float(p), 3) for p in keras.ops.exp(both)[0]]
    [0.941, 0.059]
    """

    size = "0"
    wins = "modalities are independent given the class and the models are calibrated: it is then optimal"
    fails = "models that repeat each other: the same evidence is counted twice and the answer is far too sure"

    def __init__(self, prior: Sequence[float] | None = None, **kwargs):
        super().__init__(**kwargs)
        self.prior = None if prior is None else [float(p) for p in prior]
        if self.prior is not None and not all(0 < p < float("inf") for p in self.prior):
            raise ValueError(f"ProductOfExperts: prior must be positive for every class; got {prior!r}.")

    def add_decision_weights(self, count):
        if self.prior is not None and len(self.prior) != self.classes:
            self._fail(f"has a prior of {len(self.prior)} classes for logits over {self.classes}")

    def decide(self, logs, present):
        prior = ops.convert_to_tensor(self.prior or [1.0] * self.classes, dtype=logs[0].dtype)
        prior = ops.log(prior / ops.sum(prior))
        total = prior
        for m, log in enumerate(logs):
            evidence = log - prior
            if present is not None:
                evidence = ops.where(present[:, m : m + 1], evidence, 0.0)
            total = total + evidence
        return ops.log_softmax(total, axis=-1)

    def get_config(self):
        return {**super().get_config(), "prior": self.prior}


@register
class TemperatureScaling(TensorLayer):
    """log softmax(z / T), T = exp(t) > 0: how sure a model is, and never which class it names.

    One weight t, starting at zero, to be fitted on `val` with everything else frozen. `temperature` is T.

    Input: one tensor of logits (B, C).
    Output: log-probabilities (B, C), float32; from a single logit (B, 1), the logit z / T.
    Source: Guo et al., 2017, arXiv:1706.04599.
    Lesson: 11

    >>> [round(float(p), 3) for p in keras.ops.exp(TemperatureScaling()(np.log([[0.8, 0.2]])))[0]]
    [0.8, 0.2]
    """

    def build(self, input_shape):
        self.classes = input_shape[-1]
        self._check(tuple(input_shape))
        self.log_temperature = self.add_weight(shape=(), initializer="zeros", autocast=False, name="t")

    @property
    def temperature(self):
        return ops.exp(self.log_temperature)

    def call(self, logits):
        self._check(shape_of(logits))
        scaled = wide(logits) / self.temperature
        return scaled if self.classes == 1 else ops.log_softmax(scaled, axis=-1)

    def _check(self, shape: tuple) -> None:
        if len(shape) != 2 or shape[1] != self.classes or not self.classes:
            wanted = f"(batch, {self.classes or 'classes'})" if len(shape) == 2 else "(batch, classes)"
            raise InputError(f"TemperatureScaling '{self.name}' takes logits of shape {wanted}; got {shape}.")

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)
