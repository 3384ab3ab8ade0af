"""The face of the package is lazy, and the rooms keep their walls."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mmcourse as mm

ROOT = Path(mm.__file__).parent
HEAVY = {"tensorflow", "keras", "matplotlib", "sklearn", "numpy", "jupytext"}


def test_import_brings_in_nothing_heavy():
    code = "import sys, mmcourse; print(*sorted(set(m.split('.')[0] for m in sys.modules)))"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert "mmcourse" in loaded
    assert not loaded & HEAVY


def test_every_name_of_the_face_is_there():
    assert all(getattr(mm, name) is not None for name in mm.__all__)


def test_unknown_name_says_what_there_is():
    with pytest.raises(AttributeError, match=r"offers.*FeatureFusion"):
        mm.FeatureFussion  # noqa: B018


def imports_of(path: Path) -> set[str]:
    """Top-level packages a file imports; rooms of this package as `mmcourse.room`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = ["mmcourse", *path.relative_to(ROOT).parent.parts]
            base = package[: len(package) - node.level + 1] if node.level else []
            found |= {".".join([*base, *([node.module] if node.module else []), alias.name]) for alias in node.names}
    return {".".join(name.split(".")[:2]) if name.startswith("mmcourse.") else name.split(".")[0] for name in found}


def files_of(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in [*ROOT.glob(f"{room}.py"), *ROOT.glob(f"{room}/**/*.py")]]


def test_layers_losses_and_models_import_keras_and_nothing_else():
    allowed = {"keras", "mmcourse.layers", "mmcourse.losses", "mmcourse.models"} | set(sys.stdlib_module_names)
    for path in files_of("layers", "losses", "models"):
        assert imports_of(path) <= allowed, path


def test_data_knows_no_other_room():
    rooms = {
        f"mmcourse.{r}" for r in ("layers", "losses", "models", "training", "evaluation", "plots", "lessons", "cli")
    }
    for path in files_of("data"):
        assert not imports_of(path) & rooms, path


def test_nothing_but_the_command_imports_the_lessons():
    for path in files_of("data", "layers", "losses", "models", "training", "evaluation", "plots"):
        assert not imports_of(path) & {"mmcourse.lessons", "mmcourse.cli"}, path


def test_the_walls_are_seen(tmp_path):
    """The test of the test: a forbidden import, absolute or relative, is found."""
    path = ROOT / "layers" / "additive.py"
    assert "keras" in imports_of(path)
    assert "mmcourse.figure" in imports_of(ROOT / "data" / "show.py")
    assert "mmcourse.data" in imports_of(ROOT / "plots" / "views.py")
