"""Forward and backward of the fusion layers at batch 256, beside plain PyTorch, plain Keras and the floor.

    python benchmarks/layers.py            # the table, the curves, results/layers.{md,json,png}
    python benchmarks/layers.py --quick    # the table only, fewer rounds, nothing written

One process, one run: the variants of a case take turns, so that a busy moment hits all of them. The floor is
the matrix multiplications of the formula, forward and backward, at the rate of a 1024² product in this run.
Ours is timed compiled by XLA and as a plain graph; "ours" is the one that the project's own
`compile_defaults` choose for a model with this layer.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

BATCH, UNITS, STEPS = 256, 64, 16
WIDTHS = {"128+128": (128, 128), "64+64+64": (64, 64, 64)}
CASES = [
    "tensor",
    "low rank 4",
    "low rank 40",
    "multiplicative",
    "gated",
    "factorized",
    "cross-attention",
    "bottleneck",
]
TOKENS = {"cross-attention", "bottleneck"}


def make(case: str):
    """Our layer and the name of its plain twin."""
    import mmcourse.layers as mml

    return {
        "tensor": lambda: (mml.TensorFusion(UNITS), "tensor"),
        "low rank": lambda: (mml.LowRankFusion(UNITS, int(case.split()[-1])), "low_rank"),
        "multiplicative": lambda: (mml.MultiplicativeFusion(UNITS), "multiplicative"),
        "gated": lambda: (mml.GatedFusion(UNITS), "gated"),
        "factorized": lambda: (mml.FactorizedBilinear(UNITS, 5), "factorized"),
        "cross-attention": lambda: (mml.CrossModalAttention(UNITS), "cross_attention"),
        "bottleneck": lambda: (mml.BottleneckFusion(UNITS, heads=1), "bottleneck"),
    }["low rank" if case.startswith("low rank") else case]()


def flops(case: str, ds: tuple, steps: int = STEPS) -> float:
    """Multiply-adds of the formula's matrix products, times two, times three for the backward pass."""
    m, k = len(ds), UNITS
    pairs = [(a, b) for i, a in enumerate(ds) for b in ds[i + 1 :]]
    if case == "tensor":
        per = math.prod(d + 1 for d in ds) * k
    elif case.startswith("low rank"):
        per = sum(ds) * k * int(case.split()[-1])
    elif case == "multiplicative":
        per = sum(a * b * k for a, b in pairs) + sum(ds) * k
    elif case == "gated":
        per = sum(ds) * k * (1 + (1 if m == 2 else m))
    elif case == "factorized":
        per = sum(ds) * k * 5
    elif case == "cross-attention":  # questions, keys, scores, one pooled value and the output for each
        per = sum(2 * steps * d * k + steps * steps * (m - 1) * k + d * k + k * k for d in ds)
    else:  # bottleneck: projections, one whole block, one block for the shared tokens only
        t, s = steps + 4, 4
        whole = t * 8 * k * k + 2 * t * t * k
        last = t * 2 * k * k + s * 6 * k * k + 2 * s * t * k
        per = sum(steps * d * k + whole + last for d in ds)
    return 6.0 * BATCH * per


def chosen(case: str, ds: tuple) -> str:
    """`"xla"` or `"graph"`: what `compile_defaults` choose on this machine's CPU."""
    import keras

    from mmcourse.training import compile_defaults

    inputs = [keras.Input((STEPS, d) if case in TOKENS else (d,)) for d in ds]
    model = keras.Model(inputs, make(case)[0](inputs))
    return "xla" if compile_defaults(model)["jit_compile"] is True else "graph"


