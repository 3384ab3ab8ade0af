# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 17 · Standing on giants: what a pretrained encoder is worth
#
# After this lesson you can build on an encoder that somebody else has trained, and say with numbers what it is worth,
# what it costs, and when it is worth nothing. The giants here are small, so that a laptop can measure them.
#
# **You will learn** to
# - *extract* features once and train on them, and *unfreeze* an encoder with care,
# - *measure* what transfer buys with 10, 100 and 1000 labels, against a baseline trained with as much care,
# - *find* a mistake in preprocessing that raises no error, and damage that breaks transfer.
#
# **Before you start**: [06 · linear fusion](06_linear_fusion.ipynb).
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("17")

import tempfile
from dataclasses import replace

import keras
import numpy as np
from keras import layers, ops

lesson

# %% [markdown]
# ## See: shapes that the giant has never seen
# VGG16 was trained on a million photographs, BERT on millions of sentences; the recipe for those giants stands at the
# end, for it needs a network. Here the giant is small: it comes with the course, which trained it on its own `scenes`,
# to name circles, squares, triangles and crosses, their colours, textures, sizes and places. Our task is about four
# *other* shapes, whose pictures it has never seen.


# %%
def new_shapes(seed):
    """Scenes of a diamond, a ring, a star or a moon; the label says which."""
    scenes = mm.load("scenes", symbols=8, train=2400, val=800, test=1600, seed=seed)

    def keep(split):
        part = split.take(np.flatnonzero(split.y >= 4))
        return replace(part, y=part.y - 4)

    four = mm.load("scenes", symbols=4, train=1, val=1, test=1)  # which knows the ceiling for four shapes
    return scenes.map_splits(keep, name="scenes, new shapes", classes=scenes.classes[4:], world=four.world)


giant = mm.pretrained.small("image")
first_seed = lesson.seeds[0]
sets = {seed: new_shapes(seed) for seed in lesson.seeds}
sets[first_seed].show(6)

# %% [markdown]
# In one of five pictures static hides the shape, in one of five captions it is only a "thing": no model is always right
# (lesson 05 computes the ceiling).
#
# ## Build: extract once, train often
# A *frozen* encoder $e$ never changes, so its features $x_1 = e(\text{pixels})$ are the same in every epoch. Why
# compute them again and again? `extract` computes them for whole splits and keeps them in a file, under a name made of
# the encoder's weights and the samples: change one weight or one pixel, and it computes anew. The captions need no
# giant: we read them as bags of words $x_2$, a zero or a one for each word of the vocabulary.

# %%
cache = tempfile.mkdtemp()  # in your own work: leave it out, and the features stay in the course's cache folder
features = {}
for seed in lesson.seeds:
    words = layers.TextVectorization(output_mode="multi_hot")
    words.adapt(sets[seed].train.x["text"])
    sets[seed] = sets[seed].map({"text": words})
    features[seed] = mm.pretrained.extract({"image": giant}, sets[seed], cache=cache)
features[first_seed]

# %% [markdown]
# On top comes the linear fusion of lesson 06: the features side by side, each brought to mean 0 and variance 1 by a
# batch normalisation $n$, and one matrix that gives the logits (a number for each class, the larger the likelier),
# $$ y = W\, n([x_1; x_2]) + b . $$


# %%
def classifier(encoders, classes):
    """Encoders, concatenation, and a linear layer on standardised features."""
    head = keras.Sequential([layers.BatchNormalization(momentum=0.9), layers.Dense(classes)])
    return mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), head=head)


drawn = classifier({"image": giant, "text": layers.Identity()}, classes=4)
drawn(next(iter(sets[first_seed].tf_data("train", 8)))[0])
mm.plots.diagram(drawn, "A frozen giant, a bag of words, and one layer that learns")

# %% [markdown]
# ## Check: three ways to the same features
# First, the file holds what the encoder says. Second, a SavedModel, the format of TensorFlow Hub's modules, is a Keras
# layer through `HubLayer` (Hub's own layer is refused by Keras 3, and a `Lambda` around a module trains nothing,
# without a word): we save our encoder in that format, which takes pixels from 0 to 1, and load it as if it came from
# the hub. Third, freezing: the same variables, listed as trainable or not. The largest differences to calling the
# encoder by hand, and how many variables may learn, frozen and unfrozen:

