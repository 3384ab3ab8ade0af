# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 25 · Private data: who was in the training set?
#
# After this lesson you can measure whether a model gives away who trained it, and train one that may not.
#
# **You will learn** to
# - *attack* a model in two ways, and *judge* an attack by what it finds at few false alarms, with an interval,
# - *build* the step of private training: clip each sample's gradient, add noise, draw batches by lot,
# - *count* what many such steps give away, ε, in six lines, and *weigh* it against accuracy,
# - *see through* two figures that lie: an attack that needs no model, and an ε for batches that nobody drew by lot.
#
# **Before you start**: [03](03_audio.ipynb) on log-mel, [06](06_linear_fusion.ipynb) on concatenation.
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("25")

from dataclasses import replace
from functools import partial

import keras
import numpy as np
from keras import layers
from scipy.special import comb, logsumexp, softmax
from scipy.stats import norm
from sklearn.svm import SVC

from mmcourse.evaluation import likelihood_ratio, loss_attack, membership
from mmcourse.training import epsilon, train_private

lesson

# %% [markdown]
# ## See: people
# In `digits` (lesson 00) real people write and speak. Was *your* recording used for a model? With digits, who cares; if
# the model tells a disease from a voice, the answer names a patient.

# %%
first, both = lesson.seeds[0], ("image", "audio")
raw = {s: mm.load("digits", seed=s) for s in lesson.seeds}
raw[first].show(4)

# %% [markdown]
# The model shall be small enough to see through: 64 pixels and 128 log-mel numbers (16 bands at 8 times) side by side,
# and a softmax regression, that is one dense layer whose scores softmax turns into probabilities. Mean and scale of the
# features come from val, other people: what is computed from the members must go through the private training, or it is
# not protected.


# %%
def prepared(raw):
    """Pixels and log-mel numbers in rows, scaled by what val has."""
    mel = mm.layers.LogMel(bands=16, stride=640)
    rows = {"image": lambda x: x.reshape(len(x), -1), "audio": lambda x: np.asarray(mel(x)).reshape(len(x), -1)}
    data = raw.map(rows, progress=False)
    return data.map({name: partial(scaled, like=x) for name, x in data.val.x.items()}, progress=False)


def scaled(x, like):
    return (x - like.mean(axis=0)) / like.std()


sets = {s: prepared(raw[s]) for s in lesson.seeds}


def regression(names=both):
    """A softmax regression of the modalities side by side, from weights of zero."""
    return mm.FeatureFusion(
        {name: layers.Identity() for name in names},
        mm.layers.ConcatFusion(),
        layers.Dense(10, kernel_initializer="zeros"),
    )


model = mm.training.train(regression, sets[first], seed=0, epochs=1)
mm.plots.diagram(model, "One dense layer reads both modalities")

# %% [markdown]
# From the 1029 samples of train we draw 512 **members**, on which a model is trained; the rest are **others**, of the
# same writers and voices, by the same draw. We draw 33 times: row 0 of `lots` is for the model under attack.

# %%
members = 512
lots = {
    s: np.array([np.random.default_rng([s, i]).permutation(len(sets[s].train)) < members for i in range(33)])
    for s in lesson.seeds
}


def side_by_side(part, names=both, known=both):
    """The features in one array (N, D) with a last column of ones, for the offset; what is not `known` is 0."""
    columns = [part.x[name] * (name in known) for name in names]
    return np.concatenate([*columns, np.ones((len(part), 1))], axis=1)


x, y, member = side_by_side(sets[first].train), sets[first].train.y, lots[first][0]
x.shape, int(member.sum())

# %% [markdown]
# ## Build: a step that hides each sample
# A step of training adds up the gradients of a batch. To hide a sample, first bound what it can add: shorten its
# gradient $g_i$ to a length of at most $C$ (**clip**). Then add normal noise that drowns that length, $\sigma$ times $C$:
# $$ \frac{1}{q N}\Big(\sum_i g_i \min\Big(1, \frac{C}{\lVert g_i \rVert}\Big) + \mathcal{N}(0, \sigma^2 C^2)\Big) . $$
# Each sample is in the batch with probability $q$, drawn on its own (**Poisson sampling**); so batches differ in size, and
# one divides by the *expected* size $qN$, as the true one would tell of a sample. This is DP-SGD (Abadi et al., 2016).
#
# The length of *each* gradient sounds dear. For a dense layer it is not: with input $a_i$ and $\delta_i$ = probabilities
# minus the one-hot label, the gradient is the outer product $a_i \delta_i^\top$, and $\lVert g_i \rVert^2 = \lVert \delta_i
# \rVert^2 (\lVert a_i \rVert^2 + 1)$, where the 1 is the offset (here a column of `x`).


