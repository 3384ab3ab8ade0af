"""Counts the hostile cases, files and tables that may be anything, in the summary of a test run."""

COUNTED = ("test_hostile", "test_own")


def pytest_terminal_summary(terminalreporter) -> None:
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if report.when == "call" and any(name in report.nodeid for name in COUNTED)
    ]
    if reports:
        right = sum(report.passed for report in reports)
        made = sum(name == "generated hostile file" for report in reports for name, _ in report.user_properties)
        terminalreporter.write_line(
            f"hostile cases: {right} of {len(reports)} tests right, {made} generated files among them"
        )
