"""Names of classes and groups that may be wrong: two for one thing, and words that programs write for none."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress

import numpy as np

from .problems import Problem

UNSEEN = dict.fromkeys(  # soft hyphens, spaces of no width, marks of direction; joiners are letters in some scripts
    [0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF]
)
MISSING = ("na", "n/a", "#n/a", "nan", "null", "nil", "?", "-", "--", "-999", "-9999", "#ref!", "#value!", "#name?")
LOST = "\ufffd"  # what a program writes for a letter that it could not read
ALIKE = "look the same but for capitals, accents, leading zeros, a broken encoding or what no screen shows"


def odd_classes(classes: Sequence[str], y: np.ndarray, rows: np.ndarray) -> Iterator[Problem]:
    """Classes that may stand for a missing label, that lost a letter, or of which two may be one."""
    members = _members(y, len(classes))
    for name, places in zip(classes, members, strict=True):
        if is_missing(name, classes):
            what = f"the class {name!r} is what programs write for a missing label"
            remedy = "leave its rows out if it is one, or give the class another name"
            yield Problem("label", "", None, what, remedy, tuple(rows[places].tolist()))
        if LOST in name:
            what = f"the class {name!r} has a letter that was lost when the text was saved"
            yield Problem("class", "", None, what, "save it anew as UTF-8", tuple(rows[places].tolist()))
    for one, other in _twins(classes):
        rarer = tuple(rows[min(members[one], members[other], key=len)].tolist())
        what = f"the classes {classes[one]!r} and {classes[other]!r} {ALIKE}"
        yield Problem("class", "", None, what, "give them one name if they are one class", rarer)


def odd_groups(groups: np.ndarray | None, rows: np.ndarray) -> Iterator[Problem]:
    """The same of groups; two names for one group may bring it into two splits. At most one problem of each kind."""
    if groups is None or groups.dtype.kind != "U":
        return
    names, codes = np.unique(groups, return_inverse=True)
    names, members = names.tolist(), _members(codes, len(names))
    for name in (name for name in names if is_missing(name, names)):
        what = f"the group {name!r} is what programs write for a missing group, and would be one group"
        places = members[names.index(name)]
        yield Problem("group", "", None, what, "give each row its group", tuple(rows[places].tolist()))
    if twins := _twins(names):
        one, other = twins[0]
        more = f", and {len(twins) - 1} more pairs," if len(twins) > 1 else ""
        what = f"the groups {names[one]!r} and {names[other]!r}{more} {ALIKE}, so one group may be in two splits"
        second = np.sort(np.concatenate([members[other] for _, other in twins]))
        remedy = "give them one name if they are one group"
        yield Problem("group", "", None, what, remedy, tuple(rows[second].tolist()))


def is_missing(name: str, names: Sequence[str]) -> bool:
    """Whether a name is a program's word for none; "none" may be a class, as in none, some, all, and "-" beside "+"."""
    return (name.casefold() in MISSING or name == "None") and not (name == "-" and "+" in names)


def _members(codes: np.ndarray, count: int) -> list[np.ndarray]:
    """The places of each code."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.searchsorted(codes[order], np.arange(1, count)))


def _twins(names: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of names that look the same, the first of its kind in each pair."""
    found: dict[str, int] = {}
    firsts = [found.setdefault(_look(name), place) for place, name in enumerate(names)]
    return [(one, other) for other, one in enumerate(firsts) if one != other]


def _look(name: str) -> str:
    with suppress(UnicodeError):  # UTF-8 that was read as the encoding of Windows
        name = name.encode("cp1252").decode("utf-8")
    name = unicodedata.normalize("NFKC", name.translate(UNSEEN)).casefold()
    return re.sub(r"\A(-?)0*(\d+)(\.0+)?\Z", r"\1\2", name)
