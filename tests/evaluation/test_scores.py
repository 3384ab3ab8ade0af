"""Scores: counted by hand, with intervals that cover, and able to say that a modality is ignored."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import mmcourse as mm
from tests.toys import Reader, toy_set


def test_accuracy_counts_right_answers():
    data = toy_set()
    assert mm.evaluation.accuracy(Reader("a"), data).value == 1
    y = data.test.y.copy()
    y[:15] = (y[:15] + 1) % 3
    score = mm.evaluation.accuracy(Reader("a"), replace(data, test=replace(data.test, y=y)))
    assert (score.value, score.n) == (45 / 60, 60)


def test_interval_of_independent_samples_is_wilsons_formula():
    data = toy_set()
    data = replace(data, test=replace(data.test, group=None))
    y = data.test.y.copy()
    y[:15] = (y[:15] + 1) % 3
    score = mm.evaluation.accuracy(Reader("a"), replace(data, test=replace(data.test, y=y)))
    p, n, z = 0.75, 60, 1.959963985
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert (score.low, score.high) == (pytest.approx(centre - half), pytest.approx(centre + half))


def test_shuffling_hurts_only_what_is_used():
    data = toy_set()
    assert mm.evaluation.shuffled(Reader("a"), data, "b").value == 1
    assert mm.evaluation.shuffled(Reader("a"), data, "a").value < 0.6
    assert mm.evaluation.dropped(Reader("a"), data, "b").value == 1
    assert mm.evaluation.dropped(Reader("a"), data, "a").value == pytest.approx(1 / 3)


def test_the_mask_travels_with_the_shuffled_modality():
    seen = {}

    class Watcher(Reader):
        def predict(self, x, **_):
            seen.update(x)
            return super().predict(x)

    present = np.ones((60, 2), bool)
    present[::4, 1] = False
    data = toy_set()
    data = replace(data, test=replace(data.test, present=present))
    mm.evaluation.shuffled(Watcher("a"), data, "b", seed=1)
    rows = np.random.default_rng(1).permutation(60)
    assert np.array_equal(seen["present"][:, 1], present[rows, 1]) and seen["present"][:, 0].all()
    assert np.array_equal(seen["b"], data.test.x["b"][rows])


def test_nothing_of_the_data_is_changed():
    data = toy_set()
    kept = data.test.x["a"].copy()
    mm.evaluation.shuffled(Reader("a"), data, "a")
    mm.evaluation.dropped(Reader("a"), data, "a")
    assert np.array_equal(kept, data.test.x["a"])


@pytest.mark.parametrize("ask", [mm.evaluation.shuffled, mm.evaluation.dropped])
def test_unknown_modality_is_refused(ask):
    with pytest.raises(ValueError, match="has the modalities a, b; got c"):
        ask(Reader("a"), toy_set(), "c")


class Strict(Reader):
    """Takes exactly the modalities it was made for, and `present` only if it may miss some."""

    def __init__(self, *names: str, allow_missing: bool = False):
        super().__init__(names[0])
        self.modalities, self.allow_missing = SimpleNamespace(names=list(names)), allow_missing

    def predict(self, x, **_):
        assert [*x] == [*self.modalities.names, *(["present"] if self.allow_missing else [])]
        assert not self.allow_missing or x["present"].shape == (60, len(self.modalities.names))
        return super().predict(x)


def test_paired_gives_each_model_what_it_takes():
    data = toy_set()
    y = data.test.y.copy()
    y[:30] = (y[:30] + 1) % 3
    wrong = replace(data.test, x={**data.test.x, "b": np.eye(3)[y]}, present=np.ones((60, 2), bool), group=None)
    pair = mm.evaluation.paired(Strict("a"), Strict("b", allow_missing=True), replace(data, test=wrong))
    assert (pair.difference, pair.n, pair.significant) == (0.5, 60, True)
    assert mm.evaluation.paired(Strict("a"), Strict("a"), data).p == 1


def test_a_dropped_text_has_no_words_and_a_dropped_image_is_the_mean():
    seen = {}

    class Watcher(Reader):
        def predict(self, x, **_):
            seen.update(x)
            return np.eye(3)[np.zeros(len(x["a"]), int)]

    data = toy_set()
    ids, words = np.full((60, 4), 7), np.full(60, "a red ball")
    tokens = replace(data.modalities["b"], shape=(4,), dtype="int64", words=("", "a"))
    sets = {
        "a": data,
        "b": data.map_splits(lambda s: replace(s, x={**s.x, "b": ids}), modalities={**data.modalities, "b": tokens}),
    }
    mm.evaluation.dropped(Watcher("a"), sets["a"], "a")
    assert np.allclose(seen["a"], data.train.x["a"].mean(axis=0)) and seen["a"].shape == (60, 3)
    mm.evaluation.dropped(Watcher("a"), sets["b"], "b")
    assert not seen["b"].any() and seen["b"].shape == (60, 4)
    spec = replace(data.modalities["b"], shape=(), dtype="str")
    texts = data.map_splits(lambda s: replace(s, x={**s.x, "b": words}), modalities={**data.modalities, "b": spec})
    mm.evaluation.dropped(Watcher("a"), texts, "b")
    assert set(seen["b"]) == {""}


@pytest.mark.parametrize(
    ("said", "got"),
    [
        (np.zeros(60), r"one number a sample, \(60,\): each class needs a column"),
        (np.zeros((60, 1)), r"one number a sample, \(60, 1\): each class needs a column"),
        (np.zeros((60, 4, 3)), r"\(60, 4, 3\)"),
        ({"digit": np.zeros((60, 3)), "speaker": np.zeros((60, 2))}, "a dict of digit, speaker: wrap one head"),
        ([np.zeros((60, 3)), np.zeros((60, 2))], "2 outputs: wrap one of them"),
        (np.full((60, 3), np.nan), "NaN for 60 samples: look whether training diverged"),
    ],
)
def test_outputs_that_are_no_classes_are_refused(said, got):
    class Odd(Reader):
        def predict(self, x, **_):
            return said

    with pytest.raises(ValueError, match=rf"logits or probabilities \(60, classes\) from the model; got {got}"):
        mm.evaluation.accuracy(Odd("a"), toy_set())
