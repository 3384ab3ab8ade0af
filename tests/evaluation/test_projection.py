"""EMAP against the closest sum found by least squares, and on models that are sums, or nothing but interaction."""

import numpy as np
import pytest

import mmcourse as mm
from mmcourse.evaluation.asking import outputs
from tests.evaluation.worlds import healthy, world
from tests.toys import Reader, toy_set


class Table:
    """Looks like a Keras classifier; answers with a function of the two arrays."""

    def __init__(self, answer):
        self.answer = answer

    def predict(self, x, **_):
        return self.answer(x["a"].astype(float), x["b"].astype(float))


def signs(n: int = 40) -> mm.Multimodal:
    """One number of ±1 in each modality, every pair equally often; the label is whether they differ."""
    a, b = np.resize([1, 1, -1, -1], n), np.resize([1, -1], n)
    split = mm.Split({"a": a[:, None].astype("float32"), "b": b[:, None].astype("float32")}, (a != b).astype(int))
    spec = mm.Spec((1,), "float32", "none", "a sign")
    return mm.Multimodal("signs", {"a": spec, "b": spec}, split, split, split)


def xor(a, b):
    return np.hstack([a * b, -a * b])


@pytest.mark.parametrize("n", [7, 40])
def test_it_is_the_closest_sum_over_all_pairs(n):
    """Against ordinary least squares on one dummy variable for each sample of each modality."""
    data = world("xor")
    found = mm.evaluation.emap(healthy("xor"), data, n=n, seed=3)
    part = data.test.take(np.random.default_rng(3).permutation(len(data.test))[:n])
    i, j = np.indices((n, n)).reshape(2, -1)
    pairs = mm.Split({"image": part.x["image"][i], "text": part.x["text"][j]}, part.y[i])
    logits = np.log(np.maximum(outputs(healthy("xor"), pairs).astype(float), 1e-12))  # this model gives probabilities
    dummies = np.hstack([np.eye(n)[i], np.eye(n)[j]])
    closest = (dummies @ np.linalg.lstsq(dummies, logits, rcond=None)[0]).reshape(n, n, -1)
    assert found.additive == pytest.approx(closest[np.arange(n), np.arange(n)], abs=1e-8)
    assert found.logits == pytest.approx(logits.reshape(n, n, -1)[np.arange(n), np.arange(n)])
    assert found.model.value == np.mean(found.logits.argmax(axis=1) == part.y) and found.emap.n == n


def test_a_sum_is_its_own_projection():
    found = mm.evaluation.emap(Table(lambda a, b: a**3 - np.exp(b)), toy_set(), n=60)
    assert found.additive == pytest.approx(found.logits) and found.emap == found.model


def test_of_a_pure_interaction_nothing_is_left():
    found = mm.evaluation.emap(Table(xor), signs(), n=40)
    assert found.model.value == 1 and np.abs(found.additive).max() < 1e-12


def test_a_trained_model_loses_what_it_learned_of_xor_and_nothing_where_modalities_only_repeat_each_other():
    found = mm.evaluation.emap(healthy("xor"), world("xor"), n=300)
    assert found.model.low > 0.6 and found.emap.low < 0.5 < found.emap.high
    found = mm.evaluation.emap(healthy("redundant"), world("redundant"), n=300)
    assert abs(found.model.value - found.emap.value) < 0.03


def test_pairs_in_parts_are_all_pairs(monkeypatch):
    whole = mm.evaluation.emap(healthy("xor"), world("xor"), n=50)
    monkeypatch.setattr("mmcourse.evaluation.projection.BYTES", 15_000)  # 2 of 50 rows, 50 pairs of 128 bytes each
    assert mm.evaluation.emap(healthy("xor"), world("xor"), n=50).additive == pytest.approx(whole.additive, abs=1e-5)


def test_it_shows_both_accuracies_and_keeps_arrays_out_of_json():
    found = mm.evaluation.emap(Table(xor), signs(), n=40)
    assert "its closest sum (EMAP)" in str(found) and "1.000" in str(found)
    assert "additive" not in found.to_json()


def test_what_cannot_be_projected_is_refused():
    with pytest.raises(ValueError, match=r"needs a set of two modalities; symbols \(xor\) has image, text, audio"):
        mm.evaluation.emap(Reader("image"), world("xor", ("image", "text", "audio"), 20))
    with pytest.raises(ValueError, match="needs 2 to 60 samples of toy, test; got n=300"):
        mm.evaluation.emap(Reader("a"), toy_set())
    with pytest.raises(ValueError, match="all must be there; toy lacks some"):
        mm.evaluation.emap(Reader("a"), toy_set().with_missing(0.3), n=20)