def named_weights(layer) -> dict:
    """The layer's weights by the names that the plain versions use."""
    found = {w.name: w for w in layer.trainable_weights if w.path.count("/") <= 1}
    for depth, row in enumerate(getattr(layer, "blocks", [])):
        for m, block in enumerate(row):
            parts = {"query": block.query, "key_value": block.key_value, "out": block.out}
            for short, part in (("ln1", block.norm_attention), ("ln2", block.norm_mlp)):
                parts |= {f"{short}/gamma": part.gamma, f"{short}/beta": part.beta}
            for short, part in (("widen", block.widen), ("narrow", block.narrow)):
                parts |= {f"{short}/kernel": part.kernel, f"{short}/bias": part.bias}
            found |= {f"{depth}.{m}/{name}": weight for name, weight in parts.items()}
    if hasattr(layer, "norm"):
        found |= {"gamma": layer.norm.gamma, "beta": layer.norm.beta}
    return found


def variants(case: str, ds: tuple, which=("xla", "graph", "torch", "keras"), steps: int = STEPS) -> dict:
    """Functions that run one forward and backward pass and return the output, all on the same numbers."""
    import keras
    import numpy as np
    import tensorflow as tf
    import torch
    from peers import plain

    keras.utils.set_random_seed(0)
    layer, twin = make(case)
    shape = (steps,) if case in TOKENS else ()
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(BATCH, *shape, d)).astype("float32") for d in ds]
    xs = [tf.constant(x) for x in arrays]
    layer(xs)
    weights = named_weights(layer)
    plain_keras = plain.keras_namespace()

    def with_gradients(function):
        def run(xs):
            with tf.GradientTape() as tape:
                tape.watch(xs)
                out = function(xs)
                loss = tf.reduce_mean(out * out)
            return out, tape.gradient(loss, [*xs, *[w.value for w in weights.values()]])

        return run

    def naive(xs):
        return getattr(plain, twin)(xs, {name: w.value for name, w in weights.items()}, plain_keras)

    compiled = {
        "xla": tf.function(with_gradients(layer), jit_compile=True, autograph=False),
        "graph": tf.function(with_gradients(layer), jit_compile=False, autograph=False),
        "keras": tf.function(with_gradients(naive), jit_compile=False, autograph=False),
    }
    found = {name: (lambda f=f: f(xs)[0].numpy()) for name, f in compiled.items() if name in which}
    if "torch" in which:
        names = plain.torch_namespace()
        leaves = {n: torch.tensor(keras.ops.convert_to_numpy(w), requires_grad=True) for n, w in weights.items()}
        ts = [torch.tensor(x, requires_grad=True) for x in arrays]

        def run_torch():
            out = getattr(plain, twin)(ts, leaves, names)
            torch.autograd.grad((out * out).mean(), [*ts, *leaves.values()])
            return out.detach().numpy()

        found["torch"] = run_torch
    return found


def gemm_rate(size: int = 1024) -> float:
    """GFLOP/s of a matrix product, the best of the three libraries in this run."""
    import numpy as np
    import tensorflow as tf
    import torch

    a = np.random.default_rng(0).normal(size=(size, size)).astype("float32")
    ta, fa = torch.tensor(a), tf.constant(a)
    best = 0.0
    for product in (lambda: a @ a, lambda: ta @ ta, lambda: tf.matmul(fa, fa).numpy()):
        times = []
        for _ in range(12):
            start = clock()
            product()
            times.append(clock() - start)
        best = max(best, 2 * size**3 / statistics.median(times) / 1e9)
    return best


def clock() -> float:
    """Wall time; CPU time on one thread, where it is the same on an idle machine and fair on a busy one."""
    return time.process_time() if os.environ["OMP_NUM_THREADS"] == "1" else time.perf_counter()


def race(functions: dict, rounds: int, seconds: float = 6.0) -> dict[str, float]:
    """Median milliseconds of each function; they take turns."""
    for function in functions.values():
        function()
        function()
    times, began = {name: [] for name in functions}, time.perf_counter()
    for turn in range(rounds):
        for name, function in functions.items():
            start = clock()
            function()
            times[name].append(1e3 * (clock() - start))
        if turn >= 4 and time.perf_counter() - began > seconds:
            break
    return {name: statistics.median(found) for name, found in times.items()}


