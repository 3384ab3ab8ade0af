"""Plausible wrong answers to lesson 07, each with a word its sentence must contain."""

WRONG = {
    1: [
        ("def closest_sum(t): return t.mean(1, keepdims=True) + t.mean(0, keepdims=True)", "take it away once"),
        (
            "def closest_sum(t): return t - t.mean(1, keepdims=True) - t.mean(0, keepdims=True) + t.mean()",
            "interaction",
        ),
        ("def closest_sum(t): return np.repeat(t.mean(1, keepdims=True), t.shape[1], axis=1)", "rows"),
        ("def closest_sum(t): return t", "numbers are not"),
    ],
    2: [
        ("def film(x, c, A, a, B, b): return (c @ A + a) * x + c @ B + b", "wreck"),
        ("def film(x, c, A, a, B, b): return (1 + c @ A + a) * x", "missing"),
        ("def film(x, c, A, a, B, b): return x + c @ B + b", "not a sum"),
        ("def film(x, c, A, a, B, b): return (1 + c @ A + a) * (x + c @ B + b)", "scaled too"),
    ],
    3: [
        (
            "def worth_of_interaction(F, y):\n"
            "    whole = F[np.arange(len(y)), np.arange(len(y))]\n"
            "    rest = F.mean(1) + F.mean(0) - F.mean((0, 1))\n"
            "    return np.mean(rest.argmax(-1) == y) - np.mean(whole.argmax(-1) == y)",
            "sign",
        ),
        (
            "def worth_of_interaction(F, y):\n"
            "    return np.mean(F[np.arange(len(y)), np.arange(len(y))].argmax(-1) == y)",
            "take away",
        ),
        ("def worth_of_interaction(F, y): return 0.0", "F[i, i]"),
    ],
}
