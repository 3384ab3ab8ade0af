"""One process of `mmcourse launch`: runs a script as `python script.py` would, and ends with its launcher.

Started by path, not as a module: it imports nothing of this package, and the script's folder comes first on the path.
Its standard input is a pipe that the launcher holds open and never writes to. When the pipe ends, the launcher is
gone, however it died, on every system alike.
"""

import os
import runpy
import subprocess
import sys
import threading


def main() -> None:
    sys.argv = sys.argv[1:]
    sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
    lifeline = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # the script has no input
    os.close(nothing)
    threading.Thread(target=end_with, args=(lifeline,), daemon=True).start()
    runpy.run_path(sys.argv[0], run_name="__main__")


def end_with(lifeline: int) -> None:
    """Wait for the end of the pipe, then end this process and its children."""
    os.read(lifeline, 1)
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(os.getpid())], capture_output=True, check=False)
        os._exit(1)
    os.killpg(0, 9)


if __name__ == "__main__":
    main()
