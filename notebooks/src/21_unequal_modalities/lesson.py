# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 21 · Unequal modalities, unequal classes
#
# After this lesson you can tell whether joint training has starved a modality, feed it, and say in which test that
# pays; and you can find a rare class without spoiling a model's probabilities.
#
# **You will learn** to *measure* with a linear probe what an encoder has learned in company, and alone; to *build*
# unimodal losses and gradient modulation by hand, *judge* both under one budget, and *find* where they pay; to *move* a
# threshold where others weight a loss.
#
# **Before you start**: [06](06_linear_fusion.ipynb), features side by side; [11](11_averaging_models.ipynb), products.
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("21")

from dataclasses import replace
from functools import partial

import keras
import numpy as np
from keras import layers, ops
from scipy.optimize import minimize
from scipy.special import expit, log_expit, softmax
from sklearn.metrics import balanced_accuracy_score, f1_score, log_loss

lesson

# %% [markdown]
# ## See: one easy modality, one hard one
# A digit, written and spoken, as in lesson 06. But now the sound is nearly clean: its noise is 20 dB below the voice, a
# hundredth of the power. The picture is as bad as ever: noise, and a square hidden.

# %%
first, both = lesson.seeds[0], ["image", "audio"]
mm.load("digits", seed=first, audio_snr_db=20).show(4)

# %% [markdown]
# Nothing in the log-mel picture of a sound is learned (lesson 03), so it is computed once. `test` has only 510 digits,
# and with them the dice of the noise decide much: each is shown *four times*, with another square, noise and clip. The
# model is the plain one: encoders, features side by side, a linear head.


# %%
def load(seed, snr=20):
    """Digits with sound at this SNR in dB as log-mel pictures of mean 0 and variance 1; four draws of each in test."""
    data, *more = (mm.load("digits", seed=seed + draw, audio_snr_db=snr) for draw in (0, 1000, 2000, 3000))
    shown = {name: np.concatenate([each.test.x[name] for each in (data, *more)]) for name in both}
    test = replace(data.test, x=shown, y=np.tile(data.test.y, 4), group=np.tile(data.test.group, 4), targets={})
    hear = [mm.layers.LogMel(stride=320), layers.Reshape((24, 16, 1))]
    hear += [layers.LayerNormalization(axis=[1, 2, 3], center=False, scale=False)]
    name = f"digits, sound at {snr} dB"
    return replace(data, test=test, name=name).map({"audio": keras.Sequential(hear)})


def network(names, **added):
    """An encoder for each modality, features side by side, ten logits; and what is `added` for training."""
    filters, added = {"image": (16, 32), "audio": (8, 16)}, {part: make() for part, make in added.items()}
    encoders = {name: mm.layers.ImageEncoder(32, filters[name]) for name in names}
    miss = len(names) > 1  # it may be asked with one modality alone
    return mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), layers.Dense(10), allow_missing=miss, **added)


digits, model = {seed: load(seed) for seed in lesson.seeds}, network(both)
one = digits[first]
few = {name: samples[:64] for name, samples in one.train.x.items()}
model(few)
mm.plots.diagram(model, "Two encoders, one head: both learn from the same mistakes of the whole")

# %% [markdown]
# ### Why the hard one may starve
# For cross-entropy the gradient at the logits is $p - y$: the probabilities less the one-hot label. All that an encoder
# learns comes back through it. If the sound alone makes $p$ right, nothing comes back, *for either encoder*, whatever
# the picture could still teach. The modality that is learned fast ends the lesson for the slow one: papers call it
# *modality competition*. Fused accuracy cannot show it. A **linear probe** can (lesson 17): freeze the encoder, train
# one linear layer on its features, and test that.
#
# ## Build: two cures
# **Unimodal losses.** Give each encoder a head of its own, and add its loss, so that no encoder can rest on the other's
# answer:
# $$ L = L_\text{fused} + \sum_m \lambda_m L_m . $$
# Afterwards the heads may be thrown away or, as we shall see, kept. By hand, on 64 samples:


# %%
def unimodal_heads():
    return mm.losses.UnimodalAuxiliary({name: layers.Dense(10) for name in both})  # every λ is 1


