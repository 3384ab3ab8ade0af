"""The scoreboard: what is recorded comes back, a learner's runs stay apart, the README shows just this."""

import json
import math

import matplotlib.pyplot as plt
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
    assert rows[0]["seconds"] is None and rows[0]["ceiling"] is None and rows[0]["test_samples"] == 50
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


def row(lesson: str, data: str, score: float, baseline: float, ceiling: float | None) -> dict:
    facts = {"baseline": baseline, "ceiling": ceiling}
    return {"lesson": lesson, "data": data, "method": "sum", "scores": {"0": score}, **facts}


def test_the_course_figure_has_ours_and_the_learners():
    ours, own = row("06", "digits", 0.5, 0.1, None), row("06", "digits", 0.25, 0.1, None)
    assert "06 digits: sum 0.500" in plots.course([ours], []).alt
    assert "crosses" in plots.course([ours], [own]).alt
    assert "0.250" in plots.course([], [own]).alt
    more = plots.course([ours], [row("07", "mine", 0.75, 0.2, None)]).alt
    assert "06 digits: sum 0.500" in more and "07 mine: sum 0.750" in more
    with pytest.raises(ValueError, match="scoreboard is empty"):
        plots.course([], [])


def test_every_data_set_has_its_own_baseline_and_ceiling(monkeypatch):
    drawn = []

    def look(figure, alt, sounds=None):
        drawn.extend((line.get_linestyle(), list(line.get_xdata())) for line in figure.axes[0].lines)
        plt.close(figure)

    monkeypatch.setattr("mmcourse.plots.bars.Figure.of", look)
    plots.course([row("06", "digits", 0.5, 0.1, None), row("08", "xor", 0.8, 0.52, 0.82)], [])
    assert [x for style, x in drawn if style == "--" and x] == [[0.1, 0.1], [0.52, 0.52]]
    assert [x for style, x in drawn if style == ":" and x] == [[0.82, 0.82]]


def test_a_record_without_its_baseline_is_refused():
    with pytest.raises(TypeError, match="baseline"):
        scoreboard.record("06", "sum", "digits", {0: 0.5}, fast=False, parameters=1, test_samples=1)


def test_trainings_that_were_timed_are_recorded_with_their_mean(monkeypatch):
    from mmcourse.lessons import session

    clock = iter([0.0, 1.0, 5.0, 8.0])
    monkeypatch.setattr(session.time, "perf_counter", lambda: next(clock))
    lesson = session.Lesson("06", True, (0, 1), "")
    for _ in lesson.seeds:
        with lesson.timed("sum"):
            pass
    lesson.record("sum", "digits", {0: 0.5, 1: 0.7}, **FACTS)
    lesson.record("concat", "digits", {0: 0.5}, **FACTS)
    timed, untimed = scoreboard.own_rows()
    assert (timed["seconds"], untimed["seconds"]) == (2.0, None)
