"""The captioner: decoding against reading everything again, its loss against NumPy, odd calls, saving."""

import itertools

import keras
import numpy as np
import pytest

import mmcourse.layers as mml
from mmcourse.models import Captioner
from tests.layers.contract import numpy

CROSS_ENTROPY = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
RNG = np.random.default_rng(0)
CELLS = RNG.normal(size=(6, 5, 3)).astype("float32")
WORDS = np.array([[2, 3, 4, 0, 0], [5, 0, 0, 0, 0], [3, 3, 2, 4, 0], [0, 0, 0, 0, 0], [6, 5, 4, 3, 2], [2, 0, 0, 0, 0]])
BATCH = {"image": CELLS, "words": WORDS}


def made(vocabulary=7, image=True, scale=0.7, seed=0):
    """A captioner whose answers differ from each other: its weights are drawn wide."""
    keras.utils.set_random_seed(seed)
    model = Captioner(vocabulary, keras.layers.Identity() if image else None, units=8, heads=2)
    model({"image": CELLS, "words": WORDS % vocabulary} if image else {"words": WORDS % vocabulary})
    rng = np.random.default_rng(seed)
    for weight in model.trainable_weights:
        drawn, start = rng.normal(size=tuple(weight.shape)), numpy(weight)
        weight.assign(scale * drawn if drawn.ndim > 1 else start + 0.1 * drawn)  # offsets would drown the image
    return model


