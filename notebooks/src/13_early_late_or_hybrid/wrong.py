"""Plausible wrong answers to lesson 13, each with a word its sentence must contain."""

_D = "    d = np.asarray(a, float) - np.asarray(b, float)\n"
WRONG = {
    1: [
        ("def interval(a, b):\n" + _D + "    h = 1.96 * d.std(ddof=1)\n    return d.mean() - h, d.mean() + h", "√n"),
        (
            "def interval(a, b):\n"
            + _D
            + "    h = d.std(ddof=1) / len(d) ** 0.5\n    return d.mean() - h, d.mean() + h",
            "68%",
        ),
        (
            "def interval(a, b):\n" + _D + "    h = 1.96 * ((a.var(ddof=1) + b.var(ddof=1)) / len(d)) ** 0.5\n"
            "    return d.mean() - h, d.mean() + h",
            "two separate groups",
        ),
        (
            "def interval(a, b):\n"
            + _D
            + "    h = 1.96 * d.std(ddof=1) / len(d) ** 0.5\n    return -d.mean() - h, -d.mean() + h",
            "turned round",
        ),
    ],
    2: [
        ("def holm(p): return np.minimum(1, len(p) * p)", "Bonferroni"),
        ("def holm(p): return p", "as they came"),
        (
            "def holm(p): return np.minimum(1, np.maximum.accumulate(np.sort(p) * np.arange(len(p), 0, -1)))",
            "another order",
        ),
        (
            "def holm(p):\n"
            "    o = np.argsort(p)\n"
            "    c = np.empty(len(p))\n"
            "    c[o] = np.minimum(1, np.sort(p) * np.arange(len(p), 0, -1))\n"
            "    return c",
            "running maximum",
        ),
    ],
    3: [
        ("def samples_needed(d, apart): return int(np.ceil(1.96**2 * (apart - d**2) / d**2))", "every second case"),
        ("def samples_needed(d, apart): return int(np.ceil(2.8**2 * apart / d**2))", "not zero"),
        ("def samples_needed(d, apart): return int(2.8**2 * (apart - d**2) / d**2)", "round up"),
    ],
}