# %%
def deltas(weights, x, y):
    """δ of each sample, (B, 10)."""
    return softmax(x @ weights, axis=1) - np.eye(10)[y]


def lengths(x, delta):
    """The length of each sample's gradient, (B,)."""
    return np.sqrt((delta**2).sum(axis=1) * (x**2).sum(axis=1))


start = np.random.default_rng(0).normal(0, 0.1, (x.shape[1], 10))
delta_of_each = deltas(start, x, y)
one_by_one = [np.linalg.norm(np.outer(a, d)) for a, d in zip(x, delta_of_each, strict=True)]
length_off = np.abs(lengths(x, delta_of_each) - one_by_one).max()
length_off

# %% [markdown]
# Now the step, and a training by Adam, which moves weights by the mean of past gradients over their size. It sees only
# what is noisy already, so it can tell no more.


# %%
def noisy_gradient(weights, x, y, noise, clip, size, rng):
    """Clip each gradient, add up, add noise, divide by the expected size."""
    delta = deltas(weights, x, y)
    delta /= np.maximum(1, lengths(x, delta) / clip)[:, None]  # times min(1, C / ‖g‖)
    return (x.T @ delta + noise * clip * rng.normal(size=weights.shape)) / size


def train(x, y, learning_rate, draw, noise=0.0, clip=1e9, q=1 / 8, steps=480):
    """The weights (D, 10) of a softmax regression; with the defaults nothing is clipped and there is no noise."""
    rng, weights, mean, square = np.random.default_rng(draw), np.zeros((x.shape[1], 10)), 0, 0
    for step in range(1, steps + 1):
        drawn = rng.random(len(y)) < q
        gradient = noisy_gradient(weights, x[drawn], y[drawn], noise, clip, q * len(y), rng)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        pace = learning_rate * (1 + np.cos(np.pi * (step - 1) / steps)) / 2  # falls to 0 along a cosine
        pace *= np.sqrt(1 - 0.999**step) / (1 - 0.9**step)  # both means begin at 0
        weights -= pace * mean / (np.sqrt(square) + 1e-7)
    return weights


# %% [markdown]
# ## Check
# The package's `train_private` does this for networks of any layers (in a second where we take a blink, so we go on
# with ours). With everybody in every batch and no noise, both must arrive at the same weights:

# %%
chosen = replace(sets[first], train=sets[first].train.take(np.flatnonzero(member)))
whole = {"seed": 0, "epochs": 20, "batch_size": members, "learning_rate": 0.01}  # an epoch is one step of everybody
theirs = train_private(regression, chosen, noise=0, clip=1.0, **whole).model
ours = train(x[member], y[member], 0.01, 0, clip=1.0, q=1, steps=20)
weights_off = np.abs(np.vstack(theirs.head.get_weights()) - ours).max()
weights_off

# %% [markdown]
# ## Build: what a promise is worth
# What does noise promise? Take two training sets that differ in one sample. Whatever can be seen of the model has, with
# that sample, at most $e^\varepsilon$ times the probability that it has without, but for a rest of $\delta$. That is
# $(\varepsilon, \delta)$-**differential privacy**, for every sample and against every attack: one that takes others for
# members at a rate $f$ finds a share of at most $e^\varepsilon f + \delta$ of the members. A small $\varepsilon$ is a
# promise; an $\varepsilon$ of 20, a factor of half a billion, is none.
#
# To count over many steps one uses the *Rényi divergence*, a distance between what is seen with and without a sample. It
# has an order $\alpha$, here whole, and simply adds up over steps. One step costs (Mironov et al., 2019)
# $$ R(\alpha) = \frac{1}{\alpha - 1} \log \sum_{k=0}^{\alpha} \binom{\alpha}{k} (1-q)^{\alpha-k} q^k e^{(k^2-k)/2\sigma^2} ,
# \quad \varepsilon = \min_\alpha \Big( \text{steps} \cdot R(\alpha) + \log\frac{\alpha-1}{\alpha} -
# \frac{\log(\delta\alpha)}{\alpha-1} \Big) . $$


