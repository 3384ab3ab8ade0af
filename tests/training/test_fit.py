"""`fit`: what it trains on, in which order, what it refuses, and that Keras's own options work in it."""

import keras
import numpy as np
import pytest

from mmcourse.data import Multimodal, Spec, Split
from mmcourse.data.pipeline import epoch_order
from mmcourse.training import Batches, NonFiniteLossError, fit

QUIET = {"seed": 3, "progress": False}


def test_every_step_trains_on_the_documented_rows(arrays, build):
    """The oracle is a loop of `train_on_batch` over the rows that the docstring states."""
    model, by_hand = build(dropout=0.0), build(dropout=0.0)
    run = fit(model, arrays, epochs=3, batch_size=32, **QUIET)
    x, y = arrays
    losses = []
    for epoch in range(3):
        order = epoch_order(100, 3, epoch)
        of_epoch = []
        for step in range(100 // 32):
            rows = order[32 * step : 32 * (step + 1)]
            of_epoch.append(by_hand.train_on_batch({k: v[rows] for k, v in x.items()}, y[rows])[0])
        losses.append(np.mean(of_epoch))
    for mine, theirs in zip(model.get_weights(), by_hand.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-6)
    np.testing.assert_allclose(run.history["loss"], losses, atol=1e-5)


def test_steps_per_execution_changes_nothing(arrays, build, digest):
    models = [build(steps_per_execution=steps) for steps in (1, 4)]
    runs = [fit(model, arrays, epochs=2, batch_size=16, validation=arrays, **QUIET) for model in models]
    assert digest(models[0]) == digest(models[1])
    assert runs[0].history == runs[1].history


def test_a_multimodal_validates_on_val(arrays, build):
    x, y = arrays
    parts = [Split({k: v[rows] for k, v in x.items()}, y[rows]) for rows in np.split(np.arange(100), [64, 80])]
    specs = {name: Spec(array.shape[1:], "float32", "1", name) for name, array in x.items()}
    data = Multimodal("small", specs, *parts)
    model = build()
    run = fit(model, data, epochs=1, batch_size=32, **QUIET)
    val_loss, val_accuracy = model.evaluate(data.val.batch(), data.val.y, verbose=0)
    assert run.history["val_loss"][0] == pytest.approx(val_loss, abs=1e-6)
    assert run.history["val_accuracy"][0] == pytest.approx(val_accuracy, abs=1e-6)


def test_batches_of_all_processes_make_the_global_batch(arrays):
    whole = Batches(*arrays, 24, seed=1)
    parts = [Batches(*arrays, 24, seed=1, rank=rank, processes=3) for rank in range(3)]
    for epoch in (0, 1):
        for batches in (whole, *parts):
            batches.epoch = epoch
        streams = [batches.tf_data() for batches in (whole, *parts)]
        for step, (all_of_it, *shares) in enumerate(zip(*streams, strict=True)):
            joined = np.concatenate([share[1].numpy() for share in shares])
            np.testing.assert_array_equal(all_of_it[1].numpy(), joined)
            np.testing.assert_array_equal(all_of_it[1].numpy(), arrays[1][whole.plan.rows(epoch, step)])
            for part, share in zip(parts, shares, strict=True):
                np.testing.assert_array_equal(part[step][0]["sound"], share[0]["sound"].numpy())
    assert whole.plan.steps == len(list(whole.tf_data())) == 4


def test_batches_start_inside_an_epoch_and_in_pieces(arrays):
    batches = Batches(*arrays, 20, seed=1)
    labels = [y.numpy() for _, y in batches.tf_data()]
    batches.start = 3
    assert batches.num_batches == 2
    np.testing.assert_array_equal(np.stack([y for _, y in batches.tf_data()]), labels[3:])
    np.testing.assert_array_equal(batches[1][1], labels[4])
    pieces = [y.numpy() for _, y in batches.tf_data(pieces=4)]
    np.testing.assert_array_equal(np.concatenate(pieces), np.concatenate(labels[3:]))


def test_evaluation_batches_leave_nothing_out(arrays):
    batches = Batches(*arrays, 32)
    assert [len(y) for _, y in batches.tf_data()] == [32, 32, 32, 4]
    assert sum(len(batches[i][1]) for i in range(batches.num_batches)) == 100
    # over three devices the last batch is cut to equal parts, and one sample sits out
    assert sum(len(y) for _, y in Batches(*arrays, 33, replicas=3).tf_data()) == 99


@pytest.mark.parametrize(("n", "batch_size"), [(100, 32), (96, 32), (20, 32), (33, 32), (7, 1), (1, 5)])
def test_tf_data_and_fit_take_the_same_batches(n, batch_size, arrays):
    """And so does the oracle: the rule in words, on NumPy's own permutation."""
    x, y = keras.tree.map_structure(lambda array: array[:n], arrays)
    split = Split(x, y)
    specs = {name: Spec(array.shape[1:], "float32", "1", name) for name, array in x.items()}
    data = Multimodal("small", specs, split, split, split)
    shuffled, plain = data.tf_data("train", batch_size, shuffle_seed=3), data.tf_data("train", batch_size)
    train, validation = Batches(x, y, batch_size, seed=3), Batches(x, y, batch_size)
    for epoch in range(3):
        train.epoch = epoch
        order, size = np.random.default_rng([3, epoch]).permutation(n), min(batch_size, n)
        expected = [order[i * size : (i + 1) * size] for i in range(n // size)]
        _equal([shuffled, train.tf_data(), [train[i] for i in range(train.num_batches)]], expected, x, y)
        expected = [np.arange(n)[i : i + size] for i in range(0, n, size)]
        _equal([plain, validation.tf_data(), [validation[i] for i in range(validation.num_batches)]], expected, x, y)


def _equal(streams, expected, x, y):
    for stream in streams:
        assert len(stream) == len(expected)
        for (got_x, got_y), rows in zip(stream, expected, strict=True):
            np.testing.assert_array_equal(got_y, y[rows])
            for name in x:
                np.testing.assert_array_equal(got_x[name], x[name][rows])


def test_fit_equals_kerass_own_fit_on_tf_data(arrays, build):
    """The same seed, the same batches, whichever of the two a reader takes; `fit` also looks at val."""
    parts = [Split({k: v[rows] for k, v in arrays[0].items()}, arrays[1][rows]) for rows in [np.arange(100)] * 3]
    specs = {name: Spec(array.shape[1:], "float32", "1", name) for name, array in arrays[0].items()}
    data = Multimodal("small", specs, *parts)
    ours, kerass = build(), build()
    fit(ours, data, epochs=2, batch_size=32, **QUIET)
    kerass.fit(data.tf_data("train", 32, shuffle_seed=3), epochs=2, shuffle=False, verbose=0)
    for mine, theirs in zip(ours.get_weights(), kerass.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch_size": 0}, "got 0"),
        ({"patience": 2}, "patience needs validation data"),
        ({"checkpoint_every": 5}, "needs a checkpoint_dir"),
        ({"validation": np.ones(3)}, r"validation must be .* pair \(x, y\); got ndarray"),
    ],
)
def test_bad_arguments_are_named(arrays, build, change, message):
    with pytest.raises(ValueError, match=message):
        fit(build(), arrays, **({"epochs": 1} | QUIET | change))


def test_bad_data_is_named(arrays, build):
    x, y = arrays
    with pytest.raises(ValueError, match=r"same number of rows.*\[100, 100, 99\]"):
        fit(build(), (x, y[:99]), epochs=1, **QUIET)
    with pytest.raises(ValueError, match="object array"):
        fit(build(), ({**x, "sound": x["sound"].astype(object)}, y), epochs=1, **QUIET)
    with pytest.raises(ValueError, match="not compiled"):
        fit(keras.Sequential([keras.layers.Dense(1)]), arrays, epochs=1, **QUIET)


@pytest.mark.parametrize("steps_per_execution", [1, 3])
def test_a_loss_that_is_not_finite_stops_with_its_batch(arrays, build, steps_per_execution, tmp_path):
    x, y = arrays
    x = {**x, "sound": x["sound"].copy()}
    row = int(epoch_order(100, 3, 1)[5 * 16 + 2])  # in step 5 of epoch 1
    clean = int(np.flatnonzero(epoch_order(100, 3, 0) == row)[0]) // 16 >= 6
    x["sound"][row, 0] = np.nan
    with pytest.raises(NonFiniteLossError, match=f"'sound' is not finite in the rows .{row}.") as caught:
        fit(
            build(steps_per_execution=steps_per_execution),
            (x, y),
            epochs=2,
            batch_size=16,
            checkpoint_dir=tmp_path,
            **QUIET,
        )
    epoch = 1 if clean else 0
    step = 5 if clean else int(np.flatnonzero(epoch_order(100, 3, 0) == row)[0]) // 16
    assert caught.value.epoch == epoch
    assert step in caught.value.steps and len(caught.value.steps) <= steps_per_execution
    assert row in caught.value.rows
    assert len(list(tmp_path.glob("step-*"))) == epoch  # only finite states are kept


def test_a_finite_batch_with_an_infinite_loss_says_where_to_look(arrays):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e20), "mse", jit_compile=False)
    x = arrays[0]["image"]
    with pytest.raises(NonFiniteLossError, match="the batch itself is finite: look at the learning rate"):
        fit(model, (x, x[:, :1]), epochs=2, batch_size=50, **QUIET)


