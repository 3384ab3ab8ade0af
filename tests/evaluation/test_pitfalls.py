"""Each pitfall by its number: it is found in its trigger, not in what looks like it, and never in a healthy model."""

import doctest
import html
import json
import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import mmcourse as mm
from mmcourse.data.symbols import task_world
from mmcourse.evaluation import PITFALLS, Score
from mmcourse.evaluation.asking import with_reordered
from mmcourse.evaluation.leaks import rows_of
from mmcourse.evaluation.statistics import share
from mmcourse.files import course_file
from mmcourse.lessons.course import entries
from tests.evaluation.rules import Says, films, healthy, near_misses, triggers
from tests.evaluation.worlds import world
from tests.toys import Reader, toy_set

SEEDS = range(3)
HEALTHY = ("best", "product", "one tells", "missing", "order", "three", "groups", "weak", "learned", "few")


@cache
def met(column: str, case: str, seed: int):
    """What `check` finds in a healthy model (column and case are its name), a trigger or a near miss (a number)."""
    cases = {"trigger": triggers, "near miss": near_misses}.get(column, healthy)(seed)
    model, data, options = cases[case]
    return mm.evaluation.check(model, data, **options)


@pytest.mark.parametrize("column", ["trigger", "near miss", *HEALTHY])
@pytest.mark.parametrize("number", PITFALLS)
def test_pitfall(number, column, record_property):
    """Printed as a table after the run."""
    case = column if column in HEALTHY else number
    fired = [number in met(column, case, seed).numbers for seed in SEEDS]
    record_property("cell", f"{sum(fired)} of {len(fired)}")
    assert all(fired) if column == "trigger" else not any(fired)


@pytest.mark.parametrize("number", PITFALLS)
def test_a_finding_says_all_there_is_to_say(number):
    found = met("trigger", number, 0)
    (finding,) = [each for each in found if each.number == number]
    assert str(finding).startswith(f"{number} ") and finding.pitfall is PITFALLS[number]
    assert all(figure.low <= figure.high for figure in finding.figures.values())
    assert finding.figures or number == "MM007", "only what is exact rests on no interval"
    shown = str(found)
    assert f"{number} {finding.pitfall.name}" in shown and finding.pitfall.remedy in shown
    assert f'PITFALLS["{number}"]' in html.unescape(found._repr_html_()) and str(finding) in shown
    assert json.loads(found.to_json())["found"][0]["sentence"] == found.found[0].sentence


def test_the_modality_is_named():
    expected = {"MM003": "text", "MM005": "image", "MM007": "text", "MM010": "film"}
    for number, modality in expected.items():
        assert modality in [each.modality for each in met("trigger", number, 0) if each.number == number]


def test_check_is_the_report_without_the_rest():
    model, data, options = triggers(0)["MM005"]
    report = mm.evaluation.report(model, data, **options)
    found = mm.evaluation.check(model, data, **options)
    assert found.found == report.findings and len(found) == len(found.numbers) > 0
    assert set(map(str, found)) < set(report.verdict)
    assert "no pitfall was met" in str(met("best", "best", 0))


def test_numbers_are_for_ever_and_each_has_a_page():
    names = "one answer|majority class|ignores|ceiling|modality does|product|copies|splits|presence|order|mixed|added"
    assert list(PITFALLS) == [f"MM{i:03}" for i in range(1, 13)]
    lessons = {entry.number for entry in entries()}
    for pitfall, word in zip(PITFALLS.values(), names.split("|"), strict=True):
        assert word in pitfall.name
        page = pitfall.page.read_text(encoding="utf-8")
        assert page.startswith(f"# {pitfall.number} {pitfall.name}\n") and page.count("\n") <= 45
        assert re.findall("^## (.*)$", page, re.M) == ["Cause", "How to see it", "How to mend it", "An example"]
        assert page == str(pitfall) == pitfall._repr_markdown_()
        taught = re.findall(r"\b(\d\d) \(", page.splitlines()[-1])
        assert taught and set(taught) <= lessons
        assert set(re.findall(r"MM\d+", page)) <= set(PITFALLS)
    assert len(list(course_file("data", "pitfalls").iterdir())) == len(PITFALLS)


@pytest.mark.parametrize("number", PITFALLS)
def test_the_example_of_a_page_falls_into_it(number):
    code = re.search(r"```pycon\n(.*)```", str(PITFALLS[number]), re.DOTALL)[1]
    test = doctest.DocTestParser().get_doctest(code, {}, number, None, 0)
    said = []
    assert not doctest.DocTestRunner(verbose=False).run(test, out=said.append).failed, "".join(said)
    assert number in test.examples[-1].want and ".check(" in test.examples[-1].source


def test_a_report_says_where_to_read_on():
    model, data, options = triggers(0)["MM003"]
    assert 'mm.evaluation.PITFALLS["MM003"]' in str(mm.evaluation.report(model, data, **options))
    model, data, options = healthy(0)["best"]
    assert "PITFALLS" not in str(mm.evaluation.report(model, data, **options))


