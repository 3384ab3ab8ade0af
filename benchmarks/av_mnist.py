"""What one modality of `av_mnist` knows, on real arrays: the figures of its data card.

    MMCOURSE_RAW=folder python benchmarks/av_mnist.py

Without MMCOURSE_RAW the arrays come from TensorFlow Datasets.
"""

import sys

import numpy as np
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from mmcourse.data import load
from mmcourse.data.audio import log_mel
from mmcourse.data.fetching.fetch import NotAvailable

WANTED = {3: 0.54, 4: 0.65, 5: 0.75, 6: 0.83, 8: 0.89}


def images(components: int) -> float:
    """Test accuracy of a small MLP on images of `components` components, 20,000 for training."""
    data = load("av_mnist", components=components, audio_snr_db=None, train=20000, val=1, test=10000)
    known, unseen = (split.x["image"].reshape(len(split), -1) for split in (data.train, data.test))
    mean = known.mean(axis=0)
    axes = np.linalg.svd(known[:2000] - mean, full_matrices=False)[2][:components].T  # all there is: nothing is lost
    known, unseen = (known - mean) @ axes, (unseen - mean) @ axes
    spread = known.std(axis=0)
    model = MLPClassifier((100, 100), early_stopping=True, random_state=0, max_iter=100)
    with threadpool_limits(1):
        model.fit(known / spread, data.train.y)
    return model.score(unseen / spread, data.test.y)


def sounds(**options) -> float:
    """Test accuracy of a small convolutional net on log-mel pictures of the clips."""
    import keras

    keras.utils.set_random_seed(0)
    data = load("av_mnist", components=1, train=4000, val=1, test=1500, **options)
    known, unseen = (_views(split.x["audio"]) for split in (data.train, data.test))
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Conv2D(16, 3, activation="relu", padding="same"),
            layers.MaxPool2D(2),
            layers.Conv2D(32, 3, activation="relu", padding="same"),
            layers.MaxPool2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.GlobalMaxPool2D(),
            layers.Dropout(0.3),
            layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"], jit_compile=False)
    model.fit(known, data.train.y, epochs=10, batch_size=64, verbose=0)
    return model.evaluate(unseen, data.test.y, verbose=0)[1]


def _views(waves: np.ndarray) -> np.ndarray:
    views = log_mel(waves)
    views = np.maximum(views, views.max(axis=(1, 2), keepdims=True) - 60)
    return ((views - views.mean(axis=(1, 2), keepdims=True)) / 20)[..., None]


if __name__ == "__main__":
    try:
        load("av_mnist", train=1, val=1, test=1)
    except NotAvailable as missing:
        sys.exit(print(f"not measured: {missing}"))
    for components, wanted in WANTED.items():
        score = images(components)
        verdict = "as expected" if abs(score - wanted) <= 0.02 else "NOT as expected"
        print(f"images, k = {components}: {score:.3f}, expected {wanted} ± .02: {verdict}", flush=True)
    print(f"sound, clean, by take: {sounds(audio_snr_db=None):.3f}", flush=True)
    for speaker in ("jackson", "nicolas", "theo", "yweweler"):
        print(f"sound, clean, {speaker} left out: {sounds(audio_snr_db=None, speaker_out=speaker):.3f}", flush=True)
    print(f"sound, at -5 dB, by take: {sounds(audio_snr_db=-5.0):.3f}")
