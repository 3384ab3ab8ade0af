"""`compile_once`: a small model is traced once and trained many times. Used in lesson 17.

Tracing a training step takes a second or two; training a small model on few samples takes less. Whoever trains the
same architecture with many seeds pays for the tracing each time, unless the compiled model is kept and put back to
the start.
"""

import functools
from collections.abc import Callable

from . import state


def compile_once(make: Callable) -> Callable:
    """Make `make(seed, ...)` give one compiled model again and again, each time as new.

    `make` builds and compiles a Keras model. What comes back has the initial weights, the random state, the optimizer
    and the learning rate of a model just made under `keras.utils.set_random_seed(seed)`, so that `fit` gives the same
    numbers; but from the second call on it is *the same object*, whose training step is already traced. Read off what
    is needed of one training before asking for the next. Models are kept by the arguments after `seed`, which must be
    hashable; all models of one set of arguments must be alike but for their numbers.

        @mm.training.compile_once
        def network(seed, width): ...

        for seed in (0, 1, 2):
            model = network(seed, 64)

    Raises `ValueError` when `make` gives a model that is not compiled, or another architecture than before;
    `TypeError` for arguments that cannot be hashed. Used in lesson 17.
    """
    kept = {}

    @functools.wraps(make)
    def made(seed: int, *args, **kwargs):
        import keras

        key = (args, tuple(sorted(kwargs.items())))
        hash(key)  # before any work
        keras.utils.set_random_seed(seed)
        fresh = make(seed, *args, **kwargs)
        if not getattr(fresh, "compiled", False):
            raise ValueError(f"compile_once: {make.__name__} must return a compiled Keras model; got {fresh!r}")
        model = kept.get(key)
        if model is None or not model.built:  # not built: nothing of it is traced yet
            kept[key] = fresh
            return fresh
        _put_back(model, fresh)
        return model

    return made


def _put_back(model, fresh) -> None:
    """Give a model the weights, random state and optimizer of a fresh one of the same architecture."""
    if not fresh.built:
        fresh.build_from_config(model.get_build_config())
    if model.optimizer.built:
        fresh.optimizer.build(fresh.trainable_variables)
    found = state.difference(state.signature(model), state.signature(fresh), state.BETWEEN_EPOCHS)
    if found:
        raise ValueError(f"compile_once: the model just made is another one than before: {found}")
    state.restore(model, state.snapshot(fresh), state.BETWEEN_EPOCHS)