def table(rounds: int) -> list[dict]:
    import numpy as np

    rows = []
    for case in CASES:
        for label, ds in WIDTHS.items():
            functions = variants(case, ds)
            reference = functions["graph"]()
            for name, function in functions.items():
                found = function()
                assert np.allclose(found, reference, rtol=2e-3, atol=2e-3), f"{case} {label}: {name} differs from ours"
            rate = gemm_rate()
            row = {"case": case, "widths": label, **race(functions, rounds)}
            row["floor"] = flops(case, ds) / rate / 1e6
            row["gflops"] = rate
            row["chosen"] = chosen(case, ds)
            row["ours"] = row[row["chosen"]]
            rows.append(row)
            print(
                f"{case:<16}{label:<10}",
                *(f"{name} {row[name]:8.2f} " for name in ("xla", "graph", "torch", "keras", "floor")),
                f"ms   ours ({row['chosen']})/torch {row['ours'] / row['torch']:.2f}",
                flush=True,
            )
    return rows


def curves(rounds: int) -> dict:
    """Milliseconds against rank, width, number of modalities and steps: ours and plain PyTorch."""

    def point(case, ds, steps=STEPS):
        own = chosen(case, ds)
        times = race(variants(case, ds, which=(own, "torch"), steps=steps), rounds, seconds=1.5)
        return {"ours": times[own], "torch": times["torch"]}

    found = {
        "rank": {r: point(f"low rank {r}", (128, 128)) for r in (1, 4, 16, 40)},
        "width": {d: point("low rank 4", (d, d)) for d in (16, 64, 256, 512)},
        "modalities": {m: point("low rank 4", (64,) * m) for m in (2, 3, 4, 5, 6)},
        "steps": {s: point("cross-attention", (64, 64), steps=s) for s in (8, 16, 32, 64)},
    }
    found["tensor width"] = {d: point("tensor", (d, d)) for d in (16, 64, 128, 256)}
    return found


def memory() -> list[dict]:
    """Peak of the resident memory over that before the pass, in MB, each in a process of its own (Linux)."""
    rows = []
    for case, label in (("tensor", "64+64+64"), ("low rank 40", "64+64+64"), ("multiplicative", "128+128")):
        row = {"case": case, "widths": label}
        for name in ("ours", "torch", "keras"):
            which = chosen(case, WIDTHS[label]) if name == "ours" else name
            command = [sys.executable, __file__, "--threads", "1", "--peak", case, label, which]
            row[name] = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])
        rows.append(row)
        print("peak MB", row, flush=True)
    return rows


def peak(case: str, label: str, which: str) -> None:
    """Print the peak of the second pass: the first one compiles."""
    status = Path("/proc/self/status")

    def megabytes(field: str) -> float:
        line = next(line for line in status.read_text().splitlines() if line.startswith(field))
        return int(line.split()[1]) / 1024

    function = variants(case, WIDTHS[label], which=(which,))[which]
    before = megabytes("VmRSS")
    function()
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak
    function()
    print(megabytes("VmHWM") - before)


def summary(rows: list[dict]) -> list[str]:
    ratios = [row["ours"] / row["torch"] for row in rows]
    mean = math.exp(statistics.fmean(map(math.log, ratios)))
    over = [f"{r['case']} {r['widths']} ({q:.2f})" for r, q in zip(rows, ratios, strict=True) if q > 1.1]
    heavy = [r for r in rows if r["floor"] > 5]
    lines = [
        f"Ours over plain PyTorch, geometric mean of {len(rows)} cases: {mean:.3f} (wanted: at most 0.70).",
        f"Cases above 1.1: {', '.join(over) or 'none'}.",
    ]
    for row in heavy:
        lines.append(
            f"{row['case']} {row['widths']}: {row['ours'] / row['floor']:.2f} of the floor (wanted: at most 1.30)."
        )
    return lines