def _linear(optimizer):
    """A model whose loss is linear in its weights, so that its gradient is the mean input, always."""
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(optimizer, lambda _, prediction: prediction, jit_compile=False)
    return model


class Weights(keras.callbacks.Callback):
    """The kernel after every step."""

    def __init__(self):
        super().__init__()
        self._seen = ()

    def on_train_begin(self, logs=None):
        self._seen = [self.model.get_weights()[0].copy()]

    def on_train_batch_end(self, batch, logs=None):
        self._seen.append(self.model.get_weights()[0].copy())


def test_gradient_accumulation_equals_the_larger_batch(arrays, build):
    accumulated = build(keras.optimizers.SGD(0.1, gradient_accumulation_steps=4), dropout=0.0)
    whole = build(keras.optimizers.SGD(0.1), dropout=0.0)
    for model in (accumulated, whole):  # batch statistics differ between the two by design
        model.get_layer(index=-2).trainable = False
        model.compile(model.optimizer, model.loss, jit_compile=False)
    fit(accumulated, arrays, epochs=2, batch_size=24, **QUIET)
    fit(whole, arrays, epochs=2, batch_size=96, **QUIET)
    for mine, theirs in zip(accumulated.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-6)


def test_clipping_bounds_every_update(arrays):
    x = 10 * arrays[0]["image"] + 3
    seen = Weights()
    fit(_linear(keras.optimizers.SGD(1.0, clipnorm=0.5)), (x, x[:, :1]), epochs=1, callbacks=[seen], **QUIET)
    gradient = x[epoch_order(100, 3, 0)[:64]].mean(0)
    assert np.linalg.norm(gradient) > 0.5
    update = (seen._seen[0] - seen._seen[1])[:, 0]
    np.testing.assert_allclose(update, 0.5 * gradient / np.linalg.norm(gradient), atol=1e-5)