# %%
few = sets[first_seed].test.x["image"][:5]
by_hand = giant(few)
hub_layer = mm.pretrained.HubLayer(mm.pretrained.save_as_saved_model("image", tempfile.mkdtemp()))
ways = (features[first_seed].test.x["image"][:5], hub_layer(few.astype("float32") / 255))
difference = [float(ops.max(ops.abs(way - by_hand))) for way in ways]
before, hub_layer.trainable = len(hub_layer.trainable_weights), True
difference, [before, len(hub_layer.trainable_weights)]

# %% [markdown]
# ## Measure: what transfer buys
# On pictures: *frozen* is a linear layer on features, *from scratch* the same architecture with random weights, all of
# it trained. Both get the same labels in the same batches.

# %%
labels = (10, 100, 1000)


def fit(make, data, n, epochs, seed, learning_rate=5e-3):
    """A model trained on n labels of a set; few samples come in small batches."""
    size = {10: 10, 100: 20, 1000: 50}[n]
    part = data.subset(n, seed)
    return mm.training.train(make, part, seed=seed, epochs=epochs, batch_size=size, learning_rate=learning_rate)


def right(model, data, split="test"):
    """Accuracy on a split."""
    return mm.evaluation.accuracy(model, data, split=split).value


# %%
def learner(weights=None):
    """The architecture of the giant with weights that learn: random ones, or those of `scenes`."""
    encoder = mm.pretrained.small("image", weights)
    encoder.trainable = True
    return encoder


def on_top(data, n, epochs, seed, image=layers.Identity):
    """A classifier of n labels on the modalities of a set; `image` makes the encoder of the pictures."""

    def make():
        encoders = {name: image() if name == "image" else layers.Identity() for name in data.modalities}
        return classifier(encoders, len(data.classes))

    return fit(make, data, n, epochs, seed)


# %% [markdown]
# ### First, a fair opponent
# A method looks as good as the baseline beside it is bad. An untrained network needs more gradient steps than a linear
# layer, so it gets as many as help it on val (the linear layer's number was chosen likewise):

# %%
on_val = {}
for epochs in (10, 30, 90):
    model = on_top(sets[first_seed].with_only("image"), 100, epochs, first_seed, learner)
    on_val[epochs] = right(model, sets[first_seed].with_only("image"), split="val")
long_enough = max(on_val, key=on_val.get)
lesson.table(["steps", "from scratch, 100 labels, val"], [[f"{5 * n}", f"{value:.3f}"] for n, value in on_val.items()])

# %%
frozen = {n: lesson.method(f"frozen_{n}", f"frozen, {n} labels", modality="image") for n in labels}
scratch = {n: lesson.method(f"scratch_{n}", f"from scratch, {n} labels", modality="image") for n in labels}
steps = {"frozen": {10: 60, 100: 60, 1000: 30}, "scratch": {10: 30, 100: long_enough, 1000: 12}}  # in epochs
models = {}


def few_labels(seed):
    """method -> test accuracy on pictures alone; `models` keeps the models."""
    found = {}
    for n in labels:
        for method, known, image in ((frozen[n], features, layers.Identity), (scratch[n], sets, learner)):
            data, epochs = known[seed].with_only("image"), steps["frozen" if known is features else "scratch"][n]
            models[method, seed] = on_top(data, n, epochs, seed, image)
            found[method] = right(models[method, seed], data)
    return found


scores = lesson.over_seeds(few_labels, "10, 100, 1000 labels")
lines = {"frozen": [scores[frozen[n]] for n in labels], "from scratch": [scores[scratch[n]] for n in labels]}
majority = sets[first_seed].baseline()
lines |= {"majority class": [majority] * 3, "ceiling": [sets[first_seed].ceiling("image")] * 3}
mm.plots.curves("Transfer buys labels: much with 100, nothing with 1000", [1, 2, 3], lines, "labels, as a power of ten")

# %% [markdown]
# With 10 labels both know little. With 100 the frozen features are far ahead, and the table above says that more steps
# would not help: what is missing is labels. With 1000 the gap has closed: a small network learns four shapes from so
# many. *Transfer buys labels*; who has enough of them need not buy.
#
# ### What an untrained encoder does to a fused model
# Now with the captions, 100 labels: the words alone, and both.

