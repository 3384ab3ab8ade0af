"""Checks for lesson 24: a planted bottleneck, Amdahl's law with prefetch, and the place of a cache."""

import time

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, answered, close, number, numbers, word


def slowest(answer) -> str:
    def stage(seconds, calls, once=0.0, adds=0):
        def work(sample):
            if not isinstance(sample, dict) or (adds and f"stage {adds - 1}" not in sample):
                raise Wrong("each stage gets what the stage before it gave, not the raw sample.")
            time.sleep(seconds + (0 if calls else once))
            calls.append(1)
            return sample | {f"stage {adds}": True}

        return work

    for times in ((0.001, 0.02, 0.001), (0.02, 0.001, 0.001), (0.001, 0.001, 0.02)):
        names = ("read", "decode", "augment")
        right = names[int(np.argmax(times))]
        first = [0.5 if seconds == 0.001 else 0.0 for seconds in times]
        first[next(i for i, once in enumerate(first) if once)] = 0.0  # one quick stage is slow in its first call
        calls = {name: [] for name in names}
        stages = {
            name: stage(seconds, calls[name], once, place)
            for place, (name, seconds, once) in enumerate(zip(names, times, first, strict=True))
        }
        got = word(answer(stages, iter([{"stage -1": True} for _ in range(6)])), names)
        if got == names[int(np.argmax(first))]:
            raise Wrong(
                f"{got} is slow in its first call only; {right} is slow every time. Run the first sample, and do not "
                "count its time."
            )
        if got != right:
            raise Wrong(f"here {right} takes many times as long as the others; got {got}.")
        if any(len(each) != 6 for each in calls.values()):
            raise Wrong("send all samples through: each stage is called once for each of the 6 samples.")
    return "name it before you speed it up: the other two could be free, and little would change."


def speed_up(answer) -> str:
    for waiting, computing, readers in ((0.3, 0.1, 3), (0.128, 0.1, 16), (0.0, 0.1, 8)):
        got = _ratio(answer(waiting, computing, readers=readers))
        right = (waiting + computing) / (waiting / readers + computing)
        if close(got, readers) and not close(right, readers):
            raise Wrong("only the waiting is divided by the readers; the computing stays.")
        if not close(got, right):
            raise Wrong(
                f"waiting {waiting} s, computing {computing} s, {readers} readers: the old time over the new one is "
                f"{right:.3f}; got {got:.3f}."
            )
    got = _ratio(answer(0.128, 0.1, readers=2, prefetch=True))
    if not close(got, 2.28):
        raise Wrong(
            "with prefetch the longer part hides the shorter one: 0.064 s of waiting pass while 0.1 s are computed, so "
            f"a step that took 0.228 s takes 0.1 s, 2.28 times as fast; got {got:.3f}."
        )
    for waiting, computing, readers, devices, prefetch in (
        (0.3, 0.1, 1, 10, False),
        (0.3, 0.1, 1, 10, True),
        (0.1, 0.3, 1, 2, True),
        (0.1, 0.3, 4, 2, False),
    ):
        got = _ratio(answer(waiting, computing, readers=readers, devices=devices, prefetch=prefetch))
        parts = waiting / readers, computing / devices
        right = (waiting + computing) / (max(parts) if prefetch else sum(parts))
        if not close(got, right):
            raise Wrong(
                f"{waiting} s of waiting for {readers} readers, {computing} s of computing for {devices} devices, "
                f"{'with' if prefetch else 'without'} prefetch: {right:.3f} times as fast; got {got:.3f}."
            )
    return "ten devices for a third more speed: predict before you pay."


def cached(answer) -> str:
    import tensorflow as tf

    decoded, drawn = [], []

    def note(value):
        decoded.append(int(value))
        return np.float32(value)

    def draw(value):
        drawn.append(float(value))
        return np.float32(value + len(drawn) / 1000)

    def decode(value):
        return tf.ensure_shape(tf.numpy_function(note, [value], tf.float32), ())

    def augment(value):
        return tf.ensure_shape(tf.numpy_function(draw, [value], tf.float32), ())

    dataset = answered(answer(tf.data.Dataset.range(6), decode, augment))
    if not isinstance(dataset, tf.data.Dataset):
        raise Wrong(f"give a tf.data.Dataset; got {type(dataset).__name__}.")
    epochs = [sorted(float(value) for value in dataset.take(7)) for _ in range(3)]
    if not drawn:
        raise Wrong("nothing was augmented: map(augment) is missing.")
    if len(decoded) != 6:
        raise Wrong(f"in three epochs each of the six should be decoded once; {len(decoded)} were decoded in all.")
    if epochs[0] == epochs[1]:
        raise Wrong("the epochs are all alike: the cache stands behind augment and keeps its first result for ever.")
    if any(len(epoch) != 6 or not np.allclose(epoch, range(6), atol=0.1) for epoch in epochs):
        raise Wrong("each of the six comes once in an epoch, decoded and then augmented.")
    return "costly and always the same before the cache, cheap and different behind it."


def _ratio(value):
    """One number, in the type that it has."""
    number(value)
    return numbers(answered(value)).reshape(-1)[0]


EXERCISES = {
    1: Exercise(slowest, "time.perf_counter() before and after each call; keep a sum for each name, skip the first."),
    2: Exercise(speed_up, "the two parts are waiting / readers and computing / devices: prefetch takes their max."),
    3: Exercise(cached, "three calls in a row: map, cache, map."),
}
