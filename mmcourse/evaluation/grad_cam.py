"""Which places of a picture speak for an answer? Grad-CAM through an encoder inside a fusion model. Lesson 22.

The usual recipe makes a second model from the first one's input to a layer inside. A layer of a model inside a model is
not connected to that input, so the recipe fails ("graph disconnected", keras and tensorflow#44462). Here the model
runs as it is, and the layer hands out what it gives while it runs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # a model is an argument here: whoever has one has Keras already
    from ..models import FeatureFusion, ModelFusion


def grad_cam(model: "FeatureFusion | ModelFusion", x: dict, modality: str, layer_name: str, target) -> np.ndarray:
    """Grad-CAM of one modality: a map (N, H, W) float32, 0 or more, of the size of the pictures.

        map = relu(Σ_k α_k A_k),   α_k = mean over places of ∂y / ∂A_k

    A (h, w, K) is what the layer gives for a picture, y the model's logit of `target`. The map is brought to the size
    of the picture (bilinear); its height has no unit, so compare places of one map, not maps. (For `deletion` take the
    mean in each cell of the layer.) The model answers as in inference, all N samples in one pass. Give it logits: a
    probability near 1 has no gradient left. On a frozen random model, too, a map points somewhere: compare (Adebayo et
    al., 2018, arXiv:1810.03292).

    `x`: a batch as the model takes it, `x[modality]` pictures (N, H, W, C). `layer_name`: the name of a layer in the
    encoder of this modality, however deep in it, that gives (N, h, w, K), in the common case the last such one.
    `target`: a class, or one for each sample (N,); of a single logit, class 1 is the logit and class 0 its opposite.

    TensorFlow backend only. Raises `ValueError` that lists what there is for an unknown modality or layer, and for a
    model that is not built, a layer that gives no maps or runs more than once, and targets that are no classes.
    Source: Selvaraju et al., 2017, arXiv:1610.02391. Taught in lesson 22.

    >>> look = keras.Sequential([keras.layers.Conv2D(4, 3, name="look"), keras.layers.GlobalAveragePooling2D()])
    >>> both = mm.FeatureFusion({"image": look, "text": keras.layers.Dense(4)}, mm.layers.ConcatFusion())
    >>> batch = {"image": np.ones((2, 8, 8, 1), "float32"), "text": np.ones((2, 3), "float32")}
    >>> _ = both(batch)
    >>> grad_cam(both, batch, "image", "look", target=0).shape
    (2, 8, 8)
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ValueError(f"grad_cam needs the TensorFlow backend; this is {keras.backend.backend()}")
    import tensorflow as tf

    layer = _layer(model, modality, layer_name)
    size = np.shape(x[modality])[1:3] if modality in x else ()
    if len(np.shape(x.get(modality))) != 4:
        raise ValueError(f"grad_cam takes pictures (N, H, W, C) for {modality!r}; got {np.shape(x.get(modality))}")
    with tf.GradientTape(watch_accessed_variables=False) as tape, _recorded(layer, tape) as given:
        logits = model(x, training=False)
        score = _score(logits, target)
    if len(given) != 1 or len(getattr(given[0], "shape", ())) != 4:
        came = f"ran {len(given)} times" if len(given) != 1 else f"gives {getattr(given[0], 'shape', type(given[0]))}"
        raise ValueError(f"grad_cam needs a layer that gives one map (N, h, w, K); {layer_name!r} {came}")
    slopes = tape.gradient(score, given[0], unconnected_gradients="zero")
    weights = tf.reduce_mean(tf.cast(slopes, "float32"), axis=(1, 2), keepdims=True)
    maps = tf.nn.relu(tf.reduce_sum(weights * tf.cast(given[0], "float32"), axis=-1, keepdims=True))
    return tf.image.resize(maps, size)[..., 0].numpy()


def _layer(model, modality: str, name: str):
    """The layer of this name in the part of the model that reads the modality."""
    parts = model.parts() if hasattr(model, "parts") else None
    if parts is None or not model.built:
        fault = "call it on one batch first" if parts is not None else f"got {type(model).__name__}"
        raise ValueError(f"grad_cam needs a FeatureFusion or ModelFusion that has its weights; {fault}")
    if modality not in parts:
        raise ValueError(f"grad_cam: the model has no modality {modality!r}; it has {', '.join(parts)}")
    layers = list(parts[modality]._flatten_layers())
    found = [layer for layer in layers if layer.name == name]
    if len(found) != 1:
        listed = ", ".join(layer.name for layer in layers)
        many = "no layer" if not found else f"{len(found)} layers"
        raise ValueError(f"grad_cam: the encoder of {modality!r} has {many} of the name {name!r}; it has {listed}")
    return found[0]


@contextmanager
def _recorded(layer, tape) -> Iterator[list]:
    """A list of what the layer gives while it runs, each watched by the tape."""
    given, call = [], layer.call

    @wraps(call)
    def recording(*args, **kwargs):
        out = call(*args, **kwargs)
        if hasattr(out, "dtype"):
            tape.watch(out)
        given.append(out)
        return out

    vars(layer)["call"] = recording  # past Keras's bookkeeping of attributes, which forbids changes after build
    try:
        yield given
    finally:
        del vars(layer)["call"]


def _score(logits, target):
    """The sum over the batch of each sample's logit of its target; samples do not touch each other."""
    import tensorflow as tf

    shape = tuple(getattr(logits, "shape", ()))
    classes = np.asarray(target)
    count = max(shape[-1], 2) if len(shape) == 2 else 0
    whole = classes.dtype.kind in "iu" and classes.shape in ((), shape[:1])
    if not count or not whole or (classes < 0).any() or (classes >= count).any():
        raise ValueError(
            f"grad_cam takes a target, or one for each of the samples, among the classes of a model that gives "
            f"(N, classes); got targets {classes.dtype} {classes.shape} {classes.ravel()[:3].tolist()} and an answer "
            f"{shape or type(logits).__name__}"
        )
    classes = np.broadcast_to(classes, shape[:1])
    if shape[-1] == 1:
        return tf.reduce_sum(tf.cast(logits[:, 0], "float32") * (2 * classes - 1).astype("float32"))
    return tf.reduce_sum(tf.gather(tf.cast(logits, "float32"), classes, batch_dims=1))
