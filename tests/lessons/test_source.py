"""Every lesson follows the anatomy and the style of the course; sources become the notebooks they say."""

import re

import pytest

from mmcourse.lessons.source import exercise_parts, sources

LESSONS = sources()
names = {"argnames": "source", "argvalues": LESSONS, "ids": [source.name for source in LESSONS]}


def tagged(source, tag):
    return [cell for cell in source.cells if tag in cell.metadata.get("tags", [])]


def code(source):
    return "\n".join(cell.source for cell in source.cells if cell.cell_type == "code")


def prose(source):
    return "\n".join(cell.source for cell in source.cells if cell.cell_type == "markdown")


@pytest.mark.parametrize(**names)
def test_cells_are_few_and_short_and_the_source_is_not_long(source):
    cells = [c for c in source.cells if c.cell_type == "code" and "check" not in c.metadata.get("tags", [])]
    assert 12 <= len(cells) <= 40
    assert max(len(cell.source.splitlines()) for cell in cells) <= 25
    assert len(source.path.read_text(encoding="utf-8").splitlines()) <= 450


@pytest.mark.parametrize(**names)
def test_prose_is_neither_short_nor_long(source):
    assert 900 <= len(prose(source).split()) <= 2400


@pytest.mark.parametrize(**names)
def test_no_tricks(source):
    assert not re.search(r"^\s*[!%]|sys\.path|\bprint\(|^\s*assert ", code(source), re.MULTILINE)


@pytest.mark.parametrize(**names)
def test_anatomy(source):
    text = prose(source)
    first = next(cell.source for cell in source.cells if cell.cell_type == "code")
    headings = ["## See", "## Measure", "## Break", "## What we saw"]
    headings += ["## In your own notebook", "## Exercises", "## Further reading"]
    places = [text.find(f"\n{heading}") for heading in headings]
    assert all(place > 0 for place in places) and places == sorted(places), dict(zip(headings, places, strict=True))
    assert text.startswith(f"# {source.number} · ")
    for words in ("**You will learn**", "**Before you start**", "READING_TIME", "EXERCISE_TIME", "RUN_TIME"):
        assert words in text
    assert f'lesson = mm.lesson("{source.number}")' in first
    assert "lesson.findings(" in code(source) and "lesson.record(" in code(source)
    assert "lesson.scoreboard()" in "".join(cell.source for cell in tagged(source, "scoreboard"))
    assert "plots.diagram(" in code(source), "draw the model before it is trained"
    assert 3 <= len(tagged(source, "exercise")) <= 5 and source.minutes()["exercises"] > 0


@pytest.mark.parametrize(**names)
def test_claims_are_stated_in_hidden_cells_and_looked_at_last(source):
    hidden = tagged(source, "check")
    assert sum(cell.source.count("lesson.claims()") for cell in hidden) == 1
    assert hidden[-1].source.rstrip().endswith("lesson.claims()")
    assert sum(cell.source.count("lesson.claim(") for cell in hidden) >= 3
    assert code(source).count("lesson.claim") == sum(cell.source.count("lesson.claim") for cell in hidden)


@pytest.mark.parametrize(**names)
def test_its_one_thing_runs_in_plain_keras_in_a_notebook_of_the_readers_own(source):
    (cell,) = tagged(source, "own")
    lines = [line for line in cell.source.splitlines() if line.strip() and not line.startswith("#")]
    assert 5 <= len(lines) <= 14 and "mmcourse" not in cell.source and "mm." not in cell.source
    exec(compile(cell.source, source.name, "exec"), {})


@pytest.mark.parametrize(**names)
def test_the_learner_gets_stubs_and_the_solutions_get_solutions(source):
    learner, solved = (source.notebook(solution, seconds=7).cells for solution in (False, True))
    assert [cell.id for cell in learner] == [cell.id for cell in solved]
    exercises = [(a.source, b.source) for a, b in zip(learner, solved, strict=True) if a.source != b.source]
    assert len(exercises) == len(tagged(source, "exercise"))
    for stub, solution in exercises:
        assert "..." in stub and "lesson.check(" in stub and "lesson.check(" in solution
        assert "# stub" not in stub and "# solution" not in solution
    assert "7 seconds" in learner[0].source and f"{source.minutes()['exercises']} minutes" in learner[0].source


def test_an_exercise_cell_must_have_its_three_marks():
    assert exercise_parts("a\n# stub\nb\n# solution\nc\n# end\nd\n") == ("a\nb\n", "a\nc\n", "d\n")
    with pytest.raises(ValueError, match="needs the lines # stub, # solution and # end"):
        exercise_parts("# stub\nb\n# end\n")
