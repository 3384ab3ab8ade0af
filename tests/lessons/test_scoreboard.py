"""The scoreboard: what was recorded comes back, the best row is chosen fairly, the pages show just this."""

import matplotlib.pyplot as plt
import pytest

from mmcourse import plots
from mmcourse.lessons import build, pages, scoreboard
from mmcourse.lessons.source import sources


def row(lesson: str, data: str, score: float, baseline: float, ceiling: float | None = None, **more) -> dict:
    facts = {"key": "sum", "method": "the sum", "modality": None, "baseline": baseline, "ceiling": ceiling}
    return {"lesson": lesson, "data": data, "scores": {"0": score}, "parameters": 12, **facts, **more}


def test_the_best_row_is_nearest_to_what_can_be_reached():
    xor, easy = row("05", "xor", 0.80, 0.5, 0.82), row("05", "redundant", 0.90, 0.25, 0.97)
    assert scoreboard.best([easy, xor]) is xor  # .94 of its way against .90
    hopeless = row("05", "xor, one modality", 0.504, 0.5, 0.5)  # luck above a ceiling that is the majority
    assert scoreboard.best([hopeless, easy]) is easy
    unknown = row("05", "digits", 0.84, 0.1)
    assert scoreboard.best([unknown, easy]) is easy and scoreboard.best([]) is None


def test_the_table_has_every_fact():
    line = scoreboard.table([row("06", "digits", 0.7, 0.1, scores={"0": 0.6, "1": 0.8})]).splitlines()[-1]
    assert line == "| 06 | digits | the sum | 0.700 ± 0.141 | 2 | 0.100 | not known | 12 |"


def test_the_figure_has_ours_and_crosses_where_the_learner_ran_the_same():
    ours, own = row("06", "digits", 0.5, 0.1), row("06", "digits", 0.25, 0.1)
    assert "06 digits, the sum 0.500" in plots.course([ours], []).alt
    assert "crosses" in plots.course([ours], [own]).alt
    assert "crosses" not in plots.course([ours], [row("07", "mine", 0.75, 0.2)]).alt
    with pytest.raises(ValueError, match="scoreboard is empty"):
        plots.course([], [])


def test_every_row_has_its_own_baseline_and_ceiling(monkeypatch):
    drawn, named = [], []

    def look(figure, alt, sounds=None):
        drawn.extend((line.get_linestyle(), list(line.get_xdata())) for line in figure.axes[0].lines)
        named.append([text.get_text() for text in figure.axes[0].get_legend().get_texts()])
        plt.close(figure)

    monkeypatch.setattr("mmcourse.plots.bars.Figure.of", look)
    plots.course([row("06", "digits", 0.5, 0.1), row("08", "xor", 0.8, 0.52, 0.82)], [])
    assert [x for style, x in drawn if style == "--" and x] == [[0.1, 0.1], [0.52, 0.52]]
    assert [x for style, x in drawn if style == ":" and x] == [[0.82, 0.82]]
    plots.course([row("06", "digits", 0.5, 0.1)], [])
    assert named == [["majority class", "ceiling, where known"], ["majority class"]]


def test_a_row_with_an_interval_shows_it(monkeypatch):
    drawn, named = [], []

    def look(figure, alt, sounds=None):
        drawn.extend(list(line.get_xdata()) for line in figure.axes[0].lines)
        named.append(figure.axes[0].get_xlabel())
        plt.close(figure)

    monkeypatch.setattr("mmcourse.plots.bars.Figure.of", look)
    plots.course([row("play", "find", 0.9, 0.25, 1.0, interval=[0.7, 0.97])], [])
    assert [0.7, 0.97] in drawn and "interval" in named[0]
    plots.course([row("play", "find", 0.9, 0.25, 1.0)], [])
    assert "interval" not in named[1]


def test_the_pages_show_what_the_results_hold():
    assert pages.faults() == []


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_notebooks_are_what_their_sources_and_results_give(source):
    assert build.check(source) == []


def test_committed_results_are_full_runs_with_spread():
    rows = scoreboard.committed()
    assert {row["lesson"] for row in rows} == {source.number for source in sources()}
    for row in rows:
        assert not row["fast"] and len(row["scores"]) >= 3 and row["baseline"] is not None, row["method"]


def test_a_column_has_every_row_of_one_set_and_the_digest_knows_it(monkeypatch):
    rows = [row("06", "emoji", 0.5, 0.2), row("06", "digits", 0.5, 0.1), row("11", "emoji", 0.6, 0.2)]
    rows += [row("17", "emoji", 0.7, 0.2)]
    monkeypatch.setattr(scoreboard, "committed", lambda number=None: [r for r in rows if number in (None, r["lesson"])])
    assert scoreboard.shown("11", "emoji") == [rows[0], rows[2]]
    assert scoreboard.asked('lesson.scoreboard("emoji")') == "emoji" and scoreboard.asked("lesson.scoreboard()") is None
    before = scoreboard.digest("13"), scoreboard.digest("11")
    rows.insert(0, row("05", "emoji", 0.1, 0.2))  # not the best of its lesson's rows where another is added
    rows.insert(0, row("05", "digits", 0.9, 0.1))
    now = scoreboard.digest("13"), scoreboard.digest("11")
    rows[1]["scores"] = {"0": 0.11}
    assert scoreboard.digest("13") != now[0] != before[0] and scoreboard.digest("11") == now[1] != before[1]
