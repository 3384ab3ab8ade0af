# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 07 · Nonlinear fusion: y = f(Σ αᵢ xᵢ)
#
# After this lesson you can say where a nonlinearity has to stand, build three fusions that have it there, and test
# whether a trained model makes any use of it.
#
# **You will learn** to
# - *prove* that a sum of networks, however deep, cannot learn what only the pair knows,
# - *build* the nonlinear sum, the gated unit and FiLM by hand, and start FiLM so that it does no harm,
# - *measure* what each is worth where modalities repeat, complete, or need each other,
# - *break* the belief that a nonlinear model uses interactions: take them out, and see what is lost.
#
# **Before you start**: [05](05_what_each_modality_knows.ipynb) for tasks, [06](06_linear_fusion.ipynb) for sums.
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("07")

from functools import partial
from itertools import product

import keras
import numpy as np
from keras import layers, ops

from mmcourse.evaluation import accuracy

lesson

# %% [markdown]
# ## See: one world, three questions
# `scenes` are small pictures with captions. Number the shapes (circle 0, square 1, triangle 2, cross 3) and the
# materials a caption may name (wood 0, glass 1, metal 2, paper 3). Three tasks of lesson 05 ask
#
# | task | the caption names | the label is | so the modalities |
# | --- | --- | --- | --- |
# | `redundant` | the shape | the shape | repeat each other |
# | `complementary` | the material | the pair (shape, material), 16 classes | complete each other |
# | `xor` | the material | whether the sum of the two numbers is odd | need each other |
#
# In a fifth of the samples static hides the shape, in a fifth the caption leaves its word out.

# %%
tasks, first = ("redundant", "complementary", "xor"), lesson.seeds[0]
sizes = {"distractors": 1, "train": 1500, "val": 1, "test": 1000}
mm.load("scenes", task="xor", **sizes).show(4)

# %% [markdown]
# All fusions get the same features. Two small networks that come with the course (lesson 17 is about such loans) read
# picture and caption. On top a layer of 16 features between −1 and 1 learns, on *other* scenes, to name what its
# modality shows: which shape, which word, or nothing. Then all of it is *frozen*: it never changes. (Lesson 08 shows
# how slow `xor` is to learn from features that do not name what they see.)

# %%
small = {name: mm.pretrained.small(name) for name in ("image", "text")}
naming = {name: keras.Sequential([layers.Dense(16, activation="tanh")]) for name in small}
what = {"targets": {name: f"{name}_symbol" for name in small}, "normalize": False}
features = {}
for task in lesson.progress(tasks, "features"):
    others = mm.load("scenes", task=task, seed=1000 + first, **sizes).map(small)
    named = mm.training.features_alone(others, naming, seed=first, epochs=6, learning_rate=1e-2, **what).encoders
    for seed in lesson.seeds:
        features[task, seed] = mm.load("scenes", task=task, seed=seed, **sizes).map(small).map(named)
one = {task: features[task, first] for task in tasks}
one["xor"]

# %% [markdown]
# ### Why no sum can learn `xor`
# Suppose a model gives the picture a number $f$, the caption a number $g$, and says "odd" where $f + g > 0$. $f$ and
# $g$ may be networks of a hundred layers; but $f$ sees the picture only, and so has one number for each shape. Here are
# such sums for all 16 pairs, multiplied by $+1$ where the answer is odd and by $-1$ where it is even. The product is
# called the *margin*: it is positive where the model is right. Behind the table stands its mean.

# %%
numbers = np.arange(4)
sign = -((-1) ** np.add.outer(numbers, numbers))  # rows: shapes, columns: materials
by_shape, by_material = np.random.default_rng(0).normal(size=(2, 4))  # any f and g
margins = sign * np.add.outer(by_shape, by_material)
margins.round(2), abs(margins.mean().round(9))