# %%
def epsilon_by_hand(noise, q, steps, delta):
    """The best of the orders from 2 to 32."""
    found = []
    for order in range(2, 33):
        k = np.arange(order + 1)
        terms = comb(order, k) * (1 - q) ** (order - k) * q**k * np.exp((k**2 - k) / 2 / noise**2)
        spent = steps * np.log(terms.sum()) / (order - 1)
        found.append(spent + np.log((order - 1) / order) - np.log(delta * order) / (order - 1))
    return min(found)


q, steps, delta = 1 / 8, 480, 1e-4
promise = {noise: epsilon_by_hand(noise, q, steps, delta) for noise in (1.0, 4.0)}
epsilon_off = max(abs(eps - epsilon(noise, q, steps, delta)) for noise, eps in promise.items())
promise, epsilon_off

# %% [markdown]
# These are upper bounds by orders that are whole numbers. `dp-accounting`, Google's library, tries fractions too; for
# the two noises of this lesson it agrees to the second digit, for little noise it can come lower. $\delta$ is to lie
# well below one over the number of members.
#
# ## Measure: does a model leak?
# Learning rates are chosen on val, for each way of training. (Strictly, for private training the trials cost as well: the
# four together are four times as many steps. $\varepsilon$ here counts the one that is kept.) Every way of training makes
# 33 models, the target and 32 **shadow models** on other draws. An attacker can train those, too.

# %%
rates = (1e-3, 3e-3, 1e-2, 3e-2)


def right(weights, part, names=both):
    return np.mean((side_by_side(part, names) @ weights).argmax(axis=1) == part.y)


def team(seed, names=both, draws=None, **how):
    """A model for each row of `draws` (or `lots`), all trained in one way: (models, D, 10)."""
    data, draws = sets[seed], lots[seed] if draws is None else draws
    x, y = side_by_side(data.train, names), data.train.y

    def learn(i, rate):
        return train(x[draws[i]], y[draws[i]], rate, [seed, i], **how)

    best = max(rates, key=lambda rate: sum(right(learn(i, rate), data.val, names) for i in range(3)))
    return np.array([learn(i, best) for i in range(len(draws))])


ways = {
    "plain": {},
    "clipped only": {"clip": 1.0},
    "noise 1": {"clip": 1.0, "noise": 1.0},
    "noise 4": {"clip": 1.0, "noise": 4.0},
    "stopped early": {"steps": 16},  # two passes over the members, no noise
}
teams = {(way, s): team(s, **ways[way]) for way, s in lesson.progress([(w, s) for w in ways for s in lesson.seeds])}

# %% [markdown]
# The simplest attack: on what a model is *sure* of the right label, it was trained (Yeom et al., 2018). The score is
# $\log p/(1-p)$ of that label's probability $p$; it orders samples as the loss does. Two figures judge an attack. The
# **area** under its curve (AUC): how often a member scores higher than another, one half for chance. And the share of
# **members found at 1% false alarms**: take the threshold that 1% of the others pass.


# %%
def surety(weights, x, y):
    """log p / (1 - p) of the label, (N,): its score against all other scores together."""
    scores, label = x @ weights, np.eye(10, dtype=bool)[y]
    return scores[label] - logsumexp(scores[~label].reshape(len(y), 9), axis=1)


target = teams["plain", first][0]
sure = surety(target, x, y)
area = np.mean(sure[member][:, None] > sure[~member])
threshold = np.sort(sure[~member])[::-1][int(0.01 * (~member).sum())]
found = np.mean(sure[member] > threshold)
model.head.set_weights([target[:-1], target[-1]])
package = loss_attack(model, chosen.train, sets[first].train.take(np.flatnonzero(~member)))
attack_off = max(abs(package.auc - area), abs(package.found.value - found))
package

