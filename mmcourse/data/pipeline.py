"""Arrays in memory to `tf.data`, in an order that is a pure function of (seed, epoch). Taught in lesson 24."""

from itertools import count

import numpy as np


def epoch_order(n: int, seed: int, epoch: int) -> np.ndarray:
    """The order of `n` samples in one epoch: a permutation that depends on (seed, epoch) and nothing else."""
    return np.random.default_rng([seed, epoch]).permutation(n)


def batches(
    x: dict[str, np.ndarray],
    y: np.ndarray | dict[str, np.ndarray],
    n: int,
    batch_size: int,
    seed: int | None,
    first_epoch: int = 0,
):
    """A `tf.data.Dataset` of `(x, y)` batches; every pass over it is the next epoch. See `Multimodal.tf_data`."""
    import tensorflow as tf

    if batch_size < 1:
        raise ValueError(f"batch_size must be 1 or more, got {batch_size}")
    epochs = count(first_epoch)

    def next_order(_):
        order = tf.numpy_function(lambda: epoch_order(n, seed, next(epochs)), [], tf.int64)
        return tf.ensure_shape(order, [n])

    # one Python call for each epoch, none for a batch; a generator dataset would also slow down every later allocation
    rows = tf.data.Dataset.range(n) if seed is None else tf.data.Dataset.from_tensors(0).map(next_order).unbatch()
    whole = tf.nest.map_structure(tf.convert_to_tensor, (x, y))

    def pick(index):
        return tf.nest.map_structure(lambda array: tf.gather(array, index), whole)

    picked = rows.batch(batch_size).map(pick, num_parallel_calls=2, deterministic=True)
    return picked.apply(tf.data.experimental.assert_cardinality(-(-n // batch_size))).prefetch(2)
