# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 22 · Why did it say that?
# After this lesson you can ask a model for its reasons, and test by an intervention whether they are its reasons.
# **You will learn** to *share out* a score among modalities, in the unit that fits the question; *compare* what a gate
# says with what shuffling costs; *build* Grad-CAM, a map of what speaks for an answer; *test* maps against the object,
# against networks that learned nothing, and by covering what they name; *unmask* a model that reads the frame.
# **Before you start**: [05](05_what_each_modality_knows.ipynb) on ceilings and bits, [07](07_nonlinear_fusion.ipynb) on
# gates, [09](09_attention_between_modalities.ipynb) on maps and the pointing game.
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("22")

from dataclasses import replace
from functools import partial

import keras
import numpy as np
from keras import layers, ops
from scipy import stats

from mmcourse.evaluation import (
    accuracy,
    best_value,
    deletion,
    dropped,
    grad_cam,
    pointing,
    shapley,
    shapley_of,
    shuffled,
)

lesson

# %% [markdown]
# ## See: one answer, two possible reasons
# In `scenes` the picture shows a shape, the caption names a material, each hidden in a fifth of the samples (by static;
# as "thing"). The label is the pair of both. A model answers "circle of glass". Why? An explanation ("because of the
# round thing on the left") is a *prediction*: take that away, and the answer changes. So it can be wrong, and an
# *intervention*, a change that we make on purpose, can test it.

# %%
first, sizes = lesson.seeds[0], {"distractors": 1, "train": 2000, "val": 1, "test": 500}
raw = {s: mm.load("scenes", task="complementary", seed=s, **sizes) for s in lesson.seeds}
raw[first].show(4)

# %% [markdown]
# ## Build: a fair share of the score
# What is each modality worth? Let $v(S)$ be the score of a model that gets the modalities in $S$; from nothing, the
# best guess is the majority class. *First in*, the image brings $v(\text{image}) - v(\emptyset)$. *Last in*, it brings
# $v(\text{both}) - v(\text{text})$: what is lost without it, an *ablation*. The two differ where modalities overlap or
# need each other. The **Shapley value** $\phi$ is the mean over the orders of coming in; the **interaction** $I$ is how
# much more the image brings when the text is there already:
# $$ \phi_\text{image} = \tfrac12 \big(v(\text{image}) - v(\emptyset)\big) + \tfrac12 \big(v(\text{both}) -
# v(\text{text})\big) , \qquad I = v(\text{both}) - v(\text{image}) - v(\text{text}) + v(\emptyset) . $$


# %%
def shares(worth):
    """The Shapley values of image and text, and their interaction, from the worth of each set of modalities."""
    nothing, image, text, both = (worth(names) for names in ((), ("image",), ("text",), ("image", "text")))
    first_in, last_in = np.array([image - nothing, text - nothing]), np.array([both - text, both - image])
    return (np.array([*(first_in + last_in) / 2, both - image - text + nothing]).round(12) + 0.0).tolist()  # no -0


tasks = ("redundant", "unique", "complementary", "xor", "mod", "match")
worlds = {task: mm.load("scenes", task=task, train=1, val=1, test=1) for task in tasks}
shares(best_value(worlds["xor"]))  # of the best possible model, which lesson 05 knows: the ceilings

# %%
units, sees = ("accuracy", "bits"), ("image", "text")
exact = {(task, unit): shares(best_value(worlds[task], unit)) for task in tasks for unit in units}
package = {key: shapley_of(best_value(worlds[key[0]], key[1]), sees).values.values() for key in exact}
apart = max(abs(a - b) for key in exact for a, b in zip(exact[key], package[key], strict=False))
rows = [[task, *(f"{v:+.2f}" for unit in units for v in exact[task, unit])] for task in tasks]
lesson.table([f"task (package: {apart:.0e} apart)", *(f"{n}, {u}" for u in units for n in (*sees, "together"))], rows)

