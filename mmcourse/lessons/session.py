"""A lesson as its notebook sees it: `lesson = mm.lesson("06")` is all the set-up there is."""

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..evaluation.methods import Method
from ..evaluation.seeds import Scores
from . import scoreboard
from .claims import Claim, fault
from .expect import Result
from .source import Source, sources

FULL_SEEDS = (0, 1, 2)
FAST_SEEDS = (0,)


@dataclass(frozen=True)
class Lesson:
    """One run of one lesson.

    `source`: its folder. `fast`: one seed and shorter training (`MMCOURSE_FAST=1`). `seeds`: the seeds to repeat every
    measurement with (`MMCOURSE_SEEDS=11,12,13` sets others). `device`: one line on the machine.
    """

    source: Source
    fast: bool
    seeds: tuple[int, ...]
    device: str
    _methods: dict[str, Method] = field(default_factory=dict, repr=False)
    _seconds: dict[str, list[float]] = field(default_factory=dict, repr=False)
    _claims: dict[str, Claim] = field(default_factory=dict, repr=False)

    @property
    def number(self) -> str:
        return self.source.number

    def progress(self, items: Iterable, description: str = "") -> Iterator:
        """Go through `items` with a progress bar that leaves nothing behind."""
        from tqdm import tqdm

        return tqdm(items, desc=description, file=sys.stdout, leave=False)

    def over_seeds(self, measure: Callable[[int], object], description: str = "") -> "Scores | dict[object, Scores]":
        """`measure(seed)` for each seed of the run: a `Scores`, or a dict of them where it gives a dict of numbers."""
        found = {seed: measure(seed) for seed in self.progress(self.seeds, description)}
        first = next(iter(found.values()))
        if not isinstance(first, Mapping):
            return Scores(found)
        return {name: Scores({seed: each[name] for seed, each in found.items()}) for name in first}

    def method(self, key: str, label: str, *, modality: str | None = None) -> Method:
        """Name a method of this lesson once: `key` in the results, `label` on figures, and the one modality it sees."""
        known = self._methods.setdefault(key, Method(label, key=key, modality=modality))
        if (known, known.modality) != (label, modality):
            raise ValueError(f"the method {key!r} is {str(known)!r} already; give {label!r} a key of its own")
        return known

    @contextlib.contextmanager
    def timed(self, method: Method, trainings: int = 1) -> Iterator[None]:
        """Time the training of a method, or several; `record` puts the mean of one training on the scoreboard."""
        self._check_method(method)
        began = time.perf_counter()
        yield
        self._seconds.setdefault(method.key, []).append((time.perf_counter() - began) / trainings)

    def record(self, method: Method, scores: Scores, model, data) -> None:
        """Put a result on the scoreboard.

        `model`: the trained model of one seed, or a list of models that make up the method; its parameters are
        counted. `data`: what it was tested on (a `Multimodal` with just the modalities it sees), which knows majority
        class, ceiling and size.
        """
        self._check_method(method)
        models = model if isinstance(model, (list, tuple)) else [model]
        times, ceiling = self._seconds.get(method.key), data.ceiling()
        row = {
            "key": method.key,
            "method": str(method),
            "modality": method.modality,
            "data": data.name,
            "scores": {str(seed): round(score, 4) for seed, score in scores.items()},
            "baseline": round(data.baseline(), 4),
            "ceiling": None if ceiling is None else round(ceiling, 4),
            "seconds": round(sum(times) / len(times), 4) if times else None,
            "parameters": sum(int(one.count_params()) for one in models),
            "test_samples": len(data.test),
            "fast": self.fast,
        }
        scoreboard.record(self.number, row)

    def scoreboard(self, data: str | None = None):
        """The figure of the course so far: the best of each earlier lesson, this lesson's rows, the learner's own.

        With `data` the column of one set: every row of every lesson so far. Where a row is about a set that the
        learner has played, there are the learner's rows too.
        """
        from .. import plots

        ours = scoreboard.shown(self.number, data)
        own = scoreboard.own_rows(dict.fromkeys([*(row["lesson"] for row in ours), self.number]))
        own = [row for row in own if data in (None, row["data"])]
        known = any(row["lesson"] == self.number for row in ours)  # not so while a new lesson is built
        rows = ours if known else ours + own
        return plots.course(rows + scoreboard.played(row["data"] for row in rows), own if known else [])

    def claim(self, sentence: str, value, *, above=None, below=None, within=None, equal=None) -> None:
        """State what the lesson says: a sentence, what was measured, and one bound; `claims` looks at all of them.

        A value that was measured is a `Scores` with every seed of the run; its mean is held against the bound. A plain
        number, text or truth is for what is exact. No measured number may stand in the sentence.
        """
        if sentence in self._claims:
            raise ValueError(f"the lesson claims {sentence!r} twice; say each thing once")
        bounds = {"above": above, "below": below, "within": within, "equal": equal}
        self._claims[sentence] = Claim.of(sentence, value, bounds)

    def claims(self) -> Result:
        """One quiet line on all claims: they hold on this run, or which do not and by how much."""
        recorded = {c["sentence"]: c for c in scoreboard.read(self.source.results).get("claims", [])}
        kept, failed = [], []
        for claim in self._claims.values():
            wrong = fault(claim, len(self.seeds), recorded)
            failed += [wrong] if wrong else []
            facts = {"value": claim.value, "bound": claim.bound, "scores": claim.scores, "fault": wrong}
            kept.append({"sentence": claim.sentence, **facts})
        scoreboard.keep(self.number, claims=kept)
        total = len(self._claims)
        if failed:
            return Result(False, "; ".join(failed), word=f"{total - len(failed)} of {total} claims hold on your run")
        return Result(True, "each stays within the bound that was set for it.", f"{total} of {total} claims hold")

    def check(self, number: int, answer) -> Result:
        """Check the answer to an exercise: right, or one sentence that says what is wrong. Never raises."""
        return self._exercise(number).check(answer)

    def hint(self, number: int) -> Result:
        """The hint of an exercise."""
        return Result(True, self._exercise(number).hint, word="Hint")

    def findings(self, *lines: str):
        """What we saw, as a bulleted list; the numbers come from code."""
        from IPython.display import Markdown

        return Markdown("\n".join(f"- {line}" for line in lines))

    def table(self, header: list[str], rows: list[list[str]]):
        """A table; the numbers come from code, already written as text."""
        from IPython.display import Markdown

        return Markdown("\n".join(f"| {' | '.join(cells)} |" for cells in [header, ["---"] * len(header), *rows]))

    def _exercise(self, number: int):
        known = self.source.exercises
        if number not in known:
            raise ValueError(f"lesson {self.number} has the exercises {', '.join(map(str, known))}; got {number}")
        return known[number]

    def _check_method(self, method: Method) -> None:
        if self._methods.get(getattr(method, "key", None)) != method:
            known = ", ".join(f"{key} ({label})" for key, label in self._methods.items()) or "none yet"
            raise ValueError(f"{method!r} is no method of this lesson; lesson.method named {known}")

    def __repr__(self) -> str:
        mode = "fast" if self.fast else "full"
        return f"Lesson {self.number}, {mode} mode, seeds {', '.join(map(str, self.seeds))}. {self.device}"


