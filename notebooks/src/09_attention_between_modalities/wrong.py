"""Plausible wrong answers to lesson 09, each with a word its sentence must contain."""

SOFTMAX = "    w = np.exp(s - s.max(-1, keepdims=True))\n"
SCORES = "def attend_to(q, k, v, mask):\n    s = q @ k.transpose(0, 2, 1) / q.shape[-1] ** 0.5\n"

WRONG = {
    1: [
        (SCORES + SOFTMAX + "    return w @ v / w.sum(-1, keepdims=True)", "padding"),
        (
            SCORES + SOFTMAX + "    w = w / w.sum(-1, keepdims=True)\n    return (w * mask[:, None]) @ v",
            "sum to one",
        ),
        (
            "def attend_to(q, k, v, mask):\n    s = np.where(mask[:, None], q @ k.transpose(0, 2, 1), -1e9)\n"
            + SOFTMAX
            + "    return w @ v / w.sum(-1, keepdims=True)",
            "root",
        ),
        (
            SCORES
            + "    s = np.where(mask[:, None], s, -1e9)\n"
            + SOFTMAX
            + "    return w @ v / w.sum(-1, keepdims=True)",
            "zeros",
        ),
    ],
    2: [
        ("def entropy(w): return -(w * np.log(np.where(w > 0, w, 1))).sum(-1)", "base 2"),
        ("def entropy(w): return (w * np.log2(np.where(w > 0, w, 1))).sum(-1)", "minus"),
        ("def entropy(w): return -(w * np.log2(np.where(w > 0, w, 1))).mean(-1)", "sum"),
    ],
    3: [
        (
            "def comparisons(lengths, n): return sum(t * t for t in lengths), sum((t + n) ** 2 for t in lengths)",
            "all tokens",
        ),
        ("def comparisons(lengths, n): return sum(lengths) ** 2, sum(t**2 + n for t in lengths)", "bottleneck"),
        ("def comparisons(lengths, n): return sum(lengths) ** 2, (sum(lengths) + n) ** 2", "each modality"),
    ],
}
