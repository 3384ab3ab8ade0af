# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 01 · Images: from pixels to a small CNN
#
# After this lesson you can bring images into shape, train a small convolutional network on them, and say with
# numbers whether it was worth it.
#
# **You will learn** to
# - *prepare* images, and fit every such step on train only,
# - *build* a convolution by hand, with its stride, and recognise it inside `ImageEncoder`,
# - *measure* a CNN against models that know nothing about images, and work out an interval by hand,
# - *choose* an augmentation on val, and see one that hurts where it does not fit,
# - *break* the CNN by moving the digit, and mend it.
#
# **Before you start**: [00 · start here](00_start_here.ipynb).
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("01")

from dataclasses import replace

import keras
import numpy as np
from keras import ops
from scipy import stats

lesson

# %% [markdown]
# ## See: the same digits, clean and damaged
# We use the image half of the course's digits. They were written by hand and scanned to 8 × 8 pixels. The course
# mostly works with a damaged version, with noise and a hidden square, so that there is something left to learn from
# a second modality. Here are both; can you read the lower row?

# %%
first_seed = lesson.seeds[0]
clean = mm.load("digits", clean=True, seed=first_seed).with_only("image")
damaged = mm.load("digits", seed=first_seed).with_only("image")
mm.plots.images("The same eight digits", {"clean": clean.test.x["image"][:8], "damaged": damaged.test.x["image"][:8]})

# %% [markdown]
# To the computer an image is an array (height, width, channels). Ours have one channel, brightness between 0 and 1.
# This is the first one, times 16 to make it readable:

# %%
(16 * clean.test.x["image"][0, :, :, 0]).astype(int)

# %% [markdown]
# Image files hold whole numbers from 0 to 255; dividing them by 255 gives brightness from 0 to 1, which is the unit
# that the encoders of this course expect. (Images of unequal size are brought to one size first, with
# `keras.layers.Resizing`; colour is a third axis of length three.) A further step is to *standardise*: subtract from
# every pixel its mean and divide by its standard deviation. Those two are learned from data, so they are **fitted on
# train only** and then applied to val and test; else the test images take part in preparing the model that they are to
# judge. And the step has a trap. How many of the 64 pixels never change in the clean training images?

# %%
int(np.sum(clean.train.x["image"].std(axis=0) == 0))

# %% [markdown]
# Places on the rim where nobody writes: their deviation is 0, dividing by it gives 0/0, and one NaN ("not a number")
# is enough to ruin a whole training. Exercise 1 does it right. Our images stay between 0 and 1.
#
# ## Build: a convolution by hand
# A convolution slides a small window over the image. At every position it multiplies the pixels under the window by
# the numbers of a *kernel* $w$ and adds them up. With a 3 × 3 window, $C$ channels in and $K$ channels out,
#
# $$ y_{r,s,k} = b_k + \sum_{i=-1}^{1} \sum_{j=-1}^{1} \sum_{c=1}^{C} w_{i,j,c,k}\; x_{r+i,\,s+j,\,c} . $$
#
# The image gets a rim of zeros, so that the window has something to look at on the border. Instead of walking over
# positions we walk over the nine cells of the window and shift the whole image each time:


# %%
def convolve(images, kernel, bias):
    """Images (B, H, W, C), kernel (3, 3, C, K), bias (K,): a convolution (B, H, W, K) of the same height and width."""
    height, width = images.shape[1:3]
    padded = ops.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]])  # the rim of zeros
    total = bias
    for i in range(3):
        for j in range(3):
            shifted = padded[:, i : i + height, j : j + width]  # x, seen through cell (i, j) of the window
            total = total + ops.matmul(shifted, kernel[i, j])  # over c, for all k
    return total


# %% [markdown]
# Two kernels chosen by hand: the difference between left and right finds the sides of upright strokes, the difference
# between above and below those of level ones; the middle counts double. (We show absolute values.)

# %%
difference = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]], "float32") / 4
edges = np.stack([difference, difference.T], axis=-1)[:, :, None]  # (3, 3, 1, 2)
found = np.abs(convolve(clean.test.x["image"][:8], edges, np.zeros(2, "float32")))
rows = {"image": clean.test.x["image"][:8], "upright": found[..., :1], "level": found[..., 1:]}
mm.plots.images("Two hand-made kernels find edges of two directions", rows)

