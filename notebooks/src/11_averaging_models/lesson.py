# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 11 · Averaging models: Y = Σ αᵢ Mᵢ
#
# After this lesson you can combine the answers of models that never met, and say when to average and when to multiply.
#
# **You will learn** to
# - *build* the weighted vote, the arithmetic mean and the product of experts by hand,
# - *learn* the weights of a vote on the right data, and see what the wrong data does,
# - *calibrate* a model, so that it is as sure as it is right, before it may vote,
# - *break* the product of experts with a witness who votes twice.
#
# **Before you start**: [06 · linear fusion](06_linear_fusion.ipynb), which joins features where we now join answers.
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("11")

import keras
import numpy as np
from keras import ops

lesson

# %% [markdown]
# ## See: two witnesses
# The data is that of lesson 06: a handwritten digit and the same digit spoken, both damaged.

# %%
data = mm.load("digits")
data.show(4)

# %% [markdown]
# In *model-level* fusion each modality has a whole model of its own, trained on its own, and only their answers meet.
# An answer is ten *logits*, one for each digit: any real numbers, of which `softmax` makes ten probabilities.


# %%
def make_model(*modalities):
    """An encoder for each modality, their features side by side, and a linear head that gives ten logits."""
    encoders = {"image": mm.layers.ImageEncoder, "audio": mm.layers.AudioEncoder}
    parts = {name: encoders[name](64) for name in modalities}
    return mm.FeatureFusion(parts, mm.layers.ConcatFusion(), head=keras.layers.Dense(10))


team = mm.ModelFusion({name: make_model(name) for name in ("image", "audio")}, mm.layers.ProductOfExperts())
team({name: ops.convert_to_tensor(x[:1]) for name, x in data.train.x.items()})  # one sample tells it the widths
mm.plots.diagram(team, "Model-level fusion: two whole models, and only their answers meet")

# %% [markdown]
# Each `FeatureFusion` box is a whole classifier, an *expert*. Nothing passes between: they can be trained elsewhere,
# on different samples. Here both learn from the same 300: few, so that each alone leaves the other much to add.

# %%
image = lesson.method("image", "image alone", modality="image")
audio = lesson.method("audio", "audio alone", modality="audio")
sets = {seed: mm.load("digits", seed=seed).subset(300, seed=seed) for seed in lesson.seeds}


def train_model(data, modalities, seed):
    """A model of these modalities: 12 epochs of 15 batches."""
    view = data.with_only(*modalities)
    return mm.training.train(lambda: make_model(*modalities), view, seed=seed, epochs=12, batch_size=20)


models = {seed: {} for seed in lesson.seeds}
for seed in lesson.progress(lesson.seeds, "two experts"):
    for method in (image, audio):
        with lesson.timed(method):
            models[seed][method.modality] = train_model(sets[seed], [method.modality], seed)
first = lesson.seeds[0]
{name: f"{model.count_params():,} weights" for name, model in models[first].items()}

# %% [markdown]
# From here on only *answers* matter. We ask once and keep the log-probabilities, a data set of answers.


# %%
def voice(model, name):
    """A model of one modality as a function from samples to log-probabilities."""
    return lambda batch: ops.log_softmax(model({name: ops.convert_to_tensor(batch)}))


def both(split):
    """log p₁ and log p₂, (N, 10) each."""
    return [split.x["image"], split.x["audio"]]


said = {seed: sets[seed].map({name: voice(m, name) for name, m in models[seed].items()}) for seed in lesson.seeds}
[log_p.shape for log_p in both(said[first].test)]

# %% [markdown]
# ## Build: a sum and a product of answers
# We write $p_1$ and $p_2$ for the probabilities that the image model and the sound model give to the ten digits, $M =
# 2$ for their number, and calculate with logarithms, as products of small numbers soon vanish.
#
# The **weighted vote** is the linear model fusion of this course, $Y = \sum_i \alpha_i M_i$ with $\alpha_i \ge 0$ and
# $\sum_i \alpha_i = 1$. With equal weights it is the **arithmetic mean** $\frac1M \sum_i p_i$: one vote each. (Where
# models only name a class, count; two that disagree end in a tie.)
#
# The **product of experts** multiplies instead. A digit to which one model gives almost nothing is out, whatever the
# other says, and two witnesses who agree make us *surer* than each was. Every $p_i$ contains how frequent each digit
# was where it was trained, the prior $\pi$; multiplied $M$ times it would count $M$ times, so $M-1$ are taken out:
# $$ \log p = \sum_i \log p_i - (M-1) \log \pi + \text{const} . $$
# Our digits are about equally frequent, so that the prior only changes the constant, which `log_softmax` finds.


