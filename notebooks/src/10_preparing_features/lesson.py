# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 10 · Preparing features: who is heard, and what is made up
#
# After this lesson you can bring modalities into a form in which each is heard, and keep that from inventing results.
#
# **You will learn** to
# - *prepare* features on train alone: scale, length, number of bits,
# - *show* that preparation, and not the way of fusing, decides which modality is heard,
# - *explain* why selection belongs inside the folds, on data in which there is nothing to find,
# - *break* a product of experts by entering a modality twice, and *sound an alarm* when pairs are none.
#
# **Before you start**: [06](06_linear_fusion.ipynb) for features and their fusion.
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("10")

import numpy as np
from keras import layers
from scipy.special import log_softmax
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler

from mmcourse.evaluation import accuracy, shuffled

lesson

# %% [markdown]
# ## See: the same sound in other units
# The data is that of lesson 06: a handwritten digit and the same digit spoken, both damaged.

# %%
data = mm.load("digits")
data.show(4)

# %% [markdown]
# An encoder for each modality is trained alone and frozen: 64 features for an image, 64 for a clip. Now suppose that
# the sound's features come from another laboratory, which notes them in other units: every number is a thousand times
# as large. They know just what they knew. This is the length of a vector, on average over train:

# %%
patterns = {"image": mm.layers.ImageEncoder(64), "audio": mm.layers.AudioEncoder(64)}
raw, features, experts, frozen = {}, {}, {}, {}
for seed in lesson.progress(lesson.seeds, "encoders"):
    raw[seed] = mm.load("digits", seed=seed)
    experts[seed], found, frozen[seed] = mm.training.features_alone(raw[seed], patterns, seed=seed, epochs=8)
    features[seed] = found.map({"audio": lambda x: 1000 * x})
first = lesson.seeds[0]
{name: f"{np.linalg.norm(x, axis=1).mean():,.1f}" for name, x in features[first].train.x.items()}

# %% [markdown]
# ## Build: a preparation is fitted, on train
# To *standardise* is to bring every feature to mean 0 and standard deviation 1. Those means and deviations are learned
# from data as weights are, and so from `train` alone; val and test are treated with the numbers of train.


# %%
def beside(split):
    """All features of a split side by side, (N, d)."""
    return np.hstack(list(split.x.values()))


train, test = beside(features[first].train), beside(features[first].test)
varies = np.ptp(train, axis=0) > 0  # a feature that is the same in all of train has nothing to scale
mean, deviation = train[:, varies].mean(axis=0), train[:, varies].std(axis=0)  # of train
standardised = (test[:, varies] - mean) / deviation
standardised.std(axis=0).round(2)[:8]  # not quite 1, as it should be: test is not train

# %% [markdown]
# ## Check: it equals scikit-learn's
# The largest difference from `StandardScaler`, which from here on prepares all modalities of a set:


# %%
def prepare(data):
    """The set with every feature at mean 0 and deviation 1, by the numbers of its train split."""
    return data.map({name: StandardScaler().fit(x).transform for name, x in data.train.x.items()})


prepared = {seed: prepare(features[seed]) for seed in lesson.seeds}
difference = float(np.abs(standardised - beside(prepared[first].test)[:, varies]).max())
difference

# %% [markdown]
# In a model a layer does the same: each frozen part is an encoder with a `Normalization`, *adapted* (fitted) on train.

# %%
model = mm.FeatureFusion(frozen[first], mm.layers.ConcatFusion(), head=layers.Dense(10))
model({name: samples[:2] for name, samples in data.test.x.items()})
mm.plots.diagram(model, "Encoders and preparation are fitted on train, then frozen")

# %% [markdown]
# ## Measure: who is heard?
# Two ways of fusing, concatenation and the weighted sum, with a linear head; on features as they come, and prepared.
# Whether the image is heard we ask as in lesson 06: the images are shuffled over the test samples (the crosses).

# %%
image, audio = (lesson.method(name, f"{name} alone", modality=name) for name in ("image", "audio"))
concat, concat_prepared = lesson.method("concat", "concatenation"), lesson.method("prepared", "concatenation, prepared")
summed, sum_prepared = lesson.method("sum", "sum"), lesson.method("sum prepared", "sum, prepared")
runs = {
    concat: (features, mm.layers.ConcatFusion),
    summed: (features, lambda: mm.layers.WeightedSum(64)),
    concat_prepared: (prepared, mm.layers.ConcatFusion),
    sum_prepared: (prepared, lambda: mm.layers.WeightedSum(64)),
}


