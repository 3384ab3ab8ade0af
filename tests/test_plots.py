"""Figures: the finding in the title and the alt text, one colour per modality, nothing left open."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import mmcourse as mm
from mmcourse import plots
from mmcourse.data.information import Information
from mmcourse.evaluation import Reliability, Robustness, Score
from tests.toys import Reader, toy_set

SURE = Reliability("toy", "test", np.array([0.4, 0.9]), np.array([0.5, 0.8]), np.array([10, 90]), 0.1)
HALF = Score(0.5, 0.4, 0.6, 100)
NOISY = Robustness("toy", "audio", (-10.0, 10.0), (HALF, HALF), 0.5, HALF, 0.1)

ONE_OF_EACH = {
    "scores": lambda t: plots.scores(t, {"image alone": [0.4, 0.5], "fused": [0.7]}, 0.1, ceiling=0.9),
    "curves": lambda t: plots.curves(t, [0, 1], {"image": [0.1, 0.2], "audio": [0.4, 0.3]}, "noise"),
    "training": lambda t: plots.training(t, {"accuracy": [0.1, 0.2], "val_accuracy": [0.1, 0.1]}, "image"),
    "feature_weights": lambda t: plots.feature_weights(t, {"image": np.ones(4) / 2, "audio": np.ones(4) / 2}),
    "sample_weights": lambda t: plots.sample_weights(t, {"good": np.ones(4) / 2, "bad": np.ones(4) / 3}, "audio"),
    "confusion": lambda t: plots.confusion(t, np.array([0, 1]), np.array([0, 0]), ["a", "b"], "image"),
    "reliability": lambda t: plots.reliability(t, {"as it is": SURE}),
    "report": lambda t: plots.report(t, mm.evaluation.report(Reader("a"), toy_set())),
    "robustness": lambda t: plots.robustness(t, {"audio alone": NOISY, "fused": NOISY}),
    "bits": lambda t: plots.bits(t, {"xor": Information(0.0, {"image": 0.0, "text": 0.5}, 1.0)}),
    "against_ceilings": lambda t: plots.against_ceilings(
        t,
        {"xor": {"image alone": [0.5, 0.4], "fused": [0.6]}},
        {"xor": {"image alone": 0.5, "fused": 0.8}},
        {"xor": 0.5},
    ),
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


def test_whole_numbers_get_whole_ticks(monkeypatch):
    """There is no epoch 2.5."""
    ticks = {}

    def look(figure, alt, sounds=None):
        ticks[alt] = figure.axes[0].get_xticks()
        plt.close(figure)

    monkeypatch.setattr("mmcourse.plots.lines.Figure.of", look)
    plots.curves("epochs", [1, 2, 3], {"image": [0.1, 0.2, 0.3]}, "epoch")
    plots.curves("shares", [0.1, 0.2, 0.25], {"image": [0.1, 0.2, 0.3]}, "share")
    whole, parts = ticks.values()
    assert all(float(tick).is_integer() for tick in whole) and not all(float(tick).is_integer() for tick in parts)


def test_the_figure_of_a_report_has_every_row_and_both_lines():
    alt = plots.report("It uses a", mm.evaluation.report(Reader("a"), toy_set())).alt
    for words in ("fused 1.000", "a dropped 0.333", "b shuffled 1.000", "majority class 0.333"):
        assert words in alt


def test_curves_of_other_ratios_do_not_mix():
    other = Robustness("toy", "audio", (-10.0, 0.0), (HALF, HALF), 0.5, HALF, 0.1)
    with pytest.raises(ValueError, match="the same signal-to-noise ratios"):
        plots.robustness("both", {"a": NOISY, "b": other})


def test_bits_lie_end_to_end(monkeypatch):
    """The parts of a bar neither overlap nor leave gaps, and the whole bar is the total."""
    drawn = []
    monkeypatch.setattr("mmcourse.plots.knowledge.Figure.of", lambda figure, alt: drawn.append(figure))
    found = Information(0.25, {"image": 0.5, "text": 0.75}, 1.0)
    plots.bits("bits", {"one": found, "none": Information(0.0, {"image": 0.0, "text": 0.0}, 0.0)})
    bars = [container[0] for container in drawn[0].axes[0].containers]
    ends = [bar.get_x() + bar.get_width() for bar in bars]
    assert [bar.get_x() for bar in bars] == pytest.approx([0, *ends[:-1]]) and ends[-1] == pytest.approx(found.total)
    plt.close(drawn[0])
