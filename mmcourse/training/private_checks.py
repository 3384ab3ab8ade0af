"""What `train_private` refuses before it begins: whatever would let a sample out without noise. Lesson 25."""

import keras
import numpy as np

from .clipped_step import called, seed_states


def check_settings(noise: float, clip: float, epochs: int) -> None:
    """Raise a `ValueError` for what is no noise, no clipping, or no training."""
    if keras.backend.backend() != "tensorflow":
        raise ValueError(f"train_private needs the TensorFlow backend; this is {keras.backend.backend()}")
    if not (0 <= noise < float("inf") and 0 < clip < float("inf") and epochs >= 1):
        raise ValueError(
            "train_private takes a finite noise from 0 on, a finite clip above 0 and 1 epoch or more; "
            f"got noise {noise}, clip {clip}, epochs {epochs}"
        )


def check_model(model: keras.Model, inputs: dict, y: np.ndarray) -> None:
    """Raise a `ValueError` for a model or labels with which samples cannot be trained on one by one."""
    if not model.trainable_variables:
        raise ValueError("train_private: the model has no trainable weights; unfreeze what is to learn")
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.RNN) and not layer.unroll:
            raise ValueError(
                f"train_private: the layer {layer.name!r} reads in a loop, whose gradient cannot be had sample by "
                "sample; give it unroll=True, or take another encoder"
            )
    if y.ndim != 1 or y.dtype.kind not in "iu":
        raise ValueError(f"train_private: expected one class number per sample, y (N,) int; got {y.shape} {y.dtype}")
    said = _said_of_each_alone(model, inputs, min(3, len(y)))
    if said.ndim != 2 or y.min() < 0 or y.max() >= said.shape[1]:
        raise ValueError(
            "train_private: expected logits (N, classes) from the model, a column for each label; got "
            f"{said.shape} for labels from {y.min()} to {y.max()}"
        )


def _said_of_each_alone(model: keras.Model, inputs: dict, n: int) -> np.ndarray:
    """What a model says of the first samples, which must be the same whether they come alone or together."""
    random = bool(seed_states(model))
    together = _call(model, inputs, slice(n), training=True)
    if random:  # other random numbers for another number of samples
        together = _call(model, inputs, slice(n), training=False)
    alone = np.concatenate([_call(model, inputs, slice(i, i + 1), training=not random) for i in range(n)])
    if alone.shape != together.shape or not np.allclose(alone, together, rtol=1e-3, atol=1e-3 * np.abs(alone).max()):
        raise ValueError(
            "train_private: what the model says of a sample hangs on the other samples of its batch, so no gradient is "
            "of one sample alone; take out the layer that mixes them"
        )
    return alone


def _call(model: keras.Model, inputs: dict, rows: slice, training: bool) -> np.ndarray:
    """The outputs for some rows; raises where the call changes what is neither trained nor a random state."""
    values = tuple([v.value for v in group] for group in (model.trainable_variables, model.non_trainable_variables))
    said, after, _ = called(model, values, {name: array[rows] for name, array in inputs.items()}, training)
    generators = seed_states(model)
    for variable, before, now in zip(model.non_trainable_variables, values[1], after, strict=True):
        if id(variable) not in generators and not np.array_equal(before, now):
            raise ValueError(
                f"train_private: {variable.path!r} keeps statistics of the samples, and mixes them in training or lets "
                "them out without noise; take a layer that does not (LayerNormalization), or freeze it"
            )
    if isinstance(said, dict | list | tuple):
        raise ValueError("train_private: expected one output, logits (N, classes), from the model; got several")
    return np.asarray(said)