def write(rows, lines, bends, peaks, threads) -> None:
    import matplotlib

    matplotlib.use("Agg")

    folder = HERE.parent / "results"
    folder.mkdir(exist_ok=True)
    columns = ["layer", "widths", "ours", "ours, XLA", "ours, graph", "plain PyTorch", "plain Keras", "floor"]
    columns += ["ours / PyTorch", "ours / floor"]
    rate = statistics.median(r["gflops"] for r in rows)
    text = ["# Forward and backward of the fusion layers", ""]
    unit = "CPU ms on one thread" if threads == 1 else f"ms on {threads} threads"
    text += [f"Median {unit} at batch {BATCH}, {UNITS} units, {STEPS} steps a sequence; a 1024² product runs at"]
    text += [f"{rate:.0f} GFLOP/s. Written by `benchmarks/layers.py --threads {threads}`.", ""]
    text += ["| " + " | ".join(columns) + " |", "| --- " * len(columns) + "|"]
    for r in rows:
        cells = f"{r['chosen']} | " + " | ".join(f"{r[n]:.2f}" for n in ("xla", "graph", "torch", "keras", "floor"))
        text.append(
            f"| {r['case']} | {r['widths']} | {cells} | {r['ours'] / r['torch']:.2f} | {r['ours'] / r['floor']:.2f} |"
        )
    text += ["", *[f"- {line}" for line in lines], "", "## Peak memory of one pass, MB", ""]
    text += ["| layer | widths | ours | plain PyTorch | plain Keras |", "| --- " * 5 + "|"]
    for r in peaks:
        text.append(f"| {r['case']} | {r['widths']} | {r['ours']:.0f} | {r['torch']:.0f} | {r['keras']:.0f} |")
    (folder / "layers.md").write_text("\n".join(text) + "\n", encoding="utf-8")
    data = {"rows": rows, "curves": bends, "memory": peaks}
    (folder / "layers.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")

    draw(folder, bends)


def draw(folder: Path, bends: dict[str, dict[int, dict[str, float]]]) -> None:
    """The curves, as results/layers.png."""
    import matplotlib.pyplot as plt

    from mmcourse.figure import Figure

    figure, axes = plt.subplots(1, len(bends), figsize=(3.2 * len(bends), 3.2), constrained_layout=True)
    titles = {
        "rank": "low rank: rank",
        "width": "low rank 4: width of two",
        "modalities": "low rank 4: modalities of 64",
        "steps": "cross-attention: steps",
        "tensor width": "tensor: width of two",
    }
    for axis, (name, points) in zip(axes, bends.items(), strict=True):
        for which, colour, label in (("ours", "#0072B2", "ours"), ("torch", "#D55E00", "plain PyTorch")):
            axis.plot(list(points), [p[which] for p in points.values()], "o-", color=colour, label=label)
        axis.set(xlabel=titles[name], ylabel="ms, forward + backward", xscale="log")
        axis.set_xticks(list(points), [str(p) for p in points])
        axis.minorticks_off()
        axis.set_ylim(bottom=0)
    axes[0].legend(frameon=False)
    alt = "milliseconds of our layers and of plain PyTorch, by rank, width, modalities and steps"
    Figure.of(figure, alt).save(folder / "layers.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="1 keeps ratios fair on a busy machine")
    parser.add_argument("--peak", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(options.threads)
    try:
        import torch
    except ImportError:
        print("This benchmark compares with PyTorch, which is not installed: pip install torch. Nothing was run.")
        return
    import tensorflow as tf

    torch.set_num_threads(options.threads)
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(options.threads)
    if options.peak:
        peak(*options.peak)
        return
    print(
        f"GEMM {gemm_rate():.0f} GFLOP/s, PyTorch {torch.__version__} on {torch.get_num_threads()} threads", flush=True
    )
    rows = table(rounds=8 if options.quick else 25)
    lines = summary(rows)
    print("\n".join(lines))
    if not options.quick:
        write(rows, lines, curves(rounds=9), memory(), options.threads)


if __name__ == "__main__":
    main()
