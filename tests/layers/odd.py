"""Odd calls: what a layer must answer with the oracle's numbers or refuse in one sentence, never with others.

`COLUMNS` are for the entries of `table.py`, each a function of `Built`. A cell returns "equal" or "refused".
"""

import functools
import gc
import inspect
import warnings
from dataclasses import dataclass

import keras
import numpy as np

from tests.layers.contract import BATCH, STEPS, Entry, close, expected_rows, numpy, patterns
from tests.layers.table import ENTRIES

BACKEND = keras.backend.backend()


def cell(call, expected=None, tolerance: float = 1e-4, must: str | None = None) -> str:
    """ "equal" if the call gives what is expected, "refused" if it raises one sentence; anything else is an error."""
    try:
        found = call()
    except (ValueError, TypeError, ImportError) as error:
        said = str(error)
        assert "\n" not in said.strip() and 20 < len(said) < 400, f"not one sentence: {said}"
        outcome = "refused"
    else:
        assert expected is not None, f"took it and gave {keras.tree.map_structure(np.shape, numpy(found))}"
        close(numpy(found), expected() if callable(expected) else expected, tolerance)
        outcome = "equal"
    assert must in (None, outcome), f"{outcome} instead of {must}"
    return outcome


@dataclass(frozen=True)
class Built:
    """An entry of the table with its layer, weights set by hand, and a batch for its largest number of modalities."""

    entry: Entry
    layer: keras.layers.Layer
    xs: tuple

    def oracle(self, xs, present=None):
        everyone = np.ones((len(xs[0]), len(xs)), bool)
        return expected_rows(self.entry, self.layer, xs, everyone if present is None else present)

    @property
    def count(self) -> int:
        return len(self.xs)


@functools.cache
def built(name: str) -> Built:
    entry = ENTRIES[name]
    count = max(entry.counts)
    return Built(entry, entry.built(count), tuple(entry.inputs(count)))


def integer(row: Built) -> str:
    xs = [np.round(2 * np.abs(x)).astype("uint8" if m == 0 else "int32") for m, x in enumerate(row.xs)]
    return cell(lambda: row.layer(xs), lambda: row.oracle(xs), row.entry.tolerance, must="equal")


def float64(row: Built) -> str:
    xs = [x.astype("float64") for x in row.xs]
    if BACKEND != "jax":  # JAX has no float64 unless it is told so before anything else
        wide = row.entry.built(row.count, dtype="float64")
        close(numpy(wide(xs)), row.oracle(xs), 1e-6)
    return cell(lambda: row.layer(xs), lambda: row.oracle(xs), row.entry.tolerance, must="equal")


def half_at_scale(row: Built) -> str:
    """float16 ends at 65504: what lies in it is near the oracle, what lies beyond is infinite, nothing is NaN."""
    layer = row.entry.built(row.count, dtype="mixed_float16")
    for scale in (100, 300):
        xs = [(scale * x).astype("float16").astype("float32") for x in row.xs]
        found, expected = numpy(layer(xs)), row.oracle(xs)
        for f, e in zip(keras.tree.flatten(found), keras.tree.flatten(expected), strict=True):
            known = np.isfinite(e)  # an oracle that multiplies probabilities runs out of numbers itself
            f, e = np.asarray(f, "float64"), e[known]
            assert not np.isnan(f).any()
            error = row.entry.half * max(1, np.abs(e).max(initial=0))  # sums may cancel
            f = np.clip(f[known], -7e4, 7e4)
            assert np.abs(f - np.clip(e, -7e4, 7e4)).max(initial=0) <= max(error, 5e3 * (np.abs(e).max() > 6e4))
    return "equal"


def other_batch(row: Built) -> str:
    if row.count > 1:
        cell(lambda: row.layer([row.xs[0][:1], *row.xs[1:]]), must="refused")
    return cell(lambda: row.layer(row.xs, present=np.ones((1, row.count), bool)), must="refused")


def other_size(row: Built) -> str:
    if row.entry.step_ranks:  # other heights are no odd call for FiLM: one γ and β at every place
        xs = [np.concatenate([x, x], axis=1) if x.ndim > 2 else x for x in row.xs]
        cell(lambda: row.layer(xs), lambda: row.oracle(xs), must="equal")
    return cell(lambda: row.layer([np.concatenate([x, x], axis=-1) for x in row.xs]), must="refused")


