"""The manifest of the course, `notebooks/course.toml`: the one list of lessons, and what each needs to run."""

import importlib.util
import os
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from ..files import course_file, in_clone

PARTS = (
    "start",
    "one modality",
    "feature-level fusion",
    "model-level fusion",
    "task-level fusion",
    "across modalities",
    "in practice",
)
FILES = ("lesson.py", "exercises.py", "wrong.py")  # what a lesson's folder must hold


def course_folder(*parts: str) -> Path:
    """Path of a file or folder of the lessons: of this course, or of one like it in the folder `MMCOURSE_COURSE`."""
    elsewhere = os.environ.get("MMCOURSE_COURSE")
    return Path(elsewhere).joinpath(*parts) if elsewhere else course_file(*parts)


def may_build() -> bool:
    """Whether the lessons may be built in place: in a clone, or in a folder of one's own."""
    return in_clone() or "MMCOURSE_COURSE" in os.environ


@dataclass(frozen=True)
class Entry:
    """One lesson of the manifest. `needs`: packages or data sets without which it cannot run."""

    number: str
    name: str
    part: str
    line: str
    data: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    written: bool = True

    @property
    def folder(self) -> str:
        """ "06_linear_fusion": the name of its folder, and of its notebook."""
        return f"{self.number}_{self.name}"

    @property
    def title(self) -> str:
        return f"{self.number} · {self.name.replace('_', ' ')}"

    def absent(self) -> str | None:
        """Why the lesson cannot run here, with what to do; None where it can."""
        from ..data import SETS

        for need in self.needs:
            if need in SETS:
                from ..data.command import state  # looks for downloaded files only when a lesson asks for them

                if (found := state(need)) not in ("embedded", "here"):
                    return f"needs the data set {need} ({found}): run `mmcourse data get {need}`"
            elif importlib.util.find_spec(need) is None:
                return f"needs the package {need}: run pip install 'mmcourse[pretrained]'"
        return None


def entries(manifest: Path | None = None) -> list[Entry]:
    """Every lesson of the manifest in order of number, planned ones (`written` False) included.

    Raises `ValueError`, one sentence, for a manifest that is damaged, names a number twice, has a key or a part that
    nobody knows, or lists a lesson whose folder lacks a file.
    """
    path = manifest or course_folder("notebooks", "course.toml")
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"there is no {path}: install mmcourse again, or work in a whole clone") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from None
    unknown = set(listed) - {"lesson", "planned"}
    if unknown:
        raise ValueError(f"{path.name} has tables [[lesson]] and [[planned]]; got {', '.join(sorted(unknown))}")
    found = [_entry(path, row, kind == "lesson") for kind in ("lesson", "planned") for row in listed.get(kind, [])]
    numbers = [entry.number for entry in found]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        raise ValueError(f"{path.name} has the number {', '.join(twice)} twice; every lesson needs its own")
    for entry in found:
        missing = [name for name in FILES if not (path.parent / "src" / entry.folder / name).is_file()]
        if entry.written and missing:
            raise ValueError(
                f"lesson {entry.number}: notebooks/src/{entry.folder} lacks {', '.join(missing)}; "
                f"a lesson's folder holds {', '.join(FILES)}"
            )
    return sorted(found, key=lambda entry: entry.number)


def _entry(path: Path, row: dict, written: bool) -> Entry:
    known = [field.name for field in fields(Entry) if field.name != "written"]
    required = known[:5] if written else known[:4]
    where = f"{path.name}, lesson {row.get('number', '?')}"
    for what, names in (("unknown key", set(row) - set(known)), ("missing key", set(required) - set(row))):
        if names:
            raise ValueError(f"{where}: {what} {', '.join(sorted(names))}; the keys are {', '.join(known)}")
    if row["part"] not in PARTS:
        raise ValueError(f"{where}: there is no part {row['part']!r}; the parts are {', '.join(PARTS)}")
    lists = {name: tuple(row.get(name, ())) for name in ("data", "needs")}
    return Entry(**{**row, **lists}, written=written)
