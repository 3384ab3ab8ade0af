"""`mm.play("find")`: you are asked what the models of lessons 09 and 15 are asked, and become rows of the scoreboard.

Three rounds of 20: the picture without the request, the request without the picture, both. Rounds that were finished
are kept in `my-results/play.json`, beside your runs of the lessons; the results of the course are not touched.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data import Multimodal, Split, load
from ..evaluation.statistics import Score, share
from ..evaluation.tables import Shown
from ..figure import Figure
from . import scoreboard

ROUNDS = {"image": "image only", "text": "text only", None: "both"}  # the modality that is shown, None for all
SAMPLES = 20  # in a round


@dataclass(frozen=True, repr=False)
class Played(Shown):
    """Your `scores`, by round: "image only", "text only", "both"; with `chance` and the `ceilings` of the same."""

    data: str
    scores: dict[str, Score]
    ceilings: dict[str, float]
    chance: float

    def title(self) -> str:
        return f"{self.data}: you, between chance and ceiling" if self.scores else f"{self.data}: no round was finished"

    def table(self) -> tuple[list[str], list[list[str]]]:
        rows = [
            [f"you, {name}", f"{s.value:.3f}", f"{s.low:.3f} to {s.high:.3f}", f"{self.chance:.3f}", f"{best:.3f}"]
            for (name, s), best in zip(self.scores.items(), self.ceilings.values(), strict=True)
        ]
        return ["", "accuracy", "95% interval", "chance", "ceiling"], rows

    def below(self) -> list[str]:
        left = [] if len(self.scores) == len(ROUNDS) else ["of the round that you left nothing is kept"]
        if not self.scores:
            return left
        few = f"{SAMPLES} samples are few: with many more your accuracy might be anywhere in the interval"
        return [few, f"the scoreboards of the lessons about {self.data} now show you beside the models", *left]


def play(name: str = "find", *, seed: int | None = None) -> Played:
    """Answer 20 samples from the picture, 20 from the request, 20 from both: in which quarter is what is wanted?

    Answer with 1 to 4, or with a quarter's name ("top left", "tl"). An empty answer or an interrupt ends the game:
    finished rounds are kept, of an unfinished one nothing. Needs a notebook, to show pictures, and no widgets. `seed`
    decides the samples, which are drawn anew unless told. Raises `ValueError` for another name, outside of a notebook,
    and, before you answer anything, where earlier rounds cannot be read. Lessons 09 and 15.
    """
    if name != "find":
        raise ValueError(f"there is one game, play('find'); got {name!r}")
    if not _in_notebook():
        raise ValueError("play shows pictures and needs a notebook: open one with `make lab`, and call it there")
    scoreboard.own(scoreboard.PLAY)  # a damaged file is told now, not after a round
    seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
    data = load(name, train=1, val=1, test=len(ROUNDS) * SAMPLES, seed=seed)
    chance, scores, ceilings = 1 / len(data.classes), {}, {}
    for start, (modality, label) in enumerate(ROUNDS.items()):
        part = data.test.take(np.arange(start * SAMPLES, (start + 1) * SAMPLES))
        said = _round(part, modality, f"Round {start + 1} of {len(ROUNDS)}, {label}", data.classes)
        if said is None:
            break
        scores[label] = share(said == part.y)
        ceilings[label] = data.ceiling(*(data.modalities if modality is None else [modality]))
        scoreboard.record(scoreboard.PLAY, _row(data, modality, label, scores[label], chance, ceilings[label], seed))
    return Played(data.name, scores, ceilings, chance)


def _row(data: Multimodal, modality: str | None, label: str, score: Score, chance, ceiling, seed: int) -> dict:
    """A row as `Lesson.record` writes it. A learner's parameters are not known."""
    return {
        "key": f"you_{modality or 'both'}",
        "method": f"you, {label}",
        "modality": modality,
        "data": data.name,
        "scores": {str(seed): score.value},
        "interval": [round(score.low, 4), round(score.high, 4)],
        "baseline": chance,
        "ceiling": round(ceiling, 4),
        "seconds": None,
        "parameters": None,
        "test_samples": score.n,
        "fast": False,
    }


def _round(part: Split, modality: str | None, title: str, quarters: Sequence[str]) -> np.ndarray | None:
    """The answers to all samples of a round, (N,); None if the learner left."""
    answers = []
    for i in range(len(part)):
        image = part.x["image"][i] if modality != "text" else None
        text = str(part.x["text"][i]) if modality != "image" else None
        _show(draw(image, text, f"{title}: {i + 1} of {len(part)}"))
        answer = _ask(quarters)
        if answer is None:
            return None
        answers.append(answer)
    return np.array(answers)


def draw(image: np.ndarray | None, text: str | None, title: str) -> Figure:
    """What is shown of a sample: picture (H, W, 3) and request, or that they are hidden. No answer is in it."""
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(3.2, 3.2))
    if image is None:
        axis.text(0.5, 0.5, "the picture is hidden", ha="center", va="center", color="grey")
    else:
        axis.imshow(image)
    axis.set(xticks=[], yticks=[], title=title)
    axis.set_xlabel("the request is hidden" if text is None else textwrap.fill(text, 32), fontsize=11)
    picture = "The picture is hidden" if image is None else "A picture of four objects, one in each quarter"
    return Figure.of(figure, f"{title}. {picture}; {'the request is hidden' if text is None else text}")


def _ask(quarters: Sequence[str]) -> int | None:
    """The number of the quarter that is named, asked for until it is one; None for an empty answer and an interrupt."""
    numbered = ", ".join(f"{i} {quarter}" for i, quarter in enumerate(quarters, 1))
    known = {str(i): i - 1 for i in range(1, len(quarters) + 1)}
    known |= {quarter: i for i, quarter in enumerate(quarters)}
    known |= {"".join(word[0] for word in quarter.split()): i for i, quarter in enumerate(quarters)}
    while True:
        try:
            said = " ".join(input(f"Which quarter? {numbered} (empty to leave): ").lower().split())
        except (EOFError, KeyboardInterrupt):
            return None
        if not said:
            return None
        if said in known:
            return known[said]
        print(f"{said!r} is no quarter: answer with one of {numbered}.")


def _show(figure: Figure) -> None:
    """Put the picture in the place of the last one."""
    from IPython.display import clear_output, display

    clear_output(wait=True)
    display(figure)


def _in_notebook() -> bool:
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")
