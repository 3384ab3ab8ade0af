"""Plausible wrong answers to lesson 28, each with a word its sentence must contain."""

CARD = "def card(facts): return '\\n'.join(["
LINES = "*[f'{n} {why}' for part in ('left out', 'changed') for why, n in facts[part].items()], "
KEPT = "f\"{facts['rows'] - sum(facts['left out'].values())} rows\", "

WRONG = {
    1: [
        ("def sixth(problems): return sorted({row for problem in problems for row in problem.rows})", "has mended"),
        ("def sixth(problems): return list(problems[-1].rows)", "sorted"),
        ("def sixth(problems): return [p for p in problems if p.kind == 'class']", "rows themselves"),
        ("def sixth(problems): return sorted(row for p in problems if p.kind == 'class' for row in p.rows)", "'label'"),
        (
            "def sixth(problems):\n    for p in problems:\n"
            "        if p.kind not in ('picture', 'copies', 'giveaway', 'shift'):\n            return sorted(p.rows)\n"
            "    return []",
            "class and label",
        ),
        (
            "def sixth(problems):\n    return [p.rows for p in problems if p.kind not in "
            "('picture', 'copies', 'giveaway', 'shift')]",
            "rows themselves",
        ),
    ],
    2: [
        ("def card(facts): return str(facts)", "729"),
        (CARD + KEPT + "'Not known: who made it'])", "no line"),
        (CARD + KEPT + LINES + "f\"Licence: {facts['licence']}\", 'Not known: who made it'])", "is None"),
        (CARD + KEPT + LINES + "f\"Licence: {facts['licence'] or 'not known'}\"])", "last line"),
        (CARD + KEPT + "'64 no label', '7 copies of train', '412 more', 'Not known: who made it'])", "no line"),
        (CARD + KEPT + LINES + "'Not known: who made it'])", "the licence is"),
    ],
    3: [
        ("mine = 'animals/table.csv'", "got str"),
        ("mine = mm.load('emoji')", "set of the course"),
        ("mine = mm.load('emoji').with_only('image')", "one modality"),
        (
            "ones = np.ones((60, 16, 16, 3))\nimport warnings\nwith warnings.catch_warnings():\n"
            "    warnings.simplefilter('ignore')\n"
            "    mine = mm.data.from_arrays({'a': ones, 'b': np.arange(60.0)[:, None]}, np.arange(60) % 2)",
            "mend this first",
        ),
    ],
}