# %% [markdown]
# Change $f$ and $g$ as you like: the mean stays zero. Each number stands in its row or column of four twice with $+$
# and twice with $-$: everything cancels (all pairs being equally frequent). Training lowers the mean of
# the log-loss $\log(1 + e^{-\text{margin}})$, a *convex* curve (it bends upwards), and the mean of a convex curve is at
# least its value at the mean (Jensen): here $\log 2$, the loss of a coin. So the best sum is a coin, and training ends
# near one. (A sum can be right in three cells of four, but is then so wrong in the rest that the loss forbids it.) The
# way out: a nonlinearity *after* the sum, where both modalities have met.
#
# ## Build: three ways to meet, checked
# **The nonlinear sum** is the weighted sum of lesson 06 inside a function $f$, here $f(u) = \max(u, 0)$ (ReLU):
#
# $$ y = f\Big(\sum_i \alpha_i P_i x_i + b\Big) . $$
#
# We build it for five samples, with weights drawn at random. The last line of each cell is the largest difference from
# the package's layer with the same weights.

# %%
few = one["xor"].test.x
image_features, text_features = few["image"][:5], few["text"][:5]  # x₁ and x₂, (5, 16) each
pair, draw = [image_features, text_features], np.random.default_rng(1)


def with_random_weights(layer):
    layer(pair)  # the first call creates the weights
    layer.set_weights([draw.normal(size=weight.shape) for weight in layer.get_weights()])
    return layer


nonlinear_layer = with_random_weights(mm.layers.NonlinearFusion(8))
P1, P2, a, b = nonlinear_layer.get_weights()
alpha = ops.softmax(a)
total = alpha[0] * image_features @ P1 + alpha[1] * text_features @ P2 + b  # first add
nonlinear = ops.maximum(total, 0)  # then bend
differences = {"nonlinear": float(ops.max(ops.abs(nonlinear_layer(pair) - nonlinear)))}
differences["nonlinear"]

# %% [markdown]
# **The gated unit** bends each modality by itself, $h_i = \tanh(W_i x_i)$, and lets a *gate* $g$ between 0 and 1 say
# for each feature how much of it comes from which. The gate sees both modalities ($\sigma$ is the logistic function):
#
# $$ y = g \odot h_1 + (1 - g) \odot h_2 , \qquad g = \sigma(G\,[x_1; x_2]) . $$
#
# That is α per sample of lesson 06 for each feature; and $g \odot h_1$ is a *product* of both modalities.

# %%
gated_layer = with_random_weights(mm.layers.GatedFusion(8))
W1, W2, G = gated_layer.get_weights()
gate = ops.sigmoid(np.hstack([image_features, text_features]) @ G)
gated = gate * ops.tanh(image_features @ W1) + (1 - gate) * ops.tanh(text_features @ W2)
differences["gated"] = float(ops.max(ops.abs(gated_layer(pair) - gated)))
differences["gated"]

# %% [markdown]
# **FiLM** (feature-wise linear modulation) treats the two unequally. One modality, the *condition* $c$, sets a scale
# and a shift for each feature of the other:
#
# $$ y = \gamma(c) \odot x + \beta(c) , \qquad \gamma(c) = 1 + A c + a , \qquad \beta(c) = B c + b . $$
#
# The caption says which features of the picture count, and with which sign. It does so for maps of features as well,
# the same at every place: lesson 15 lets a request steer a convolutional network so.

# %%
film_layer = with_random_weights(mm.layers.FiLM())
kernel, bias = film_layer.get_weights()  # A and B side by side, a and b side by side
change, shift = np.split(text_features @ kernel + bias, 2, axis=1)  # γ − 1 and β
film = (1 + change) * image_features + shift
differences["FiLM"] = float(ops.max(ops.abs(film_layer(pair) - film)))
differences["FiLM"]

