"""The real sets: their pure steps on small made-up arrays, and on real ones where MMCOURSE_RAW names a folder."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mmcourse.data import load
from mmcourse.data.audio import log_mel
from mmcourse.data.sets import av_mnist, av_sources, cifar, pets

needs_raw = pytest.mark.skipif(
    not os.environ.get(av_sources.RAW),
    reason="MMCOURSE_RAW must name a folder with mnist.npz and spoken_digits_fsdd.npz",
)
OPTIONS = {
    "components": 3,
    "audio_snr_db": 0.0,
    "speaker_out": None,
    "sizes": {"train": 90, "val": 30, "test": 40},
    "seed": 0,
}


@pytest.fixture(scope="module")
def raw():
    """Made-up sources: images of rank 5 plus a little, clips whose loudness tells who speaks which take."""
    rng = np.random.default_rng(0)
    basis = rng.normal(0, 1, (5, 784)) * np.array([9, 7, 5, 3, 2])[:, None]
    flat = 120 + rng.normal(0, 1, (200, 5)) @ basis + rng.normal(0, 0.1, (200, 784))
    images = flat.clip(0, 255).astype(np.uint8).reshape(-1, 28, 28)
    digit, speaker, take = (part.ravel() for part in np.meshgrid(range(10), range(4), range(12), indexing="ij"))
    lengths = rng.integers(1000, 7000, digit.size)
    wave = np.concatenate([rng.integers(-9000, 9000, n) for n in lengths]).astype(np.int16)
    return av_sources.Raw(
        *(images[:150], np.arange(150) % 10, images[150:], np.arange(50) % 10),
        wave=wave,
        offset=np.concatenate([[0], np.cumsum(lengths)]),
        label=digit.astype(np.uint8),
        speaker=np.array(["ann", "bea", "cy", "dan"])[speaker],
        index=take.astype(np.uint8),
    )


def test_pairs_mean_the_same_and_no_clip_is_in_two_splits(raw):
    data = av_mnist.build(raw, **OPTIONS)
    used = []
    for name in ("train", "val", "test"):
        split = data.split(name)
        assert np.array_equal(raw.label[split.targets["clip"]], split.y)
        used.append(set(split.targets["clip"].tolist()))
        takes = {"train": range(10, 12), "val": range(5, 10), "test": range(5)}[name]
        assert set(raw.index[split.targets["clip"]]) <= set(takes)
    assert not used[0] & used[1] and not used[1] & used[2] and not used[0] & used[2]
    counts = np.bincount(data.train.targets["clip"])
    assert counts.max() <= 2, "9 images of a digit and 8 clips: none three times"


def test_a_speaker_left_out_is_in_test_only(raw):
    data = av_mnist.build(raw, **{**OPTIONS, "speaker_out": "dan"})
    assert [sorted(set(data.split(name).group)) for name in ("train", "val", "test")] == [
        ["bea", "cy"],
        ["ann"],
        ["dan"],
    ]
    with pytest.raises(ValueError, match="ann, bea, cy, dan; got 'eve'"):
        av_mnist.build(raw, **{**OPTIONS, "speaker_out": "eve"})


def test_components_are_those_of_train_with_the_mean_restored(raw):
    from sklearn.decomposition import PCA

    data = av_mnist.build(raw, **OPTIONS)
    flat = raw.x_train[:90].reshape(90, -1) / 255
    reference = PCA(3, svd_solver="full").fit(flat)
    for name, rows in (("train", raw.x_train[:90]), ("val", raw.x_train[90:120]), ("test", raw.x_test[:40])):
        wanted = reference.inverse_transform(reference.transform(rows.reshape(len(rows), -1) / 255))
        assert data.split(name).x["image"].reshape(len(rows), -1) == pytest.approx(wanted, abs=1e-4)
    whole = av_mnist.build(raw, **{**OPTIONS, "components": None})
    assert whole.test.x["image"][..., 0] == pytest.approx(raw.x_test[:40] / 255)


@pytest.mark.parametrize("snr", [-10.0, 0.0, 10.0])
def test_noise_has_the_stated_ratio(raw, snr):
    """Split each noisy wave into speech and noise by least squares, and compare their power where there is speech."""
    noise = av_mnist.noise_clips(0, 0)
    assert noise.std(axis=1) == pytest.approx(np.ones(40), abs=1e-3)
    rows = np.arange(0, 480, 24)
    clean = av_mnist._place(raw, rows, None, noise, _Still())
    noisy = av_mnist._place(raw, rows, snr, noise, _Still())
    assert np.abs(noisy).max() <= 1 and noisy.dtype == np.float32
    for row, speech, wave in zip(rows, clean, noisy, strict=True):
        spoken = min(raw.offset[row + 1] - raw.offset[row], av_mnist.SAMPLES)
        stretch = noise[0, : av_mnist.SAMPLES]
        shares, rest, *_ = np.linalg.lstsq(np.stack([speech, stretch], axis=1).astype(float), wave.astype(float))
        assert rest < 1e-6, "speech and noise and nothing else"
        power = [np.mean((shares[0] * speech[:spoken]) ** 2), np.mean((shares[1] * stretch) ** 2)]
        assert 10 * np.log10(power[0] / power[1]) == pytest.approx(snr, abs=0.01)


def test_noise_clips_of_the_splits_are_disjoint_and_coloured():
    clips = [av_mnist.noise_clips(3, part) for part in range(3)]
    assert len({clip.tobytes() for part in clips for clip in part}) == 120
    power = np.abs(np.fft.rfft(clips[0])) ** 2
    low_share = power[:, :1000].sum(axis=1) / power.sum(axis=1)
    assert low_share.min() < 0.2 and low_share.max() > 0.8, "from white to brown"
    assert np.array_equal(clips[1], av_mnist.noise_clips(3, 1))


def test_every_step_has_a_hash_that_its_own_options_change(raw):
    def steps(**options):
        card = av_mnist.build(raw, **{**OPTIONS, **options}).card
        return dict(line[2:].split(": ") for line in card.split("(SHA-256)\n")[1].strip().splitlines())

    one = steps()
    assert list(one) == ["raw", "images", "components", "clips", "pairs", "set"] and one == steps()
    changed = {
        "seed": (steps(seed=1), {"pairs", "set"}),
        "components": (steps(components=4), {"components", "set"}),
        "speaker": (steps(speaker_out="bea"), {"clips", "pairs", "set"}),
        "snr": (steps(audio_snr_db=None), {"set"}),
    }
    for option, (other, expected) in changed.items():
        assert {step for step in one if one[step] != other[step]} == expected, option


@pytest.mark.parametrize(
    "options, words",
    [
        ({"components": 0}, "None or 1 to 784, got 0"),
        ({"audio_snr_db": np.nan}, "None or finite"),
        ({"sizes": {"train": 140, "val": 30, "test": 5}}, "at most 150 in train and val together and 50 in test"),
        ({"sizes": {"train": 0, "val": 30, "test": 5}}, "1 or more samples per split"),
    ],
)
def test_nonsense_is_refused(raw, options, words):
    with pytest.raises(ValueError, match=words):
        av_mnist.build(raw, **{**OPTIONS, **options})


def test_a_wrong_raw_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("MMCOURSE_RAW", str(tmp_path))
    with pytest.raises(ValueError, match=r"mnist.npz cannot be read as arrays"):
        load("av_mnist")
    np.savez(tmp_path / "mnist.npz", x_train=np.zeros(3))
    np.savez(tmp_path / "spoken_digits_fsdd.npz", wave=np.zeros(3))
    with pytest.raises(ValueError, match=r"the arrays y_train, .* are not in"):
        load("av_mnist")


def test_tensorflow_datasets_and_a_raw_folder_give_the_same(raw, monkeypatch):
    def arrays(name, tfds_name, split):
        assert name == "av_mnist"
        if tfds_name == "mnist":
            x, y = (raw.x_train, raw.y_train) if split == "train" else (raw.x_test, raw.y_test)
            return {"image": x[..., None], "label": y}
        order = np.random.default_rng(1).permutation(len(raw.label))
        clips = np.empty(len(order), object)
        clips[:] = [raw.wave[raw.offset[i] : raw.offset[i + 1]].astype(np.int64) for i in order]
        names = [f"{raw.label[i]}_{raw.speaker[i]}_{raw.index[i]}.wav".encode() for i in order]
        return {"audio": clips, "label": raw.label[order], "audio/filename": np.array(names)}

    monkeypatch.setattr("mmcourse.data.fetching.fetch.tfds_arrays", arrays)
    found = av_sources.read_tfds()
    names = [f"{d}_{s}_{i}" for d, s, i in zip(raw.label, raw.speaker, raw.index, strict=True)]
    again = [f"{d}_{s}_{i}" for d, s, i in zip(found.label, found.speaker, found.index, strict=True)]
    assert sorted(names) == sorted(again)
    for row, name in enumerate(again):
        i = names.index(name)
        ours = found.wave[found.offset[row] : found.offset[row + 1]]
        assert np.array_equal(ours, raw.wave[raw.offset[i] : raw.offset[i + 1]])
    assert np.array_equal(found.x_train, raw.x_train) and found.wave.dtype == np.int16


def test_captions_never_name_the_class_and_do_not_give_it_away():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4000, 1, 1, 3), np.uint8) // 2 + rng.integers(0, 128, (4000, 32, 32, 3), np.uint8)
    labels = np.arange(4000) % 10
    data = cifar.build(
        images, labels, images[:2000], labels[:2000], sizes={"train": 3000, "val": 500, "test": 1500}, seed=0
    )
    names = {*cifar.CLASSES, "plane", "car", "kitten", "puppy", "boat", "lorry", "toad", "pony", "animal", "vehicle"}
    words = {word for text in data.train.x["text"].tolist() for word in text.split()}
    assert not words & (names | {name + "s" for name in names})

    from sklearn.linear_model import LogisticRegression

    def bag(split):
        ids = data.with_tokens().split(split).x["text"]
        return (ids[:, :, None] == np.arange(2, 60)).any(axis=1).astype(np.float32)

    score = LogisticRegression(max_iter=200).fit(bag("train"), data.train.y).score(bag("test"), data.test.y)
    ceiling = cifar.attribute_ceiling()
    assert 0.3 < ceiling < 0.5 and 0.25 < score <= ceiling + 2 * np.sqrt(ceiling * (1 - ceiling) / 1500)


def test_captions_tell_the_colour_and_light_of_their_image():
    pure = {
        "red": (200, 20, 20),
        "green": (10, 90, 20),
        "blue": (20, 20, 220),
        "yellow": (250, 250, 90),
        "grey": (99,) * 3,
    }
    images = np.stack([np.full((32, 32, 3), rgb, np.uint8) for rgb in pure.values()])
    light, colour = cifar.light_and_colour(images)
    assert [cifar.COLOURS[c] for c in colour] == list(pure) and light == ["dark", "dark", "dim", "bright", "dim"]
    texts = cifar.write(images, np.zeros(5, int), np.random.default_rng(0))
    assert all(word in text for word, text in zip(pure, texts, strict=True))


def test_pets_are_scaled_with_their_outline():
    def examples(n, seed):
        rng = np.random.default_rng(seed)
        for i in range(n):
            outline = np.full((60, 40 + i, 1), 2, np.uint8)
            outline[:30], outline[28:30] = 1, 3
            image = np.repeat(rng.integers(0, 9, outline.shape, np.uint8), 3, axis=2)
            image[:30] += 200
            yield {"image": image, "segmentation_mask": outline, "label": i % 37, "species": i % 2}

    data = pets.build(pets.read(examples(30, 0), 32), pets.read(examples(10, 1), 32), val=6, seed=0)
    assert (len(data.train), len(data.val), len(data.test)) == (24, 6, 10)
    mask, image = data.test.targets["mask"], data.test.x["image"]
    assert mask.shape == (10, 32, 32) and set(np.unique(mask)) == {0, 1, 2}
    assert image[mask == 1].min() > 150 > 20 > image[mask == 0].max()
    with pytest.raises(ValueError, match="1 to 29"):
        pets.build(pets.read(examples(30, 0), 32), pets.read(examples(10, 1), 32), val=30, seed=0)
    with pytest.raises(ValueError, match="8 to 512"):
        pets.read(examples(1, 0), 4)


@needs_raw
def test_the_same_seed_gives_the_same_hash_in_another_process():
    code = "from mmcourse.data import load;print(load('av_mnist', train=600, val=50, test=100, seed=3).fingerprint())"
    here = load("av_mnist", train=600, val=50, test=100, seed=3).fingerprint()
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert there.stdout.strip() == here == load("av_mnist", train=600, val=50, test=100, seed=3).fingerprint()


@needs_raw
def test_real_images_of_few_components_land_where_expected():
    """One of the five figures of benchmarks/av_mnist.py: k = 4 gives about .65."""
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    raw = av_sources.read_folder(Path(os.environ[av_sources.RAW]))
    known, unseen = raw.x_train[:15000].astype(np.float32) / 255, raw.x_test[:5000].astype(np.float32) / 255
    mean, axes = av_mnist.fit_components(known, 4)
    few, few_unseen = (((x.reshape(len(x), -1) - mean) @ axes) for x in (known, unseen))
    spread = few.std(axis=0)
    model = MLPClassifier((60, 60), early_stopping=True, random_state=0, max_iter=100, tol=1e-3)
    with threadpool_limits(1):  # threads cost more than they bring on matrices this small
        model.fit(few / spread, raw.y_train[:15000])
    assert abs(model.score(few_unseen / spread, raw.y_test[:5000]) - 0.65) < 0.02


@needs_raw
def test_known_speakers_are_heard_and_unknown_ones_are_not():
    """The clips themselves, by support vectors on log-mel pictures: nearly all right by take, far less by speaker."""
    from sklearn.svm import SVC

    raw = av_sources.read_folder(Path(os.environ[av_sources.RAW]))
    waves = av_mnist._place(raw, np.arange(len(raw.label)), None, np.zeros((40, 20480)), _Still())
    views = log_mel(waves)[:, :, :24]
    views = np.maximum(views, views.max(axis=(1, 2), keepdims=True) - 60)
    views = (views - views.mean(axis=(1, 2), keepdims=True)).reshape(len(views), -1) / 20
    scores = {}
    speakers = np.unique(raw.speaker).tolist()
    for speaker in (None, *speakers):
        clips = av_mnist.split_clips(raw, speaker)
        model = SVC(C=10, gamma="scale").fit(views[clips["train"]], raw.label[clips["train"]])
        scores[speaker] = model.score(views[clips["test"]], raw.label[clips["test"]])
    left_out = [scores[speaker] for speaker in speakers]
    assert scores[None] > 0.95 and np.mean(left_out) < scores[None] - 0.1 and max(left_out) < scores[None], scores


class _Still:
    """A generator that always draws the first: clips start at once."""

    def integers(self, low, high=None):
        return 0
