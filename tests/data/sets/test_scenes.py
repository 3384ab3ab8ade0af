"""Scenes: the picture shows what the factors say, the caption says it, and nothing else tells the label."""

from functools import cache

import numpy as np
import pytest

from mmcourse.data import load
from mmcourse.data.making import captions
from mmcourse.data.making.sprites import SHAPES, sprite
from mmcourse.data.sets.scenes import stream
from mmcourse.data.symbols import TASKS

THREE = ("image", "text", "audio")
SMALL = {"train": 1500, "val": 500, "test": 1500}


@pytest.fixture(scope="module")
def scenes():
    return load("scenes", modalities=THREE, symbols=8, **SMALL)


@pytest.mark.parametrize(
    "shape, share",
    [
        ("circle", np.pi / 4),
        ("square", 1),
        ("triangle", 1 / 2),
        ("cross", 2 * 0.34 - 0.34**2),
        ("diamond", 1 / 2),
        ("ring", np.pi / 4 * (1 - 0.56**2)),
    ],
)
def test_sprites_have_the_area_of_their_shape(shape, share):
    for side in (10, 16, 40):
        drawn = sprite(shape, side).astype(float).sum() / 255
        assert drawn == pytest.approx(share * side**2, rel=0.06 if side < 40 else 0.02), side


def test_sprites_fill_their_square_and_differ():
    pictures = [sprite(shape, 16) for shape in SHAPES]
    for shape, picture in zip(SHAPES, pictures, strict=True):
        edges = [picture[0].max(), picture[-3:].max(), picture[:, 0].max(), picture[:, -1].max()]
        assert min(edges) > 0 or shape == "moon", shape
    for i, one in enumerate(pictures):
        for other in pictures[:i]:
            assert np.abs(one.astype(int) - other).mean() > 15


def test_the_object_is_where_mask_and_box_say_and_has_its_colour(scenes):
    plain = scenes.train.targets["texture"] == 0
    shown = scenes.train.targets["image_symbol"] >= 0
    from mmcourse.data.making.paint import RGB

    rows = np.flatnonzero(plain & shown)
    assert len(rows) > 100
    for row in rows:
        mask, box = (scenes.train.targets[name][row] for name in ("mask", "box"))
        ys, xs = np.nonzero(mask)
        assert box.tolist() == [ys.min(), xs.min(), ys.max() + 1, xs.max() + 1]
        colour = scenes.train.x["image"][row][mask].mean(axis=0)
        wanted = RGB[scenes.train.targets["colour"][row]]
        angle = colour @ wanted / np.linalg.norm(colour) / np.linalg.norm(wanted)
        assert angle > 0.99, "the same hue at any brightness"


def _said(caption: str, table: dict[str, tuple[str, ...]]) -> set[str]:
    words = caption.split()
    return {name for name, synonyms in table.items() if set(words) & set(synonyms)}


@pytest.mark.parametrize("task", ["match", "mod"])
def test_captions_say_what_is_there_and_no_more(task):
    data = load("scenes", task=task, symbols=8, **SMALL).train
    own, other = captions.SHAPE_WORDS, captions.MATERIALS
    if task == "mod":
        own, other = other, own
    tables = {"colour": captions.COLOURS, "texture": captions.TEXTURES, "size": captions.SIZES}
    for row, caption in enumerate(data.x["text"].tolist()):
        symbol = data.targets["text_symbol"][row]
        assert _said(caption, own) == ({list(own)[symbol]} if symbol >= 0 else set()), caption
        assert not _said(caption, other), caption
        for factor, table in tables.items():
            assert _said(caption, table) <= {list(table)[data.targets[factor][row]]}, caption
        assert " an " not in f" {caption}" or f" {caption}".split(" an ")[1][0] in "aeiou"


