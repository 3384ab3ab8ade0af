"""One bad cell of a table does not end the load: it is a problem of its row."""

import os

import numpy as np
import pytest

from mmcourse.data import from_table
from tests.data.own.samples import (
    ANIMALS,
    PHOTO,
    farm,
    farm_table,
    image_bytes,
    link_outside,
    little_memory,
    loop_of_links,
    quiet,
    right_colours,
    rows_of,
    said,
    save_wave,
    table_of,
)


def _folder(folder):
    (folder / "place.png").mkdir()
    return "place.png"


def _pipe(folder):
    os.mkfifo(folder / "pipe.png")
    return "pipe.png"


@pytest.mark.parametrize(
    "cell, words",
    [
        (loop_of_links, ""),
        (link_outside, "leads out of"),
        (_folder, "there is no such file"),
        (_pipe, "there is no such file"),
        ("x" * 5000 + ".png", "File name too long"),
        ("x/" * 2500 + "a.png", "File name too long"),
        ("../0.png", "leads out of"),
        ("/etc/passwd", "leads out of"),
        ("0\0.png", "is no file name"),
        ("lost.png", "there is no such file; bring it into"),
        ("0.png/1.png", "there is no such file"),
    ],
)
def test_a_path_that_leads_nowhere_is_a_problem_of_its_row(tmp_path, cell, words):
    folder = tmp_path / "own"
    folder.mkdir()
    lines = farm_table(folder)
    lines[4] = f"{cell(folder) if callable(cell) else cell},a note,cow"
    data = table_of(folder, lines, columns={"photo": "image", "note": "text"})
    (problem,) = data.problems
    assert (problem.kind, problem.row) == ("picture", 4) and words in str(problem) and len(str(problem)) < 500
    assert len(list(rows_of(data))) == 30


def test_parquet_cells_of_every_kind(tmp_path):
    """Bytes of a picture are read; other bytes, lists and structures are problems of their rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    farm_table(tmp_path)
    labels = [ANIMALS[i % 3] for i in range(30)]
    paths = [f"{i}.png" for i in range(30)]
    good = [image_bytes(i) for i in range(30)]
    for cells, words in [
        ([*good[:29], b"no picture"], "row 30, photo: cannot be read as a picture"),
        ([*good[:29], b""], "row 30, photo: cannot be read as a picture"),
        (
            [{"bytes": b, "path": None} for b in good[:29]] + [{"bytes": None, "path": "x"}],
            "row 30, photo: the cell holds a dict",
        ),
    ]:
        pq.write_table(pa.table({"photo": cells, "animal": labels}), tmp_path / "own.parquet")
        data = quiet(from_table, tmp_path / "own.parquet", PHOTO, label="animal")
        assert right_colours(data, "photo") and said(data.problems, words).kind == "picture"
    notes = [["a", "list"]] * 30
    pq.write_table(pa.table({"photo": paths, "note": notes, "animal": labels}), tmp_path / "own.parquet")
    with pytest.raises(ValueError, match="row 1, note: the cell holds a list; expected a text"):
        from_table(tmp_path / "own.parquet", {"photo": "image", "note": "text"}, label="animal")
    pq.write_table(pa.table({"photo": paths, "animal": [[label] for label in labels]}), tmp_path / "own.parquet")
    with pytest.raises(ValueError, match="row 1: no label"):
        from_table(tmp_path / "own.parquet", PHOTO, label="animal")
    pq.write_table(pa.table({"photo": paths, "animal": [i % 3 == 0 for i in range(30)]}), tmp_path / "own.parquet")
    assert from_table(tmp_path / "own.parquet", PHOTO, label="animal").classes == ("False", "True")


def test_a_parquet_of_more_rows_than_anyone_has_is_refused_before_it_is_read(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    from mmcourse.data.own import table

    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(table.LARGEST + 1, np.int32)), pa.array(["x"]))
    pq.write_table(pa.table({"photo": column, "animal": column}), tmp_path / "own.parquet")
    assert (tmp_path / "own.parquet").stat().st_size < 10_000
    with little_memory(), pytest.raises(ValueError, match="has 1000001 rows; at most 1000000 are read"):
        from_table(tmp_path / "own.parquet", PHOTO, label="animal")


def test_damaged_parquet(tmp_path):
    import pandas

    pandas.DataFrame({"photo": ["0.png"], "animal": ["cow"]}).to_parquet(tmp_path / "own.parquet")
    good = (tmp_path / "own.parquet").read_bytes()
    for content in (b"", b"PAR1", good[:-1], good[: len(good) // 2], good[4:], good[:40] + bytes(60) + good[100:]):
        (tmp_path / "own.parquet").write_bytes(content)
        with pytest.raises(ValueError) as error:
            from_table(tmp_path / "own.parquet", PHOTO, label="animal")
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("lacking, file", [("soundfile", "0.wav"), ("pyarrow", None)])
def test_a_library_that_is_not_installed_is_one_line(tmp_path, monkeypatch, lacking, file):
    import sys

    monkeypatch.setitem(sys.modules, lacking, None)
    save_wave(tmp_path / "0.wav")
    (tmp_path / "own.csv").write_text("call,animal\n" + "0.wav,cow\n" * 9)
    (tmp_path / "own.parquet").write_bytes(b"")
    with pytest.raises(ImportError, match=r"need.* pip install 'mmcourse\[own\]'"):
        from_table(tmp_path / ("own.csv" if file else "own.parquet"), {"call": "audio"}, label="animal")


def test_paths_as_they_are_written_on_windows_and_with_dots(tmp_path):
    farm(tmp_path / "sub")
    lines = ["photo,animal"]
    for i in range(30):
        path = f"sub/{ANIMALS[i % 3]}/{i}.png"
        lines.append(f"{[path, './' + path, path.replace('/', chr(92)), tmp_path / path][i % 4]},{ANIMALS[i % 3]}")
    data = table_of(tmp_path, lines)
    assert data.problems == () and right_colours(data, "photo")
