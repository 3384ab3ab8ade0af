"""Lessons as assignments of nbgrader: its metadata, and graded cells that pass and fail as the lesson's checks do."""

import keras
import nbformat
import numpy as np
import pytest

import mmcourse as mm
from mmcourse import cli
from mmcourse.lessons.assignment import assignment
from mmcourse.lessons.source import sources

# what nbgrader's metadata of schema version 3 must and may hold
# (https://nbgrader.readthedocs.io/en/stable/contributor_guide/metadata.html)
TYPES = {"grade": bool, "solution": bool, "locked": bool, "task": bool, "grade_id": str, "schema_version": int}


@pytest.fixture(scope="module", params=sources(), ids=lambda source: source.number)
def made(request):
    return request.param, assignment(request.param)


def marked(book) -> list:
    return [cell for cell in book.cells if "nbgrader" in cell.metadata]


def test_the_metadata_is_nbgraders(made):
    source, book = made
    nbformat.validate(book)
    cells = [cell.metadata.nbgrader for cell in marked(book)]
    exercises = sum("exercise" in cell.metadata.get("tags", []) for cell in source.cells)
    assert len(cells) == 2 * exercises > 0
    for facts in cells:
        assert {name: type(facts[name]) for name in TYPES} == TYPES
        assert facts.schema_version == 3 and facts.cell_type == "code"
        assert set(facts) - set(TYPES) - {"cell_type"} == ({"points"} if facts.grade else set())
    assert len({facts.grade_id for facts in cells}) == len(cells)
    assert [(f.solution, f.grade, f.locked) for f in cells] == [(True, False, False), (False, True, True)] * (
        len(cells) // 2
    )
    assert sum(facts.get("points", 0) for facts in cells) == source.minutes()["exercises"]


def test_solutions_pass_and_what_students_get_fails_with_a_sentence(made):
    source, book = made
    cells = marked(book)
    for answer, check in zip(cells[::2], cells[1::2], strict=True):
        lesson = type("Lesson", (), {"check": lambda self, n, given: source.exercises[n].check(given)})()
        names = {"mm": mm, "np": np, "keras": keras, "ops": keras.ops, "lesson": lesson}
        exec(f"{answer.source}\n{check.source}", dict(names))
        assert answer.source.count("### BEGIN SOLUTION") == answer.source.count("### END SOLUTION") == 1
        taken_out = answer.source.split("### BEGIN SOLUTION")[0]
        with pytest.raises(AssertionError, match="Not yet"):
            exec(f"{taken_out}\n{check.source}", dict(names))


def test_the_command_writes_where_nbgrader_looks_and_nothing_over(tmp_path, capsys):
    argv = ["assignment", "06", str(tmp_path)]
    assert cli.main(argv) == 0
    path = tmp_path / "source" / "06_linear_fusion" / "06_linear_fusion.ipynb"
    assert marked(nbformat.read(path, as_version=4))
    assert cli.main(argv) == 2 and "is there already" in capsys.readouterr().err
