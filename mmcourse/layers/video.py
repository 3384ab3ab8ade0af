"""Encoder of video: from frames to one vector, or one a frame. Padding at the end never changes a result."""

from keras import layers, ops

from .base import TensorLayer, at_least, choose, register
from .checks import InputError, refuse_another_mask, refuse_another_shape
from .images import ImageEncoder, channels_of, conv, unit_range
from .tokens import mean_over_positions


@register
class VideoEncoder(TensorLayer):
    """features = GRU(CNN of each frame), or the mean of a (2+1)D CNN: frames to features.

    Args:
        units: the width of the features.
        filters: the channels of the convolutions.
        kind: `"gru"`: an `ImageEncoder` on every frame, then a gated recurrent unit over the frames. `"2+1d"`: for
            each of `filters` a 3x3 convolution within each frame, at half the resolution, and one over 3 frames at
            each place; then the mean over places and frames, and a dense layer.
        sequence: gives one vector a frame, and passes the mask on.

    Input: frames (B, T, H, W, C), floats in [0, 1] or integers 0..255, masked by Keras or `mask` (B, T) bool.
        H, W and C are fixed when the layer is built, T is free.
    Output: (B, units), or (B, T, units) with `sequence=True`.
    Source: (2+1)D: Tran et al., 2018, arXiv:1711.11248; GRU: Cho et al., 2014, arXiv:1406.1078.
    Lesson: 04

    Raises `ValueError` for inputs that are not (B, T, H, W, C) with H, W and C known, or of another size than at
    build.

    >>> tuple(VideoEncoder(8, [4], "2+1d")(np.zeros((2, 5, 8, 8, 3), "uint8")).shape)
    (2, 8)
    """

    def __init__(
        self,
        units: int = 64,
        filters=(16, 32),
        kind: str = "gru",
        sequence: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = at_least(units, 1, "units", "VideoEncoder")
        self.filters = channels_of(filters, "VideoEncoder")
        self.kind = choose(kind, ("gru", "2+1d"), "kind", "VideoEncoder")
        self.sequence = bool(sequence)
        policy = {"dtype": self.dtype_policy}
        if kind == "gru":
            self.frames = ImageEncoder(self.units, self.filters, **policy)
            self.reader = layers.GRU(self.units, return_sequences=self.sequence, **policy)
        else:
            self.spatial = [conv(f, strides=2, **policy) for f in self.filters]
            self.temporal = [conv(f, (3, 1), **policy) for f in self.filters]
            self.dense = layers.Dense(self.units, activation="relu", kernel_initializer="he_normal", **policy)

    def build(self, frames_shape):
        if len(frames_shape) != 5 or None in frames_shape[2:]:
            raise InputError(
                f"VideoEncoder '{self.name}' takes frames of shape (batch, steps, height, width, channels) with "
                f"the last three known; got {tuple(frames_shape)}."
            )
        self.built_on = (None, None, *frames_shape[2:])
        shape = (None, *frames_shape[2:])
        if self.kind == "gru":
            self.frames.build(shape)
            self.reader.build((None, None, self.units))
            return
        for within, across in zip(self.spatial, self.temporal, strict=True):
            within.build(shape)
            shape = within.compute_output_shape(shape)
            across.build((None, None, shape[1] * shape[2], shape[3]))
        self.dense.build((None, self.filters[-1]))

    def call(self, frames, mask=None):
        owner = f"VideoEncoder '{self.name}'"
        refuse_another_shape(frames, self.built_on, owner)
        steps = ops.shape(frames)[1]
        x = unit_range(frames, self.compute_dtype)
        if mask is not None:
            refuse_another_mask(mask, frames, owner)
            x = ops.where(mask[:, :, None, None, None], x, ops.zeros((), x.dtype))
        x = ops.reshape(x, (-1, *frames.shape[2:]))
        if self.kind == "gru":
            x = ops.reshape(self.frames(x), (-1, steps, self.units))
            return self.reader(x, mask=mask)
        for within, across in zip(self.spatial, self.temporal, strict=True):
            x = within(x)
            _, height, width, channels = x.shape
            x = ops.reshape(x, (-1, steps, height * width, channels))
            if mask is not None:  # a padded frame must look like the zeros beyond the end
                x = ops.where(mask[:, :, None, None], x, ops.zeros((), x.dtype))
            x = ops.reshape(across(x), (-1, height, width, channels))
        x = ops.reshape(mean_over_positions(x), (-1, steps, self.filters[-1]))
        return self.dense(x if self.sequence else mean_over_positions(x, mask))

    def compute_mask(self, frames, mask=None):
        return mask if self.sequence else None

    def compute_output_shape(self, frames_shape):
        return (*frames_shape[:2], self.units) if self.sequence else (frames_shape[0], self.units)

    def get_config(self):
        names = ("units", "filters", "kind", "sequence")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
