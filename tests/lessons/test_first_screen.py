"""The first screen of lesson 28 runs in a notebook that has Keras, NumPy and two arrays with their labels, no more."""

import re
from contextlib import chdir

import numpy as np

from mmcourse.lessons.source import sources


def test_it_needs_nothing_but_keras_and_two_arrays(tmp_path):
    (source,) = sources(["28"])
    _, load, screen = [cell.source for cell in source.cells if cell.cell_type == "code"][:3]
    assert 'np.load("image_data.npy")' in load and 'np.load("text_data.npy")' in load
    used = set(re.findall(r"\b(\w+)\.", screen)) | set(re.findall(r"^(\w+) = ", screen, re.MULTILINE))
    assert not {"mm", "lesson", "mmcourse"} & used and len(screen.splitlines()) <= 25
    rng, y = np.random.default_rng(0), np.arange(120) % 2
    np.save(
        tmp_path / "image_data.npy",
        rng.integers(0, 128, (120, 16, 16, 3), np.uint8) + 100 * y.astype("u1")[:, None, None, None],
    )
    np.save(tmp_path / "text_data.npy", np.array([f"{['day', 'night'][label]} {row}" for row, label in enumerate(y)]))
    np.save(tmp_path / "labels.npy", np.array(["no", "yes"])[y])
    names: dict = {}
    exec("import keras\nimport numpy as np\nfrom keras import layers", names)
    with chdir(tmp_path):
        exec("\n".join(line.strip() for line in load.splitlines() if not line.startswith("with ")), names)
    exec(screen, names)
    assert names["screen"]["both"] > 0.9 and names["screen"]["majority class"] < 0.7
    assert set(names["screen"]) == {"both", "pictures shuffled", "texts shuffled", "majority class"}
