"""Calls that are refused, each with one sentence: what was expected, what came, what to do."""

from collections.abc import Mapping, Sequence

from .numerics import shape_of


class InputError(ValueError):
    """A call that is refused: one sentence with what was expected, what came and what to do."""

    _keras_call_info_injected = True  # Keras then adds no frame of arguments around the sentence


def said(x) -> str:
    """What came, in a word or two."""
    if x is None:
        return "None"
    return f"an empty {type(x).__name__}" if hasattr(x, "__len__") and len(x) == 0 else type(x).__name__


def fits(shape: tuple | None, built: Sequence) -> bool:
    """Whether all axes but the batch's are those that a layer was built on; an axis built as None is free.

    A graph sees None where batches of several shapes came, so None does not pass for a number.
    """
    if shape is None or len(shape) != len(built):
        return False
    return all(b is None or a == b for a, b in zip(shape[1:], built[1:], strict=True))


def refuse_another_shape(x, built: Sequence, owner: str) -> None:
    """Raise an `InputError` for an x of other fixed axes than a layer was built on, or without any step."""
    shape = shape_of(x)
    if not fits(shape, built):
        raise InputError(
            f"{owner} was built on inputs of shape {(None, *built[1:])}; got {shape}. Bring all to one size, or "
            "build the layer with None for an axis that may vary, where it allows that."
        )
    if 0 in shape[1:]:
        raise InputError(f"{owner} needs at least one step or pixel in each sample; got the shape {shape}.")


def refuse_other_features(tensors: Mapping, built: Mapping, owner: str) -> None:
    """Raise an `InputError` for another rank or width than at build, for no steps, and for unequal batches."""
    shapes = {name: shape_of(x) for name, x in tensors.items()}
    for name, shape in shapes.items():
        if shape is None or len(shape) != len(built[name]) or shape[-1] != built[name][-1]:
            raise InputError(f"{owner} was built on shape {tuple(built[name])} for modality {name}; got {shape}.")
        if 0 in shape[1:]:
            raise InputError(f"{owner} needs at least one step in modality {name}; got the shape {shape}.")
    refuse_other_rows({name: shape[0] for name, shape in shapes.items()}, owner)


def refuse_other_rows(rows: Mapping, owner: str) -> None:
    """Raise an `InputError` where two of these numbers of samples are known and differ."""
    if len({count for count in rows.values() if count is not None}) > 1:
        raise InputError(f"{owner} needs one number of samples in everything it is given; got {dict(rows)}.")


def refuse_another_mask(mask, x, owner: str) -> None:
    """Raise an `InputError` for a mask that is not (batch, steps) of the sequences x."""
    wanted, came = shape_of(x), shape_of(mask) if hasattr(mask, "shape") else said(mask)
    agree = (
        isinstance(came, tuple)
        and len(came) == 2
        and all(None in pair or pair[0] == pair[1] for pair in zip(came, wanted[:2], strict=True))
    )
    if not agree:
        raise InputError(f"{owner} takes a mask (batch, steps) for inputs of shape {wanted}; got a mask {came}.")


def check_tensors(inputs, owner: str) -> None:
    """Raise an `InputError` unless this is a list or dict of tensors; of one tensor `build` says what is wrong."""
    if hasattr(inputs, "shape"):
        return
    if not isinstance(inputs, Mapping | list | tuple) or len(inputs) == 0:
        raise InputError(f"{owner} takes a list or a dict of tensors; got {said(inputs)}.")
    for name, x in inputs.items() if isinstance(inputs, Mapping) else enumerate(inputs):
        if not hasattr(x, "shape") or not hasattr(x, "dtype"):
            hint = ": give zeros, and mark it as absent with `present`" if x is None else ""
            raise InputError(f"{owner} takes a list or a dict of tensors; number or name {name} is {said(x)}{hint}.")
