# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 08 · Multiplying modalities
#
# After this lesson you can tell when adding modalities cannot work, multiply them, and say when a product pays.
#
# **You will learn** to
# - *prove* on a table of four cells that no sum can learn what neither modality knows alone,
# - *build* the outer product and its low-rank version by hand,
# - *measure* products against a hidden layer: accuracy, weights, samples, epochs,
# - *explain* why such a task is slow to learn from pixels and words, and what ends the plateau,
# - *break* products: pairs that cannot do triples, factors that nobody trains.
#
# **Before you start**: [05](05_what_each_modality_knows.ipynb) for ceilings, [06](06_linear_fusion.ipynb) for fusion.
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("08")

from dataclasses import replace
from functools import partial
from itertools import product
from timeit import repeat

import keras
import numpy as np
from keras import layers, ops

from mmcourse.data.text import Vocabulary
from mmcourse.evaluation import accuracy

lesson

# %% [markdown]
# ## See: a question that needs both
# `scenes` are small pictures with captions. In the task `xor` the picture shows one of four shapes, and the caption
# tells what the thing is made of, which nobody can see. Number the shapes (circle 0, square 1, triangle 2, cross 3)
# and the materials (wood 0, glass 1, metal 2, paper 3). The label is whether the *sum of the two numbers* is odd.
# In a fifth of the samples the shape is hidden by static; in a fifth the caption names no material.

# %%
data = mm.load("scenes", task="xor", distractors=1, train=1000, val=1, test=1)
data.show(6)

# %% [markdown]
# Alone, each modality is worth nothing: half of the circles are odd, half are even. Together they tell everything that
# is not hidden. This is *synergy* in its purest form. The process that makes the labels is known, and so is the best
# accuracy that anything can reach, the *ceiling*: from one modality a guess, one half.
#
# ### Why no sum can do it
# Take the smallest case: each modality shows 0 or 1, and the label is $y = +1$ where they differ, $-1$ where they are
# equal. An additive model, $f = g_1(x_1) + g_2(x_2)$, gives each modality a number for what it sees, and says $+1$
# where $f > 0$. The $g_i$ may be deep networks; only the last step is a sum, as in a linear head on a concatenation.
# Let $g_1$ be $a$ or $b$ and $g_2$ be $c$ or $d$. The *margin* $y f$ is positive where the answer is right:
#
# | margin $y f$ | second shows 0 | second shows 1 |
# | --- | --- | --- |
# | first shows 0 | $-(a + c)$ | $+(a + d)$ |
# | first shows 1 | $+(b + c)$ | $-(b + d)$ |
#
# Each letter stands there twice, once with each sign: the margins add up to zero, whatever the letters. What is won in
# one cell is lost in another, and the loss of a cell, $\log(1 + e^{-yf})$, bends upwards (it is *convex*): it charges
# more for what is lost than it pays for what is won. With $a, b, c, d = 0.4, -0.6, -0.1, 0.7$ the margins are $-0.3$,
# $1.1$, $-0.7$, $-0.1$, with the mean 0; the mean loss is 0.75. A coin, all letters 0, has $\log 2 = 0.69$.
#
# In general, let each modality alone say nothing: the mean $\mathbb{E}[y \mid x_i]$ is 0. Then so is the mean margin,
# $\mathbb{E}[y f] = \sum_i \mathbb{E}\big[g_i(x_i)\, \mathbb{E}[y \mid x_i]\big] = 0$, and the mean of a convex loss is
# at least the loss at the mean (Jensen's inequality): $\mathbb{E}[\log(1 + e^{-yf})] \ge \log(1 + e^0) = \log 2$, a
# coin's (the majority's, if one label is rarer). Training lowers the loss, and ends near a guess (though margins 1, 1,
# 1, −3 are right in three cells). *Do both show 1?* is no such question: each alone says something of it, and a sum
# with a threshold answers it. A product is different: for $s_1, s_2 = \pm 1$, what the two show, it *is* $-s_1 s_2$.
#
# ### Features that name what they see
# Each encoder first learns something it *can* learn alone: to name what its modality shows, which shape, which
# material, which pitch of a tone (for later), or "nothing" where it is hidden. It never sees a label of our tasks, and
# learns on other scenes. Then the encoders are frozen, as in lesson 06, and give 16 features between −1 and 1 (products
# of large numbers are larger still: scale yours first). All runs below share them.


