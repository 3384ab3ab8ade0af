"""Checks for lesson 03: counting frames, the signal-to-noise ratio, splitting by voice."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, answered, close, number, whole


def count_frames(answer) -> str:
    for samples, length, stride, right in (
        (1000, 400, 160, 4),
        (400, 400, 160, 1),
        (399, 400, 160, 0),
        (880, 400, 160, 4),
    ):
        got = whole(answer(samples, length, stride))
        asked = f"{samples} samples, frames of {length}, one every {stride}"
        if got == right:
            continue
        if right == 0:
            raise Wrong(f"{asked}: the clip is shorter than a frame, so there is none; you have {got}.")
        if got == (samples - length) // stride:
            raise Wrong(f"{asked}: you count the steps between frames; there is one more frame than steps.")
        if got == samples // stride:
            raise Wrong(f"{asked}: not every start leaves room for a whole frame; the last ones stick out.")
        if got == samples // length:
            raise Wrong(f"{asked}: that is the number of frames side by side; these overlap.")
        raise Wrong(f"{asked}: {right} frames fit; you have {got}.")
    return "the last frame ends inside the clip."


def snr_db(answer) -> str:
    rng = np.random.default_rng(3)
    clean = np.sin(np.arange(4000) / 5)
    noisy = clean + 0.5 * rng.standard_normal(4000)
    right = 10 * np.log10(np.mean(clean**2) / np.mean((noisy - clean) ** 2))
    said = answered(answer(clean, noisy))
    got = number(said)
    kind = np.asarray(said).dtype if np.asarray(said).dtype.kind == "f" else float

    def same(other) -> bool:
        return close(np.asarray(got, kind), other)

    if same(right):
        return "decibels count factors of ten in power."
    if same(-right):
        raise Wrong("the sign is the other way round: signal above, noise below.")
    if same(10 * np.log10(np.mean(clean**2) / np.mean(noisy**2))):
        raise Wrong("you divide by the power of the noisy clip; the noise is only what was added, noisy - clean.")
    if same(2 * right):
        raise Wrong("20 log10 goes with amplitudes; a mean square is a power, so it is 10 log10.")
    if same(right / 10):
        raise Wrong("that is in bel: a decibel is a tenth of it, so multiply by 10.")
    if same(10 ** (right / 10)):
        raise Wrong("that is the ratio itself; take 10 log10 of it.")
    raise Wrong(f"for a test clip the ratio is {right:.2f} dB; you have {got:.2f}. First mean square, then logarithm.")


def split_by_voice(answer) -> str:
    names = ["ann", "bob", "cat", "dan", "eve", "fay", "gus", "hal", "ida", "jim"]
    voices = np.repeat(names, [9, 1, 5, 3, 7, 2, 6, 4, 8, 5])

    def asked(seed: int) -> np.ndarray:
        found = np.asarray(answered(answer(voices, 0.3, seed)))
        if found.shape != voices.shape or found.dtype != bool:
            raise Wrong(f"return one bool for each of the {len(voices)} clips; got shape {found.shape}, {found.dtype}.")
        return found

    got = asked(0)
    torn = sorted(set(voices[got]) & set(voices[~got]))
    if torn:
        raise Wrong(f"{torn[0]} is in train and in test: draw voices, not clips.")
    if not got.any() or got.all():
        raise Wrong("one side is empty: about 0.3 of the voices go to test.")
    if len(set(voices[got])) != 3:
        raise Wrong(f"0.3 of 10 voices are 3; you put {len(set(voices[got]))} into test.")
    if len({tuple(asked(seed)) for seed in range(6)}) == 1:
        raise Wrong("every seed gives the same split: draw the voices at random, by the seed.")
    if not np.array_equal(got, asked(0)):
        raise Wrong("the same seed gives another split the second time: use np.random.default_rng(seed).")
    return "no voice on both sides; the score will be about voices nobody has heard."


EXERCISES = {
    1: Exercise(
        count_frames, "The last start is samples - length. How many starts are there from 0 on, one every stride?"
    ),
    2: Exercise(snr_db, "np.mean(clean ** 2) is the power of the signal; the noise is noisy - clean."),
    3: Exercise(
        split_by_voice, "np.unique(voices) has each voice once; np.isin(voices, some) is True for their clips."
    ),
}
