"""A course of one small lesson, in a folder of its own, for the tests of the machinery."""

from pathlib import Path

from mmcourse.lessons import pages
from mmcourse.lessons.source import Source, sources

MANIFEST = """[[lesson]]
number = "{number}"
name = "toy"
part = "start"
line = "six times seven"
data = []
"""

LESSON = """# %% [markdown]
# # {number} · Toy
# EXERCISE_TIME of exercises. Runs in RUN_TIME.

# %%
import os
import mmcourse as mm

lesson = mm.lesson("{number}")
value = 6 * 7
value

# %% [markdown]
# ### Exercise 1 · Multiply (5 minutes)

# %% tags=["exercise"]
# stub
answer = ...
# solution
answer = 42
# end
lesson.check(1, answer)

# %%
from tests.toys import Reader, toy_set
sum_ = lesson.method("sum", "the sum")
scores = lesson.over_seeds(lambda seed: 0.5 + seed / 100)
Reader.count_params = lambda self: 12
lesson.record(sum_, scores, Reader("a"), toy_set())

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("six times seven is 42", value, equal=42)
lesson.claim("the sum is more than a half", scores, above=0.45)
lesson.claims()
"""

EXERCISES = """from mmcourse.lessons.expect import Exercise, Wrong, whole


def multiply(answer):
    if whole(answer) != 42:
        raise Wrong("six times seven is something else.")
    return "it is the answer."


EXERCISES = {1: Exercise(multiply, "Add six seven times.")}
"""

WRONG = 'WRONG = {1: [("answer = 41", "something else"), ("answer = 4.2", "whole")]}\n'


def course(root: Path, lesson: str = LESSON, number: str = "99") -> None:
    """Write the course into `root`, as `course_file` will find it."""
    folder = root / "notebooks" / "src" / f"{number}_toy"
    folder.mkdir(parents=True, exist_ok=True)
    manifest = root / "notebooks" / "course.toml"
    before = manifest.read_text(encoding="utf-8") if manifest.exists() else ""
    manifest.write_text(before + MANIFEST.replace("{number}", number), encoding="utf-8")
    for name, text in (("lesson.py", lesson), ("exercises.py", EXERCISES), ("wrong.py", WRONG)):
        (folder / name).write_text(text.replace("{number}", number), encoding="utf-8")
    readme = root / "README.md"
    if not readme.exists():
        readme.write_text(f"# Toy\n{pages.BEGIN}\n{pages.END}\n", encoding="utf-8")


def source(number: str = "99") -> Source:
    return sources([number])[0]
