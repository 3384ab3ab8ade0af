# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 22 · Why did it say that?
# After this lesson you can ask a model for its reasons, and test by an intervention whether they are its reasons.
#
# **You will learn** to *share out* a score among modalities, in the unit that fits the question; *compare* what a gate
# says with what shuffling costs; *build* Grad-CAM, a map of where a network looks; *test* maps against the object,
# against networks that learned nothing, and by covering what they name; *unmask* a model that reads the frame.
# **Before you start**: [05](05_what_each_modality_knows.ipynb) on ceilings and bits,
# [07](07_nonlinear_fusion.ipynb) on gates, [09](09_attention_between_modalities.ipynb) on maps and the pointing game.
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
# In `scenes` the picture shows a shape and the caption names a material, each hidden in a fifth of the samples (behind
# static; as "thing"). The label is the pair of both. A model answers "circle of glass". Why? An explanation ("because
# of the round thing on the left") is a *prediction*: take that away, and the answer changes. So it can be tested by
# an *intervention*, a change that we make on purpose, and it can be wrong.

# %%
first, sizes = lesson.seeds[0], {"distractors": 1, "train": 2000, "val": 1, "test": 500}
raw = {s: mm.load("scenes", task="complementary", seed=s, **sizes) for s in lesson.seeds}
raw[first].show(4)

# %% [markdown]
# ## Build: a fair share of the score
# What is each modality worth? Let $v(S)$ be the score of a model that gets the modalities in $S$; from nothing, it says
# the majority class. *First in*, the image brings $v(\text{image}) - v(\emptyset)$. *Last in*, it brings
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
    return [*(first_in + last_in) / 2, both - image - text + nothing]


tasks = ("redundant", "unique", "complementary", "xor", "mod", "match")
worlds = {task: mm.load("scenes", task=task, train=1, val=1, test=1) for task in tasks}
shares(best_value(worlds["xor"]))  # of the best possible model, which lesson 05 knows: the ceilings

# %% [markdown]
# XOR: from image or text alone no model is better than a guess, and yet each gets an equal share of what the pair
# earns. Shapley *divides*; it does not say what a modality knows. Read it with the interaction beside it.
# ## Check: it equals the package
# `shapley_of` does it for up to six players. On all six tasks of `scenes`, in accuracy and in bits (lesson 05):

# %%
exact, apart, units = {}, 0.0, ("accuracy", "bits")
for task, unit in [(task, unit) for task in tasks for unit in units]:
    worth = best_value(worlds[task], unit)
    found = shapley_of(worth, ("image", "text"))
    exact[task, unit] = np.array([*found.values.values(), *found.interactions.values()])
    apart = max(apart, float(np.abs(exact[task, unit] - shares(worth)).max()))
apart

# %%
header = [f"{name}, {unit}" for unit in units for name in ("image", "text", "together")]
rows = [[task, *(f"{v:+.2f}" for unit in units for v in exact[task, unit].round(2) + 0.0)] for task in tasks]
lesson.table(["task", *header], rows)

# %% [markdown]
# Look at "together". In accuracy, `complementary` needs both at once even more than `xor` does. Yet nothing is there to
# interact: the shape is in the picture, the material in the caption, and neither helps to read the other. But the pair
# counts as right only if both halves are, and the chances of independent halves *multiply*. Their logarithms add: in
# bits the interaction of `complementary` is zero, that of `xor` is not. **Whether modalities work together is a
# question in bits.** Below zero, as for `redundant`, they repeat each other.
# ## Measure: reasons by the modality
# Now *trained* models, on frozen features (lesson 07). In the gated unit a gate $g$ between 0 and 1 says for each
# feature how much comes from where, $z = g \odot h_1 + (1-g) \odot h_2$. Is $1 - g$, the text's part, how much the model
# relies on the text? One model for each of four questions: *shape*, *material*, their *pair*, and *either*, a set whose
# captions name the shape too. The witnesses: *drop* the text (each sample gets the train mean), *shuffle* it (each gets
# another's), and the share by Shapley, where absent means dropped. And sample by sample: do answers change more often
# with others' texts (ten shuffles) where the gate is open for the text? We compare the two orders of the samples by
# Spearman's rank correlation (lesson 16: 1 for the same order, 0 for none).

