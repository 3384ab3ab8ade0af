"""A function over all samples of a modality, batch by batch: what `Multimodal.map` does. Taught in lesson 17."""

import sys
from collections.abc import Callable

import numpy as np

from .splits import Spec

BATCH = 256
PATIENCE = 5.0  # seconds before a bar appears


def on_batches(function: Callable, spec: Spec) -> Callable:
    """A Keras layer or model as a function of NumPy batches, compiled, with `training=False`; others as they are."""
    keras = sys.modules.get("keras")  # whoever holds a layer has imported Keras
    if keras is None or not isinstance(function, keras.layers.Layer):
        return function
    text = spec.dtype == "str"
    inputs = keras.Input(spec.shape, dtype="string" if text else spec.dtype)
    model = keras.Model(inputs, function(inputs, training=False))
    model.compile(jit_compile=False)  # one forward pass: compiling further costs more than it brings
    if not text:
        return model.predict_on_batch

    import tensorflow as tf

    return lambda batch: model.predict_on_batch(tf.constant(batch))


def map_rows(call: Callable, array: np.ndarray, what: str, progress: bool) -> np.ndarray:
    """`call` of (B, ...) batches over (N, ...) samples: (N, ...) as NumPy, floats as float32.

    Raises `ValueError` where a batch comes back with another number of rows, as anything but one array, or in another
    shape than the batch before.
    """
    from tqdm import tqdm

    parts: list[np.ndarray] = []
    look = {
        "desc": what,
        "unit": "batch",
        "delay": PATIENCE,
        "leave": False,
        "file": sys.stdout,
        "disable": not progress,
    }
    for start in tqdm(range(0, len(array), BATCH), **look):
        batch = array[start : start + BATCH]
        parts.append(_as_array(call(batch), len(batch), what))
        if parts[-1].shape[1:] != parts[0].shape[1:]:
            raise ValueError(
                f"{what}: one batch gave samples of shape {parts[0].shape[1:]}, another {parts[-1].shape[1:]}; the "
                "function must give every sample the same shape"
            )
    return np.concatenate(parts)


def _as_array(result, rows: int, what: str) -> np.ndarray:
    keras = sys.modules.get("keras")
    if keras is not None and keras.ops.is_tensor(result):
        result = keras.ops.convert_to_numpy(result)
    found = np.asarray(result) if isinstance(result, (np.ndarray, np.generic)) else None
    if found is None or found.dtype.kind not in "fiubU":
        kind = type(result).__name__ if found is None else f"an array of {found.dtype}"
        raise ValueError(f"{what}: the function gave {kind}; expected one array or tensor of numbers, (B, ...)")
    if found.shape[:1] != (rows,):
        raise ValueError(f"{what}: {rows} samples went in, an array of shape {found.shape} came out; keep every row")
    return found.astype(np.float32) if found.dtype.kind == "f" else found
