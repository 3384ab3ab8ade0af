"""Word vectors that come in a Python package, so that a real giant works without a network. Taught in lesson 17."""

import importlib.util
from pathlib import Path

import keras
import numpy as np
from keras import ops

from ..layers.base import register
from .sources import need

PACKAGE, WEIGHTS = "wordllama", "weights/l2_supercat_256.safetensors"
TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"


@register
class WordVectors(keras.layers.Layer):
    """Sentences (B,) of str to (B, 256): the mean of the vectors of their tokens.

    f(s) = 1/T Σ_t E[token_t], with E (32000, 256) and the tokenizer from the files of the package `wordllama`: the
    token embeddings of Llama 2 and of other models that read the same tokens, joined and trained on to 256 numbers by
    L. Miller and packaged by him under the MIT licence; Llama 2 itself is under Meta's community licence. The course
    ships none of them. No order of words is read, and a character without a token of its own is read as its bytes. An
    empty sentence is zeros.

    TensorFlow backend only, as every layer that takes strings; the tokenizer runs in Python, so a model with this layer
    is saved as `.keras` but not exported. Frozen unless `trainable`. Raises `ImportError` that names the extra where
    the package is absent, `ValueError` where its files are not those of version 0.4 and for what is not (B,) str.

    >>> tuple(WordVectors()(keras.ops.convert_to_tensor(["red apple", "a ring"])).shape)
    (2, 256)
    """

    def __init__(self, trainable: bool = False, **kwargs):
        super().__init__(**kwargs)
        vectors, self.tokenizer = _read()
        self.vectors = self.add_weight(vectors.shape, lambda shape, dtype: ops.cast(vectors, dtype), name="vectors")
        self.supports_jit = False  # XLA has no strings
        self.trainable = trainable
        self.built = True

    def call(self, text):
        import tensorflow as tf

        text = tf.convert_to_tensor(text)
        if text.dtype != tf.string or text.shape.rank != 1:
            raise ValueError(f"WordVectors takes sentences, str of shape (batch,); got {text.dtype.name} {text.shape}")
        tokens = tf.numpy_function(self._tokens, [text], tf.int32)
        tokens.set_shape((None, None))
        known = ops.cast(tokens >= 0, self.compute_dtype)[..., None]
        sums = ops.sum(ops.take(self.vectors, ops.maximum(tokens, 0), axis=0) * known, axis=1)
        return ops.reshape(sums / ops.maximum(ops.sum(known, axis=1), 1), (-1, self.vectors.shape[1]))

    def pieces(self, sentence: str) -> list[str]:
        """The tokens that a sentence is read as."""
        return self.tokenizer.encode(sentence, add_special_tokens=False).tokens

    def _tokens(self, sentences: np.ndarray) -> np.ndarray:
        """(B, T) int32 numbers of tokens, -1 behind the end of a sentence."""
        texts = [sentence.decode("utf-8") for sentence in sentences]
        rows = [found.ids for found in self.tokenizer.encode_batch(texts, add_special_tokens=False)]
        padded = np.full((len(rows), max(map(len, rows), default=0)), -1, np.int32)
        for row, ids in zip(padded, rows, strict=True):
            row[: len(ids)] = ids
        return padded

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.vectors.shape[1])


def _read():
    """The vectors (32000, 256) and the tokenizer, from the files of the package; its code is not run."""
    need(PACKAGE, "its word vectors")
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    folder = Path(importlib.util.find_spec(PACKAGE).origin).parent
    try:
        vectors = load_file(folder / WEIGHTS)["embedding.weight"]
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:  # the libraries fail with classes of their own, written in Rust
        raise ValueError(f"the files in {folder} are not those of {PACKAGE} 0.4 ({error}); install it anew") from None
    return vectors.astype("float32"), tokenizer
