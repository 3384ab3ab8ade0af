"""Encoders of text and video: from word numbers and frames to one vector, or one a step.

Padding never changes a result, on whichever side it is. Taught in lessons 02 and 04.
"""

from keras import initializers, layers, ops

from mmcourse.layers.base import at_least, choose, is_true, register
from mmcourse.layers.images import ImageEncoder, conv, unit_range
from mmcourse.layers.tokens import mean_over_positions, sinusoid
from mmcourse.layers.transformer import AttentionBlock


@register
class TextEncoder(layers.Layer):
    """Word numbers (B, T), 0 for padding, to features (B, units). Taught in lesson 02.

    - `kind="gru"`: embedding, then a gated recurrent unit (Cho et al., 2014); its last state.
    - `kind="transformer"`: embedding plus sine and cosine positions, one `AttentionBlock`, a layer
      normalisation, and the mean over words. `heads` applies to it only.

    `vocabulary` is the number of word numbers, padding included. `sequence=True` gives one vector a word,
    (B, T, units), and passes the padding mask on to the layer that follows.

    Raises `ValueError` for inputs that are not (B, T), and, in eager code, for a number outside the
    vocabulary.
    """

    def __init__(
        self,
        vocabulary: int,
        units: int = 64,
        kind: str = "gru",
        heads: int = 4,
        sequence: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.vocabulary = at_least(vocabulary, 2, "vocabulary", "TextEncoder")
        self.units = at_least(units, 1, "units", "TextEncoder")
        self.kind = choose(kind, ("gru", "transformer"), "kind", "TextEncoder")
        self.heads, self.sequence = heads, bool(sequence)
        policy = {"dtype": self.dtype_policy}
        start = initializers.RandomNormal(stddev=units**-0.5)
        self.embedding = layers.Embedding(vocabulary, units, embeddings_initializer=start, **policy)
        if kind == "gru":
            self.reader = layers.GRU(units, return_sequences=self.sequence, **policy)
        else:
            self.reader = AttentionBlock(units, heads, **policy)
            self.norm = layers.LayerNormalization(epsilon=1e-5, **policy)

    def build(self, input_shape):
        if len(input_shape) != 2:
            raise ValueError(
                f"TextEncoder '{self.name}' takes word numbers of shape (batch, steps); got {tuple(input_shape)}."
            )
        self.embedding.build(input_shape)
        steps = (None, None, self.units)
        if self.kind == "gru":
            self.reader.build(steps)
        else:
            self.reader.build(steps, steps)
            self.norm.build(steps)

    def call(self, words):
        words = ops.cast(words, "int32")
        if is_true(ops.any(ops.logical_or(words < 0, words >= self.vocabulary))):
            raise ValueError(
                f"TextEncoder '{self.name}' has a vocabulary of {self.vocabulary}: word numbers lie between 0 "
                f"and {self.vocabulary - 1}; got {int(ops.min(words))} to {int(ops.max(words))}."
            )
        mask = ops.not_equal(words, 0)
        x = self.embedding(words)
        if self.kind == "gru":
            return self.reader(x, mask=mask)
        x = x * self.units**0.5 + sinusoid(x, mask)  # unit variance, like the positions beside it
        x = self.norm(self.reader(x, x, keys_mask=mask))
        return x if self.sequence else mean_over_positions(x, mask)

    def compute_mask(self, words, mask=None):
        return ops.not_equal(words, 0) if self.sequence else None

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.units) if self.sequence else (input_shape[0], self.units)

    def get_config(self):
        names = ("vocabulary", "units", "kind", "heads", "sequence")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@register
class VideoEncoder(layers.Layer):
    """Frames (B, T, H, W, C) to features (B, units). Taught in lesson 04.

    - `kind="gru"`: an `ImageEncoder` on every frame, then a gated recurrent unit over the frames.
    - `kind="2+1d"`: for each of `filters` a 3x3 convolution within each frame, at half the resolution, and one
      over 3 frames at each place (Tran et al., 2018); then the mean over places and frames, and a dense layer.

    Float frames are in [0, 1], integer frames 0..255. Frames may be masked: by Keras, or `mask` (B, T) bool.
    `sequence=True` gives one vector a frame, (B, T, units), and passes the mask on.

    Raises `ValueError` for inputs that are not (B, T, H, W, C) with H, W and C known.
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
        self.filters = [at_least(f, 1, "each of filters", "VideoEncoder") for f in filters]
        self.kind = choose(kind, ("gru", "2+1d"), "kind", "VideoEncoder")
        self.sequence = bool(sequence)
        policy = {"dtype": self.dtype_policy}
        if kind == "gru":
            self.frames = ImageEncoder(units, self.filters, **policy)
            self.reader = layers.GRU(units, return_sequences=self.sequence, **policy)
        else:
            self.spatial = [conv(f, strides=2, **policy) for f in self.filters]
            self.temporal = [conv(f, (3, 1), **policy) for f in self.filters]
            self.dense = layers.Dense(units, activation="relu", kernel_initializer="he_normal", **policy)

    def build(self, frames_shape):
        if len(frames_shape) != 5 or None in frames_shape[2:]:
            raise ValueError(
                f"VideoEncoder '{self.name}' takes frames of shape (batch, steps, height, width, channels) with "
                f"the last three known; got {tuple(frames_shape)}."
            )
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
        steps = ops.shape(frames)[1]
        x = ops.reshape(unit_range(frames, self.compute_dtype), (-1, *frames.shape[2:]))
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
