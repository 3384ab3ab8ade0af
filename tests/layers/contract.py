"""The contract every fusion layer is held to: nine points (`points.py`), one table of layers (`table.py`).

An `Entry` brings a layer and a NumPy oracle written from the paper's formula. The oracle sees one group of
samples at a time, without padding, and with None for the modalities that are absent: what it computes *is* the
layer applied to the modalities that are there.
"""

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
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