# %% [markdown]
# The package's `shapley_of` agrees (bits: lesson 05). XOR: from image or text alone no model is better than a guess,
# and yet each gets an equal share of what the pair earns. Shapley *divides*; it does not say what a modality knows. So
# look at "together". In accuracy, `complementary` needs both at once even more than `xor` does. Yet nothing is there to
# interact: the shape is in the picture, the material in the caption. But the pair is right only if both halves are, and
# the chances of independent halves *multiply*. Their logarithms add: in bits the interaction of `complementary` is
# zero, that of `xor` is not. **Ask in bits whether modalities work together**: what only the pair tells, less overlap.
# ## Measure: reasons by the modality
# Now *trained* models, on frozen features (lesson 07). In the gated unit a gate $g$ between 0 and 1 says for each
# feature how much comes from where, $z = g \odot h_1 + (1-g) \odot h_2$. Is $1 - g$, the text's part, how much the
# model relies on the text? We ask for the *shape*, the *material* or the *pair*, and ask witnesses: *drop* the text
# (all get the train mean), *shuffle* it (each gets another's), Shapley, with absent as dropped. And sample by sample:
# do answers change more often with others' texts (ten shuffles) where the gate is open for the text? Spearman's rank
# correlation (lesson 16) is 1 if samples stand in the same order, 0 for no relation.

# %%
pairs = {s: raw[s].map({name: mm.pretrained.small(name) for name in sees}) for s in lesson.seeds}
asks = {"shape": lambda pair: pair // 4, "pair": lambda pair: pair, "material": lambda pair: pair % 4}


def witnesses(name, seed):
    """What the gate says of the text, and what interventions say."""
    data = pairs[seed].map_splits(lambda part: replace(part, y=asks[name](part.y)))

    def gated():
        enter = {name: keras.Sequential([layers.Dense(32, "tanh")]) for name in sees}
        head = keras.Sequential([layers.Dense(64, "relu"), layers.Dense(int(data.train.y.max()) + 1)])
        return mm.FeatureFusion(enter, mm.layers.GatedFusion(32), head)

    model = mm.training.train(gated, data, seed=seed, epochs=10, learning_rate=1e-2)
    x, entered = data.test.x, [model.encoders[name](ops.convert_to_tensor(data.test.x[name])) for name in sees]
    gate = np.asarray(model.fusion(entered, return_weights=True)[1])[..., 1].mean(axis=1)  # 1 - g, for each sample
    others = [{**x, "text": np.random.default_rng(i).permutation(x["text"])} for i in range(10)]
    changed = sum(np.argmax(model(other), axis=1) != np.argmax(model(x), axis=1) for other in others)
    right, found = accuracy(model, data).value, {"gate": gate.mean(), "Shapley": shapley(model, data).values["text"]}
    found |= {"drop": right - dropped(model, data, "text").value, "sample by sample": stats.spearmanr(gate, changed)[0]}
    return found | {"shuffle": right - shuffled(model, data, "text", seed).value, "accuracy": right}


# %%
told = {name: lesson.over_seeds(partial(witnesses, name), name) for name in asks}
rows = [[name, *(f"{value.mean:+.2f}" for value in each.values())] for name, each in told.items()]
lesson.table(["of the text", *told["shape"]], rows)

# %% [markdown]
# Across questions the gate is right: less text where the shape is asked than for the material. But it misses the
# amount: it does not close for a text whose shuffling costs nothing. And for the pair, sample by sample, it says little
# of which answers hang on the text. A weight is part of the calculation; whether it is a reason must be tested. So with
# attention (lesson 09): over a single token its weight is always one. Of a *pair*, dropping the text costs more than
# its share: the pair is lost if one half is, so the costs count one loss twice, and the shares divide it.
# ## Measure: reasons by the place
# Where in the picture is the reason? **Grad-CAM** asks the last convolution, here 8 × 8 *cells* with 48 numbers each.
# $A_k$ is the map of the $k$-th number, $y$ the score of the answer; the mean slope of $y$ weighs the map, and what is
# below zero, against the answer, is cut off:
# $$ \alpha_k = \operatorname{mean}_{\text{cells}} \frac{\partial y}{\partial A_k} , \qquad
# \text{map} = \operatorname{relu}\Big(\sum_k \alpha_k A_k\Big) . $$
# By hand it takes no automatic gradient: the chain rule goes back through the head, a dense layer and the maximum over
# cells. We explain the *answer*, right or wrong, for 300 test pictures without static.


# %%
def network():
    """A convolutional network and a bag of words, side by side, and the scores of 16 pairs."""
    see = [layers.Rescaling(1 / 255)]
    for name, filters, size, strides in (("fine", 24, 7, 4), ("cells", 48, 3, 1)):
        see += [layers.Conv2D(filters, size, strides, padding="same", use_bias=False)]
        see += [layers.BatchNormalization(momentum=0.9), layers.ReLU(name=name)]
    see += [layers.GlobalMaxPooling2D(), layers.Dense(32, "relu")]
    read = [layers.Embedding(128, 32), layers.GlobalMaxPooling1D(), layers.Dense(32, "relu")]
    encoders = {"image": keras.Sequential(see), "text": keras.Sequential(read)}
    return mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), layers.Dense(16))


