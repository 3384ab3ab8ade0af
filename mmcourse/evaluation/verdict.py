"""A report in words: what was seen, and what most likely causes it. Taught in lesson 05.

A sentence that rests on a figure beyond luck is a `Finding` with the number of its pitfall, any other a `str`.
"""

from .pitfalls import MARGIN, SELDOM, SURE, Finding, how_often
from .statistics import LEVEL, Score, holm, p_text

OWN = "own model"
HARDLY = 0.25  # of the way from the majority class to the ceiling


def verdict(report, surely: Score) -> list[Finding | str]:
    """The sentences of a `Report`, the gravest first. "Uses" and "better" are said of significant differences only.

    `surely`: the fused score with its interval at the level of a pitfall.
    """
    faults = [*_copies(report), *_mix_ups(report)]
    if report.same_answer is not None:
        return [*_same_answer(report), *faults]
    nothing = _against_majority(report, explained=bool(faults))
    if nothing:  # a model that knows nothing loses nothing, whatever is shuffled: only untouched inputs are told
        untouched = [_unused(report, row, True) for row in _rows(report, "shuffled") if not row.changed]
        untouched += [blind for row in _rows(report, "reordered") if not row.changed for blind in _order(report, row)]
        return [*faults, *nothing, *untouched]
    of_parts = [] if faults else _against_sum(report)
    explained = bool(faults or of_parts)
    order = [said for row in _rows(report, "reordered") for said in _order(report, row)]
    above = _against_ceiling(report, surely)
    return [*faults, *above, *_against_best(report), *of_parts, *_use(report, explained), *order]


def _same_answer(report) -> list[Finding | str]:
    majority = report.row("majority").changed == 0
    which = "which is the majority class" if majority else "which is not even the majority class"
    sentence = f"always gives the same answer, {report.same_answer!r}, {which}: it uses no modality"
    others = how_often(0, report.row("fused").score.n)
    return [Finding("MM001", sentence, None, {"other answers": others}) if others.high < SELDOM else sentence]


def _against_majority(report, explained: bool) -> list[Finding | str]:
    """What it says against the majority class; a number where it is surely not a quarter of the way to the ceiling."""
    row, fused = report.row("majority"), report.row("fused").score
    sentence, *causes = _majority_words(report, row, fused, explained) or [None]
    room = (1.0 if report.ceiling is None else report.ceiling) - row.score.value
    if sentence and -row.gain.low < HARDLY * room:
        sentence = Finding("MM002", sentence, None, {"majority class, against fused": row.gain})
    return [sentence, *causes] if sentence else []


def _majority_words(report, row, fused: Score, explained: bool) -> list[str]:
    scores = f"({fused.value:.3f} against {row.score.value:.3f}, {p_text(row.gain.p)})"
    if row.gain.difference > 0:
        word = "" if row.gain.significant else ", though not significantly"
        sentences = [f"below the majority baseline{word} {scores}"]
    elif not row.gain.significant:
        sentences = [f"not better than the majority baseline {scores}"]
    else:
        return []
    if explained:
        return sentences
    knows = [r for r in _rows(report, "alone") if _own(report, r.modality) and _beats(r, row)]
    if knows:
        best = max(knows, key=lambda r: r.score.value)
        sentences.append(
            f"{best.modality} alone reaches {best.score.value:.3f}, so the answer is in the data: look whether samples "
            "and labels, or the modalities of a sample, were shuffled against each other in training"
        )
    elif report.ceiling is not None and report.ceiling > row.score.high:
        sentences.append(
            f"the data would allow {report.ceiling:.3f}: the model has not learned it, or was trained on shuffled pairs"
        )
    return sentences


def _copies(report) -> list[Finding]:
    same = "are the same array in every sample"
    return [
        Finding("MM007", f"{a} and {b} {same}: {b} is a copy of {a}, or one of them was loaded twice", b)
        for a, b in report.copies
    ]


def _mix_ups(report) -> list[Finding | str]:
    """Probes that make the model better, after correction for their number."""
    if not report.probes:
        return []
    corrected = holm([row.gain.p for row in report.probes])
    guess = report.row("majority").score.high
    enough = max((r.score.low for r in _rows(report, "alone") if _own(report, r.modality)), default=guess)
    # what helps as it is given is itself, and may be a worse view of the same than what is copied
    helps = {r.modality for r in _rows(report, "shuffled") if r.gain.significant and r.gain.difference < 0}
    better = [
        (row, p)
        for row, p in zip(report.probes, corrected, strict=True)
        if p < LEVEL
        and row.gain.difference > 0
        and row.modality not in helps
        and row.score.value >= enough  # a repair makes it good, not just lucky
    ]
    if not better:
        return []
    best, p = max(better, key=lambda each: each[0].score.value)
    cause = {
        "exchanged": "the two are probably swapped, here or in training",
        "copied": "in training, that input was probably given a copy of the other one",
    }[best.kind]
    fused = report.row("fused").score.value
    sentence = f"better with {best.name} ({best.score.value:.3f}) than as given ({fused:.3f}): {cause}"
    figures = {f"{best.name}, against as given": best.gain}
    return [Finding("MM011", sentence, best.modality, figures) if p < SURE else sentence]


def _against_ceiling(report, surely: Score) -> list[Finding | str]:
    fused = report.row("fused").score
    if report.ceiling is None or fused.low <= report.ceiling:
        return []
    sentence = f"above the ceiling of {report.ceiling:.3f}, which no model can be: look for a leak of the label"
    return [Finding("MM004", sentence, None, {"fused": surely}) if surely.low > report.ceiling else sentence]


