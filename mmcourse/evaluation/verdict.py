"""A report in words: what was seen, and what most likely causes it. Taught in lesson 05."""

from .statistics import LEVEL, holm, p_text

MARGIN = 0.02  # of accuracy: a modality whose shuffling certainly costs less than this is ignored


def verdict(report) -> list[str]:
    """The sentences of a `Report`, the gravest first. "Uses" and "better" are said of significant differences only."""
    faults = [*_copies(report), *_mix_ups(report)]
    if report.same_answer is not None:
        return [*_same_answer(report), *faults]
    return [*_against_majority(report), *faults, *_against_ceiling(report), *_against_best(report), *_use(report)]


def _same_answer(report) -> list[str]:
    fused, majority = report.row("fused").score, report.row("majority").score
    which = "which is the majority class" if fused.value == majority.value else "which is not even the majority class"
    return [f"always gives the same answer, {report.same_answer!r}, {which}: it uses no modality"]


def _against_majority(report) -> list[str]:
    row, fused = report.row("majority"), report.row("fused").score
    scores = f"({fused.value:.3f} against {row.score.value:.3f}, {p_text(row.gain.p)})"
    if row.gain.difference > 0:
        word = "" if row.gain.significant else ", though not significantly"
        sentences = [f"below the majority baseline{word} {scores}"]
    elif not row.gain.significant:
        sentences = [f"not better than the majority baseline {scores}"]
    else:
        return []
    knows = [r for r in report.rows if r.kind == "alone" and _own(report, r.modality) and _beats(r, row)]
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
    better = [r for r, p in zip(report.probes, corrected, strict=True) if p < LEVEL and r.gain.difference > 0]
    if not better:
        return []
    best = max(better, key=lambda row: row.score.value)
    what, target = ("exchanged", "swapped") if best.kind == "exchanged" else ("copied", "given a copy")
    cause = {
        "exchanged": "the two are probably swapped, here or in training",
        "copied": "its input was probably a copy of the other one in training",
    }[best.kind]
    del what, target
    fused = report.row("fused").score.value
    return [f"better with {best.name} ({best.score.value:.3f}) than as given ({fused:.3f}): {cause}"]


def _against_ceiling(report) -> list[str]:
    fused = report.row("fused").score
    if report.ceiling is None or fused.low <= report.ceiling:
        return []
    return [f"above the ceiling of {report.ceiling:.3f}, which no model can be: look for a leak of the label"]


def _against_best(report) -> list[str]:
    """Fused against the best modality alone; only models of their own make that fair."""
    rows = [row for row in report.rows if row.kind == "alone"]
    if len(rows) < 2:
        return []
    best = max(rows, key=lambda row: row.score.value)
    who = f"{best.modality} alone" + ("" if _own(report, best.modality) else " (asked of the fused model)")
    scores = f"({report.row('fused').score.value:.3f} against {best.score.value:.3f}, {p_text(best.gain.p)})"
    if not best.gain.significant:
        return [f"not shown to be better than {who} {scores}"]
    return [f"{'better' if best.gain.difference < 0 else 'worse'} than {who} {scores}"]


def _use(report) -> list[str]:
    rows = [row for row in report.rows if row.kind == "shuffled"]
    if not rows:
        return []
    corrected = holm([row.gain.p for row in rows])
    used, sentences = [], []
    for row, p in zip(rows, corrected, strict=True):
        cost = -row.gain.difference
        if row.changed == 0:
            sentences.append(_ignored(report, row, "not one of its answers"))
        elif p < LEVEL and cost > 0:
            used.append(row.modality)
        elif p < LEVEL:
            sentences.append(f"misreads {row.modality}: it is better when that is shuffled ({row.gain})")
        elif -row.gain.low < MARGIN:
            sentences.append(_ignored(report, row, "nothing"))
        else:
            sentences.append(
                f"not shown to use {row.modality}: shuffling it changes {100 * row.changed:.0f}% of its answers, but "
                f"costs no significant accuracy ({-row.gain.high:+.3f} to {-row.gain.low:+.3f})"
            )
    return ([f"uses {_listed(used)} (shuffling costs accuracy)"] if used else []) + sentences


def _ignored(report, row, what: str) -> str:
    sentence = f"ignores {row.modality} (shuffling it changes {what})"
    alone, majority = report.row("alone", row.modality), report.row("majority")
    if _own(report, row.modality) and _beats(alone, majority):
        return (
            f"{sentence}, though {row.modality} alone reaches {alone.score.value:.3f}: if the other modalities do not "
            "say the same, it was trained on shuffled pairs, or its input was a copy of another"
        )
    if what != "nothing":
        return f"{sentence}: its input may be unconnected, or receive a copy of another"
    return sentence


def _own(report, modality: str) -> bool:
    return report.alone[modality] == "own model"


def _beats(row, majority) -> bool:
    return row.score.low > majority.score.high


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
