"""The same layers, weights and inputs on another backend give TensorFlow's outputs within 1e-4.

    KERAS_BACKEND=tensorflow python tests/backends/agree.py write FILE
    KERAS_BACKEND=jax        python tests/backends/agree.py compare FILE

Every entry of the contract's table is tried with all its numbers of modalities, with and without `present`; the
weights come from NumPy with a fixed seed. A small `FeatureFusion` is built from each encoder as well.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras

import mmcourse.layers as mml
from mmcourse.models import FeatureFusion
from tests.layers.contract import numpy, patterns
from tests.layers.table import ENTRIES

TOLERANCE = 1e-4


def layer_outputs() -> dict[str, np.ndarray]:
    found = {}
    for name, entry in ENTRIES.items():
        for count in entry.counts:
            layer = entry.built(count)
            # the draws of a backend are its own: places and signs are set by hand as well
            rng = np.random.default_rng(11)
            for m, weight in enumerate(getattr(layer, "places", [])):
                weight.assign(rng.integers(0, layer.units, tuple(weight.shape)).astype("int32"))
                layer.signs[m].assign(rng.integers(0, 2, tuple(weight.shape)).astype("int32"))
            present = patterns(count)
            xs = entry.inputs(count, rows=len(present))
            for tag, kwargs in (("all", {}), ("some", {"present": present})):
                outputs = keras.tree.flatten(layer(xs, **kwargs))
                for k, out in enumerate(outputs):
                    found[f"{name}|{count}|{tag}|{k}"] = np.asarray(numpy(out), "float64")
    return found


def encoder_outputs() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    inputs = {
        "image": (mml.ImageEncoder(6, (4, 8)), rng.random((3, 8, 8, 1), "float32")),
        "audio": (mml.AudioEncoder(6, (4, 8)), rng.normal(scale=0.1, size=(3, 1600)).astype("float32")),
        "text": (mml.TextEncoder(9, 6), np.array([[3, 4, 5, 2], [7, 1, 6, 0], [2, 0, 0, 0]], "int32")),
        "words": (mml.TextEncoder(9, 6, "transformer", 2), np.array([[3, 4, 0], [7, 1, 6], [2, 0, 0]], "int32")),
        "film": (mml.VideoEncoder(6, (4,)), rng.random((3, 4, 8, 8, 1), "float32")),
        "frames": (mml.VideoEncoder(6, (4,), "2+1d"), rng.random((3, 4, 8, 8, 1), "float32")),
    }
    found = {}
    for name, (encoder, x) in inputs.items():
        model = FeatureFusion({name: encoder}, mml.ConcatFusion())
        model({name: x})
        for weight in model.weights:
            weight.assign(rng.normal(scale=0.3, size=tuple(weight.shape)).astype("float32"))
        found[f"encoder {name}"] = np.asarray(model.predict({name: x}, verbose=0), "float64")
    return found


def main(task: str, path: str) -> int:
    found = {**layer_outputs(), **encoder_outputs()}
    if task == "write":
        np.savez(path, **found)
        print(f"{keras.backend.backend()}: {len(found)} outputs written")
        return 0
    expected = np.load(path, allow_pickle=False)
    assert set(expected.files) == set(found), "the two runs tried different layers"
    worst = {name: float(np.abs(out - expected[name]).max()) for name, out in found.items()}
    wrong = [
        name for name, out in found.items() if not np.allclose(out, expected[name], atol=TOLERANCE, rtol=TOLERANCE)
    ]
    print(f"{keras.backend.backend()}: {len(found)} outputs, largest difference {max(worst.values()):.1e}")
    for name in wrong:
        print(f"  differs: {name} by {worst[name]:.1e}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
