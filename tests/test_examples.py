"""Every public name has an example in its docstring, which runs and gives what it says, and names its lesson."""

import doctest
import importlib
import inspect
import re
import sys
from functools import partial

import keras
import numpy as np
import pytest
import tqdm

import mmcourse as mm

# those of layers, losses and models are run by tests/layers/test_docs.py, on every backend
ROOMS = ("evaluation", "training", "data", "pretrained")
NAMES = [(room, name) for room in ROOMS for name in sorted(importlib.import_module(f"mmcourse.{room}").__all__)]


def text_of(room: str, name: str) -> str:
    thing = getattr(getattr(mm, room), name)
    if isinstance(thing, dict):  # what Sphinx takes for its docstring is the comment before it
        source = inspect.getsource(importlib.import_module(f"mmcourse.{room}"))
        comment = re.search(rf"((?:^#:.*\n)+)^{name} = ", source, re.MULTILINE)[1]
        return re.sub(r"^#: ?", "", comment, flags=re.MULTILINE)
    return inspect.cleandoc(thing.__doc__)


def examples(text: str, names: dict, title: str) -> doctest.DocTest:
    return doctest.DocTestParser().get_doctest(text, names, title, None, 0)


def run(test: doctest.DocTest) -> dict:
    """Run the examples; the names that they leave behind."""
    said = []
    found = doctest.DocTestRunner(verbose=False).run(test, out=said.append, clear_globs=False)
    assert not found.failed, "".join(said)
    return test.globs


@pytest.fixture(scope="module")
def settings():
    """What stands in the docstring of a room for the examples of all its names."""
    made = {}
    for room in ROOMS:
        module = getattr(mm, room)
        names = {name: getattr(module, name) for name in module.__all__} | {"mm": mm, "np": np, "keras": keras}
        made[room] = run(examples(module.__doc__, names, room))
    return made


@pytest.mark.parametrize(("room", "name"), NAMES)
def test_the_example_of_a_docstring_gives_what_it_says(settings, room, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # some write files
    monkeypatch.setattr(tqdm, "tqdm", partial(tqdm.tqdm, disable=True))  # progress is no part of what they say
    keras.utils.set_random_seed(0)
    test = examples(text_of(room, name), dict(settings[room]), name)
    assert test.examples, "no example"
    run(test)


@pytest.mark.parametrize(("room", "name"), NAMES)
def test_a_docstring_or_its_module_names_the_lesson(room, name):
    module = sys.modules[getattr(getattr(getattr(mm, room), name), "__module__", f"mmcourse.{room}")]
    said = " ".join(f"{text_of(room, name)} {inspect.getdoc(module)}".split())
    assert re.search(r"[Ll]essons? \d\d", said)
