"""What turns sources into lessons: building, running and checking notebooks, the doctor, the scoreboard."""

from .session import Lesson, lesson

__all__ = ["Lesson", "lesson"]
