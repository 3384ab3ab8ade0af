"""Prints the table of layers × contract points after the tests."""

from collections import defaultdict

_RESULTS: dict[str, dict[str, str]] = defaultdict(dict)


def pytest_runtest_logreport(report):
    if "test_contract[" not in report.nodeid or (report.when != "call" and report.passed):
        return
    layer, _, point = report.nodeid.split("test_contract[", 1)[1].removesuffix("]").rpartition("-")
    _RESULTS[layer][point] = {"passed": "ok", "failed": "FAIL", "skipped": "skip"}[report.outcome]


def pytest_terminal_summary(terminalreporter):
    if not _RESULTS:
        return
    points = list(dict.fromkeys(point for row in _RESULTS.values() for point in row))
    wide = max(map(len, _RESULTS))
    terminalreporter.section("layers × contract points")
    terminalreporter.line(" " * wide + "  " + "  ".join(f"{point:>9}" for point in points))
    for layer, row in _RESULTS.items():
        cells = "  ".join(f"{row.get(point, 'HOLE'):>9}" for point in points)
        terminalreporter.line(f"{layer:<{wide}}  {cells}")
