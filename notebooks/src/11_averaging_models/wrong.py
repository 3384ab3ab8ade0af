"""Plausible wrong answers to lesson 11, each with a word its sentence must contain."""

_LOSS = (
    "def best_temperature(z, y, candidates):\n"
    "    def loss(T):\n"
    "        log_p = ops.convert_to_numpy(ops.log_softmax({scaled}))\n"
    "        return {loss}\n"
    "    return {choice}"
)
_NLL = "-np.mean(log_p[np.arange(len(y)), y])"

WRONG = {
    1: [
        ("def product_with_prior(logs, prior): return np.array(ops.log_softmax(sum(logs)))", "missing"),
        (
            "def product_with_prior(logs, prior):\n"
            "    return np.array(ops.log_softmax(sum(logs) - len(logs) * np.log(prior)))",
            "stay in once",
        ),
        ("def product_with_prior(logs, prior): return sum(logs) - (len(logs) - 1) * np.log(prior)", "normalise"),
        ("def product_with_prior(logs, prior): return np.array(ops.log_softmax(sum(logs) - np.log(prior)))", "M − 1"),
        (
            "def product_with_prior(logs, prior):\n"
            "    return np.array(ops.log_softmax(sum(logs) + (len(logs) - 1) * np.log(prior)))",
            "sign",
        ),
        (
            "def product_with_prior(logs, prior):\n"
            "    return np.array(ops.softmax(sum(logs) - (len(logs) - 1) * np.log(prior)))",
            "logarithms",
        ),
    ],
    2: [
        (_LOSS.format(scaled="z * T", loss=_NLL, choice="min(candidates, key=loss)"), "other way round"),
        (
            _LOSS.format(scaled="z / T", loss="np.mean(log_p.argmax(1) == y)", choice="max(candidates, key=loss)"),
            "accuracy",
        ),
        (_LOSS.format(scaled="z / T", loss="-" + _NLL, choice="min(candidates, key=loss)"), "first candidate"),
        (_LOSS.format(scaled="z / T", loss="np.mean(log_p.max(1))", choice="min(candidates, key=loss)"), "largest"),
        (_LOSS.format(scaled="z / T", loss=_NLL, choice="[loss(T) for T in candidates]"), "one number"),
    ],
    3: [
        ("def each_witness_once(logs, who): return np.array(ops.log_softmax(sum(logs)))", "twice"),
        ("def each_witness_once(logs, who): return np.array(ops.log_softmax(sum(logs) / len(logs)))", "mean over all"),
        ("def each_witness_once(logs, who): return sum(l / who.count(w) for l, w in zip(logs, who))", "normalise"),
        (
            "def each_witness_once(logs, who):\n"
            "    kept = dict(zip(who, logs))\n"
            "    return np.array(ops.log_softmax(sum(kept.values())))",
            "different",
        ),
    ],
}
