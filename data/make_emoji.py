"""Make `emoji.npz`: 1572 symbols drawn by two artists at 32 x 32, with names and keywords in English and Chinese.

Needs npm, Pillow and tqdm. Run once: `python data/make_emoji.py [FOLDER]`; archives that are in FOLDER already are not
fetched again. What is taken from each package, and under which licence, is in `emoji_notices.txt`.

Symbols that are variants of one another are one family, so that none can be in train while its twin is in test.
"""

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

ARTISTS = {"noto": ("emoji-datasource-google", "google"), "twemoji": ("emoji-datasource-twitter", "twitter")}
PICTURES, NAMES = "16.0.0", "48.2.0"  # versions of the packages
LANGUAGES = ("en", "zh")
LEFT_OUT = ("Flags", "Component")  # flags of countries, and skin tones that stand for nothing by themselves
SIDE, COLOURS = 32, 256
PEOPLE = {"1F466", "1F467", "1F468", "1F469", "1F9D1", "1F9D2", "2640", "2642", "200D", "FE0F"}
VARIANT = re.compile(
    r"\b(wo)?m[ae]n\b|\b(person|people|boy|girl|child|old|older|red|orange|yellow|green|(light )?blue|purple|pink|brown"
    r"|black|white|grey)\b|(?<=keycap).*"
)
HOUR = re.compile(r"[a-z]+(-thirty| o’clock)")
ALIKE = 15.0  # root mean square difference of two pictures, of 255, below which they are one family


def archive(folder: Path, name: str, version: str) -> tarfile.TarFile:
    path = folder / f"{name}-{version}.tgz"
    if not path.exists():
        subprocess.run(["npm", "pack", f"{name}@{version}"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return tarfile.open(path)


def member(package: tarfile.TarFile, name: str) -> bytes:
    return package.extractfile(f"package/{name}").read()


def annotations(folder: Path) -> dict[str, dict]:
    """Language -> character -> {"tts": [name], "default": [keywords]}."""
    with archive(folder, "cldr-annotations-full", NAMES) as package:
        files = {code: json.loads(member(package, f"annotations/{code}/annotations.json")) for code in LANGUAGES}
    return {code: file["annotations"]["annotations"] for code, file in files.items()}


def symbols(folder: Path) -> list[dict]:
    """Every symbol that both artists drew and both languages name, in the usual order."""
    words = annotations(folder)
    with archive(folder, *(ARTISTS["noto"][0], PICTURES)) as package:
        entries = sorted(json.loads(member(package, "emoji.json")), key=lambda entry: entry["sort_order"])
    found = []
    for entry in entries:
        text = "".join(chr(int(code, 16)) for code in entry["unified"].split("-"))
        keys = [key for key in (text, text.replace("\ufe0f", "")) if all(key in words[code] for code in LANGUAGES)]
        drawn = entry["has_img_google"] and entry["has_img_twitter"]
        if keys and drawn and entry["category"] not in LEFT_OUT:
            found.append(entry | {code: words[code][keys[0]] for code in LANGUAGES})
    return found


def pictures(folder: Path, artist: str, entries: list[dict]) -> np.ndarray:
    """(N, 32, 32, 3) uint8, on white."""
    package_name, directory = ARTISTS[artist]
    tiles = []
    with archive(folder, package_name, PICTURES) as package:
        content = {item.name: package.extractfile(item).read() for item in tqdm(package, desc=artist) if item.isfile()}
    for entry in entries:
        drawn = Image.open(io.BytesIO(content[f"package/img/{directory}/64/{entry['image']}"])).convert("RGBA")
        paper = Image.new("RGBA", drawn.size, "white")
        paper.alpha_composite(drawn)
        tiles.append(np.asarray(paper.convert("RGB").reduce(drawn.width // SIDE)))
    return np.array(tiles)


def indexed(tiles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pictures as indices (N, 32, 32) into one palette (256, 3) for all of them."""
    sheet = Image.fromarray(tiles.reshape(-1, SIDE, 3))
    sheet = sheet.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE)
    return np.asarray(sheet).reshape(tiles.shape[:3]), np.array(sheet.getpalette(), np.uint8).reshape(-1, 3)


def families(entries: list[dict], sheets: list[np.ndarray]) -> np.ndarray:
    """(N,) the number of each symbol's family.

    One family are symbols whose codes differ in the person only, whose English names differ in person, age, colour,
    hour or key only, and symbols that an artist drew almost alike.
    """
    parent = list(range(len(entries)))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    keys: dict[tuple, int] = {}
    for i, entry in enumerate(entries):
        code = "-".join(part for part in entry["unified"].split("-") if part not in PEOPLE)
        name = " ".join(VARIANT.sub(" ", HOUR.sub("hour", entry["en"]["tts"][0])).split())
        for key in (("code", code), ("name", name)):
            parent[root(i)] = root(keys.setdefault(key, i))
    for tiles in sheets:
        for i, j in zip(*np.nonzero(np.triu(differences(tiles) < ALIKE, 1)), strict=True):
            parent[root(i)] = root(j)
    return np.unique([root(i) for i in range(len(entries))], return_inverse=True)[1]


def differences(tiles: np.ndarray) -> np.ndarray:
    """Root mean square difference of every two pictures, (N, N), of 255."""
    flat = tiles.reshape(len(tiles), -1).astype(np.float64)
    squares = (flat**2).sum(axis=1)
    return np.sqrt(np.maximum(0, squares[:, None] + squares - 2 * flat @ flat.T) / flat.shape[1])


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else scratch)
        entries = symbols(folder)
        drawn = {artist: pictures(folder, artist, entries) for artist in ARTISTS}
    arrays = {"family": families(entries, list(drawn.values())).astype(np.uint16)}
    for artist, tiles in drawn.items():
        arrays[artist], arrays[f"{artist}_palette"] = indexed(tiles)
    for field in ("unified", "category", "subcategory"):
        arrays[field] = np.array([entry[field] for entry in entries])
    for code in LANGUAGES:
        arrays[f"name_{code}"] = np.array([entry[code]["tts"][0] for entry in entries])
        arrays[f"keywords_{code}"] = np.array([" | ".join(entry[code]["default"]) for entry in entries])
    path = Path(__file__).with_name("emoji.npz")
    np.savez_compressed(path, **arrays)
    _, sizes = np.unique(arrays["family"], return_counts=True)
    print(f"{len(entries)} symbols, {len(sizes)} families, the largest of {sizes.max()}")
    print(f"{path.stat().st_size / 1e6:.2f} MB, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
