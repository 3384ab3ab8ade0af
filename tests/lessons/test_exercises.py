"""Exercises: stubs fail with a sentence, solutions pass, wrong and odd answers are told what is wrong."""

import decimal

import keras
import numpy as np
import pytest

import mmcourse as mm
from mmcourse.lessons import expect
from mmcourse.lessons.source import exercise_parts, sources


class Bench:
    """Stands for the lesson in an exercise cell and keeps what was checked."""

    def __init__(self, exercises):
        self.exercises = exercises

    def check(self, number, answer):
        self.answer, self.result = answer, self.exercises[number].check(answer)


def run(source, code: str, call: str) -> Bench:
    bench = Bench(source.exercises)
    exec(f"{code}\n{call}", {"mm": mm, "np": np, "keras": keras, "ops": keras.ops, "lesson": bench})
    return bench


def exercises():
    for source in sources():
        for cell in source.cells:
            if "exercise" in cell.metadata.get("tags", []):
                stub, solution, call = exercise_parts(cell.source)
                number = int(call.split("lesson.check(")[1].split(",")[0])
                yield pytest.param(source, number, stub, solution, call, id=f"{source.number}-{number}")


ALL = list(exercises())


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_every_check_has_its_cell(source):
    asked = sorted(each.values[1] for each in ALL if each.values[0].number == source.number)
    assert asked == sorted(source.exercises) == sorted(source.wrong)


@pytest.mark.parametrize(("source", "number", "stub", "solution", "call"), ALL)
def test_stub_solution_and_wrong_answers(source, number, stub, solution, call):
    untouched = run(source, stub, call).result
    assert not untouched.ok and untouched.message.endswith(".") and "raised" not in untouched.message
    solved = run(source, solution, call).result
    assert solved.ok, solved
    assert source.exercises[number].hint.endswith((".", "?"))
    assert len(source.wrong[number]) >= 2
    for code, word in source.wrong[number]:
        result = run(source, code, call).result
        assert not result.ok and word in result.message, (code, result)


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def leave(*_):
    raise SystemExit(3)


def mute(*_):
    raise Unspeakable


NAN = float("nan")
ODD_VALUES = [
    *(None, ..., NAN, float("inf"), -1, 0, 1, 2.5, 10**400, 1j, True, "", "x", "nan", b"x", memoryview(b"ab")),
    *([], [[]], {}, set(), (), [None], [NAN], [1, [2, 3]], (NAN, NAN), {"a": 1}, range(3), iter([1, 2]), slice(1)),
    *(np.nan, np.array(NAN), np.full((4, 5), NAN), np.zeros((0,)), np.ones(3), np.ones((2, 3, 4)), np.array(["a"])),
    *(np.array([None]), np.array(1j), np.float16(0.3), np.int8(3), np.datetime64("2020"), decimal.Decimal("0.5")),
    *(object(), (i for i in "ab"), lambda: 1, int, ValueError("x")),
]
ODD_ANSWERS = [lambda *_, value=value: value for value in ODD_VALUES] + [leave, mute, lambda: 1, 5, "text", NAN, [1, 2]]


@pytest.mark.parametrize(("source", "number", "stub", "solution", "call"), ALL)
def test_odd_answers_get_a_sentence_and_nan_is_never_right(source, number, stub, solution, call):
    assert len(ODD_ANSWERS) >= 50
    right = repr(run(source, solution, call).answer)
    for i, answer in enumerate(ODD_ANSWERS):
        result = source.exercises[number].check(answer)
        accepted = result.ok and repr(answer) != right and not _same_value(answer, run(source, solution, call).answer)
        assert not accepted, (i, result)
        assert result.message and "Traceback" not in result.message


def _same_value(answer, right) -> bool:
    return isinstance(right, (int, float)) and answer == right


