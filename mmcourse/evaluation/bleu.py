"""How many of the word sequences of a caption are in a reference? BLEU-4. Lesson 19."""

import math
from collections import Counter
from collections.abc import Sequence

from ..data.text import split_words

LONGEST = 4


def bleu(captions: Sequence[str], references: Sequence[str | Sequence[str]]) -> float:
    """BLEU-4 of all captions as one text, from 0 to 1.

        BLEU = exp(min(0, 1 - r / c)) · (p_1 p_2 p_3 p_4)^(1/4)

    p_n: the share of the captions' sequences of n words that are in a reference, each counted at most as often as the
    reference that has it most often; c: the words of all captions, r: those of the references nearest in length, of two
    as near the shorter. Without smoothing: 0 where no sequence of four is found. Words are those of `split_words`,
    lower case, punctuation apart.

    `references`: for each caption a text or several. Raises `ValueError` for no captions, or a caption without a
    reference. Source: Papineni et al., 2002, doi:10.3115/1073083.1073135. Taught in lesson 19.

    >>> round(bleu(["a red ring at the top"], ["a red ring at the bottom"]), 3)  # (5/6 · 4/5 · 3/4 · 2/3)^(1/4)
    0.76
    """
    if isinstance(captions, str) or not len(captions) or len(captions) != len(references):
        raise ValueError(
            "expected captions, one or more, and as many references; "
            f"got {type(captions).__name__} of {len(captions)} and {len(references)}"
        )
    found, every, length, wanted = Counter(), Counter(), 0, 0
    for caption, texts in zip(captions, references, strict=True):
        said = split_words(caption)
        known = [split_words(text) for text in ([texts] if isinstance(texts, str) else texts)]
        if not known:
            raise ValueError(f"expected one or more references for each caption; {caption!r} has none")
        length += len(said)
        wanted += min((abs(len(text) - len(said)), len(text)) for text in known)[1]
        for n in range(1, LONGEST + 1):
            most = Counter()
            for text in known:
                most |= _sequences(text, n)
            own = _sequences(said, n)
            found[n] += (own & most).total()
            every[n] += own.total()
    if not all(found[n] for n in range(1, LONGEST + 1)):
        return 0.0
    precision = sum(math.log(found[n] / every[n]) for n in range(1, LONGEST + 1)) / LONGEST
    return math.exp(min(0.0, 1 - wanted / length) + precision)


def _sequences(words: list[str], n: int) -> Counter:
    return Counter(zip(*(words[i:] for i in range(n)), strict=False))