def lesson(number: str) -> Lesson:
    """Begin a lesson: import TensorFlow quietly, set the seeds of Python, NumPy and Keras, look at the devices."""
    (source,) = sources([number])
    fast = os.environ.get("MMCOURSE_FAST", "") not in ("", "0")
    chosen = _seeds_asked() or (FAST_SEEDS if fast else FULL_SEEDS)
    with quiet_import():
        import keras
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
    tf.get_logger().setLevel("ERROR")  # a lesson makes many small models, and each is a "retracing" worth a warning
    keras.utils.set_random_seed(chosen[0])
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    device = f"{len(gpus)} GPU(s)" if gpus else f"CPU, {cores} cores"
    return Lesson(source, fast, chosen, f"{device}; Keras {keras.__version__} on {keras.backend.backend()}")


def _seeds_asked() -> tuple[int, ...]:
    """The seeds of MMCOURSE_SEEDS; none where it is not set."""
    asked = os.environ.get("MMCOURSE_SEEDS", "")
    try:
        seeds = tuple(int(seed) for seed in asked.split(",")) if asked else ()
    except ValueError:
        seeds = (-1,)
    if min(seeds, default=0) < 0 or len(set(seeds)) < len(seeds):
        raise ValueError(f"MMCOURSE_SEEDS holds different whole numbers from 0 on, such as 11,12,13; got {asked!r}")
    return seeds


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