# %% [markdown]
# ### How FiLM starts harmless
# FiLM is mostly put *into* a network that works already. Therefore γ is written $1 + Ac + a$, and all weights start at
# zero: $\gamma = 1$, $\beta = 0$, $y = x$, the layer is the *identity*, and the network works as before. Does a start
# at zero leave FiLM dead? No: how the loss changes with $A$ is $c$ times $x$ times how the loss changes with $y$, and
# none of these is zero. (With zeros in the head behind it, it would be.)
#
# We take a model that knows shapes from pictures, put FiLM before its head, conditioned on the caption, and train
# nothing. Then with a start as other layers have it, $\gamma = Ac$ and $\beta = Bc$ with random $A$ and $B$:


# %%
def fuse(data, seed, fusion, inputs=layers.Identity, epochs=10):
    """Train a fusion and a linear head on features; `inputs()` is what each modality goes through before."""

    def make():
        parts = {name: inputs() for name in data.modalities}
        return mm.FeatureFusion(parts, fusion(), head=layers.Dense(16))  # as many as the largest task has classes

    return mm.training.train(make, data, seed=seed, epochs=epochs, batch_size=128, learning_rate=1e-2)


def insert_film(seed):
    """Accuracy on `redundant` of the picture alone, and with an untrained FiLM before its head."""
    data = features["redundant", seed]
    alone = fuse(data.with_only("image"), seed, mm.layers.ConcatFusion)
    model = mm.FeatureFusion({name: layers.Identity() for name in data.modalities}, mm.layers.FiLM(), alone.head)
    before, identity = accuracy(alone, data.with_only("image")).value, accuracy(model, data).value
    random = np.random.default_rng(seed).normal(size=(16, 32)) / 4  # 16 features: √16 = 4
    model.fusion.set_weights([random, np.repeat([-1, 0], 16)])  # −1: takes the 1 away from γ
    found = {"picture alone": before, "with FiLM, identity start": identity}
    return found | {"with FiLM, random start": accuracy(model, data).value}


# %%
inserted = lesson.over_seeds(insert_film, "FiLM")
mm.plots.scores("A start at the identity costs nothing, a random one nearly all", inserted, one["redundant"].baseline())

# %% [markdown]
# ## Measure
# One of the models, drawn from itself:

# %%
model = mm.FeatureFusion(named, mm.layers.NonlinearFusion(64), head=layers.Dense(16))
model({name: samples[:1] for name, samples in others.test.x.items()})
mm.plots.diagram(model, "Layers that name, a sum with a bend, one decision")

# %% [markdown]
# Four fusions, three tasks, each with a linear head. The first is a sum of networks: two layers of 64 with ReLU on
# *each* modality, side by side, which a linear head adds up (lesson 06). The second adds first, then bends, with far
# fewer weights. FiLM gets a linear layer of 64 on each modality, as the others have one inside.

# %%
bend_add, add_bend = lesson.method("bend, add", "bend, then add"), lesson.method("add, bend", "add, then bend")
gated_unit, film_unit = lesson.method("gated", "gated"), lesson.method("film", "FiLM")
fusions = {
    bend_add: (mm.layers.ConcatFusion, lambda: keras.Sequential([layers.Dense(64, "relu"), layers.Dense(64, "relu")])),
    add_bend: (partial(mm.layers.NonlinearFusion, 64),),
    gated_unit: (partial(mm.layers.GatedFusion, 64),),
    film_unit: (mm.layers.FiLM, lambda: layers.Dense(64)),
}
runs = list(product(tasks, fusions))
trained = {
    (t, m, s): fuse(features[t, s], s, *fusions[m]) for t, m in lesson.progress(runs, "fusions") for s in lesson.seeds
}


# %%
def panels(title, found):
    """A panel for each task, with its ceiling and its majority class; `found` is (task, name) -> Scores."""
    each = {task: {name: scores for (t, name), scores in found.items() if t == task} for task in tasks}
    ceilings = {task: dict.fromkeys(each[task], one[task].ceiling()) for task in tasks}
    return mm.plots.against_ceilings(title, each, ceilings, {task: one[task].baseline() for task in tasks})


scores = lesson.over_seeds(lambda s: {(t, m): accuracy(trained[t, m, s], features[t, s]).value for t, m in runs})
panels("Where only the pair knows, the deep sum guesses, and the others do not", scores)

