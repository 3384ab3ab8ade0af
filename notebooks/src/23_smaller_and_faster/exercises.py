"""Checks for lesson 23: the pull of a teacher at three temperatures, one modality in int8, a student without audio."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, numbers, unchanged


def pull(answer) -> str:
    rng = np.random.default_rng(23)
    for t in (1.0, 4.0, 16.0):
        student, teacher = rng.normal(size=(2, 6, 5)) * 3
        got = numbers(answer(student.copy(), teacher.copy(), t), (6, 5))
        right = t * (_chances(student / t) - _chances(teacher / t))
        asked = f"at T = {t:g}"
        if t != 1 and close(got, right / t**2):
            raise Wrong(f"{asked} this is the pull without T²: it fades as the temperature rises.")
        if close(got, -right):
            raise Wrong(f"{asked} the sign is the other way round: a gradient points where the loss grows.")
        if close(got, t * (student / t - teacher / t)):
            raise Wrong(f"{asked} these are logits: a softmax of each, divided by T, must come before the difference.")
        if t != 1 and close(got, t * right):
            raise Wrong(f"{asked} it is T times too large: T² of the loss, and 1/T of the inner derivative.")
        if t != 1 and close(got, t * (_chances(student) - _chances(teacher))):
            raise Wrong(f"{asked} divide the logits by T before the softmax.")
        if not close(got, right):
            row, column = np.argwhere(~np.isclose(got, right, atol=1e-5))[0]
            raise Wrong(
                f"{asked} the pull on sample {row}, class {column} is {right[row, column]:.4g}; yours is "
                f"{got[row, column]:.4g}."
            )
    return "at T = 16 it is nearly (student - teacher) / C, less the mean: the logits themselves are matched."


def one_in_int8(answer) -> str:
    rng = np.random.default_rng(23)
    weights = {
        name: [rng.normal(size=(9, 4)) * [0.01, 1, 0, 0.3], rng.normal(size=4), np.zeros((3, 2))]
        for name in ("image", "audio")
    }
    given = {name: [part.copy() for part in parts] for name, parts in weights.items()}
    got = answer(given, "audio")
    for name, parts in weights.items():
        for before, after in zip(parts, given[name], strict=True):
            unchanged(before, after, "weights")
    if not isinstance(got, dict) or set(got) != set(weights):
        raise Wrong("your function must give a dict with the same names.")
    for name, parts in weights.items():
        if len(got[name]) != len(parts):
            raise Wrong(f"{name} has {len(parts)} arrays; yours has {len(got[name])}.")
        for place, (before, after) in enumerate(zip(parts, got[name], strict=True)):
            _look(f"{name}, array {place}", before, numbers(after, before.shape), name == "audio" and before.ndim > 1)
    return "no weight moved by more than half a step of its column; 1 byte for 4, and a scale for each column."


def _look(where: str, before: np.ndarray, after: np.ndarray, small: bool) -> None:
    """One array of the answer: rounded by its columns where it should be, else as it was."""
    if not small:
        if not close(after, before):
            raise Wrong(f"{where} has changed: only kernels of audio, of two axes, are to be in int8.")
        return
    if not close(after, _rounded(before, 127.0, axis=0)):
        for why, wrong in (
            ("one scale for all columns: the small ones lose nearly everything", _rounded(before, 127.0, axis=None)),
            ("a scale for each row: it is the columns, one for each output, that have one", _rounded(before, 127.0, 1)),
            ("128 steps: int8 ends at 127", _rounded(before, 128.0, axis=0)),
            ("not rounded: nothing has changed", before),
        ):
            if close(after, wrong):
                raise Wrong(f"{where}: {why}.")
        step = np.abs(before).max(axis=0) / 127
        off = np.abs(after - before) / np.where(step > 0, step, 1)
        raise Wrong(
            f"{where}: a weight is off by {off.max():.3g} steps of its column; rounding moves it by half of one."
        )


def blind(answer) -> str:
    rng = np.random.default_rng(23)
    pictures = np.repeat([4, 0, 2], [3, 2, 1])[rng.permutation(6)]
    logits = rng.normal(size=(6, 4)) * 3
    chances = _chances(logits)
    got = numbers(answer(chances.copy(), pictures.copy()), (6, 4))
    same = pictures[:, None] == pictures
    right = same @ chances / same.sum(axis=1, keepdims=True)
    if close(got, chances):
        raise Wrong("the same picture gets other answers: without the sound the student cannot tell them apart.")
    if close(got, np.broadcast_to(chances.mean(axis=0), got.shape)):
        raise Wrong("this is one answer for all pictures; the student does see the picture.")
    geometric = np.exp(same @ np.log(chances) / same.sum(axis=1, keepdims=True))
    if close(got, geometric / geometric.sum(axis=1, keepdims=True)):
        raise Wrong("this is the mean of the logarithms; KL(teacher ‖ student) asks for the mean of the probabilities.")
    if close(got, same @ chances):
        raise Wrong("these are sums: divide by how often the picture occurs, so that each row sums to 1.")
    if not close(got, right):
        row = int(np.abs(got - right).max(axis=1).argmax())
        raise Wrong(
            f"sample {row} should get {np.round(right[row], 3).tolist()}; yours is {np.round(got[row], 3).tolist()}."
        )
    return "what it cannot see it averages over: it is as unsure as the picture alone allows, and no less."


def _chances(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _rounded(kernel: np.ndarray, steps: float, axis: int | None) -> np.ndarray:
    scale = np.abs(kernel).max(axis=axis, keepdims=True) / steps
    scale = np.where(scale > 0, scale, 1)
    return np.round(kernel / scale) * scale


EXERCISES = {
    1: Exercise(pull, "Cross-entropy has the gradient softmax(z) - target. Here z is s/T, so 1/T comes out of it."),
    2: Exercise(
        one_in_int8,
        "How large is one step of a column, if 127 of them must reach its largest weight? A column of zeros has none.",
    ),
    3: Exercise(
        blind,
        "Of one picture it must say one thing, q. Which part of the mean of KL(p ‖ q) over its samples depends on q?",
    ),
}
