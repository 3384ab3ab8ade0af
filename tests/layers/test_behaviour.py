"""What single layers promise beyond the contract: weights for explanation, draws, gates, calibration."""

import keras
import numpy as np
import pytest
from keras import ops

import mmcourse.layers as mml
from tests.layers.contract import numpy
from tests.layers.oracles import softmax

RNG = np.random.default_rng(0)
XS = [RNG.normal(size=(5, d)).astype("float32") for d in (4, 3, 6)]
PRESENT = np.array([[1, 1, 1], [1, 0, 1], [0, 1, 1], [0, 0, 1], [1, 1, 0]], bool)


@pytest.mark.parametrize("per", ["modality", "feature", "sample"])
def test_weights_of_a_sum_lie_on_the_simplex_of_those_present(per):
    layer = mml.WeightedSum(7, per)
    fused, alpha = layer(XS, present=PRESENT, return_weights=True)
    alpha = numpy(alpha)
    assert alpha.shape == ((5, 7, 3) if per == "feature" else (5, 3))
    np.testing.assert_allclose(alpha.sum(axis=-1), 1, rtol=1e-6)
    absent = ~PRESENT if alpha.ndim == 2 else np.repeat(~PRESENT[:, None], 7, axis=1)
    assert np.all(alpha[absent] == 0)
    np.testing.assert_allclose(alpha[0], 1 / 3, rtol=1e-6)  # uniform at the start
    np.testing.assert_array_equal(numpy(fused), numpy(layer(XS, present=PRESENT)))
    _, alone = layer(XS, return_weights=True)
    assert numpy(alone).shape == {"modality": (3,), "feature": (7, 3), "sample": (5, 3)}[per]


def test_gates_rebuild_the_output():
    for count in (1, 2, 3):
        layer = mml.GatedFusion(4)
        present = PRESENT[:, :count] | (np.arange(count) == 0)
        fused, gates = layer(XS[:count], present=present, return_weights=True)
        gates = numpy(gates)
        hidden = [np.tanh(x @ numpy(k)) for x, k in zip(XS, layer.kernels, strict=False)]
        rebuilt = sum(gates[:, :, m] * np.where(present[:, [m]], h, 0) for m, h in enumerate(hidden))
        np.testing.assert_allclose(numpy(fused), rebuilt, rtol=1e-4, atol=1e-5)
        if count == 2:
            np.testing.assert_allclose(gates.sum(axis=-1), 1, rtol=1e-6)


def test_attention_maps_sum_to_one_over_the_others():
    tokens = [RNG.normal(size=(5, t, 4)).astype("float32") for t in (2, 3, 4)]
    layer = mml.CrossModalAttention(6, heads=2)
    fused, maps = layer(tokens, return_weights=True)
    np.testing.assert_allclose(numpy(fused), numpy(layer(tokens)), rtol=1e-4, atol=1e-5)
    starts = np.cumsum([0, 2, 3, 4])
    for a, one in enumerate(maps):
        one = numpy(one)
        assert one.shape == (5, 2, tokens[a].shape[1], 9)
        np.testing.assert_allclose(one.sum(axis=-1), 1, rtol=1e-5)
        assert np.all(one[..., starts[a] : starts[a + 1]] == 0), "a modality does not ask itself"


@pytest.mark.parametrize("rate", [0.0, 0.5, 1.0])
def test_modality_dropout_never_drops_all(rate):
    xs = [np.ones((4000, 2), "float32"), np.ones((4000, 3), "float32"), np.ones((4000, 1), "float32")]
    given = np.resize(PRESENT, (4000, 3))
    layer = mml.ModalityDropout(rate, seed=3)
    dropped, kept = layer(xs, present=given, training=True)
    kept = numpy(kept)
    assert kept.any(axis=1).all() and not (kept & ~given).any()
    for x, column in zip(dropped, kept.T, strict=True):
        np.testing.assert_array_equal(numpy(x)[:, 0], column)
    whole = kept[given.all(axis=1)]
    # each of three is kept with 1 - rate, or as the last one standing
    expected = (1 - rate) + rate**3 / 3
    assert np.abs(whole.mean(axis=0) - expected).max() < 4 * 0.5 / len(whole) ** 0.5
    _, again = layer(xs, present=given, training=True)
    assert rate in (0.0,) or not np.array_equal(numpy(again), kept), "every call draws anew"
    _, resting = layer(xs, present=given)
    np.testing.assert_array_equal(numpy(resting), given)


