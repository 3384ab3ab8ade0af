# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 20 · Missing and noisy: what is not there, and why
#
# After this lesson you can build a model that copes with gaps, and say when its score on gaps may be believed.
#
# **You will learn** to
# - *tell* a model what is missing, in three ways, and *measure* it on every pattern of what is there,
# - *train* with gaps that you make yourself, and *find* what that costs when nothing is missing,
# - *decide* whether a noisy modality is worth keeping,
# - *break* a good score by changing the reason for the gaps, and *see* beforehand that it would break.
#
# **Before you start**: [06](06_linear_fusion.ipynb) for features and fusion, [07](07_nonlinear_fusion.ipynb).
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("20")

from dataclasses import replace

import keras
import numpy as np
from keras import layers, ops

from mmcourse.evaluation import accuracy, availability, presence_only

lesson

# %% [markdown]
# ## See: gaps
# A file is lost, a microphone is off, a patient was not scanned. The data is that of lesson 06, a handwritten digit and
# the same digit spoken, both damaged; here each is lost in four samples of ten, never both:

# %%
data = mm.load("digits")
data.with_missing(0.4).show(6)

# %% [markdown]
# The arrays have a row for every sample, lost or not, so *something* must stand there: zeros, by the habit of most
# programs. But zeros are also a picture (a black one) and a sound (silence). What is missing therefore stands in a
# table of its own, `present`: a row for each sample, a bit for each modality, True where it is there.

# %%
data.with_missing(0.4).train.present[:4]

# %% [markdown]
# An encoder for each modality is trained alone and frozen; from here on a sample is 64 features of an image, 64 of a
# clip. What these encoders know alone, with heads of their own, is the mark to reach where one modality is all we have:

# %%
image, audio = (lesson.method(name, f"{name} alone", modality=name) for name in ("image", "audio"))
raw, features, experts, frozen = {}, {}, {}, {}
patterns = {"image": mm.layers.ImageEncoder(64), "audio": mm.layers.AudioEncoder(64)}
for seed in lesson.progress(lesson.seeds, "encoders"):
    raw[seed] = mm.load("digits", seed=seed)
    experts[seed], features[seed], frozen[seed] = mm.training.features_alone(raw[seed], patterns, seed=seed, epochs=8)
first, names = lesson.seeds[0], ("image", "audio")
alone = lesson.over_seeds(lambda s: {m: accuracy(experts[s][m], raw[s].with_only(m)).value for m in names})
alone

# %% [markdown]
# ## Build: what stands for nothing
# The fusion is lesson 07's: weighted, added, bent by a ReLU. What reaches it from an absent modality $m$? Either a
# constant $c_m$ in place of its features (below, $p_m$ is its bit of `present`),
# $$ x_m' = p_m\, x_m + (1 - p_m)\, c_m , $$
# or nothing at all: it is **masked**, left out of the sum, and the weights of those that are there grow to sum to one,
# $$ z = \operatorname{ReLU}\Big(\sum_m \frac{p_m \alpha_m}{\sum_k p_k \alpha_k}\, P_m x_m + b\Big) . $$
# There are three constants in use. **Zeros in the file**: $c_m$ is what the encoder makes of a black picture, of
# silence. **The mean** of the features in train. A **learned token**: $c_m$ is a weight like others.


# %%
class Instead(layers.Layer):
    """A constant in place of the features of an absent modality, then a fusion that hears nothing of it."""

    def __init__(self, fusion, constants, learned=False):
        super().__init__()
        self.fusion, self.constants, self.learned = fusion, constants, learned

    def build(self, shapes):
        start = keras.initializers.Constant
        self.c = [self.add_weight(shape=(64,), initializer=start(c), trainable=self.learned) for c in self.constants]

    def call(self, xs, present=None):
        if present is not None:
            xs = [ops.where(present[:, m : m + 1], x, self.c[m]) for m, x in enumerate(xs)]
        return self.fusion(xs)

    def get_config(self):
        return {"learned": self.learned}


