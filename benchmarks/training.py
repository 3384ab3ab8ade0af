"""The figures behind `mmcourse.training`: python benchmarks/training.py [defaults overhead checkpoints digests ...].

Times are compared within one run only, in alternation, and given as ratios; CPU time is beside wall time because
a shared machine's wall time says little. The table goes to results/benchmarks/training.md.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

from mmcourse import data, layers, models, training
from mmcourse.training import checkpoints, state
from mmcourse.training.batches import Batches

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "results" / "benchmarks" / "training.md"
ROUNDS = 7
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def timed(work) -> tuple[float, float]:
    """Wall and CPU seconds of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def alternate(works: dict, rounds: int = ROUNDS) -> dict[str, tuple[list[float], list[float]]]:
    """Each work once per round, after one round that does not count: name -> (wall times, CPU times)."""
    times = {name: ([], []) for name in works}
    for index in range(rounds + 1):
        for name in list(works)[:: 1 if index % 2 else -1]:
            wall, cpu = timed(works[name])
            if index:
                times[name][0].append(wall)
                times[name][1].append(cpu)
    return times


def table(head: list[str], rows: list[list]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


# --- models of the course's kinds -------------------------------------------------------------------------------------


def _vectors(fusion):
    rng = np.random.default_rng(0)
    x = {name: rng.normal(size=(2048, 128)).astype("float32") for name in ("image", "text")}
    inputs = {name: keras.Input((128,), name=name) for name in x}
    features = [keras.layers.Dense(64, "relu")(inputs[name]) for name in x]
    return keras.Model(inputs, keras.layers.Dense(10)(fusion(features))), (x, rng.integers(0, 10, 2048))


def _tokens(*stack):
    rng = np.random.default_rng(0)
    inputs = keras.Input((32,), dtype="int32")
    output = keras.layers.Embedding(100, 64)(inputs)
    for layer in stack:
        output = layer(output)
    return keras.Model(inputs, keras.layers.Dense(10)(output)), (
        rng.integers(0, 100, (512, 32)).astype("int32"),
        rng.integers(0, 10, 512),
    )


def _self_attention(x):
    return keras.layers.LayerNormalization()(x + keras.layers.MultiHeadAttention(4, 16)(x, x))


def dense():
    return _vectors(layers.ConcatFusion())


def low_rank():
    return _vectors(layers.LowRankFusion(64, rank=8))


def tensor():
    return _vectors(layers.TensorFusion(64))


def gru():
    return _tokens(keras.layers.GRU(64))


def attention():
    return _tokens(_self_attention, _self_attention, keras.layers.GlobalAveragePooling1D())


def digits():
    """The model of the first lessons: two convolutional encoders and a fusion."""
    bank = data.load("digits")
    model = models.FeatureFusion(
        {"image": layers.ImageEncoder(64), "audio": layers.AudioEncoder(64)},
        layers.ConcatFusion(),
        keras.layers.Dense(10),
    )
    n = len(bank.train) // 64 * 64
    x, y = ({name: array[:n] for name, array in bank.train.x.items()}, bank.train.y[:n])
    model({name: array[:2] for name, array in x.items()})
    return model, (x, y)


# --- the benchmarks ---------------------------------------------------------------------------------------------------


def defaults() -> str:
    """XLA and steps_per_execution, by kind of model: what `compile_defaults` goes by."""
    rows = []
    for make in (dense, low_rank, tensor, digits, gru, attention):
        settings = {"none": (False, 1), "8 steps": (False, 8), "XLA": (True, 1)}
        works, first = {}, {}
        for name, (jit, steps) in settings.items():
            model, (x, y) = make()
            model.compile("adam", LOSS, jit_compile=jit, steps_per_execution=steps)
            run = _fit(model, x, y, 2)
            first[name] = timed(run)[1]
            works[name] = run
        times = alternate(works, 4)
        base = statistics.median(times["none"][1])
        count = 2 * (len(y) // 64)
        chosen = training.compile_defaults(model)
        rows.append(
            [
                make.__name__,
                f"{1e3 * base / count:.2f} ms",
                *(f"{statistics.median(times[name][1]) / base:.2f}" for name in ("8 steps", "XLA")),
                f"{first['XLA'] - first['none']:+.1f} s",
                "XLA" if chosen["jit_compile"] is True else f"{chosen['steps_per_execution']} steps",
            ]
        )
        print(rows[-1], flush=True)
    return (
        "### Compiling\n\nCPU time of a step (batch 64) relative to neither; "
        "and what XLA adds to the first fit, in CPU time.\n\n"
        + table(["model", "a step", "8 steps per execution", "XLA", "first fit", "`compile_defaults`"], rows)
    )


def _fit(model, x, y, epochs):
    return lambda: model.fit(x, y, batch_size=64, epochs=epochs, verbose=0)


def overhead() -> str:
    """Our `fit` against Keras's, without and with a checkpoint per epoch."""
    rows = []
    for make, steps, epochs in ((digits, 1, 3), (digits, 8, 3), (dense, 1, 12), (dense, 8, 12)):
        model, (x, y) = make()
        model.compile("adam", LOSS, metrics=["accuracy"], jit_compile=False, steps_per_execution=steps)

        def ours(folder=None, model=model, x=x, y=y, epochs=epochs):
            def run():
                with tempfile.TemporaryDirectory() as scratch:
                    kept = Path(scratch) if folder else None
                    training.fit(model, (x, y), epochs=epochs, seed=0, checkpoint_dir=kept, progress=False)

            return run

        times = alternate({"keras": _fit(model, x, y, epochs), "ours": ours(), "kept": ours(True)}, 9)
        ratios = {
            (name, kind): statistics.median(
                mine / theirs for mine, theirs in zip(times[name][kind], times["keras"][kind], strict=True)
            )
            for name in ("ours", "kept")
            for kind in (0, 1)
        }
        step = statistics.median(times["keras"][0]) / epochs / (len(y) // 64)
        rows.append(
            [f"{make.__name__}, {steps} per execution", f"{1e3 * step:.2f} ms"]
            + [f"{ratios[name, kind] - 1:+.1%}" for name in ("ours", "kept") for kind in (0, 1)]
        )
        print(rows[-1], flush=True)
    return (
        "### Cost of our `fit`\n\nAgainst `keras.Model.fit` on the same arrays, median of the ratios of 9 rounds.\n\n"
        + table(["model", "Keras's step", "ours, wall", "ours, CPU", "+ checkpoint per epoch, wall", "CPU"], rows)
    )


def save_cost() -> str:
    """What one checkpoint costs, by size."""
    rows = []
    for width in (64, 512, 2048):
        model = keras.Sequential([keras.Input((width,)), keras.layers.Dense(width), keras.layers.Dense(width)])
        model.compile("adam", "mse")
        model.optimizer.build(model.trainable_variables)
        with tempfile.TemporaryDirectory() as scratch:
            parts = {"read": [], "write": [], "load": []}
            for index in range(5):
                arrays, took = None, time.perf_counter()
                arrays = state.snapshot(model)
                parts["read"].append(time.perf_counter() - took)
                took = time.perf_counter()
                path = checkpoints.save(scratch, index, arrays, {})
                parts["write"].append(time.perf_counter() - took)
                took = time.perf_counter()
                checkpoints.load(scratch)
                parts["load"].append(time.perf_counter() - took)
            size = path.stat().st_size / 1e6
        rows.append(
            [f"{model.count_params():,} parameters, Adam", f"{size:.2f} MB"]
            + [f"{1e3 * statistics.median(part):.1f} ms" for part in parts.values()]
        )
        print(rows[-1], flush=True)
    return "### One checkpoint\n\nFlushed to the disk, with its SHA-256.\n\n" + table(
        ["state", "size", "read from the model", "write", "load and check"], rows
    )


def digests() -> str:
    """What it costs to know the data again on resuming, beside one epoch, on the largest set of the course."""
    moods = data.load("moods").with_only("voice", "face")
    encoders = {"voice": layers.AudioEncoder(64), "face": layers.ImageEncoder(64)}
    model = models.FeatureFusion(encoders, layers.ConcatFusion(), keras.layers.Dense(2))
    model.compile("adam", LOSS, **training.compile_defaults(model))
    batches = Batches(moods.train.x, moods.train.y, 64, seed=0)
    epoch = moods.tf_data("train", 64, shuffle_seed=0)
    times = alternate({"digest": batches.describe, "epoch": lambda: model.fit(epoch, verbose=0)})
    digest, whole = (statistics.median(times[what][1]) for what in ("digest", "epoch"))
    size = sum(array.nbytes for array in moods.train.batch().values()) / 1e6
    row = ["moods", f"{size:.0f} MB", f"{1e3 * digest:.1f} ms", f"{whole:.2f} s", f"{100 * digest / whole:.2f}%"]
    print(row, flush=True)
    head = ["set", "train", "its digests", "an epoch", "share"]
    return "### Digests of the data\n\nCPU time.\n\n" + table(head, [row])


SCALING = """
import sys, time, keras, numpy as np
from mmcourse import training
scale = training.strategy()
keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
x, y = rng.normal(size=(16384, 512)).astype("float32"), rng.integers(0, 10, 16384)
with scale.scope():
    hidden = [keras.layers.Dense(512, "relu") for _ in range(3)]
    model = keras.Sequential([keras.Input((512,)), *hidden, keras.layers.Dense(10)])
    model.compile(keras.optimizers.SGD(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
run = training.fit(model, (x, y), epochs=4, seed=0, batch_size=4096, progress=False)
if scale.rank == 0:
    open(sys.argv[1], "w").write(str(run.examples_per_second))
"""


def scaling() -> str:
    """Strong scaling (one global batch of 4096) from one process to two on this machine, one core each."""
    rows = []
    jax = ROOT / ".venv-jax" / "bin" / "python"
    for backend, python in (("tensorflow", Path(sys.executable)), ("jax", jax)):
        if not python.exists():
            rows.append([backend, "not measured: no .venv-jax here", "", ""])
            continue
        speeds = {}
        for processes in (1, 2):
            with tempfile.TemporaryDirectory() as scratch:
                script, result = Path(scratch, "script.py"), Path(scratch, "speed")
                script.write_text(SCALING)
                call = "import sys; from mmcourse.cli import main; sys.exit(main(['launch', *sys.argv[1:]]))"
                arguments = ["--processes", str(processes), "--logs", scratch, str(script), str(result)]
                environment = os.environ | {
                    "KERAS_BACKEND": backend,
                    "PYTHONPATH": str(ROOT),
                    # the same one core per process in both cases, so that a second process is a second core
                    "TF_NUM_INTRAOP_THREADS": "1",
                    "TF_NUM_INTEROP_THREADS": "1",
                    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
                    "OMP_NUM_THREADS": "1",
                }
                subprocess.run([str(python), "-c", call, *arguments], env=environment, check=True)
                speeds[processes] = float(result.read_text())
        rows.append(
            [
                f"{backend}, dense, 0.8 M parameters",
                f"{speeds[1]:.0f}/s",
                f"{speeds[2]:.0f}/s",
                f"{speeds[2] / speeds[1]:.2f}",
            ]
        )
        print(rows[-1], flush=True)
    return (
        "### Strong scaling on this machine\n\nExamples per second, global batch 4096, one thread per process.\n\n"
        + table(["engine", "1 process", "2 processes", "speed-up"], rows)
    )


BENCHMARKS = {
    "defaults": defaults,
    "overhead": overhead,
    "checkpoints": save_cost,
    "digests": digests,
    "scaling": scaling,
}


def main() -> None:
    chosen = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"there is no benchmark {', '.join(unknown)}; choose from {', '.join(BENCHMARKS)}")
    print(training.devices())
    text = "\n\n".join(BENCHMARKS[name]() for name in chosen)
    print("\n" + text)
    if chosen == list(BENCHMARKS):
        head = f"{training.devices()}; Keras {keras.__version__}, Python {platform.python_version()}"
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(f"# Training, measured\n\n`python benchmarks/training.py` on: {head}\n\n{text}\n")


if __name__ == "__main__":
    main()