def test_modality_dropout_repeats_with_its_seed_and_feeds_present_onward():
    first, second = (mml.ModalityDropout(0.5, seed=9)(XS, training=True)[1] for _ in range(2))
    np.testing.assert_array_equal(numpy(first), numpy(second))
    named = dict(zip(["b", "a", "c"], XS, strict=True))
    xs, present = mml.ModalityDropout(0.5, seed=9)(named, training=True)
    assert list(xs) == ["b", "a", "c"]
    np.testing.assert_array_equal(numpy(present), numpy(first))


def test_embrace_draws_each_feature_from_one_present_modality():
    layer = mml.Embrace(2000, p=[0.2, 0.5, 0.3], seed=1)
    layer(XS)
    for m, bias in enumerate(layer.biases):  # features that tell where they come from
        layer.kernels[m].assign(np.zeros(tuple(layer.kernels[m].shape)))
        bias.assign(np.full(2000, m + 1.0))
    drawn = numpy(layer(XS, present=PRESENT, training=True))
    for row, there in zip(drawn, PRESENT, strict=True):
        p = np.array([0.2, 0.5, 0.3]) * there
        counts = np.array([(row == m + 1).mean() for m in range(3)])
        assert counts.sum() == 1.0
        assert np.abs(counts - p / p.sum()).max() < 4 * 0.5 / 2000**0.5
        assert np.all(counts[~there] == 0)
    with pytest.raises(ValueError, match="3 chances in p for 2"):
        mml.Embrace(4, [0.2, 0.5, 0.3])(XS[:2])
    with pytest.raises(ValueError, match="all have chance zero"):
        mml.Embrace(4, [0.0, 1.0])(XS[:2], present=np.array([[True, False]] * 5))


def test_dropout_of_factorized_bilinear_falls_before_the_pooling_in_training_only():
    layer = mml.FactorizedBilinear(6, factors=4, dropout=0.5, seed=1)
    rest = numpy(layer(XS))
    np.testing.assert_array_equal(numpy(layer(XS)), rest)
    assert np.abs(numpy(layer(XS, training=True)) - rest).max() > 0.01


def test_compact_bilinear_keeps_inner_products_of_outer_products():
    """<MCB(x, y), MCB(u, v)> estimates <x, u><y, v>, within its standard error of about 1/√units."""
    x, y, u, v = (RNG.normal(size=(1, 12)).astype("float32") for _ in range(4))
    found = []
    for seed in range(40):
        layer = mml.CompactBilinear(256, seed=seed)
        a, b = layer([np.concatenate([x, u]), np.concatenate([y, v])])
        found.append(float(numpy(ops.sum(a * b))))
    scale = 256 / 12 / 12
    truth = scale * float((x @ u.T)[0, 0] * (y @ v.T)[0, 0])
    assert abs(np.mean(found) - truth) < 4 * np.std(found) / 40**0.5


def test_a_mixture_gates_on_features():
    logits = [RNG.normal(size=(5, 3)).astype("float32") for _ in range(2)]
    layer = mml.MixtureOfExperts()
    fused, gate = layer(logits, features=XS[:2], return_weights=True)
    np.testing.assert_allclose(numpy(gate), 0.5, rtol=1e-6)
    layer.kernels[0].assign(RNG.normal(size=(4, 2)))
    fused, gate = layer(logits, features=XS[:2], return_weights=True)
    expected = softmax(XS[0] @ numpy(layer.kernels[0]))
    np.testing.assert_allclose(numpy(gate), expected, rtol=1e-4)
    mixed = sum(expected[:, [m]] * softmax(z) for m, z in enumerate(logits))
    np.testing.assert_allclose(np.exp(numpy(fused)), mixed, rtol=1e-4)
    with pytest.raises(ValueError, match="was built with features"):
        layer(logits)
    with pytest.raises(ValueError, match="was built on features of width"):
        layer(logits, features=[XS[1], XS[0]])


