"""Devices, defaults and measurements."""

import time

import keras
import numpy as np
import pytest

from mmcourse.training import cached, compile_defaults, devices, input_bound, precision, profile, throughput
from mmcourse.training.caching import dataset_bytes
from mmcourse.training.hardware import Devices, Gpu, _choose_precision
from mmcourse.training.step_cost import matmul_rate


def test_devices_answer_in_one_line_and_in_numbers():
    found = devices()
    assert found.backend == keras.backend.backend() and found.cores >= 1
    assert "\n" not in str(found) and f"{found.cores} CPU cores" in str(found)
    import os

    assert found.cores == len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else found.cores


@pytest.mark.parametrize(
    ("capabilities", "policy", "reason"),
    [
        ([], "float32", "3 to 8 times slower"),
        ([(9, 0)], "mixed_bfloat16", "9.0"),
        ([(8, 0)], "mixed_bfloat16", "bfloat16 in hardware"),
        ([(7, 5)], "mixed_float16", "the loss is scaled"),
        ([(6, 1)], "float32", "before tensor cores"),
        ([(9, 0), (7, 0)], "mixed_float16", "7.0"),  # the weakest decides
        ([None], "float32", "does not say"),
    ],
)
def test_precision_follows_the_device(capabilities, policy, reason):
    gpus = tuple(Gpu("g", capability, None) for capability in capabilities)
    chosen = _choose_precision(Devices("tensorflow", gpus, 2, None))
    assert chosen.policy == policy and reason in chosen.why


def test_precision_sets_the_policy_and_float16_scales_the_loss():
    try:
        assert str(precision("mixed_float16")).startswith("mixed_float16: ")
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        assert type(model.optimizer).__name__ == "LossScaleOptimizer"
        assert model.compute_dtype == "float16"
        with pytest.raises(ValueError, match="mixed_bfloat16; got 'float16'"):
            precision("float16")
    finally:
        precision("float32")
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.skipif(devices().kind == "gpu", reason="the table of the CPU")
def test_compile_defaults_by_kind_of_model():
    layers = keras.layers
    dense = keras.Sequential([keras.Input((8,)), layers.Dense(4)])
    convolution = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.Flatten()])
    recurrent = keras.Sequential([keras.Input((8, 4)), layers.GRU(4)])
    both = keras.Model(
        [convolution.inputs[0], recurrent.inputs[0]],
        layers.Concatenate()([convolution.outputs[0], recurrent.outputs[0]]),
    )
    chosen = [compile_defaults(model) for model in (dense, convolution, recurrent, both)]
    assert [(c["jit_compile"], c["steps_per_execution"]) for c in chosen] == [
        (False, 8),
        (False, 8),
        (True, 1),
        (False, 8),
    ]
    dense.compile("sgd", "mse", **compile_defaults(dense) | {"steps_per_execution": 2})
    assert dense.steps_per_execution == 2


@pytest.fixture(scope="module")
def wide():
    """A model whose floating-point operations are easily counted: (model, (x, y), multiply-adds per sample)."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(256, 128)).astype("float32"), rng.normal(size=(256, 8)).astype("float32")
    model = keras.Sequential([keras.Input((128,)), keras.layers.Dense(256), keras.layers.Dense(8)])
    model.compile("sgd", "mse", jit_compile=False, steps_per_execution=4)
    return model, (x, y), (128 * 256, 256 * 8)


def test_throughput_counts_the_products(wide, digest):
    model, data, (first, second) = wide
    model.fit(*data, epochs=1, verbose=0)
    before = digest(model)
    measured = throughput(model, data, batch_size=32, steps=12)
    assert digest(model) == before and model.steps_per_execution == 4  # given back as it was
    products = 2 * 32 * (2 * first + 3 * second)  # the first layer needs no gradient of its input
    assert products <= measured.flops <= 1.2 * products
    assert 0 < measured.step_spread[0] <= measured.step_time <= measured.step_spread[1]
    assert measured.share == pytest.approx(measured.flops / measured.step_time / measured.matmul_rate)
    assert measured.examples_per_second == pytest.approx(32 / measured.step_time, rel=0.9)
    assert measured.peak_memory > 50 * 2**20 and "examples/s" in str(measured)


def test_matmul_rate_is_that_of_numpy_within_an_order():
    left = np.ones((1024, 1024), "float32")
    best = np.inf
    for _ in range(5):
        began = time.perf_counter()
        left @ left
        best = min(best, time.perf_counter() - began)
    assert 0.1 < matmul_rate() / (2 * 1024**3 / best) < 10


def test_input_bound_tells_a_slow_pipeline_from_a_fast_one(wide, digest):
    model, data, _ = wide
    model.fit(*data, epochs=1, verbose=0)
    before = digest(model)

    def slow():
        for _ in range(8):
            time.sleep(0.05)
            yield data[0][:32], data[1][:32]

    found = input_bound(model, slow())
    assert found.bound and found.waiting >= 0.05 and str(found).startswith("input-bound")
    fast = input_bound(model, [(data[0][:32], data[1][:32])] * 8)
    assert not fast.bound and fast.waiting < 0.005
    assert digest(model) == before
    with pytest.raises(ValueError, match="3 batches or more to measure, the data has 2"):
        input_bound(model, [(data[0][:32], data[1][:32])] * 2)


def test_profile_leaves_a_trace_and_the_model_as_it_was(wide, digest, tmp_path):
    model, data, _ = wide
    model.fit(*data, epochs=1, verbose=0)
    before = digest(model)
    folder = profile(model, data, tmp_path / "trace", steps=2)
    assert list(folder.rglob("*.xplane.pb"))
    assert digest(model) == before


def test_cached_keeps_small_sets_in_memory_and_large_ones_on_disk(tmp_path, monkeypatch):
    import tensorflow as tf

    made = []

    def make(i):
        made.append(int(i))
        return np.full((100,), i, "float32")

    def source():
        made.clear()
        work = tf.data.Dataset.range(20)
        return work.map(lambda i: tf.ensure_shape(tf.numpy_function(make, [i], tf.float32), [100]))

    assert dataset_bytes(source()) == 20 * 400
    for memory, files in ((10**9, False), (10_000, True)):
        monkeypatch.setattr("mmcourse.training.caching.available_memory", lambda memory=memory: memory)
        folder = tmp_path / str(memory)
        kept = cached(source(), folder)
        made.clear()
        first = [element.numpy()[0] for element in kept]
        second = [element.numpy()[0] for element in kept]
        assert first == second == list(range(20))
        assert sorted(made) == list(range(20))  # once each
        assert folder.exists() == files
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 100}))
    with pytest.raises(ValueError, match=r"takes about 0\.00 GB: more than half of the free memory"):
        cached(source(), tmp_path / "full")
    with pytest.raises(ValueError, match="size is infinite"):
        cached(source().repeat(), tmp_path / "endless")
    with pytest.raises(ValueError, match="size is unknown"):
        cached(source().filter(lambda x: x[0] > 3), tmp_path / "unknown")
