"""Plausible wrong answers to lesson 12, each with a word its sentence must contain."""

WRONG = {
    1: [
        ("def folds_by_group(group, count): return np.arange(len(group)) % count", "All samples of a group"),
        ("def folds_by_group(group, count): return np.unique(group, return_inverse=True)[1]", "numbered"),
        ("def folds_by_group(group, count): return (group == group.min()).astype(int)", "empty"),
        (
            "def folds_by_group(group, count):\n"
            "    return np.minimum(np.unique(group, return_inverse=True)[1], count - 1)",
            "evenly",
        ),
    ],
    2: [
        ("def answers_out_of_fold(fit, x, y, fold): return fit(x, y)(x)", "not out of fold"),
        (
            "def answers_out_of_fold(fit, x, y, fold):\n"
            "    return np.concatenate([fit(x[fold != k], y[fold != k])(x[fold == k]) for k in np.unique(fold)])",
            "another order",
        ),
        (
            "def answers_out_of_fold(fit, x, y, fold):\n"
            "    out = np.zeros((len(x), 3))\n"
            "    for k in np.unique(fold):\n"
            "        out[fold == k] = fit(x[fold == k], y[fold == k])(x[fold == k])\n"
            "    return out",
            "not out of fold",
        ),
        (
            "def answers_out_of_fold(fit, x, y, fold):\n"
            "    out = np.zeros((len(x), 3))\n"
            "    for i in range(len(x)):\n"
            "        rest = np.arange(len(x)) != i\n"
            "        out[i] = fit(x[rest], y[rest])(x[i:i + 1])[0]\n"
            "    return out",
            "3 folds of 4",
        ),
    ],
    3: [
        (
            "def mixture_with_absent(p, scores, present):\n"
            "    g = np.array(ops.softmax(scores))\n"
            "    return g[:, :1] * p[0] + g[:, 1:] * p[1]",
            "still has a share",
        ),
        (
            "def mixture_with_absent(p, scores, present):\n"
            "    g = np.array(ops.softmax(scores)) * present\n"
            "    return g[:, :1] * p[0] + g[:, 1:] * p[1]",
            "before the softmax",
        ),
        (
            "def mixture_with_absent(p, scores, present):\n"
            "    g = np.array(ops.softmax(np.where(present, scores, 0.0)))\n"
            "    return g[:, :1] * p[0] + g[:, 1:] * p[1]",
            "ordinary score",
        ),
        (
            "def mixture_with_absent(p, scores, present):\n"
            "    g = present / present.sum(axis=1, keepdims=True)\n"
            "    return g[:, :1] * p[0] + g[:, 1:] * p[1]",
            "mean of those present",
        ),
    ],
}
