"""`compare`: several methods, several seeds, one budget, and which differences are more than luck. Lesson 13."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import combinations

import numpy as np

from ..data import Multimodal
from .asking import answers
from .seeds import Scores
from .statistics import LEVEL, Paired, difference_over_seeds, holm, p_text
from .tables import Shown

FAIR = 0.05  # parameter counts within 5% of each other pass as equal


@dataclass(frozen=True)
class Entry:
    """One method: test accuracy over seeds, the learning `rate` chosen on val, `seconds` per training."""

    name: str
    scores: Scores
    rate: float
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

    `right[name]` (S, N) bool: whether the model of each seed was right on each test sample.

    >>> def linear(train, data):
    ...     encoders = {name: keras.layers.Identity() for name in data.modalities}
    ...     return train(lambda: mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), keras.layers.Dense(3)), data)
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
    right: dict[str, np.ndarray] = field(repr=False)

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
            rows.append([entry.name, *numbers, f"{entry.rate:g}"])
        return ["", "accuracy", "over seeds", "parameters", "seconds", "rate chosen"], rows

    def below(self) -> list[str]:
        shown = [pair for pair in self.pairs if pair.significant]
        lines = [f"{p.a} against {p.b}: {p.test.difference:+.3f}, {p_text(p.p)}" for p in shown]
        rest = len(self.pairs) - len(shown)
        lines += [f"{rest} of {len(self.pairs)} differences are not significant"] if rest else []
        if len(self.entries[0].scores) == 1:
            lines.append("one seed: the tests speak of these trained models, not of the methods")
        sizes = {entry.name: entry.parameters for entry in self.entries}
        small, large = min(sizes, key=sizes.get), max(sizes, key=sizes.get)
        if sizes[large] > (1 + FAIR) * sizes[small]:
            times = sizes[large] / sizes[small]
            lines.append(f"unequal size: {large} has {times:.1f} times the parameters of {small}")
        return lines


def compare(
    methods: Mapping[str, Callable],
    data: Multimodal,
    seeds: Sequence[int],
    *,
    epochs: int,
    batch_size: int = 64,
    learning_rates: Sequence[float] = (1e-3, 3e-3, 1e-2),
) -> Comparison:
    """Train each method with each seed under one budget, choose its learning rate on val, and compare on test.

    `methods`: name -> function `method(train, data)` that gives a trained classifier. `train(make, data)` is
    `mmcourse.training.train` with the budget filled in: seed, epochs, batch size, and one of the rates; late fusion
    calls it once for each modality. With the first seed each method is trained with every rate, and the one that is
    right most often on val (of equals the first) is its rate for all seeds. Parameters more than 5% apart are said.
    Every two methods are compared over samples and seeds at once (see `difference_over_seeds`), corrected by Holm for
    the number of pairs. Taught in lesson 13.

    >>> def concatenated(train, data):
    ...     encoders = {name: keras.layers.Identity() for name in data.modalities}
    ...     return train(lambda: mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), keras.layers.Dense(3)), data)
    >>> found = compare({"concatenated": concatenated}, data, seeds=[0, 1], epochs=20, learning_rates=[0.01, 0.1])
    >>> all(score > 0.8 for score in found.scores["concatenated"].values())
    True
    """
    from tqdm import tqdm

    from ..training import train

    if not methods or not learning_rates or len(set(seeds)) < len(seeds) or not seeds:
        raise ValueError(
            f"compare needs methods, different seeds and learning rates; got {list(methods)}, {list(seeds)} and "
            f"{list(learning_rates)}"
        )
    entries, right, kept = [], {}, {}
    budget, trainings = {"epochs": epochs, "batch_size": batch_size}, len(learning_rates) + len(seeds) - 1
    with tqdm(total=len(methods) * trainings, file=sys.stdout, leave=False) as bar:
        for name, method in methods.items():
            bar.set_description(name)

            def trained(rate, seed, method=method):
                model = method(partial(train, learning_rate=rate, seed=seed, **budget), data)
                bar.update()
                return model

            began = time.perf_counter()
            tried = [trained(rate, seeds[0]) for rate in learning_rates]
            best = int(np.argmax([np.mean(answers(model, data.val) == data.val.y) for model in tried]))
            rate = learning_rates[best]
            kept[name] = {seeds[0]: tried[best]} | {seed: trained(rate, seed) for seed in seeds[1:]}
            seconds = (time.perf_counter() - began) / trainings
            right[name] = np.stack([answers(model, data.test) == data.test.y for model in kept[name].values()])
            scores = Scores({seed: one.mean() for seed, one in zip(seeds, right[name], strict=True)})
            entries.append(Entry(name, scores, rate, kept[name][seeds[0]].count_params(), seconds))
    names = list(combinations(methods, 2))
    tests = [difference_over_seeds(right[a], right[b], data.test.group) for a, b in names]
    corrected = holm([test.p for test in tests])
    pairs = [Pair(*two, test, float(p)) for two, test, p in zip(names, tests, corrected, strict=True)]
    return Comparison(data.name, tuple(entries), tuple(pairs), epochs, data.baseline(), data.ceiling(), kept, right)


def matched_width(count: Callable[[int], int], parameters: int, largest: int = 1024) -> int:
    """The width at which a model comes nearest to a number of parameters: `count(width)` grows with the width.

    Raises `ValueError` where no width from 1 to `largest` comes within 5%. Taught in lesson 13.

    >>> matched_width(lambda width: 20 * width + 3, 1000)  # 1003 parameters
    50
    """
    known, low, high = cache(count), 1, largest
    while high - low > 1:  # where the count is a line, as with one hidden layer, the second guess is the last
        guess = low + (parameters - known(low)) * (high - low) // max(1, known(high) - known(low))
        middle = min(max(guess, low + 1), high - 1)
        low, high = (middle, high) if known(middle) < parameters else (low, middle)
    width = min((low, high), key=lambda width: abs(known(width) - parameters))
    if abs(known(width) - parameters) > FAIR * parameters:
        raise ValueError(
            f"no width gives {parameters:,} parameters within {FAIR:.0%}: width {width} has {known(width):,}; choose "
            "another number, or another form of the model"
        )
    return width
