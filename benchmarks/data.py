"""Figures of the data room: making scenes, streaming a million of them, feeding a model.

    python benchmarks/data.py            everything but the million
    python benchmarks/data.py --million  also stream 1,000,000 scenes and watch the memory

Times are CPU seconds of this process where one core is meant, and ratios within one run elsewhere.
"""

import argparse
import resource
import statistics
import time

import mmcourse as mm
from mmcourse.data.sets import scenes


def cpu_seconds(work) -> float:
    """CPU seconds of the best of three runs."""
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def rate(batches, examples: int) -> float:
    """Examples per second of reading a dataset through once."""
    start = time.perf_counter()
    for _ in batches:
        pass
    return examples / (time.perf_counter() - start)


MADE = {
    "scenes": ("scenes", {}),
    "scenes with tones": ("scenes", {"modalities": ("image", "text", "audio")}),
    "find": ("find", {}),
    "motion": ("motion", {}),
    "motion with tones": ("motion", {"tone": True}),
    "sentences": ("sentences", {}),
    "moods": ("moods", {}),
}


def making() -> None:
    for title, (name, options) in MADE.items():
        seconds = cpu_seconds(lambda: mm.load(name, train=4000, val=2, test=2, **options))  # noqa: B023
        print(f"{title:18} {4004 / seconds:7,.0f} samples in a CPU second (wanted: 1500)")
    seconds = cpu_seconds(lambda: mm.load("emoji", features=True))
    print(f"emoji's features   {seconds:7.2f} CPU s (wanted: under 1)")


def million() -> None:
    peaks, done, start = [], 0, time.process_time()
    for x, _ in scenes.stream(1_000_000, 500):
        done += len(x["image"])
        if done % 100_000 == 0:
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
            print(
                f"{done:9,} scenes   {time.process_time() - start:6.1f} CPU s   peak memory {peaks[-1]:.0f} MB",
                flush=True,
            )
    print(f"peak memory grew by {peaks[-1] - peaks[0]:.0f} MB from 100,000 to {done:,} scenes")


def model_for(data):
    """The lesson's model: an encoder for each modality, concatenation, a linear head."""
    import keras

    def encoder(spec):
        if spec.words:
            return keras.Sequential(
                [keras.layers.Embedding(len(spec.words), 32, mask_zero=True), keras.layers.GlobalAveragePooling1D()]
            )
        return mm.layers.AudioEncoder(64) if spec.rate else mm.layers.ImageEncoder(64)

    model = mm.FeatureFusion(
        encoders={name: encoder(spec) for name, spec in data.modalities.items()},
        fusion=mm.layers.ConcatFusion(),
        head=keras.layers.Dense(len(data.classes)),
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, jit_compile=False)
    return model


def feeding(name: str, data) -> None:
    import tensorflow as tf

    n = len(data.train) // 64 * 64
    train = mm.Split({key: array[:n] for key, array in data.train.x.items()}, data.train.y[:n])
    whole = mm.Multimodal(data.name, data.modalities, train, data.val, data.test, classes=data.classes)
    ours = whole.tf_data("train", 64, shuffle_seed=0)
    # the plain way of the same: shuffled, in batches, read ahead
    plain = tf.data.Dataset.from_tensor_slices((train.x, train.y)).shuffle(n, seed=0).batch(64).prefetch(2)
    rounds = [(rate(ours, n), rate(plain, n)) for _ in range(15)]
    ratio = statistics.median(a / b for a, b in rounds[1:])
    supply = statistics.median(a for a, _ in rounds[1:])
    model = model_for(whole)
    model.fit(ours, epochs=1, verbose=0, shuffle=False)
    start = time.perf_counter()
    model.fit(ours, epochs=2, verbose=0, shuffle=False)
    demand = 2 * n / (time.perf_counter() - start)
    print(
        f"{name:8} delivers {supply:9,.0f} examples/s = {supply / demand:5.1f} times what the model takes "
        f"({demand:,.0f}; wanted 5), {ratio:.2f} of plain from_tensor_slices (wanted .7)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--million", action="store_true")
    arguments = parser.parse_args()
    making()
    feeding("digits", mm.load("digits"))
    feeding("scenes", mm.load("scenes").with_tokens())
    if arguments.million:
        million()
