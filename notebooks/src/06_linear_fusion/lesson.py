# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 06 · Linear fusion: y = Σ αᵢ xᵢ
#
# After this lesson you can join two modalities by a weighted sum of features, and say with numbers what that is worth.
#
# **You will learn** to
# - *build* the weighted sum y = Σ αᵢ xᵢ by hand, with weights αᵢ that are positive and sum to one,
# - *compare* concatenation with weights per modality, per feature and per sample,
# - *measure* what fusing is worth, and whether a model really uses both modalities,
# - *break* linear fusion, twice.
#
# **Before you start**: [00 · start here](00_start_here.ipynb); [01 · images](01_images.ipynb) and [03 ·
# audio](03_audio.ipynb) explain the two encoders used here.
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("06")

from dataclasses import replace

import keras
import numpy as np
from keras import ops

lesson

# %% [markdown]
# ## See: two poor views of one digit
# Every sample is a handwritten digit and the same digit, spoken. Both are damaged: noise and a hidden square in the
# image, a hiss over the sound. Look at a few and try to name the digit from one row only; then play a clip.

# %%
data = mm.load("digits")
data.show(6)

# %% [markdown]
# Some images are lost while the sound is plain to the ear, or the other way round. That is the hope of fusion.
#
# ### One encoder per modality
# An *encoder* turns a raw sample into a vector of numbers, its *features*. Here both give 64, so that an image and a
# sound, which have nothing in common as arrays, become two vectors of one width: $x_1$ for the image, $x_2$ for the
# audio. `features_alone` trains each encoder with a linear layer on its own modality, freezes it (its weights stay as
# they are from then on), and computes all features once. That gives a model of each modality alone, and features to
# fuse. Every fusion below gets the same features: if one scores higher with every seed, the fusion did it. Whoever
# speaks louder weighs more in a sum, so the features of each modality are brought to mean 0 and variance 1 over train.
#
# Everything is done once for each seed, which decides the first weights, the order of the samples, which image is
# paired with which clip, and how both are damaged.

# %%
encoders = {"image": mm.layers.ImageEncoder(64), "audio": mm.layers.AudioEncoder(64)}
frozen, features = {}, {}
for seed in lesson.progress(lesson.seeds, "encoders"):
    digits = mm.load("digits", seed=seed)
    _, features[seed], frozen[seed] = mm.training.features_alone(digits, encoders, seed=seed, epochs=8)
first = lesson.seeds[0]
features[first]

# %% [markdown]
# ## Build: the weighted sum, by hand
# This is the model of the lesson, drawn from the model itself. Numbers on the arrows are the widths of what flows;
# hatched boxes are frozen. The *head* is one linear layer from the fused vector to ten *logits* $z_k$, one for each
# class. Their *softmax*, $e^{z_k} / \sum_j e^{z_j}$, is the model's probability of that class.

# %%
model = mm.FeatureFusion(frozen[first], mm.layers.WeightedSum(64), head=keras.layers.Dense(10))
model({name: samples[:5] for name, samples in data.test.x.items()})  # the first call builds it
mm.plots.diagram(model, "Two encoders, one weighted sum, one decision")

# %% [markdown]
# In its middle stands the linear fusion of this course:
#
# $$ y = \sum_{i=1}^{M} \alpha_i\, x_i , \qquad \alpha_i \ge 0, \quad \sum_i \alpha_i = 1 . $$
#
# $M$ is the number of modalities and $\alpha_i$ says how much of modality $i$ goes into the mixture. Weights that are
# positive and sum to one lie on the *simplex*. To keep them there while gradient descent moves them freely, we learn
# free numbers $a_i$ and take $\alpha = \operatorname{softmax}(a)$. On five samples:

# %%
few = features[first].test.x
image_features, audio_features = few["image"][:5], few["audio"][:5]  # x₁ and x₂, (5, 64) each
weights = ops.softmax(ops.array([0.0, 1.0]))  # α, from free numbers a, one per modality
fused_features = weights[0] * image_features + weights[1] * audio_features  # y = α₁ x₁ + α₂ x₂
np.round(weights, 2), tuple(fused_features.shape)

