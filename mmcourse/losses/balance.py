"""Balance: keep the modality that learns fast from starving the others. Taught in lesson 21.

`UnimodalAuxiliary` and `GradientModulation` are given to `FeatureFusion`, which applies them in training.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import keras
from keras import ops

from mmcourse.layers.base import register
from mmcourse.losses.base import as_loss


@register
class UnimodalAuxiliary(keras.layers.Layer):
    """L + Σ_m λ_m L_m: a head and a loss on each modality alone (see Wang et al., 2020; Wei and Hu, 2024).

    The simplest balance: no encoder can rest on another's answer. `heads` maps modalities to layers that turn
    their features into predictions; `weights` is λ, one number or a dict; `loss` is any Keras loss, by default
    the cross-entropy of integer labels and logits. Called on a dict of features it returns a dict of
    predictions. A sample in which m is absent has no part in L_m. Taught in lesson 21.

    Raises `ValueError` for weights of other modalities than the heads'.
    """

    def __init__(self, heads: Mapping, weights: float | Mapping = 1.0, loss=None, **kwargs):
        super().__init__(**kwargs)
        self.heads = dict(heads)
        per_head = dict(weights) if isinstance(weights, Mapping) else dict.fromkeys(self.heads, weights)
        if set(per_head) != set(self.heads):
            raise ValueError(
                f"UnimodalAuxiliary takes a weight for each of the heads {list(self.heads)}; got {list(per_head)}."
            )
        self.lambdas = {name: float(per_head[name]) for name in self.heads}
        self.loss = keras.losses.get(loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True))

    def build(self, features_shape):
        missing = [name for name in self.heads if name not in features_shape]
        if missing:
            raise ValueError(f"UnimodalAuxiliary has heads for {missing}, but features of {list(features_shape)}.")
        for name, head in self.heads.items():
            if not head.built:
                head.build(features_shape[name])

    def call(self, features):
        return {name: head(features[name]) for name, head in self.heads.items()}

    def total(self, y, predictions: Mapping, present: Mapping | None = None, sample_weight=None):
        """Σ_m λ_m L_m; `present` maps a modality to its (B,) bool, absent samples count for nothing."""
        total, loss = 0.0, as_loss(self.loss)
        for name, prediction in predictions.items():
            weight = sample_weight
            if present is not None:
                there = ops.cast(present[name], "float32")
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
    """Slow the encoder of the modality that is ahead: OGM (Peng et al., 2022). Taught in lesson 21.

        s_m = Σ_i p_m(y_i | x_i) of the model's answers from m alone,   ρ_m = s_m / mean of the others' s
        k_m = 1 - tanh(α ρ_m) if ρ_m > 1, else 1:   the gradient of encoder m is multiplied by k_m

    An encoder's gradient passes through its features, so the features carry the factor: k f + (1 - k) f with
    the gradient of the second part stopped has the value of f and k times its gradient. That holds for every
    optimizer, and by encoder, not by the letters in a variable's name. p_m comes from the model itself with
    only m marked as present. k is that of the batch before (the paper scales within the batch), and it is kept
    as a weight, `coefficients` (M,). The paper's Gaussian noise (the E of OGM-GE) is left out.
    """

    def __init__(self, alpha: float = 0.5, **kwargs):
        super().__init__(**kwargs)
        if alpha < 0:
            raise ValueError(f"GradientModulation: alpha must be at least 0; got {alpha!r}.")
        self.alpha = alpha

    def build(self, features_shape):
        self.coefficients = self.add_weight(
            shape=(len(features_shape),), initializer="ones", trainable=False, autocast=False, name="coefficients"
        )

    def call(self, features):
        """A list of features with the same values; each passes k_m of its gradient on."""
        factors = 1.0 * self.coefficients  # a copy: `update` comes before the gradients are taken
        slowed = []
        for m, x in enumerate(features):
            k = ops.cast(factors[m], x.dtype)
            slowed.append(k * x + (1 - k) * ops.stop_gradient(x))
        return slowed

    def update(self, y, predictions: list) -> None:
        """Set the coefficients from labels (B,) and the M modalities' logits (B, C), where they are alone."""
        scores = []
        for logits in predictions:
            p = ops.softmax(ops.cast(ops.stop_gradient(logits), "float32"), axis=-1)
            hit = ops.one_hot(ops.cast(ops.reshape(y, (-1,)), "int32"), logits.shape[-1], dtype="float32")
            scores.append(ops.sum(p * hit))
        scores = ops.stack(scores)
        others = (ops.sum(scores) - scores) / max(len(predictions) - 1, 1)
        ratio = scores / ops.maximum(others, 1e-8)
        slow = 1.0 - ops.tanh(self.alpha * ratio)
        self.coefficients.assign(ops.where(ratio > 1.0, slow, 1.0))

    def compute_output_shape(self, features_shape):
        return features_shape

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}


@dataclass(frozen=True)
class GradientBlending:
    """w_k ∝ G_k / O_k²: how much to trust each loss (Wang et al., 2020). Taught in lesson 21.

    `before` and `after` map each loss k (every modality alone, and the fusion) to its `(train, val)` values at
    two checkpoints. Both figures are differences between the checkpoints:

        gain        G_k = val_before - val_after,   at least 0
        overfitting O_k = (val_after - train_after) - (val_before - train_before)

    `weights` sum to one; a loss that gains nothing gets none. They are the λ for `UnimodalAuxiliary`, relative
    to that of the fused loss.

    Raises `ValueError` if the names differ, or if no loss has gained.
    """

    before: Mapping[str, tuple[float, float]]
    after: Mapping[str, tuple[float, float]]

    def __post_init__(self):
        if set(self.before) != set(self.after):
            raise ValueError(
                f"GradientBlending: the same losses are needed twice; got {list(self.before)} and {list(self.after)}."
            )
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
