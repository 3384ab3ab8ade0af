"""What turns sources into lessons: building, running and checking notebooks, the doctor, the scoreboard, a game."""

from .playing import play
from .session import Lesson, lesson

__all__ = ["Lesson", "lesson", "play"]
