"""Exercises and their checks: every wrong answer gets one sentence that names the mistake, never a traceback."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module


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
        """Check an answer; whatever the learner's code raises becomes a sentence too."""
        try:
            if answer is None or answer is ...:
                raise Wrong("there is no answer yet: replace the ... by your own, then run the cell again.")
            return Result(True, self.test(answer))
        except Wrong as wrong:
            return Result(False, str(wrong))
        except Exception as error:
            return Result(False, f"your code raised {type(error).__name__}: {error}")


def exercise(lesson: str, number: int) -> Exercise:
    """The exercise of a lesson, from `mmcourse.lessons.checks.lesson_NN.EXERCISES`."""
    exercises = import_module(f"mmcourse.lessons.checks.lesson_{lesson}").EXERCISES
    if number not in exercises:
        raise ValueError(f"lesson {lesson} has the exercises {', '.join(map(str, exercises))}; got {number}")
    return exercises[number]


def answered(value, what: str = "your function"):
    """Return `value`, or say that nothing came back."""
    if value is None or value is ...:
        raise Wrong(f"{what} returned nothing: replace the ... by your own code and end it with `return`.")
    return value
