"""Ceilings by enumeration against closed forms and against the Bayes rule played on drawn symbols."""

from itertools import combinations
from math import prod

import numpy as np
import pytest

from mmcourse.data.symbols import TASKS, World, task_table, task_world

NAMES = ("image", "text", "audio")
RATES = {"image": 0.2, "text": 0.35, "audio": 0.1}
N = 20_000


def closed_form(task, k, names, rates, seen):
    """The formulas of the course, written out by hand; nothing here looks at a joint table."""
    right = {name: 1 - rates[name] + rates[name] / k for name in names}  # P(right | its own symbol asked)
    kept = {name: 1 - rates[name] for name in names}
    everything = set(seen) == set(names)
    if task == "redundant":
        return 1 - prod(rates[name] for name in seen) * (1 - 1 / k)
    if task == "unique":
        return right[names[0]] if names[0] in seen else 1 / k
    if task == "complementary":
        return prod(right[name] if name in seen else 1 / k for name in names)
    if task in ("xor", "mod"):
        classes = 2 if task == "xor" else k
        return 1 / classes + everything * prod(kept.values()) * (1 - 1 / classes)
    if len(names) == 2:
        return 0.5 + everything * prod(kept.values()) * 0.5
    # three that match or not: two visible symbols already differ in K / (K + 1) of the cases without a match
    exactly_two = sum(
        kept[a] * kept[b] * prod(rates[c] for c in seen if c not in (a, b)) for a, b in combinations(seen, 2)
    )
    return 0.5 + 0.5 * k / (k + 1) * exactly_two + 0.5 * everything * prod(kept.values())


CASES = [
    (task, k, names)
    for task in TASKS
    for names in (NAMES[:2], NAMES)
    for k in ((2, 4, 6) if task == "xor" else (2, 3, 4))
]


@pytest.mark.parametrize("task, k, names", CASES)
def test_enumeration_equals_closed_form_and_bayes_rule(task, k, names):
    world = task_world(task, k, {name: RATES[name] for name in names})
    y, _, seen = world.sample(N, np.random.default_rng(k))
    for size in range(1, len(names) + 1):
        for subset in combinations(names, size):
            ceiling, formula = world.ceiling(*subset), closed_form(task, k, names, RATES, subset)
            score = np.mean(world.bayes_rule({name: seen[name] for name in subset}) == y)
            print(
                f"{task:13} K={k} {'+'.join(subset):17} ceiling {ceiling:.4f}  formula {formula:.4f}  rule {score:.4f}"
            )
            assert ceiling == pytest.approx(formula, abs=1e-12)
            assert abs(score - ceiling) <= 2 * np.sqrt(ceiling * (1 - ceiling) / N) + 1e-12
            if (task in ("xor", "mod") and size < len(names)) or (task == "match" and size == 1):
                classes = len(world.joint)
                assert ceiling == pytest.approx(1 / classes), "one modality of a synergy task must be at chance"


def test_samples_drawn_independently_score_the_same():
    """`sample` is systematic; plain draws from the same table must agree with the ceiling as well."""
    world = task_world("match", 4, RATES)
    rng = np.random.default_rng(7)
    cells = rng.choice(world.joint.size, N, p=world.joint.ravel())
    y, *symbols = np.unravel_index(cells, world.joint.shape)
    seen = {name: np.where(rng.random(N) < rate, -1, s) for (name, rate), s in zip(RATES.items(), symbols, strict=True)}
    ceiling = world.ceiling()
    assert abs(np.mean(world.bayes_rule(seen) == y) - ceiling) < 3 * np.sqrt(ceiling * (1 - ceiling) / N)


def test_order_of_the_modalities_does_not_matter():
    world = task_world("unique", 3, RATES)
    _, _, seen = world.sample(1000, np.random.default_rng(0))
    forward = world.bayes_rule(seen)
    backward = world.bayes_rule({name: seen[name] for name in reversed(seen)})
    assert np.array_equal(forward, backward)
    assert np.array_equal(world.seen("text", "image"), world.seen("image", "text").transpose(0, 2, 1))


def test_samples_are_balanced_and_erased_at_the_stated_rate():
    world = task_world("mod", 4, RATES)
    y, symbols, seen = world.sample(N, np.random.default_rng(3))
    assert np.ptp(np.bincount(y)) <= 64, "classes within a handful of each other"
    for name, rate in RATES.items():
        erased = seen[name] == -1
        assert abs(erased.mean() - rate) < 0.005
        assert np.array_equal(seen[name][~erased], symbols[name][~erased])
    assert np.array_equal(sum(symbols.values()) % 4, y)


def test_the_same_seed_draws_the_same_and_another_does_not():
    world = task_world("xor", 4, RATES)
    one, two, other = (world.sample(500, np.random.default_rng(seed))[1]["image"] for seed in (1, 1, 2))
    assert np.array_equal(one, two) and not np.array_equal(one, other)


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: task_table("xr", 4, 2), "there is no task 'xr'; choose one of redundant"),
        (lambda: task_table("xor", 3, 2), "even number of symbols"),
        (lambda: task_table("mod", 1, 2), "2 symbols and 2 modalities or more"),
        (lambda: task_world("mod", 4, {"image": 1.2, "text": 0}), r"'image' must be in \[0, 1\], got 1.2"),
        (lambda: task_world("mod", 17, dict.fromkeys("abc", 0.1)), "4913 tuples"),
        (lambda: World(np.ones((2, 2, 2)), {"a": 0, "b": 0}), "sum 8"),
        (lambda: task_world("mod", 4, RATES).ceiling("smell"), "among image, text, audio; got smell"),
        (lambda: task_world("mod", 4, RATES).information(), "name two of image, text, audio"),
    ],
)
def test_nonsense_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
