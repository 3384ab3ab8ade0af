"""Plausible wrong answers to lesson 25, each with a word its sentence must contain."""

WRONG = {
    1: [
        (
            "def noise_for(target, q, steps, delta): return np.sqrt(2 * np.log(1.25 / delta)) / target",
            "breaks the promise",
        ),
        (
            "def noise_for(target, q, steps, delta):\n"
            "    return next(n for n in range(1, 99) if mm.training.epsilon(float(n), q, steps, delta) <= target)",
            "less noise would do",
        ),
        ("def noise_for(target, q, steps, delta): return mm.training.epsilon(1.0, q, steps, delta)", "less noise"),
        ("def noise_for(target, q, steps, delta): return 0", "above 0"),
    ],
    2: [
        (
            "def voice_sum(gradients, voices, clip):\n"
            "    sizes = np.linalg.norm(gradients, axis=1, keepdims=True)\n"
            "    return (gradients / np.maximum(1, sizes / clip)).sum(axis=0)",
            "clips each sample",
        ),
        (
            "def voice_sum(gradients, voices, clip):\n"
            "    total = gradients.sum(axis=0)\n"
            "    return total / max(1, np.linalg.norm(total) / clip)",
            "everybody",
        ),
        (
            "def voice_sum(gradients, voices, clip):\n"
            "    sums = [gradients[voices == v].sum(axis=0) for v in np.unique(voices)]\n"
            "    return sum(s * clip / np.linalg.norm(s) for s in sums)",
            "where it is longer",
        ),
        ("def voice_sum(gradients, voices, clip): return gradients.sum(axis=0)", "at most 1"),
    ],
    3: [
        (
            "def narrow(public, private, width):\n"
            "    centred = private - private.mean(axis=0)\n"
            "    return centred @ np.linalg.svd(centred, full_matrices=False)[2][:width].T",
            "other private samples",
        ),
        (
            "def narrow(public, private, width):\n"
            "    directions = np.linalg.svd(public - public.mean(axis=0), full_matrices=False)[2][:width]\n"
            "    return (private - private.mean(axis=0)) @ directions.T",
            "other private samples",
        ),
        (
            "def narrow(public, private, width):\n"
            "    directions = np.linalg.svd(public - public.mean(axis=0), full_matrices=False)[2][:width]\n"
            "    return private @ directions.T",
            "the mean of `public`",
        ),
        ("def narrow(public, private, width): return private[:, :width]", "varies most"),
    ],
}
