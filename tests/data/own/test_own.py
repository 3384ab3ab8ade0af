"""A reader's own arrays: rows stay together, groups stay whole, and every fault is named with its row."""

import warnings

import numpy as np
import pytest

from mmcourse.data import from_arrays

RNG = np.random.default_rng(0)


def test_the_worked_example(tmp_path, monkeypatch):
    """The lines of data/your_own.md, run as they stand there, without a warning."""
    import re

    from mmcourse.files import course_file

    monkeypatch.chdir(tmp_path)
    blocks = re.findall(
        r"```python\n(.*?)```", course_file("data", "your_own.md").read_text(encoding="utf-8"), re.DOTALL
    )
    names = {}
    exec(blocks[0], names)
    data = names["data"]
    assert (len(data.train), len(data.val), len(data.test)) == (60, 20, 20)
    assert list(data.modalities) == ["image", "text"] and data.classes == ("no", "yes") and data.problems == ()
    images = np.load("image_data.npy")
    for name in ("train", "val", "test"):
        for image, text in zip(data.split(name).x["image"], data.split(name).x["text"], strict=True):
            row = int(text.split()[-1])
            assert np.array_equal(image, images[row]), "row i of every array is sample i"


def test_groups_and_classes():
    groups = np.repeat(np.arange(40), 5)
    labels = np.array(["cat", "dog", "cow"])[RNG.integers(0, 3, 200)]
    data = from_arrays({"x": np.arange(200.0)}, labels, groups=groups, seed=2)
    seen = [set(data.split(name).group) for name in ("train", "val", "test")]
    assert sum(map(len, seen)) == 40 and len(set.union(*seen)) == 40
    for name in ("train", "val", "test"):
        split = data.split(name)
        assert [data.classes[y] for y in split.y] == labels[split.x["x"].astype(int)].tolist()
        assert np.array_equal(split.group, groups[split.x["x"].astype(int)])
    plain = from_arrays({"x": np.arange(200.0)}, np.repeat([0, 1], [150, 50]))
    assert [np.bincount(plain.split(name).y).tolist() for name in ("train", "val", "test")] == [
        [90, 30],
        [30, 10],
        [30, 10],
    ]
    assert plain.fingerprint() == from_arrays({"x": np.arange(200.0)}, np.repeat([0, 1], [150, 50])).fingerprint()
    values = from_arrays({"x": np.arange(50)}, np.linspace(0, 1, 50))
    assert values.classes is None and values.train.y.dtype == np.float32


TEN = np.arange(10) % 2


