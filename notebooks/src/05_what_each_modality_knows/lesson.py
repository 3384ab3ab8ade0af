# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 05 · What each modality knows
#
# After this lesson you can say, where the data's origin is known, if fusion can help, and catch impossible scores.
#
# **You will learn** to
# - *compute* the best score any model can reach from one modality and from both: the ceiling,
# - *measure* in bits what is in either modality, in one alone, and only in the pair,
# - *unmask* a leak with a model that sees only one modality.
#
# **Before you start**: [00 · start here](00_start_here.ipynb) and [01 · images](01_images.ipynb).
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("05")

from dataclasses import replace
from functools import cache

import numpy as np
from keras import layers

lesson

# %% [markdown]
# ## See: four questions about a picture and its caption
# `scenes` are small drawn pictures with a caption each. A scene carries two *symbols*: the shape of the object, which
# is in the picture, and in most tasks a material, which nobody can see and only the caption tells. What differs from
# task to task is the question. Sometimes a symbol is hidden: the object lies behind static, or the caption has only
# "thing", "object" or "item" and no word for the symbol. (Disc, box, wedge, plus: other words for the shapes.) First,
# *which shape?*, where the caption names it too:

# %%
first_seed = lesson.seeds[0]
tasks = ("redundant", "unique", "complementary", "xor")
sets = {task: mm.load("scenes", task=task, train=2000, val=100, seed=first_seed) for task in tasks}
sets["redundant"].show(5, seed=9)

# %% [markdown]
# Cover the captions, and most pictures still tell you the label. Cover the pictures, and most captions do. We call this
# *redundant*. In the other tasks the caption names a material:

# %%
sets["xor"].show(5, seed=9)

# %% [markdown]
# With such samples one can ask three questions.
# - *Which shape?* The label is in the picture alone: *unique*.
# - *Which shape of which material?* Each modality holds one half of the answer: *complementary*.
# - Number the shapes (circle 0, square 1, triangle 2, cross 3) and the materials (wooden, oaken 0; glass, crystal 1;
#   metal, steel 2; paper, cardboard 3). *Is the sum even or odd?* This is XOR, *exclusive or*. Cover the captions: the
#   same shape is even or odd, equally often. Neither symbol tells anything, and the two together tell all: *synergy*.
#
# ## Build: the whole world in a table
# Since we made these worlds, we know $P(y, s_1, s_2)$, the probability that label $y$, picture symbol $s_1$ and caption
# symbol $s_2$ occur together. First the label of each of the 4 × 4 pairs, for XOR:

# %%
K = 4  # symbols of each modality
shape, material = np.indices((K, K))  # s₁ by row, s₂ by column
labels = {"redundant": shape, "unique": shape, "complementary": K * shape + material, "xor": (shape + material) % 2}
labels["xor"]

# %% [markdown]
# Each row and each column has as many zeros as ones. That is synergy, seen in a table. All 16 pairs are equally
# frequent, except in the redundant task, where both symbols are the same. What a model sees is not the symbol but an
# *observation*: the symbol with probability 0.8, else "hidden", in each modality on its own.

# %%
hide = np.hstack([0.8 * np.eye(K), np.full((K, 1), 0.2)])  # P(observation | symbol); the last column is "hidden"
views = {}
for task in tasks:
    pairs = np.eye(K) / K if task == "redundant" else np.full((K, K), 1 / K**2)
    joint = pairs * (labels[task] == np.arange(labels[task].max() + 1)[:, None, None])  # P(y, s₁, s₂)
    seen = np.einsum("yab,ai,bj->yij", joint, hide, hide)  # P(y, o₁, o₂)
    views[task] = {"image": seen.sum(axis=2), "text": seen.sum(axis=1), "both": seen.reshape(len(seen), -1)}
views["xor"]["image"].round(3)

# %% [markdown]
# The picture tells nothing about even (first row) and odd (second row): the rows are equal.
#
# ### The ceiling
# Suppose you knew this table and saw an observation $o$. The best you can do is to name the label most probable with
# it, which is right with probability
# $$ \text{ceiling} = \sum_o \max_y P(y, o) . $$
# No model, of any size, trained on any amount of data, can be right more often. (Noise in the labels is in the table
# too; a third modality makes the row of observations longer.) From one modality that knows the shape, 0.8 + 0.2/4:
# seen, or a guess among four.


# %%
def ceiling(table):
    """The best possible accuracy from a table (labels, observations)."""
    return float(table.max(axis=0).sum())


