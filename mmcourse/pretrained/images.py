"""Image encoders of keras.applications, each with the preprocessing it was trained with inside. Taught in lesson 17."""

import os
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import keras
from keras import ops

from ..layers.base import at_least, choose, register
from ..layers.images import unit_range
from .sources import weights_of

HOST = "https://storage.googleapis.com/tensorflow/keras-applications/"


@dataclass(frozen=True)
class Known:
    """A model of keras.applications: its class, the module of its preprocessing, its weight file, its size in MB."""

    model: str
    module: str
    file: str
    megabytes: float


KNOWN = {
    "vgg16": Known("VGG16", "vgg16", "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", 58.9),
    "resnet50": Known("ResNet50", "resnet", "resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5", 94.8),
    "mobilenetv3small": Known(
        "MobileNetV3Small",
        "mobilenet_v3",
        "mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        4.0,
    ),
    "mobilenetv3large": Known(
        "MobileNetV3Large",
        "mobilenet_v3",
        "mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
        12.7,
    ),
    "efficientnetv2b0": Known(
        "EfficientNetV2B0", "efficientnet_v2", "efficientnet_v2/efficientnetv2-b0_notop.h5", 24.3
    ),
}


@register
class ImageBackbone(keras.layers.Layer):
    """Pictures (B, H, W, 3) to features (B, d), or (B, h, w, d) with `pooling=None`. Made by `pretrained.image`.

    Integer pixels are 0 to 255, float pixels 0 to 1, as everywhere in this course. The layer scales them, resizes those
    with a side under `size` pixels, and prepares them as `keras.applications` does for this model: do not do it before.
    A frozen backbone runs with `training=False`, so its moving statistics stay. Raises `ValueError` for anything that
    is not (B, H, W, 3).

    >>> encoder = image("mobilenetv3small", weights=None, size=32)
    >>> isinstance(encoder, ImageBackbone), encoder.trainable
    (True, False)
    """

    def __init__(
        self,
        model: str,
        pooling: str | None = "avg",
        size: int = 224,
        trainable: bool = False,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.model = choose(model, tuple(KNOWN), "model", "ImageBackbone")
        self.pooling = choose(pooling, ("avg", "max", None), "pooling", "ImageBackbone")
        self.size = at_least(size, 32, "size", "ImageBackbone")
        self.backbone = self._made(None)
        self.trainable = trainable

    def _made(self, weights: str | None) -> keras.Model:
        make = getattr(keras.applications, KNOWN[self.model].model)
        shape = (224, 224, 3) if weights else (None, None, 3)  # some warn where weights meet an open size
        return make(include_top=False, weights=weights, input_shape=shape, pooling=self.pooling)

    def bring(self) -> None:
        """Load the ImageNet weights, from Keras's cache or the network."""
        self.backbone.set_weights(self._made("imagenet").get_weights())

    def build(self, input_shape):
        if len(input_shape) != 4 or input_shape[-1] != 3:
            raise ValueError(f"{self.model} takes pictures (batch, height, width, 3); got {tuple(input_shape)}.")
        self.built = True

    def call(self, image, training=False):
        # computed in float32: bfloat16 cannot tell 200 from 201
        pixels = ops.cast(unit_range(ops.convert_to_tensor(image), "float32"), "float32")
        height, width = image.shape[1:3]
        if height is None or width is None or min(height, width) < self.size:
            pixels = ops.image.resize(pixels, (self.size, self.size), interpolation="bilinear")
        prepare = getattr(keras.applications, KNOWN[self.model].module).preprocess_input
        features = self.backbone(prepare(255 * pixels), training=bool(training) and self.trainable)
        return ops.cast(features, self.compute_dtype)

    def get_config(self):
        # the weights are in the file that is being saved, so nothing is fetched when it is loaded
        return {**super().get_config(), "model": self.model, "pooling": self.pooling, "size": self.size}


def image(name: str, weights: str | None = "imagenet", pooling: str | None = "avg", **options):
    """An image encoder as a frozen layer: "vgg16", "resnet50", "mobilenetv3small", "mobilenetv3large",
    "efficientnetv2b0" of keras.applications.

    (B, H, W, 3) to (B, d) with `pooling` "avg" or "max". `weights=None` leaves the weights at random. `size` is the
    side in pixels that smaller pictures are resized to, 224 unless told. Set `.trainable = True` to fine-tune. Raises
    `NotAvailable` where the weights cannot be had, within 5 seconds; `small("image")` is always there.

    >>> encoder = image("mobilenetv3small", weights=None, size=32)
    >>> tuple(encoder(np.zeros((2, 8, 8, 3), "uint8")).shape)
    (2, 576)
    """
    choose(name, tuple(KNOWN), "name", "pretrained.image")
    choose(weights, ("imagenet", None), "weights", "pretrained.image")
    if not weights:
        return ImageBackbone(name, pooling, **options)
    with _within_reach(name):  # asked before anything is built, which takes seconds too
        layer = ImageBackbone(name, pooling, **options)
        layer.bring()
    return layer


def _within_reach(name: str):
    """Around loading ImageNet weights: nothing where Keras has the file, else `weights_of`."""
    known = KNOWN[name]
    path = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "models" / Path(known.file).name
    if path.is_file():
        return nullcontext()
    return weights_of(
        f"{known.model} (ImageNet)",
        HOST + known.file,
        f"{known.megabytes:.0f} MB",
        f"put that file at {path}",
        'pretrained.small("image"), which is part of the course',
    )
