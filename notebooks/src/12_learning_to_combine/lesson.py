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
# - *build* a combiner of two numbers, a stack and a mixture of experts, from answers out of fold and others,
# - *measure* when learned weights beat a product that learned nothing: in right answers and in probabilities,
# - *break* combiners: a fit without an answer, too few answers for too many weights, a gate with little to go by.
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
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

lesson

# %% [markdown]
# ## See: one who knows train by heart, one who knows much of it
# A digit, written and spoken, as in lesson 11, each with a model that anybody might bring. The *image* has a *random
# forest*: 100 decision trees on its pixels, each grown until all samples it was given are right, vote, and their shares
# are the probabilities. The *sound* has one linear layer on the log-mel spectrogram (lesson 03), with a strong penalty.
# In the drawing `Identity` passes on what both said; only the box behind it learns (*Build* explains it).

# %%
first, digits = lesson.seeds[0], {seed: mm.load("digits", seed=seed) for seed in lesson.seeds}
digits[first].show(4)

# %%
combiner = mm.ModelFusion({name: layers.Identity() for name in ("image", "audio")}, mm.layers.MixtureOfExperts())
combiner({name: ops.zeros((1, 10)) for name in ("image", "audio")})
mm.plots.diagram(combiner, "Two models have spoken, ten numbers each; a combiner learns from what they said")

# %% [markdown]
# We ask each model four times: about *train*, on which it was fitted; about *test*, which it never saw; and twice about
# train **out of fold**: cut `train` into five parts, the *folds*, fit the model on four and let it answer the fifth;
# five times, until every sample has an answer of a model that never saw it. What else may it not have seen? With folds
# drawn *by row* it has met other digits of the same hand; at the end it has to read new hands. So we also cut by
# *writer* for the image, and by *voice* for the sound. `teacher` makes a function that fits a model, `listen` asks it.


# %%
def teacher(name, make):  # gives a function that fits such a model, and gives one from a split to log p, (n, classes)
    def fit(data):
        fitted = make().fit(data.train.x[name], data.train.y)  # clip: a forest gives exact zeros, and log 0 is −∞
        return lambda split: log_softmax(np.log(fitted.predict_proba(split.x[name]).clip(1e-4)), axis=1)

    return fit


def listen(seed):  # [log p₁, log p₂] of train (three ways), val and test
    data, whose = prepared[seed], {"by row": [np.arange(len(prepared[seed].train))] * 2}
    whose["out of fold"] = data.train.group, data.train.targets["voice"]  # whose hand, whose voice
    forest = teacher("image", lambda: RandomForestClassifier(100, random_state=seed))
    cautious = teacher("audio", lambda: make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=200)))
    asks = [fit(data) for fit in (forest, cautious)]
    found = {name: [ask(data.split(name)) for ask in asks] for name in ("train", "val", "test")}
    for way, groups in whose.items():
        pairs = zip((forest, cautious), groups, strict=True)
        found[way] = [mm.training.out_of_fold(fit, data, group=group, seed=seed) for fit, group in pairs]
    return found


# %%
rows = {"image": layers.Flatten(), "audio": Sequential([mm.layers.LogMel(), layers.Flatten()])}
prepared = {seed: data.map(rows) for seed, data in digits.items()}
said = {seed: listen(seed) for seed in lesson.progress(lesson.seeds, "two models")}
known, whose = {}, {"image": ("forest", "writer"), "audio": ("sound", "voice")}
for i, (name, (model, group)) in enumerate(whose.items()):
    parts = {"train": "on train", "by row": "out of fold, by row", "out of fold": f"out of fold, by {group}"}
    for part, label in (parts | {"test": "on test"}).items():
        method, of = mm.evaluation.Method(f"{model}, {label}", modality=name), "test" if part == "test" else "train"
        named = {seed: said[seed][part][i].argmax(axis=1) == prepared[seed].split(of).y for seed in lesson.seeds}
        known[method] = mm.evaluation.Scores({seed: each.mean() for seed, each in named.items()})
mm.plots.scores("What a model says of its own training samples is no guide", known, digits[first].baseline())

