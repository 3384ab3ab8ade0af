"""Tables with a fault that leaves them readable: a quote too much, a comma in the middle, two files put together."""

import pytest

from mmcourse.data import from_table
from tests.data.own.samples import ANIMALS, quiet, table_of

NOTE = {"note": "text"}
LABELS = [ANIMALS[i % 3] for i in range(30)]
LINES = ["note,animal", *(f"note on {i},{label}" for i, label in enumerate(LABELS))]


def notes(data):
    return {note for name in ("train", "val", "test") for note in data.split(name).x["note"].tolist()}


def found(data):
    return [(problem.kind, problem.rows) for problem in data.problems]


@pytest.mark.parametrize("last", [5, 8], ids=["one row swallowed", "four rows swallowed"])
@pytest.mark.parametrize("end", ["", ",", "\r"])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("labels", [LABELS, [f"{i * 0.37:.2f}" for i in range(30)]], ids=["classes", "values"])
def test_rows_inside_a_quote_that_nobody_meant_are_said(tmp_path, last, end, turned, labels):
    rows = [[f"note on {i}", label] for i, label in enumerate(labels)]
    rows[4][turned], rows[last][turned] = '"to be or', 'not to be"'
    rows = [row[::-1] if turned else row for row in rows]
    if turned:  # the label stands first, so the quote opens behind it and ends the line
        rows[4], rows[last] = [labels[4], '"to be or'], [labels[last], 'not to be"']
    elif last == 5:
        rows[4], rows[5] = ['"to be or', labels[4]], ['not to be"', labels[5]]
    lines = ["animal,note" if turned else "note,animal", *(",".join(row) + end for row in rows)]
    data = table_of(tmp_path, lines, columns=NOTE)
    assert found(data) == [("row", (5,))] and not any("to be" in note for note in notes(data))


@pytest.mark.parametrize(
    "text",
    [
        "Dear all, I saw\na cow, a pig\nand rain, too",
        "flour, 200\nsugar, 100\neggs",
        "hen, pig\npig, cow\nand more",
        "hen,pig\n\npig,cow\nand more",
        "cow\nhen\npig",
    ],
)
def test_a_text_of_several_lines_with_commas_is_a_text(tmp_path, text):
    lines = [LINES[0], *(f'"{text} {i}",{label}' for i, label in enumerate(LABELS))]
    assert table_of(tmp_path, lines, columns=NOTE).problems == ()
    lines = [*LINES, f'"{text}",cow']
    data = table_of(tmp_path, lines, columns=NOTE)
    assert text in notes(data) and data.problems == ()


@pytest.mark.parametrize("row", [0, 4, 29])
def test_a_text_is_not_cut_at_its_comma_where_the_last_cell_is_empty(tmp_path, row):
    lines = [f"{label},note on {i}," for i, label in enumerate(LABELS)]
    lines[row] = "hen,rain, and wind,"
    data = table_of(tmp_path, ["animal,note,comment", *lines], columns=NOTE)
    assert "rain" not in notes(data) and found(data) == [("row", (row + 1,))]
    assert "has 4 cells, the header has 3" in str(data.problems[0])


def test_a_header_once_more_is_no_sample(tmp_path):
    lines = [line for i in range(0, 30, 5) for line in (LINES[0], *LINES[1 + i : 6 + i])]
    data = table_of(tmp_path, lines, columns=NOTE)
    assert data.classes == ANIMALS and found(data) == [("row", (row,)) for row in (6, 12, 18, 24, 30)]
    assert "is the header once more, left out" in str(data.problems[0])


def test_a_space_before_a_quote_is_no_part_of_the_text(tmp_path):
    lines = ["animal, note", *(f'{label}, "rain, and {i}"' for i, label in enumerate(LABELS))]
    data = table_of(tmp_path, lines, columns=NOTE)
    assert data.problems == () and notes(data) == {f"rain, and {i}" for i in range(30)}


@pytest.mark.parametrize("asked, written", [("note", "note\u200b"), ("n\u00f6te", "no\u0308te"), ("note", " note ")])
def test_what_no_screen_shows_is_no_part_of_a_columns_name(tmp_path, asked, written):
    lines = [LINES[0].replace("note", written), *LINES[1:]]
    data = table_of(tmp_path, lines, columns={asked: "text"})
    assert set(data.train.x) == {asked} and data.problems == ()


@pytest.mark.parametrize("option", ["label", "group", "split"])
def test_a_list_is_no_name_of_a_column(tmp_path, option):
    (tmp_path / "own.csv").write_text("\n".join(LINES))
    with pytest.raises(ValueError, match=f"{option} is the name of one column; got list"):
        from_table(tmp_path / "own.csv", NOTE, **{"label": "animal", option: ["animal"]})


@pytest.mark.parametrize("missing", ["nan", " NaN"])
def test_a_missing_group_is_none(tmp_path, missing):
    lines = [f"{line},{missing if i == 7 else f'farm {i}'}" for i, line in enumerate(LINES)]
    lines[0] = "note,animal,farm"
    data = quiet(table_of, tmp_path, lines, columns=NOTE, group="farm")
    assert found(data) == [("group", (7,))] and "no group, left out" in str(data.problems[0])
