"""The scoreboard: what is recorded comes back, a learner's runs stay apart, the README shows just this."""

import json
import math

import pytest

from mmcourse import plots
from mmcourse.files import course_file
from mmcourse.lessons import scoreboard

FACTS = {"baseline": 0.1, "ceiling": None, "parameters": 12, "test_samples": 50}


def test_a_result_is_recorded_and_replaced(tmp_path):
    scoreboard.record("06", "sum", "digits", {0: 0.5, 1: 0.7}, fast=False, **FACTS)
    scoreboard.record("06", "concat", "digits", {0: 0.4, 1: 0.4}, fast=False, **FACTS)
    scoreboard.record("06", "sum", "digits", {0: 0.6, 1: 0.8}, fast=False, **FACTS)
    rows = scoreboard.own_rows()
    assert [(row["lesson"], row["method"]) for row in rows] == [("06", "concat"), ("06", "sum")]
    assert rows[1]["scores"] == {"0": 0.6, "1": 0.8} and rows[1]["parameters"] == 12
    versions = json.loads((tmp_path / "my-results" / "06.json").read_text())["versions"]
    assert {"python", "mmcourse", "keras", "tensorflow", "numpy"} == set(versions)
    table = scoreboard.table(tmp_path / "my-results")
    assert "| 06 | digits | sum | 0.700 ± 0.141 | 2 | 0.100 | not known | 12 |" in table


def test_summary_is_mean_and_sample_deviation():
    mean, spread = scoreboard.summary({"0": 0.6, "1": 0.8})
    assert (mean, spread) == (pytest.approx(0.7), pytest.approx(math.sqrt(0.02)))
    assert math.isnan(scoreboard.summary({"0": 0.6})[1])


def test_the_readme_shows_what_results_holds():
    text = course_file("README.md").read_text(encoding="utf-8")
    assert scoreboard.put_into(text) == text
    assert scoreboard.rows(), "no results are committed"


def test_committed_results_are_full_runs_with_spread():
    for row in scoreboard.rows():
        assert not row["fast"] and len(row["scores"]) >= 3, row["method"]
        assert row["baseline"] is not None


def test_the_course_figure_has_ours_and_the_learners():
    ours = [{"lesson": "06", "data": "digits", "method": "sum", "scores": {"0": 0.5}, "baseline": 0.1}]
    own = [{"lesson": "06", "data": "digits", "method": "sum", "scores": {"0": 0.25}, "baseline": 0.1}]
    assert "0.500" in plots.course(ours, []).alt
    assert "crosses" in plots.course(ours, own).alt
    assert "0.250" in plots.course([], own).alt
    with pytest.raises(ValueError, match="scoreboard is empty"):
        plots.course([], [])
