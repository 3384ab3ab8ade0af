"""The second table: every encoder, block, loss and model, with a batch, and the cells in which it is special."""

from collections.abc import Callable
from dataclasses import dataclass, field

import keras
import numpy as np

import mmcourse.layers as mml
from mmcourse import losses
from mmcourse.models import Captioner, FeatureFusion, ModelFusion, TaskFusion
from tests.layers.contract import numpy
from tests.layers.odd import cell

RNG = np.random.default_rng(0)
ROWS = 5


def normal(*shape) -> np.ndarray:
    return RNG.normal(size=(ROWS, *shape)).astype("float32")


@dataclass(frozen=True)
class Part:
    """`make(**kwargs)` gives it unbuilt, `x` is a batch: an array, or a list or dict of them."""

    make: Callable
    x: object
    call: Callable = lambda layer, x, **kwargs: layer(x, **kwargs)
    typed: Callable | None = None  # what its own types mean as floats: pixels are divided by 255
    batchwise: bool = False  # a loss over the whole batch
    special: dict = field(default_factory=dict)  # column -> function of (part, layer)


PIXELS = RNG.random((ROWS, 8, 8, 1), "float32")
SOUND = RNG.normal(scale=0.1, size=(ROWS, 1600)).astype("float32")
WORDS = np.array([[3, 4, 5, 2], [7, 1, 6, 0], [2, 0, 0, 0], [1, 1, 8, 3], [5, 0, 0, 0]], "int32")
FRAMES = RNG.random((ROWS, 4, 8, 8, 1), "float32")


def of_pixels(x):
    return x.astype("float32") / 255


def free_sizes(kind, grow):
    """A fixed axis refuses another size; with `sequence=True` and axes built as None it equals a layer of that size."""

    def column(part, layer, plain):
        x = grow(part.x)
        cell(lambda: layer(x), must="refused")
        free, fixed = kind(6, (4,), sequence=True), kind(6, (4,), sequence=True)
        free.build((None, *[None] * (x.ndim - 2), 1) if x.ndim > 2 else (None, None))
        fixed.build(x.shape)
        fixed.set_weights(free.get_weights())
        return cell(lambda: free(x), numpy(fixed(x)), must="equal")

    return column


def integer_words(part, layer, plain):
    cell(lambda: layer(part.x.astype("uint8")), plain, must="equal")
    return cell(lambda: layer(part.x.astype("int64")), plain, must="equal")


def large_words(part, layer, plain):
    """Word 4097 is 4096 in float16, and 4100 in bfloat16: the words of a float batch must not be cast."""
    words = np.array([[4097.0, 2049.0, 1.0]], "float32")
    for policy in ("mixed_float16", "mixed_bfloat16"):
        low, exact = mml.TextEncoder(5000, 6, dtype=policy), mml.TextEncoder(5000, 6)
        exact(words)
        low.build(words.shape)
        low.set_weights(exact.get_weights())
        np.testing.assert_allclose(np.asarray(numpy(low(words)), "float32"), numpy(exact(words)), atol=0.02)
    return "equal"


def more_padding(part, layer, plain):
    return cell(lambda: layer(np.pad(part.x, ((0, 0), (1, 2)))), plain, must="equal")


def only_padding(part, layer, plain):
    nothing = np.zeros_like(part.x)
    return cell(lambda: layer(nothing), np.zeros_like(plain), must="equal")


def more_axes(part, layer, plain):
    return cell(lambda: layer(part.x[..., None]), must="refused")


def unknown_word(part, layer, plain):
    for word in (9, -1, 2.5, np.nan, 2.0**40):
        words = part.x.astype("float32")
        words[0, 0] = word
        cell(lambda words=words: layer(words), must="refused")
    return "refused"


def longer_film(part, layer, plain):
    """Frames beyond the mask, NaN among them, change nothing."""
    film = np.concatenate([part.x, np.full_like(part.x[:, :2], np.nan)], axis=1)
    mask = np.repeat([[True] * 4 + [False] * 2], ROWS, axis=0)
    return cell(lambda: layer(film, mask=mask), plain, must="equal")


def no_frames(part, layer, plain):
    """No frame at all: the state before the first, or the dense layer on a mean of nothing."""
    bias = np.maximum(numpy(layer.dense.bias), 0) if layer.kind == "2+1d" else 0.0
    mask = np.zeros((ROWS, 4), bool)
    return cell(lambda: layer(part.x, mask=mask), np.zeros_like(plain) + bias, must="equal")