ceilings = {task: {name: ceiling(view) for name, view in views[task].items()} for task in tasks}
{task: {name: round(value, 4) for name, value in values.items()} for task, values in ceilings.items()}

# %% [markdown]
# ### The bits
# Accuracy does not add up. There is a measure that is made for adding, the *mutual information*
# $$ I(y; o) = \sum_{y, o} P(y, o)\, \log_2 \frac{P(y, o)}{P(y)\, P(o)} . $$
# It is the number of yes/no questions about $y$, in bits, that $o$ answers on average. Four equally frequent classes
# are 2 bits; an observation that is independent of $y$ has 0. (Nobody can count the table of pictures. But what a model
# gets right on test is there to be known: its score bounds the ceiling from below.)


# %%
def bits(table):
    """Mutual information of rows and columns of a joint table, in bits."""
    independent = table.sum(axis=1, keepdims=True) * table.sum(axis=0)
    happens = table > 0  # what never happens adds nothing
    return max(0.0, float((table[happens] * np.log2(table[happens] / independent[happens])).sum()))


information = {task: {name: bits(view) for name, view in views[task].items()} for task in tasks}
{task: {name: round(value, 2) for name, value in values.items()} for task, values in information.items()}

# %% [markdown]
# Complementary: the two add up. Unique: the caption adds nothing. XOR: nothing and nothing make more.
#
# What both know splits into four parts: $R$ is in *either* modality (each has it), $U_1$ *only in the image*, $U_2$
# *only in the text*, and $S$ *only in the two together*. They must satisfy
# $$ R + U_1 = I(y; o_1), \qquad R + U_2 = I(y; o_2), \qquad R + U_1 + U_2 + S = I(y; o_1, o_2) , $$
# four unknowns in three equations. The missing one says what "only together" means. Let somebody pair pictures and
# captions anew *within each label*. Each modality alone then tells what it told before; only the pairs are spoilt. $S$
# is what the pair loses when this is done in the most harmful way. By hand, for XOR of two bits that are never hidden:
# pictures 0 and 1 (rows) and captions 0 and 1 (columns) of the label even, paired evenly, and odd likewise. The sums of
# rows and columns stay, but now both labels have the same table. The bits of the pair, before and after:

# %%
before = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]]) / 4  # P(y, o₁, o₂): even, odd
after = np.full((2, 2, 2), 1 / 8)
[bits(table.reshape(2, 4)) for table in (before, after)]

# %% [markdown]
# So $S$ is the whole bit, and the equations give $R = U_1 = U_2 = 0$. (For larger tables the most harmful pairing takes
# a search, which the package does; the definition is that of Bertschinger and others.)
#
# ## Check: it equals the package
# Every set with a known origin carries its ceilings and its bits. The largest differences to ours, and the four parts:

# %%
apart = [sets[task].ceiling(name) - ceilings[task][name] for task in tasks for name in ("image", "text")]
apart += [sets[task].ceiling() - ceilings[task]["both"] for task in tasks]
parts = {task: sets[task].information() for task in tasks}
apart_in_bits = [parts[task].total - information[task]["both"] for task in tasks]
[float(np.abs(differences).max()) for differences in (apart, apart_in_bits)]

# %%
mm.plots.bits("The bits about the label: in each, in one, or only in both", parts)

# %% [markdown]
# One bar has a surprise. Both modalities of the redundant task know the same, yet a piece is only in both together. It
# comes from the hidden symbols: where one modality is hidden, the other steps in. (Were both hidden in the same
# samples, there would be no gap to fill.) So subtracting, $I(y; o_1) + I(y; o_2) - I(y; o_1, o_2)$, does not give $R$.
# By the three equations it is $R - S$: what is shared *less* what only both know.
#
# ### When two witnesses do not help
# What if a witness does not fall silent but *errs*, and in a fifth of the cases names one of the other three symbols?

# %%
err = 0.8 * np.eye(K) + 0.2 / (K - 1) * (1 - np.eye(K))  # P(observation | symbol)
rows = []
for name, says in {"falls silent": hide, "errs": err}.items():
    one, two = says / K, np.einsum("ai,aj->aij", says, says).reshape(K, -1) / K
    rows.append([name, *(f"{value:.2f}" for value in (ceiling(one), ceiling(two), bits(one), bits(two)))])
lesson.table(["a witness that", "ceiling, one", "ceiling, two", "bits, one", "bits, two"], rows)

