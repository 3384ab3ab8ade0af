"""Plausible wrong answers to lesson 02, each with a word its sentence must contain."""

WRONG = {
    1: [
        ("def bigrams(s): return s.split()", "single words"),
        ("def bigrams(s):\n    w = s.split()\n    return [f'{a} {b}' for a, b in zip(w[::2], w[1::2])]", "overlap"),
        ("def bigrams(s):\n    w = s.split()\n    return sorted({f'{a} {b}' for a, b in zip(w, w[1:])})", "order"),
        ("def bigrams(s):\n    w = s.split()\n    return list(zip(w, w[1:]))", "space between"),
    ],
    2: [
        ("def says(s, c): return int(c in s.split())", "'not'"),
        ("def says(s, c): return int(c in s) * (-1 if 'not ' + c in s else 1)", "whole words"),
        ("def says(s, c):\n    w = s.split()\n    return int(c in w) * (-1 if 'not' in w else 1)", "right before"),
        ("def says(s, c): return -1 if 'not' in s.split() else int(c in s.split())", "right before"),
    ],
    3: [
        ("def masked_mean(v, m): return v.mean(axis=1)", "in the mean"),
        ("def masked_mean(v, m): return (v * m[..., None]).mean(axis=1)", "full length"),
        (
            "def masked_mean(v, m):\n"
            "    with np.errstate(all='ignore'):\n"
            "        return (v * m[..., None]).sum(axis=1) / m.sum(axis=1)[:, None]",
            "0/0",
        ),
        ("def masked_mean(v, m): return v.sum(axis=1) / np.maximum(m.sum(axis=1), 1)[:, None]", "still in the sum"),
    ],
}
