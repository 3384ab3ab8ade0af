"""Every lesson follows the anatomy and the style of the course; sources become the notebooks they say."""

import re

import pytest

from mmcourse.lessons.source import exercise_parts, sources

LESSONS = sources()
names = {"argnames": "source", "argvalues": LESSONS, "ids": [source.name for source in LESSONS]}


def code_cells(source):
    return [cell.source for cell in source.cells() if cell.cell_type == "code"]


def prose(source):
    return "\n".join(cell.source for cell in source.cells() if cell.cell_type == "markdown")


@pytest.mark.parametrize(**names)
def test_cells_are_few_and_short(source):
    cells = [c for c in source.cells() if c.cell_type == "code" and "check" not in c.metadata.get("tags", [])]
    assert 15 <= len(cells) <= 45
    assert max(len(cell.source.splitlines()) for cell in cells) <= 25


@pytest.mark.parametrize(**names)
def test_prose_is_neither_short_nor_long(source):
    assert 900 <= len(prose(source).split()) <= 2600


@pytest.mark.parametrize(**names)
def test_no_tricks(source):
    code = "\n".join(code_cells(source))
    assert not re.search(r"^\s*[!%]|sys\.path|\bprint\(", code, re.MULTILINE)


@pytest.mark.parametrize(**names)
def test_anatomy(source):
    text, first = prose(source), code_cells(source)[0]
    headings = ["## See", "## Check", "## Measure", "## Break", "## What we saw", "## Exercises", "## Further reading"]
    places = [text.find(heading) for heading in headings]
    assert all(place > 0 for place in places), dict(zip(headings, places, strict=True))
    assert text.startswith(f"# {source.number} · ")
    assert "**You will learn**" in text and "**Before you start**" in text and "RUN_TIME" in text
    assert f'lesson = mm.lesson("{source.number}")' in first
    assert "lesson.findings(" in "\n".join(code_cells(source)) and "lesson.record(" in "\n".join(code_cells(source))
    assert any("check" in cell.metadata.get("tags", []) for cell in source.cells())


@pytest.mark.parametrize(**names)
def test_the_learner_gets_stubs_and_the_solutions_get_solutions(source):
    learner, solved = (source.notebook(solution, seconds=7).cells for solution in (False, True))
    assert [cell.id for cell in learner] == [cell.id for cell in solved]
    exercises = [(a.source, b.source) for a, b in zip(learner, solved, strict=True) if a.source != b.source]
    assert 3 <= len(exercises) <= 5
    for stub, solution in exercises:
        assert "..." in stub and "lesson.check(" in stub and "lesson.check(" in solution
        assert "# stub" not in stub and "# solution" not in solution
    assert "7 seconds" in learner[0].source


def test_an_exercise_cell_must_have_its_three_marks():
    assert exercise_parts("a\n# stub\nb\n# solution\nc\n# end\nd\n") == ("a\nb\n", "a\nc\n", "d\n")
    with pytest.raises(ValueError, match="needs the lines # stub, # solution and # end"):
        exercise_parts("# stub\nb\n# end\n")


def test_unknown_lesson_is_refused():
    with pytest.raises(ValueError, match="there is no lesson 99; there are 00"):
        sources(["99"])
    assert [source.number for source in sources(["6", "00"])] == ["06", "00"]
