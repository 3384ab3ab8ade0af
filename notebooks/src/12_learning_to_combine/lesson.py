# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 12 · Learning to combine: Y = f(Σ αᵢ Mᵢ)
#
# After this lesson you can fit a combiner of models without letting it see what the models learned by heart, and say
# when not to fit one at all.
#
# **You will learn** to
# - *build* a combiner of two numbers, a stack, and a mixture of experts by hand,
# - *obtain* answers out of fold, with folds by writer and by voice, and see what answers on train do instead,
# - *measure* when learned weights beat a product that learned nothing: in right answers and in probabilities,
# - *break* combiners: too few samples for too many weights, a gate with nothing to choose.
#
# **Before you start**: [11 · averaging models](11_averaging_models.ipynb): vote, product, temperature, log-loss.
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("12")

from types import SimpleNamespace

import numpy as np
from keras import Sequential, layers, ops
from scipy.optimize import minimize
from scipy.special import expit, log_softmax
from scipy.stats import spearmanr
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

lesson

# %% [markdown]
# ## See: one who knows it by heart, one who does not
# A digit, written and spoken, as in lesson 11, each with a model of a kind that anybody might bring. The *image* has a
# *random forest*: 100 decision trees on its pixels, each grown until all samples it was given are right, vote, and
# their shares are the probabilities. The *sound* has one linear layer on the log-mel spectrogram (lesson 03), held back
# by a strong penalty on its weights.

# %%
first, digits = lesson.seeds[0], {seed: mm.load("digits", seed=seed) for seed in lesson.seeds}
digits[first].show(4)

# %%
combiner = mm.ModelFusion({name: layers.Identity() for name in ("image", "audio")}, mm.layers.MixtureOfExperts())
combiner({name: ops.zeros((1, 10)) for name in ("image", "audio")})
mm.plots.diagram(combiner, "Two models have spoken, ten numbers each; a combiner learns from what they said")


# %%
def teacher(name, model):
    """A function that fits such a model on a set, and gives a function from a split to log p, (n, classes)."""

    def fit(data):
        fitted = clone(model).fit(data.train.x[name], data.train.y)
        return lambda split: log_softmax(np.log(fitted.predict_proba(split.x[name]).clip(1e-4)), axis=1)

    return fit


def listen(seed):  # [log p₁, log p₂] of train (three ways), val and test
    data = prepared[seed]
    cautious = make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=200))
    fits = teacher("image", RandomForestClassifier(100, random_state=seed)), teacher("audio", cautious)
    asks = [fit(data) for fit in fits]
    found = {name: [ask(data.split(name)) for ask in asks] for name in ("train", "val", "test")}
    whose = data.train.group, data.train.targets["voice"]  # whose hand, whose voice
    for source, groups in {"by row": [np.arange(len(data.train))] * 2, "out of fold": whose}.items():
        pairs = zip(fits, groups, strict=True)
        found[source] = [mm.training.out_of_fold(fit, data, group=group, seed=seed) for fit, group in pairs]
    return found


# %%
rows = {"image": layers.Flatten(), "audio": Sequential([mm.layers.LogMel(), layers.Flatten()])}
prepared = {seed: data.map(rows) for seed, data in digits.items()}
said = {seed: listen(seed) for seed in lesson.progress(lesson.seeds, "two models")}


def right(log_p, y):
    return float(np.mean(log_p.argmax(axis=1) == y))


models = {"image": "forest on the image", "audio": "linear layer on the sound"}
known = lesson.over_seeds(
    lambda seed: {
        mm.evaluation.Method(f"{label}: {what}", modality=name): right(said[seed][what][i], prepared[seed].split(of).y)
        for i, (name, label) in enumerate(models.items())
        for what, of in {"train": "train", "by row": "train", "out of fold": "train", "test": "test"}.items()
    }
)
mm.plots.scores("What a model says of its own training samples is no guide", known, digits[first].baseline())

