"""Balance: keep the modality that learns fast from starving the others.

`UnimodalAuxiliary` and `GradientModulation` are given to `FeatureFusion`, which applies them in training.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import keras
from keras import ops

from ..layers.base import register
from ..layers.checks import InputError, check_tensors, refuse_other_features
from ..layers.numerics import is_true, shape_of, type_of, wide
from .base import as_loss


@register
class UnimodalAuxiliary(keras.layers.Layer):
    """L + Σ_m λ_m L_m, L_m the loss of a head on modality m alone: the simplest balance.

    No encoder can rest on another's answer. L_m is the mean over the samples in which m is present, so that a modality
    that is rarely there counts as much as one that always is.

    Args:
        heads: modality -> layer that turns its features into predictions.
        weights: λ, one number or a dict.
        loss: any Keras loss, by default the cross-entropy of integer labels and logits.

    Input: a dict of features.
    Output: a dict of predictions; `total(y, predictions, ...)` is Σ_m λ_m L_m.
    Source: see Wang et al., 2020, arXiv:1905.12681; Wei and Hu, 2024, arXiv:2405.17730.
    Lesson: 21

    Raises `ValueError` for weights of other modalities than the heads', and for features without those of a head.

    >>> auxiliary = UnimodalAuxiliary({"a": keras.layers.Dense(3), "b": keras.layers.Dense(3)}, weights=0.5)
    >>> {name: tuple(p.shape) for name, p in auxiliary({"a": np.ones((2, 4)), "b": np.ones((2, 5))}).items()}
    {'a': (2, 3), 'b': (2, 3)}
    """

    def __init__(self, heads: Mapping, weights: float | Mapping = 1.0, loss=None, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(heads, Mapping) or not heads:
            raise ValueError(f"UnimodalAuxiliary takes a dict of heads by modality; got {heads!r}.")
        self.heads = dict(heads)
        per_head = dict(weights) if isinstance(weights, Mapping) else dict.fromkeys(self.heads, weights)
        if set(per_head) != set(self.heads):
            raise ValueError(
                f"UnimodalAuxiliary takes a weight for each of the heads {list(self.heads)}; got {list(per_head)}."
            )
        self.lambdas = {name: float(per_head[name]) for name in self.heads}
        if not all(0 <= value < float("inf") for value in self.lambdas.values()):
            raise ValueError(f"UnimodalAuxiliary: weights must be at least 0; got {weights!r}.")
        self.loss = keras.losses.get(loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True))

    def __call__(self, features, *args, **kwargs):
        check_tensors(features, f"UnimodalAuxiliary '{self.name}'")
        return super().__call__(features, *args, **kwargs)

    def build(self, features_shape):
        self._check(features_shape)
        self.shapes = {name: tuple(features_shape[name]) for name in self.heads}
        for name, head in self.heads.items():
            if not head.built:
                head.build(features_shape[name])

    def _check(self, features) -> None:
        came = list(features) if isinstance(features, Mapping) else f"a {type(features).__name__}"
        if not isinstance(features, Mapping) or not set(self.heads) <= set(features):
            raise InputError(
                f"UnimodalAuxiliary has heads for {list(self.heads)} and takes a dict of these; got {came}."
            )

    def call(self, features):
        self._check(features)
        owner = f"UnimodalAuxiliary '{self.name}'"
        refuse_other_features({name: features[name] for name in self.heads}, self.shapes, owner)
        return {name: head(features[name]) for name, head in self.heads.items()}

    def total(self, y, predictions: Mapping, present: Mapping | None = None, sample_weight=None):
        """Σ_m λ_m L_m; `present` maps a modality to its (B,) bool, absent samples count for nothing."""
        total, loss = 0.0, as_loss(self.loss)
        for name, prediction in predictions.items():
            weight = sample_weight
            if present is not None:
                there = ops.cast(present[name], "float32")
                if loss.reduction != "sum":  # Keras divides by the whole batch; the mean is over those present
                    rows = ops.cast(ops.shape(there)[0], "float32")
                    there = there * (rows / ops.maximum(ops.sum(there), 1.0))
                weight = there if weight is None else there * ops.cast(weight, "float32")
            total = total + self.lambdas[name] * loss(y, prediction, sample_weight=weight)
        return total

    def compute_output_shape(self, features_shape):
        return {name: head.compute_output_shape(features_shape[name]) for name, head in self.heads.items()}

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "heads": [[name, serialize(head)] for name, head in self.heads.items()],
            "weights": self.lambdas,
            "loss": serialize(self.loss),
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        revive = keras.saving.deserialize_keras_object
        config["heads"] = {name: revive(head) for name, head in config["heads"]}
        config["loss"] = revive(config["loss"])
        return cls(**config)


@register
class GradientModulation(keras.layers.Layer):
    """∇_m ← k_m ∇_m, k_m = 1 - tanh(α ρ_m) if ρ_m > 1, else 1: slows the encoder of the modality that is ahead (OGM).

        s_m = mean_i p_m(y_i | x_i) of the model's answers from m alone,   ρ_m = s_m / mean of the others' s

    An encoder's gradient passes through its features, so the features carry the factor: f₀ + k (f - f₀), f₀ the
    features with their gradient stopped, has the value of f and k times its gradient. That holds for every
    optimizer, and by encoder, not by the letters in a variable's name. p_m comes from the model itself with
    only m marked as present, over the samples that have m; so each p_m holds the head's whole bias, where the authors'
    code, for a head on two concatenated modalities, gives each of them half. k is that of the batch before (the
    paper scales within the batch), and it is kept as a weight, `coefficients` (M,). The paper's Gaussian noise
    (the E of OGM-GE) is left out.

    Args:
        alpha: α, at least 0.

    Input: a list of the features of two modalities or more.
    Output: features of the same values; Keras masks go on.
    Source: Peng et al., 2022, arXiv:2203.15332.
    Lesson: 21

    Raises `ValueError` for a single modality, and in `update` for anything but integer labels and logits over two
    classes or more.

    >>> layer = GradientModulation(alpha=1.0)
    >>> a, b = layer([np.ones((2, 3)), np.ones((2, 3))])
    >>> layer.update(np.array([0, 1]), [np.eye(2) * 9.0, np.zeros((2, 2))])  # the first knows, the second guesses
    >>> [round(float(k), 2) for k in keras.ops.convert_to_numpy(layer.coefficients)]
    [0.04, 1.0]
    """

    def __init__(self, alpha: float = 0.5, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= alpha < float("inf"):
            raise ValueError(f"GradientModulation: alpha must be at least 0; got {alpha!r}.")
        self.alpha = alpha
        self.supports_masking = True

    def __call__(self, features, *args, **kwargs):
        check_tensors(features, f"GradientModulation '{self.name}'")
        return super().__call__(features, *args, **kwargs)

    def build(self, features_shape):
        shapes = features_shape if isinstance(features_shape, list | tuple) else []
        if len(shapes) < 2 or not isinstance(shapes[0], list | tuple):
            raise InputError(
                f"GradientModulation '{self.name}' weighs modalities against each other and takes a list of the "
                f"features of two or more; got {features_shape}."
            )
        self.shapes = dict(enumerate(map(tuple, shapes)))
        self.coefficients = self.add_weight(
            shape=(len(features_shape),), initializer="ones", trainable=False, autocast=False, name="coefficients"
        )

    def call(self, features):
        """A list of features with the same values; each passes k_m of its gradient on."""
        owner = f"GradientModulation '{self.name}'"
        if len(features) != len(self.shapes):
            raise InputError(f"{owner} was built on {len(self.shapes)} modalities; got {len(features)}.")
        refuse_other_features(dict(enumerate(features)), self.shapes, owner)
        factors = 1.0 * self.coefficients  # a copy: `update` comes before the gradients are taken
        slowed = []
        for m, x in enumerate(features):
            still = ops.stop_gradient(x)
            slowed.append(still + ops.cast(factors[m], x.dtype) * (x - still))
        return slowed

    def update(self, y, predictions: list, present=None) -> None:
        """Set the coefficients from integer labels (B,) and the M modalities' logits (B, C), where they are alone.

        With `present` (B, M), a modality is judged by the samples that have it.
        """
        y, predictions = ops.convert_to_tensor(y), [ops.convert_to_tensor(logits) for logits in predictions]
        self._check(shape_of(y), type_of(y), [shape_of(logits) for logits in predictions])
        classes = predictions[0].shape[-1]
        if is_true(ops.all(ops.logical_and(y >= 0, y < classes))) is False:
            raise InputError(f"GradientModulation '{self.name}' takes labels from 0 to {classes - 1}; got others.")
        scores = []
        for m, logits in enumerate(predictions):
            p = ops.softmax(wide(ops.stop_gradient(logits)), axis=-1)
            hit = ops.one_hot(ops.cast(ops.reshape(y, (-1,)), "int32"), logits.shape[-1], dtype=p.dtype)
            right = ops.sum(p * hit, axis=-1)
            there = ops.ones_like(right) if present is None else ops.cast(present[:, m], right.dtype)
            scores.append(ops.sum(right * there) / ops.maximum(ops.sum(there), 1.0))
        scores = ops.stack(scores)
        others = (ops.sum(scores) - scores) / (len(predictions) - 1)
        ratio = scores / ops.maximum(others, 1e-8)
        slow = 1.0 - ops.tanh(self.alpha * ratio)
        self.coefficients.assign(ops.where(ratio > 1.0, slow, 1.0))

    def _check(self, y: tuple, kind: str, logits: list[tuple]) -> None:
        classes = all(len(shape) == 2 and shape[1] >= 2 for shape in logits)
        if not classes or "int" not in kind or y[1:] not in ((), (1,)) or len(logits) != self.coefficients.shape[0]:
            raise InputError(
                f"GradientModulation '{self.name}' takes integer labels (batch,) and, for each modality, logits "
                f"(batch, classes) over two classes or more; got {kind} labels of shape {y} and logits {logits}."
            )

    def compute_output_shape(self, features_shape):
        return features_shape

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}


@dataclass(frozen=True)
class GradientBlending:
    """w_k ∝ G_k / O_k²: how much to trust each loss.

    Args:
        before, after: each loss k (every modality alone, and the fusion) -> its `(train, val)` values at that time.

    Source: Wang et al., 2020, arXiv:1905.12681.
    Lesson: 21

    Gain and overfitting are differences between two checkpoints:

        gain        G_k = val_before - val_after,   at least 0
        overfitting O_k = (val_after - train_after) - (val_before - train_before)

    `weights` sum to one; a loss that gains nothing gets none. They are the λ for `UnimodalAuxiliary`, relative
    to that of the fused loss.

    Raises `ValueError` if the names differ, if a value is not finite, or if no loss has gained.

    >>> blend = GradientBlending({"a": (2.0, 2.0), "b": (2.0, 2.0)}, {"a": (1.0, 1.5), "b": (0.5, 1.5)})
    >>> {name: round(weight, 2) for name, weight in blend.weights.items()}
    {'a': 0.8, 'b': 0.2}
    """

    before: Mapping[str, tuple[float, float]]
    after: Mapping[str, tuple[float, float]]

    def __post_init__(self):
        if set(self.before) != set(self.after):
            raise ValueError(
                f"GradientBlending: the same losses are needed twice; got {list(self.before)} and {list(self.after)}."
            )
        values = [value for losses in (self.before, self.after) for pair in losses.values() for value in pair]
        if not all(abs(value) < float("inf") for value in values):
            raise ValueError(f"GradientBlending: losses must be finite; got {self.before} and {self.after}.")
        if not any(gain > 0 for gain in self.gains.values()):
            raise ValueError("GradientBlending: no loss has fallen on val; take an earlier second checkpoint.")

    @property
    def gains(self) -> dict[str, float]:
        return {k: max(self.before[k][1] - self.after[k][1], 0.0) for k in self.before}

    @property
    def overfitting(self) -> dict[str, float]:
        def gap(losses, k):
            return losses[k][1] - losses[k][0]

        return {k: gap(self.after, k) - gap(self.before, k) for k in self.before}

    @property
    def weights(self) -> dict[str, float]:
        # without overfitting the ratio has no bound: below a hundredth of the gain it counts as that
        overfitting, gains = self.overfitting, self.gains
        raw = {k: g / max(abs(overfitting[k]), 0.01 * g) ** 2 if g > 0 else 0.0 for k, g in gains.items()}
        return {k: value / sum(raw.values()) for k, value in raw.items()}
