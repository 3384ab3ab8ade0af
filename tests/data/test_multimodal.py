"""`Multimodal`: strict at the door, and every change is a new set."""

from dataclasses import replace

import numpy as np
import pytest

import mmcourse as mm
from tests.toys import shown, toy_set

SPEC = mm.Spec((3,), "float32", "none", "")


def broken(**changes):
    return replace(toy_set().train, **changes)


@pytest.mark.parametrize(
    ("split", "words"),
    [
        (broken(x={"b": toy_set().train.x["b"], "a": toy_set().train.x["a"]}), r"expected the modalities \['a', 'b'\]"),
        (broken(x={"a": toy_set().train.x["a"]}), "expected the modalities"),
        (broken(x={**toy_set().train.x, "c": toy_set().train.x["a"]}), "expected the modalities"),
        (
            broken(x={"a": np.zeros((60, 4), "float32"), "b": toy_set().train.x["b"]}),
            r"'a' has samples of shape \(4,\)",
        ),
        (broken(x={"a": np.zeros((59, 3), "float32"), "b": toy_set().train.x["b"]}), "'a' has 59 rows"),
        (
            broken(x={"a": np.full((60, 3), np.nan, "float32"), "b": toy_set().train.x["b"]}),
            "60 samples with NaN.*row 0",
        ),
        (broken(x={"a": np.zeros((60, 3), object), "b": toy_set().train.x["b"]}), "object array"),
        (mm.Split({"a": np.zeros((0, 3)), "b": np.zeros((0, 3))}, np.zeros(0)), "is empty"),
        (broken(group=np.arange(5)), "'group' has 5 rows"),
        (broken(present=np.ones((5, 2), bool)), "'present' has 5 rows"),
        (broken(group=np.full(60, 4)), "group 4 is in both 'train' and 'test'"),
    ],
)
def test_bad_splits_are_refused_with_the_reason(split, words):
    with pytest.raises(ValueError, match=words):
        toy_set(train=split)


def test_unknown_names_are_refused():
    data = toy_set()
    for call in (lambda: data.split("dev"), lambda: data.with_only("c"), data.with_only, lambda: data.ceiling("c")):
        with pytest.raises(ValueError):
            call()
    with pytest.raises(ValueError, match=r"choose one of.*digits"):
        mm.load("digit")
    with pytest.raises(ValueError, match=r"takes the options.*image_noise.*got noise"):
        mm.load("digits", noise=1)


def test_with_only_keeps_order_and_columns_of_present():
    present = np.tile([[True, False], [False, True]], (30, 1))
    data = toy_set(train=broken(present=present))
    assert list(data.with_only("b", "a").modalities) == ["a", "b"]
    only = data.with_only("b")
    assert list(only.train.x) == ["b"] and np.array_equal(only.train.present, present[:, [1]])
    assert list(only.train.batch()) == ["b", "present"]


def test_subset_is_balanced_reproducible_and_leaves_the_rest():
    data = toy_set()
    small = data.subset(9, seed=3)
    assert np.bincount(small.train.y).tolist() == [3, 3, 3]
    assert len(small.test) == len(data.test)
    assert np.array_equal(small.train.x["a"], data.subset(9, seed=3).train.x["a"])
    assert not np.array_equal(small.train.x["a"], data.subset(9, seed=4).train.x["a"])
    rows = {tuple(row) for row in data.train.x["a"]}
    assert {tuple(row) for row in small.train.x["a"]} <= rows
    with pytest.raises(ValueError, match="1 to 60"):
        data.subset(61)


def test_majority_and_baseline_are_those_of_train():
    data = toy_set()
    skewed = toy_set(train=replace(data.train, y=np.array([1] * 40 + [2] * 20)))
    assert skewed.majority() == 1 and type(skewed.majority()) is int
    assert skewed.baseline() == pytest.approx(np.mean(data.test.y == 1))


def test_names_are_checked_in_one_place():
    toy_set().check_names(["b", "a"])
    with pytest.raises(ValueError, match="toy has the modalities a, b; got smell, taste"):
        toy_set().check_names(["a", "smell", "taste"])


def batches(dataset):
    return [({k: v.numpy() for k, v in x.items()}, y.numpy()) for x, y in dataset]


def test_tf_data_gives_every_sample_once_aligned():
    data = toy_set()
    got = batches(data.tf_data("train", 20, shuffle_seed=1))
    assert [len(y) for _, y in got] == [20, 20, 20]
    rows = np.concatenate([x["a"] for x, _ in got])
    labels = np.concatenate([y for _, y in got])
    assert {tuple(r) for r in rows} == {tuple(r) for r in data.train.x["a"]}
    assert np.array_equal(rows.argmax(1), labels)  # the label travels with its sample


def test_the_order_is_a_pure_function_of_seed_and_epoch():
    data = toy_set()

    def epochs(count, **options):
        dataset = data.tf_data("train", 60, **options)
        return [batches(dataset)[0][0]["a"] for _ in range(count)]

    first, second = epochs(2, shuffle_seed=5)
    assert not np.array_equal(first, second)
    assert np.array_equal(epochs(1, shuffle_seed=5, epoch=1)[0], second)  # picked up in the second epoch
    assert not np.array_equal(epochs(1, shuffle_seed=6)[0], first)
    plain = epochs(2)
    assert np.array_equal(plain[0], data.train.x["a"]) and np.array_equal(plain[1], plain[0])


def test_tf_data_chooses_modalities_and_tells_its_length():
    dataset = toy_set().tf_data("val", 7, modalities=("b",))
    assert int(dataset.cardinality()) == 9
    assert list(dataset.element_spec[0]) == ["b"]


def test_show_draws_every_modality_and_says_what(digits):
    figure = digits.show(4, split="test")
    assert figure.png.startswith(b"\x89PNG")
    assert "image" in figure.alt and "audio" in figure.alt
    assert len(figure.sounds) == 3 and all(sound.startswith(b"RIFF") for sound in figure.sounds.values())
    picture, sounds = shown(figure)
    assert picture["metadata"]["image/png"]["alt"].startswith("4 samples of digits")
    assert sounds["data"]["text/html"].count("<audio controls") == 3