# %% [markdown]
# On `train` the forest is never wrong: whoever looks only there will believe the forest. On `test` it is only a little
# ahead. The cure is among the bars between. For the image, folds by row give a bar above that of `test`, folds by
# writer one near it; for the sound the two hardly differ in this run. You know that only after you have tried both:
# folds by what must be new at the end are safe either way. These are meant by *out of fold* from here on. On `test`
# answers the one model fitted on all of `train`; the combiner takes the five, with a fifth less to learn from, for it.
#
# ## Build: three combiners
# **Two numbers.** $Y = f(\sum_i \alpha_i M_i)$ in its smallest form: $M_i = \log p_i$, and $f$ is the softmax,
# $$ p \propto p_1^{\alpha_1} \, p_2^{\alpha_2} . $$
# With $\alpha_1 = \alpha_2 = 1$ it is the product of experts. (A prior is taken out of each $p_i$, and put in once.)
#
# **A stack.** Each class of each model gets weights of its own, $f(\sum_i A_i \log p_i + c)$, $A_i$ a matrix: one more
# classifier (*logistic regression*, one linear layer) on the 20 answers, with 210 numbers to learn.
#
# **A mixture of experts** weighs anew for every sample. A *gate* looks at something $v$, such as the answers, gives
# each model a share $g_i$, and the answer is a vote with these shares (for two, the softmax is a $\sigma$):
# $$ p = \sum_i g_i(v) \, p_i , \qquad g = \operatorname{softmax}(v\,G + b) . $$
#
# **Fitting** makes $-\sum_n \log p(y_n)$, the log-loss of all samples, small. For α a *penalty* is added, $\lambda / 2$
# times its squared distance from (1, 1), the product: λ = 0.1, as if we said beforehand "about 1, give or take three".
# (scikit-learn pulls the weights of a stack to 0, unasked, with λ = 1.)


# %%
def weigh(alpha, logs, prior=0.0):  # log π + Σ αᵢ (log pᵢ − log π)
    return prior + np.tensordot(alpha, np.asarray(logs) - prior, 1)


def mixture(gate, view, logs):  # log Σ gᵢ pᵢ; the gate (G, then b) gives the image σ(v G + b), the sound the rest
    share = expit(view @ gate[:-1] + gate[-1])[:, None]
    return np.log(share * np.exp(logs[0]) + (1 - share) * np.exp(logs[1]))


def log_loss(log_p, y):  # sum of −log p of the right class, p made to sum to one
    return -np.sum(log_softmax(log_p, axis=1)[np.arange(len(y)), y])


def fit_gate(view, logs, y):
    return minimize(lambda gate: log_loss(mixture(gate, view, logs), y), np.zeros(view.shape[1] + 1)).x


def fit_alpha(logs, y, start=(1, 1), penalty=0.1, prior=0.0):
    return minimize(lambda a: log_loss(weigh(a, logs, prior), y) + penalty * np.sum((a - 1) ** 2) / 2, start).x


# %% [markdown]
# ## Measure: what a combiner learns, and from whom
# Only the answers differ that a combiner learns from: of *train*, which the models know; of the same samples *out of
# fold*; of a hundred of those; of *val*, a quarter of a thousand, which nobody has seen. A search ends somewhere,
# whether or not there is something to find: so we start it twice, with the penalty and without.

# %%
product = lesson.method("product", "product, nothing learned")
sources = {"train": "on train", "out of fold": "out of fold", "few": "on 100 of those", "val": "on val"}
kinds = (("two", "two numbers"), ("stack", "stack"))
two, stack = ({s: lesson.method(f"{k} {s}", f"{label}, {on}") for s, on in sources.items()} for k, label in kinds)
hits = {}  # (method, seed) -> which samples of test are named right