# %%
zeros, means, tokens = {}, {}, [np.zeros(64)] * 2  # a token begins at zero
for s in lesson.seeds:
    nothing = {name: np.zeros_like(x[:1]) for name, x in raw[s].train.x.items()}
    zeros[s] = [np.asarray(frozen[s][name](x))[0] for name, x in nothing.items()]
    means[s] = [x.mean(axis=0) for x in features[s].train.x.values()]


def network(s, way="mask", rate=0.0, encoders=None):
    """Fusion and head on features (or on `encoders`); `way` stands for the absent; `rate` of gaps made in training."""
    fusion, constants = mm.layers.NonlinearFusion(64), {"zeros": zeros[s], "mean": means[s], "token": tokens}
    if way != "mask":
        fusion = Instead(fusion, constants[way], learned=way == "token")
    dropout = mm.layers.ModalityDropout(rate) if rate else None
    encoders = encoders or {name: layers.Identity() for name in names}
    return mm.FeatureFusion(encoders, fusion, layers.Dense(10), allow_missing=True, modality_dropout=dropout)


model = network(first, encoders=frozen[first])
model({name: samples[:2] for name, samples in raw[first].test.x.items()})
mm.plots.diagram(model, "Two frozen encoders, and a fusion that is told what is there")

# %% [markdown]
# ## Check
# *Masked* must mean that the fusion gives what it would give of the other modality alone. By hand, for samples of which
# only the sound is there: its weight is one, so $z = \operatorname{ReLU}(P_2 x_2 + b)$. How far is the package's layer
# from that, whatever stands in the image's place?

# %%
sound, layer = features[first].test.x["audio"], mm.layers.NonlinearFusion(64)
only_sound = np.tile([False, True], (len(sound), 1))
masked = layer([np.full_like(sound, 1e6), sound], present=only_sound)
by_hand = np.maximum(sound @ np.asarray(layer.projections[1]) + np.asarray(layer.bias), 0)
difference = float(np.max(np.abs(masked - by_hand)))
difference

# %% [markdown]
# `ModalityDropout` makes gaps in training: at each step it drops each modality with probability $r$, and where that
# would leave nothing it keeps one, drawn evenly. So a sample stays whole with probability $(1-r)^2$, and only the
# first is left with $r(1-r) + r^2/2$. Counted over ten thousand draws, beside the formula:

# %%
r, blank = 0.5, np.ones((10_000, 1), "float32")
kept = np.asarray(mm.layers.ModalityDropout(r, seed=0)([blank, blank], training=True)[1])
counted = [kept.all(axis=1).mean(), (kept == [True, False]).all(axis=1).mean()]
formula = [(1 - r) ** 2, r * (1 - r) + r**2 / 2]
lesson.table(["", "both", "only the first"], [["counted", *map(str, counted)], ["formula", *map(str, formula)]])

# %% [markdown]
# ## Measure
# ### A model that has never met a gap
# We train on full data, once, and ask in four ways. (A token that is never shown is never learned: it stays zero.)
# `availability` asks with every set of modalities there. Its *area* is the mean accuracy over all rates of missing from
# 0 to 1, at which each modality is lost by itself, by a coin; of nothing at all the answer is the commonest class.

# %%
ways = {"zeros": "zeros in the file", "mean": "the mean", "token": "a token", "mask": "masked"}
how = {"epochs": 15, "batch_size": 128, "learning_rate": 5e-3}


def train(s, way="mask", rate=0.0, data=None):
    return mm.training.train(lambda: network(s, way, rate), data or features[s], seed=s, **how)


def asked(model, s, way):
    """A trained model whose fusion gets something else for what is absent."""
    if way == "mask":
        return model
    constants = {"zeros": zeros[s], "mean": means[s], "token": tokens}[way]
    parts = {name: layers.Identity() for name in names}, Instead(model.fusion, constants), model.head
    return mm.FeatureFusion(*parts, allow_missing=True)


def patterns_of(model, s):
    """Accuracy by what is there, and the area."""
    found = availability(model, features[s])
    return {" + ".join(there): score.value for there, score in found.scores.items() if there} | {"area": found.area}


