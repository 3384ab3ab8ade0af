"""Texts that are something else: names of files that were not opened, numbers that were kept as text."""

import re
from collections.abc import Iterator

import numpy as np

from ..splits import Spec, Split
from .problems import Problem

MOST = 0.9  # of the texts that are not empty
FEWEST = 8  # of them
READ = 200  # letters of a text: neither a name nor a number is longer
KINDS = {
    r"\S+\.(png|jpe?g|bmp|gif|webp|tiff?|wav|flac|og[ga]|mp3|txt)": (
        "are names of files, which nobody opens",
        "load pictures and sounds with from_table, and write the text itself into the cell",
    ),
    r"[-+]?\d+([.,]\d+)?(e[-+]?\d+)?": (
        "are numbers written as text",
        "pass them to from_arrays as numbers, with a decimal point: .astype(float)",
    ),
}


def odd_texts(specs: dict[str, Spec], whole: Split, rows: np.ndarray) -> Iterator[Problem]:
    """One problem for each modality whose texts are nearly all names of files, or all numbers."""
    for key in (key for key, spec in specs.items() if spec.dtype == "str"):
        texts = [text[: READ + 1] for text in whole.x[key].tolist()]
        count = sum(text != "" for text in texts)
        for pattern, (says, remedy) in KINDS.items():
            odd = np.array([len(text) <= READ and bool(re.fullmatch(pattern, text, re.IGNORECASE)) for text in texts])
            if count >= FEWEST and odd.sum() >= MOST * count:
                example = texts[int(odd.argmax())][:40]
                what = f"{odd.sum()} of the {count} texts {says}, such as {example!r}"
                yield Problem("text", key, None, what, remedy, tuple(rows[odd].tolist()))
