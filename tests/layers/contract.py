"""The contract every fusion layer is held to: nine points, one table of layers (`table.py`).

An `Entry` brings a layer and a NumPy oracle written from the paper's formula. The oracle sees one group of
samples at a time, without padding, and with None for the modalities that are absent: what it computes *is* the
layer applied to the modalities that are there.
"""

import functools
import inspect
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import pytest
from keras import ops

from mmcourse.layers.base import Fusion

BACKEND = keras.backend.backend()
WIDTHS = (5, 3, 4, 6)
STEPS = (4, 3, 5, 2)
BATCH = 6


def numpy(x):
    return keras.tree.map_structure(ops.convert_to_numpy, x)


@dataclass(frozen=True)
class Entry:
    """A line of the table. `make(units, **kwargs)` gives an unbuilt layer."""

    make: Callable[..., Fusion]
    oracle: Callable  # (layer, [array or None per modality]) -> array, or list of arrays
    count: Callable  # (widths, units) -> number of weights, trainable or not
    tokens: bool = False  # (B, T, d) inputs instead of (B, d)
    equal: bool = False  # all modalities of one width
    counts: tuple[int, ...] = (1, 2, 3)  # numbers of modalities it is tried with
    variance: Callable | None = None  # (M) -> the expected start where the formula itself fixes another
    start_counts: tuple[int, ...] = (2, 3, 4)  # the same for the test of the start
    start_units: int | None = None  # units in the test of the start; None: as wide as the inputs
    start_kwargs: tuple = ()  # keywords of the call in that test
    tolerance: float = 1e-5
    step_ranks: tuple | None = None  # ranks of the inputs, where they differ
    classes: int = 0  # decision layers: inputs are logits over so many classes
    narrowest: int = 1  # the smallest width it takes
    half: float = 0.02  # relative error in float16 at scale

    def widths(self, count: int) -> tuple[int, ...]:
        return (self.classes or 4,) * count if self.equal or self.classes else WIDTHS[:count]

    def shapes(self, count: int, widths=None) -> list[tuple]:
        widths = widths or self.widths(count)
        if self.step_ranks:
            places = {2: (), 3: (4,), 4: (2, 3)}
            return [(*places[r], d) for r, d in zip(self.step_ranks[:count], widths, strict=False)]
        return [(t, d) if self.tokens else (d,) for t, d in zip(STEPS, widths, strict=False)]

    def inputs(self, count: int, rows: int = BATCH, seed: int = 0, widths=None) -> list[np.ndarray]:
        rng = np.random.default_rng(seed)
        return [rng.normal(size=(rows, *s)).astype("float32") for s in self.shapes(count, widths)]

    def built(self, count: int, units: int = 4, seed: int = 1, widths=None, **kwargs) -> Fusion:
        """The layer with every trainable weight set by hand (NumPy), so that no start is special."""
        layer = self.make(units, **kwargs)
        layer.build([(None, *shape) for shape in self.shapes(count, widths)])
        rng = np.random.default_rng(seed)
        for weight in layer.trainable_weights:
            weight.assign(rng.normal(scale=0.5, size=tuple(weight.shape)).astype("float32"))
        return layer


def loss_of(outputs):
    """A fixed random projection of the outputs."""
    total, rng = 0.0, np.random.default_rng(7)
    for out in keras.tree.flatten(outputs):
        weight = ops.convert_to_tensor(rng.normal(size=tuple(out.shape)).astype("float32"))
        total = total + ops.sum(ops.cast(out, "float32") * weight)
    return total


@functools.lru_cache(maxsize=2)
def jax_gradient(layer):
    """The gradients of a layer as one compiled function: step by step, JAX would compile every step by itself."""
    import jax

    def run(weights, xs, fixed, kwargs):
        return loss_of(layer.stateless_call(weights, fixed, xs, **kwargs)[0])

    return jax.jit(jax.grad(run, argnums=(0, 1)))


