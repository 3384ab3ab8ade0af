"""The wheel alone is enough to take the course: built here, unpacked elsewhere, used from outside the clone."""

import os
import subprocess
import sys

import pytest

from mmcourse.files import course_file, in_clone

pytestmark = pytest.mark.skipif(not in_clone(), reason="a wheel is built from a clone")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the unpacked wheel, and a function that runs Python with it from another folder."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(course_file())]
    subprocess.run(build, check=True, capture_output=True)
    wheel = next(folder.glob("*.whl"))
    site = folder / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()

    def python(*args):
        environment = os.environ | {"PYTHONPATH": str(site)}
        return subprocess.run(
            [sys.executable, *args], cwd=elsewhere, env=environment, capture_output=True, text=True, check=False
        )

    return wheel, site, elsewhere, python


def test_doctor_and_data_from_the_wheel(installed):
    _, site, _, python = installed
    done = python("-c", "import mmcourse, mmcourse.cli as c; print(mmcourse.__file__); c.main(['doctor'])")
    assert done.stdout.startswith(str(site)) and "2000 clips, whole" in done.stdout
    done = python("-c", "import mmcourse as mm; print(mm.load('digits'))")
    assert done.stdout.startswith("Multimodal 'digits'"), done.stderr
    done = python("-c", "import mmcourse as mm; print(mm.evaluation.PITFALLS['MM003'])")
    assert done.stdout.startswith("# MM003 ignores a modality"), done.stderr


def test_lessons_from_the_wheel(installed):
    _, _, elsewhere, python = installed
    done = python("-c", "from mmcourse.lessons.lab import *; print(*put_lessons(Path('mine'))[0])")
    assert "06_linear_fusion.ipynb" in done.stdout and "solutions/06_linear_fusion.ipynb" in done.stdout, done.stderr
    assert (elsewhere / "mine" / "06_linear_fusion.ipynb").is_file()


def test_build_is_refused_outside_a_clone(installed):
    *_, python = installed
    done = python("-m", "mmcourse.cli", "build", "--check")
    assert done.returncode == 2 and "works in a clone" in done.stderr


def test_the_wheel_stays_small(installed):
    assert installed[0].stat().st_size < 12e6


def test_the_metadata_says_what_is_under_which_licence(installed):
    _, site, _, python = installed
    said = python("-m", "pip", "show", "--verbose", "mmcourse").stdout
    facts = dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)
    assert facts["License-Expression"] == "MIT AND CC-BY-4.0 AND CC0-1.0 AND Apache-2.0 AND Unicode-3.0"
    assert facts["Author"] == "mmcourse contributors" and "@" not in said
    assert facts["Summary"].startswith("A course on multimodal learning")
    texts = {path.name for path in site.glob("mmcourse-*.dist-info/licenses/**/*") if path.is_file()}
    assert texts == {"LICENSE", "NOTICE.md", "emoji_notices.txt"}
    notice = (site / "mmcourse" / "_course" / "data" / "digits.md").read_text("utf-8")
    assert "CC BY 4.0" in notice and "CC0" in notice  # and the cards agree
