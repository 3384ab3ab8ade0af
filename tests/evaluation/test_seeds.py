"""`Scores`: calculates seed by seed, against the statistics module; `Method`: a text that knows its key."""

import copy
import pickle
import statistics

import pytest

from mmcourse.evaluation import Method, Scores, highest

A, B = Scores({0: 0.5, 1: 0.7, 2: 0.6}), Scores({0: 0.4, 1: 0.4, 2: 0.4})


def test_mean_spread_and_error():
    values = [0.5, 0.7, 0.6]
    assert A.mean == pytest.approx(statistics.mean(values)) and A.spread == pytest.approx(statistics.stdev(values))
    assert A.error == pytest.approx(statistics.stdev(values) / 3**0.5)
    assert Scores({0: 1}).spread != Scores({0: 1}).spread  # NaN: one seed has none
    assert repr(A) == "0.600 ± 0.100 (3 seeds)" and repr(Scores({4: 0.5})) == "0.500 (one seed)"


def test_arithmetic_is_by_seed():
    assert dict(A - B) == pytest.approx({0: 0.1, 1: 0.3, 2: 0.2})
    assert dict(1 - A) == pytest.approx({0: 0.5, 1: 0.3, 2: 0.4})
    assert dict(A / B) == pytest.approx({0: 1.25, 1: 1.75, 2: 1.5})
    assert dict(2 * A) == dict(A + A) == pytest.approx({0: 1.0, 1: 1.4, 2: 1.2})
    assert dict(-A) == pytest.approx({0: -0.5, 1: -0.7, 2: -0.6})
    assert dict(highest(A, B, Scores({0: 0.9, 1: 0.1, 2: 0.1}))) == {0: 0.9, 1: 0.7, 2: 0.6}
    with pytest.raises(ValueError, match=r"need the same seeds; got \[0, 1, 2\] and \[0\]"):
        A - Scores({0: 0.5})


@pytest.mark.parametrize("bad", [{}, {0: float("nan")}, {0: 0.5, 1: float("inf")}])
def test_what_is_no_score_is_refused(bad):
    with pytest.raises(ValueError, match="a finite number for one seed or more"):
        Scores(bad)


def test_a_method_is_its_label_and_knows_more():
    method = Method("image, CNN", key="cnn", modality="image")
    assert method == "image, CNN" and {method: 1}["image, CNN"] == 1
    for twin in (copy.deepcopy(method), pickle.loads(pickle.dumps(method))):
        assert (twin, twin.key, twin.modality) == (method, "cnn", "image")
    assert Method("fused").key == "fused" and Method("fused").modality is None
