"""Plausible wrong answers to lesson 21, each with a word its sentence must contain."""

WRONG = {
    1: [
        ("def threshold(p, y): return 0.5", "can be had"),
        ("def threshold(p, y): return max(np.unique(p), key=lambda t: np.mean((p >= t) == y))", "plain accuracy"),
        ("def threshold(p, y): return 1.0", "a guess"),
    ],
    2: [
        (
            "def starts(snrs, gaps):\n"
            "    error = gaps.std(axis=1, ddof=1) / gaps.shape[1] ** 0.5\n"
            "    return snrs[gaps.mean(axis=1) > 2 * error].min()",
            "all higher SNRs",
        ),
        ("def starts(snrs, gaps): return snrs[2]", "seeds disagree"),
        ("def starts(snrs, gaps): return snrs[gaps.mean(axis=1) > 0.05].max()", "lowest"),
    ],
    3: [
        ("def freeze(model, name):\n    model.trainable = False\n    return model", "freeze the fast one alone"),
        ("def freeze(model, name):\n    model.head.trainable = False\n    return model", "can still learn"),
        ("def freeze(model, name): return name", "return the model"),
    ],
}
