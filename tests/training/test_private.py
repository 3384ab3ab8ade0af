"""`train_private`: against a loop by hand, sample by sample; the size of its noise; what it refuses."""

import keras
import numpy as np
import pytest

import mmcourse as mm
from mmcourse.training import train_private
from mmcourse.training.clipped_step import noisy_gradients
from tests.toys import toy_set

LAYERS = keras.layers


def make(*more, head=3):
    def built():
        encoders = {"a": keras.Sequential([LAYERS.Dense(4, activation="tanh"), *more]), "b": LAYERS.Dense(4)}
        return mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), head=LAYERS.Dense(head))

    return built


def weights(model):
    return [np.array(value) for value in model.get_weights()]


def alike(a, b):
    return all(np.array_equal(x, y) for x, y in zip(weights(a), weights(b), strict=True))


def one_by_one(model, x, y, clip):
    """The oracle: each sample as a batch of its own, clipped in NumPy, and the sum of all."""
    import tensorflow as tf

    loss, total, clipped = keras.losses.SparseCategoricalCrossentropy(from_logits=True), 0, 0
    for i in range(len(y)):
        with tf.GradientTape() as tape:
            value = loss(y[i : i + 1], model({name: array[i : i + 1] for name, array in x.items()}, training=True))
        each = [np.asarray(g) for g in tape.gradient(value, [v.value for v in model.trainable_variables])]
        norm = np.sqrt(sum((g**2).sum() for g in each))
        total = [t + g * min(1, clip / norm) for t, g in zip(total or [0] * len(each), each, strict=True)]
        clipped += norm > clip
    return total, clipped


def asked(model, x, y, noise=0.0, clip=0.5, size=10, rows=None, counted=None, key=1):
    rows = np.arange(len(y)) if rows is None else rows
    counted = np.ones(len(rows)) if counted is None else counted
    inputs = {name: keras.ops.convert_to_tensor(array) for name, array in x.items()}
    values = ([v.value for v in group] for group in (model.trainable_variables, model.non_trainable_variables))
    keys = np.random.default_rng(key).integers(2**31 - 1, size=(len(model.trainable_variables) + 1, 2)).astype("int32")
    settings = np.array([noise, clip, size], "float32")
    given = (rows.astype("int32"), counted.astype("float32"), inputs, y.astype("int32"), settings, keys)
    noisy, sums = noisy_gradients(model, inputs)(*values, *given)
    return [np.asarray(g) for g in noisy], np.asarray(sums)


def fresh(built, x):
    keras.utils.set_random_seed(0)
    model = built()
    model({name: array[:1] for name, array in x.items()})
    return model


@pytest.mark.parametrize("clip", [0.3, 0.8, 100.0])
def test_gradients_are_clipped_sample_by_sample_and_divided_by_the_expected_size(clip):
    part = toy_set(12).train
    model = fresh(make(), part.x)
    right, clipped = one_by_one(model, part.x, part.y, clip)
    found, (_, said, samples) = asked(model, part.x, part.y, clip=clip, size=7)
    for mine, theirs in zip(found, right, strict=True):
        np.testing.assert_allclose(mine, theirs / 7, atol=1e-6)
    assert said == clipped and samples == 12
    assert np.sqrt(sum((g**2).sum() for g in found)) <= 12 * clip / 7 + 1e-5


def test_without_clipping_or_noise_it_is_the_gradient_of_the_sum():
    import tensorflow as tf

    part = toy_set(9).train
    model = fresh(make(), part.x)
    with tf.GradientTape() as tape:
        value = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(part.y, model(part.x))
    whole = tape.gradient(value, [v.value for v in model.trainable_variables])
    found, (loss, _, _) = asked(model, part.x, part.y, clip=1e6, size=9)
    for mine, right in zip(found, whole, strict=True):
        np.testing.assert_allclose(mine, right, atol=1e-6)
    assert loss / 9 == pytest.approx(float(value), rel=1e-5)


