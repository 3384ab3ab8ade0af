"""The first screen of lesson 28 runs in a notebook that has Keras, NumPy and two arrays with their labels, no more."""

import re
from contextlib import chdir

import numpy as np

from mmcourse.lessons.source import sources


def test_it_needs_nothing_but_keras_and_two_arrays(tmp_path):
    """The first cells of code below the head, as they stand, but for where the files are."""
    (source,) = sources(["28"])
    head, *cells = [cell.source for cell in source.cells if cell.cell_type == "code"][:4]
    screen = "\n".join(cells)
    assert "mm." in head and not re.search(r"\b(mm|lesson|mmcourse|place|first)\b", screen)
    assert "image_data.npy" in cells[0] and "text_data.npy" in cells[0] and len(screen.splitlines()) < 40
    rng, y = np.random.default_rng(0), np.arange(120) % 2
    pictures = rng.integers(0, 128, (120, 16, 16, 3)) + 100 * y[:, None, None, None]
    np.save(tmp_path / "image_data.npy", pictures.astype(np.uint8))
    np.save(tmp_path / "text_data.npy", np.array([f"{['day', 'night'][label]} {row}" for row, label in enumerate(y)]))
    np.save(tmp_path / "labels.npy", np.array(["no", "yes"])[y])
    names: dict = {}
    with chdir(tmp_path):
        exec(screen.replace("folder = saved", 'folder = "."'), names)
    assert names["screen"]["both"] > 0.9 and names["screen"]["majority class"] < 0.7
    assert set(names["screen"]) == {"both", "pictures shuffled", "texts shuffled", "majority class"}