# %% [markdown]
# The audio gets about 73% of the mixture, which has the width of one modality: a sum *overlays* the modalities where a
# concatenation lays them side by side. (`MaxFusion` keeps the largest of each feature; `TokenFusion`, for sequences,
# is in lesson 09.)
#
# ## Check: it equals the layer
# `WeightedSum` is the package's tested version. Given our $a$, how far is it from our fused features at most?

# %%
layer = mm.layers.WeightedSum()
layer([image_features, audio_features])  # the first call creates the weights
layer.set_weights([np.array([0.0, 1.0])])
difference = float(ops.max(ops.abs(layer([image_features, audio_features]) - fused_features)))
difference

# %% [markdown]
# ### What α is, and what it is not
# It is tempting to read $\alpha_i$ as "how important is modality $i$". Careful: nothing fixes the size of $x_i$. Make
# the image features ten times larger and their weight ten times smaller, and $y$ is the same, though the image is
# exactly as important as before. $\alpha_i$ is the share of a modality *in the mixture*, in the units its encoder
# happens to use. How much a model depends on a modality we will ask directly, by shuffling it.
#
# There is a second catch. Feature 7 of the image and feature 7 of the sound were learned apart and mean different
# things; a plain sum adds them all the same. The cure is a learned matrix $P_i$ for each modality, which may be of any
# width, that brings both into a common space first (and can turn a sign, as no positive α can):
# $y = \sum_i \alpha_i P_i x_i$. That is `WeightedSum(64)`, with 64 common features, as in the drawing. Whether the
# patient needed the cure, we will see.
#
# ## Measure: five ways to fuse
# | name | formula | learned |
# | --- | --- | --- |
# | concatenation | $y = [x_1; x_2]$ | nothing; the head does the work |
# | plain sum | $y = \sum_i \alpha_i x_i$ | $\alpha$: one number per modality |
# | α per modality | $y = \sum_i \alpha_i P_i x_i$ | $\alpha$ and $P_i$ |
# | α per feature | $y = \sum_i \alpha_i \odot P_i x_i$ | $\alpha$: a vector per modality ($\odot$: entry by entry) |
# | α per sample | $y = \sum_i \alpha_i(x) P_i x_i$ | a linear layer on all features: a poor view can weigh less |
#
# Whoever is compared gets the same training: 30 epochs for a linear head and what stands before it. That goes for each
# modality alone too, with a concatenation of one modality, which is that modality; so more training is not the gain.
# We choose none of them, so all are shown on test; to pick one for use, compare them on val.

# %%
image = lesson.method("image", "image alone", modality="image")
audio = lesson.method("audio", "audio alone", modality="audio")
concatenation, plain = lesson.method("concatenation", "concatenation"), lesson.method("plain", "plain sum")
per_modality, per_feature, per_sample = (lesson.method(i, f"α per {i}") for i in ("modality", "feature", "sample"))
fusions = {
    image: mm.layers.ConcatFusion,
    audio: mm.layers.ConcatFusion,
    concatenation: mm.layers.ConcatFusion,
    plain: mm.layers.WeightedSum,
    per_modality: lambda: mm.layers.WeightedSum(64, per="modality"),
    per_feature: lambda: mm.layers.WeightedSum(64, per="feature"),
    per_sample: lambda: mm.layers.WeightedSum(64, per="sample"),
}


# %%
def fuse(features, fusion, seed):
    """Train a fusion and a linear head on frozen features; `Identity` stands where an encoder would."""

    def make():
        inputs = {name: keras.layers.Identity() for name in features.modalities}
        return mm.FeatureFusion(inputs, fusion(), head=keras.layers.Dense(len(features.classes)))

    return mm.training.train(make, features, seed=seed, epochs=30, batch_size=128, learning_rate=1e-2)


