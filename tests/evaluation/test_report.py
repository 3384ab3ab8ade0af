"""The report: every row counted another way, shown as table, text and JSON."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import keras
import numpy as np
import pytest

import mmcourse as mm
from tests.evaluation.worlds import alone, healthy, strict, world
from tests.toys import Reader, toy_set


def accuracy(model, x, y) -> float:
    return float(np.mean(model.predict(x, verbose=0).argmax(axis=1) == y))


def test_every_row_is_what_it_says():
    data, model = world("redundant"), strict()
    report = mm.evaluation.report(model, data, alone={"image": alone("redundant", "image")}, seed=3)
    x, y = data.test.x, data.test.y
    rows = np.random.default_rng(3).permutation(len(y))
    mean = {name: np.repeat(data.train.x[name].mean(axis=0, keepdims=True), len(y), axis=0) for name in x}
    expected = {
        ("majority", None): data.baseline(),
        ("fused", None): accuracy(model, x, y),
        ("alone", "image"): accuracy(alone("redundant", "image"), {"image": x["image"]}, y),
        ("alone", "text"): accuracy(model, {"image": mean["image"], "text": x["text"]}, y),
        ("shuffled", "text"): accuracy(model, {"image": x["image"], "text": x["text"][rows]}, y),
        ("dropped", "image"): accuracy(model, {"image": mean["image"], "text": x["text"]}, y),
    }
    assert {key: report.row(*key).score.value for key in expected} == pytest.approx(expected)
    assert report.alone == {"image": "own model", "text": "the fused model, the others at their mean"}
    assert report.share == pytest.approx(report.row("fused").score.value / data.ceiling())
    gain = mm.evaluation.paired(alone("redundant", "image"), model, data)
    assert report.row("alone", "image").gain == gain and gain.difference < 0


def test_a_model_that_may_miss_is_asked_with_the_others_absent():
    data = world("redundant")
    model = strict(allow_missing=True)
    report = mm.evaluation.report(model, data)
    assert report.row("alone", "text").score.value == accuracy(model, {"text": data.test.x["text"]}, data.test.y)
    assert set(report.alone.values()) == {"the fused model, the others absent"}


def test_models_alone_may_take_an_array():
    data = world("redundant")
    plain = keras.Sequential([keras.layers.Dense(4)])
    image = keras.Input((16,))
    functional = keras.Model(image, plain(image))
    said = [mm.evaluation.report(healthy("redundant"), data, alone={"image": m}) for m in (plain, functional)]
    right = accuracy(plain, data.test.x["image"], data.test.y)
    assert [report.row("alone", "image").score.value for report in said] == [right, right]


def test_groups_and_repeated_rows_are_told():
    data = toy_set()
    report = mm.evaluation.report(Reader("a"), data)
    assert "60 samples in 2 groups" in str(report) and report.row("fused").score.groups == 2
    twice = replace(data, test=data.test.take(np.repeat(np.arange(30), 2)))
    assert "60 samples in 2 groups, 30 of them distinct" in mm.evaluation.report(Reader("a"), twice).title()


def test_it_shows_itself_everywhere():
    class Reading(HTMLParser):
        texts = ()
        tags = ()

        def handle_starttag(self, tag, attrs):
            self.tags += (tag,)
            assert "color" not in dict(attrs).get("style", ""), "colours of a theme are not ours to set"

        def handle_data(self, data):
            self.texts += (data.strip(),)

    report = mm.evaluation.report(healthy("redundant"), world("redundant"))
    page = Reading()
    page.feed(report._repr_html_())
    assert {"table", "caption", "th", "li"} <= set(page.tags)
    for name in ("majority class", "image alone", "fused", "text shuffled", "ceiling"):
        assert name in page.texts and name in str(report)
    assert all(sentence in page.texts and sentence in repr(report) for sentence in report.verdict)
    document = json.loads(report.to_json())
    assert document["verdict"] == list(report.verdict) and document["ceiling"] == pytest.approx(0.97)
    assert [row["name"] for row in document["rows"]] == [row.name for row in report.rows]


def test_one_modality_has_no_shuffling():
    report = mm.evaluation.report(alone("redundant", "image"), world("redundant").with_only("image"))
    assert {row.kind for row in report.rows} == {"majority", "alone", "fused"} and report.probes == ()
    assert report.verdict == ("better than the majority baseline, from image and nothing else",)


def test_what_it_cannot_judge_is_refused():
    data = toy_set()
    with pytest.raises(ValueError, match="has the modalities a, b; got c"):
        mm.evaluation.report(Reader("a"), data, alone={"c": Reader("a")})
    with pytest.raises(ValueError, match=r"expected one class number per sample, y \(N,\) int; got \(60,\) float"):
        mm.evaluation.report(Reader("a"), data.map_splits(lambda s: replace(s, y=s.y.astype(float))))
    with pytest.raises(ValueError, match=r"ordered is a list of modalities: expected \['a'\], got 'a'"):
        mm.evaluation.report(Reader("a"), data, ordered="a")
    with pytest.raises(ValueError, match="toy, test: every label is '1'; expected two classes or more"):
        mm.evaluation.report(Reader("a"), data.map_splits(lambda s: replace(s, y=np.ones_like(s.y))))
    with pytest.raises(ValueError, match="there is no row 'shuffled' of 'c'"):
        mm.evaluation.report(Reader("a"), data).row("shuffled", "c")


def test_a_model_may_have_more_answers_than_there_are_classes():
    class Ninth(Reader):
        def predict(self, x, **_):
            return np.tile(np.eye(9)[8], (len(x["a"]), 1))

    named = toy_set(classes=("red", "green", "blue"))
    assert mm.evaluation.report(Ninth("a"), named).same_answer == "8"
