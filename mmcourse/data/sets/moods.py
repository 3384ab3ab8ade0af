"""`moods`: a line somebody says, in words, voice and face, meant or sarcastic. Taught in lesson 26.

The meant mood S is good or bad; with sarcasm Z the words say the opposite, while voice and face show S. So sarcasm is a
relation: it is in no modality alone, and not in voice and face together.
"""

from itertools import product

import numpy as np

from ...files import course_file
from ..audio import RATE
from ..making.faces import draw_looks, paint_faces
from ..making.voices import SAMPLES, draw_speakers, speak
from ..multimodal import Multimodal
from ..splits import SPLITS, Spec, Split
from ..symbols import World

TASKS = {"mood": ("bad", "good"), "sarcasm": ("sincere", "sarcastic")}
MODALITIES = ("words", "voice", "face")
GONE = 2  # the symbol of a modality that tells nothing
SPEAKERS = {"train": 20, "val": 6, "test": 10}
LAUGH, TELL, NO_TELL = 0.5, 0.5, 0.1  # how often a sarcastic line is laughed at; "oh" or "just" if sarcastic, if not
TEMPLATES = {
    "train": (
        "the film was {a}",
        "i found the meal {a}",
        "my day at work was {a}",
        "the concert last night was {a}",
        "well , the weather is {a}",
        "her new song sounds {a}",
        "the trip to the sea was {a}",
        "honestly , the show was {a}",
        "the service in that shop is {a}",
        "this book is {a}",
        "the game yesterday was {a}",
        "his speech was {a}",
    ),
    "val": ("the party was {a}", "i call that cake {a}", "the bus ride was {a}", "our hotel is {a}"),
    "test": (
        "the exam was {a}",
        "the play was {a}",
        "that coffee tastes {a}",
        "the new phone is {a}",
        "my holiday was {a}",
        "the lecture this morning was {a}",
        "your plan sounds {a}",
        "the match was {a}",
    ),
}
ADJECTIVES = (
    ("awful", "terrible", "dreadful", "horrible", "dull", "poor", "bad", "boring", "dismal", "nasty"),
    ("great", "lovely", "wonderful", "brilliant", "excellent", "superb", "delightful", "good", "charming", "perfect"),
)


def load(
    *,
    task: str = "mood",
    sarcastic: float = 0.3,
    erasure: float = 0.2,
    laughter: bool = False,
    tell: bool = False,
    speaker_bias: bool = False,
    mixed_speakers: bool = False,
    train: int = 3000,
    val: int = 600,
    test: int = 1500,
    seed: int = 0,
) -> Multimodal:
    """Words (str), voice (5120,) float32 at 8 kHz and face (32, 32, 3) uint8 of 36 speakers.

    `task="mood"`: is it meant well (1) or badly (0)? `task="sarcasm"`: do the words say what is meant (0) or its
    opposite (1)? A share `sarcastic` of the lines is. Each modality tells nothing with probability `erasure`.

    Three leaks, each as real corpora have them: `laughter`, a laugh after half of the sarcastic lines; `tell`, "oh" or
    "just" in half of the sarcastic lines and in a tenth of the others; `speaker_bias`, half of the speakers are
    sarcastic twice as often, and half never. Speakers (`group`) and templates are each in one split only;
    `mixed_speakers=True` lets every speaker occur in every split, as a random split would, so that knowing a voice or
    a face betrays the bias. `ceiling(...)` is right for all of this.

    `targets`: mood, sarcasm, speaker, template, and each modality's symbol (0 bad, 1 good, 2 nothing; + 3 with a tell
    or a laugh; + 6, in voice and face, for a speaker known to be sarcastic).
    """
    sizes = {"train": train, "val": val, "test": test}
    if task not in TASKS:
        raise ValueError(f"task must be {' or '.join(map(repr, TASKS))}, got {task!r}")
    if min(sizes.values()) < 1:
        raise ValueError(f"moods needs 1 or more samples per split, got {sizes}")
    limit = 0.5 if speaker_bias else 1.0
    if not (0 <= sarcastic <= limit and 0 <= erasure <= 1):
        raise ValueError(
            f"sarcastic must be in [0, {limit}] and erasure in [0, 1], got {sarcastic} and {erasure}; with "
            "speaker_bias half of the speakers are sarcastic twice as often as `sarcastic` says"
        )
    table = joint(sarcastic, erasure, laughter, tell, speaker_bias, mixed_speakers)
    everyone = np.random.default_rng([seed, len(SPLITS)])
    cast = draw_speakers(sum(SPEAKERS.values()), everyone), draw_looks(sum(SPEAKERS.values()), everyone)
    parts = {}
    for index, name in enumerate(SPLITS):
        rng = np.random.default_rng([seed, index])
        parts[name] = _split(table, cast, name, sizes[name], task, speaker_bias, mixed_speakers, rng)
    return Multimodal(
        name=f"moods ({task})",
        modalities={
            "words": Spec((), "str", "words", "what is said"),
            "voice": Spec((SAMPLES,), "float32", "amplitude, -1 to 1", "how it is said", rate=RATE),
            "face": Spec((32, 32, 3), "uint8", "brightness, 0 to 255", "who says it, and with which face"),
        },
        card=course_file("data", "moods.md").read_text(encoding="utf-8"),
        classes=TASKS[task],
        world=World(table.sum(axis=(1, 2) if task == "mood" else (0, 2)), dict.fromkeys(MODALITIES, 0.0)),
        **parts,
    )


