"""A store that answers late, and always right."""

import time

import numpy as np
import pytest

from mmcourse.data import Split
from mmcourse.training import FarStore


@pytest.fixture
def part():
    rng = np.random.default_rng(0)
    image, audio = rng.random((12, 2, 3), np.float32), rng.random((12, 5), np.float32)
    return Split({"image": image, "audio": audio}, np.arange(12) % 4, None)


def test_generator_and_pipeline_give_the_samples_of_the_split(part):
    import tensorflow as tf

    for readers in (None, 1, 4):
        store = FarStore(part, seconds=0.0)
        dataset = tf.data.Dataset.range(12).map(store.read, num_parallel_calls=readers).batch(4)
        for batches in (list(store.batches(3, 4)), list(dataset)):
            for name, array in part.x.items():
                np.testing.assert_array_equal(np.concatenate([x[name] for x, _ in batches]), array)
            np.testing.assert_array_equal(np.concatenate([y for _, y in batches]), part.y)
        assert sorted(store.asked) == sorted([*range(12), *range(12)])
        assert dataset.element_spec[0]["image"].shape.as_list() == [None, 2, 3]


def test_it_never_answers_early(part):
    store, began = FarStore(part, seconds=0.02), time.perf_counter()
    store.get(3)
    assert time.perf_counter() - began >= 0.02 and store.asked == [3]


def test_readers_wait_at_the_same_time(part):
    import tensorflow as tf

    options = tf.data.Options()
    options.threading.private_threadpool_size = 12
    store = FarStore(part, seconds=0.1)
    began = time.perf_counter()
    list(tf.data.Dataset.range(12).map(store.read, num_parallel_calls=12).with_options(options))
    assert time.perf_counter() - began < 12 * 0.1 / 2


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_a_wait_is_not_negative(part, seconds):
    with pytest.raises(ValueError, match="0 seconds or more"):
        FarStore(part, seconds=seconds)
