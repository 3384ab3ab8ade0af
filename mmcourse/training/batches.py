"""Arrays in memory as batches of `fit`, in the order of `mmcourse.data.pipeline`.

Because nothing but `epoch` and `start` says where the data is, a run can be taken up at any step
without saving the state of an iterator. Taught in lesson 24.
"""

import keras
import numpy as np

from ..data.pipeline import BatchPlan, dataset
from ..identity import array_digest


class Batches(keras.utils.PyDataset):
    """Batches of `(x, y)` for `model.fit`, on every Keras backend.

    `x`: array (N, ...) or dict of such; `y`: the same. With `seed` (training) the batches are equal and in the order
    of (seed, epoch); without (evaluation) they have every row in the arrays' own order. Which rows are in which batch
    is `plan`, by the one rule of `mmcourse.data.pipeline`, which `Multimodal.tf_data` follows too.

    `rank` and `processes` give each of several processes its own part of every global batch of
    `batch_size`; `replicas` is the number of devices a batch is divided among.

    `epoch` and `start` (the first step) are set from outside, before an iterator is made: `fit`
    and `ExactResume` do that. Raises `ValueError` for arrays of unequal length or of objects, and for a batch size that
    the devices cannot share. Taught in lesson 24.

    >>> batches = Batches(np.zeros((10, 2)), np.arange(10), 5, seed=0)
    >>> [x.shape for x, y in (batches[0], batches[1])]
    [(5, 2), (5, 2)]
    """

    def __init__(
        self,
        x,
        y,
        batch_size: int,
        *,
        seed: int | None = None,
        rank: int = 0,
        processes: int = 1,
        replicas: int = 1,
    ):
        super().__init__()
        self.x = keras.tree.map_structure(np.asarray, x)
        self.y = keras.tree.map_structure(np.asarray, y)
        self.rank, self.processes = rank, processes
        self.plan = BatchPlan(self._rows(), batch_size, seed, max(replicas, processes))
        self.epoch = self.start = 0

    def describe(self) -> dict:
        """What must be equal for a run to be taken up exactly, the values included: plain data."""
        return {
            "samples": self.plan.n,
            "batch_size": self.plan.batch_size,
            "seed": self.plan.seed,
            "steps": self.plan.steps,
            "values": {name: array_digest(array)[:16] for name, array in self.named().items()},
        }

    def named(self) -> dict[str, np.ndarray]:
        """Every array by where it is: "x/image" in a dict, else "x" or "y"."""
        parts = {"x": self.x, "y": self.y}
        return {
            "/".join([part, *map(str, path)]) if path else part: array
            for part, arrays in parts.items()
            for path, array in keras.tree.flatten_with_path(arrays)
        }

    @property
    def num_batches(self) -> int:
        """Steps from `start` to the end of the epoch."""
        return self.plan.steps - self.start

    def __getitem__(self, index: int):
        rows = self.plan.rows(self.epoch, self.start + index)
        share = len(rows) // self.processes
        rows = rows[self.rank * share : (self.rank + 1) * share]
        return keras.tree.map_structure(lambda array: array[rows], (self.x, self.y))

    def source(self):
        """What to hand to `model.fit`: a `tf.data.Dataset` on TensorFlow, else this object."""
        return self.tf_data() if keras.backend.backend() == "tensorflow" else self

    def tf_data(self, pieces: int = 1):
        """A `tf.data.Dataset` of the steps from `start` on, in the order of the epoch at each pass.

        With `pieces`, each batch comes as so many equal parts, one after the other: that is how a
        `tf.distribute` strategy takes what is for the devices of one process.
        """
        mine = slice(self.rank * pieces, (self.rank + 1) * pieces)
        parts = self.processes * pieces
        return dataset(self.plan, (self.x, self.y), lambda: self.epoch, start=self.start, parts=parts, mine=mine)

    def _rows(self) -> int:
        lengths = [len(array) for array in keras.tree.flatten((self.x, self.y))]
        if len(set(lengths)) != 1 or not lengths[0]:
            raise ValueError(f"x and y must have the same number of rows, at least one; got {lengths}")
        for array in keras.tree.flatten((self.x, self.y)):
            if array.dtype == object:
                raise ValueError("x and y must be arrays of numbers or strings; got an object array")
        return lengths[0]
