"""A set as raw files: what is written is read again as the same arrays, and nothing is written over or half done."""

import csv
import warnings
from dataclasses import replace

import numpy as np
import pytest

from mmcourse.data import Multimodal, Spec, Split, from_arrays, from_table, load, to_arrays, to_table
from tests.data.own.samples import quiet, table_of

MOODS = {"words": "text", "voice": "audio", "face": "image"}
SPLITS = ("train", "val", "test")


@pytest.fixture(scope="module")
def moods():
    return load("moods", task="sarcasm", train=60, val=20, test=20)


def again(path, **options):
    return quiet(from_table, path, MOODS, label="label", split="split", image_side=32, seconds=0.64, **options)


def test_moods_come_back(moods, tmp_path):
    """Pictures and texts exactly, sounds within a step of 16 bits, splits, groups, names of classes and targets."""
    path = to_table(moods, tmp_path / "raw", targets=("mood", "speaker"))
    data = again(path, group="group")
    assert path == tmp_path / "raw" / "table.csv" and (path.parent / "card.md").read_text("utf-8") == moods.card
    assert list(data.modalities) == list(moods.modalities) and "100 samples, your own splits" in data.card
    for name in SPLITS:
        new, old = data.split(name), moods.split(name)
        assert np.array_equal(new.x["face"], old.x["face"]) and np.array_equal(new.x["words"], old.x["words"])
        assert np.abs(new.x["voice"] - old.x["voice"]).max() <= 1 / 32768
        assert [data.classes[y] for y in new.y] == [moods.classes[y] for y in old.y]
        assert new.group.tolist() == [str(group) for group in old.group] and new.present is None
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["mood"]) for row in rows] == [y for name in SPLITS for y in moods.split(name).targets["mood"]]
    mood = again(path.rename(path.with_name("mood.csv")))
    assert mood.train.x["face"].tobytes() == data.train.x["face"].tobytes(), "without groups the same rows"


def test_absent_modalities_greys_and_odd_texts_come_back(tmp_path):
    rng = np.random.default_rng(0)
    x = {
        "image": rng.integers(0, 256, (30, 9, 9, 1), np.uint8),
        "text": np.array([f'a "text", with\nlines; 名字 {i}' for i in range(30)]),
        "sound": np.clip(rng.normal(0, 1, (30, 800)), -1, 1).astype(np.float32),
    }
    specs = {
        key: Spec(array.shape[1:], "str" if key == "text" else array.dtype.name, "", "") for key, array in x.items()
    }
    specs["sound"] = replace(specs["sound"], rate=8000)
    y = np.arange(30) % 3
    parts = {}
    for i, name in enumerate(SPLITS):
        rows = np.arange(30)[i * 10 : i * 10 + 10]
        parts[name] = Split({key: array[rows] for key, array in x.items()}, y[rows])
    holes = Multimodal("holes", specs, classes=("a", "b", "c"), **parts).with_missing(0.3, seed=1)
    columns = {"image": "image", "text": "text", "sound": "audio"}
    path = to_table(holes, tmp_path / "raw")
    data = quiet(from_table, path, columns, label="label", split="split", image_side=9, seconds=0.1)
    for name in SPLITS:
        new, old = data.split(name), holes.split(name)
        assert np.array_equal(new.present, old.present) and np.array_equal(new.y, old.y)
        assert np.array_equal(new.x["image"], old.x["image"].repeat(3, axis=3))
        assert np.array_equal(new.x["text"], old.x["text"])
        assert np.abs(new.x["sound"] - old.x["sound"]).max() <= 1 / 32768


def test_values_to_predict_come_back(tmp_path):
    data = from_arrays({"text": np.array([f"note {i}" for i in range(30)])}, np.linspace(-1, 1, 30))
    read = quiet(from_table, to_table(data, tmp_path / "raw"), {"text": "text"}, label="label", split="split")
    assert read.classes is None and all(np.array_equal(read.split(s).y, data.split(s).y) for s in SPLITS)


def test_emoji_as_arrays_come_back(tmp_path):
    """Row for row, and drawn into splits by the groups beside them."""
    emoji = load("emoji")
    folder = to_arrays(emoji, tmp_path / "saved")
    assert {path.name for path in folder.iterdir()} == {
        *(f"{name}.npy" for name in ("image_data", "text_data", "labels", "groups")),
        "card.md",
    }
    images, texts, labels, groups = (
        np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("image_data", "text_data", "labels", "groups")
    )
    for key, array in {"image": images, "text": texts}.items():
        assert np.array_equal(array, np.concatenate([emoji.split(name).x[key] for name in SPLITS]))
    assert labels.tolist() == [emoji.classes[y] for name in SPLITS for y in emoji.split(name).y]
    arrays = {"image": folder / "image_data.npy", "text": folder / "text_data.npy"}
    data = quiet(from_arrays, arrays, folder / "labels.npy", groups=folder / "groups.npy")
    assert data.classes == emoji.classes and {p.kind for p in data.problems} <= {"copies"}
    rows = {text: row for row, text in enumerate(texts.tolist())}
    for name in SPLITS:
        part = data.split(name)
        at = [rows[text] for text in part.x["text"]]
        assert np.array_equal(part.x["image"], images[at]) and np.array_equal(part.group, groups[at])


