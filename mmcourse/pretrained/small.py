"""Two encoders small enough to come with the course, trained by us on generated scenes. Taught in lesson 17.

`data/make_small_encoders.py` made them; `data/small_encoders.md` says from what, and what they do not know.
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from ..files import course_file, verified_arrays
from ..layers.base import choose, register
from ..layers.images import unit_range

FILE = "small_encoders.npz"
SHA256 = "b7e94ead46c3d2aefcffe50af0bdaf74d2c290b263f9c0f56a3a5e6c673089b9"
WORDS = 24  # of a sentence; what follows is not read


@register
class SmallImage(layers.Layer):
    """Pictures (B, 32, 32, 3) to features (B, 80): 64 of what is there, wherever it is, 16 of where things are.

    Integer pixels are 0 to 255, float pixels 0 to 1. Three convolutions with batch normalisation; frozen, it uses the
    statistics of its training and leaves them as they are. Made by `small("image")`.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        pixels = keras.Input((32, 32, 3))
        x = pixels
        for filters in (24, 48, 64):
            x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
            x = layers.BatchNormalization(momentum=0.9)(x)  # few steps are enough for its statistics to follow
            x = layers.MaxPooling2D(2)(layers.ReLU()(x))
        what, where = layers.GlobalMaxPooling2D()(x), layers.Dense(16, activation="relu")(layers.Flatten()(x))
        self.network = keras.Model(pixels, layers.Concatenate()([what, where]))
        self.built = True

    def call(self, image, training=False):
        image = ops.convert_to_tensor(image)
        if tuple(image.shape[1:]) != (32, 32, 3):
            raise ValueError(f"the small image encoder takes pictures (batch, 32, 32, 3); got {tuple(image.shape)}.")
        return self.network(unit_range(image, "float32"), training=training and self.trainable)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 80)


@register
class SmallText(layers.Layer):
    """Sentences (B,) of strings to features (B, 64): what the most telling three neighbouring words say.

    Lower case or not, punctuation or not: `words` are what it reads, and all others are one unknown word. TensorFlow
    backend only, as every layer that takes strings. Made by `small("text")`.
    """

    def __init__(self, words, **kwargs):
        super().__init__(**kwargs)
        self.words = list(words)
        self.numbers = layers.TextVectorization(vocabulary=self.words, output_sequence_length=WORDS)
        ids = keras.Input((WORDS,), dtype="int32")
        x = layers.Embedding(len(self.words) + 2, 32)(ids)  # and padding, and the unknown word
        x = layers.Conv1D(64, 3, padding="same", activation="relu")(x)
        self.network = keras.Model(ids, layers.GlobalMaxPooling1D()(x))
        self.supports_jit = False  # XLA has no strings
        self.built = True

    def call(self, sentences):
        return self.network(self.numbers(sentences))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 64)

    def get_config(self):
        return {**super().get_config(), "words": self.words}


def small(modality: str, weights: str | None = "scenes"):
    """A frozen encoder of "image" or "text", trained on generated scenes; `weights=None` leaves it untrained.

    "image": (B, 32, 32, 3) pixels to (B, 80). "text": (B,) strings to (B, 64). Set `.trainable = True` to train it on.
    Needs no network. Raises `ValueError` where the file of the weights is missing or damaged.

    >>> tuple(small("image")(np.zeros((2, 32, 32, 3), "uint8")).shape)
    (2, 80)
    """
    choose(modality, ("image", "text"), "modality", "small")
    choose(weights, ("scenes", None), "weights", "small")
    arrays = read(course_file("data", FILE))
    encoder = SmallImage(name="small_image") if modality == "image" else SmallText(arrays["words"].tolist())
    if weights:
        values = [arrays[f"{modality}_{i}"] for i in range(len(encoder.network.weights))]
        encoder.network.set_weights(values)
    encoder.trainable = False
    return encoder


def save_as_saved_model(modality: str, folder: str | Path) -> Path:
    """Write `small(modality)` to a folder as a SavedModel, what TensorFlow Hub's modules are; the folder.

    Its signature takes (B, 32, 32, 3) float32 pixels from 0 to 1, or (B,) strings. TensorFlow backend only.

    >>> save_as_saved_model("text", "module").is_dir()
    True
    """
    encoder = small(modality)
    encoder.trainable = True  # a frozen variable would stay frozen for whoever loads it
    given = keras.Input((32, 32, 3)) if modality == "image" else keras.Input((), dtype="string")
    keras.Model(given, encoder(given)).export(folder, verbose=False)
    return Path(folder)


def read(path: Path) -> dict[str, np.ndarray]:
    """Read and verify the weights; the file must have the SHA-256 it was made with."""
    return verified_arrays(path, SHA256, "the file of the small encoders")
