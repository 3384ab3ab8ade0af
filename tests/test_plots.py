"""Figures: the finding in the title and the alt text, one colour per modality, nothing left open."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mmcourse import plots

ONE_OF_EACH = {
    "scores": lambda t: plots.scores(t, {"image alone": [0.4, 0.5], "fused": [0.7]}, 0.1, ceiling=0.9),
    "curves": lambda t: plots.curves(t, [0, 1], {"image": [0.1, 0.2], "audio": [0.4, 0.3]}, "noise"),
    "training": lambda t: plots.training(t, {"accuracy": [0.1, 0.2], "val_accuracy": [0.1, 0.1]}, "image"),
    "feature_weights": lambda t: plots.feature_weights(t, {"image": np.ones(4) / 2, "audio": np.ones(4) / 2}),
    "sample_weights": lambda t: plots.sample_weights(t, {"good": np.ones(4) / 2, "bad": np.ones(4) / 3}, "audio"),
    "confusion": lambda t: plots.confusion(t, np.array([0, 1]), np.array([0, 0]), ["a", "b"], "image"),
    "images": lambda t: plots.images(t, {"row": np.zeros((2, 8, 8, 1))}),
    "sounds": lambda t: plots.sounds(t, {"clip": np.sin(np.arange(5120) / 9).astype("float32")}),
}


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_every_figure_states_its_finding_and_closes(name):
    figure = ONE_OF_EACH[name]("Sums beat parts")
    assert figure.alt.startswith("Sums beat parts.") and len(figure.alt) > 30
    assert figure.png.startswith(b"\x89PNG") and len(figure.png) < 60_000
    assert plt.get_fignums() == []


def test_colours_are_per_modality_and_distinct():
    assert plots.colour("image alone") == plots.colour("image, noisy") == plots.COLOURS["image"]
    assert plots.colour("anything else") == plots.COLOURS["fused"]
    assert len(set(plots.COLOURS.values())) == len(plots.COLOURS)


def test_alt_text_is_escaped_in_html():
    figure = plots.scores('a "quoted" <title>', {"fused": [0.5]}, 0.1)
    assert "<title>" not in figure._repr_mimebundle_()["text/html"]