def fuse(data, fusion, seed, epochs=15, learning_rate=5e-3):
    def make():
        inputs = {name: layers.Identity() for name in data.modalities}
        return mm.FeatureFusion(inputs, fusion(), head=layers.Dense(len(data.classes)))

    return mm.training.train(make, data, seed=seed, epochs=epochs, batch_size=128, learning_rate=learning_rate)


trained = {(m, s): fuse(sets[s], fusion, s) for m, (sets, fusion) in runs.items() for s in lesson.seeds}

# %%
alone = lesson.over_seeds(lambda s: {m: accuracy(experts[s][m], raw[s].with_only(m)).value for m in raw[s].modalities})
scores = {image: alone["image"], audio: alone["audio"]}
scores |= lesson.over_seeds(lambda s: {m: accuracy(trained[m, s], runs[m][0][s]).value for m in runs})
deaf = lesson.over_seeds(lambda s: {m: shuffled(trained[m, s], runs[m][0][s], "image").value for m in runs})
title = "As it comes, only the sound is heard (cross: images shuffled)"
mm.plots.scores(title, scores, data.baseline(), crosses={m: each.mean for m, each in deaf.items()})

# %% [markdown]
# As they come, both fusions are no better than the sound alone, and shuffling the images changes nothing: they ignore
# them, MM003. (Adam, which trains the heads, moves the weight of a small feature as much as that of a large one, and
# so the logit a thousand times less.) Prepared, both hear both. The preparation made the difference, not the fusion.
#
# ### Neighbours and penalties
# *k nearest neighbours* (kNN) answers with the most frequent class among the k closest samples of train. *Ridge* is a
# linear head that pays for its weights: it minimises the squared error plus $\lambda$ times their squared size.


# %%
def right(model, data):
    """Test accuracy of a scikit-learn model that is fitted on train."""
    return model.fit(beside(data.train), data.train.y).score(beside(data.test), data.test.y)


sounds = {s: features[s].with_only("audio") for s in lesson.seeds}
cases = {"sound alone": sounds, "both": features, "both, prepared": prepared}
neighbours = lesson.over_seeds(lambda s: {case: right(KNeighborsClassifier(15), x[s]) for case, x in cases.items()})
lesson.table(["kNN", *neighbours], [["accuracy", *(f"{each.mean:.3f}" for each in neighbours.values())]])

# %%
powers, hows = (0, 2, 3, 4, 5, 6), {"as they come": features, "standardised": prepared}
heads = {p: RidgeClassifier(alpha=10.0**p, solver="svd") for p in powers}
ridge = lesson.over_seeds(
    lambda s: {(how, p): right(head, sets[s]) for how, sets in hows.items() for p, head in heads.items()}
)
lines = {how: [ridge[how, p] for p in powers] for how in hows}
title = "Ridge hears both, until the penalty silences the small one"
mm.plots.curves(title, powers, lines, "penalty: λ = 10 to the power of")

# %% [markdown]
# Distances belong to whoever has the large numbers: kNN on both *is* kNN on the sound. Ridge is robust at first: with a
# weak penalty a small feature simply gets a large weight. But large weights cost, and a strong penalty silences the
# image long before the sound. Rescaling is harmless only to a model that may rescale back for free.
#
# ### Fewer bits
# *Uniform quantization* stores a number as one of $2^b$ equally wide bins between a lowest and a highest value: $b$
# bits in place of 32. Both ends are learned from train; what is used afterwards is the middle of the bin:


# %%
def quantize(x, low, high, bits):
    """Every number as the middle of one of 2^bits equally wide bins from low to high."""
    width = np.maximum(high - low, 1e-9) / 2**bits
    code = np.clip(np.floor((x - low) / width), 0, 2**bits - 1)  # what is stored
    return low + (code + 0.5) * width


train, test = (x[:, varies].astype(float) for x in (train, test))
ours = quantize(test, train.min(axis=0), train.max(axis=0), 4)
bins = KBinsDiscretizer(16, encode="ordinal", strategy="uniform").fit(train)
bits_difference = np.max(np.abs(ours - bins.inverse_transform(bins.transform(test))) / deviation)
float(bits_difference)  # from scikit-learn's, in deviations

# %%
bits = (8, 4, 2, 1)


