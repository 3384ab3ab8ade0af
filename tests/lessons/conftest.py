"""A toy course in place of the real one: the package finds it, and so do the kernels it starts."""

from pathlib import Path

import pytest

from tests.lessons import toy


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The folder of a course of one lesson, number 99; `MMCOURSE_COURSE` brings kernels there too."""
    root = tmp_path / "course"
    toy.course(root)
    monkeypatch.setenv("MMCOURSE_COURSE", str(root))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    return root
