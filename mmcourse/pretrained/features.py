"""Features of a frozen encoder, computed once and kept. Taught in lesson 17.

A frozen encoder gives the same features in every epoch; computing them again each time is the whole cost of training.
A file of features is found by what made it: the encoder's configuration and weights, and the pixels or words it saw.
"""

import hashlib
import io
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from mmcourse.data import Multimodal, Spec
from mmcourse.data.fetch import cache_folder
from mmcourse.data.multimodal import SPLITS
from mmcourse.files import write_whole

FIRST, PART_SECONDS = 1024, 10.0  # samples of the first part; how long a later one may take, lost when interrupted
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
    same configuration, weights and samples, and the first batch is computed anew to make sure; an interrupted
    extraction goes on where it stopped. Raises `ValueError` for a modality that the set does not have.
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
    run = _runner(encoder, data.modalities[modality], batch_size)
    maker = encoder_key(encoder)
    parts = {}
    for name in SPLITS:
        split = data.split(name)
        array = split.x[modality]
        key = hashlib.sha256(f"{maker} {_digest(array)}".encode()).hexdigest()[:32]
        features = _features(run, array, folder / key, f"{modality}, {name}", batch_size)
        if split.present is not None:
            features[~split.present[:, list(split.x).index(modality)]] = 0
        parts[name] = replace(split, x={**split.x, modality: features})
    features = parts["train"].x[modality]
    spec = Spec(features.shape[1:], str(features.dtype), "feature", f"features of {modality} by {encoder.name}")
    return replace(data, modalities={**data.modalities, modality: spec}, **parts)


def encoder_key(encoder: keras.layers.Layer) -> str:
    """SHA-256 over what an encoder is: its class, its configuration without names, and every weight."""
    config = {key: value for key, value in encoder.get_config().items() if key not in ("name", "trainable")}
    kind = f"{type(encoder).__module__}.{type(encoder).__qualname__}"
    digest = hashlib.sha256(f"{kind} {json.dumps(_unnamed(config, {}), sort_keys=True, default=str)}".encode())
    for weight in encoder.get_weights():
        digest.update(_digest(weight).encode())
    return digest.hexdigest()


def _unnamed(config, numbers: dict[str, int], wiring: bool = False):
    """A configuration with numbers for the names of its layers: Keras makes up others each time a model is built."""
    if isinstance(config, (list, tuple)):
        return [_unnamed(value, numbers, wiring) for value in config]
    if isinstance(config, str):
        return numbers.get(config, config) if wiring else config
    if not isinstance(config, dict):
        return config
    inner = config.get("config")
    if "class_name" in config and isinstance(inner, dict) and isinstance(inner.get("name"), str):
        numbers.setdefault(inner["name"], len(numbers))
        config = {**config, "name": None, "config": {**inner, "name": numbers[inner["name"]]}}
    places = ("inbound_nodes", "input_layers", "output_layers")
    return {key: _unnamed(value, numbers, wiring or key in places) for key, value in config.items()}


def _digest(array: np.ndarray) -> str:
    array = np.ascontiguousarray(array)
    kind = f"{array.dtype.str} {array.shape} ".encode()
    return hashlib.sha256(kind + array.tobytes()).hexdigest()


def _runner(encoder: keras.layers.Layer, spec: Spec, batch_size: int):
    """A function from an array (N, ...) to features (N, ...), in compiled batches of `batch_size`."""
    text = np.dtype(spec.dtype).kind == "U"
    inputs = keras.Input(spec.shape, dtype="string" if text else spec.dtype)
    model = keras.Model(inputs, encoder(inputs, training=False))
    model.compile(jit_compile=False)  # one forward pass: compiling costs more than it brings

    def run(array: np.ndarray) -> np.ndarray:
        if text:
            import tensorflow as tf

            array = tf.constant(array)
        features = model.predict(array, batch_size=batch_size, verbose=0)
        if not isinstance(features, np.ndarray):
            raise ValueError(f"{encoder.name} gives several outputs; choose one of them before extracting")
        return features

    return run


def _features(run, array: np.ndarray, place: Path, label: str, batch_size: int) -> np.ndarray:
    """The features of an array: read from `place`.npy if it is whole and the encoder still says so, else computed."""
    whole = place.with_suffix(".npy")
    kept = _read(whole)
    first = run(array[:batch_size])  # a whole batch, so that what is compiled here serves for the rest
    if kept is not None and len(kept) == len(array) and _same(first, kept[: len(first)]):
        return kept
    features = _computed(run, array, first, place, label, fresh=kept is not None)
    write_whole(whole, _npy(features))
    for part in place.glob("*.npy"):
        part.unlink()
    if place.is_dir():
        place.rmdir()
    return features


def _computed(run, array: np.ndarray, first: np.ndarray, place: Path, label: str, fresh: bool) -> np.ndarray:
    """`first` and the rest part by part, each written when done; parts of an interrupted try are taken over."""
    from tqdm import tqdm

    parts, start, rows = [first], len(first), FIRST
    look = {"unit": " samples", "delay": 2, "leave": False, "file": sys.stdout}
    with tqdm(total=len(array), initial=start, desc=f"features of {label}", **look) as bar:
        while start < len(array):
            part = None if fresh else _taken_over(run, array, place, start, len(first))
            if part is None:
                began = time.perf_counter()
                part = run(array[start : start + rows])
                write_whole(place / f"{start:09d}.npy", _npy(part))
                rows = max(FIRST, int(len(part) * PART_SECONDS / (time.perf_counter() - began)))
            parts.append(part)
            start += len(part)
            bar.update(len(part))
    return np.concatenate(parts)


def _taken_over(run, array: np.ndarray, place: Path, start: int, batch_size: int) -> np.ndarray | None:
    """The part of an interrupted try that begins at a row, if it is there, whole, and what the encoder says."""
    kept = _read(place / f"{start:09d}.npy")
    if kept is None or not 0 < len(kept) <= len(array) - start:
        return None
    probed = min(batch_size, len(kept))
    return kept if _same(run(array[start : start + probed]), kept[:probed]) else None


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE * float(np.abs(b).mean())))


def _read(path: Path) -> np.ndarray | None:
    """An array from a file, or None where there is no file or not a whole one."""
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return array if isinstance(array, np.ndarray) and array.ndim else None


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
