"""A finding that holds only for the seeds it was written with is luck: lesson 06 on three other seeds."""

import nbformat
import pytest

from mmcourse.lessons import run
from mmcourse.lessons.source import sources


@pytest.mark.parametrize("number", ["06"])
def test_the_findings_hold_on_other_seeds(number, monkeypatch):
    notebook = nbformat.read(sources([number])[0].built(solution=False), as_version=4)
    monkeypatch.setenv("MMCOURSE_SEEDS", "11,12,13")
    with run.scratch_environment(fast=False):
        error, _ = run.execute(notebook)
    assert error is None, error
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert "seeds 11, 12, 13" in first.outputs[-1]["data"]["text/plain"]
