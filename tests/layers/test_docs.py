"""The docstring of every public layer, loss and model: its fields, and its example, which is run."""

import doctest
import inspect
import re
from pathlib import Path

import keras
import numpy as np
import pytest

import mmcourse
from mmcourse import layers, losses, models
from mmcourse.layers.about import about

PUBLIC = {name: getattr(room, name) for room in (layers, losses, models) for name in room.__all__}
IDENTIFIED = re.compile(r"arXiv:\d{4}\.\d{4,5}|doi:10\.\d+/\S+|openreview\.net/\S+|proceedings\.mlr\.press/\S+")
NO_TENSORS = {"Fusion", "GradientBlending"}  # the base of the others, and plain arithmetic


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="compiles every step of every example; the contract has run them"
)
@pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad")  # PyTorch, of `float` of a weight
@pytest.mark.parametrize("name", PUBLIC)
def test_the_example_of_a_docstring_gives_what_it_says(name):
    keras.utils.set_random_seed(0)
    names = {**PUBLIC, "np": np, "keras": keras}
    test = doctest.DocTestParser().get_doctest(inspect.cleandoc(PUBLIC[name].__doc__), names, name, None, 0)
    assert test.examples, "no example"
    said = []
    found = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert not found.failed, "".join(said)


@pytest.mark.parametrize("name", [name for name in PUBLIC if name != "Fusion"])
def test_a_docstring_has_every_field(name):
    cls, text = PUBLIC[name], inspect.cleandoc(PUBLIC[name].__doc__)
    fields = about(cls)
    assert IDENTIFIED.search(fields["Source"]), "a source that can be looked up"
    assert re.fullmatch(r"\d\d", fields["Lesson"])
    assert name in NO_TENSORS or {"Input", "Output"} <= set(fields)
    if issubclass(cls, layers.Fusion):
        assert fields["Absent"].split(".")[0] in ("masked", "zero")
    settings = set(inspect.signature(cls).parameters) - {"kwargs", "args", "name"}
    args = re.search(r"^Args:\n((?: +.*\n|\n(?= ))+)", text, re.MULTILINE)
    named = (
        set(re.findall(r"\w+", " ".join(re.findall(r"^ {4}(\w[\w, ]*):", args[1], re.MULTILINE)))) if args else set()
    )
    assert settings == named, "the settings of Args and of __init__ differ"


def test_the_sentence_about_wrong_widths_stands_once():
    sources = [path.read_text(encoding="utf-8") for path in (Path(mmcourse.__file__).parent / "layers").glob("*.py")]
    assert sum(source.count("widths of modalities than at") for source in sources) == 1