# %% [markdown]
# By hand and by the package it is the same. Far more than chance in area, yet at few false alarms it finds next to
# nobody. Case closed? No: this attack takes what is *easy* for what was *seen*. A clear 0 is easy for every model.
#
# So compare each sample with itself (Carlini et al., 2022). Half of the shadow models have seen it, half have not: two
# normal distributions of its surety, with means of its own (and variances over all samples, as 16 models cannot tell one
# each). Is what the target says more as if seen, or as if not? The **likelihood ratio** is the score:


# %%
def ratio_by_hand(said, shadows, inside):
    """log N(said; seen) - log N(said; not seen) of each sample: said (N,), shadows and inside (S, N)."""
    logs = []
    for rows in (inside, ~inside):
        mean = np.where(rows, shadows, 0).sum(axis=0) / rows.sum(axis=0)
        variance = ((shadows - mean) ** 2)[rows].sum() / (rows.sum() - len(said))
        logs.append(norm.logpdf(said, mean, np.sqrt(variance)))
    return logs[0] - logs[1]


shadows, inside = np.array([surety(weights, x, y) for weights in teams["plain", first][1:]]), lots[first][1:]
ratio = ratio_by_hand(sure, shadows, inside)
ratio_off = np.abs(ratio - likelihood_ratio(sure, shadows, inside)).max()
before = {"loss": package, "likelihood ratio": membership(ratio[member], ratio[~member])}
mm.plots.membership("Two attacks on one model: few false alarms tell them apart", before)

# %% [markdown]
# ## Measure: what privacy costs
# Now all ways of training. Any of the 33 may be the target, the others its shadows: each takes its turn, and we average
# (accuracy is on test, new writers and voices). *Stopped early* trains for two passes over the members, not sixty: the
# usual cure for overfitting. The gap is accuracy on members less that on others. *At most* is $e^\varepsilon f + \delta$.


# %%
def attacked(models, seed, names=both, known=both):
    """What both attacks find, averaged over the turns of 33 targets."""
    x, y, draws = side_by_side(sets[seed].train, names, known), sets[seed].train.y, lots[seed]
    said, found = np.array([surety(weights, x, y) for weights in models]), []
    for i, seen in enumerate(draws):
        ratio = likelihood_ratio(said[i], np.delete(said, i, 0), np.delete(draws, i, 0))
        found.append([f(s[seen], s[~seen]) for s in (said[i], ratio) for f in (area_of, found_of)])
    return dict(zip(("loss area", "loss found", "area", "found"), np.mean(found, axis=0), strict=True))


def area_of(members, others):
    return membership(members, others).auc


def found_of(members, others):
    return membership(members, others).found.value


def judged(way, seed):
    """Accuracy on test, the gap, and what the attacks find."""
    models, part = teams[way, seed], sets[seed].train
    hits = np.argmax(side_by_side(part) @ models, axis=2) == part.y  # (33, N)
    gap = np.mean(hits[lots[seed]]) - np.mean(hits[~lots[seed]])
    return {"accuracy": np.mean([right(w, sets[seed].test) for w in models]), "gap": gap, **attacked(models, seed)}


told = {way: lesson.over_seeds(partial(judged, way), way) for way in ways}
most = {way: min(1, np.exp(promise[how["noise"]]) * 0.01 + delta) if "noise" in how else 1 for way, how in ways.items()}
columns = {
    "accuracy": "accuracy",
    "gap": "gap",
    "loss area": "loss, area",
    "area": "ratio, area",
    "found": "ratio, found at 1%",
}
rows = [[way, *(f"{each[c].mean:.3f}" for c in columns), f"{most[way]:.3f}"] for way, each in told.items()]
lesson.table(["training", *columns.values(), "at most"], rows)

# %% [markdown]
# Clipping alone hides nobody. Noise of 1 is worth no promise, but *this* attack finds far fewer, for some points of
# accuracy. Noise of 4 keeps a promise; the attack is near chance, and so much accuracy is gone that nobody would use the
# model. What an attack finds is a *lower* bound on the leak (a better one may come), $\varepsilon$ an *upper* one. Stopping
# early is less accurate than noise 1 and leaks more.

