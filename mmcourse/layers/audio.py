"""Encoder of sound: from a waveform, through a log-mel picture, to features."""

from keras import layers, ops

from .base import TensorLayer, at_least, register
from .checks import InputError, refuse_another_shape
from .images import ConvEncoder
from .numerics import shape_of, type_of


@register
class LogMel(TensorLayer):
    """10·log10(max(mel power, 1e-5)): waveforms to log-mel spectrograms in dB.

    By `keras.layers.MelSpectrogram` with windows of 50 ms. Frame t is centred on sample t·stride. The layer's own
    `power_to_db` is not used: it cuts each clip relative to the loudest clip of its batch, so that a sample's
    features would depend on its neighbours.

    Args:
        bands: the number of mel bands, from 50 Hz to half the rate.
        stride: samples from frame to frame.
        rate: samples a second.

    Input: waveforms (B, T), floats in [-1, 1].
    Output: (B, bands, T // stride), float32.
    Source: Davis and Mermelstein, 1980, doi:10.1109/TASSP.1980.1163420.
    Lesson: 03

    Raises `ValueError` for integers, and for clips shorter than a stride or half a Fourier window.

    >>> tuple(LogMel()(np.zeros((2, 1600))).shape)
    (2, 24, 10)
    """

    def __init__(self, bands: int = 24, stride: int = 160, rate: int = 8000, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.bands = at_least(bands, 1, "bands", "LogMel")
        self.stride = at_least(stride, 1, "stride", "LogMel")
        self.rate = at_least(rate, 1, "rate", "LogMel")
        window = rate // 20
        self.fewest = max(self.stride, max(window, 512) // 2 + 1)  # the ends are mirrored by half a Fourier window
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
        self._check(tuple(input_shape))
        self.mel.build(input_shape)

    def _check(self, shape: tuple | None, kind: str = "float32") -> None:
        samples = shape[1] if shape and len(shape) == 2 else 0
        if "float" not in kind or (samples is not None and samples < self.fewest):
            raise InputError(
                f"LogMel '{self.name}' takes waveforms of shape (batch, samples), at least {self.fewest} samples long, "
                f"floats in [-1, 1]; got {kind} of shape {shape}. Divide 16-bit integers by 32768."
            )

    def call(self, waveform):
        self._check(shape_of(waveform), type_of(waveform))
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
    """features = relu(W vec(residual CNN(log-mel(waveform))) + b): sound read as a picture.

    The log-mel spectrogram is brought to zero mean and unit variance within each clip, which takes the loudness out,
    and read by the same small CNN as an image.

    Args:
        units, filters: those of `ImageEncoder`.
        bands, stride, rate: those of `LogMel`.
        sequence: gives one vector for each place of the picture that is left, for attention.

    Input: waveforms (B, T), floats in [-1, 1]. T is fixed when the layer is built, unless it is built as None (with
        `sequence=True` only).
    Output: (B, units), or (B, T', units) with `sequence=True`.
    Source: Davis and Mermelstein, 1980, doi:10.1109/TASSP.1980.1163420; He et al., 2016, arXiv:1512.03385.
    Lesson: 03

    Raises `ValueError` for what is not (B, T), is too short, holds integers, or has another length than at build.

    >>> tuple(AudioEncoder(16)(np.zeros((2, 1600))).shape)
    (2, 16)
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
        least = self.log_mel.fewest
        unknown = len(shape) == 2 and shape[1] is None
        if len(shape) != 2 or (unknown and not self.sequence) or (not unknown and shape[1] < least):
            raise InputError(
                f"AudioEncoder '{self.name}' takes waveforms of shape (batch, samples), at least {least} samples "
                f"long; got {shape}. Cut or pad the clips to one length."
            )
        self.built_on = shape
        self.log_mel.build(shape)
        self.build_on(self.image_shape(shape))

    def image_shape(self, input_shape):
        return (*self.log_mel.compute_output_shape(input_shape), 1)

    def call(self, waveform):
        refuse_another_shape(waveform, self.built_on, f"AudioEncoder '{self.name}'")
        picture = ops.expand_dims(self.log_mel(waveform), -1)
        mean, variance = ops.moments(picture, axes=[1, 2], keepdims=True)
        picture = (picture - mean) / ops.sqrt(variance + 1e-3)
        return self.encode(ops.cast(picture, self.compute_dtype))

    def get_config(self):
        mel = self.log_mel
        return {**super().get_config(), "bands": mel.bands, "stride": mel.stride, "rate": mel.rate}
