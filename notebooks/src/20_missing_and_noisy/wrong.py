"""Plausible wrong answers to lesson 20, each with a word its sentence must contain."""

WRONG = {
    1: [
        ("def leak(y, rng): return rng.random(len(y)) >= 0.4", "tells nothing"),
        ("def leak(y, rng): return y == 0", "average to 0.4"),
        ("def leak(y, rng): return rng.random(len(y)) < np.where(y == 1, 0.7, 0.1)", "lack it"),
        ("def leak(y, rng): return rng.random(len(y)) >= np.where(y == 1, 0.6, 0.2)", "asked for is 0.8"),
        (
            "def leak(y, rng): return np.random.default_rng(0).random(len(y)) >= np.where(y == 1, 0.7, 0.1)",
            "the same gaps",
        ),
        ("def leak(y, rng): return np.where(y == 1, 0.7, 0.1)", "True or False"),
    ],
    2: [
        (
            "def unmet(train, test):\n    met = set(map(tuple, train.tolist()))\n"
            "    return np.array([tuple(row) in met for row in test.tolist()])",
            "other way round",
        ),
        ("def unmet(train, test): return ~test.all(axis=1)", "may well have been met"),
        ("def unmet(train, test): return ~np.isin(test.sum(axis=1), train.sum(axis=1))", "is not which"),
        ("def unmet(train, test): return ~np.isin(test, train).all(axis=1)", "yours says"),
    ],
    3: [
        ("def whole_and_single(r, M): return (1 - r) ** M, M * (1 - r) * r ** (M - 1)", "would have lost all"),
        ("def whole_and_single(r, M): return 1 - r**M, M * (1 - r) * r ** (M - 1) + r**M", "to keep all"),
        (
            "def whole_and_single(r, M): return (1 - r) ** M, (1 - r) * r ** (M - 1) + r**M / M",
            "one certain modality",
        ),
        ("def whole_and_single(r, M): return (1 - r) ** M", "2 things"),
    ],
}