# %% [markdown]
# Of two such witnesses that disagree you can only believe one: two that err are right no more often than one. But the
# bits grew: you know *when* to doubt; a third could break the tie. (A weak hint at a rare class, too, adds bits only.)
#
# ## Measure: models against their ceilings
# Do real models keep what a ceiling promises? For the pictures we borrow a small network that comes with the course. It
# was trained on *other* scenes to name shapes, colours and places (lesson 17 is about such loans), and stays *frozen*:
# it never changes. The caption becomes a *bag of words*: a row of zeros and ones, one for each word of the vocabulary.
# On top comes one linear layer on both side by side (concatenation, lesson 06), the only part that learns:


# %%
def vocabulary(data):
    """A layer from captions to bags of words, by the words of train."""
    words = layers.TextVectorization(output_mode="multi_hot")
    words.adapt(data.train.x["text"])
    return words


encoder = mm.pretrained.small("image")
parts_of_model = {"image": encoder, "text": vocabulary(sets["xor"])}
drawn = mm.FeatureFusion(parts_of_model, mm.layers.ConcatFusion(), head=layers.Dense(2))
drawn(next(iter(sets["xor"].tf_data("train", 8)))[0])
mm.plots.diagram(drawn, "A frozen encoder, a bag of words, and one layer that learns")

# %% [markdown]
# What never changes is computed once, by `map`. We train linear models on picture, words, both.

# %%
image = lesson.method("image", "image alone", modality="image")
text = lesson.method("text", "text alone", modality="text")
fused = lesson.method("fused", "fused, linear")
sees = {image: ("image",), text: ("text",), fused: ("image", "text")}
trained = {}


def linear(data, seed):
    """One linear layer on all modalities of a set, trained; being linear, it may start at zero."""

    def make():
        inputs = {name: layers.Identity() for name in data.modalities}
        head = layers.Dense(len(data.classes), kernel_initializer="zeros")
        return mm.FeatureFusion(inputs, mm.layers.ConcatFusion(), head=head)

    return mm.training.train(make, data, seed=seed, epochs=10, batch_size=128, learning_rate=3e-2)


def measure(what, data, seed):
    """method -> test accuracy of the three models; `trained` keeps them."""
    words = vocabulary(data)
    bags = data.map({"text": words})
    models = {method: linear(bags.with_only(*names), seed) for method, names in sees.items()}
    trained[what, seed] = models, bags, words
    return {m: mm.evaluation.accuracy(models[m], bags.with_only(*names)).value for m, names in sees.items()}


# %%
@cache
def pictures(task, seed):
    """A task with the frozen encoder's features in place of pictures."""
    return mm.load("scenes", task=task, train=2000, val=100, seed=seed).map({"image": encoder})


scores = {}
for task in tasks:
    scores[task] = lesson.over_seeds(lambda seed, task=task: measure(task, pictures(task, seed), seed), task)
best = {task: dict(zip(sees, ceilings[task].values(), strict=True)) for task in tasks}
majority = {task: sets[task].baseline() for task in tasks}
mm.plots.against_ceilings("Each modality alone is at its ceiling; fused on xor is far below", scores, best, majority)

# %% [markdown]
# A bar may end a little beyond its mark: the share of right answers of a model that is right with probability $c$
# varies over sets of $n$ samples with a standard error of $\sqrt{c(1-c)/n}$, here about a point at most. Two of these
# are luck; exercise 3 calls more than three a suspect.
# - **Redundant.** Either modality is good alone. Fusion only fills gaps, and ends a little short of its mark.
# - **Unique.** The text is at the majority class (dashed), and adding it changes nothing. No fusion can help.
# - **Complementary.** Each alone looks miserable, and yet reaches all that it can reach. A score says little without
#   its ceiling. Together they are far above the better one: here fusion *adds*.
# - **XOR.** Each is *at chance*, as good as a guess, and no model could do better from one modality. But the fused bar
#   is at chance too, far below *its* ceiling. The pair knows, and this model does not: it adds up evidence from either
#   side, and there is none. Lesson 06 proves that no weighted sum can do it; lesson 08 multiplies, and can.
#
# So a fused model can fail for two reasons: nothing is there to be found, or the model cannot find it. A known ceiling
# tells them apart; without one, only a better model can show that something was there.
#
# ## Break: the caption that knew too much
# The XOR captions are to be written again. Two people share the work, and somebody hands the odd pairs to carl and the
# even ones to dora; by mistake a tenth goes to the wrong person. Both add their name behind what stood there, as anna
# and ben did before. We train the same models, which cannot solve XOR, on the new captions, and on those of a milder
# mistake (70% follow the label):