# %%
after = {}
for way in ("plain", "noise 1", "noise 4"):
    said, seen = np.array([surety(weights, x, y) for weights in teams[way, first]]), lots[first][0]
    score = likelihood_ratio(said[0], said[1:], lots[first][1:])
    after[way] = membership(score[seen], score[~seen])
rows = [[way, f"{m.found.value:.3f}", f"{m.found.low:.3f} to {m.found.high:.3f}"] for way, m in after.items()]
lesson.table([f"one target (seed {first})", "found at 1%", "95% interval"], rows)

# %% [markdown]
# The interval of one target is wide: 1% of the others are five people. So report it, and let many targets take turns.
# ## Measure: which modality leaks?
# We train on one modality alone; and we ask the model of both as someone who has *only the voice* (or the picture) of a
# sample, with the mean in place of the rest.

# %%
alone = {(name, s): team(s, (name,)) for name, s in lesson.progress([(n, s) for n in both for s in lesson.seeds])}


def by_modality(seed):
    found = {f"{name} alone": attacked(alone[name, seed], seed, (name,)) for name in both}
    found |= {f"both, asked with {name} only": attacked(teams["plain", seed], seed, both, (name,)) for name in both}
    return {(name, what): each[what] for name, each in found.items() for what in ("area", "found")}


leak = lesson.over_seeds(by_modality, "modalities")
leak |= {("both", what): told["plain"][what] for what in ("area", "found")}
rows = [
    [name, *(f"{leak[name, what].mean:.3f}" for what in ("area", "found"))]
    for name in dict.fromkeys(n for n, _ in leak)
]
lesson.table(["trained on", "ratio, area", "ratio, found at 1%"], rows)

# %% [markdown]
# Together they leak far more than either: a pair is more peculiar than its halves (and the model has more weights to
# keep it in; which of the two does it, this table cannot tell). And half a sample is enough to be found.
# ## Measure: few samples make it dear
# With $q$, $\sigma$ and the number of steps as they are, $\varepsilon$ is the same for any number of members $N$. But the
# noise is divided by $qN$:


# %%
sizes = (128, 256, 512, 1024)


def by_size(seed):
    n, found = len(sets[seed].train), {}
    for size in sizes:
        draws = np.array([np.random.default_rng([seed, i]).permutation(n) < size for i in range(3)])
        for way in ("plain", "noise 4"):
            models = team(seed, draws=draws, **ways[way])
            found[way, size] = np.mean([right(weights, sets[seed].test) for weights in models])
    return found


dear = lesson.over_seeds(by_size, "sizes")
lines = {way: [dear[way, size] for size in sizes] for way in ("plain", "noise 4")}
mm.plots.curves(f"Accuracy at ε = {promise[4.0]:.1f} and without a promise", sizes, lines, "members")

# %% [markdown]
# ## Break: an attack that needs no model
# Whoever has no draw of members and others often takes *test* for the others. Here is a **blind** attack: it never asks
# the model, but learns to tell members from others by the sound of clips (mean, maximum and spread over time of 32 mel
# bands, a support vector machine); half of each are for learning, half for the test.


# %%
def sound(part):
    decibels = np.asarray(mm.layers.LogMel(bands=32)(part.x["audio"]))
    found = np.concatenate([decibels.mean(axis=2), decibels.max(axis=2), decibels.std(axis=2)], axis=1)
    return (found - found.mean(axis=0)) / found.std(axis=0)


def blind(seed):
    """The area of the blind attack, with others from test, and with others of the same draw."""
    train, test, seen = raw[seed].train, raw[seed].test, lots[seed][0]
    clips = sound(replace(train, x={"audio": np.concatenate([train.x["audio"], test.x["audio"]])}))
    inside, found = clips[: len(seen)][seen], {}
    for name, others in {"test": clips[len(seen) :], "same draw": clips[: len(seen)][~seen]}.items():
        both, label = np.concatenate([inside[::2], others[::2]]), np.arange(len(inside[::2]) + len(others[::2]))
        machine = SVC(C=10).fit(both, label < len(inside[::2]))
        found[name] = membership(*(machine.decision_function(part[1::2]) for part in (inside, others))).auc
    return found


no_model = lesson.over_seeds(blind, "blind")
lesson.table(["others from", "area of the blind attack"], [[name, f"{a.mean:.3f}"] for name, a in no_model.items()])

