"""Plausible wrong answers to lesson 19, each with a word its sentence must contain."""

WRONG = {
    1: [
        ("def lie(caption, false): return caption", "has 0 false facts"),
        ("def lie(caption, false): return 'a pink star'", "false facts"),
        ("def lie(caption, false): return ' '.join(false.get(w, w) for w in caption.split())", "has 4 false facts"),
        (
            "def lie(caption, false):\n"
            "    words = caption.split()\n"
            "    facts = [i for i, word in enumerate(words) if word in false]\n"
            "    return ' '.join(false[w] if i in (facts[0], facts[-1]) else w for i, w in enumerate(words))",
            "break fewer sequences",
        ),
    ],
    2: [
        (
            "def grow(totals, logs):\n"
            "    words = logs.argmax(axis=1)\n"
            "    return np.arange(len(totals)), words, totals + logs.max(axis=1)",
            "each beginning went on once",
        ),
        (
            "def grow(totals, logs):\n"
            "    best = np.argsort(-logs, axis=None)[: len(totals)]\n"
            "    return *np.unravel_index(best, logs.shape), logs.ravel()[best]",
            "the next word alone",
        ),
        (
            "def grow(totals, logs):\n"
            "    sums = totals[:, None] + logs\n"
            "    best = np.argsort(-sums, axis=None)[: len(totals)][::-1]\n"
            "    return *np.unravel_index(best, sums.shape), sums.ravel()[best]",
            "best comes first",
        ),
        (
            "def grow(totals, logs):\n"
            "    sums = totals[:, None] + logs\n"
            "    best = np.argsort(-sums, axis=None)[: len(totals)]\n"
            "    return *np.unravel_index(best, sums.shape), logs.ravel()[best]",
            "old ones plus",
        ),
    ],
    3: [
        ("def forced(step, slots): return [int(np.argmax(step([]))) for _ in slots]", "allows the words"),
        (
            "def forced(step, slots):\n"
            "    words = []\n"
            "    for allowed in slots:\n"
            "        words.append(int(np.argmax(step(words)[allowed])))\n"
            "    return words",
            "a place in the slot's list",
        ),
        (
            "def forced(step, slots):\n    return [allowed[int(np.argmax(step([])[allowed]))] for allowed in slots]",
            "words chosen so far",
        ),
    ],
}
