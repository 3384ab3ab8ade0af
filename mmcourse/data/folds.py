"""Three splits of a reader's own samples: groups stay whole, classes stay in proportion. Taught in lesson 16."""

import warnings

import numpy as np

FOLDS = 5  # one for test, one for val, three for train


def split_rows(
    y: np.ndarray, groups: np.ndarray | None, seed: int, names: tuple[str, ...] | None = None
) -> dict[str, np.ndarray]:
    """Rows of train (3/5), val (1/5) and test (1/5), by scikit-learn's stratified (group) folds.

    `y` (N,): whole numbers are classes and are stratified, floats are not. `groups` (N,): no group is in two splits.
    `names`: of the classes, for messages.
    Raises `ValueError` for a class in fewer than 5 samples or groups, and for fewer than 5 groups.
    """
    try:
        from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold
    except ImportError:
        raise ImportError("splits need scikit-learn: pip install 'mmcourse[course]'") from None
    classes = y.dtype.kind in "iu"
    units = np.arange(len(y)) if groups is None else np.asarray(groups)
    _check(y, units, names) if classes else _check(np.zeros(len(y), int), units, ("all",))
    grouped = groups is not None
    kind = {
        (True, True): StratifiedGroupKFold,
        (True, False): StratifiedKFold,
        (False, True): GroupKFold,
        (False, False): KFold,
    }[classes, grouped]
    folds = kind(FOLDS, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes in few members: checked above, by groups
        parts = [np.sort(test) for _, test in folds.split(y, y, units if grouped else None)]
    rows = {"train": np.sort(np.concatenate(parts[2:])), "val": parts[1], "test": parts[0]}
    unseen = np.setdiff1d(y, y[rows["train"]]) if classes else []
    if len(unseen) or not all(len(part) for part in rows.values()):
        raise ValueError(
            f"no split by these groups leaves every class in train ({len(unseen)} would be missing) and no split "
            "empty; collect more groups, or pass smaller ones"
        )
    return rows


def _check(y: np.ndarray, units: np.ndarray, names: tuple[str, ...] | None) -> None:
    if len(np.unique(units)) < FOLDS:
        raise ValueError(f"three splits need {FOLDS} samples or groups or more, got {len(np.unique(units))}")
    pairs = np.unique(np.stack([y, np.unique(units, return_inverse=True)[1]]), axis=1)[0]
    small = [
        (label, count) for label, count in zip(*np.unique(pairs, return_counts=True), strict=True) if count < FOLDS
    ]
    if small:
        called = [" ".join(str(names[label] if names else label).split())[:40] for label, _ in small[:5]]
        shown = ", ".join(f"{name} in {count}" for name, (_, count) in zip(called, small[:5], strict=True))
        raise ValueError(
            f"{len(small)} of {len(np.unique(y))} classes are too small: {shown}; {FOLDS} samples or groups are "
            "needed to have a class in every split. Collect more, merge it with another class, or leave it out"
        )