def test_averaged_weights_replace_the_trained_ones_at_the_end(arrays):
    x, seen = arrays[0]["image"], Weights()
    model = _linear(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.8))
    fit(model, (x, x[:, :1]), epochs=2, batch_size=25, callbacks=[seen], **QUIET)
    average = seen._seen[1]  # Keras starts the average from the first trained weights
    for weights in seen._seen[2:]:
        average = 0.8 * average + 0.2 * weights
    np.testing.assert_allclose(model.get_weights()[0], average, atol=1e-6)
    assert np.abs(average - seen._seen[-1]).max() > 1e-3


def test_a_schedule_counts_steps(arrays):
    x, seen = np.ones((100, 6), "float32"), Weights()
    schedule = keras.optimizers.schedules.CosineDecay(0.5, decay_steps=8)
    fit(
        _linear(keras.optimizers.SGD(schedule)),
        (x, x[:, :1]),
        epochs=2,
        batch_size=25,
        callbacks=[seen],
        **QUIET,
    )
    rates = -np.diff([weights[0, 0] for weights in seen._seen])  # the gradient is 1
    cosine = 0.25 * (1 + np.cos(np.pi * np.arange(8) / 8))
    np.testing.assert_allclose(rates, cosine, atol=1e-6)

    seen = Weights()
    accumulating = _linear(keras.optimizers.SGD(schedule, gradient_accumulation_steps=4))
    fit(accumulating, (x, x[:, :1]), epochs=2, batch_size=25, callbacks=[seen], **QUIET)
    rates = -np.diff([weights[0, 0] for weights in seen._seen])
    updates = np.arange(8) % 4 == 3  # of the weights; the schedule runs on in between
    np.testing.assert_allclose(rates, np.where(updates, cosine, 0), atol=1e-6)


def test_progress_is_one_line_per_epoch_in_a_log(arrays, build, capsys):
    fit(build(), arrays, epochs=2, seed=0, validation=arrays)
    lines = capsys.readouterr().out.splitlines()
    assert [line[:9] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    assert all("val_loss" in line and "\r" not in line for line in lines)


def test_progress_in_a_terminal_ends_each_epoch_with_its_numbers(arrays, build, capsys, monkeypatch):
    monkeypatch.setattr("mmcourse.training.progress._place", lambda: "terminal")
    monkeypatch.setattr("mmcourse.training.progress.REFRESH", 0.0)
    fit(build(), arrays, epochs=2, seed=0, batch_size=20)
    lines = capsys.readouterr().out.split("\n")
    assert len(lines) == 3 and lines[-1] == ""
    assert "epoch 1/2" in lines[0] and "5/5" in lines[0] and "examples/s" in lines[0].split("\r")[-1]
