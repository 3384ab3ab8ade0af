"""How a model is asked: as it is, with a modality shuffled or reordered, without some, with one in place of another."""

from collections.abc import Iterable
from dataclasses import replace
from operator import itemgetter

import numpy as np

from ..data import Multimodal, Split

AT_ONCE = 2048  # samples


def outputs(model, part: Split, batch_size: int = 256) -> np.ndarray:
    """What a classifier says of a split, logits or probabilities (N, classes).

    A Keras model of one nameless input (a `Sequential`, a functional model) is given the array, any other a dict.
    Raises `ValueError` for labels that are not one class per sample, and outputs that are not (N, classes): of several
    heads, of one logit for two classes, or with NaN in them.
    """
    batch = part.batch()
    if part.y.ndim != 1 or part.y.dtype.kind not in "iu":
        raise ValueError(f"expected one class number per sample, y (N,) int; got {part.y.shape} {part.y.dtype}")
    batch = {name: _readable(model, array) for name, array in batch.items()}
    if len(batch) == 1 and not _takes_dict(model):
        (batch,) = batch.values()
    said = _at_once(model, batch, len(part), batch_size)
    return _checked(model.predict(batch, batch_size=batch_size, verbose=0) if said is None else said, len(part))


def _at_once(model, batch, n: int, batch_size: int):
    """What `predict` gives, to rounding, without tracing: for few samples that takes longer than to answer.

    None where `predict` is the better one: for many samples, a model that is traced already, and other backends.
    """
    import keras

    if not isinstance(model, keras.Model) or keras.backend.backend() != "tensorflow":
        return None
    if n > AT_ONCE or model.predict_function is not None:
        return None
    rows = [slice(i, i + batch_size) for i in range(0, n, batch_size)]
    parts = [keras.tree.map_structure(itemgetter(each), batch) for each in rows]
    said = [keras.tree.map_structure(np.asarray, model.predict_step(part)) for part in parts]
    return keras.tree.map_structure(lambda *each: np.concatenate(each), *said)


def _checked(said, n: int) -> np.ndarray:
    """What `predict` gave, as (n, classes)."""
    expected = f"expected logits or probabilities ({n}, classes) from the model; got"
    if isinstance(said, dict):
        raise ValueError(f"{expected} a dict of {', '.join(map(str, said))}: wrap one head as a model of its own")
    if isinstance(said, list | tuple) and np.ndim(said[0]) > 1:
        raise ValueError(f"{expected} {len(said)} outputs: wrap one of them as a model of its own")
    said = np.asarray(said)
    if said.shape in ((n,), (n, 1)):
        raise ValueError(
            f"{expected} one number a sample, {said.shape}: each class needs a column, [0, x] for a logit x"
        )
    if said.ndim != 2 or len(said) != n:
        raise ValueError(f"{expected} {said.shape}")
    if wrong := int(np.isnan(said).any(axis=1).sum()):
        raise ValueError(f"{expected} NaN for {wrong} samples: look whether training diverged, or the inputs hold NaN")
    return said


def _readable(model, array: np.ndarray):
    """An array as a model's `predict` takes it: Keras has no word for NumPy's texts, but reads TensorFlow's."""
    import keras

    if array.dtype.kind != "U" or not isinstance(model, keras.Model):
        return array
    import tensorflow as tf

    return tf.constant(array)


def answers(model, part: Split) -> np.ndarray:
    """The class a model names for each sample of a split, (N,)."""
    return outputs(model, part).argmax(axis=-1)


def as_logits(said: np.ndarray) -> np.ndarray:
    """Outputs (..., classes) as logits: probabilities become their logarithms, all else is a logit already."""
    said = said.astype(float)
    are_chances = said.min() >= 0 and np.allclose(said.sum(axis=-1), 1, atol=1e-3)
    return np.log(np.maximum(said, 1e-12)) if are_chances else said


