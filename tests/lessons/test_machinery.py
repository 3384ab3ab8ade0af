"""Running, building and checking lessons: on small lessons made for the purpose, in folders of their own."""

import shutil
from argparse import Namespace

import nbformat
import pytest

from mmcourse.lessons import build, run
from mmcourse.lessons.session import Lesson
from mmcourse.lessons.source import Source

TEXT = """# %% [markdown]
# # 99 · Toy
# Runs in RUN_TIME.

# %%
value = 6 * 7
value

# %% tags=["exercise"]
# stub
answer = ...
# solution
answer = 42
# end
{True: "right", False: "not yet"}[answer == value]

# %% tags=["check"]
assert value == 42
"""


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A course with one lesson, at tmp_path."""
    (tmp_path / "notebooks" / "src").mkdir(parents=True)
    path = tmp_path / "notebooks" / "src" / "99_toy.py"
    path.write_text(TEXT, encoding="utf-8")
    monkeypatch.setattr(build, "course_file", lambda *parts: tmp_path.joinpath(*parts))
    return Source(path)


def test_build_then_check_then_break(toy):
    build.build(toy)
    assert build.check(toy) == []
    learner, solved = (nbformat.read(toy.built(s), as_version=4) for s in (False, True))
    assert learner.cells[2].outputs[0]["data"]["text/plain"] == "'not yet'"
    assert solved.cells[2].outputs[0]["data"]["text/plain"] == "'right'"
    assert learner.cells[1].outputs == solved.cells[1].outputs
    assert learner.cells[3].metadata.jupyter.source_hidden
    assert "Runs in 1 second" in learner.cells[0].source or "seconds" in learner.cells[0].source
    assert [cell.execution_count for cell in solved.cells[1:]] == [1, 2, 3]

    toy.path.write_text(TEXT.replace("# 99 · Toy", "# 99 · Toys"), encoding="utf-8")  # one word
    assert len(build.check(toy)) == 2 and "99_toy.ipynb is not what 99_toy.py gives" in build.check(toy)[0]
    toy.path.write_text(TEXT, encoding="utf-8")
    assert build.check(toy) == []

    learner.cells[1].source = "value = 42"  # somebody edited the notebook by hand
    nbformat.write(learner, toy.built(False))
    assert len(build.check(toy)) == 1
    toy.built(True).unlink()
    assert "is missing" in build.check(toy)[1]


def test_results_that_a_lesson_no_longer_records_go(toy, tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "99.json").write_text("old", encoding="utf-8")
    build.build(toy)
    assert not (tmp_path / "results" / "99.json").exists()


def test_a_lesson_whose_finding_no_longer_holds_is_not_built(toy, tmp_path):
    toy.path.write_text(TEXT.replace("6 * 7", "6 * 8"), encoding="utf-8")
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "99.json").write_text("old", encoding="utf-8")
    with pytest.raises(ValueError, match=r"99_toy failed, no notebook was written(?s:.*)assert value == 42"):
        build.build(toy)
    assert not toy.built(False).exists() and not list(toy.built(False).parent.glob("*.part"))
    assert (tmp_path / "results" / "99.json").read_text(encoding="utf-8") == "old"


def test_a_notebook_that_is_too_large_is_refused(toy, monkeypatch):
    monkeypatch.setattr(build, "LARGEST", 100)
    with pytest.raises(ValueError, match=r"99_toy is .* bytes as a notebook; at most 100"):
        build.build(toy)
    assert not toy.built(False).exists()


def test_run_says_which_cell_failed_and_exits_with_1(toy, monkeypatch, capsys):
    build.build(toy)
    broken = nbformat.read(toy.built(False), as_version=4)
    broken.cells[1].source = "value = 1 / 0"
    second = Source(toy.path.with_name("98_broken.py"))
    nbformat.write(broken, second.built(False))
    monkeypatch.setattr(run, "sources", lambda numbers: [second, toy])
    assert run.main(Namespace(lessons=[], fast=True)) == 1
    said = capsys.readouterr().out
    assert "98_broken: FAILED" in said and "99_toy: ok" in said
    assert "value = 1 / 0" in said and "ZeroDivisionError" in said and "\x1b" not in said
    monkeypatch.setattr(run, "sources", lambda numbers: [toy])
    assert run.main(Namespace(lessons=["99"], fast=True)) == 0


def test_the_mode_and_the_results_folder_reach_the_kernel(toy, tmp_path):
    code = "import os, pathlib\nassert os.environ['MMCOURSE_FAST'] == '1'\n"
    code += "results = pathlib.Path(os.environ['MMCOURSE_RESULTS']); assert results.is_dir(); str(results)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    with run.scratch_environment(fast=True):
        error, _ = run.execute(notebook)
    assert error is None
    folder = notebook.cells[0].outputs[0]["data"]["text/plain"].strip("'")
    assert not shutil.os.path.exists(folder)


def test_a_dying_kernel_is_a_sentence():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import os\nos._exit(1)")])
    error, _ = run.execute(notebook)
    assert error.startswith("the kernel died")


def test_a_table_is_markdown_with_a_header():
    shown = Lesson("08", True, (0,), "").table(["task", "score"], [["xor", "0.5"], ["mod", "0.25"]])
    assert shown.data.splitlines() == ["| task | score |", "| --- | --- |", "| xor | 0.5 |", "| mod | 0.25 |"]