def other_time(row: Built) -> str:
    if row.entry.tokens:
        xs = [np.concatenate([x, x[:, :1]], axis=1) for x in row.xs]
        return cell(lambda: row.layer(xs), lambda: row.oracle(xs), must="equal")
    return cell(lambda: row.layer([x[:, None] for x in row.xs]), must="refused")


def no_time(row: Built) -> str:
    return cell(lambda: row.layer([x[:, :0] if x.ndim > 2 else x[:, None][:, :0] for x in row.xs]), must="refused")


def all_padded(row: Built) -> str:
    there = np.ones((BATCH, row.count), bool)
    there[1] = False
    if row.entry.tokens:
        masks = [np.repeat(there[:, m : m + 1], x.shape[1], axis=1) for m, x in enumerate(row.xs)]
        cell(lambda: row.layer(row.xs, mask=masks), must="refused")
    return cell(lambda: row.layer(row.xs, present=there), must="refused")


def wrong_mask(row: Built) -> str:
    short = [np.ones((BATCH, t - 1), bool) for t in STEPS[: row.count]]
    return cell(lambda: row.layer(row.xs, mask=short), must="refused")


def nan_in_absent(row: Built) -> str:
    present = np.resize(patterns(row.count), (BATCH, row.count))
    xs = [np.where(p.reshape(-1, *[1] * (x.ndim - 1)), x, np.nan) for x, p in zip(row.xs, present.T, strict=True)]
    xs = [x.astype("float32") for x in xs]
    cell(lambda: row.layer(row.xs, present=present.astype("float32")), must="refused")
    cell(lambda: row.layer(row.xs, present=present.tolist()), must="refused")
    return cell(lambda: row.layer(xs, present=present), lambda: row.oracle(row.xs, present), must="equal")


def containers(row: Built) -> str:
    for odd in ([], {}, None, "ab", [None, *row.xs[1:]], [x.tolist() for x in row.xs], set(range(row.count))):
        cell(lambda odd=odd: row.layer(odd), must="refused")
    names = [f"m{9 - m}" for m in range(row.count)]
    named = row.entry.make(4)
    named.build({name: x.shape for name, x in zip(names, row.xs, strict=True)})
    named.set_weights(row.layer.get_weights())
    given = dict(reversed(list(zip(names, row.xs, strict=True))))
    found = named(given)
    if isinstance(found, dict):
        found = [found[name] for name in names]
    if isinstance(found, tuple) and isinstance(found[0], dict):
        found = ([found[0][name] for name in names], found[1])
    close(numpy(found), row.oracle(row.xs), row.entry.tolerance)
    return cell(lambda: row.layer(tuple(row.xs)), lambda: row.oracle(row.xs), row.entry.tolerance, must="equal")


def symbolic(row: Built) -> str:
    weighs = "return_weights" in inspect.signature(row.layer.call).parameters
    kwargs = {"return_weights": True} if weighs else {}
    inputs = [keras.Input(x.shape[1:]) for x in row.xs]
    outputs = row.layer(inputs, **kwargs)
    eager = row.layer(row.xs, **kwargs)
    for spec, out in zip(keras.tree.flatten(outputs), keras.tree.flatten(eager), strict=True):
        known = [size for size in spec.shape[1:] if size is not None]
        assert known == [s for s, k in zip(out.shape[1:], spec.shape[1:], strict=True) if k is not None]
        assert spec.dtype == keras.backend.standardize_dtype(out.dtype)
    return cell(lambda: keras.Model(inputs, outputs)(list(row.xs)), lambda: numpy(eager), must="equal")


# -- three columns in which all entries stand in one model, made once --------------------------------------------------


def everything() -> tuple[keras.Model, dict]:
    """One model: a dense encoder for each shape of input, and every entry on its encoders. The same each time."""
    keras.utils.set_random_seed(0)
    inputs, encoded, outputs = {}, {}, {}
    for name, entry in ENTRIES.items():
        listed = []
        for key in keys(name):
            if key not in inputs:
                shape = tuple(int(size) for size in key.split("_")[1].split("x"))
                inputs[key] = keras.Input(shape, dtype="int32", name=key)
                start = keras.initializers.GlorotUniform(seed=len(inputs))
                dense = keras.layers.Dense(shape[-1], kernel_initializer=start, name=f"encode_{key}")
                encoded[key] = dense(inputs[key])
            listed.append(encoded[key])
        found = keras.tree.flatten(entry.built(max(entry.counts))(listed))
        outputs |= {f"{name}:{i}": out for i, out in enumerate(found)}
    rng = np.random.default_rng(5)
    batch = {key: rng.integers(-3, 4, (BATCH, *x.shape[1:])).astype("int32") for key, x in inputs.items()}
    return keras.Model(inputs, outputs), batch