# %% [markdown]
# On `redundant` and `complementary` all come near their ceiling: adding evidence is all there is to do. On `xor` the
# sum guesses, deep as it is, and the other three find the rule. Neither depth nor the number of weights decides, but
# *where* the modalities meet: something that is no sum (a bend, a gate, a product) must happen to both together.
#
# ### How many bends does it take?
# On signs $s_1, s_2 = \pm 1$, two hidden units are enough: $\max(s_1 + s_2, 0) + \max(-s_1 - s_2, 0) = |s_1 + s_2|$ is
# 2 where the signs are equal and 0 where they differ. What can be written down need not be found:

# %%
units = (2, 32) if lesson.fast else (2, 8, 32)
narrow = {
    (n, s): fuse(features["xor", s], s, partial(mm.layers.NonlinearFusion, n)) for n in units for s in lesson.seeds
}
by_units = lesson.over_seeds(lambda s: {n: accuracy(narrow[n, s], features["xor", s]).value for n in units})
by_units[64] = scores["xor", add_bend]
lines = {add_bend: list(by_units.values()), "ceiling": [one["xor"].ceiling()] * len(by_units)}
mm.plots.curves("Two units could do it; training needs some to spare", list(by_units), lines, "hidden units")

# %% [markdown]
# With two, training ends near a guess. A likely reason: from most starts it soon comes where no small step helps. Spare
# units are tickets in a lottery: some happen to start near a useful direction. Take more than the formula asks for.
#
# ## Break: the interaction that nobody uses
# A nonlinear model scores well. Does it owe that to *interaction*, to what a sum cannot do? **EMAP** (empirical
# multimodally-additive projection) takes the interaction out of a trained model, without training. Let $F_{ij}$ be its
# logits for the picture of sample $i$ with the caption of sample $j$, for *all* pairs. Then
#
# $$ \hat F_{ij} = \frac1n \sum_{k} F_{ik} + \frac1n \sum_{k} F_{kj} - \frac1{n^2} \sum_{k, l} F_{kl} $$
#
# is a sum of something of the picture and something of the caption, and of all such sums the closest to $F$ (least
# squares; exercise 1). We read it where picture and caption belong together, at $i = j$. The package's `emap` does the
# same, and shows what is left; then all three nonlinear fusions.

# %%
few, n = one["redundant"].test.take(np.random.default_rng(0).permutation(1000)[:300]).x, 300
pairs = {"image": np.repeat(few["image"], n, axis=0), "text": np.tile(few["text"], (n, 1))}  # each picture, each text
F = ops.convert_to_numpy(trained["redundant", add_bend, first](pairs)).reshape(n, n, -1)  # F[i, j]
additive = F.mean(axis=1) + F.mean(axis=0) - F.mean(axis=(0, 1))  # F̂ at i = j
found = mm.evaluation.emap(trained["redundant", add_bend, first], one["redundant"])
emap_difference = np.abs(additive - found.additive).max()
found

# %%
bent = (add_bend, gated_unit, film_unit)


def without_interaction(seed):
    """Accuracy of each nonlinear fusion, and of its EMAP, on 300 samples."""
    found = {}
    for task, method in product(tasks, bent):
        each = mm.evaluation.emap(trained[task, method, seed], features[task, seed])
        found[task, method], found[task, f"{method}: EMAP"] = each.model.value, each.emap.value
    return found


both = lesson.over_seeds(without_interaction, "EMAP")
panels("Take the interaction out: only xor falls", both)

# %% [markdown]
# On `xor` the answers fall to a guess: there the models live on interaction. On `redundant` and `complementary` next to
# nothing is lost. The models *could* use interactions, the same layers learned `xor`; but they score what a sum scores.
# So a good score of a nonlinear model is no evidence of interaction: take it out and look. (`report` does: MM006.)
#
# ### Real pictures, real names
# `emoji` are drawings with the names that people gave them: which of eight categories is it? Their features are made
# without training (the data card says how). A name's are of length 1, and we bring a picture's to length 1 too.

