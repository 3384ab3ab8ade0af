"""Samples that are far away: a stand-in for a slow disk or network, to try input pipelines on. Taught in lesson 24."""

import time
from collections.abc import Iterator

import numpy as np

from ..data import Split


class FarStore:
    """The samples of a split, one at a time, each after a wait of `seconds`; `asked` lists the rows asked for.

    The wait is `time.sleep`: the computer is idle meanwhile, as it is when a disk or a network is slow, and it is
    never shorter than asked.

    >>> store = FarStore(mm.load("digits").train, seconds=0.001)
    >>> [x["image"].shape for x, y in store.batches(2, 64)], len(store.asked)
    ([(64, 8, 8, 1), (64, 8, 8, 1)], 128)
    >>> import tensorflow as tf
    >>> dataset = tf.data.Dataset.range(8).map(store.read, num_parallel_calls=4).batch(8)
    >>> [y.shape.as_list() for x, y in dataset]
    [[8]]

    Raises `ValueError` for a negative wait. Taught in lesson 24.
    """

    def __init__(self, part: Split, seconds: float = 0.002):
        if not seconds >= 0:
            raise ValueError(f"a store answers after 0 seconds or more; got {seconds}")
        self.seconds, self.asked = seconds, []
        self._arrays = {**part.x, "": np.asarray(part.y)}

    def get(self, index: int) -> list[np.ndarray]:
        """One sample, in NumPy: its modalities in their order, then the label."""
        time.sleep(self.seconds)
        self.asked.append(int(index))
        return [array[index] for array in self._arrays.values()]

    def read(self, index):
        """One sample, `(x, y)`, for `tf.data.Dataset.map`; the Python code of `get` runs inside the pipeline."""
        import tensorflow as tf

        arrays = self._arrays.values()
        tensors = tf.numpy_function(self.get, [index], [array.dtype for array in arrays])
        shaped = [tf.ensure_shape(tensor, array.shape[1:]) for tensor, array in zip(tensors, arrays, strict=True)]
        *x, y = shaped
        return dict(zip(self._arrays, x, strict=False)), y

    def batches(self, count: int, size: int = 64) -> Iterator[tuple[dict[str, np.ndarray], np.ndarray]]:
        """A plain Python generator of the first batches, one read after the other."""
        for start in range(0, count * size, size):
            *x, y = map(np.stack, zip(*map(self.get, range(start, start + size)), strict=True))
            yield dict(zip(self._arrays, x, strict=False)), y
