"""Words to numbers: a vocabulary fitted on training captions. Taught in lesson 02."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

PADDING, UNKNOWN = 0, 1
LONGEST = 10_000  # characters of a text; longer ones are a mistake or an attack
_WORD = re.compile(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+|[^\w\s]")


def split_words(text: str) -> list[str]:
    """Lower-case words, Chinese characters and punctuation marks of a text, in order."""
    return _WORD.findall(text.lower())


@dataclass(frozen=True)
class Vocabulary:
    """Words and their ids: 0 is padding, 1 any unknown word, then the words by frequency, ties by alphabet."""

    words: tuple[str, ...]

    @classmethod
    def fit(cls, texts: Iterable[str], size: int | None = None) -> "Vocabulary":
        """The vocabulary of some texts, the training texts and no others; of at most `size` entries."""
        counts = Counter(word for text in texts for word in split_words(text))
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(("", "[unknown]", *ranked)[:size])

    def encode(self, texts: Iterable[str], length: int) -> np.ndarray:
        """(N,) texts to (N, length) int32 ids, cut or padded with 0 at the end."""
        ids = np.zeros((len(texts), length), np.int32)
        for row, text in zip(ids, texts, strict=True):
            found = [self._ids.get(word, UNKNOWN) for word in split_words(text)][:length]
            row[: len(found)] = found
        return ids

    def decode(self, ids: np.ndarray) -> str:
        """The words of one row of ids, without the padding."""
        return " ".join(self.words[i] for i in np.asarray(ids).tolist() if i != PADDING)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.words) if i > UNKNOWN}
