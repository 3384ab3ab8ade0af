"""The decomposition on the textbook cases, against brute force, and its identities on random tables."""

import numpy as np
import pytest

from mmcourse.data.information import decompose, mutual_information
from mmcourse.data.symbols import task_world


def gate(function):
    table = np.zeros((4, 2, 2))
    for a in (0, 1):
        for b in (0, 1):
            table[function(a, b), a, b] += 0.25
    return table


RDN = np.zeros((2, 2, 2))
RDN[0, 0, 0] = RDN[1, 1, 1] = 0.5
AND_SHARED = 0.75 * np.log2(4 / 3)  # I(y; a), all of it redundant


@pytest.mark.parametrize(
    "name, table, redundancy, unique_a, unique_b, synergy",
    [
        ("AND", gate(lambda a, b: a & b), AND_SHARED, 0, 0, 0.5),
        ("XOR", gate(lambda a, b: a ^ b), 0, 0, 0, 1),
        ("copy of both", gate(lambda a, b: 2 * a + b), 0, 1, 1, 0),
        ("unique", gate(lambda a, b: a), 0, 1, 0, 0),
        ("redundant", RDN, 1, 0, 0, 0),
    ],
)
def test_textbook(name, table, redundancy, unique_a, unique_b, synergy):
    found = decompose(table, ("a", "b"))
    parts = [found.redundancy, found.unique["a"], found.unique["b"], found.synergy]
    assert parts == pytest.approx([redundancy, unique_a, unique_b, synergy], abs=1e-4), name


@pytest.mark.parametrize("seed", range(4))
def test_two_by_two_against_every_q(seed):
    """For binary a and b a Q has one free number per label: try them all."""
    table = np.random.default_rng(seed).dirichlet(np.ones(8)).reshape(2, 2, 2)
    of_y, of_a, of_b = table.sum(axis=(1, 2)), table.sum(axis=2)[:, 0], table.sum(axis=1)[:, 0]
    corner = [np.linspace(max(0, a + b - y), min(a, b), 600) for y, a, b in zip(of_y, of_a, of_b, strict=True)]
    grid = np.meshgrid(*corner, indexing="ij")
    q = np.stack(
        [np.stack([x, a - x, b - x, y - a - b + x]) for x, y, a, b in zip(grid, of_y, of_a, of_b, strict=True)]
    ).clip(1e-15)
    bits = (q * np.log2(q / (q.sum(axis=0) * of_y[:, None, None, None]))).sum(axis=(0, 1))
    found = decompose(table, ("a", "b"))
    assert found.synergy == pytest.approx(mutual_information(table) - bits.min(), abs=1e-4)
    assert found.unique["b"] == pytest.approx(bits.min() - mutual_information(table.sum(axis=2)), abs=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_identities(seed):
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.full(36, 0.5)).reshape(3, 4, 3)
    found = decompose(table, ("a", "b"))
    assert found.redundancy + found.unique["a"] == pytest.approx(mutual_information(table.sum(axis=2)), abs=1e-6)
    assert found.redundancy + found.unique["b"] == pytest.approx(mutual_information(table.sum(axis=1)), abs=1e-6)
    assert found.total == pytest.approx(mutual_information(table), abs=1e-6)
    swapped = decompose(table.transpose(0, 2, 1), ("b", "a"))
    assert swapped.unique["a"] == pytest.approx(found.unique["a"], abs=1e-4)
    labels = rng.permutation(3)
    assert decompose(table[labels], ("a", "b")).synergy == pytest.approx(found.synergy, abs=1e-4)


def test_each_task_is_what_it_is_called():
    seen = {task: task_world(task, 4, {"image": 0.2, "text": 0.2}).information() for task in ("xor", "mod", "match")}
    assert {task: part.synergy for task, part in seen.items()} == pytest.approx(
        {"xor": 0.64, "mod": 1.28, "match": 0.64}, abs=1e-4
    ), "both seen with .8² = .64, then 1, 2 and 1 bits"
    assert all(part.redundancy < 1e-4 and max(part.unique.values()) < 1e-4 for part in seen.values())
    both = task_world("redundant", 4, {"image": 0, "text": 0}).information()
    assert both.redundancy == pytest.approx(2, abs=1e-4) and both.synergy < 1e-4
    alone = task_world("unique", 4, {"image": 0, "text": 0}).information()
    assert alone.unique == pytest.approx({"image": 2, "text": 0}, abs=1e-4)


def test_a_table_that_is_no_distribution_is_refused():
    with pytest.raises(ValueError, match="sum 8"):
        decompose(np.ones((2, 2, 2)), ("a", "b"))
