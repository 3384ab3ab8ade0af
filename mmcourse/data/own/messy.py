"""A folder as one finds it: pictures, names in two languages and voices, with faults that are known. For lesson 28.

An album: on each page stand drawings of one category, mostly, and a voice reads the number of the page aloud. Drawings
and names are those of `emoji`, voices those of `digits`; that somebody reads pages aloud is made up, and says so.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...files import course_file, whole_folder
from ..audio import RATE
from ..sets.digits import BANK, read_bank
from ..sets.emoji import read_symbols
from ..splits import SPLITS
from .copies import look, near
from .writing import CARD, TABLE, save_picture, save_sound, save_table

ROWS, PAGES = 800, 10
IN_ORDER = 0.6  # of the drawings stand on the page of their category, the others on any page
HEADER = ["split", "picture", "voice", "name_en", "name_zh", "category"]
FAULTS = ("missing", "copies", "grey", "shift", "giveaway", "spelling")
COPIED, SPELT = 64, 12  # rows that are copies, rows that are spelt another way
ABOUT = """# An album

{rows} drawings with their names in English and Chinese, and the number of the album's page, read aloud. Of the pages,
{share:.0%} are the one of the drawing's category (0 to 7, by alphabet), the others any of 0 to 9: this is made up.

- Drawings: Noto Emoji, Apache-2.0. Names: Unicode CLDR, Unicode-3.0. See `data/emoji.md` of mmcourse.
- Voices: espeak-ng, the same ones in train, val and test. See `data/digits.md` of mmcourse.
"""


@dataclass(frozen=True)
class Fault:
    """A fault that was put into a folder: its kind, the rows of the table from 1, and a sentence."""

    kind: str
    rows: tuple[int, ...]
    what: str


@dataclass
class Album:
    """The content of the folder before it is written; row i of each is line i of the table."""

    split: np.ndarray
    picture: np.ndarray
    voice: list[np.ndarray]
    en: np.ndarray
    zh: np.ndarray
    category: np.ndarray
    ending: list[str]
    lost: set[int] = field(default_factory=set)


def messy_folder(folder: str | Path, *, faults: tuple[str, ...] = FAULTS, seed: int = 0) -> tuple[Fault, ...]:
    """Write an album of 800 rows with planted faults into a new folder; returns the faults, the truth about it.

    `table.csv` has the columns split, picture, voice, name_en, name_zh and category, the label. `faults` chooses: a
    picture that is "missing", "copies" of training rows in val and test (half of them exact, half with one pixel
    changed or as JPEG), a "grey" picture, a "shift" of a column by a row, a "giveaway" of the label, and a sixth that
    is for the reader to find. Each is the same whatever the others are, for the same seed. Nothing is left behind where
    it fails. Raises `ValueError` for a folder that is not empty, and for unknown faults. Taught in lesson 28.

    >>> [(fault.kind, len(fault.rows)) for fault in messy_folder("album", faults=("missing", "copies"))]
    [('missing', 1), ('copies', 64)]
    """
    if isinstance(faults, str) or not set(faults) <= set(FAULTS):
        raise ValueError(f"faults are some of {FAULTS}; got {faults!r}")
    rng = np.random.default_rng([seed, len(FAULTS)])
    album = _album(rng)
    free = rng.permutation(np.flatnonzero(album.split == "train"))
    own = {"copies": free[:COPIED], "missing": free[COPIED : COPIED + 1], "grey": free[COPIED + 1 : COPIED + 2]}
    own["spelling"] = free[COPIED + 2 :]  # training rows that each fault may touch, so that no row has two of them
    told = []
    for index, kind in enumerate(FAULTS):
        if kind in faults:
            rows, what = _PLANT[kind](album, own.get(kind), np.random.default_rng([seed, index]))
            told.append(Fault(kind, tuple(sorted(int(row) + 1 for row in rows)), what))
    _write(album, folder)
    return tuple(told)


def _album(rng: np.random.Generator) -> Album:
    """Drawings that do not look alike, one of each family, with a clip of its own each."""
    symbols, bank = read_symbols(), read_bank(course_file("data", BANK))
    classes, category = np.unique(symbols.category, return_inverse=True)
    _, first = np.unique(symbols.family, return_index=True)
    order = _unlike(symbols.image["noto"], rng.permutation(first))[:ROWS]
    page = np.where(rng.random(ROWS) < IN_ORDER, category[order], rng.integers(0, PAGES, ROWS))
    clips = [iter(rng.permutation(np.flatnonzero(bank.label == digit)).tolist()) for digit in range(PAGES)]
    part = np.repeat(SPLITS, [ROWS * 3 // 5, ROWS // 5, ROWS // 5])
    return Album(
        rng.permutation(part),
        symbols.image["noto"][order].copy(),
        [bank.clip(next(clips[digit])) for digit in page],
        symbols.name["en"][order].astype(object),
        symbols.name["zh"][order].astype(object),
        classes[category[order]].astype(object),
        ["png"] * ROWS,
    )


def _unlike(pictures: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The rows whose picture looks like none before it, so that every look-alike in the album is a planted one."""
    signs, small = look([pictures[rows]])[0]
    kept: list[int] = []
    for i in range(min(len(rows), ROWS * 5 // 4)):  # enough of them
        if not near((signs[i : i + 1], small[i : i + 1]), (signs[kept], small[kept]))[0]:
            kept.append(i)
    return rows[kept]


def _missing(album: Album, own: np.ndarray, rng: np.random.Generator):
    album.lost.update(own.tolist())
    return own, "the picture is not there"


def _copies(album: Album, own: np.ndarray, rng: np.random.Generator):
    rows = rng.permutation(np.flatnonzero(album.split != "train"))[:COPIED]
    for i, (row, source) in enumerate(zip(rows, own, strict=True)):
        for column in (album.picture, album.voice, album.en, album.zh, album.category):
            column[row] = column[source]
        if i % 4 == 1:
            album.picture[row][tuple(rng.integers(0, 32, 2))] ^= 255
        elif i % 4 == 3:
            album.ending[row] = "jpg"
    return rows, "a row of train once more, every second with its picture changed a little"


def _grey(album: Album, own: np.ndarray, rng: np.random.Generator):
    album.picture[own] = 128
    return own, "the picture is a grey tile"


def _shift(album: Album, own: None, rng: np.random.Generator):
    start = int(rng.integers(ROWS // 2, ROWS * 3 // 4))
    album.zh[start:] = album.zh[start - 1 : -1].copy()
    return range(start, ROWS), "name_zh has slipped down by one row from the first of these on"


def _giveaway(album: Album, own: None, rng: np.random.Generator):
    numbers = rng.permutation(9000)[:ROWS] + 1000
    album.en[:] = [
        f"{category[:2].upper()} {number} {name}"
        for category, number, name in zip(album.category, numbers, album.en, strict=True)
    ]
    return range(ROWS), "name_en begins with a number of the archive, whose letters are the category"


def _spelling(album: Album, own: np.ndarray, rng: np.random.Generator):
    chosen = rng.choice(np.unique(album.category))
    rows = np.sort(own[album.category[own] == chosen])[:SPELT]
    album.category[rows] = chosen.lower()
    return rows, f"{chosen!r} is written {chosen.lower()!r}"


_PLANT = dict(zip(FAULTS, (_missing, _copies, _grey, _shift, _giveaway, _spelling), strict=True))


def _write(album: Album, folder: str | Path) -> None:
    with whole_folder(folder) as place:
        (place / "picture").mkdir()
        (place / "voice").mkdir()
        rows = []
        for i in range(ROWS):
            picture, voice = f"picture/{i + 1:03}.{album.ending[i]}", f"voice/{i + 1:03}.wav"
            if i not in album.lost:
                save_picture(place / picture, album.picture[i], **({"quality": 90} if album.ending[i] == "jpg" else {}))
            save_sound(place / voice, album.voice[i], RATE)
            rows.append([album.split[i], picture, voice, album.en[i], album.zh[i], album.category[i]])
        save_table(place / TABLE, HEADER, rows)
        (place / CARD).write_text(ABOUT.format(rows=ROWS, share=IN_ORDER), encoding="utf-8")
