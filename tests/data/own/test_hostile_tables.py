"""Tables as people have them, each with what once went wrong: read rightly, refused, or a problem of its row."""

import unicodedata

import pytest

from mmcourse.data import from_folder, from_table
from tests.data.own.samples import ANIMALS, PHOTO, farm, farm_table, quiet, right_colours, rows_of, said, table_of


def test_a_comma_at_the_end_of_each_row_shifts_no_label(tmp_path):
    head, *rows = farm_table(tmp_path)
    for extra in (",", ",,", ", "):
        data = table_of(tmp_path, [head, *(row + extra for row in rows)])
        assert right_colours(data, "photo") and data.problems == ()


def test_a_comma_in_a_text_without_quotes_is_a_problem_of_its_row(tmp_path):
    lines = farm_table(tmp_path)
    lines[4] = "3.png,rain, and wind,cow"
    lines[6] = "5.png,pig"
    data = table_of(tmp_path, lines)
    assert right_colours(data, "photo") and len(list(rows_of(data))) == 28
    assert [str(problem) for problem in data.problems] == [
        "row 4: has 4 cells, the header has 3, left out; put quotes around a text with commas in it",
        "row 6: has 2 cells, the header has 3, left out; put quotes around a text with commas in it",
    ]


def test_a_quoted_comma_newline_and_quote_are_text(tmp_path):
    lines = farm_table(tmp_path)
    lines[4] = '3.png,"rain,\n""wind"" and\nhail",cow'
    data = table_of(tmp_path, lines, columns={"photo": "image", "note": "text"})
    assert data.problems == () and right_colours(data, "photo")
    assert [x["note"] for x, _ in rows_of(data) if "rain" in x["note"]] == ['rain,\n"wind" and\nhail']


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path, encoding):
    assert right_colours(table_of(tmp_path, farm_table(tmp_path), encoding), "photo")


def test_line_ends_of_windows_blank_lines_and_spaces_change_nothing(tmp_path):
    head, *rows = farm_table(tmp_path)
    plain = table_of(tmp_path, [head, *rows])
    rows = [row.replace(",", " , ") + "\r" for row in rows]
    data = table_of(tmp_path, [head.replace(",", ", ") + "\r", "\r", *rows[:9], "\r", *rows[9:], "\r", ""])
    assert data.fingerprint() == plain.fingerprint() and data.classes == ANIMALS


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (b"photo,animal\n", "own has no rows"),
        (b"photo,breed\n1.png,x\n", "has the columns photo, breed; not animal; name columns that it has"),
        (b"photo;animal\n1.png;x\n", "save it with commas, not ';'"),
        (b"photo\tanimal\n1.png\tx\n", r"save it with commas, not '\\t'"),
        (b"photo,animal,animal\n1.png,cow,hen\n", "has the column 'animal' 2 times"),
        (b'photo,animal\n"1.png,cow\n2.png,hen\n', "from line 3 on .unexpected end of data.; close every quote"),
        (b'photo,animal\n"1.png"x,cow\n', "from line 2 on"),
        (b"photo,animal\n" + b"x" * 200_000 + b",cow\n", "from line 2 on .field larger"),
        (b"photo,animal\n1.png,\xe9l\xe9phant\n", "it is not UTF-8 after line .*; save it as UTF-8"),
        ("photo,animal\n1.png,cow\n".encode("utf-16"), "it is not UTF-8 after line 0; save it as UTF-8"),
        ("photo,animal\n1.png,cow\n".encode("utf-16-le"), "so it is UTF-16 or no text; save it as UTF-8"),
        (b"PK\x03\x04" + bytes(range(256)), "cannot be read as a table"),
        (b"photo,animal\n" + b"x.png,cow\n" * 9, "9 of 9 rows are at fault, too many. row 1, x.png: there is no such"),
        (b"photo,animal\n" + b",cow\n" * 9, "9 of 9 rows are at fault, too many. row 1: nothing of it can be read"),
    ],
)
def test_tables_that_cannot_be_read(tmp_path, content, words):
    (tmp_path / "own.csv").write_bytes(content)
    with pytest.raises(ValueError, match=words) as error:
        from_table(tmp_path / "own.csv", PHOTO, label="animal")
    assert "\n" not in str(error.value) and "own" in str(error.value)


