"""The nine points of the contract, each a function of an `Entry`; `POINTS` has them by name."""

import inspect
import itertools
import tempfile
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from tests.layers.contract import BACKEND, BATCH, Entry, close, compiled, expected_rows, gradients, numpy, patterns


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
