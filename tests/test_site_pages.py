"""What lessons need of each other, as the site draws it: a wrong arrow is found before the site is made."""

import importlib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from mmcourse.lessons.source import sources


@pytest.fixture
def site(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "site")
    return importlib.import_module


def test_a_lesson_needs_earlier_ones_and_the_first_none(site):
    """Lesson 00 offers a jump to the last one, which it does not need."""
    needs = {source.number: site("teachers").prerequisites(source) for source in sources()}
    assert needs["00"] == [] and all(needs[number] for number in needs if number != "00")
    assert all(one < number for number, each in needs.items() for one in each)
    assert "28_your_own_files" in next(iter(sources(["00"]))).cells[0].source


def test_the_graph_has_a_box_for_each_lesson_and_an_arrow_for_each_need(site):
    teachers, found = site("teachers"), list(sources())
    needs = {source.number: teachers.prerequisites(source) for source in found}
    drawing = ElementTree.fromstring(teachers.graph(found, needs))
    assert len(drawing.findall(".//rect")) == len(found)
    assert len(drawing.findall(".//path")) == sum(map(len, needs.values()))
