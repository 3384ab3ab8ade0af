"""Find: the sentence names exactly one of the four objects, and neither half alone tells where it is."""

import numpy as np
import pytest

from mmcourse.data import load
from mmcourse.data.making import captions
from mmcourse.data.making.paint import RGB


@pytest.fixture(scope="module")
def find():
    return load("find", train=1500, val=100, test=1000)


def test_the_wanted_object_is_the_one_that_is_named(find):
    split = find.train
    middle = np.array([[8, 8], [8, 24], [24, 8], [24, 24]])
    for row in range(400):
        words = set(split.x["text"][row].split())
        shape, colour = split.targets["shape"][row], split.targets["colour"][row]
        assert words & set(list(captions.SHAPE_WORDS.values())[shape])
        assert words & set(list(captions.COLOURS.values())[colour])
        boxes, box, mask = (split.targets[name][row] for name in ("boxes", "box", "mask"))
        assert np.array_equal(boxes[split.y[row]], box)
        shapes, colours = split.targets["shapes"][row], split.targets["colours"][row]
        assert (shapes[split.y[row]], colours[split.y[row]]) == (shape, colour)
        assert len(set(zip(shapes.tolist(), colours.tolist(), strict=True))) == 4, "all four pairs of two and two"
        for (top, left, bottom, right), drawn in zip(boxes, colours, strict=True):
            inside = split.x["image"][row, top:bottom, left:right].reshape(-1, 3).astype(float)
            strong = inside[inside.max(axis=1) - inside.min(axis=1) > 40].mean(axis=0)
            assert strong @ RGB[drawn] / np.linalg.norm(strong) / np.linalg.norm(RGB[drawn]) > 0.95
        ys, xs = np.nonzero(mask)
        assert box.tolist() == [ys.min(), xs.min(), ys.max() + 1, xs.max() + 1]
        assert (np.abs((boxes[:, :2] + boxes[:, 2:]) / 2 - middle) < 8).all(), "one in each quarter"
        seen = split.x["image"][row][mask].astype(float).mean(axis=0)
        angle = seen @ RGB[colour] / np.linalg.norm(seen) / np.linalg.norm(RGB[colour])
        assert angle > 0.97


def test_neither_alone_tells_the_quarter(find):
    from sklearn.linear_model import RidgeClassifier

    def bag(name):
        ids = find.with_tokens().split(name).x["text"]
        return (ids[:, :, None] == np.arange(2, 80)).any(axis=1).astype(np.float32)

    def pixels(name):
        image = find.split(name).x["image"].mean(axis=3)
        return image.reshape(-1, 16, 2, 16, 2).mean(axis=(2, 4)).reshape(len(image), -1) / 255

    for features in (bag, pixels):
        model = RidgeClassifier(100).fit(features("train"), find.train.y)
        assert abs(model.score(features("test"), find.test.y) - 0.25) < 2 * np.sqrt(0.25 * 0.75 / 1000)


def test_ceilings_and_erasures():
    data = load("find", erasure={"image": 0.1, "text": 0.3}, train=1000, val=10, test=10)
    assert (data.ceiling("image"), data.ceiling("text")) == pytest.approx((0.25, 0.25))
    assert data.ceiling() == pytest.approx(0.25 + 0.75 * 0.9 * 0.7)
    vague = ["coloured" in text.split() for text in data.train.x["text"]]
    assert np.mean(vague) == pytest.approx(0.3, abs=0.01)
    spread = data.train.x["image"].astype(float).std(axis=3).mean(axis=(1, 2))
    assert np.mean(spread < 10) == pytest.approx(0.1, abs=0.02), "static has no colour"


def test_seeds_and_nonsense():
    one, same, other = (load("find", train=40, val=9, test=9, seed=s).fingerprint() for s in (1, 1, 2))
    assert one == same != other
    with pytest.raises(ValueError, match="a rate for image and text; got image"):
        load("find", erasure={"image": 0.1})
    with pytest.raises(ValueError, match="1 or more samples"):
        load("find", test=0)