# %%
def new_encoders(words, names):
    """A small network for each of these; the maximum over places, words, moments finds the one that counts."""
    seen = [layers.Rescaling(1 / 255)]
    for filters, size, strides in ((16, 5, 2), (32, 3, 2), (64, 3, 1)):  # batch normalisation: learns in a few epochs
        seen += [layers.Conv2D(filters, size, strides, padding="same", use_bias=False)]
        seen += [layers.BatchNormalization(momentum=0.9), layers.ReLU()]
    read = [layers.Embedding(len(words.words), 32), layers.GlobalMaxPooling1D()]
    heard = [mm.layers.LogMel(), layers.GlobalMaxPooling1D(data_format="channels_first"), layers.Rescaling(0.05)]
    heard += [layers.Dense(64, activation="relu")]
    inside = {"image": [*seen, layers.GlobalMaxPooling2D()], "text": read, "audio": heard}
    return {name: keras.Sequential([*inside[name], layers.Dense(16, activation="tanh")]) for name in names}


def scenes(task, seed, words):
    """Scenes of a task, captions as word numbers; `three` is xor with a tone as a third modality."""
    kind = {"task": "xor", "modalities": ("image", "text", "audio")} if task == "three" else {"task": task}
    loaded = mm.load("scenes", **kind, distractors=1, seed=seed, train=2000, val=1, test=1000)
    return replace(loaded.map({"text": lambda captions: words.encode(captions, 24)}), name=f"scenes ({task})")


# %%
def named(data):
    """Encoders, one a modality, that have learned to name what these scenes show and say; from now on frozen."""
    what = {"targets": {name: f"{name}_symbol" for name in data.modalities}, "normalize": False, "learning_rate": 6e-3}
    return mm.training.features_alone(data, new_encoders(words, data.modalities), seed=first, epochs=5, **what).encoders


tasks, first = ("xor", "mod", "match", "three"), lesson.seeds[0]
shapes = mm.load("scenes", task="match", distractors=1, train=1000, val=1, test=1)  # captions that name a shape
words = Vocabulary.fit(np.hstack([data.train.x["text"], shapes.train.x["text"]]))
encoders = named(scenes("three", 1000 + first, words))
readers = encoders | named(scenes("match", 1000 + first, words).with_only("text"))
raw = {task: {seed: scenes(task, seed, words) for seed in lesson.seeds} for task in tasks}
see = {t: {m: partial(e, training=False) for m, e in (readers if t == "match" else encoders).items()} for t in tasks}
features = {
    task: {seed: part.map({name: see[task][name] for name in part.modalities}) for seed, part in sets.items()}
    for task, sets in raw.items()
}
features["xor"][first]

# %% [markdown]
# ## Build: the outer product, by hand
# The outer product $x_1 \otimes x_2$ holds every feature of one modality times every feature of the other. With a 1
# put in front of both, $z = [1; x_1] \otimes [1; x_2]$, it also holds each feature alone, even if the other is all 0.

# %%
image_features, text_features = (features["xor"][first].test.x[name][:5] for name in ("image", "text"))  # x₁, x₂
ones = np.ones((5, 1), "float32")
image_and_one, text_and_one = np.hstack([ones, image_features]), np.hstack([ones, text_features])  # [1; x₁], [1; x₂]
outer = image_and_one[:, :, None] * text_and_one[:, None, :]  # z: every pair of features
outer.shape

# %% [markdown]
# A linear head on these 289 numbers is a *tensor* of weights, one for each pair and output: as many as the product of
# the widths. `LowRankFusion` writes that tensor as a sum of $R$ products of small factors and never forms it,
#
# $$ \mathbb{W}_{ijk} = \sum_{r=1}^{R} w_r\, a^{(r)}_{ik}\, p^{(r)}_{jk} , \qquad
# z_k = \sum_{r=1}^{R} w_r \big(a^{(r)}_k \cdot [1; x_1]\big) \big(p^{(r)}_k \cdot [1; x_2]\big) + b_k . $$
#
# The smallest $R$ for which that is possible is the *rank* of the tensor. Which the task needs is seldom known
# (exercise 3: one is enough for parity): double $R$ as long as the score on val rises.
#
# ## Check: they equal the layers
# `TensorFusion` must give our outer product, and `LowRankFusion` what a head on it gives, with the tensor formed from
# the layer's own factors. The largest differences:

