"""Checks for lesson 17: VGG16's pixels, when extraction pays, and unfreezing the last layers."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, answered, close, numbers, unchanged, whole

MEANS = np.array([103.939, 116.779, 123.68])  # blue, green, red


def for_vgg(answer) -> str:
    pixels = np.random.default_rng(17).integers(0, 256, (2, 4, 5, 3), dtype=np.uint8)
    kept = pixels.copy()
    given = answer(pixels)
    unchanged(kept, pixels, "pixels")
    got = numbers(given)
    if got.shape != pixels.shape:
        raise Wrong(f"the shape must stay {pixels.shape}, yours is {got.shape}.")
    if "int" in str(getattr(given, "dtype", "")):
        raise Wrong(f"bytes cannot be negative: convert to float before you subtract; yours are {given.dtype}.")
    blue_first = pixels[..., ::-1].astype("float64")
    if close(got, blue_first - MEANS, atol=0.01):
        return "the layers of mm.pretrained do it for you, once and never twice."
    if close(got, pixels - MEANS, atol=0.01) or close(got, pixels - MEANS[::-1], atol=0.01):
        raise Wrong("red still comes first: VGG16 wants blue, green, red, so turn the last axis round.")
    if close(got, blue_first - MEANS[::-1], atol=0.01):
        raise Wrong("blue comes first, but its mean does not: after turning, subtract 103.939 from blue.")
    if np.abs(got).max() < 5 or np.ptp(got + MEANS) < 5:
        raise Wrong("your pixels are tiny: VGG16 wants them on the scale 0 to 255, not divided by 255.")
    raise Wrong("the shape is right, the numbers are not: turn the last axis round, then subtract the means.")


def epochs_to_pay(answer) -> str:
    for once, loop, cached in ((100.0, 12.0, 2.0), (61.0, 12.0, 2.0), (5.0, 8.0, 1.0)):
        right = int(once // (loop - cached)) + 1
        asked = f"for {once:g} s once, {loop:g} s in the loop and {cached:g} s on features"
        got = whole(answer(once, loop, cached))
        if got == right:
            continue
        if got == right - 1:
            raise Wrong(f"{asked}: after {got} epochs extraction has cost as much or more; it must cost less.")
        if got in (once // loop, once // loop + 1, -(-once // loop)):
            raise Wrong(f"{asked}: an epoch on features is not free; only the difference {loop - cached:g} s is saved.")
        raise Wrong(f"{asked}: the answer is {right}, yours {got}. Solve once + n cached < n loop for n.")
    return "and every later experiment on the same features starts with the extraction already paid."


def unfreeze_last(answer) -> str:
    import keras

    for n in (3, 1, 0, 5):
        norm = keras.layers.BatchNormalization
        layers = [keras.layers.Dense(2), norm(), keras.layers.Dense(2), norm(), keras.layers.Dense(2)]
        for i, layer in enumerate(layers):
            layer.trainable = i < 2  # some are, some are not: the answer must set all of them
        given = list(layers)
        if answered(answer(layers, n)) is not layers or layers != given:
            raise Wrong("return the very list you were given, with all its layers in it.")
        learns = [layer.trainable for layer in layers]
        if any(learns[i] for i in (1, 3)):
            raise Wrong(f"with n = {n} a batch normalisation may learn: those stay frozen wherever they stand.")
        if n == 0 and any(learns):
            raise Wrong("with n = 0 nothing may learn; note that layers[-0:] is the whole list.")
        late = [i for i in range(5) if learns[i] and i < 5 - n]
        if late:
            raise Wrong(f"with n = {n} of 5, layer {late[0]} (counted from 0) still learns: freeze all but the last n.")
        missing = [i for i in range(5 - n, 5) if i not in (1, 3) and not learns[i]]
        if missing:
            raise Wrong(f"with n = {n} of 5, layer {missing[0]} (counted from 0) is among the last n and must learn.")
    return "compile the model again after this, else the optimizer goes on as before."


EXERCISES = {
    1: Exercise(for_vgg, "pixels[..., ::-1] turns the colours round; .astype('float32') before subtracting."),
    2: Exercise(epochs_to_pay, "n must be larger than once / (loop − cached); what is the next whole number?"),
    3: Exercise(unfreeze_last, "Go through enumerate(layers): layer i is among the last n if i >= len(layers) − n."),
}
