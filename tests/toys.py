"""Small sets and models that more than one test uses."""

from unittest import mock

import numpy as np

import mmcourse as mm


def toy_set(n: int = 60, seed: int = 0, **changes) -> mm.Multimodal:
    """Two modalities that each carry the label as a one-hot vector of 3; groups differ between splits."""
    rng = np.random.default_rng(seed)

    def split(first_group: int) -> mm.Split:
        y = np.arange(n) % 3
        one_hot = np.eye(3, dtype=np.float32)[y]
        noise = 0.01 * rng.standard_normal((n, 3)).astype(np.float32)
        return mm.Split({"a": one_hot + noise, "b": one_hot - noise}, y, first_group + np.arange(n) % 2)

    spec = mm.Spec((3,), "float32", "none", "the label, one-hot")
    fields = {"name": "toy", "modalities": {"a": spec, "b": spec}, "train": split(0), "val": split(2), "test": split(4)}
    return mm.Multimodal(**{**fields, **changes})


class Reader:
    """Looks like a Keras classifier; answers with the array of one modality."""

    def __init__(self, modality: str):
        self.modality = modality

    def predict(self, x, **_):
        return np.asarray(x[self.modality])


def shown(figure) -> list[dict]:
    """What a `Figure` sends to the notebook, an output each."""
    outputs = []

    def display(data, raw, metadata=None):
        outputs.append({"data": data, "metadata": metadata})

    with mock.patch("IPython.display.display", display):
        figure._ipython_display_()
    return outputs
