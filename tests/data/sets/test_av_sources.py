"""Where the arrays of `av_mnist` come from, and `digits` in their place."""

import numpy as np
import pytest

from mmcourse.data import load
from mmcourse.data.fetching.fetch import NotAvailable
from mmcourse.data.sets import av_mnist, av_sources, digits
from mmcourse.files import course_file


@pytest.fixture
def nothing_there(monkeypatch):
    """Neither files nor a network."""

    def nobody():
        raise NotAvailable("no network")

    monkeypatch.delenv(av_sources.RAW, raising=False)
    monkeypatch.setattr(av_sources, "read_tfds", nobody)
    av_sources._read.cache_clear()
    yield
    av_sources._read.cache_clear()


@pytest.fixture(scope="module")
def raw():
    return av_sources.read_digits()


def test_the_images_are_those_of_digits_blown_up(raw):
    images, labels = digits.handwriting()
    both = np.concatenate([raw.x_train, raw.x_test])
    assert both.shape == (1797, 28, 28) and both.dtype == np.uint8 and np.array_equal(raw.y_test, labels[1287:])
    frame = np.ones((28, 28), bool)
    frame[2:-2, 2:-2] = False
    assert not both[:, frame].any()
    blocks = both[:, 2:-2, 2:-2].reshape(-1, 8, 3, 8, 3)
    assert (blocks == blocks[:, :, :1, :, :1]).all()
    assert np.abs(blocks[:, :, 0, :, 0] / 255 - images[..., 0]).max() <= 0.5 / 255


def test_every_voice_says_every_digit_once_in_test_once_in_val_and_twice_in_train(raw):
    bank = digits.read_bank(course_file("data", digits.BANK))
    for voice in range(50):
        for digit in range(10):
            takes = raw.index[(bank.voice == voice) & (raw.label == digit)].tolist()
            assert sorted(takes) == [0, 5, 10, 11]
    parts = av_mnist.split_clips(raw, None)
    assert [len(parts[name]) for name in ("train", "val", "test")] == [1000, 500, 500]


def test_no_timbre_is_of_two_speakers_and_the_sound_is_that_of_the_bank(raw):
    bank = digits.read_bank(course_file("data", digits.BANK))
    timbre = np.array([name.split("+")[1] for name in bank.voice_name])[bank.voice]
    assert all(len(set(raw.speaker[timbre == each])) == 1 for each in set(timbre))
    sizes = np.unique(raw.speaker, return_counts=True)[1]
    assert len(sizes) == 4 and sizes.min() >= 480
    for i in (0, 777, 1999):
        clip = raw.wave[raw.offset[i] : raw.offset[i + 1]] / 32767
        assert clip.shape == bank.clip(i).shape and np.abs(clip - bank.clip(i)).max() <= 0.51 / 32767


def test_digits_stand_in_only_when_asked_and_say_so(nothing_there):
    with pytest.raises(NotAvailable):
        load("av_mnist")
    data = load("av_mnist", speaker_out="group 2", audio_snr_db=None, stand_in=True)
    assert data.name == "digits" and data.card.startswith("# digits")
    assert [len(data.split(name)) for name in ("train", "val", "test")] == [1029, 258, 510]
    assert [set(data.split(name).group) for name in ("val", "test")] == [{"group 3"}, {"group 2"}]
    ours, theirs = load("digits", clean=True), load("av_mnist", components=None, stand_in=True)
    for name in ("train", "val", "test"):  # so no writer's sheet is in two splits
        corners = theirs.split(name).x["image"][:, 2:-2:3, 2:-2:3]
        assert np.abs(corners - ours.split(name).x["image"]).max() <= 0.51 / 255


def test_files_come_before_all_else(raw, nothing_there, tmp_path, monkeypatch):
    arrays = {name: getattr(raw, name) for name in av_sources.ARRAYS}
    for file, names in (("mnist", av_sources.ARRAYS[:4]), ("spoken_digits_fsdd", av_sources.ARRAYS[4:])):
        np.savez(tmp_path / f"{file}.npz", **{name: arrays[name] for name in names})
    monkeypatch.setenv(av_sources.RAW, str(tmp_path))
    assert load("av_mnist", train=30, val=10, test=20, stand_in=True).name == "av_mnist"
    assert av_sources.read() is av_sources.read(), "several sets of the same arrays read them once"
