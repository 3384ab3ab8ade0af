"""Tables after a test run: layers × contract points, layers × odd calls, and how many hostile cases were tried.

Hooks of the whole run, not of a folder's `conftest.py`: where tests run in several processes, the one that prints
reads no folder's.
"""

from collections import defaultdict

TITLES = {
    "test_contract": "layers × contract points",
    "test_odd_call": "fusion layers × odd calls",
    "test_odd_call_of_a_part": "encoders, losses and models × odd calls",
    "test_pitfall": "pitfalls × models: on how many seeds each is found",
}
HOSTILE = ("test_hostile", "test_own")  # files and tables that may be anything
_RESULTS: dict[str, dict[str, dict[str, str]]] = {test: defaultdict(dict) for test in TITLES}


def pytest_runtest_logreport(report) -> None:
    test, _, cell = report.nodeid.rpartition("::")[2].partition("[")
    if test not in TITLES or (report.when != "call" and report.passed):
        return
    row, _, column = cell.removesuffix("]").rpartition("-")
    word = dict(report.user_properties).get("cell", "ok")
    _RESULTS[test][row][column] = {"passed": word, "failed": "FAIL", "skipped": "skip"}[report.outcome]


def pytest_terminal_summary(terminalreporter) -> None:
    for test, rows in _RESULTS.items():
        if rows:
            _print_table(terminalreporter, TITLES[test], rows)
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if report.when == "call" and any(name in report.nodeid for name in HOSTILE)
    ]
    if reports:
        right = sum(report.passed for report in reports)
        made = sum(name == "generated hostile file" for report in reports for name, _ in report.user_properties)
        terminalreporter.write_line(
            f"hostile cases: {right} of {len(reports)} tests right, {made} generated files among them"
        )


def _print_table(terminalreporter, title: str, rows: dict[str, dict[str, str]]) -> None:
    columns = sorted({column for row in rows.values() for column in row})
    wide = max(map(len, rows))
    terminalreporter.section(title)
    terminalreporter.line(" " * wide + "  " + "  ".join(f"{column:>9}" for column in columns))
    for name, row in sorted(rows.items()):
        cells = "  ".join(f"{row.get(column, 'HOLE'):>9}" for column in columns)
        terminalreporter.line(f"{name:<{wide}}  {cells}")