plain = {s: raw[s].with_tokens("text", 24) for s in lesson.seeds}
untrained = partial(mm.training.train, network, plain[first].subset(256), epochs=1, learning_rate=0.0)
mm.plots.diagram(untrained(seed=0), "From pixels and words to 16 pairs")


# %%
def answers(model, part, images):
    """The class that the model names for each of these images, with the texts as they are: (N,)."""
    return np.argmax(model({**part.x, "image": images}), axis=1)


def cam(model, images, target):
    """Grad-CAM, relu(Σ_k α_k A_k), in the cells of the last convolution: (N, 8, 8)."""
    *convolutions, _, dense = model.encoders["image"].layers
    for layer in convolutions:
        images = layer(images)
    maps, (kernel, offset) = np.asarray(images), dense.get_weights()  # A (N, 8, 8, 48)
    awake = maps.max(axis=(1, 2)) @ kernel + offset > 0  # the units of the dense layer that pass a slope, (N, 32)
    slopes = (awake * model.head.get_weights()[0][:32, target].T) @ kernel.T  # ∂y / ∂max A_k, (N, 48)
    return np.maximum(np.einsum("nk,nhwk->nhw", slopes / 64, maps), 0)  # it reaches one cell of 64: the mean is 1/64


# %%
train = partial(mm.training.train, network, epochs=10, learning_rate=5e-3)
seer = {s: train(plain[s], seed=s) for s in lesson.progress(lesson.seeds, "networks")}
shown = {s: d.test.take(np.flatnonzero(d.test.targets["image_symbol"] >= 0)[:300]) for s, d in plain.items()}
said = answers(seer[first], shown[first], shown[first].x["image"])
theirs = grad_cam(seer[first], shown[first].x, "image", "cells", said)  # as large as the pictures
ours = ops.image.resize(cam(seer[first], shown[first].x["image"], said)[..., None], (32, 32))[..., 0]
differs = float(np.abs(ours - theirs).max() / theirs.max())
differs

# %% [markdown]
# It equals the package's. (Recipes on the web build a new model that ends in the convolution. For a model inside a
# model, as here, that can fail: *graph disconnected*,
# [tensorflow#44462](https://github.com/tensorflow/tensorflow/issues/44462).) How good is a map? **The pointing game**
# (lesson 09): is its highest cell on the object's `mask`? Rivals: a *random point* (the mask's share), the *centre*,
# the *brightest* cell, and, for the same answer, Grad-CAM of three **networks that learned nothing** (a rate of 0).


# %%
def maps_of(seed):
    """Name -> maps (N, 8, 8) for the shown pictures."""
    images = shown[seed].x["image"]
    target = answers(seer[seed], shown[seed], images)
    found = {f"untrained {i}": cam(untrained(seed=1000 + 10 * seed + i), images, target) for i in range(3)}
    found["brightest"] = images.max(axis=-1).reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4))
    found["centre"] = np.tile(-np.hypot(*(np.indices((8, 8)) - 3.5)), (len(images), 1, 1))
    return found | {"Grad-CAM": cam(seer[seed], images, target)}


maps = {s: maps_of(s) for s in lesson.progress(lesson.seeds, "maps")}
rows = {"picture": shown[first].x["image"][:6] / 255}
for name, each in {"trained": maps[first]["Grad-CAM"][:6], "untrained": maps[first]["untrained 0"][:6]}.items():
    rows[name] = each / np.maximum(each.max(axis=(1, 2), keepdims=True), 1e-9)  # the highest cell is white
mm.plots.images("Grad-CAM of a network that learned, and of one that did not", rows)


# %%
hits = {s: {name: pointing(m, shown[s].targets["mask"]).hits.value for name, m in maps[s].items()} for s in maps}
points = lesson.over_seeds(lambda s: hits[s] | {"a random point": shown[s].targets["mask"].mean()})
points["untrained"] = sum(points.pop(f"untrained {i}") for i in range(3)) / 3
rows = [[name, f"{share.mean:.2f}"] for name, share in sorted(points.items(), key=lambda each: each[1].mean)]
lesson.table(["points at the object", "share of pictures"], rows)

