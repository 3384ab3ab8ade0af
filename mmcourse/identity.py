"""What makes two arrays, or two Keras configurations, the same: digests, without the names that Keras makes up."""

import base64
import hashlib
import json
import marshal
import types
import warnings
from collections.abc import Callable

import numpy as np

_WIRING = ("inbound_nodes", "input_layers", "output_layers")
_BUILT = ("build_config", "build_input_shape")  # whether a layer is built already says nothing about what it is


def array_digest(array: np.ndarray) -> str:
    """SHA-256 of an array's type, shape and values."""
    array = np.ascontiguousarray(array)
    digest = hashlib.sha256(f"{array.dtype.str} {array.shape} ".encode())
    digest.update(array.data.cast("B") if array.size and array.dtype.kind not in "UV" else array.tobytes())
    return digest.hexdigest()


def configuration(get: Callable[[], dict]):
    """What `model.get_config` or `model.get_compile_config` says, as plain data without names.

    None where a model of somebody's own does not know its configuration.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras warns of a lambda, which is not loaded here
            return plain(get())
    except Exception:  # whatever somebody's own `get_config` raises
        return None


def plain(config):
    """A configuration without names, as JSON would give it back; of an object that JSON does not know, its class."""
    config = {key: value for key, value in config.items() if key != "name"}
    return json.loads(json.dumps(_nameless(config), default=_jsonable))


def _jsonable(value):
    return value.tolist() if hasattr(value, "tolist") else f"{type(value).__module__}.{type(value).__qualname__}"


def _nameless(config, numbers: dict[str, str] | None = None, wiring: bool = False):
    """A configuration with numbers for the names of its parts: Keras makes up others each time a model is built.

    Left out is also what only says that a layer is built. A lambda is its code, wherever in a file it stands.
    """
    numbers = {} if numbers is None else numbers
    if isinstance(config, (list, tuple)):
        each = [(_is_input(value), _nameless(value, numbers, wiring)) for value in config]
        return [value for is_input, value in each if not is_input]
    if isinstance(config, str):
        return numbers.get(config, config) if wiring else config
    if not isinstance(config, dict):
        return config
    inner = config.get("config")
    kind = config.get("class_name", "")
    if kind == "__lambda__":
        return {"lambda": _lambda_digest(inner)}
    if kind and not kind.endswith("DTypePolicy") and isinstance(inner, dict) and isinstance(inner.get("name"), str):
        sort = "input" if kind == "InputLayer" else "part"
        numbers.setdefault(inner["name"], f"{sort} {sum(number.startswith(sort) for number in numbers.values())}")
        config = {**config, "name": None, "config": {**inner, "name": numbers[inner["name"]]}}
    return {
        key: _nameless(value, numbers, wiring or key in _WIRING) for key, value in config.items() if key not in _BUILT
    }


def function_digest(function: types.FunctionType) -> str:
    """SHA-256 of what a Python function does: its code and its defaults."""
    return hashlib.sha256(repr((_code(function.__code__), function.__defaults__)).encode()).hexdigest()


def first_difference(ours, theirs, path: str = "") -> str | None:
    """Where two pieces of plain data differ first, in words with both values; None where they are equal."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in [*ours, *(key for key in theirs if key not in ours)]:
            found = first_difference(ours.get(key), theirs.get(key), f"{path}.{key}" if path else str(key))
            if found:
                return found
        return None
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        found = (first_difference(*pair, f"{path}[{i}]") for i, pair in enumerate(zip(ours, theirs, strict=True)))
        return next(filter(None, found), None)
    same = ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool)
    return None if same else f"{path} was {_short(theirs)} and is {_short(ours)}"


def _is_input(value) -> bool:
    """An `InputLayer`, which Keras adds when a `Sequential` is built."""
    return isinstance(value, dict) and value.get("class_name") == "InputLayer"


def _lambda_digest(config: dict) -> str:
    """Of a lambda as Keras serialises it, one way in layers and another elsewhere. It is our own: nothing is run."""
    code, *rest = config["value"] if "value" in config else config.values()
    return hashlib.sha256(repr((_code(marshal.loads(base64.b64decode(code))), rest)).encode()).hexdigest()


def _code(code: types.CodeType) -> tuple:
    """What a function does, without the file and the lines it stands in."""
    constants = [_code(value) if isinstance(value, types.CodeType) else repr(value) for value in code.co_consts]
    return code.co_code, code.co_names, constants


def _short(value) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