# %%
emoji = {s: mm.load("emoji", features=True, seed=s).map({"image": layers.UnitNormalization()}) for s in lesson.seeds}
picture, called = (lesson.method(n, f"{n} alone", modality=m) for n, m in (("picture", "image"), ("name", "text")))
kinds = {picture: (mm.layers.ConcatFusion, "image"), called: (mm.layers.ConcatFusion, "text")}
kinds[add_bend] = (fusions[add_bend][0], "image", "text")
views = {(m, s): emoji[s].with_only(*names) for m, (_, *names) in kinds.items() for s in lesson.seeds}
readers = {(m, s): fuse(view, s, kinds[m][0], epochs=30) for (m, s), view in views.items()}
real = lesson.over_seeds(lambda s: {m: accuracy(readers[m, s], views[m, s]).value for m in kinds})
found = {s: mm.evaluation.emap(readers[add_bend, s], emoji[s]) for s in lesson.seeds}
lost = mm.evaluation.Scores({s: each.model.value - each.emap.value for s, each in found.items()})
title, crosses = "Fusing pays, and hardly by interaction (cross: EMAP)", {add_bend: real[add_bend].mean - lost.mean}
mm.plots.scores(title, real, emoji[first].baseline(), crosses=crosses)

# %% [markdown]
# Fused, they are far ahead of either alone; and without interaction the model is nearly as good: *it* adds picture and
# name up. That is not yet news of the data: a model that failed to learn an interaction would lose as little.
#
# ## What we saw

# %%
for (task, method), each in scores.items():
    lesson.record(method, each, trained[task, method, first], one[task])
for method, each in real.items():
    lesson.record(method, each, readers[method, first], views[method, first])
alone, identity, random = inserted.values()
mean = {run: f"{each.mean:.3f}" for run, each in scores.items()}
kept = {task: both[task, f"{add_bend}: EMAP"].mean for task in tasks}
lesson.findings(
    f"On `xor` the deep sum reaches {mean['xor', bend_add]}, a guess; a bend after the sum "
    f"**{mean['xor', add_bend]}**, the gated unit {mean['xor', gated_unit]}, FiLM {mean['xor', film_unit]}.",
    f"Without interaction the bend after the sum falls from {both['xor', add_bend].mean:.3f} to **{kept['xor']:.3f}** "
    f"on `xor`, from {both['redundant', add_bend].mean:.3f} to {kept['redundant']:.3f} on `redundant`, and by "
    f"{100 * lost.mean:.1f} points on `emoji`.",
    f"An untrained FiLM leaves {identity.mean:.3f} of {alone.mean:.3f}; with a random start {random.mean:.3f} remain.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("the mean margin of a sum is zero", abs(float(margins.mean())), below=1e-12)
lesson.claim("xor: the deep sum guesses", scores["xor", bend_add], within=(0.43, 0.57))
for method in bent:
    lesson.claim(f"xor: {method} finds the rule", scores["xor", method] / one["xor"].ceiling(), above=0.85)
    lesson.claim(f"xor: without interaction {method} guesses", both["xor", f"{method}: EMAP"], within=(0.38, 0.62))
for task, method in product(tasks[:2], fusions):
    share = scores[task, method] / one[task].ceiling()
    lesson.claim(f"{task}: {method} comes near the ceiling", share, within=(0.9, 1.06))
for task, method in product(tasks[:2], bent):
    gone = both[task, method] - both[task, f"{method}: EMAP"]
    lesson.claim(f"{task}: without interaction {method} is about as good", gone, within=(-0.06, 0.06))
lesson.claim("emoji: without interaction the model is about as good", lost, within=(-0.04, 0.06))
either = mm.evaluation.highest(real[picture], real[called])
lesson.claim("emoji: fused is far ahead of either alone", real[add_bend] - either, above=0.05)
lesson.claim("two units do not find the rule", by_units[2], below=0.65)
lesson.claim("with 32 it is far above", by_units[32] - by_units[2], above=0.1)
lesson.claim("FiLM's start changes no answer", identity - alone, within=(-0.001, 0.001))
lesson.claim("a random start wrecks the model", alone - random, above=0.3)
lesson.claim("ours equal the package's", bool(max(emap_difference, *differences.values()) < 1e-3), equal=True)
counted = [trained["xor", m, first].count_params() for m in (bend_add, add_bend)]
lesson.claim("the deep sum has more weights than the bend after the sum", counted[0] > counted[1], equal=True)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# The same parts in two orders, on two arrays whose first numbers have the same sign or not.

# %% tags=["own"]
import keras
import numpy as np

first, second = np.random.default_rng(0).normal(size=(2, 2000, 4)).astype("float32")  # your two modalities
labels = first[:, 0] * second[:, 0] > 0  # neither array alone says anything
inputs, right = [keras.Input((4,)), keras.Input((4,))], {}
bend_then_add = keras.layers.Add()([keras.layers.Dense(32, activation="relu")(x) for x in inputs])
add_then_bend = keras.layers.ReLU()(keras.layers.Add()([keras.layers.Dense(32)(x) for x in inputs]))
for name, fused in {"bend, then add": bend_then_add, "add, then bend": add_then_bend}.items():
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(fused))
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    model.fit([first[:1500], second[:1500]], labels[:1500], epochs=5, verbose=0)
    right[name] = model.evaluate([first[1500:], second[1500:]], labels[1500:], verbose=0)[1]
