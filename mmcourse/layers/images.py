"""Encoder of images: from pixels to one feature vector a sample, or one a place. Taught in lesson 01.

Small on purpose: a laptop without a GPU trains it in seconds. It uses no batch statistics, so a sample's
features never depend on its neighbours in the batch.
"""

import keras
from keras import layers, ops

from mmcourse.layers.base import at_least, register
from mmcourse.layers.tokens import sinusoid


def conv(filters: int, size: int = 3, strides: int = 1, activation: str | None = "relu", **kwargs):
    """The one convolution of the encoders: same padding, He start."""
    return layers.Conv2D(
        filters,
        size,
        strides,
        padding="same",
        activation=activation,
        kernel_initializer="he_normal",
        **kwargs,
    )


@register
class ResidualBlock(layers.Layer):
    """relu((S x + conv(relu(conv(x)))) / √2) at half the resolution (He et al., 2016).

    S is a 1x1 convolution of every second place. It is written as a slice and a convolution of stride 1: the
    gradient of a strided 1x1 convolution overwrites memory in TensorFlow 2.21 on CPUs with oneDNN.
    """

    def __init__(self, filters: int, **kwargs):
        super().__init__(**kwargs)
        self.filters = at_least(filters, 1, "filters", "ResidualBlock")
        self.first = conv(filters, strides=2, dtype=self.dtype_policy)
        self.second = conv(filters, activation=None, dtype=self.dtype_policy)
        self.shortcut = conv(filters, 1, activation=None, dtype=self.dtype_policy)

    def build(self, input_shape):
        self.first.build(input_shape)
        self.second.build(self.first.compute_output_shape(input_shape))
        self.shortcut.build(input_shape)

    def call(self, x):
        # each branch has the variance of its input (He start): halve their sum
        return ops.relu((self.shortcut(x[:, ::2, ::2]) + self.second(self.first(x))) * 0.5**0.5)

    def compute_output_shape(self, input_shape):
        return self.first.compute_output_shape(input_shape)

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


class ConvEncoder(layers.Layer):
    """Stem, residual blocks, then a dense layer on all places, or on each: shared by images and sound."""

    def __init__(self, units: int, filters, sequence: bool, **kwargs):
        super().__init__(**kwargs)
        owner = type(self).__name__
        self.units = at_least(units, 1, "units", owner)
        self.filters = [at_least(f, 1, "each of filters", owner) for f in filters]
        if not self.filters:
            raise ValueError(f"{owner}: filters must name at least one number of channels; got none.")
        self.sequence = bool(sequence)
        policy = {"dtype": self.dtype_policy}
        self.stem = conv(self.filters[0], **policy)
        self.blocks = [ResidualBlock(f, **policy) for f in self.filters]
        self.dense = layers.Dense(units, activation="relu", kernel_initializer="he_normal", **policy)

    def build_on(self, image_shape: tuple) -> None:
        shape = image_shape
        for layer in (self.stem, *self.blocks):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        _, height, width, channels = shape
        self.places = height * width
        self.read_width = channels if self.sequence else self.places * channels
        self.dense.build((None, self.read_width))

    def encode(self, image):
        for layer in (self.stem, *self.blocks):
            image = layer(image)
        if not self.sequence:
            return self.dense(ops.reshape(image, (-1, self.read_width)))
        tokens = self.dense(ops.reshape(image, (-1, self.places, self.read_width)))
        return tokens + sinusoid(tokens)

    def compute_output_shape(self, input_shape):
        if not self.sequence:
            return (input_shape[0], self.units)
        _, height, width, _ = self.image_shape(input_shape)
        for _ in self.filters:
            height, width = -(-height // 2), -(-width // 2)
        return (input_shape[0], height * width, self.units)

    def image_shape(self, input_shape) -> tuple:
        """The (B, H, W, C) that the convolutions see for an input of this shape."""
        return tuple(input_shape)

    def get_config(self):
        config = {"units": self.units, "filters": list(self.filters), "sequence": self.sequence}
        return {**super().get_config(), **config}


def unit_range(image, dtype):
    """Integer pixels 0..255 to [0, 1]; float pixels as they are."""
    if "int" in keras.backend.standardize_dtype(image.dtype):
        return ops.cast(image, dtype) / 255
    return image


@register
class ImageEncoder(ConvEncoder):
    """A small residual CNN: images (B, H, W, C) to features (B, units). Taught in lesson 01.

    `filters` are the channels of its residual blocks; each block halves height and width (He et al., 2016).
    Float images are taken as they are, in [0, 1]; integer images as 0..255 and scaled to [0, 1].

    `sequence=True` gives one vector for each place that is left, row by row, with sine and cosine positions:
    (B, T, units), for attention.

    Raises `ValueError` for an image that is not (B, H, W, C) with H, W and C known.
    """

    def __init__(self, units: int = 64, filters=(16, 32), sequence: bool = False, **kwargs):
        super().__init__(units, filters, sequence, **kwargs)

    def build(self, input_shape):
        if len(input_shape) != 4 or None in input_shape[1:]:
            raise ValueError(
                f"ImageEncoder '{self.name}' takes images of shape (batch, height, width, channels) with the "
                f"last three known; got {tuple(input_shape)}. Add a channel axis to grey images."
            )
        self.build_on(tuple(input_shape))

    def call(self, image):
        return self.encode(unit_range(image, self.compute_dtype))