# %%
full = {s: train(s) for s in lesson.seeds}
gapless = lesson.over_seeds(
    lambda s: {(way, what): v for way in ways for what, v in patterns_of(asked(full[s], s, way), s).items()}
)
columns = ("image", "audio", "image + audio", "area")
rows = [[told, *(f"{gapless[way, what].mean:.3f}" for what in columns)] for way, told in ways.items()]
rows += [["a model of its own", *(f"{alone[m].mean:.3f}" for m in names), "", ""]]
lesson.table(["trained on full data", "image only", "audio only", "both", "area"], rows)

# %% [markdown]
# All four fall far below a model that has the one modality only. The sum of two became what the head knows, and half
# of it is a stranger. None of the four is right; being told does not help a model that never learned what to do then.
#
# ### A model that has met gaps
# Now we make gaps in training, at rate one half, with each of the four in their place. (The bars: trained on full
# data; the crosses: trained with gaps; only the picture is there.)

# %%
met = {(way, s): train(s, way, 0.5) for way in ways for s in lesson.seeds}
gaps = lesson.over_seeds(
    lambda s: {(way, what): v for way in ways for what, v in patterns_of(met[way, s], s).items()}
)
bars = {image: alone["image"]} | {told: gapless[way, "image"] for way, told in ways.items()}
crosses = {told: gaps[way, "image"].mean for way, told in ways.items()}
title = "Only the picture is there: who has met gaps comes close to a model of its own (crosses)"
mm.plots.scores(title, bars, data.baseline(), crosses=crosses)

# %%
rows = [[told, *(f"{gaps[way, what].mean:.3f}" for what in columns)] for way, told in ways.items()]
lesson.table(["trained with gaps", "image only", "audio only", "both", "area"], rows)

# %% [markdown]
# TODO
#
# ### What do the gaps cost when nothing is missing?

# %%
rates = (0.0, 0.25, 0.5, 0.75, 0.9)
known = {0.0: full, 0.5: {s: met["mask", s] for s in lesson.seeds}}


def by_rate(s):
    models = {rate: known[rate][s] if rate in known else train(s, "mask", rate) for rate in rates}
    return {(what, rate): v for rate, model in models.items() for what, v in patterns_of(model, s).items()}


price = lesson.over_seeds(by_rate, "rates")
lines = {what: [price[what, rate] for rate in rates] for what in columns[:3]}
mm.plots.curves("TITLE", rates, lines, "rate of gaps made in training")

# %% [markdown]
# ### Noisy, or absent?
# A sound in loud noise is there. Should it be kept? `with_noise` adds white noise, at a *signal-to-noise ratio* in
# decibels: at 0 dB the noise has as much power as the clip has, at −10 dB ten times as much. (Clips come in noise
# already; this is on top.) The model is that with masks and gaps. It can be told "absent"; it cannot be told "noisy".

# %%
snrs, heard = (-20, -10, 0, 10), {}
for snr, s in lesson.progress([(snr, s) for snr in snrs for s in lesson.seeds], "noise"):
    encode = {name: lambda x, part=part: np.asarray(part(x)) for name, part in frozen[s].items()}
    heard[snr, s] = raw[s].with_noise("audio", snr, s).map(encode, progress=False)


def with_noises(s):
    """Training clips each at one of the ratios, or as they are, by lot."""
    train = features[s].train
    sounds = np.stack([train.x["audio"], *(heard[snr, s].train.x["audio"] for snr in snrs)])
    lot = np.random.default_rng(s).integers(len(sounds), size=len(train))
    sounds = sounds[lot, np.arange(len(train))]
    return replace(features[s], train=replace(train, x={**train.x, "audio": sounds}))


