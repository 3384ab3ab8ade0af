"""Checks for lesson 28: the sixth fault, a card, and a set of the reader's own files."""

import re
from collections.abc import Iterable

import numpy as np

from mmcourse.data import Multimodal
from mmcourse.data.own.problems import Problem
from mmcourse.lessons.expect import Exercise, Wrong, answered

MENDED = {
    "picture": Problem("picture", "picture/221.png", 221, "there is no such file", "mend its name"),
    "copies": Problem("copies", "voice", None, "2 of 160 sounds are in train too", "leave them out", (8, 37)),
    "giveaway": Problem("giveaway", "name_en", None, "the first word tells the label", "take it out", (1, 2, 3)),
    "shift": Problem("shift", "name_zh", None, "fits the row before better", "move it back", (500, 501)),
}
OTHER = {
    "class": Problem("class", "", None, "'Cow' and 'cow' look the same", "give them one name", (63, 9, 72)),
    "label": Problem("label", "notes", 12, "no label, left out", "give it a label"),
}
BOTH = Problem("class and label", "", None, "", "", (9, 12, 63, 72))


def sixth(answer) -> str:
    for odd in (OTHER["class"], OTHER["label"], BOTH):
        for order in (1, -1):
            others = list(OTHER.values()) if odd is BOTH else [odd]
            got = answered(answer([*MENDED.values(), *others][::order]))
            if not isinstance(got, Iterable) or isinstance(got, (str, bytes, dict)):
                raise Wrong(f"your function must give a list of rows; got {type(got).__name__}.")
            rows = list(got)
            if any(isinstance(row, (tuple, list, Problem)) for row in rows):
                raise Wrong("give the rows themselves in one list: go through the `rows` of each problem.")
            if [*map(str, rows)] != [*map(str, sorted(odd.rows))]:
                raise Wrong(_why(set(map(str, rows)), rows, odd))
    if list(answered(answer(list(MENDED.values())))):
        raise Wrong("where the list has only what was mended, there is no sixth fault: give an empty list.")
    return "in the album it is a category that is written in two ways: two classes that are one."


def _why(got: set[str], rows: list, odd: Problem) -> str:
    for name, problem in MENDED.items():
        if got & set(map(str, problem.rows)):
            return f"these have rows of the kind {name!r}, which the lesson has mended."
    if got == set(map(str, odd.rows)):
        return f"these are the right rows, sorted and each once they would be {sorted(odd.rows)}; yours are {rows}."
    return f"of what is of the kind {odd.kind!r}, about the rows {sorted(odd.rows)}, yours gives {rows}."


def card(answer) -> str:
    reasons = {"left out": {"copies of train": 64, "no label": 7}, "changed": {"an archive's number taken out": 412}}
    for licence in ("CC BY 4.0", None):
        text = answered(answer({"rows": 800, **{k: dict(v) for k, v in reasons.items()}, "licence": licence}))
        if not isinstance(text, str):
            raise Wrong(f"a card is one text; got {type(text).__name__}.")
        lines = text.strip().splitlines()
        if not any(_has(line, 729) for line in lines):
            raise Wrong("800 rows came, 64 and 7 were left out: the card should say that 729 are left.")
        for what, each in reasons.items():
            for reason, count in each.items():
                if not any(reason in line and _has(line, count) for line in lines):
                    raise Wrong(f"{count} rows were {what}, {reason!r}: no line of the card has both.")
        if not re.match(r"Not known: *\w", lines[-1]):
            raise Wrong('the last line should begin with "Not known:" and name something: no card knows everything.')
        if licence and licence not in text:
            raise Wrong(f"the licence is {licence}: the card does not say it.")
        if not licence and ("None" in text or "not known" not in "\n".join(lines[:-1]).lower()):
            raise Wrong('where `facts["licence"]` is None, a line of the card should say that it is "not known".')
    return "a reader of it can decide whether your score is about the things they have."


def _has(line: str, count: int) -> bool:
    return re.search(rf"\b{count}\b", line) is not None


def mine(answer) -> str:
    if not isinstance(answer, Multimodal):
        raise Wrong(f"`mine` should be what from_table, from_folder or from_arrays gave; got {type(answer).__name__}.")
    if len(answer.modalities) < 2:
        raise Wrong(f"{answer.name} has one modality, {next(iter(answer.modalities))}: fusion needs a second.")
    if "Your own data:" not in answer.card:
        raise Wrong(f"{answer.name} is a set of the course: load files of your own, with from_table or another.")
    for problem in answer.problems:
        of = answer.modalities.get(problem.file)
        notes = problem.kind == "copies" and of is not None and of.dtype == "str"  # two may well say "normal"
        if problem.kind in ("picture", "sound", "text", "copies") and not notes:
            raise Wrong(f"mend this first, or leave its rows out: {problem}.")
    kinds = sorted({problem.kind for problem in answer.problems})
    if not np.issubdtype(answer.train.y.dtype, np.integer):
        return f"{len(answer.train)} rows to learn values from; kinds of problems left: {', '.join(kinds) or 'none'}."
    return (
        f"{len(answer.train)} rows to learn from, {len(answer.test)} to test on; the commonest class is right on "
        f"{answer.baseline():.3f}. Kinds of problems left for your card: {', '.join(kinds) or 'none'}."
    )


EXERCISES = {
    1: Exercise(
        sixth,
        "Each problem has a `kind` and `rows`, and there may be several of one kind: a set takes the rows of all.",
    ),
    2: Exercise(card, "One line for each pair of facts[...].items(), joined by line ends; then the last line."),
    3: Exercise(mine, "Begin with a table of 50 rows: columns for two files or texts, and one for the label."),
}
