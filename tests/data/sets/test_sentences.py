"""Sentences: the order of the words tells the label, and a bag of words is right on exactly half of them."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from mmcourse.data import load
from mmcourse.data.making import captions
from mmcourse.data.text import split_words

NOUNS = {word for words in captions.SHAPE_WORDS.values() for word in words}


@pytest.fixture(scope="module")
def data():
    return load("sentences")


def ring_is_first(sentence: str) -> int:
    """Read a sentence as a person would: a colour belongs to the noun beside it, or before "that is" it."""
    words, colour_of, wanted = sentence.split(), {}, None
    for i, word in enumerate(words):
        if word in captions.COLOURS:
            wanted = word
            if words[i - 2 : i] == ["that", "is"]:
                colour_of[words[i - 3]] = word
        elif word in NOUNS and i + 1 < len(words) and words[i + 1] == "that":
            wanted = None
        elif word in NOUNS:
            colour_of[word] = wanted
    assert len(colour_of) == 2, sentence
    return int(colour_of["ring"] == min(colour_of.values()))


def test_the_label_is_what_the_sentence_says(data):
    for part in (data.train, data.val, data.test):
        assert [ring_is_first(text) for text in part.x["text"]] == part.y.tolist()


def test_twins_have_the_same_words_the_other_label_and_are_together(data):
    for part in (data.train, data.val, data.test):
        pairs = defaultdict(list)
        for text, y, pair in zip(part.x["text"].tolist(), part.y.tolist(), part.targets["pair"].tolist(), strict=True):
            pairs[pair].append((Counter(split_words(text)), y))
        for (one, y), (two, z) in pairs.values():
            assert one == two and y + z == 1


def test_any_bag_of_words_is_right_on_exactly_half(data):
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    def score(**options):
        bag = CountVectorizer(**options).fit(data.train.x["text"])
        model = LogisticRegression(C=100, max_iter=200, tol=1e-3).fit(bag.transform(data.train.x["text"]), data.train.y)
        return model.score(bag.transform(data.test.x["text"]), data.test.y)

    assert score() == 0.5
    assert score(ngram_range=(1, 3)) > 0.6, "order, even of neighbours, is worth something"
    assert data.ceiling() == 1 and data.baseline() == 0.5


def test_seeds_and_nonsense(data):
    one, same, other = (load("sentences", train=40, val=8, test=8, seed=s).fingerprint() for s in (1, 1, 2))
    assert one == same != other
    assert np.bincount(data.train.y).tolist() == [750, 750]
    for n in (0, 7):
        with pytest.raises(ValueError, match="an even number of 2 or more"):
            load("sentences", test=n)
