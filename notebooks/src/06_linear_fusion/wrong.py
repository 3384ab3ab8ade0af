"""Plausible wrong answers to lesson 06, each with a word its sentence must contain."""

WRONG = {
    1: [
        ("def weighted_sum(f, a): return sum(a[i] * x for i, x in enumerate(f))", "softmax"),
        ("def weighted_sum(f, a): return np.concatenate(f, -1)", "concatenation"),
        ("def weighted_sum(f, a): return sum(f) / len(f)", "same weight"),
        ("def weighted_sum(f, a): return sum(f)", "own weight"),
    ],
    2: [
        ("def present_weights(a, p): return ops.softmax(a) * ops.cast(p, 'float32')", "before"),
        ("def present_weights(a, p): return ops.softmax(a * ops.cast(p, 'float32'), -1)", "not a weight of 0"),
        ("def present_weights(a, p): return ops.softmax(a)", "one row"),
        ("def present_weights(a, p): return p / p.sum(1, keepdims=True)", "ratio"),
    ],
    3: [
        (
            "def drop_when_shuffled(model, x, y, m):\n"
            "    before = np.mean(model.predict(x).argmax(-1) == y)\n"
            "    np.random.default_rng(0).shuffle(x[m])\n"
            "    return before - np.mean(model.predict(x).argmax(-1) == y)",
            "copy",
        ),
        (
            "def drop_when_shuffled(model, x, y, m):\n"
            "    z = {**x, m: x[m][np.random.default_rng(0).permutation(len(y))]}\n"
            "    return np.mean(model.predict(z).argmax(-1) == y) - np.mean(model.predict(x).argmax(-1) == y)",
            "sign",
        ),
        ("def drop_when_shuffled(model, x, y, m): return 0.0", "Shuffled?"),
        ("def drop_when_shuffled(model, x, y, m): return 0.7", "ignores the audio"),
    ],
}
