"""Corruptions do what their names say, to the stated degree, and are pure."""

import numpy as np
import pytest

from mmcourse.data import Multimodal, Spec, Split
from mmcourse.data.making import corrupt
from mmcourse.data.text import Vocabulary, split_words

RNG = np.random.default_rng(0)
WAVES = RNG.normal(0, 0.1, (6, 4000)).astype(np.float32)
IMAGES = RNG.random((6, 20, 24, 3), np.float32)
BYTES = RNG.integers(0, 256, (6, 20, 24, 3), np.uint8)
TEXTS = np.array(["a small red circle at the top"] * 400)


def toy(n=1000, missing=None):
    def split(seed):
        rng = np.random.default_rng(seed)
        x = {"image": rng.random((n, 4, 4, 1), np.float32), "text": np.array(["a red dot"] * n)}
        return Split({**x, "audio": rng.normal(0, 0.2, (n, 50)).astype(np.float32)}, np.arange(n) % 5, present=missing)

    specs = {
        "image": Spec((4, 4, 1), "float32", "", ""),
        "text": Spec((), "str", "", ""),
        "audio": Spec((50,), "float32", "", "", rate=8000),
    }
    return Multimodal("toy", specs, split(0), split(1), split(2))


@pytest.mark.parametrize("x", [WAVES, IMAGES], ids=["sound", "image"])
@pytest.mark.parametrize("snr", [-6, 0, 20])
def test_noise_has_the_stated_ratio(x, snr):
    added = corrupt.noise(x, snr, seed=1) - x
    axes = tuple(range(1, x.ndim))
    assert 10 * np.log10(x.var(axis=axes) / added.var(axis=axes)) == pytest.approx([snr] * 6, abs=0.5)
    assert abs(added.mean()) < 3 * added.std() / np.sqrt(added.size)


def test_noise_on_bytes_stays_bytes():
    noisy = corrupt.noise(BYTES, 20, 0)
    assert noisy.dtype == np.uint8 and 0 < np.abs(noisy.astype(int) - BYTES).mean() < 30
    silent = np.zeros((2, 100), np.float32)
    assert np.array_equal(corrupt.noise(silent, 0, 0), silent)


def test_occlusion_hides_one_square_of_each_image():
    hidden = corrupt.occlude(IMAGES + 0.5, 7, seed=3)
    for black in (hidden == 0).all(axis=-1):
        ys, xs = np.nonzero(black)
        assert len(ys) == 49 and np.ptp(ys) == np.ptp(xs) == 6
    assert (hidden[hidden != 0] == (IMAGES + 0.5)[hidden != 0]).all()
    corners = {tuple(np.argwhere(black)[0]) for black in (hidden == 0).all(axis=-1)}
    assert len(corners) > 3, "not all at the same place"
    video = np.ones((2, 8, 20, 20, 3), np.uint8)
    assert (corrupt.occlude(video, 5, 0) == 0).sum() == 2 * 8 * 25 * 3


@pytest.mark.parametrize("sigma", [0.7, 2.0])
def test_blur_equals_scipy(sigma):
    from scipy.ndimage import gaussian_filter

    reach = int(np.ceil(3 * sigma))
    wanted = gaussian_filter(IMAGES, (0, sigma, sigma, 0), mode="nearest", radius=(0, reach, reach, 0))
    assert corrupt.blur(IMAGES, sigma) == pytest.approx(wanted, abs=1e-5)
    assert corrupt.blur(BYTES, sigma).dtype == np.uint8
    assert corrupt.blur(np.full((1, 9, 9, 1), 37, np.uint8), sigma).tolist() == np.full((1, 9, 9, 1), 37).tolist()


def test_masked_time_is_one_silent_stretch():
    masked = corrupt.mask_time(WAVES, 0.25, seed=2)
    for before, after in zip(WAVES, masked, strict=True):
        silent = np.flatnonzero(after != before)
        assert len(silent) == np.ptp(silent) + 1 == 1000 and not after[silent].any()


