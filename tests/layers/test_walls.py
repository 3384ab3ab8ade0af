"""`layers`, `losses` and `models` import Keras, the standard library and each other: nothing else."""

import ast
import sys
from pathlib import Path

import pytest

import mmcourse

PACKAGE = Path(mmcourse.__file__).parent
MAY = {"layers": {"layers"}, "losses": {"layers", "losses"}, "models": {"layers", "losses", "models"}}
FILES = [path for room in MAY for path in sorted((PACKAGE / room).rglob("*.py"))]
ELSEWHERE = {"pretrained.py"}  # wraps other libraries by its nature; the one room door


def imported(path: Path):
    """Every imported module of a file, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = ["mmcourse", *path.relative_to(PACKAGE).parts[:-1]]
            above = package[: len(package) - node.level + 1] if node.level else []
            yield ".".join([*above, *([node.module] if node.module else [])])


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_room_imports_only_what_it_may(path):
    if path.name in ELSEWHERE:
        pytest.skip("a wrapper of pretrained models")
    room = path.relative_to(PACKAGE).parts[0]
    for module in imported(path):
        first, _, rest = module.partition(".")
        if first == "mmcourse":
            assert rest.split(".")[0] in MAY[room], f"{path.name} imports {module}"
        else:
            assert first == "keras" or first in sys.stdlib_module_names, f"{path.name} imports {module}"
            assert not module.startswith("keras.src"), f"{path.name} reaches into Keras: {module}"