def test_an_empty_batch_is_pure_noise_of_the_size_it_should_have():
    from scipy.stats import kstest

    part = toy_set(6).train
    wide = mm.FeatureFusion({name: LAYERS.Dense(300) for name in "ab"}, mm.layers.ConcatFusion(), head=LAYERS.Dense(3))
    model = fresh(lambda: wide, part.x)
    empty = {"rows": np.zeros(1, int), "counted": np.zeros(1), "noise": 3.0, "clip": 0.5, "size": 20}
    found, sums = asked(model, part.x, part.y, **empty)
    assert (sums == 0).all()
    for gradient in found:  # those of each weight are drawn on their own
        if gradient.size >= 300:
            assert kstest(gradient.ravel() * 20 / (3.0 * 0.5), "norm").pvalue > 1e-4
    other, _ = asked(model, part.x, part.y, **empty, key=2)
    assert abs(np.corrcoef(found[0].ravel(), other[0].ravel())[0, 1]) < 0.2
    assert abs(np.corrcoef(found[0].ravel(), found[2].ravel())[0, 1]) < 0.2


def test_each_sample_has_random_numbers_of_its_own():
    x = {"a": np.ones((40, 30), "float32")}

    def built():
        encoder = keras.Sequential([LAYERS.Dropout(0.5, seed=3)])
        return mm.FeatureFusion({"a": encoder}, mm.layers.ConcatFusion(), head=LAYERS.Dense(2))

    model, y = fresh(built, x), np.zeros(40, int)
    one_each = [asked(model, x, y, clip=1e6, size=1, rows=np.array([0, i]))[0][0] for i in (0, 1)]
    assert not np.allclose(one_each[0], 2 * asked(model, x, y, clip=1e6, size=1, rows=np.array([0]))[0][0])
    seen = np.abs(asked(model, x, y, clip=1e6, size=40)[0][0][:, 0])  # kept by about half of the samples, each
    assert len(np.unique(np.round(seen, 5))) > 5 and seen.min() > 0


def test_the_same_seed_gives_the_same_weights_and_another_does_not():
    data, options = toy_set(), {"noise": 1.0, "clip": 1.0, "epochs": 2, "batch_size": 20}
    first, again, other = (train_private(make(LAYERS.Dropout(0.2, seed=3)), data, seed=s, **options) for s in (0, 0, 1))
    assert alike(first.model, again.model) and first.history == again.history
    assert not alike(first.model, other.model)
    assert first.model is not again.model and first.steps == 6 and first.rate == pytest.approx(1 / 3)
    assert first.epsilon(1e-3) == mm.training.epsilon(1.0, 1 / 3, 6, 1e-3)


def test_without_noise_it_learns_as_train_does_and_batches_differ_in_size():
    data, options = toy_set(), {"seed": 0, "epochs": 30, "batch_size": 20, "learning_rate": 0.05}
    run = train_private(make(), data, noise=0, clip=1e6, **options)
    plain = mm.training.train(make(), data, **options)
    for model in (run.model, plain):
        assert mm.evaluation.accuracy(model, data).value > 0.95
    assert run.history["clipped"] == [0.0] * 30 and run.epsilon(1e-3) == float("inf")
    assert run.history["loss"][-1] < run.history["loss"][0] / 5
    samples = np.array(run.history["samples"])  # 3 steps of 60 samples, each with chance 1 / 3
    assert len(set(samples)) > 5 and abs(samples.mean() - 60) < 5


def test_what_is_frozen_stays_and_the_rest_moves():
    data = toy_set()

    def built():
        model = make()()
        model.encoders["a"].trainable = False
        return model

    keras.utils.set_random_seed(0)
    start = built()
    start({name: array[:1] for name, array in data.train.x.items()})
    run = train_private(built, data, noise=1.0, clip=1.0, seed=0, epochs=1, batch_size=20)
    kept, moved = (run.model.encoders[name].get_weights()[0] for name in "ab")
    assert np.array_equal(kept, start.encoders["a"].get_weights()[0])
    assert not np.array_equal(moved, start.encoders["b"].get_weights()[0])


