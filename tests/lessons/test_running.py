"""Running lessons: side by side, skipped, failing, interrupted; on lessons made for the purpose."""

import signal
import subprocess
import sys
import time
from argparse import ArgumentTypeError, Namespace
from pathlib import Path

import nbformat
import pytest

from mmcourse.lessons import run
from mmcourse.lessons.kernels import Job, run_all
from tests.lessons import toy


def of(*codes: str, **facts) -> Job:
    cells = [nbformat.v4.new_code_cell(code) for code in codes]
    return Job("99_toy", "99", nbformat.v4.new_notebook(cells=cells), **facts)


CLAIMS = """import json, os, pathlib
claims = [{"sentence": "s", "value": 1, "bound": {"above": 2}, "scores": None, "fault": %s}]
file = pathlib.Path(os.environ["MMCOURSE_RESULTS"]) / "99.json"
file.write_text(json.dumps({"rows": [], "claims": claims}))"""


def test_several_jobs_each_with_its_own_mode_results_and_one_thread():
    tell = "import os; [os.environ.get(k) for k in ('MMCOURSE_FAST', 'MMCOURSE_SEEDS', 'OMP_NUM_THREADS')]"
    ended = []
    jobs = [of(CLAIMS % "None", tell, fast=True), of("1 / 0"), of("import os; os._exit(1)"), of(tell, seeds=(7, 8))]
    run_all(jobs, 4, ended.append)
    good, failing, dying, seeded = jobs
    assert set(map(id, ended)) == set(map(id, jobs))
    assert good.error is None and good.kept["claims"][0]["sentence"] == "s" and run.fault(good) is None
    assert good.notebook.cells[1].outputs[0]["data"]["text/plain"] == "['1', None, '1']"
    assert seeded.notebook.cells[0].outputs[0]["data"]["text/plain"] == "['0', '7,8', '1']"
    assert "1 / 0" in failing.error and "ZeroDivisionError" in failing.error and "\x1b" not in failing.error
    assert dying.error.startswith("the kernel died") and seeded.kept == {}
    assert "makes no claims" in run.fault(seeded)


def test_claims_that_do_not_hold_fail_the_run():
    job = of(CLAIMS % "'it is 1'")
    run_all([job])
    assert run.fault(job) == "1 of 1 claims do not hold\n  it is 1"


def put(course: Path, job: Job, number: str) -> None:
    nbformat.write(job.notebook, course / "notebooks" / f"{number}_toy.ipynb")


def test_the_command_runs_skips_and_names_what_failed(course, capsys):
    toy.course(course, number="98")
    toy.course(course, number="97")
    manifest = course / "notebooks" / "course.toml"
    manifest.write_text(manifest.read_text() + 'needs = ["no_such_package"]\n')  # of 97, the last one
    put(course, of((CLAIMS % "None").replace("99.json", "98.json")), "98")
    put(course, of("value = 1 / 0"), "99")
    assert run.main(Namespace(lessons=[], fast=True, jobs=2)) == 1
    said = capsys.readouterr().out
    assert "98_toy: ok" in said and "99_toy: FAILED" in said and "value = 1 / 0" in said
    assert "skipped: needs the" in said
    (course / "notebooks" / "98_toy.ipynb").unlink()
    with pytest.raises(ValueError, match=r"98_toy.ipynb is missing: run `mmcourse build 98`"):
        run.main(Namespace(lessons=["98"], fast=True, jobs=None))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as on Unix")
def test_ctrl_c_ends_the_run_at_once_with_130_and_no_kernel_stays(course, tmp_path):
    toy.course(course, number="98")
    marks = tmp_path / "marks"
    marks.mkdir()
    waits = f"import os, time, pathlib; pathlib.Path({str(marks)!r}, str(os.getpid())).touch(); time.sleep(300)"
    for number in ("98", "99"):
        put(course, of(waits), number)
    command = [sys.executable, "-m", "mmcourse.cli", "run", "--jobs", "1"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # pytest-xdist ignores it, and so would this
    )
    until(lambda: list(marks.iterdir()), 60)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 130 and "memory" not in said and "Traceback" not in said, said
    (kernel,) = marks.iterdir()  # the second lesson was not begun
    until(lambda: not alive(int(kernel.name)), 20)


def until(what, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def alive(process: int) -> bool:
    import psutil

    return psutil.pid_exists(process) and psutil.Process(process).status() != psutil.STATUS_ZOMBIE


def test_jobs_is_a_whole_number():
    assert run.at_least_one("3") == 3
    for text in ("0", "-1", "two"):
        with pytest.raises(ArgumentTypeError, match="whole number from 1 on"):
            run.at_least_one(text)
