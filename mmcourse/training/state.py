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


def variables(model) -> dict[str, list]:
    """The Keras variables of a compiled, built model by group, in a fixed order; those too that Keras does not list."""
    optimizer = model.optimizer
    optimizers = [one for one in (optimizer, getattr(optimizer, "inner_optimizer", None)) if one is not None]
    return {
        "model": of_model(model),
        "optimizer": _with_unlisted(optimizer.variables if optimizers else [], optimizers),
        "metrics": list(model.metrics_variables),
    }


def of_model(model) -> list:
    """The variables of a model, compiled or not: weights, statistics and the state of every `SeedGenerator`."""
    return _with_unlisted(model.variables, model._flatten_layers())


def _with_unlisted(listed: list, owners) -> list:
    """And the variables that owners hold without telling: Nadam's running product within a loss scale, and the like."""
    import keras

    found = {id(variable): variable for variable in listed}
    for owner in owners:
        for value in vars(owner).values():
            for one in value if isinstance(value, list | tuple) else [value]:
                if isinstance(one, keras.Variable):
                    found.setdefault(id(one), one)
    return list(found.values())


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

    The counters Keras appends to names (`dense_3`) depend on what else the process has built, and the scope of an
    optimizer's variable on who built it, so they are dropped.
    """
    return [
        [group, _name(group, variable), list(variable.shape), str(variable.dtype)]
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


def _strategy(model):
    """The `tf.distribute` strategy of several devices that a model is under, or None."""
    import keras

    if keras.backend.backend() == "tensorflow" and model.distribute_strategy.num_replicas_in_sync > 1:
        return model.distribute_strategy
    return None


def _name(group: str, variable) -> str:
    name = COUNTER.sub("", variable.path)
    return name.rsplit("/", 1)[-1] if group == "optimizer" else name


def _words(entry: list) -> str:
    return f"{entry[1]} {tuple(entry[2])} {entry[3]}"