# %% [markdown]
# A *CNN*, a convolutional network, does the same with kernels that it learns, several layers deep. Between layers
# stands a *ReLU*, $\max(0, x)$: without such a bend, two layers in a row would be no more than one. And some layers
# have a *stride* of 2: they keep every second position, downwards and to the right, so that height and width are
# halved and the next window sees twice as far.
#
# The package's `ImageEncoder` is a first convolution (the stem), two *residual blocks* (He et al., 2016), and a
# dense layer that makes 64 features of all that is left. This is one residual block, drawn for the stem's output:

# %%
image = keras.Input((8, 8, 16), name="from the stem")
inner = keras.layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(image)
inner = keras.layers.Conv2D(16, 3, padding="same")(inner)
shortcut = keras.layers.Conv2D(16, 1)(keras.layers.MaxPooling2D(1, strides=2)(image))
block = keras.Model(image, keras.layers.ReLU()(keras.layers.Add()([inner, shortcut])))
mm.plots.diagram(block, "A residual block: two convolutions, and a shortcut past them")

# %% [markdown]
# The shortcut keeps every second position (pooling over one pixel does just that) and convolves with a window of a
# single pixel, which gives it the same number of channels. It is added to what went through the two convolutions, so
# that those have to learn only what it lacks; He and others show that very deep networks are hard to train without.
#
# ## Check: it equals the layer
# Given the same numbers, our function with a ReLU behind it must agree with the encoder's stem, and, keeping every
# second position, with the first convolution of its first block. (With a stride Keras begins with the second here.)
# The largest differences are:

# %%
encoder = mm.layers.ImageEncoder(64)
few = clean.test.x["image"][:5]
encoder(few)  # the first call creates the weights
stem = ops.relu(convolve(few, *encoder.stem.get_weights()))
strided = ops.relu(convolve(stem, *encoder.blocks[0].first.get_weights()))[:, 1::2, 1::2]
apart = [ops.max(ops.abs(stem - encoder.stem(few))), ops.max(ops.abs(strided - encoder.blocks[0].first(stem)))]
[float(difference) for difference in apart]

# %% [markdown]
# Why convolve at all? A convolution assumes that *neighbouring* pixels belong together, and that a stroke means the
# same *wherever* it is. (Neither holds for a table laid out as a square.) It needs few weights in return. The stem's:

# %%
encoder.stem.count_params()  # 3 · 3 · 1 · 16 in the kernel and 16 in the bias, for any size of image

# %% [markdown]
# ## Measure: is the CNN worth it?
# Its rivals know nothing about images: shuffle all pixels in the same way, and they would not notice. One is *linear*,
# a weight per pixel and class. The other has a *hidden layer* with a ReLU, and about as many weights as the CNN, so
# that the two differ in what they assume and not in size. Here is the CNN:

# %%
linear = lesson.method("linear", "linear")
hidden = lesson.method("hidden", "hidden layer")
cnn = lesson.method("cnn", "CNN", modality="image")


def make_model(kind, shape, shift):
    """A Keras model that takes {"image": (B, *shape)} and gives ten logits; `shift` is explained further down."""
    image = features = keras.Input(shape, name="image")
    if shift:
        features = keras.layers.RandomTranslation(shift, shift, fill_mode="constant", interpolation="nearest")(image)
    reader = mm.layers.ImageEncoder(64) if kind == "CNN" else keras.layers.Flatten()
    features = reader(features)
    if kind == "hidden layer":
        width = 378 if shape[0] == 8 else 249  # as many weights as the CNN has for images of this size
        features = keras.layers.Dense(width, activation="relu")(features)
    return keras.Model({"image": image}, keras.layers.Dense(10)(features))


mm.plots.diagram(make_model(cnn, (8, 8, 1), 0), "The CNN: the encoder, and a linear head of ten logits")

# %% [markdown]
# All get the same 12 epochs and the same *learning rate*, the size of a step in training: of 0.001, 0.003 and 0.01 the
# last was best on val for each of them, in runs not shown. (Where the largest is best, try a larger one too.)


# %%
def train(kind, data, seed, shift=0):
    """A trained model. The seed decides its first weights and the order of the samples."""
    shape = data.modalities["image"].shape
    return mm.training.train(lambda: make_model(kind, shape, shift), data, seed=seed, epochs=12, learning_rate=1e-2)