def test_a_worse_view_in_the_same_code_is_no_mix_up():
    """To give it a copy of the better one helps, and says nothing about the training."""
    y = np.arange(1500) % 3
    noise = np.random.default_rng(0).normal(size=(2, 1500, 3))
    views = {"image": np.eye(3)[y] + 0.6 * noise[0], "text": np.eye(3)[y] + 1.8 * noise[1]}
    report = mm.evaluation.report(Says(lambda x: x["image"] + x["text"]), mm.data.from_arrays(views, y))
    assert report.row("copied", "text").gain.p < 0.001 and report.row("copied", "text").gain.difference > 0.05
    assert [each.number for each in report.findings] == ["MM005"] and "given a copy" not in str(report)


@pytest.mark.filterwarnings("ignore:your own")  # that texts repeat themselves
def test_what_another_order_leaves_as_it_is_tells_nothing_about_order():
    y = np.arange(600) % 3
    words = np.array(["red", "green", "blue"])

    def reads(x):
        return np.stack([np.char.startswith(x["text"], word) for word in words], axis=1).astype(float)

    for texts, moved in ((words[y], 0), (np.where(np.arange(600) % 20, words[y], "a b c d e"), 0.05)):
        report = mm.evaluation.report(
            Says(reads), mm.data.from_arrays({"text": texts, "row": np.arange(600.0)[:, None]}, y), ordered=["text"]
        )
        assert report.moved["text"] == pytest.approx(moved, abs=0.04)
        assert "MM010" not in str(report) and "not shown to need the order of text" in str(report)


def test_of_what_is_always_the_same_the_report_says_so():
    data = world("redundant")
    empty = data.map_splits(lambda s: replace(s, x={**s.x, "text": np.zeros_like(s.x["text"])}))
    said = str(mm.evaluation.report(Reader("image"), empty))
    assert "MM003 ignores text, as any model must: it is the same in every sample of test" in said
    assert "unconnected" not in said


def test_samples_are_equal_modality_by_modality():
    texts = {"a": np.array(["ab", "a"]), "b": np.array(["c", "bc"])}
    assert len(set(rows_of(mm.Split(texts, np.zeros(2, int))))) == 2


def test_of_few_samples_nothing_is_said_to_be_never():
    data = toy_set(60, world=None)
    for model in (Reader("a"), Says(lambda x: np.eye(3)[np.zeros(len(x["a"]), int)])):
        report = mm.evaluation.report(model, data)
        assert not report.findings
        assert "ignores b" in str(report) or "always gives the same answer" in str(report)


def test_a_group_in_two_splits_is_refused_by_its_number():
    data = toy_set()
    with pytest.raises(ValueError, match=r"group 0 is in both 'train' and 'test'.*\(MM008\)"):
        replace(data, test=data.train)


def test_samples_that_were_all_seen_are_no_test():
    data = world("redundant")
    found = mm.evaluation.check(healthy(0)["best"][0], replace(data, test=data.train.take(np.arange(200))))
    assert found.numbers == ("MM008",) and "200 of 200 samples of test stand in train too: " in str(found)


def test_a_stricter_interval_is_wider():
    right = np.arange(200) < 150
    for group in (None, np.arange(200) % 20):
        usual, strict = share(right, group), share(right, group, 0.004)
        assert strict.low < usual.low and usual.high < strict.high and isinstance(strict, Score)


@pytest.mark.parametrize(("task", "expected"), [("redundant", 0.97), ("unique", 0.85), ("complementary", 0.7225),
                                                ("xor", 0.5), ("mod", 0.25), ("match", 0.5)])  # fmt: skip
def test_the_best_sum_in_closed_form(task, expected):
    """4 symbols, erasures of .2: the ceiling where evidence adds up; a guess where neither modality tells anything."""
    both = task_world(task, 4, {"image": 0.2, "text": 0.2})
    assert both.best_sum() == pytest.approx(expected, abs=1e-6)
    assert both.best_sum("image") == pytest.approx(both.ceiling("image"), abs=1e-6)


def test_the_best_sum_of_as_many_classes_as_there_are_cells():
    assert task_world("complementary", 8, {"image": 0.0, "text": 0.0}).best_sum() == pytest.approx(1)


def test_another_order_keeps_what_is_there():
    texts = mm.Split({"text": np.array(["a b c d e f g h", "", "one"])}, np.zeros(3, int))
    mixed = with_reordered(texts, "text", 0).x["text"]
    assert [sorted(text.split()) for text in mixed] == [sorted(text.split()) for text in texts.x["text"]]
    assert mixed[0] != texts.x["text"][0]
    ids = mm.Split({"text": np.array([[5, 6, 7, 8, 9, 0, 0], [4, 0, 0, 0, 0, 0, 0]])}, np.zeros(2, int))
    mixed = with_reordered(ids, "text", 0).x["text"]
    assert sorted(mixed[0, :5]) == [5, 6, 7, 8, 9] and (mixed[:, 5:] == 0).all() and mixed[1, 0] == 4
    film = films(0).test
    mixed = with_reordered(film, "film", 0).x["film"]
    assert (mixed != film.x["film"]).any() and np.allclose(mixed.sum(axis=1), film.x["film"].sum(axis=1), atol=1e-5)


def test_what_has_no_order_cannot_be_given_another():
    with pytest.raises(ValueError, match=r"'image' has no order: expected texts, word ids or \(N, T, ...\), got"):
        mm.evaluation.check(Reader("image"), world("redundant"), ordered=["image"])
    with pytest.raises(ValueError, match="has the modalities image, text; got film"):
        mm.evaluation.check(Reader("image"), world("redundant"), ordered=["film"])