# %%
text = lesson.method("text", "text alone, 100 labels", modality="text")
both_frozen = lesson.method("both_frozen", "fused, image frozen, 100 labels")
both_scratch = lesson.method("both_scratch", "fused, image from scratch, 100 labels")


def with_captions(seed):
    """method -> test accuracy with 100 labels."""
    found, known, images = {}, features[seed], sets[seed]
    ways = (text, known.with_only("text"), None), (both_frozen, known, layers.Identity), (both_scratch, images, learner)
    for method, data, image in ways:
        models[method, seed] = on_top(data, 100, long_enough if image is learner else 60, seed, image)
        found[method] = right(models[method, seed], data)
    return found


scores |= lesson.over_seeds(with_captions, "with captions")
shown = {method: scores[method] for method in (frozen[100], scratch[100], text, both_frozen, both_scratch)}
mm.plots.scores("Training the image encoder on 100 labels spoils the fused model", shown, majority)

# %% [markdown]
# The words alone do well: a hundred captions are enough for eight words. Beside a frozen giant they stay what they are.
# Beside an encoder that learns from the same hundred labels they suffer. (A likely reason: it soon knows the training
# pictures by heart, and leaves the words nothing to explain.) *More modalities can be worse than one.*
#
# ### Unfreezing, with care
# Why not let the encoder learn too? The gradients of an untrained head would push it out of the good place it starts
# from. So train the head on frozen features first, then put it on the encoder, and go on for a few epochs with a small
# learning rate. To be fair, the frozen model goes on for as many epochs at the same rate. (Whoever unfreezes a model
# that is compiled already must compile it again: until then the optimizer goes on as before.)


# %%
def go_on(image, data, n, seed, learning_rate):
    """Go on from the head trained on frozen features, upon an encoder that may learn."""

    def make():
        model = classifier({"image": image()}, len(data.classes))
        model({"image": data.train.x["image"][:1]})  # the first call creates the weights
        model.head.set_weights(models[frozen[n], seed].head.get_weights())
        return model

    return right(fit(make, data, n, {100: 10, 1000: 3}[n], seed, learning_rate), data)


def unfreezing(seed):
    """(n, what) -> test accuracy."""
    found, images, pixels = {}, features[seed].with_only("image"), sets[seed].with_only("image")
    for n, rate in ((100, 1e-3), (100, 1e-2), (1000, 1e-3)):
        found[n, f"frozen, longer, {rate:g}"] = go_on(layers.Identity, images, n, seed, rate)
        found[n, f"unfrozen, {rate:g}"] = go_on(lambda: learner("scenes"), pixels, n, seed, rate)
    return found


tuned = lesson.over_seeds(unfreezing, "unfreezing")
bars = {mm.evaluation.Method(f"{n} labels, {what}", modality="image"): found for (n, what), found in tuned.items()}
mm.plots.scores("Unfreezing is worth more than more epochs", bars, majority, sets[first_seed].ceiling("image"))

# %% [markdown]
# The same head, labels, steps and rate: what the encoder learns about *your* pictures is worth more than more epochs on
# what it knew, and the more so the fewer labels there are. Which rate is right depends on the data: choose it on val.
#
# ### A mistake that raises no error
# Every encoder was trained on pixels of a certain scale and takes any others without complaint. Ours wants bytes, or
# floats from 0 to 1. Suppose pictures were divided by 255 when stored, and a loader divides once more (1000 labels):


# %%
def divided_twice(seed):
    """what -> test accuracy."""
    spoilt = sets[seed].map({"image": lambda pixels: (pixels / 255 / 255).astype("float32")})
    spoilt = mm.pretrained.extract({"image": giant}, spoilt, cache=cache)
    found = {}
    for name, data in {"right": features[seed], "divided twice": spoilt}.items():
        found[f"image, {name}"] = right(on_top(data.with_only("image"), 1000, 20, seed), data.with_only("image"))
        found[f"fused, {name}"] = right(on_top(data, 1000, 20, seed), data)
    return found


mistake = lesson.over_seeds(divided_twice, "a mistake")
mm.plots.scores("Pixels divided twice: image alone is ruined, fused looks well", mistake, majority)

