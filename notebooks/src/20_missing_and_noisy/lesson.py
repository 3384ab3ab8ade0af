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
# - *put* something in the place of what is missing, in four ways, and *measure* every pattern of what is there,
# - *train* with gaps made on purpose, *find* their price, and *decide* whether a noisy modality is worth keeping,
# - *break* a good score by changing the reason for the gaps, and *see* beforehand that it would break.
#
# **Before you start**: [06](06_linear_fusion.ipynb) on features, [07](07_nonlinear_fusion.ipynb) on this fusion.
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("20")

from dataclasses import replace
from functools import partial

import keras
import numpy as np
from keras import layers, ops

from mmcourse.evaluation import accuracy, availability, presence_only

lesson

# %% [markdown]
# ## See: gaps
# A file is lost, a microphone is off, a patient was not scanned. The data is that of lesson 06, a handwritten digit and
# the same digit spoken, both damaged. Here each is lost at a rate of 0.4; where both would be, we draw again.

# %%
data = mm.load("digits")
data.with_missing(0.4).show(6)

# %% [markdown]
# An array has a row for every sample, lost or not, so *something* must stand there: zeros, by the habit of most
# programs. But zeros are also a picture (a black one), and a sound (silence). So what is missing is noted beside the
# arrays, in `present` (N, M): a row for each sample, a *bit* for each modality, True where it is there.
#
# An encoder for each modality is trained alone and frozen; from here on a sample is 64 features of an image and 64 of
# a clip. What each encoder reaches alone, with a head of its own, is the mark where one modality is all we have:

# %%
names, first = ("image", "audio"), lesson.seeds[0]
image, audio = (lesson.method(name, f"{name} alone", modality=name) for name in names)
raw, features, experts, frozen = {}, {}, {}, {}
patterns = {"image": mm.layers.ImageEncoder(64), "audio": mm.layers.AudioEncoder(64)}
for s in lesson.progress(lesson.seeds, "encoders"):
    raw[s] = mm.load("digits", seed=s)
    experts[s], features[s], frozen[s] = mm.training.features_alone(raw[s], patterns, seed=s, epochs=8)
alone = lesson.over_seeds(lambda s: {m: accuracy(experts[s][m], raw[s].with_only(m)).value for m in names})
alone

# %% [markdown]
# ## Build: what stands for nothing
# The fusion is lesson 07's: a weighted sum, bent by a ReLU (what is negative becomes zero). What reaches it from an
# absent modality $m$, whose bit $p_m$ is 0? Either a constant $c_m$ in place of its features,
# $$ x_m' = p_m\, x_m + (1 - p_m)\, c_m , $$
# or nothing: it is **masked**, left out of the sum, and the weights of those that are there grow to sum to one,
# $$ z = \operatorname{ReLU}\Big(\sum_m \frac{p_m \alpha_m}{\sum_k p_k \alpha_k}\, P_m x_m + b\Big) . $$
# Three constants are in use. **Zeros in the file**: $c_m$ is what the encoder makes of a black picture, of silence.
# **The mean** of the features in train. A **learned token**: $c_m$ is a weight like others. (Look which one you run. A
# reader of one published model [asks](https://github.com/aaronhan223/FuseMoE/issues/4) where its code has the learned
# embedding that the paper tells of, as it seems to put zeros. The question was open when we looked.)


# %%
class Instead(layers.Layer):
    """A constant in place of the features of an absent modality, then a fusion that hears nothing of it."""

    def __init__(self, fusion, constants, learned=False):
        super().__init__()
        self.fusion, self.constants, self.learned = fusion, constants, learned

    def build(self, shapes):
        start = keras.initializers.Constant
        self.c = [self.add_weight(shape=c.shape, initializer=start(c), trainable=self.learned) for c in self.constants]

    def call(self, xs, present=None):
        if present is not None:
            xs = [ops.where(present[:, m : m + 1], x, self.c[m]) for m, x in enumerate(xs)]
        return self.fusion(xs)

    def get_config(self):
        return {"learned": self.learned}


# %%
constants = {("token", s): [np.zeros(64)] * 2 for s in lesson.seeds}  # a token begins at zero
for s in lesson.seeds:
    nothing = {name: np.zeros_like(x[:1]) for name, x in raw[s].train.x.items()}
    constants["zeros", s] = [np.asarray(frozen[s][name](x))[0] for name, x in nothing.items()]
    constants["mean", s] = [x.mean(axis=0) for x in features[s].train.x.values()]