# %%
def weighted_vote(logs, weights):
    """log of Σ αᵢ pᵢ"""
    return np.log(sum(weight * np.exp(log) for weight, log in zip(weights, logs, strict=True)) + 1e-12)


def arithmetic_mean(logs):
    """log of (1/M) Σ pᵢ"""
    return weighted_vote(logs, [1 / len(logs)] * len(logs))


def product_of_experts(logs):
    """Σ log pᵢ, made to sum to one, for classes that are equally frequent"""
    return ops.convert_to_numpy(ops.log_softmax(sum(logs)))


# %% [markdown]
# ## Check: they equal the layers
# The package has each as a layer on the answers of all models. The largest difference, as probabilities:

# %%
weighted, logs = mm.layers.WeightedVote(), both(said[first].test)
weighted(logs)  # now it has its weights, and can be given others
weighted.set_weights([np.log([0.3, 0.7])])  # softmax(log α) = α
pairs = {
    "weighted vote": (weighted_vote(logs, [0.3, 0.7]), weighted(logs)),
    "arithmetic mean": (arithmetic_mean(logs), mm.layers.AverageFusion()(logs)),
    "product of experts": (product_of_experts(logs), mm.layers.ProductOfExperts()(logs)),
}
difference = {name: float(ops.max(ops.abs(np.exp(ours) - ops.exp(theirs)))) for name, (ours, theirs) in pairs.items()}
difference

# %% [markdown]
# ## Measure: how sure may a model be?
# A model is *calibrated* if it is right in 80% of the cases in which it is 80% sure. Training does not care much: once
# the training samples are all right, it lowers the loss further by being surer. Below the diagonal, it is too sure.

# %%
listen = keras.Sequential([keras.layers.Identity()])  # the models have spoken: hand their answers through
found = {m: mm.evaluation.reliability(listen, said[first].with_only(m.modality), bins=8) for m in (image, audio)}
mm.plots.reliability("The sound model is surer than it is right", found)

# %% [markdown]
# The *calibration error* in the legend is the mean distance from the diagonal. The cure is one number: divide the
# logits by a *temperature* $T$, $\operatorname{softmax}(z / T)$. $T > 1$ makes a model less sure, and no $T$ changes
# which class it names. `fit_temperature` takes the $T$ with the smallest mean $-\log p(y)$ on `val` (exercise 2).


# %%
def cool(said):
    """The answers, each model's logits divided by a temperature fitted on val."""
    return said.map({name: mm.evaluation.fit_temperature(listen, said.with_only(name)) for name in said.modalities})


calibrated = {seed: cool(said[seed]) for seed in lesson.seeds}
vote = mm.ModelFusion({name: keras.layers.Identity() for name in ("image", "audio")}, mm.layers.ProductOfExperts())
off, error = mm.evaluation.calibration_error, {}
for kind, answers in {"as trained": said, "calibrated": calibrated}.items():
    for what, model, names in (("sound", listen, ["audio"]), ("product", vote, ["image", "audio"])):
        error[f"{what}, {kind}"] = lesson.over_seeds(lambda s, a=answers, m=model, n=names: off(m, a[s].with_only(*n)))
error

# %% [markdown]
# The product is better calibrated too. And it may name another class now: a witness that shouted counts for less.
#
# ### Whose vote weighs more?
# $\alpha$ is learned: we take the one with the smallest *log-loss* $-\frac1N \sum_n \log p(y_n)$. But on which data?
# The models know `train`, and not `val`. With two models $\alpha$ is one number: we try (more: train `WeightedVote`).


# %%
def loss_by_share(seed, name):
    """The log-loss of the weighted vote on a split, for each share α₁ of the image."""
    split = calibrated[seed].split(name)
    right = np.arange(len(split)), split.y
    return {share: -np.mean(weighted_vote(both(split), [share, 1 - share])[right]) for share in shares}