# %% [markdown]
# Test has other voices, and the attack tells *voices* apart. Of eight published sets for such attacks on language models,
# all could be won blind, better than by any attack on the model (Das et al., 2024). So others must come by the same
# draw, and a blind attack must find nothing.
#
# ## Break: an ε for batches that nobody drew by lot
# `fit` shuffles, and deals all samples out into batches. Then a sample is in one batch of every epoch *for sure*, and the
# help of the lot is gone from the proof. (Opacus's own examples once
# [dealt](https://github.com/meta-pytorch/opacus/pull/128) and counted lots; Chua et al., 2024, show that the gap can be
# large.) What is easily proved for dealt batches is an $\varepsilon$ for one sure step an epoch:

# %%
dealt = epsilon(4.0, 1.0, 60, delta)
{"drawn by lot": round(promise[4.0], 2), "dealt out": round(dealt, 2)}

# %% [markdown]
# ## What we saw

# %%
keys = {"plain": "fused", "noise 1": "fused, noise 1", "noise 4": "fused, noise 4"}
for way, label in keys.items():
    lesson.record(lesson.method(way.replace(" ", "_"), label), told[way]["accuracy"], model, sets[first])
plain, tame, strict_, early = (told[way] for way in ("plain", "noise 1", "noise 4", "stopped early"))
lesson.findings(
    f"One model, two attacks: {plain['loss found'].mean:.3f} of the members at 1% false alarms by the loss, "
    f"**{plain['found'].mean:.3f}** by the likelihood ratio. The loss's area, {plain['loss area'].mean:.3f}, hid that.",
    f"Clipping alone: {told['clipped only']['found'].mean:.3f}. Noise 1 (ε = {promise[1.0]:.1f}): {tame['found'].mean:.3f}, "
    f"for {(plain['accuracy'] - tame['accuracy']).mean:.3f} of accuracy. Noise 4 (ε = {promise[4.0]:.1f}): "
    f"**{strict_['found'].mean:.3f}**, for {(plain['accuracy'] - strict_['accuracy']).mean:.3f}.",
    f"Stopped early: {early['found'].mean:.3f}, at an accuracy of {early['accuracy'].mean:.3f}.",
    f"Image alone {leak['image alone', 'found'].mean:.3f}, audio alone {leak['audio alone', 'found'].mean:.3f}, both "
    f"**{leak['both', 'found'].mean:.3f}**, both asked with a voice only "
    f"{leak['both, asked with audio only', 'found'].mean:.3f}.",
    f"The price of ε = {promise[4.0]:.1f}: {(dear['plain', 128] - dear['noise 4', 128]).mean:.3f} with 128 members, "
    f"**{(dear['plain', 1024] - dear['noise 4', 1024]).mean:.3f}** with 1024.",
    f"Blind, with others from test: an area of {no_model['test'].mean:.3f}, and nothing had leaked.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("a gradient's length needs no gradient", length_off, below=1e-9)
lesson.claim("the training by hand is that of the package", weights_off, below=2e-3)
lesson.claim("ε by hand is that of the package", epsilon_off, below=1e-6)
lesson.claim("the loss attack by hand is that of the package", attack_off, below=1e-3)
lesson.claim("the likelihood ratio by hand is that of the package", ratio_off, below=1e-6)
lesson.claim("the loss attack has an area far from chance", plain["loss area"], above=0.65)
lesson.claim("and finds next to nobody at few false alarms", plain["loss found"], below=0.04)
lesson.claim("the likelihood ratio finds many", plain["found"], above=0.2)
lesson.claim("clipping alone hides nobody", told["clipped only"]["found"], above=0.2)
lesson.claim("dealt out, far more is given away than by lot", dealt / promise[4.0], above=2)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Private training of one dense layer on two arrays of frozen features. (For a real release take a library that is looked
# after, such as Opacus or JAX Privacy: it also guards the random numbers.)

# %% tags=["own"]
import numpy as np
from scipy.special import softmax

rng, y = np.random.default_rng(0), np.arange(600) % 3
image, sound = (np.eye(3)[y] @ rng.normal(size=(3, 8)) + rng.normal(size=(600, 8)) for _ in range(2))
x, weights, clip, noise, q = np.hstack([image, sound, np.ones((600, 1))]), np.zeros((17, 3)), 1.0, 2.0, 0.1
for step in range(200):  # ε: mmcourse.training.epsilon(2.0, 0.1, 200, 1e-4)
    drawn = rng.random(600) < q
    delta = softmax(x[drawn] @ weights, axis=1) - np.eye(3)[y[drawn]]
    length = np.sqrt((delta**2).sum(axis=1) * (x[drawn] ** 2).sum(axis=1))
    total = x[drawn].T @ (delta / np.maximum(1, length / clip)[:, None])
    weights -= 0.5 * (total + noise * clip * rng.normal(size=weights.shape)) / (q * 600)
np.mean((x @ weights).argmax(axis=1) == y)  # accuracy

# %% [markdown]
# ## Exercises
# ### Exercise 1 · Two layers (10 minutes)
# A network of dense layers: `inputs` and `deltas` are lists, a layer each, of what enters it (B, in) and of its δ
# (B, out). Write `lengths_of(inputs, deltas)`: the length of each sample's whole gradient, offsets included, (B,).


# %% tags=["exercise"]
# stub
def lengths_of(inputs, deltas): ...  # your code here
# solution
def lengths_of(inputs, deltas):
    pairs = zip(inputs, deltas, strict=True)
    return np.sqrt(sum((d**2).sum(axis=1) * ((a**2).sum(axis=1) + 1) for a, d in pairs))


# end
lesson.check(1, lengths_of)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · From the promise to the noise (15 minutes)
# You owe an ε. Write `noise_for(target, q, steps, delta)`: the least noise σ, to 1%, whose `epsilon` is not above it.


# %% tags=["exercise"]
# stub
def noise_for(target, q, steps, delta): ...  # your code here
# solution
def noise_for(target, q, steps, delta):
    little, enough = 0.01, 1000.0
    while enough > 1.005 * little:
        middle = (little * enough) ** 0.5
        if epsilon(middle, q, steps, delta) > target:
            little = middle
        else:
            enough = middle
    return enough


# end
lesson.check(2, noise_for)

# %% [markdown]
# ### Exercise 3 · A whole voice (15 minutes)
# One voice speaks many clips; ε so far speaks of one clip. Write `voice_sum(gradients, voices, clip)` with `gradients`
# (B, D) and `voices` (B,), the number of each sample's voice: the sum (D,) in which no *voice* counts more than `clip`.


# %% tags=["exercise"]
# stub
def voice_sum(gradients, voices, clip): ...  # your code here
# solution
def voice_sum(gradients, voices, clip):
    sums = np.array([gradients[voices == voice].sum(axis=0) for voice in np.unique(voices)])
    return (sums / np.maximum(1, np.linalg.norm(sums, axis=1, keepdims=True) / clip)).sum(axis=0)


# end
lesson.check(3, voice_sum)  # and writers? a sample has a writer and a voice, and a group for each is another promise

# %% [markdown]
# ### Exercise 4 · Frozen features from public people (25 minutes)
# Noise falls on every weight, so fewer weights may help. `public` (M, D) are samples of people who need no protection,
# `private` (N, D) those of members. Write `narrow(public, private, width)`, (N, width): the private samples along the
# `width` directions in which public ones vary most (principal components). Then try it on this lesson's noise 4.


# %% tags=["exercise"]
# stub
def narrow(public, private, width): ...  # your code here
# solution
def narrow(public, private, width):
    mean = public.mean(axis=0)
    directions = np.linalg.svd(public - mean, full_matrices=False)[2][:width]
    return (private - mean) @ directions.T


# end
lesson.check(4, narrow)

# %% [markdown]
# ## Further reading
# - N. Carlini et al., *Membership inference attacks from first principles*, 2022: the likelihood ratio, and why areas lie.
# - M. Abadi et al., *Deep learning with differential privacy*, 2016: clip, noise, lot.
# - L. Chua et al., *How private are DP-SGD implementations?*, 2024: the gap between dealing and drawing by lot.
# - D. Das, J. Zhang, F. Tramèr, *Blind baselines beat membership inference attacks for foundation models*, 2024.
