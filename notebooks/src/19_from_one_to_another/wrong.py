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
        ("def choose(totals, lengths, alpha): return np.argmax(totals, axis=1)", "for alpha = 1.0 expected"),
        ("def choose(totals, lengths, alpha): return np.argmax(totals * lengths**alpha, axis=1)", "divide by it"),
        ("def choose(totals, lengths, alpha): return np.argmax(totals / lengths, axis=1)", "counts for nothing"),
        ("def choose(totals, lengths, alpha): return np.max(totals / lengths**alpha, axis=1)", "numbers of the chosen"),
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