def log_chances(said: np.ndarray) -> np.ndarray:
    """Log-probabilities (N, classes) of outputs; what is not a probability is taken for a logit."""
    from scipy.special import log_softmax

    return log_softmax(as_logits(said), axis=1)


def only(part: Split, names: list[str], model) -> Split:
    """The split with these modalities for a model of just these; it is told what is absent if it can be."""
    columns = [list(part.x).index(name) for name in names]
    present = part.present[:, columns] if part.present is not None and may_miss(model) else None
    return replace(part, x={name: part.x[name] for name in names}, present=present)


def with_shuffled(part: Split, modality: str, seed: int) -> Split:
    """The split with one modality taken from other samples; `present` travels with the modality it speaks of."""
    rows = np.random.default_rng(seed).permutation(len(part))
    present = part.present
    if present is not None:
        column = list(part.x).index(modality)
        present = present.copy()
        present[:, column] = present[rows, column]
    return replace(part, x={**part.x, modality: part.x[modality][rows]}, present=present)


def with_neutral(data: Multimodal, part: Split, modalities: Iterable[str]) -> Split:
    """The split with the same for every sample in these modalities: the mean of `train`, or a text without words."""
    return replace(part, x={**part.x, **{name: _neutral(data, name, len(part)) for name in modalities}})


def with_reordered(part: Split, modality: str, seed: int) -> Split:
    """The split with the parts of each sample of a modality in an order of its own: words, or the first axis (T, ...).

    Word ids keep their padding at the end. Raises `ValueError` for samples that are no sequence: numbers, and sound.
    """
    array, rng = part.x[modality], np.random.default_rng(seed)
    if array.dtype.kind == "U":
        return replace(part, x={**part.x, modality: np.array([_other_order(text, rng) for text in array.tolist()])})
    ids = array.ndim == 2 and array.dtype.kind in "iu"
    if not ids and array.ndim < 3:
        raise ValueError(f"{modality!r} has no order: expected texts, word ids or (N, T, ...), got {array.shape}")
    mixed = array.copy()
    for row in mixed:
        length = np.count_nonzero(row) if ids else len(row)
        row[:length] = row[:length][rng.permutation(length)]
    return replace(part, x={**part.x, modality: mixed})


def _other_order(text: str, rng: np.random.Generator) -> str:
    words = text.split()
    return " ".join(words[i] for i in rng.permutation(len(words)))


def with_other(part: Split, sources: dict[str, str]) -> Split:
    """The split with inputs from elsewhere: `{"audio": "image"}` gives the audio's input a copy of the image."""
    return replace(part, x={**part.x, **{name: part.x[source] for name, source in sources.items()}})


def may_miss(model) -> bool:
    """Whether modalities can be left out of what the model is given."""
    return bool(getattr(model, "allow_missing", False))


def outputs_without(model, data: Multimodal, part: Split, missing: Iterable[str]) -> np.ndarray:
    """What the model says without some of the modalities: absent where it allows that, else at the train mean."""
    missing = set(missing)
    if not (may_miss(model) and missing):
        return outputs(model, with_neutral(data, part, missing))
    present = np.ones((len(part), len(part.x)), bool) if part.present is None else part.present.copy()
    present[:, [name in missing for name in part.x]] = False
    return outputs(model, replace(part, present=present))


def _takes_dict(model) -> bool:
    import keras

    if isinstance(model, keras.Sequential):
        return False
    inputs = getattr(model, "inputs", None)  # of a functional model; others have none
    return inputs is None or isinstance(model.input, dict)


def _neutral(data: Multimodal, modality: str, n: int) -> np.ndarray:
    x, spec = data.train.x[modality], data.modalities[modality]
    if x.dtype.kind == "U" or spec.words is not None:  # the mean of word numbers would be some other word
        return np.zeros((n, *x.shape[1:]), x.dtype)  # "" or padding
    mean = x.mean(axis=0, dtype=np.float64).astype(x.dtype)
    return np.broadcast_to(mean, (n, *mean.shape))
