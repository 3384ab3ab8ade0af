"""Checks for lesson 17: VGG16's pixels, when extraction pays, unfreezing the last layers, and a guard for pixels."""

import numpy as np

from . import Exercise, Wrong, answered

MEANS = np.array([103.939, 116.779, 123.68])  # blue, green, red


def for_vgg(answer) -> str:
    pixels = np.random.default_rng(17).integers(0, 256, (2, 4, 5, 3), dtype=np.uint8)
    kept = pixels.copy()
    got = np.asarray(answered(answer(pixels)))
    if not np.array_equal(pixels, kept):
        raise Wrong("your function changed the pixels it was given; make new ones.")
    if got.shape != pixels.shape:
        raise Wrong(f"the shape must stay {pixels.shape}, yours is {got.shape}.")
    if got.dtype.kind != "f":
        raise Wrong(f"bytes cannot be negative: convert to float before you subtract; yours are {got.dtype}.")
    blue_first = pixels[..., ::-1].astype("float64")
    if np.allclose(got, blue_first - MEANS, atol=0.01):
        return "the layers of mm.pretrained do it for you, once and never twice."
    if np.allclose(got, pixels - MEANS, atol=0.01) or np.allclose(got, pixels - MEANS[::-1], atol=0.01):
        raise Wrong("red still comes first: VGG16 wants blue, green, red, so turn the last axis round.")
    if np.allclose(got, blue_first - MEANS[::-1], atol=0.01):
        raise Wrong("blue comes first, but its mean does not: after turning, subtract 103.939 from blue.")
    if np.abs(got).max() < 5 or np.ptp(got + MEANS) < 5:
        raise Wrong("your pixels are tiny: VGG16 wants them on the scale 0 to 255, not divided by 255.")
    raise Wrong("the shape is right, the numbers are not: turn the last axis round, then subtract the means.")


def epochs_to_pay(answer) -> str:
    for once, loop, cached in ((100.0, 12.0, 2.0), (61.0, 12.0, 2.0), (5.0, 8.0, 1.0)):
        right = int(once // (loop - cached)) + 1
        asked = f"for {once:g} s once, {loop:g} s in the loop and {cached:g} s on features"
        got = float(answered(answer(once, loop, cached)))
        if got == right:
            continue
        if got != int(got):
            raise Wrong(f"{asked}: a whole number of epochs is wanted; yours is {got:.2f}.")
        if got == right - 1:
            raise Wrong(f"{asked}: after {got:.0f} epochs extraction has cost as much or more; it must cost less.")
        if got in (once // loop, once // loop + 1, -(-once // loop)):
            raise Wrong(f"{asked}: an epoch on features is not free; only the difference {loop - cached:g} s is saved.")
        raise Wrong(f"{asked}: the answer is {right}, yours {got:.0f}. Solve once + n cached < n loop for n.")
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


def look_at(answer) -> str:
    rng = np.random.default_rng(17)
    unit = rng.random((6, 4, 4, 3)).astype("float32")
    night = unit * 0.2  # dark, but whole
    cases = (
        ((255 * unit).astype("uint8"), "right", "bytes from 0 to 255"),
        ((unit * 1.4).astype("uint8"), "right", "very dark bytes"),
        (unit, "right", "floats from 0 to 1"),
        (night, "right", "dark floats, none above 0.2"),
        (255 * unit, "not divided", "floats from 0 to 255"),
        (unit / 255, "divided twice", "floats from 0 to 1/255"),
        (unit * 0.008, "right", "very dark floats, up to 0.008"),
        (np.where(unit == unit.max(), 0.5, 0.0), "right", "black floats with one grey pixel"),
        (2 * unit - 1, "negative", "floats from -1 to 1"),
        (unit - 1, "negative", "floats from -1 to 0"),
        (255 * unit - 120, "negative", "floats from -120 to 135"),
    )
    for pixels, right, what in cases:
        got = answered(answer(pixels))
        if got != right:
            known = got in ("right", "negative", "not divided", "divided twice")
            more = " Look at the dtype first: bytes are right whatever they are."
            more = more if known and pixels.dtype.kind == "u" else ""
            raise Wrong(f'{what} are "{right}", yours says "{got}".{more}')
    return "two lines like these in a data loader save days."


EXERCISES = {
    1: Exercise(for_vgg, "pixels[..., ::-1] turns the colours round; .astype('float32') before subtracting."),
    2: Exercise(epochs_to_pay, "n must be larger than once / (loop − cached); what is the next whole number?"),
    3: Exercise(unfreeze_last, "Go through enumerate(layers): layer i is among the last n if i >= len(layers) − n."),
    4: Exercise(look_at, "pixels.dtype.kind is 'u' or 'i' for whole numbers; then ask min and max, in this order."),
}
