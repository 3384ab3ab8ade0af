"""Plausible wrong answers to lesson 18, each with a word its sentence must contain."""

WRONG = {
    1: [
        ("def ceiling_at(true, k): return np.mean(k / true.sum(axis=0))", "not more than once"),
        ("def ceiling_at(true, k): return np.minimum(1, k / true.sum(axis=1)).mean()", "a column"),
        ("def ceiling_at(true, k): return min(1, k / true.sum(axis=0).mean())", "1 over the mean"),
    ],
    2: [
        (
            "def swapped(text, one, other): return text.replace(one, other).replace(other, one)",
            "is lost",
        ),
        (
            "def swapped(text, one, other):\n    return text.replace(one, '*').replace(other, one).replace('*', other)",
            "whole words",
        ),
        (
            "def swapped(text, one, other):\n"
            "    return ' '.join(other if word == one else word for word in text.split(' '))",
            "is lost",
        ),
    ],
    3: [
        ("def without_gap(image, text): return image - image.mean(axis=0), text - text.mean(axis=0)", "length one"),
        (
            "def without_gap(image, text):\n"
            "    both = np.concatenate([image, text]).mean(axis=0)\n"
            "    return image - both, text - both",
            "its own mean",
        ),
        ("def without_gap(image, text): return image, text", "as they were"),
    ],
}
