"""Shapley values by their axioms and closed forms; robustness and classes by hand counts."""

import json
from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest
from sklearn.metrics import classification_report

import mmcourse as mm
from mmcourse.evaluation import best_value, shapley, shapley_of
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


def any_worth(names: str) -> dict[tuple[str, ...], float]:
    rng = np.random.default_rng(len(names))
    return {s: rng.random() for size in range(len(names) + 1) for s in combinations(names, size)}


@pytest.mark.parametrize("names", ["ab", "abc", "abcd"])
def test_it_is_the_mean_over_orders_of_arrival(names):
    v = any_worth(names)
    gains = {name: [] for name in names}
    for order in permutations(names):
        for i, name in enumerate(order):
            gains[name].append(v[tuple(sorted(order[: i + 1]))] - v[tuple(sorted(order[:i]))])
    assert shapley_of(v.get, names).values == pytest.approx({name: np.mean(each) for name, each in gains.items()})


@pytest.mark.parametrize("names", ["ab", "abc", "abcd"])
def test_an_interaction_of_two_is_their_share_as_one_player_less_their_shares_without_each_other(names):
    """The recursive axiom that defines it (Grabisch and Roubens, 1999): I(ab) = φ([ab]) - φ(a without b) - φ(b without
    a), where [ab] always comes as one, and the one without the other never comes."""
    v = any_worth(names)
    merged = shapley_of(lambda s: v[tuple(sorted("".join(s)))], ["ab", *names[2:]]).values["ab"]
    each = [shapley_of(v.get, names.replace(gone, "")).values[kept] for gone, kept in ("ab", "ba")]
    assert shapley_of(v.get, names).interactions["a + b"] == pytest.approx(merged - sum(each))


Q = 0.8  # of the symbols are seen; four of them in two modalities
WORTH = {  # task: what is known from nothing, from the image, from the text, from both; in accuracy and in bits
    "redundant": [(1 / 4, Q + 0.2 / 4, Q + 0.2 / 4, 0.96 + 0.04 / 4), (0, 2 * Q, 2 * Q, 2 * 0.96)],
    "unique": [(1 / 4, Q + 0.2 / 4, 1 / 4, Q + 0.2 / 4), (0, 2 * Q, 0, 2 * Q)],
    "complementary": [(1 / 16, Q / 4 + 0.2 / 16, Q / 4 + 0.2 / 16, Q**2 + 0.32 / 4 + 0.04 / 16), (0, 1.6, 1.6, 3.2)],
    "xor": [(1 / 2, 1 / 2, 1 / 2, Q**2 + 0.36 / 2), (0, 0, 0, Q**2)],
    "mod": [(1 / 4, 1 / 4, 1 / 4, Q**2 + 0.36 / 4), (0, 0, 0, 2 * Q**2)],
    "match": [(1 / 2, 1 / 2, 1 / 2, Q**2 + 0.36 / 2), (0, 0, 0, Q**2)],
}


@pytest.mark.parametrize("task", WORTH)
def test_the_best_possible_of_the_tasks_is_a_closed_form(task):
    data = world(task)
    for unit, (none, image, text, both) in zip(("accuracy", "bits"), WORTH[task], strict=True):
        found = shapley_of(best_value(data, unit), data.modalities)
        known = {"nothing": none, "image": image, "text": text, "image + text": both}
        assert found.subsets == pytest.approx(known, abs=1e-9)
        assert found.interactions["image + text"] == pytest.approx(both - image - text + none, abs=1e-9)
        assert found.values["image"] == pytest.approx((image - none + both - text) / 2, abs=1e-9)


def test_accuracy_calls_independent_halves_synergy_and_bits_do_not():
    together = {
        (task, unit): shapley_of(best_value(world(task), unit), ["image", "text"]).interactions["image + text"]
        for task in ("complementary", "xor")
        for unit in ("accuracy", "bits")
    }
    assert together["complementary", "accuracy"] == pytest.approx(0.36)
    assert together["xor", "accuracy"] == pytest.approx(0.32)
    assert together["complementary", "bits"] == pytest.approx(0, abs=1e-9)
    assert together["xor", "bits"] == pytest.approx(0.64)


def test_a_parity_of_three_is_all_three_together():
    data = world("xor", ("image", "text", "audio"))
    found = shapley_of(best_value(data, "bits"), data.modalities)
    assert found.interactions["image + text + audio"] == pytest.approx(Q**3)
    assert found.values == pytest.approx(dict.fromkeys(data.modalities, Q**3 / 3))
    assert found.interactions["image + audio"] == pytest.approx(Q**3 / 2)  # with the third there or not
    assert "interaction of image + text + audio: +0.512" in str(found)


def test_bits_of_a_model_that_knows_all_it_can_are_those_of_the_world():
    """A model that answers by Bayes' rule, from symbols: what it gets from each set is the mutual information."""
    data = world("xor")
    table = data.world.seen("image", "text")  # (2, 5, 5)
    chances = table / table.sum(axis=0)

    class Bayes:
        allow_missing = True

        def predict(self, x, **_):
            there = x.get("present", np.ones((len(x["image"]), 2), bool))
            rows, columns = (np.where(there[:, i], x[n], 4) for i, n in enumerate(("image", "text")))
            return np.moveaxis(chances, 0, -1)[rows, columns]

    y, _, seen = data.world.sample(5000, np.random.default_rng(0))
    spec, x = mm.Spec((), "int64", "symbol", ""), {name: np.where(s < 0, 4, s) for name, s in seen.items()}
    symbols = mm.Multimodal("symbols", dict.fromkeys(x, spec), *[mm.Split(x, y)] * 3, world=data.world)
    found = shapley(Bayes(), symbols, unit="bits")
    exact = shapley_of(best_value(symbols, "bits"), x)
    assert found.subsets == pytest.approx(exact.subsets, abs=0.005)
    assert found.interactions == pytest.approx(exact.interactions, abs=0.01)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: shapley_of({(): 0, ("a",): np.nan}.get, "a"), "a finite worth"),
        (lambda: shapley_of(len, "aba"), "each once"),
        (lambda: shapley_of(len, ""), "one player or more"),
        (lambda: best_value(toy_set()), "nobody knows what toy can tell"),
        (lambda: best_value(world("xor"), "nats"), "'accuracy' or 'bits', got 'nats'"),
        (lambda: shapley(Reader("a"), toy_set(), unit="nats"), "'accuracy' or 'bits', got 'nats'"),
    ],
)
def test_bad_input_of_shares_gets_one_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_model_that_may_miss_is_asked_with_modalities_absent():
    model, data = strict(allow_missing=True), world("redundant")
    found = mm.evaluation.shapley(model, data)
    alone = model.predict({"text": data.test.x["text"]}, verbose=0).argmax(axis=1)
    assert found.subsets["text"] == np.mean(alone == data.test.y)
    assert found.none == data.baseline() and found.how.startswith("it is absent")


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