def short_film_mask(part, layer, plain):
    return cell(lambda: layer(part.x, mask=np.ones((ROWS, 3), bool)), must="refused")


def block(layer, x, **kwargs):
    return layer(x, **kwargs) if not isinstance(x, list) or len(x) != 2 else layer(*x, **kwargs)


def more_keys(part, layer, plain):
    queries, keys = part.x
    longer = np.concatenate([keys, np.full_like(keys[:, :2], np.inf)], axis=1)
    mask = np.repeat([[True] * keys.shape[1] + [False] * 2], ROWS, axis=0)
    longer[:, -2:] = 9.0
    return cell(lambda: layer(queries, longer, keys_mask=mask), plain, must="equal")


def no_keys(part, layer, plain):
    """Nothing to attend to: the block without its attention."""
    queries, keys = part.x
    kept = numpy(layer.out).copy()
    layer.out.assign(0 * kept)
    without = numpy(layer(queries, keys))
    layer.out.assign(kept)
    return cell(lambda: layer(queries, keys, keys_mask=np.zeros(keys.shape[:2], bool)), without, must="equal")


def short_keys_mask(part, layer, plain):
    queries, keys = part.x
    return cell(lambda: layer(queries, keys, keys_mask=np.ones((ROWS, 1), bool)), must="refused")


def block_containers(part, layer, plain):
    queries, keys = part.x
    for odd in (None, [queries], queries.tolist()):
        cell(lambda odd=odd: layer(odd, keys), must="refused")
    return cell(lambda: layer(queries, None), must="refused")


def any_height(part, layer, plain):
    """A block of convolutions has no size of its own: its first rows do not see what is far below."""
    taller = np.concatenate([part.x, part.x], axis=1)
    return cell(lambda: layer(taller)[:, :2], plain[:, :2], must="equal")


def any_length(part, layer, plain):
    longer = np.concatenate([part.x, part.x], axis=1)
    return cell(lambda: layer(longer)[:, :, :6], plain[:, :, :6], must="equal")


def absent(part, layer, plain):
    """What stands in an absent modality, NaN included, is as if it had been left out."""
    names = layer.modalities.names
    present = np.ones((ROWS, len(names)), bool)
    present[:, 0] = False
    torn = {name: keras.tree.map_structure(lambda x: np.full_like(x, np.nan), part.x[name]) for name in names[:1]}
    rest = {name: part.x[name] for name in names[1:]}
    cell(lambda: layer({**part.x, "present": present.tolist()}), must="refused")
    cell(lambda: layer({**part.x, "present": present[:2]}), must="refused")
    left_out = numpy(layer(rest))
    return cell(lambda: layer({**torn, **rest, "present": present}), left_out, must="equal")


def nobody(part, layer, plain):
    return cell(lambda: layer({**part.x, "present": np.zeros((ROWS, 2), bool)}), must="refused")


def features(**widths):
    return {name: keras.layers.Dense(4) for name in widths}


def two_level(**kwargs):
    inner = FeatureFusion(features(image=0, audio=0), mml.LowRankFusion(4, 2), allow_missing=True)
    outer = {"scene": inner, "text": keras.layers.Dense(4)}
    return FeatureFusion(outer, mml.WeightedSum(4), keras.layers.Dense(3), allow_missing=True)


def task_fusion(**kwargs):
    trunk = FeatureFusion(features(image=0, audio=0), mml.ConcatFusion())
    return TaskFusion(trunk, {"digit": keras.layers.Dense(3), "age": keras.layers.Dense(1)})


def integer_caption(part, layer, plain):
    for kind in ("uint8", "int64"):
        cell(lambda kind=kind: layer({**part.x, "words": WORDS.astype(kind)}), plain, must="equal")
    return "equal"


def more_cells(part, layer, plain):
    """The same cells twice are the same image; their number was fixed when the model met its first batch."""
    twice = np.concatenate([part.x["image"], part.x["image"]], axis=1)
    return cell(lambda: layer({**part.x, "image": twice}), plain)


def longer_caption(part, layer, plain):
    longer = np.pad(WORDS, ((0, 0), (0, 2)))
    cell(lambda: numpy(layer({**part.x, "words": longer}))[:, :4], plain, must="equal")
    return more_cells(part, layer, plain)


def no_words(part, layer, plain):
    return cell(lambda: layer({**part.x, "words": WORDS[:, :0]}), must="refused")


def no_ids(part, layer, plain):
    cell(lambda: layer(part.x, ids=np.array([1])), must="refused")
    return cell(lambda: layer(part.x, mask=np.ones((ROWS, 1), bool)), must="refused")