def gradients(layer, inputs, **kwargs) -> tuple[list, list]:
    """Gradients of a fixed random projection of the output: for the trainable weights and for the inputs."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        xs = [tf.convert_to_tensor(x) for x in inputs]
        with tf.GradientTape() as tape:
            tape.watch(xs)
            loss = loss_of(layer(xs, **kwargs))
        weights = [w.value for w in layer.trainable_weights]
        found = tape.gradient(loss, [*weights, *xs], unconnected_gradients="zero")
    elif BACKEND == "jax":
        weights = [v.value for v in layer.trainable_variables]
        fixed = [v.value for v in layer.non_trainable_variables]
        by_weight, by_input = jax_gradient(layer)(weights, list(inputs), fixed, kwargs)
        found = [*by_weight, *by_input]
    else:
        import torch

        xs = [ops.convert_to_tensor(x).requires_grad_(True) for x in inputs]  # where the weights are
        weights = [w.value for w in layer.trainable_weights]
        loss = loss_of(layer(xs, **kwargs))
        found = torch.autograd.grad(loss, [*weights, *xs], allow_unused=True)
        found = [torch.zeros_like(t) if g is None else g for g, t in zip(found, [*weights, *xs], strict=True)]
    found = [np.asarray(ops.convert_to_numpy(g)) for g in found]
    return found[: len(layer.trainable_weights)], found[len(layer.trainable_weights) :]


def compiled(layer, inputs, jit: bool, **kwargs):
    """The layer's output as one compiled function, by XLA or not; JAX has no graph of its own without XLA."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        graph = tf.function(lambda xs: layer(xs, **kwargs), jit_compile=jit, autograph=False)
        return numpy(graph([tf.constant(x) for x in inputs]))
    if BACKEND == "jax" and jit:
        import jax

        weights = [v.value for v in layer.trainable_variables]
        fixed = [v.value for v in layer.non_trainable_variables]
        return numpy(jax.jit(lambda xs: layer.stateless_call(weights, fixed, xs, **kwargs)[0])(inputs))
    return numpy(layer([ops.convert_to_tensor(x) for x in inputs], **kwargs))


def close(found, expected, tolerance: float) -> None:
    for f, e in zip(keras.tree.flatten(found), keras.tree.flatten(expected), strict=True):
        np.testing.assert_allclose(np.asarray(f, "float64"), e, rtol=tolerance, atol=tolerance)


def patterns(count: int) -> np.ndarray:
    """Every way in which some of `count` modalities are present: (2^count - 1, count) bool."""
    return np.array([p for p in itertools.product([True, False], repeat=count) if any(p)])


def expected_rows(entry, layer, xs, present, lengths=None):
    """The oracle, sample by sample, on the modalities and the steps that are there."""
    rows = []
    for i, there in enumerate(present):
        seen = []
        for m, x in enumerate(xs):
            steps = slice(None) if lengths is None else slice(0, lengths[i][m])
            row = x[i : i + 1, steps] if entry.tokens else x[i : i + 1]
            seen.append(np.float64(row) if there[m] else None)
        rows.append(entry.oracle(layer, seen))
    if isinstance(rows[0], list):
        return [np.concatenate([row[k] for row in rows]) for k in range(len(rows[0]))]
    return np.concatenate(rows)


# -- the nine points --------------------------------------------------------------------------------------


def formula(entry: Entry) -> None:
    """1. The oracle's numbers, for all modalities and for every subset of them; NaN in what is absent."""
    for count in entry.counts:
        layer = entry.built(count)
        present = patterns(count)
        xs = entry.inputs(count, rows=len(present))
        everyone = np.ones_like(present)
        close(numpy(layer(xs)), expected_rows(entry, layer, xs, everyone), entry.tolerance)
        close(numpy(layer(xs, present=everyone)), numpy(layer(xs)), 1e-6)
        torn = [x.copy() for x in xs]
        for m, x in enumerate(torn):
            x[~present[:, m]] = np.nan
        close(numpy(layer(torn, present=present)), expected_rows(entry, layer, xs, present), entry.tolerance)
        if entry.tokens:
            padding_changes_nothing(entry, layer, xs, present)


