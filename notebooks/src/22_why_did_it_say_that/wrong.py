"""Plausible wrong answers to lesson 22, each with a word its sentence must contain."""

WRONG = {
    1: [
        (
            "def fair_shares(worth, players):\n"
            "    rest = {p: frozenset(players) - {p} for p in players}\n"
            "    return {p: worth(frozenset(players)) - worth(rest[p]) for p in players}",
            "a third",
        ),
        (
            "def fair_shares(worth, players):\n"
            "    whole = worth(frozenset(players)) - worth(frozenset())\n"
            "    return dict.fromkeys(players, whole / 3)",
            "what it brings",
        ),
        ("def fair_shares(worth, players): return {p: worth(frozenset({p})) for p in players}", "a third"),
        ("def fair_shares(worth, players): return [0.1, 0.2, 0.3]", "a dict"),
        (
            "def fair_shares(worth, players):\n"
            "    found, before = {}, frozenset()\n"
            "    whole, none = worth(frozenset(players)), worth(frozenset())\n"
            "    rest = {p: worth(frozenset(players)) - worth(frozenset(players) - {p}) for p in players}\n"
            "    left = whole - none - sum(rest.values())\n"
            "    return {p: rest[p] + left / 3 for p in players}",
            "all six orders",
        ),
    ],
    2: [
        (
            "def hangs_on(answer, images, places):\n"
            "    median = np.median(images, axis=(1, 2), keepdims=True).astype('uint8')\n"
            "    return {n: np.mean(answer(np.where(w[..., None], median, images)) == answer(images)) "
            "for n, w in places.items()}",
            "not that stay",
        ),
        (
            "def hangs_on(answer, images, places):\n"
            "    before = answer(images)\n"
            "    for n, w in places.items():\n"
            "        images[w] = 0\n"
            "    return {n: np.mean(answer(images) != before) for n in places}",
            "work on a copy",
        ),
        (
            "def hangs_on(answer, images, places):\n"
            "    median = np.median(images, axis=(1, 2, 3), keepdims=True).astype('uint8')\n"
            "    return {n: np.mean(answer(np.where(w[..., None], median, images)) != answer(images)) "
            "for n, w in places.items()}",
            "of its own",
        ),
        ("def hangs_on(answer, images, places): return {n: w.mean() for n, w in places.items()}", "should be"),
    ],
    3: [
        ("def telling_word(answer, captions): return captions[0].split()[-1]", "'glass'"),
        (
            "def telling_word(answer, captions):\n"
            "    from collections import Counter\n"
            "    return Counter(w for c in captions for w in c.split()).most_common(1)[0][0]",
            "'carl'",
        ),
        (
            "def telling_word(answer, captions):\n"
            "    words, before = sorted({w for c in captions for w in c.split()}), answer(captions)\n"
            "    return min(words, key=lambda x: np.sum(answer([' '.join(w for w in c.split() if w != x) "
            "for c in captions]) != before))",
            "'carl'",
        ),
        ("def telling_word(answer, captions): return 3", "one word"),
    ],
}
