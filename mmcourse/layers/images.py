"""Encoder of images: from pixels to one feature vector a sample, or one a place.

Small on purpose: a laptop without a GPU trains it in seconds. It uses no batch statistics, so a sample's
features never depend on its neighbours in the batch.
"""

from keras import layers, ops

from .base import TensorLayer, at_least, register
from .checks import InputError, refuse_another_shape
from .numerics import as_type, is_true, type_of
from .tokens import sinusoid


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
class ResidualBlock(TensorLayer):
    """z = relu((S x + conv(relu(conv(x)))) / √2): a residual block, at half the resolution.

    Args:
        filters: the number of channels of the output.

    Input: (B, H, W, C).
    Output: (B, ⌈H/2⌉, ⌈W/2⌉, filters).
    Source: He et al., 2016, arXiv:1512.03385.
    Lesson: 01

    S is a 1x1 convolution of every second place. It is written as a slice and a convolution of stride 1: the
    gradient of a strided 1x1 convolution overwrites memory in TensorFlow 2.21 on CPUs with oneDNN.

    >>> tuple(ResidualBlock(4)(np.ones((2, 7, 8, 3))).shape)
    (2, 4, 4, 4)
    """

    def __init__(self, filters: int, **kwargs):
        super().__init__(**kwargs)
        self.filters = at_least(filters, 1, "filters", "ResidualBlock")
        self.first = conv(filters, strides=2, dtype=self.dtype_policy)
        self.second = conv(filters, activation=None, dtype=self.dtype_policy)
        self.shortcut = conv(filters, 1, activation=None, dtype=self.dtype_policy)

    def build(self, input_shape):
        if len(input_shape) != 4 or input_shape[-1] is None:
            raise InputError(f"ResidualBlock '{self.name}' takes (batch, height, width, channels); got {input_shape}.")
        self.channels = input_shape[-1]
        self.first.build(input_shape)
        self.second.build(self.first.compute_output_shape(input_shape))
        self.shortcut.build(input_shape)

    def call(self, x):
        refuse_another_shape(x, (None, None, None, self.channels), f"ResidualBlock '{self.name}'")
        x = as_type(x, self.compute_dtype)
        # each branch has the variance of its input (He start): halve their sum
        return ops.relu((self.shortcut(x[:, ::2, ::2]) + self.second(self.first(x))) * 0.5**0.5)

    def compute_output_shape(self, input_shape):
        return self.first.compute_output_shape(input_shape)

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


def channels_of(filters, owner: str) -> list[int]:
    """The numbers of channels as a list, at least one."""
    if isinstance(filters, str) or not hasattr(filters, "__len__") or len(filters) == 0:
        raise ValueError(f"{owner}: filters must name at least one number of channels, as a list; got {filters!r}.")
    return [at_least(f, 1, "each of filters", owner) for f in filters]


class ConvEncoder(TensorLayer):
    """Stem, residual blocks, then a dense layer on all places, or on each: shared by images and sound."""

    def __init__(self, units: int, filters, sequence: bool, **kwargs):
        super().__init__(**kwargs)
        owner = type(self).__name__
        self.units = at_least(units, 1, "units", owner)
        self.filters = channels_of(filters, owner)
        self.sequence = bool(sequence)
        policy = {"dtype": self.dtype_policy}
        self.stem = conv(self.filters[0], **policy)
        self.blocks = [ResidualBlock(f, **policy) for f in self.filters]
        self.dense = layers.Dense(self.units, activation="relu", kernel_initializer="he_normal", **policy)

    def build_on(self, image_shape: tuple) -> None:
        shape = image_shape
        for layer in (self.stem, *self.blocks):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        _, height, width, channels = shape
        self.places = None if None in (height, width) else height * width
        self.read_width = channels if self.sequence else self.places * channels
        self.dense.build((None, self.read_width))

    def encode(self, image):
        for layer in (self.stem, *self.blocks):
            image = layer(image)
        rows = ops.shape(image)[0]  # said, so that pixels of one sample can never end in another
        if not self.sequence:
            return self.dense(ops.reshape(image, (rows, self.read_width)))
        tokens = self.dense(ops.reshape(image, (rows, self.places or -1, self.read_width)))
        return tokens + sinusoid(tokens)

    def compute_output_shape(self, input_shape):
        if not self.sequence:
            return (input_shape[0], self.units)
        _, height, width, _ = self.image_shape(input_shape)
        if None in (height, width):
            return (input_shape[0], None, self.units)
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
    """Integer pixels 0..255 to [0, 1]; float pixels as they are, bools as 0 and 1."""
    kind = type_of(image)
    if kind == "bool":
        return ops.cast(image, dtype)
    if "int" not in kind:
        return image
    if kind != "uint8" and is_true(ops.any(ops.logical_or(image < 0, image > 255))):
        raise InputError("Integer pixels lie between 0 and 255; got others. Scale them, or give floats in [0, 1].")
    return ops.cast(image, dtype) / 255


@register
class ImageEncoder(ConvEncoder):
    """features = relu(W vec(residual CNN(image)) + b): a small residual CNN.

    Args:
        units: the width of the features.
        filters: the channels of its residual blocks; each block halves height and width.
        sequence: gives one vector for each place that is left, row by row, with sine and cosine positions, for
            attention.

    Input: images (B, H, W, C). Floats are taken as they are, in [0, 1]; integers as 0..255 and scaled to [0, 1].
        C is fixed when the layer is built, H and W too unless they are built as None (with `sequence=True` only).
    Output: (B, units), or (B, T, units) with `sequence=True`.
    Source: He et al., 2016, arXiv:1512.03385.
    Lesson: 01

    Raises `ValueError` for images that are not (B, H, W, C), or of another size than the layer was built on.

    >>> pixels = np.zeros((2, 8, 8, 3), "uint8")
    >>> tuple(ImageEncoder(16)(pixels).shape), tuple(ImageEncoder(16, filters=[4], sequence=True)(pixels).shape)
    ((2, 16), (2, 16, 16))
    """

    def __init__(self, units: int = 64, filters=(16, 32), sequence: bool = False, **kwargs):
        super().__init__(units, filters, sequence, **kwargs)

    def build(self, input_shape):
        fixed = input_shape[-1:] if self.sequence else input_shape[1:]
        if len(input_shape) != 4 or None in fixed:
            raise InputError(
                f"ImageEncoder '{self.name}' takes images of shape (batch, height, width, channels) with the last "
                f"{'one' if self.sequence else 'three'} known; got {tuple(input_shape)}. Add a channel axis to grey "
                "images."
            )
        self.built_on = tuple(input_shape)
        self.build_on(self.built_on)

    def call(self, image):
        refuse_another_shape(image, self.built_on, f"ImageEncoder '{self.name}'")
        return self.encode(unit_range(image, self.compute_dtype))
