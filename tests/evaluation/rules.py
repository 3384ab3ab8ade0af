"""Models that are rules, with nothing to train: good ones, and for each pitfall one that falls into it and one not.

They read symbols off the sets of `worlds` by the nearest code, and know what the symbols make likely.
"""

from dataclasses import replace
from functools import cache

import keras
import numpy as np

import mmcourse as mm
from tests.evaluation.worlds import Learned, code, world

GROUPS = 20  # in a split


class Reads:
    """The best rule of a world for some of its modalities; a symbol that is absent counts as erased.

    `slips`: modality -> how often it is misread, for some samples always. `trust`: modality -> what its evidence is
    multiplied with. Evidence is added up over modalities unless `together`, where the pair itself is looked up.
    """

    def __init__(self, data: mm.Multimodal, *read: str, together=False, slips=None, trust=None):
        self.names, self.read, self.together = list(data.modalities), read or tuple(data.modalities), together
        self.slips, self.trust, self.world = slips or {}, trust or {}, data.world

    def predict(self, x, **_):
        symbols = [self._symbols(x, name) for name in self.read]
        if self.together:
            return _normal(self.world.seen(*self.read)[:, *symbols].T)
        said = [
            self.trust.get(name, 1) * np.log(_normal(self.world.seen(name)[:, column].T))
            for name, column in zip(self.read, symbols, strict=True)
        ]
        return sum(said)  # logits, and exactly a sum

    def _symbols(self, x, name: str) -> np.ndarray:
        samples = np.asarray(x[name])
        apart = samples[:, None] - code(self.names.index(name))
        symbols = (apart**2).sum(axis=2).argmin(axis=1)
        if "present" in x:
            symbols = np.where(np.asarray(x["present"])[:, self.names.index(name)], symbols, 4)
        luck = np.abs(samples[:, 0] * 1e4) % 1  # of a sample, the same whenever it is shown
        return np.where(luck < self.slips.get(name, 0), (symbols + 1) % 4, symbols)


class Says:
    """Says what a function of the inputs says."""

    def __init__(self, function):
        self.function = function

    def predict(self, x, **_):
        return self.function(x)


def _normal(chances: np.ndarray) -> np.ndarray:
    return (chances + 1e-4) / (chances + 1e-4).sum(axis=1, keepdims=True)


def own(data: mm.Multimodal) -> dict:
    """The best rule for each modality alone, as the models of their own."""
    return {"alone": {name: Reads(data, name) for name in data.modalities}}


def in_groups(data: mm.Multimodal) -> mm.Multimodal:
    start = iter(range(0, 1000, GROUPS))
    return data.map_splits(lambda s: replace(s, group=next(start) + np.arange(len(s)) % GROUPS))


