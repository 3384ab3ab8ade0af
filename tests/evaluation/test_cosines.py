"""Cosines between tasks' gradients against the gradients of a linear trunk written out by hand."""

import keras
import numpy as np
import pytest

import mmcourse as mm

TASKS = ("a", "b", "c")


def linear_tasks():
    """Trunk x W, heads h v_t, squared errors."""
    keras.utils.set_random_seed(3)
    model = mm.TaskFusion(
        keras.layers.Dense(3, use_bias=False), {t: keras.layers.Dense(1, use_bias=False) for t in TASKS}
    )
    model.build((None, 4))
    rng = np.random.default_rng(3)
    x = rng.normal(size=(20, 4)).astype("float32")
    return model, x, {t: rng.normal(size=(20, 1)).astype("float32") for t in TASKS}


def test_they_are_the_cosines_of_the_gradients_written_out():
    model, x, labels = linear_tasks()
    found = mm.evaluation.gradient_cosines(model, x, labels, dict.fromkeys(TASKS, "mse"))
    (w,), by_hand = model.trunk.get_weights(), {}
    for task in TASKS:
        (v,) = model.heads[task].get_weights()
        by_hand[task] = (2 / len(x) * x.T @ (x @ w @ v - labels[task]) @ v.T).ravel()  # d/dW mean (xWv - y)²
    assert list(found) == [("a", "b"), ("a", "c"), ("b", "c")]
    for (a, b), cosine in found.items():
        lengths = np.linalg.norm(by_hand[a]) * np.linalg.norm(by_hand[b])
        assert cosine == pytest.approx(by_hand[a] @ by_hand[b] / lengths, abs=1e-5)


def test_the_same_task_twice_agrees_whatever_its_weight_and_its_opposite_disagrees():
    model, x, labels = linear_tasks()
    for other in "bc":
        model.heads[other].set_weights(model.heads["a"].get_weights())
    answers = keras.ops.convert_to_numpy(model(x)["a"])
    labels = {"a": labels["a"], "b": answers + 100 * (labels["a"] - answers), "c": 2 * answers - labels["a"]}
    found = mm.evaluation.gradient_cosines(model, x, labels, dict.fromkeys(TASKS, "mse"))
    assert found["a", "b"] == pytest.approx(1, abs=1e-5)
    assert found["a", "c"] == pytest.approx(-1, abs=1e-5) == found["b", "c"]


def test_a_task_without_a_gradient_agrees_with_nobody():
    model, x, labels = linear_tasks()
    labels["c"] = keras.ops.convert_to_numpy(model(x)["c"])
    found = mm.evaluation.gradient_cosines(model, x, labels, dict.fromkeys(TASKS, "mse"))
    assert found["a", "c"] == found["b", "c"] == 0 != found["a", "b"]


def test_what_cannot_be_compared_is_refused():
    model, x, labels = linear_tasks()
    with pytest.raises(ValueError, match="two or more of the tasks a, b, c; got losses for a and"):
        mm.evaluation.gradient_cosines(model, x, labels, {"a": "mse"})
    with pytest.raises(ValueError, match="got losses for a, b and labels for a"):
        mm.evaluation.gradient_cosines(model, x, {"a": labels["a"]}, {"a": "mse", "b": "mse"})
    with pytest.raises(ValueError, match="call it on one batch first"):
        mm.evaluation.gradient_cosines(mm.TaskFusion(keras.layers.Dense(1), model.heads), x, labels, {})


def test_a_frozen_trunk_is_said_to_be_frozen():
    model, x, labels = linear_tasks()
    model.trunk.trainable = False
    with pytest.raises(ValueError, match="nothing in the trunk is trained"):
        mm.evaluation.gradient_cosines(model, x, labels, dict.fromkeys(TASKS, "mse"))
