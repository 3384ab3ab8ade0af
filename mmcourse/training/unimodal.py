"""Each modality by itself: an encoder trained alone, frozen, and its features. Taught in lesson 06."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import keras
import numpy as np

from ..data import Multimodal, Split
from ..layers import ConcatFusion
from ..models import FeatureFusion
from .short import train


class Alone(NamedTuple):
    """What `features_alone` gives, by modality: the trained models, the set of features, and the frozen encoders."""

    models: dict[str, FeatureFusion]
    features: Multimodal
    encoders: dict[str, keras.layers.Layer]


def features_alone(
    data: Multimodal,
    encoders: Mapping[str, keras.layers.Layer],
    *,
    seed: int,
    epochs: int = 12,
    batch_size: int = 64,
    learning_rate: float = 2e-3,
    targets: Mapping[str, str] | None = None,
    normalize: bool = True,
) -> Alone:
    """Train an encoder with a linear head for each modality, freeze it, and give the set of its features.

    >>> data = mm.load("digits").subset(64)
    >>> encoders = {"image": mm.layers.ImageEncoder(16, filters=[4]), "audio": mm.layers.AudioEncoder(16)}
    >>> models, features, frozen = features_alone(data, encoders, seed=0, epochs=1)
    >>> noisier = mm.load("digits", audio_snr_db=-20).subset(64).map(frozen)
    >>> features.test.x["audio"].shape == noisier.test.x["audio"].shape == (len(data.test), 16)
    True

    `encoders` are patterns, not yet built: what is trained is a copy whose weights, like the order of the samples, are
    a function of `seed`. Adam's learning rate falls from `learning_rate` to 0 along a cosine. The model of a modality
    is a `FeatureFusion` of that one, which gives logits; its encoder is frozen when it comes back. Modalities without
    an encoder stay in the set as they are.

    A modality learns the labels, or what `targets` names for it: `{"image": "image_symbol"}` out of `Split.targets`,
    whole numbers, of which those below 0 ("nothing") are one more class, the last. `normalize` puts a `Normalization`
    behind each frozen encoder: mean 0 and variance 1 over all of a modality's features in train.

    A training step is traced once for all seeds (see `train`). Raises `ValueError` for a modality or target that the
    set does not have, an encoder that is built already, and labels that are not whole numbers. Taught in lesson 06.
    """
    data.check_names([*encoders, *(targets or {})])
    if not encoders:
        raise ValueError(f"{data.name}: features_alone needs an encoder for some of {', '.join(data.modalities)}")
    models, frozen = {}, {}
    for modality, pattern in encoders.items():
        view = _with_labels(data.with_only(modality), (targets or {}).get(modality))
        models[modality] = _trained(view, pattern, seed, epochs, batch_size, learning_rate)
        frozen[modality] = _frozen(models[modality].encoders[modality], view, normalize)
    eager = {name: _without_tracing(encoder) for name, encoder in frozen.items()}
    return Alone(models, data.map(eager), frozen)


def _with_labels(view: Multimodal, target: str | None) -> Multimodal:
    """A set of one modality with the target in place of the labels, and `nothing` as its last class."""
    if target is not None and target not in view.train.targets:
        raise ValueError(f"{view.name} has the targets {', '.join(view.train.targets) or '(none)'}; got {target!r}")

    def labels(split: Split) -> np.ndarray:
        found = split.y if target is None else split.targets[target]
        if found.ndim != 1 or found.dtype.kind not in "iu":
            what = target or "the labels"
            raise ValueError(f"{view.name}: expected whole numbers (N,) in {what}, got {found.dtype} {found.shape}")
        return found

    nothing = 1 + max(int(labels(split).max()) for split in (view.train, view.val, view.test))
    return view.map_splits(lambda split: replace(split, y=np.where(labels(split) < 0, nothing, labels(split))))


def _trained(view: Multimodal, pattern, seed: int, epochs: int, batch_size: int, learning_rate: float) -> FeatureFusion:
    """A model of its own for one modality, trained."""
    (modality,) = view.modalities
    if pattern.built:
        raise ValueError(
            f"the encoder of {modality!r} has weights already, and features_alone trains copies from new ones; give "
            "one that is not built, or use data.map or pretrained.extract for an encoder that is trained"
        )
    classes = 1 + max(int(split.y.max()) for split in (view.train, view.val, view.test))

    def make() -> FeatureFusion:
        encoder, head = pattern.from_config(pattern.get_config()), keras.layers.Dense(classes)
        missing = view.train.present is not None
        return FeatureFusion({modality: encoder}, ConcatFusion(), head=head, allow_missing=missing)

    return train(make, view, seed=seed, epochs=epochs, batch_size=batch_size, learning_rate=learning_rate)


def _frozen(encoder, view: Multimodal, normalize: bool):
    """The encoder, followed by a normalisation measured on train; neither is trained any further."""
    encoder.trainable = False
    if not normalize:
        return encoder
    (modality,) = view.modalities
    samples, encode = view.train.x[modality], _without_tracing(encoder)
    parts = [keras.ops.convert_to_numpy(encode(samples[i : i + 256])) for i in range(0, len(samples), 256)]
    scale = keras.layers.Normalization(axis=None)  # one mean and one variance for all features of the modality
    scale.adapt(np.concatenate(parts))
    return keras.Sequential([encoder, scale], name=f"{modality}_features")


def _without_tracing(encoder):
    """A layer as a function of batches: for the few there are, a graph takes longer to trace than to run."""
    return lambda batch: encoder(keras.ops.convert_to_tensor(batch), training=False)
