"""Grad-CAM against networks whose map is known in closed form, through every kind of encoder inside a fusion."""

import keras
import numpy as np
import pytest

import mmcourse as mm
from mmcourse.evaluation import grad_cam, pointing

RNG = np.random.default_rng(0)
X = {
    "image": RNG.normal(size=(3, 8, 12, 2)).astype("float32"),
    "text": RNG.normal(size=(3, 5)).astype("float32"),
}


def layers():
    """A convolution, and the mean of its channels: no activation, so that everything can be written out."""
    return [keras.layers.Conv2D(6, 3, 2, "same", name="look"), keras.layers.GlobalAveragePooling2D()]


def functional():
    pixels = keras.Input((8, 12, 2))
    return keras.Model(pixels, keras.Sequential(layers())(pixels))


ENCODERS = {
    "sequential": lambda: keras.Sequential(layers()),
    "sequential in a sequential": lambda: keras.Sequential([keras.Sequential(layers()), keras.layers.Identity()]),
    "functional": functional,
    "functional in a functional": lambda: keras.Model(pixels := keras.Input((8, 12, 2)), functional()(pixels)),
}


def fusion(encoder, head=None):
    """A linear head on the channels' means and the text, so that the logit of class c is w_c · mean(A) + ..."""
    keras.utils.set_random_seed(1)
    model = mm.FeatureFusion(
        {"image": encoder, "text": keras.layers.Dense(4)}, keras.layers.Concatenate(), head or keras.layers.Dense(3)
    )
    model(X)
    return model


def cam(model, x, classes, sign=1.0):
    """The class activation map (Zhou et al., 2016) from the weights: relu(Σ_k w_kc A_k) / places."""
    look = next(layer for layer in model.encoders["image"]._flatten_layers() if layer.name == "look")
    maps = keras.ops.convert_to_numpy(look(x["image"]))
    w = sign * model.head.get_weights()[0][:6, classes].T
    return np.maximum(np.einsum("nk,nhwk->nhw", w, maps), 0) / np.prod(maps.shape[1:3])


def enlarged(maps, size):
    """Bilinear, pixel middles on pixel middles, one axis after the other."""
    for axis, pixels in enumerate(size, start=1):
        cells = maps.shape[axis]
        at = np.clip((np.arange(pixels) + 0.5) * cells / pixels - 0.5, 0, cells - 1)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, cells - 1)
        share = (at - low).reshape([-1 if a == axis else 1 for a in range(3)])
        maps = maps.take(low, axis) * (1 - share) + maps.take(high, axis) * share
    return maps


@pytest.mark.parametrize("kind", ENCODERS)
def test_with_a_linear_head_on_the_means_it_is_the_class_activation_map(kind):
    model, classes = fusion(ENCODERS[kind]()), np.array([2, 0, 1])
    found = grad_cam(model, X, "image", "look", classes)
    assert found.dtype == np.float32 and found.shape == (3, 8, 12) and (found >= 0).all() and found.max() > 0
    np.testing.assert_allclose(found, enlarged(cam(model, X, classes), (8, 12)), atol=1e-5)


def test_one_class_for_all_and_a_batch_of_one():
    model = fusion(ENCODERS["sequential"]())
    every = grad_cam(model, X, "image", "look", 1)
    np.testing.assert_allclose(every, enlarged(cam(model, X, np.ones(3, int)), (8, 12)), atol=1e-5)
    for i in range(3):
        one = {name: values[i : i + 1] for name, values in X.items()}
        np.testing.assert_allclose(grad_cam(model, one, "image", "look", 1)[0], every[i], atol=1e-6)


def test_one_logit_speaks_for_class_one_and_against_class_zero():
    model = fusion(ENCODERS["functional"](), keras.layers.Dense(1))
    for target, sign in ((1, 1.0), (0, -1.0)):
        expected = enlarged(cam(model, X, np.zeros(3, int), sign), (8, 12))
        np.testing.assert_allclose(grad_cam(model, X, "image", "look", target), expected, atol=1e-5)