def network(s, way="mask", rate=0.0, encoders=None):
    """A model of features (or with `encoders`); `way` stands for what is absent, `rate` is that of gaps in training."""
    fusion = mm.layers.NonlinearFusion(64)
    if way != "mask":
        fusion = Instead(fusion, constants[way, s], learned=way == "token")
    dropout = mm.layers.ModalityDropout(rate) if rate else None
    encoders = encoders or {name: layers.Identity() for name in names}
    return mm.FeatureFusion(encoders, fusion, layers.Dense(10), allow_missing=True, modality_dropout=dropout)


drawn = network(first, encoders=frozen[first])
drawn({name: samples[:2] for name, samples in raw[first].test.x.items()})
mm.plots.diagram(drawn, "Two frozen encoders, and a fusion that is told what is there")

# %% [markdown]
# ## Check
# *Masked* must mean: as if the other modality were all there is. By hand, for samples of which only the sound is there,
# its weight is one, so $z = \operatorname{ReLU}(P_2 x_2 + b)$. How far from that is the layer of the package, whatever
# stands in the place of the picture?

# %%
sound, layer = features[first].test.x["audio"], mm.layers.NonlinearFusion(64)
only_sound = np.tile([False, True], (len(sound), 1))
masked = layer([np.full_like(sound, 1e6), sound], present=only_sound)
by_hand = np.maximum(sound @ np.asarray(layer.projections[1]) + np.asarray(layer.bias), 0)
difference = float(np.max(np.abs(masked - by_hand)))
difference

# %% [markdown]
# ## Measure
# ### A model that has never met a gap
# We train on full data, once, and ask that one model in four ways. (A token that is never shown is never learned: it
# stays at zero.) `availability` asks with every set of modalities there. Its *area* is the mean accuracy over all rates
# of missing from 0 to 1, each modality lost by itself, by a coin (from nothing, the answer is the commonest class).

# %%
ways = {"zeros": "zeros in the file", "mean": "the mean", "token": "a token", "mask": "masked"}


def train(s, way="mask", rate=0.0, data=None):
    how = {"epochs": 15, "batch_size": 128, "learning_rate": 5e-3}
    return mm.training.train(lambda: network(s, way, rate), data or features[s], seed=s, **how)


def asked(model, s, way):
    """A trained model, of which the fusion is given something else for what is absent."""
    fusion = model.fusion if way == "mask" else Instead(model.fusion, constants[way, s])
    return mm.FeatureFusion({name: layers.Identity() for name in names}, fusion, model.head, allow_missing=True)


def ask(models):
    """(name, what is there, or "area") -> Scores, from {name: {seed: model}}."""

    def of_seed(s):
        found = {name: availability(each[s], features[s]) for name, each in models.items()}
        areas = {(name, "area"): one.area for name, one in found.items()}
        return areas | {(name, " + ".join(t)): x.value for name, one in found.items() for t, x in one.scores.items()}

    return lesson.over_seeds(of_seed)


# %%
full = {s: train(s) for s in lesson.seeds}
never = ask({way: {s: asked(full[s], s, way) for s in lesson.seeds} for way in ways})
columns = ("image", "audio", "image + audio", "area")
rows = [[told, *(f"{never[way, what].mean:.3f}" for what in columns)] for way, told in ways.items()]
rows += [["a model of its own", *(f"{alone[m].mean:.3f}" for m in names), "", ""]]
lesson.table(["trained on full data", "image only", "audio only", "both", "area"], rows)

# %% [markdown]
# All four fall below a model that has this one modality only. The head learned to read the sum of two; half of it is
# now a stranger. None of these constants is right, nor is the mask: to be told helps nobody who never learned what that
# means.
#
# ### A model that has met gaps
# Now we make gaps in training: `ModalityDropout` drops each modality of each sample with probability one quarter, anew
# at every step, but never all that a sample has. In the place of what is dropped stands each of the four, in turn.

# %%
rate = 0.25
met = {way: {s: train(s, way, rate) for s in lesson.seeds} for way in ways}
gaps = ask(met)
rows = [[told, *(f"{gaps[way, what].mean:.3f}" for what in columns)] for way, told in ways.items()]
lesson.table(["trained with gaps", "image only", "audio only", "both", "area"], rows)