def quantized(seed):
    """Test accuracy of ridge on quantized features, with a range each or one for all."""
    train, test = (beside(split).astype(float) for split in (features[seed].train, features[seed].test))
    found = {}
    for how, axis in (("a range each", 0), ("one range", None)):
        low, high = train.min(axis=axis), train.max(axis=axis)
        for b in bits:
            model = make_pipeline(StandardScaler(), RidgeClassifier(alpha=100))
            model.fit(quantize(train, low, high, b), features[seed].train.y)
            found[how, b] = model.score(quantize(test, low, high, b), features[seed].test.y)
    return found


by_bits = lesson.over_seeds(quantized)
lines = {how: [by_bits[how, b] for b in bits] for how in ("a range each", "one range")}
mm.plots.curves("Four bits a number are enough, if each feature has a range of its own", bits, lines, "bits")

# %% [markdown]
# Four bits in place of 32 cost next to nothing, one bit costs points. But give all numbers one range, as in an array of
# 8-bit integers, and the image falls into one or two bins: at eight bits little but the sound is left.
#
# ### Real pictures, real names
# `emoji` are drawings with the names people gave them: which of eight categories is it? The features are made without
# training (see the data card): 64 of a picture, and one for each word of the names, mostly zeros. As they come, a
# picture's vector is far longer than a name's.

# %%
as_made, to_length = lesson.method("as made", "as they come"), lesson.method("length", "each vector to length 1")
to_deviation = lesson.method("deviation", "each feature to deviation 1")
emoji = {(as_made, s): mm.load("emoji", features=True, seed=s) for s in lesson.seeds}
for s in lesson.seeds:
    emoji[to_length, s] = emoji[as_made, s].map(dict.fromkeys(("image", "text"), layers.UnitNormalization()))
    emoji[to_deviation, s] = prepare(emoji[as_made, s])
readers = {(m, s): fuse(sets, mm.layers.ConcatFusion, s, 30, 1e-2) for (m, s), sets in emoji.items()}
ways = (as_made, to_length, to_deviation)
real = lesson.over_seeds(lambda s: {m: accuracy(readers[m, s], emoji[m, s]).value for m in ways})
no_name = lesson.over_seeds(lambda s: {m: shuffled(readers[m, s], emoji[m, s], "text").value for m in ways})
title = "The preparation decides how much the name is heard (cross: names shuffled)"
mm.plots.scores(title, real, emoji[as_made, first].baseline(), crosses={m: each.mean for m, each in no_name.items()})

# %% [markdown]
# As they come, the pictures drown the names: shuffling the names costs little. Standardising turns it round: a word
# that occurs once in train gets a huge value there, and the names decide most. Bringing each *vector* to length 1 lets
# both speak. There is no one right preparation: ask who is heard.
#
# ## Break
# ### Results out of nothing
# A hundred samples, 2000 features, all noise; the labels are coins. There is nothing to find. We choose the 20 features
# whose class means are farthest apart (`SelectKBest`), then *cross-validate* in five *folds*: train on four fifths,
# test on the fifth kept out, each in turn. Or we put choice and model into a *pipeline*, which is fitted as one: each
# fold chooses anew, without the fifth that it is tested on.


# %%
def from_nothing(seed, repeats=5):
    """Accuracy in five folds on pure noise, with 20 features chosen before or inside; the mean of several sets."""
    found = {"before the folds": [], "inside the folds": []}
    honest = make_pipeline(SelectKBest(k=20), LogisticRegression())
    for repeat in range(repeats):
        rng = np.random.default_rng([seed, repeat])
        x, y = rng.normal(size=(100, 2000)), rng.permutation(np.arange(100) % 2)
        chosen = SelectKBest(k=20).fit_transform(x, y)  # sees every label
        found["before the folds"].append(cross_val_score(LogisticRegression(), chosen, y, cv=5).mean())
        found["inside the folds"].append(cross_val_score(honest, x, y, cv=5).mean())
    return {how: np.mean(each) for how, each in found.items()}


noise = lesson.over_seeds(from_nothing, "noise")
mm.plots.scores("Chosen on all samples, noise predicts coins", noise, 0.5)

# %% [markdown]
# Among 2000 features some go with the labels by luck. Chosen on all samples, they are those whose luck holds in the
# *kept-out* fifth as well: its labels had a say in the choice, and are then "predicted". Inside the folds the choice
# knows four fifths, and luck there says nothing of the last. All that is fitted belongs inside the folds, or on train
# alone: thresholds, components; means and vocabularies too, though what sees no label can invent far less.
#
# ### One modality entered twice
# A *product of experts* multiplies the probabilities of models (lesson 11), and takes each for a new witness. We enter
# the image's model once, twice, four times: the *log-loss* is the mean of $-\log p$ of the right class.