# %%
encoder = {name: mm.pretrained.small(name) for name in ("image", "text")}
pairs = {s: raw[s].map(encoder) for s in lesson.seeds}
asked = {("either", s): mm.load("scenes", task="redundant", seed=s, **sizes).map(encoder) for s in lesson.seeds}
for name, ask in {"shape": lambda y: y // 4, "material": lambda y: y % 4, "pair": lambda y: y}.items():
    asked |= {(name, s): pairs[s].map_splits(lambda p, f=ask: replace(p, y=f(p.y))) for s in lesson.seeds}


def gated(classes):
    """Features of 32 numbers for each modality, a gated unit, and a head with a hidden layer."""
    enter = {name: keras.Sequential([layers.Dense(32, "tanh")]) for name in ("image", "text")}
    head = keras.Sequential([layers.Dense(64, "relu"), layers.Dense(classes)])
    return mm.FeatureFusion(enter, mm.layers.GatedFusion(32), head)


# %%
def witnesses(name, seed):
    """What the gate says of the text, and what interventions say; `gates` keeps the model."""
    data, rngs = asked[name, seed], [np.random.default_rng(i) for i in range(10)]
    make, how = partial(gated, int(data.train.y.max()) + 1), {"epochs": 10, "learning_rate": 1e-2}
    model, x = mm.training.train(make, data, seed=seed, **how), data.test.x
    entered = [model.encoders[name](ops.convert_to_tensor(x[name])) for name in ("image", "text")]
    gate = np.asarray(model.fusion(entered, return_weights=True)[1])[..., 1].mean(axis=1)  # 1 - g, for each sample
    others = [np.argmax(model({**x, "text": rng.permutation(x["text"])}), axis=1) for rng in rngs]
    changed, gates[name, seed] = sum(said != np.argmax(model(x), axis=1) for said in others), model
    right, found = accuracy(model, data).value, {"gate": gate.mean(), "Shapley": shapley(model, data).values["text"]}
    found |= {"drop": right - dropped(model, data, "text").value, "accuracy": right}
    found |= {"shuffle": right - shuffled(model, data, "text", seed).value}
    return found | {"sample by sample": stats.spearmanr(gate, changed).statistic}


gates, names = {}, ("shape", "pair", "either", "material")
told = {name: lesson.over_seeds(partial(witnesses, name), name) for name in names}
rows = [[name, *(f"{value.mean:+.2f}" for value in each.values())] for name, each in told.items()]
lesson.table(["of the text", *told["shape"]], rows)

# %% [markdown]
# Across questions the gate gets the order: least text where the shape is asked, most for the material. But not the
# amount: it does not close for a text that is worth nothing. And sample by sample it says next to nothing of which
# answers hang on the text. ($h_1$ and $h_2$ have sizes of their own, and the head need not care for either.) A weight is
# a part of the calculation; whether it is a reason must be tested. So with attention: over a single token its weight is
# always one, for a worthless text too; in lesson 09 static decided.
# Interventions differ as well. Where *either* modality tells the shape, dropping the text costs little, for the image
# steps in; shuffling costs far more, for a wrong word is not silent, it contradicts. Each answers a question of its
# own: what if it is missing? What if it lies? What is its share?
# ## Measure: reasons by the place
# Where in the picture is the reason? **Grad-CAM** asks the last convolution, here 8 × 8 *cells* with 48 numbers each.
# $A_k$ is the map of the $k$-th number, $y$ the score of the answer; the mean slope of $y$ weighs the map, and what
# is below zero, against the answer, is cut off:
# $$ \alpha_k = \operatorname{mean}_{\text{cells}} \frac{\partial y}{\partial A_k} , \qquad
# \text{map} = \operatorname{relu}\Big(\sum_k \alpha_k A_k\Big) . $$


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
    return mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), head=layers.Dense(16))


plain = {s: raw[s].with_tokens("text", 24) for s in lesson.seeds}
untrained = partial(mm.training.train, network, plain[first].subset(256), epochs=1, learning_rate=0.0)
mm.plots.diagram(untrained(seed=0), "From pixels and words to 16 pairs")