shares = np.linspace(0, 1, 21)
losses = {name: lesson.over_seeds(lambda seed, name=name: loss_by_share(seed, name)) for name in ("train", "val")}
lines = {name: list(found.values()) for name, found in losses.items()}
best_share = {
    name: mm.evaluation.Scores({seed: min(shares, key=lambda share: found[share][seed]) for seed in lesson.seeds})
    for name, found in losses.items()
}
title = f"Best α of the image: {best_share['train'].mean:.2f} on train, {best_share['val'].mean:.2f} on val"
mm.plots.curves(title, shares, lines, "α of the image", "log-loss")

# %% [markdown]
# On `train` the sound model's loss is smaller, as if it had memorised more, and the image gets little or nothing. On
# `val`, which neither has seen, each gets a share. *Weights of a vote are learned on data no voter was trained on.*
#
# ### All votes, and one big model
# The votes on the calibrated answers, and a competitor: *one big model* with both encoders and as many weights as the
# other two together, trained end to end on the same 300 pairs, for as many steps.

# %%
mean = lesson.method("mean", "arithmetic mean")
weighted_mean = lesson.method("weighted", "weighted vote")
product = lesson.method("product", "product of experts")
big = lesson.method("big", "one big model")
big_models = {}
for seed in lesson.progress(lesson.seeds, "one big model"):
    with lesson.timed(big):
        big_models[seed] = train_model(sets[seed], ["image", "audio"], seed)


# %%
def accuracy_of(log_p, y):
    """The share of right answers."""
    return float(np.mean(log_p.argmax(axis=1) == y))


def measure(seed):
    """Test accuracy of every way to answer."""
    test, share = calibrated[seed].test, best_share["val"][seed]
    logs = both(test)
    answers = {image: logs[0], audio: logs[1], mean: arithmetic_mean(logs)}
    answers |= {weighted_mean: weighted_vote(logs, [share, 1 - share]), product: product_of_experts(logs)}
    right = {method: accuracy_of(log_p, test.y) for method, log_p in answers.items()}
    return right | {big: mm.evaluation.accuracy(big_models[seed], sets[seed]).value}


scores = lesson.over_seeds(measure)
mm.plots.scores("Averaging two models gains much, multiplying them more", scores, data.baseline())

# %% [markdown]
# Two models that never met gain many points by one addition. The weights with the smallest log-loss are not those with
# the most right answers: where one vote is heavy, the other seldom decides. The product is ahead of both means, and of
# the big model on the same pairs (though `val` gave the experts a temperature). Both add logits; a likely reason is
# training: an expert must explain every label alone, a part of the big model only what the other leaves.
#
# ### Real pictures, real names
# `emoji` are drawings with the names that people gave them: which of eight categories is it? Their features are made
# without training (the data card says how), so one linear layer on each is a model; the rival has one on both.

# %%
picture = lesson.method("picture", "picture alone", modality="image")
called = lesson.method("name", "name alone", modality="text")
joint, readers = lesson.method("joint", "one model of both"), {}


def linear(view, seed):  # one linear layer on features side by side, trained
    def make():
        parts = {name: keras.layers.Identity() for name in view.modalities}
        return mm.FeatureFusion(parts, mm.layers.ConcatFusion(), head=keras.layers.Dense(8))

    return mm.training.train(make, view, seed=seed, epochs=30, batch_size=128, learning_rate=1e-2)


# %%
def read(seed):
    """Test accuracy on `emoji` of a model for each modality, of their product, and of one model of both."""
    data = mm.load("emoji", features=True, seed=seed).map({"image": keras.layers.UnitNormalization()})
    answers, prior = {}, np.bincount(data.train.y) / len(data.train)
    for method in (picture, called, joint):
        view = data.with_only(method.modality) if method.modality else data
        model = linear(view, seed)
        answers[method] = ops.convert_to_numpy(ops.log_softmax(model(view.test.x)))
        readers[method, seed] = model, view
    answers[product] = answers[picture] + answers[called] - np.log(prior)  # here some categories are more frequent
    return {method: accuracy_of(log_p, data.test.y) for method, log_p in answers.items()}


real = lesson.over_seeds(read, "emoji")
mm.plots.scores("The product keeps up with one model of both", real, readers[joint, first][1].baseline())

