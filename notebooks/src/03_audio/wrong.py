"""Plausible wrong answers to lesson 03, each with a word its sentence must contain."""

WRONG = {
    1: [
        ("def count_frames(n, length, stride): return (n - length) // stride", "steps"),
        ("def count_frames(n, length, stride): return n // stride", "stick out"),
        ("def count_frames(n, length, stride): return n // length", "overlap"),
        ("def count_frames(n, length, stride): return max(1, 1 + (n - length) // stride)", "shorter than a frame"),
    ],
    2: [
        ("def snr_db(a, b): return 10 * np.log10(np.mean(a**2) / np.mean(b**2))", "what was added"),
        ("def snr_db(a, b): return 20 * np.log10(np.mean(a**2) / np.mean((b - a)**2))", "power"),
        ("def snr_db(a, b): return 10 * np.log10(np.mean((b - a)**2) / np.mean(a**2))", "sign"),
        ("def snr_db(a, b): return np.mean(a**2) / np.mean((b - a)**2)", "ratio itself"),
    ],
    3: [
        ("def split_by_voice(v, share, seed): return np.random.default_rng(seed).random(len(v)) < share", "not clips"),
        ("def split_by_voice(v, share, seed): return np.isin(v, np.unique(v)[:3])", "same split"),
        (
            "def split_by_voice(v, share, seed): return np.random.default_rng(seed).permutation(np.unique(v))[:3]",
            "one bool",
        ),
        ("def split_by_voice(v, share, seed): return np.zeros(len(v), bool)", "empty"),
    ],
}