# %%
sets = {seed: mm.load("digits", seed=seed).with_only("image") for seed in lesson.seeds}
models = {}
for seed in lesson.progress(lesson.seeds, "training"):
    for kind in (linear, hidden, cnn):
        with lesson.timed(kind):
            models[kind, seed] = train(kind, sets[seed], seed)

scores = lesson.over_seeds(
    lambda seed: {kind: mm.evaluation.accuracy(models[kind, seed], sets[seed]).value for kind in (linear, hidden, cnn)}
)
mm.plots.scores("Damaged, centred digits: a hidden layer keeps up with the CNN", scores, damaged.baseline())

# %% [markdown]
# All three are far above the majority class, and the hidden layer keeps up with the CNN. How sure can we be of one dot?
# Let us work it out once by hand, for the CNN of the first seed. If its test images were drawn one by one, the share of
# right answers $p$ among $n$ would vary with standard deviation $\sqrt{p(1-p)/n}$ from one test set to the next, and
# 1.96 of those to each side make a 95% interval.

# %%
test = sets[first_seed].test
answers = models[cnn, first_seed].predict(test.x, verbose=0).argmax(axis=-1)
right = answers == test.y
p, n = right.mean(), len(right)
half = 1.96 * np.sqrt(p * (1 - p) / n)
[float(p - half), float(p + half)]

# %% [markdown]
# But the images were *not* drawn one by one. They come from a few writers, and images by one hand are alike. So take
# the writers as what was drawn, and the share of each as one number. Those shares, and the interval:

# %%
of_writer = np.array([right[test.group == writer].mean() for writer in np.unique(test.group)])
groups = len(of_writer)  # Student's t instead of 1.96: the deviation of so few numbers is uncertain itself
half = stats.t.ppf(0.975, groups - 1) * of_writer.std(ddof=1) / np.sqrt(groups)
of_writer.round(2).tolist(), [float(of_writer.mean() - half), float(of_writer.mean() + half)]

# %% [markdown]
# The interval is about *new writers*, of whom we have met few. Every score of the course carries such a range, worked
# out a little more carefully (it never leaves 0 to 1):

# %%
mm.evaluation.accuracy(models[cnn, first_seed], sets[first_seed])

# %% [markdown]
# The three models are closer to each other than that interval is wide: one score each does not show which is best.
# (They were asked about the same images; `mm.evaluation.paired` compares image by image.)
#
# ## Augment: more images for nothing?
# *Augmentation* changes the training images a little in every epoch, in ways that keep the label. Keras does it on
# the fly with layers that are active in training only; the usual first one is a shift. This is one training image,
# five times, shifted by up to one pixel of its eight:

# %%
shifts = keras.layers.RandomTranslation(1 / 8, 1 / 8, fill_mode="constant", interpolation="nearest")
five = shifts(np.repeat(clean.train.x["image"][:1], 5, axis=0), training=True)
mm.plots.images("One training image, shifted five times: the label stays", {"shifted": ops.convert_to_numpy(five)})

# %% [markdown]
# Does it help? We are about to *choose*, so we look at val, not at test.

# %%
with_shifts = lesson.method("cnn_shifts", "CNN + shifts", modality="image")
on_val = lesson.over_seeds(
    lambda seed: {
        cnn: mm.evaluation.accuracy(models[cnn, seed], sets[seed], "val").value,
        with_shifts: mm.evaluation.accuracy(train(cnn, sets[seed], seed, 1 / 8), sets[seed], "val").value,
    },
    "augmentation",
)
mm.plots.scores("On val, shifts make the CNN on damaged digits a little worse", on_val, damaged.baseline())

# %% [markdown]
# It does not: the score falls a little. All digits of this set were centred when it was made, and fill their 8 × 8
# pixels: a shift cuts strokes off, and prepares for what never comes. An augmentation is a *statement about the test
# images*, and it pays when the statement is true. May a mirrored photograph come, under the same label? A mirrored
# letter? And val can choose only if its images are like those to come.
#
# ## Break: the digit moves
# So let us make it true. We put the clean digits on a larger sheet of 12 × 12 pixels. Training images stay in the
# middle; test images may be off by up to two pixels in each direction. A person reads them as before.