# %% [markdown]
# Nobody made these independent or calibrated; still the product keeps up. Is a modality missing? Leave its expert out.
# But no vote answers what only the pair knows, such as the parity in lesson 06: there each expert can but guess.
#
# ### When is the product exactly right?
# **Bayes' rule** says $p(y \mid x_1, x_2) \propto \pi(y)\, p(x_1, x_2 \mid y)$. If they are *independent given the
# class*, $p(x_1, x_2 \mid y) = p(x_1 \mid y)\, p(x_2 \mid y)$, and since $p(x_i \mid y) \propto p_i(y) / \pi(y)$,
# $$ p(y \mid x_1, x_2) \;\propto\; \pi\, \frac{p_1}{\pi}\, \frac{p_2}{\pi} = \frac{p_1\, p_2}{\pi} , $$
# the product of experts (if their priors differ, divide each $p_i$ by its own): the best answer there is, under two
# conditions. Each expert gives the true $p(y \mid x_i)$ (calibration is needed, not enough), and they are independent
# given the class. Here the second is true: image and sound of a digit were paired at random. Now we break it.
#
# ## Break: the same witness twice
# Give the image model a second vote, and more. No new evidence came in. We look at how much surer than right a vote is.


# %%
def too_sure(log_p, y):
    """Mean probability of the named class minus the share of right answers; below 0 it is too modest."""
    return float(np.mean(np.exp(log_p.max(axis=1)))) - accuracy_of(log_p, y)


def excess(seed, count):
    """How much too sure mean and product are with so many copies of the image model."""
    image_log, audio_log = both(calibrated[seed].test)
    logs, y = [image_log] * count + [audio_log], calibrated[seed].test.y
    return {mean: too_sure(arithmetic_mean(logs), y), product: too_sure(product_of_experts(logs), y)}


copies = [1, 2, 4, 8]
found = [lesson.over_seeds(lambda seed, n=count: excess(seed, n)) for count in copies]
lines = {method: [each[method] for each in found] for method in (mean, product)}
title = "Counting one witness often makes the product too sure"
mm.plots.curves(title, copies, lines, "copies of the image model", "confidence − accuracy")

# %% [markdown]
# With each witness once, on the left, the product is about as sure as it is right, and the mean far too modest: it can
# never be surer than the surer of the two. Then the product takes every copy for a new, independent witness. Two
# cameras on one scene are nearly that. Exercise 3 is a cure where you know who copies whom; else average: it stays
# modest. (For features: `GaussianExperts`.)
#
# ## What we saw

# %%
for method, right in scores.items():
    used = [models[first][name] for name in ([method.modality] if method.modality else models[first])]
    view = data.with_only(method.modality) if method.modality else data
    lesson.record(method, right, [big_models[first]] if method == big else used, view)
readers[product, first] = [readers[m, first][0] for m in (picture, called)], readers[joint, first][1]
for method, right in real.items():
    lesson.record(method, right, *readers[method, first])
