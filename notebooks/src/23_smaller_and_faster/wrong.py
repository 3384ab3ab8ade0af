"""Plausible wrong answers to lesson 23, each with a word its sentence must contain."""

SOFT = "    soft = lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)\n"

WRONG = {
    1: [
        (f"def pull(s, t, T):\n{SOFT}    return (soft(s / T) - soft(t / T)) / T", "without T²"),
        (f"def pull(s, t, T):\n{SOFT}    return T * (soft(t / T) - soft(s / T))", "other way round"),
        (f"def pull(s, t, T):\n{SOFT}    return T**2 * (soft(s / T) - soft(t / T))", "times too large"),
        (f"def pull(s, t, T):\n{SOFT}    return T * (soft(s) - soft(t))", "before the softmax"),
        ("def pull(s, t, T): return s - t", "these are logits"),
        (f"def pull(s, t, T):\n{SOFT}    return soft(s / T) - soft(t / T)", "yours is"),
    ],
    2: [
        (
            "def one_in_int8(weights, modality):\n"
            "    step = lambda w: np.abs(w).max() / 127 or 1\n"
            "    small = lambda w: np.round(w / step(w)) * step(w) if w.ndim > 1 else w\n"
            "    return {m: [small(w) if m == modality else w for w in ws] for m, ws in weights.items()}",
            "one scale for all",
        ),
        (
            "def one_in_int8(weights, modality):\n"
            "    step = lambda w: np.where(w.any(axis=0), np.abs(w).max(axis=0), 127) / 127\n"
            "    small = lambda w: np.round(w / step(w)) * step(w) if w.ndim > 1 else w\n"
            "    return {m: [small(w) for w in ws] for m, ws in weights.items()}",
            "has changed",
        ),
        (
            "def one_in_int8(weights, modality):\n"
            "    for w in weights[modality]:\n"
            "        w[...] = np.round(w)\n"
            "    return weights",
            "work on a copy",
        ),
        ("def one_in_int8(weights, modality): return weights", "not rounded"),
        (
            "def one_in_int8(weights, modality):\n"
            "    return {m: [w.astype('int8') if m == modality and w.ndim > 1 else w for w in ws]"
            " for m, ws in weights.items()}",
            "steps of its column",
        ),
    ],
    3: [
        ("def blind(chances, pictures): return chances", "cannot tell them apart"),
        (
            "def blind(chances, pictures): return np.broadcast_to(chances.mean(axis=0), chances.shape)",
            "does see the picture",
        ),
        (
            "def blind(chances, pictures):\n"
            "    z = np.stack([np.exp(np.log(chances)[pictures == p].mean(axis=0)) for p in pictures])\n"
            "    return z / z.sum(axis=1, keepdims=True)",
            "mean of the logarithms",
        ),
        (
            "def blind(chances, pictures): return np.stack([chances[pictures == p].sum(axis=0) for p in pictures])",
            "these are sums",
        ),
    ],
}