# %% [markdown]
# Grad-CAM finds the object far more often than a random point. But networks that know nothing keep a good part of the
# hit rate: perhaps they light up where there is something to see, or near the centre (see its row). So a hit rate
# without an untrained rival proves little. And the cell that is simply brightest, which no network has looked at,
# *wins*, and knows no reason. The game asks whether a map agrees with *us* about where to look.
# ## Break: what you cover with is part of the question
# "Here is the reason" predicts: take it away, and the answer changes. We cover the six highest cells of 64 and count
# answers that stay; rivals are random cells, and the map of *another* picture. Covered with what? The background's
# colour (a median), or, as is usual, noise: `deletion`'s *static* (for several shares it gives a deletion *curve*).


# %%
def painted(images, where):
    """The images with the background's colour at these pixels, (N, 32, 32) bool."""
    return np.where(where[..., None], np.median(images, axis=(1, 2), keepdims=True).astype("uint8"), images)


def stay(seed):
    """The share of answers that stay when the six highest cells are covered, by cover and map."""
    answer, images, found = partial(answers, seer[seed], shown[seed]), shown[seed].x["image"], {}
    ranked = {name: maps[seed][name] for name in ("brightest", "untrained 0", "Grad-CAM")}
    ranked["another picture's"] = np.roll(ranked["Grad-CAM"], 1, axis=0)
    ranked["at random"] = np.random.default_rng(seed).random((len(images), 8, 8))
    for name, each in ranked.items():
        covered = np.kron((-each).reshape(-1, 64).argsort(1).argsort(1).reshape(-1, 8, 8) < 6, np.ones((4, 4))) > 0
        found["painted", name] = np.mean(answer(painted(images, covered)) == answer(images))
        found["static", name] = deletion(answer, images, each, [6 / 64], seed).kept[0].value
    return found


stays, covers = lesson.over_seeds(stay, "covering"), ("painted", "static")
rows = [[name, *(f"{stays[cover, name].mean:.2f}" for cover in covers)] for way, name in stays if way == "static"]
lesson.table(["answers that stay when six cells are under", *covers], rows)

# %% [markdown]
# Painted over, Grad-CAM's cells matter much more than random ones or another picture's: as a prediction it is worth
# something. (The brightest matter even more. Here they mostly *are* the object.) Under static the same maps of the same
# model get *another verdict*: now the brightest matter less than Grad-CAM's, whose lead over random cells is much
# smaller. Static is not nothing. It is new evidence, perhaps for a wrong shape, and may do harm wherever it lands. A
# deletion test must name its cover; the best is what would be there if the reason were not.
# ## Break: the frame that gives it away
# Each shape's pictures come from another archive, and each archive has a coloured frame, two pixels wide; a tenth, by
# mistake, got a random one. Test has the same frames. We train the same network on these pictures.

