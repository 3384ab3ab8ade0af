"""A folder of classes as a set, or a zip of one. Taught in lesson 26."""

import os
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from ..multimodal import Multimodal
from .archives import unpacked
from .collect import IMAGE_SIDE, KINDS, SECONDS, Cell, Collector, Row, Sizes
from .paths import checked_path, inside, reason
from .problems import Problem, Unreadable, first, first_line, printable, tell

ENDINGS = {
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"), "image"),
    **dict.fromkeys((".wav", ".flac", ".ogg", ".oga", ".mp3"), "audio"),
    ".txt": "text",
}
KNOWN = ", ".join(ENDINGS)
HIDDEN = (".git", ".ipynb_checkpoints", ".cache", ".thumbnails", ".trash", ".trashes")  # of programs
IGNORED = ("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini")  # of programs, as is whatever starts with a dot
LAYOUT = "expected folder/class/sample.png, .wav or .txt"


def from_folder(
    folder: str | Path,
    *,
    group: Callable[[str], str] | None = None,
    image_side: int = IMAGE_SIDE,
    seconds: float = SECONDS,
    seed: int = 0,
) -> Multimodal:
    """A folder of classes as a set: `folder/class/sample.png`, `.wav` and `.txt` of one name are one sample.

    A `.zip` of such a folder is read the same way; nothing is written beside it. A sample's files may be missing
    (`present`). `group` maps a sample's name to who made it. Otherwise as `from_table`. Raises `ValueError`, also for
    classes that would be lost because they lie elsewhere.

    >>> from pathlib import Path
    >>> for i in range(40):
    ...     path = Path("notes", "good" if i % 2 else "bad", f"{i}.txt")
    ...     path.parent.mkdir(parents=True, exist_ok=True)
    ...     _ = path.write_text(f"this is note number {i}")
    >>> from_folder("notes").classes
    ('bad', 'good')
    """
    path, sizes = checked_path(folder, "a folder or a .zip"), Sizes(image_side, seconds)
    if group is not None and not callable(group):
        raise ValueError(f"group is a function of a sample's name; got {type(group).__name__}")
    if path.suffix.lower() == ".zip" and path.is_file():
        with unpacked(path) as place:
            return tell(_load(place, path.stem, group, sizes, seed))
    if not path.is_dir():
        raise ValueError(f"{path} is no folder; expected one with a subfolder for each class, or a .zip of it")
    try:
        return tell(_load(path, path.resolve().name, group, sizes, seed))
    except OSError as error:
        raise ValueError(f"{error.filename} cannot be read ({reason(error)}); see that it may be opened") from None


def _load(folder: Path, name: str, group: Callable[[str], str] | None, sizes: Sizes, seed: int) -> Multimodal:
    root = _top(folder)
    problems = list(_hidden(root))
    samples = _samples(root, name, problems)
    kinds = {kind: kind for kind in KINDS if any(kind in files for files in samples.values())}
    collector = Collector(kinds, sizes, group is not None, problems=problems, named=True)
    for (label, stem), files in samples.items():
        cells = {kind: _cell(root, files[kind]) for kind in kinds if kind in files}
        collector.add(Row(None, f"{label}/{stem}", label, _made_by(group, stem) if group else None, cells))
    return collector.finish(name, seed)


def _made_by(group: Callable[[str], str], stem: str) -> str | None:
    """The group of a sample, or None for an empty one."""
    try:
        found = group(stem)
    except Exception as error:  # it is the reader's own
        why = f"{type(error).__name__}: {first_line(error)}"
        raise ValueError(f"group failed on the sample {stem!r} ({why}); let it take each name or return ''") from error
    return None if found is None or not str(found).strip() else found


def _top(folder: Path) -> Path:
    """The folder of the class folders: people often pack one more around it."""
    while True:
        entries = [entry for entry in folder.iterdir() if not _ignored(entry.name)]
        if len(entries) != 1 or not _holds_only_folders(entries[0]):
            return folder
        folder = entries[0]


