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
MOST = 3000  # rows that a model learns from; more make no surer
FOLDS = 3
NEIGHBOURS = {1: "before", -1: "after"}


def shifts(specs: dict[str, Spec], whole: Split, rows: np.ndarray) -> Iterator[Problem]:
    """One problem for each modality that has slipped by a row. `rows` (N,): how the reader calls each sample."""
    for column, (key, spec) in enumerate(specs.items()):
        kind, there = kind_of(spec), there_of(whole, column)
        for step, neighbour in NEIGHBOURS.items():
            other = np.roll(whole.y, step)
            asked = there & (other != whole.y)
            asked[0 if step == 1 else -1] = False
            places = np.flatnonzero(asked)
            places = places[np.linspace(0, len(places) - 1, min(MOST, len(places))).astype(int)]
            if len(places) < FEWEST or len(np.unique(whole.y)) * FOLDS > len(places):
                continue
            says = _says(_features(whole.x[key][places], kind), whole.y[places], other[places])
            fits = (says == other[places]).astype(int) - (says == whole.y[places])
            if (start := slipped(fits)) is not None:
                first = places[start]
                what = (
                    f"from here on {len(rows) - first} {kind or 'number'}s fit the label of the row {neighbour} better "
                    f"than their own ({(fits[start:] > 0).sum()} against {(fits[start:] < 0).sum()}); the first is not certain"
                )
                remedy = "look whether a cell was put in or lost near there, and move the column back"
                yield Problem("shift", key, None, what, remedy, tuple(rows[first:].tolist()))
                break


def slipped(fits: np.ndarray) -> int | None:
    """Where it begins that the neighbour (1) fits better than the row itself (-1), surely and to the end; or None."""
    gains = np.cumsum(fits[::-1])[::-1]
    start = int(gains.argmax())
    weight = np.abs(fits[start:]).sum()
    sure = gains[start] >= SURE * np.sqrt(max(1, weight)) and gains[start] >= WORTH * len(fits[start:])
    return start if sure else None


def _features(array: np.ndarray, kind: str):
    """(N, F) features that cost little: letters of texts, small pictures, loudness by time and pitch, numbers."""
    if kind == "text":
        from sklearn.feature_extraction.text import TfidfVectorizer

        return TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), min_df=2, sublinear_tf=True).fit_transform(array)
    if kind == "picture":
        return look([array])[0][1]
    if kind == "sound":
        pieces = array[:, : array.shape[1] // 16 * 16].reshape(len(array), 16, -1)
        power = np.abs(np.fft.rfft(pieces, axis=2)) ** 2
        bands = [part.sum(axis=2) for part in np.array_split(power, 16, axis=2)]
        return np.log(np.stack(bands, 2).reshape(len(array), -1) + 1e-4)
    return array.reshape(len(array), -1).astype(np.float32)


def _says(features, own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """What a model says of each row, out of fold, after it has learnt both labels of the others."""
    from sklearn.linear_model import RidgeClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    says = np.empty_like(own)
    fold = np.random.default_rng(0).permutation(len(own)) % FOLDS
    for held in range(FOLDS):
        known, new = np.flatnonzero(fold != held), fold == held
        model = make_pipeline(StandardScaler(with_mean=False), RidgeClassifier(len(known)))
        model.fit(features[np.concatenate([known, known])], np.concatenate([own[known], other[known]]))
        says[new] = model.predict(features[new])
    return says
