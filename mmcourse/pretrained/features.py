"""Features of a frozen encoder, computed once and kept. Taught in lesson 17.

A frozen encoder gives the same features in every epoch; computing them again each time is the whole cost of training.
A file of features is found by what made it: the encoder's configuration and weights, and the pixels or words it saw.
"""

import hashlib
import io
import json
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from ..data import Multimodal, Spec
from ..data.fetching.fetch import cache_folder
from ..data.splits import SPLITS
from ..files import write_whole
from ..identity import array_digest, plain

FIRST, PART_SECONDS = 512, 10.0  # samples of the first part; how long a later one may take, lost when interrupted
TOLERANCE = 1e-3  # of the features' spread: another batch size or machine moves the last bits


def extract(
    encoders: dict[str, keras.layers.Layer],
    data: Multimodal,
    cache: str | Path | None = None,
    batch_size: int = 64,
) -> Multimodal:
    """The set with features in place of modalities: `extract({"image": encoder}, data)`.

    Each encoder takes a batch of its modality and gives (B, ...) features; it runs with `training=False`. All else of
    the set stays: other modalities, labels, groups, targets, `present`. Features of an absent modality are zeros.
    Ceilings stay too, as upper bounds: an encoder can only lose.

    Files are kept in `cache`, by default `features` in the course's cache folder. They are found again only for the
    same configuration, weights and samples, and a batch of them is computed anew to make sure; an interrupted
    extraction goes on where it stopped. Raises `ValueError` for a modality that the set does not have.

    >>> pictures = mm.load("emoji").with_only("image")
    >>> encoder = small("image")
    >>> shape = pictures.modalities["image"].shape
    >>> few = pictures.subset(40)
    >>> extract({"image": encoder}, few, cache="features").modalities["image"].shape
    (80,)
    """
    unknown = [name for name in encoders if name not in data.modalities]
    if unknown or not encoders:
        raise ValueError(
            f"{data.name}: extract needs encoders for some of {', '.join(data.modalities)}; got {', '.join(encoders)}"
        )
    folder = cache_folder() / "features" if cache is None else Path(cache)
    for modality, encoder in encoders.items():
        data = _replaced(data, modality, encoder, folder, batch_size)
    return data


def _replaced(data: Multimodal, modality: str, encoder, folder: Path, batch_size: int) -> Multimodal:
    run = _Runner(encoder, data.modalities[modality], batch_size)
    maker = encoder_key(encoder)
    parts = {}
    for name in SPLITS:
        split = data.split(name)
        array = split.x[modality]
        key = hashlib.sha256(f"{maker} {array_digest(array)}".encode()).hexdigest()[:32]
        features = _features(run, array, folder / key, f"{modality}, {name}")
        if split.present is not None:
            features[~split.present[:, list(split.x).index(modality)]] = 0
        parts[name] = replace(split, x={**split.x, modality: features})
    features = parts["train"].x[modality]
    spec = Spec(features.shape[1:], str(features.dtype), "feature", f"features of {modality} by {encoder.name}")
    return replace(data, modalities={**data.modalities, modality: spec}, **parts)


def encoder_key(encoder: keras.layers.Layer) -> str:
    """SHA-256 over what an encoder is: its class, its configuration without names, and every weight."""
    config = {key: value for key, value in encoder.get_config().items() if key != "trainable"}
    kind = f"{type(encoder).__module__}.{type(encoder).__qualname__}"
    digest = hashlib.sha256(f"{kind} {json.dumps(plain(config), sort_keys=True)}".encode())
    for weight in encoder.get_weights():
        digest.update(array_digest(weight).encode())
    for layer in encoder._flatten_layers():  # an adapted vocabulary is neither configuration nor weight
        if hasattr(layer, "get_vocabulary"):
            digest.update(json.dumps(layer.get_vocabulary(), default=str).encode())
    return digest.hexdigest()


