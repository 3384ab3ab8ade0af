"""Prints the tables of layers × contract points and of layers × odd calls after the tests."""

from collections import defaultdict

TITLES = {
    "test_contract": "layers × contract points",
    "test_odd_call": "fusion layers × odd calls",
    "test_odd_call_of_a_part": "encoders, losses and models × odd calls",
}
_RESULTS: dict[str, dict[str, dict[str, str]]] = {test: defaultdict(dict) for test in TITLES}


def pytest_runtest_logreport(report):
    test, _, cell = report.nodeid.rpartition("::")[2].partition("[")
    if test not in TITLES or (report.when != "call" and report.passed):
        return
    row, _, column = cell.removesuffix("]").rpartition("-")
    word = dict(report.user_properties).get("cell", "ok")
    _RESULTS[test][row][column] = {"passed": word, "failed": "FAIL", "skipped": "skip"}[report.outcome]


def pytest_terminal_summary(terminalreporter):
    for test, rows in _RESULTS.items():
        if not rows:
            continue
        columns = list(dict.fromkeys(column for row in rows.values() for column in row))
        wide = max(map(len, rows))
        terminalreporter.section(TITLES[test])
        terminalreporter.line(" " * wide + "  " + "  ".join(f"{column:>9}" for column in columns))
        for name, row in rows.items():
            cells = "  ".join(f"{row.get(column, 'HOLE'):>9}" for column in columns)
            terminalreporter.line(f"{name:<{wide}}  {cells}")
