"""Plausible wrong answers to lesson 08, each with a word its sentence must contain."""

ONES = "o = lambda x: ops.concatenate([ops.ones((len(x), 1)), x], -1)\n"

WRONG = {
    1: [
        ("def outer_product(x, y): return ops.reshape(x[:, :, None] * y[:, None, :], (len(x), -1))", "put a 1"),
        (ONES + "def outer_product(x, y): return o(x)[:, :, None] * o(y)[:, None, :]", "flatten"),
        (
            ONES + "def outer_product(x, y): return ops.reshape(o(x)[:, None, :] * o(y)[:, :, None], (len(x), -1))",
            "order",
        ),
        ("def outer_product(x, y): return ops.concatenate([x, y], -1)", "products a sample"),
        ("def outer_product(x, y): return ops.zeros((4, 12))", "numbers are not"),
    ],
    2: [
        ("def count_weights(d, u, r): return u * int(np.prod(d)), r * u * sum(d)", "forgot the 1"),
        (
            "def count_weights(d, u, r):\n    d = [k + 1 for k in d]\n    return u * int(np.prod(d)), r * u * sum(d)",
            "forgot w",
        ),
        (
            "def count_weights(d, u, r):\n"
            "    d = [k + 1 for k in d]\n"
            "    return u * int(np.prod(d)), r * u * int(np.prod(d))",
            "each rank",
        ),
        ("def count_weights(d, u, r): return u * sum(d), 1", "one weight for each product"),
        ("def count_weights(d, u, r): return 7", "2 things"),
    ],
    3: [
        ("def parity_kernel(K): return (-1.0) ** np.add.outer(np.arange(K), np.arange(K))", "other way"),
        ("def parity_kernel(K): return np.add.outer(np.arange(K), np.arange(K)) % 2", "0 is no answer"),
        (
            "def parity_kernel(K):\n"
            "    s = np.add.outer(np.arange(K), np.arange(K))\n"
            "    return np.where(s % 2, 1.0 + s, -1.0)",
            "rank is",
        ),
        ("def parity_kernel(K): return np.ones(K)", "expected the shape"),
    ],
}
