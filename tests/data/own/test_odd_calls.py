"""Arguments of another kind than the loaders take, and arrays that NumPy has made of them: one sentence each."""

import numpy as np
import pytest

from mmcourse.data import from_arrays, from_folder
from tests.data.own.samples import ANIMALS, farm, painted, quiet, said, save_image, tone

X, LABELS = {"x": np.arange(30.0)}, [ANIMALS[i % 3] for i in range(30)]
FIELDS = [f"field {i}" for i in range(30)]
WAVES = np.stack([tone(0.1, hertz=300 + 20 * i) for i in range(30)])


def holding(items, row, item):
    return [item if i == row else value for i, value in enumerate(items)]


def refused(words, *arguments, load=from_arrays, **options):
    with pytest.raises(ValueError, match=words) as error:
        load(*arguments, **options)
    assert "\n" not in str(error.value) and len(str(error.value)) < 500


def test_what_is_no_text_among_texts_is_refused_by_its_row():
    nan = float("nan")
    refused("'labels' has nan in row 4 among texts; leave the row out", X, holding(LABELS, 4, nan))
    refused("'labels' has 2 in row 1 among texts", X, ("1", 2, "3") * 10)
    refused("'note' has nan in row 5 among texts", {"note": holding(FIELDS, 5, nan)}, LABELS)
    refused(
        "'age' has 'n/a' in row 29 among numbers", {"age": holding([1.5 * i for i in range(30)], 29, "n/a")}, LABELS
    )
    refused("'groups' has nan in row 6 among texts", X, LABELS, groups=holding(FIELDS, 6, nan))


def test_spaces_and_accents_make_no_other_group():
    groups = [f"ann {i // 2}" + " " * (i % 2) for i in range(28)] + ["Zoé", "Zoe\u0301"]
    data = from_arrays(X, LABELS, groups=groups)
    assert len({g for s in ("train", "val", "test") for g in data.split(s).group}) == 15 and data.problems == ()
    refused("the group of row 3 is empty; give every row a group", X, LABELS, groups=holding(FIELDS, 3, " "))


@pytest.mark.parametrize("rates", [8000, [8000], "8000"])
def test_rates_are_a_dict(rates):
    refused("rates is {modality: Hz}; got ", {"s": WAVES}, LABELS, rates=rates)


@pytest.mark.parametrize("rate", [8, 10**7])
def test_rates_are_hertz_as_those_of_files(rate):
    refused(
        f"must be a whole number of Hz, got {rate}; expected 1000 to 384000", {"s": WAVES}, LABELS, rates={"s": rate}
    )


@pytest.mark.parametrize("bits, dtype", [(24, "i4"), (16, "i4"), (16, ">i8"), (24, "i8"), (32, "i8")])
def test_sounds_in_a_type_with_more_bits_are_refused(bits, dtype):
    waves = (WAVES * 2 ** (bits - 1)).astype(dtype)
    name = np.dtype(dtype).name
    refused(
        rf"'s' is {name} with numbers of {bits} bits, .*; divide it by 2\*\*{bits - 1}",
        {"s": waves},
        LABELS,
        rates={"s": 8000},
    )


def test_sounds_of_32_bits_are_read_also_where_they_are_soft():
    data = from_arrays({"s": (WAVES * 0.02 * 2**31).astype("i4")}, LABELS, rates={"s": 8000})
    assert data.problems == () and np.abs(data.train.x["s"]).max() == pytest.approx(0.01, abs=1e-3)


def test_a_column_of_arrays_is_refused_with_what_to_do():
    column = np.empty(30, object)
    column[:] = [painted(i) for i in range(30)]
    refused(r"'im' is an array of object, .* in row 0; .*np.stack\(list\(column\)\)", {"im": column}, LABELS)


@pytest.mark.parametrize("long", [0, 9000])
def test_names_of_many_lines_or_letters_make_one_short_sentence(long):
    refused("30 of 30 classes are too small: a 0 c+ in 1, ", X, [f"a\n{i} c" + "c" * long for i in range(30)])


def test_a_group_of_a_folder_is_a_function_that_takes_every_name(tmp_path):
    refused("group is a function of a sample's name; got str", farm(tmp_path), load=from_folder, group="farm")
    words = r"group failed on the sample '0' .IndexError: list index out of range.; "
    refused(words, tmp_path, load=from_folder, group=lambda name: name.split("_")[1])


def test_an_empty_group_is_none(tmp_path):
    data = quiet(from_folder, farm(tmp_path), group=lambda name: "" if name == "4" else f"farm {name}")
    assert [(problem.kind, problem.file) for problem in data.problems] == [("group", "hen/4")]


def test_a_folder_with_a_dot_that_may_be_a_class_is_said(tmp_path):
    farm(tmp_path, 40, [".cat", *ANIMALS])
    for place in (".cache", ".idea"):
        (tmp_path / place).mkdir()
    save_image(tmp_path / ".cache" / "0.png", 0)
    data = quiet(from_folder, tmp_path)
    assert said(data.problems, ".cat: begins with a dot").kind == "class" and len(data.problems) == 1


def test_an_empty_folder_is_called_empty(tmp_path):
    refused("has no files like class/sample.png, .wav or .txt. It is empty.$", tmp_path, load=from_folder)
