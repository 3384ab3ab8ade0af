"""Plausible wrong answers to lesson 10, each with a word its sentence must contain."""

_APART = "abs(x[rows & (y == 1)].mean(0) - x[rows & (y == 0)].mean(0))"

WRONG = {
    1: [
        (
            "def chosen_inside(x, y, fold, k):\n"
            "    best = np.argsort(np.abs(x[y == 1].mean(0) - x[y == 0].mean(0)))[-k:]\n"
            "    return np.stack([best] * 4)",
            "had a say",
        ),
        (
            "def chosen_inside(x, y, fold, k):\n"
            f"    return np.stack([np.argsort(np.{_APART})[-k:] for rows in (fold == i for i in range(4))])",
            "fold itself",
        ),
        (
            "def chosen_inside(x, y, fold, k):\n"
            f"    return np.stack([np.argsort(np.{_APART})[:k] for rows in (fold != i for i in range(4))])",
            "least",
        ),
        ("def chosen_inside(x, y, fold, k): return np.zeros((4, k))", "k largest"),
    ],
    2: [
        (
            "def misaligned_third(a, b): return int(np.argmax([np.mean(s) for s in np.split(a == b, 3)]))",
            "most often",
        ),
        ("def misaligned_third(a, b): return 0", "seldom"),
        ("def misaligned_third(a, b): return 3", "numbered"),
    ],
    3: [
        ("def whitening(x): return np.diag(1 / x.std(axis=0))", "covariances"),
        ("def whitening(x): return np.linalg.eigh(np.cov(x.T))[1]", "variances are not 1"),
        ("def whitening(x): return np.eye(x.shape[1])", "eigenvectors"),
    ],
}
