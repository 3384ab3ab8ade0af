"""Which rows are in which batch, and the `tf.data` pipeline that gathers them. Taught in lesson 24.

One rule for `Multimodal.tf_data` and for `training.fit`:

- A *shuffled* pass makes equal batches. The rows left over sit that epoch out, others in each epoch.
- A pass in the *arrays' own order* has every row; its last batch may be shorter.
- With fewer rows than a batch, the batch is all rows.

The order is a pure function of (seed, epoch), so a run can be taken up at any step without saving an iterator.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np


@lru_cache(maxsize=2)
def epoch_order(n: int, seed: int, epoch: int) -> np.ndarray:
    """The order of `n` samples in one epoch, int64: a permutation by (seed, epoch) and nothing else; read only."""
    order = np.random.default_rng([seed, epoch]).permutation(n)
    order.flags.writeable = False
    return order


@dataclass(frozen=True)
class BatchPlan:
    """The rows of every batch of `n` samples, by epoch and step.

    `seed` is None for the arrays' own order. Every batch has a multiple of `share` rows, so that as many devices can
    divide it; of the last, shorter batch of an unshuffled pass that may cost some rows.
    """

    n: int
    batch_size: int
    seed: int | None
    share: int = 1

    def __post_init__(self) -> None:
        if self.batch_size < 1 or self.batch_size % self.share:
            what = "1 or more" if self.share == 1 else f"a multiple of the {self.share} devices that share a batch"
            raise ValueError(f"batch_size must be {what}, got {self.batch_size}")
        if self.n < self.share:
            raise ValueError(f"expected a sample for each of the {self.share} devices that share a batch, got {self.n}")

    @property
    def size(self) -> int:
        """Rows of a batch."""
        return min(self.batch_size, self.n - self.n % self.share)

    @property
    def used(self) -> int:
        """Rows of an epoch."""
        return self.n - self.n % (self.share if self.seed is None else self.size)

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return -(-self.used // self.size)

    def order(self, epoch: int) -> np.ndarray:
        """The row numbers of one epoch, (used,) int64."""
        every = np.arange(self.n) if self.seed is None else epoch_order(self.n, self.seed, epoch)
        return every[: self.used]

    def rows(self, epoch: int, step: int) -> np.ndarray:
        """The row numbers of one batch."""
        return self.order(epoch)[step * self.size : (step + 1) * self.size]


def dataset(
    plan: BatchPlan,
    arrays,
    next_epoch: Callable[[], int],
    *,
    start: int = 0,
    parts: int = 1,
    mine: slice = slice(None),
):
    """A `tf.data.Dataset` of the batches of `arrays`, from step `start` on; each pass over it asks for its epoch.

    `arrays` is any structure of arrays (N, ...). With `parts`, each batch is divided into so many equal parts, and
    those of `mine` come one after the other.
    """
    import tensorflow as tf

    whole = plan.used // plan.size  # steps of full size
    share = len(range(parts)[mine])

    def blocks(epoch: int, first: int, last: int) -> np.ndarray:
        """Rows of the steps from first to last, which have one size: (steps * parts that are mine, rows of a part)."""
        rows = plan.order(epoch)[first * plan.size : last * plan.size].reshape(last - first, parts, -1)
        return rows[:, mine].reshape((last - first) * share, -1)

    def next_blocks(_):
        rows = tf.numpy_function(lambda: blocks(next_epoch(), start, whole), [], tf.int64)
        return tf.ensure_shape(rows, [(whole - start) * share, plan.size // parts])

    def pick(rows):
        return tf.nest.map_structure(lambda array: tf.gather(array, rows), tensors)

    with tf.device("CPU:0"):
        tensors = tf.nest.map_structure(tf.convert_to_tensor, arrays)
        if plan.seed is not None:  # one Python call for each epoch, none for a batch
            rows = tf.data.Dataset.from_tensors(0).map(next_blocks).unbatch()
        else:
            rows = tf.data.Dataset.from_tensor_slices(blocks(0, start, whole))
            if plan.steps > whole:
                rows = rows.concatenate(tf.data.Dataset.from_tensor_slices(blocks(0, whole, plan.steps)))
        picked = rows.map(pick, num_parallel_calls=2, deterministic=True)
        cardinality = tf.data.experimental.assert_cardinality((plan.steps - start) * share)
        return picked.apply(cardinality).prefetch(2)