def test_places_in_captions_are_where_the_object_is(scenes):
    split = scenes.train
    middle = (split.targets["box"][:, :2] + split.targets["box"][:, 2:]) / 2
    for caption, (y, x) in zip(split.x["text"].tolist(), middle, strict=True):
        words = set(caption.split())
        assert ("top" in words) <= (y < 14) and ("bottom" in words) <= (y > 18), caption
        assert ("left" in words) <= (x < 14) and ("right" in words) <= (x > 18), caption


def test_the_pitch_of_the_tone_is_the_symbol(scenes):
    audio, symbol = scenes.train.x["audio"], scenes.train.targets["audio_symbol"]
    heard = symbol >= 0
    power = np.abs(np.fft.rfft(audio[heard])) ** 2
    frequency = np.fft.rfftfreq(audio.shape[1], 1 / 8000)
    centre = (power * frequency * (power > power.max(axis=1, keepdims=True) / 50)).sum(axis=1)
    centre /= (power * (power > power.max(axis=1, keepdims=True) / 50)).sum(axis=1)
    assert np.mean(np.round((centre - 400) / 150) == symbol[heard]) > 0.97
    flatness = np.exp(np.log(np.abs(np.fft.rfft(audio))[:, 1:]).mean(axis=1)) / np.abs(np.fft.rfft(audio)).mean(axis=1)
    assert flatness[~heard].min() > 0.7 > flatness[heard].max(), "a hiss has every pitch"


@pytest.mark.parametrize("task", TASKS)
def test_the_splits_meet_their_ceiling_and_are_balanced(task):
    data = load("scenes", task=task, modalities=THREE, train=1000, val=500, test=1000)
    for split in (data.train, data.val, data.test):
        counts = np.bincount(split.y)
        assert counts.max() - counts.min() <= 2 * len(split) / 500, "one per class and block, plus rounding"
        for subset in (("image",), ("text",), ("image", "text"), THREE):
            seen = {name: split.targets[f"{name}_symbol"] for name in subset}
            score = np.mean(data.world.bayes_rule(seen) == split.y)
            ceiling = data.ceiling(*subset)
            assert abs(score - ceiling) <= 2 * np.sqrt(ceiling * (1 - ceiling) / len(split)) + 1e-9


def _features(data, name, split):
    if name == "text":
        ids = data.with_tokens().split(split).x["text"]
        return (ids[:, :, None] == np.arange(2, ids.max() + 1)).any(axis=1).astype(np.float32)
    if name == "audio":
        power = np.abs(np.fft.rfft(data.split(split).x["audio"]))[:, :640]
        return np.log(power.reshape(len(power), 64, 10).mean(axis=2) + 0.1)
    image = data.split(split).x["image"].mean(axis=3)
    return image.reshape(-1, 16, 2, 16, 2).mean(axis=(2, 4)).reshape(len(image), -1) / 255


@cache
def _synergy(task):
    return load("scenes", task=task, modalities=THREE, train=2000, val=1, test=1500, seed=3)


@pytest.mark.parametrize("task", ["xor", "mod", "match"])
@pytest.mark.parametrize("name", THREE)
def test_one_modality_of_a_synergy_task_is_at_chance(task, name):
    from sklearn.linear_model import LogisticRegression

    data = _synergy(task)
    model = LogisticRegression(C=0.1, max_iter=60, tol=0.01).fit(_features(data, name, "train"), data.train.y)
    score = model.score(_features(data, name, "test"), data.test.y)
    chance = data.ceiling(name)
    assert abs(score - chance) <= 2 * np.sqrt(chance * (1 - chance) / 1500)


@cache
def _nothing_seen():
    return load("scenes", modalities=THREE, erasure=1.0, train=2000, val=1, test=1500)


