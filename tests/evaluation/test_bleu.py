"""BLEU-4 against counts by hand and against the formula with lists and loops."""

import numpy as np
import pytest

from mmcourse.evaluation import bleu


def by_lists(captions, references):
    """Papineni et al., section 2: each sequence is crossed off in the reference that has most of it."""
    right, every = [0] * 5, [0] * 5
    c = r = 0
    for caption, texts in zip(captions, references, strict=True):
        said, texts = caption.split(), [text.split() for text in texts]
        c += len(said)
        r += sorted((abs(len(text) - len(said)), len(text)) for text in texts)[0][1]
        for n in range(1, 5):
            own = [said[i : i + n] for i in range(len(said) - n + 1)]
            every[n] += len(own)
            for one in {tuple(each) for each in own}:
                there = max(sum(text[i : i + n] == list(one) for i in range(len(text))) for text in texts)
                right[n] += min(own.count(list(one)), there)
    if 0 in right[1:]:
        return 0.0
    precision = np.prod([right[n] / every[n] for n in range(1, 5)]) ** 0.25
    return precision * min(1, np.exp(1 - r / c))


def test_it_is_the_formula_over_random_texts_with_one_to_three_references():
    rng, positive = np.random.default_rng(0), 0

    def text():
        return " ".join(rng.choice(list("abc"), rng.integers(1, 16)))

    for _ in range(200):
        many, several = rng.integers(1, 5), rng.integers(1, 4)
        captions, references = [text() for _ in range(many)], [[text() for _ in range(several)] for _ in range(many)]
        expected = by_lists(captions, references)
        assert bleu(captions, references) == pytest.approx(expected, abs=1e-12)
        positive += 0 < expected < 1
    assert positive > 30, "most were 0 or 1: they could not tell"


def test_counts_by_hand():
    """Eight words, one wrong in the middle: 7/8 words, 5/7 pairs, 3/6 triples, 1/5 fours; then half of them."""
    reference = "a small red ring at the top left"
    said = "a small red ring near the top left"
    assert bleu([said], [reference]) == pytest.approx((7 / 8 * 5 / 7 * 3 / 6 * 1 / 5) ** 0.25)
    assert bleu(["a small red ring"], [reference]) == pytest.approx(np.exp(1 - 8 / 4))
    assert bleu([reference], [[said, reference]]) == 1 == bleu([reference.upper()], [reference])


def test_a_text_is_one_whole_and_no_mean_of_its_captions():
    captions, references = ["a b c d e", "x"], ["a b c d e", "y"]
    assert bleu(captions, references) == pytest.approx((5 / 6) ** 0.25)  # pairs and longer: those of the first alone
    assert bleu(["a b c"], ["a b c"]) == 0, "there is no sequence of four"
    assert bleu([""], ["a b c d"]) == 0


def test_a_repeated_word_counts_as_often_as_a_reference_has_it():
    said, reference = "the the the the the", "the the the the cat"
    assert bleu([said], [reference]) == pytest.approx((4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25)


@pytest.mark.parametrize(
    ("captions", "references", "message"),
    [
        ([], [], "one or more"),
        ("a b c d", "a b c d", "got str of 7"),
        (["a b c d"], [], "as many references; got list of 1 and 0"),
        (["a b c d"], [[]], "'a b c d' has none"),
    ],
)
def test_what_cannot_be_compared_is_refused(captions, references, message):
    with pytest.raises(ValueError, match=message):
        bleu(captions, references)
