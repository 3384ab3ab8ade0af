"""One run at a time in a folder of checkpoints. Taught in lesson 24.

The lock is the operating system's, on an open file: it ends with its owner, however that ends, so that a lock is never
stale. What the file says is only for the reader of an error: who has it.
"""

import os
import socket
import sys
import time
from pathlib import Path

from .. import system

NAME = ".lock"


class FolderLock:
    """Holds a folder from `take` to `release`, or to the end of this process.

    With `again`, a lock that this process has itself is taken over: a cell of a notebook that was interrupted never
    told that its run has ended.
    """

    _held: dict[Path, "FolderLock"] = {}  # noqa: RUF012, of the whole process

    def __init__(self, folder: str | os.PathLike, again: bool = False):
        self.folder, self.again, self.handle = Path(folder).absolute(), again, None

    def take(self) -> None:
        """Raise `ValueError` that names the owner where the folder is in use, `OSError` where it cannot be written."""
        mine = self._held.get(self.folder)
        if mine and self.again:
            mine.release()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = open(self.folder / NAME, "a+b")  # noqa: SIM115, it stays open
        except OSError as error:
            raise OSError(
                error.errno,
                f"no checkpoint can be written to {self.folder} ({error.strerror}): give a checkpoint_dir that is a "
                "folder, or can become one, where you can write",
            ) from None
        if not system.lock(handle):
            handle.seek(0)
            owner = handle.read(300).decode(errors="replace") or "another process"
            handle.close()
            raise ValueError(
                f"{self.folder} is in use by {owner}. Two runs in one folder would overwrite each other: end that "
                "one, wait for it, or give another checkpoint_dir"
            )
        handle.truncate(0)
        handle.write(_name().encode())
        handle.flush()
        self.handle, self._held[self.folder] = handle, self

    def release(self) -> None:
        """Let others have the folder; may be called at any time."""
        if self.handle is not None:
            self._held.pop(self.folder, None)
            self.handle.close()
            self.handle = None


def _name() -> str:
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    return f"process {os.getpid()} on {socket.gethostname()}, {Path(sys.argv[0]).name or 'python'}, since {since}"
