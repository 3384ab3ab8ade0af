"""A linear probe: its weights are those of the logits that it answers by, and they are at the optimum."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import mmcourse as mm
from mmcourse.data import Multimodal, Spec, Split


def blobs(classes=3, shift=2.0, scales=(1.0, 100.0)) -> Multimodal:
    """Two modalities (N, 4) and (N, 3) of very different size, each telling something of the class."""
    rng = np.random.default_rng(0)
    centres = [
        scale * shift * rng.standard_normal((classes, width)) for scale, width in zip(scales, (4, 3), strict=True)
    ]

    def split(n):
        y = np.arange(n) % classes
        noise = [
            scale * rng.standard_normal((n, centre.shape[1])) for scale, centre in zip(scales, centres, strict=True)
        ]
        x = {name: (c[y] + e).astype("float32") for name, c, e in zip("ab", centres, noise, strict=True)}
        return Split(x, y)

    specs = {name: Spec((width,), "float32", "feature", "") for name, width in (("a", 4), ("b", 3))}
    names = tuple(f"class {i}" for i in range(classes))
    return Multimodal("blobs", specs, split(120), split(60), split(300), classes=names)


def logits(probe, split):
    return np.hstack([split.x["a"], split.x["b"]]) @ probe.weights + probe.biases


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_weights_and_biases_give_its_answers_on_features_as_they_are(classes):
    data = blobs(classes)
    probe = mm.pretrained.probe(data)
    assert probe.weights.shape == (7, classes) and probe.biases.shape == (classes,)
    assert probe.accuracy == pytest.approx(np.mean(logits(probe, data.test).argmax(axis=1) == data.test.y))
    assert probe.accuracy > data.baseline() + 0.2


def test_it_is_trained_to_the_end():
    """The gradient of the mean cross-entropy plus weight decay is 0 for one of the three strengths: scaled by hand."""
    data = blobs(shift=0.5)
    probe = mm.pretrained.probe(data)
    scale = np.repeat([np.sqrt((data.train.x[m] ** 2).sum(1).mean()) for m in "ab"], (4, 3))
    x, w, y = np.hstack([data.train.x["a"], data.train.x["b"]]) / scale, probe.weights * scale[:, None], data.train.y
    z = np.exp(x @ w + probe.biases)
    error = z / z.sum(axis=1, keepdims=True) - np.eye(3)[y]
    gradients = [np.abs(x.T @ error + w / strength).max() for strength in (1, 10, 100)]
    assert min(gradients) < 0.1 < np.abs(x.T @ np.eye(3)[y]).max() / 100


def test_the_weight_decay_is_the_best_on_val_and_test_is_only_scored():
    """All three by scikit-learn: with so few samples they differ, and the best on val is not the best on test."""
    found = set()
    for seed in range(6):
        rng = np.random.default_rng(seed)
        parts = []
        for n in (24, 40, 400):
            y = np.arange(n) % 2
            parts.append(
                Split(
                    {
                        "a": (rng.normal(size=(n, 30)) + 0.4 * y[:, None] * (np.arange(30) < 6)),
                    },
                    y,
                )
            )
        data = Multimodal("few", {"a": Spec((30,), "float64", "feature", "")}, *parts, classes=("no", "yes"))
        length = np.sqrt((parts[0].x["a"] ** 2).sum(axis=1).mean())
        x, y = [part.x["a"] / length for part in parts], [part.y for part in parts]
        fits = [LogisticRegression(C=c, max_iter=1000).fit(x[0], y[0]) for c in (1, 10, 100)]
        on_val, on_test = ([fit.score(x[i], y[i]) for fit in fits] for i in (1, 2))
        assert mm.pretrained.probe(data).accuracy == pytest.approx(on_test[int(np.argmax(on_val))], abs=0.005)
        found.add((int(np.argmax(on_val)), int(np.argmax(on_test))))
    assert len({val for val, _ in found}) > 1 and any(val != test for val, test in found)


def test_an_encoder_is_probed_by_mapping_its_modality():
    """One that passes all on is worth what its modality is; one that passes nothing on, the majority."""
    data = blobs().with_only("a")
    for kernel, worth in ((2 * np.eye(4), mm.pretrained.probe(data).accuracy), (np.zeros((4, 4)), data.baseline())):
        encoder = keras.layers.Dense(4, kernel_initializer=lambda *_, k=kernel, **__: k)
        assert mm.pretrained.probe(data.map({"a": encoder})).accuracy == pytest.approx(worth, abs=0.005)


def test_the_size_of_a_modality_does_not_matter():
    small, large = (mm.pretrained.probe(blobs(scales=(1.0, scale))) for scale in (1.0, 1000.0))
    assert small.accuracy == pytest.approx(large.accuracy, abs=0.01)


def test_a_class_without_labels_is_never_answered():
    data = blobs()
    some = replace(data, train=data.train.take(np.flatnonzero(data.train.y != 1)))
    probe = mm.pretrained.probe(some)
    assert probe.weights.shape == (7, 3) and 1 not in logits(probe, data.test).argmax(axis=1)


def test_what_is_not_features_is_named():
    with pytest.raises(ValueError, match=r"emoji: a probe needs features \(N, d\); image is uint8 \(32, 32, 3\)"):
        mm.pretrained.probe(mm.load("emoji"))
    with pytest.raises(ValueError, match="this set has none"):
        mm.pretrained.probe(replace(blobs(), classes=None))
    with pytest.raises(ValueError, match="all of train is of one; take more labels"):
        mm.pretrained.probe(blobs().subset(1, 0))