def padding_changes_nothing(entry, layer, xs, present) -> None:
    """A padded batch equals its samples one by one without padding; a fully padded modality is absent."""
    rng = np.random.default_rng(3)
    lengths = np.stack([rng.integers(1, x.shape[1] + 1, len(x)) for x in xs], axis=1)
    masks = [np.arange(x.shape[1]) < lengths[:, m : m + 1] for m, x in enumerate(xs)]
    padded = [np.where(mask[..., None], x, np.nan).astype("float32") for x, mask in zip(xs, masks, strict=True)]
    everyone = np.ones_like(present)
    close(numpy(layer(padded, mask=masks)), expected_rows(entry, layer, xs, everyone, lengths), entry.tolerance)
    both = numpy(layer(padded, present=present, mask=masks))
    close(both, expected_rows(entry, layer, xs, present, lengths), entry.tolerance)
    emptied = [mask & present[:, m : m + 1] for m, mask in enumerate(masks)]
    close(numpy(layer(padded, mask=emptied)), both, 1e-6)


def weights(entry: Entry) -> None:
    """2. Exactly the weights of the formula, each with a gradient, also through NaN in absent modalities."""
    count = max(entry.counts)
    layer = entry.built(count)
    assert sum(np.prod(w.shape, dtype=int) for w in layer.weights) == entry.count(list(entry.widths(count)), 4)
    xs = entry.inputs(count, rows=16)
    by_weight, by_input = gradients(layer, xs)
    for weight, gradient in zip(layer.trainable_weights, by_weight, strict=True):
        assert np.abs(gradient).max() > 1e-8, f"no gradient reaches {weight.path}"
    for m, gradient in enumerate(by_input):
        assert np.abs(gradient).max() > 1e-8, f"no gradient reaches modality {m}"
    present = np.resize(patterns(count), (16, count))
    torn = [x.copy() for x in xs]
    for m, x in enumerate(torn):
        x[~present[:, m]] = np.nan
    by_weight, by_input = gradients(layer, torn, present=present)
    for m, gradient in enumerate(by_input):
        assert np.all(gradient[~present[:, m]] == 0), f"an absent modality {m} gets a gradient"
    assert all(np.isfinite(gradient).all() for gradient in by_weight)


def start(entry: Entry) -> None:
    """3. For unit-variance inputs, a variance in [0.3, 3] at the start: 2 to 4 modalities, widths 8 to 512."""
    if entry.classes:
        decisions_start_as_probabilities(entry)
        return
    # the initialisers are Keras's own and the same everywhere: elsewhere one width is enough
    for count, width in itertools.product(entry.start_counts, (8, 64, 512) if BACKEND == "tensorflow" else (64,)):
        widths = (width,) * count
        rows = 16 if entry.tokens else 64
        xs = entry.inputs(count, rows=rows, widths=widths)
        found = []
        for seed in range(4 if width == 8 and not entry.tokens else 1):  # a wide layer is its own average
            keras.utils.set_random_seed(seed)
            layer = entry.make(entry.start_units or width)
            try:
                outputs = layer(xs, **dict(entry.start_kwargs))
            except ValueError as error:
                assert "LowRankFusion" in str(error)  # a tensor too wide to hold refuses
                break
            found += [np.var(numpy(out)) for out in keras.tree.flatten(outputs)]
        else:
            low, high = (0.3, 3.0) if entry.variance is None else entry.variance(count)
            assert low <= np.mean(found) <= high, (count, width, np.mean(found))


def decisions_start_as_probabilities(entry) -> None:
    """For layers on logits: at the start the output is the logarithm of a distribution over the classes."""
    for count in (1, 2, 3, 4):
        if count > max(entry.counts) == 1:
            continue
        out = numpy(entry.make(4)(entry.inputs(count)))
        if entry.classes == 1:
            assert out.shape[1] == 1, "one logit gives one logit"
            continue
        np.testing.assert_allclose(np.exp(out).sum(axis=1), 1.0, atol=1e-5)


