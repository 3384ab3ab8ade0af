"""What differs between systems, in one place: locks, process groups, flushing a folder, memory.

Everything that asks which system this is asks here, so that a test can stand in for another one.
"""

import contextlib
import os
import signal
import subprocess
import sys

WINDOWS = sys.platform == "win32"
_BEHIND = 1 << 30  # the byte that is locked on Windows: far behind what is written, which stays readable


def lock(handle) -> bool:
    """Lock an open file until it is closed or this process ends, however that is; False where another one has it."""
    try:
        if WINDOWS:
            import msvcrt

            handle.seek(_BEHIND)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # what the one and the other say of a lock that is taken
        return False
    return True


def flush_folder(folder: os.PathLike) -> None:
    """Make a rename in it survive a power cut; Windows has no such call."""
    if not WINDOWS:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def own_group() -> dict:
    """Options of `subprocess.Popen` for a process whose children end with it, and which no key of ours reaches."""
    return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if WINDOWS else {"start_new_session": True}


def end_group(process: subprocess.Popen, force: bool) -> None:
    """Ask a process of `own_group` and all its children to end, or make them (`force`); they may be gone already."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if not WINDOWS:
            os.killpg(process.pid, signal.SIGKILL if force else signal.SIGTERM)
        elif force:
            end_tree(process.pid)
        else:
            process.send_signal(signal.CTRL_BREAK_EVENT)


def end_tree(pid: int) -> None:
    """End a process of Windows with all its children."""
    subprocess.run(["taskkill", "/T", "/F", "/PID", str(pid)], capture_output=True, check=False)


def ending_signals() -> list[signal.Signals]:
    """The signals by which a user, a closed terminal or a cluster ends a program, as far as this system has them."""
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK")
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def peak_memory() -> int | None:
    """The most bytes of memory this process has had, None where the system does not tell."""
    if WINDOWS:
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