class _Runner:
    """An encoder over arrays (N, ...), in compiled batches; `rows` is how many samples are worth keeping at a time."""

    def __init__(self, encoder: keras.layers.Layer, spec: Spec, batch_size: int):
        self.name, self.batch_size, self.rows = encoder.name, batch_size, FIRST
        self.text = np.dtype(spec.dtype).kind == "U"
        inputs = keras.Input(spec.shape, dtype="string" if self.text else spec.dtype)
        self.model = keras.Model(inputs, encoder(inputs, training=False))
        self.model.compile(jit_compile=False)  # one forward pass: compiling costs more than it brings

    def __call__(self, array: np.ndarray) -> np.ndarray:
        if self.text:
            import tensorflow as tf

            array = tf.constant(array)
        features = self.model.predict(array, batch_size=self.batch_size, verbose=0)
        if not isinstance(features, np.ndarray):
            raise ValueError(f"{self.name} gives several outputs; choose one of them before extracting")
        return features

    def part(self, array: np.ndarray) -> np.ndarray:
        """Features of the first `rows`, whose number follows from the time this takes: whole batches, seconds each."""
        began = time.perf_counter()
        features = self(array[: self.rows])
        rate = len(features) / (time.perf_counter() - began)
        self.rows = self.batch_size * max(1, int(rate * PART_SECONDS / self.batch_size))
        return features


def _features(run: _Runner, array: np.ndarray, place: Path, label: str) -> np.ndarray:
    """The features of an array: read from `place`.npy if it is whole and the encoder still says so, else computed."""
    whole = place.with_suffix(".npy")
    kept = _read(whole)
    if kept is not None and not (len(kept) == len(array) and _agrees(run, array, kept)):
        kept = None
        whole.unlink()  # and what led to it; from here on it is as if nothing had been there
        shutil.rmtree(place, ignore_errors=True)
    if kept is None:
        kept = _computed(run, array, place, label)
        write_whole(whole, _npy(kept))
    shutil.rmtree(place, ignore_errors=True)
    return kept


def _computed(run: _Runner, array: np.ndarray, place: Path, label: str) -> np.ndarray:
    """Part by part, each written when done; parts of an interrupted try are taken over."""
    from tqdm import tqdm

    parts, start = [], 0
    look = {"unit": " samples", "delay": 2, "leave": False, "file": sys.stdout}
    with tqdm(total=len(array), desc=f"features of {label}", **look) as bar:
        while start < len(array):
            part = _taken_over(run, array[start:], place / f"{start:09d}.npy")
            if part is None:
                part = run.part(array[start:])
                if len(part) < len(array):  # a set done in one part is kept whole right away
                    write_whole(place / f"{start:09d}.npy", _npy(part))
            parts.append(part)
            start += len(part)
            bar.update(len(part))
    return np.concatenate(parts)


def _taken_over(run: _Runner, array: np.ndarray, path: Path) -> np.ndarray | None:
    """The part of an interrupted try with features of the first samples, if it is there, whole, and still right."""
    kept = _read(path)
    return kept if kept is not None and 0 < len(kept) <= len(array) and _agrees(run, array, kept) else None


def _agrees(run: _Runner, array: np.ndarray, kept: np.ndarray) -> bool:
    """Whether the encoder says what was kept, of as many samples as a batch has, spread over all."""
    rows = np.linspace(0, len(kept) - 1, min(run.batch_size, len(kept))).astype(int)
    now, then = run(array[rows]), kept[rows]
    if now.shape != then.shape or now.dtype != then.dtype:
        return False
    spread = float(np.abs(now[np.isfinite(now)]).mean()) if np.isfinite(now).any() else 0.0
    return bool(np.allclose(now, then, rtol=TOLERANCE, atol=TOLERANCE * spread, equal_nan=True))


def _read(path: Path) -> np.ndarray | None:
    """An array from a file, or None where there is no file or not a whole one."""
    try:
        with path.open("rb") as file:
            array = np.lib.format.read_array(file, allow_pickle=False)
    except Exception:  # a damaged header fails in many ways, and all mean the same
        return None
    return array if array.ndim else None


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