def accuracy(model, features):
    """The share of right answers on test."""
    return mm.evaluation.accuracy(model, features).value


# %%
trained = {}
views = {s: {None: each, **{name: each.with_only(name) for name in data.modalities}} for s, each in features.items()}
for method, fusion in lesson.progress(fusions.items(), "fusions"):
    with lesson.timed(method, len(lesson.seeds)):  # what stands behind the encoders
        trained[method] = {seed: fuse(views[seed][method.modality], fusion, seed) for seed in lesson.seeds}

# %%
scores = lesson.over_seeds(
    lambda seed: {m: accuracy(trained[m][seed], views[seed][m.modality]) for m in fusions}, "test"
)
mm.plots.scores("Every way of fusing beats the better modality alone", scores, data.baseline())

# %% [markdown]
# The dashed line is a model that looks at nothing and always gives the class most frequent in training. Each modality
# alone is far above it, and every fused bar far above both. Among the fused ones we *cannot* say which is best: their
# dots overlap. For three of them there is a reason to expect a tie. After the head $W$, the weighted sum gives the
# logits $W \sum_i \alpha_i P_i x_i = \sum_i (\alpha_i W P_i)\, x_i$: one matrix for each modality. The head on a
# concatenation is just that, $[W_1\, W_2][x_1; x_2] = \sum_i W_i x_i$. With at least as many common features as
# classes, concatenation, α per modality and α per feature can express exactly the same functions. They differ only in
# how gradient descent gets there, and in size: for $C$ classes a head on a sum of width $d$ has $dC$ weights, on a
# concatenation $MdC$, which needs no $P_i$.
#
# The plain sum cannot: it adds feature 7 to feature 7, and the head has one matrix for both. Yet its bar is as long as
# the others: the problem we feared did not show here. A likely reason: 64 dimensions have room for ten classes of image
# and ten of sound side by side. Do not count on it with narrow features.
#
# Why does adding work so well? A linear layer's logits are evidence, and $W_1 x_1 + W_2 x_2$ adds the evidence of two
# witnesses. That is the right rule when the witnesses are independent once the digit is known, and we paired image and
# sound at random within each digit. This data is the best case for addition. (A copied witness adds nothing.)
#
# (Lessons 00 and 11 concatenate too, and get other scores: there encoders and head are trained in one piece, here the
# encoders learned alone and their features were brought to one size. Same fusion, other models.)
#
# ### Is each modality used?
# Give the model the image of one sample with the sound of another (*shuffled*), or replace a modality by its mean
# (*dropped*; exercise 2 is for samples that lack one). A model that ignores a modality would lose nothing. `report`
# asks for all of it at once. Interval and *p* are those of lesson 00.

# %%
one_modality = {"image": trained[image][first], "audio": trained[audio][first]}
report = mm.evaluation.report(trained[per_modality][first], features[first], alone=one_modality)
report

# %% [markdown]
# Both are used. Shuffling hurts more than dropping: a wrong witness is worse than a silent one. *Added up*, the answers
# of the two models alone are ahead in this run. The report suspects shuffled pairs; here none is: see lesson 11.
#
# ### Real pictures, real names
# Digits were paired by us. `emoji` are drawings with the names that people gave them; the question is which of eight
# categories a symbol belongs to. Its features are made without training (the data card says how). A name's are of
# length 1, a picture's longer, and whoever speaks louder weighs more: we bring the picture's to length 1 too.

# %%
emoji = {}
for seed in lesson.seeds:
    symbols = mm.load("emoji", features=True, seed=seed).map({"image": keras.layers.UnitNormalization()})
    emoji[seed] = {None: symbols, **{name: symbols.with_only(name) for name in symbols.modalities}}
picture = lesson.method("picture", "picture alone", modality="image")
called = lesson.method("name", "name alone", modality="text")
kinds = {m: fusions.get(m, mm.layers.ConcatFusion) for m in (picture, called, concatenation, per_modality)}
readers = {m: {s: fuse(emoji[s][m.modality], fusion, s) for s in lesson.seeds} for m, fusion in kinds.items()}
real = lesson.over_seeds(lambda s: {m: accuracy(readers[m][s], emoji[s][m.modality]) for m in kinds})
mm.plots.scores("Real pictures and names: adding them pays here too", real, emoji[first][None].baseline())

