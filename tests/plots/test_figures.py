"""Figures: the finding in the title and the alt text, one colour per modality, nothing left open."""

import base64
import io
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

import mmcourse as mm
from mmcourse import plots
from mmcourse.data.information import Information
from mmcourse.evaluation import Method, Reliability, Robustness, Score, Scores
from mmcourse.plots.style import looks
from tests.toys import Reader, shown, toy_set

SURE = Reliability("toy", "test", np.array([0.4, 0.9]), np.array([0.5, 0.8]), np.array([10, 90]), 0.1)
HALF = Score(0.5, 0.4, 0.6, 100)
NOISY = Robustness("toy", "audio", (-10.0, 10.0), (HALF, HALF), 0.5, HALF, 0.1)

IMAGE = Method("image alone", key="image", modality="image")

ONE_OF_EACH = {
    "scores": lambda t: plots.scores(t, {IMAGE: Scores({0: 0.4, 1: 0.5}), "fused": Scores({0: 0.7})}, 0.1, 0.9),
    "curves": lambda t: plots.curves(t, [0, 1], {"image": [0.1, 0.2], "audio": [0.4, 0.3]}, "noise"),
    "training": lambda t: plots.training(t, {"accuracy": [0.1, 0.2], "val_accuracy": [0.1, 0.1]}, "image"),
    "sample_weights": lambda t: plots.sample_weights(t, {"good": np.ones(4) / 2, "bad": np.ones(4) / 3}, "audio"),
    "confusion": lambda t: plots.confusion(t, np.array([0, 1]), np.array([0, 0]), ["a", "b"], "image"),
    "reliability": lambda t: plots.reliability(t, {"as it is": SURE}),
    "report": lambda t: plots.report(t, mm.evaluation.report(Reader("a"), toy_set())),
    "robustness": lambda t: plots.robustness(t, {"audio alone": NOISY, "fused": NOISY}),
    "membership": lambda t: plots.membership(
        t, {"loss": mm.evaluation.membership(np.arange(100) + 9, np.arange(100.0))}
    ),
    "bits": lambda t: plots.bits(t, {"xor": Information(0.0, {"image": 0.0, "text": 0.5}, 1.0)}),
    "against_ceilings": lambda t: plots.against_ceilings(
        t,
        {"xor": {IMAGE: Scores({0: 0.5, 1: 0.4}), "fused": Scores({0: 0.6})}},
        {"xor": {IMAGE: 0.5, "fused": 0.8}},
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


def test_colours_go_by_modality_and_never_by_what_is_displayed():
    assert plots.colour("image") == plots.colour(Method("my CNN", modality="image")) == plots.COLOURS["image"]
    assert plots.colour("voice") == plots.COLOURS["audio"] and plots.colour("words") == plots.COLOURS["text"]
    assert plots.colour("image alone") == plots.colour(Method("image and audio")) == plots.COLOURS["fused"]
    assert len(set(plots.COLOURS.values())) == len(plots.COLOURS)


def test_lines_of_one_modality_are_told_apart_without_colour():
    found = looks([Method(f"image {i}", modality="image") for i in range(4)])
    for part in ("marker", "color", "linestyle"):
        assert len({str(look[part]) for look in found}) == 4


def test_no_line_runs_through_a_number(monkeypatch):
    drawn = []

    def look(figure, alt):
        figure.canvas.draw()
        drawn.extend((figure.axes[0], text) for text in figure.axes[0].texts)
        plt.close(figure)

    monkeypatch.setattr("mmcourse.plots.bars.Figure.of", look)
    plots.scores("t", {"fused": Scores({0: 0.5, 1: 0.51}), IMAGE: Scores({0: 0.1})}, 0.1, 0.99)
    assert [text.get_text() for _, text in drawn] == ["0.505", "0.100"]
    for axis, text in drawn:
        box = text.get_window_extent()
        assert box.x0 > axis.get_window_extent().x1  # right of all lines and dots
        assert text.get_color() == "black"


def test_curves_over_seeds_have_a_band(monkeypatch):
    bands = []

    def look(figure, alt):
        bands.append((len(figure.axes[0].collections), alt))
        plt.close(figure)

    monkeypatch.setattr("mmcourse.plots.lines.Figure.of", look)
    plots.curves("t", [0, 1], {"a": [Scores({0: 0.2, 1: 0.4}), Scores({0: 0.5, 1: 0.5})], "b": [0.1, 0.2]}, "noise")
    assert bands[0][0] == 1 and "a from 0.30 to 0.50" in bands[0][1]


def test_a_figure_is_a_png_with_its_alt_text_and_size_beside_it():
    """Viewers strip data addresses out of HTML; an image/png output every one of them shows."""
    figure = plots.scores("title", {"fused": Scores({0: 0.5})}, 0.1)
    (picture,) = shown(figure)
    assert base64.b64decode(picture["data"]["image/png"]) == figure.png
    facts = picture["metadata"]["image/png"]
    assert facts["alt"] == figure.alt == picture["data"]["text/plain"]
    assert abs(facts["width"] * 2 - Image.open(io.BytesIO(figure.png)).width) <= 1  # crisp on a dense screen


def test_words_and_sounds_below_a_figure_are_escaped_html():
    figure = plots.scores("title", {"fused": Scores({0: 0.5})}, 0.1)
    below = shown(replace(figure, sounds={"a <b>": b"RIFF"}, texts=("火 <script>",)))[1]["data"]["text/html"]
    assert "<script>" not in below and "a &lt;b&gt;" in below and "火" in below


def test_the_edges_of_a_box_and_a_mask_lie_inside_them_and_nothing_else_changes():
    pictures, masks = np.full((2, 10, 12, 3), 51, np.uint8), np.zeros((2, 10, 12), bool)
    masks[0, :3, 2:6], masks[1, 4:, 7:] = True, True  # both touch the edge of the picture
    boxes = np.array([[1, 7, 5, 12], [0, 0, 3, 4]])
    drawn = plots.outlined(pictures, boxes, masks)
    assert drawn.shape == (2, 80, 96, 3) and (pictures == 51).all()
    for large, box, mask in zip(drawn, boxes * 8, masks, strict=True):
        top, left, bottom, right = box
        assert (large[[top, bottom - 1], left:right] == 1).all() and (large[top:bottom, [left, right - 1]] == 1).all()
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) * 8 for axis in (1, 0))
        corner = large[rows[0], columns[0]], large[rows[-1] + 7, columns[-1] + 7]
        assert (np.array(corner) == [1, 0.9, 0]).all()
        changed = (large != 0.2).any(axis=2)
        inside = np.kron(mask, np.ones((8, 8))) > 0
        inside[top:bottom, left:right] = True
        assert not changed[~inside].any() and not changed[top + 3 : bottom - 3, left + 3 : right - 3].any()


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


def test_an_unknown_ceiling_is_not_drawn_and_not_told():
    found = {"xor": {"fused": Scores({0: 0.6})}, "emoji": {"fused": Scores({0: 0.7})}}
    baselines = {"xor": 0.5, "emoji": 0.2}
    alt = plots.against_ceilings("t", found, {"xor": {"fused": 0.8}, "emoji": {"fused": None}}, baselines).alt
    assert "xor, fused 0.600 of 0.800" in alt and alt.endswith("emoji, fused 0.700.")