@pytest.mark.parametrize("write", [to_table, to_arrays])
def test_nothing_is_written_over(moods, tmp_path, monkeypatch, write):
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("years of work")
    for place in (full, full / "thesis.txt", tmp_path):
        with pytest.raises(ValueError, match="is there already, and not an empty folder of its own; name a new one"):
            write(moods, place)
    assert (full / "thesis.txt").read_text() == "years of work" and list(tmp_path.iterdir()) == [full]
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(ValueError, match="name a new one"):
        write(moods, ".")
    (tmp_path / "here" / "empty").mkdir()
    write(moods, "empty")
    assert any((tmp_path / "here" / "empty").iterdir())


@pytest.mark.parametrize("write", [to_table, to_arrays])
def test_nothing_is_left_behind(moods, tmp_path, monkeypatch, write):
    """As on a full disk, in the middle of the work."""

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    monkeypatch.setattr("mmcourse.data.own.writing.save_sound", full)
    with pytest.raises(OSError, match="No space left"):
        write(moods, tmp_path / "deep" / "raw")
    assert list((tmp_path / "deep").iterdir()) == []


def tiny(name, array, rate=None, **targets):
    spec = Spec(array.shape[1:], "str" if array.dtype.kind == "U" else array.dtype.name, "", "", rate=rate)
    part = Split({name: array}, np.arange(len(array)) % 2, targets=targets)
    return Multimodal("tiny", {name: spec}, part, part, part, classes=("a", "b"))


@pytest.mark.parametrize(
    "data, targets, words",
    [
        (tiny("x", np.zeros((4, 3), "f4")), (), "'x' is float32 of shape .3,.; a table has room for texts, for sounds"),
        (tiny("x", np.zeros((4, 8, 8, 3), "f4")), (), "'x' is float32 of shape .8, 8, 3."),
        (tiny("x", np.zeros((4, 9, 8, 8, 3), "u1")), (), "'x' is uint8 of shape .9, 8, 8, 3."),
        (tiny("../x", np.array(list("abcd"))), (), "'../x' is no name for a file"),
        (tiny("label", np.array(list("abcd"))), (), "two columns would be called 'label'"),
        (tiny("x", np.array(list("abcd")), box=np.zeros((4, 4))), ("box",), "'box' has the shape .4, 4."),
        (
            tiny("x", np.array(list("abcd")), box=np.zeros(4)),
            ("boxes",),
            "targets are names out of .'box',.; got 'boxes'",
        ),
        (tiny("x", np.array(list("abcd")), box=np.zeros(4)), "box", "names out of .'box',.; got 'box'"),
        (tiny("x", np.array(list("abcd")), split=np.zeros(4)), ("split",), "two columns would be called 'split'"),
    ],
)
def test_sets_that_a_table_has_no_room_for(tmp_path, data, targets, words):
    with pytest.raises(ValueError, match=words):
        to_table(data, tmp_path / "raw", targets=targets)
    assert list(tmp_path.iterdir()) == []


def test_arrays_have_no_place_for_what_is_absent(moods, tmp_path):
    with pytest.raises(ValueError, match="absent modalities, for which an array has no place; use to_table"):
        to_arrays(moods.with_missing(0.2), tmp_path / "raw")


LINES = ["photo,note,animal,part", *(f",note {i},{'ab'[i % 2]},{SPLITS[i % 3]}" for i in range(30))]


def test_own_splits_are_kept(tmp_path):
    """Whatever capitals and spaces they are written with; what is no split is left out and said."""
    lines = [line.replace("val", " Val") for line in LINES]
    lines[7] = lines[7].replace("train", "training")  # row 7, 8
    lines[8] = lines[8].replace(" Val", "")
    data = table_of(tmp_path, lines, columns={"note": "text"}, split="part")
    assert [len(data.split(name)) for name in SPLITS] == [9, 9, 10]
    assert all(int(text.split()[1]) % 3 == i for i, name in enumerate(SPLITS) for text in data.split(name).x["note"])
    assert [(p.kind, p.row, p.what) for p in data.problems] == [
        ("split", 7, "'training' is no split, left out"),
        ("split", 8, "no split, left out"),
    ]


def test_own_splits_that_cannot_be_used(tmp_path):
    for change, words in [
        (
            lambda line: line.replace("val", "train"),
            "own: no row is of the split 'val'; give it some, or leave `split`",
        ),
        (lambda line: line.replace("train", "x").replace("val", "y"), "20 of 30 rows are at fault, too many"),
    ]:
        with pytest.raises(ValueError, match=words):
            table_of(tmp_path, [LINES[0], *map(change, LINES[1:])], columns={"note": "text"}, split="part")
    with pytest.raises(ValueError, match="group 'a' is in both 'train' and 'val'"):
        table_of(tmp_path, LINES, columns={"note": "text"}, split="part", group="animal")


def test_a_split_of_one_class_and_a_class_that_train_has_not(tmp_path):
    lines = [line.replace(",b,val", ",a,val") for line in LINES]
    lines[6] = lines[6].replace(",b,", ",c,")  # row 6, of test
    data = table_of(tmp_path, lines, columns={"note": "text"}, split="part")
    assert [(p.kind, p.rows, p.what) for p in data.problems] == [
        ("class", (), "all samples of val are of the class 'a'"),
        ("class", (6,), "1 of the 10 samples of test are of a class that train has not"),
    ]


def test_writing_says_nothing(moods, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_table(moods.with_only("words"), tmp_path / "raw")
