# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 17 · Standing on giants: encoders that others have trained
#
# After this lesson you can build a multimodal model on pretrained encoders, and say with numbers what they are worth,
# what they cost, and when they are worth nothing.
#
# **You will learn** to
# - *extract* features once and train a linear fusion on them by stochastic gradient descent (SGD),
# - *measure* what transfer buys with 10, 100 and 1000 labels, against training from scratch,
# - *unfreeze* an encoder with care,
# - *find* a mistake in preprocessing that raises no error,
# - *break* transfer, with data the encoders know nothing about.
#
# **Before you start**: [06 · linear fusion](06_linear_fusion.ipynb).
#
# **Time**: 30 minutes of reading, 45 minutes of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("17")

import tempfile
import time
from dataclasses import replace

import keras
import numpy as np
from keras import ops

lesson

# %% [markdown]
# ## See: shapes that the giant has never seen
#
# VGG16 was trained on a million photographs, BERT on millions of sentences. They are our giants, and we will come to
# them. Their files are large and need a network. So that everything here can be *measured* on a laptop without one,
# the course brings two small encoders of its own, which it trained on the generated `scenes`:

# %%
giants = {"image": mm.pretrained.small("image"), "text": mm.pretrained.small("text")}
{name: f"{encoder.count_params():,} weights" for name, encoder in giants.items()}

# %% [markdown]
# The image encoder learned to name circles, squares, triangles and crosses, their colours, textures, sizes and
# places. Our task is about four *other* shapes, whose pictures it has never seen. The text encoder has read their
# names before, as BERT has read the words of your task before you met it.


# %%
def new_shapes(seed):
    """Scenes of a diamond, a ring, a star or a moon; the label says which."""
    scenes = mm.load("scenes", symbols=8, train=2400, val=400, test=1600, seed=seed)

    def keep(split):
        part = split.take(np.flatnonzero(split.y >= 4))
        return replace(part, y=part.y - 4)

    four = mm.load("scenes", symbols=4, train=1, val=1, test=1)  # which knows the ceiling for four shapes
    return scenes.map_splits(keep, classes=scenes.classes[4:], world=four.world)


sets = {seed: new_shapes(seed) for seed in lesson.seeds}
first_seed = lesson.seeds[0]
data = sets[first_seed]
data.show(6)

# %% [markdown]
# In one of five pictures static hides the shape; in one of five sentences it is only a "thing". So neither modality
# can be right always. The best possible accuracy from the image, the text, and both:

# %%
[round(data.ceiling(*names), 3) for names in (("image",), ("text",), ("image", "text"))]

# %% [markdown]
# ## Build: extract once, train often
#
# A *frozen* encoder $e$ never changes, so its features $x = e(\text{pixels})$ are the same in every epoch. Why compute
# them again and again? By hand it is one call for each batch:

# %%
few = data.test.x["image"][:5]
few_features = giants["image"](few)
few_features.shape

# %% [markdown]
# `extract` does it for whole splits and keeps the features in a file, under a name made of the encoder's weights and
# the samples. Change one weight or one pixel, and it computes anew. The second time it only reads:


# %%
def timed(function):
    """What a function gives, and the seconds it took."""
    began = time.perf_counter()
    return function(), time.perf_counter() - began


cache = tempfile.mkdtemp()
features, once = timed(lambda: mm.pretrained.extract(giants, data, cache=cache))
features, again = timed(lambda: mm.pretrained.extract(giants, data, cache=cache))
f"first time {once:.1f} s, second time {again:.1f} s"

# %%
feature_sets = {seed: mm.pretrained.extract(giants, sets[seed], cache=cache) for seed in lesson.seeds}
features

# %% [markdown]
# On top comes the linear fusion of lesson 06: put the features side by side, bring each to mean 0 and variance 1 by
# a batch normalisation $n$, and give the logits by one matrix,
#
# $$ y = W\, n([x_1; x_2]) + b . $$
#
# It is trained by SGD with momentum: no adaptive rates are needed for so simple a surface. One function builds the
# model, whatever the encoders are; `Identity` stands where features come from the file.


# %%
def classifier(encoders, seed, classes=4):
    """Encoders, concatenation, and a linear layer on standardised features."""
    keras.utils.set_random_seed(seed)
    head = keras.Sequential([keras.layers.BatchNormalization(momentum=0.9), keras.layers.Dense(classes)])
    return mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), head=head)


