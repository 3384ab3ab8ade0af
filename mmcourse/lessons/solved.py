"""The solutions as a reader gets them: in the course's files only what a solved exercise shows is kept with them.

All other figures are those of the learner's notebook, byte for byte, and would double the size of the course.
"""

import json
from pathlib import Path


def lean(solution, learner) -> None:
    """Take out of a solution's notebook (a dictionary, as nbformat's), in place, what the learner's shows too."""
    for cell, same in _same(solution, learner):
        if cell["outputs"] == same["outputs"]:
            cell["outputs"] = []


def whole(path: Path) -> dict:
    """The notebook in a file of the folder `solutions`, with the figures that the learner's has in its place."""
    solution, learner = (_read(each) for each in (path, path.parent.parent / path.name))
    for cell, same in _same(solution, learner):
        cell["outputs"] = cell["outputs"] or same["outputs"]
    return solution


def _same(solution, learner) -> list[tuple]:
    """The code cells of both that have the same source, in pairs."""
    known = {cell["id"]: cell for cell in learner["cells"] if cell["cell_type"] == "code"}
    return [
        (cell, known[cell["id"]])
        for cell in solution["cells"]
        if cell["id"] in known and cell["source"] == known[cell["id"]]["source"]
    ]


def _read(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:  # cut off, or no text
        raise ValueError(f"{path} is damaged: in a clone run `git checkout -- {path}`, else install again") from None