# %%
def on_a_sheet(data, reach, seed):
    """Each 8 x 8 image on black 12 x 12 pixels, up to `reach` pixels from the middle."""

    def place(split):
        sheets = np.zeros((len(split), 12, 12, 1), "float32")
        corners = np.random.default_rng([seed, len(split)]).integers(2 - reach, 3 + reach, (len(split), 2))
        for sheet, image, (row, column) in zip(sheets, split.x["image"], corners, strict=True):
            sheet[row : row + 8, column : column + 8] = image
        return replace(split, x={"image": sheets})

    return data.map_splits(place, modalities={"image": replace(data.modalities["image"], shape=(12, 12, 1))})


sheets = {(reach, seed): on_a_sheet(clean, reach, seed) for reach in (0, 1, 2) for seed in lesson.seeds}
places = {"in the middle": 0, "up to two off": 2}
rows = {name: sheets[reach, first_seed].test.x["image"][:8] for name, reach in places.items()}
mm.plots.images("The same test digits, in the middle and up to two pixels off", rows)

# %% [markdown]
# One CNN learns centred images as they are; another, and its two rivals, get shifts of up to two pixels.

# %%
recipes = {
    lesson.method("cnn_plain", "CNN", modality="image"): (cnn, 0),
    with_shifts: (cnn, 2 / 12),
    lesson.method("hidden_shifts", "hidden layer + shifts"): (hidden, 2 / 12),
    lesson.method("linear_shifts", "linear + shifts"): (linear, 2 / 12),
}
found = {method: {} for method in recipes}
for seed in lesson.progress(lesson.seeds, "moved digits"):
    for method, (kind, shift) in recipes.items():
        reader = train(kind, sheets[0, seed], seed, shift)
        found[method][seed] = [mm.evaluation.accuracy(reader, sheets[reach, seed]).value for reach in (0, 1, 2)]
moved = {  # method -> a Scores for each reach
    method: [mm.evaluation.Scores({seed: each[reach] for seed, each in by_seed.items()}) for reach in (0, 1, 2)]
    for method, by_seed in found.items()
}
mm.plots.curves(
    "The plain CNN loses digits that move; trained with shifts it keeps them", [0, 1, 2], moved, "off by up to (pixels)"
)

# %% [markdown]
# Read it from the left. On centred clean digits the plain CNN is good. Off by up to two pixels it has lost most of its
# score (the band is one standard deviation over seeds): a CNN is *not* indifferent to position by itself. Its features
# move with the digit, but the dense layer at its end reads them at fixed places. Told about shifts by augmentation, as
# far as digits may be off, the CNN learns them, and loses little on centred digits. (Another cure is in the layers:
# keep of each kernel its largest answer and forget where it was, as in *In your own notebook*.)
#
# The others are told the same. The linear model stays poor: it has one weight per pixel and class, and a digit that
# may lie anywhere has no fixed pixels. The hidden layer does far better. What the CNN has beyond it, with about as
# many weights, comes from how it is built: windows of neighbours, one kernel for all places, and more layers. *This*
# is what convolutions are for; the damaged, centred digits above had little use for it.
#
# ## What we saw

# %%
far = {method.key: at[2] for method, at in moved.items()}
centred = {method.key: at[0] for method, at in moved.items()}
lead = scores[cnn] - mm.evaluation.highest(scores[linear], scores[hidden])
harm = on_val[cnn] - on_val[with_shifts]
lesson.findings(
    f"On damaged, centred digits: linear {scores[linear].mean:.3f}, hidden layer {scores[hidden].mean:.3f}, CNN "
    f"{scores[cnn].mean:.3f}.",
    f"There, shifts as augmentation cost the CNN {100 * harm.mean:.0f} points on val.",
    f"Off by up to two pixels they pay: CNN with shifts **{far['cnn_shifts'].mean:.3f}**, without "
    f"{far['cnn_plain'].mean:.3f}; a hidden layer of the same size, with shifts, {far['hidden_shifts'].mean:.3f}.",
)

# %%
for kind in (linear, hidden, cnn):
    lesson.record(kind, scores[kind], models[kind, first_seed], damaged)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
for kind in (linear, hidden, cnn):
    lesson.claim(f"{kind}: far above the majority class", scores[kind], above=0.5)