def _holds_only_folders(place: Path) -> bool:
    if place.is_symlink() or not place.is_dir():
        return False
    inner = [entry for entry in place.iterdir() if not _ignored(entry.name)]
    return any(entry.is_dir() for entry in inner) and not any(_kind(entry) for entry in inner if entry.is_file())


def _ignored(name: str) -> bool:
    return name.startswith(".") or name.lower() in IGNORED


def _hidden(root: Path) -> Iterator[Problem]:
    """Folders that are ignored for the dot before their name and may be classes."""
    for place in sorted(root.iterdir()):
        if place.name.startswith(".") and place.name.lower() not in HIDDEN:
            with suppress(OSError):
                if any(_kind(file) and not _ignored(file.name) for file in place.iterdir()):
                    what = "begins with a dot and is left out, though it has pictures, sounds or texts"
                    yield Problem("class", place.name, None, what, "rename it if it is a class")


def _kind(path: Path) -> str | None:
    return ENDINGS.get(path.suffix.lower())


def _samples(root: Path, name: str, problems: list[Problem]) -> dict[tuple[str, str], dict[str, Path]]:
    """(class, stem) -> kind -> file, in order of the names; notes what is no sample, and refuses to lose a class."""
    samples: dict[tuple[str, str], dict[str, Path]] = {}
    deep: dict[str, int] = {}
    used, classes = set(), set()
    for path in _walk(root, problems):
        place, kind = path.relative_to(root), _kind(path)
        label, stem = (printable(unicodedata.normalize("NFC", part)) for part in (place.parts[0], path.stem))
        files = samples.get((label, stem), {})
        if len(place.parts) > 1:
            classes.add(label)
        if kind and len(place.parts) > 2:
            deep[place.parent.as_posix()] = deep.get(place.parent.as_posix(), 0) + 1
        elif kind and len(place.parts) == 2 and kind not in files:
            samples.setdefault((label, stem), files)[kind] = path
            used.add(label)
        else:
            what = f"is a second {kind} of this sample" if kind else f"is of no known kind ({KNOWN})"
            what = "lies beside the class folders" if len(place.parts) == 1 else what
            problems.append(Problem("file", place.as_posix(), None, f"{what}, left out", "move or convert it"))
    if deep:
        place, count = next(iter(deep.items()))
        raise ValueError(
            f"{name}: {sum(deep.values())} files lie too deep, {count} of them in {place}; {LAYOUT}: move them up, or "
            f"pass the folder that holds the classes (train, val and test are drawn here, so put theirs together)"
        )
    if not samples:
        found = first(problems) if problems else "It is empty."
        raise ValueError(f"{name} has no files like class/sample.png, .wav or .txt. {found}")
    if lost := sorted(classes - used):
        raise ValueError(f"{name}: the class {lost[0]!r} has no file of a known kind ({KNOWN}); convert them")
    return dict(sorted(samples.items()))


def _walk(root: Path, problems: list[Problem]) -> Iterator[Path]:
    """Every file below a folder that is not some program's own. Links to folders are not followed, but named."""

    def shut(error: OSError) -> None:
        raise error

    for place, folders, files in os.walk(root, onerror=shut):
        folders[:] = sorted(folder for folder in folders if not _ignored(folder))
        files = sorted(file for file in files if not _ignored(file))
        shown = Path(place).relative_to(root)
        if not folders and not files and Path(place) != root:
            problems.append(Problem("class", shown.as_posix(), None, "is an empty folder", "fill it or remove it"))
        for link in (folder for folder in folders if Path(place, folder).is_symlink()):
            name = (shown / link).as_posix()
            problems.append(Problem("file", name, None, "is a link, left out", "bring the folder itself"))
        yield from (Path(place, file) for file in files)


def _cell(root: Path, path: Path) -> Cell:
    name = path.relative_to(root).as_posix()
    try:
        return Cell(name, inside(root, name))
    except Unreadable as error:
        return Cell(name, error)
