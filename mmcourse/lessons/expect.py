"""What the checks of exercises are made of: every wrong answer gets one sentence that names the mistake.

An answer may be a NumPy array, a list, a tensor of any float type or a number: `numbers`, `number` and `whole` read all
of them, refuse what is no number, and `close` compares with the tolerance that the answer's type can keep.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


class Wrong(Exception):
    """Raised by a check; its message is the sentence the learner reads."""


@dataclass(frozen=True)
class Result:
    """The outcome of a check, shown in the notebook as one line."""

    ok: bool
    message: str
    word: str = ""

    def __repr__(self) -> str:
        return f"{self.word or ('Right' if self.ok else 'Not yet')}: {self.message}"


@dataclass(frozen=True)
class Exercise:
    """An exercise's check and hint. `test(answer)` returns the sentence for a right answer or raises `Wrong`."""

    test: Callable[[object], str]
    hint: str

    def check(self, answer) -> Result:
        """Check an answer; whatever the learner's code raises becomes a sentence too, even `exit()`."""
        try:
            return Result(True, self.test(answered(answer, None)))
        except Wrong as wrong:
            return Result(False, str(wrong))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            try:
                said = str(error)
            except Exception:  # an exception of the learner's own may not even know its words
                said = "(it has no message)"
            return Result(False, f"your code raised {type(error).__name__}: {said}")


def answered(value, what: str | None = "your function"):
    """Return `value`, or say that nothing came back."""
    if value is None or value is ...:
        if what is None:
            raise Wrong("there is no answer yet: replace the ... by your own, then run the cell again.")
        raise Wrong(f"{what} returned nothing: replace the ... by your own code and end it with `return`.")
    return value


def numbers(value, shape: tuple[int, ...] | None = None, what: str = "your function") -> np.ndarray:
    """An answer as a float array, whatever holds it; of this shape, where one is given. NaN and infinity are refused.

    The type of floats is kept (bfloat16 becomes float32), for `close` to know how exact they can be.
    """
    value = answered(value, what)
    try:
        array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    except Exception:
        raise Wrong(f"{what} must give numbers of one shape; got {_kind(value)}.") from None
    if array.dtype.kind not in "fiub" and array.dtype.name != "bfloat16":
        raise Wrong(f"{what} must give numbers; got {_kind(value)}.")
    if array.dtype.kind != "f":
        array = array.astype("float32" if array.dtype.name == "bfloat16" else "float64")
    if shape is not None and array.shape != tuple(shape):
        raise Wrong(f"expected the shape {tuple(shape)}, got {array.shape}.")
    if np.isnan(array).any():
        raise Wrong(f"{what} gives NaN, which is no number: look for 0/0, the logarithm of a negative, or ∞ − ∞.")
    if np.isinf(array).any():
        raise Wrong(f"{what} gives infinity: look for a division by 0, or a number that is too large for its type.")
    return array


def number(value, what: str = "your function") -> float:
    """An answer that is one number, in whatever holds it."""
    array = numbers(value, None, what)
    if array.size != 1:
        raise Wrong(f"{what} must give one number; got {_kind(value)} of shape {array.shape}.")
    return float(array.reshape(()))


def whole(value, what: str = "your function") -> int:
    """An answer that is one whole number."""
    found = number(value, what)
    if found != int(found):
        raise Wrong(f"{what} must give a whole number; got {found:g}.")
    return int(found)


def several(value, count: int, what: str = "your function") -> tuple:
    """An answer of `count` parts: a tuple, a list, or an array with as many rows."""
    value = answered(value, what)
    try:
        parts = tuple(value)
    except TypeError:
        parts = ()
    if len(parts) != count or isinstance(value, (str, dict, set)):
        raise Wrong(f"{what} must give {count} things, in this order; got {_kind(value)}.")
    return parts


def share(value, what: str = "your function") -> float:
    """An answer that is a share, from 0 to 1."""
    found = number(value, what)
    if 1 < found <= 100:
        raise Wrong(f"{what} must give a share between 0 and 1, not per cent; got {found:g}.")
    if not 0 <= found <= 1:
        raise Wrong(f"{what} must give a share between 0 and 1; got {found:g}.")
    return found


def simplex(value, shape: tuple[int, ...], what: str = "your weights") -> np.ndarray:
    """An answer whose last axis is on the simplex: nothing negative, the sum 1."""
    found = numbers(value, shape, what)
    if found.min() < -tolerance(found):
        raise Wrong(f"{what} must not be negative; the smallest is {found.min():.3g}.")
    sums = found.sum(axis=-1, dtype="float64")
    worst = sums.flat[np.abs(sums - 1).argmax()]
    if abs(worst - 1) > found.shape[-1] * tolerance(found):
        raise Wrong(f"{what} must sum to 1; here they sum to {worst:.3g}.")
    return found


def word(value, words: tuple[str, ...], what: str = "your function") -> str:
    """An answer that is one of some words."""
    value = answered(value, what)
    if not isinstance(value, str) or value not in words:
        raise Wrong(f"{what} must give one of {', '.join(map(repr, words))}; got {_kind(value)}.")
    return value


def close(got, right, atol: float = 1e-5) -> bool:
    """Whether two arrays are the same, as far as the type of the answer can tell."""
    got, right = np.asarray(got), np.asarray(right, "float64")
    if got.shape != right.shape:
        return False
    return bool(np.allclose(got.astype("float64"), right, rtol=tolerance(got), atol=max(atol, tolerance(got))))


def tolerance(array: np.ndarray) -> float:
    """What the rounding of an array's type may add up to in a short calculation."""
    return max(1e-6, 10 * float(np.finfo(array.dtype).eps)) if array.dtype.kind == "f" else 1e-6


def unchanged(before: np.ndarray, after: np.ndarray, what: str) -> None:
    """Say so if an array that was given to the learner's code came out different."""
    if not np.array_equal(before, after):
        raise Wrong(f"your function changed the {what} it was given: work on a copy.")


def _kind(value) -> str:
    """A value in a few words: itself where it is short, else its type."""
    try:
        text = repr(value)
    except Exception:
        text = ""
    return text if 0 < len(text) <= 40 and "\n" not in text else f"an object of type {type(value).__name__}"
