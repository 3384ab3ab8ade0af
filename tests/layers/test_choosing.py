"""What the layers say of themselves for whoever chooses one is so: their weights, and what an absent modality does."""

import inspect
import json
from math import prod

import keras
import numpy as np
import pytest
from keras import ops

from mmcourse import layers
from mmcourse.files import course_file
from mmcourse.layers.about import about
from mmcourse.layers.decisions import DecisionFusion

CHOICES = {
    name: cls
    for name in layers.__all__
    if isinstance(cls := getattr(layers, name), type) and issubclass(cls, layers.Fusion) and cls is not layers.Fusion
}
SETTINGS = {"ModalityDropout": {"rate": 0.5}, "ProductOfExperts": {"prior": [0.7, 0.1, 0.1, 0.1]}}


def make(cls: type):
    units = {"units": 8} if "units" in inspect.signature(cls).parameters else {}
    return cls(**units, **SETTINGS.get(cls.__name__, {}))


def drawn_widths(cls: type, random: np.random.Generator) -> list[int]:
    count = int(random.integers(max(2, cls.fewest), min(4, cls.most or 4) + 1))
    same = issubclass(cls, (DecisionFusion, layers.GaussianExperts))
    return [4] * count if same else random.integers(2, 9, count).tolist()


def shapes(cls: type, widths: list[int], batch: int | None) -> list[tuple]:
    return [(batch, *[5] * (cls.ranks[0] - 2), width) for width in widths]


@pytest.mark.parametrize("name", CHOICES)
def test_the_number_of_weights_is_what_it_says(name):
    random = np.random.default_rng(0)
    for _ in range(3):
        widths, layer = drawn_widths(CHOICES[name], random), make(CHOICES[name])
        layer.build(shapes(CHOICES[name], widths, None))
        said = eval(layer.size, {"d": widths, "M": len(widths), "prod": prod, **layer.get_config()})
        assert said == sum(prod(weight.shape) for weight in layer.weights if "seed" not in weight.path), widths


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="compiles every step of every layer; the contract has run them"
)
@pytest.mark.parametrize("name", CHOICES)
def test_an_absent_modality_leaves_the_formula_or_counts_as_zeros_as_it_says(name):
    cls, random = CHOICES[name], np.random.default_rng(1)
    layer = make(cls)
    xs = [random.normal(size=shape).astype("float32") for shape in shapes(cls, [4, 4], 3)]
    layer(xs)
    for weight in layer.trainable_weights:
        weight.assign(random.normal(size=weight.shape))
    absent = flat(layer(xs, present=np.array([[True, False]] * 3)))
    zeros = flat(layer([xs[0], np.zeros_like(xs[1])], present=np.ones((3, 2), bool)))
    same = absent.shape == zeros.shape and np.allclose(absent, zeros, atol=1e-5)
    assert same == about(cls)["Absent"].startswith("zero")


def flat(outputs) -> np.ndarray:
    """All numbers of an output; a mask that a layer hands on is none."""
    arrays = [ops.convert_to_numpy(one) for one in keras.tree.flatten(outputs)]
    return np.concatenate([array.ravel() for array in arrays if array.dtype != bool])


@pytest.mark.parametrize("name", CHOICES)
def test_it_says_when_to_take_it_and_when_not(name):
    assert len(CHOICES[name].wins) > 30 and len(CHOICES[name].fails) > 30


def test_every_cost_that_was_measured_is_that_of_a_layer():
    rows = json.loads(course_file("results", "layers.json").read_text(encoding="utf-8"))["rows"]
    known = {cls.measured for cls in CHOICES.values()} - {None}
    assert known == {row["case"] for row in rows} - {"low rank 40"}  # the default rank is 4
