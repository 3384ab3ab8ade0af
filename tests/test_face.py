"""The face of the package is lazy."""

import subprocess
import sys

import pytest

import mmcourse as mm

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
