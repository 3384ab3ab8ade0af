"""`compile_once`: a small model is traced once and trained many times. Used in lessons 14, 15, 18, 23 and 24.

Tracing a training step takes a second or two; training a small model on few samples takes less. Whoever trains the
same architecture with many seeds pays for the tracing each time, unless the compiled model is kept and put back to
the start.
"""

import functools
import json
from collections.abc import Callable

import keras

from ..identity import configuration
from . import state


def compile_once(make: Callable) -> Callable:
    """Make `make(seed, ...)` give one compiled model again and again, each time as new. TensorFlow backend.

    `make` builds and compiles a Keras model. What comes back has the initial weights, the random state, the optimizer
    and the learning rate of a model just made under `keras.utils.set_random_seed(seed)`, so that `fit` gives the same
    numbers; but it is *the same object* as before, whose training step is already traced. Read off what is needed of
    one training before asking for the next. Models are kept by the arguments after `seed`, which must be hashable.

    >>> @compile_once
    ... def network(seed, width):
    ...     model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(width), keras.layers.Dense(1)])
    ...     model.compile("adam", "mse")
    ...     return model
    >>> for seed in (0, 1, 2):
    ...     run = network(seed, 64).fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0)

    Where the kept model cannot be put back, the new one is returned and kept instead: when it was never trained, was
    compiled again, had parts frozen or unfrozen, or has another configuration, compilation or other shapes than the
    new one; and always on other backends. What no variable and no configuration shows is *not* seen: random layers
    must hold a `keras.random.SeedGenerator`, recurrent layers must not be `stateful`, and nothing else (adapted
    preprocessing, arrays drawn in a constructor) may depend on the seed. Not for several threads.

    Raises `ValueError` when `make` gives a model that is not compiled, `TypeError` for arguments that cannot be hashed.
    Used in lessons 14, 15, 18, 23 and 24.
    """
    kept = {}

    @functools.wraps(make)
    def made(seed: int, *args, **kwargs):
        key = (args, tuple(sorted(kwargs.items())))
        hash(key)  # before any work
        keras.utils.set_random_seed(seed)
        fresh = make(seed, *args, **kwargs)
        if not getattr(fresh, "compiled", False):
            raise ValueError(f"compile_once: the function must return a compiled Keras model; got {fresh!r}")
        settings = _settings(fresh)
        model, optimizer, before = kept.get(key, (None, None, None))
        alike = settings and settings == before and settings[1] == _settings(model)[1]
        if alike and model.optimizer is optimizer and _put_back(model, fresh):
            return model
        if fresh.built and keras.backend.backend() == "tensorflow":
            fresh.optimizer.build(fresh.trainable_variables)  # now, or the training step is traced twice
        kept[key] = fresh, fresh.optimizer, settings
        return fresh

    return made


def _put_back(model, fresh) -> bool:
    """Give a model the weights, random state and optimizer of a fresh one, if the two are alike; whether they are."""
    trained = model.built and model.optimizer.built and int(model.optimizer.iterations) > 0
    if keras.backend.backend() != "tensorflow" or not trained:
        return False
    try:
        if not fresh.built:
            fresh.build_from_config(model.get_build_config())
        fresh.optimizer.build(fresh.trainable_variables)
    except Exception:  # whatever a model of somebody's own cannot do before its first batch, it does then
        return False
    if _variables(model) != _variables(fresh):
        return False
    state.restore(model, state.snapshot(fresh), state.BETWEEN_EPOCHS)
    return True


def _settings(model) -> list | None:
    """Configuration and compilation without names and without the learning rate, which is a variable."""
    found = configuration(model.get_config), configuration(model.get_compile_config)
    return None if None in found else json.loads(json.dumps(found), object_hook=_without_rate)


def _without_rate(config: dict) -> dict:
    return {key: value for key, value in config.items() if key != "learning_rate" or not isinstance(value, float)}


def _variables(model) -> list[tuple]:
    """Shape, dtype and trainability of each variable. Paths differ with how a model was built, so they tell nothing."""
    return [
        (group, tuple(variable.shape), str(variable.dtype), variable.trainable)
        for group, listed in state.variables(model).items()
        if group in state.BETWEEN_EPOCHS
        for variable in listed
    ]