# %% [markdown]
# On `train` the forest is never wrong. Whoever watches both there must believe the forest; on `test` they are about
# equally good. The bars between are the cure. **Out of fold**: cut `train` into five parts, the *folds*. Fit the model
# on four and let it answer the fifth; five times, until every sample has an answer of a model that never saw it. For
# `test` take the one model that was fitted on all of `train`.
#
# What may a model not have seen? With folds drawn *by row*, the forest has met other digits of the same hand. At the
# end it has to read new hands; so the folds of the image are made by *writer*, those of the sound by *voice*
# (`out_of_fold(fit, data, group=...)`). By writer the bar is near that of `test`; look where it is by row in this run.
#
# ## Build: three combiners
# **Two numbers.** $Y = f(\sum_i \alpha_i M_i)$ in its smallest form: $M_i = \log p_i$, and $f$ is the softmax,
# $$ p \propto p_1^{\alpha_1} \, p_2^{\alpha_2} . $$
# With $\alpha_1 = \alpha_2 = 1$ it is the product of experts. We take the $\alpha$ with the smallest log-loss.
#
# **A stack.** Each class of each model gets weights of its own, $f(\sum_i A_i \log p_i + c)$, $A_i$ a matrix: the 20
# answers are the inputs of one more classifier (*logistic regression*, one linear layer) with 210 numbers to learn. It
# can learn which model confuses which digits. (`StackedFusion` puts a hidden layer between.)
#
# **A mixture of experts** chooses anew for every sample. A *gate* looks at something $v$, such as the answers, gives
# each model a share $g_i$, and the answer is a vote with these shares (for two, the softmax is a $\sigma$):
# $$ p = \sum_i g_i(v) \, p_i , \qquad g = \operatorname{softmax}(v\,G + b) . $$


# %%
def log_loss(log_p, y):  # mean of −log p of the right class, made to sum to one
    return -np.mean(log_softmax(log_p, axis=1)[np.arange(len(y)), y])


def fit_alpha(logs, y):  # tensordot: Σ αᵢ log pᵢ
    return minimize(lambda alpha: log_loss(np.tensordot(alpha, logs, 1), y), [1, 1], method="Nelder-Mead").x


def fit_stack(logs, y):
    model = LogisticRegression(max_iter=1000).fit(np.hstack(logs), y)
    return lambda logs: model.predict_log_proba(np.hstack(logs))


def mixture(gate, view, logs):
    """log Σ gᵢ pᵢ; the gate (G, then b) gives the image σ(v G + b), and the sound the rest."""
    share = expit(view @ gate[:-1] + gate[-1])[:, None]
    return np.log(share * np.exp(logs[0]) + (1 - share) * np.exp(logs[1]))


def fit_gate(view, logs, y):
    return minimize(lambda gate: log_loss(mixture(gate, view, logs), y), np.zeros(view.shape[1] + 1)).x


# %% [markdown]
# ## Check: it equals the layer
# With a gate learned from the answers (20 probabilities), the largest difference from the package's layer:

# %%
logs, y = [log.astype("float32") for log in said[first]["out of fold"]], prepared[first].train.y
gate, layer = fit_gate(np.hstack(np.exp(logs)), logs, y), mm.layers.MixtureOfExperts()
layer(logs)  # the first call creates the weights: a part of G for what is seen of each model, with a column for each
layer.set_weights([np.stack([part, 0 * part], axis=1) for part in (gate[:10], gate[10:20])] + [np.array([gate[20], 0])])
difference = float(np.abs(np.exp(mixture(gate, np.hstack(np.exp(logs)), logs)) - ops.exp(layer(logs))).max())
difference

# %% [markdown]
# ## Measure: what a combiner learns, and from whom
# The models stay; only the answers differ that a combiner learns from: of *train*, which the models know; of the same
# samples *out of fold*; of *val*, a quarter as many, which nobody has seen.

# %%
product = lesson.method("product", "product, nothing learned")
sources = {"train": "on train", "out of fold": "out of fold", "val": "on val"}
kinds = (("two", "two numbers"), ("stack", "stack"))
two, stack = ({s: lesson.method(f"{k} {s}", f"{label}, {on}") for s, on in sources.items()} for k, label in kinds)


