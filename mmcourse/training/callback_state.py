"""What a callback remembers, as plain data: kept in a checkpoint and put back into the callback of a new process.

Kept are numbers, strings, bytes, arrays, lists, tuples, dicts, sets, deques, random generators, and objects that hold
nothing else. Functions, models and files are no memory. What is memory but cannot be kept is refused, since it would
be lost without a word. Taught in lesson 24.
"""

import io
import random
from collections import deque
from collections.abc import Iterator

import numpy as np

# what Keras itself puts into every callback; and `min_delta`, which its early stopping keeps as a
# setting but negates on first use, in every process anew
_KERAS_OWN = {"_model", "model", "params", "min_delta"}
_CONTAINERS = (list, tuple, set, frozenset)
_NOT_OURS = ("keras", "tensorflow", "jax", "torch", "builtins", "_io", "threading", "_thread", "logging")


def callback_data(callback) -> dict:
    """`{attribute: frozen value}` of what a callback remembers.

    Where an attribute cannot be kept, its value is a `Lost`. Raises `ValueError` for an iterator: nothing tells where
    it is.
    """
    data = {}
    for name, value in vars(callback).items():
        if name in _KERAS_OWN:
            continue
        if isinstance(value, Iterator) and not isinstance(value, io.IOBase):
            raise _refusal(callback, name, value)
        try:
            data[name] = _freeze(value)
        except TypeError:
            if isinstance(value, (*_CONTAINERS, dict, deque)):
                data[name] = Lost(value)
    return data


def changed(callback, now: dict, before: dict) -> dict:
    """What training has changed: that is a callback's memory, the rest is its settings. Refuses what is `Lost`."""
    found = {name: value for name, value in now.items() if name not in before or not _same(value, before[name])}
    for name, value in found.items():
        if isinstance(value, Lost):
            raise _refusal(callback, name, vars(callback)[name])
    return found


def put_back(callback, data: dict) -> None:
    """Give a callback the memory that `changed` found."""
    for name, value in data.items():
        vars(callback)[name] = _thaw(value, vars(callback).get(name))


def pack(value, arrays: dict[str, np.ndarray], prefix: str):
    """A frozen value as JSON, its arrays put aside into `arrays` under `prefix`."""
    if isinstance(value, np.ndarray):
        key = f"{prefix}/{len(arrays):04d}"
        arrays[key] = value
        return {"at": key}
    if isinstance(value, dict):
        return {key: pack(item, arrays, prefix) for key, item in value.items()}
    return [pack(item, arrays, prefix) for item in value] if isinstance(value, list) else value


def unpack(value, arrays: dict[str, np.ndarray]):
    """The inverse of `pack`."""
    if isinstance(value, dict):
        return arrays[value["at"]] if set(value) == {"at"} else {k: unpack(v, arrays) for k, v in value.items()}
    return [unpack(item, arrays) for item in value] if isinstance(value, list) else value


class Lost:
    """A container whose contents cannot be kept; equal as long as it holds the very same things."""

    def __init__(self, value):
        self.held = list(value.items()) if isinstance(value, dict) else list(value)

    def same(self, other: "Lost") -> bool:
        if len(self.held) != len(other.held):
            return False
        pairs = zip(self.held, other.held, strict=True)
        return all(a[1] is b[1] if isinstance(a, tuple) and len(a) == 2 else a is b for a, b in pairs)


def _freeze(value, inside: bool = False):
    """A copy as `{kind: ...}` of JSON and arrays; `TypeError` for what has no such copy."""
    if value is None or type(value) in (bool, int, float, str):
        return {"value": value}
    if isinstance(value, np.ndarray | np.generic) and value.dtype != object:
        return {"scalar" if isinstance(value, np.generic) else "array": np.array(value)}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, dict):
        return {"dict": [[_freeze(key), _freeze(item, True)] for key, item in value.items()]}
    if isinstance(value, deque):
        return {"deque": [_freeze(item, True) for item in value], "maxlen": value.maxlen}
    if type(value) in _CONTAINERS:
        items = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        return {type(value).__name__: [_freeze(item, True) for item in items]}
    if type(value) is random.Random:
        return {"random": _freeze(value.getstate())}
    if isinstance(value, np.random.Generator):
        return {"generator": _freeze(value.bit_generator.state)}
    if isinstance(value, np.random.RandomState):
        return {"randomstate": _freeze(value.get_state(legacy=False))}
    if not inside and _may_remember(value):
        return {"object": {"dict": [[_freeze(name), _freeze(item, True)] for name, item in vars(value).items()]}}
    raise TypeError(type(value))


def _may_remember(value) -> bool:
    """Whether an object may be somebody's own counter or the like; an object in such a one is too much."""
    kind = type(value)
    frozen = getattr(getattr(kind, "__dataclass_params__", None), "frozen", False)
    ours = kind.__module__.split(".")[0] not in _NOT_OURS
    return ours and not frozen and not callable(value) and bool(getattr(value, "__dict__", None))


def _thaw(frozen: dict, current):
    """The value of a frozen one; where `current` is an object of its kind, that object with this state."""
    kind, value = next(iter(frozen.items()))
    if kind == "array":
        return value
    if kind == "scalar":
        return value[()]
    if kind == "bytes":
        return bytes.fromhex(value)
    if kind == "dict":
        pairs = {_thaw(key, None): _thaw(item, None) for key, item in value}
        if isinstance(current, dict) and type(current) is not dict:  # a defaultdict, a Counter
            current.clear()
            current.update(pairs)
            return current
        return pairs
    if kind == "deque":
        return deque((_thaw(item, None) for item in value), frozen["maxlen"])
    if kind in ("random", "generator", "randomstate", "object"):
        return _with_state(kind, _thaw(value, None), current)
    for container in _CONTAINERS:
        if kind == container.__name__:
            return container(_thaw(item, None) for item in value)
    return value


def _with_state(kind: str, state, current):
    """A random generator or an object of the reader's own, in a state."""
    if kind == "object":
        vars(current).update(state)
        return current
    if kind == "random":
        generator = random.Random()
        generator.setstate(state)
    elif kind == "randomstate":
        generator = np.random.RandomState()
        generator.set_state(state)
    else:
        generator = np.random.Generator(getattr(np.random, state["bit_generator"])())
        generator.bit_generator.state = state
    return generator


def _same(a, b) -> bool:
    if isinstance(a, Lost) or isinstance(b, Lost):
        return isinstance(a, Lost) and isinstance(b, Lost) and a.same(b)
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return a == b or (a != a and b != b)  # a NaN equals a NaN here


def _refusal(callback, name: str, value) -> ValueError:
    return ValueError(
        f"{type(callback).__name__}.{name} is a {type(value).__name__} whose state no checkpoint can hold, so that a "
        "resumed run would go another way. Keep it in numbers, strings, arrays, lists, dicts, sets, deques or random "
        "generators, or train without checkpoints"
    )
