"""`compare`: several methods, several seeds, one budget, and which differences are more than luck. Lesson 13."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from ..data import Multimodal
from .asking import answers
from .seeds import Scores
from .statistics import LEVEL, Paired, difference_over_seeds, holm, p_text
from .tables import Shown

FAIR = 1.1  # parameter counts within 10% of each other pass as equal


@dataclass(frozen=True)
class Entry:
    """One method: test accuracy over seeds, `epochs` seed -> the epoch chosen on val, `seconds` per training."""

    name: str
    scores: Scores
    epochs: dict[int, int]
    parameters: int
    seconds: float


@dataclass(frozen=True)
class Pair:
    """Method `a` minus method `b`; `p` is corrected for the number of pairs (Holm), `test` as it stands alone."""

    a: str
    b: str
    test: Paired
    p: float

    @property
    def significant(self) -> bool:
        return self.p < LEVEL


@dataclass(frozen=True, repr=False)
class Comparison(Shown):
    """What `compare` found: `entries` by method, `pairs` of all methods, and the trained `models[name][seed]`.

    >>> def linear(seed):
    ...     return mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), keras.layers.Dense(3))
    >>> encoders = {name: keras.layers.Identity() for name in data.modalities}
    >>> found = compare({"linear": linear}, data, seeds=[0, 1], epochs=2)
    >>> [entry.name for entry in found.entries]
    ['linear']
    """

    data: str
    entries: tuple[Entry, ...]
    pairs: tuple[Pair, ...]
    epochs: int
    baseline: float
    ceiling: float | None
    models: dict[str, dict[int, object]] = field(repr=False)

    def entry(self, name: str) -> Entry:
        """The entry of a method."""
        return next(entry for entry in self.entries if entry.name == name)

    def pair(self, a: str, b: str) -> Pair:
        """The pair of two methods, in the order of the entries."""
        return next(pair for pair in self.pairs if {pair.a, pair.b} == {a, b})

    @property
    def scores(self) -> dict[str, Scores]:
        """Method -> its scores, as `plots.scores` takes them."""
        return {entry.name: entry.scores for entry in self.entries}

    def title(self) -> str:
        ceiling = "" if self.ceiling is None else f", ceiling {self.ceiling:.3f}"
        seeds = len(self.entries[0].scores)
        return f"{self.data}, test: {seeds} seeds, {self.epochs} epochs; majority class {self.baseline:.3f}{ceiling}"

    def table(self) -> tuple[list[str], list[list[str]]]:
        rows = []
        for entry in self.entries:
            spread = f"± {entry.scores.spread:.3f}" if len(entry.scores) > 1 else ""
            numbers = [f"{entry.scores.mean:.3f}", spread, f"{entry.parameters:,}", f"{entry.seconds:.1f}"]
            rows.append([entry.name, *numbers, ", ".join(map(str, entry.epochs.values()))])
        return ["", "accuracy", "over seeds", "parameters", "seconds", "epoch chosen"], rows

    def below(self) -> list[str]:
        shown = [pair for pair in self.pairs if pair.significant]
        lines = [f"{p.a} against {p.b}: {p.test.difference:+.3f}, {p_text(p.p)}" for p in shown]
        rest = len(self.pairs) - len(shown)
        lines += [f"{rest} of {len(self.pairs)} differences are not significant"] if rest else []
        if len(self.entries[0].scores) == 1:
            lines.append("one seed: the tests speak of these trained models, not of the methods")
        sizes = {entry.name: entry.parameters for entry in self.entries}
        small, large = min(sizes, key=sizes.get), max(sizes, key=sizes.get)
        if sizes[large] > FAIR * sizes[small]:
            times = sizes[large] / sizes[small]
            lines.append(f"unequal size: {large} has {times:.1f} times the parameters of {small}")
        return lines


def compare(
    models: Mapping[str, Callable[[int], object]],
    data: Multimodal,
    seeds: Sequence[int],
    *,
    epochs: int,
    batch_size: int = 64,
    learning_rate: float = 1e-3,
) -> Comparison:
    """Train each method with each seed under one budget, choose the epoch on val, and compare on test.

    `models`: name -> function of a seed that gives a new, uncompiled Keras classifier of logits. All are trained with
    Adam for as many epochs on the same batches; the weights of the epoch with the best val accuracy are kept.
    Parameters more than 10% apart are said. Every two methods are compared over samples and seeds at once (see
    `difference_over_seeds`), corrected by Holm for the number of pairs. Taught in lesson 13.

    >>> def concatenated(seed):
    ...     encoders = {name: keras.layers.Identity() for name in data.modalities}
    ...     return mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), keras.layers.Dense(3))
    >>> found = compare({"concatenated": concatenated}, data, seeds=[0, 1], epochs=20, learning_rate=0.1)
    >>> all(score > 0.8 for score in found.scores["concatenated"].values())
    True
    """
    from tqdm import tqdm

    if len(models) < 1 or len(set(seeds)) < len(seeds) or not seeds:
        raise ValueError(f"compare needs models and different seeds; got {list(models)} and {list(seeds)}")
    entries, rights, kept = [], {}, {}
    with tqdm(total=len(models) * len(seeds), file=sys.stdout, leave=False) as bar:
        for name, make in models.items():
            bar.set_description(name)
            runs = {}
            for seed in seeds:
                runs[seed] = _train(make, data, seed, epochs, batch_size, learning_rate)
                bar.update()
            kept[name] = {seed: run[0] for seed, run in runs.items()}
            rights[name] = np.stack([answers(model, data.test) == data.test.y for model in kept[name].values()])
            scores = Scores({seed: right.mean() for seed, right in zip(seeds, rights[name], strict=True)})
            seconds = float(np.mean([run[2] for run in runs.values()]))
            chosen = {seed: run[1] for seed, run in runs.items()}
            entries.append(Entry(name, scores, chosen, kept[name][seeds[0]].count_params(), seconds))
    names = list(combinations(models, 2))
    tests = [difference_over_seeds(rights[a], rights[b], data.test.group) for a, b in names]
    corrected = holm([test.p for test in tests])
    pairs = [Pair(*two, test, float(p)) for two, test, p in zip(names, tests, corrected, strict=True)]
    return Comparison(data.name, tuple(entries), tuple(pairs), epochs, data.baseline(), data.ceiling(), kept)


def _train(make, data: Multimodal, seed: int, epochs: int, batch_size: int, learning_rate: float):
    """`(model with the weights of its best epoch on val, that epoch, seconds)`."""
    import keras

    from ..training import compile_defaults, fit

    keras.utils.set_random_seed(seed)
    model = make(seed)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(learning_rate), loss, metrics=["accuracy"], **compile_defaults(model))
    best = keras.callbacks.EarlyStopping("val_accuracy", mode="max", patience=epochs, restore_best_weights=True)
    began = time.perf_counter()
    run = fit(model, data, epochs=epochs, seed=seed, batch_size=batch_size, callbacks=[best], progress=False)
    return model, 1 + int(np.argmax(run.history["val_accuracy"])), time.perf_counter() - began