def saving(entry: Entry) -> None:
    """4. A `.keras` round trip is exact, the configuration whole, and the output shape known unbuilt."""
    import tempfile
    from pathlib import Path

    layer, count = entry.make(4), max(entry.counts)
    config = layer.get_config()
    named = set(inspect.signature(type(layer).__init__).parameters) - {"self", "kwargs"}
    assert named <= set(config), f"get_config lacks {named - set(config)}"
    assert type(layer).from_config(config).get_config() == config
    shapes = [(None, *shape) for shape in entry.shapes(count)]
    inferred = layer.compute_output_shape(shapes)
    assert not layer.built

    layer = entry.built(count)
    xs = entry.inputs(count)
    outputs = layer(xs)
    assert keras.tree.map_structure(lambda out: (None, *tuple(out.shape)[1:]), outputs) == inferred

    names = [f"modality{9 - m}" for m in range(count)]  # not in the alphabet's order
    keras_inputs = {name: keras.Input(shape[1:], name=name) for name, shape in zip(names, shapes, strict=True)}
    named_layer = entry.make(4)
    model = keras.Model(keras_inputs, named_layer(keras_inputs))
    named_layer.set_weights(layer.get_weights())
    batch = dict(zip(names, xs, strict=True))
    reference = numpy(model(batch))
    close(listed(reference, names), numpy(outputs), 1e-6)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.keras"
        model.save(path)
        again = keras.models.load_model(path)
    for found, expected in zip(
        keras.tree.flatten(numpy(again(dict(reversed(batch.items()))))), keras.tree.flatten(reference), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


def listed(outputs, names):
    """Dicts in `outputs` as lists in the order of `names`."""
    if isinstance(outputs, dict):
        return [outputs[name] for name in names]
    return tuple(listed(out, names) for out in outputs) if isinstance(outputs, tuple) else outputs


def sizes(entry: Entry) -> None:
    """5. A batch of one, widths of one, an unknown batch size, a sample that does not see its neighbours."""
    count = max(entry.counts)
    layer, xs = entry.built(count), entry.inputs(count)
    whole = numpy(layer(xs))
    one = numpy(layer([x[2:3] for x in xs]))
    close(one, [w[2:3] for w in keras.tree.flatten(whole)], 1e-5)
    layer_inputs = [keras.Input(shape) for shape in entry.shapes(count)]
    model = keras.Model(layer_inputs, layer(layer_inputs))
    assert all(out.shape[0] is None for out in keras.tree.flatten(model.output))
    close(model.predict(xs, verbose=0, batch_size=4), whole, 1e-5)
    widths = (entry.narrowest,) * count
    narrow = numpy(entry.built(count, units=1, widths=widths)(entry.inputs(count, widths=widths)))
    assert all(np.isfinite(out).all() for out in keras.tree.flatten(narrow))


def precision(entry: Entry) -> None:
    """6. Finite in mixed_float16 and mixed_bfloat16, of the compute type, and near the float32 result."""
    count = max(entry.counts)
    xs = entry.inputs(count)
    exact = numpy(entry.built(count)(xs))
    for policy, tolerance in (("mixed_float16", 0.02), ("mixed_bfloat16", 0.15)):
        layer = entry.built(count, dtype=policy)
        outputs = layer(xs)
        for out, reference in zip(keras.tree.flatten(outputs), keras.tree.flatten(exact), strict=True):
            assert keras.backend.standardize_dtype(out.dtype) in (layer.compute_dtype, "float32", "bool")
            found = numpy(ops.cast(out, "float32"))
            assert np.isfinite(found).all()
            assert np.abs(found - reference).max() <= tolerance * max(1, np.abs(reference).max())
        present = np.resize(patterns(count), (BATCH, count))
        for out in keras.tree.flatten(layer(xs, present=present)):
            assert np.isfinite(numpy(ops.cast(out, "float32"))).all()


def extremes(entry: Entry) -> None:
    """7. Zero, constant and saturated inputs: outputs and gradients finite."""
    count = max(entry.counts)
    layer, xs = entry.built(count), entry.inputs(count)
    for inputs in ([0 * x for x in xs], [0 * x + 1 for x in xs], [1e4 * x for x in xs], [1e-20 * x for x in xs]):
        assert all(np.isfinite(out).all() for out in keras.tree.flatten(numpy(layer(inputs))))
        assert all(np.isfinite(g).all() for part in gradients(layer, inputs) for g in part)


def jit(entry: Entry) -> None:
    """8. The same with jit_compile on, off, and eager; with and without `present`; all absent is finite."""
    if BACKEND == "torch":
        pytest.skip("Keras takes PyTorch's steps one by one: there is no second way to compare with")
    count = max(entry.counts)
    layer, xs = entry.built(count), entry.inputs(count)
    present = np.resize(patterns(count), (BATCH, count))
    present[0] = True
    for kwargs in ({}, {"present": present}):
        eager = numpy(layer(xs, **kwargs))
        close(compiled(layer, xs, jit=True, **kwargs), eager, 1e-5)
        close(compiled(layer, xs, jit=False, **kwargs), eager, 1e-5)
    nobody = ops.convert_to_tensor(np.zeros((BATCH, count), bool))
    neutral = masked_in_graph(layer, xs, nobody)
    assert all(np.isfinite(out).all() for out in keras.tree.flatten(neutral))


def masked_in_graph(layer, xs, present):
    """Output where `present` is not known before the graph runs."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        graph = tf.function(lambda p: layer([tf.constant(x) for x in xs], present=p), autograph=False)
        return numpy(graph(present))
    import jax

    weights = [v.value for v in layer.trainable_variables]
    fixed = [v.value for v in layer.non_trainable_variables]
    return numpy(jax.jit(lambda p: layer.stateless_call(weights, fixed, xs, present=p)[0])(present))


def errors(entry: Entry) -> None:
    """9. One clear ValueError for each wrong use, naming the layer and what was expected."""
    count = max(entry.counts)
    layer, xs = entry.built(count), entry.inputs(count)
    name = type(layer).__name__

    def refuses(message, call):
        with pytest.raises(ValueError, match=message) as caught:
            call()
        assert name in str(caught.value)

    refuses(f"was built on {count} modalities; got {count + 1}", lambda: layer([*xs, xs[0]]))
    refuses("built on a list", lambda: layer({str(m): x for m, x in enumerate(xs)}))
    wider = [np.concatenate([x, x], axis=-1) for x in xs]
    refuses(r"was built on shape .* for modality number 0; got", lambda: layer(wider))
    refuses(r"was built on shape .* for modality number 0; got", lambda: layer([x[..., None] for x in xs]))
    refuses("takes a list or a dict of tensors; got one tensor", lambda: entry.make(4)(xs[0]))
    refuses("takes .*batch.* modality number 0 has shape", lambda: entry.make(4)([np.ones((2, 3, 1, 1, 1))] * count))
    refuses(f"`present` of shape .batch, {count}.", lambda: layer(xs, present=np.ones((BATCH, count + 1), bool)))
    nobody = np.ones((BATCH, count), bool)
    nobody[3] = False
    refuses("every modality absent", lambda: layer(xs, present=nobody))
    names = [f"m{m}" for m in range(count)]
    named = entry.make(4)
    named(dict(zip(names, xs, strict=True)))
    wrong = dict(zip([*names[:-1], "typo"], xs, strict=True))
    refuses("was built on the modalities .*typo", lambda: named(wrong))


POINTS = {point.__name__: point for point in (formula, weights, start, saving, sizes, precision, extremes, jit, errors)}
