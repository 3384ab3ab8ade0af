"""The rooms keep their walls: arrows run one way, no circle of files, one import style. Read from the syntax trees."""

import ast
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import mmcourse as mm

ROOT = Path(mm.__file__).parent
MAY_ENTER = {
    "figure": (),
    "files": (),
    "identity": (),
    "system": (),
    "data": ("figure", "files"),
    "layers": (),
    "losses": ("layers",),
    "models": ("layers", "losses"),
    "pretrained": ("data", "layers", "figure", "files", "identity"),
    "training": ("data", "layers", "losses", "models", "figure", "files", "identity", "system"),
    "evaluation": ("data", "layers", "losses", "models", "training", "figure", "files"),
    "plots": ("data", "layers", "losses", "models", "training", "evaluation", "figure", "files"),
}  # room -> the rooms it may import from besides itself; `lessons` and `cli` may import from all of them
ONE_STYLE = (*MAY_ENTER, "lessons", "cli")


def files_of(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in [*ROOT.glob(f"{room}.py"), *ROOT.glob(f"{room}/**/*.py")]]


def module_of(path: Path) -> str:
    return ".".join(["mmcourse", *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")


MODULES = {module_of(path): path for path in ROOT.rglob("*.py")}


def imports_of(path: Path, source: str | None = None) -> set[str]:
    """What a file imports, anywhere in it, functions included: modules of this package by full name, others as said."""
    found = set()
    package = ["mmcourse", *path.relative_to(ROOT).parent.parts]
    for node in ast.walk(ast.parse(source or path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = {f"{module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else module for name in names}
    return found


def rooms_of(imports: set[str]) -> set[str]:
    return {name.split(".")[1] for name in imports if name.startswith("mmcourse.")}


def circle(imports: dict[str, set[str]]) -> list[str] | None:
    """Modules that import each other in a ring, or None."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def test_layers_losses_and_models_import_keras_and_nothing_else():
    allowed = {"keras", "mmcourse"} | set(sys.stdlib_module_names)
    for path in files_of("layers", "losses", "models"):
        assert {name.split(".")[0] for name in imports_of(path)} <= allowed, path


@pytest.mark.parametrize("room", MAY_ENTER)
def test_arrows_between_rooms_run_one_way(room):
    for path in files_of(room):
        assert rooms_of(imports_of(path)) <= {room, *MAY_ENTER[room]}, path


def test_every_room_is_on_the_map():
    assert {name.split(".")[1] for name in MODULES if name != "mmcourse"} == {*MAY_ENTER, "lessons", "cli"}


def test_nobody_imports_the_command():
    for path in files_of("lessons"):
        assert "cli" not in rooms_of(imports_of(path)), path


def test_no_circle_of_files():
    own = {name: {other for other in imports_of(path) if other in MODULES} for name, path in MODULES.items()}
    found = circle(own)
    assert found is None, " -> ".join(found)


@pytest.mark.parametrize("room", ONE_STYLE)
def test_imports_within_the_package_are_relative(room):
    for path in files_of(room):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            absolute = [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            absolute += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in absolute if name.split(".")[0] == "mmcourse"], f"{path}:{node.lineno}"


def test_the_walls_are_seen():
    """The test of the tests: an import is found inside a function, by both styles, and so is a ring."""
    path = ROOT / "data" / "splits.py"
    inside = "def f():\n    from ..layers.base import Fusion\n    from . import text\n    import keras"
    assert imports_of(path, inside) == {"mmcourse.layers.base", "mmcourse.data.text", "keras"}
    assert imports_of(path, "from mmcourse.lessons import run") == {"mmcourse.lessons.run"}
    assert "mmcourse.figure" in imports_of(ROOT / "data" / "show.py")
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) and not circle({"a": {"b", "c"}, "b": {"c"}})
