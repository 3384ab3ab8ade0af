"""How much of an object does an answer cover? Boxes and outlines against the truth. Lesson 15.

The *intersection over union* of two areas is what both cover over what either covers: 1 where they are the same, 0
where they do not touch. Over many pictures there are two means of it, and they are not the same number: the mean of
the IoU of each picture (`box_iou(...).mean()`, `mask_iou(...).mean()`), in which a small object counts as much as a
large one, and `overall_iou`, in which every pixel counts as much as every other. Say which one you give.
"""

import numpy as np


def box_iou(boxes: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The IoU of each box with its true one, (N,) float; both (N, 4): top, left, bottom, right, in any unit.

    Computed by `keras.utils.bounding_boxes.compute_iou`. Raises `ValueError` for other shapes, NaN or infinity, and a
    box whose bottom is not below its top, or whose right is not to the right of its left. Taught in lesson 15.

    >>> box_iou([[0, 0, 2, 2]], [[1, 0, 3, 2]]).round(3).tolist()  # 2 of 6 unit squares
    [0.333]
    """
    import keras

    boxes, truth = (np.asarray(each, float) for each in (boxes, truth))
    if boxes.shape != truth.shape or boxes.ndim != 2 or boxes.shape[1] != 4 or not len(boxes):
        raise ValueError(
            f"expected boxes (N, 4) and a true one for each, one or more; got {boxes.shape}, {truth.shape}"
        )
    for name, each in (("boxes", boxes), ("true boxes", truth)):
        wrong = ~(np.isfinite(each).all(axis=1) & (each[:, 2:] > each[:, :2]).all(axis=1))
        if wrong.any():
            raise ValueError(
                f"expected {name} as finite top, left, bottom, right with bottom > top and right > left; "
                f"number {wrong.argmax()} is {each[wrong.argmax()].tolist()}"
            )
    pairs = keras.utils.bounding_boxes.compute_iou(
        boxes[:, None].astype("float32"), truth[:, None].astype("float32"), "yxyx"
    )
    return keras.ops.convert_to_numpy(pairs)[:, 0, 0].astype(float)


def mask_iou(masks: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The IoU of each mask with its true one, (N,) float; both (N, H, W) bool. A mask without a pixel scores 0.

    Raises `ValueError` for other shapes or types (so for probabilities: compare them with a threshold), and where a
    true mask is empty: there is nothing to be found in it. Taught in lesson 15.

    >>> answer, truth = np.array([[[True, True], [False, False]]]), np.array([[[True, False], [True, False]]])
    >>> mask_iou(answer, truth).round(3).tolist()
    [0.333]
    """
    both, either = _counts(masks, truth)
    return both / either


def overall_iou(masks: np.ndarray, truth: np.ndarray) -> float:
    """The IoU of all masks as one: the pixels that both have, of all pictures, over those that either has.

    Large objects weigh more in it than in the mean of `mask_iou`. It is `keras.metrics.BinaryIoU` of class 1 alone;
    `keras.metrics.MeanIoU` is a third number, the mean with the same for the background. Raises as `mask_iou` does.
    Taught in lesson 15.

    >>> truth = np.array([[[True, True], [True, False]], [[True, False], [False, False]]])
    >>> answer = np.array([[[True, True], [True, False]], [[False, True], [False, False]]])
    >>> overall_iou(answer, truth), float(mask_iou(answer, truth).mean())  # 3 of 5 pixels; right and wrong
    (0.6, 0.5)
    """
    both, either = _counts(masks, truth)
    return float(both.sum() / either.sum())


def average_precision(overlaps: np.ndarray, confidence: np.ndarray, at: float = 0.5) -> float:
    """Average precision of one answer a picture, each right where its IoU is `at` or more: AP50 for .5, AP75 for .75.

        AP = Σ_n (R_n − R_{n−1}) P_n

    over the answers from the surest to the least sure: P_n is the share of right ones among the first n, R_n the
    objects found by then over *all* objects, one a picture. So who finds half of them gets at most a half, however
    sure. Answers of equal confidence come together. Computed by `sklearn.metrics.average_precision_score`, whose R is
    over the found ones only. Not interpolated, as the AP of COCO is. `overlaps` (N,) are IoUs, `confidence` (N,) any
    finite numbers. Raises `ValueError` for other shapes, NaN, an IoU outside [0, 1] and `at` outside (0, 1]. Taught in
    lesson 15.

    >>> average_precision([0.9, 0.1], [0.8, 0.3])  # one of two found, and the surer one
    0.5
    """
    overlaps, confidence = np.asarray(overlaps, float), np.asarray(confidence, float)
    if overlaps.ndim != 1 or overlaps.shape != confidence.shape or not len(overlaps):
        raise ValueError(
            f"expected an IoU (N,) and a confidence (N,) for each answer; got {overlaps.shape}, {confidence.shape}"
        )
    if not (np.isfinite(confidence).all() and (overlaps >= 0).all() and (overlaps <= 1).all() and 0 < at <= 1):
        raise ValueError(f"expected finite confidences, IoUs from 0 to 1 and 0 < at <= 1; got other numbers, at {at}")
    right = overlaps >= at
    if not right.any():
        return 0.0
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(right, confidence) * right.mean())


def _counts(masks: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pixels that both have and that either has, (N,) each."""
    masks, truth = np.asarray(masks), np.asarray(truth)
    if masks.dtype != bool or truth.dtype != bool or masks.ndim != 3 or masks.shape != truth.shape or not len(masks):
        raise ValueError(
            "expected masks (N, H, W) bool and a true one for each, one or more; "
            f"got {masks.shape} {masks.dtype}, {truth.shape} {truth.dtype}"
        )
    empty = ~truth.any(axis=(1, 2))
    if empty.any():
        raise ValueError(f"{empty.sum()} true masks are empty, the first is number {empty.argmax()}: nothing to find")
    return (masks & truth).sum(axis=(1, 2)), (masks | truth).sum(axis=(1, 2))
