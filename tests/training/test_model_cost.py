"""Bytes against counting, compression against what must cost nothing, and a clock against a known sleep."""

import gzip
import time

import keras
import numpy as np
import pytest

from mmcourse.training import footprint, latency, prune

LAYERS = keras.layers


def network(units: int = 40):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((50,)), LAYERS.Dense(units), LAYERS.Dense(10)])


def test_bytes_are_counted_and_zeros_cost_only_plain_ones():
    model = network()
    whole = footprint(model)
    assert whole.plain == 4 * model.count_params()
    prune(model, 0.9)
    assert footprint(model).plain == whole.plain and footprint(model).gzip < 0.4 * whole.gzip


def test_eight_bits_are_eight_bits():
    model = network()
    for layer in model.layers:
        layer.quantize("int8")
    by_hand = sum(np.prod(w.shape) * (1 if "int8" in str(w.dtype) else 4) for w in model.weights)
    assert footprint(model).plain == by_hand < 4 * network().count_params()


def test_files_and_folders_count_whole(tmp_path):
    (tmp_path / "net" / "deep").mkdir(parents=True)
    (tmp_path / "net" / "a").write_bytes(b"a" * 1000)
    (tmp_path / "net" / "deep" / "b").write_bytes(b"b" * 500)
    assert footprint(tmp_path / "net").plain == 1500 and footprint(str(tmp_path / "net" / "a")).plain == 1000
    assert footprint(tmp_path / "net" / "a").gzip == len(gzip.compress(b"a" * 1000))
    with pytest.raises(FileNotFoundError):
        footprint(tmp_path / "nothing")


def test_a_model_without_weights_is_refused():
    with pytest.raises(ValueError, match="build it first"):
        footprint(keras.Sequential([LAYERS.Dense(3)]))


def test_the_clock_sees_one_sample_at_a_time():
    seen = []

    def ask(x):
        seen.append(x["a"].shape)
        time.sleep(0.01)

    found = latency(ask, {"a": np.zeros((9, 4))}, calls=10)
    assert set(seen) == {(1, 4)} and found.calls == 10
    assert 0.01 <= found.low <= found.median <= found.high and found.median < 0.1
    assert "ms a sample" in str(found)


def test_what_gives_no_spread_is_refused():
    with pytest.raises(ValueError, match="2 calls"):
        latency(len, np.zeros((3, 2)), calls=1)
    with pytest.raises(ValueError, match="one sample or more"):
        latency(len, {"a": np.zeros((0, 2))})
