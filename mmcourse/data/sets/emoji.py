"""`emoji`: small drawings with their names, by two artists and in two languages. Taught in lessons 16, 18 and 28.

Drawings and names are those of `data/emoji.npz`; where they come from, and under which licences, is on the card.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from ...files import course_file, verified_arrays
from ..making.drawing_features import drawing_features
from ..multimodal import Multimodal
from ..splits import SPLITS, Spec, Split

BANK = "emoji.npz"
BANK_SHA256 = "79674b291a36df4a50e552a08a3d413c56ff0c2aaca9dfca91e744daa1cc9a43"
ARTISTS, LANGUAGES, TASKS = ("noto", "twemoji"), ("en", "zh"), ("category", "pairs")
FEATURES = (False, True, "image")
SIDE = 32
ENDS = {"train": 0.7, "val": 0.8, "test": 1.0}  # how much of a category has been given away after each split
COMPONENTS = 64  # of the image features


@dataclass(frozen=True)
class Symbols:
    """The bank, 1572 rows. `image`: artist -> (N, 32, 32, 3) uint8; `name` and `keywords`: language -> (N,) str."""

    image: dict[str, np.ndarray]
    name: dict[str, np.ndarray]
    keywords: dict[str, np.ndarray]
    category: np.ndarray
    subcategory: np.ndarray
    family: np.ndarray


def load(
    *, task: str = "category", artist: str = "noto", language: str = "en", features: bool | str = False, seed: int = 0
) -> Multimodal:
    """1572 drawings (32, 32, 3) uint8 with their names (str).

    `task="category"`: the label is one of 8 categories, the text is the name. `task="pairs"`: the label is the symbol
    itself, for retrieval; the text is the name and the keywords. `artist` "noto" or "twemoji", `language` "en" or "zh".
    `seed` decides which families of symbols are in train (70%), val (10%) and test (20%) and nothing else, so the same
    seed with another artist or language gives the same symbols in the same order: train on one artist's drawings, and
    test on `load("emoji", artist="twemoji").test`. No family is in two splits.

    `features=True` gives frozen features instead: image (64,), hand-made and reduced, and text (W,), TF-IDF over the
    words of the names, in Chinese over their characters; float32. All of it is fitted on the train rows of `noto`,
    whichever artist is asked for. `features="image"` leaves the names as they are, for another encoder of text:
    `load("emoji", features="image").map({"text": mm.pretrained.WordVectors()})` is pretrained word vectors, (256,).
    `targets`: symbol (row in the bank), subcategory and keywords (str).
    """
    for name, value, choice in (
        ("task", task, TASKS),
        ("artist", artist, ARTISTS),
        ("language", language, LANGUAGES),
        ("features", features, FEATURES),
    ):
        if value not in choice:
            raise ValueError(f"{name} must be {' or '.join(map(repr, choice))}, got {value!r}")
    symbols = read_symbols()
    classes, label = np.unique(symbols.category, return_inverse=True)
    text = symbols.name[language]
    if task == "pairs":
        classes, label = symbols.name["en"], np.arange(len(text))
        text = _with_keywords(text, symbols.keywords[language])
    rows = split_families(symbols, seed)
    x = {"image": symbols.image[artist], "text": text}
    specs = {
        "image": Spec((SIDE, SIDE, 3), "uint8", "brightness, 0 to 255", f"a drawing by {artist}"),
        "text": Spec((), "str", "words", f"what it is called ({language})"),
    }
    made = {}
    if features:
        made["image"] = image_features(artist, rows["train"])
    if features and features != "image":
        made["text"] = text_features(text, rows["train"], language)
    x |= made
    specs |= {name: Spec(made[name].shape[1:], "float32", "feature", f"of {specs[name].description}") for name in made}
    targets = {
        "symbol": np.arange(len(label)),
        "subcategory": symbols.subcategory,
        "keywords": symbols.keywords[language],
    }
    whole = Split(x, label, symbols.family, targets=targets)
    return Multimodal(
        name="emoji",
        modalities=specs,
        card=course_file("data", "emoji.md").read_text(encoding="utf-8"),
        classes=tuple(classes.tolist()),
        **{name: whole.take(rows[name]) for name in SPLITS},
    )


def read_symbols() -> Symbols:
    """Read and verify the bank."""
    arrays = verified_arrays(course_file("data", BANK), BANK_SHA256, "the bank of drawings")
    return Symbols(
        {artist: arrays[f"{artist}_palette"][arrays[artist]] for artist in ARTISTS},
        {language: arrays[f"name_{language}"] for language in LANGUAGES},
        {language: arrays[f"keywords_{language}"] for language in LANGUAGES},
        arrays["category"],
        arrays["subcategory"],
        arrays["family"].astype(np.int64),
    )


def split_families(symbols: Symbols, seed: int) -> dict[str, np.ndarray]:
    """Rows of each split: the families of every category, in random order, until a split has its share of it."""
    rng = np.random.default_rng(seed)
    _, first, family, size = np.unique(symbols.family, return_index=True, return_inverse=True, return_counts=True)
    place = np.empty(len(size))
    for category in np.unique(symbols.category):
        own = rng.permutation(np.flatnonzero(symbols.category[first] == category))
        place[own] = (np.cumsum(size[own]) - size[own] / 2) / size[own].sum()
    part = np.searchsorted(list(ENDS.values()), place)[family]
    return {name: np.flatnonzero(part == index) for index, name in enumerate(SPLITS)}


@cache
def _drawn(artist: str) -> np.ndarray:
    return drawing_features(read_symbols().image[artist])


def image_features(artist: str, train: np.ndarray) -> np.ndarray:
    """(N, 64) float32: `drawing_features`, standardised, then 64 components, all by the rows `train` of `noto`."""
    try:
        from sklearn.decomposition import PCA
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        raise ImportError("features need scikit-learn: pip install 'mmcourse[course]'") from None
    fitted = make_pipeline(StandardScaler(), PCA(COMPONENTS, svd_solver="full"))
    scale = fitted.fit_transform(_drawn("noto")[train]).std()
    return (fitted.transform(_drawn(artist)) / scale).astype(np.float32)


def text_features(texts: np.ndarray, train: np.ndarray, language: str) -> np.ndarray:
    """(N, W) float32: TF-IDF of the words in the rows `train`; for Chinese of its characters and pairs of them."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError:
        raise ImportError("features need scikit-learn: pip install 'mmcourse[course]'") from None
    units = {"analyzer": "char", "ngram_range": (1, 2)} if language == "zh" else {}
    fitted = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **units).fit(texts[train])
    return fitted.transform(texts).toarray()


def _with_keywords(names: np.ndarray, keywords: np.ndarray) -> np.ndarray:
    texts = []
    for name, words in zip(names.tolist(), keywords.tolist(), strict=True):
        others = [word for word in words.split(" | ") if word != name]
        texts.append(f"{name}: {', '.join(others)}" if others else name)
    return np.array(texts)
