"""Shared by all tests: a quiet TensorFlow, a picture backend without a screen, no results outside temporary folders."""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["MPLBACKEND"] = "agg"

import pytest

from tests.summaries import pytest_runtest_logreport, pytest_terminal_summary  # noqa: F401


@pytest.fixture(autouse=True)
def _own_results(tmp_path, monkeypatch):
    monkeypatch.setenv("MMCOURSE_RESULTS", str(tmp_path / "my-results"))


@pytest.fixture(scope="session")
def digits():
    """The digits at their default difficulty, seed 0."""
    import mmcourse as mm

    return mm.load("digits")


LONG = {f"test_{name}.py" for name in ("scale", "resume", "odd_calls", "contract", "learning", "building")}


def pytest_collection_modifyitems(items):
    """Files that take minutes first, or one process is left alone with them while the others are done."""
    items.sort(key=lambda item: item.path.name not in LONG)
