"""Shapley values by their axioms; robustness and classes by hand counts."""

import json
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from sklearn.metrics import classification_report

import mmcourse as mm
from mmcourse.evaluation.shares import _shared_out
from tests.evaluation.worlds import healthy, strict, world
from tests.toys import Reader, toy_set


def test_values_sum_to_fused_minus_none():
    for model, data in [(healthy("redundant"), world("redundant")), (healthy("xor"), world("xor"))]:
        found = mm.evaluation.shapley(model, data)
        assert sum(found.values.values()) == pytest.approx(found.fused - found.none)
        assert found.fused == mm.evaluation.accuracy(model, data).value
        assert found.subsets["text"] == mm.evaluation.dropped(model, data, "image").value


def test_who_adds_nothing_gets_nothing():
    found = mm.evaluation.shapley(Reader("a"), toy_set())
    assert found.values["b"] == 0 and found.values["a"] == found.fused - found.none


def test_equal_parts_get_equal_shares():
    class Sum(Reader):
        def predict(self, x, **_):
            return x["a"] + x["b"]

    data = toy_set()
    data = data.map_splits(lambda s: replace(s, x={"a": s.x["a"], "b": s.x["a"]}))
    values = mm.evaluation.shapley(Sum("a"), data).values
    assert values["a"] == pytest.approx(values["b"]) and values["a"] > 0.3


def test_it_is_the_mean_over_orders_of_arrival():
    rng = np.random.default_rng(0)
    names = ["a", "b", "c", "d"]
    v = {}
    for mask in range(16):
        v[frozenset(n for i, n in enumerate(names) if mask >> i & 1)] = rng.random()
    gains = {name: [] for name in names}
    for order in permutations(names):
        for i, name in enumerate(order):
            gains[name].append(v[frozenset(order[: i + 1])] - v[frozenset(order[:i])])
    assert _shared_out(v, names) == pytest.approx({name: np.mean(values) for name, values in gains.items()})


def test_a_model_that_may_miss_is_asked_with_modalities_absent():
    model, data = strict(allow_missing=True), world("redundant")
    found = mm.evaluation.shapley(model, data)
    alone = model.predict({"text": data.test.x["text"]}, verbose=0).argmax(axis=1)
    assert found.subsets["text"] == np.mean(alone == data.test.y)
    assert found.none == data.baseline() and found.how == "it is absent"


def test_seven_modalities_are_too_many():
    data = toy_set()
    names = "abcdefg"
    many = data.map_splits(
        lambda s: replace(s, x={n: s.x["a"] for n in names}), modalities={n: data.modalities["a"] for n in names}
    )
    with pytest.raises(ValueError, match="128 sets; at most 6"):
        mm.evaluation.shapley(Reader("a"), many)


def test_noise_lowers_what_is_used_and_only_that():
    data, model = world("redundant"), healthy("redundant")
    curve = mm.evaluation.robustness(model, data, "image", [20, -20, 0], seed=1)
    assert curve.snrs == (-20, 0, 20) and curve.accuracy[0] < curve.accuracy[1] < curve.accuracy[2]
    assert curve.area == pytest.approx((curve.accuracy[0] + 2 * curve.accuracy[1] + curve.accuracy[2]) / 4)
    noisy = data.with_noise("image", -20, seed=1)
    assert curve.accuracy[0] == mm.evaluation.accuracy(model, noisy).value
    assert mm.evaluation.robustness(Reader("a"), toy_set(), "b", [-20, 20]).area == 1
    assert "majority class" in str(curve) and json.loads(curve.to_json())["area"] == curve.area


def test_one_ratio_is_no_curve():
    with pytest.raises(ValueError, match="two signal-to-noise ratios or more"):
        mm.evaluation.robustness(Reader("a"), toy_set(), "a", [3, 3])


def test_classes_are_scikit_learns():
    data, model = world("redundant"), healthy("redundant")
    found = mm.evaluation.per_class(model, data)
    answers = model.predict(data.test.x).argmax(axis=1)
    expected = classification_report(data.test.y, answers, output_dict=True)
    for i, name in enumerate(found.classes):
        assert [found.precision[i], found.recall[i], found.f1[i], found.support[i]] == list(expected[name].values())
    assert np.trace(found.confusion) == np.sum(answers == data.test.y) and found.confusion.sum() == 800
    assert "most often taken for" in str(found) and "<table>" in found._repr_html_()


def test_a_class_never_answered_and_one_never_seen():
    data = toy_set()
    test = data.test.take(np.flatnonzero(data.test.y != 2))
    wrong = replace(test, x={**test.x, "a": np.eye(3, dtype="float32")[2 * test.y]})
    found = mm.evaluation.per_class(Reader("a"), replace(data, test=wrong, classes=("x", "y", "z")))
    assert (found.precision[1], found.recall[1], found.support[2]) == (0, 0, 0)
    assert found.confusion.tolist() == [[20, 0, 0], [0, 0, 20], [0, 0, 0]]
    assert "z (20)" in str(found)
