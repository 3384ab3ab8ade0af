"""A lesson as its notebook sees it: `lesson = mm.lesson("06")` is all the set-up there is."""

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from . import scoreboard
from .checks import Result, exercise

FULL_SEEDS = (0, 1, 2)
FAST_SEEDS = (0,)


@dataclass(frozen=True)
class Lesson:
    """One run of one lesson.

    `number`: "06". `fast`: fewer seeds and shorter training (`MMCOURSE_FAST=1`). `seeds`: the seeds to repeat every
    measurement with (`MMCOURSE_SEEDS=11,12,13` sets others). `device`: one line on the machine.
    """

    number: str
    fast: bool
    seeds: tuple[int, ...]
    device: str
    _seconds: dict[str, list[float]] = field(default_factory=dict, repr=False)

    def progress(self, items: Iterable, description: str = "") -> Iterator:
        """Go through `items` with a progress bar that leaves nothing behind."""
        from tqdm import tqdm

        return tqdm(items, desc=description, file=sys.stdout, leave=False)

    @contextlib.contextmanager
    def timed(self, method: str, trainings: int = 1) -> Iterator[None]:
        """Time the training of a method, or several; `record` puts the mean of one training on the scoreboard."""
        began = time.perf_counter()
        yield
        self._seconds.setdefault(method, []).append((time.perf_counter() - began) / trainings)

    def check(self, number: int, answer) -> Result:
        """Check the answer to an exercise: right, or one sentence that says what is wrong. Never raises."""
        return exercise(self.number, number).check(answer)

    def hint(self, number: int) -> Result:
        """The hint of an exercise."""
        return Result(True, exercise(self.number, number).hint, word="Hint")

    def findings(self, *lines: str):
        """What we saw, as a bulleted list; the numbers come from code."""
        from IPython.display import Markdown

        return Markdown("\n".join(f"- {line}" for line in lines))

    def table(self, header: list[str], rows: list[list[str]]):
        """A table; the numbers come from code, already written as text."""
        from IPython.display import Markdown

        return Markdown("\n".join(f"| {' | '.join(cells)} |" for cells in [header, ["---"] * len(header), *rows]))

    def record(self, method: str, data: str, scores: dict[int, float], **facts) -> None:
        """Put a result on the scoreboard; `facts` are baseline, parameters, test_samples and ceiling.

        See `scoreboard.record`; the seconds are those of `timed`.
        """
        if times := self._seconds.get(method):
            facts = {"seconds": sum(times) / len(times), **facts}
        scoreboard.record(self.number, method, data, scores, fast=self.fast, **facts)

    def course(self):
        """The figure of the course up to this lesson: our results, and the learner's own beside them."""
        from .. import plots

        rows = (scoreboard.rows(), scoreboard.own_rows())
        return plots.course(*([row for row in some if row["lesson"] <= self.number] for some in rows))

    def __repr__(self) -> str:
        mode = "fast" if self.fast else "full"
        return f"Lesson {self.number}, {mode} mode, seeds {', '.join(map(str, self.seeds))}. {self.device}"


def lesson(number: str) -> Lesson:
    """Begin a lesson: import TensorFlow quietly, set the seeds of Python, NumPy and Keras, look at the devices."""
    fast = os.environ.get("MMCOURSE_FAST", "") not in ("", "0")
    seeds = os.environ.get("MMCOURSE_SEEDS")
    chosen = tuple(int(seed) for seed in seeds.split(",")) if seeds else FAST_SEEDS if fast else FULL_SEEDS
    with quiet_import():
        import keras
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
    tf.get_logger().setLevel("ERROR")  # a lesson makes many small models, and each is a "retracing" worth a warning
    keras.utils.set_random_seed(chosen[0])
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    device = f"{len(gpus)} GPU(s)" if gpus else f"CPU, {cores} cores"
    return Lesson(number, fast, chosen, f"{device}; Keras {keras.__version__} on {keras.backend.backend()}")


@contextlib.contextmanager
def quiet_import():
    """Hold back what TensorFlow's C++ writes to stderr while it looks for devices; give it back if the import fails."""
    sys.stderr.flush()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with tempfile.TemporaryFile() as log:
        saved = os.dup(2)
        os.dup2(log.fileno(), 2)
        try:
            yield
        except BaseException:
            log.seek(0)
            os.write(saved, log.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