def test_clipping_flattens_the_peaks():
    clipped = corrupt.clip(WAVES, 0.5)
    peak = np.abs(WAVES).max(axis=1, keepdims=True)
    assert np.abs(clipped).max(axis=1) == pytest.approx(peak[:, 0] / 2)
    quiet = np.abs(WAVES) < peak / 2
    assert np.array_equal(clipped[quiet], WAVES[quiet])


def test_words_are_dropped_and_swapped_at_their_rate():
    dropped = corrupt.drop_words(TEXTS, 0.3, seed=0)
    lengths = [len(text.split()) for text in dropped]
    assert np.mean(lengths) == pytest.approx(7 * 0.7, abs=3 * np.sqrt(7 * 0.21 / 400))
    assert all(set(text.split()) <= set(TEXTS[0].split()) for text in dropped)
    swapped = [text.split() for text in corrupt.swap_words(TEXTS, 0.35, seed=0)]
    changed = np.mean([[a != b for a, b in zip(row, TEXTS[0].split(), strict=True)] for row in swapped])
    assert changed == pytest.approx(0.35 * 6 / 7, abs=0.03), "one draw in seven gives the same word"
    assert corrupt.drop_words(TEXTS[:2], 1, 0).tolist() == ["", ""]
    assert np.array_equal(corrupt.swap_words(TEXTS, 0, 0), TEXTS)


def test_flipped_labels_are_wrong_in_every_way():
    y = np.repeat([3, 5, 7], 1000)
    flipped = corrupt.flip_labels(y, 0.3, seed=0)
    assert (flipped != y).sum() == 900 and set(flipped) == {3, 5, 7}
    wrong = np.bincount(flipped[(y == 3) & (flipped != 3)], minlength=8)
    assert abs(wrong[5] - wrong[7]) < 4 * np.sqrt(wrong.sum())


@pytest.mark.parametrize(
    "change",
    [
        lambda seed: corrupt.noise(WAVES, 0, seed),
        lambda seed: corrupt.occlude(IMAGES, 5, seed),
        lambda seed: corrupt.mask_time(WAVES, 0.3, seed),
        lambda seed: corrupt.drop_words(TEXTS, 0.3, seed),
        lambda seed: corrupt.swap_words(TEXTS, 0.3, seed),
        lambda seed: corrupt.flip_labels(np.arange(100) % 3, 0.3, seed),
    ],
)
def test_a_seed_decides_and_inputs_stay(change):
    before = [x.copy() for x in (WAVES, IMAGES, TEXTS)]
    assert np.array_equal(change(1), change(1)) and not np.array_equal(change(1), change(2))
    for x, old in zip((WAVES, IMAGES, TEXTS), before, strict=True):
        assert np.array_equal(x, old)


def test_missing_at_the_stated_rates_and_never_all():
    data = toy(4000).with_missing({"image": 0.6, "audio": 0.3})
    for split in (data.train, data.val, data.test):
        present = split.present
        assert present.shape == (4000, 3) and present.any(axis=1).all() and present[:, 1].all()
        assert 1 - present.mean(axis=0) == pytest.approx([0.6, 0, 0.3], abs=0.03)
        assert not split.x["image"][~present[:, 0]].any() and not split.x["audio"][~present[:, 2]].any()
        assert split.x["image"][present[:, 0]].reshape(-1, 16).any(axis=1).all()
    assert not np.array_equal(data.train.present, data.val.present)


def test_missing_everything_often_leaves_something():
    present = toy(2000).with_missing(0.9).train.present
    assert present.any(axis=1).all()
    odds = np.array([0.1, 0.1, 0.1]) / (1 - 0.9**3)
    assert present.mean(axis=0) == pytest.approx(odds, abs=0.03)


def test_missing_twice_keeps_what_was_missing():
    first = toy().with_missing(0.4, seed=1)
    second = first.with_missing({"text": 0.5}, seed=2)
    assert not (second.train.present & ~first.train.present).any() and second.train.present.any(axis=1).all()
    assert second.train.present[:, 1].mean() < first.train.present[:, 1].mean()
    assert set(second.train.x["text"][~second.train.present[:, 1]]) == {""}


