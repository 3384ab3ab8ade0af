"""What the gaps alone tell: against counting by hand, on labels that decide the gaps and on labels that do not."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

import mmcourse as mm
from mmcourse.evaluation import check, presence_only
from tests.evaluation.worlds import healthy, world
from tests.toys import toy_set


def with_gaps(data, rates, seed=0):
    """The last modality missing at the rate of each label."""

    def cut(split):
        rng = np.random.default_rng([seed, len(split)])
        present = np.ones((len(split), len(split.x)), bool)
        present[:, -1] = rng.random(len(split)) >= np.asarray(rates)[split.y]
        return replace(split, present=present)

    return data.map_splits(cut)


def by_counting(data) -> float:
    """The share of right answers, by a table of counts in plain Python."""
    table = {}
    for bits, label in zip(data.train.present.tolist(), data.train.y.tolist(), strict=True):
        table.setdefault(tuple(bits), Counter())[label] += 1
    likely = {bits: min(c for c, n in counts.items() if n == max(counts.values())) for bits, counts in table.items()}
    rows = zip(data.test.present.tolist(), data.test.y.tolist(), strict=True)
    return float(np.mean([likely.get(tuple(bits), data.majority()) == label for bits, label in rows]))


@pytest.mark.parametrize("rates", [(0.9, 0.1, 0.1, 0.1), (0.5, 0.5, 0.5, 0.5), (0.0, 1.0, 0.5, 0.5)])
@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_commonest_label_of_each_pattern(rates, seed):
    data = with_gaps(world("redundant"), rates, seed)
    found = presence_only(data)
    assert found.score.value == pytest.approx(by_counting(data))
    assert found.majority.value == pytest.approx(data.baseline())
    assert found.gain.difference == pytest.approx(found.score.value - found.majority.value)
    assert (found.gain.p < 0.001) == (len(set(rates)) > 1)


def test_it_finds_what_the_gaps_can_tell():
    """Label 0 always lacks it, the others never: 0 is known, and one of the others."""
    found = presence_only(with_gaps(toy_set(3000), (1, 0, 0)))
    assert found.score.value == pytest.approx(2 / 3, abs=0.03) and found.gain.low > 0.25


def test_a_pattern_that_train_does_not_have_is_answered_by_the_majority():
    data = with_gaps(toy_set(300), (0, 0, 0))
    data = replace(data, test=with_gaps(data, (1, 1, 1)).test)
    found = presence_only(data)
    assert found.score == found.majority and found.gain.difference == 0


def test_nothing_missing_tells_nothing_and_train_may_be_asked_too():
    found = presence_only(toy_set(), "train")
    assert found.split == "train" and found.score == found.majority and found.gain.p == 1
    assert "presence alone" in str(found) and "majority" in found.to_json()
    with pytest.raises(ValueError, match="train, val and test"):
        presence_only(toy_set(), "all")


def test_it_is_what_the_pitfall_rests_on():
    data = with_gaps(world("redundant"), (0.8, 0.1, 0.1, 0.1))
    (finding,) = [f for f in check(healthy("redundant"), data) if f.number == "MM009"]
    found = presence_only(data)
    assert list(finding.figures.values()) == [found.score, found.gain]
    assert f"{found.score.value:.3f} are right" in finding.sentence
    assert isinstance(found, mm.evaluation.PresenceOnly)