# %% [markdown]
# Nobody made these modalities independent, and still a sum of the two is points ahead of either.
#
# ## Break
# ### When one modality's noise grows
# So far the sound had one noise level, a signal-to-noise ratio (SNR) of −2 dB. Ten decibels less mean ten times the
# noise power. What if the sound gets worse *after* training? We ask the plain sum as it is, and one trained again at
# each noise level, both on features of the same frozen encoders.

# %%
snrs, noise = (-20, -2) if lesson.fast else (-20, -11, -2), {}
for snr in lesson.progress(snrs, "noise"):
    noisy = features
    if snr != -2:
        noisy = {s: mm.load("digits", seed=s, audio_snr_db=snr).map(frozen[s]) for s in lesson.seeds}
    adapted = {s: fuse(noisy[s], mm.layers.WeightedSum, s) for s in lesson.seeds}
    noise[snr] = lesson.over_seeds(
        lambda s, noisy=noisy, adapted=adapted: {
            "alone": accuracy(trained[audio][s], noisy[s].with_only("audio")),
            "fixed": accuracy(trained[plain][s], noisy[s]),
            "adapted": accuracy(adapted[s], noisy[s]),
            "alpha": float(ops.softmax(adapted[s].fusion.get_weights()[0])[1]),  # α₂
        }
    )

# %%
lines = {audio: "alone", "plain sum, trained at −2 dB": "fixed", "plain sum, trained at this noise": "adapted"}
mm.plots.curves(
    "A fixed sum falls below the image alone when the sound gets worse",
    snrs,
    {image: [scores[image]] * len(snrs)} | {name: [noise[snr][key] for snr in snrs] for name, key in lines.items()},
    "SNR of the sound (dB): more noise to the left",
)

# %% [markdown]
# Here fusion harms. The fixed model goes on adding the sound with the weight it learned when sound was better, and ends
# far *below* the image alone. A fused model is only as good as its belief about its inputs (α per sample, too, knows
# only noise that it met). Trained at its noise, the sum stays near the image alone (for several levels: lesson 03). α
# of the audio follows: between models that differ in nothing but the noise, it does tell how far the sound is trusted.

# %%
{f"{snr} dB": noise[snr]["alpha"] for snr in snrs}

# %% [markdown]
# ### What no linear fusion can do
# Now a task where addition must fail: *are the two digits both even or both odd?* Images and sounds are paired anew, at
# random. Suppose the features told the parities exactly, as $s_1, s_2 \in \{-1, +1\}$. Suppose a linear rule
# $f = w_1 s_1 + w_2 s_2 + b$ had $f > 0$ for equal and $f < 0$ for unequal parities. Then
#
# $$ f(+,+) + f(-,-) = 2b > 0 \quad\text{and}\quad f(+,-) + f(-,+) = 2b < 0 , $$
#
# which cannot both hold. No choice of $\alpha$, $P$ or $W$ helps: they all only change $w_1$ and $w_2$. This is the XOR
# problem. (*Are both even?* is none: a threshold on the sum answers it.) Two models below are not linear: α per sample
# multiplies $x_i$ by a function of *both* modalities, and `NonlinearFusion` bends the sum, as a hidden layer does,
# $f(\sum_i \alpha_i P_i x_i + b)$ with $f(u) = \max(u, 0)$. (A sum may get three of four; why it does not: lesson 08.)


# %%
def new_pairs(split):
    """Each image with the sound of another sample; the label is 1 if one digit is even and the other odd."""
    other = np.random.default_rng(len(split)).permutation(len(split))
    x = {"image": split.x["image"], "audio": split.x["audio"][other]}
    return replace(split, x=x, y=(split.y + split.y[other]) % 2)