def convert(value, to):
    """A right answer in another container; None where it could not be the same there."""
    if isinstance(value, tuple):
        parts = tuple(convert(part, to) for part in value)
        return None if any(part is None for part in parts) else parts
    if isinstance(value, (bool, str)) or not isinstance(value, (int, float, np.ndarray, np.generic)):
        value = keras.ops.convert_to_numpy(value) if keras.ops.is_tensor(value) else value
        if not isinstance(value, np.ndarray):
            return None
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        return None
    if to == "float16" and (np.abs(array).max(initial=0) > 2048 or array.dtype.kind != "f"):
        return None
    made = {"list": array.tolist, "array": lambda: array, "tensor": lambda: keras.ops.convert_to_tensor(array)}
    return made[to]() if to in made else array.astype(to)


@pytest.mark.parametrize("to", ["float16", "float64", "list", "array", "tensor"])
@pytest.mark.parametrize(("source", "number", "stub", "solution", "call"), ALL)
def test_right_answers_are_right_in_every_container(source, number, stub, solution, call, to):
    answer = run(source, solution, call).answer
    converted = False

    def wrapped(*given, **named):
        nonlocal converted
        value = answer(*given, **named)
        other = convert(value, to)
        converted |= other is not None
        return value if other is None else other

    if callable(answer):
        result = source.exercises[number].check(wrapped)
    else:
        other = convert(answer, to)
        converted = other is not None
        result = source.exercises[number].check(other if converted else answer)
    assert result.ok or not converted, result


def test_expect_reads_numbers_in_whatever_holds_them():
    for value in (
        0.5,
        np.float16(0.5),
        np.array([0.5]),
        [0.5],
        keras.ops.convert_to_tensor(0.5),
        decimal.Decimal("0.5"),
    ):
        assert isinstance(value, decimal.Decimal) or expect.number(value) == 0.5
    assert expect.numbers(np.ones(2, "float16"), (2,)).dtype == "float16"
    assert expect.close(np.float16(1 / 3), 1 / 3) and not expect.close(np.float32(0.3333), 1 / 3)
    assert expect.whole(np.int8(4)) == expect.whole(4.0) == 4 and expect.share(0.3) == 0.3
    assert expect.several([1, 2], 2) == expect.several(np.array([1, 2]), 2) == (1, 2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: expect.numbers([1, [2, 3]]), "must give numbers"),
        (lambda: expect.numbers("x"), "must give numbers; got 'x'"),
        (lambda: expect.numbers(np.ones((2, 3)), (3, 2)), r"expected the shape \(3, 2\), got \(2, 3\)"),
        (lambda: expect.numbers([1.0, NAN]), "gives NaN"),
        (lambda: expect.number([1, 2]), "one number"),
        (lambda: expect.whole(2.5), "a whole number; got 2.5"),
        (lambda: expect.several(5, 2), "2 things, in this order; got 5"),
        (lambda: expect.share(83), "between 0 and 1, not per cent; got 83"),
        (lambda: expect.share(-0.1), "between 0 and 1; got -0.1"),
        (lambda: expect.simplex([[0.5, 0.6]], (1, 2)), "must sum to 1; here they sum to 1.1"),
        (lambda: expect.simplex([[1.5, -0.5]], (1, 2)), "must not be negative"),
        (lambda: expect.word("maybe", ("yes", "no")), "one of 'yes', 'no'; got 'maybe'"),
        (lambda: expect.unchanged(np.ones(2), np.zeros(2), "images"), "changed the images"),
    ],
)
def test_expect_says_what_is_wrong(call, words):
    with pytest.raises(expect.Wrong, match=words):
        call()


def test_nothing_an_answer_does_ends_the_check():
    def loud(answer):
        return answer()

    exercise = expect.Exercise(loud, "A hint.")
    assert exercise.check(leave).message == "your code raised SystemExit: 3"
    assert exercise.check(mute).message == "your code raised Unspeakable: (it has no message)"
    assert repr(exercise.check(...)).startswith("Not yet: there is no answer yet")
    assert repr(expect.Result(True, "fine.")) == "Right: fine."