# %% [markdown]
# All pictures are nearly black to the encoder. But the text carries the fused model, and nobody who looks at one number
# would search for a mistake: *of many modalities, one may break unnoticed*. A model for each alone finds it at once.
#
# ## Break: damage the giant has never seen
# Our encoder knows coloured shapes; the digits of the first lessons are grey strokes. We enlarge them to 32 × 32 pixels
# and compare a linear layer on its features with one on the bare 64 pixels, clean, and with noise and a part hidden.


# %%
def digits(seed):
    """what -> test accuracy with 1000 labels."""
    found = {}
    for kind in ("clean", "noisy"):
        data = mm.load("digits", clean=kind == "clean", seed=seed).with_only("image")
        large = data.map({"image": lambda image: image.repeat(4, axis=1).repeat(4, axis=2).repeat(3, axis=3)})
        strange = mm.pretrained.extract({"image": giant}, large, cache=cache)
        for name, each in {"giant's features": strange, "bare pixels": data}.items():
            method = mm.evaluation.Method(f"{kind}, {name}", modality="image")
            found[method] = right(on_top(each, 1000, 20, seed, layers.Flatten), each)
    return found


strokes = lesson.over_seeds(digits, "digits")
mm.plots.scores("The giant reads clean digits, not noisy ones", strokes, mm.load("digits").baseline())

# %% [markdown]
# Clean strokes are no problem for the giant, though it has seen none. With noise the bare pixels win. A likely reason:
# most of the features are the largest answer of a filter anywhere in the picture, and in noise something somewhere
# always answers. A pretrained encoder carries the assumptions of its training, and the ones that matter may not be
# those you think of: here not the strokes, but the noise. *Always run the dull baseline beside the giant.*
#
# ## With a network: VGG16 and BERT
# For photographs and sentences the recipe is the same few lines. `captioned_cifar10` holds photographs with captions
# that never name the class; the layers bring their own preprocessing and tokenizer. The cell does nothing until you set
# the switch: it fetches some hundred megabytes once and takes some minutes. The course promises no numbers for it.

# %%
with_network = False
if with_network:
    photographs = mm.load("captioned_cifar10", train=1000, val=200, test=1000)
    vgg16 = mm.pretrained.image("vgg16", pooling="avg", size=64)  # 64 pixels a side, not 224, to take minutes on a CPU
    bert = mm.pretrained.text("bert_tiny_en_uncased")
    real = mm.pretrained.extract({"image": vgg16, "text": bert}, photographs)
    model = on_top(real, 1000, 20, first_seed)
mm.evaluation.report(model, real) if with_network else "not run: it needs a network"

# %% [markdown]
# ## What we saw

# %%
gap = {n: scores[frozen[n]] - scores[scratch[n]] for n in labels}
others = {"Unfreezing": bars, "Pixels divided twice, no error": mistake, "Digits": strokes}
lesson.findings(
    "Transfer is worth " + ", ".join(f"{100 * gap[n].mean:+.0f} points with {n} labels" for n in labels) + ".",
    f"Captions, 100 labels: text {scores[text]}, giant {scores[both_frozen]}, from scratch {scores[both_scratch]}.",
    *(f"{name}: " + ", ".join(f"{what} {found.mean:.3f}" for what, found in each.items()) + "."
      for name, each in others.items()),
)  # fmt: skip

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
for method in scores:
    data = sets[first_seed] if method.modality is None else sets[first_seed].with_only(method.modality)
    extra = [giant] if method in frozen.values() or method == both_frozen else []
    lesson.record(method, scores[method], [models[method, first_seed], *extra], data)