def _against_best(report) -> list[Finding | str]:
    """Fused against the best modality alone; only models of their own make that fair."""
    rows = _rows(report, "alone")
    if len(rows) < 2:
        return []
    best = max(rows, key=lambda row: row.score.value)
    who = f"{best.modality} alone" + ("" if _own(report, best.modality) else " (asked of the fused model)")
    scores = f"({report.row('fused').score.value:.3f} against {best.score.value:.3f}, {p_text(best.gain.p)})"
    if not best.gain.significant:
        return [f"not shown to be better than {who} {scores}"]
    sentence = f"{'better' if best.gain.difference < 0 else 'worse'} than {who} {scores}"
    surely = best.gain.difference > 0 and best.gain.p * len(rows) < SURE  # the best of several
    figures = {f"{best.name}, against fused": best.gain}
    return [Finding("MM005", sentence, best.modality, figures) if surely else sentence]


def _against_sum(report) -> list[Finding | str]:
    """A fused model that is worse than the parts just added up has not learned what the parts know."""
    rows = _rows(report, "added")
    if not rows or rows[0].gain.difference < 0 or not rows[0].gain.significant:
        return []
    row, fused = rows[0], report.row("fused").score.value
    sentence = (
        f"worse than the models of one modality added up ({fused:.3f} against {row.score.value:.3f}, "
        f"{p_text(row.gain.p)}): in training it may have seen shuffled pairs, or one input as a copy of another"
    )
    surely = row.gain.p < SURE and row.gain.low > MARGIN
    return [Finding("MM012", sentence, None, {f"{row.name}, against fused": row.gain}) if surely else sentence]


def _use(report, explained: bool) -> list[Finding | str]:
    """Which modalities it uses, and of each other one a sentence."""
    rows = _rows(report, "shuffled")
    if not rows:
        return [f"better than the majority baseline, from {_rows(report, 'alone')[0].modality} and nothing else"]
    corrected = holm([row.gain.p for row in rows])
    used, rest = [], []
    for row, p in zip(rows, corrected, strict=True):
        if p < LEVEL and row.gain.difference < 0:
            used.append(row.modality)
        else:
            rest.append(_unused(report, row, explained))
    return [*([f"uses {_listed(used)} (shuffling costs accuracy)"] if used else []), *rest]


def _unused(report, row, explained: bool) -> Finding | str:
    """A number where it certainly costs nothing to shuffle what the ceiling does not say to be worth nothing."""
    sentence, worth = _not_used(report, row, explained), report.worth[row.modality]
    if not _costs_nothing(report, row) or (worth is not None and worth < MARGIN):
        return sentence
    return Finding("MM003", sentence, row.modality, {f"{row.name}, against as given": row.gain})


def _order(report, row) -> list[Finding | str]:
    """Of a modality whose order was said to matter; nothing where it is ignored as a whole."""
    shuffled = [other for other in _rows(report, "shuffled") if other.modality == row.modality]
    if shuffled and _costs_nothing(report, shuffled[0]):
        return []
    if row.gain.significant and row.gain.difference < 0:
        return [f"needs the order of {row.modality} (another order costs accuracy)"]
    moved = report.moved[row.modality]
    if not _costs_nothing(report, row, moved):
        few = "" if moved >= 0.5 else f", which leaves {100 * (1 - moved):.0f}% of the samples as they are"
        return [f"not shown to need the order of {row.modality} ({row.gain.difference:+.3f} in another{few})"]
    many = "not one answer" if row.changed == 0 else f"{100 * row.changed:.0f}% of its answers, and no accuracy"
    sentence = f"blind to the order of {row.modality}: another order changes {many}"
    return [Finding("MM010", sentence, row.modality, {f"{row.name}, against as given": row.gain})]


def _costs_nothing(report, row, moved: float = 1.0) -> bool:
    """Whether a change of the input changes no answer, or certainly costs next to nothing; never of few samples.

    `moved`: the share of samples that it has changed at all.
    """
    n = round(moved * report.row("fused").score.n)
    enough = n > 0 and how_often(0, n).high < SELDOM
    return enough and (row.changed == 0 or -row.gain.low < MARGIN * moved)


def _not_used(report, row, explained: bool) -> str:
    """What to say of a modality whose shuffling costs nothing significant."""
    if row.modality in report.constant:
        return f"ignores {row.modality}, as any model must: it is the same in every sample of {report.split}"
    most = max(0.0, -row.gain.low)  # what it may cost
    if row.changed == 0:
        sentence = f"ignores {row.modality} (shuffling it changes nothing, not one answer)"
    elif most < MARGIN:
        sentence = f"ignores {row.modality} (shuffling it changes nothing)"
    else:
        sentence = (
            f"not shown to use {row.modality}: shuffling it changes {100 * row.changed:.0f}% of its answers, but costs "
            f"no significant accuracy ({most:.3f} at most)"
        )
    alone = report.row("alone", row.modality)
    if _own(report, row.modality) and _beats(alone, report.row("majority")):
        sentence += f", though {row.modality} alone reaches {alone.score.value:.3f}"
        cause = "unless the others say the same, it was trained on shuffled pairs, or that input got a copy of another"
    else:
        cause = "its input may be unconnected, or get a copy of another" if row.changed == 0 else ""
    return f"{sentence}: {cause}" if cause and not explained else sentence


def _rows(report, kind: str) -> list:
    return [row for row in report.rows if row.kind == kind]


def _own(report, modality: str) -> bool:
    return report.alone[modality] == OWN


def _beats(row, majority) -> bool:
    return row.score.low > majority.score.high


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