lesson.claim("the CNN leads the better of its rivals by less than eight points", lead, below=0.08)
lesson.claim("shifts hurt the CNN on val, where digits are centred", harm, above=0.0)
lesson.claim("by hand equals the encoder's convolutions", float(max(apart)), below=1e-5)
lesson.claim("the plain CNN is good on centred clean digits", centred["cnn_plain"], above=0.85)
lesson.claim("off by two pixels the plain CNN knows little", far["cnn_plain"], below=0.35)
lesson.claim("on centred digits shifts cost the CNN little", centred["cnn_plain"] - centred["cnn_shifts"], below=0.07)
lesson.claim("with shifts the CNN reads most moved digits", far["cnn_shifts"], above=0.75)
lesson.claim("the CNN reads more of them than a hidden layer", far["cnn_shifts"] - far["hidden_shifts"], above=0.02)
lesson.claim("and that far more than a linear model", far["hidden_shifts"] - far["linear_shifts"], above=0.3)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# A small CNN with augmentation in plain Keras, for an array of images and their labels. Put yours in place of the
# made-up ones: a bright bar, lying or standing, anywhere in the image.

# %% tags=["own"]
import keras
import numpy as np
from keras.layers import Conv2D, Dense, GlobalMaxPooling2D, RandomTranslation

chance = np.random.default_rng(0)
y, places = chance.integers(0, 2, 400), chance.integers(0, 12, 400)
images = chance.random((400, 12, 12, 1))
for image, stands, place in zip(images, y, places, strict=True):
    (image[:, place] if stands else image[place])[:] += 1
convolutions = [Conv2D(8, 3, activation="relu"), Conv2D(16, 3, strides=2, activation="relu")]
model = keras.Sequential([RandomTranslation(0.1, 0.1), *convolutions, GlobalMaxPooling2D(), Dense(2)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"], jit_compile=False)
model.fit(images[:300], y[:300], epochs=8, verbose=0)
model.evaluate(images[300:], y[300:], verbose=0)[1]

# %% [markdown]
# ## Exercises
# ### Exercise 1 · Standardise, without looking ahead (5 minutes)
# Write `standardise_like(train, other)`. Both are arrays (N, H, W, C). Return `other` with the mean of every pixel
# subtracted and divided by its standard deviation, both taken from `train`. Where a pixel is constant in `train`,
# only subtract.


# %% tags=["exercise"]
# stub
def standardise_like(train, other): ...  # your code here
# solution
def standardise_like(train, other):
    deviation = train.std(axis=0)
    return (other - train.mean(axis=0)) / np.where(deviation > 0, deviation, 1)


# end
lesson.check(1, standardise_like)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · How large is what comes out? (10 minutes)
# Write `output_size(size, window, stride, padding)`: the height of what a convolution gives for an image of height
# `size`. With `padding="same"` there is one position for every `stride` pixels, rounded up. With `padding="valid"` the
# whole window must lie inside the image.


# %% tags=["exercise"]
# stub
def output_size(size, window, stride, padding): ...  # your code here
# solution
def output_size(size, window, stride, padding):
    starts = size if padding == "same" else size - window + 1  # where a window may begin
    return -(-starts // stride)  # rounded up: the first one always counts


# end
lesson.check(2, output_size)

# %% [markdown]
# ### Exercise 3 · Your own shift (15 minutes)
# Write `shift(images, down, right)` for images (N, H, W, C): every image moves `down` rows down and `right` columns
# to the right (negative: up and left). What leaves the image is gone, and what comes in is 0.


# %% tags=["exercise"]
# stub
def shift(images, down, right): ...  # your code here
# solution
def shift(images, down, right):
    moved = np.roll(images, (down, right), axis=(1, 2))
    rows = np.arange(images.shape[1]) - down  # where each row came from
    columns = np.arange(images.shape[2]) - right
    inside = ((rows >= 0) & (rows < images.shape[1]))[:, None] & (columns >= 0) & (columns < images.shape[2])
    return moved * inside[None, :, :, None]


# end
lesson.check(3, shift)

# %% [markdown]
# ## Further reading
# - Y. LeCun et al., *Gradient-based learning applied to document recognition*, 1998: the convolutional network, on
#   digits.
# - K. He et al., *Deep residual learning for image recognition*, 2016: why the blocks of our encoder have a
#   shortcut.
# - A. Azulay, Y. Weiss, *Why do deep convolutional networks generalize so poorly to small image transformations?*,
#   2019: the moving digit, for real networks and photographs.