def test_a_product_of_experts_is_bayes_rule_for_independent_modalities():
    rng = np.random.default_rng(0)
    prior = np.array([0.5, 0.3, 0.2])
    likelihoods = [rng.dirichlet(np.ones(4), size=3) for _ in range(2)]  # p(symbol | class) of each modality
    joint = prior[:, None, None] * likelihoods[0][:, :, None] * likelihoods[1][:, None, :]
    truth = joint / joint.sum(axis=0)
    layer = mml.ProductOfExperts(prior.tolist())
    for i in range(4):
        for j in range(4):
            alone = [
                np.log(prior * lik[:, s])[None].astype("float32") for lik, s in zip(likelihoods, (i, j), strict=True)
            ]
            np.testing.assert_allclose(np.exp(numpy(layer(alone)))[0], truth[:, i, j], rtol=1e-4)
    nobody = mml.ProductOfExperts(prior.tolist())
    with pytest.raises(ValueError, match="prior of 3 classes for logits over 2"):
        nobody([np.zeros((1, 2), "float32")] * 2)
    with pytest.raises(ValueError, match="prior must be positive"):
        mml.ProductOfExperts([0.5, 0.0])


def test_temperature_scaling_calibrates_and_never_changes_the_answer():
    rng = np.random.default_rng(1)
    truth = rng.normal(size=(4000, 3))
    y = np.array([rng.choice(3, p=p) for p in softmax(truth)])
    logits = (3 * truth).astype("float32")  # three times too sure
    layer = mml.TemperatureScaling()
    model = keras.Sequential([keras.Input((3,)), layer])
    model.compile(keras.optimizers.Adam(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(logits, y, batch_size=1000, epochs=30, verbose=0)
    assert float(numpy(layer.temperature)) == pytest.approx(3.0, rel=0.1)
    np.testing.assert_array_equal(numpy(layer(logits)).argmax(axis=1), logits.argmax(axis=1))
    with pytest.raises(ValueError, match="takes logits"):
        mml.TemperatureScaling()(np.zeros((2, 3, 4), "float32"))


def test_a_tensor_too_wide_to_hold_names_its_size_and_the_way_out():
    with pytest.raises(ValueError, match=r"would hold 1,371,330,631 products .* use LowRankFusion"):
        mml.TensorFusion(4)([np.zeros((1, 1110), "float32")] * 3)
    with pytest.raises(ValueError, match="LowRankFusion"):
        mml.TensorFusion().compute_output_shape([(None, 1110)] * 3)


def test_film_and_squeeze_excite_start_as_the_identity():
    image, text = RNG.normal(size=(2, 3, 4, 5)).astype("float32"), RNG.normal(size=(2, 6)).astype("float32")
    np.testing.assert_array_equal(numpy(mml.FiLM()([image, text])), image)
    first, second = mml.SqueezeExciteFusion(4)([image, text])
    np.testing.assert_allclose(numpy(first), image, rtol=1e-6)
    np.testing.assert_allclose(numpy(second), text, rtol=1e-6)
    with pytest.raises(ValueError, match="takes conditions of shape"):
        mml.FiLM()([text, image])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: mml.ConcatFusion("batch"), "normalize must be one of None, 'layer'; got 'batch'"),
        (lambda: mml.WeightedSum(per="class"), "per must be one of 'modality', 'feature', 'sample'"),
        (lambda: mml.WeightedSum()([np.zeros((1, 2)), np.zeros((1, 3))]), r"widths \[2, 3\]. Pass units"),
        (lambda: mml.LowRankFusion(4, rank=0), "rank must be an integer of at least 1; got 0"),
        (lambda: mml.GatedFusion(4.0), "units must be an integer of at least 1; got 4.0"),
        (lambda: mml.CrossModalAttention(6, heads=4), "units must be a multiple of heads"),
        (lambda: mml.ModalityDropout(1.5), "rate must lie between 0 and 1"),
        (lambda: mml.AverageFusion("logit"), "of must be one of 'probabilities', 'logits'"),
        (lambda: mml.AverageFusion()([np.zeros((1, 2)), np.zeros((1, 3))]), "logits over the same classes"),
        (lambda: mml.FiLM()([np.zeros((1, 2))]), "takes 2 or more modalities; got 1"),
    ],
)
def test_bad_settings_raise_one_clear_error(make, message):
    with pytest.raises(ValueError, match=message):
        make()
