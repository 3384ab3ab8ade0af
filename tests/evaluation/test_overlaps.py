"""IoU of boxes against counted pixels, of masks against scikit-learn and Keras; average precision against a loop."""

import keras
import numpy as np
import pytest
from sklearn.metrics import jaccard_score

from mmcourse.evaluation import average_precision, box_iou, mask_iou, overall_iou


def random_boxes(rng, n, side):
    ends = np.sort(rng.integers(0, side, (n, 2, 2)), axis=1) + np.array([[0], [1]])  # the end is past the start
    return ends.reshape(n, 4)


def filled(boxes, side):
    """Each box of whole numbers as a mask."""
    rows, columns = np.indices((side, side))
    top, left, bottom, right = boxes.T[..., None, None]
    return (rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)


def test_boxes_overlap_as_the_pixels_they_cover_do():
    rng = np.random.default_rng(0)
    boxes, truth = random_boxes(rng, 300, 20), random_boxes(rng, 300, 20)
    found = box_iou(boxes, truth)
    assert np.allclose(found, mask_iou(filled(boxes, 20), filled(truth, 20)), atol=1e-6)
    assert (found == 0).any() and found.max() > 0.5


def test_the_unit_of_boxes_does_not_matter_and_each_is_held_against_its_own():
    rng = np.random.default_rng(1)
    boxes, truth = random_boxes(rng, 50, 20), random_boxes(rng, 50, 20)
    assert np.allclose(box_iou(boxes / 32 - 1, truth / 32 - 1), box_iou(boxes, truth), atol=1e-5)
    assert np.allclose(box_iou(truth, truth), 1)
    assert np.allclose(box_iou(boxes, truth), box_iou(truth, boxes))


def test_both_means_of_masks_are_those_of_scikit_learn_and_keras():
    rng = np.random.default_rng(2)
    truth = filled(random_boxes(rng, 40, 12), 12)
    masks = truth ^ (rng.random(truth.shape) < 0.2)
    flat = masks.reshape(40, -1), truth.reshape(40, -1)
    assert mask_iou(masks, truth).mean() == pytest.approx(jaccard_score(*flat, average="samples"))
    assert overall_iou(masks, truth) == pytest.approx(jaccard_score(*flat, average="micro"))
    metric = keras.metrics.BinaryIoU(target_class_ids=[1])
    metric.update_state(truth.astype("float32"), masks.astype("float32"))
    assert overall_iou(masks, truth) == pytest.approx(float(metric.result()), abs=1e-6)


def test_a_large_object_weighs_more_overall():
    truth = filled(np.array([[0, 0, 10, 10], [0, 0, 2, 5]]), 12)
    masks = truth.copy()
    masks[1] = False  # the small one is missed: 100 of 110 pixels are found
    assert mask_iou(masks, truth).tolist() == [1, 0]
    assert overall_iou(masks, truth) == pytest.approx(100 / 110)


@pytest.mark.parametrize("at", [0.5, 0.75])
def test_average_precision_is_the_sum_over_right_answers_of_the_precision_at_each(at):
    rng = np.random.default_rng(3)
    overlaps, confidence = rng.random(60), rng.permutation(60)
    right = (overlaps >= at)[np.argsort(-confidence)]
    precision_at_each = [right[: n + 1].mean() for n in range(60) if right[n]]
    assert average_precision(overlaps, confidence, at) == pytest.approx(sum(precision_at_each) / 60)


def test_average_precision_of_all_right_none_right_and_half_of_them_first_or_last():
    sure = np.arange(8)
    assert average_precision(np.ones(8), sure) == 1
    assert average_precision(np.zeros(8), sure) == 0
    assert average_precision(np.repeat([0, 0.5], 4), sure) == pytest.approx(0.5)  # the sure half is right
    assert average_precision(np.repeat([0.5, 0], 4), sure) == pytest.approx(sum(k / (4 + k) for k in range(1, 5)) / 8)
    assert average_precision(np.repeat([0.5, 0], 4), np.zeros(8)) == pytest.approx(0.25)  # all equally sure


TALL, WIDE, ONE = np.array([[0, 0, 3, 1]]), np.array([[0, 0, 1, 3]]), np.ones((1, 4, 4), bool)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: box_iou(TALL[0], WIDE[0]), r"boxes \(N, 4\)"),
        (lambda: box_iou(TALL, np.repeat(WIDE, 2, axis=0)), "a true one for each"),
        (lambda: box_iou(np.zeros((0, 4)), np.zeros((0, 4))), "one or more"),
        (lambda: box_iou(TALL + np.nan, WIDE), "finite"),
        (lambda: box_iou(TALL, -WIDE), r"true boxes.*number 0 is \[0.0, 0.0, -1.0, -3.0\]"),
        (lambda: box_iou(np.zeros((1, 4)), WIDE), "bottom > top"),
        (lambda: mask_iou(ONE.astype(float), ONE), "bool"),
        (lambda: mask_iou(ONE[0], ONE[0]), r"masks \(N, H, W\)"),
        (lambda: overall_iou(ONE, ONE[:, :3]), "a true one for each"),
        (lambda: mask_iou(ONE, ~ONE), "1 true masks are empty, the first is number 0"),
        (lambda: average_precision(np.ones(3), np.ones(4)), "confidence"),
        (lambda: average_precision(np.ones((3, 1)), np.ones((3, 1))), r"IoU \(N,\)"),
        (lambda: average_precision(np.full(3, np.nan), np.ones(3)), "from 0 to 1"),
        (lambda: average_precision(np.ones(3), np.array([1, np.inf, 2])), "finite confidences"),
        (lambda: average_precision(np.ones(3), np.ones(3), at=0), "at 0"),
    ],
)
def test_bad_input_gets_one_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
