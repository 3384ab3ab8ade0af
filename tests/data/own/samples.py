"""Pictures, sounds and folders of animals for the tests of a reader's own data."""

import io
import warnings
import wave
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from mmcourse.data import from_table

ANIMALS = ("cow", "hen", "pig")


def tone(seconds=0.2, rate=8000, hertz=440.0, amplitude=0.5):
    """A sine (seconds rate,) float64."""
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def save_wave(path, seconds=0.2, rate=8000, width=2, channels=1, hertz=440):
    """A tone as PCM of 1 to 4 bytes, by the standard library."""
    sound = tone(seconds, rate, hertz)
    scaled = {1: (sound * 127 + 128).astype(np.uint8), 2: (sound * 2**15).astype("<i2")}
    scaled[4] = (sound * 2**31).astype("<i4")
    content = (sound * 2**23).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3] if width == 3 else scaled[width]
    frames = np.repeat(content.reshape(len(sound), -1), channels, axis=0).tobytes()
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(frames)


def painted(number: int, side: int = 24) -> np.ndarray:
    """A picture (side, side, 3) uint8 that looks like no other: strong noise of 8 x 8 spots, red, green or blue.

    The class of `number` is its remainder by 3, and the brightest colour.
    """
    spots = np.random.default_rng(number).integers(0, 120, (8, 8, 3), np.uint8)
    spots[..., number % 3] += 130
    return spots.repeat(side // 8, axis=0).repeat(side // 8, axis=1)


def save_image(path, number: int, side: int = 24, **options) -> None:
    """`painted(number)` as a file."""
    from PIL import Image

    Image.fromarray(painted(number, side)).save(path, **options)


def image_bytes(number: int, kind: str = "PNG") -> bytes:
    """`painted(number)` as the bytes of a file."""
    buffer = io.BytesIO()
    save_image(buffer, number, format=kind)
    return buffer.getvalue()


def farm(folder: Path, count: int = 30, names=ANIMALS) -> Path:
    """A folder of `count` pictures, class by remainder."""
    for i in range(count):
        place = folder / names[i % len(names)]
        place.mkdir(parents=True, exist_ok=True)
        save_image(place / f"{i}.png", i)
    return folder


def farm_table(folder: Path, count: int = 30) -> list[str]:
    """Pictures beside a table, and the lines of the table: `photo,note,animal`."""
    for i in range(count):
        save_image(folder / f"{i}.png", i)
    rows = [f"{i}.png,a note on {i},{ANIMALS[i % 3]}" for i in range(count)]
    return ["photo,note,animal", *rows]


def rows_of(data):
    """All samples of a set as (modality -> value, class)."""
    for name in ("train", "val", "test"):
        split = data.split(name)
        for i in range(len(split)):
            yield {key: array[i] for key, array in split.x.items()}, data.classes[split.y[i]]


def right_colours(data, key="image") -> bool:
    """Whether each picture has the colour of its class, for sets of `painted` pictures of ANIMALS."""
    return all(x[key].mean(axis=(0, 1)).argmax() == ANIMALS.index(label) for x, label in rows_of(data))


@contextmanager
def little_memory(megabytes=300):
    """Any attempt to take more memory than this from here on ends in a MemoryError; only Linux knows how."""
    resource = pytest.importorskip("resource", reason="memory is limited as on Linux")
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + megabytes * 2**20, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


PHOTO = {"photo": "image"}


def quiet(load, *arguments, **options):
    """The set, whose problems are looked at by the test itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return load(*arguments, **options)


def table_of(path, lines, encoding="utf-8", columns=PHOTO, **options):
    path = path / "own.csv"
    path.write_bytes("\n".join(lines).encode(encoding))
    return quiet(from_table, path, columns, label="animal", **options)


def said(problems, *words):
    """The one problem of these whose sentence has all the words."""
    (found,) = [problem for problem in problems if all(word in str(problem) for word in words)]
    return found


def loop_of_links(folder: Path) -> str:
    """Two links that point at each other; the name of one."""
    (folder / "a").symlink_to(folder / "b")
    (folder / "b").symlink_to(folder / "a")
    return "a"


def link_outside(folder: Path) -> str:
    """A link to a picture outside of the folder."""
    (folder.parent / "secret.png").write_bytes(image_bytes(0))
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    return "link.png"
