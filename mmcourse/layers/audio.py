"""Encoder of sound: from a waveform, through a log-mel picture, to features. Taught in lesson 03."""

from keras import layers, ops

from mmcourse.layers.base import at_least, register
from mmcourse.layers.images import ConvEncoder


@register
class LogMel(layers.Layer):
    """Waveforms (B, T) to log-mel spectrograms (B, bands, T // stride) in dB, float32. Lesson 03.

    10·log10(max(mel power, 1e-5)), by `keras.layers.MelSpectrogram` with windows of 50 ms. Frame t is
    centred on sample t·stride. The layer's own `power_to_db` is not used: it cuts each clip relative to
    the loudest clip of its batch, so that a sample's features would depend on its neighbours.
    """

    def __init__(self, bands: int = 24, stride: int = 160, rate: int = 8000, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.bands = at_least(bands, 1, "bands", "LogMel")
        self.stride = at_least(stride, 1, "stride", "LogMel")
        self.rate = at_least(rate, 1, "rate", "LogMel")
        window = rate // 20
        self.mel = layers.MelSpectrogram(
            fft_length=max(window, 512),
            sequence_stride=stride,
            sequence_length=window,
            sampling_rate=rate,
            num_mel_bins=bands,
            min_freq=50.0,
            max_freq=rate / 2,
            power_to_db=False,
            mag_exp=2.0,
            dtype="float32",
        )

    def build(self, input_shape):
        if len(input_shape) != 2:
            raise ValueError(
                f"LogMel '{self.name}' takes waveforms of shape (batch, samples); got {tuple(input_shape)}."
            )
        self.mel.build(input_shape)

    def call(self, waveform):
        frames = ops.shape(waveform)[1] // self.stride  # Keras adds one frame, centred on the end
        power = self.mel(ops.cast(waveform, "float32"))[:, :, :frames]
        return 10.0 * ops.log10(ops.maximum(power, 1e-5))

    def compute_output_shape(self, input_shape):
        samples = input_shape[1]
        return (input_shape[0], self.bands, None if samples is None else samples // self.stride)

    def get_config(self):
        return {**super().get_config(), "bands": self.bands, "stride": self.stride, "rate": self.rate}


@register
class AudioEncoder(ConvEncoder):
    """Waveforms (B, T) in [-1, 1] to features (B, units), through a log-mel picture. Taught in lesson 03.

    The log-mel spectrogram (`LogMel`: `bands` × T // `stride`) is brought to zero mean and unit variance
    within each clip, which takes the loudness out, and read by the same small CNN as an image.

    `sequence=True` gives one vector for each place of the picture that is left: (B, T', units), for attention.

    Raises `ValueError` for a waveform that is not (B, T) with T known and at least one stride long.
    """

    def __init__(
        self,
        units: int = 64,
        filters=(16, 32),
        bands: int = 24,
        stride: int = 160,
        rate: int = 8000,
        sequence: bool = False,
        **kwargs,
    ):
        super().__init__(units, filters, sequence, autocast=False, **kwargs)
        self.log_mel = LogMel(bands, stride, rate)

    def build(self, input_shape):
        shape = tuple(input_shape)
        if len(shape) != 2 or shape[1] is None or shape[1] < self.log_mel.stride:
            raise ValueError(
                f"AudioEncoder '{self.name}' takes waveforms of shape (batch, samples), at least "
                f"{self.log_mel.stride} samples long; got {shape}. Cut or pad the clips to one length."
            )
        self.log_mel.build(shape)
        self.build_on(self.image_shape(shape))

    def image_shape(self, input_shape):
        return (*self.log_mel.compute_output_shape(input_shape), 1)

    def call(self, waveform):
        picture = ops.expand_dims(self.log_mel(waveform), -1)
        mean, variance = ops.moments(picture, axes=[1, 2], keepdims=True)
        picture = (picture - mean) / ops.sqrt(variance + 1e-3)
        return self.encode(ops.cast(picture, self.compute_dtype))

    def get_config(self):
        mel = self.log_mel
        return {**super().get_config(), "bands": mel.bands, "stride": mel.stride, "rate": mel.rate}
