"""Moods: the ceilings are those of the table, and what is seen, heard and read carries the symbols and nothing else."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from mmcourse.data import load
from mmcourse.data.making.drawing_features import orientations
from mmcourse.data.making.voices import LINE
from mmcourse.data.sets.moods import ADJECTIVES, MODALITIES, SPEAKERS, TEMPLATES
from tests.toys import shown

SUBSETS = (("words",), ("voice",), ("face",), ("words", "voice"), ("voice", "face"), MODALITIES)
TINY = {"train": 60, "val": 20, "test": 20}
GOOD, BAD = set(ADJECTIVES[1]), set(ADJECTIVES[0])


@pytest.fixture(scope="module")
def moods():
    return load("moods", task="sarcasm", train=2400, val=60, test=1000)


@pytest.fixture(scope="module")
def leaky():
    return load("moods", task="sarcasm", laughter=True, tell=True, train=200, val=40, test=1000)


def enumerated(task, subset, sarcastic=Fraction(3, 10), laughter=False, tell=False, bias=False):
    """Σ over everything that can be observed of the most probable label's chance, in fractions, case by case.

    `bias` is whether the kind of a speaker is both of account and known from voice and face.
    """
    erased, seen = Fraction(1, 5), {}
    for mood, sarcasm, kind, laugh, said, *gone in product((0, 1), repeat=8):
        rate = (2 * sarcastic if kind else Fraction(0)) if bias else sarcastic
        chance = Fraction(1, 4) * (rate if sarcasm else 1 - rate)
        heard = Fraction(1, 2) if sarcasm and laughter else Fraction(0)
        read = (Fraction(1, 2) if sarcasm else Fraction(1, 10)) if tell else Fraction(0)
        chance *= (heard if laugh else 1 - heard) * (read if said else 1 - read)
        for one in gone:
            chance *= erased if one else 1 - erased
        observed = {
            "words": ("?" if gone[0] else mood != sarcasm, said),
            "voice": ("?" if gone[1] else mood, laugh, bias and kind),
            "face": ("?" if gone[2] else mood, bias and kind),
        }
        chances = seen.setdefault(tuple(observed[name] for name in subset), [Fraction(0), Fraction(0)])
        chances[mood if task == "mood" else sarcasm] += chance
    return float(sum(max(chances) for chances in seen.values()))


@pytest.mark.parametrize(
    ("task", "sarcastic", "published"),
    [
        ("mood", 0.3, (0.660, 0.900, 0.900, 0.932, 0.980, 0.986)),
        ("sarcasm", 0.3, (0.700, 0.700, 0.700, 0.892, 0.700, 0.930)),
        ("sarcasm", 0.5, (0.5, 0.5, 0.5, None, 0.5, 0.884)),
    ],
)
def test_ceilings_are_those_of_the_table(task, sarcastic, published):
    data = load("moods", task=task, sarcastic=sarcastic, **TINY)
    for subset, wanted in zip(SUBSETS, published, strict=True):
        ceiling = data.ceiling(*subset)
        assert ceiling == pytest.approx(enumerated(task, subset, Fraction(sarcastic).limit_denominator(10)), abs=1e-9)
        assert wanted is None or ceiling == pytest.approx(wanted, abs=5e-4)
    assert data.ceiling() == data.ceiling(*MODALITIES)


@pytest.mark.parametrize(
    ("knobs", "subset", "published"),
    [
        ({"laughter": True}, ("voice",), 0.85),
        ({"tell": True}, ("words",), 0.78),
        ({"speaker_bias": True}, ("voice",), 0.70),
        ({"speaker_bias": True, "mixed_speakers": True}, ("voice",), 0.80),
        ({"speaker_bias": True, "mixed_speakers": True}, ("face",), 0.80),
    ],
)
@pytest.mark.parametrize("task", ["mood", "sarcasm"])
def test_a_leak_raises_the_ceiling_by_what_it_tells(task, knobs, subset, published):
    data = load("moods", task=task, **knobs, **TINY)
    told = {"laughter": knobs.get("laughter", False), "tell": knobs.get("tell", False)}
    told["bias"] = knobs.get("mixed_speakers", False)
    for every in SUBSETS:
        assert data.ceiling(*every) == pytest.approx(enumerated(task, every, **told), abs=1e-9)
    if task == "sarcasm":
        assert data.ceiling(*subset) == pytest.approx(published, abs=1e-9)


@pytest.mark.parametrize("subset", SUBSETS)
def test_the_bayes_rule_on_the_symbols_reaches_the_ceiling_and_no_more(moods, leaky, subset):
    for data in (moods, leaky):
        observed = {name: data.test.targets[f"{name}_symbol"] for name in subset}
        score = np.mean(data.world.bayes_rule(observed) == data.test.y)
        ceiling = data.ceiling(*subset)
        assert abs(score - ceiling) < 2 * np.sqrt(ceiling * (1 - ceiling) / len(data.test))


def test_no_speaker_and_no_template_is_in_two_splits(moods):
    parts = [moods.train, moods.val, moods.test]
    for name in ("speaker", "template"):
        kinds = [set(part.targets[name].tolist()) for part in parts]
        assert sum(map(len, kinds)) == len(set.union(*kinds))
    assert [len(set(part.group.tolist())) for part in parts] == list(SPEAKERS.values())
    texts = [{sentence for sentence in part.x["words"].tolist()} for part in parts]
    assert not texts[0] & texts[2] and not texts[0] & texts[1]
    assert len({template for split in TEMPLATES.values() for template in split}) == 24
    mixed = load("moods", mixed_speakers=True, train=400, val=9, test=400)
    assert mixed.train.group is None
    assert set(mixed.test.targets["speaker"]) == set(mixed.train.targets["speaker"]) == set(range(36))


def test_half_of_biased_speakers_are_never_sarcastic():
    for mixed in (False, True):
        split = load("moods", speaker_bias=True, mixed_speakers=mixed, train=400, val=9, test=9).train
        kinds = [split.targets["sarcasm"][split.targets["speaker"] % 2 == kind].mean() for kind in (0, 1)]
        assert kinds == [0, pytest.approx(0.6, abs=0.02)]


def polarity(line: str) -> int:
    """What a line says, as a person would read it."""
    words = line.split()
    if "something" in words:
        return 2
    return int(bool(set(words) & GOOD) != ("not" in words))


def test_words_say_their_symbol(moods, leaky):
    for data in (moods, leaky):
        for part in (data.train, data.val, data.test):
            symbols = part.targets["words_symbol"]
            assert [polarity(line) for line in part.x["words"]] == (symbols % 3).tolist()
            marked = [bool({"oh", "just"} & set(line.split())) for line in part.x["words"]]
            assert marked == (symbols >= 3).tolist()
            meant = np.where(part.targets["sarcasm"] == 1, 1 - part.targets["mood"], part.targets["mood"])
            told = symbols % 3 < 2
            assert np.array_equal(symbols[told] % 3, meant[told])
    plain = [line for line in moods.train.x["words"] if "something" not in line.split()]
    negated = np.mean(["not" in line.split() for line in plain])
    assert negated == pytest.approx(1 / 4, abs=4 * np.sqrt(3 / 16 / len(plain)))


def tune(waves: np.ndarray) -> np.ndarray:
    """(N, 10) pitch of a line in semitones under 8000 Hz, by the peak of the autocorrelation in frames of 48 ms."""
    frames = waves[:, :LINE].reshape(len(waves), 10, -1)
    power = np.abs(np.fft.rfft(frames - frames.mean(axis=2, keepdims=True), 1024)) ** 2
    match = np.fft.irfft(power)
    lag = match[:, :, 18:110].argmax(axis=2) + 18
    before, peak, after = (np.take_along_axis(match, (lag + d)[..., None], axis=2)[..., 0] for d in (-1, 0, 1))
    bend = np.minimum(before - 2 * peak + after, -1e-9)
    return -12 * np.log2(lag + np.clip((before - after) / (2 * bend), -0.5, 0.5))  # the top of a parabola


def around(pitch: np.ndarray) -> np.ndarray:
    return np.clip(pitch - np.median(pitch, axis=1, keepdims=True), -10, 10)


def test_a_good_line_rises_and_falls_a_bad_one_falls_little_and_some_do_neither(moods, pitch):
    symbols, tunes = moods.train.targets["voice_symbol"], around(pitch)
    typical = [np.median(tunes[symbols == s], axis=0) for s in range(3)]
    assert typical[1][4:6].mean() > typical[1][[0, -1]].mean() + 3, "up and down again"
    assert 0.5 < typical[0][0] - typical[0][-1] < 2.5 and np.ptp(typical[2]) < 0.2
    assert np.abs(moods.train.x["voice"]).max() <= 1


def test_how_high_a_voice_is_says_nothing_about_the_mood(moods, pitch):
    """Within a speaker, the typical pitch of good and bad lines is the same, to half a semitone."""
    split, height, gaps = moods.train, pitch.mean(axis=1), []
    for who in range(SPEAKERS["train"]):
        means = [np.median(height[(split.targets["speaker"] == who) & (split.targets["mood"] == s)]) for s in (0, 1)]
        gaps.append(means[1] - means[0])
    assert abs(np.median(gaps)) < 0.5
    loud = np.sqrt((split.x["voice"][:, :LINE] ** 2).mean(axis=1))
    assert np.ptp([loud[split.targets["mood"] == s].mean() for s in (0, 1)]) < 0.1 * loud.std()


def test_a_laugh_is_heard_after_half_of_the_sarcastic_lines_and_after_no_other(moods, leaky):
    for data in (moods, leaky):
        split = data.test
        heard = np.abs(split.x["voice"][:, LINE:]).max(axis=1) > 0.05
        assert np.array_equal(heard, split.targets["voice_symbol"] % 6 >= 3)
        assert not heard[split.y == 0].any()
        assert heard[split.y == 1].mean() == pytest.approx(0.5 if data is leaky else 0, abs=0.01)
    assert np.mean((heard == 1) == split.y) == pytest.approx(0.85, abs=0.005), "the rule a model would find"


def test_faces_carry_their_symbol_in_mouth_and_brows_alone(moods):
    split, symbols = moods.train, moods.train.targets["face_symbol"]
    mean = [split.x["face"][symbols == s].mean(axis=(0, 3)) for s in range(3)]
    changed = np.abs(mean[1] - mean[0]) > 12
    rows = np.flatnonzero(changed.any(axis=1))
    assert changed.any() and rows.min() >= 7 and rows.max() <= 27, "not the hair, not the chin"
    assert np.abs(mean[1] - mean[0])[:, [0, 1, 2, 29, 30, 31]].max() < 8, "not the background"
    brightness = split.x["face"].mean(axis=(1, 2))
    told = symbols < 2
    gap = brightness[told & (symbols == 1)].mean(axis=0) - brightness[told & (symbols == 0)].mean(axis=0)
    assert (np.abs(gap) < 3 * brightness.std(axis=0) * np.sqrt(4 / told.sum())).all()
    assert split.x["face"][symbols == 2].std(axis=(1, 2)).mean() < split.x["face"][told].std(axis=(1, 2)).mean()


@pytest.fixture(scope="module")
def pitch(moods):
    return tune(moods.train.x["voice"])


def seen_by(split) -> dict[str, np.ndarray]:
    """Simple features: the tune and its square, the rhythm, and which way edges run in the face."""
    pitch = around(tune(split.x["voice"]))
    rhythm = np.log(1e-3 + np.sqrt((split.x["voice"][:, :LINE].reshape(len(split), 20, -1) ** 2).mean(axis=2)))
    voice = np.hstack([pitch, pitch**2, rhythm - rhythm.mean(axis=1, keepdims=True)])
    return {"voice": voice, "face": orientations(split.x["face"])}


def test_a_trained_model_comes_within_two_points_of_every_ceiling_and_passes_none(moods):
    """Two logistic regressions for the mood; the third reads every word multiplied by the mood that they found."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    parts = (moods.train, moods.test)
    mood, sarcasm = ([part.targets[name] for part in parts] for name in ("mood", "sarcasm"))
    views, logits, scores = [seen_by(part) for part in parts], {}, {}
    for name in ("voice", "face"):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200)).fit(views[0][name], mood[0])
        logits[name] = [model.decision_function(view[name]) for view in views]
    bag = CountVectorizer(ngram_range=(1, 2), binary=True).fit(parts[0].x["words"])
    words = [bag.transform(part.x["words"]) for part in parts]
    model = LogisticRegression(max_iter=200).fit(words[0], mood[0])
    logits["words"] = [model.decision_function(rows) for rows in words]
    ceilings = load("moods", **TINY)
    for subset in SUBSETS:
        sums = np.stack([logits[name][0] for name in subset], 1), np.stack([logits[name][1] for name in subset], 1)
        rule = LogisticRegression().fit(sums[0], mood[0])
        scores["mood", subset] = rule.score(sums[1], mood[1]), ceilings.ceiling(*subset)
        others = [name for name in subset if name != "words"]
        if others and "words" in subset:
            found = [np.tanh(sum(logits[name][i] for name in others) / 2)[:, None] for i in (0, 1)]
            asked = [rows.multiply(m).tocsr() for rows, m in zip(words, found, strict=True)]
        else:
            asked = words if subset == ("words",) else sums
        rule = LogisticRegression(max_iter=300).fit(asked[0], sarcasm[0])
        scores["sarcasm", subset] = rule.score(asked[1], sarcasm[1]), moods.ceiling(*subset)
    for case, (score, ceiling) in scores.items():
        assert ceiling - 0.02 < score < ceiling + 2 * np.sqrt(ceiling * (1 - ceiling) / len(moods.test)), case


def test_a_seed_decides_every_byte():
    one, same, other = (load("moods", seed=seed, **TINY).fingerprint() for seed in (1, 1, 2))
    assert one == same != other
    assert load("moods", seed=1, **TINY).train.x["face"].shape == (60, 32, 32, 3)


def test_show_lets_a_line_be_seen_and_heard(moods):
    figure = moods.show(4)
    assert "a row each for words, voice, face" in figure.alt and len(figure.sounds) == 3 and figure.texts == ()
    picture, below = shown(figure)
    assert "image/png" in picture["data"] and below["data"]["text/html"].count("<audio controls") == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"task": "joy"}, "task must be 'mood' or 'sarcasm', got 'joy'"),
        ({"test": 0}, "1 or more samples per split"),
        ({"sarcastic": 1.2}, r"sarcastic must be in \[0, 1.0\]"),
        ({"sarcastic": 0.6, "speaker_bias": True}, r"in \[0, 0.5\].*got 0.6"),
        ({"erasure": -0.1}, "erasure in"),
    ],
)
def test_nonsense_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        load("moods", **options)