# %% [markdown]
# In three ways one modality is now worth nearly what a model of its own makes of it. A network that has met gaps has
# learned what stands for them, even zeros that nobody explains. What counts is less the mark than a training in which
# it had a meaning. The mean is a little behind, perhaps as it lies amid true samples. (Where a black picture may also
# be a true one, no training can tell zeros from it; a mask is always told apart.)
#
# ### What do gaps cost when nothing is missing?
# Each sample with a gap is one less to learn the pair from. We try higher rates, up to 1, where each sample keeps just
# one modality and the model never meets a pair:

# %%
rates = (0.0, rate, 0.75, 1.0)
by_rate = ask({r: {s: train(s, "mask", r) for s in lesson.seeds} for r in rates[2:]})
by_rate |= {(r, what): found["mask", what] for r, found in ((0.0, never), (rate, gaps)) for what in columns}
lines = {what: [by_rate[r, what] for r in rates] for what in columns[:3]}
price = {r: by_rate[0.0, "image + audio"] - by_rate[r, "image + audio"] for r in rates[1:]}
mm.plots.curves("Accuracy by the rate of gaps in training", rates, lines, "rate of gaps made in training")

# %% [markdown]
# A quarter is cheap here. Where no pair is met, the pair is known less well on average, and how much so differs from
# seed to seed, too much for a claim. On another set, find the rate on val.
#
# ### Noisy, or absent?
# A sound in loud noise is there. Should it be kept? `with_noise` adds white noise at a *signal-to-noise ratio* (SNR) in
# decibels: at 0 dB the noise has as much power as the clip, at −10 dB ten times as much. (The clips have noise already;
# this comes on top.) The model has met gaps, and can be told "absent", but not "noisy". Beside it: one trained
# on full data, and one whose training clips had noise, each at one of these ratios or none, by lot.

# %%
snrs, heard = (-20, -10, 0, 10), {}
for snr, s in lesson.progress([(snr, s) for snr in snrs for s in lesson.seeds], "noise"):
    encode = {name: lambda x, part=part: np.asarray(part(x)) for name, part in frozen[s].items()}
    heard[snr, s] = raw[s].with_noise("audio", snr, s).map(encode, progress=False)


def with_noises(s):
    """The set with each training clip at one of the ratios, or as it is."""
    part, rng = features[s].train, np.random.default_rng(s)
    sounds = np.stack([part.x["audio"], *(heard[snr, s].train.x["audio"] for snr in snrs)])
    sounds = sounds[rng.integers(len(sounds), size=len(part)), np.arange(len(part))]
    return replace(features[s], train=replace(part, x={**part.x, "audio": sounds}))


# %%
hardened = {s: train(s, data=with_noises(s)) for s in lesson.seeds}
hearers = {"kept": met["mask"], "kept (full data)": full, "kept (met noise)": hardened}
noisy = lesson.over_seeds(
    lambda s: {(how, snr): accuracy(m[s], heard[snr, s]).value for how, m in hearers.items() for snr in snrs}
)
without = gaps["mask", "image"]
lines = {how: [noisy[how, snr] for snr in snrs] for how in hearers} | {"left out": [without] * len(snrs)}
worse = [snr for snr in snrs if noisy["kept", snr].mean < without.mean]
title = f"At {max(worse)} dB and below the sound is better left out" if worse else "The sound is better kept"
mm.plots.curves(title, snrs, lines, "SNR of the added noise (dB)")

# %% [markdown]
# In loud noise the encoder still gives 64 numbers, and they mislead: worse than no sound. Having met *gaps* does not
# keep it from that. Having met *the same noise* does: keeping the sound then costs little where it is worthless (that
# model met no gaps, and few clips without added noise). For a model that has not met noise: leave out what is too loud,
# if you can measure it. From where on is a choice, made on val (here read off test, to show it).
#
# ## Break: why is it missing?
# So far a coin decided. Since Rubin (1976) three kinds of gaps are told apart. *Missing completely at random*: a coin.
# *At random*: it depends on what we do see, as when sounds are lost beside faint pictures. *Not at random*: it depends
# on what we do not see. The label is such a thing. Say the digits 0 to 4 were recorded with a bad cable:


# %%
def lose(split, chances, seed):
    """The split with sounds lost, at a chance for each digit."""
    lost = np.random.default_rng([seed, len(split)]).random(len(split)) < np.array(chances)[split.y]
    present = np.stack([np.ones_like(lost), ~lost], axis=1)
    return replace(split, x={**split.x, "audio": split.x["audio"] * present[:, 1:]}, present=present)


