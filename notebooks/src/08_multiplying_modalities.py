# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 08 · Multiplying modalities
#
# After this lesson you can tell when adding modalities cannot work, multiply them instead, and pay a fair price for
# the product.
#
# **You will learn** to
# - *prove* in three lines that no sum can learn a task where each modality alone says nothing,
# - *build* the outer product, a bilinear form and its low-rank version by hand,
# - *measure* all of them against known ceilings on six tasks,
# - *explain* why such a task is not learned from pixels and words, and what to do about it,
# - *break* products of pairs, and find where the product is not worth its price.
#
# **Before you start**: [06 · linear fusion](06_linear_fusion.ipynb).
#
# **Time**: 30 minutes of reading, 60 minutes of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("08")

import time
from dataclasses import replace

import keras
import numpy as np
from keras import ops

from mmcourse.data.text import Vocabulary

lesson

# %% [markdown]
# ## See: a question that needs both
#
# `scenes` are small pictures with captions. In the task `xor` the picture shows one of four shapes, and the caption
# tells what the thing is made of, which nobody can see. Number the shapes (circle 0, square 1, triangle 2, cross 3)
# and the materials (wood 0, glass 1, metal 2, paper 3). The label is whether the *sum of the two numbers* is odd.
# In a fifth of the samples the shape is hidden by static; in a fifth the caption names no material.

# %%
data = mm.load("scenes", task="xor", train=2000, val=400, test=2000)
data.show(6)

# %% [markdown]
# The process that makes the labels is known, and so is the best accuracy that anything can reach from each modality:

# %%
{"image": data.ceiling("image"), "text": data.ceiling("text"), "both": round(data.ceiling(), 3)}

# %% [markdown]
# Alone, each modality is worth nothing: half of the circles are odd, half are even. Together they tell everything
# that is not hidden. This is *synergy*, in its purest form.
#
# ## Why no sum can do it
#
# Call the classes $y = +1$ and $y = -1$, and take any additive model $f = g_1(x_1) + g_2(x_2)$. It says odd where
# $f > 0$. The $g_i$ may be deep networks; only the last step is a sum. A linear head on a concatenation is of this
# kind, and so is a weighted sum with a linear head, if its weights do not depend on the sample. Each modality alone
# says nothing: $\mathbb{E}[y \mid x_1] = \mathbb{E}[y \mid x_2] = 0$. Then
#
# 1. the average margin is zero: $\mathbb{E}[y f] = \mathbb{E}\big[g_1(x_1)\, \mathbb{E}[y \mid x_1]\big] +
#    \mathbb{E}\big[g_2(x_2)\, \mathbb{E}[y \mid x_2]\big] = 0$;
# 2. the loss $\ell(yf) = \log(1 + e^{-yf})$ is convex, so its average is at least the loss at the average (Jensen);
# 3. together: $\mathbb{E}[\ell(yf)] \ge \ell(\mathbb{E}[yf]) = \ell(0) = \log 2$, the loss of a coin.
#
# So the best sum is $f = 0$, a guess, and training will find it. (A careful reader may object that a line can get
# three of the four corners of XOR right. It can, but it pays for the fourth with more loss than a coin has.) With
# more classes the same holds for the logit of the right class less the mean of all, and the bound is $\log C$.
#
# A product is different: if $s_1, s_2 \in \{-1, +1\}$ are the parities, the answer *is* $-s_1 s_2$.
#
# ## From pixels and words: the plateau
#
# Now train a model that could solve the task, from scratch: two encoders and a product of their features, which we
# build further below. The image encoder is a small CNN that ends with a maximum over all places, because the
# object can be anywhere. The text encoder takes the maximum over the words. Both give 16 features between −1 and 1.


# %%
def convolution(filters, size=3, strides=1):
    """Convolution, batch normalisation (which makes it learn in a few epochs) and ReLU."""
    layer = keras.layers.Conv2D(filters, size, strides, padding="same", use_bias=False)
    return [layer, keras.layers.BatchNormalization(momentum=0.9), keras.layers.ReLU()]