right

# %% [markdown]
# ## Exercises
# ### Exercise 1 · What a sum can keep of a table (10 minutes)
# `table` is an array (n, m): what a model says of picture $i$ with caption $j$. Write `closest_sum(table)`, which
# returns the table (n, m) of the closest sum $\hat F_{ij}$. Then give it `sign` from above: what is left, and why is
# that a second proof?


# %% tags=["exercise"]
# stub
def closest_sum(table): ...  # your code here
# solution
def closest_sum(table):
    rows, columns = table.mean(axis=1, keepdims=True), table.mean(axis=0, keepdims=True)
    return rows + columns - table.mean()


# end
lesson.check(1, closest_sum)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · FiLM, harmless at first (10 minutes)
# Write `film(x, c, A, a, B, b)` for features `x` (N, d) and a condition `c` (N, k), with `A` and `B` (k, d), `a` and
# `b` (d,). With all four at zero it must give `x` back.


# %% tags=["exercise"]
# stub
def film(x, c, A, a, B, b): ...  # your code here
# solution
def film(x, c, A, a, B, b):
    scale = 1 + c @ A + a  # γ
    return scale * x + c @ B + b


# end
lesson.check(2, film)

# %% [markdown]
# ### Exercise 3 · Does it need the pair? (20 minutes)
# `F` is an array (n, n, classes), the logits of all pairs, and `y` (n,) the labels of the true pairs. Write
# `worth_of_interaction(F, y)`: the accuracy of the model minus that of its EMAP. Then ask it of lesson 08's tensor:
# train `mm.layers.TensorFusion(16)` on `complementary`.


# %% tags=["exercise"]
# stub
def worth_of_interaction(F, y): ...  # your code here
# solution
def worth_of_interaction(F, y):
    whole = F[np.arange(len(y)), np.arange(len(y))]
    additive = F.mean(axis=1) + F.mean(axis=0) - F.mean(axis=(0, 1))
    return np.mean(whole.argmax(axis=-1) == y) - np.mean(additive.argmax(axis=-1) == y)


# end
lesson.check(3, worth_of_interaction)

# %% [markdown]
# ## Further reading
# - J. Hessel, L. Lee, *Does my multimodal model learn cross-modal interactions?*, 2020: EMAP; often little is lost.
# - J. Arevalo et al., *Gated multimodal units for information fusion*, 2017: the gated unit.
# - E. Perez et al., *FiLM: visual reasoning with a general conditioning layer*, 2018: questions that steer a network.
