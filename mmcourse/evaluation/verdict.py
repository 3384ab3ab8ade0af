"""A report in words: what was seen, and what most likely causes it. Taught in lesson 05."""

from .statistics import LEVEL, holm, p_text

OWN = "own model"
MARGIN = 0.02  # of accuracy: a modality whose shuffling certainly costs less than this is ignored


def verdict(report) -> list[str]:
    """The sentences of a `Report`, the gravest first. "Uses" and "better" are said of significant differences only."""
    faults = [*_copies(report), *_mix_ups(report)]
    if report.same_answer is not None:
        return [*_same_answer(report), *faults]
    nothing = _against_majority(report, explained=bool(faults))
    if nothing:  # a model that knows nothing loses nothing, whatever is shuffled: only untouched inputs are told
        untouched = [_not_used(report, row, True) for row in _rows(report, "shuffled") if not row.changed]
        return [*faults, *nothing, *untouched]
    of_parts = [] if faults else _against_sum(report)
    explained = bool(faults or of_parts)
    return [*faults, *_against_ceiling(report), *_against_best(report), *of_parts, *_use(report, explained)]


def _same_answer(report) -> list[str]:
    majority = report.row("majority").changed == 0
    which = "which is the majority class" if majority else "which is not even the majority class"
    return [f"always gives the same answer, {report.same_answer!r}, {which}: it uses no modality"]


def _against_majority(report, explained: bool) -> list[str]:
    row, fused = report.row("majority"), report.row("fused").score
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


def _copies(report) -> list[str]:
    return [
        f"{a} and {b} are the same array in every sample: {b} is a copy of {a}, or one of them was loaded twice"
        for a, b in report.copies
    ]


def _mix_ups(report) -> list[str]:
    """Probes that make the model better, after correction for their number."""
    if not report.probes:
        return []
    corrected = holm([row.gain.p for row in report.probes])
    guess = report.row("majority").score.high
    enough = max((r.score.low for r in _rows(report, "alone") if _own(report, r.modality)), default=guess)
    better = [
        row
        for row, p in zip(report.probes, corrected, strict=True)
        if p < LEVEL and row.gain.difference > 0 and row.score.value >= enough  # a repair makes it good, not just lucky
    ]
    if not better:
        return []
    best = max(better, key=lambda row: row.score.value)
    cause = {
        "exchanged": "the two are probably swapped, here or in training",
        "copied": "in training, that input was probably given a copy of the other one",
    }[best.kind]
    fused = report.row("fused").score.value
    return [f"better with {best.name} ({best.score.value:.3f}) than as given ({fused:.3f}): {cause}"]


def _against_ceiling(report) -> list[str]:
    fused = report.row("fused").score
    if report.ceiling is None or fused.low <= report.ceiling:
        return []
    return [f"above the ceiling of {report.ceiling:.3f}, which no model can be: look for a leak of the label"]


def _against_best(report) -> list[str]:
    """Fused against the best modality alone; only models of their own make that fair."""
    rows = _rows(report, "alone")
    if len(rows) < 2:
        return []
    best = max(rows, key=lambda row: row.score.value)
    who = f"{best.modality} alone" + ("" if _own(report, best.modality) else " (asked of the fused model)")
    scores = f"({report.row('fused').score.value:.3f} against {best.score.value:.3f}, {p_text(best.gain.p)})"
    if not best.gain.significant:
        return [f"not shown to be better than {who} {scores}"]
    return [f"{'better' if best.gain.difference < 0 else 'worse'} than {who} {scores}"]


def _against_sum(report) -> list[str]:
    """A fused model that is worse than the parts just added up has not learned what the parts know."""
    rows = _rows(report, "added")
    if not rows or rows[0].gain.difference < 0 or not rows[0].gain.significant:
        return []
    row, fused = rows[0], report.row("fused").score.value
    return [
        f"worse than the models of one modality added up ({fused:.3f} against {row.score.value:.3f}, "
        f"{p_text(row.gain.p)}): in training it may have seen shuffled pairs, or one input as a copy of another"
    ]


def _use(report, explained: bool) -> list[str]:
    """Which modalities it uses, and of each other one a sentence."""
    rows = _rows(report, "shuffled")
    corrected = holm([row.gain.p for row in rows])
    used, rest = [], []
    for row, p in zip(rows, corrected, strict=True):
        if p < LEVEL and row.gain.difference < 0:
            used.append(row.modality)
        else:
            rest.append(_not_used(report, row, explained))
    return ([f"uses {_listed(used)} (shuffling costs accuracy)"] if used else []) + rest


def _not_used(report, row, explained: bool) -> str:
    """What to say of a modality whose shuffling costs nothing significant."""
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