# %%
def new_encoder(modality, words=None):
    """A small network from one modality to 16 features in [-1, 1]."""
    layers = keras.layers
    if modality == "image":
        inside = [layers.Rescaling(1 / 255), *convolution(16, 5, 2), *convolution(32), layers.MaxPooling2D()]
        inside += [*convolution(64), layers.GlobalMaxPooling2D()]
    elif modality == "text":
        inside = [layers.Embedding(len(words), 32), layers.GlobalMaxPooling1D()]
    else:  # the loudest moment of each mel band, from decibels to numbers around 1
        inside = [mm.layers.LogMel(), layers.GlobalMaxPooling1D(data_format="channels_first")]
        inside += [layers.Rescaling(0.05), layers.Dense(64, activation="relu")]
    return keras.Sequential([*inside, layers.Dense(16, activation="tanh")])


# %%
def train(model, data, seed, epochs, batch_size, learning_rate, watch=False):
    """Fit on train, in an order that depends on the seed; `watch`: look at val after each epoch."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(learning_rate), loss, metrics=["accuracy"], jit_compile=False)
    batches = data.tf_data("train", batch_size, shuffle_seed=seed)
    val = data.tf_data("val", 400) if watch else None
    model.fit(batches, epochs=epochs, shuffle=False, verbose=0, validation_data=val)
    return model


# %%
epochs = 8
scratch = {}
for seed in lesson.progress(lesson.seeds[:2], "from scratch"):
    raw = mm.load("scenes", task="xor", train=2000, val=400, test=2000, seed=seed).with_tokens()
    keras.utils.set_random_seed(seed)
    parts = {name: new_encoder(name, raw.modalities[name].words) for name in raw.modalities}
    model = mm.FeatureFusion(parts, mm.layers.LowRankFusion(2, rank=4))
    scratch[seed] = train(model, raw, seed, epochs, batch_size=64, learning_rate=3e-3, watch=True).history.history

# %%
curves = {f"from scratch, {name}": np.mean([history[key] for history in scratch.values()], axis=0)
          for name, key in (("train", "accuracy"), ("val", "val_accuracy"))}  # fmt: skip
last_train, last_val = (values[-1] for values in curves.values())
mm.plots.curves(
    f"From scratch, train begins to climb ({last_train:.2f}), val guesses ({last_val:.2f})",
    range(1, epochs + 1),
    curves,
    "epoch",
)

# %% [markdown]
# On *train* the accuracy begins to climb, on *val* it stays near one half: what the network learns is single pictures
# and captions, by heart, not the rule. Why? To learn the shapes, the image encoder needs a gradient that prefers one
# shape to another. As long as the text features mean nothing, the label is a coin toss for every shape, and there is
# no such gradient. The text encoder waits for the image encoder in the same way. Neither can move first.
#
# ## Pretraining ends it
#
# So we let each encoder learn something it *can* learn alone: to name what its modality shows. The shape, the
# material, the pitch of a tone (for later), or "nothing" where it is hidden, which is a name of its own. It never
# sees a label of our tasks. The captions of two of the tasks below name shapes instead of materials, so the text
# encoder learns both kinds of names. All scenes used here are other scenes than those of the tasks.


# %%
def to_name(sets, split, modality):
    """Samples of a modality, and the number of what each shows; the last number is for "nothing"."""
    parts = [data.split(split) for data in sets if modality in data.modalities]
    shown = [part.targets[f"{modality}_symbol"] for part in parts]
    if modality == "text":  # the second set's captions name shapes: four more names
        shown[1] = np.where(shown[1] < 0, -1, shown[1] + 4)
    nothing = 8 if modality == "text" else 4
    names = [np.where(numbers < 0, nothing, numbers) for numbers in shown]
    return np.concatenate([part.x[modality] for part in parts]), np.concatenate(names)


# %%
def learn_to_name(sets, modality, words, seed):
    """An encoder trained with a linear head to name what its modality shows, and how often it is right on test."""
    keras.utils.set_random_seed(seed)
    encoder = new_encoder(modality, words.words)
    epochs, (samples, names) = {"image": 3}.get(modality, 2), to_name(sets, "train", modality)
    rate = keras.optimizers.schedules.CosineDecay(6e-3, epochs * len(names) // 64)  # large steps first, then small
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model = keras.Sequential([encoder, keras.layers.Dense(int(names.max()) + 1)])
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"], jit_compile=False)
    model.fit(read(samples, modality, words), names, batch_size=64, epochs=epochs, verbose=0)
    samples, names = to_name(sets, "test", modality)
    return encoder, model.evaluate(read(samples, modality, words), names, verbose=0)[1]


def read(samples, modality, words):
    """Captions as word numbers by one vocabulary for all tasks; other samples as they are."""
    return words.encode(samples, 24) if modality == "text" else samples


# %%
encoders, words, naming = {}, {}, {}
for seed in lesson.progress(lesson.seeds, "encoders"):
    three = ("image", "text", "audio")
    sizes = {"train": 3000, "val": 1, "test": 500}
    sets = [mm.load("scenes", task="xor", modalities=three, seed=1000 + seed, **sizes)]
    sets += [mm.load("scenes", task="match", seed=2000 + seed, **sizes)]
    words[seed] = Vocabulary.fit(caption for data in sets for caption in data.train.x["text"])
    found = {name: learn_to_name(sets, name, words[seed], seed) for name in three}
    encoders[seed] = {name: encoder for name, (encoder, _) in found.items()}
    naming[seed] = {name: round(accuracy, 3) for name, (_, accuracy) in found.items()}
naming

# %% [markdown]
# The encoders name nearly everything right. Now we freeze them and compute all features once, for every task. The
# tanh at their end keeps all features between −1 and 1, so neither modality is louder than the other.


# %%
def encode(data, encoders, words):
    """The same set with features in place of raw samples."""

    def features(split):
        ready = {name: read(x, name, words) for name, x in split.x.items()}
        x = {name: encoders[name].predict(samples, batch_size=500, verbose=0) for name, samples in ready.items()}
        return replace(split, x=x)

    specs = {name: mm.Spec((16,), "float32", "none", f"features of the {name}") for name in data.modalities}
    return data.map_splits(features, modalities=specs)


# %%
tasks = ("redundant", "unique", "complementary", "xor", "mod", "match")
features = {}
for seed in lesson.progress(lesson.seeds, "features"):
    for task in tasks:
        scenes = mm.load("scenes", task=task, train=2000, val=400, test=2000, seed=seed)
        features[task, seed] = encode(scenes, encoders[seed], words[seed])

# %% [markdown]
# ## Build: the outer product, by hand
#
# The outer product $x_1 \otimes x_2$ holds every feature of one modality times every feature of the other. With a 1
# put in front of both, it also holds each feature by itself:
#
# $$ z = [1; x_1] \otimes [1; x_2] . $$

# %%
first_seed = lesson.seeds[0]
few = features["xor", first_seed].test.x
image_features, text_features = few["image"][:5], few["text"][:5]  # x₁ and x₂, (5, 16) each

# %%
ones = ops.ones((5, 1))
image_and_one = ops.concatenate([ones, image_features], axis=-1)  # [1; x₁]
text_and_one = ops.concatenate([ones, text_features], axis=-1)  # [1; x₂]
product = image_and_one[:, :, None] * text_and_one[:, None, :]  # every pair of features
product.shape

# %% [markdown]
# ## Check: three layers, one idea
#
# `TensorFusion` gives the same numbers, as one vector for each sample. The largest difference is:

# %%
layer_output = mm.layers.TensorFusion()([image_features, text_features])
tensor_difference = float(ops.max(ops.abs(layer_output - ops.reshape(product, (5, -1)))))
tensor_difference

# %% [markdown]
# A linear head on this vector has a weight for every pair. Written with a block of weights $\mathbb{W}$, one matrix
# for each output $k$, and the single features apart, that is the *bilinear* form
#
# $$ z_k = x_1^\top \mathbb{W}_k\, x_2 + (U x_1)_k + (V x_2)_k + b_k , $$
#
# `MultiplicativeFusion` in the package. With three outputs and the layer's own weights:

# %%
bilinear = mm.layers.MultiplicativeFusion(3)
layer_output = bilinear([image_features, text_features])
U, V, W, b = bilinear.get_weights()
by_hand = ops.einsum("ni,ijk,nj->nk", image_features, W, text_features) + image_features @ U + text_features @ V + b
bilinear_difference = float(ops.max(ops.abs(layer_output - by_hand)))
bilinear_difference

# %% [markdown]
# The number of weights is the product of the widths, which grows fast. `LowRankFusion` writes the block of weights as
# a sum of $R$ products, $\mathbb{W}_{ijk} = \sum_{r=1}^{R} w_r\, a^{(r)}_{ik}\, p^{(r)}_{jk}$, and never forms it.
# The smallest $R$ for which that is possible is its *rank*. To check it, we do form it, from the layer's factors:

# %%
low_rank = mm.layers.LowRankFusion(3, rank=2)
layer_output = low_rank([image_features, text_features])
A, a, P, p, w, b = low_rank.get_weights()  # the factors of the image, of the text, w and b
image_factors = np.concatenate([a[None], A]).reshape(17, 2, 3)  # feature (the 1 first), rank, output
text_factors = np.concatenate([p[None], P]).reshape(17, 2, 3)
kernel = ops.einsum("r,irk,jrk->ijk", w, image_factors, text_factors)
by_hand = ops.einsum("ni,ijk,nj->nk", image_and_one, kernel, text_and_one) + b
low_rank_difference = float(ops.max(ops.abs(layer_output - by_hand)))
low_rank_difference

# %% [markdown]
# ## Measure: parity, and a harder question
#
# `xor` asks for the parity of the sum. Every model gets the same frozen features. The first is a linear head on a
# concatenation; the second has a hidden layer in between (lesson 07); the other three multiply.

# %%
fusions = {
    "linear": lambda classes: (mm.layers.ConcatFusion(), keras.layers.Dense(classes)),
    "hidden layer": lambda classes: (
        mm.layers.NonlinearFusion(64, activation="relu"), keras.layers.Dense(classes)
    ),
    "bilinear": lambda classes: (mm.layers.MultiplicativeFusion(classes), None),
    "tensor": lambda classes: (mm.layers.TensorFusion(classes), None),
    "low rank 4": lambda classes: (mm.layers.LowRankFusion(classes, rank=4), None),
}  # fmt: skip


# %%
def fuse(features, parts, seed, epochs=8, batch_size=128, watch=False):
    """Train a fusion and a head, made by `parts(classes)`, on frozen features."""
    keras.utils.set_random_seed(seed)
    fusion, head = parts(len(features.classes))
    model = mm.FeatureFusion({name: keras.layers.Identity() for name in features.modalities}, fusion, head=head)
    return train(model, features, seed, epochs, batch_size, learning_rate=5e-3, watch=watch)


# %%
def measure(features, parts, seeds, **options):
    """Models and test accuracies, one for each seed; `features` maps a seed to a set."""
    models = {seed: fuse(features[seed], parts, seed, **options) for seed in seeds}
    return models, {seed: mm.evaluation.accuracy(models[seed], features[seed]).value for seed in seeds}


# %%
by_task = {task: {seed: features[task, seed] for seed in lesson.seeds} for task in tasks}
models, scores = {}, {}
for name in lesson.progress(fusions, "xor"):
    with lesson.timed(f"fused, {name}", len(lesson.seeds)):
        models["xor", name], scores["xor", name] = measure(by_task["xor"], fusions[name], lesson.seeds, watch=True)

# %%
xor = features["xor", first_seed]
bars = {f"fused, {name}": list(scores["xor", name].values()) for name in fusions}
mm.plots.scores("xor: the linear head guesses, products are near the ceiling", bars, xor.baseline(), xor.ceiling())

# %% [markdown]
# As proved, the linear head guesses. It may land a few points beside one half: with $f$ close to 0, small accidents
# of the sample decide each answer. Everything else comes near the ceiling, the hidden layer too: a product is not
# the only way out, but it is the one that says what it does. And the frozen encoders end the plateau. Here is the
# same product for as many epochs, from scratch and on frozen features. It is not a race between equals: the encoders
# had other samples and epochs before, in which they were told what they see. That is what naming buys:

# %%
watched = [models["xor", "low rank 4"][seed].history.history["val_accuracy"] for seed in lesson.seeds]
curves["frozen encoders, val"] = np.mean(watched, axis=0)
mm.plots.curves("With encoders that can name, the rule is found in a few epochs", range(1, epochs + 1), curves, "epoch")

# %% [markdown]
# Does the fused model use both? The report asks in every way at once:

# %%
report = mm.evaluation.report(models["xor", "tensor"][first_seed], xor)
report

# %% [markdown]
# Shuffling or dropping *either* modality leaves a guess: in synergy, half of the evidence is worth nothing.
#
# ### How much rank is needed?
#
# The task `mod` asks for more: the sum modulo 4, four classes. For it there is a theory. With the angle $\theta =
# 2\pi/4$, the score $\cos(\theta(s_1 + s_2 - c))$ is largest for the right class $c$, and
#
# $$ \cos(\alpha + \beta) = \cos\alpha \cos\beta - \sin\alpha \sin\beta , $$
#
# with $\alpha = \theta s_1$ and $\beta = \theta(s_2 - c)$: two products of a function of the image and a function of
# the text. Rank 2 is enough. Rank 1 is too, on paper: the one product
# $\cos(\theta s_1 - \theta c/2) \cos(\theta s_2 - \theta c/2)$ is half our score plus a term without $c$. But does
# gradient descent find it?

# %%
low_ranks = {
    f"low rank {rank}": lambda classes, rank=rank: (mm.layers.LowRankFusion(classes, rank), None) for rank in (1, 2)
}
mod, of_mod = features["mod", first_seed], {"linear": fusions["linear"], **low_ranks, "tensor": fusions["tensor"]}
for name in lesson.progress(of_mod, "mod"):
    models["mod", name], scores["mod", name] = measure(by_task["mod"], of_mod[name], lesson.seeds)
bars = {f"fused, {name}": list(scores["mod", name].values()) for name in of_mod}
mm.plots.scores("mod 4: rank 1 would be enough, rank 2 is easier to find", bars, mod.baseline(), mod.ceiling())

# %% [markdown]
# Not with every seed: look at the dots of rank 1. What a layer *can* express and what training *finds* are two things.
# A little more rank than needed costs little and finds its way.
#
# ### What does it cost?
#
# With wider features the price shows. Two modalities of 64 features, 64 outputs: the weights of the low-rank layer and
# the time of one forward pass over 256 samples, as shares of what the whole tensor takes on this machine.


# %%
def cost(layer, inputs):
    """Number of weights, and seconds of one forward pass: the fastest of 40, which other work disturbs least."""
    ops.convert_to_numpy(layer(inputs))  # the first call creates the weights
    seconds = []
    for _ in range(40):
        start = time.perf_counter()
        ops.convert_to_numpy(layer(inputs))
        seconds.append(time.perf_counter() - start)
    return layer.count_params(), min(seconds)


# %%
wide = [np.random.default_rng(i).normal(size=(256, 64)).astype("float32") for i in (1, 2)]
whole = cost(mm.layers.TensorFusion(64), wide)
steps = (1, 2, 4, 8, 16, 32)
prices = {rank: cost(mm.layers.LowRankFusion(64, rank), wide) for rank in steps}
lines = {"weights": [prices[rank][0] / whole[0] for rank in steps]}
lines |= {"time": [prices[rank][1] / whole[1] for rank in steps]}
mm.plots.curves(
    f"Rank 4 has {lines['weights'][2]:.0%} of the weights of the whole tensor",
    steps,
    lines,
    "rank",
    "share of the whole",
)

# %% [markdown]
# The number of weights grows in a straight line with the rank; the time does not follow it exactly. At rank 32 the
# low-rank layer is as large as the tensor it replaces. It pays only where a small rank is enough.
#
# ### All six tasks
#
# So far synergy. The six tasks of `scenes` differ in where the answer is: in both modalities alike (`redundant`), in
# one (`unique`), half in each (`complementary`), or in the pair (`xor`, `mod`, `match`: does the caption fit the
# picture?). How far should adding get? The natural sum adds up the evidence, $\log P(y \mid x_1) + \log P(y \mid x_2)
# - \log P(y)$, and its accuracy can be computed from the process that makes the labels:


# %%
def adding_evidence(world):
    """Accuracy of the rule that adds the evidence of image and text; where classes tie, a coin decides."""
    both = world.seen("image", "text")  # P(y, image, text)
    image, text = np.log(both.sum(axis=2) + 1e-12), np.log(both.sum(axis=1) + 1e-12)
    prior = np.log(both.sum(axis=(1, 2)))
    evidence = image[:, :, None] + text[:, None, :] - prior[:, None, None]
    best = evidence.round(6) == evidence.max(axis=0).round(6)
    return float((both * best / best.sum(axis=0)).sum())


# %%
for task in lesson.progress(tasks, "tasks"):
    for name in ("linear", "tensor"):
        if (task, name) not in scores:
            with lesson.timed(f"fused, {name}", len(lesson.seeds)):
                models[task, name], scores[task, name] = measure(by_task[task], fusions[name], lesson.seeds)


# %%
def mean(values):
    """Mean over seeds."""
    return float(np.mean(list(values.values())))


ceilings = {task: features[task, first_seed].ceiling() for task in tasks}
theory = {task: adding_evidence(features[task, first_seed].world) for task in tasks}
share = {task: mean(scores[task, "tensor"]) / ceilings[task] for task in tasks}

# %%
lesson.table(
    ["task", "linear: theory", "linear: measured", "tensor product", "ceiling", "product's share of it"],
    [
        [task, f"{theory[task]:.3f}", f"{mean(scores[task, 'linear']):.3f}", f"{mean(scores[task, 'tensor']):.3f}",
         f"{ceilings[task]:.3f}", f"{share[task]:.1%}"]
        for task in tasks
    ],
)  # fmt: skip

# %% [markdown]
# Two groups. Where each modality speaks for itself, adding reaches the ceiling, and the product gains nothing for
# nine times the weights. Where only the pair speaks, adding is a guess. One and the same product layer is close to the
# ceiling of every task. (A score may even lie above its ceiling by luck: with 2000 test samples the coin that decides
# where a symbol is hidden moves it by a point, with 400 val samples by two.)
#
# ## Break
#
# ### Pairs cannot do triples
#
# Now with a third modality, a tone whose pitch is a symbol too: `xor` asks for the parity of *three* numbers. A
# bilinear layer for three modalities has all pairs of products. But each *pair* says nothing about the parity of
# three, so the three lines of the proof apply word for word, with $f = g_{12}(x_1, x_2) + g_{13}(x_1, x_3) +
# g_{23}(x_2, x_3)$. Low-rank fusion multiplies all three.

# %%
triples = {}
for seed in lesson.progress(lesson.seeds, "three modalities"):
    scenes = mm.load(
        "scenes", task="xor", modalities=("image", "text", "audio"), train=2000, val=1, test=2000, seed=seed
    )
    triples[seed] = encode(scenes, encoders[seed], words[seed])
triple_scores = {}
for name in lesson.progress(("bilinear", "low rank 4"), "three modalities"):
    _, triple_scores[name] = measure(triples, fusions[name], lesson.seeds)

# %%
triple = triples[first_seed]
bars = {"fused, all pairs (bilinear)": list(triple_scores["bilinear"].values())}
bars |= {"fused, all three (low rank 4)": list(triple_scores["low rank 4"].values())}
mm.plots.scores("Parity of three: pairs are not enough", bars, triple.baseline(), triple.ceiling())

# %% [markdown]
# ## What we saw

# %%
lowest = min(tasks, key=share.get)
lesson.findings(
    f"On `xor` a linear head reaches **{mean(scores['xor', 'linear']):.3f}**, a guess; the tensor product "
    f"**{mean(scores['xor', 'tensor']):.3f}** of a ceiling of {ceilings['xor']:.3f}.",
    f"From scratch the same product reaches {curves['from scratch, train'][-1]:.2f} on train and "
    f"{curves['from scratch, val'][-1]:.2f} on val. With encoders that learned to name what they see, "
    f"{curves['frozen encoders, val'][-1]:.2f} on val.",
    f"One product layer reaches **{share[lowest]:.1%}** of the ceiling or more on all six tasks (lowest: `{lowest}`).",
    f"On `mod`, rank 1, enough on paper, reaches {mean(scores['mod', 'low rank 1']):.3f}, rank 2 "
    f"{mean(scores['mod', 'low rank 2']):.3f}, the whole tensor {mean(scores['mod', 'tensor']):.3f} of "
    f"{ceilings['mod']:.3f}.",
    f"The parity of three: all pairs {mean(triple_scores['bilinear']):.3f}, all three "
    f"{mean(triple_scores['low rank 4']):.3f} of {triple.ceiling():.3f}.",
    f"On `redundant`, the linear head with 33 weights a class reaches {mean(scores['redundant', 'linear']):.3f}, the "
    f"tensor product with 289 {mean(scores['redundant', 'tensor']):.3f}: where each speaks alone, adding is enough.",
)

# %%
for task in tasks:
    for name in ("linear", "tensor"):
        part = features[task, first_seed]
        lesson.record(
            f"fused, {name}", part.name, scores[task, name], baseline=part.baseline(), ceiling=ceilings[task],
            parameters=models[task, name][first_seed].count_params(), test_samples=len(part.test),
        )  # fmt: skip
lesson.course()

# %% tags=["check"]
# What the prose says, asserted: a lesson whose finding no longer holds fails the build.
synergy, several = ("xor", "mod", "match"), len(lesson.seeds) > 1
assert data.ceiling("image") == data.ceiling("text") == 0.5, "each modality alone is worth nothing"
assert max(tensor_difference, bilinear_difference, low_rank_difference) < 1e-4, "ours must equal the package's layers"
for task in tasks:
    gap = abs(mean(scores[task, "linear"]) - theory[task])
    assert gap < 0.06, f"{task}: the linear head must be where theory says, is {gap:.3f} off"
    assert (
        abs(theory[task] - (1 / len(features[task, first_seed].classes) if task in synergy else ceilings[task])) < 1e-6
    )
    if several:
        assert share[task] >= 0.98, f"{task}: the product must reach .98 of the ceiling, has {share[task]:.3f}"
    else:
        assert share[task] >= 0.965, f"{task}: the product must be near the ceiling, has {share[task]:.3f}"
    if task not in synergy:
        assert mean(scores[task, "linear"]) >= 0.98 * ceilings[task], f"{task}: adding must reach the ceiling"
for name in ("hidden layer", "bilinear", "low rank 4"):
    assert mean(scores["xor", name]) > 0.96 * ceilings["xor"], f"{name} must come near the ceiling of xor"
assert min(accuracy for found in naming.values() for accuracy in found.values()) > 0.98, "naming must be nearly right"

assert models["redundant", "linear"][first_seed].count_params() == 4 * 33, "33 weights for each class"
assert models["redundant", "tensor"][first_seed].count_params() == 4 * 289, "289 weights for each class"

# %% tags=["check"]
assert max(curves["from scratch, val"]) < 0.6, "from scratch, val must stay near one half"
assert curves["from scratch, train"][-1] > max(0.56, curves["from scratch, val"][-1] + 0.03), "... while train climbs"
assert curves["frozen encoders, val"][2] > 0.7, "on frozen features the rule is found within three epochs"
assert any("uses image and text" in sentence for sentence in report.verdict), report.verdict
for kind in ("shuffled", "dropped"):
    for name in ("image", "text"):
        assert report.row(kind, name).score.value < 0.6, f"with {name} {kind} only a guess is left"
if several:
    assert mean(scores["mod", "low rank 1"]) < mean(scores["mod", "low rank 2"]) - 0.01, "rank 1 is harder to find"
assert mean(scores["mod", "low rank 2"]) > 0.97 * ceilings["mod"], "rank 2 must be enough on mod"
assert prices[32][0] < whole[0] < 1.05 * prices[32][0], "at rank 32 the low-rank layer is as large"
assert abs(mean(triple_scores["bilinear"]) - 0.5) < 0.06, "pairs must guess on the parity of three"
assert mean(triple_scores["low rank 4"]) > 0.9 * triple.ceiling(), "a product of all three must not"

# %% [markdown]
# ## Exercises
#
# ### Exercise 1 · The outer product (10 minutes)
# Write `outer_product(x1, x2)` for features (B, d1) and (B, d2): the products of $[1; x_1]$ and $[1; x_2]$, one row
# of $(d_1 + 1)(d_2 + 1)$ numbers for each sample, the features of $x_2$ running fastest.


# %% tags=["exercise"]
# stub
def outer_product(x1, x2): ...  # your code here
# solution
def outer_product(x1, x2):
    ones = ops.ones((len(x1), 1))
    first, second = ops.concatenate([ones, x1], axis=-1), ops.concatenate([ones, x2], axis=-1)
    return ops.reshape(first[:, :, None] * second[:, None, :], (len(x1), -1))


# end
lesson.check(1, outer_product)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · What a product costs (10 minutes)
# Write `count_weights(widths, units, rank)` for any number of modalities with these widths. Return two numbers: the
# weights of `TensorFusion(units)`, which has no bias but the 1s, and of `LowRankFusion(units, rank)`, with its
# factors, the $w_r$ and a bias.


# %% tags=["exercise"]
# stub
def count_weights(widths, units, rank): ...  # your code here
# solution
def count_weights(widths, units, rank):
    with_one = [d + 1 for d in widths]
    return units * int(np.prod(with_one)), rank * units * sum(with_one) + rank + units


# end
lesson.check(2, count_weights)

# %% [markdown]
# ### Exercise 3 · Parity as one product (15 minutes)
# Two symbols from 0 to K − 1 come as one-hot vectors, so that $x_1^\top \mathbb{W} x_2$ reads entry $(i, j)$ of a
# table. Write `parity_kernel(K)`: a table (K, K) that is positive where $i + j$ is odd, negative where it is even,
# and has rank 1, so that a single product will do.


# %% tags=["exercise"]
# stub
def parity_kernel(K): ...  # your code here
# solution
def parity_kernel(K):
    sign = (-1.0) ** np.arange(K)  # +1 for even symbols, −1 for odd ones
    return -np.outer(sign, sign)


# end
lesson.check(3, parity_kernel)

# %% [markdown]
# ### Exercise 4 · Addition modulo K with two products (45 minutes)
# Write `mod_factors(K)`. Return `A` (K, 2) and `P` (K, K, 2) such that for symbols $i$ and $j$ the score of class $c$,
# $\sum_{r=1}^{2} A_{ir} P_{jcr}$, is largest for $c = (i + j) \bmod K$. The formula for $\cos(\alpha + \beta)$ above
# is all you need.


# %% tags=["exercise"]
# stub
def mod_factors(K): ...  # your code here
# solution
def mod_factors(K):
    theta, symbols = 2 * np.pi / K, np.arange(K)
    alpha = theta * symbols  # one angle for each symbol of the image
    beta = theta * (symbols[:, None] - symbols[None, :])  # j − c: one for each symbol of the text and class
    return np.stack([np.cos(alpha), np.sin(alpha)], axis=-1), np.stack([np.cos(beta), -np.sin(beta)], axis=-1)


# end
lesson.check(4, mod_factors)

# %% [markdown]
# ## Further reading
# - A. Zadeh et al., *Tensor fusion network for multimodal sentiment analysis*, 2017: the outer product with the 1s,
#   on words, voice and face.
# - Z. Liu et al., *Efficient low-rank multimodal fusion with modality-specific factors*, 2018: the same without ever
#   forming the product; the weights grow with the sum of the widths.
# - S. Jayakumar et al., *Multiplicative interactions and where to find them*, 2020: the bilinear form behind gates,
#   attention and hypernetworks, and what it can express that a sum cannot.