@pytest.mark.parametrize(
    "arrays, labels, options, words",
    [
        ({}, np.arange(9), {}, "at least one modality"),
        ([np.zeros(9)], np.arange(9), {}, "at least one modality: {name: array}"),
        ({"a": np.zeros((9, 2))}, TEN, {}, "'a' has 9 rows, there are 10 labels"),
        ({"a": np.array([1, "x", None] * 3, object)}, np.arange(9), {}, "array of object, shape .9,., 'x' in row 1"),
        ({"a": np.array(["x"] * 9 + [None], object)}, TEN, {}, "array of object, shape .10,., None in row 9"),
        ({"a": [[1, 2], [3]] * 5}, TEN, {}, "'a' is no array"),
        ({"a": np.zeros((10, 0))}, TEN, {}, "nothing in each row"),
        ({"a": np.zeros(10, complex)}, TEN, {}, "array of complex128"),
        ({"a": np.zeros(10, "M8[s]")}, TEN, {}, "array of datetime64"),
        ({"a": np.zeros(10, [("x", "f4"), ("y", "f4")])}, TEN, {}, "expected .N, .... numbers or texts"),
        (
            {"a": np.zeros(10)},
            np.array([None] * 10),
            {},
            "strings or numbers, got object of shape .10,., None in row 0",
        ),
        ({"a": np.zeros(10)}, np.array(["x"] * 4 + [None] * 6, object), {}, "None in row 4; leave out the rows"),
        ({"a": np.zeros(10)}, np.array(["x"] * 4 + [" "] * 6), {}, "label of row 4 is empty"),
        ({"a": np.zeros(10)}, np.eye(10), {}, "argmax"),
        ({"a": np.zeros(10)}, np.zeros((10, 1), int), {}, "of shape .10, 1."),
        ({"a": np.array([0.0] * 7 + [np.nan] * 3)}, TEN, {}, "in 3 rows, the first is row 7"),
        ({"a": np.array([0.0] * 7 + [1e300] * 3)}, TEN, {}, "too large for float32 in 3 rows, the first is row 7"),
        ({"a": np.zeros(10)}, np.r_[np.zeros(9), np.inf], {}, "label of row 9"),
        ({"a": np.zeros(10)}, np.r_[np.zeros(9), 1e300], {}, "label of row 9"),
        ({"a": np.zeros(10)}, np.arange(10) % 3, {}, "3 of 3 classes are too small: 0 in 4, 1 in 3, 2 in 3; 5 samples"),
        ({"a": np.zeros(10)}, np.array(["cow"] * 9 + ["hen"]), {}, "1 of 2 classes are too small: hen in 1; 5 samples"),
        ({"a": np.zeros(10)}, TEN, {"groups": np.arange(10) // 3}, "5 samples or groups or more, got 4"),
        ({"a": np.zeros(10)}, TEN, {"groups": np.arange(9)}, "'groups' has 9 rows"),
        ({"a": np.zeros(10)}, TEN, {"groups": np.full(10, np.nan)}, "'groups' must be .N,. strings or whole numbers"),
        ({"a": np.zeros(10)}, TEN, {"groups": np.array(["x"] * 9 + [None], object)}, "None in row 9; give every row"),
        ({"a": np.zeros(10)}, TEN, {"rates": {"b": 8000}}, "got b"),
        ({"a": np.zeros((10, 4, 2))}, TEN, {"rates": {"a": 8000}}, "expected waveforms"),
        ({"a": np.full((10, 4), 3000.0)}, TEN, {"rates": {"a": 8000}}, "amplitudes beyond -1 to 1, first in row 0"),
        ({"a": np.zeros((10, 4))}, TEN, {"rates": {"a": "8k"}}, "whole number of Hz, got '8k'"),
        ({"a": np.ma.masked_array(np.zeros(10), np.arange(10) == 3)}, TEN, {}, "masked values, the first in row 3"),
        ({"present": np.zeros(10)}, TEN, {}, "'present' cannot be the name of a modality"),
        ({"a/b": np.zeros(10)}, TEN, {}, "'a/b' cannot be the name of a modality"),
        ({1: np.zeros(10)}, TEN, {}, "1 cannot be the name of a modality"),
        ({"a": np.array(["x" * 10_001] * 10)}, TEN, {}, "'a', row 0: the text has 10001 characters"),
        ({"a": np.array(["\ud800x"] * 10)}, TEN, {}, "'a', row 0: the text has half a character"),
        ({"a": np.array([["x"]] * 10)}, TEN, {}, "one text per sample"),
        ({"a": np.array([b"x"] * 10)}, TEN, {}, "numbers or texts"),
        ({"a": "nowhere.npy"}, np.arange(10), {}, "nowhere.npy cannot be read as arrays: No such file"),
        ({"a": np.zeros(10)}, "nowhere.npy", {}, "nowhere.npy cannot be read as arrays"),
    ],
)
def test_faulty_arrays(arrays, labels, options, words):
    with pytest.raises(ValueError, match=words):
        from_arrays(arrays, labels, **options)


@pytest.mark.parametrize("kind", ["str", "object", "category", "string"])
def test_columns_of_pandas_are_texts_and_labels(kind):
    """As pandas has read them they are arrays of Python objects, which once were refused."""
    import pandas

    frame = pandas.DataFrame({"note": [f"note {i}" for i in range(20)], "animal": ["cow", "hen"] * 10}).astype(
        {"animal": kind}
    )
    frame["note"] = frame["note"].astype("object" if kind == "category" else kind)
    data = from_arrays({"note": frame["note"]}, frame["animal"], groups=frame["note"])
    assert data.modalities["note"].dtype == "str" and data.classes == ("cow", "hen")
    for name in ("train", "val", "test"):
        split = data.split(name)
        assert [int(note.split()[1]) % 2 for note in split.x["note"]] == split.y.tolist()
        assert split.group.tolist() == split.x["note"].tolist()


def test_numbers_of_pandas_that_may_be_missing():
    import pandas

    x, y = pandas.Series(range(20), dtype="Int64"), pandas.Series([True, False] * 10, dtype="boolean")
    data = from_arrays({"x": x}, y)
    assert data.classes == ("False", "True") and data.train.x["x"].dtype == np.int32
    x[3] = pandas.NA
    with pytest.raises(ValueError, match=r"in 1 rows, the first is row 3|<NA> in row 3"):
        from_arrays({"x": x}, y)


def test_sounds_of_whole_numbers_are_scaled_by_their_type():
    """Other programs read WAV files as int16 and uint8; taken as they are they would be noise at full scale."""
    waves = np.sin(np.arange(20 * 80).reshape(20, 80)) * 0.9
    x = {"f": waves, "i2": np.round(waves * 2**15).astype(np.int16), "u1": np.round(waves * 128 + 128).astype(np.uint8)}
    data = from_arrays(x, np.arange(20) % 2, rates=dict.fromkeys(x, 8000))
    assert data.problems == ()
    for key, near in [("i2", 1e-4), ("u1", 0.004)]:
        assert data.train.x[key].dtype == np.float32
        assert np.abs(data.train.x[key] - data.train.x["f"]).max() < near


def test_texts_of_unbounded_length_and_booleans():
    texts = np.array([f"text {i}" for i in range(20)], np.dtypes.StringDType())
    data = from_arrays({"text": texts, "flag": np.arange(20) % 3 == 0}, np.arange(20) % 2 == 0)
    assert data.modalities["text"].dtype == "str" and data.classes == ("False", "True")


def test_a_long_text_does_not_take_all_memory():
    """NumPy keeps every text as long as the longest: 40,000 short ones beside one long one would be 1.6 GB."""
    texts = np.array([f"text {i}" for i in range(40_000)], object)
    texts[7] = "x" * 10_000
    with pytest.raises(ValueError, match=r"take 1600000000 bytes.*text number 8"):
        from_arrays({"text": texts}, np.arange(40_000) % 2)


def test_numbers_without_a_problem_say_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert from_arrays({"x": np.zeros((50, 3))}, np.arange(50) % 2).problems == ()


@pytest.mark.parametrize(
    "labels, kind, words",
    [
        (np.zeros(20, int), "class", "all samples are of the class '0'"),
        (np.array(["Cow", "cow"] * 10), "class", "the classes 'Cow' and 'cow' look the same but for capitals"),
        (np.array(["Café", "Cafe\u0301"] * 10), "class", "look the same but for capitals, accents"),
        (np.array(["cow", "cow\u200b"] * 10), "class", r"'cow' and 'cow\\u200b' look the same .* no screen shows"),
        (np.array([0.0, 1.0] * 10), "label", r"2 different whole values.*labels.astype\(int\)"),
    ],
)
def test_labels_that_may_be_wrong_are_said(labels, kind, words):
    with pytest.warns(UserWarning, match=f"my own: 1 problem, .*{words}") as caught:
        data = from_arrays({"x": np.arange(20.0)}, labels, name="my own")
    (problem,) = data.problems
    assert problem.kind == kind and str(problem) in data.card
    assert caught[0].filename == __file__, "the warning points at the reader's line"
