"""Plausible wrong answers to lesson 00, each with a word its sentence must contain."""

WRONG = {
    1: [
        ("def majority(a, b): return np.mean(b == np.bincount(b).argmax())", "test labels"),
        ("def majority(a, b): return np.mean(a == np.bincount(a).argmax())", "train labels"),
        ("def majority(a, b): return np.bincount(a).argmax()", "class itself"),
        ("def majority(a, b): return 0.9", "0.25"),
    ],
    2: [
        ("def concatenate(f): return np.concatenate([f['audio'], f['image']], -1)", "other way round"),
        ("def concatenate(f): return np.concatenate([x.T for x in f.values()], 0)", "axis=-1"),
        ("def concatenate(f): return np.concatenate([x.reshape(-1) for x in f.values()])", "last axis"),
    ],
    3: [
        ("def leaks(a, b): return np.mean(np.isin(a, b))", "share of train samples"),
        ("def leaks(a, b): return np.mean(np.isin(np.unique(b), a))", "share of people"),
        ("def leaks(a, b): return np.isin(b, a).sum()", "divide"),
        ("def leaks(a, b): return 0.1", "bob"),
    ],
}