def test_noisy_set_has_that_modality_noisy_only():
    data = toy()
    noisy = data.with_noise("audio", -10)
    assert np.abs(noisy.train.x["audio"]).max() <= 1
    assert np.array_equal(noisy.train.x["image"], data.train.x["image"])
    mixed = np.array(
        [np.corrcoef(a, b)[0, 1] for a, b in zip(noisy.test.x["audio"], data.test.x["audio"], strict=True)]
    )
    assert mixed.mean() == pytest.approx(np.sqrt(1 / 11), abs=0.03), "correlation at -10 dB"


def test_imbalance_and_label_noise_are_in_train_only():
    data = toy(1000)
    skewed = data.with_imbalance(0.1, seed=4)
    counts = np.sort(np.bincount(skewed.train.y))
    assert counts == pytest.approx(200 * 0.1 ** (np.arange(5)[::-1] / 4), abs=1)
    wrong = data.with_label_noise(0.2)
    assert (wrong.train.y != data.train.y).mean() == 0.2
    for changed in (skewed, wrong):
        assert np.array_equal(changed.test.y, data.test.y) and np.array_equal(changed.val.y, data.val.y)


def test_vocabulary_knows_training_words_only():
    texts = ["The cat, the hat", "a cat"]
    vocabulary = Vocabulary.fit(texts)
    assert vocabulary.words == ("", "[unknown]", "cat", "the", ",", "a", "hat")
    ids = vocabulary.encode(["The dog, a cat!", ""], 6)
    assert ids.tolist() == [[3, 1, 4, 5, 2, 1], [0] * 6] and ids.dtype == np.int32
    assert vocabulary.decode(ids[0]) == "the [unknown] , a cat [unknown]"
    assert Vocabulary.fit(texts, size=3).words == ("", "[unknown]", "cat")
    data = toy()
    strange = Split({**data.test.x, "text": np.array(["a blue dot"] * 1000)}, data.test.y)
    tokens = Multimodal("toy", data.modalities, data.train, data.val, strange).with_tokens()
    assert tokens.test.x["text"][0].tolist() == [
        tokens.modalities["text"].words.index(w) for w in ("a", "[unknown]", "dot")
    ]
    assert split_words("It's Ünicode!") == ["it", "'", "s", "ünicode", "!"]


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: corrupt.noise(WAVES, np.nan, 0), "must be finite"),
        (lambda: corrupt.noise(np.arange(9).reshape(3, 3), 0, 0), "floats or uint8, got int64"),
        (lambda: corrupt.occlude(IMAGES, 21, 0), r"got \(6, 20, 24, 3\) and 21"),
        (lambda: corrupt.occlude(WAVES, 1, 0), "occlude needs images"),
        (lambda: corrupt.blur(IMAGES, 0), "sigma in"),
        (lambda: corrupt.mask_time(WAVES, 1.5, 0), r"share must be in \[0, 1\], got 1.5"),
        (lambda: corrupt.clip(WAVES, -1), r"level must be in \[0, 1\]"),
        (lambda: corrupt.drop_words(np.arange(3), 0.1, 0), "expected texts, got int64"),
        (lambda: corrupt.flip_labels(np.zeros(9), 0.5, 0), "two classes or more"),
        (lambda: toy().with_missing(1.0), "all modalities would be absent"),
        (lambda: toy().with_missing({"smell": 0.1}), "got smell"),
        (lambda: toy().with_noise("smell", 0), "got smell"),
        (lambda: toy().with_noise("text", 0), "floats or uint8"),
        (lambda: toy().with_imbalance(0), r"in \(0, 1\], got 0"),
        (lambda: toy().with_label_noise(2), "rate must be"),
        (lambda: toy().with_tokens("audio"), "'audio' is float32, not text"),
    ],
)
def test_nonsense_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