# %%
def log_loss(logits, y):
    """Mean of −log p of the right class."""
    return -log_softmax(logits, axis=1)[np.arange(len(y)), y].mean()


kinds = [(name, s) for name in data.modalities for s in lesson.seeds]
logits = {(name, s): experts[s][name].predict({name: raw[s].test.x[name]}, verbose=0) for name, s in kinds}
copies = lesson.over_seeds(
    lambda s: {n: log_loss(n * logits["image", s] + logits["audio", s], raw[s].test.y) for n in (1, 2, 4)}
)
lines = {"product": list(copies.values())}
mm.plots.curves("The same witness again raises the loss", list(copies), lines, "copies of the image", "log-loss")

# %% [markdown]
# No new evidence came in, but the product grew surer, also where it is wrong. Dependent modalities (two cameras, a
# caption and its translation) do so in part. Remedies: average, a joint model, *whitening* (no covariance; exercise 3).
#
# ### Pairs that are none
# A file is lost, a list slips, and the sounds of some images are those of others. No number looks odd. But two models
# that each see one modality *agree* less often: of a true pair they often name the same digit, of a false one only by
# chance. No label is needed. With the agreement $A_0$ on pairs we trust, $A_1$ on shuffled pairs, and $A$ on those in
# question, the share of misaligned pairs is about $(A_0 - A) / (A_0 - A_1)$.


# %%
def misaligned(seed):
    """Agreement, by the share of test pairs whose sounds have slipped by one; as they were, they are the trusted."""
    order = np.random.default_rng(seed).permutation(len(raw[seed].test))
    image, audio = (logits[name, seed].argmax(axis=1)[order] for name in ("image", "audio"))
    counts = {share: int(share * len(order)) for share in (0.0, 0.1, 0.3, 0.5, 1.0)}
    return {share: np.mean(image == np.hstack([np.roll(audio[:k], 1), audio[k:]])) for share, k in counts.items()}


agreement = lesson.over_seeds(misaligned)
estimate = (agreement[0.0] - agreement[0.3]) / (agreement[0.0] - agreement[1.0])
lines = {"agreement": list(agreement.values())}
mm.plots.curves("Wrong pairs lower agreement", list(agreement), lines, "share of misaligned pairs", "agreement")

# %% [markdown]
# Agreement is no accuracy, and it differs from source to source: take trusted pairs from the same one. With few
# pairs $A$ may fall by bad luck: sound the alarm when its whole interval (lesson 01) lies below $A_0$.
#
# ## What we saw

# %%
for method, (sets, _) in runs.items():
    lesson.record(method, scores[method], trained[method, first], sets[first])
for method in (image, audio):
    lesson.record(method, scores[method], experts[first][method.modality], raw[first].with_only(method.modality))
for method, each in real.items():
    lesson.record(method, each, readers[method, first], emoji[method, first])