hidden = lesson.method("hidden", "one hidden layer")
four = {m: fusions[m] for m in (concatenation, per_modality, per_sample)}
four[hidden] = lambda: mm.layers.NonlinearFusion(64)
pairs = {s: features[s].map_splits(new_pairs, classes=("same parity", "different parity")) for s in lesson.seeds}
parity = lesson.over_seeds(
    lambda seed: {m: accuracy(fuse(pairs[seed], fusion, seed), pairs[seed]) for m, fusion in four.items()}, "parity"
)
mm.plots.scores("Parity of the pair: linear fusion guesses", parity, pairs[first].baseline())

# %% [markdown]
# The two linear models guess, and in this run α per sample too: what a model could express, training need not find. A
# hidden layer rises above a guess, because it can bend. Lessons 07 and 08 take it from there.
#
# ## What we saw

# %%
for method, each in real.items():
    lesson.record(method, each, readers[method][first], emoji[first][method.modality])
for method in fusions:
    seen = views[first][method.modality]
    parts = [*(frozen[first][name] for name in seen.modalities), trained[method][first]]
    lesson.record(method, scores[method], parts, seen)
better = mm.evaluation.highest(scores[image], scores[audio])
gain, fallen = scores[per_modality] - better, noise[-20]["fixed"] - scores[image]
lesson.findings(
    f"The weighted sum with projections reaches **{scores[per_modality].mean:.3f}**, the better modality alone "
    f"{better.mean:.3f}: fusion is worth **{100 * gain.mean:.0f} points**.",
    f"Concatenation reaches {scores[concatenation].mean:.3f}, the plain sum {scores[plain].mean:.3f}, α per feature "
    f"{scores[per_feature].mean:.3f}, α per sample {scores[per_sample].mean:.3f}: no clear order.",
    f"On `emoji`: picture {real[picture].mean:.3f}, name {real[called].mean:.3f}, sum {real[per_modality].mean:.3f}.",
    f"With sound at −20 dB the fixed sum is {-100 * fallen.mean:.0f} points *below* the image alone; trained there, it "
    f"reaches {noise[-20]['adapted'].mean:.3f} against {scores[image].mean:.3f}.",
    f"On the parity of a pair, concatenation reaches {parity[concatenation].mean:.3f}, a guess; a hidden layer "
    f"{parity[hidden].mean:.3f}.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
for method in (concatenation, plain, per_modality, per_feature, per_sample):
    lesson.claim(f"{method} beats the better modality alone by far", scores[method] - better, above=0.08)
for method in (concatenation, per_feature, per_sample):
    lesson.claim(f"{method} and α per modality are close", scores[method] - scores[per_modality], within=(-0.06, 0.06))
lesson.claim("the plain sum loses less than fusing gains", scores[plain] * 2 - better - scores[per_modality], above=0.0)
asked = lesson.over_seeds(
    lambda seed: {
        (how.__name__, name): how(trained[per_modality][seed], features[seed], name).value
        for how in (mm.evaluation.shuffled, mm.evaluation.dropped)
        for name in data.modalities
    }
)
for name in data.modalities:
    shuffled, dropped = asked["shuffled", name], asked["dropped", name]
    lesson.claim(f"without the {name} the model falls", scores[per_modality] - dropped, above=0.08)
    lesson.claim(f"shuffling the {name} hurts more than dropping it", dropped - shuffled, above=0.0)
either = mm.evaluation.highest(real[picture], real[called])
lesson.claim("emoji: a weighted sum is points ahead of either alone", real[per_modality] - either, above=0.06)
lesson.claim("our sum equals the layer", difference, below=1e-5)
lesson.claim("with a = (0, 1) the audio gets about 73%", round(float(weights[1]), 2), equal=0.73)

# %% tags=["check"]
lesson.claim("at −20 dB the fixed sum is below the image alone", -fallen, above=0.03)
lesson.claim("trained there, it is near the image alone", noise[-20]["adapted"] - scores[image], within=(-0.1, 0.05))
lesson.claim("α of the audio falls with the noise", noise[-2]["alpha"] - noise[-20]["alpha"], above=0.03)
for method in (concatenation, per_modality):
    lesson.claim(f"{method} guesses the parity", parity[method], within=(0.43, 0.57))
lesson.claim("a hidden layer rises above a guess", parity[hidden] - 0.5, above=0.02)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# The same in plain Keras, on two arrays of features (here made up; both know something of the label).

# %% tags=["own"]
import keras
import numpy as np

labels = np.arange(600) % 3
image, sound = (np.eye(3)[labels] @ np.random.randn(3, 8) + np.random.randn(600, 8) for _ in range(2))
inputs = [keras.Input((8,)), keras.Input((8,))]
projected = [keras.layers.Dense(16, use_bias=False)(x) for x in inputs]  # Pᵢ xᵢ; α is in the Pᵢ
logits = keras.layers.Dense(3)(keras.layers.Add()(projected))  # Σ, then the head
model = keras.Model(inputs, logits)
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
model.fit([image[:400], sound[:400]], labels[:400], epochs=10, verbose=0)
model.evaluate([image[400:], sound[400:]], labels[400:], verbose=0)  # loss and accuracy

# %% [markdown]
# ## Exercises
# ### Exercise 1 · The weighted sum of any number of modalities (5 minutes)
# Write `weighted_sum(features, numbers)`: `features` is a list of M arrays (B, d), `numbers` an array (M,) of free
# numbers $a_i$. Return $\sum_i \alpha_i x_i$ with $\alpha = \operatorname{softmax}(a)$, shape (B, d).


# %% tags=["exercise"]
# stub
def weighted_sum(features, numbers): ...  # your code here
# solution
def weighted_sum(features, numbers):
    weights = ops.softmax(numbers)  # α
    return sum(weights[i] * x for i, x in enumerate(features))  # Σ αᵢ xᵢ


# end
lesson.check(1, weighted_sum)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · A modality is missing (10 minutes)
# Not every sample has every modality. `numbers` is an array (M,), `present` a bool array (B, M) with at least one
# True in each row. Write `present_weights(numbers, present)`, which gives weights (B, M) that are zero for absent
# modalities and sum to one over the present ones, in the ratio the free numbers ask for.


# %% tags=["exercise"]
# stub
def present_weights(numbers, present): ...  # your code here
# solution
def present_weights(numbers, present):
    masked = ops.where(present, numbers, -1e9)  # an absent modality leaves before the softmax
    return ops.softmax(masked, axis=-1)


# end
lesson.check(2, present_weights)

# %% [markdown]
# ### Exercise 3 · Does it listen? (20 minutes)
# Write your own test of whether a model uses a modality: `drop_when_shuffled(model, x, y, modality)` returns the
# accuracy on `x` minus the accuracy when `x[modality]` is shuffled over the samples. `x` is a dict of arrays;
# `model.predict(x)` gives logits. It must leave `x` as it was.


# %% tags=["exercise"]
# stub
def drop_when_shuffled(model, x, y, modality): ...  # your code here
# solution
def drop_when_shuffled(model, x, y, modality):
    order = np.random.default_rng(0).permutation(len(y))
    strange = {**x, modality: x[modality][order]}  # a new dict; x stays as it is
    right = [np.mean(model.predict(inputs).argmax(axis=-1) == y) for inputs in (x, strange)]
    return right[0] - right[1]


# end
lesson.check(3, drop_when_shuffled)

# %% [markdown]
# ## Further reading
# - V. Vielzeuf et al., *CentralNet: a multilayer approach for multimodal fusion*, 2018: a weighted sum at each layer.
# - T. Baltrušaitis et al., *Multimodal machine learning: a survey and taxonomy*, 2019: early, late and hybrid fusion.
# - J. Arevalo et al., *Gated multimodal units for information fusion*, 2017: a nonlinear α per sample; lesson 07.
