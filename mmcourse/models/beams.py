"""Beam search over a decoder that keeps a state: the words so far are read once. Taught in lesson 19."""

from collections.abc import Callable

from keras import ops

from ..layers.numerics import is_true, wide

IMPOSSIBLE = -1e30  # a log-probability below all others, which can be added to itself


def search(states, step: Callable, score: Callable, length: int, beams: int):
    """The best of `beams` beginnings for each sample, (N, length) int32 NumPy, 0 from the end on.

    `states` (N, beams, d) before the first word; `score(states)` gives logits (N, beams, V) of the next word, and
    `step(states, words)` the states after words (N, beams). At each step the `beams` beginnings of the highest sum of
    log-probabilities stay; one that has ended in 0 stays as it is. A sum never grows, so when the highest has ended
    nothing can overtake it. With V ** length beams the answer is the likeliest caption of all. Eager code only.
    """
    rows = states.shape[0]
    first = ops.cast(ops.arange(beams) > 0, "float32") * IMPOSSIBLE  # all beams begin alike: one of them counts
    totals = ops.broadcast_to(first, (rows, beams))
    ended = ops.zeros((rows, beams), dtype="bool")
    captions = ops.zeros((rows, beams, 0), dtype="int32")
    for t in range(length):
        if t:
            states = ops.stop_gradient(step(states, captions[:, :, -1]))
        logits = ops.stop_gradient(score(states))  # nothing is learned here: PyTorch would keep every step
        vocabulary = logits.shape[-1]
        stays = ops.cast(ops.arange(vocabulary) > 0, "float32") * IMPOSSIBLE  # after the end comes 0, for nothing
        gains = ops.where(ended[..., None], stays, ops.log_softmax(wide(logits), axis=-1))
        sums = ops.reshape(totals[..., None] + gains, (rows, beams * vocabulary))
        totals, best = ops.top_k(sums, beams)
        parents = ops.cast(best, "int32") // vocabulary
        words = ops.cast(best, "int32") - parents * vocabulary
        states = ops.take_along_axis(states, parents[..., None], axis=1)
        captions = ops.take_along_axis(captions, parents[..., None], axis=1) if t else captions
        captions = ops.concatenate([captions, words[..., None]], axis=2)
        ended = ops.logical_or(ops.take_along_axis(ended, parents, axis=1), words == 0)
        if is_true(ops.all(ended[:, 0])):
            break
    best = captions[:, 0]
    return ops.convert_to_numpy(ops.pad(best, [[0, 0], [0, length - best.shape[1]]]))
