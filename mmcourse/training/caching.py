"""Input pipelines: keep what is made once, in memory or on disk, whichever it fits in.

Arrays in memory need nothing of this: `Batches` shards them by process and prefetches. This is for
a `tf.data.Dataset` that decodes or computes. Taught in lesson 24.
"""

import os
import shutil
from pathlib import Path

from .hardware import available_memory

SHARE = 0.5  # of the free memory, at most, for one cache


def cached(dataset, folder: str | os.PathLike, *, sample: int = 32):
    """The same `tf.data.Dataset`, computed only on its first pass: kept in memory, or in `folder`.

    The size is measured, not guessed: the bytes of the first `sample` elements, scaled to the
    dataset's cardinality. Up to half of the free memory it stays in memory, else it goes to files,
    for which the disk must have room. Put `shuffle`, augmentation and `prefetch` after it: what
    comes before is frozen. The files serve later processes too, so give each content its own folder.

    Raises `ValueError` where the cardinality is unknown or infinite, and where neither memory nor
    disk has room, with the sizes. Taught in lesson 24.

    >>> import tensorflow as tf
    >>> dataset = cached(tf.data.Dataset.range(5), "cache")
    >>> [int(x) for x in dataset]
    [0, 1, 2, 3, 4]
    """
    folder = Path(folder)
    size = dataset_bytes(dataset, sample)
    memory = available_memory()
    if memory is not None and size <= SHARE * memory:
        return dataset.cache()
    if not folder.exists():  # what is there already has been paid for
        parent = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        free = shutil.disk_usage(parent).free
        if size > free:
            raise ValueError(
                f"the dataset takes about {size / 1e9:.2f} GB: more than half of the free memory "
                f"({(memory or 0) / 1e9:.2f} GB) and than the disk has at {folder} ({free / 1e9:.2f} GB). "
                "Make the samples smaller, or leave it uncached"
            )
        folder.mkdir(parents=True)
    return dataset.cache(str(folder / "cache"))


def dataset_bytes(dataset, sample: int = 32) -> int:
    """Bytes of all elements of a `tf.data.Dataset`, from the mean of the first `sample`."""
    import tensorflow as tf

    count = int(dataset.cardinality())
    if count < 0:
        kind = "infinite" if count == tf.data.INFINITE_CARDINALITY else "unknown"
        raise ValueError(
            f"the dataset's size is {kind}; take(n) or tf.data.experimental.assert_cardinality(n) tells it"
        )
    sizes = [sum(_bytes(tensor) for tensor in tf.nest.flatten(element)) for element in dataset.take(sample)]
    return round(count * sum(sizes) / len(sizes)) if sizes else 0


def _bytes(tensor) -> int:
    import tensorflow as tf

    if tensor.dtype == tf.string:
        return int(tf.reduce_sum(tf.strings.length(tensor)))
    return int(tf.size(tensor)) * tensor.dtype.size
