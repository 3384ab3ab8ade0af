"""Checks for lesson 07: the closest sum of a table, FiLM with its identity start, and what interaction is worth."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, number, numbers


def closest_sum(answer) -> str:
    rng = np.random.default_rng(7)
    table = rng.normal(size=(4, 3)) + 2
    got = numbers(answer(table.copy()), table.shape)
    rows, columns = table.mean(axis=1, keepdims=True), table.mean(axis=0, keepdims=True)
    if close(got, rows + columns):
        raise Wrong("the grand mean is in the means of the rows and in those of the columns: take it away once.")
    if close(got, table - (rows + columns - table.mean())):
        raise Wrong("this is what no sum can say, the interaction; asked for is the sum itself.")
    for name, part in {"rows": rows, "columns": columns}.items():
        if close(got, np.broadcast_to(part, table.shape)):
            raise Wrong(f"only the means of the {name} are in it: a sum has a part of the picture and one of the text.")
    if close(got, np.full(table.shape, table.mean())):
        raise Wrong("the grand mean everywhere is a sum, but not the closest: use the means of rows and columns.")
    if not close(got, rows + columns - table.mean()):
        raise Wrong("the shape is right, the numbers are not: mean of the row + mean of the column − grand mean.")
    xor = np.array([[-1.0, 1.0], [1.0, -1.0]])
    if not close(numbers(answer(xor), (2, 2)), np.zeros((2, 2))):
        raise Wrong("of the table of XOR, −1 and 1 on the diagonals, nothing may be left.")
    return "of XOR nothing is left: no sum comes closer to it than zero, which is a coin."


def film(answer) -> str:
    rng = np.random.default_rng(7)
    x, c = rng.normal(size=(5, 3)).astype("float32"), rng.normal(size=(5, 4)).astype("float32")
    A, B = rng.normal(size=(2, 4, 3)).astype("float32")
    a, b = rng.normal(size=(2, 3)).astype("float32")
    start = numbers(answer(x, c, 0 * A, 0 * a, 0 * B, 0 * b), x.shape)
    if close(start, 0 * x):
        raise Wrong("with all weights at zero it gives zero, and would wreck the network around it: γ = 1 + ...")
    if not close(start, x):
        raise Wrong("with all weights at zero it must give x back, unchanged.")
    got = numbers(answer(x, c, A, a, B, b), x.shape)
    scale, shift = 1 + c @ A + a, c @ B + b
    if close(got, scale * x):
        raise Wrong("the scale is right; the shift β(c) = B c + b is missing.")
    if close(got, x + shift):
        raise Wrong("the shift is right; the scale γ(c) = 1 + A c + a is missing, and with it all that is not a sum.")
    if close(got, scale * (x + shift)):
        raise Wrong("the shift is scaled too: first γ ⊙ x, then + β.")
    if not close(got, scale * x + shift, atol=1e-4):
        raise Wrong("it starts as the identity, but is not γ(c) ⊙ x + β(c): look at A and a, B and b once more.")
    return "it starts as the identity, and the condition steers it from there."


def worth_of_interaction(answer) -> str:
    rng = np.random.default_rng(7)
    s, t = rng.integers(0, 2, (2, 40))
    sign = np.where(s[:, None] != t[None, :], 1.0, -1.0)
    pure = np.stack([-sign, sign], axis=-1)
    lean = np.stack([np.zeros((40, 40)), np.repeat(2.0 * s[:, None] - 1, 40, axis=1)], axis=-1)
    worth = number(answer(lean + pure, (s != t).astype(int)))
    right = np.mean(s == (s != t))  # the sum that is left names s
    if abs(worth + (1 - right)) < 1e-3:
        raise Wrong("the sign is the other way round: accuracy of the model minus accuracy of its EMAP.")
    if abs(worth - 1) < 1e-3:
        raise Wrong("this is the accuracy of the model; take away that of its EMAP.")
    if abs(worth - right) < 1e-3:
        raise Wrong("this is the accuracy of the EMAP; the model's comes first, minus this.")
    if abs(worth - (1 - right)) > 1e-3:
        raise Wrong("not so: the model is F[i, i]; its EMAP mean over axis 1 + mean over axis 0 − grand mean, (n, C).")
    if abs(number(answer(lean, s))) > 1e-6:
        raise Wrong("a model that is a sum already must lose nothing.")
    return "whoever reports this beside the accuracy says what the pair was worth."


EXERCISES = {
    1: Exercise(closest_sum, "table.mean(axis=1, keepdims=True) has the shape (n, 1) and is added to every column."),
    2: Exercise(film, "With A and a at zero γ must be 1; and β is added behind the product."),
    3: Exercise(worth_of_interaction, "F[np.arange(n), np.arange(n)] are the true pairs; what is F.mean(axis=1)?"),
}
