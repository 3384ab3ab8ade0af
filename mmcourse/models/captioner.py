"""From an image to words: a decoder that is told the words so far and looks at the image for the next one."""

from collections.abc import Mapping

import keras
from keras import ops

from ..layers.base import at_least, register
from ..layers.checks import InputError
from ..layers.numerics import wide
from ..layers.text import TextEncoder
from ..layers.transformer import AttentionBlock
from .beams import search
from .strict import StrictModel
from .typed import check_part, revive_parts, serialize

IMAGE, WORDS = "image", "words"


@register
class Captioner(StrictModel):
    """logits_t = LN(Block(h_t, P cells)) Eᵀ + b, h_t = GRU(E w_1, ..., E w_{t-1}): one image in words, word by word.

    E (vocabulary, units) reads the words and is what they are chosen by: tied. Block is an `AttentionBlock` from the
    words so far to the cells of the image. The end of a caption is word 0, the padding: the first 0 is learned, what
    comes after it counts for nothing, neither in the loss nor in metrics. So leave room: `encode` captions to a length
    above that of the longest.

    Args:
        vocabulary: the number of word numbers, padding included, as of `TextEncoder`.
        encoder: a layer or model from an image to cells (B, cells, d), such as `ImageEncoder(64, sequence=True)`, or
            `keras.layers.Identity()` for cells that are there already. None: a decoder that sees no image, and knows
            what captions are like. It is the baseline.
        units: the width of words, states and cells.
        heads: of the attention; they divide the units.

    Input: `{"image": ..., "words": (B, T)}`, word numbers as `Vocabulary.encode` gives them; without an encoder
        `{"words": ...}`. Teacher forcing: `fit({"image": image, "words": words}, words)`, with
        `SparseCategoricalCrossentropy(from_logits=True)`.
    Output: logits (B, T, vocabulary) float32 of word t, from the words before it. `describe` writes captions.
    Source: attention over an image, Xu et al., 2015, arXiv:1502.03044; after the recurrence, Luong et al., 2015,
        arXiv:1508.04025; tied words, Press and Wolf, 2017, arXiv:1608.05859.
    Lesson: 19

    Raises `ValueError` that names the missing, unexpected and expected keys, for cells that are not (B, cells, d), and
    as `TextEncoder` does for words.

    >>> model = Captioner(9, ImageEncoder(8, sequence=True), units=8)
    >>> batch = {"image": np.zeros((2, 8, 8, 3)), "words": np.array([[3, 4, 0], [5, 0, 0]])}
    >>> tuple(model(batch).shape), model.describe({"image": batch["image"]}, length=5).shape
    ((2, 3, 9), (2, 5))
    """

    def __init__(self, vocabulary: int, encoder=None, units: int = 64, heads: int = 4, **kwargs):
        super().__init__([WORDS] if encoder is None else [IMAGE, WORDS], **kwargs)
        self.vocabulary = at_least(vocabulary, 2, "vocabulary", "Captioner")
        self.units, self.heads, self.encoder = units, heads, encoder
        policy = {"dtype": self.dtype_policy}
        self.reader = TextEncoder(self.vocabulary, units, sequence=True, **policy)
        self.norm = keras.layers.LayerNormalization(epsilon=1e-5, **policy)
        if encoder is not None:
            check_part(encoder, "encoder", "Captioner")
            self.project = keras.layers.Dense(units, **policy)
            self.look = AttentionBlock(units, heads, **policy)
        self.supports_masking = True

    def parts(self):
        return {WORDS: self.reader} if self.encoder is None else {IMAGE: self.encoder, WORDS: self.reader}

    def build(self, input_shape) -> None:
        """Create all weights; captions of any length will do."""
        if isinstance(input_shape, Mapping) and len(input_shape.get(WORDS, ())) == 2:
            input_shape = {**input_shape, WORDS: (None, None)}
        super().build(input_shape)

    def build_named_parts(self, inputs):
        self.bias = self.add_weight(shape=(self.vocabulary,), initializer="zeros", name="bias")
        self._next_words(self._states(inputs[WORDS]), self._cells(inputs))

    def call(self, batch, training: bool = False):
        inputs, _ = self.modalities.read(batch)
        return self._next_words(self._states(inputs[WORDS], training), self._cells(inputs, training), training)

    def _cells(self, inputs: Mapping, training: bool = False):
        """What there is to look at, (B, cells, units); None without an encoder."""
        if self.encoder is None:
            return None
        cells = self.encoder(inputs[IMAGE], training=training)
        if len(getattr(cells, "shape", ())) != 3:
            came = getattr(cells, "shape", type(cells).__name__)
            raise InputError(
                f"Captioner '{self.name}' looks at cells (batch, cells, width); its encoder gave {came}. "
                "ImageEncoder gives them with sequence=True."
            )
        return self.project(cells)

    def _states(self, words, training: bool = False):
        """h (B, T, units): before each word, what the words to its left have left behind; before the first, zeros."""
        after = self.reader(words, training=training)
        return ops.concatenate([ops.zeros_like(after[:, :1]), after[:, :-1]], axis=1)

    def _next_words(self, states, cells, training: bool = False):
        """Logits (B, S, vocabulary) from S states of the words so far."""
        looked = states if cells is None else self.look(states, cells, training=training)
        words = self.reader.embedding(ops.arange(self.vocabulary))  # read, not taken: int8 weights have a scale
        logits = ops.matmul(wide(self.norm(looked)), wide(ops.transpose(words)))
        return logits + wide(ops.convert_to_tensor(self.bias))

    def compute_mask(self, inputs, previous_mask=None):
        """True up to and with the first 0: Keras leaves the rest out of losses and metrics."""
        ended = ops.cast(ops.equal(inputs[WORDS], 0), "int32")
        return ops.equal(ops.cumsum(ended, axis=1) - ended, 0)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return super().compute_loss(x, y, self._masked(x, y_pred), sample_weight, training)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return super().compute_metrics(x, y, self._masked(x, y_pred), sample_weight)

    def _masked(self, x, y_pred):
        """The logits with their mask: Keras on JAX loses it between a model and its loss."""
        keras.src.backend.set_keras_mask(y_pred, self.compute_mask(x))  # Keras has no public name for it
        return y_pred

    def describe(self, batch: Mapping, length: int, beams: int = 1):
        """The likeliest captions that `beams` beams find, (B, length) int32 NumPy, 0 from the end on.

        One beam takes the likeliest word at each step (greedy); more keep that many beginnings, by the sum of their
        log-probabilities, so that short captions are favoured. The words so far are never read again: each beginning
        keeps its state. `batch` is `{"image": ...}`, read in one pass; without an encoder it is `{}`, and there is one
        answer, (1, length). Decode with `Vocabulary.decode`. Raises `ValueError` for a model that is not built, other
        keys, and a length or beams below 1.
        """
        length, beams = (at_least(v, 1, n, "Captioner.describe") for v, n in ((length, "length"), (beams, "beams")))
        wanted = self.modalities.names[:-1]
        if not self.built or not isinstance(batch, Mapping) or list(batch) != wanted:
            came = f"got {list(batch) if isinstance(batch, Mapping) else type(batch).__name__}"
            fault = came if self.built else "call it on one batch with words first, so that it has weights"
            raise InputError(f"Captioner '{self.name}' describes a batch with the keys {wanted}; {fault}.")
        self.modalities.check_tensors(batch)
        cells = self._cells(batch)
        rows = 1 if cells is None else cells.shape[0]
        states = ops.zeros((rows, beams, self.units), dtype=self.compute_dtype)
        return search(states, self._after, lambda states: self._next_words(states, cells), length, beams)

    def _after(self, states, words):
        """The states (B, S, units) when one more word each, (B, S), has been read."""
        embedded, flat = self.reader.embedding(words), (-1, self.units)
        _, (after,) = self.reader.reader.cell(ops.reshape(embedded, flat), [ops.reshape(states, flat)])
        return ops.reshape(after, states.shape)

    def get_config(self):
        numbers = {name: getattr(self, name) for name in ("vocabulary", "units", "heads")}
        return {**super().get_config(), **numbers, "encoder": serialize(self.encoder)}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**revive_parts(config, ("encoder",), custom_objects))