# %%
def signed(data, share, seed):
    """The captions signed: in this share of the samples carl wrote the odd ones and dora the even ones."""

    def sign(split):
        by_label = np.random.default_rng([seed, len(split)]).random(len(split)) < share
        carl = np.where(by_label, split.y == 1, split.y == 0)
        return replace(split, x={**split.x, "text": split.x["text"] + np.where(carl, " says carl", " says dora")})

    return data.map_splits(sign)


leaks = {}
for share in (0.9, 0.7):
    leaks[share] = lesson.over_seeds(
        lambda seed, share=share: measure(share, signed(pictures("xor", seed), share, seed), seed)
    )
signed(sets["xor"], 0.9, first_seed).train.x["text"][:4].tolist(), leaks[0.9][fused]

# %% [markdown]
# From chance to this, with one linear layer! But with a part of the symbols hidden on either side, no honest model can
# pass the ceiling of XOR. **A score above its ceiling by more than luck is a bug, not a triumph.** `report` agrees. It
# asks for each modality alone, their answers added up, fused, and for each modality *shuffled* over the samples or
# *dropped* (its mean instead); interval and *p* are those of lesson 00. Each pitfall has a number, and a page.

# %%
models, data, _ = trained[0.9, first_seed]
report = mm.evaluation.report(models[fused], data, alone={"image": models[image], "text": models[text]})
report

# %% [markdown]
# The whole interval is above what the data can allow (MM004), and the text alone does as well as both. (MM003 is true,
# but the image is connected: a linear model finds nothing in it.) Now the milder, less greedy leak:

# %%
panels = {"no leak": scores["xor"], "leak of 90%": leaks[0.9], "leak of 70%": leaks[0.7]}
same = [dict.fromkeys(panels, each["xor"]) for each in (best, majority)]
mm.plots.against_ceilings("Whatever fused scores, with a leak text alone is far above its own ceiling", panels, *same)

# %% [markdown]
# In the right panel, the leak of 70%, look at the fused score only: a model that has learned a good part of XOR, below
# the ceiling. The text alone unmasks it. It should be at chance, since a material says nothing about even and odd; it
# is as good as the fused model. So keep two rules:
# 1. *Each modality alone* is compared with *its own* ceiling, not only the fused model with that of both.
# 2. Where no ceiling is known, as with most real data, ask whether the fused model beats the *best modality alone*. If
#    not, its score is no proof of fusion. (It need not be a leak: in the unique task the picture does all the work.)
#
# Then look for the cause: words whose weights for odd and even differ most. (In pictures: cover parts, and ask again.)

# %%
models, _, words = trained[0.7, first_seed]
even, odd = models[text].head.get_weights()[0].T
pull = dict(zip(words.get_vocabulary(), odd - even, strict=True))
loudest = sorted(pull, key=lambda word: -abs(pull[word]))[:4]
{str(word): round(float(pull[word]), 2) for word in loudest}

# %% [markdown]
# Two names lead the list; the words behind them are luck. Without the names the captions are those of the left panel.
#
# ## What we saw