PAIR = {"image": normal(5), "audio": normal(6)}
WORD_CELLS = {
    "size": more_axes,
    "integer": integer_words,
    "half": large_words,
    "steps": more_padding,
    "padded": only_padding,
    "NaN": unknown_word,
}
FILM_CELLS = {"steps": longer_film, "padded": no_frames, "mask": short_film_mask, "NaN": longer_film}
MODEL_CELLS = {"padded": nobody, "NaN": absent}

PARTS = {
    "ImageEncoder": Part(
        lambda **kw: mml.ImageEncoder(6, (4,), **kw),
        PIXELS,
        typed=of_pixels,
        special={"steps": free_sizes(mml.ImageEncoder, lambda x: np.concatenate([x, x], axis=1))},
    ),
    "AudioEncoder": Part(
        lambda **kw: mml.AudioEncoder(6, (4,), **kw),
        SOUND,
        special={"steps": free_sizes(mml.AudioEncoder, lambda x: np.concatenate([x, x], axis=1))},
    ),
    "TextEncoder(gru)": Part(lambda **kw: mml.TextEncoder(9, 6, **kw), WORDS, special=WORD_CELLS),
    "TextEncoder(transformer)": Part(
        lambda **kw: mml.TextEncoder(9, 6, "transformer", 2, **kw), WORDS, special=WORD_CELLS
    ),
    "VideoEncoder(gru)": Part(
        lambda **kw: mml.VideoEncoder(6, (4,), **kw), FRAMES, typed=of_pixels, special=FILM_CELLS
    ),
    "VideoEncoder(2+1d)": Part(
        lambda **kw: mml.VideoEncoder(6, (4,), "2+1d", **kw), FRAMES, typed=of_pixels, special=FILM_CELLS
    ),
    "LogMel": Part(lambda **kw: mml.LogMel(**kw), SOUND, special={"steps": any_length, "size": more_axes}),
    "ResidualBlock": Part(lambda **kw: mml.ResidualBlock(3, **kw), PIXELS, special={"steps": any_height}),
    "AttentionBlock": Part(
        lambda **kw: mml.AttentionBlock(4, 2, **kw),
        [normal(3, 4), normal(5, 4)],
        call=block,
        special={"steps": more_keys, "padded": no_keys, "mask": short_keys_mask, "container": block_containers},
    ),
    "TemperatureScaling": Part(lambda **kw: mml.TemperatureScaling(**kw), normal(3)),
    "TemperatureScaling(one logit)": Part(lambda **kw: mml.TemperatureScaling(**kw), normal(1)),
    "ContrastiveLoss": Part(
        lambda **kw: losses.ContrastiveLoss(**kw), [normal(4), normal(4)], batchwise=True, special={"padded": no_ids}
    ),
    "SigmoidContrastiveLoss": Part(
        lambda **kw: losses.SigmoidContrastiveLoss(**kw),
        [normal(4), normal(4)],
        batchwise=True,
        special={"padded": no_ids},
    ),
    "CorrelationLoss": Part(lambda **kw: losses.CorrelationLoss(**kw), [normal(2), normal(1)], batchwise=True),
    "UnimodalAuxiliary": Part(lambda **kw: losses.UnimodalAuxiliary(features(image=0, audio=0), **kw), PAIR),
    "GradientModulation": Part(lambda **kw: losses.GradientModulation(**kw), [normal(3), normal(4)]),
    "FeatureFusion": Part(
        lambda **kw: FeatureFusion(
            features(image=0, audio=0), mml.WeightedSum(4), keras.layers.Dense(3), allow_missing=True
        ),
        PAIR,
        special=MODEL_CELLS,
    ),
    "FeatureFusion(nested)": Part(
        two_level, {"scene": {"image": normal(5), "audio": normal(6)}, "text": normal(7)}, special=MODEL_CELLS
    ),
    "ModelFusion": Part(
        lambda **kw: ModelFusion(
            {name: keras.layers.Dense(3) for name in PAIR}, mml.WeightedVote(), allow_missing=True
        ),
        PAIR,
        special=MODEL_CELLS,
    ),
    "TaskFusion": Part(task_fusion, PAIR),
    "Captioner": Part(
        lambda **kw: Captioner(9, keras.layers.Identity(), units=4, heads=2, **kw),
        {"image": normal(5, 4), "words": WORDS},
        special={"integer": integer_caption, "steps": longer_caption, "padded": no_words},
    ),
}