@pytest.mark.parametrize("name", THREE)
def test_an_erased_symbol_cannot_be_seen(name):
    """Train and score on the erased samples of `redundant` alone: the label must not be in them."""
    from sklearn.linear_model import LogisticRegression

    data = _nothing_seen()
    model = LogisticRegression(C=0.1, max_iter=60, tol=0.01).fit(_features(data, name, "train"), data.train.y)
    score = model.score(_features(data, name, "test"), data.test.y)
    assert abs(score - 0.25) <= 2 * np.sqrt(0.25 * 0.75 / 1500)


def test_held_out_pairs_are_in_the_test_split_only():
    data = load("scenes", held_out="pairs", symbols=8, **SMALL)
    pairs = {
        name: set(zip(split.targets["shape"].tolist(), split.targets["colour"].tolist(), strict=True))
        for name, split in (("train", data.train), ("val", data.val), ("test", data.test))
    }
    assert not pairs["test"] & (pairs["train"] | pairs["val"])
    assert len(pairs["train"]) == 48 and len(pairs["test"]) == 16
    assert {shape for shape, _ in pairs["test"]} == set(range(8)) == {colour for _, colour in pairs["test"]}
    assert not any(_said(caption, captions.COLOURS) for caption in data.train.x["text"].tolist())


def test_the_same_seed_gives_the_same_bytes():
    options = {"task": "xor", "modalities": THREE, "train": 60, "val": 10, "test": 10}
    one, same, other = (load("scenes", seed=seed, **options).fingerprint() for seed in (0, 0, 1))
    assert one == same != other


def test_no_scene_is_in_two_splits(scenes):
    seen = [{image.tobytes() for image in scenes.split(name).x["image"]} for name in ("train", "val", "test")]
    assert len(set.union(*seen)) == sum(len(part) for part in seen) == sum(SMALL.values())


def test_more_samples_begin_with_the_same():
    few, many = (load("scenes", train=n, val=1, test=1) for n in (300, 900))
    assert np.array_equal(few.train.x["image"], many.train.x["image"][:300])


def test_the_stream_gives_what_load_gives():
    data = load("scenes", task="mod", erasure={"image": 0.1, "text": 0.3}, train=1100, val=1, test=1, seed=5)
    batches = list(stream(1100, 64, task="mod", erasure={"image": 0.1, "text": 0.3}, seed=5))
    assert [len(y) for _, y in batches[:-1]] == [64] * 17 and len(batches[-1][1]) == 1100 - 17 * 64
    assert np.array_equal(np.concatenate([x["image"] for x, _ in batches]), data.train.x["image"])
    text = [caption.decode() for x, _ in batches for caption in x["text"].numpy()]
    assert text == data.train.x["text"].tolist()
    assert np.array_equal(np.concatenate([y for _, y in batches]), data.train.y)


def test_targets_come_as_batches():
    data = load("scenes", train=100, val=1, test=1)
    (x, y), *_ = data.tf_data("train", 32, targets=("mask", "colour"), shuffle_seed=1)
    assert list(x) == ["image", "text"] and y["mask"].shape == (32, 32, 32) and y["colour"].shape == (32,)
    with pytest.raises(ValueError, match=r"has the targets mask, box, .*; got smell"):
        data.tf_data("train", 32, targets=("smell",))


@pytest.mark.parametrize(
    "options, words",
    [
        ({"task": "add"}, "there is no task 'add'"),
        ({"modalities": ("image", "smell")}, "two or three of image, text, audio; got image, smell"),
        ({"modalities": ("image",)}, "two or three of"),
        ({"symbols": 9}, "2 to 8 symbols, got 9"),
        ({"task": "xor", "symbols": 3}, "even number"),
        ({"erasure": {"image": 0.1}}, "a rate for each of image, text; got image"),
        ({"erasure": -0.1}, r"in \[0, 1\], got -0.1"),
        ({"held_out": "all"}, "held_out must be"),
        ({"distractors": 99}, "0 to 12, got 99"),
        ({"train": 0}, "1 or more samples"),
        ({"colour": "red"}, "got colour"),
    ],
)
def test_nonsense_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        load("scenes", **options)
