"""What a model is made of, as boxes and arrows: read from the model itself, for `plots.diagram` to draw."""

from dataclasses import dataclass, field


@dataclass
class Box:
    """One part of a model. `column` counts from the inputs; `modality` gives the colour, None for what all share."""

    words: tuple[str, ...]
    column: int
    modality: str | None = None
    frozen: bool = False


@dataclass
class Boxes:
    """Boxes in the order they were found; `arrows` are (from, to, what flows)."""

    boxes: list[Box] = field(default_factory=list)
    arrows: list[tuple[int, int, str]] = field(default_factory=list)

    def add(self, words: tuple[str, ...], column: int, modality: str | None = None, part=None) -> int:
        """A new box; `part` is the layer it stands for, which may be frozen."""
        weights = [] if part is None else part.weights
        frozen = bool(weights) and not part.trainable_weights
        self.boxes.append(Box(words, column, modality, frozen))
        return len(self.boxes) - 1

    def arrow(self, start: int, end: int, flows: str = "") -> None:
        self.arrows.append((start, end, flows))


def boxes_of(model) -> Boxes:
    """The boxes of a `FeatureFusion`, `ModelFusion`, `TaskFusion`, or a Keras model of declared inputs.

    Raises `ValueError` for a model that is not built, or that is none of these.
    """
    from ..models import FeatureFusion, ModelFusion, TaskFusion

    if not getattr(model, "built", False):
        raise ValueError(
            f"diagram: {type(model).__name__} '{getattr(model, 'name', '?')}' is not built, so its widths are not "
            "known; call it on one batch first, or model.build(shapes)"
        )
    found = Boxes()
    if isinstance(model, TaskFusion):
        _task(found, model)
    elif isinstance(model, FeatureFusion):
        _out(found, *_feature(found, model))
    elif isinstance(model, ModelFusion):
        _model(found, model)
    elif getattr(model, "inputs", None):
        _functional(found, model)
    else:
        raise ValueError(
            "diagram draws FeatureFusion, ModelFusion, TaskFusion and Keras models of declared inputs; "
            f"got {type(model).__name__}"
        )
    return found


def _feature(found: Boxes, model) -> tuple[int, object, int]:
    """Inputs, encoders, fusion, head; the last box, what leaves it, and its column."""
    ends, features = _branches(found, model, model.encoders)
    fusion = found.add(_words(model.fusion), 2, part=model.fusion)
    for end, feature in zip(ends, features, strict=True):
        found.arrow(end, fusion, _flows(feature))
    fused = model.fusion(features)
    if model.head is None:
        return fusion, fused, 2
    head = found.add(_words(model.head, "head"), 3, part=model.head)
    found.arrow(fusion, head, _flows(fused))
    return head, model.head(fused), 3


def _model(found: Boxes, model) -> None:
    ends, answers = _branches(found, model, model.models)
    combine = found.add(_words(model.combine), 2, part=model.combine)
    for end, answer in zip(ends, answers, strict=True):
        found.arrow(end, combine, _flows(answer))
    _out(found, combine, model.combine(answers), 2)


def _task(found: Boxes, model) -> None:
    from ..models import FeatureFusion

    trunk = model.trunk
    if isinstance(trunk, FeatureFusion):
        end, features, column = _feature(found, trunk)
    else:
        features, column = trunk.output if getattr(trunk, "inputs", None) else None, 1
        start, end = found.add(("input",), 0), found.add(_words(trunk, "trunk"), 1, part=trunk)
        found.arrow(start, end)
    for task, head in model.heads.items():
        box = found.add(_words(head, f"head: {task}"), column + 1, part=head)
        found.arrow(end, box, "" if features is None else _flows(features))
        out = None if features is None else head(features)
        found.arrow(box, found.add((task,), column + 2), "" if out is None else _flows(out))


def _branches(found: Boxes, model, parts) -> tuple[list[int], list]:
    """An input and a part for each modality; the parts' boxes and what leaves them."""
    import keras

    from ..models import FeatureFusion

    ends, leaving = [], []
    for name, part in parts.items():
        shape, dtype = model.modalities.shapes[name], (getattr(model, "_dtypes", None) or {}).get(name, "float32")
        nested = isinstance(shape, dict)
        start = found.add((name,) if nested else (name, _shape(shape)), 0, name)
        end = found.add(_words(part), 1, name, part)
        found.arrow(start, end)
        if nested:
            given = {key: keras.KerasTensor((None, *each[1:]), "float32") for key, each in shape.items()}
        else:
            given = keras.KerasTensor((None, *shape[1:]), dtype)
        one = isinstance(part, FeatureFusion) and list(part.encoders) == [name] and not nested
        ends.append(end)
        leaving.append(part({name: given} if one else given))
    return ends, leaving


def _out(found: Boxes, end: int, leaving, column: int) -> None:
    found.arrow(end, found.add(("output",), column + 1), _flows(leaving))


def _functional(found: Boxes, model) -> None:
    """Every layer of a functional model, in columns by its distance from the inputs."""
    from .style import COLOURS

    number, column = {}, {}
    for layer in model.layers:
        before = [tensor._keras_history.operation for node in layer._inbound_nodes for tensor in node.input_tensors]
        before = [operation for operation in before if operation in number]
        column[layer] = 1 + max((column[one] for one in before), default=-1)
        sees = {found.boxes[number[one]].modality for one in before}
        modality = sees.pop() if len(sees) == 1 else layer.name if layer.name in COLOURS else None
        is_input = not layer._inbound_nodes[0].input_tensors
        words = (layer.name, _shape(layer.output.shape)) if is_input else _words(layer)
        number[layer] = found.add(words, column[layer], modality, layer)
        for one in before:
            found.arrow(number[one], number[layer], _flows(one.output))
    for tensor in model.outputs:
        operation = tensor._keras_history.operation
        _out(found, number[operation], tensor, column[operation])


def _words(layer, role: str = "") -> tuple[str, ...]:
    """What stands in a layer's box: its role or its kind, and for a `Sequential` the kinds inside."""
    inside = (
        [type(one).__name__ for one in getattr(layer, "layers", [])] if type(layer).__name__ == "Sequential" else []
    )
    kinds = tuple(inside[:4] + ["..."] * (len(inside) > 4)) or (type(layer).__name__,)
    return (f"{role}:" if role and not role.endswith(":") else role, *kinds) if role else kinds


def _flows(tensors) -> str:
    """The width of what flows, without the batch."""
    import keras

    first = keras.tree.flatten(tensors)[0]
    return _shape(first.shape)


def _shape(shape) -> str:
    rest = [("?" if size is None else str(size)) for size in tuple(shape)[1:]]
    return "×".join(rest) or "1"
