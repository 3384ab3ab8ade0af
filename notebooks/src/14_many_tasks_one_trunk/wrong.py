"""Plausible wrong answers to lesson 14, each with a word its sentence must contain."""

WRONG = {
    1: [
        ("def lowest(losses): return np.log(2 * losses)", "these are the s"),
        ("def lowest(losses): return 1 / (2 * losses)", "these are the weights"),
        ("def lowest(losses): return np.log(2 * losses) / 2", "price"),
        (
            "def lowest(losses):\n    s = np.maximum(np.log(2 * losses), 0)\n    return np.exp(-s) * losses + s / 2",
            "Do not clip",
        ),
        ("def lowest(losses): return losses", "slope"),
    ],
    2: [
        ("def cosine(a, b): return sum(np.sum(x * y) for x, y in zip(a, b))", "inner product"),
        (
            "def cosine(a, b):\n"
            "    return np.mean([np.sum(x * y) / np.linalg.norm(x) / np.linalg.norm(y) for x, y in zip(a, b)])",
            "one long vector",
        ),
        ("def cosine(a, b): return 0.5", "over all arrays"),
    ],
    3: [
        ("def worst_partner(alone, beside): return (beside - alone[:, None]).argmin(axis=1)", "diagonal"),
        (
            "def worst_partner(alone, beside):\n"
            "    cost = alone[:, None] - beside\n"
            "    np.fill_diagonal(cost, np.inf)\n"
            "    return cost.argmin(axis=1)",
            "best partners",
        ),
        ("def worst_partner(alone, beside): return [0, 0, 0, 0]", "other than its own"),
    ],
}