# %%
tensor_output = mm.layers.TensorFusion()([image_features, text_features])
layer = mm.layers.LowRankFusion(3, rank=2)
low_rank_output = layer([image_features, text_features])
A, a, P, p, w, b = layer.get_weights()  # the factors of the image, of the text, w and b
image_factors = np.concatenate([a[None], A]).reshape(17, 2, 3)  # feature (the 1 first), rank, output
text_factors = np.concatenate([p[None], P]).reshape(17, 2, 3)
by_hand = np.einsum("nij,r,irk,jrk->nk", outer, w, image_factors, text_factors) + b
differences = np.abs(tensor_output - outer.reshape(5, -1)).max(), np.abs(low_rank_output - by_hand).max()
differences

# %% [markdown]
# ## Measure
# Every method gets the same frozen features and the same training. One model, drawn from itself:

# %%
model = mm.FeatureFusion({name: encoders[name] for name in ("image", "text")}, mm.layers.LowRankFusion(2, rank=4))
model({name: samples[:5] for name, samples in raw["xor"][first].test.x.items()})
mm.plots.diagram(model, "Encoders that name, a low-rank product, two logits")

# %%
linear, hidden = lesson.method("linear", "linear head"), lesson.method("hidden", "hidden layer of 64")
small = lesson.method("small", "hidden layer of 8")
pairs, low_rank = lesson.method("pairs", "bilinear: all pairs"), lesson.method("low rank", "low rank 4")
whole, broken = lesson.method("tensor", "whole tensor"), lesson.method("broken", "low rank 4, not trained")
fusions = {
    linear: lambda classes: (mm.layers.ConcatFusion(), layers.Dense(classes)),
    hidden: lambda classes: (mm.layers.NonlinearFusion(64), layers.Dense(classes)),
    small: lambda classes: (mm.layers.NonlinearFusion(8), layers.Dense(classes)),
    pairs: lambda classes: (mm.layers.MultiplicativeFusion(classes), None),
    low_rank: lambda classes: (mm.layers.LowRankFusion(classes, rank=4), None),
    whole: lambda classes: (mm.layers.TensorFusion(classes), None),
    broken: lambda classes: (mm.layers.LowRankFusion(classes, rank=4, trainable=False), layers.Dense(classes)),
}


# %%
def fuse(data, method, seed, epochs=10, batch_size=128, fresh=dict):
    """Train a fusion and its head on features; `fresh()` gives untrained encoders for modalities that are raw."""

    def make():
        inputs = {name: layers.Identity() for name in data.modalities} | fresh()
        return mm.FeatureFusion(inputs, *fusions[method](len(data.classes)))

    return mm.training.train(make, data, seed=seed, epochs=epochs, batch_size=batch_size, learning_rate=1e-2)


def on_all_seeds(sets, method, **how):
    """The model of the first seed, and the test accuracy of all."""
    made = {seed: fuse(data, method, seed, **how) for seed, data in sets.items()}
    return made[first], mm.evaluation.Scores({s: accuracy(model, sets[s]).value for s, model in made.items()})


# %%
models, scores, shown = {}, {}, (linear, hidden, low_rank)
for task in lesson.progress(tasks, "tasks"):
    for method in fusions if task == "three" else shown:
        models[task, method], scores[task, method] = on_all_seeds(features[task], method)
one = {task: features[task][first] for task in tasks}
mm.plots.against_ceilings(
    "Where only the combination speaks, adding guesses; a product is not the only way out",
    {task: {m: scores[task, m] for m in shown} for task in tasks},
    {task: dict.fromkeys(shown, one[task].ceiling()) for task in tasks},
    {task: one[task].baseline() for task in tasks},
)

