"""Experts that are weighed or combined sample by sample: gated, stacked, and Gaussian.

`MixtureOfExperts` and `StackedFusion` take logits and return log-probabilities, as all layers of `decisions`.
"""

from keras import ops

from .base import Fusion, at_least, register
from .checks import refuse_other_rows
from .decisions import DecisionFusion
from .numerics import LOWEST, as_type, masked_softmax, shape_of, wide


@register
class MixtureOfExperts(DecisionFusion):
    """p = Σ_m g_m(x) p_m, g = softmax(Σ_m G_m v_m + b): a gate weighs the models for each sample.

    G and b start at zero: the arithmetic mean.

    Input: M tensors of logits (B, C), and `features`, what the gate sees: a list or dict of M tensors v_m (B, d_m)
        like the inputs; by default the experts' own probabilities.
    Output: log-probabilities (B, C), float32; from single logits (B, 1), a logit (B, 1). `return_weights=True`
        also returns g (B, M), float32.
    Absent: masked. It leaves before the softmax and is zero in the gate's view. All absent in a graph: all classes
        alike.
    Source: Jacobs et al., 1991, doi:10.1162/neco.1991.3.1.79.
    Lesson: 12

    >>> logits, features = [np.zeros((2, 3)), np.ones((2, 3))], [np.ones((2, 4)), np.ones((2, 5))]
    >>> fused, gate = MixtureOfExperts()(logits, features=features, return_weights=True)
    >>> tuple(fused.shape), tuple(gate.shape)
    ((2, 3), (2, 2))
    """

    size = "M * (sum(d) + 1)"
    wins = "which model is right changes from sample to sample, and features tell"
    fails = "few samples: the gate learns noise; evidence that should be joined, not chosen from"

    def build(self, inputs_shape, features_shape=None):
        names, _ = self._read_shapes(inputs_shape)
        self.gate_widths = None
        if features_shape is not None:
            self._check_features(names, features_shape)
            self._read_shapes(features_shape)
            ordered = features_shape if names is None else [features_shape[name] for name in names]
            self.gate_widths = [shape[-1] for shape in ordered]
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
        xs, present = self.take(inputs, present)
        logs = [self.read(x) for x in xs]
        logits = self.bias
        for m, (view, kernel) in enumerate(zip(self._views(logs, features), self.kernels, strict=True)):
            if present is not None:
                view = ops.where(present[:, m : m + 1], view, ops.zeros((), dtype=view.dtype))
            logits = logits + wide(ops.matmul(view, kernel))
        weights = masked_softmax(logits, present)
        fused = self.answer(self.mix(logs, weights))
        return (fused, weights) if return_weights else fused

    def _views(self, logs: list, features) -> list:
        """What the gate sees of each expert: (B, d_m) in the compute type."""
        if (features is None) != (self.gate_widths is None):
            self._fail(
                "was built with features for its gate: pass `features`"
                if features is None
                else "was built without features for its gate: pass them from the first call on"
            )
        views = [ops.exp(log) for log in logs]
        if features is not None:
            self._check_features(self.names, features)
            views = self._ordered(features, "features")
        rows = shape_of(logs[0])[0]
        for name, view, kernel in zip(self._labels(), views, self.kernels, strict=True):
            shape, width = shape_of(view), kernel.shape[0]
            if len(shape) != 2 or shape[1] != width:
                self._fail(f"was built on features of width {width} for modality {name}; got {shape}")
            refuse_other_rows({"logits": rows, "features": shape[0]}, self._owner())
        return [as_type(view, self.compute_dtype) for view in views]

    def _check_features(self, names, features) -> None:
        """A list of features for a list of logits, a dict with the same names for a dict."""
        given = list(features) if isinstance(features, dict) else None
        if (given is None) != (names is None) or set(given or ()) != set(names or ()):
            self._fail(f"takes features like its inputs, {names or 'a list'}; got {given or 'a list'}")

    def compute_output_shape(self, inputs_shape, features_shape=None):
        return super().compute_output_shape(inputs_shape)