# %%
gain = {task: scores[task][fused] - mm.evaluation.highest(scores[task][image], scores[task][text]) for task in tasks}
lesson.findings(
    f"**Redundant**: fused {scores['redundant'][fused]}, {100 * gain['redundant'].mean:.0f} points from filling gaps.",
    f"**Unique**: fused {scores['unique'][fused]}, image alone {scores['unique'][image]}. Fusion cannot help.",
    f"**Complementary**: alone {scores['complementary'][image]}, fused {scores['complementary'][fused]}. It adds.",
    f"**XOR**: the pair would allow {ceilings['xor']['both']:.3f}, the linear model gets {scores['xor'][fused]}.",
    f"With a leak it got {leaks[0.9][fused]}, above the ceiling; with a smaller one {leaks[0.7][fused]}, and the text "
    f"alone {leaks[0.7][text]}, where {ceilings['xor']['text']:.3f} is the most that honest captions allow.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
for task in tasks:
    for method, names in sees.items():
        models = trained[task, first_seed][0]
        lesson.record(method, scores[task][method], models[method], sets[task].with_only(*names))
        if (task, method) != ("xor", fused):
            apart_from = scores[task][method] - best[task][method]
            lesson.claim(f"{task}, {method}: close to its ceiling, not above", apart_from, within=(-0.06, 0.04))
lesson.claim("the tables equal the package's", bool(np.abs(apart + apart_in_bits).max() < 1e-3), equal=True)
lesson.claim("two that err are right no more often than one", abs(ceiling(two) - ceiling(one)), below=1e-9)
lesson.claim("xor: the linear model is at chance", scores["xor"][fused], within=(0.46, 0.54))
lesson.claim("filling gaps is worth points", gain["redundant"], above=0.08)
lesson.claim("the unique task gains nothing", gain["unique"], below=0.025)
lesson.claim("the complementary task gains a lot", gain["complementary"], above=0.4)
for share in (0.9, 0.7):
    lesson.claim(f"leak of {share:.0%}: text alone learns it", leaks[share][text] - share, within=(-0.04, 0.04))
    lesson.claim(f"leak of {share:.0%}: fused is no better", leaks[share][fused] - leaks[share][text], below=0.025)
lesson.claim("the greedy leak passes the ceiling", leaks[0.9][fused] - best["xor"][fused], above=0.04)
lesson.claim("the milder one does not", leaks[0.7][fused] - best["xor"][fused], below=-0.06)
lesson.claim("the report sees the leak", "above the ceiling" in " ".join(report.verdict), equal=True)
lesson.claim("two names lead the list", sorted(loudest[:2]) == ["carl", "dora"], equal=True)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Before you fuse anything: does the label need both? If `both` is no better than the better one, a cleverer fusion is
# not the next thing to try, unless each alone is at chance.

# %% tags=["own"]
import keras
import numpy as np

a, b = np.random.default_rng(0).normal(size=(2, 1200, 8)).astype("float32")  # your two modalities, (N, d) each
y = (a[:, 0] + b[:, 0] > 0).astype("int32")  # your labels
right = {}
for name, x in {"a": a, "b": b, "both": np.hstack([a, b])}.items():
    model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy", jit_compile=False)
    model.fit(x[:800], y[:800], epochs=5, verbose=0)
    right[name] = float(np.mean(model.predict(x[800:], verbose=0).argmax(axis=1) == y[800:]))
right

# %% [markdown]
# ## Exercises
# ### Exercise 1 · The table of another question (10 minutes)
# In `match`, the label is 1 where both symbols are the same, else 0. Both labels are equally frequent, and so are all
# pairs with the same label. Write `match_table(K)`, which returns $P(y, s_1, s_2)$, shape (2, K, K).


# %% tags=["exercise"]
# stub
def match_table(K): ...  # your code here
# solution
def match_table(K):
    same = np.eye(K)
    return np.stack([(1 - same) / (2 * K * (K - 1)), same / (2 * K)])


# end
lesson.check(1, match_table)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · What can fusion do here? (10 minutes)
# You know the score of the majority class and the ceilings of image, text and both. `what_fusion_can_do(majority,
# image, text, both)` returns `"nothing"` if both score no more than the better one alone, `"only together"` if they do,
# though neither alone beats the majority, else `"adds"`. Treat differences below $10^{-9}$ as none (rounding).


# %% tags=["exercise"]
# stub
def what_fusion_can_do(majority, image, text, both): ...  # your code here
# solution
def what_fusion_can_do(majority, image, text, both):
    alone = max(image, text)
    if both - alone < 1e-9:
        return "nothing"
    return "only together" if alone - majority < 1e-9 else "adds"


# end
lesson.check(2, what_fusion_can_do)

# %% [markdown]
# ### Exercise 3 · Luck or leak? (15 minutes)
# Write `suspects(scores, ceilings, n)` for scores on $n$ test samples: both are dicts with the same names; return the
# list of the names whose score is more than *three* standard errors $\sqrt{c(1-c)/n}$ above its own ceiling $c$.


# %% tags=["exercise"]
# stub
def suspects(scores, ceilings, n): ...  # your code here
# solution
def suspects(scores, ceilings, n):
    return [name for name, c in ceilings.items() if scores[name] > c + 3 * (c * (1 - c) / n) ** 0.5]


# end
lesson.check(3, suspects)

# %% [markdown]
# ## Further reading
# - N. Bertschinger et al., *Quantifying unique information*, 2014: the definition of the four parts used here.
# - P. Liang et al., *Quantifying & modeling multimodal interactions*, 2023: the same parts estimated on real data.
# - S. Gururangan et al., *Annotation artifacts in natural language inference data*, 2018: a leak, unmasked likewise.