# %% [markdown]
# On `xor`, `mod` (the sum modulo 4), `match` (is the shape in the picture the one in the caption?) and `three` (`xor`
# with a tone whose pitch is a third number) only the combination speaks: the linear head guesses, as proved for the
# loss. The hidden layer of lesson 07, 64 numbers $\max(u, 0)$ of a sum, comes near the ceiling too where *two* meet. On
# `three` we add a hidden layer of 8, as large as low rank 4, the whole tensor, and runs of few epochs or few samples:

# %%
few = {seed: each.subset(250) for seed, each in features["three"].items()}
less = {method: on_all_seeds(few, method, epochs=80)[1] for method in (small, hidden, low_rank, whole)}
early = {method: on_all_seeds(features["three"], method, epochs=4)[1] for method in less}
size = {method: f"{models['three', method].count_params():,}" for method in less}
rows = [[m, size[m], *(f"{found.mean:.3f}" for found in (early[m], scores["three", m], less[m]))] for m in less]
lesson.table(["on `three`", "weights", "2000 samples, 4 epochs", "10 epochs", "250 samples, as many steps"], rows)

# %% [markdown]
# So when is a product worth it? A hidden layer can do it too, but needs more: with as many weights as low rank it is
# far behind (it has to build a triple product out of bends); with eight times as many it comes nearer. The whole tensor
# has the most weights, yet leads both early and on few samples: given the products, a sum is enough. When low rank gets
# there depends on its start.
#
# With more modalities the whole tensor grows as the *product* of the widths, low rank and hidden layer as their *sum*.
# For M modalities of 16 features and 2 outputs:

# %%
sizes = [[f"{M}", f"{2 * 17**M:,}", f"{136 * M + 6:,}", f"{1025 * M + 194:,}"] for M in range(2, 7)]
lesson.table(["modalities", "tensor: 2·17ᴹ", "low rank 4: 4·2·17·M + 6", "hidden layer of 64: 1025·M + 194"], sizes)

# %% [markdown]
# Time does not shrink as weights do. Two modalities of 64 features, 64 outputs, one forward pass over 256 samples, as
# shares of what the whole tensor takes, here and now (the fastest of 40, which other work disturbs least):


# %%
def cost(layer, inputs):
    """Number of weights, and seconds of one forward pass."""
    layer(inputs)  # the first call creates the weights
    seconds = repeat(lambda: ops.convert_to_numpy(layer(inputs)), number=1, repeat=40)
    return np.array([layer.count_params(), min(seconds)])


wide = [np.random.default_rng(i).normal(size=(256, 64)).astype("float32") for i in (1, 2)]
ranks, full = (1, 2, 4, 8, 16, 32), cost(mm.layers.TensorFusion(64), wide)
weights, seconds = np.transpose([cost(mm.layers.LowRankFusion(64, rank), wide) / full for rank in ranks])
slower = [rank for rank, share in zip(ranks, seconds, strict=True) if share > 1]
title = f"From rank {slower[0]} on, low rank is slower than what it replaces" if slower else "Low rank saves weights"
mm.plots.curves(title, ranks, {"weights": weights, "time": seconds}, "rank", "share of the whole tensor")

# %% [markdown]
# The whole tensor is one large matrix product, which processors are built for; low rank saves memory first.
#
# ### Where each modality speaks for itself
# `emoji` are real drawings with their real names; which of eight categories is it? Here picture and name are vectors
# of features already, made without training (the data card says how); we bring both to length 1.

# %%
emoji = {s: mm.load("emoji", features=True, seed=s).map({"image": layers.UnitNormalization()}) for s in lesson.seeds}
for name, label in (("image", "picture alone"), ("text", "name alone")):
    alone, sets = lesson.method(name, label, modality=name), {s: each.with_only(name) for s, each in emoji.items()}
    fusions[alone] = fusions[linear]
    models["emoji", alone], scores["emoji", alone] = on_all_seeds(sets, alone, epochs=30)
for method in shown:
    models["emoji", method], scores["emoji", method] = on_all_seeds(emoji, method, epochs=30)
real = {method: found for (task, method), found in scores.items() if task == "emoji"}
mm.plots.scores("Real pictures, real names: fusing pays, and adding is enough", real, emoji[first].baseline())

