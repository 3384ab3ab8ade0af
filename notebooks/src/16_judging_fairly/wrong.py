"""Plausible wrong answers to lesson 16, each with a word its sentence must contain."""

WRONG = {
    1: [
        ("def unseen_val(shape, colour): return np.random.default_rng(0).random(len(shape)) < 0.2", "one side"),
        ("def unseen_val(shape, colour): return shape == 0", "a shape is gone"),
        ("def unseen_val(shape, colour): return colour == 3", "a colour is gone"),
        ("def unseen_val(shape, colour): return (shape == 0) & (colour == 3)", "one each"),
    ],
    2: [
        (
            "def held_out_template(template, count, seed):\n"
            "    rows = np.random.default_rng(seed).permutation(len(template))\n"
            "    return rows[20:], rows[:20]",
            "draw templates",
        ),
        (
            "def held_out_template(template, count, seed):\n"
            "    return np.flatnonzero(template >= count), np.flatnonzero(template < count)",
            "same templates",
        ),
        (
            "def held_out_template(template, count, seed):\n"
            "    test = template == np.random.default_rng(seed).integers(6)\n"
            "    return np.flatnonzero(~test), np.flatnonzero(test)",
            "yours has 1",
        ),
    ],
    3: [
        ("def leans_on(method, logits, colour): return np.mean(method(logits, colour) == colour // 2)", "two answers"),
        ("def leans_on(method, logits, colour): return 0.0", "other colours"),
        (
            "def leans_on(method, logits, colour):\n"
            "    return np.mean(method(logits, colour) == method(logits, np.roll(colour, 1)))",
            "its share is 0",
        ),
    ],
}