# %%
colours = np.array([(225, 40, 40), (50, 180, 60), (50, 90, 235), (245, 225, 50)], "uint8")
frame, border = (np.pad(np.zeros((n, n), bool), (32 - n) // 2, constant_values=True) for n in (28, 24))


def framed(part, seed):
    """The same samples in frames, whose colour tells the shape in nine of ten."""
    rng = np.random.default_rng([seed, len(part)])
    archive = np.where(rng.random(len(part)) < 0.9, part.y // 4, rng.integers(0, 4, len(part)))
    images = np.where(frame[..., None], colours[archive][:, None, None], part.x["image"])
    return replace(part, x={**part.x, "image": images})


archives = {s: plain[s].map_splits(partial(framed, seed=s)) for s in lesson.seeds}
fooled, looks = {s: train(archives[s], seed=s) for s in lesson.progress(lesson.seeds, "frames")}, {}
trials = {"framed": (fooled, archives), "frame gone": (fooled, plain), "never framed": (seer, plain)}
score = lesson.over_seeds(lambda s: {name: accuracy(m[s], data[s]).value for name, (m, data) in trials.items()})
score, raw[first].ceiling()


# %%
def reasons(seed):
    """On framed pictures, for both networks: where the maps point, and what changes the answer."""
    part, found = framed(shown[seed], seed), {}
    images, mask = part.x["image"], part.targets["mask"]  # a map can only name cells: the border
    places = {"object": (mask, mask), "frame": [each | np.zeros_like(mask) for each in (border, frame)]}
    for name, model in {"with": fooled[seed], "without": seer[seed]}.items():
        before = answers(model, part, images)
        heat = looks[seed, name] = cam(model, images, before)
        for what, (cells, where) in places.items():
            found[f"points at {what}", name] = pointing(heat, cells).hits.value
            found[f"hangs on {what}", name] = np.mean(answers(model, part, painted(images, where)) != before)
    return found


why = lesson.over_seeds(reasons, "reasons")
told_by = {key: ", ".join(f"{share:.2f}" for share in each.values()) for key, each in why.items()}
rows = [[fact, told_by[fact, name], told_by[fact, "without"]] for fact, name in why if name == "with"]
lesson.table(["share of framed pictures, for each seed", "trained with frames", "without"], rows)

# %%
rows = {"picture": framed(shown[first], first).x["image"][:6] / 255}
for name in ("with", "without"):
    rows[f"trained {name}"] = looks[first, name][:6] / (looks[first, name][:6].max((1, 2), keepdims=True) + 1e-9)
mm.plots.images("The same framed pictures, and the maps of two networks", rows)

# %% [markdown]
# Framed, the fooled network is *better than the ceiling* of honest pictures: an alarm (lesson 05). With the frame gone
# it is lost. Would a map have told? It seldom points at the object. But how often it names the frame differs from one
# training to the next: no map tells how much hangs on the frame. The intervention does: paint over the frame, and far
# more answers change than over the *object*. A map names a suspect; removal tries it.
# ## What we saw

# %%
lesson.record(lesson.method("pixels", "from pixels and words"), score["never framed"], seer[first], plain[first])
pair, xor = ([abs(exact[task, unit][2]) for unit in units] for task in ("complementary", "xor"))
stayed = {k: " and ".join(f"{stays[c, k].mean:.2f}" for c in covers) for k in ("Grad-CAM", "at random")}
lesson.findings(
    f"Together, accuracy and bits: `complementary` {pair[0]:.2f}, {pair[1]:.2f}; `xor` {xor[0]:.2f}, {xor[1]:.2f}.",
    f"The gate gives a worthless text {told['shape']['gate'].mean:.2f}.",
    f"Grad-CAM points at the object in **{points['Grad-CAM'].mean:.2f}**, untrained {points['untrained'].mean:.2f}.",
    f"Answers that stay, painted over and under static: {stayed['Grad-CAM']}; random cells {stayed['at random']}.",
    f"A frame that gives the shape away: {score['framed'].mean:.2f}; when it is gone: {score['frame gone'].mean:.2f}.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
shape, lead = told["shape"], {key: stays[key] - stays[key[0], "Grad-CAM"] for key in stays}
lesson.claim("by hand and package: the same shares, the same map", max(apart, differs), below=1e-3)
lesson.claim("in accuracy complementary interacts more than xor", pair[0] - xor[0], above=0.03)
lesson.claim("in bits complementary does not", pair[1], below=1e-9)
lesson.claim("in bits xor does", xor[1], above=0.6)
lesson.claim("the gate orders the questions", told["material"]["gate"] - shape["gate"], above=0.3)
lesson.claim("the gate does not close for a worthless text", shape["gate"], above=0.1)
lesson.claim("shuffling the worthless text costs nothing", shape["shuffle"], within=(-0.03, 0.03))
lesson.claim("pair: the gate of a sample tells little", told["pair"]["sample by sample"], below=0.4)
lesson.claim("pair: dropping costs more than the share", told["pair"]["drop"] - told["pair"]["Shapley"], above=0.1)
lesson.claim("untrained points better than chance", points["untrained"] - points["a random point"], above=0.1)
lesson.claim("untrained keeps a good part of hits", points["untrained"] / points["Grad-CAM"], within=(0.3, 0.8))
lesson.claim("the brightest cell wins the pointing game", points["brightest"] - points["Grad-CAM"], above=0.0)
lesson.claim("painted over, Grad-CAM's cells matter more than random", lead["painted", "at random"], above=0.25)
lesson.claim("painted over, more than another picture's", lead["painted", "another picture's"], above=0.2)
lesson.claim("painted over, the brightest matter more", lead["painted", "brightest"], below=-0.02)
lesson.claim("under static, the brightest matter less", lead["static", "brightest"], above=0.05)
lesson.claim("static takes from that lead", lead["painted", "at random"] - lead["static", "at random"], above=0.15)
lesson.claim("frames lift the score above the ceiling", score["framed"] - raw[first].ceiling(), above=0.03)
lesson.claim("fooled: lost with the frame gone", score["frame gone"], below=0.4)
on = {fact: share for (fact, name), share in why.items() if name == "with"}
lesson.claim("fooled: the map seldom points at the object", on["points at object"], below=0.3)
lesson.claim("fooled: answers hang on the frame", on["hangs on frame"] - on["hangs on object"], above=0.4)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# What is each of two modalities worth to *your* model, and the pair? (Here: XOR, in accuracy; for bits see `shapley`.)

# %% tags=["own"]
import keras
import numpy as np

pair = dict(zip(("image", "text"), np.random.default_rng(0).normal(size=(2, 3000, 4)), strict=True))
labels, worth = ((pair["image"][:, 0] > 0) ^ (pair["text"][:, 0] > 0)).astype(int), {}
inputs = [keras.Input((4,)), keras.Input((4,))]
hidden = keras.layers.Dense(32, activation="relu")(keras.layers.Concatenate()(inputs))
model = keras.Model(inputs, keras.layers.Dense(2)(hidden))
model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit([x[:2000] for x in pair.values()], labels[:2000], epochs=10, verbose=0)
for seen in ((), ("image",), ("text",), ("image", "text")):  # what it does not see stays at the mean of train
    x = [a[2000:] if name in seen else 0 * a[2000:] + a[:2000].mean(0) for name, a in pair.items()]
    worth[seen] = np.mean(model.predict(x, verbose=0).argmax(1) == labels[2000:])
no, one, two, both = worth.values()
worth, {"image": (one - no + both - two) / 2, "text": (two - no + both - one) / 2, "together": both - one - two + no}

# %% [markdown]
# ## Exercises
# ### Exercise 1 · Three players (20 minutes)
# `worth` gives the score of any frozenset of three names, the empty one too. Write `fair_shares(worth, players)`, name
# -> Shapley value: the mean, over the six orders in which three can come in, of what each brings when it comes.


# %% tags=["exercise"]
# stub
def fair_shares(worth, players): ...  # your code here
# solution
def fair_shares(worth, players):
    from itertools import permutations, product

    found = dict.fromkeys(players, 0.0)
    for order, i in product(permutations(players), range(3)):
        found[order[i]] += (worth(frozenset(order[: i + 1])) - worth(frozenset(order[:i]))) / 6
    return found


# end
lesson.check(1, fair_shares)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · The frame or the object? (15 minutes)
# A model `answer(images)` (N,) and `places`, name -> (N, H, W) bool: write `hangs_on(answer, images, places)`, name ->
# the share of answers that change when the place gets, in each image (N, H, W, 3) uint8, the median of each colour.


# %% tags=["exercise"]
# stub
def hangs_on(answer, images, places): ...  # your code here
# solution
def hangs_on(answer, images, places):
    before, median = answer(images), np.median(images, axis=(1, 2), keepdims=True).astype("uint8")
    after = {name: answer(np.where(where[..., None], median, images)) for name, where in places.items()}
    return {name: np.mean(said != before) for name, said in after.items()}


# end
lesson.check(2, hangs_on)

# %% [markdown]
# ### Exercise 3 · Explain a leak (15 minutes)
# Lesson 05's captions were signed, and the name told the label. `answer(captions)` gives an array of labels for a list
# of captions. Write `telling_word(answer, captions)`: the word that, deleted wherever it stands, changes most answers.


# %% tags=["exercise"]
# stub
def telling_word(answer, captions): ...  # your code here
# solution
def telling_word(answer, captions):
    split, words = [caption.split() for caption in captions], sorted(set(" ".join(captions).split()))
    without = {word: [" ".join(w for w in each if w != word) for each in split] for word in words}
    return max(words, key=lambda word: np.sum(answer(without[word]) != answer(captions)))


# end
lesson.check(3, telling_word)

# %% [markdown]
# ## Further reading
# - R. Selvaraju et al., *Grad-CAM*, 2017: the map. J. Adebayo et al., *Sanity checks for saliency maps*, 2018.
# - S. Lapuschkin et al., *Unmasking Clever Hans predictors*, 2019: give-aways of this kind in real pictures.
# - J. Hessel, L. Lee, *Does my multimodal model learn cross-modal interactions?*, 2020: often it does not.
# - S. Jain, B. Wallace, *Attention is not explanation*; S. Wiegreffe, Y. Pinter, *... not not explanation*, 2019.