model = network(both, auxiliary=unimodal_heads)
model(few)
features, y = model.features(few)[0], one.train.y[:64]
chances = {name: softmax(ops.convert_to_numpy(z), axis=1) for name, z in model.auxiliary(features).items()}
by_hand = sum(-np.mean(np.log(p[np.arange(64), y])) for p in chances.values())  # Σ λ L, λ = 1
by_layer = float(model.auxiliary.total(y, model.auxiliary(features)))
by_hand, by_layer

# %% [markdown]
# **Gradient modulation** (OGM) adds nothing to the loss. In every batch it looks how sure the model is of the right
# class from each modality alone, $s_m = \operatorname{mean} p_m(y)$, and slows the encoder that is ahead:
# $$ k_m = 1 - \tanh(\alpha \rho_m) \text{ if } \rho_m = \frac{s_m}{s_\text{other}} > 1 \text{, else } 1 , $$
# and the encoder's gradient is multiplied by $k_m$. (Our layer looks at the batch before, and leaves out the noise that
# the paper adds.) Check it against the layer, where the first modality is surer:

# %%
knows, guesses = np.eye(10, dtype="float32")[y], np.zeros((64, 10), "float32")  # logits from either alone
s = np.array([softmax(z, axis=1)[np.arange(64), y].mean() for z in (knows, guesses)])
ratio = s / s[::-1]  # ρ
k_by_hand = np.where(ratio > 1, 1 - np.tanh(0.5 * ratio), 1)  # α = 0.5
layer = mm.losses.GradientModulation(alpha=0.5)
layer([knows, guesses])
layer.update(y, [knows, guesses])
k_by_hand, ops.convert_to_numpy(layer.coefficients)

# %% [markdown]
# ## Measure: who starves, who is fed
# Five trainings for each seed, with the same encoders, epochs and learning rate: of 0.002, 0.004 and 0.008, on three
# other seeds, val chose 0.008, the highest, for three of the five and had it within a point of the best for the others.
# λ and α are the package's, not tuned.

# %%
picture, sound = (lesson.method(name, f"{name} alone", modality=name) for name in both)
joint, fed = lesson.method("joint", "joint"), lesson.method("fed", "joint + unimodal losses")
slow = lesson.method("slow", "joint + modulation")
ways = {picture: partial(network, ["image"]), sound: partial(network, ["audio"]), joint: partial(network, both)}
ways[fed] = partial(network, both, auxiliary=unimodal_heads)
ways[slow] = partial(network, both, modulation=mm.losses.GradientModulation)
models = {}  # (method, seed) -> the trained model


def encode(model, data):
    """The set as the encoders of a model see it."""
    return data.with_only(*model.encoders).map({name: part.__call__ for name, part in model.encoders.items()})


def answers(model, x):
    """Probabilities (N, 10) from the modalities that are in x."""
    return softmax(ops.convert_to_numpy(model(x)), axis=1)


# %%
def train_all(seed):
    """Probe of each encoder, test accuracy, and what is left to learn: mean 1 − p of the right class on train."""
    found, data = {}, digits[seed]
    for method, make in ways.items():
        view = data.with_only(*([method.modality] if method.modality else both))
        models[method, seed] = model = mm.training.train(make, view, seed=seed, epochs=12, learning_rate=8e-3)
        features = encode(model, view)
        found |= {
            (name, method): mm.pretrained.probe(features.with_only(name)).accuracy for name in features.modalities
        }
        found["test", method] = np.mean(answers(model, view.test.x).argmax(axis=1) == view.test.y)
        found["left", method] = 1 - answers(model, view.train.x)[np.arange(len(view.train)), view.train.y].mean()
    keras.utils.set_random_seed(seed)
    (bare := network(both))(few)  # called once, it has weights, and stays untrained
    return found | {("image", "none"): mm.pretrained.probe(encode(bare, data).with_only("image")).accuracy}


measured = lesson.over_seeds(train_all, "five trainings")
gap = measured["image", picture] - measured["image", joint]
bars = {method: measured["image", method] for method in (picture, joint, fed, slow)}
title = f"Joint training leaves the image encoder {gap.mean:.3f} behind; its own loss brings it back"
mm.plots.scores(title, bars | {"never trained": measured["image", "none"]}, one.baseline())

