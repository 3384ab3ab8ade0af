"""EMAP: what is left of a model whose modalities may only be added. Taught in lesson 07."""

from dataclasses import dataclass, field

import numpy as np

from ..data import Multimodal, Split
from .asking import as_logits, outputs
from .statistics import Score, share
from .tables import Shown

BYTES = 2**28  # of samples at a time: all pairs of raw sounds or pictures may not fit in memory
BATCH = 2048  # one model sees very many pairs: larger batches than elsewhere save most of the time


@dataclass(frozen=True, repr=False)
class Emap(Shown):
    """A model on n samples beside the sum of one function per modality that comes closest to it.

    `model` and `emap`: the accuracy of both. `logits` (n, classes): the model's; `additive` (n, classes): the sum's.

    >>> found = emap(model, data, n=50)
    >>> found.logits.shape, found.additive.shape
    ((50, 3), (50, 3))
    """

    data: str
    split: str
    model: Score
    emap: Score
    logits: np.ndarray = field(repr=False)
    additive: np.ndarray = field(repr=False)

    def title(self) -> str:
        return f"{self.data}, {self.split}: the model, and what is left of it without interactions"

    def table(self) -> tuple[list[str], list[list[str]]]:
        named = {"the model": self.model, "its closest sum (EMAP)": self.emap}
        rows = [[name, f"{s.value:.3f}", f"{s.low:.3f} to {s.high:.3f}"] for name, s in named.items()]
        return ["", "accuracy", "95% interval"], rows


def emap(model, data: Multimodal, n: int = 300, split: str = "test", seed: int = 0) -> Emap:
    """The empirical multimodally-additive projection of a model of two modalities, on n samples drawn by `seed`.

    With F(a_i, b_j) for the logits of the first modality of sample i with the second of sample j,

        additive_i = (1/n) Σ_j F(a_i, b_j) + (1/n) Σ_j F(a_j, b_i) - (1/n²) Σ_jk F(a_j, b_k)

    Of all sums g(a) + h(b) this is the closest to F in the least squares over the n² pairs. If it answers as well as
    the model, the model has no use for interactions on this data. Of a model that gives probabilities, the logarithms
    are projected. Each sample is seen n times: give features in place of raw samples where you can (`data.map`).

    Raises `ValueError` for another number of modalities than two, for modalities that are missing, and for n below 2
    or above the size of the split. After Hessel and Lee, EMNLP 2020, arXiv:2010.06572. Taught in lesson 07.

    >>> found = emap(model, data, n=50)
    >>> found.emap == found.model  # the model is a sum, and has no use for more
    True
    """
    part = data.split(split)
    if len(data.modalities) != 2:
        raise ValueError(f"emap needs a set of two modalities; {data.name} has {', '.join(data.modalities)}")
    if part.present is not None:
        raise ValueError(f"emap pairs every sample with every other, so that all must be there; {data.name} lacks some")
    if not 2 <= n <= len(part):
        raise ValueError(f"emap needs 2 to {len(part)} samples of {data.name}, {split}; got n={n}")
    part = part.take(np.random.default_rng(seed).permutation(len(part))[:n])
    pairs = as_logits(_on_all_pairs(model, part))  # (n, n, classes): [i, j] is a_i with b_j
    additive = pairs.mean(axis=1) + pairs.mean(axis=0) - pairs.mean(axis=(0, 1))
    logits = pairs[np.arange(n), np.arange(n)]
    right, left = (share(said.argmax(axis=-1) == part.y, part.group) for said in (logits, additive))
    return Emap(data.name, split, right, left, logits, additive)


def _on_all_pairs(model, part: Split) -> np.ndarray:
    (first, a), (second, b) = part.x.items()
    n, said = len(part), []
    rows = max(1, BYTES // (n * (a[:1].nbytes + b[:1].nbytes)))
    for start in range(0, n, rows):
        i, j = np.indices((min(rows, n - start), n)).reshape(2, -1)
        pairs = Split({first: a[start + i], second: b[j]}, part.y[j])
        said.append(outputs(model, pairs, BATCH))
    return np.concatenate(said).reshape(n, n, -1)