better = mm.evaluation.highest(scores[image], scores[audio])
kept = lesson.over_seeds(lambda s: {n: mm.evaluation.shuffled(vote, calibrated[s], n).value for n in data.modalities})
lesson.findings(
    f"The better model alone reaches {better.mean:.3f}, the mean {scores[mean].mean:.3f}, the product "
    f"**{scores[product].mean:.3f}**; one big model on the same 300 pairs {scores[big].mean:.3f}.",
    f"The product uses both: with the image's answers shuffled it has {kept['image'].mean:.3f}, with the sound's "
    f"{kept['audio'].mean:.3f}.",
    f"On `emoji`: name {real[called].mean:.3f}, product {real[product].mean:.3f}, one model {real[joint].mean:.3f}.",
    "**Multiply** calibrated witnesses that are independent given the class; **average** where you cannot know.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("the votes by hand equal the layers", max(difference.values()), below=1e-5)
for what in ("sound", "product"):
    cooler = error[f"{what}, as trained"] - error[f"{what}, calibrated"]
    lesson.claim(f"calibrated answers lower the calibration error of the {what}", cooler, above=0.02)
lesson.claim("on train the image gets far less weight than on val", best_share["val"] - best_share["train"], above=0.3)
lesson.claim("on val both have a fair share", best_share["val"], within=(0.3, 0.9))
lesson.claim("the mean is points ahead of the better model alone", scores[mean] - better, above=0.05)
lesson.claim("equal weights name the right digit more often", scores[mean] - scores[weighted_mean], above=0)
lesson.claim("the product is ahead of the mean", scores[product] - scores[mean], above=0.02)
for name in data.modalities:
    lesson.claim(f"shuffling the {name} costs the product dearly", scores[product] - kept[name], above=0.1)
lesson.claim("the product is ahead of one big model", scores[product] - scores[big], above=0)
lesson.claim("with each witness once the product is nearly as sure as right", lines[product][0], within=(-0.1, 0.1))
lesson.claim("and the mean far too modest", lines[mean][0], below=-0.1)
either = mm.evaluation.highest(real[picture], real[called])
lesson.claim("emoji: the product is points ahead of either alone", real[product] - either, above=0.06)
lesson.claim("emoji: the product keeps up with one model of both", real[product] - real[joint], within=(-0.05, 0.05))
lesson.claim("eight copies make the product far too sure", lines[product][-1], above=0.15)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Two arrays with a row for each sample, a model for each, and their product.

# %% tags=["own"]
import keras
import numpy as np

rng = np.random.default_rng(0)
labels = rng.integers(0, 4, 600)
camera, microphone = (np.eye(4)[labels] + 0.8 * rng.normal(size=(600, 4)) for _ in range(2))  # your arrays here
logs = []
for x in (camera, microphone):
    model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(4)])
    model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x[:400], labels[:400], epochs=5, verbose=0)
    logs.append(keras.ops.log_softmax(model(x[400:])))
product = keras.ops.log_softmax(logs[0] + logs[1])
[float(np.mean(np.argmax(log, axis=1) == labels[400:])) for log in (*logs, product)]

# %% [markdown]
# ## Exercises
# ### Exercise 1 · The product with a prior (10 minutes)
# `logs` is a list of M arrays (B, C) of log-probabilities, `prior` (C,) how frequent each class is. Write
# `product_with_prior(logs, prior)`, which gives (B, C): $\sum_i \log p_i - (M-1) \log \pi$, made to sum to one.


# %% tags=["exercise"]
# stub
def product_with_prior(logs, prior): ...  # your code here
# solution
def product_with_prior(logs, prior):
    total = sum(logs) - (len(logs) - 1) * np.log(prior)  # the prior is in every p: count it once
    return ops.convert_to_numpy(ops.log_softmax(total))


# end
lesson.check(1, product_with_prior)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · Cool it down (15 minutes)
# `logits` is an array (N, C) from `val`, `y` the right classes (N,). Write `best_temperature(logits, y, candidates)`,
# which returns the temperature among `candidates` with the smallest log-loss of $\operatorname{softmax}(z / T)$.


# %% tags=["exercise"]
# stub
def best_temperature(logits, y, candidates): ...  # your code here
# solution
def best_temperature(logits, y, candidates):
    right = np.arange(len(y)), y
    return max(candidates, key=lambda T: np.mean(ops.convert_to_numpy(ops.log_softmax(logits / T))[right]))


# end
lesson.check(2, best_temperature)

# %% [markdown]
# ### Exercise 3 · Each witness once (15 minutes)
# `logs` is a list of arrays (B, C), and `who` a list of names of the same length, such as `["camera", "camera",
# "microphone"]`: answers of the same name come from the same witness. Write `each_witness_once(logs, who)`: the mean of
# the *logarithms* over the answers of each witness (a geometric mean), then the product over witnesses, as
# log-probabilities (B, C), made to sum to one. Ten copies of the camera must weigh as much as one.


# %% tags=["exercise"]
# stub
def each_witness_once(logs, who): ...  # your code here
# solution
def each_witness_once(logs, who):
    total = sum(log / who.count(name) for log, name in zip(logs, who, strict=True))
    return ops.convert_to_numpy(ops.log_softmax(total))


# end
lesson.check(3, each_witness_once)

# %% [markdown]
# ## Further reading
# - J. Kittler and others, *On combining classifiers*, 1998: sum and product, and why the sum forgives experts' errors.
# - G. Hinton, *Training products of experts by minimizing contrastive divergence*, 2002: the product trained as one.
# - C. Guo and others, *On calibration of modern neural networks*, 2017: temperature scaling.