# %%
columns = {"image": "probe, image", "audio": "probe, sound", "test": "test accuracy", "left": "left to learn on train"}
rows = [[m, *(f"{measured[c, m].mean:.3f}" if (c, m) in measured else "" for c in columns)] for m in ways]
lesson.table(["", *columns.values()], rows)

# %% [markdown]
# The last column shows a likely reason: the mean of $1 - p$ of the right class on train, all that can come back. Alone,
# the image encoder has much left to learn when training ends; in company nearly nothing, for the sound has said it all.
# Its probe lies between *never trained* (random filters are features, too) and *alone*: **starved**.
# - **Unimodal losses** feed it: its probe is back near that of training alone.
# - **Modulation** does not. A likely reason: Adam divides a gradient by its size, and so undoes most of $k$ (as users
#   of the authors' code [noted](https://github.com/GeWu-Lab/OGM-GE_CVPR2022/issues/26)). With SGD it is not tried here.
# - **The fused test accuracy** shows neither disease nor cure: whatever modulation and unimodal losses change there, it
#   is too little for a claim.
#
# All λ are 1 here. *Gradient blending* (`mm.losses.GradientBlending`) chooses them, $w \propto G / O^2$: a loss counts
# more, the more it gains on val, $G$, and less, the more it overfits, $O$. It is not run here.
#
# ## Measure: where it pays
# A better image encoder must be worth something *somewhere*. Think of when the picture has to decide: when the sound
# fails. And the model with unimodal losses has two more heads. Let us keep them: an encoder with its own head is a
# model of one modality, and two of these make a product of experts (lesson 11). Its rival is two models trained
# *alone*: nothing joint at all. Two tests of the same models: sound as in train, and sound *absent*.

# %%
heads, apart = lesson.method("heads", "its two own heads"), lesson.method("apart", "two models alone")


def sound_fails(seed):
    """(test, method) -> accuracy."""
    model, side, (x, y) = models[fed, seed], mm.layers.ConcatFusion, (digits[seed].test.x, digits[seed].test.y)
    cut = {n: mm.FeatureFusion({n: model.encoders[n]}, side(), model.auxiliary.heads[n]) for n in both}
    for method, parts in {heads: cut, apart: {"image": models[picture, seed], "audio": models[sound, seed]}}.items():
        models[method, seed] = mm.ModelFusion(parts, mm.layers.ProductOfExperts(), allow_missing=True)
    tests = {"as in train": x, "sound absent": {"image": x["image"]}}
    asks = [(test, method) for test in tests for method in (joint, slow, fed, heads, apart)]
    return {(t, m): np.mean(answers(models[m, seed], tests[t]).argmax(axis=1) == y) for t, m in asks}


failing = lesson.over_seeds(sound_fails)
panels = {t: {m: failing[t, m] for m in (joint, slow, fed, heads, apart)} for t, _ in failing}
nobody = {test: dict.fromkeys(found) for test, found in panels.items()}
base = dict.fromkeys(panels, one.baseline())
mm.plots.against_ceilings("When the sound is gone, the image's own head answers", panels, nobody, base)

# %% [markdown]
# - **As in train** multiplying the two own heads is about as good as two models that never met, the plainest rival of
#   all. Whether both are ahead of the joint head is too close for a claim. (Here the label needs no joint features.
#   Where it does, as `xor` in lesson 08, two models alone are lost.)
# - **Sound absent.** No fused head was ever trained to answer from the picture alone. The image's own head was, and is
#   about as good as an image model trained alone. (Lesson 20 trains one head for every case.)
#
# How much of that is the head, how much the encoder? A *new* head on a frozen encoder is the probe of the first figure:
# from *joint* without sound to the joint encoder's probe is the head's part, from there to the fed probe the encoder's.
#
# ## Break: the published gains
# Modulation did not help here (untuned, under Adam). In its paper it lifts plain training on CREMA-D, a set of acted
# emotions, from 51.7% to 61.3%. With the models that the authors released later, a reader measured [59.8% and
# 64.4%][34]; the authors answered that they had since adjusted hyper-parameters such as the learning rate. Plain
# training gained eight points, the lead of modulation halved. So: first the same choice of rate for both, as above.
#
# [34]: https://github.com/GeWu-Lab/OGM-GE_CVPR2022/issues/34
#
# ## The other imbalance: a rare class
# Now classes. Is this picture a *seven*? In a hospital or a factory the interesting class is rare: we thin out one
# digit until it is 5% of all samples, in each split, for each of the ten digits in turn (the table shows means of ten
# tasks). The model is one linear layer on the pixels: logit $z = w \cdot x + b$.