lesson.claim("HubLayer freezes and unfreezes", before == 0 < len(hub_layer.trainable_weights), equal=True)
lesson.claim("file, module and encoder give the same features", max(difference) < 1e-3, equal=True)
lesson.claim("with 10 labels a giant is worth something", gap[10], above=0.02)
lesson.claim("with 100 labels it is worth a lot", gap[100], above=0.08)
lesson.claim("with 1000 nothing is left of it", gap[1000], below=0.03)
lesson.claim("an untrained encoder spoils the fused model", scores[text] - scores[both_scratch], above=0.08)
lesson.claim("a frozen giant does not", scores[both_frozen] - scores[text], above=-0.06)
gains = {n: tuned[n, "unfrozen, 0.001"] - tuned[n, "frozen, longer, 0.001"] for n in (100, 1000)}
lesson.claim("100 labels: unfreezing is worth more than epochs", gains[100], above=0.06)
lesson.claim("1000 labels: unfreezing is worth more than epochs", gains[1000], above=0.01)
lesson.claim("and less than with 100", gains[100] - gains[1000], above=0.02)
lesson.claim("divided twice, the image model is ruined", mistake["image, divided twice"], below=0.5)
lesson.claim("and the fused one looks well", mistake["fused, divided twice"], above=0.75)
clean, noisy = (strokes[f"{kind}, giant's features"] - strokes[f"{kind}, bare pixels"] for kind in ("clean", "noisy"))
lesson.claim("clean strokes are no problem", clean, above=-0.04)
lesson.claim("with noise the bare pixels win", noisy, below=-0.1)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Extract once, train a head, and put both together: with a trained encoder of yours in place of this random one.

# %% tags=["own"]
import keras
import numpy as np

rng = np.random.default_rng(0)
images, labels = rng.random((600, 16, 16, 3), "float32"), rng.integers(0, 2, 600)  # your samples
encoder = keras.Sequential([keras.layers.Conv2D(16, 3, activation="relu"), keras.layers.GlobalMaxPooling2D()])
encoder.trainable = False  # frozen
features = encoder.predict(images, verbose=0)  # once, not in every epoch
head = keras.Sequential([keras.layers.BatchNormalization(), keras.layers.Dense(2, activation="softmax")])
head.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", jit_compile=False)
head.fit(features, labels, epochs=5, verbose=0)
whole = keras.Sequential([encoder, head])  # to unfreeze: encoder.trainable = True, then compile with a small rate
whole(images[:2]).shape

# %% [markdown]
# ## Exercises
# ### Exercise 1 · What VGG16 wants (10 minutes)
# VGG16 was trained on pixels in the order blue, green, red, from 0 to 255, with 103.939, 116.779 and 123.68 subtracted
# from them. Write `for_vgg(pixels)`: bytes (B, H, W, 3) in the order red, green, blue to floats as VGG16 wants them.


# %% tags=["exercise"]
# stub
def for_vgg(pixels): ...  # your code here
# solution
def for_vgg(pixels):
    blue_first = pixels[..., ::-1].astype("float32")
    return blue_first - np.array([103.939, 116.779, 123.68], "float32")


# end
lesson.check(1, for_vgg)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · Does it pay to extract? (5 minutes)
# Extraction takes `once` seconds, an epoch `cached` seconds on features and `loop` seconds, more, with the frozen
# encoder in the loop. Write `epochs_to_pay(once, loop, cached)`: the smallest whole number of epochs for which
# extracting first takes *less* time in all.


# %% tags=["exercise"]
# stub
def epochs_to_pay(once, loop, cached): ...  # your code here
# solution
def epochs_to_pay(once, loop, cached):
    return int(once // (loop - cached)) + 1  # once + n cached < n loop


# end
lesson.check(2, epochs_to_pay)

# %% [markdown]
# ### Exercise 3 · Unfreeze from the top (15 minutes)
# Often only the last layers are unfrozen, the least general ones, and batch normalisations stay frozen, so that a few
# samples do not upset their statistics. Write `unfreeze_last(layers, n)`: of a list of Keras layers, the last n may
# learn, except those of the class `keras.layers.BatchNormalization`; all others may not. n may be 0. It returns the
# list.


# %% tags=["exercise"]
# stub
def unfreeze_last(layers, n): ...  # your code here
# solution
def unfreeze_last(layers, n):
    first = len(layers) - n
    for i, layer in enumerate(layers):
        layer.trainable = i >= first and not isinstance(layer, keras.layers.BatchNormalization)
    return layers


# end
lesson.check(3, unfreeze_last)

# %% [markdown]
# ## Further reading
# - J. Yosinski et al., *How transferable are features in deep neural networks?*, 2014: which layers are general.
# - S. Kornblith et al., *Do better ImageNet models transfer better?*, 2019: frozen, fine-tuned, from scratch.
# - M. Raghu et al., *Transfusion: understanding transfer learning for medical imaging*, 2019: where a giant helps less.
