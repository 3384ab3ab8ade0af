"""The `mmcourse` command. Each subcommand is a module with `add_arguments(parser)` and `main(args) -> int`."""

import argparse
import sys
from importlib import import_module

from . import __version__

COMMANDS = {
    "doctor": ("lessons.doctor", "check this machine: versions, devices, memory, disk, data, write access"),
    "lab": ("lessons.lab", "put the lessons into a folder and open JupyterLab there"),
    "run": ("lessons.run", "run lessons without a browser"),
    "data": ("data.command", "list, describe, download and verify the data sets"),
    "launch": ("training.launch", "start local processes of a training script and end them together"),
    "bundle": (
        "lessons.bundle",
        "put wheels, lessons and data into a folder, for machines without a network (in a clone)",
    ),
    "assignment": ("lessons.assignment", "make an assignment of nbgrader from a lesson"),
    "claims": ("lessons.margins", "measure the room between what lessons say and what many seeds show"),
    "build": ("lessons.build", "make the notebooks from their sources (in a clone)"),
}


def main(argv: list[str] | None = None) -> int:
    """Run a subcommand; a `ValueError` or a missing extra is one line on stderr and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that knows few letters gets the code of the others
            stream.reconfigure(errors="backslashreplace")
    argv = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog="mmcourse", description="A course on multimodal learning.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    chosen = next((word for word in argv if word in COMMANDS), None)
    for name, (module, help_text) in COMMANDS.items():
        subparser = commands.add_parser(name, help=help_text, description=help_text)
        if name == chosen:  # the other modules are not needed, so not imported
            import_module(f"mmcourse.{module}").add_arguments(subparser)
    args = parser.parse_args(argv)
    try:
        return import_module(f"mmcourse.{COMMANDS[args.command][0]}").main(args)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("mmcourse"):
            raise
        print(f"mmcourse: {error.name} is not installed. Run: pip install 'mmcourse[course]'", file=sys.stderr)
    except (ValueError, OSError) as error:
        print(f"mmcourse: {error}", file=sys.stderr)
    except RuntimeError as error:
        if "home directory" not in str(error):  # what `Path.home` says
            raise
        print("mmcourse: this user has no home folder: set HOME to a folder that can be written", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 2


if __name__ == "__main__":
    sys.exit(main())