# %% [markdown]
# By hand we need no automatic gradient: behind the maps come the maximum over cells, a dense layer, the head, and the
# chain rule goes back through them. We explain the *answer*, right or wrong, for 300 test pictures without static.


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
visible = {s: np.flatnonzero(plain[s].test.targets["image_symbol"] >= 0)[:300] for s in lesson.seeds}
shown = {s: plain[s].test.take(visible[s]) for s in lesson.seeds}
said = answers(seer[first], shown[first], shown[first].x["image"])
theirs = grad_cam(seer[first], shown[first].x, "image", "cells", said)  # as large as the pictures
ours = ops.image.resize(cam(seer[first], shown[first].x["image"], said)[..., None], (32, 32))[..., 0]
differs = float(np.abs(ours - theirs).max() / theirs.max())
differs

# %% [markdown]
# It equals the package's. (Recipes on the web build a new model that ends in the convolution. For a model inside a
# model, such as an encoder in a fusion, that fails: *graph disconnected*, tensorflow#44462. `grad_cam` works there.)
# How good is a map? **The pointing game** (lesson 09): is its highest cell on the object's `mask`? The score needs
# rivals: a *random point* (the share of the mask), the *centre*, the *brightest* cell, and above all the Grad-CAM of
# **networks that learned nothing** (five, at learning rate 0), for the same answers.


# %%
def maps_of(seed):
    """Name -> maps (N, 8, 8) for the shown pictures."""
    part, images = shown[seed], shown[seed].x["image"]
    target = answers(seer[seed], part, images)
    found = {f"untrained {i}": cam(untrained(seed=1000 + 10 * seed + i), images, target) for i in range(5)}
    found["brightest"] = images.max(axis=-1).reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4))
    found["centre"] = np.tile(-np.hypot(*(np.indices((8, 8)) - 3.5)), (len(part), 1, 1))
    return found | {"Grad-CAM": cam(seer[seed], images, target)}


def drawn(pictures, maps):
    """Six pictures and their maps for a figure, the highest cell of each white."""
    large = {k: np.kron(m[:6] / (m[:6].max((1, 2), keepdims=True) + 1e-9), np.ones((4, 4))) for k, m in maps.items()}
    return {"picture": pictures[:6] / 255} | large


maps = {s: maps_of(s) for s in lesson.progress(lesson.seeds, "maps")}
two = {"trained": maps[first]["Grad-CAM"], "untrained": maps[first]["untrained 0"]}
mm.plots.images("Grad-CAM of a network that learned, and of one that did not", drawn(shown[first].x["image"], two))

# %%
hits = {s: {name: pointing(m, shown[s].targets["mask"]).hits.value for name, m in maps[s].items()} for s in maps}
points = lesson.over_seeds(lambda s: hits[s] | {"a random point": shown[s].targets["mask"].mean()})
points["untrained"] = sum(points.pop(f"untrained {i}") for i in range(5)) / 5
rows = [[name, f"{share.mean:.2f}"] for name, share in sorted(points.items(), key=lambda each: each[1].mean)]
lesson.table(["points at the object", "share of pictures"], rows)

# %% [markdown]
# Grad-CAM finds the object far more often than a random point. But networks that know nothing do so too, and keep a
# good part of the hit rate: their maps, like all maps made of $A_k$, light up where there is something to see. A hit
# rate without an untrained rival proves little. And the cell that is simply brightest, which no network has looked at,
# *wins*: it finds the object, and knows no reason. The game asks whether a map agrees with *us* about where to look.
# ## Break: what you cover with is part of the question
# "Here is the reason" predicts: take it away, and the answer changes. We cover the six highest cells of 64 and count the
# answers that stay. Rivals: cells at random, and the Grad-CAM of *another* picture, as compact but about something else.
# Covered with what? With the background's colour (the picture's median), or, as is usual, with noise: `deletion` puts
# *static* on the same cells.


# %%
def painted(images, where):
    """The images with the background's colour at these pixels, (N, 32, 32) bool."""
    return np.where(where[..., None], np.median(images, axis=(1, 2), keepdims=True).astype("uint8"), images)


