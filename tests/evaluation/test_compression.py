"""The rows of `compression`, each against the function that it stands for, and what is lost against subtraction."""

import keras
import numpy as np
import pytest

import mmcourse as mm
from mmcourse.evaluation import accuracy, calibration_error, compression, dropped
from mmcourse.training import footprint, prune, train
from tests.toys import toy_set

LAYERS = keras.layers


def make():
    return mm.FeatureFusion({"a": LAYERS.Dense(8), "b": LAYERS.Dense(8)}, mm.layers.ConcatFusion(), LAYERS.Dense(3))


@pytest.fixture(scope="module")
def compared():
    data = toy_set()
    models = {name: train(make, data, seed=0, epochs=3) for name in ("whole", "pruned")}
    prune(models["pruned"], 0.9)
    return models, data, compression(models, data, calls=3)


def test_each_column_is_what_its_function_says(compared):
    models, data, found = compared
    for name, model in models.items():
        row = found.rows[name]
        assert row.accuracy == accuracy(model, data).value
        assert row.without == {m: dropped(model, data, m).value for m in ("a", "b")}
        assert row.calibration == calibration_error(model, data)
        assert (row.plain, row.gzip) == footprint(model)
        assert 0 < row.ms_low <= row.ms <= row.ms_high
    said = [model.predict(data.test.x, verbose=0).argmax(axis=1) for model in models.values()]
    assert found.rows["pruned"].changed == np.mean(said[0] != said[1]) and found.rows["whole"].changed == 0


def test_what_is_lost_is_the_first_less_the_other(compared):
    _, _, found = compared
    whole, pruned = found.rows.values()
    assert found.lost("pruned") == {
        "all": whole.accuracy - pruned.accuracy,
        **{f"without {m}": whole.without[m] - pruned.without[m] for m in ("a", "b")},
    }


def test_it_shows_itself(compared):
    _, _, found = compared
    assert "pruned" in str(found) and "without a" in found._repr_html_() and "gzip" in found.to_json()


def test_nothing_to_compare_is_refused():
    with pytest.raises(ValueError, match="got none"):
        compression({}, toy_set())