told = {name: f"{each.mean:.3f}" for name, each in [*scores.items(), *real.items(), *noise.items()]}
lesson.findings(
    f"The sound alone reaches {told[audio]}; concatenated {told[concat]}, prepared **{told[concat_prepared]}**.",
    f"Chosen before the folds, noise predicts **{told['before the folds']}** of the coins; inside, "
    f"{told['inside the folds']}.",
    f"On `emoji`: as they come {told[as_made]}, length 1 **{told[to_length]}**, deviation 1 {told[to_deviation]}.",
    f"Where three tenths of the pairs are wrong, agreement alone estimates {100 * estimate.mean:.0f}%.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
for method in (concat, summed):
    lesson.claim(f"{method}: shuffling the images costs nothing", scores[method] - deaf[method], below=0.02)
    lesson.claim(f"{method}: no better than the sound", scores[method] - scores[audio], below=0.05)
for method, before in ((concat_prepared, concat), (sum_prepared, summed)):
    lesson.claim(f"{method}: the image is heard", scores[method] - deaf[method], above=0.2)
    lesson.claim(f"{method}: points ahead of as it comes", scores[method] - scores[before], above=0.06)
lesson.claim("kNN on both is kNN on the sound", neighbours["both"] - neighbours["sound alone"], within=(-0.01, 0.01))
lesson.claim("prepared, kNN hears both", neighbours["both, prepared"] - neighbours["both"], above=0.05)
weak = ridge["as they come", 0] - ridge["standardised", 0]
lesson.claim("ridge with a weak penalty does not mind the scale", weak, within=(-0.03, 0.03))
left = ridge["as they come", 6] - neighbours["sound alone"]
lesson.claim("a strong penalty leaves the sound", left, within=(-0.06, 0.06))
each = {b: by_bits["a range each", b] for b in bits}
lesson.claim("four bits cost next to nothing", each[8] - each[4], within=(-0.03, 0.03))
lesson.claim("one bit costs points", each[8] - each[1], above=0.05)
lesson.claim("one range for all costs more", each[8] - by_bits["one range", 8], above=0.0)
for other in (as_made, to_deviation):
    lesson.claim(f"emoji: length 1 is ahead of {other}", real[to_length] - real[other], above=0.0)
lesson.claim("emoji: as they come the name is hardly heard", real[as_made] - no_name[as_made], below=0.15)
lesson.claim("emoji: standardised it is heard most", real[to_deviation] - no_name[to_deviation], above=0.25)
lesson.claim("noise predicts coins if chosen before", noise["before the folds"], above=0.75)
lesson.claim("and does not if chosen inside", noise["inside the folds"], within=(0.4, 0.6))
lesson.claim("twice the image: the log-loss rises", copies[2] - copies[1], above=0.05)
lesson.claim("four times: far more", copies[4] - copies[2], above=0.3)
lesson.claim("agreement falls where three tenths are misaligned", agreement[0.0] - agreement[0.3], above=0.04)
lesson.claim("and tells how many", estimate, within=(0.15, 0.45))
lesson.claim("ours equal scikit-learn's", bool(max(difference, bits_difference) < 1e-3), equal=True)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# A `Normalization` for each modality, adapted on the training rows.

# %% tags=["own"]
import keras
import numpy as np

labels, inputs, scaled = np.arange(600) % 3, [], []
image, sound = (np.eye(3)[labels] @ np.random.randn(3, 8) + np.random.randn(600, 8) for _ in range(2))
for x in (image, 1000 * sound):  # other units
    scale = keras.layers.Normalization()
    scale.adapt(x[:400])  # mean and variance of the training rows
    inputs.append(keras.Input((8,)))
    scaled.append(scale(inputs[-1]))
model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(keras.layers.Concatenate()(scaled)))
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit([image[:400], 1000 * sound[:400]], labels[:400], epochs=10, verbose=0)
model.evaluate([image[400:], 1000 * sound[400:]], labels[400:], verbose=0)  # loss and accuracy

# %% [markdown]
# ## Exercises
# ### Exercise 1 · Inside the folds (15 minutes)
# `x` is (N, d), `y` (N,) of 0 and 1, `fold` (N,) the number of each row's fold, 0 to K − 1. Write `chosen_inside(x, y,
# fold, k)`: for each fold the numbers of the k features whose class means differ most *outside* the fold, (K, k).


# %% tags=["exercise"]
# stub
def chosen_inside(x, y, fold, k): ...  # your code here
# solution
def chosen_inside(x, y, fold, k):
    means = [[x[(fold != i) & (y == c)].mean(axis=0) for c in (0, 1)] for i in range(fold.max() + 1)]
    return np.stack([np.argsort(np.abs(one - zero))[-k:] for zero, one in means])


# end
lesson.check(1, chosen_inside)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · The misaligned third (10 minutes)
# Two models named a class for each of N pairs, `image` and `audio` (N,). In one third of the list the sounds have
# slipped by a row. Write `misaligned_third(image, audio)`: 0, 1 or 2.


# %% tags=["exercise"]
# stub
def misaligned_third(image, audio): ...  # your code here
# solution
def misaligned_third(image, audio):
    return int(np.argmin([agree.mean() for agree in np.split(image == audio, 3)]))


# end
lesson.check(2, misaligned_third)

# %% [markdown]
# ### Exercise 3 · Whitening (20 minutes)
# `x` is (N, d), two dependent modalities side by side. Write `whitening(x)`: a matrix $W$ (d, d) such that the features
# of `x @ W` have variance 1 and covariance 0. On which split would you fit it?


# %% tags=["exercise"]
# stub
def whitening(x): ...  # your code here
# solution
def whitening(x):
    values, vectors = np.linalg.eigh(np.cov(x.T))
    return vectors / np.sqrt(values)


# end
lesson.check(3, whitening)

# %% [markdown]
# ## Further reading
# - C. Ambroise, G. McLachlan, *Selection bias in gene extraction*, 2002: results that vanished inside the folds.