hardened = {s: train(s, data=with_noises(s)) for s in lesson.seeds}
models = {"kept": known[0.5], "kept, no gaps in training": full, "kept, noise in training": hardened}
noisy = lesson.over_seeds(
    lambda s: {(how, snr): accuracy(m[s], heard[snr, s]).value for how, m in models.items() for snr in snrs}
)
lines = {how: [noisy[how, snr] for snr in snrs] for how in models} | {"left out": [gaps["mask", "image"]] * len(snrs)}
mm.plots.curves("Below TITLE the sound is better left out", snrs, lines, "SNR of the added noise (dB)")

# %% [markdown]
# TODO
# Where to stop listening is a choice, and so it is made on val:


# %%
def by_val(s):
    """Test accuracy if the sound is left out at every ratio at which val is better without it."""
    model, found = known[0.5][s], {}
    without = availability(model, features[s], split="val").scores["image",].value
    for snr in snrs:
        keep = accuracy(model, heard[snr, s], "val").value > without
        found[snr] = noisy["kept", snr][s] if keep else gaps["mask", "image"][s]
    return found


chosen = lesson.over_seeds(by_val)
rows = [["kept", *(f"{noisy['kept', snr].mean:.3f}" for snr in snrs)]]
rows += [["left out where val says so", *(f"{each.mean:.3f}" for each in chosen.values())]]
lesson.table(["the sound", *(f"{snr} dB" for snr in snrs)], rows)

# %% [markdown]
# ## Break: why is it missing?
# So far a coin decided. Rubin (1976) tells three kinds of gaps apart. *Completely at random*: a coin. *At random*: by
# what we can see, such as a sound that is lost more often beside a faint picture. *Not at random*: by what we do not
# see. The label is such a thing. Say the digits 0 to 4 were recorded in a room with a bad microphone:


# %%
def lose(data, chances, seed):
    """The sound lost, with a chance for each digit."""

    def cut(split):
        lost = np.random.default_rng([seed, len(split)]).random(len(split)) < np.array(chances)[split.y]
        present = np.stack([np.ones(len(split), bool), ~lost], axis=1)
        return replace(split, x={**split.x, "audio": split.x["audio"] * present[:, 1:]}, present=present)

    return data.map_splits(cut)


rules = {"0 to 4 lost": [0.7] * 5 + [0.1] * 5, "by a coin": [0.4] * 10, "5 to 9 lost": [0.1] * 5 + [0.7] * 5}
worlds = {(rule, s): lose(features[s], chances, s) for rule, chances in rules.items() for s in lesson.seeds}
worlds["0 to 4 lost", first].train.present[:4]

# %% [markdown]
# In each world four sounds of ten are lost. What do the *bits alone* tell of the label? `presence_only` knows for each
# pattern of bits its most common label in train, and names it, without looking at a picture or a sound:

# %%
bits = lesson.over_seeds(lambda s: {rule: presence_only(worlds[rule, s]).gain.difference for rule in rules})
rows = [[rule, f"{each.mean:+.3f}"] for rule, each in bits.items()]
lesson.table(["gaps", "bits alone, above the majority class"], rows)


# %%
def hide_evenly(data, seed):
    """More sounds of train hidden, so that each digit lacks the same share: (most − g) / (1 − g) of what is left."""
    train, rng = data.train, np.random.default_rng(seed)
    lost = np.array([1 - train.present[train.y == digit, 1].mean() for digit in range(10)])
    more = (lost.max() - lost) / (1 - lost)
    present = train.present.copy()
    present[:, 1] &= rng.random(len(train)) >= more[train.y]
    return replace(data, train=replace(train, present=present))


leaky = {s: train(s, data=worlds["0 to 4 lost", s]) for s in lesson.seeds}
even = {s: train(s, data=hide_evenly(worlds["0 to 4 lost", s], s)) for s in lesson.seeds}
teams = {"gaps as they came": leaky, "gaps made even": even}
tested = lesson.over_seeds(
    lambda s: {(rule, team): accuracy(m[s], worlds[rule, s]).value for rule in rules for team, m in teams.items()}
)
panels = {rule: {team: tested[rule, team] for team in teams} for rule in rules}
unknown = dict.fromkeys(rules, dict.fromkeys(teams))
mm.plots.against_ceilings("TITLE", panels, unknown, dict.fromkeys(rules, data.baseline()))