def combine(seed):  # (what, method) -> a number
    data, test, found = prepared[seed], said[seed]["test"], {}
    answers, few = {product: sum(test)}, np.random.default_rng(seed).permutation(1029)[:100]
    for source, method in two.items():
        logs, y = said[seed].get(source), data.split("val" if source == "val" else "train").y
        if source == "few":
            logs, y = [log[few] for log in said[seed]["out of fold"]], y[few]
        alphas = [fit_alpha(logs, y, start, penalty) for penalty in (0.1, 0) for start in ((1, 1), (10, 10))]
        found |= {(i, method): alpha[0] / alpha.sum() for i, alpha in enumerate(alphas)}
        found |= {("image", method): alphas[0][0], ("sound", method): alphas[0][1]}
        classifier = LogisticRegression(max_iter=1000).fit(np.hstack(logs), y)
        answers |= {method: weigh(alphas[0], test), stack[source]: classifier.predict_log_proba(np.hstack(test))}
    for method, log_p in answers.items():
        off = np.exp(log_softmax(log_p, axis=1)) - np.eye(10)[data.test.y]
        hits[method, seed] = log_p.argmax(axis=1) == data.test.y
        found |= {("right", method): hits[method, seed].mean(), ("brier", method): np.sum(off**2) / len(off)}
    return found


# %%
measured = lesson.over_seeds(combine, "combiners")
share, scores, briers = ({m: v for (k, m), v in measured.items() if k == what} for what in (0, "right", "brier"))
mm.plots.scores("Two numbers learned on train are less often right than none learned", scores, digits[first].baseline())

# %%
columns = {"image": "α of the image", "sound": "α of the sound", 0: "image's share", 1: "share, from (10, 10)"}
columns |= {2: "share, λ = 0, from (1, 1)", 3: "share, λ = 0, from (10, 10)", "brier": "Brier score"}
rows = [[m, *(f"{measured[k, m].mean:.3f}" if (k, m) in measured else "" for k in columns)] for m in scores]
lesson.table(["", *columns.values()], rows)

# %% [markdown]
# **Has the fit an answer?** On *train* without a penalty (λ = 0) the end depends on the start: there the forest is
# always right, a larger α₁ lowers the loss without end, and there is no best α to find. The penalty makes one, and both
# starts find it. Elsewhere it changes next to nothing: samples decide. *If two starts disagree, you hold no result.*
#
# The *Brier score* judges the probabilities: their mean squared distance from 1 at the right class and 0 elsewhere.
# - **On train** two numbers learn *which model knows train by heart, not which is right*: the forest gets most of the
#   weight, and they end behind the product in right answers, behind a fit out of fold in both. A stack loses too. How
#   much is hard to know beforehand; out of fold you need not ask.
# - **Out of fold** both *models* get a fair share. Two numbers are right about as often as the product; what they gain
#   is the Brier score. α is a share *and* a temperature (lesson 11): both are above 1, and make the product surer. The
#   stack has the best Brier score and the highest mean accuracy of this run; whether it is right more often than the
#   product, only an interval of the difference can tell (*What we saw*; how one is made, lesson 13).
# - **On 100 of those, or val,** two numbers come out just as well. The stack does not: it has 210 numbers to learn.
#
# ### Real pictures, real names
# `emoji` are drawings with names (lesson 11): which of eight categories? The linear model of the names has a weight for
# each word and category, and can learn train by heart. Folds are by *family*: a figure as woman and as man is one. Some
# categories are more frequent: the prior goes first, for the product and for two numbers.

# %%
picture = lesson.method("picture", "picture alone", modality="image")
called, emoji = lesson.method("name", "name alone", modality="text"), {}


def read(seed):
    data = emoji[seed] = mm.load("emoji", features=True, seed=seed).map({"image": layers.UnitNormalization()})
    fits = [teacher(name, lambda: LogisticRegression(C=30, max_iter=500)) for name in data.modalities]
    asks, y = [fit(data) for fit in fits], data.train.y
    train, test = ([ask(split) for ask in asks] for split in (data.train, data.test))
    logs, prior = {"train": train}, np.log(np.bincount(y) / len(y))
    logs["out of fold"] = [mm.training.out_of_fold(fit, data, seed=seed) for fit in fits]
    answers = {picture: test[0], called: test[1], product: weigh([1, 1], test, prior)}
    answers |= {two[source]: weigh(fit_alpha(each, y, prior=prior), test, prior) for source, each in logs.items()}
    return {method: np.mean(log_p.argmax(axis=1) == data.test.y) for method, log_p in answers.items()}


