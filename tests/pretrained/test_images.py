"""Encoders of keras.applications: the preprocessing is inside, once; frozen means frozen."""

import keras
import numpy as np
import pytest

from mmcourse import pretrained
from mmcourse.pretrained import images

PIXELS = np.random.default_rng(0).integers(0, 256, (2, 40, 48, 3), np.uint8)


@pytest.fixture
def tiny(monkeypatch):
    """In place of VGG16 a model of two layers, one of which keeps statistics: the wrapper is tested, not the model."""

    def make(include_top, weights, input_shape, pooling):
        layers = keras.layers
        norm = layers.BatchNormalization()
        return keras.Sequential(
            [keras.Input(input_shape), layers.Conv2D(4, 3, use_bias=False), norm, layers.GlobalAveragePooling2D()],
            name="tiny",
        )

    monkeypatch.setattr(keras.applications, "VGG16", make)


@pytest.mark.parametrize(("name", "pooling"), [("vgg16", "avg"), ("vgg16", "max"), ("mobilenetv3small", "avg")])
def test_equals_keras_applications_on_the_same_pixels(name, pooling):
    keras.utils.set_random_seed(0)
    layer = pretrained.image(name, weights=None, pooling=pooling, size=32)
    known = images.KNOWN[name]
    theirs = getattr(keras.applications, known.model)(
        include_top=False, weights=None, input_shape=(None, None, 3), pooling=pooling
    )
    theirs.set_weights(layer.backbone.get_weights())
    prepare = getattr(keras.applications, known.module).preprocess_input
    expected = theirs(prepare(PIXELS.astype("float32")), training=False).numpy()
    scale = np.abs(expected).max()
    assert scale > 0
    np.testing.assert_allclose(layer(PIXELS), expected, atol=1e-4 * scale)
    np.testing.assert_allclose(layer(PIXELS.astype("float32") / 255), expected, atol=1e-4 * scale)
    np.testing.assert_allclose(layer(PIXELS.astype("int32")), expected, atol=1e-4 * scale)


def test_small_pictures_are_resized(tiny):
    keras.utils.set_random_seed(0)
    layer = pretrained.image("vgg16", weights=None, size=64)
    by_hand = keras.ops.image.resize(PIXELS.astype("float32"), (64, 64), interpolation="bilinear") / 255
    np.testing.assert_allclose(layer(PIXELS), layer(by_hand), rtol=1e-4, atol=1e-3)


def test_frozen_and_unfrozen_at_any_time(tiny):
    keras.utils.set_random_seed(0)
    layer = pretrained.image("vgg16", weights=None, size=32)
    model = keras.Sequential([keras.Input((32, 32, 3), dtype="uint8"), layer, keras.layers.Dense(2)])
    pixels, y = PIXELS[:, :32, :32], np.array([0, 1])
    for trainable in (False, True, False):
        layer.trainable = trainable
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(0.01), loss, jit_compile=False)
        before = [v.numpy() for v in layer.variables]
        model.fit(pixels, y, batch_size=2, verbose=0)
        moved = [np.any(v.numpy() != old) for v, old in zip(layer.variables, before, strict=True)]
        assert len(moved) == 5 and (all(moved) if trainable else not any(moved))


def test_keras_file_keeps_weights_and_fetches_nothing(tmp_path, monkeypatch, tiny):
    keras.utils.set_random_seed(0)
    layer = pretrained.image("vgg16", weights=None, size=32)
    model = keras.Sequential([keras.Input((32, 32, 3), dtype="uint8"), layer])
    model.save(tmp_path / "m.keras")
    monkeypatch.setattr(images.ImageBackbone, "bring", None)  # calling it would raise
    again = keras.saving.load_model(tmp_path / "m.keras")
    pixels = PIXELS[:, :32, :32]
    np.testing.assert_array_equal(model.predict(pixels, verbose=0), again.predict(pixels, verbose=0))


def test_mixed_precision_keeps_the_pixels(tiny):
    layer = pretrained.image("vgg16", weights=None, size=32, dtype="mixed_bfloat16")
    out = layer(PIXELS.astype("float32") / 255)
    assert keras.backend.standardize_dtype(out.dtype) == "bfloat16"
    full = pretrained.image("vgg16", weights=None, size=32)
    full.set_weights(layer.get_weights())
    np.testing.assert_allclose(keras.ops.cast(out, "float32"), full(PIXELS), rtol=0.01, atol=0.1)


def test_the_table_says_what_keras_would_fetch(monkeypatch):
    """The file names and hosts are Keras's own, and the size is that of the weights."""
    from keras.src.applications import mobilenet_v3

    asked = {}

    def fetched(name, origin, **_):
        asked.update(name=name, origin=origin)
        raise InterruptedError

    monkeypatch.setattr(mobilenet_v3.file_utils, "get_file", fetched)
    for name, known in images.KNOWN.items():
        if name == "mobilenetv3large":
            continue  # as small
        with pytest.raises(InterruptedError):
            getattr(keras.applications, known.model)(include_top=False, input_shape=(224, 224, 3))
        assert asked == {"name": known.file.split("/")[-1], "origin": images.HOST + known.file}
    count = keras.applications.MobileNetV3Small(include_top=False, weights=None, input_shape=(32, 32, 3)).count_params()
    assert abs(images.KNOWN["mobilenetv3small"].megabytes - 4 * count / 1e6) < 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pretrained.image("vgg"), "name must be one of 'vgg16'"),
        (lambda: pretrained.image("vgg16", weights="best"), "weights must be one of"),
        (lambda: pretrained.image("vgg16", None, pooling="sum"), "pooling must be one of"),
        (lambda: pretrained.image("vgg16", None, size=8), "size must be an integer of at least 32"),
        (
            lambda: pretrained.image("mobilenetv3small", None)(PIXELS[..., :1]),
            r"takes pictures \(batch, height, width, 3\)",
        ),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
