"""Odd calls of what is no fusion: encoders, blocks, losses and models. Columns as in `odd.py`.

The oracle of a cell is the part itself on the same numbers in their plain form: float32, whole batch, no padding.
"""

import functools

import keras
import numpy as np

from tests.layers.contract import close, numpy
from tests.layers.odd import BACKEND, cell, collected, exported, quantize, refuse_export
from tests.layers.parts import PARTS, ROWS

flatten, each = keras.tree.flatten, keras.tree.map_structure


def first(x, change):
    """x with its first array changed."""
    changed = [change(leaf) if i == 0 else leaf for i, leaf in enumerate(flatten(x))]
    return keras.tree.pack_sequence_as(x, changed)


@functools.cache
def built(name: str):
    part = PARTS[name]
    keras.utils.set_random_seed(3)
    layer = part.make()
    part.call(layer, part.x)
    rng = np.random.default_rng(4)
    for weight in getattr(layer, "trainable_weights", []):
        weight.assign(rng.normal(scale=0.3, size=tuple(weight.shape)))
    return part, layer, numpy(part.call(layer, part.x))


def integer(part, layer, plain):
    ints = each(lambda x: np.round(2 * np.abs(x)).astype("uint8"), part.x)
    meant = part.typed or (lambda x: x.astype("float32"))
    return cell(lambda: part.call(layer, ints), lambda: numpy(part.call(layer, each(meant, ints))))


def float64(part, layer, plain):
    return cell(lambda: part.call(layer, each(lambda x: x.astype("float64"), part.x)), plain, must="equal")


def half_at_scale(part, layer, plain):
    if isinstance(layer, keras.Model):
        return "equal"  # made of parts that have rows of their own
    low = part.make(dtype="mixed_float16")
    big = each(lambda x: (300 * x).astype("float16").astype("float32"), part.x)
    part.call(low, big)
    low.set_weights(layer.get_weights())
    found, expected = numpy(part.call(low, big)), numpy(part.call(layer, big))
    for f, e in zip(flatten(found), flatten(expected), strict=True):
        np.testing.assert_allclose(np.asarray(f, "float32"), e, atol=0.03 * max(1e-3, np.abs(e).max()))
    return "equal"


def other_batch(part, layer, plain):
    if len(flatten(part.x)) > 1:
        return cell(lambda: part.call(layer, first(part.x, lambda x: x[:1])), must="refused")
    one = each(lambda out: out[:1], plain)
    return cell(lambda: part.call(layer, part.x[:1]), one, must="equal")


def other_size(part, layer, plain):
    return cell(lambda: part.call(layer, first(part.x, lambda x: np.concatenate([x, x], axis=-1))), must="refused")


def other_time(part, layer, plain):
    return cell(lambda: part.call(layer, first(part.x, lambda x: x[:, None])), must="refused")


def no_time(part, layer, plain):
    return cell(lambda: part.call(layer, first(part.x, lambda x: x[:, :0])), must="refused")


def no_mask(part, layer, plain):
    masks = np.ones((ROWS, 1), bool)
    return cell(lambda: part.call(layer, part.x, mask=masks), must="refused")


def nan_in_one_sample(part, layer, plain):
    """NaN in one sample stays in it; a loss of the whole batch is NaN as well, and not a number that looks right."""
    torn = first(part.x, lambda x: np.concatenate([np.full_like(x[:1], np.nan), x[1:]]))
    if part.batchwise:
        return cell(lambda: part.call(layer, torn), each(lambda out: np.full_like(out, np.nan), plain))
    rest = each(lambda out: out[1:], plain)
    return cell(lambda: each(lambda out: out[1:], numpy(part.call(layer, torn))), rest)


def containers(part, layer, plain):
    for odd in (None, [], {}, "ab", [None, None], [[1.0, 2.0], [3.0, 4.0]]):
        cell(lambda odd=odd: part.call(layer, odd), must="refused")
    if isinstance(part.x, list):
        return cell(lambda: part.call(layer, tuple(part.x)), plain, must="equal")
    if isinstance(part.x, dict):
        return cell(lambda: part.call(layer, dict(reversed(part.x.items()))), plain, must="equal")
    return cell(lambda: part.call(layer, [part.x]), must="refused")