def keys(name: str) -> list[str]:
    return [f"{m}_{'x'.join(map(str, x.shape[1:]))}" for m, x in enumerate(built(name).xs)]


def encode(model, batch) -> dict:
    """What the dense encoders give, by NumPy; a kernel under LoRA is the sum of its parts."""
    dense = {key: model.get_layer(f"encode_{key}") for key in batch}
    return {k: (x @ numpy(dense[k].kernel) + numpy(dense[k].bias)).astype("float32") for k, x in batch.items()}


@functools.cache
def results() -> dict:
    """`{how: (outputs by name, features by key)}` of `everything`: plain, exported, with LoRA, and in int8."""
    model, batch = everything()
    found = {"plain": (collected(model(batch)), encode(model, batch))}
    if BACKEND == "tensorflow":
        found["exported"] = (exported(model, batch), found["plain"][1])
    for layer in model.layers:
        if layer.name.startswith("encode_"):
            layer.enable_lora(2)
            layer.lora_kernel_b.assign(np.random.default_rng(6).normal(size=layer.lora_kernel_b.shape) * 0.05)
    found["lora"] = (collected(model(batch)), encode(model, batch))
    model, _ = everything()
    quantize(model)
    found["int8"] = (collected(model(batch)), None)
    return found


def quantize(model) -> None:
    """To int8, in place. Keras looks for garbage after each layer, among all that a test run holds: set that aside."""
    gc.freeze()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras names each layer that stays in float
        model.quantize("int8")
    gc.unfreeze()


def exported(model, batch) -> dict:
    import tempfile

    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        model.export(folder, verbose=False)
        saved = tf.saved_model.load(folder)  # kept: it holds the variables
        return collected(saved.serve(batch))


def collected(outputs: dict) -> dict:
    """The outputs of one model, `"name:0"` and so on, as a list for each name."""
    found = {}
    for key, out in sorted(outputs.items()):
        found.setdefault(key.rpartition(":")[0], []).append(numpy(out))
    return found


def against_oracle(row: Built, name: str, how: str) -> str:
    outputs, features = results()[how]
    close(outputs[name], row.oracle([features[key] for key in keys(name)]), 1e-3)
    return "equal"


def native_types(row: Built, name: str) -> str:
    if BACKEND != "tensorflow":
        return cell(refuse_export, must="refused")
    return against_oracle(row, name, "exported")


@functools.cache
def small_model():
    from mmcourse.models import FeatureFusion

    model = FeatureFusion({"a": keras.layers.Dense(2)}, ENTRIES["ConcatFusion"].make(2))
    model({"a": np.ones((1, 2), "float32")})
    return model


def refuse_export():
    small_model().export("/nowhere", verbose=False)


def lora(row: Built, name: str) -> str:
    return against_oracle(row, name, "lora")


def int8(row: Built, name: str) -> str:
    """Int8 changes the features by about a hundredth, and the output by what the layer makes of that."""
    before, after = results()["plain"][0][name], results()["int8"][0][name]
    for b, a in zip(before, after, strict=True):
        b, a = np.asarray(b, "float64"), np.asarray(a, "float64")
        assert np.isfinite(a).all()
        assert np.sqrt(np.mean((a - b) ** 2)) <= 0.1 * max(np.sqrt(np.mean(b**2)), 1e-3)
    return "equal"


COLUMNS = {
    "integer": integer,
    "float64": float64,
    "half": half_at_scale,
    "batch": other_batch,
    "size": other_size,
    "steps": other_time,
    "T = 0": no_time,
    "padded": all_padded,
    "mask": wrong_mask,
    "NaN": nan_in_absent,
    "container": containers,
    "symbolic": symbolic,
    "export": native_types,
    "LoRA": lora,
    "int8": int8,
}
NAMED = ("export", "LoRA", "int8")  # columns that look the row up in `everything`


def answer(name: str, column: str) -> str:
    row = built(name)
    return COLUMNS[column](row, name) if column in NAMED else COLUMNS[column](row)