def log_probabilities(model, cells, words):
    """log p(w_t | w_<t) of each word, (N, T), all read again."""
    batch = {"words": words} if cells is None else {"image": cells, "words": words}
    logits = numpy(model(batch)).astype(float)
    logits -= logits.max(axis=-1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return np.take_along_axis(logits, words[..., None].astype(int), axis=-1)[..., 0]


def greedy_by_reading_again(model, cells, length):
    """Greedy search that reads all words again for each new one."""
    words = np.zeros((len(cells), length), "int32")
    for t in range(length):
        logits = numpy(model({"image": cells, "words": words}))[:, t]
        going = (words[:, :t] != 0).all(axis=1)
        words[:, t] = np.where(going, logits.argmax(axis=-1), 0)
    return words


def beams_by_reading_again(model, cell, length, beams):
    """Beam search over lists, one image, each beginning read again from its first word."""
    kept = [((), 0.0)]
    for t in range(length):
        grown = [(words, total) for words, total in kept if 0 in words]
        going = [(words, total) for words, total in kept if 0 not in words]
        options = np.array([[*words, word] for words, _ in going for word in range(model.vocabulary)])
        if not len(options):
            break
        last = log_probabilities(model, np.repeat(cell[None], len(options), 0), options)[:, t]
        totals = np.repeat([total for _, total in going], model.vocabulary) + last
        grown += zip(map(tuple, options.tolist()), totals, strict=True)
        kept = sorted(grown, key=lambda each: -each[1])[:beams]
    return np.pad(kept[0][0], (0, length - len(kept[0][0])))


@pytest.mark.parametrize("rows", [1, 6])
def test_one_beam_takes_the_likeliest_word_and_reading_again_changes_nothing(rows):
    model = made()
    found = model.describe({"image": CELLS[:rows]}, length=6)
    assert found.dtype == np.int32 and found.shape == (rows, 6)
    np.testing.assert_array_equal(found, greedy_by_reading_again(model, CELLS[:rows], 6))
    assert rows == 1 or len({tuple(row) for row in found}) > 2, "captions that do not differ cannot tell"


def test_more_beams_equal_a_search_that_reads_every_beginning_again():
    model = made(5)
    greedy, found = model.describe({"image": CELLS}, 5), model.describe({"image": CELLS}, 5, beams=3)
    assert (found != greedy).any(), "otherwise this says no more than the greedy test"
    for cell, caption in zip(CELLS[:4], found, strict=False):
        np.testing.assert_array_equal(caption, beams_by_reading_again(model, cell, 5, 3))
    more, one = (_of_captions(log_probabilities(model, CELLS, words), words) for words in (found, greedy))
    assert more.mean() >= one.mean()


def _of_captions(each, words):
    """The sum over the words up to and with the first 0."""
    return np.where(np.cumsum(words == 0, axis=1) - (words == 0) == 0, each, 0).sum(axis=1)


def test_with_as_many_beams_as_captions_it_finds_the_likeliest_of_all():
    model = made(3)
    every = np.array(list(itertools.product(range(3), repeat=4)))
    every = np.unique(np.where(np.cumsum(every == 0, axis=1) > 0, 0, every), axis=0)
    found = model.describe({"image": CELLS}, 4, beams=81)
    for cell, caption in zip(CELLS, found, strict=True):
        totals = _of_captions(log_probabilities(model, np.repeat(cell[None], len(every), 0), every), every)
        np.testing.assert_array_equal(caption, every[totals.argmax()])


def test_what_comes_after_the_end_counts_neither_in_the_loss_nor_in_metrics():
    model = made()
    model.compile("sgd", CROSS_ENTROPY, metrics=["accuracy"], weighted_metrics=[])
    loss, accuracy = model.evaluate(BATCH, WORDS, verbose=0)
    counts = np.cumsum(WORDS == 0, axis=1) - (WORDS == 0) == 0
    assert counts.sum() == 4 + 2 + 5 + 1 + 5 + 2
    each = log_probabilities(model, CELLS, WORDS)
    assert loss == pytest.approx(-each[counts].mean(), rel=1e-4)
    right = numpy(model(BATCH)).argmax(axis=-1) == WORDS
    assert accuracy == pytest.approx(right[counts].mean(), abs=1e-6)
    padded = np.pad(WORDS, ((0, 0), (0, 3)))
    longer = model.evaluate({"image": CELLS[:4], "words": padded[:4]}, padded[:4], verbose=0)
    np.testing.assert_allclose(
        longer, model.evaluate({**BATCH, "image": CELLS[:4], "words": WORDS[:4]}, WORDS[:4], verbose=0), rtol=1e-4
    )


def test_a_word_knows_nothing_of_itself_and_of_what_follows():
    model = made()
    first = numpy(model(BATCH))
    for t in range(5):
        changed = WORDS.copy()
        changed[:, t:] = (changed[:, t:] + 3) % 7
        second = numpy(model({**BATCH, "words": changed}))
        np.testing.assert_allclose(second[:, : t + 1], first[:, : t + 1], atol=1e-5)


def test_it_learns_to_say_what_is_in_the_image_and_without_the_image_it_cannot():
    rng = np.random.default_rng(1)
    values = rng.integers(0, 3, (96, 2))
    places = np.array([[[0.0], [0.5]]], "float32")
    cells = np.eye(3, dtype="float32")[values] + places  # two cells, each with one of three things
    words = np.pad(1 + values + [0, 3], ((0, 0), (0, 1)))
    right = {}
    for image in (True, False):
        keras.utils.set_random_seed(2)
        model = Captioner(7, keras.layers.Identity() if image else None, units=16, heads=2)
        model.compile(keras.optimizers.Adam(0.03), CROSS_ENTROPY)
        x = {"image": cells, "words": words} if image else {"words": words}
        model.fit(x, words, batch_size=96, epochs=60, verbose=0)
        said = model.describe({"image": x["image"]} if image else {}, length=4)
        assert said.shape == ((96, 4) if image else (1, 4)) and (said[:, 2:] == 0).all()
        right[image] = (said[:, :2] == words[:, :2]).mean()
    assert right[True] > 0.95 and right[False] < 0.5


@pytest.mark.parametrize("image", [True, False])
def test_it_saves_loads_and_says_the_same(image, tmp_path):
    encoder = mml.ImageEncoder(4, filters=(4,), sequence=True) if image else None
    model, pixels = Captioner(7, encoder, units=8, heads=2), RNG.random((6, 8, 8, 1), "float32")
    batch = {"image": pixels, "words": WORDS} if image else {"words": WORDS}
    model.compile("adam", CROSS_ENTROPY)
    model.fit(batch, WORDS, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(batch, verbose=0), model.predict(batch, verbose=0))
    alone = {"image": pixels} if image else {}
    np.testing.assert_array_equal(again.describe(alone, 6, 2), model.describe(alone, 6, 2))
    before = numpy(again.reader.embedding.embeddings).copy()
    again.fit(batch, WORDS, verbose=0)  # compiled as it was
    assert np.abs(numpy(again.reader.embedding.embeddings) - before).max() > 0


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint16", "int32", "int64", "float32"])
def test_whole_numbers_of_every_type_are_words(kind):
    model = made()
    np.testing.assert_allclose(numpy(model({**BATCH, "words": WORDS.astype(kind)})), numpy(model(BATCH)), atol=1e-6)


def test_small_and_odd_calls():
    model = made()
    first = numpy(model({"image": CELLS, "words": WORDS[:, :1]}))
    np.testing.assert_allclose(first, numpy(model(BATCH))[:, :1], atol=1e-5)
    np.testing.assert_array_equal(model.describe({"image": CELLS}, 1)[:, 0], first[:, 0].argmax(axis=-1))
    assert model.describe({"image": CELLS}, 1, beams=9).shape == (6, 1)
    two = made(2)
    np.testing.assert_array_equal(two.describe({"image": CELLS}, 5), greedy_by_reading_again(two, CELLS, 5))
    assert set(np.unique(two.describe({"image": CELLS}, 5, beams=6))) <= {0, 1}
    model.bias.assign(np.array([99, 0, 0, 0, 0, 0, 0], "float32"))
    assert not model.describe({"image": CELLS}, 5).any() and not model.describe({"image": CELLS}, 5, beams=3).any()
    model.bias.assign(np.array([-99, 0, 0, 0, 0, 0, 0], "float32"))
    assert model.describe({"image": CELLS}, 5, beams=3).all(), "a caption that does not end has no 0"


def test_bad_calls_get_one_sentence():
    model = made()
    with pytest.raises(ValueError, match=r"expected the keys \['image', 'words'\]; missing \['image'\]"):
        model({"words": WORDS})
    with pytest.raises(ValueError, match=r"vocabulary of 7: .* got 0 to 7"):
        model({**BATCH, "words": WORDS + (WORDS == 6)})
    with pytest.raises(ValueError, match=r"with the keys \['image'\]; got \['image', 'words'\]"):
        model.describe(BATCH, 5)
    with pytest.raises(ValueError, match=r"with the keys \[\]; got \['image'\]"):
        made(image=False).describe({"image": CELLS}, 5)
    with pytest.raises(ValueError, match="tensor for 'image'; got list"):
        model.describe({"image": CELLS.tolist()}, 5)
    with pytest.raises(ValueError, match="length must be an integer of at least 1; got 0"):
        model.describe({"image": CELLS}, 0)
    with pytest.raises(ValueError, match="beams must be an integer of at least 1; got 0"):
        model.describe({"image": CELLS}, 5, beams=0)
    with pytest.raises(ValueError, match="call it on one batch with words first"):
        Captioner(7, keras.layers.Identity()).describe({"image": CELLS}, 5)
    with pytest.raises(ValueError, match=r"its encoder gave \(None, 4\)"):
        Captioner(7, keras.Sequential([keras.Input((5, 3)), keras.layers.Flatten(), keras.layers.Dense(4)]))(BATCH)