rules = {"0 to 4 lost": [0.7] * 5 + [0.1] * 5, "a coin": [0.4] * 10, "5 to 9 lost": [0.1] * 5 + [0.7] * 5}
tries = [(rule, s) for rule in rules for s in lesson.seeds]
worlds = {(r, s): features[s].map_splits(partial(lose, chances=rules[r], seed=s)) for r, s in tries}
presence_only(worlds["0 to 4 lost", first])

# %% [markdown]
# `presence_only` looks at the bits alone: for each pattern of bits it answers the commonest label of train. It beats
# the majority class without a look at a picture or a sound; with gaps by a coin only luck could do so. (`report` may
# warn of it as MM009.) A remedy, if the reason may change: hide *more*, until all digits lack the same share. Of digit
# $y$ a share $g_y$ is lost; of what is left, lose $(g_{\max} - g_y) / (1 - g_y)$.


# %%
def hide_evenly(split, seed):
    """The split with more sounds hidden, until each digit lacks the same share."""
    lost = np.array([1 - split.present[split.y == digit, 1].mean() for digit in range(10)])
    more = (lost.max() - lost) / (1 - lost)
    hidden = np.random.default_rng([seed, 1, len(split)]).random(len(split)) < more[split.y]
    return replace(split, present=split.present & np.stack([np.ones_like(hidden), ~hidden], axis=1))


lost, evened = "0 to 4 lost", "0 to 4 lost, evened"
worlds |= {(evened, s): worlds[lost, s].map_splits(partial(hide_evenly, seed=s)) for s in lesson.seeds}
bits = lesson.over_seeds(lambda s: {rule: presence_only(worlds[rule, s]).gain.difference for rule in (*rules, evened)})
lesson.table(["gaps", "bits alone, above majority"], [[rule, f"{each.mean:+.3f}"] for rule, each in bits.items()])

# %% [markdown]
# Two models with masks learn where 0 to 4 are lost: one with the gaps as they came, one with evened gaps (and so fewer
# sounds). We test them under this rule, under a coin, and under the opposite rule, each with four of ten sounds lost.

# %%
learned = {"gaps as they came": lost, "evened gaps": evened}
teams = {team: {s: train(s, data=worlds[rule, s]) for s in lesson.seeds} for team, rule in learned.items()}
tested = lesson.over_seeds(
    lambda s: {(rule, team): accuracy(m[s], worlds[rule, s]).value for rule in rules for team, m in teams.items()}
)
panels = {rule: {team: tested[rule, team] for team in teams} for rule in rules}
title, unknown = "Who uses the gaps leads under their reason, not its opposite", dict.fromkeys(teams)
mm.plots.against_ceilings(title, panels, dict.fromkeys(rules, unknown), dict.fromkeys(rules, data.baseline()))


# %%
def names_low(model, test):
    """How often the model answers 0 to 4 where the sound is lost."""
    return np.mean(model.predict(test.batch(), verbose=0)[~test.present[:, 1]].argmax(axis=1) < 5)


low = lesson.over_seeds(lambda s: {t: names_low(m[s], worlds["5 to 9 lost", s].test) for t, m in teams.items()})
lesson.table(["5 to 9 lost: without a sound", "answers 0 to 4"], [[t, f"{each.mean:.3f}"] for t, each in low.items()])

# %% [markdown]
# About one in eight of these is a 0 to 4. The first model has learned "no sound, so probably 0 to 4", though the bits
# were no input of its own: a mask hides what a modality says, not *that* it is gone. A test from the same source
# praises it. Only the question *why is it missing, and will that be so where I use it?* tells which of the two is
# safe. If the reason stays, its bits are honest evidence, and the evened model gives them away, and sounds as well.
#
# ## What we saw

# %%
whole, coped = lesson.method("full", "fused, full data"), lesson.method("gaps", "fused, gaps met")
for method in (image, audio):
    lesson.record(method, alone[method.key], experts[first][method.key], raw[first].with_only(method.key))
