"""Everything a training run consists of, as plain arrays: read it, write it back, compare it.

`tf.train.Checkpoint` and `keras.callbacks.BackupAndRestore` each leave something out (the state of
dropout, the metrics of the current epoch, the callbacks). Here the list is explicit: the model's
variables with every `SeedGenerator`, the optimizer's, the metrics', and the callbacks' plain data.
It is the same list on every Keras backend. Taught in lesson 24.
"""

import re

import numpy as np

GROUPS = ("model", "optimizer", "metrics")
BETWEEN_EPOCHS = ("model", "optimizer")  # Keras resets the metrics when an epoch begins
COUNTER = re.compile(r"_\d+(?=[/_]|$)")  # what Keras appends to a name that it has given before
# what Keras itself puts into every callback; and `min_delta`, which its early stopping keeps as a
# setting but negates on first use, in every process anew
_KERAS_OWN = {"_model", "model", "params", "min_delta"}


def variables(model) -> dict[str, list]:
    """The Keras variables of a compiled, built model by group, in a fixed order."""
    return {
        "model": list(model.variables),
        "optimizer": list(model.optimizer.variables) if model.optimizer is not None else [],
        "metrics": list(model.metrics_variables),
    }


def snapshot(model) -> dict[str, np.ndarray]:
    """Copy the whole numeric state: `{"model/0000": array, ...}`.

    On JAX the state lives outside the model during `fit`; it is brought back first. Under a
    `tf.distribute` strategy each device counts its own metrics, and all devices' are read; every
    process must then call this.
    """
    sync(model)
    groups = variables(model)
    values = {group: [to_numpy(variable) for variable in groups[group]] for group in BETWEEN_EPOCHS}
    strategy = _strategy(model)
    if strategy is None:
        values["metrics"] = [to_numpy(variable) for variable in groups["metrics"]]
    else:
        from .distributed import read_parts

        values["metrics"] = read_parts(strategy, groups["metrics"])
    return {f"{group}/{index:04d}": array for group in GROUPS for index, array in enumerate(values[group])}


def restore(model, arrays: dict[str, np.ndarray], groups: tuple[str, ...] = GROUPS) -> None:
    """Write a snapshot back, bit for bit."""
    strategy = _strategy(model)
    for group, listed in variables(model).items():
        if group in groups:
            values = [arrays[f"{group}/{index:04d}"] for index in range(len(listed))]
            if group == "metrics" and strategy is not None:
                from .distributed import write_parts

                write_parts(strategy, listed, values)
            else:
                for variable, value in zip(listed, values, strict=True):
                    variable.assign(value)


def to_numpy(variable) -> np.ndarray:
    """A copy of a Keras variable's value, on every backend and under every strategy."""
    import keras

    if keras.backend.backend() == "tensorflow":
        return np.array(variable.numpy())  # copied: TensorFlow may hand out its own buffer
    return np.array(keras.ops.convert_to_numpy(variable.value))


def sync(model) -> None:
    """On JAX, bring the state that `fit` carries along back into the model's variables."""
    if getattr(model, "_jax_state", None) is not None:
        model.jax_state_sync()


def signature(model) -> list[list]:
    """What identifies a model: `[group, name, shape, dtype]` per variable.

    The counters Keras appends to names (`dense_3`) depend on what else the process has built,
    so they are dropped.
    """
    return [
        [group, COUNTER.sub("", variable.path), list(variable.shape), str(variable.dtype)]
        for group, listed in variables(model).items()
        for variable in listed
    ]


def difference(expected: list[list], found: list[list], groups: tuple[str, ...] = GROUPS) -> str | None:
    """The first difference of two signatures in words, or None."""
    for group in groups:
        here = [entry for entry in expected if entry[0] == group]
        there = [entry for entry in found if entry[0] == group]
        for mine, other in zip(here, there, strict=False):
            if mine != other:
                return f"its {group} has {_words(other)} where this one has {_words(mine)}"
        if len(here) != len(there):
            return f"its {group} has {len(there)} variables, this one's {len(here)}"
    return None


def prepare(model, batch: tuple) -> None:
    """Create every variable that Keras would create in the first step, without taking one."""
    model.test_on_batch(*batch)  # builds the model, the losses and the metrics; changes no weight
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def callback_data(callback) -> dict:
    """A callback's attributes that are plain data: numbers, strings, arrays, and containers of them."""
    return {name: _copy(value) for name, value in vars(callback).items() if name not in _KERAS_OWN and _plain(value)}


def changed(now: dict, before: dict) -> dict:
    """The attributes that training has changed: those are a callback's state, the rest is its settings."""
    return {name: value for name, value in now.items() if name not in before or not _same(value, before[name])}


def pack(value, arrays: dict[str, np.ndarray], prefix: str):
    """Plain data as JSON, its arrays put aside into `arrays` under `prefix`."""
    if isinstance(value, np.ndarray | np.generic):
        key = f"{prefix}/{len(arrays):04d}"
        arrays[key] = np.asarray(value)
        return {"array": key, "scalar": isinstance(value, np.generic)}
    if isinstance(value, dict):
        return {"dict": {key: pack(item, arrays, prefix) for key, item in value.items()}}
    if isinstance(value, list | tuple):
        return {type(value).__name__: [pack(item, arrays, prefix) for item in value]}
    return {"value": value}


def unpack(value: dict, arrays: dict[str, np.ndarray]):
    """The inverse of `pack`."""
    if "array" in value:
        array = arrays[value["array"]]
        return array[()] if value["scalar"] else array
    if "dict" in value:
        return {key: unpack(item, arrays) for key, item in value["dict"].items()}
    for kind in (list, tuple):
        if kind.__name__ in value:
            return kind(unpack(item, arrays) for item in value[kind.__name__])
    return value["value"]


def _strategy(model):
    """The `tf.distribute` strategy of several devices that a model is under, or None."""
    import keras

    if keras.backend.backend() == "tensorflow" and model.distribute_strategy.num_replicas_in_sync > 1:
        return model.distribute_strategy
    return None


def _words(entry: list) -> str:
    return f"{entry[1]} {tuple(entry[2])} {entry[3]}"


def _plain(value) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype != object
    if isinstance(value, dict):
        return all(isinstance(key, str) and _plain(item) for key, item in value.items())
    if type(value) in (list, tuple):
        return all(_plain(item) for item in value)
    return value is None or isinstance(value, bool | int | float | str | np.generic)


def _copy(value):
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_copy(item) for item in value)
    return value


def _same(a, b) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return a == b or (a != a and b != b)  # a NaN equals a NaN here
