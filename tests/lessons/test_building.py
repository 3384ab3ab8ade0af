"""Building, checking and refreshing notebooks, on a course made for the purpose."""

import json
from argparse import Namespace

import nbformat
import pytest

from mmcourse.lessons import build, scoreboard
from mmcourse.lessons.solved import whole
from tests.lessons import toy

ARGS = {"lessons": [], "check": False, "pages": False, "jobs": None}


def run(**options) -> int:
    return build.main(Namespace(**{**ARGS, **options}))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The files of a course that has been built, as bytes by name: building takes a kernel, so it is done once."""
    root = tmp_path_factory.mktemp("built")
    toy.course(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMCOURSE_COURSE", str(root))
        patch.setenv("PYTHONPATH", str(toy.Path(__file__).parents[2]))
        assert run() == 0
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def course(course, built):
    for name, content in built.items():
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_bytes(content)
    return course


def notebook(course, solution=False):
    return nbformat.read(course / "notebooks" / ("solutions" if solution else "") / "99_toy.ipynb", as_version=4)


def test_both_notebooks_and_every_page_come_from_the_folder(course, capsys):
    learner, solved = notebook(course), notebook(course, solution=True)
    assert learner.cells[1].outputs and not solved.cells[1].outputs  # kept once
    shown = nbformat.reads(json.dumps(whole(course / "notebooks/solutions/99_toy.ipynb")), as_version=4)
    assert shown.cells[1].outputs == learner.cells[1].outputs
    assert learner.cells[3].outputs[0]["data"]["text/plain"].startswith("Not yet: there is no answer yet")
    assert solved.cells[3].outputs[0]["data"]["text/plain"] == "Right: it is the answer."
    assert "5 minutes of exercises" in learner.cells[0].source and "seconds" in learner.cells[0].source
    assert learner.cells[-1].metadata.jupyter.source_hidden
    assert learner.cells[-1].outputs[0]["data"]["text/plain"].startswith("2 of 2 claims hold")
    results = json.loads((course / "notebooks/src/99_toy/results.json").read_text())
    assert [row["key"] for row in results["rows"]] == ["sum"] and results["rows"][0]["parameters"] == 12
    assert "[99 · toy](notebooks/99_toy.ipynb) | six times seven |" in (course / "README.md").read_text()
    assert "| 99 | toy | the sum | 0.510 ± 0.010 | 3 |" in (course / "results" / "README.md").read_text()
    assert run(check=True) == 0 and "1 lessons: every notebook" in capsys.readouterr().out


def test_the_scoreboard_is_drawn_when_all_results_are_known(course):
    (figure,) = notebook(course).cells[5].outputs
    assert "image/png" in figure["data"] and "99 toy, the sum 0.510" in figure["metadata"]["image/png"]["alt"]


def test_an_edited_source_notebook_or_exercise_is_named(course, capsys):
    path = course / "notebooks" / "src" / "99_toy" / "exercises.py"
    path.write_text(path.read_text().replace("seven times", "times seven"))
    assert run(check=True) == 1
    assert "notebooks/99_toy.ipynb is not what 99_toy gives: run `mmcourse build 99`" in capsys.readouterr().out
    path.write_text(toy.EXERCISES)
    edited = notebook(course)
    edited.cells[1].source = "value = 42"
    nbformat.write(edited, course / "notebooks" / "99_toy.ipynb")
    (course / "notebooks" / "solutions" / "99_toy.ipynb").unlink()
    assert run(check=True) == 1
    said = capsys.readouterr().out
    assert "notebooks/99_toy.ipynb is not what" in said and "solutions/99_toy.ipynb is missing" in said


def test_a_changed_score_names_the_lessons_that_show_it(course, capsys):
    toy.course(course, toy.LESSON, "98")  # an earlier lesson that has results, and a later one that shows its best row
    (folder,) = (course / "notebooks" / "src").glob("98_toy")
    results = json.loads((course / "notebooks/src/99_toy/results.json").read_text())
    results["lesson"] = "98"
    worse = results["rows"][0] | {"key": "worse", "method": "worse", "scores": {"0": 0.4, "1": 0.4, "2": 0.4}}
    results["rows"].append(worse)
    (folder / "results.json").write_text(json.dumps(results))
    run(pages=True)
    assert "98 toy, the sum 0.510" in notebook(course).cells[5].outputs[0]["metadata"]["image/png"]["alt"]
    assert build.check(toy.source("99")) == []

    def change(row: int, score: float) -> list[str]:
        results["rows"][row]["scores"]["0"] = score
        (folder / "results.json").write_text(json.dumps(results))
        return build.check(toy.source("99"))

    assert change(1, 0.41) == []  # 99 shows the best row of 98 only
    assert "shows results that have changed" in change(0, 0.7)[0] and len(change(0, 0.7)) == 2
    before = notebook(course)
    run(pages=True)
    after = notebook(course)
    assert build.check(toy.source("99")) == []
    changed = [i for i, cells in enumerate(zip(before.cells, after.cells, strict=True)) if cells[0] != cells[1]]
    assert changed == [5]


def test_margins_of_unchanged_claims_survive_a_build(course):
    path = course / "notebooks/src/99_toy/results.json"
    results = json.loads(path.read_text())
    exact, measured = results["claims"]
    assert exact["margin"] is None and measured["fault"] == "run `mmcourse claims`"
    results["claims"][1] = {**measured, "margin": 6.5, "spread": 0.01, "seeds": 9}
    path.write_text(json.dumps(results))
    lesson = course / "notebooks/src/99_toy/lesson.py"
    lesson.write_text(lesson.read_text().replace("is 42", "is forty-two"))
    assert run() == 0
    exact, measured = json.loads(path.read_text())["claims"]
    assert exact["sentence"].endswith("forty-two") and measured["margin"] == 6.5


def test_a_lesson_that_fails_leaves_all_as_it_was(course, capsys):
    lesson, results = (course / "notebooks/src/99_toy" / name for name in ("lesson.py", "results.json"))
    kept = {path: path.read_bytes() for path in (results, course / "notebooks" / "99_toy.ipynb")}
    lesson.write_text(lesson.read_text().replace("6 * 7", "6 * 8"))
    assert run() == 1
    assert "99_toy was not built: 1 of 2 claims do not hold\n  six times seven is 42" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in kept} == kept and not list(course.rglob("*.part"))


def test_a_notebook_that_is_too_large_is_refused(course, monkeypatch):
    monkeypatch.setattr(build, "LARGEST", 100)
    with pytest.raises(ValueError, match=r"99_toy is .* bytes as a notebook; at most 100"):
        build._bytes(toy.source(), notebook(course))


def test_damaged_results_are_one_sentence(course):
    path = course / "notebooks/src/99_toy/results.json"
    path.write_text("{")
    with pytest.raises(ValueError, match=r"results.json is damaged: delete it"):
        scoreboard.committed()
