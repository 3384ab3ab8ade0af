"""The drawing of a model has every part of it, the widths that flow, and what is frozen."""

import itertools

import keras
import numpy as np
import pytest

import mmcourse as mm
from mmcourse.plots.boxes import boxes_of


def dense(width=8):
    return keras.layers.Dense(width)


def on(model, *names, width=5):
    model({name: np.zeros((2, width), "float32") for name in names})
    return model


def feature(head=None):
    return mm.FeatureFusion({"image": dense(), "audio": dense(6)}, mm.layers.ConcatFusion(), head=head)


def test_feature_fusion():
    model = on(feature(dense(3)), "image", "audio")
    model.encoders["audio"].trainable = False
    figure = mm.plots.diagram(model, "Encode, fuse, decide")
    assert figure.alt.startswith("Encode, fuse, decide. Arrows: image 5 to Dense;")
    for words in ("Dense to ConcatFusion (8)", "Dense to ConcatFusion (6)", "ConcatFusion to head: Dense (14)"):
        assert words in figure.alt
    assert "head: Dense to output (3)" in figure.alt and figure.alt.endswith("Frozen: Dense.")
    boxes = boxes_of(model).boxes
    assert [box.modality for box in boxes] == ["image", "image", "audio", "audio", None, None, None]
    assert [box.column for box in boxes] == [0, 1, 0, 1, 2, 3, 4]


def test_a_model_that_was_built_and_never_called():
    model = feature(dense(3))
    model.build({"image": (None, 5), "audio": (None, 5)})
    assert boxes_of(model).arrows == boxes_of(on(feature(dense(3)), "image", "audio")).arrows


def test_model_fusion():
    model = mm.ModelFusion({"image": dense(4), "audio": dense(4)}, combine=mm.layers.ProductOfExperts())
    alt = mm.plots.diagram(on(model, "image", "audio")).alt
    assert alt.count("Dense to ProductOfExperts (4)") == 2 and "ProductOfExperts to output (4)" in alt


def test_task_fusion_of_three_modalities():
    encoders = {"image": dense(), "audio": dense(), "text": keras.Sequential([dense(), dense(4)])}
    trunk = mm.FeatureFusion(encoders, mm.layers.ConcatFusion())
    model = on(mm.TaskFusion(trunk, heads={"digit": dense(10), "speaker": dense(3)}), *encoders)
    alt = mm.plots.diagram(model).alt
    for words in ("Dense Dense to ConcatFusion (4)", "head: digit: Dense to digit (10)", "Dense to speaker (3)"):
        assert words in alt
    assert alt.count("ConcatFusion to head") == 2 and alt.count("(20)") == 2


def test_a_plain_keras_model_of_several_inputs():
    image, text = keras.Input((5,), name="image"), keras.Input((7,), name="text")
    fused = keras.layers.Concatenate()([dense(4)(image), dense(3)(text)])
    found = boxes_of(keras.Model({"image": image, "text": text}, dense(2)(fused)))
    assert {box.modality for box in found.boxes if box.column == 1} == {"image", "text"}
    flows = [flows for _, _, flows in found.arrows]
    assert sorted(flows) == ["2", "3", "4", "5", "7", "7"]
    shared = next(i for i, box in enumerate(found.boxes) if box.words == ("Concatenate",))
    assert sum(end == shared for _, end, _ in found.arrows) == 2 and found.boxes[shared].modality is None


def test_boxes_do_not_lie_on_each_other():
    from mmcourse.plots.diagram import HIGH, _places

    found = boxes_of(on(feature(dense(3)), "image", "audio"))
    places = _places(found)
    assert len(set(places)) == len(places)
    for x, _ in places:
        rows = sorted(row for other, row in places if other == x)
        assert all(b - a >= HIGH / (HIGH + 0.3) for a, b in itertools.pairwise(rows))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (lambda: feature(), "is not built, so its widths are not known; call it on one batch first"),
        (lambda: keras.Sequential([dense()]), "is not built"),
        (lambda: on_dense(), "diagram draws FeatureFusion, ModelFusion, TaskFusion .*; got Dense"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(model, words):
    with pytest.raises(ValueError, match=words):
        mm.plots.diagram(model())


def on_dense():
    layer = dense()
    layer(np.zeros((1, 2)))
    return layer
