"""Encoder of text: from word numbers to one vector, or one a word. Padding never changes a result, on either side."""

from keras import initializers, layers, ops

from .base import TensorLayer, at_least, choose, register
from .checks import InputError
from .numerics import is_true, shape_of, type_of
from .tokens import mean_over_positions, sinusoid
from .transformer import AttentionBlock


@register
class TextEncoder(TensorLayer):
    """features = GRU(E words), or the mean of Block(√units E words + positions): word numbers to features.

    Args:
        vocabulary: the number of word numbers, padding included.
        units: the width of the features.
        kind: `"gru"`: embedding E, then a gated recurrent unit; its last state. `"transformer"`: embedding plus sine
            and cosine positions, one `AttentionBlock`, a layer normalisation, and the mean over words.
        heads: of the transformer; they divide the units.
        sequence: gives one vector a word, and passes the padding mask on to the layer that follows.

    Input: word numbers (B, T), whole numbers of any type, 0 for padding.
    Output: (B, units), or (B, T, units) with `sequence=True`. A sample without words gives zeros, but for the offset
        of the layer normalisation.
    Source: GRU: Cho et al., 2014, arXiv:1406.1078; transformer: Vaswani et al., 2017, arXiv:1706.03762.
    Lesson: 02

    Raises `ValueError` for inputs that are not (B, T) and, in eager code, for a number outside the vocabulary; in a
    compiled graph, which cannot look, such a word gives NaN.

    >>> words = np.array([[3, 4, 5], [7, 1, 0]])
    >>> tuple(TextEncoder(9, 8)(words).shape), tuple(TextEncoder(9, 8, "transformer", sequence=True)(words).shape)
    ((2, 8), (2, 3, 8))
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
        super().__init__(autocast=False, **kwargs)  # a float16 ends at word 2048
        self.vocabulary = at_least(vocabulary, 2, "vocabulary", "TextEncoder")
        self.units = at_least(units, 1, "units", "TextEncoder")
        self.kind = choose(kind, ("gru", "transformer"), "kind", "TextEncoder")
        self.heads, self.sequence = heads, bool(sequence)
        policy = {"dtype": self.dtype_policy}
        start = initializers.RandomNormal(stddev=self.units**-0.5)
        self.embedding = layers.Embedding(self.vocabulary, self.units, embeddings_initializer=start, **policy)
        if kind == "gru":
            self.reader = layers.GRU(self.units, return_sequences=self.sequence, **policy)
        else:
            self.reader = AttentionBlock(self.units, heads, **policy)
            self.norm = layers.LayerNormalization(epsilon=1e-5, **policy)

    def build(self, input_shape):
        self._check(tuple(input_shape))
        self.embedding.build(input_shape)
        steps = (None, None, self.units)
        if self.kind == "gru":
            self.reader.build(steps)
        else:
            self.reader.build(steps, steps)
            self.norm.build(steps)

    def _check(self, shape: tuple | None) -> None:
        if shape is None or len(shape) != 2 or shape[1] == 0:
            raise InputError(f"TextEncoder '{self.name}' takes word numbers of shape (batch, steps); got {shape}.")

    def call(self, words):
        self._check(shape_of(words))
        if type_of(words) in ("bool", "int8", "uint8", "int16", "uint16"):
            words = ops.cast(words, "int32")  # room for the vocabulary
        known = ops.logical_and(words >= 0, words < self.vocabulary)
        if "float" in type_of(words):
            known = ops.logical_and(known, words == ops.floor(words))
        if is_true(ops.all(known)) is False:
            least, most = float(ops.min(words)), float(ops.max(words))
            raise InputError(
                f"TextEncoder '{self.name}' has a vocabulary of {self.vocabulary}: word numbers are whole and lie "
                f"between 0 and {self.vocabulary - 1}; got {least:g} to {most:g}."
            )
        words = ops.cast(ops.where(known, words, ops.zeros_like(words)), "int32")
        mask = ops.logical_or(ops.not_equal(words, 0), ops.logical_not(known))
        x = self.embedding(words)
        x = ops.where(ops.expand_dims(known, -1), x, ops.full((), float("nan"), dtype=x.dtype))
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