@pytest.mark.parametrize(
    "columns, options, words",
    [
        ({}, {}, "columns maps a column to one of image, audio, text; got none"),
        ({"photo": "smell"}, {}, "got smell"),
        ({"photo": "image", "animal": "text"}, {}, "would tell a model the answer"),
        (PHOTO, {"image_side": 0}, "image_side must be a whole number from 2 to 1024, got 0"),
        (PHOTO, {"image_side": 100_000}, "image_side must be"),
        (PHOTO, {"seconds": -1}, "seconds must be above 0"),
        (PHOTO, {"seconds": float("nan")}, "seconds must be above 0"),
        (PHOTO, {"group": "farm"}, "has the columns photo, note, animal; not farm"),
    ],
)
def test_calls_that_cannot_be_met(tmp_path, columns, options, words):
    (tmp_path / "own.csv").write_text("\n".join(farm_table(tmp_path)))
    with pytest.raises(ValueError, match=words):
        from_table(tmp_path / "own.csv", columns, label="animal", **options)


def test_what_is_no_table_or_folder(tmp_path):
    import pandas

    with pytest.raises(ValueError, match=r"ends in .csv or .parquet, got 'a.xls'"):
        from_table(tmp_path / "a.xls", PHOTO, label="animal")
    with pytest.raises(ValueError, match="got DataFrame; save it to a file first"):
        from_table(pandas.DataFrame(), PHOTO, label="animal")
    for name in ("a.csv", "a.parquet"):
        with pytest.raises(ValueError, match=f"{name} cannot be read as a table: there is no such file"):
            from_table(tmp_path / name, PHOTO, label="animal")
        (tmp_path / "d" / name).mkdir(parents=True)
        with pytest.raises(ValueError, match=f"{name} cannot be read as a table"):
            from_table(tmp_path / "d" / name, PHOTO, label="animal")
    with pytest.raises(ValueError, match="is no folder"):
        from_folder(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="is no folder"):
        from_folder(tmp_path / "nowhere.zip")
    with pytest.raises(ValueError, match="got int"):
        from_folder(3)


@pytest.mark.parametrize("empty", ["", "  ", "nan", "NaN"])
def test_rows_without_a_label_are_left_out_and_said(tmp_path, empty):
    lines = farm_table(tmp_path)
    lines[4] = f"3.png,x,{empty}"
    data = table_of(tmp_path, lines)
    assert data.classes == ANIMALS and len(list(rows_of(data))) == 29
    assert [str(problem) for problem in data.problems] == ["row 4: no label, left out; give it a label"]


def test_nan_is_a_word_in_a_text(tmp_path):
    """Programs write it for a missing label; a text may speak of the bread."""
    lines = farm_table(tmp_path)
    lines[4] = "3.png,nan,cow"
    data = table_of(tmp_path, lines, columns={"note": "text"})
    assert data.problems == () and "nan" in [x["note"] for x, _ in rows_of(data)]


def test_labels_are_one_class_however_their_accents_and_spaces_are_written(tmp_path):
    lines = farm_table(tmp_path)
    forms = [unicodedata.normalize(form, "Kälbchen") + space for form, space in [("NFC", ""), ("NFD", " ")]]
    lines = [line.replace("cow", forms[i % 2]) for i, line in enumerate(lines)]
    data = table_of(tmp_path, lines)
    assert data.classes == (unicodedata.normalize("NFC", "Kälbchen"), "hen", "pig") and data.problems == ()


def test_a_class_too_small_is_named_by_its_name(tmp_path):
    lines = farm_table(tmp_path)
    lines[4] = "3.png,x,yak"
    with pytest.raises(ValueError, match="1 of 4 classes are too small: yak in 1; 5 samples or groups are needed"):
        table_of(tmp_path, lines)


def test_a_class_of_which_nothing_can_be_read_is_not_lost_in_silence(tmp_path):
    lines = farm_table(tmp_path)
    lines += [f"lost{i}.png,x,yak" for i in range(6)]
    with pytest.raises(ValueError, match=r"no sample of the class 'yak' can be used. row 31, lost0.png"):
        table_of(tmp_path, lines)


def test_one_class_is_said(tmp_path):
    data = quiet(from_folder, farm(tmp_path, 10, ["cow"]))
    assert said(data.problems, "all samples are of the class 'cow'").kind == "class"
