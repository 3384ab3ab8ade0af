"""`out_of_fold`: every sample is answered once, by a model that never saw its group."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from mmcourse.data import Multimodal, Spec, Split
from mmcourse.training import out_of_fold


def people(n: int = 120, grouped: bool = True) -> Multimodal:
    """Three classes, spoken by twelve people."""
    rng = np.random.default_rng(0)

    def split(n: int, first: int) -> Split:
        y = rng.integers(0, 3, n)
        x = (np.eye(3)[y] + 0.5 * rng.normal(size=(n, 3))).astype("float32")
        return Split({"a": x}, y, first + np.arange(n) % 12 if grouped else None)

    spec = Spec((3,), "float32", "none", "the label")
    return Multimodal("people", {"a": spec}, split(n, 0), split(30, 100), split(30, 200))


def logistic(data: Multimodal):
    model = LogisticRegression().fit(data.train.x["a"], data.train.y)
    return lambda part: model.predict_proba(part.x["a"])


def test_it_is_what_scikit_learn_predicts_with_the_same_folds():
    data = people()
    cv = StratifiedGroupKFold(4, shuffle=True, random_state=3)
    x, y, group = data.train.x["a"], data.train.y, data.train.group
    expected = cross_val_predict(LogisticRegression(), x, y, groups=group, cv=cv, method="predict_proba")
    np.testing.assert_allclose(out_of_fold(logistic, data, folds=4, seed=3), expected, atol=1e-6)


@pytest.mark.parametrize("group", [None, np.arange(120) // 15])
def test_no_model_answers_for_a_group_it_was_fitted_on(group):
    data, asked = people(), []
    own = data.train.group if group is None else group
    of = {bytes(row): member for row, member in zip(data.train.x["a"], own.tolist(), strict=True)}

    def fit(data):
        seen = {of[bytes(row)] for row in data.train.x["a"]}

        def ask(part):
            groups = {of[bytes(row)] for row in part.x["a"]}
            assert groups and not groups & seen
            asked.extend(map(bytes, part.x["a"]))
            return part.x["a"]

        return ask

    answers = out_of_fold(fit, data, group=group)
    np.testing.assert_array_equal(answers, data.train.x["a"])  # each row in its own place
    assert sorted(asked) == sorted(of)


def test_without_groups_each_sample_is_alone_and_val_and_test_stay_whole():
    data, sizes = people(grouped=False), []

    def fit(given):
        sizes.append((len(given.train), len(given.val), len(given.test)))
        return lambda part: part.x["a"]

    out_of_fold(fit, data, folds=2)
    assert sizes == [(60, 30, 30)] * 2


def test_what_cannot_be_folded_is_refused():
    data = people()
    with pytest.raises(ValueError, match="12 groups, and 13 folds"):
        out_of_fold(logistic, data, folds=13)
    with pytest.raises(ValueError, match="got 119 samples"):
        out_of_fold(logistic, data, group=np.arange(119))
    with pytest.raises(ValueError, match=r"the classes \[1\] stand in too few groups"):
        out_of_fold(logistic, data, group=np.where(data.train.y == 1, 0, np.arange(120)))
    with pytest.raises(ValueError, match=r"expected answers \(\d+, classes\) from what fit gave; got \(\d+,\)"):
        out_of_fold(lambda data: lambda part: part.y, data)
