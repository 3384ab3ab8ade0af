"""Where cross-attention and the bottleneck spend their time, beside the floor of `layers.py`.

    python benchmarks/tokens.py

The floor counts the matrix products of the formula at the rate of one 1024² product. This takes the same products at
the shapes they really have, and what the formula needs besides (softmax, layer normalisation, rectifier, moving heads),
each alone, forward and backward, on one thread; and writes `results/tokens.md`.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np  # noqa: E402
from layers import BATCH, STEPS, UNITS, WIDTHS, chosen, flops, gemm_rate, race, variants  # noqa: E402

SHARED = 4  # bottleneck tokens


def products(case: str, ds: tuple) -> list[tuple]:
    """`(shape of A, shape of B)` of every matrix product of the formula."""
    k, t, m = UNITS, STEPS, len(ds)
    found = []
    for d in ds:
        if case == "cross-attention":
            asked = t * (m - 1)
            found += [((BATCH * t, d), (d, k))] * 2  # questions, keys
            found += [((BATCH, t, k), (BATCH, k, asked))]  # scores
            found += [((BATCH, 1, t), (BATCH, t, d))] * (m - 1)  # the weighted mean of the tokens
            found += [((BATCH, d), (d, k)), ((BATCH, k), (k, k))]  # values, output
        else:
            found += [((BATCH * t, d), (d, k))]
            for rows in (t + SHARED, SHARED):  # a whole block, and one for the shared tokens only
                whole = t + SHARED
                found += [((BATCH * rows, k), (k, k)), ((BATCH * whole, k), (k, 2 * k))]
                found += [((BATCH, rows, k), (BATCH, k, whole)), ((BATCH, rows, whole), (BATCH, whole, k))]
                found += [((BATCH * rows, k), (k, k)), ((BATCH * rows, k), (k, 2 * k))]
                found += [((BATCH * rows, 2 * k), (2 * k, k))]
    return found


def others(case: str, ds: tuple) -> dict[str, tuple]:
    """What the formula needs besides products: `{name: (function, [shape of each input])}`."""
    from keras import ops

    def normalised(x):
        mean, variance = ops.moments(x, axes=-1, keepdims=True)
        return (x - mean) * ops.rsqrt(variance + 1e-5)

    k, t, m = UNITS, STEPS, len(ds)
    if case == "cross-attention":
        return {
            "softmax and its mean": (lambda x: ops.mean(ops.softmax(x), axis=2), [(BATCH, 1, t, t * (m - 1))] * m),
            "layer normalisation": (normalised, [(BATCH, k)]),
        }
    whole = t + SHARED
    blocks = [(rows, whole) for rows in (whole, SHARED) for _ in ds]
    rows = [(BATCH, r, k) for r, _ in blocks]
    return {
        "softmax": (ops.softmax, [(BATCH, 1, r, w) for r, w in blocks]),
        "layer normalisation": (normalised, [*rows, *rows, *[(BATCH, whole, k) for r, _ in blocks if r == SHARED]]),
        "rectifier, biases, sums": (lambda x: ops.relu(x + 1.0) + x, [(BATCH, r, 2 * k) for r, _ in blocks]),
        "tokens side by side": (
            lambda x: ops.concatenate([x, x[:, :SHARED]], axis=1)[:, :t],
            [(BATCH, t, k)] * len(blocks),
        ),
    }


def with_gradients(function, inputs: list, jit: bool):
    """One pass forward and backward over a list of tuples of arrays, as one compiled function."""
    import tensorflow as tf

    tensors = tf.nest.map_structure(tf.constant, inputs)

    @tf.function(jit_compile=jit, autograph=False)
    def run(given):
        with tf.GradientTape() as tape:
            tape.watch(given)
            loss = sum(tf.reduce_mean(out * out) for out in (function(*arrays) for arrays in given))
        return tape.gradient(loss, given)

    return lambda: run(tensors)[-1][0].numpy()


def profile(case: str, ds: tuple) -> dict[str, float]:
    """Milliseconds of each part, of the floor and of the whole layer, in one race."""
    import tensorflow as tf

    rng, own = np.random.default_rng(0), chosen(case, ds)

    def arrays(shapes):
        return tuple(rng.normal(size=shape).astype("float32") for shape in shapes)

    functions = {"ours": variants(case, ds, which=(own,))[own]}
    functions["its products"] = with_gradients(tf.matmul, [arrays(pair) for pair in products(case, ds)], own == "xla")
    for name, (function, shapes) in others(case, ds).items():
        functions[name] = with_gradients(function, [arrays([shape]) for shape in shapes], own == "xla")
    return {"floor": flops(case, ds) / gemm_rate() / 1e6, **race(functions, rounds=40)}


def main() -> None:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    lines = ["# Where the token layers spend their time", ""]
    lines += ["CPU ms of one pass forward and backward on one thread, and as multiples of the floor (the formula's"]
    lines += ["matrix products at the rate of a 1024² one). Written by `benchmarks/tokens.py`.", ""]
    lines += ["| layer | widths | part | ms | of the floor |", "| --- | --- | --- | --- | --- |"]
    for case in ("cross-attention", "bottleneck"):
        for label, ds in WIDTHS.items():
            found = profile(case, ds)
            rest = found["ours"] - sum(ms for name, ms in found.items() if name not in ("ours", "floor"))
            for name, ms in [*found.items(), ("ours less all parts", rest)]:
                lines.append(f"| {case} | {label} | {name} | {ms:.2f} | {ms / found['floor']:.2f} |")
                print(lines[-1], flush=True)
    (HERE.parent / "results" / "tokens.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