# %%
def rare(data, digit, seed):
    """Is it this digit? With no more than 5% of yes in each split."""

    def thin(split):
        yes, no = np.flatnonzero(split.y == digit), np.flatnonzero(split.y != digit)
        few = np.random.default_rng([seed, digit, len(split)]).permutation(yes)[: len(no) // 19]
        part = split.take(np.sort(np.append(no, few)))
        return replace(part, y=(part.y == digit).astype(int))

    return data.map_splits(thin)


# %%
def fit(x, y, weight=1.0, gamma=0.0, penalty=1.0):
    """(w, b) of the least Σ −weight (1 − p)^γ log p + penalty |w|²/2, p the probability of the right answer."""
    sign, scale, x = 2 * y - 1, np.where(y == 1, weight, 1.0), np.column_stack([x, np.ones(len(x))])

    def loss(w):
        log_p = log_expit(sign * (x @ w))
        p, each = np.exp(log_p), scale * (1 - np.exp(log_p)) ** gamma
        slope = x.T @ (sign * each * (gamma * p * log_p + p - 1))
        free = np.append(w[:-1], 0)  # b pays no penalty
        return -np.sum(each * log_p) + penalty * free @ free / 2, slope + penalty * free

    return minimize(loss, np.zeros(x.shape[1]), jac=True).x


# %% [markdown]
# `fit` has three knobs. Weight 1 and γ = 0: the plain log-loss. **Class weights**: each rare sample counts 19 times, as
# often as it is outnumbered. **Focal loss**, γ = 2: what is right already, $p$ near 1, counts little. (`slope` is the
# gradient; at γ = 0 it is $p$ of yes less $y$, times $x$.) **A moved threshold** trains nothing: it takes the plain
# model and says yes from $p$ = 0.05 on, the share of yes, in place of 0.5. Penalties are those best on val, by balanced
# accuracy, on nine other seeds, tried from 0.03 to 30.
#
# What to look at: *accuracy* (who always says no has 0.95); *recall*, the share of the rare found; **balanced
# accuracy**, the mean of the recalls of yes and no (0.5 is a guess); **macro F1**, the mean over yes and no of F1
# (lesson 16), which sees false alarms, too; for the probabilities **NLL**, the mean of −log p of the right answer, and
# the **mean p** of yes, which should be 0.05.

# %%
plain, moved = lesson.method("plain", "plain"), lesson.method("moved", "plain, threshold moved")
weighted, focal = lesson.method("weighted", "class weights"), lesson.method("focal", "focal loss")
knobs = {plain: ({}, 0.5), moved: ({}, 0.05)}  # what `fit` is told, and from which p on the answer is yes
knobs |= {weighted: ({"weight": 19, "penalty": 10}, 0.5), focal: ({"gamma": 2, "penalty": 0.03}, 0.5)}
judges = {"accuracy": lambda y, p, yes: np.mean(yes == y), "recall": lambda y, p, yes: np.mean(yes[y == 1])}
judges |= {"balanced accuracy": lambda y, p, yes: balanced_accuracy_score(y, yes)}
judges |= {"macro F1": lambda y, p, yes: f1_score(y, yes, average="macro")}
judges |= {"NLL": lambda y, p, yes: log_loss(y, p), "mean p": lambda y, p, yes: p.mean()}


# %%
def find_rare(seed):
    """(judge, method) -> the mean over ten rare digits."""
    pixels, found = digits[seed].with_only("image").map({"image": lambda x: x.reshape(len(x), -1)}), {}
    for digit in range(10):
        data = rare(pixels, digit, seed)
        for method, (how, at) in knobs.items():
            w = fit(data.train.x["image"], data.train.y, **how)
            p = expit(data.test.x["image"] @ w[:-1] + w[-1])
            for judge, of in judges.items():
                found.setdefault((judge, method), []).append(of(data.test.y, p, p >= at))
    return {what: np.mean(each) for what, each in found.items()}


marks = lesson.over_seeds(find_rare, "ten rare digits")
rows = [[m, *(f"{marks[judge, m].mean:.3f}" for judge in judges)] for m in knobs]
lesson.table(["", *judges], rows)

# %% [markdown]
# - **The plain model** finds few: at 5%, $p$ seldom reaches one half. That is no fault.
# - **Class weights** find most of them. The price is in the last columns: the model now *says* yes is far more frequent
#   than it is, and its log-loss is far worse. Macro F1 stays where it was: recall is bought with false alarms.
# - **Focal loss** finds a few more; its probabilities suffer too (or by its penalty, the smallest tried).
# - **A moved threshold** does about as well by balanced accuracy, and the probabilities stay as they were. No training.
#
# Why alike? A weight of 19 multiplies the odds $p / (1 - p)$ that the model is after, which adds $\log 19$ to its best
# logit; a threshold of 0.05 for 0.5 takes $\log 19$ from the bar. Where to put it is a question of costs, of one missed
# against one false alarm. Decide on val (exercise 1).
#
# ## What we saw

# %%
once = replace(one, test=one.test.take(np.arange(len(one.test) // 4)))  # so many different digits
for method in (picture, sound):
    lesson.record(method, measured["test", method], models[method, first], once.with_only(method.modality))
for method in (joint, slow, fed, heads, apart):
    lesson.record(method, failing["as in train", method], models[method, first], once)
lesson.findings(
    "Probe of the image: " + ", ".join(f"{m} {measured['image', m].mean:.3f}" for m in (picture, joint, fed, slow)),
    "Fused accuracy: " + ", ".join(f"{method} {measured['test', method].mean:.3f}" for method in (joint, fed, slow)),
    "Sound absent: " + ", ".join(f"{m} {failing['sound absent', m].mean:.3f}" for m in (joint, fed, heads, apart)),
    f"5% rare: recall {marks['recall', plain].mean:.3f} plain, {marks['recall', weighted].mean:.3f} with weights (NLL "
    f"× {marks['NLL', weighted].mean / marks['NLL', plain].mean:.1f}), {marks['recall', moved].mean:.3f} by threshold.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
same = np.allclose(by_hand, by_layer, atol=1e-4), np.allclose(k_by_hand, layer.coefficients, atol=1e-4)
lesson.claim("unimodal losses and modulation by hand are the package's", same == (True, True), equal=True)
probe = {m: each for (c, m), each in measured.items() if c == "image"}
lesson.claim("joint training starves the image encoder", gap, above=0.0)
lesson.claim("after joint training little is left to learn on train", measured["left", joint], below=0.03)
lesson.claim("unimodal losses feed the image encoder", probe[fed] - probe[joint], above=0.0)
lesson.claim("fed, it is about as good as alone", probe[fed] - probe[picture], within=(-0.05, 0.05))
lesson.claim("modulation does not feed it", probe[slow] - probe[joint], within=(-0.06, 0.06))
lesson.claim("unimodal losses feed it better than modulation", probe[fed] - probe[slow], above=0.0)
clean, silent = ({m: each for (t, m), each in failing.items() if t == what} for what in panels)
lesson.claim("two own heads are about as good as those", clean[heads] - clean[apart], within=(-0.04, 0.04))
lesson.claim("without sound, the own head beats the fused", silent[heads] - silent[joint], above=0.1)
lesson.claim("it is about as good as an image model", silent[heads] - silent[apart], within=(-0.05, 0.05))
three = ("balanced accuracy", "NLL", "macro F1")
balanced, nll, f1 = ({m: marks[judge, m] - marks[judge, plain] for m in knobs} for judge in three)
lesson.claim("class weights find the rare", balanced[weighted], above=0.15)
lesson.claim("a moved threshold finds the rare", balanced[moved], above=0.15)
lesson.claim("threshold and weights are alike", balanced[moved] - balanced[weighted], within=(-0.04, 0.04))
lesson.claim("focal loss finds a few more than the plain loss", balanced[focal], within=(0.02, 0.1))
lesson.claim("class weights spoil the log-loss", nll[weighted], above=0.1)
lesson.claim("with class weights yes is said far too surely", marks["mean p", weighted], above=0.15)
lesson.claim("focal loss spoils the log-loss too", nll[focal], above=0.01)
lesson.claim("class weights leave macro F1 about where it was", f1[weighted], within=(-0.06, 0.06))
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Two heads more, in plain Keras: the losses of three outputs are added by `fit` itself. (Put in your own arrays.)

# %% tags=["own"]
import keras
import numpy as np

rng, y = np.random.default_rng(0), np.random.default_rng(1).integers(0, 3, 900)
image, sound = (np.eye(3)[y] @ rng.normal(size=(3, 8)) + s * rng.normal(size=(900, 8)) for s in (3, 0.5))
inputs = {name: keras.Input((8,), name=name) for name in ("image", "sound")}
parts = {name: keras.layers.Dense(16, activation="relu")(x) for name, x in inputs.items()}
outputs = {f"{name}_head": keras.layers.Dense(3, activation="softmax")(x) for name, x in parts.items()}
outputs["fused"] = keras.layers.Dense(3, activation="softmax")(keras.layers.Concatenate()(list(parts.values())))
model = keras.Model(inputs, outputs)
weights = {"image_head": 1.0, "sound_head": 1.0, "fused": 1.0}  # λ; 0 switches a head off
model.compile("adam", dict.fromkeys(outputs, "sparse_categorical_crossentropy"), loss_weights=weights)
model.fit({"image": image[:600], "sound": sound[:600]}, dict.fromkeys(outputs, y[:600]), epochs=20, verbose=0)
said = model.predict({"image": image[600:], "sound": sound[600:]}, verbose=0)
{name: np.mean(p.argmax(axis=1) == y[600:]) for name, p in said.items()}

# %% [markdown]
# ## Exercises
# ### Exercise 1 · A threshold instead of weights (15 minutes)
# From the probabilities of yes `p` (N,) and the labels `y` (N,) of val write `threshold(p, y)`: the $t$ for which the
# answers `p >= t` have the best balanced accuracy.


# %% tags=["exercise"]
# stub
def threshold(p, y): ...  # your code here
# solution
def threshold(p, y):
    return max(np.unique(p), key=lambda t: np.mean(p[y == 1] >= t) + np.mean(p[y == 0] < t))


# end
lesson.check(1, threshold)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · Where does starvation start? (15 minutes)
# `gaps` (SNRs, seeds) is the probe of the image encoder alone less joint, `snrs` the SNR of the sound for each row, in
# any order. Write `starts(snrs, gaps)`: the lowest SNR from which on, there and at all higher ones, the mean over seeds
# is above two standard errors (ddof=1; some row is clear). Then fill `gaps` yourself, by `load(seed, snr)`.


# %% tags=["exercise"]
# stub
def starts(snrs, gaps): ...  # your code here
# solution
def starts(snrs, gaps):
    order = np.argsort(snrs)[::-1]  # from the highest down
    clear = gaps.mean(axis=1) > 2 * gaps.std(axis=1, ddof=1) / gaps.shape[1] ** 0.5
    return snrs[order][np.logical_and.accumulate(clear[order])].min()


# end
lesson.check(2, starts)

# %% [markdown]
# ### Exercise 3 · Freeze the fast encoder (5 minutes)
# A third cure: once the sound is learned, freeze its encoder and train on. Write `freeze(model, name)` for a
# `FeatureFusion`: it gives the model back, with the encoder of this modality frozen, all else free, all weights kept.


# %% tags=["exercise"]
# stub
def freeze(model, name): ...  # your code here
# solution
def freeze(model, name):
    model.encoders[name].trainable = False
    return model


# end
lesson.check(3, freeze)

# %% [markdown]
# ## Further reading
# - W. Wang et al., *What makes training multi-modal classification networks hard?*, 2020, arXiv:1905.12681: blending.
# - Y. Huang et al., *Modality competition*, 2022, arXiv:2203.12221: a proof that one modality may lose.
# - X. Peng et al., *Balanced multimodal learning via on-the-fly gradient modulation*, 2022, arXiv:2203.15332.
# - R. van den Goorbergh et al., *The harm of class imbalance corrections*, 2022, arXiv:2202.09101: thresholds do it.