lesson.record(whole, never["mask", "image + audio"], full[first], features[first])
lesson.record(coped, gaps["mask", "image + audio"], met["mask"][first], features[first])
own = (alone["image"] + alone["audio"]) / 2
one_left, one_left_met = ({way: (f[way, "image"] + f[way, "audio"]) / 2 for way in ways} for f in (never, gaps))
a, b = ({rule: f"{tested[rule, team].mean:.3f}" for rule in rules} for team in teams)
lesson.findings(
    f"One modality left: {own.mean:.3f} by models of their own, {one_left['mask'].mean:.3f} trained on full data "
    f"(zeros: {one_left['zeros'].mean:.3f}), **{one_left_met['mask'].mean:.3f}** if gaps were met.",
    f"Nothing missing: gaps at a quarter cost {price[rate].mean:.3f}, at one **{price[1.0].mean:.3f}**.",
    f"At {snrs[0]} dB: {noisy['kept', snrs[0]].mean:.3f} with the sound, **{without.mean:.3f}** without it.",
    f"Bits alone are {bits[lost].mean:.3f} above the majority class. Who learned them: {a[lost]}, and "
    f"**{a['5 to 9 lost']}** under the opposite. Evened: {b[lost]}, {b['5 to 9 lost']}.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("masked is as if the other were all there is", difference, below=1e-4)
for way, told_as in ways.items():
    lesson.claim(f"full data, {told_as}: below a model of the one modality", one_left[way] - own, below=-0.02)
    lesson.claim(f"{told_as}: gaps met help", one_left_met[way] - one_left[way], above=0.0)
    if way != "mean":
        lesson.claim(f"gaps met, {told_as}: near a model of its own", one_left_met[way] - own, above=-0.06)
lesson.claim("the mean is behind the mask", gaps["mask", "area"] - gaps["mean", "area"], above=0.0)
lesson.claim("gaps at a quarter are cheap", price[rate], below=0.05)
for snr in snrs:
    gain = without - noisy["kept", snr] if snr < -5 else noisy["kept", snr] - without
    lesson.claim(f"at {snr} dB the sound is better " + ("left out" if snr < -5 else "kept"), gain, above=0.0)
loud = noisy["kept (met noise)", -20]
lesson.claim("who has met noise loses little by keeping it", loud - without, above=-0.05)
lesson.claim("bits alone beat the majority class", bits[lost], above=0.03)
for rule in ("a coin", evened):
    lesson.claim(f"{rule}: bits alone do not", bits[rule], below=0.03)
same, other = ({team: tested[rule, team] for team in teams} for rule in (lost, "5 to 9 lost"))
leaky, even = teams
lesson.claim("who uses the gaps leads while the reason holds", same[leaky] - same[even], above=0.0)
lesson.claim("and falls behind by the opposite rule", other[leaky] - other[even], below=-0.05)
lesson.claim("evened, the reason hardly matters", same[even] - other[even], within=(-0.06, 0.06))
lesson.claim("it answers what used to be lost", low[leaky], above=0.5)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Gaps made in training, and bits that tell of them, in plain Keras. (Where gaps are real, `there` is your own table.)

# %% tags=["own"]
import keras
import numpy as np

rng, y = np.random.default_rng(0), np.arange(1200) % 3
image, sound = (np.eye(3)[y] @ rng.normal(size=(3, 8)) + rng.normal(size=(1200, 8)) for m in range(2))
inputs = [keras.Input((8,)), keras.Input((8,)), keras.Input((2,))]
hidden = keras.layers.Dense(32, activation="relu")(keras.layers.Concatenate()(inputs))
model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(hidden))
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
for _ in range(10):
    there = np.eye(3)[rng.integers(3, size=800)] @ [[1, 1], [1, 0], [0, 1]]  # both, the first, the second
    model.fit([image[:800] * there[:, :1], sound[:800] * there[:, 1:], there], y[:800], verbose=0)
no_sound = [image[800:], 0 * sound[800:], np.tile([1.0, 0.0], (400, 1))]
model.evaluate(no_sound, y[800:], verbose=0)[1]  # accuracy from the image alone

# %% [markdown]
# ## Exercises
# ### Exercise 1 · Build a leak (15 minutes)
# `y` (N,) holds zeros and ones, about equally often. Write `leak(y, rng)`, the bits (N,) of one modality: True where it
# is there, by draws from `rng.random`. Four samples of ten shall lack it, and the bit alone be right on eight of ten.


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
# - M. Ma et al., *Are multimodal transformers robust to missing modality?*, 2022: no, and no one fusion helps all.
# - N. Neverova et al., *ModDrop: adaptive multi-modal gesture recognition*, 2015: whole modalities dropped in training.
# - D. Rubin, *Inference and missing data*, 1976: when the reason may be ignored. (The book is by Little and Rubin.)
