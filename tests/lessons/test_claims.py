"""Claims: what they rest on, how much room they have, and what is said when they fail."""

import json
import math
from argparse import Namespace

import numpy as np
import pytest

from mmcourse.evaluation import Scores
from mmcourse.lessons import margins
from mmcourse.lessons.claims import ENOUGH, Claim, fault, measure
from mmcourse.lessons.source import sources


def claim(value, **bounds):
    return Claim.of("it is so", value, {"above": None, "below": None, "within": None, "equal": None} | bounds)


def nine(mean: float, spread: float) -> Scores:
    """Nine scores with just this mean and standard deviation."""
    raw = np.array([-4, -3, -2, -1, 0, 1, 2, 3, 4.0])
    return Scores(dict(enumerate(mean + spread * raw / raw.std(ddof=1))))


@pytest.mark.parametrize(
    ("value", "bounds", "words"),
    [
        (0.5, {}, "needs one bound of above=, below=, within=.*, equal=; got none"),
        (0.5, {"above": 0.1, "below": 0.9}, "got above, below"),
        (0.5, {"within": (0.9, 0.1)}, "needs low < high"),
        (Scores({0: 0.5}), {"equal": 0.5}, "rests on seeds: measured numbers need above, below or within"),
        ("text", {"above": 1}, "compares a number with 1.0; got str"),
        ([1, 2], {"equal": [1, 2]}, "needs a Scores, a number, a text or a truth; got list"),
    ],
)
def test_a_claim_that_is_none_is_one_sentence(value, bounds, words):
    with pytest.raises(ValueError, match=words):
        claim(value, **bounds)


@pytest.mark.parametrize(
    ("value", "bounds", "holds"),
    [
        (0.5, {"above": 0.4}, True),
        (0.5, {"above": 0.6}, False),
        (0.5, {"below": 0.6}, True),
        (0.5, {"within": (0.4, 0.6)}, True),
        (0.7, {"within": (0.4, 0.6)}, False),
        (42, {"equal": 42}, True),
        ("no", {"equal": "yes"}, False),
        (np.float32(0.25), {"equal": np.float32(0.25)}, True),
        (Scores({0: 0.3, 1: 0.7}), {"above": 0.45}, True),
        (Scores({0: 0.3, 1: 0.7}), {"above": 0.55}, False),
    ],
)
def test_a_claim_holds_or_not(value, bounds, holds):
    assert claim(value, **bounds).holds() is holds


def test_the_margin_is_in_standard_errors_of_a_mean_over_three_seeds():
    """Independent oracle: the closed form (mean - bound) / (deviation / √3)."""
    scores = nine(0.6, 0.03)
    runs = [[claim(Scores({s: scores[s] for s in part}), above=0.5)] for part in ((0, 1, 2), (3, 4, 5), (6, 7, 8))]
    (found,) = measure(runs)
    assert found.margin == round(0.1 / (0.03 / math.sqrt(3)), 1) and found.seeds == 9 and found.fault is None
    (below,) = measure([[claim(scores, below=0.66)]])
    assert below.margin == round(0.06 / (0.03 / math.sqrt(3)), 1)
    (within,) = measure([[claim(scores, within=(0.5, 0.62))]])
    assert within.margin == round(0.02 / (0.03 / math.sqrt(3)), 1) and within.fault


def test_a_bound_at_one_standard_error_fails_with_a_sentence():
    spread = 0.03
    (found,) = measure([[claim(nine(0.6, spread), above=0.6 - spread / math.sqrt(3))]])
    assert found.margin == pytest.approx(1.0) and found.fault == "its margin is 1.0 standard errors; 3 are asked"


def test_a_plain_number_that_seeds_change_rests_on_one_seed():
    (found,) = measure([[claim(0.61, above=0.5)], [claim(0.64, above=0.5)]])
    assert found.margin == 0.0 and "rests on one seed" in found.fault
    (exact,) = measure([[claim(0.25, above=0.2)], [claim(0.25 + 1e-9, above=0.2)]])
    assert exact.margin is None and exact.fault is None


def test_a_number_in_a_sentence_is_found():
    runs = [[Claim("it gains 8 points", 0.1, {"above": 0.0})], [Claim("it gains 9 points", 0.1, {"above": 0.0})]]
    with pytest.raises(ValueError, match="is a measured number in its sentence"):
        measure(runs)


def test_one_seed_is_asked_less_and_an_exact_claim_never():
    recorded = {"it is so": {"spread": 0.02}}
    low = claim(Scores({0: 0.45}), above=0.5)
    assert fault(low, 1, recorded) is None  # 2.5 deviations of one seed
    assert "should be above 0.5, is 0.43" in fault(claim(Scores({0: 0.43}), above=0.5), 1, recorded)
    assert fault(low, 1, {}) is not None
    assert fault(claim(0.49, above=0.5), 1, recorded) is not None
    assert "rests on 1 of the 3 seeds" in fault(claim(Scores({0: 0.9}), above=0.5), 3, recorded)


def test_chosen_seeds():
    assert margins.chosen_seeds("9") == ([(0, 1, 2), (3, 4, 5), (6, 7, 8)], False)
    assert margins.chosen_seeds("31,32,33") == ([(31, 32, 33)], True)
    for text in ("3", "10", "x", "1,2", "1,1,2", "-3,4,5"):
        with pytest.raises(ValueError, match="--seeds"):
            margins.chosen_seeds(text)


def test_the_command_measures_writes_and_tells(course, capsys):
    lesson = course / "notebooks" / "src" / "99_toy" / "lesson.py"
    assert margins.main(Namespace(lessons=[], seeds="9", jobs=None)) == 0
    said = capsys.readouterr().out
    assert "exact" in said and "2 claims, all at 3 or more, or exact" in said
    results = lesson.with_name("results.json")
    exact, measured = json.loads(results.read_text())["claims"]
    scores = Scores({seed: 0.5 + seed / 100 for seed in range(9)})
    assert exact["margin"] is None and measured["seeds"] == 9
    assert measured["margin"] == round((scores.mean - 0.45) / (scores.spread / math.sqrt(3)), 1)
    before = results.read_bytes()
    lesson.write_text(lesson.read_text().replace("above=0.45", "above=0.85"))
    assert margins.main(Namespace(lessons=["99"], seeds="31,32,33", jobs=1)) == 1  # a trial: nothing is written
    assert "should be above 0.85, is 0.82" in capsys.readouterr().out and results.read_bytes() == before


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_every_committed_claim_has_room(source):
    claims = json.loads(source.results.read_text(encoding="utf-8"))["claims"]
    close = [f"{c['sentence']}: {c.get('fault') or c['margin']}" for c in claims if c.get("fault")]
    close += [c["sentence"] for c in claims if c["margin"] is not None and not c["margin"] >= ENOUGH]
    assert not close and len(claims) >= 3, close
