"""Exercises: the stub fails with a sentence, the solution passes, wrong answers are told what is wrong."""

import importlib

import keras
import numpy as np
import pytest

import mmcourse as mm
from mmcourse.lessons.checks import Result, Wrong, exercise
from mmcourse.lessons.source import exercise_parts, sources


class Bench:
    """Stands for the lesson in an exercise cell and keeps what was checked."""

    def __init__(self, number):
        self.number = number

    def check(self, number, answer):
        self.checked = number, answer
        self.result = exercise(self.number, number).check(answer)


def run(lesson: str, code: str, call: str) -> Bench:
    bench = Bench(lesson)
    exec(f"{code}\n{call}", {"mm": mm, "np": np, "keras": keras, "ops": keras.ops, "lesson": bench})
    return bench


def exercises():
    for source in sources():
        for cell in source.cells():
            if "exercise" in cell.metadata.get("tags", []):
                stub, solution, call = exercise_parts(cell.source)
                number = int(call.split("lesson.check(")[1].split(",")[0])
                yield pytest.param(source.number, number, stub, solution, call, id=f"{source.number}-{number}")


@pytest.mark.parametrize(("lesson", "number", "stub", "solution", "call"), list(exercises()))
def test_stub_solution_and_wrong_answers(lesson, number, stub, solution, call):
    untouched = run(lesson, stub, call).result
    assert not untouched.ok and untouched.message.endswith(".") and "raised" not in untouched.message
    solved = run(lesson, solution, call).result
    assert solved.ok, solved
    assert exercise(lesson, number).hint.endswith((".", "?"))
    wrong = importlib.import_module(f"tests.lessons.wrong.lesson_{lesson}").WRONG[number]
    assert len(wrong) >= 2
    for code, word in wrong:
        result = run(lesson, code, call).result
        assert not result.ok and word in result.message, (code, result)


def test_a_learners_exception_is_a_sentence():
    def answer(features, logits):
        raise KeyError("image")

    result = exercise("06", 1).check(answer)
    assert not result.ok and result.message == "your code raised KeyError: 'image'"


def test_nothing_yet_and_results_read_well():
    assert repr(exercise("06", 1).check(...)).startswith("Not yet: there is no answer yet")
    assert repr(Result(True, "fine.")) == "Right: fine."
    with pytest.raises(ValueError, match="has the exercises 1, 2, 3, 4; got 9"):
        exercise("06", 9)
    assert issubclass(Wrong, Exception)
