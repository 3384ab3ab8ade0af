"""Docstrings of the package as reStructuredText: formulas typeset, fields in a list, papers and lessons as links."""

import inspect
import re
import sys

from formulas import split_formula, tex
from sphinx.util.inspect import signature as sphinx_signature
from sphinx.util.inspect import stringify_signature

from mmcourse.layers.about import FIELDS
from mmcourse.lessons.course import entries

LESSONS = {entry.number: entry for entry in entries()}
PAPERS = (
    (re.compile(r"arXiv:(\d{4}\.\d{4,5})"), r"`arXiv:\1 <https://arxiv.org/abs/\1>`__"),
    (re.compile(r"doi:(10\.\d+/[^\s,;]+?)(?=[.,;)]*(?:\s|$))"), r"`doi:\1 <https://doi.org/\1>`__"),
    (
        re.compile(r"(?<![/\w])((?:openreview\.net|proceedings\.mlr\.press)/[^\s,;]+?)(?=[.,;)]*(?:\s|$))"),
        r"`\1 <https://\1>`__",
    ),
)
FIELD = re.compile(rf"^({'|'.join(FIELDS)}): (?=\S)")
TAUGHT = re.compile(r"(?<=[Ll]esson )\d\d|(?<=[Ll]essons )\d\d(?:(?:, | and )\d\d)*|(?<=^:Lesson: )\d\d")


def process(app, what, name, obj, options, lines: list[str]) -> None:
    """Rewrite the docstring of a public name in place."""
    if what in ("class", "exception", "function"):
        if "esson" not in "\n".join(lines) and (taught := lesson_of_module(obj)):
            lines += ["", taught]
        lines[:] = rewritten(lines)
    elif what != "module":
        lines[:] = [linked(line) for line in lines]


def signature(app, what, name, obj, options, said, returns) -> tuple[str, str] | None:
    """The signature of a class is that of its `__init__`, not of the `__new__` that Keras gives every layer."""
    if what != "class" or "__init__" not in vars(obj):
        return None
    return stringify_signature(sphinx_signature(obj.__init__, bound_method=True), unqualified_typehints=True), returns


def rewritten(lines: list[str]) -> list[str]:
    """A docstring with its first line as a displayed formula, where it is one, and its one-line fields as a list."""
    formula, words = split_formula(lines[0])
    said, _, last = lines[0].partition(": ")
    if formula:
        head = [f".. math:: {tex(formula)}", "", words[:1].upper() + words[1:]]
    elif "Σ" in last:  # words before their formula
        head = [f"{said}:", "", f".. math:: {tex(last.rstrip('.'))}"]
    else:
        head = [linked(lines[0])]
    body, before = [], ""
    for line in lines[1:]:
        if line.startswith("| "):  # a Markdown table: as it stands
            body += ([] if before.startswith("| ") else ["::", ""]) + [f"    {line}"]
            before = line
            continue
        marked = FIELD.sub(r":\1: ", line)
        was, now = ((one.startswith(":"), one.startswith(" ")) for one in (before, marked))
        if before and marked and ((now[0] and not any(was)) or (any(was) and not any(now))):
            body.append("")  # a list begins and ends with an empty line
        body.append(line if line.startswith(">>>") else linked(marked))
        before = marked
    return [*head, *body]


def linked(line: str) -> str:
    """Papers and lessons named in a line, as links; a bar between code spans is just a bar."""
    line = "`".join(part if i % 2 else part.replace("|", r"\|") for i, part in enumerate(line.split("`")))
    for pattern, link in PAPERS:
        line = pattern.sub(link, line)
    titled = line.startswith(":Lesson:")
    return TAUGHT.sub(lambda found: re.sub(r"\d\d", lambda number: _lesson(number[0], titled), found[0]), line)


def lesson_of_module(obj) -> str:
    """The sentence "Taught in lesson NN." of the module that defines `obj`, or nothing."""
    module = sys.modules.get(getattr(obj, "__module__", None))
    match = re.search(r"Lesson \d\d|Taught in lessons? [\d, and]*\d", " ".join((inspect.getdoc(module) or "").split()))
    return f"{match[0]}." if match else ""


def _lesson(number: str, titled: bool) -> str:
    entry = LESSONS[number]
    words = entry.title if titled else number
    return f":doc:`{words} </notebooks/{entry.folder}>`" if entry.written else f"{words} (planned)"
