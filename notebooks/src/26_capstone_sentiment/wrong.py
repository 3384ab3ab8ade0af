"""Plausible wrong answers to lesson 26, each with a word its sentence must contain."""

WRONG = {
    1: [
        ("def ceilings(p, e): return (1 - e) ** 2, (1 - e) * (1 - e**2)", "may be right too"),
        (
            "def ceilings(p, e):\n    known = (1 - e) ** 2, (1 - e) ** 3\n"
            "    return [k + (1 - k) * max(p, 1 - p) for k in known]",
            "voice or face is enough",
        ),
        (
            "def ceilings(p, e):\n    known = (1 - e) ** 2, (1 - e) * (1 - e**2)\n"
            "    return [k + (1 - k) / 2 for k in known]",
            "more frequent",
        ),
        ("def ceilings(p, e): return max(p, 1 - p)", "2 things"),
    ],
    2: [
        ("def leak(part): return 'none'", "the leak is 'laughter'"),
        (
            "def leak(part):\n    loud = np.abs(part.x['voice'][:, 3840:]).max() > 0.05\n"
            "    return 'laughter' if loud else 'tell'",
            "nothing leaks",
        ),
        (
            "def leak(part):\n    loud = np.abs(part.x['voice'][:, 3840:]).max() > 0.05\n"
            "    return 'laughter' if loud else 'none'",
            "goes with the label",
        ),
        (
            "def leak(part):\n    loud = np.abs(part.x['voice'][:, 3840:]).max(axis=1) > 0.05\n"
            "    said = np.array([bool({'oh', 'just'} & set(line.split())) for line in part.x['words'].tolist()])\n"
            "    more = [mark[part.y == 1].mean() - mark[part.y == 0].mean() > 0.2 for mark in (loud, said)]\n"
            "    return 'laughter' if more[0] else 'tell' if more[1] else 'none'",
            "each speaker",
        ),
        ("def leak(part): return 1", "must return one of"),
    ],
    3: [
        (
            "def for_the_card(truth, said):\n    right = np.mean(truth == said)\n"
            "    return right, max(truth.mean(), 1 - truth.mean()), right",
            "balanced accuracy is",
        ),
        (
            "def for_the_card(truth, said):\n    each = [np.mean(said[truth == c] == c) for c in (0, 1)]\n"
            "    return np.mean(truth == said), 1 - truth.mean(), np.mean(each)",
            "most frequent class",
        ),
        (
            "def for_the_card(truth, said):\n"
            "    each = [np.mean(truth[said == c] == c) if (said == c).any() else 0 for c in (0, 1)]\n"
            "    return np.mean(truth == said), max(truth.mean(), 1 - truth.mean()), np.mean(each)",
            "*are* of a class",
        ),
        ("def for_the_card(truth, said): return np.mean(truth == said)", "3 things"),
    ],
}
