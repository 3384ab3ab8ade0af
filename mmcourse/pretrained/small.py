"""Two small encoders that are part of the course, so that transfer can be seen without a network. Taught in lesson 17.

`data/make_small_encoders.py` trains them on `scenes`; `data/small_encoders.md` is their card.
"""

import hashlib

import keras
import numpy as np
from keras import layers, ops

from mmcourse.files import course_file
from mmcourse.layers.base import register

WEIGHTS = "small_encoders.npz"
WEIGHTS_SHA256 = "2ffc7f90697281e3f37765a070e8b025705427f4359c0492bc5439ddecf57157"
SMALL_MODULE = str(course_file("data", "small_text_module"))  # the text encoder as a SavedModel, for HubLayer
FILTERS = (16, 32, 64, 64)
WIDTH, LENGTH = 64, 24  # of the text encoder: features; words that it reads at most


def image_model(trained: bool, pooling: str | None) -> keras.Model:
    """Pictures (B, H, W, 3) in [0, 1] to (B, 64): four convolutions, each with batch normalisation."""
    x = inputs = keras.Input((None, None, 3))
    for i, filters in enumerate(FILTERS):
        x = layers.MaxPooling2D()(x) if i else x
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    pools = {"avg": layers.GlobalAveragePooling2D, "max": layers.GlobalMaxPooling2D}
    model = keras.Model(inputs, pools[pooling]()(x) if pooling else x)
    if trained:
        stored = read_weights()
        model.set_weights([stored[f"image_{i}"] for i in range(len(model.weights))])
    return model


@register
class SmallText(layers.Layer):
    """Sentences (B,) of str to (B, 64) features: word vectors, a convolution over three words, the maximum over words.

    The words are its own and stand inside; any other word is one unknown word. TensorFlow backend only.
    """

    def __init__(self, vocabulary=None, trainable: bool = False, **kwargs):
        super().__init__(autocast=False, **kwargs)
        words = vocabulary if vocabulary is not None else read_weights()["text_words"].tolist()
        self.vocabulary = list(words)
        self.split = layers.TextVectorization(output_sequence_length=LENGTH, vocabulary=self.vocabulary)
        self.vectors = layers.Embedding(len(self.vocabulary) + 2, WIDTH)
        self.read = layers.Conv1D(WIDTH, 3, padding="same", activation="relu")
        self.vectors.build((None, LENGTH))
        self.read.build((None, LENGTH, WIDTH))
        self.supports_jit = False  # XLA has no strings
        self.trainable = trainable
        self.built = True

    def bring(self) -> None:
        """Load the weights that the course carries."""
        stored = read_weights()
        self.set_weights([stored[f"text_{i}"] for i in range(len(self.weights))])

    def call(self, text):
        ids = self.split(text)
        words = ops.cast(ops.not_equal(ids, 0), "float32")[..., None]
        read = self.read(self.vectors(ids) * words) * words  # none below 0, so padding never is the maximum
        return ops.cast(ops.max(read, axis=1), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], WIDTH)

    def get_config(self):
        return {**super().get_config(), "vocabulary": self.vocabulary}


def read_weights() -> dict[str, np.ndarray]:
    """The weights of both encoders: image_0 ..., text_0 ... and text_words. `ValueError` for a damaged file."""
    path = course_file("data", WEIGHTS)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
        raise ValueError(f"{path} is damaged: its SHA-256 is not {WEIGHTS_SHA256[:12]}...; fetch the course anew")
    with np.load(path, allow_pickle=False) as stored:
        return dict(stored)