def stay(seed):
    """The share of answers that stay when the six highest cells are covered, by cover and map."""
    answer, images, found = partial(answers, seer[seed], shown[seed]), shown[seed].x["image"], {}
    ranked = {name: maps[seed][name] for name in ("Grad-CAM", "brightest")}
    ranked["another picture's"] = np.roll(ranked["Grad-CAM"], 1, axis=0)
    ranked["at random"] = np.random.default_rng(seed).random(ranked["brightest"].shape)
    for name, each in ranked.items():
        highest = each >= np.sort(each.reshape(-1, 64))[:, -6, None, None]
        after = answer(painted(images, np.kron(highest, np.ones((4, 4))) > 0))
        found["background", name] = np.mean(after == answer(images))
        found["static", name] = deletion(answer, images, each, [6 / 64], seed).kept[0].value
    return found


stays, covers = lesson.over_seeds(stay, "covering"), ("background", "static")
kinds = ("brightest", "Grad-CAM", "another picture's", "at random")
rows = [[name, *(f"{stays[cover, name].mean:.2f}" for cover in covers)] for name in kinds]
lesson.table(["answers that stay when six cells are under", *covers], rows)

# %% [markdown]
# Painted over, Grad-CAM's cells matter much more than random ones or another picture's: as a prediction it is worth
# something. (The brightest cells matter even more. They *are* the object; that is luck of this data.) Under static the
# same maps of the same model get *another verdict*: the brightest cells now seem to matter least, and Grad-CAM's lead
# over random cells is mostly gone. Static is not nothing. It is new evidence, perhaps for a wrong shape, and does harm
# wherever it lands. So a deletion test must name its cover; the best is what would be there if the reason were not.
# Here we know it. In real pictures that is the hard part.
# ## Break: the frame that gives it away
# Each shape's pictures come from another archive, and each archive has a coloured frame, three pixels wide; a tenth, by
# mistake, got a random one. Test has the same frames. We train the same network on these pictures.

# %%
colours = np.array([(225, 40, 40), (50, 180, 60), (50, 90, 235), (245, 225, 50)], "uint8")
frame = np.pad(np.zeros((26, 26), bool), 3, constant_values=True)