def brier(log_p, y):  # mean squared distance of the probabilities from 1 at the right class and 0 elsewhere
    return float(np.mean(np.sum((np.exp(log_softmax(log_p, axis=1)) - np.eye(10)[y]) ** 2, axis=1)))


# %%
def combine(seed):  # (what, method) -> the image's share of α, test accuracy, Brier score
    data, test, found = prepared[seed], said[seed]["test"], {}
    answers = {product: sum(test)}
    for source in sources:
        logs, y = said[seed][source], data.split("val" if source == "val" else "train").y
        alpha = fit_alpha(logs, y)
        found["share", two[source]] = alpha[0] / alpha.sum()
        answers |= {two[source]: np.tensordot(alpha, test, 1), stack[source]: fit_stack(logs, y)(test)}
    for method, log_p in answers.items():
        found |= {("right", method): right(log_p, data.test.y), ("brier", method): brier(log_p, data.test.y)}
    return found


measured = lesson.over_seeds(combine, "combiners")
share, scores, briers = ({m: v for (k, m), v in measured.items() if k == kind} for kind in ("share", "right", "brier"))
mm.plots.scores("Two numbers learned on train are worse than none learned", scores, digits[first].baseline())

# %%
table = [[m, f"{share[m].mean:.2f}" if m in share else "", f"{briers[m].mean:.3f}"] for m in scores]
lesson.table(["combiner", "image's share of α", "Brier score"], table)

# %% [markdown]
# The *Brier score* judges the probabilities: 0 is perfect, and who is sure and wrong pays most.
# - **On train** the combiner learns *which model overfits, not which is right*: it trusts the forest by far the most.
#   A stack loses less, it has other ways to fit; were both models always right on train, α could not even tell them
#   apart. So it need not be a disaster, but you do not know beforehand; out of fold you need not know.
# - **Out of fold** both get a fair share. They name no more right digits than the product that learned nothing; what
#   they gain is the Brier score. α is a share *and* a temperature: the forest is too modest, and two numbers know it.
# - **On val** two numbers are learned as well. The stack is not: a few hundred samples for 210 numbers.
#
# ### Real pictures, real names
# `emoji` are drawings with names (lesson 11): which of eight categories? Two linear models; that of the names has a
# weight for each of a thousand words and knows train nearly by heart. Folds are by *family*: a figure as woman and as
# man is one. Categories are not equally frequent, so the product takes the prior out once.

# %%
picture = lesson.method("picture", "picture alone", modality="image")
called, emoji = lesson.method("name", "name alone", modality="text"), {}


def read(seed):
    data = emoji[seed] = mm.load("emoji", features=True, seed=seed).map({"image": layers.UnitNormalization()})
    fits = [teacher(name, LogisticRegression(C=30, max_iter=500)) for name in data.modalities]
    asks, y = [fit(data) for fit in fits], data.train.y
    train, test = ([ask(split) for ask in asks] for split in (data.train, data.test))
    logs = {"train": train, "out of fold": [mm.training.out_of_fold(fit, data, seed=seed) for fit in fits]}
    answers = {picture: test[0], called: test[1], product: sum(test) - np.log(np.bincount(y) / len(y))}
    answers |= {two[source]: np.tensordot(fit_alpha(each, y), test, 1) for source, each in logs.items()}
    return {method: right(log_p, data.test.y) for method, log_p in answers.items()}


real = lesson.over_seeds(read, "emoji")
mm.plots.scores("Fitted on train, the combiner throws away what fusion brings", real, emoji[first].baseline())

# %% [markdown]
# ### A share for every sample
# One α for all is a compromise where the better witness changes. Now an image model *from the laboratory*: linear, with
# hardly any penalty, fitted on perfect pictures, and very sure. Out in the weather each picture gets noise of its own
# strength, from none to twice the full brightness; the model does not know noise, and stays sure. The sound is that of
# before. Three gates, fitted on `val`: one sees nothing, which makes it a *fixed vote*; one sees the answers; one sees
# how *rough* a picture is (how much neighbours differ, how many pixels are black or white), never the noise itself.

