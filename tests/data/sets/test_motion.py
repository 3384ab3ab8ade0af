"""Motion: any two frames tell the direction, no single one does."""

import numpy as np
import pytest

from mmcourse.data import load
from mmcourse.data.sets.motion import DIRECTIONS, STEPS, film


@pytest.fixture(scope="module")
def motion():
    return load("motion", train=1600, val=80, test=1000)


def shift(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """How far the second picture is moved against the first, (rows, columns), by circular correlation."""
    spectra = [np.fft.fft2(picture - picture.mean()) for picture in (one, two)]
    match = np.fft.ifft2(np.conj(spectra[0]) * spectra[1]).real
    peak = np.array(np.unravel_index(match.argmax(), match.shape))
    return (peak + 12) % 24 - 12


def test_every_step_goes_in_the_stated_direction(motion):
    gray = motion.train.x["video"].mean(axis=4)
    for row in range(200):
        wanted = STEPS[motion.train.y[row]] * motion.train.targets["pixels"][row]
        for t in range(7):
            assert shift(gray[row, t], gray[row, t + 1]).tolist() == wanted.tolist()
    assert len({tuple(step) for step in STEPS.tolist()}) == 8 == len(DIRECTIONS)


@pytest.mark.parametrize("frame", [0, 4, 7])
def test_no_single_frame_tells_the_direction(motion, frame):
    from sklearn.linear_model import RidgeClassifier

    def pixels(split):
        frames = split.x["video"][:, frame].mean(axis=3) / 255
        return frames.reshape(-1, 12, 2, 12, 2).mean(axis=(2, 4)).reshape(len(frames), -1)

    model = RidgeClassifier(100).fit(pixels(motion.train), motion.train.y)
    score = model.score(pixels(motion.test), motion.test.y)
    assert abs(score - 1 / 8) <= 2 * np.sqrt(1 / 8 * 7 / 8 / 1000)


@pytest.mark.parametrize("direction", [0, 3, 6])
def test_a_frame_is_everywhere_equally_bright_for_every_direction(direction):
    """On a torus the mean picture is flat, for each direction, up to the noise of the mean."""
    same = np.full(1500, direction)
    films = film(same, 1 + same % 2, np.random.default_rng(direction)).mean(axis=4)
    for pictures in (films[:, 0], films[:, 7]):
        error = pictures.std() / np.sqrt(len(pictures))
        mean = pictures.mean(axis=0)
        assert np.abs(mean - mean.mean()).max() < 5 * error, "576 pixels"


def test_the_tone_tells_the_speed_and_the_film_does_not():
    data = load("motion", tone=True, train=800, val=80, test=200)
    split = data.train
    assert np.array_equal(split.y, split.targets["direction"] * 2 + split.targets["speed"])
    assert np.array_equal(np.bincount(split.y), np.full(16, 50))
    peak = np.abs(np.fft.rfft(split.x["audio"])).argmax(axis=1) * 8000 / 2560
    assert np.array_equal(peak > 700, split.targets["speed"] == 1)
    slow = split.targets["pixels"][split.targets["speed"] == 0]
    fast = split.targets["pixels"][split.targets["speed"] == 1]
    assert abs(slow.mean() - fast.mean()) < 3 * np.sqrt(0.25 / 400 * 2)
    assert (data.ceiling("video"), data.ceiling("audio"), data.ceiling()) == pytest.approx((1 / 2, 1 / 8, 1))
    assert data.information().unique == pytest.approx({"video": 3, "audio": 1}, abs=1e-4)


def test_seeds_and_balance(motion):
    assert np.array_equal(np.bincount(motion.train.y), np.full(8, 200))
    assert motion.ceiling() == 1 and motion.modalities["video"].shape == (8, 24, 24, 3)
    one, same, other = (load("motion", train=50, val=9, test=9, seed=s).fingerprint() for s in (1, 1, 2))
    assert one == same != other
    with pytest.raises(ValueError, match="1 or more"):
        load("motion", val=0)