@cache
def films(seed: int) -> mm.Multimodal:
    """(6, 4) each: two marks, one after the other. Which two is the half of the label, which comes first the other."""

    def split(size: int, number: int) -> mm.Split:
        rng = np.random.default_rng([number, seed])
        y = rng.permutation(np.arange(size) % 4)
        times = np.sort(rng.permuted(np.tile(np.arange(6), (size, 1)), axis=1)[:, :2], axis=1)
        film, rows = 0.1 * rng.normal(size=(size, 6, 4)), np.arange(size)
        for channel in (0, 1):
            film[rows, times[rows, (channel + y) % 2], 2 * (y // 2) + channel] += 1
        return mm.Split({"film": film.astype("float32")}, y)

    spec = mm.Spec((6, 4), "float32", "none", "two marks, one after the other")
    return mm.Multimodal("films", {"film": spec}, split(500, 0), split(200, 1), split(800, 2))


def watches(x) -> np.ndarray:
    """Which marks there are, and which of them comes first."""
    film = np.asarray(x["film"] if isinstance(x, dict) else x)
    kind = (film[:, :, 2:].sum(axis=(1, 2)) > film[:, :, :2].sum(axis=(1, 2))).astype(int)
    times = film.argmax(axis=1)[np.arange(len(film))[:, None], 2 * kind[:, None] + [0, 1]]
    return np.eye(4)[2 * kind + (times[:, 0] > times[:, 1])]


def counts(x) -> np.ndarray:
    """Which marks there are; of the two answers left it takes the one with the stronger first mark."""
    film = np.asarray(x["film"] if isinstance(x, dict) else x)
    marks = film.max(axis=1)
    kind = (marks[:, 2:].sum(axis=1) > marks[:, :2].sum(axis=1)).astype(int)
    strong = marks[np.arange(len(film))[:, None], 2 * kind[:, None] + [0, 1]]
    return np.eye(4)[2 * kind + (strong[:, 0] > strong[:, 1])]


def guesses(x) -> np.ndarray:
    """An answer that has nothing to do with the label."""
    luck = np.abs(np.asarray(x["image"])[:, 1] * 1e4)
    return np.eye(4)[luck.astype(int) % 4]


@cache
def one_answer() -> keras.Model:
    """A Keras model that has learned its bias and nothing else."""
    inputs = {name: keras.Input((16,), name=name) for name in ("image", "text")}
    both = keras.ops.concatenate([*inputs.values()], axis=1)
    said = keras.layers.Dense(4, kernel_initializer="zeros", name="head")(both)
    model = keras.Model(inputs, said)
    model.get_layer("head").set_weights([np.zeros((32, 4), "float32"), np.array([0, 0, 1, 0], "float32")])
    return model


class Remembers:
    """Knows the training samples by heart; of others it reads the image, badly."""

    def __init__(self, data: mm.Multimodal):
        self.known = {row.tobytes(): y for row, y in zip(data.train.x["image"], data.train.y, strict=True)}
        self.rest = Reads(data, slips={"image": 0.5, "text": 0.5})

    def predict(self, x, **options):
        said = self.rest.predict(x, **options)
        for row, logits in zip(np.asarray(x["image"]), said, strict=True):
            if (y := self.known.get(row.tobytes())) is not None:
                logits[:] = 100 * np.eye(4)[y]
        return said


def with_copies(data: mm.Multimodal, share: float) -> mm.Multimodal:
    """The set with a share of its test samples taken from train."""
    n = round(share * len(data.test))
    return replace(data, test=_joined(data.train.take(np.arange(n)), data.test.take(np.arange(n, len(data.test)))))


def _joined(a: mm.Split, b: mm.Split) -> mm.Split:
    x = {name: np.concatenate([a.x[name], b.x[name]]) for name in a.x}
    return mm.Split(x, np.concatenate([a.y, b.y]))


def missing_by_label(data: mm.Multimodal, seed: int) -> mm.Multimodal:
    """The text is there for four fifths of classes 0 and 1, for a fifth of the others."""

    def hide(split: mm.Split) -> mm.Split:
        there = np.random.default_rng([seed, len(split)]).random(len(split)) < np.where(split.y < 2, 0.8, 0.2)
        present = np.stack([np.ones(len(split), bool), there], axis=1)
        return replace(split, x={**split.x, "text": split.x["text"] * there[:, None]}, present=present)

    return replace(data.map_splits(hide), world=None)


def leaking(data: mm.Multimodal) -> mm.Multimodal:
    """The set with the label written into the text, and a world that does not know it."""

    def leak(split: mm.Split) -> mm.Split:
        return replace(split, x={**split.x, "text": code(1)[split.y].astype("float32")})

    return data.map_splits(leak)


@cache
def healthy(seed: int) -> dict[str, tuple]:
    """Name -> (model, data, options): good models of ten kinds of data."""
    both, xor, unique = world("redundant", seed=seed), world("xor", seed=seed), world("unique", seed=seed)
    three = world("redundant", ("image", "text", "audio"), seed=seed)
    missing, groups = both.with_missing(0.2, seed), in_groups(both)
    weak = Reads(both, slips={"image": 0.5, "text": 0.5}, trust={"image": 1.2})  # without ties
    fused = Reads(both)
    return {
        "best": (fused, both, own(both)),
        "product": (Reads(xor, together=True), xor, own(xor)),
        "one tells": (Reads(unique), unique, own(unique)),
        "missing": (fused, missing, {}),
        "order": (Says(watches), films(seed), {"ordered": ["film"]}),
        "three": (Reads(three), three, own(three)),
        "groups": (fused, groups, own(groups)),
        "weak": (weak, both, {}),
        "learned": (Learned(both), both, {}),
        "few": (fused, replace(both, test=both.test.take(np.arange(100))), own(both)),
    }


@cache
def triggers(seed: int) -> dict[str, tuple]:
    """Number of a pitfall -> a model and a set that fall into it."""
    both, xor = world("redundant", seed=seed), world("xor", seed=seed)
    image_only = Reads(both, "image")
    copied = both.map_splits(lambda s: replace(s, x={**s.x, "text": s.x["image"]}))
    swapped = Says(lambda x: Reads(both).predict({"image": x["text"], "text": x["image"]}))
    half = with_copies(both, 0.3)
    return {
        "MM001": (one_answer(), both, {}),
        "MM002": (Says(guesses), both, {}),
        "MM003": (image_only, both, own(both)),
        "MM004": (Reads(both), leaking(both), {}),
        "MM005": (Reads(both, slips={"text": 0.6}, trust={"text": 2}), both, own(both)),
        "MM006": (Says(lambda x: _parities(xor, x)), xor, own(xor)),
        "MM007": (image_only, copied, {}),
        "MM008": (Remembers(half), half, {}),
        "MM009": (Reads(both), missing_by_label(both, seed), {}),
        "MM010": (Says(counts), films(seed), {"ordered": ["film"]}),
        "MM011": (swapped, both, {}),
        "MM012": (Reads(both, slips={"text": 0.6}, trust={"text": 0.5}), both, own(both)),
    }


def _parities(data: mm.Multimodal, x) -> np.ndarray:
    """A sum that is right on three quarters of what is seen: says odd where either symbol is odd."""
    odd = sum(Reads(data)._symbols(x, name) % 2 * 2.0 for name in data.modalities)
    return np.stack([np.ones(len(odd)), odd], axis=1)


@cache
def near_misses(seed: int) -> dict[str, tuple]:
    """Number of a pitfall -> what looks like it and is none."""
    both, xor, unique = world("redundant", seed=seed), world("xor", seed=seed), world("unique", seed=seed)
    near = both.map_splits(lambda s: replace(s, x={**s.x, "text": s.x["image"] + np.float32(0.01)}))
    half = with_copies(both, 0.3)
    return {
        "MM001": (Says(lambda x: _rarely_other(Reads(both).predict(x))), both, {}),
        "MM002": (Reads(both, slips={"image": 0.7, "text": 0.7}), both, {}),
        "MM003": (Reads(unique, "image"), unique, own(unique)),
        "MM004": (Reads(xor, together=True), xor, own(xor)),
        "MM005": (Reads(unique), unique, own(unique)),
        "MM006": (Reads(xor, together=True, slips={"image": 0.2}), xor, own(xor)),
        "MM007": (Reads(both, "image"), near, {}),
        "MM008": (Reads(both), half, {}),
        "MM009": (Reads(both), both.with_missing({"text": 0.6}, seed), {}),
        "MM010": (Says(watches), films(seed), {"ordered": ["film"]}),
        "MM011": (Reads(both), both, own(both)),
        "MM012": (Reads(both, slips={"text": 0.02}), both, own(both)),
    }


def _rarely_other(said: np.ndarray) -> np.ndarray:
    """One answer for nearly everything, another where the model is sure of the last class."""
    return np.eye(4)[np.where(said[:, 3] > said[:, :3].max(axis=1) + 8, 3, 0)]
