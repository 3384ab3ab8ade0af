"""`out_of_fold`: what models say of samples whose group none of them has seen. Taught in lesson 12."""

import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..data import Multimodal, Split


def out_of_fold(
    fit: Callable[[Multimodal], Callable[[Split], np.ndarray]],
    data: Multimodal,
    *,
    group: np.ndarray | None = None,
    folds: int = 5,
    seed: int = 0,
) -> np.ndarray:
    """An answer (N, C) to every sample of `data.train`, each by a model fitted without the group of that sample.

    `fit(data)` fits a model on the train of the set that it is given (val and test are the whole ones) and returns a
    function from a `Split` of n samples to answers (n, C). It is called `folds` times, with the groups of one fold left
    out each time; folds are scikit-learn's `StratifiedGroupKFold`, drawn by `seed`. `group` (N,): what must not be
    seen, such as the voice of a recording; by default `data.train.group`, and where there is none each sample is alone.

    Raises `ValueError` for fewer groups than folds, for a class that some fold would leave without samples to learn
    from, and for answers that are not (n, C). Source: Wolpert, 1992, doi:10.1016/S0893-6080(05)80023-1. Taught in
    lesson 12.

    >>> label = np.arange(60) % 3
    >>> image = np.eye(3)[label] + np.random.default_rng(0).random((60, 3))
    >>> data = mm.data.from_arrays({"image": image}, label)
    >>> sizes = []
    >>> def fit(fold):
    ...     sizes.append(len(fold.train))
    ...     return lambda part: part.x["image"]  # a model that has nothing to learn
    >>> answers = out_of_fold(fit, data, folds=3)
    >>> answers.shape == (len(data.train), 3), len(sizes), all(size < len(data.train) for size in sizes)
    (True, 3, True)
    """
    part = data.train
    given = part.group if group is None else np.asarray(group)
    units = np.arange(len(part)) if given is None else given
    answers = None
    for rest, held in _folds(data.name, part.y, units, folds, seed):
        said = np.asarray(fit(replace(data, train=part.take(rest)))(part.take(held)))
        if said.ndim != 2 or len(said) != len(held) or (answers is not None and said.shape[1] != answers.shape[1]):
            wanted = f"({len(held)}, {'classes' if answers is None else answers.shape[1]})"
            raise ValueError(f"{data.name}: expected answers {wanted} from what fit gave; got {said.shape}")
        answers = np.zeros((len(part), said.shape[1]), said.dtype) if answers is None else answers
        answers[held] = said
    return answers


def _folds(name: str, y: np.ndarray, units: np.ndarray, folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """(rows to fit on, rows to answer) of each fold, no group in both."""
    try:
        from sklearn.model_selection import StratifiedGroupKFold
    except ImportError:
        raise ImportError("out-of-fold answers need scikit-learn: pip install 'mmcourse[course]'") from None
    groups = len(np.unique(units))
    if len(units) != len(y) or not 2 <= folds <= groups:
        raise ValueError(
            f"{name}: out_of_fold needs a group for each of the {len(y)} training samples, 2 folds or more, and as "
            f"many groups as folds; got {len(units)} samples in {groups} groups, and {folds} folds"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes in few samples; what matters is checked below
        parts = list(StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(y, y, units))
    lost = {label for rest, _ in parts for label in np.setdiff1d(y, y[rest]).tolist()}
    if lost:
        raise ValueError(
            f"{name}: the classes {sorted(lost)} stand in too few groups; some fold would leave none to learn from. "
            "Take fewer folds, or leave these classes out"
        )
    return parts