def test_two_models_of_one_architecture_do_not_meet_and_what_is_fixed_in_them_counts():
    """The traced step is shared; constants that a layer made of its numbers must not be."""
    data, options = toy_set(), {"noise": 0, "clip": 1e6, "seed": 0, "epochs": 1, "batch_size": 20}

    def scaled(factor):
        def built():
            scale = LAYERS.Normalization()
            scale.adapt(factor * data.train.x["a"])
            encoders = {"a": keras.Sequential([scale, LAYERS.Dense(4)])}
            return mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), head=LAYERS.Dense(3))

        return built

    only = data.with_only("a")
    first = train_private(scaled(1.0), only, **options)
    other = train_private(scaled(5.0), only, **options)
    by_hand = mm.training.short.made(scaled(5.0), only, 0)
    right = one_by_one(by_hand, only.train.x, only.train.y, 1e6)[0]
    found = asked(by_hand, only.train.x, only.train.y, clip=1e6, size=1)[0]
    for mine, theirs in zip(found, right, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-4)
    assert not alike(first.model, other.model)


def test_missing_modalities_words_pictures_and_everybody_in_every_batch():
    rng = np.random.default_rng(0)
    label = np.arange(40) % 2
    x = {"image": rng.integers(0, 255, (40, 6, 6, 1)).astype("uint8"), "words": rng.integers(0, 9, (40, 4))}
    data = mm.data.from_arrays(x, label).with_missing(0.3, seed=0)

    def built():
        picture = [LAYERS.Rescaling(1 / 255), LAYERS.Conv2D(3, 3), LAYERS.Flatten(), LAYERS.Dense(4)]
        words = [LAYERS.Embedding(9, 4), LAYERS.GRU(4, unroll=True)]
        encoders = {"image": keras.Sequential(picture), "words": keras.Sequential(words)}
        return mm.FeatureFusion(encoders, mm.layers.WeightedSum(4), head=LAYERS.Dense(2), allow_missing=True)

    run = train_private(built, data, noise=0.5, clip=1.0, seed=0, epochs=1, batch_size=1000)
    assert run.rate == 1.0 and run.steps == 1 and run.history["samples"] == [len(data.train)]


@pytest.mark.parametrize(
    ("built", "options", "words"),
    [
        (make(LAYERS.BatchNormalization()), {}, "moving_mean' keeps statistics of the samples, and mixes them"),
        (make(LAYERS.Lambda(lambda x: x - keras.ops.mean(x, axis=0))), {}, "hangs on the other samples of its batch"),
        (make(LAYERS.Reshape((4, 1)), LAYERS.GRU(2)), {}, "'gru.*' reads in a loop.*unroll=True"),
        (make(head=2), {}, r"a column for each label; got \(3, 2\) for labels from 0 to 2"),
        (make(), {"noise": -1.0}, "finite noise from 0 on, a finite clip above 0.*got noise -1.0"),
        (make(), {"noise": float("nan")}, "got noise nan"),
        (make(), {"clip": 0.0}, "clip 0.0"),
        (make(), {"clip": float("inf")}, "clip inf"),
        (make(), {"epochs": 0}, "epochs 0"),
        (make(), {"batch_size": 0}, "batch_size must be 1 or more"),
        (lambda: "a model", {}, "must give a new Keras model"),
        (make(), {"learning_rate": 1e30}, "became NaN or infinite in epoch"),
    ],
)
def test_what_would_not_be_private_is_refused(built, options, words):
    settings = {"noise": 1.0, "clip": 1.0, "seed": 0, "epochs": 3, "batch_size": 20, **options}
    with pytest.raises(ValueError, match=words):
        train_private(built, toy_set(), **settings)


def test_a_frozen_model_and_a_frozen_batch_normalisation():
    def frozen():
        model = make()()
        model.trainable = False
        return model

    options = {"noise": 1.0, "clip": 1.0, "seed": 0, "epochs": 1, "batch_size": 30}
    with pytest.raises(ValueError, match="no trainable weights"):
        train_private(frozen, toy_set(), **options)
    train_private(make(LAYERS.BatchNormalization(trainable=False)), toy_set(), **options)
