"""Checks for lesson 12: folds by group, answers out of fold, and a mixture with somebody absent."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, numbers, unchanged


def folds_by_group(answer) -> str:
    rng = np.random.default_rng(12)
    for count, voices in ((3, 7), (5, 20)):
        group = rng.permutation(np.repeat(np.arange(100, 100 + voices), 6))
        got = numbers(answer(group, count), (len(group),))
        if not np.array_equal(got, got.astype(int)):
            raise Wrong("a fold is a whole number from 0 on; yours are not whole.")
        folds = got.astype(int)
        if folds.min() < 0 or folds.max() >= count:
            raise Wrong(f"folds are numbered 0 to {count - 1}; yours go from {folds.min()} to {folds.max()}.")
        for voice in np.unique(group):
            mine = np.unique(folds[group == voice])
            if len(mine) > 1:
                raise Wrong(
                    f"voice {voice} is in the folds {mine[0]} and {mine[1]}: the model that answers for it in one has "
                    "heard it in the other. All samples of a group belong into one fold."
                )
        empty = np.setdiff1d(np.arange(count), folds)
        if len(empty):
            raise Wrong(f"fold {empty[0]} is empty; spread the groups over all {count} folds.")
        sizes = np.bincount(folds, minlength=count)
        if sizes.max() > 2 * sizes.min() and voices >= 2 * count:
            raise Wrong(f"the largest fold has {sizes.max()} samples, the smallest {sizes.min()}: spread them evenly.")
    return "no voice is in two folds, and none is empty."


def answers_out_of_fold(answer) -> str:
    rng = np.random.default_rng(12)
    x, y = np.arange(24).reshape(12, 2).astype("float32"), rng.integers(0, 3, 12)
    fold = np.array([2, 0, 1, 1, 0, 2, 2, 0, 1, 0, 1, 2])
    before, fitted = x.copy(), []

    def fit(x_seen, y_seen):
        x_seen, y_seen = np.asarray(x_seen), np.asarray(y_seen)
        if len(x_seen) != len(y_seen):
            raise Wrong(f"fit got {len(x_seen)} samples and {len(y_seen)} labels.")
        seen = {int(row[0]) // 2 for row in x_seen}
        if any(y[row] != label for row, label in zip([int(r[0]) // 2 for r in x_seen], y_seen, strict=True)):
            raise Wrong("the labels given to fit are not those of its samples: take the same rows of x and y.")
        fitted.append(len(seen))

        def ask(x_asked):
            rows = [int(row[0]) // 2 for row in np.asarray(x_asked)]
            known = [row for row in rows if row in seen]
            if known:
                raise Wrong(
                    f"a model was asked for sample {known[0]}, which it was fitted on: that is not out of fold."
                )
            return np.stack([np.asarray(rows), np.full(len(rows), len(seen)), np.zeros(len(rows))], axis=1)

        return ask

    got = numbers(answer(fit, x, y, fold), (12, 3))
    unchanged(before, x, "samples")
    if not fitted:
        raise Wrong("fit was never called: fit a model for each fold, on the samples of the others.")
    if not np.array_equal(got[:, 0], np.arange(12)):
        raise Wrong("each answer must stand in the row of its sample; yours stand in another order.")
    if len(fitted) != 3 or set(fitted) != {8}:
        raise Wrong(f"3 folds of 4 make 3 models, each fitted on the other 8 samples; yours: {fitted}.")
    return "every sample is answered once, by a model that never saw it."


def mixture_with_absent(answer) -> str:
    rng = np.random.default_rng(12)
    p = rng.dirichlet(np.ones(4), size=(2, 5))  # two experts, five samples
    scores = rng.normal(size=(5, 2))
    for present in (np.ones((5, 2), bool), np.array([[1, 1], [1, 0], [0, 1], [1, 1], [0, 1]], bool)):
        got = numbers(answer([p[0], p[1]], scores, present), (5, 4))
        weight = np.exp(scores) * present
        right = np.einsum("nm,mnc->nc", weight / weight.sum(axis=1, keepdims=True), p)
        if close(got, right, atol=1e-4):
            continue
        soft = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        if close(got, np.einsum("nm,mnc->nc", soft, p), atol=1e-4):
            raise Wrong("an absent expert still has a share: its weight must be 0.")
        if close(got, np.einsum("nm,mnc->nc", soft * present, p), atol=1e-4):
            raise Wrong("the probabilities no longer sum to 1: take the absent out before the softmax.")
        zero = np.where(present, scores, 0)
        zero = np.exp(zero) / np.exp(zero).sum(axis=1, keepdims=True)
        if close(got, np.einsum("nm,mnc->nc", zero, p), atol=1e-4):
            raise Wrong("a score of 0 is an ordinary score, and e⁰ = 1: an absent expert needs the score −∞.")
        equal = present / present.sum(axis=1, keepdims=True)
        if close(got, np.einsum("nm,mnc->nc", equal, p), atol=1e-4):
            raise Wrong("that is the mean of those present; the scores of the gate decide the shares.")
        raise Wrong("the numbers are not Σ gₘ pₘ with g the softmax of the scores over the experts present.")
    return "who is absent has no share, and one alone speaks for itself."


EXERCISES = {
    1: Exercise(
        folds_by_group, "Number the voices 0, 1, 2, ... first: np.unique(..., return_inverse=True). Then deal them out."
    ),
    2: Exercise(
        answers_out_of_fold,
        "For each k: rest, held = fold != k, fold == k; make an array of zeros first, and write result[held].",
    ),
    3: Exercise(
        mixture_with_absent, "np.where(present, scores, -np.inf) before the softmax makes a share of exactly zero."
    ),
}