# %% [markdown]
# Both together know far more than either, and the linear head keeps up: where each modality speaks for itself, adding
# the evidence does most of the work. Try a sum first, and a product where the question is about the *pair*.
#
# ### From pixels and words: the plateau
# So far the encoders could name what they see. Now train low rank on `xor` *from scratch*, encoders and all. Does it
# reach a *plateau*, where steps bring nothing? Controls: only the caption's encoder is new, the image's names; both do.


# %%
def plateau(seed):
    """Accuracy on xor, by which encoders are new, after somewhat more steps than it took to learn the names."""
    both, half = raw["xor"][seed], raw["xor"][seed].map({"image": see["xor"]["image"]})
    scratch = fuse(both, low_rank, seed, 6, 64, fresh=partial(new_encoders, words, ("image", "text")))
    helped = fuse(half, low_rank, seed, 6, 64, fresh=partial(new_encoders, words, ("text",)))
    return {"from scratch": accuracy(scratch, both).value, "image encoder named first": accuracy(helped, half).value}


stuck = lesson.over_seeds(plateau, "plateau") | {"both named first": scores["xor", low_rank]}
mm.plots.scores("An image encoder that can name ends the plateau", stuck, one["xor"].baseline(), one["xor"].ceiling())

# %% [markdown]
# From scratch the model guesses on new scenes. To learn the shapes, the image encoder needs a gradient that prefers one
# shape to another. As long as the text features mean nothing, the label is a coin toss for every shape, and there is no
# such gradient. The text encoder waits for the image encoder in the same way: neither can move first. The control shows
# it: once *one* of them knows its names (from other scenes), the other learns from the task. (Of three, two must know.)
#
# ## Break
# **Pairs cannot do triples.** `three` asks for the parity of *three* numbers. A bilinear layer multiplies all pairs and
# adds up. But each *pair* says nothing about the parity of three, so the proof applies word for word, with
# $g_{12}(x_1, x_2) + g_{13}(x_1, x_3) + g_{23}(x_2, x_3)$ for the sum. (`triples=True` adds the third-order term.)
#
# **Factors that nobody trains.** An easy bug: a layer keeps its factors where the optimizer does not see them. Nothing
# fails; what stands behind still learns. On purpose: a low-rank layer that is not trained, and a linear head behind.

# %%
three = {method: found for (task, method), found in scores.items() if task == "three"}
mm.plots.scores("three: pairs guess, so do untrained factors", three, one["three"].baseline(), one["three"].ceiling())

# %% [markdown]
# Both guess, and no error says why: count `model.trainable_variables`. If none is missing, it may be a plateau.
#
# ## What we saw

# %%
for (task, method), model in models.items():
    if task not in ("mod", "match") and method not in (pairs, broken):
        data = emoji[first] if task == "emoji" else one[task]
        lesson.record(method, scores[task, method], model, data.with_only(method.modality) if method.modality else data)
