"""`mmcourse launch`: several processes of one script on this machine, for trying out what a cluster does.

Each process learns its place from the variables that the engines themselves read: `TF_CONFIG`
(TensorFlow) and `KERAS_DISTRIBUTION_*` (JAX). Taught in lesson 24.
"""

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

GRACE = 5.0  # seconds between asking a process to end and making it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="how many (default 2)")
    parser.add_argument("--logs", default="logs", metavar="DIR", help="folder of rank-N.log (default logs)")
    parser.add_argument("script", help="a Python file that calls mmcourse.training.strategy()")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on to the script")


def main(args: argparse.Namespace) -> int:
    return launch([args.script, *args.arguments], args.processes, args.logs)


def launch(command: list[str], processes: int, logs: str | os.PathLike) -> int:
    """Run `python *command` in so many processes; return 0, or the exit status of the first to fail.

    The output of rank N goes to `logs/rank-N.log`, that of rank 0 also here. When one fails, its
    last lines are shown and the others are ended; nothing is left running, also on Ctrl-C.
    """
    script = Path(command[0])
    if processes < 1:
        raise ValueError(f"--processes must be 1 or more, got {processes}")
    if not script.is_file():
        raise ValueError(f"there is no script {script}")
    logs = Path(logs)
    logs.mkdir(parents=True, exist_ok=True)
    addresses = [f"127.0.0.1:{port}" for port in free_ports(processes)]
    files = [logs / f"rank-{rank}.log" for rank in range(processes)]
    running: dict[int, subprocess.Popen] = {}
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        for rank in range(processes):
            with open(files[rank], "wb") as log:
                running[rank] = subprocess.Popen(
                    [sys.executable, "-u", *command],
                    env=os.environ | environment(addresses, rank),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # so that its own children end with it
                )
        return _watch(running, files)
    except KeyboardInterrupt:
        print("interrupted: ending all processes", file=sys.stderr)
        return 128 + signal.SIGINT
    finally:
        end_all(list(running.values()))
        signal.signal(signal.SIGTERM, previous)


def environment(addresses: list[str], rank: int) -> dict[str, str]:
    """What tells a process its place, in the words of both engines."""
    if len(addresses) == 1:
        return {}
    task = {"type": "worker", "index": rank}
    return {
        "TF_CONFIG": json.dumps({"cluster": {"worker": addresses}, "task": task}),
        "KERAS_DISTRIBUTION_JOB_ADDRESSES": ",".join(addresses),
        "KERAS_DISTRIBUTION_NUM_PROCESSES": str(len(addresses)),
        "KERAS_DISTRIBUTION_PROCESS_ID": str(rank),
    }


def free_ports(number: int) -> list[int]:
    """Ports of 127.0.0.1 that nothing listens on, all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def end_all(processes: list[subprocess.Popen]) -> None:
    """End processes and their children: asked first, made after `GRACE` seconds."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in processes:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
        deadline = time.monotonic() + GRACE
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))


def _watch(running: dict[int, subprocess.Popen], files: list[Path]) -> int:
    """Show rank 0's output until all have ended well or one has not."""
    with open(files[0], errors="replace") as log:
        while True:
            states = {rank: process.poll() for rank, process in running.items()}
            sys.stdout.write(log.read())
            sys.stdout.flush()
            failed = [rank for rank, state in states.items() if state]
            if failed:
                return _report(_culprit(failed, running), states, files)
            if all(state == 0 for state in states.values()):
                sys.stdout.write(log.read())
                return 0
            time.sleep(0.1)


def _culprit(failed: list[int], running: dict[int, subprocess.Popen]) -> int:
    """Of several that fail at once, the one a signal ended: the others only lost their partner."""
    return next((rank for rank in failed if running[rank].returncode < 0), failed[0])


def _report(rank: int, states: dict[int, int | None], files: list[Path]) -> int:
    state = states[rank]
    how = f"was ended by {signal.Signals(-state).name}" if state < 0 else f"ended with status {state}"
    lines = [] if rank == 0 else files[rank].read_text(errors="replace").splitlines()
    start = max((i for i, line in enumerate(lines) if line.startswith("Traceback")), default=len(lines) - 15)
    shown = "\n".join(lines[max(0, start) :][-60:])
    print(
        f"\nrank {rank} {how}; the others are ended too. Its output is in {files[rank]}\n{shown}\n"
        "With a checkpoint_dir, the same command takes the run up where it was.",
        file=sys.stderr,
    )
    return state if state > 0 else 128 - state


def _interrupt(number, frame):
    raise KeyboardInterrupt