def joint(
    sarcastic: float, erasure: float, laughter: bool, tell: bool, speaker_bias: bool, mixed_speakers: bool
) -> np.ndarray:
    """P(mood, sarcasm, speaker's kind, words, voice, face), shape (2, 2, 2, 6, 12, 12), symbols as in `load`.

    Erasures are symbols here and not the world's, because a laugh is heard and a tell is read also where the tune or
    the adjective tells nothing. The kind of a speaker is seen only where the speaker has been met before.
    """
    table = np.zeros((2, 2, 2, 6, 12, 12))
    for mood, sarcasm, kind in product(range(2), repeat=3):
        chance = sarcastic * 2 * kind if speaker_bias else sarcastic
        weight = (chance if sarcasm else 1 - chance) / 4
        known = 6 * kind if speaker_bias and mixed_speakers else 0
        words = _observed(mood ^ sarcasm, erasure, (TELL if sarcasm else NO_TELL) if tell else 0.0, 0)
        voice = _observed(mood, erasure, LAUGH if sarcasm and laughter else 0.0, known)
        face = _observed(mood, erasure, 0.0, known)
        table[mood, sarcasm, kind] = weight * np.einsum("i,j,k->ijk", words[:6], voice, face)
    return table


def _observed(symbol: int, erasure: float, mark: float, known: int) -> np.ndarray:
    """(12,) chances of each symbol as in `load`: the true one or none, with a mark or without."""
    chances = np.zeros(12)
    for shown, share in ((symbol, 1 - erasure), (GONE, erasure)):
        chances[known + shown] += share * (1 - mark)
        chances[known + shown + 3] += share * mark
    return chances


def _split(table, cast, name: str, n: int, task: str, bias: bool, mixed: bool, rng: np.random.Generator) -> Split:
    states = World(table.reshape(8, *table.shape[3:]), dict.fromkeys(MODALITIES, 0.0))
    state, symbols, _ = states.sample(n, rng)
    mood, sarcasm, kind = np.unravel_index(state, (2, 2, 2))
    first = 0 if mixed else sum(SPEAKERS[other] for other in SPLITS[: SPLITS.index(name)])
    count = sum(SPEAKERS.values()) if mixed else SPEAKERS[name]
    who = first + (2 * rng.integers(0, count // 2, n) + kind if bias else rng.integers(0, count, n))
    template = rng.integers(0, len(TEMPLATES[name]), n)
    said, heard, seen = (symbols[modality] for modality in MODALITIES)
    x = {
        "words": write(name, template, said % 3, said >= 3, rng),
        "voice": speak(cast[0], who, heard % 3, heard % 6 >= 3, rng),
        "face": paint_faces(cast[1], who, seen % 3, rng),
    }
    targets = {"mood": mood, "sarcasm": sarcasm, "speaker": who}
    targets["template"] = template + sum(len(TEMPLATES[other]) for other in SPLITS[: SPLITS.index(name)])
    targets |= {f"{modality}_symbol": symbols[modality] for modality in MODALITIES}
    return Split(x, targets[task], None if mixed else who, targets=targets)


def write(
    split: str, template: np.ndarray, polarity: np.ndarray, tell: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Lines (N,): polarity 0 bad, 1 good, a quarter of them by negation ("not bad"), 2 "something"."""
    n = len(template)
    negated, oh = rng.integers(0, 4, n) == 0, rng.integers(0, 2, n) == 0
    word = rng.integers(0, len(ADJECTIVES[0]), n)
    lines = []
    for t, p, w, no, marked, o in zip(
        *(a.tolist() for a in (template, polarity, word, negated, tell, oh)), strict=True
    ):
        adjective = "something" if p == GONE else f"not {ADJECTIVES[1 - p][w]}" if no else ADJECTIVES[p][w]
        line = TEMPLATES[split][t].format(a=f"just {adjective}" if marked and not o else adjective)
        lines.append(f"oh , {line}" if marked and o else line)
    return np.array(lines)