real = lesson.over_seeds(read, "emoji")
mm.plots.scores("Fitted on train, two numbers lose much of what fusion brings", real, emoji[first].baseline())

# %% [markdown]
# Fitted on train, two numbers end far behind the product; out of fold they keep up with it.
#
# ### A share for every sample
# One α for all is a compromise where the better witness changes. Now an image model *from the laboratory*: linear, with
# hardly any penalty, fitted on perfect pictures. Out in the weather each picture gets noise of its own strength, up to
# twice the full brightness. Three gates, fitted on `val`: one sees nothing, a *fixed vote*; one sees the answers; one
# sees how *rough* a picture is (how much neighbours differ, how many pixels are black or white), never the noise.

# %%
gates = {"vote": "fixed vote", "gate answers": "gate on answers", "gate": "gate on roughness"}
gates = vote, by_answers, by_roughness = [lesson.method(*names) for names in gates.items()]


def outdoors(seed, low, high):
    perfect = mm.load("digits", seed=seed, clean=True).map({"image": layers.Flatten()})
    laboratory = LogisticRegression(C=30, max_iter=500).fit(perfect.train.x["image"], perfect.train.y)
    rng, logs, seen = np.random.default_rng(seed), {}, {}
    for name in ("val", "test"):
        x, noise = perfect.split(name).x["image"], rng.uniform(low, high, len(perfect.split(name)))
        x = np.clip(x + noise[:, None] * rng.normal(size=x.shape), 0, 1)
        logs[name] = [log_softmax(np.log(laboratory.predict_proba(x).clip(1e-4)), 1), said[seed][name][1]]
        rough = [2 * np.abs(np.diff(x)).mean(axis=1), (x == 0).mean(axis=1), (x == 1).mean(axis=1)]
        seen[name] = {vote: x[:, :0], by_answers: np.hstack(np.exp(logs[name])), by_roughness: 3 * np.stack(rough, 1)}
    y, test, alpha = perfect.test.y, logs["test"], fit_alpha(logs["val"], perfect.val.y)
    facts = {"sure": np.exp(test[0]).max(axis=1), "right": test[0].argmax(axis=1) == y}
    answers = {product: sum(test), two["val"]: weigh(alpha, test)}
    for gate, view in seen["test"].items():
        weights = fit_gate(seen["val"][gate], logs["val"], perfect.val.y)
        facts[gate], answers[gate] = expit(view @ weights[:-1] + weights[-1]), mixture(weights, view, test)
    found = {(what, i): each[noise // 0.5 == i].mean() for what, each in facts.items() for i in set(noise // 0.5)}
    found |= {(what, "deviation"): each.std() for what, each in facts.items()} | {"α": alpha[0]}
    found |= {(g, "turned"): -spearmanr(facts[g], noise).statistic for g in (by_answers, by_roughness) if low < high}
    return found | {method: np.mean(log_p.argmax(axis=1) == y) for method, log_p in answers.items()}


# %%
changing = lesson.over_seeds(lambda seed: outdoors(seed, 0, 2), "changing weather")
shown = {method: changing[method] for method in (product, two["val"], vote, by_answers, by_roughness)}
title = f"A gate on roughness beats a vote; two numbers (α of the image: {changing['α'].mean:.2f}) beat both"
mm.plots.scores(title, shown, digits[first].baseline())

# %%
lines = {"share, gate on roughness": by_roughness, "share, gate on answers": by_answers}
lines |= {mm.evaluation.Method(f"image model: how {what}", modality="image"): what for what in ("sure", "right")}
turned = [changing[g, "turned"] for g in (by_roughness, by_answers)]
parts = {name: [changing[what, i] for i in range(4)] for name, what in lines.items()}
title = f"Spearman, sign turned: gate on roughness {turned[0].mean:.2f}, on answers {turned[1].mean:.2f}"
mm.plots.curves(title, (0.25, 0.75, 1.25, 1.75), parts, "noise, in four bins", "mean over the samples of a bin")

# %% [markdown]
# *Spearman's* coefficient compares two orders: 1 if they are the same, −1 if one is the other reversed, near 0 if
# neither tells of the other. Here its sign is turned: 1 means that the share falls whenever the noise rises. On answers
# it is far smaller. A likely reason is in the figure: the image model stays sure where it is seldom right.
#
# And two numbers? They give the image the small exponent in the title, for all samples alike, and *multiply*: where
# both models are unsure, the evidence of both counts. A mixture takes a weighted mean, never surer than its surest
# expert. But multiplied as it comes (the product), a sure and wrong expert vetoes what is right.
#
# ## Break: little to go by
# A stack breaks on few answers (above), a gate with little to go by. Every picture gets noise of *one* strength:

# %%
same = lesson.over_seeds(lambda seed: outdoors(seed, 0.6, 0.6), "same weather")
rows = [[g, *(f"{x.mean:.3f}" for x in (same[g], same[g, "deviation"], changing[g, "deviation"]))] for g in gates]
lesson.table(["gate", "accuracy, one strength", "deviation of the shares", "the same in changing weather"], rows)

# %% [markdown]
# Roughness now says little of which model is right: the shares hardly differ (*deviation*, over samples), and the gate
# is right about as often as the fixed vote. The gate on answers still sees what each said, and how surely; its shares
# differ, and in this run it stays a little ahead.
#
# ## When to learn a combiner
# - *None*: with few answers that no model was fitted on, take the product; calibrate who is sure and wrong first.
# - *Two numbers*: where models are surer, or more modest, than they are right; a hundred answers were enough here.
# - *A stack*: only with several answers for each number that it learns (here, for 210, a lead over them was not shown).
# - *A gate*: if you can see which witness is the better one; try it against two numbers, which were ahead here.
# - *Always*: fit on answers out of fold, with folds by what must be new at the end, or on samples that fitted nothing
#   else; start the search twice; choose among combiners on samples that fitted none of them (val cannot do both); call
#   one ahead only where the interval of the difference leaves 0 out.
#
# ## What we saw

# %%
words = emoji[first].train.x["text"].shape[1]
size = dict.fromkeys(stack.values(), 210) | {product: 0, picture: 8 * 64 + 8, called: 8 * words + 8}
for found, data in ((scores, digits[first]), (real, emoji[first])):
    for method, each in found.items():  # its parameters: those of the combiner alone
        lesson.record(method, each, SimpleNamespace(count_params=lambda method=method: size.get(method, 2)), data)
fair, leak, pair = two["out of fold"], two["train"], (stack["out of fold"], product)
ahead = mm.evaluation.statistics.difference_over_seeds(*(np.stack([hits[m, s] for s in lesson.seeds]) for m in pair))
lesson.findings(
    f"Two numbers on train: {share[leak].mean:.2f} of the weight on the image, accuracy {scores[leak].mean:.3f}, "
    f"out of fold {share[fair].mean:.2f} and **{scores[fair].mean:.3f}**. The product: {scores[product].mean:.3f}.",
    f"A stack: {', '.join(f'{scores[stack[on]].mean:.3f} {label}' for on, label in sources.items())}. "
    f"Out of fold minus product, with the 95% interval over seeds and test digits: {ahead}.",
    f"`emoji`: product {real[product]}, two numbers on train {real[leak]}, out of fold {real[fair]}.",
    f"Changing weather: fixed vote {changing[vote]}, gate on roughness {changing[by_roughness]}.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
trees = list(known.values())
lesson.claim("the forest is far better on train than on test", trees[0] - trees[3], above=0.3)
lesson.claim("by row it seems better than by writer", trees[1] - trees[2], above=0)
moved = {m: [measured[i, m] - share[m] for i in (1, 2, 3)] for m in (leak, fair)}
lesson.claim("on train without a penalty two starts disagree", moved[leak][1] - moved[leak][2], above=0.1)
lesson.claim("with one they agree", mm.evaluation.highest(moved[leak][0], -moved[leak][0]), below=0.005)
lesson.claim("on train the share hangs on the penalty", moved[leak][1], above=0.04)
lesson.claim("out of fold neither matters", mm.evaluation.highest(*moved[fair]), within=(-0.005, 0.005))
lesson.claim("on train the image gets most of the weight", share[leak], above=0.6)
lesson.claim("out of fold both get a fair share", share[fair], within=(0.3, 0.6))
lesson.claim("both α are above 1, even the smaller one", measured["image", fair], above=1.5)
lesson.claim("two numbers from train are behind the product", scores[leak] - scores[product], below=0)
lesson.claim("two numbers out of fold are ahead of those from train", scores[fair] - scores[leak], above=0)
lesson.claim("in the Brier score too", briers[leak] - briers[fair], above=0.02)
lesson.claim("out of fold is about as often right as the product", scores[fair] - scores[product], within=(-0.04, 0.04))
lesson.claim("and its probabilities are better", briers[product] - briers[fair], above=0.08)
lesson.claim("two numbers are learned as well on val", scores[two["val"]] - scores[fair], within=(-0.04, 0.04))
lesson.claim("100 are enough for two numbers", scores[two["few"]] - scores[product], within=(-0.06, 0.05))
lesson.claim("a stack loses on train too", briers[stack["train"]] - briers[stack["out of fold"]], above=0.03)
lesson.claim("on val the stack loses to the product", scores[product] - scores[stack["val"]], above=0.02)
lesson.claim("on 100 even more", scores[product] - scores[stack["few"]], above=0.06)
lesson.claim("emoji: out of fold keeps up with the product", real[fair] - real[product], within=(-0.05, 0.05))
lesson.claim("emoji: on train two numbers are far behind it", real[product] - real[leak], above=0.03)
lesson.claim("the gate on roughness follows the noise", turned[0], above=0.7)
lesson.claim("the gate on answers hardly does", turned[1], within=(-0.4, 0.4))
lesson.claim("in noise the image model is far surer than right", changing["sure", 3] - changing["right", 3], above=0.4)
lesson.claim("changing weather: the gate is ahead of the vote", changing[by_roughness] - changing[vote], above=0.02)
lesson.claim("two numbers are ahead of the gate", changing[two["val"]] - changing[by_roughness], above=0.02)
lesson.claim("the product as it comes is behind it", changing[by_roughness] - changing[product], above=0.03)
lesson.claim("same weather: the gate on roughness is a vote", same[by_roughness] - same[vote], within=(-0.03, 0.03))
lesson.claim("its shares differ less", same[by_answers, "deviation"] - same[by_roughness, "deviation"], above=0.1)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# A stack of two models, fitted on answers that neither was fitted for; keep it if it beats the product.

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
product = (np.log(said[0] + 1e-3) + np.log(said[1] + 1e-3)).argmax(axis=1)
{"product": np.mean(product == labels[400:]), "stack": combiner.score(np.log(np.hstack(said) + 1e-3), labels[400:])}

# %% [markdown]
# ## Exercises
# ### Exercise 1 · Folds by voice, not by row (10 minutes)
# `group` (N,) holds voice numbers, in any order. Write `folds_by_group(group, count)`: the fold of each sample, (N,),
# from 0 to `count` − 1. No voice in two folds, no fold empty; and with two voices a fold or more, all equally long, no
# fold with more than twice the samples of another.


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
        answers[fold == k] = fit(x[fold != k], y[fold != k])(x[fold == k])
    return answers


# end
lesson.check(2, answers_out_of_fold)

# %% [markdown]
# ### Exercise 3 · A mixture with somebody absent (15 minutes)
# `p` holds two arrays (N, C) of probabilities, `scores` (N, 2) what the gate says before its softmax, `present` (N, 2)
# True where an expert is there; at least one always is. Write `mixture_with_absent(p, scores, present)`, (N, C): no
# share for the absent, and shares that sum to one.


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
