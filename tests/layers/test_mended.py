"""Calls that once gave a number that was wrong and looked right, each named after what went wrong."""

import keras
import numpy as np
import pytest
from keras import ops

import mmcourse.layers as mml
from mmcourse.layers.numerics import masked_softmax
from tests.layers.contract import gradients, numpy
from tests.layers.oracles import softmax

RNG = np.random.default_rng(0)
XS = [RNG.normal(size=(5, d)).astype("float32") for d in (4, 3)]


@pytest.mark.parametrize("sequence", [False, True])
def test_images_of_another_size_do_not_multiply_the_batch(sequence):
    """Two images of 16 x 16 came out as eight rows."""
    encoder = mml.ImageEncoder(8, sequence=sequence)
    encoder(np.zeros((2, 8, 8, 1), "float32"))
    with pytest.raises(ValueError, match=r"built on inputs of shape \(None, 8, 8, 1\); got \(2, 16, 16, 1\)"):
        encoder(np.zeros((2, 16, 16, 1), "float32"))


@pytest.mark.parametrize(
    ("encoder", "first", "second"),
    [
        (mml.VideoEncoder(6, (4,), "gru"), (2, 3, 8, 8, 1), (2, 3, 16, 16, 1)),
        (mml.VideoEncoder(6, (4,), "2+1d"), (2, 3, 8, 8, 1), (2, 3, 16, 16, 1)),
        (mml.AudioEncoder(6, (4,)), (2, 1600), (2, 3200)),
    ],
    ids=["video gru", "video 2+1d", "audio"],
)
def test_films_and_sounds_of_another_size_are_refused(encoder, first, second):
    encoder(np.zeros(first, "float32"))
    with pytest.raises(ValueError, match="Bring all to one size"):
        encoder(np.zeros(second, "float32"))


def test_integers_do_not_turn_the_weights_into_zeros():
    """Weights were cast to the integers' type, so that every α below one was zero, and products wrapped around."""
    ints = [np.full((2, 3), 100, "uint8"), np.full((2, 3), 7, "int32")]
    floats = [x.astype("float32") for x in ints]
    for layer in (mml.WeightedSum(), mml.TensorFusion(), mml.ProductFusion(4)):
        np.testing.assert_allclose(numpy(layer(ints)), numpy(layer(floats)), rtol=1e-6)
        assert np.abs(numpy(layer(ints))).max() > 1


@pytest.mark.parametrize(("count", "width"), [(2, 512), (3, 512), (4, 512), (4, 64)])
def test_factorized_bilinear_does_not_shrink_features_of_unit_length(count, width):
    """A constant under the root left .04 of the size for three modalities; twice the input gives the same output."""
    keras.utils.set_random_seed(1)
    xs = [RNG.normal(size=(16, width)) for _ in range(count)]
    xs = [(x / np.linalg.norm(x, axis=1, keepdims=True)).astype("float32") for x in xs]
    layer = mml.FactorizedBilinear(32)
    z = numpy(layer(xs))
    np.testing.assert_allclose(np.sqrt((z**2).mean(axis=1)), 1, rtol=1e-4)
    np.testing.assert_allclose(numpy(layer([1e-3 * xs[0], *xs[1:]])), z, rtol=1e-3, atol=1e-4)
    zero = [0 * x for x in xs]
    assert all(np.isfinite(g).all() for part in gradients(layer, zero) for g in part)


def test_masked_softmax_ignores_what_is_masked_however_small_the_others_are():
    """Below -1e9 the masked entry, at -1e9, won, and the rest summed to zero."""
    for scale in (1.0, 1e9, 1e12, 1e30):
        logits = np.array([[-3.0, -2.0, 5.0]], "float32") * np.float32(scale)
        found = numpy(masked_softmax(ops.convert_to_tensor(logits), np.array([[True, True, False]])))
        np.testing.assert_allclose(found, [[*softmax(logits[0, :2].astype("float64")), 0.0]], rtol=1e-5)


def test_a_model_absent_has_no_vote_beside_one_that_is_surer_than_e_to_the_billion():
    """The logarithm of an absent model's weight was -1e9, above what logits of 1e10 leave for a class."""
    logits = [np.array([[0.0, 3e10]], "float32"), np.array([[5.0, 0.0]], "float32")]
    present = np.array([[True, False]])
    found = numpy(mml.AverageFusion()(logits, present=present))
    np.testing.assert_allclose(found, [[-3e10, 0.0]], rtol=1e-6)


def test_one_logit_is_two_classes_and_no_constant():
    z = np.array([[2.0], [-1.0]], "float32")
    np.testing.assert_allclose(numpy(mml.WeightedVote()([z, z])), z, rtol=1e-5)
    layer = mml.TemperatureScaling()
    np.testing.assert_allclose(numpy(layer(z)), z, rtol=1e-6)
    layer.log_temperature.assign(np.log(2.0))
    np.testing.assert_allclose(numpy(layer(z)), z / 2, rtol=1e-6)