def framed(part, seed):
    """The same samples in frames, whose colour tells the shape in nine of ten."""
    rng = np.random.default_rng([seed, len(part)])
    archive = np.where(rng.random(len(part)) < 0.9, part.y // 4, rng.integers(0, 4, len(part)))
    images = np.where(frame[..., None], colours[archive][:, None, None], part.x["image"])
    return replace(part, x={**part.x, "image": images})


archives = {s: plain[s].map_splits(partial(framed, seed=s)) for s in lesson.seeds}
fooled = {s: train(archives[s], seed=s) for s in lesson.progress(lesson.seeds, "frames")}
tests = {"framed": (fooled, archives), "frame gone": (fooled, plain), "never framed": (seer, plain)}
score = lesson.over_seeds(lambda s: {name: accuracy(m[s], data[s]).value for name, (m, data) in tests.items()})
score, raw[first].ceiling()

# %% [markdown]
# Framed, it is *better than the ceiling* of honest pictures: an alarm (lesson 05). With the frame gone it is lost. Would
# a map have told us? We ask the network of before, too, which never saw a frame, on the same framed pictures.


# %%
def reasons(seed):
    """On framed pictures, for both networks: where the maps point, and what changes the answer."""
    part, found = archives[seed].test.take(visible[seed]), {}
    images, places = part.x["image"], {"object": part.targets["mask"]}
    places["frame"] = np.broadcast_to(frame, places["object"].shape)
    for name, model in {"with": fooled[seed], "without": seer[seed]}.items():
        before = answers(model, part, images)
        looks[seed, name] = cam(model, images, before)
        for what, where in places.items():
            found[name, "points at", what] = pointing(looks[seed, name], where).hits.value
            found[name, "hangs on", what] = np.mean(answers(model, part, painted(images, where)) != before)
    return found


looks, whats = {}, [(verb, what) for verb in ("points at", "hangs on") for what in ("frame", "object")]
why = lesson.over_seeds(reasons, "reasons")
rows = [
    [f"{verb} the {what}", *(f"{why[n, verb, what].mean:.2f}" for n in ("with", "without"))] for verb, what in whats
]
lesson.table(["its map points at, its answer changes without", "trained with frames", "without"], rows)

# %%
both = {f"trained {name}": looks[first, name] for name in ("with", "without")}
pictures = archives[first].test.take(visible[first]).x["image"]
mm.plots.images("The same framed pictures, and where two networks look", drawn(pictures, both))

# %% [markdown]
# The fooled network's map has left the object, and names the frame more often than the other's: a warning. How much
# hangs on the frame it does not tell: 28 of 64 cells touch it, so chance would name it often, too. The intervention is
# plain: paint over the frame and most answers change; over the *object*, and nearly all stay. (A frame is new to the
# other network and disturbs it too; but its answers hang on the object.) A map names a suspect. Taking the suspect away
# is the trial.
# ## What we saw

# %%
gate, pixels = lesson.method("gate", "gated unit, frozen features"), lesson.method("pixels", "from pixels")
lesson.record(gate, told["pair"]["accuracy"], gates["pair", first], pairs[first])
lesson.record(pixels, score["never framed"], seer[first], plain[first])
pair, xor = ([abs(exact[task, unit][2]) for unit in units] for task in ("complementary", "xor"))
found, kept = {name: share.mean for name, share in points.items()}, {key: share.mean for key, share in stays.items()}
lesson.findings(
    f"Interaction of `complementary`: {pair[0]:.2f} in accuracy, {pair[1]:.2f} bits; of `xor`: {xor[0]:.2f}, {xor[1]:.2f}.",
    f"The gate gives a worthless text {told['shape']['gate'].mean:.2f}.",
    f"Grad-CAM points at the object in **{found['Grad-CAM']:.2f}**, untrained in **{found['untrained']:.2f}**.",
    f"Six cells covered: {kept['background', 'Grad-CAM']:.2f} of the answers stay (random: "
    f"{kept['background', 'at random']:.2f}); by static {kept['static', 'Grad-CAM']:.2f} ({kept['static', 'at random']:.2f}).",
    f"With a frame that gives the shape away {score['framed'].mean:.2f}; when it is gone {score['frame gone'].mean:.2f}.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
shape, either, lead = told["shape"], told["either"], {key: stays[key] - stays[key[0], "Grad-CAM"] for key in stays}
seen, blind, less = (
    points["Grad-CAM"],
    points["untrained"],
    lead["background", "at random"] - lead["static", "at random"],
)
lesson.claim("by hand and package: the same shares, the same map", max(apart, differs), below=1e-3)
lesson.claim("in accuracy complementary interacts more than xor", pair[0] - xor[0], above=0.03)
lesson.claim("in bits complementary does not", pair[1], below=1e-9)
lesson.claim("in bits xor does", xor[1], above=0.6)
lesson.claim("xor: Shapley gives the image a share", float(exact["xor", "accuracy"][0]), above=0.1)
lesson.claim("the gate orders the questions", told["material"]["gate"] - shape["gate"], above=0.3)
lesson.claim("the gate does not close for a worthless text", shape["gate"], above=0.1)
lesson.claim("shuffling the worthless text costs nothing", shape["shuffle"], within=(-0.03, 0.03))
for name in ("pair", "either"):
    lesson.claim(f"{name}: the gate of a sample tells little", told[name]["sample by sample"], below=0.5)
lesson.claim("either: a text that lies costs more than none", either["shuffle"] - either["drop"], above=0.1)
lesson.claim("Grad-CAM points better than untrained", seen - blind, above=0.15)
lesson.claim("untrained points better than chance", blind - points["a random point"], above=0.1)
lesson.claim("untrained keeps a third of the hit rate", blind / seen, above=0.33)
lesson.claim("the brightest cell wins the pointing game", points["brightest"] - seen, above=0.05)
lesson.claim("painted: Grad-CAM's cells matter more than random ones", lead["background", "at random"], above=0.25)
lesson.claim("painted: more than another picture's", lead["background", "another picture's"], above=0.2)
lesson.claim("painted: the brightest matter more", lead["background", "brightest"], below=-0.02)
lesson.claim("static: the brightest matter less", lead["static", "brightest"], above=0.05)
lesson.claim("static: less of the lead over random cells is left", less, above=0.1)
lesson.claim("frames lift the score above the ceiling", score["framed"] - raw[first].ceiling(), above=0.03)
lesson.claim("with the frame gone it is lost", score["frame gone"], below=0.4)
names_frame = why["with", "points at", "frame"] - why["without", "points at", "frame"]
lesson.claim("the fooled network's map names the frame more often", names_frame, above=0.0)
lesson.claim("it has left the object", why["with", "points at", "object"], below=0.3)
lesson.claim("fooled: most answers hang on the frame", why["with", "hangs on", "frame"], above=0.5)
lesson.claim("fooled: few on the object", why["with", "hangs on", "object"], below=0.2)
lesson.claim("the other network's answers hang on the object", why["without", "hangs on", "object"], above=0.4)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# What is each of two modalities worth to *your* model, and the pair? (Here XOR of two signs. Put in your own data.)

# %% tags=["own"]
import keras
import numpy as np

image, text = np.random.default_rng(0).normal(size=(2, 3000, 4))
labels, worth = ((image[:, 0] > 0) ^ (text[:, 0] > 0)).astype(int), {}
inputs = [keras.Input((4,)), keras.Input((4,))]
hidden = keras.layers.Dense(32, activation="relu")(keras.layers.Concatenate()(inputs))
model = keras.Model(inputs, keras.layers.Dense(2)(hidden))
model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit([image[:2000], text[:2000]], labels[:2000], epochs=10, verbose=0)
for sees in ("nothing", "image", "text", "image, text"):  # what it does not see stays at the mean of train
    x = [
        a[2000:] if name in sees else 0 * a[2000:] + a[:2000].mean(0)
        for name, a in {"image": image, "text": text}.items()
    ]
    worth[sees] = np.mean(model.predict(x, verbose=0).argmax(1) == labels[2000:])
nothing, one, other, both = worth.values()
worth, {"image": (one - nothing + both - other) / 2, "together": both - one - other + nothing}

# %% [markdown]
# ## Exercises
# ### Exercise 1 · Three players (20 minutes)
# `worth` gives the score of any frozenset of three names, the empty one too. Write `fair_shares(worth, players)`, name
# -> Shapley value: the mean, over all orders in which the three can come in, of what each brings when it comes.


# %% tags=["exercise"]
# stub
def fair_shares(worth, players): ...  # your code here
# solution
def fair_shares(worth, players):
    found = dict.fromkeys(players, 0.0)
    for a, b, c in [(a, b, c) for a in players for b in players for c in players if len({a, b, c}) == 3]:
        for before, name in (((), a), ((a,), b), ((a, b), c)):
            found[name] += (worth(frozenset({*before, name})) - worth(frozenset(before))) / 6
    return found


# end
lesson.check(1, fair_shares)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · The frame or the object? (15 minutes)
# A frame may win a heat map, and the model not care. `answer(images)` (N,) is a model, `images` (N, H, W, 3) uint8,
# `places` a dict, name -> (N, H, W) bool. Write `hangs_on(answer, images, places)`, name -> the share of answers that
# change when the place is painted, in every image, in the median of each of its colours.


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
    split, before = [caption.split() for caption in captions], answer(captions)
    without = {word: [" ".join(w for w in each if w != word) for each in split] for word in sum(split, [])}
    return max(without, key=lambda word: np.sum(answer(without[word]) != before))


# end
lesson.check(3, telling_word)

# %% [markdown]
# ## Further reading
# - J. Adebayo et al., *Sanity checks for saliency maps*, 2018: maps of untrained networks. R. Selvaraju et al.,
#   *Grad-CAM*, 2017: the map. S. Lapuschkin et al., *Unmasking Clever Hans predictors*, 2019: real frames of this kind.
# - J. Hessel, L. Lee, *Does my multimodal model learn cross-modal interactions?*, 2020: often it does not.
# - S. Jain, B. Wallace, *Attention is not explanation*; S. Wiegreffe, Y. Pinter, *Attention is not not explanation*, 2019.