def train(model, data, seed, optimizer, epochs):
    """Fit on train, 32 samples a step."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    model.fit(data.tf_data("train", 32, shuffle_seed=seed), epochs=epochs, shuffle=False, verbose=0)
    return model


def sgd(learning_rate=0.01):
    """Stochastic gradient descent with momentum."""
    return keras.optimizers.SGD(learning_rate, momentum=0.9)


# %%
labels = [10, 100, 1000]
epochs = {10: 100, 100: 50, 1000: 15}  # fewer samples, more passes


def on_features(features, seed, n):
    """A linear fusion of extracted features, trained on n labels."""
    identity = {name: keras.layers.Identity() for name in features.modalities}
    return train(classifier(identity, seed), features.subset(n, seed), seed, sgd(), epochs[n])


model = on_features(features, first_seed, 1000)
mm.evaluation.report(model, features)

# %% [markdown]
# Both modalities are used. That took a second or two, and the encoders were never touched.
#
# ## Check: three ways to the same features
#
# First, the file holds what the encoder says. Second, a SavedModel, the format of TensorFlow Hub's modules, is a
# Keras layer through `HubLayer`. (TensorFlow Hub's own layer is refused by Keras 3, and a `Lambda` around a module
# trains nothing, without a word.) We save our encoder in that format, which takes float pixels from 0 to 1, and load
# it as if it had come from the hub. The largest differences:

# %%
folder = mm.pretrained.save_as_saved_model("image", tempfile.mkdtemp())
hub_layer = mm.pretrained.HubLayer(folder)
from_file = features.test.x["image"][:5]
from_hub = hub_layer(few.astype("float32") / 255)
difference = [float(ops.max(ops.abs(x - few_features))) for x in (from_file, from_hub)]
difference

# %% [markdown]
# Third, what freezing means: the same variables, listed as trainable or not. The moving statistics of the batch
# normalisations are never trained; they follow the data when the layer is unfrozen.

# %%
frozen_count = len(hub_layer.trainable_weights)
hub_layer.trainable = True
unfrozen_count = len(hub_layer.trainable_weights)
{"variables": len(hub_layer.weights), "trainable, frozen": frozen_count, "trainable, unfrozen": unfrozen_count}

# %% [markdown]
# ### What each step costs
#
# The frozen encoder may also stay in the model, in the loop: it gives the same result and is computed anew in every
# epoch. Seconds on 1000 labels:


# %%
def seconds_per_epoch(encoders, data):
    """Seconds of one epoch, the second one: the first also builds the graph."""
    model = train(classifier(encoders, first_seed), data, first_seed, sgd(), epochs=1)
    batches = data.tf_data("train", 32, shuffle_seed=first_seed)
    return timed(lambda: model.fit(batches, epochs=1, shuffle=False, verbose=0))[1]


identity = {name: keras.layers.Identity() for name in data.modalities}
cost = {"extraction, once": once}
cost["epoch on features"] = seconds_per_epoch(identity, features.subset(1000))
cost["epoch, frozen encoders in the loop"] = seconds_per_epoch(giants, data.subset(1000))
{name: f"{seconds:.2f} s" for name, seconds in cost.items()}

# %% [markdown]
# With VGG16 in place of our small encoder the gap is thousands of times as wide: it does about 15 billion
# multiplications for one picture of 224 x 224 pixels.
#
# ## Measure: what transfer buys
#
# Now the comparison that matters. *From scratch* is the same architecture with random weights, everything trained by
# Adam. *Frozen* is the linear fusion on features. Both get the same labels, 10, 100 or 1000, and as many passes.


# %%
def from_scratch(data, seed, n, modalities=("image", "text")):
    """The same architecture, untrained, all of it trained on n labels."""
    encoders = {name: mm.pretrained.small(name, weights=None) for name in modalities}
    for encoder in encoders.values():
        encoder.trainable = True
    part = data.with_only(*modalities).subset(n, seed)
    return train(classifier(encoders, seed), part, seed, keras.optimizers.Adam(1e-3), epochs[n])


# %%
frozen, scratch = ({n: {} for n in labels} for _ in range(2))
heads = {}
for seed in lesson.progress(lesson.seeds, "10, 100, 1000 labels"):
    for n in labels:
        heads[seed, n] = on_features(feature_sets[seed], seed, n)
        frozen[n][seed] = mm.evaluation.accuracy(heads[seed, n], feature_sets[seed]).value
        scratch[n][seed] = mm.evaluation.accuracy(from_scratch(sets[seed], seed, n), sets[seed]).value


# %%
def mean(values):
    """Mean over seeds."""
    return float(np.mean(list(values.values())))


lines = {"frozen features": [mean(frozen[n]) for n in labels], "from scratch": [mean(scratch[n]) for n in labels]}
lines |= {"majority": [data.baseline()] * 3, "ceiling": [data.ceiling()] * 3}
title = f"With 100 labels, transfer is worth {100 * (mean(frozen[100]) - mean(scratch[100])):.0f} points"
mm.plots.curves(title, np.log10(labels).tolist(), lines, "labels, as a power of ten")
