"""What caching the features of a frozen encoder saves, what extraction costs, and what word vectors are worth.

Run: `python benchmarks/pretrained.py`, or with `--words` for the word vectors alone.

Ratios of times measured in one run, each the median of several rounds taken in turn, since a shared machine drifts.
Word vectors: linear probes on `emoji`, all labels, over five splits by family.
"""

import statistics
import sys
import tempfile
import time

import keras

import mmcourse as mm
from mmcourse import pretrained

ROUNDS = 9


def seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def model_on(first, data) -> tuple[keras.Model, object]:
    """A linear head on an encoder or on its features, and the batches to train it with; one epoch done."""
    model = keras.Sequential([first, keras.layers.Dense(len(data.classes))])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss, jit_compile=False)
    batches = data.tf_data("train", 64, modalities=("image",), shuffle_seed=0).map(lambda x, y: (x["image"], y))
    model.fit(batches, epochs=1, verbose=0, shuffle=False)
    return model, batches


def epochs(encoder, data) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cached = pretrained.extract({"image": encoder}, data, cache=folder)
    slow, fast = model_on(encoder, data), model_on(keras.layers.Identity(), cached)
    rounds = [
        [seconds(lambda pair=pair: pair[0].fit(pair[1], verbose=0, shuffle=False)) for pair in (slow, fast)]
        for _ in range(ROUNDS)
    ]
    loop, kept = (statistics.median(times) for times in zip(*rounds, strict=True))
    print(
        f"an epoch: encoder in the loop {loop:6.2f} s, cached features {kept:6.2f} s: {loop / kept:.1f} times as fast"
    )


def extraction(encoder, data) -> None:
    parts = [data.split(name).x["image"] for name in ("train", "val", "test")]

    def bare() -> None:  # both begin with an encoder that Keras has not yet compiled, as a lesson does
        model = keras.Sequential([keras.Input(parts[0].shape[1:], dtype="uint8"), encoder])
        model.compile(jit_compile=False)
        for images in parts:
            model.predict(images, batch_size=64, verbose=0)

    def extract() -> None:
        with tempfile.TemporaryDirectory() as folder:
            pretrained.extract({"image": encoder}, data, cache=folder)

    rounds = [(seconds(bare), seconds(extract)) for _ in range(ROUNDS)]
    ratio = statistics.median(plain / ours for plain, ours in rounds)
    rate = sum(map(len, parts)) / statistics.median(ours for _, ours in rounds)
    print(f"extraction: {rate:,.0f} images/s, {ratio:.2f} of a bare predict (wanted .9)")


def words() -> None:
    """Test accuracy on names, and on drawings with names: TF-IDF and pretrained vectors, in two languages."""
    vectors, found = pretrained.WordVectors(), {}
    for seed in range(5):
        for language in ("en", "zh"):
            raw = mm.load("emoji", features="image", language=language, seed=seed)
            counted = mm.load("emoji", features=True, language=language, seed=seed)
            for kind, data in (("vectors", raw.map({"text": vectors})), ("TF-IDF", counted)):
                for what, view in (("name", data.with_only("text")), ("image and name", data)):
                    found.setdefault(f"{language}, {kind}, {what}", []).append(pretrained.probe(view).accuracy)
    for name, values in found.items():
        print(f"{name:30} {statistics.mean(values):.3f} ± {statistics.stdev(values):.3f}")


if __name__ == "__main__":
    words()
    if "--words" in sys.argv:
        sys.exit()
    for name, n, options in (("small", 12_000, {}), ("mobilenetv3small", 3_000, {"weights": None, "size": 96})):
        print(f"{name}, {n:,} images of 32 x 32")
        encoder = pretrained.small("image") if name == "small" else pretrained.image(name, **options)
        data = mm.load("scenes", train=n, val=n // 5, test=n // 5)
        epochs(encoder, data)
        extraction(encoder, data)