# %%
gates = {"vote": "fixed vote", "gate answers": "gate on answers", "gate": "gate on roughness"}
vote, by_answers, by_roughness = (lesson.method(key, label) for key, label in gates.items())
shares = {}  # (weather, gate, seed) -> the image's share in each sample of test, and its noise


def outdoors(what, seed, low, high):
    perfect, rng = (
        mm.load("digits", seed=seed, clean=True).map({"image": layers.Flatten()}),
        np.random.default_rng(seed),
    )
    laboratory, said_now, seen = LogisticRegression(C=30, max_iter=500), {}, {}
    laboratory.fit(perfect.train.x["image"], perfect.train.y)
    for name in ("val", "test"):
        x, noise = perfect.split(name).x["image"], rng.uniform(low, high, len(perfect.split(name)))
        x = np.clip(x + noise[:, None] * rng.normal(size=x.shape), 0, 1)
        logs = said_now[name] = [log_softmax(np.log(laboratory.predict_proba(x).clip(1e-4)), 1), said[seed][name][1]]
        rough = [2 * np.abs(np.diff(x)).mean(axis=1), (x == 0).mean(axis=1), (x == 1).mean(axis=1)]
        seen[name] = {vote: x[:, :0], by_answers: np.hstack(np.exp(logs)), by_roughness: 3 * np.stack(rough, axis=1)}
    y, val, test = perfect.val.y, said_now["val"], said_now["test"]
    answers = {product: sum(test), two["val"]: np.tensordot(fit_alpha(val, y), test, 1)}
    for method, view in seen["test"].items():
        gate = fit_gate(seen["val"][method], val, y)
        answers[method] = mixture(gate, view, test)
        shares[what, method, seed] = expit(view @ gate[:-1] + gate[-1]), noise
    return {method: right(log_p, perfect.test.y) for method, log_p in answers.items()}


# %%
changing = lesson.over_seeds(lambda seed: outdoors("changing", seed, 0, 2), "changing weather")
mm.plots.scores("A gate on roughness beats a vote, and two numbers both", changing, digits[first].baseline())

# %%
pairs = {"on answers": by_answers, "on roughness": by_roughness}
follows = lesson.over_seeds(lambda s: {n: -spearmanr(*shares["changing", g, s]).statistic for n, g in pairs.items()})
share_now, noise = shares["changing", by_roughness, first]
groups = {f"noise {n / 2} to {n / 2 + 0.5}": share_now[(noise * 2).astype(int) == n] for n in (0, 1, 3)}
title = "Gate on roughness: the image counts where there is little noise"
mm.plots.sample_weights(f"{title} (Spearman {follows['on roughness'].mean:.2f})", groups, "image")

# %% [markdown]
# *Spearman's* coefficient compares two orders: 1 if the share falls whenever the noise rises, 0 if it does not care. On
# answers it is far smaller: a model that is as sure of static as of a digit hides the noise. And two numbers? They
# lower the voice of the image for all alike, and *multiply*: where both are unsure, the evidence of both counts. A
# mixture only chooses, and is never surer than its surest expert. But multiplied as it comes, a sure and wrong expert
# vetoes what is right. So calibrate and multiply first, and then see whether a gate adds to it.
#
# ## Break: too little to learn from, nothing to choose
# How many samples does a combiner need? We fit on fewer and fewer of the first part's out-of-fold answers.


# %%
def with_few(seed):
    order, data, test, found = np.random.default_rng(seed).permutation(1029), prepared[seed], said[seed]["test"], {}
    for n in counts:
        logs, y = [log[order[:n]] for log in said[seed]["out of fold"]], data.train.y[order[:n]]
        found["two numbers", n] = right(np.tensordot(fit_alpha(logs, y), test, 1), data.test.y)
        found["stack", n] = right(fit_stack(logs, y)(test), data.test.y)
    return found


