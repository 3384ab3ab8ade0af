"""Arrays in memory as equal batches, in an order that is a pure function of (seed, epoch).

Because nothing but `epoch` and `start` says where the data is, a run can be taken up at any step
without saving the state of an iterator. Taught in lesson 24.
"""

import keras
import numpy as np

from mmcourse.data.pipeline import epoch_order


class Batches(keras.utils.PyDataset):
    """Batches of `(x, y)` for `model.fit`, on every Keras backend.

    `x`: array (N, ...) or dict of such; `y`: the same. In epoch e, step i holds the rows
    `order[i * batch_size : (i + 1) * batch_size]` with `order = epoch_order(N, seed, e)`, or the
    arrays' own order where `seed` is None.

    `remainder=False` (training) makes all batches equal: the N mod batch_size rows left over sit
    that epoch out, others in each epoch. One shape means one trace, and the same steps on one
    device as on many. `remainder=True` (evaluation) keeps them in a last, shorter batch.

    `rank` and `processes` give each of several processes its own part of every global batch of
    `batch_size`; `replicas` is the number of devices a batch is divided among.

    `epoch` and `start` (the first step) are set from outside, before an iterator is made: `fit`
    and `ExactResume` do that. Taught in lesson 24.
    """

    def __init__(
        self,
        x,
        y,
        batch_size: int,
        *,
        seed: int | None = None,
        remainder: bool = False,
        rank: int = 0,
        processes: int = 1,
        replicas: int = 1,
    ):
        super().__init__()
        self.x = keras.tree.map_structure(np.asarray, x)
        self.y = keras.tree.map_structure(np.asarray, y)
        self.batch_size, self.seed = batch_size, seed
        self.rank, self.processes = rank, processes
        self.n = self._rows()
        replicas = max(replicas, processes)
        if batch_size < 1 or batch_size % replicas:
            raise ValueError(
                f"batch_size is the size of the global batch and must be a multiple of the {replicas} "
                f"devices that share it; got {batch_size}"
            )
        if not remainder and self.n < batch_size:
            raise ValueError(f"batch_size is {batch_size} but there are only {self.n} samples; choose at most {self.n}")
        self.used = self.n - self.n % (replicas if remainder else batch_size)
        self.steps = -(-self.used // batch_size)
        self.epoch = self.start = 0
        self._variable = None

    def order(self, epoch: int) -> np.ndarray:
        """Row numbers in the order of one epoch, int64."""
        return np.arange(self.n) if self.seed is None else epoch_order(self.n, self.seed, epoch)

    def rows(self, epoch: int, step: int) -> np.ndarray:
        """Row numbers of one global batch."""
        return self.order(epoch)[step * self.batch_size : (step + 1) * self.batch_size][: self.used]

    def describe(self) -> dict:
        """What must be equal for a run to be taken up exactly: plain data."""
        arrays = keras.tree.flatten(self.x) + keras.tree.flatten(self.y)
        return {
            "samples": self.n,
            "arrays": [[list(array.shape[1:]), str(array.dtype)] for array in arrays],
            "batch_size": self.batch_size,
            "seed": self.seed,
        }

    @property
    def num_batches(self) -> int:
        """Steps from `start` to the end of the epoch."""
        return self.steps - self.start

    def __getitem__(self, index: int):
        if self._current[0] != self.epoch:
            self._current = (self.epoch, self.order(self.epoch)[: self.used])
        size = self.batch_size
        rows = self._current[1][(self.start + index) * size :][:size]
        share = len(rows) // self.processes
        rows = rows[self.rank * share : (self.rank + 1) * share]
        return keras.tree.map_structure(lambda array: array[rows], (self.x, self.y))

    _current: tuple[int, np.ndarray | None] = (-1, None)

    def begin(self, epoch: int) -> None:
        """Turn to an epoch; what is iterated from now on has its order."""
        self.epoch = epoch
        if self._variable is not None:
            self._variable.assign(self.order(epoch))

    def source(self):
        """What to hand to `model.fit`: a `tf.data.Dataset` on TensorFlow, else this object."""
        return self.tf_data() if keras.backend.backend() == "tensorflow" else self

    def tf_data(self, pieces: int = 1):
        """A `tf.data.Dataset` of the steps from `start` on, in the order of the current epoch.

        With `pieces`, each batch comes as so many equal parts, one after the other: that is how a
        `tf.distribute` strategy takes what is for the devices of one process.
        """
        import tensorflow as tf

        with tf.device("CPU:0"):
            if self._variable is None:
                self._variable = tf.Variable(self.order(self.epoch), trainable=False, dtype=tf.int64)
                self._tensors = tf.nest.map_structure(tf.convert_to_tensor, (self.x, self.y))
            order, tensors, size, used = self._variable, self._tensors, self.batch_size, self.used
            parts = self.processes * pieces
            whole = used % size == 0

            def batch(index):
                first = index // pieces * size
                part = self.rank * pieces + index % pieces
                if whole:  # a constant size gives a static shape
                    rows = tf.slice(order, [first + part * (size // parts)], [size // parts])
                else:
                    share = tf.minimum(tf.constant(size, tf.int64), used - first) // parts
                    rows = tf.slice(order, [first + part * share], [share])
                return tf.nest.map_structure(lambda array: tf.gather(array, rows), tensors)

            indices = tf.data.Dataset.range(self.start * pieces, self.steps * pieces)
            return indices.map(batch, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    def _rows(self) -> int:
        lengths = [len(array) for array in keras.tree.flatten((self.x, self.y))]
        if len(set(lengths)) != 1 or not lengths[0]:
            raise ValueError(f"x and y must have the same number of rows, at least one; got {lengths}")
        for array in keras.tree.flatten((self.x, self.y)):
            if array.dtype == object:
                raise ValueError("x and y must be arrays of numbers or strings; got an object array")
        return lengths[0]