told = {task: {m: f"{each.mean:.3f}" for (t, m), each in scores.items() if t == task} for task, _ in scores}
xor, triple, names = told["xor"], told["three"], told["emoji"]
lesson.findings(
    f"On `xor` a linear head reaches **{xor[linear]}**, a guess; low rank **{xor[low_rank]}**, a hidden layer of 64 "
    f"{xor[hidden]}, of a ceiling of {one['xor'].ceiling():.3f}.",
    f"On `three` (ceiling {one['three'].ceiling():.3f}) all pairs reach {triple[pairs]}, untrained factors "
    f"{triple[broken]}, low rank **{triple[low_rank]}**, a hidden layer with as many weights **{triple[small]}**.",
    f"On `emoji`, where each modality speaks, a linear head reaches {names[linear]}, low rank {names[low_rank]}.",
    f"From scratch `xor` is not found ({stuck['from scratch'].mean:.3f}); with the image encoder named first it is "
    f"({stuck['image encoder named first'].mean:.3f}).",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
for task in tasks:
    lesson.claim(f"{task}: a sum guesses", scores[task, linear] - 1 / len(one[task].classes), within=(-0.1, 0.1))
for task, method in [*product(("xor", "mod", "match"), (hidden, low_rank)), *product(["three"], (low_rank, whole))]:
    lesson.claim(f"{task}: {method} comes near the ceiling", scores[task, method] / one[task].ceiling(), above=0.9)
lesson.claim("three: with as many weights the hidden layer is far behind", three[low_rank] - three[small], above=0.06)
for method in (pairs, broken):
    lesson.claim(f"three: {method} does not find it", scores["three", method], below=0.6)
lesson.claim("from scratch the rule is not found", stuck["from scratch"], below=0.6)
lesson.claim("one named encoder ends the plateau", stuck["image encoder named first"], above=0.7)
lesson.claim("after four epochs whole tensor leads a hidden layer of 64", early[whole] - early[hidden], above=0.05)
lesson.claim("with few samples whole tensor leads a hidden layer of 64", less[whole] - less[hidden], above=0.04)
lesson.claim("three: eight times as many bring the hidden layer nearer", three[hidden] - three[small], above=0.06)
either = mm.evaluation.highest(*(found for method, found in real.items() if method.modality))
lesson.claim("emoji: a linear head on both is far ahead of either alone", real[linear] - either, above=0.06)
lesson.claim("emoji: low rank is not far ahead of the linear head", real[low_rank] - real[linear], below=0.06)
lesson.claim("each modality alone is worth nothing", one["xor"].ceiling("image"), equal=0.5)
lesson.claim("ours equal the package's layers", bool(max(differences) < 1e-4), equal=True)
counted = [models["three", m].count_params() for m in (whole, low_rank, hidden, small)]
lesson.claim("the layers have as many weights as the formulas say", str(counted), equal="[9826, 414, 3269, 413]")
lesson.claims()

# %% [markdown]
# ## In your own notebook
# A product of two projections (`ProductFusion`) in plain Keras, on two arrays of numbers whose signs make the label:

# %% tags=["own"]
import keras
import numpy as np

first, second = np.random.randn(2, 2000, 4)
labels = first[:, 0] * second[:, 0] > 0  # same sign or not: neither array alone says anything
inputs = [keras.Input((4,)), keras.Input((4,))]
product = keras.layers.Multiply()([keras.layers.Dense(8)(x) for x in inputs])  # 8 products of two linear forms
model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(product))
model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
model.fit([first[:1500], second[:1500]], labels[:1500], epochs=5, verbose=0)
model.evaluate([first[1500:], second[1500:]], labels[1500:], verbose=0)  # loss and accuracy on samples it has not seen

# %% [markdown]
# ## Exercises
# ### Exercise 1 · The outer product (10 minutes)
# Write `outer_product(x1, x2)` for features (B, d1) and (B, d2): the products of $[1; x_1]$ and $[1; x_2]$, one row
# of $(d_1 + 1)(d_2 + 1)$ numbers for each sample, the features of $x_2$ running fastest.


# %% tags=["exercise"]
# stub
def outer_product(x1, x2): ...  # your code here
# solution
def outer_product(x1, x2):
    one = ops.ones((len(x1), 1))
    first, second = ops.concatenate([one, x1], axis=-1), ops.concatenate([one, x2], axis=-1)
    return ops.reshape(first[:, :, None] * second[:, None, :], (len(x1), -1))


# end
lesson.check(1, outer_product)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · What a product costs (10 minutes)
# Write `count_weights(widths, units, rank)` for any number of modalities. Return two numbers: the weights of
# `TensorFusion(units)`, whose only bias are the 1s, and of `LowRankFusion(units, rank)`: factors, the $w_r$, a bias.


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
# table. Write `parity_kernel(K)`: a table (K, K) that is positive where $i + j$ is odd, negative where it is even, and
# has rank 1, so that a single product will do.


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
# ## Further reading
# - A. Zadeh et al., *Tensor fusion network for multimodal sentiment analysis*, 2017: the outer product with the 1s.
# - Z. Liu et al., *Efficient low-rank multimodal fusion with modality-specific factors*, 2018: the low rank.
# - S. Jayakumar et al., *Multiplicative interactions and where to find them*, 2020: the bilinear form, and its uses.