counts = (50, 100, 200, 400, 1029)
few = lesson.over_seeds(with_few, "few samples")
lines = {name: [few[name, n] for n in counts] for name in ("two numbers", "stack")}
lines[product] = [scores[product]] * len(counts)
mm.plots.curves("A stack needs hundreds of samples to reach a product of none", counts, lines, "samples to learn from")

# %% [markdown]
# And a gate with nothing to choose: in noise of one strength it learns one share for all, as a vote does.

# %%
same = lesson.over_seeds(lambda seed: outdoors("same", seed, 0.6, 0.6), "same weather")
mm.plots.scores("In the same weather for all, a gate is a fixed vote", same, digits[first].baseline())

# %% [markdown]
# ## What we saw

# %%
words = emoji[first].train.x["text"].shape[1]
size = dict.fromkeys(stack.values(), 210) | {product: 0, picture: 8 * 64 + 8, called: 8 * words + 8}
for found, data in ((scores, digits[first]), (real, emoji[first])):
    for method, each in found.items():  # its parameters: those of the combiner alone
        lesson.record(method, each, SimpleNamespace(count_params=lambda method=method: size.get(method, 2)), data)
mean = {method: f"{each.mean:.3f}" for method, each in scores.items()}
lesson.findings(
    f"Two numbers, fitted on train: {share[two['train']].mean:.2f} of the weight on the image, accuracy "
    f"{mean[two['train']]}; out of fold {share[two['out of fold']].mean:.2f} and **{mean[two['out of fold']]}**.",
    f"The product, which learned nothing: {mean[product]}, but a Brier score of {briers[product].mean:.3f} against "
    f"{briers[two['out of fold']].mean:.3f}.",
    f"A stack: {mean[stack['out of fold']]} out of fold, {mean[stack['train']]} on train, {mean[stack['val']]} on val.",
    f"`emoji`: two numbers on train {real[two['train']]}, out of fold {real[two['out of fold']]}.",
    f"Changing weather: fixed vote {changing[vote]}, gate on roughness {changing[by_roughness]}.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
trees = {m.split(": ")[1]: v for m, v in known.items() if m.modality == "image"}
lesson.claim("the mixture by hand equals the layer", difference < 1e-4, equal=True)
lesson.claim("the forest is far better on train than on test", trees["train"] - trees["test"], above=0.3)
lesson.claim("by writer it is about as good as on test", trees["out of fold"] - trees["test"], within=(-0.1, 0.1))
lesson.claim("on train the image gets by far the most", share[two["train"]], above=0.75)
lesson.claim("out of fold both get a fair share", share[two["out of fold"]], within=(0.3, 0.6))
fair, leak, none = scores[two["out of fold"]], scores[two["train"]], scores[product]
lesson.claim("two numbers: out of fold is points ahead of train", fair - leak, above=0.06)
lesson.claim("out of fold is about as often right as the product", fair - none, within=(-0.04, 0.04))
lesson.claim("and its probabilities are better", briers[product] - briers[two["out of fold"]], above=0.08)
lesson.claim("two numbers are learned as well on val", scores[two["val"]] - fair, within=(-0.04, 0.04))
lesson.claim("on train a stack loses less", scores[stack["train"]] - leak, above=0.03)
lesson.claim("on val the stack loses to the product", none - scores[stack["val"]], above=0.02)
fair, leak, none = real[two["out of fold"]], real[two["train"]], real[product]
lesson.claim("emoji: out of fold keeps up with the product", fair - none, within=(-0.05, 0.05))
alone = mm.evaluation.highest(real[picture], real[called])
lesson.claim("emoji: on train it is no better than the better one alone", leak - alone, below=0.01)
lesson.claim("emoji: out of fold is points ahead of it", fair - alone, above=0.04)
lesson.claim("the gate on roughness follows the noise", follows["on roughness"], above=0.7)
lesson.claim("the gate on answers hardly does", follows["on answers"], within=(-0.4, 0.4))
lesson.claim("changing weather: the gate is ahead of the vote", changing[by_roughness] - changing[vote], above=0.02)
lesson.claim("two numbers are ahead of the gate", changing[two["val"]] - changing[by_roughness], above=0.02)
lesson.claim("the product as it comes is behind it", changing[by_roughness] - changing[product], above=0.03)
lesson.claim("same weather: the gate is a vote", same[by_roughness] - same[vote], within=(-0.03, 0.03))
lesson.claim("100 samples: the stack loses to the product", scores[product] - few["stack", 100], above=0.06)
lesson.claim("100 samples are enough for two numbers", few["two numbers", 100] - scores[product], within=(-0.06, 0.05))
lesson.claims()

# %% [markdown]
# ## In your own notebook
# A combiner of two models, fitted on answers that neither was fitted for. Give `GroupKFold` your groups.

# %% tags=["own"]
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

rng = np.random.default_rng(0)
labels, people = rng.integers(0, 3, 600), np.arange(600) // 20  # your labels, and whose samples they are
pair = [np.eye(3)[labels] + rng.normal(size=(600, 3)) for _ in range(2)]  # your two arrays, a row for each sample
models = RandomForestClassifier(50, random_state=0), LogisticRegression()
how = {"groups": people[:400], "cv": GroupKFold(5), "method": "predict_proba"}
unseen = [cross_val_predict(m, x[:400], labels[:400], **how) for m, x in zip(models, pair, strict=True)]
said = [m.fit(x[:400], labels[:400]).predict_proba(x[400:]) for m, x in zip(models, pair, strict=True)]
combiner = LogisticRegression().fit(np.log(np.hstack(unseen) + 1e-3), labels[:400])
combiner.score(np.log(np.hstack(said) + 1e-3), labels[400:])

# %% [markdown]
# ## Exercises
# ### Exercise 1 · Folds by voice, not by row (10 minutes)
# `group` (N,) holds voice numbers, in any order. Write `folds_by_group(group, count)`: the fold of each sample, (N,),
# from 0 to `count` − 1. No voice may be in two folds, no fold empty or, given many voices, twice as large as another.


# %% tags=["exercise"]
# stub
def folds_by_group(group, count): ...  # your code here
# solution
def folds_by_group(group, count):
    return np.unique(group, return_inverse=True)[1] % count


# end
lesson.check(1, folds_by_group)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · Out of fold (15 minutes)
# `fit(x, y)` gives a function from samples to answers (n, 3); `fold` (N,) says in which fold each sample is. Write
# `answers_out_of_fold(fit, x, y, fold)`: (N, 3), in order, each by a model fitted on all *other* folds.


# %% tags=["exercise"]
# stub
def answers_out_of_fold(fit, x, y, fold): ...  # your code here
# solution
def answers_out_of_fold(fit, x, y, fold):
    answers = np.zeros((len(x), 3))
    for k in np.unique(fold):
        rest, held = fold != k, fold == k
        answers[held] = fit(x[rest], y[rest])(x[held])
    return answers


# end
lesson.check(2, answers_out_of_fold)

# %% [markdown]
# ### Exercise 3 · A mixture with somebody absent (15 minutes)
# `p` holds two arrays (N, C) of probabilities, `scores` (N, 2) what the gate says before its softmax, `present` (N, 2)
# who is there. Write `mixture_with_absent(p, scores, present)`, (N, C): no share for the absent, the shares sum to one.


# %% tags=["exercise"]
# stub
def mixture_with_absent(p, scores, present): ...  # your code here
# solution
def mixture_with_absent(p, scores, present):
    g = ops.convert_to_numpy(ops.softmax(np.where(present, scores, -np.inf)))
    return g[:, :1] * p[0] + g[:, 1:] * p[1]


# end
lesson.check(3, mixture_with_absent)

# %% [markdown]
# ## Further reading
# - D. Wolpert, *Stacked generalization*, 1992: where combiners learned from held-out answers come from.
# - R. Jacobs and others, *Adaptive mixtures of local experts*, 1991: experts and their gate, trained together.
