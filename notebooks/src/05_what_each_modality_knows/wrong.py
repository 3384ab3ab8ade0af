"""Plausible wrong answers to lesson 05, each with a word its sentence must contain."""

WRONG = {
    1: [
        ("def match_table(K): return np.stack([1 - np.eye(K), np.eye(K)]) / K**2", "equally frequent"),
        ("def match_table(K): return 0.5 * np.stack([np.eye(K) / K, (1 - np.eye(K)) / (K * K - K)])", "way round"),
        ("def match_table(K): return np.stack([1 - np.eye(K), np.eye(K)])", "sum to 1"),
        ("def match_table(K): return np.full((2, K, K), 1 / (2 * K**2))", "one label only"),
        ("def match_table(K): return np.eye(K) / K", "labels first"),
    ],
    2: [
        ("def what_fusion_can_do(m, i, t, b): return 'adds' if b > max(i, t) else 'nothing'", "'only together'"),
        ("def what_fusion_can_do(m, i, t, b): return 'nothing' if b == i else 'adds'", "the text that knows"),
        (
            "def what_fusion_can_do(m, i, t, b):\n"
            "    if b <= max(i, t): return 'nothing'\n"
            "    return 'only together' if min(i, t) <= m else 'adds'",
            "the image alone",
        ),
        (
            "def what_fusion_can_do(m, i, t, b):\n"
            "    if b <= max(i, t): return 'nothing'\n"
            "    return 'only together' if max(i, t) == m else 'adds'",
            "not quite",
        ),
    ],
    3: [
        ("def suspects(s, c, n): return [k for k in s if s[k] > c[k]]", "room for luck"),
        ("def suspects(s, c, n): return [k for k in s if s[k] > c[k] + 2 * (c[k] * (1 - c[k]) / n) ** 0.5]", "three"),
        ("def suspects(s, c, n): return [k for k in s if s[k] > c[k] + 0.03]", "Is n in"),
        ("def suspects(s, c, n): return [k for k in s if s[k] > max(c.values())]", "its own ceiling"),
        ("def suspects(s, c, n): return [k for k in s if s[k] > c[k] + 3 * (0.25 / n) ** 0.5]", "(1 − c)"),
        ("def suspects(s, c, n): return max(s, key=s.get)", "list of names"),
    ],
}
