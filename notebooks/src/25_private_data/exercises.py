"""Checks for lesson 25: the noise for an ε, a whole voice, and directions from public people."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, number, numbers, tolerance, unchanged


def noise_for(answer) -> str:
    from mmcourse.training import epsilon

    for target, q, steps, delta in ((3.0, 0.125, 480, 1e-4), (1.0, 0.05, 200, 1e-5), (8.0, 1.0, 30, 1e-3)):
        got = number(answer(target, q, steps, delta))
        asked = f"for ε = {target:g}, q = {q:g}, {steps} steps and δ = {delta:g}"
        if got <= 0:
            raise Wrong(f"{asked}: a noise is above 0; got {got:g}.")
        reached = epsilon(got, q, steps, delta)
        if reached > target * (1 + 1e-6):
            raise Wrong(f"{asked}: a noise of {got:.3f} gives ε = {reached:.3f}, which breaks the promise.")
        if epsilon(got * 0.98, q, steps, delta) <= target:
            raise Wrong(f"{asked}: ε = {reached:.3f} with {got:.3f}; less noise would do. Find it to 1%.")
    return "so begin with the ε that you owe, and end with the noise, not the other way round."


def voice_sum(answer) -> str:
    rng = np.random.default_rng(25)
    voices = np.array([3, 7, 3, 3, 9, 7, 3])
    gradients = rng.normal(size=(7, 5))
    gradients[4] = 0.01  # a voice with one short gradient, which must stay as it is
    right, clip = _whole(gradients, voices, 1.0), 1.0
    given = gradients.copy()
    got = numbers(answer(given, voices.copy(), clip), (5,))
    unchanged(gradients, given, "gradients")
    each = gradients / np.maximum(1, np.linalg.norm(gradients, axis=1, keepdims=True) / clip)
    if close(got, each.sum(axis=0)):
        raise Wrong("that clips each sample: a voice with four samples still counts four times. Add up a voice first.")
    total = gradients.sum(axis=0)
    if close(got, total / max(1, np.linalg.norm(total) / clip)):
        raise Wrong("that clips the sum of everybody: one voice may still be most of it. Clip each voice's sum.")
    if close(got, _whole(each, voices, clip)) or not close(got, right):
        less = numbers(answer(gradients[voices != 3], voices[voices != 3], clip), (5,))
        raise Wrong(
            f"without voice 3 your sum moves by {np.linalg.norm(got - less):.3f} (at most {clip:g} is allowed); asked "
            "for is: add the gradients of each voice, clip that sum where it is longer than `clip`, add up the voices."
        )
    long = rng.normal(size=(9, 4))
    many = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2])
    if not close(numbers(answer(long.copy(), many.copy(), 0.3), (4,)), _whole(long, many, 0.3)):
        raise Wrong("with another clip it is no longer right: is the clip that is given used?")
    return "and draw voices, not samples, into the batch: then ε speaks of a voice, and q is a voice's chance."


def narrow(answer) -> str:
    rng = np.random.default_rng(25)
    mix = rng.normal(size=(12, 12)) * np.geomspace(3, 0.1, 12)[:, None]
    public, private = (rng.normal(size=(n, 12)) @ mix + 1 for n in (60, 30))
    private = private * np.linspace(0.3, 2, 12)  # its own directions differ from the public ones
    got = numbers(answer(public.copy(), private.copy(), 3), (30, 3))
    other = private.copy()
    other[1:] = rng.normal(size=(29, 12)) * 5
    again = numbers(answer(public.copy(), other, 3), (30, 3))
    if not close(np.abs(got[0]), np.abs(again[0])):
        raise Wrong(
            "the first sample's numbers change when the other private samples do: something (a mean, a direction, a "
            "scale) was measured on private samples, and no noise protects it. Measure on `public` alone."
        )
    centred = public - public.mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:3]
    right = (private - public.mean(axis=0)) @ directions.T
    found, gram = got.astype("float64") @ got.astype("float64").T, right @ right.T  # signs of directions are free
    if close(found, (private @ directions.T) @ (private @ directions.T).T):
        raise Wrong("take the mean of `public` from the private samples too, before you project them.")
    if not close(found, gram, atol=max(1e-4, tolerance(got) * np.abs(gram).max())):
        raise Wrong(
            "asked for are the projections on the directions in which `public` varies most: first rows of Vᵀ in the "
            "singular value decomposition of public minus its mean, unscaled."
        )
    return "fewer weights, less noise in all; what is measured on public samples costs the members nothing."


def _whole(gradients: np.ndarray, voices: np.ndarray, clip: float) -> np.ndarray:
    """The sum over voices of a voice's clipped sum."""
    sums = np.array([gradients[voices == voice].sum(axis=0) for voice in np.unique(voices)])
    return (sums / np.maximum(1, np.linalg.norm(sums, axis=1, keepdims=True) / clip)).sum(axis=0)


EXERCISES = {
    1: Exercise(noise_for, "more noise, smaller ε: halve the distance between one that is too little and one enough."),
    2: Exercise(voice_sum, "np.unique(voices) gives each voice once; gradients[voices == v].sum(axis=0) is its sum."),
    3: Exercise(narrow, "np.linalg.svd(public - public.mean(axis=0), full_matrices=False)[2][:width] are directions."),
}
