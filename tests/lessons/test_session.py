"""A lesson's own calls: methods by key, scores over seeds, rows that know their facts, claims in one line."""

import pytest

from mmcourse.evaluation import Method, Scores
from mmcourse.lessons import scoreboard, session
from mmcourse.lessons.session import Lesson
from mmcourse.lessons.source import sources
from tests.toys import toy_set


class Model:
    def count_params(self):
        return 12


@pytest.fixture
def lesson():
    return Lesson(sources()[0], True, (0, 1), "")


def test_a_row_reads_its_facts_from_model_and_data(lesson):
    fused = lesson.method("fused", "fused, by sum")
    data = toy_set()
    lesson.record(fused, Scores({0: 0.5, 1: 0.7}), [Model(), Model()], data)
    (row,) = scoreboard.own_rows([lesson.number])
    facts = {"key": "fused", "method": "fused, by sum", "modality": None, "data": "toy", "parameters": 24}
    facts |= {"scores": {"0": 0.5, "1": 0.7}, "test_samples": 60, "baseline": round(data.baseline(), 4)}
    assert facts.items() <= row.items() and row["ceiling"] is None and row["seconds"] is None and row["fast"]
    lesson.record(fused, Scores({0: 0.6, 1: 0.8}), Model(), data)
    (row,) = scoreboard.own_rows([lesson.number])
    assert row["scores"] == {"0": 0.6, "1": 0.8} and row["parameters"] == 12


def test_a_misspelled_method_is_an_error(lesson):
    image = lesson.method("image", "image alone", modality="image")
    assert image.modality == "image" and lesson.method("image", "image alone", modality="image") is image
    for wrong in ("image", Method("image", key="image"), Method("audio alone", key="audio")):
        with pytest.raises(ValueError, match=r"is no method of this lesson; lesson.method named image \(image alone\)"):
            lesson.record(wrong, Scores({0: 0.5}), Model(), toy_set())
        with pytest.raises(ValueError, match="is no method of this lesson"), lesson.timed(wrong):
            pass
    with pytest.raises(ValueError, match="is 'image alone' already"):
        lesson.method("image", "the image")


def test_trainings_that_were_timed_are_recorded_with_their_mean(lesson, monkeypatch):
    clock = iter([0.0, 1.0, 5.0, 8.0])
    fused = lesson.method("fused", "fused")
    with monkeypatch.context() as patch:
        patch.setattr(session.time, "perf_counter", lambda: next(clock))
        for _ in lesson.seeds:
            with lesson.timed(fused):
                pass
    lesson.record(fused, Scores({0: 0.5}), Model(), toy_set())
    assert scoreboard.own_rows([lesson.number])[0]["seconds"] == 2.0


def test_over_seeds_gives_scores_by_name(lesson):
    assert dict(lesson.over_seeds(lambda seed: seed / 2)) == {0: 0.0, 1: 0.5}
    found = lesson.over_seeds(lambda seed: {"a": seed, "b": 1.0})
    assert dict(found["a"]) == {0: 0.0, 1: 1.0} and found["b"].mean == 1.0


def test_claims_are_one_line_and_all_are_looked_at(lesson):
    lesson.claim("two is two", 2, equal=2)
    lesson.claim("one is large", Scores({0: 1, 1: 1}), above=5)
    lesson.claim("one is larger", Scores({0: 1, 1: 1}), above=7)
    told = repr(lesson.claims())
    assert told.startswith("1 of 3 claims hold on your run: one is large: should be above 5.0, is 1; one is larger")
    kept = scoreboard.own(lesson.number)["claims"]
    assert [bool(claim["fault"]) for claim in kept] == [False, True, True]
    with pytest.raises(ValueError, match="claims 'two is two' twice"):
        lesson.claim("two is two", 2, equal=2)


def test_seeds_from_outside(monkeypatch):
    monkeypatch.setenv("MMCOURSE_SEEDS", "11,12")
    assert session._seeds_asked() == (11, 12)
    for text in ("a", "1,1", "-1"):
        monkeypatch.setenv("MMCOURSE_SEEDS", text)
        with pytest.raises(ValueError, match="MMCOURSE_SEEDS holds different whole numbers"):
            session._seeds_asked()


def test_a_table_is_markdown_with_a_header(lesson):
    shown = lesson.table(["task", "score"], [["xor", "0.5"], ["mod", "0.25"]])
    assert shown.data.splitlines() == ["| task | score |", "| --- | --- |", "| xor | 0.5 |", "| mod | 0.25 |"]
