"""TensorFlow Datasets for real, without a network: sets written on the spot and read back, by it and by the course."""

import numpy as np
import pytest

import mmcourse as mm
from mmcourse.data.sets import cifar

RNG = np.random.default_rng(0)
SPLITS = {"train": 30, "test": 20}


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A function that writes a set of pictures and labels under a name into the course's cache; its arrays."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    monkeypatch.setenv("MMCOURSE_CACHE", str(tmp_path))
    monkeypatch.setattr("urllib.request.urlopen", None)  # calling it would raise

    def write(name: str, version: str) -> dict:
        arrays = {
            split: {
                "image": RNG.integers(0, 256, (n, 32, 32, 3), np.uint8),
                "label": np.arange(n, dtype=np.int64) % 10,
                "id": np.array([f"{split}_{i}" for i in range(n)]),
            }
            for split, n in SPLITS.items()
        }
        tfds.dataset_builders.store_as_tfds_dataset(
            name=name,
            version=version,
            data_dir=tmp_path,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(32, 32, 3)),
                    "label": tfds.features.ClassLabel(num_classes=10),
                    "id": tfds.features.Text(),
                }
            ),
            split_datasets={name: tf.data.Dataset.from_tensor_slices(split) for name, split in arrays.items()},
        )
        return arrays

    return write


def test_a_set_written_on_the_spot_is_read_back_by_tfds_load(written, tmp_path):
    import tensorflow_datasets as tfds

    arrays = written("small_pictures", "1.0.0")
    for split, expected in arrays.items():
        rows = list(tfds.load("small_pictures", data_dir=tmp_path, split=split, download=False).as_numpy_iterator())
        rows.sort(key=lambda row: int(row["id"].split(b"_")[1]))
        assert [row["label"] for row in rows] == expected["label"].tolist()
        np.testing.assert_array_equal([row["image"] for row in rows], expected["image"])


def test_a_real_set_comes_through_tensorflow_datasets(written):
    """CIFAR-10's own builder finds what is prepared, fetches nothing, and the course makes its set of it."""
    arrays = written("cifar10", "3.0.2")
    data = mm.load("captioned_cifar10", train=20, val=10, test=20)
    known = {
        image.tobytes(): label for image, label in zip(arrays["train"]["image"], arrays["train"]["label"], strict=True)
    }
    for split in (data.train, data.val):
        assert [known[image.tobytes()] for image in split.x["image"]] == split.y.tolist()
    assert data.classes == cifar.CLASSES and len(data.test) == 20
