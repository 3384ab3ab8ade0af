"""Do tasks pull a shared trunk the same way? Cosines between their gradients. Taught in lesson 14."""

from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # a model is an argument here: whoever has one has Keras already
    from ..models import TaskFusion


def gradient_cosines(model: "TaskFusion", batch, labels: Mapping, losses: Mapping) -> dict[tuple[str, str], float]:
    """cos(g_a, g_b) = g_a · g_b / (|g_a| |g_b|) for each pair of tasks, g_t = ∇L_t over all weights of the trunk.

    Above 0 a small step for one task lowers the loss of the other too, below 0 it raises it, near 0 it does neither. It
    speaks of this step at this point of training, on this batch, and says nothing of the room that two tasks need.

    `batch`: what the model takes. `labels`, `losses`: task -> labels (B, ...), task -> a Keras loss; tasks are those
    of `losses`, two or more. The model answers as in inference. A task without a gradient has cosine 0 with all others.
    TensorFlow backend only. Raises `ValueError` for a model that is not built or whose trunk is frozen, fewer than two
    tasks, tasks that the model does not have, and those without labels. Source: Du et al., 2018, arXiv:1812.02224.
    Taught in lesson 14.

    >>> heads = {task: keras.layers.Dense(1, kernel_initializer="ones") for task in ("up", "down")}
    >>> both, x = mm.TaskFusion(keras.layers.Dense(2), heads), np.ones((4, 3), "float32")
    >>> _ = both(x)
    >>> labels = {"up": np.full((4, 1), 100.0, "float32"), "down": np.full((4, 1), -100.0, "float32")}
    >>> round(gradient_cosines(both, x, labels, {"up": "mse", "down": "mse"})["up", "down"], 2)
    -1.0
    """
    import keras
    import tensorflow as tf

    if not model.built:
        raise ValueError("gradient_cosines: the model has no weights yet; call it on one batch first")
    unknown = [task for task in losses if task not in model.heads or task not in labels]
    if unknown or len(losses) < 2:
        raise ValueError(
            f"gradient_cosines needs losses and labels for two or more of the tasks {', '.join(model.heads)}; "
            f"got losses for {', '.join(losses) or 'none'} and labels for {', '.join(labels) or 'none'}"
        )
    weights = [variable.value for variable in model.trunk.trainable_variables]
    if not weights:
        raise ValueError("gradient_cosines: nothing in the trunk is trained, so no task pulls it; unfreeze some of it")
    with tf.GradientTape(persistent=True) as tape:
        answers = model(batch, training=False)
        values = {
            task: tf.reduce_mean(keras.losses.get(loss)(labels[task], answers[task])) for task, loss in losses.items()
        }
    directions = {}
    for task, value in values.items():
        parts = tape.gradient(value, weights, unconnected_gradients="zero")
        whole = np.concatenate([np.ravel(tf.convert_to_tensor(part)) for part in parts]).astype(float)
        length = np.linalg.norm(whole)
        directions[task] = whole / length if length else whole
    return {(a, b): float(directions[a] @ directions[b]) for a, b in combinations(directions, 2)}
