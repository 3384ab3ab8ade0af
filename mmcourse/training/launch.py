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

from .. import system

GRACE = 5.0  # seconds between asking a process to end and making it
PATIENCE = 30.0  # seconds that some may run on after others have ended well, before that is said
RANK = str(Path(__file__).with_name("rank.py"))


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
    last lines are shown and the others are ended. Nothing is left running: not after Ctrl-C, pressed once or
    often, not when the terminal is closed, and not when this process is killed.
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
    with _signals() as caught:  # which are looked at between steps: no signal ends this in the middle of ending others
        try:
            for rank in range(processes):
                running[rank] = _start(command, files[rank], environment(addresses, rank))
            return _watch(running, files, caught)
        finally:
            end_all(list(running.values()), caught)


@contextlib.contextmanager
def _signals():
    """The signals that came while inside, as a list that grows."""
    caught: list[int] = []
    before = {one: signal.signal(one, lambda number, frame: caught.append(number)) for one in system.ending_signals()}
    try:
        yield caught
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _start(command: list[str], log: Path, variables: dict[str, str]) -> subprocess.Popen:
    with open(log, "wb") as file:
        return subprocess.Popen(
            [sys.executable, "-u", RANK, *command],
            env=os.environ | variables,
            stdin=subprocess.PIPE,  # it ends with this process, and then the rank does
            stdout=file,
            stderr=subprocess.STDOUT,
            **system.own_group(),
        )


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


def end_all(processes: list[subprocess.Popen], caught: list[int]) -> None:
    """End processes and their children: asked first, made after `GRACE` seconds or at the next signal caught."""
    for force in (False, True):
        for process in processes:
            system.end_group(process, force)
        deadline, signals = time.monotonic() + GRACE, len(caught)
        while any(process.poll() is None for process in processes):
            if time.monotonic() > deadline or (len(caught) > signals and not force):
                break
            time.sleep(0.02)
    for process in processes:
        process.stdin.close()


def _watch(running: dict[int, subprocess.Popen], files: list[Path], caught: list[int]) -> int:
    """Show rank 0's output until all have ended well or one has not, or a signal came."""
    ended, said = None, False
    with open(files[0], errors="replace") as log:
        while not caught:
            states = {rank: process.poll() for rank, process in running.items()}
            sys.stdout.write(log.read())
            sys.stdout.flush()
            failed = [rank for rank, state in states.items() if state]
            if failed:
                return _report(_culprit(failed, running), states, files)
            done = [rank for rank, state in states.items() if state == 0]
            if len(done) == len(states):
                sys.stdout.write(log.read())
                return 0
            ended = ended or (time.monotonic() if done else None)
            if done and not said and time.monotonic() - ended > PATIENCE:
                said = True
                waiting = _ranks([rank for rank, state in states.items() if state is None])
                print(
                    f"{_ranks(done)} ended well {PATIENCE:.0f} s ago, {waiting} still at work: perhaps waiting for "
                    "what will not come. Every rank must take the same steps; Ctrl-C ends them",
                    file=sys.stderr,
                )
            time.sleep(0.1)
    print(f"{signal.Signals(caught[0]).name}: ending all processes", file=sys.stderr)
    return 128 + caught[0]


def _ranks(numbers: list[int]) -> str:
    return f"rank {numbers[0]}" if len(numbers) == 1 else f"ranks {', '.join(map(str, numbers))}"


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