@pytest.mark.parametrize("chances", [[np.nan, 1], [-1, 2], [np.inf, 1], [0, 0]])
def test_chances_that_are_none_are_refused(chances):
    with pytest.raises(ValueError, match="p must hold chances"):
        mml.Embrace(4, p=chances)


CONDITION = RNG.normal(size=(2, 3)).astype("float32")
BETWEEN = {
    "FiLM": lambda x: mml.FiLM()([x, CONDITION]),
    "FiLM with present": lambda x: mml.FiLM()([x, CONDITION], present=np.ones((2, 2), bool)),
    "AttentionBlock": lambda x: mml.AttentionBlock(8, 2)(x, x),
    "ModalityDropout": lambda x: mml.ModalityDropout(0.5)([x, CONDITION])[0][0],
    "SqueezeExciteFusion": lambda x: mml.SqueezeExciteFusion(4)([x, CONDITION])[0],
}


@pytest.mark.parametrize("layer", BETWEEN)
def test_the_mask_of_padding_goes_on_through_a_layer_that_keeps_the_steps(layer):
    words = np.array([[3, 4, 0], [5, 0, 0]])
    text = mml.TextEncoder(9, 8, sequence=True)
    np.testing.assert_array_equal(numpy(mask_of(BETWEEN[layer](text(words)))), words > 0)


def mask_of(x):
    """The mask that Keras keeps with x, as the next layer gets it."""

    class Reader(keras.layers.Layer):
        def call(self, x, mask=None):
            self.seen = mask
            return x

    reader = Reader()
    reader.supports_masking = True
    reader(x)
    return reader.seen


def test_features_of_a_mixture_go_by_name_and_not_by_their_place():
    logits = {"b": XS[0][:, :3], "a": XS[0][:, 1:]}
    features = {"b": XS[0], "a": XS[1]}
    layer, other = mml.MixtureOfExperts(), mml.MixtureOfExperts()
    layer(logits, features=features)
    other(logits, features=dict(reversed(features.items())))
    for one in (layer, other):
        one.kernels[0].assign(np.arange(8).reshape(4, 2) / 8)
        one.kernels[1].assign(np.arange(6).reshape(3, 2) / 6)
    np.testing.assert_array_equal(
        numpy(layer(logits, features=features)), numpy(other(logits, features=dict(reversed(features.items()))))
    )
    with pytest.raises(ValueError, match="takes features like its inputs"):
        layer(logits, features=list(features.values()))


def test_settings_take_numpy_integers_and_refuse_no_heads():
    assert mml.LowRankFusion(np.int64(4), rank=np.int32(2)).get_config()["units"] == 4
    assert type(mml.ImageEncoder(np.int64(4), np.array([4, 8])).get_config()["filters"][1]) is int
    for make in (mml.CrossModalAttention, mml.AttentionBlock, mml.LatentFusion):
        with pytest.raises(ValueError, match="heads must be an integer of at least 1; got 0"):
            make(8, heads=0)


def test_words_outside_the_vocabulary_are_no_words_in_a_compiled_graph():
    """XLA takes the last word instead; the features are NaN."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("the other backends have no graph beside the eager call that looks")
    import tensorflow as tf

    encoder = mml.TextEncoder(9, 4)
    words = tf.constant([[3, 4], [3, 9]])
    encoder(words[:1])
    found = tf.function(encoder, jit_compile=True)(words).numpy()
    assert np.isfinite(found[0]).all() and np.isnan(found[1]).all()


def test_integer_pixels_above_255_are_refused_instead_of_divided_by_255():
    with pytest.raises(ValueError, match="between 0 and 255"):
        mml.ImageEncoder(4, (4,))(np.full((1, 8, 8, 1), 40_000, "uint16"))


A = RNG.normal(size=(4, 3)).astype("float32")
SEQUENCES = [RNG.normal(size=(2, 3, 2)).astype("float32"), RNG.normal(size=(2, 2, 4)).astype("float32")]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mml.ConcatFusion()([A.astype("complex64"), A]), "takes real numbers"),
        (lambda: mml.WeightedSum(3)([A, A], present=np.full((4, 2), 2)), "integers 0 and 1"),
        (lambda: mml.CrossModalAttention(4)(SEQUENCES, mask=[[[True] * 3] * 2, None]), "takes a mask"),
        (lambda: mml.CrossModalAttention(4)(SEQUENCES, mask=np.ones((2, 3), bool)), "a list or a dict of masks"),
        (lambda: mml.ImageEncoder(4, 8), "filters must name at least one"),
        (lambda: mml.VideoEncoder(4, None), "filters must name at least one"),
        (lambda: mml.GaussianExperts()([A, A]), "widths that are equal and even"),
        (lambda: mml.GaussianExperts(0.0), "prior is a variance above 0"),
        (lambda: mml.MultiplicativeFusion(512)([np.zeros((1, 512))] * 2), 'form="vector"'),
    ],
)
def test_calls_that_the_table_does_not_name_are_refused_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
