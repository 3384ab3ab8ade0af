"""Hand-made features see edges by direction, colours by place, and count every pixel once."""

import numpy as np
import pytest

from mmcourse.data.making.drawing_features import colour_histogram, drawing_features, mean_colours, orientations


def stripes(angle: float) -> np.ndarray:
    """A picture (1, 32, 32, 3) of a wave whose brightness grows along `angle` degrees."""
    y, x = np.indices((32, 32))
    wave = np.sin(0.8 * (x * np.cos(np.radians(angle)) + y * np.sin(np.radians(angle))))
    return np.repeat(np.round(127 + 120 * wave)[None, ..., None], 3, axis=3).astype(np.uint8)


@pytest.mark.parametrize("k", range(8))
def test_edges_are_counted_in_their_direction(k):
    found = orientations(stripes((k + 0.5) * 180 / 8)).reshape(16, 8)
    assert (found.argmax(axis=1) == k).all()


def test_the_amount_of_edge_is_that_of_the_finite_differences():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (1, 32, 32, 3), np.uint8)
    grey = image[0].mean(axis=2) / 255
    down, right = np.zeros((2, 32, 32))
    down[1:-1] = grey[2:] - grey[:-2]
    right[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    amount = np.sqrt(down**2 + right**2).reshape(4, 8, 4, 8).sum(axis=(1, 3))
    assert (orientations(image) ** 2).reshape(4, 4, 8).sum(axis=2) == pytest.approx(amount, rel=1e-4)


def test_colours_are_where_they_are():
    image = np.zeros((1, 32, 32, 3), np.uint8)
    image[0, :8, 8:16] = (255, 0, 128)
    cells = mean_colours(image).reshape(4, 4, 3)
    assert cells[0, 1] == pytest.approx([1, 0, 128 / 255]) and cells.sum() == pytest.approx(1 + 128 / 255)
    shares = colour_histogram(image)[0] ** 2
    assert shares.sum() == pytest.approx(1)
    assert shares[[0, 3 * 16 + 2]] == pytest.approx([15 / 16, 1 / 16]), "black, and red 3, green 0, blue 2"


def test_a_row_for_each_picture():
    images = np.random.default_rng(1).integers(0, 256, (5, 16, 16, 3), np.uint8)
    found = drawing_features(images)
    assert found.shape == (5, 240) and found.dtype == np.float32
    assert np.array_equal(drawing_features(images[2:3])[0], found[2])
