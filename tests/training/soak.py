"""Kill training again and again and compare its end with the end of a run that was let alone.

`python tests/training/soak.py 50` kills it 50 times, over six optimizers; the tests do it three times with one.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
WORKER = Path(__file__).with_name("worker.py")
OPTIMIZERS = ("adam", "sgd", "nadam", "adafactor", "rmsprop", "lion")
STEPS_TO_DIE = 30  # a whole run has 32, so that most deaths come before its end


class Workers:
    """The fork server, as a context."""

    def __enter__(self):
        environment = os.environ | {"PYTHONPATH": str(ROOT), "KERAS_BACKEND": "tensorflow"}
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sys.stderr.fileno() if "-v" in sys.argv else subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        return self

    def __call__(self, *jobs: dict) -> list[int]:
        """Run jobs side by side; return their exit codes, negative for the signal one died of."""
        self.process.stdin.write(json.dumps(jobs) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the worker ended with {self.process.wait()}; run it with -v to see why")
        return json.loads(answer)

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def campaign(
    work: Workers, folder: Path, kills: int, seed: int, optimizers=OPTIMIZERS[:1], say=lambda text: None
) -> list[dict]:
    """Kill `kills` times in runs of at most three deaths; return what differs from the run let alone."""
    rng = np.random.default_rng(seed)
    alone = {name: _run(work, folder / f"alone-{name}", name, rng, deaths=0)[1] for name in optimizers}
    faults, killed, number = [], 0, 0
    while killed < kills:
        name = optimizers[number % len(optimizers)]
        number += 1
        deaths, result = _run(work, folder / str(number), name, rng, min(3, kills - killed))
        killed += deaths
        same = all(result[what] == alone[name][what] for what in ("sha256", "history"))
        say(f"run {number}, {name}: {deaths} kills, last resumed at {result['resumed_from']}, identical: {same}")
        if not same:
            faults.append({"run": number, "expected": alone[name], "got": result})
    return faults


def _run(work: Workers, folder: Path, optimizer: str, rng: np.random.Generator, deaths: int) -> tuple[int, dict]:
    """One training with up to so many deaths, each at a drawn step or in a drawn checkpoint's write."""
    folder.mkdir(parents=True)
    died = 0
    while True:
        job = {
            "directory": str(folder / "checkpoints"),
            "result": str(folder / "result.json"),
            "optimizer": optimizer,
            "every": int(rng.integers(1, 7)),
            "steps_per_execution": int(rng.choice([1, 3, 4])),
            # where there is a checkpoint, other weights and seeds: nothing of the new process may last
            "build_seed": died if any((folder / "checkpoints").glob("step-*")) else 0,
        }
        if died < deaths:
            if rng.random() < 0.25:
                job["in_write"] = int(rng.integers(1, 5))
            else:
                job["after"] = int(rng.integers(1, STEPS_TO_DIE // job["steps_per_execution"]))
        (code,) = work(job)
        if code == -signal.SIGKILL and died < deaths:
            died += 1
        elif code == 0:
            return died, json.loads((folder / "result.json").read_text())
        else:
            raise RuntimeError(f"the worker's child ended with {code} on {job}; run it with -v to see why")


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    drawn = int(np.random.SeedSequence().entropy % 2**32)
    print(f"{wanted} kills, seed {drawn}", flush=True)
    with tempfile.TemporaryDirectory() as scratch, Workers() as started:
        found = campaign(started, Path(scratch), wanted, drawn, OPTIMIZERS, lambda text: print(text, flush=True))
    print(f"{len(found)} runs differ" if found else "every run ended with the same bits and the same history")
    sys.exit(bool(found))
