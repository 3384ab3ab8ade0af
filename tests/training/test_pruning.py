"""`prune`: against sorting in NumPy, through training and saving, and what it refuses."""

import keras
import numpy as np
import pytest

import mmcourse as mm
from mmcourse.training import compile_once, prune, train
from tests.toys import toy_set

LAYERS = keras.layers


def make():
    encoders = {"a": keras.Sequential([LAYERS.Reshape((3, 1)), LAYERS.Conv1D(4, 2), LAYERS.Flatten()])}
    encoders["b"] = LAYERS.Dense(4, activation="tanh", bias_initializer="ones")
    return mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), head=LAYERS.Dense(3))


def trained():
    return train(make, toy_set(), seed=0, epochs=1, batch_size=20)


def weights(model) -> list[np.ndarray]:
    return [np.array(value) for value in model.get_weights()]


def pruned_by_hand(value: np.ndarray, share: float) -> np.ndarray:
    """The oracle: one weight after the other, from the smallest on."""
    value = value.copy()
    if value.ndim < 2:
        return value
    order = sorted(range(value.size), key=lambda i: (abs(value.flat[i]), i))
    for i in order[: round(share * value.size)]:
        value.flat[i] = 0
    return value


def learn(model, steps=3, optimizer=None):
    data = toy_set()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    if optimizer is not None:
        model.compile(optimizer, loss)
    model.fit(data.train.x, data.train.y, batch_size=60, epochs=steps, verbose=0)


@pytest.mark.parametrize("share", [0.0, 0.29, 0.5, 0.9])
def test_the_smallest_of_each_kernel_go_and_nothing_else(share):
    model = trained()
    expected = [pruned_by_hand(value, share) for value in weights(model)]
    zeros = prune(model, share)
    assert all(np.array_equal(a, b) for a, b in zip(weights(model), expected, strict=True))
    assert zeros == sum(np.sum(v == 0) for v in expected) / model.count_params()


@pytest.mark.parametrize(
    "optimizer",
    [
        keras.optimizers.SGD(0.1, momentum=0.9),
        keras.optimizers.AdamW(0.1, weight_decay=0.01),
        keras.optimizers.Adam(0.1, clipnorm=1.0),
    ],
)
def test_zeros_stay_while_the_rest_learns(optimizer):
    model = trained()
    learn(model, 1, optimizer)  # momentum and a traced step are there before the masks
    prune(model, 0.5)
    before = weights(model)
    learn(model)
    for old, new in zip(before, weights(model), strict=True):
        assert not new[old == 0].any() or old.ndim < 2
        assert (new[old != 0] != old[old != 0]).mean() > 0.5


def test_train_on_batch_and_a_new_compilation_keep_them_too():
    model, data = trained(), toy_set()
    prune(model, 0.5)
    zero = [value == 0 for value in weights(model)]
    learn(model, 1, keras.optimizers.Adam(0.1))
    model.train_on_batch(data.train.x, data.train.y)
    assert all(not value[z].any() for value, z in zip(weights(model), zero, strict=True) if value.ndim > 1)


def test_saved_zeros_are_found_again_by_the_same_share(tmp_path):
    model = trained()
    prune(model, 0.8)
    learn(model, 2, keras.optimizers.Adam(0.05))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert all(np.array_equal(a, b) for a, b in zip(weights(model), weights(again), strict=True))
    prune(again, 0.8)
    assert all(np.array_equal(a, b) for a, b in zip(weights(model), weights(again), strict=True))
    learn(again, 2, keras.optimizers.Adam(0.05))
    for old, new in zip(weights(model), weights(again), strict=True):
        assert old.ndim < 2 or not new[old == 0].any()


def test_a_second_share_counts_from_the_weights_as_they_are():
    model = trained()
    start = weights(model)
    prune(model, 0.9)
    model.set_weights(start)  # as when one traced model is taken for many trainings
    learn(model, 1, keras.optimizers.SGD(0.0))
    assert sum(np.sum(v == 0) for v in weights(model) if v.ndim > 1) > 0  # the mask is still there
    model.set_weights(start)
    prune(model, 0.5)
    assert all(np.array_equal(a, pruned_by_hand(b, 0.5)) for a, b in zip(weights(model), start, strict=True))
    learn(model, 1)
    for new, old in zip(weights(model), start, strict=True):
        assert np.array_equal(new == 0, pruned_by_hand(old, 0.5) == 0)


def test_a_kept_model_can_be_pruned_again_and_again():
    @compile_once
    def kept(seed):
        model = keras.Sequential([keras.Input((3,)), LAYERS.Dense(8), LAYERS.Dense(1)])
        model.compile(keras.optimizers.SGD(0.1), "mse")
        return model

    rng, counts = np.random.default_rng(0), []
    x, y = rng.normal(size=(32, 3)), rng.normal(size=32)
    for share in (0.5, 0.25, 0.0):
        model = kept(0)
        prune(model, share)
        model.fit(x, y, verbose=0)
        counts.append(sum(np.sum(v == 0) for v in weights(model) if v.ndim > 1))
    assert counts == [16, 8, 0]


def test_a_constraint_that_was_there_goes_on():
    dense = LAYERS.Dense(4, kernel_constraint="non_neg")
    model = keras.Sequential([keras.Input((3,)), dense])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    prune(model, 0.5)
    model.fit(np.ones((4, 3)), -np.ones((4, 4)), verbose=0)
    kernel = weights(model)[0]
    assert kernel.min() >= 0 and np.sum(kernel == 0) >= 6


def test_frozen_layers_stay_whole():
    model = keras.Sequential([keras.Input((3,)), LAYERS.Dense(4, trainable=False), LAYERS.Dense(4)])
    first, last = weights(model)[0], weights(model)[2]
    prune(model, 0.5)
    assert np.array_equal(weights(model)[0], first) and np.sum(weights(model)[2] == 0) == 8 != np.sum(last == 0)


@pytest.mark.parametrize("share", [1, 1.5, -0.1, float("nan")])
def test_a_share_that_leaves_nothing_is_refused(share):
    with pytest.raises(ValueError, match="share"):
        prune(keras.Sequential([keras.Input((3,)), LAYERS.Dense(4)]), share)


def test_no_kernel_and_nan_are_refused():
    with pytest.raises(ValueError, match="build it first"):
        prune(keras.Sequential([LAYERS.Dense(4)]), 0.5)
    model = keras.Sequential([keras.Input((3,)), LAYERS.Dense(4)])
    model.set_weights([np.full((3, 4), np.nan), np.zeros(4)])
    with pytest.raises(ValueError, match="NaN"):
        prune(model, 0.5)
