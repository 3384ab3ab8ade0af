"""Plausible wrong answers to lesson 15, each with a word its sentence must contain."""

SWAP = "def swapped(text, colours, a, b):\n    result = text.copy()\n"
AP = "def ap(right, confidence):\n"
PRECISION = "    return np.sum((np.cumsum(r) / np.arange(1, len(r) + 1))[r]) / "

WRONG = {
    1: [
        (AP + "    r = right[np.argsort(-confidence)]\n" + PRECISION + "r.sum()", "all objects"),
        (AP + "    r = right[np.argsort(confidence)]\n" + PRECISION + "len(r)", "surest"),
        (AP + "    r = right\n" + PRECISION + "len(r)", "as they come"),
        (AP + "    return right.mean()", "whatever"),
    ],
    2: [
        (
            SWAP + "    for x, y in [*zip(colours[a], colours[b]), *zip(colours[b], colours[a])]:\n"
            "        result[result == x] = y\n    return result",
            "half-way",
        ),
        (
            SWAP + "    for x, y in zip(colours[a], colours[b]):\n        result[text == x] = y\n    return result",
            "only one",
        ),
        (
            "def swapped(text, colours, a, b):\n    was = text.copy()\n"
            "    for x, y in [*zip(colours[a], colours[b]), *zip(colours[b], colours[a])]:\n"
            "        text[was == x] = y\n    return text",
            "copy",
        ),
    ],
    3: [
        ("def best(n, hidden, unsaid): return (1 - hidden) * (1 - unsaid)", "guesses"),
        (
            "def best(n, hidden, unsaid): return 1 / 4 + 3 / 4 * (1 - hidden) * (1 - unsaid)",
            "one of n",
        ),
        (
            "def best(n, hidden, unsaid):\n    lost = min(1, hidden + unsaid)\n    return 1 - lost + lost / n",
            "at once",
        ),
    ],
}