def inputs_like(x, name=None):
    if isinstance(x, dict):
        return {key: inputs_like(one, key) for key, one in x.items()}
    return keras.Input(x.shape[1:], dtype=x.dtype, name=name)


def symbolic(part, layer, plain):
    inputs = [inputs_like(x) for x in part.x] if isinstance(part.x, list) else inputs_like(part.x)
    return cell(lambda: keras.Model(inputs, part.call(layer, inputs))(part.x), plain, must="equal")


# -- all in one model, made once ---------------------------------------------------------------------------------------


def everything() -> tuple[keras.Model, dict]:
    """Every part in one model, behind dense layers where it takes features of its own."""
    keras.utils.set_random_seed(0)
    inputs, outputs, batch = {}, {}, {}
    for n, (name, part) in enumerate(PARTS.items()):
        given = []
        for letter, x in zip("abcd", flatten(part.x), strict=False):
            key = f"part_{n}{letter}"  # a SavedModel has no room for brackets and numbers in a name
            inputs[key], batch[key] = keras.Input(x.shape[1:], dtype=x.dtype, name=key), x
            features = x.dtype == "float32" and x.shape[-1] < 16
            given.append(keras.layers.Dense(x.shape[-1])(inputs[key]) if features else inputs[key])
        found = flatten(part.call(part.make(), keras.tree.pack_sequence_as(part.x, given)))
        outputs |= {f"{name}:{i}": out for i, out in enumerate(found)}
    return keras.Model(inputs, outputs), batch


@functools.cache
def outputs_of(how: str) -> dict:
    """Outputs by name of the one model: plain, exported, with LoRA (and merged), or with int8 weights."""
    if how in ("plain", "exported"):
        model, batch = shared()
        return exported(model, batch) if how == "exported" else collected(model(batch))
    model, batch = everything()
    if how == "int8":
        quantize(model)
        return collected(model(batch))
    rng, pairs = np.random.default_rng(6), zip(model._flatten_layers(), shared()[0]._flatten_layers(), strict=True)
    merged = {}
    for layer, twin in pairs:
        if hasattr(layer, "enable_lora") and layer.built:
            layer.enable_lora(2)
            second = getattr(layer, "lora_kernel_b", None)
            second = layer.lora_embeddings_b if second is None else second
            second.assign(rng.normal(scale=0.2, size=tuple(second.shape)))
            merged[twin] = layer
    if how == "lora":
        return collected(model(batch))
    kept = [(twin, [numpy(w).copy() for w in twin.weights]) for twin in merged]
    for twin, layer in merged.items():
        weight = twin.embeddings if hasattr(twin, "embeddings") else twin.kernel
        weight.assign(layer.embeddings if hasattr(twin, "embeddings") else layer.kernel)
    found = collected(shared()[0](batch))
    for twin, values in kept:
        twin.set_weights(values)
    return found


@functools.cache
def shared() -> tuple[keras.Model, dict]:
    return everything()


def compared(name: str, how: str, against: str, tolerance: float) -> str:
    for found, expected in zip(outputs_of(how)[name], outputs_of(against)[name], strict=True):
        size = np.abs(np.asarray(expected, "float64")).max()
        close(np.asarray(found, "float64") / max(size, 1e-3), expected / max(size, 1e-3), tolerance)
    return "equal"


def answer(name: str, column: str) -> str:
    part, layer, plain = built(name)
    if column in part.special:
        return part.special[column](part, layer, plain)
    if column == "export":
        if BACKEND != "tensorflow":
            return cell(refuse_export, must="refused")
        return compared(name, "exported", "plain", 1e-3)
    if column == "LoRA":
        return compared(name, "lora", "merged", 1e-3)
    if column == "int8":
        return compared(name, "int8", "plain", 0.15)
    return COLUMNS[column](part, layer, plain)


COLUMNS = {
    "integer": integer,
    "float64": float64,
    "half": half_at_scale,
    "batch": other_batch,
    "size": other_size,
    "steps": other_time,
    "T = 0": no_time,
    "padded": no_mask,
    "mask": no_mask,
    "NaN": nan_in_one_sample,
    "container": containers,
    "symbolic": symbolic,
    "export": None,
    "LoRA": None,
    "int8": None,
}
