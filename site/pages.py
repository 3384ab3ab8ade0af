"""The pages of the site, for Sphinx to read, made from what is committed.

Nothing runs: notebooks are taken as they were built. Their folders are those of the project, so that links between
lessons, cards and results lead where they lead there.
"""

import contextlib
import inspect
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import choosing
import front
import pitfalls
import teachers

import mmcourse
from mmcourse import cli
from mmcourse.files import course_file
from mmcourse.lessons import solved
from mmcourse.lessons.course import entries

ROOMS = ("layers", "losses", "models", "evaluation", "training", "data", "pretrained")


def write(folder: Path) -> None:
    """Write every page into `folder`; what is there already and stays the same keeps its time, for Sphinx to skip."""
    root, written = Path(folder), set()
    for name, content in pages():
        path = root / name
        written.add(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = content.encode() if isinstance(content, str) else content
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)
    for path in root.rglob("*"):
        if path.is_file() and path not in written:
            path.unlink()


def pages() -> Iterator[tuple[str, str | bytes]]:
    """The path and the content of every page and picture."""
    yield from front.pages()
    for entry in entries():
        for folder in ("notebooks", "notebooks/solutions") if entry.written else ():
            name = f"{folder}/{entry.folder}.ipynb"
            yield name, notebook(course_file(name), solution=folder.endswith("solutions"))
    yield "solutions.md", _index("Solutions", "The same lessons with every exercise solved.", "notebooks/solutions/*")
    for path in sorted(course_file("data").glob("*.md")):
        yield f"data/{path.name}", path.read_text(encoding="utf-8")
    yield (
        "data.md",
        _index("Data", "Each set has a card: its origin, its licence, its known faults.", "data/*"),
    )
    yield from pitfalls.pages()
    for path in sorted(course_file("results").iterdir()):
        if path.suffix in (".md", ".png"):
            yield f"results/{path.name}", path.read_bytes()
    yield "results.md", _index("Results", "What lessons and layers measured.", "results/*")
    yield from reference()
    yield "choosing.rst", choosing.page()
    yield "teachers.md", teachers.page()
    yield "command.md", command()


def notebook(path: Path, solution: bool) -> str:
    """A built notebook; its cells of claims folded, and the alt text of its figures where the site looks for it."""
    book = solved.whole(path) if solution else json.loads(path.read_text(encoding="utf-8"))
    if solution:
        title = book["cells"][0]["source"]
        first = title if isinstance(title, str) else "".join(title)
        head, _, rest = first.partition("\n")
        book["cells"][0]["source"] = f"{head}, solved\n{rest}"
    for cell in book["cells"]:
        if "check" in cell["metadata"].get("tags", []):
            cell["metadata"]["tags"].append("hide-input")
        alts = [
            output["metadata"]["image/png"]["alt"]
            for output in cell.get("outputs", [])
            if "alt" in output.get("metadata", {}).get("image/png", {})
        ]
        if alts:
            cell["metadata"]["mystnb"] = {"render_image_options": {"alt": " ".join(alts)}}
    return json.dumps(book, ensure_ascii=False)


def reference() -> Iterator[tuple[str, str]]:
    """A page for each room with a table of its public names, and a page for each of them."""
    for room in ROOMS:
        module = getattr(mmcourse, room)
        head = module.__doc__.strip().partition("\n\n")[0].partition(" What is here")[0]
        setting = "".join(module.__doc__.strip().partition("In the examples")[1:])
        names = "\n".join(f"   ~mmcourse.{room}.{name}" for name in sorted(module.__all__))
        listing = f".. autosummary::\n   :nosignatures:\n\n{names}\n"
        yield f"reference/{room}.rst", f"{_underlined(room)}{head}\n\n{listing}\n{setting}\n"
        where = f":doc:`mmcourse.{room} </reference/{room}>`" + (
            ", which says what the example begins with" if setting else ""
        )
        for name in module.__all__:
            kind = _kind(getattr(module, name))
            # an orphan: its room's table leads to it, and the bar at the side, which is on every page, stays short
            yield (
                f"reference/names/mmcourse.{room}.{name}.rst",
                f":orphan:\n\n{_underlined(name)}In {where}.\n\n"
                f".. currentmodule:: mmcourse.{room}\n\n.. auto{kind}:: {name}\n",
            )
    rooms = "\n".join(ROOMS)
    words = "Every public name of the package: what it computes, whose idea it is, and an example that a test runs."
    yield "reference/index.md", f"# Reference\n\n{words}\n\n```{{toctree}}\n:maxdepth: 1\n\n{rooms}\n```\n"


def _kind(thing) -> str:
    """What Sphinx calls it."""
    if inspect.isclass(thing):
        return "exception" if issubclass(thing, Exception) else "class"
    return "function" if callable(thing) else "data"


def _underlined(title: str) -> str:
    return f"{title}\n{'=' * len(title)}\n\n"


def command() -> str:
    """What `mmcourse --help` and `mmcourse COMMAND --help` say."""
    os.environ["COLUMNS"] = "100"
    parts = ["# The `mmcourse` command"]
    for argv in [["--help"], *([name, "--help"] for name in cli.COMMANDS)]:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
            cli.main(argv)
        title = f"## {argv[0]}\n\n" if len(argv) > 1 else ""
        parts.append(f"{title}```text\n$ mmcourse {' '.join(argv)}\n{said.getvalue()}```")
    return "\n\n".join(parts) + "\n"


def _index(title: str, words: str, pattern: str) -> str:
    return f"# {title}\n\n{words}\n\n```{{toctree}}\n:glob:\n:maxdepth: 1\n\n{pattern}\n```\n"
