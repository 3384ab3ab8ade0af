"""Text encoders of KerasHub, with the tokenizer that each was trained with inside. Taught in lesson 17."""

import os
from pathlib import Path

import keras

from ..layers.base import choose, register
from .sources import need, weights_of

BERT = {"bert_tiny_en_uncased": 18, "bert_small_en_uncased": 115, "bert_base_en_uncased": 438}  # megabytes
HOST = "https://www.kaggle.com/models/keras/bert"


@register
class TextBackbone(keras.layers.Layer):
    """Sentences (B,) of str to features (B, d). Made by `pretrained.text`; TensorFlow backend only.

    `pooling` "first" takes BERT's vector for the whole sentence, "mean" the mean over its words, padding left out. The
    tokenizer cuts after `length` pieces. A frozen backbone runs with `training=False`.

    >>> import keras_hub as hub
    >>> words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "ring"]
    >>> hub.models.BertBackbone(len(words), 1, 2, 8, 16, max_sequence_length=64).save_to_preset("bert")
    >>> hub.models.BertTokenizer(words, lowercase=True).save_to_preset("bert")
    >>> encoder = text("bert", length=16)
    >>> isinstance(encoder, TextBackbone), encoder.trainable
    (True, False)
    """

    def __init__(
        self,
        backbone: keras.Model,
        vocabulary: list[str],
        lowercase: bool = True,
        length: int = 64,
        pooling: str = "first",
        trainable: bool = False,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        from keras_hub import models

        self.backbone, self.vocabulary = backbone, list(vocabulary)
        self.lowercase, self.length = lowercase, length
        self.pooling = choose(pooling, ("first", "mean"), "pooling", "TextBackbone")
        tokenizer = models.BertTokenizer(vocabulary=self.vocabulary, lowercase=lowercase)
        self.preprocessor = models.BertTextClassifierPreprocessor(tokenizer, sequence_length=length)
        self.supports_jit = False  # XLA has no strings
        self.trainable = trainable
        self.built = True

    def call(self, text, training=False):
        tokens = self.preprocessor(text)
        outputs = self.backbone(tokens, training=bool(training) and self.trainable)
        if self.pooling == "first":
            features = outputs["pooled_output"]
        else:
            words = keras.ops.cast(tokens["padding_mask"], "float32")[..., None]
            sums = keras.ops.sum(keras.ops.cast(outputs["sequence_output"], "float32") * words, axis=1)
            features = sums / keras.ops.sum(words, axis=1)
        return keras.ops.cast(features, self.compute_dtype)

    def get_config(self):
        # the words too: a functional model calls its layers before it reads their files
        names = ("vocabulary", "lowercase", "length", "pooling")
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **own, "backbone": keras.saving.serialize_keras_object(self.backbone)}

    @classmethod
    def from_config(cls, config):
        import keras_hub  # noqa: F401, which registers its classes

        return cls(**{**config, "backbone": keras.saving.deserialize_keras_object(config["backbone"])})


def text(preset: str, weights: str | None = "pretrained", pooling: str = "first", length: int = 64, **options):
    """A text encoder as a frozen layer: (B,) str to (B, d) features.

    `preset` is a BERT of KerasHub ("bert_tiny_en_uncased", "bert_small_en_uncased", "bert_base_en_uncased" ...) or the
    folder of one. `weights=None` leaves the weights at random. Set `.trainable = True` to fine-tune. Raises
    `NotAvailable` where the files cannot be had, within 5 seconds, and `ImportError` that names the extra where
    KerasHub is absent; `small("text")` is always there.

    >>> import keras_hub as hub
    >>> words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "ring"]
    >>> hub.models.BertBackbone(len(words), 1, 2, 8, 16, max_sequence_length=64).save_to_preset("bert")
    >>> hub.models.BertTokenizer(words, lowercase=True).save_to_preset("bert")
    >>> tuple(text("bert", length=16)(keras.ops.convert_to_tensor(["a red ring", "a"])).shape)
    (2, 8)
    """
    choose(weights, ("pretrained", None), "weights", "pretrained.text")
    need("keras_hub", "encoders of KerasHub")
    here = Path(preset).is_dir() or _cached(preset)
    if here:
        return _made(preset, weights, pooling, length, options)
    with weights_of(
        preset,
        HOST,
        f"{BERT[preset]} MB" if preset in BERT else "its files",
        f"download the preset's folder from that page and give its path: pretrained.text('folder/{preset}')",
        'pretrained.small("text"), which is part of the course',
    ):
        return _made(preset, weights, pooling, length, options)


def _made(preset: str, weights: str | None, pooling: str, length: int, options: dict) -> TextBackbone:
    from keras_hub import models

    backbone = models.BertBackbone.from_preset(preset, load_weights=weights is not None)
    tokenizer = models.BertTokenizer.from_preset(preset)
    return TextBackbone(backbone, tokenizer.get_vocabulary(), tokenizer.lowercase, length, pooling, **options)


def _cached(preset: str) -> bool:
    """Whether Kaggle's client has kept a preset of this name."""
    root = Path(os.environ.get("KAGGLEHUB_CACHE", Path.home() / ".cache" / "kagglehub"))
    return any((root / "models" / "keras").glob(f"*/keras/{preset}/*"))
