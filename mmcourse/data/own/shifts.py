"""A column that has slipped: from some row on, what is in it belongs to the row before, or to the next one.

A small model learns the label from the column, of each row and of its neighbour alike, and is asked about rows that it
has not seen. Where from some row to the end it finds the neighbour's label more often than the row's own, the column
has slipped there. Rows with the label of their neighbour say nothing, so a table in order of the classes is not judged.
"""

from collections.abc import Iterator

import numpy as np

from ..splits import Spec, Split
from .copies import kind_of, look, there_of
from .problems import Problem

SURE = 5.0  # standard errors by which the neighbour's labels must fit better
WORTH = 0.1  # of the rows, by which they must
FEWEST = 40  # rows that can be judged
MOST, CLASSES = 1200, 50  # rows that a model learns from, evenly over the table, and classes: it shall take a second
WIDEST = 2048  # features
READ = 500  # letters of a text
LISTENED, PIECES = 16_000, 16  # samples of a sound; pieces of them, and bands of each
FOLDS = 3


def shifts(specs: dict[str, Spec], whole: Split, rows: np.ndarray) -> Iterator[Problem]:
    """One problem for each modality that has slipped by a row. `rows` (N,): how the reader calls each sample."""
    labels = {"own": whole.y, "before": np.roll(whole.y, 1), "after": np.roll(whole.y, -1)}
    for column, (key, spec) in enumerate(specs.items()):
        places = np.flatnonzero(there_of(whole, column)[1:-1]) + 1  # the first row and the last lack a neighbour
        places = places[np.linspace(0, len(places) - 1, min(MOST, len(places))).astype(int)]
        if len(places) < FEWEST or len(np.unique(whole.y)) > CLASSES:
            continue
        says = _says(_features(whole.x[key], places, kind_of(spec)), {name: y[places] for name, y in labels.items()})
        for neighbour in ("before", "after"):
            own, other = whole.y[places], labels[neighbour][places]
            asked = np.flatnonzero(own != other)
            fits = (says[neighbour] == other).astype(int) - (says[neighbour] == own)
            if len(asked) >= FEWEST and (start := slipped(fits[asked])) is not None:
                yield _problem(key, neighbour, fits[asked[start:]], rows[places[asked[start]] :])


def _problem(key: str, neighbour: str, fits: np.ndarray, rows: np.ndarray) -> Problem:
    what = (
        f"from about here to the end {key!r} fits the label of the row {neighbour} better than the row's own "
        f"({(fits > 0).sum()} times against {(fits < 0).sum()})"
    )
    remedy = "look whether a cell was put in or lost near there, and move the column back"
    return Problem("shift", key, None, what, remedy, tuple(rows.tolist()))


def slipped(fits: np.ndarray) -> int | None:
    """Where it begins that the neighbour (1) fits better than the row itself (-1), surely and to the end; or None."""
    gains = np.cumsum(fits[::-1])[::-1]
    start = int(gains.argmax())
    weight = np.abs(fits[start:]).sum()
    sure = gains[start] >= SURE * np.sqrt(max(1, weight)) and gains[start] >= WORTH * len(fits[start:])
    return start if sure else None


def _features(array: np.ndarray, places: np.ndarray, kind: str) -> np.ndarray:
    """(len(places), F) features that cost little: letters of texts, small pictures, loudness by time and pitch."""
    if kind == "text":
        from sklearn.feature_extraction.text import CountVectorizer

        letters = CountVectorizer(analyzer="char_wb", ngram_range=(1, 3), max_features=WIDEST, binary=True)
        texts = [f"{text[:READ]}." for text in array[places].tolist()]  # so that there is a letter
        return letters.fit_transform(texts).toarray().astype(np.float64)
    if kind == "picture":
        step = max(1, min(array.shape[1:3]) // 32)
        return look([array[places, ::step, ::step]])[0][1]
    if kind == "sound" and array.shape[1] >= PIECES**2 * 2:
        waves = array[places, :LISTENED]
        pieces = waves[:, : waves.shape[1] // PIECES * PIECES].reshape(len(waves), PIECES, -1)
        power = np.abs(np.fft.rfft(pieces, axis=2)) ** 2
        bands = [part.sum(axis=2) for part in np.array_split(power, PIECES, axis=2)]
        return np.log(np.concatenate(bands, axis=1) + 1e-4)
    return array.reshape(len(array), -1)[places, :WIDEST].astype(np.float64)


def _says(x: np.ndarray, labels: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """For each neighbour what a ridge regression says of each row, out of fold, knowing the others with both labels.

    To learn each row twice, once with either label, is to learn it once with the mean of the two.
    """
    classes = np.unique(labels["own"])
    one_hot = {name: (y[:, None] == classes).astype(np.float64) for name, y in labels.items()}
    target = np.concatenate([one_hot["own"] + one_hot[name] for name in ("before", "after")], axis=1)
    x = (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-6)
    said = np.empty_like(target)
    fold = np.random.default_rng(0).permutation(len(x)) % FOLDS
    for held in range(FOLDS):
        known, new = x[fold != held], fold == held
        middle = target[fold != held].mean(axis=0)
        weights = np.linalg.solve(known @ known.T + len(known) * np.eye(len(known)), target[fold != held] - middle)
        said[new] = x[new] @ (known.T @ weights) + middle
    before, after = np.split(said, 2, axis=1)
    return {"before": classes[before.argmax(axis=1)], "after": classes[after.argmax(axis=1)]}
