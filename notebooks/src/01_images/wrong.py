"""Two plausible wrong answers to every exercise of lesson 01, with a word the sentence must hold."""

WRONG = {
    1: [
        ("def standardise_like(train, other):\n    return (other - other.mean(axis=0)) / other.std(axis=0)", "Fit on"),
        ("def standardise_like(train, other):\n"
         "    return (other - train.mean(axis=0)) / (train.std(axis=0) + 1e-7)", "constant"),
    ],
    2: [
        ("def output_size(size, window, stride, padding):\n"
         "    return size // stride if padding == 'same' else (size - window + 1) // stride", "rounded down"),
        ("def output_size(size, window, stride, padding):\n"
         "    return size if padding == 'same' else size - window + 1", "stride"),
    ],
    3: [
        ("def shift(images, down, right):\n    return np.roll(images, (down, right), axis=(1, 2))", "comes in"),
        ("def shift(images, down, right):\n"
         "    pad = np.pad(images, ((0, 0), (9, 9), (9, 9), (0, 0)))\n"
         "    rows, columns = 9 + down, 9 + right\n"
         "    return pad[:, rows : rows + images.shape[1], columns : columns + images.shape[2]]", "other way"),
    ],
}  # fmt: skip