# %% [markdown]
# TODO
#
# ## What we saw

# %%
whole, with_gaps = lesson.method("full", "fused, masks"), lesson.method("gaps", "fused, masks, met gaps")
for method in (image, audio):
    lesson.record(method, alone[method.key], experts[first][method.key], raw[first].with_only(method.key))
lesson.record(whole, gapless["mask", "image + audio"], full[first], features[first])
lesson.record(with_gaps, gaps["mask", "image + audio"], known[0.5][first], features[first])
lesson.findings(
    "TODO",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("masked is what the other alone would give", difference, below=1e-4)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Gaps made in training, and bits that tell of them, in plain Keras. (Where gaps are real, `there` is your own table.)

# %% tags=["own"]
import keras
import numpy as np

rng, y = np.random.default_rng(0), np.arange(1200) % 3
image, sound = (np.eye(3)[y] @ rng.normal(size=(3, 8)) + rng.normal(size=(1200, 8)) for _ in range(2))
inputs = [keras.Input((8,)), keras.Input((8,)), keras.Input((2,))]
hidden = keras.layers.Dense(32, activation="relu")(keras.layers.Concatenate()(inputs))
model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(hidden))
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
for epoch in range(10):
    there = np.eye(3)[rng.integers(3, size=800)] @ [[1, 1], [1, 0], [0, 1]]  # both, the first, the second
    model.fit([image[:800] * there[:, :1], sound[:800] * there[:, 1:], there], y[:800], verbose=0)
no_sound = [image[800:], 0 * sound[800:], np.tile([1.0, 0.0], (400, 1))]
model.evaluate(no_sound, y[800:], verbose=0)[1]  # accuracy from the image alone

# %% [markdown]
# ## Exercises
# ### Exercise 1 · Build a leak (15 minutes)
# `y` (N,) holds zeros and ones, about equally often. Write `leak(y, rng)`, the bits (N,) of one modality: True where it
# is there, drawn with `rng.random`. Four samples of ten shall lack it, and the bit alone shall be right on eight of ten.


# %% tags=["exercise"]
# stub
def leak(y, rng): ...  # your code here
# solution
def leak(y, rng):
    return rng.random(len(y)) >= np.where(y == 1, 0.7, 0.1)


# end
lesson.check(1, leak)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · Patterns that training has not met (10 minutes)
# With four modalities there are fifteen patterns of what is there; train may lack some. `train` and `test` are bits,
# (N, M). Write `unmet(train, test)`: True for each row of test whose pattern is in no row of train.


# %% tags=["exercise"]
# stub
def unmet(train, test): ...  # your code here
# solution
def unmet(train, test):
    met = {tuple(row) for row in train.tolist()}
    return np.array([tuple(row) not in met for row in test.tolist()])


# end
lesson.check(2, unmet)

# %% [markdown]
# ### Exercise 3 · What is left whole (15 minutes)
# `ModalityDropout` at rate $r$ on M modalities: each is dropped with chance $r$; a sample that would lose all keeps one
# of them. Write `whole_and_single(r, M)`: the chance that a sample keeps all M, and that it is left with exactly one
# (M at least 2). Above which r does less than one sample of ten stay whole, for M = 2 and M = 4?


# %% tags=["exercise"]
# stub
def whole_and_single(r, M): ...  # your code here
# solution
def whole_and_single(r, M):
    return (1 - r) ** M, M * (1 - r) * r ** (M - 1) + r**M


# end
lesson.check(3, whole_and_single)

# %% [markdown]
# ## Further reading
# - M. Ma et al., *Are multimodal transformers robust to missing modality?*, 2022: they are not, unless trained for it.
# - N. Neverova et al., *ModDrop: adaptive multi-modal gesture recognition*, 2015: whole modalities dropped in training.
# - D. Rubin, *Inference and missing data*, 1976; R. Little, D. Rubin, *Statistical analysis with missing data*: the
#   three kinds of gaps.
