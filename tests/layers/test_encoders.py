"""Encoders: padding, neighbours, formats, precision, saving; log-mel against a NumPy transcription."""

import keras
import numpy as np
import pytest
from keras import ops

import mmcourse.layers as mml
from tests.layers.contract import numpy

RNG = np.random.default_rng(0)
IMAGES = RNG.random((3, 8, 8, 1), "float32")
SOUND = RNG.normal(scale=0.1, size=(3, 1600)).astype("float32")
WORDS = np.array([[3, 4, 5, 2], [7, 1, 6, 0], [2, 0, 0, 0]], "int32")
FRAMES = RNG.random((3, 4, 8, 8, 1), "float32")

CASES = {
    "image": (lambda **kw: mml.ImageEncoder(6, (4, 5), **kw), IMAGES, 4),
    "audio": (lambda **kw: mml.AudioEncoder(6, (4, 5), **kw), SOUND, 18),
    "text gru": (lambda **kw: mml.TextEncoder(9, 6, **kw), WORDS, 4),
    "text transformer": (lambda **kw: mml.TextEncoder(9, 6, "transformer", 2, **kw), WORDS, 4),
    "video gru": (lambda **kw: mml.VideoEncoder(6, (4,), **kw), FRAMES, 4),
    "video 2+1d": (lambda **kw: mml.VideoEncoder(6, (4,), "2+1d", **kw), FRAMES, 4),
}