def test_it_looks_through_a_model_fusion_and_leaves_the_model_as_it_was():
    keras.utils.set_random_seed(2)
    alone = keras.Sequential([*layers(), keras.layers.Dense(3)])
    model = mm.models.ModelFusion({"image": alone, "text": keras.layers.Dense(3)}, mm.layers.AverageFusion("logits"))
    before = keras.ops.convert_to_numpy(model(X))
    assert grad_cam(model, X, "image", "look", 0).max() > 0
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(model(X)), before)
    model.predict(X, verbose=0)  # in a graph: nothing records there


def test_through_the_encoder_of_the_course_nothing_lights_up_where_nothing_is():
    """A bright spot on black, biases at zero: three convolutions, one at stride 2, and the resizing reach 7 pixels."""
    keras.utils.set_random_seed(4)
    encoder = mm.layers.ImageEncoder(8, filters=(8,))
    model = mm.FeatureFusion({"image": encoder}, mm.layers.ConcatFusion(), keras.layers.Dense(4))
    pixels, near = np.zeros((6, 16, 16, 1), "uint8"), np.zeros((6, 16, 16), bool)
    for i, (row, column) in enumerate(RNG.integers(0, 16, (6, 2))):
        pixels[i, row, column] = 255
        near[i, max(0, row - 7) : row + 8, max(0, column - 7) : column + 8] = True
    model({"image": pixels})
    maps = grad_cam(model, {"image": pixels}, "image", encoder.blocks[0].name, 0)
    assert not maps[~near].any()
    shown = maps.max(axis=(1, 2)) > 0
    assert shown.any() and pointing(maps[shown], near[shown]).hits.value == 1


def test_what_there_is_not_is_refused_with_a_list_of_what_there_is():
    model = fusion(ENCODERS["sequential"]())
    bad = {
        "it has image, text": lambda: grad_cam(model, X, "picture", "look", 0),
        "no layer of the name 'lok'; it has .*look, ": lambda: grad_cam(model, X, "image", "lok", 0),
        r"one map .*'global.*' gives \(3, 6\)": lambda: grad_cam(
            model, X, "image", model.encoders["image"].layers[1].name, 0
        ),
        r"pictures \(N, H, W, C\) for 'text'; got \(3, 5\)": lambda: grad_cam(
            model, X, "text", model.encoders["text"].name, 0
        ),
        "call it on one batch first": lambda: grad_cam(
            mm.FeatureFusion({"image": functional()}, mm.layers.ConcatFusion()), X, "image", "look", 0
        ),
        "FeatureFusion or ModelFusion .*got Functional": lambda: grad_cam(functional(), X, "image", "look", 0),
        "among the classes": lambda: grad_cam(model, X, "image", "look", 3),
        r"targets float64 \(\)": lambda: grad_cam(model, X, "image", "look", 1.0),
        r"targets int64 \(2,\)": lambda: grad_cam(model, X, "image", "look", np.array([0, 1])),
    }
    for words, call in bad.items():
        with pytest.raises(ValueError, match=words):
            call()
    assert "call" not in vars(model.encoders["image"].layers[0])


def test_a_name_that_two_layers_have_and_a_layer_that_runs_twice_are_refused():
    two = keras.Sequential([keras.Sequential(layers()[:1]), keras.Sequential(layers())])
    with pytest.raises(ValueError, match="2 layers of the name 'look'"):
        grad_cam(fusion(two), X, "image", "look", 0)
    shared, pixels = keras.layers.Conv2D(2, 3, padding="same", name="twice"), keras.Input((8, 12, 2))
    twice = keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(shared(shared(pixels))))
    with pytest.raises(ValueError, match="'twice' ran 2 times"):
        grad_cam(fusion(twice), X, "image", "twice", 0)
