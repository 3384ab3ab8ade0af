"""Motion: any two frames tell the direction, no single one does."""

import numpy as np
import pytest

from mmcourse.data import load
from mmcourse.data.making.sprites import sprite
from mmcourse.data.sets.motion import DIRECTIONS, PAIRED, SIDE, SIZES, STEPS, film


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
    films = film(same[:, None], 1 + same % 2, np.random.default_rng(direction)).mean(axis=4)
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


@pytest.fixture(scope="module")
def still():
    return load("motion", still=True, train=560, val=112, test=112)


def test_the_still_picture_says_whose_direction_is_asked(still):
    for part in (still.train, still.val, still.test):
        directions, shown = part.targets["directions"], part.targets["shown"]
        assert np.array_equal(part.y, np.take_along_axis(directions, shown[:, None], axis=1)[:, 0])
        assert (directions[:, 0] != directions[:, 1]).all()
        cells, counts = np.unique(np.column_stack([directions, shown]), axis=0, return_counts=True)
        assert len(cells) == 56 * 2 and len(set(counts.tolist())) == 1, "every pair with either shape, equally often"
    assert (still.ceiling("video"), still.ceiling("image"), still.ceiling()) == pytest.approx((1 / 2, 1 / 8, 1))


def fits(pictures: np.ndarray, shape: str) -> np.ndarray:
    """How well a drawn shape, small and large, fits at each place of a torus: (..., 24, 24, 3) to (2, ..., 24, 24)."""
    ground = np.median(pictures, axis=(-3, -2), keepdims=True)
    views = np.minimum(np.abs(pictures - ground).max(axis=-1), 60)
    views = views - views.mean(axis=(-2, -1), keepdims=True)
    found = []
    for size in SIZES:
        template = np.zeros((SIDE, SIDE))
        square = template[: size + 2, : size + 2]
        square[...] = -1  # a shape ends somewhere: what lies round it must be ground
        square[1:-1, 1:-1] = 2 * (sprite(shape, size) / 255) - 1
        square -= square.mean()
        spectrum = np.conj(np.fft.fft2(template / np.sqrt((template**2).sum())))
        found.append(np.fft.ifft2(np.fft.fft2(views) * spectrum).real)
    return np.array(found)


def paths(films: np.ndarray, shape: str) -> np.ndarray:
    """How well a shape fits along the best path in each direction, (8, N)."""

    def along(move):
        return sum(np.roll(places[:, :, t], tuple(-t * move), (2, 3)) for t in range(8)).max(axis=(0, 2, 3))

    places = fits(films, shape)
    return np.array([np.maximum(along(step), along(2 * step)) for step in STEPS])


def test_the_shape_in_the_picture_moves_as_the_label_says(still):
    part = still.test
    seen = np.array([fits(part.x["image"], name).max(axis=(0, 2, 3)) for name in PAIRED]).argmax(axis=0)
    assert np.mean(seen == part.targets["shown"]) > 0.98
    one, two = (paths(part.x["video"], name) for name in PAIRED)
    both = one[:, None] + two[None]
    both[np.arange(8), np.arange(8)] = -np.inf  # they always differ
    moves = np.array(np.unravel_index(both.reshape(64, -1).argmax(axis=0), (8, 8)))
    assert np.mean(part.targets["directions"] == moves.T) > 0.95
    assert np.mean(np.where(seen, moves[1], moves[0]) == part.y) > 0.95, "film and picture together tell the label"


def test_the_still_picture_is_drawn_apart_from_the_film(still):
    """Anywhere on the torus, in any colour: the mean picture of either shape is flat and grey up to its noise."""
    for shown in (0, 1):
        pictures = still.train.x["image"][still.train.targets["shown"] == shown].astype(float)
        mean, error = pictures.mean(axis=0), pictures.std() / np.sqrt(len(pictures))
        assert pictures.shape == (280, 24, 24, 3) and np.abs(mean - mean.mean(axis=(0, 1))).max() < 5 * error


def test_seeds_and_balance(motion):
    assert np.array_equal(np.bincount(motion.train.y), np.full(8, 200))
    assert motion.ceiling() == 1 and motion.modalities["video"].shape == (8, 24, 24, 3)
    one, same, other = (load("motion", train=50, val=9, test=9, seed=s).fingerprint() for s in (1, 1, 2))
    assert one == same != other
    with pytest.raises(ValueError, match="1 or more"):
        load("motion", val=0)
    with pytest.raises(ValueError, match="not both"):
        load("motion", tone=True, still=True)
    one, same, other = (load("motion", still=True, train=50, val=9, test=9, seed=s).fingerprint() for s in (1, 1, 2))
    assert one == same != other