@pytest.mark.parametrize("sequence", [False, True], ids=["vector", "sequence"])
@pytest.mark.parametrize("case", CASES)
def test_shapes_saving_neighbours_and_precision(case, sequence, tmp_path):
    make, x, steps = CASES[case]
    keras.utils.set_random_seed(1)
    encoder = make(sequence=sequence)
    expected = (None, steps, 6) if sequence else (None, 6)
    assert encoder.compute_output_shape((None, *x.shape[1:])) == expected
    assert type(encoder).from_config(encoder.get_config()).get_config() == encoder.get_config()
    inputs = keras.Input(x.shape[1:], dtype=x.dtype)
    model = keras.Model(inputs, encoder(inputs))
    assert model.output.shape == expected
    whole = model.predict(x, verbose=0)
    np.testing.assert_allclose(numpy(encoder(x[1:2])), whole[1:2], rtol=1e-5, atol=1e-6)
    assert np.abs(whole[0] - whole[1]).max() > 1e-3
    model.save(tmp_path / "encoder.keras")
    again = keras.models.load_model(tmp_path / "encoder.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), whole)
    low = make(sequence=sequence, dtype="mixed_bfloat16")
    low.build(x.shape)
    low.set_weights(encoder.get_weights())
    assert keras.backend.standardize_dtype(low(x).dtype) == "bfloat16"
    np.testing.assert_allclose(numpy(ops.cast(low(x), "float32")), whole, atol=0.15 * max(1, np.abs(whole).max()))


@pytest.mark.parametrize("case", CASES)
def test_every_weight_learns_and_silence_stays_finite(case):
    make, x, _ = CASES[case]
    keras.utils.set_random_seed(2)
    encoder = make()
    model = keras.Sequential([keras.Input(x.shape[1:], dtype=x.dtype), encoder, keras.layers.Dense(3)])
    for weight in encoder.trainable_weights:
        if "bias" in weight.path:  # off zero, so that no relu sits exactly on its kink
            weight.assign(RNG.normal(scale=0.3, size=tuple(weight.shape)).astype("float32"))
    model.compile(keras.optimizers.SGD(0.1), loss="mse")
    before = [numpy(w) for w in encoder.trainable_weights]
    model.train_on_batch(x, RNG.normal(size=(3, 3)).astype("float32"))
    for weight, old in zip(encoder.trainable_weights, before, strict=True):
        assert np.abs(numpy(weight) - old).max() > 0, f"{weight.path} does not learn"
    assert np.isfinite(float(np.ravel(model.train_on_batch(0 * x, np.zeros((3, 3), "float32")))[0]))
    assert all(np.isfinite(numpy(w)).all() for w in encoder.trainable_weights)


@pytest.mark.parametrize("kind", ["gru", "transformer"])
def test_padding_changes_no_text_on_either_side(kind):
    keras.utils.set_random_seed(0)
    encoder = mml.TextEncoder(9, 6, kind, heads=2)
    words = np.array([[3, 4, 5]], "int32")
    bare = numpy(encoder(words))
    for padded in ([[3, 4, 5, 0, 0]], [[0, 0, 3, 4, 5]]):
        np.testing.assert_allclose(numpy(encoder(np.array(padded, "int32"))), bare, rtol=1e-5, atol=1e-6)
    assert np.abs(numpy(encoder(words[:, ::-1])) - bare).max() > 1e-3, "word order must count"
    assert np.isfinite(numpy(encoder(np.zeros((1, 3), "int32")))).all()


@pytest.mark.parametrize("kind", ["gru", "2+1d"])
def test_padded_frames_change_no_video(kind):
    keras.utils.set_random_seed(0)
    encoder = mml.VideoEncoder(6, (4,), kind)
    bare = numpy(encoder(FRAMES))
    padded = np.concatenate([FRAMES, RNG.random((3, 2, 8, 8, 1), "float32")], axis=1)
    mask = np.array([[True] * 4 + [False] * 2] * 3)
    np.testing.assert_allclose(numpy(encoder(padded, mask=mask)), bare, rtol=1e-4, atol=1e-5)
    assert np.abs(numpy(encoder(FRAMES[:, ::-1])) - bare).max() > 1e-4, "the order of frames must count"


@pytest.mark.parametrize("fusion", [mml.CrossModalAttention, mml.BottleneckFusion, mml.LatentFusion])
def test_the_mask_of_a_text_reaches_the_fusion_by_itself(fusion):
    keras.utils.set_random_seed(0)
    encoder, layer = mml.TextEncoder(9, 8, sequence=True), fusion(8)
    tokens = RNG.normal(size=(1, 5, 8)).astype("float32")
    bare = numpy(layer([encoder(np.array([[3, 4]])), tokens]))
    padded = encoder(np.array([[3, 4, 0, 0]]))
    np.testing.assert_allclose(numpy(layer([padded, tokens])), bare, rtol=1e-4, atol=1e-5)
    with_present = numpy(layer([padded, tokens], present=np.ones((1, 2), bool)))
    np.testing.assert_allclose(with_present, bare, rtol=1e-4, atol=1e-5)


def test_integer_pixels_equal_floats_in_unit_range():
    encoder = mml.ImageEncoder(6, (4,))
    pixels = RNG.integers(0, 256, (2, 8, 8, 3), "uint8")
    np.testing.assert_allclose(numpy(encoder(pixels)), numpy(encoder(pixels.astype("float32") / 255)), rtol=1e-5)


def log_mel_by_hand(wave, bands, stride, rate):
    """Reflect, window, FFT, triangles on the HTK mel scale, decibels: one clip (T,) to (bands, frames)."""
    window, size = rate // 20, max(rate // 20, 512)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    left = (size - window) // 2
    hann = np.pad(hann, (left, size - window - left))
    padded = np.pad(wave.astype("float64"), size // 2, mode="reflect")
    frames = [padded[t * stride : t * stride + size] * hann for t in range(len(wave) // stride)]
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2

    def mel(f):
        return 1127.0 * np.log(1 + f / 700.0)

    edges = np.linspace(mel(50.0), mel(rate / 2), bands + 2)
    bins = mel(np.arange(1, size // 2 + 1) * rate / size)
    up = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    down = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0, np.minimum(up, down))
    return 10 * np.log10(np.maximum(power[:, 1:] @ triangles, 1e-5)).T


def test_log_mel_equals_a_numpy_transcription():
    found = numpy(mml.LogMel()(SOUND))
    assert found.shape == (3, 24, 10)
    for clip, picture in zip(SOUND, found, strict=True):
        np.testing.assert_allclose(picture, log_mel_by_hand(clip, 24, 160, 8000), atol=0.02)
    assert numpy(mml.LogMel()(np.zeros((1, 5120), "float32"))).shape == (1, 24, 32)


def test_sound_is_read_by_its_shape_not_its_loudness_or_its_batch():
    keras.utils.set_random_seed(0)
    encoder = mml.AudioEncoder(6, (4,))
    quiet, loud = SOUND[:1], np.concatenate([SOUND[:1], 300 * SOUND[1:2]])
    bare = numpy(encoder(quiet))
    np.testing.assert_allclose(numpy(encoder(loud))[:1], bare, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(numpy(encoder(2 * quiet)), bare, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("encoder", "x", "message"),
    [
        (mml.ImageEncoder, np.zeros((2, 8, 8)), "takes images of shape .* Add a channel axis"),
        (mml.AudioEncoder, np.zeros((2, 100)), "at least 257 samples long"),
        (mml.AudioEncoder, np.zeros((2, 100, 2)), "takes waveforms"),
        (mml.LogMel, np.zeros((2, 100, 2)), "takes waveforms"),
        (mml.VideoEncoder, np.zeros((2, 8, 8, 3)), "takes frames of shape"),
        (lambda: mml.TextEncoder(5), np.zeros((2, 3, 4)), "takes word numbers of shape"),
        (lambda: mml.TextEncoder(5), np.array([[1, 5]]), "between 0 and 4; got 1 to 5"),
        (lambda: mml.TextEncoder(5, kind="lstm"), None, "kind must be one of 'gru', 'transformer'"),
        (lambda: mml.ImageEncoder(0), None, "units must be an integer of at least 1; got 0"),
        (lambda: mml.ImageEncoder(8, ()), None, "filters must name at least one"),
        (lambda: mml.TextEncoder(5, 6, "transformer"), None, "multiple of heads; got units 6 and heads 4"),
    ],
)
def test_bad_input_raises_one_clear_error(encoder, x, message):
    with pytest.raises(ValueError, match=message):
        encoder()(x)