@register
class StackedFusion(DecisionFusion):
    """log p = log softmax(C relu(Σ_m A_m p_m + a) + c): a small network on all models' probabilities.

    Fit it on out-of-fold predictions, or on data that the models were not fitted on: on their own training data
    it learns to trust the model that has memorised it.

    Args:
        units: the width of the hidden layer.

    Input: M tensors of logits (B, C).
    Output: log-probabilities (B, C), float32; from single logits (B, 1), a logit (B, 1).
    Absent: masked. It adds nothing to the hidden layer; one model alone still passes through the network. All
        absent in a graph: that of h = relu(a).
    Source: Wolpert, 1992, doi:10.1016/S0893-6080(05)80023-1.
    Lesson: 12

    >>> tuple(StackedFusion(8)([np.zeros((2, 3)), np.ones((2, 3))]).shape)
    (2, 3)
    """

    size = "units * (sum(d) + 1) + d[0] * (units + 1)"
    wins = "models err in patterns that another model can learn, from answers on samples new to them"
    fails = "fitted on answers to the models' own training samples: it learns to believe the overfitted"

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

    def decide(self, logs, present):
        hidden = self.bias
        for m, (log, kernel) in enumerate(zip(logs, self.kernels, strict=True)):
            p = ops.exp(log)
            if present is not None:
                p = ops.where(present[:, m : m + 1], p, 0.0)
            hidden = hidden + ops.matmul(as_type(p, self.compute_dtype), kernel)
        return ops.log_softmax(wide(ops.matmul(ops.relu(hidden), self.out) + self.offset), axis=-1)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@register
class GaussianExperts(Fusion):
    """1/σ² = 1/v + Σ_m 1/σ_m², μ = σ² Σ_m μ_m/σ_m²: the product of Gaussian experts, in closed form.

    Each modality answers with a mean and a variance for each of k numbers: of a latent variable, or of a target of
    a regression. The sure ones weigh more, and together they are surer than any alone. It is Bayes' rule when the
    modalities are independent given what they measure. Computed from log-variances, so that none overflows.

    Args:
        prior: v, the variance of one more expert with mean 0, as in the paper; None leaves it out.

    Input: M tensors (B, 2k): k means, then k log-variances s_m = log σ_m².
    Output: (B, 2k), float32: k means, then k log-variances.
    Absent: masked. It leaves the product. All absent in a graph gives the prior, mean 0 and log-variance log v;
        without a prior, mean 0 and a log-variance of 0.
    Source: Wu and Goodman, 2018, arXiv:1802.05335; Hinton, 2002, doi:10.1162/089976602760128018.
    Lesson: 11

    Raises `ValueError` for widths that are odd or unequal.

    >>> thermometers = [np.array([[20.0, np.log(1.0)]]), np.array([[23.0, np.log(2.0)]])]
    >>> mean, log_variance = GaussianExperts(prior=None)(thermometers)[0]
    >>> round(float(mean), 2), round(float(keras.ops.exp(log_variance)), 2)
    (21.0, 0.67)
    """

    size = "0"
    wins = "several measurements of one quantity, each with its own uncertainty"
    fails = "errors that go together, or variances that are wrong"

    def __init__(self, prior: float | None = 1.0, **kwargs):
        super().__init__(**kwargs)
        if prior is not None and not 0 < prior < float("inf"):
            raise ValueError(f"GaussianExperts: prior is a variance above 0, or None; got {prior!r}.")
        self.prior = None if prior is None else float(prior)

    def add_fusion_weights(self, widths):
        if len(set(widths)) > 1 or widths[0] % 2:
            self._fail(
                f"takes k means and k log-variances of each modality, widths that are equal and even; got {widths}"
            )

    def fuse(self, xs, present):
        half = self.widths[0] // 2
        x = wide(ops.stack(xs, axis=1))  # (B, M, 2k)
        means, log_precisions = x[..., :half], -x[..., half:]
        if present is not None:
            log_precisions = ops.where(ops.expand_dims(present, -1), log_precisions, LOWEST)
        if self.prior is not None:
            nothing = ops.zeros_like(means[:, :1])
            means = ops.concatenate([means, nothing], axis=1)
            log_precisions = ops.concatenate([log_precisions, nothing - ops.log(nothing + self.prior)], axis=1)
        weights = masked_softmax(log_precisions, axis=1)
        log_precision = ops.logsumexp(log_precisions, axis=1)
        if present is not None and self.prior is None:
            log_precision = ops.where(ops.any(present, axis=1, keepdims=True), log_precision, 0.0)
        return ops.concatenate([ops.sum(weights * means, axis=1), -log_precision], axis=-1)

    def compute_output_shape(self, input_shape):
        _, shapes = self._read_shapes(input_shape)
        return tuple(shapes[0])

    def get_config(self):
        return {**super().get_config(), "prior": self.prior}
