# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 27 · Capstone: AV-MNIST, or what a benchmark number is made of
# After this lesson you can run a small study from a plan to a report, and read the numbers of others with their recipe.
# **You will learn** to *plan* a comparison before test is opened, and *show* that the plan was not changed since; to
# *follow* data through its steps by their hashes; to *measure* two methods on two splits, with an interval; to *see*
# that one option is enough for three reported numbers that contradict each other; to *write* the paragraph on methods.
# **Before you start**: [03](03_audio.ipynb) on log-mel pictures, [08](08_multiplying_modalities.ipynb) on products,
# [13](13_early_late_or_hybrid.ipynb) on intervals and fair comparisons.
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.
#
# AV-MNIST pairs handwritten digits with spoken ones; both are damaged, so that each knows a part. It is in many papers,
# and yet there is no one AV-MNIST: under this name, for images alone, readers report [about 53% where the paper has
# 74](https://github.com/jperezrua/mfas/issues/13), and [65% where it has
# 75](https://github.com/jperezrua/mfas/issues/17). It need not be anybody's training that is at fault.

# %%
import mmcourse as mm

lesson = mm.lesson("27")

import hashlib
import json
import re

import keras
import numpy as np
from keras import layers
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from mmcourse.data.sets.av_mnist import split_clips
from mmcourse.data.sets.av_sources import read
from mmcourse.evaluation import compare, matched_width, report, statistics

lesson

# %% [markdown]
# ## The plan comes first
# Whoever looks at results and then decides what to compare will find something. So what is easiest to turn until it
# pleases is fixed here, before a test score is seen: how hard the data is, how it is split, which two methods, how they
# are chosen, and *what will count as an answer*. Two splits, because we cannot know which others used: **by take**
# (each speaker said each digit many times; some are kept for test) and **by speaker** (each speaker is left out once;
# val is the next). The plan's *hash* is below: 64 characters from all of it; change a letter, and they are others.

# %%
plan = {
    "question": "are products of features (low rank) right more often than features side by side?",
    "data": {"components": 4, "audio_snr_db": -5.0, "train": 2000, "val": 500, "test": 2000},
    "components": "fitted on the images of train only, the mean restored",
    "splits": ["by take", "by speaker: each left out once, val is the next by alphabet"],
    "methods": ["image", "audio", "side by side", "product"],
    "size": "both fused methods have as many parameters, within 5%",
    "budget": {"epochs": 10, "batch_size": 128, "learning_rates": [0.003, 0.01]},
    "choice": "the learning rate, by val, for each method on each split; test is looked at once",
    "difference": "product minus side by side, same test samples, 95% over seeds and clips (by speaker: speakers)",
    "answer": "yes or no only if both intervals lie on the same side of zero; else: not shown",
}
sealed = hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()
sealed

# %% [markdown]
# A claim below holds the hash to what it was when the plan was written. So the text is the same; whether the code obeys
# it, read in the code; against intent it takes a dated public commit. The plan has gaps: encoders, rank, width, number
# of seeds. Nor were we blind: the data card's figures were known, epochs and rates were tried on val, and a run with
# twice the filters, too slow for a lesson, had shown test scores. (In fast mode one speaker is left out and one rate is
# tried: a rehearsal. The stand-in has sizes of its own.)
#
# ## See: the data
# The course looks for the real arrays in the folder that `MMCOURSE_RAW` names, then asks the network (24 MB, once).
# Where neither is to be had, the same steps are made from the arrays of `digits`, whose voices are synthetic and come
# in four groups in place of speakers; then all that follows speaks of those. (The full collection has more speakers
# than the folder for tests, which holds four: its numbers differ, and our claims are set on four.) What is it here?

# %%
raw, first = read(stand_in=True), lesson.seeds[0]
speakers = np.unique(raw.speaker).tolist()
source = {"av_mnist": "MNIST and real speakers", "digits": "digits, standing in for AV-MNIST"}[raw.name]
lesson.table([f"27 on {source}", "clips"], [[name, f"{np.sum(raw.speaker == name)}"] for name in speakers])

# %%
left_out = speakers[:1] if lesson.fast else speakers
names = {None: "by take", **{speaker: f"without {speaker}" for speaker in left_out}}
option = {"seed": first, "stand_in": True, **plan["data"]}
sets = {s: mm.load("av_mnist", speaker_out=s, **option) for s in lesson.progress(names, "sets")}
by_take = sets[None]
by_take.show(5)

# %% [markdown]
# Listen: at −5 dB the noise has about three times the power of the voice. How was each sample made? Each step is a
# function of arrays and a seed, and the card keeps a hash of what came out of it:

# %%
hashes = {name: dict(re.findall(r"^- (\w+): `(\w{8})", sets[s].card, re.MULTILINE)) for s, name in names.items()}
lesson.table(["set", *hashes["by take"]], [[name, *each.values()] for name, each in hashes.items()])

# %% [markdown]
# A difference shows in the column of the step that made it, in those that build on it, and in the last (noise only
# there). Whole numbers (raw, clips, pairs) must agree between two labs. Of calculated ones, such as components, another
# machine may change the last bit, so the hash: compare their largest difference. How many clips are behind the pairs?

# %%
table, apart, parts = [], [], ("train", "val", "test")
for s, name in names.items():
    clips = [np.unique(sets[s].split(part).targets["clip"]) for part in parts]
    whose = [set(raw.speaker[each]) for each in clips]
    apart.append(sum(map(len, clips)) == len(np.unique(np.concatenate(clips))))
    apart.append(s is None or not (whose[0] & whose[2] or whose[1] & whose[2]))
    counts = [f"{len(c)} of {len(w)}" for c, w in zip(clips, whose, strict=True)]
    table.append([name, *counts, f"{len(sets[s].test) / len(clips[2]):.1f}"])
lesson.table(["set", *(f"{part}: clips, of speakers" for part in parts), "test pairs per clip"], table)

# %% [markdown]
# So test may hold several times fewer sounds than pairs (last column), in other noise beside other images. Such pairs
# depend on each other: the unit of an interval is the *clip* (`group`, lesson 13) or, by speaker, the *speaker*.
#
# ## Build: four numbers of an image
# `components: 4` means: let $\bar x$ be the mean of the training images as rows of pixels, and $A$ (pixels × 4) the
# four directions in which they vary most, the *principal components*. Keep the four numbers $A^\top (x - \bar x)$:
# $$ x' = \bar x + A A^\top (x - \bar x) . $$


# %%
def blur(known, images, k):
    """What k principal components of `known` keep of `images`, both (N, pixels)."""
    mean = known.mean(axis=0)  # x̄
    axes = np.linalg.svd(known - mean, full_matrices=False)[2][:k].T  # A: by how much the images vary along them
    return mean + (images - mean) @ axes @ axes.T


rows, unseen = (images.reshape(len(images), -1) / 255 for images in (raw.x_train[:10_000], raw.x_test[:4000]))
few = blur(rows[: len(by_take.train)], unseen[: len(by_take.test)], plan["data"]["components"])
less = {f"k = {k}": blur(rows[:500], unseen[:6], k).reshape(-1, 28, 28) for k in (8, 5, 4, 3)}
mm.plots.images("Six test images, and what k components keep", {"whole": unseen[:6].reshape(-1, 28, 28), **less})

# %% [markdown]
# ## Check
# The package takes eigenvectors of the covariance. The largest difference of a pixel in test images, where 1 is white:

# %%
differs = float(np.abs(few - by_take.test.x["image"].reshape(few.shape)).max())
differs

# %% [markdown]
# ## Build: two methods of one size
# Four numbers need no convolution: the image gets one hidden layer. The sound becomes a log-mel picture (lesson 03),
# each clip brought to mean 0 and variance 1, read along time by a small convolutional network. **Side by side**: both
# encoders' outputs, a hidden layer, logits. **Product**: low-rank fusion (lesson 08), logits. All of it is trained.

# %%
listen = [mm.layers.LogMel(), layers.LayerNormalization(axis=(1, 2), center=False, scale=False), layers.Permute((2, 1))]
listen = keras.Sequential(listen)  # (B, 5120) -> (B, frames, bands)
heard = {speaker: data.map({"audio": listen}) for speaker, data in sets.items()}


def encoders():
    """A new encoder for each modality, 32 features each."""
    hear = [layers.Conv1D(32, 5, activation="relu", padding="same"), layers.MaxPooling1D(2)]
    hear += [layers.Conv1D(32, 3, activation="relu", padding="same"), layers.GlobalMaxPooling1D()]
    see = [layers.Flatten(), layers.Dense(32, "relu")]
    return {"image": keras.Sequential(see), "audio": keras.Sequential([*hear, layers.Dense(32, "relu")])}


# %%
def make(kind, width=None):
    """A new model of a kind: of one modality, side by side with a hidden layer of this width, or a product."""
    parts, head = encoders(), layers.Dense(10)
    if kind == "product":
        return mm.FeatureFusion(parts, mm.layers.LowRankFusion(width, rank=4), head)
    if kind in parts:
        return mm.FeatureFusion({kind: parts[kind]}, mm.layers.ConcatFusion(), head)
    hidden = layers.Dense(width, activation="relu")
    return mm.FeatureFusion(parts, mm.layers.ConcatFusion(), keras.Sequential([hidden, head]))


def built(kind, width):
    model = make(kind, width)
    model({name: x[:1] for name, x in heard[None].train.x.items()})
    return model


size = built("side by side", 64).count_params()
width = matched_width(lambda width: built("product", width).count_params(), size, 64)
fused, drawn = {"side by side": 64, "product": width}, built("product", width)
mm.plots.diagram(drawn, "The product: two encoders, low-rank fusion, ten logits")

# %% [markdown]
# ## Measure: exactly the plan
# `compare` (lesson 13) chooses the rate by val and looks at test once. (All sets have the same images: see the hashes.
# With two rates each choice is at an edge, which lesson 13 warns of; the plan has it so, and we keep it.)


# %%
budget = plan["budget"] | ({"learning_rates": plan["budget"]["learning_rates"][:1]} if lesson.fast else {})


def contest(data, *kinds):
    """The planned budget for each kind of model; `fit` trains one."""
    methods = {kind: lambda fit, data, kind=kind: fit(lambda: make(kind, fused.get(kind)), data) for kind in kinds}
    return compare(methods, data, lesson.seeds, **budget)


image = contest(heard[None].with_only("image"), "image")
audio = {s: contest(heard[s].with_only("audio"), "audio") for s in lesson.progress(names, "audio alone")}
both = {s: contest(heard[s], *fused) for s in lesson.progress(names, "both")}
both[None]

# %%
scores = {s: {"audio": audio[s].scores["audio"], **both[s].scores} for s in names}
known, kinds = {"image": image.scores["image"], **scores[None]}, ("audio", *fused)
new = {kind: sum(scores[s][kind] for s in left_out) * (1 / len(left_out)) for kind in kinds}
panels = {"by take": known, "by speaker": {"image": known["image"], **new}}
told = f"{source}: by speaker, sound alone loses {known['audio'].mean - new['audio'].mean:.2f}"
unknown, baselines = dict.fromkeys(known), dict.fromkeys(panels, by_take.baseline())
mm.plots.against_ceilings(told, panels, dict.fromkeys(panels, unknown), baselines)

# %% [markdown]
# The same images, kind of noise, networks and budget. By take, test has voices that train has heard; by speaker it has
# a new one (and train fewer voices: a control follows). The left asks "do you know this digit from these people?", the
# right "do you know this digit?". Who will use it decides which number goes into the abstract, with its split in the
# same sentence; a table of papers that mixes them cannot rank methods. Set by set (mean over seeds):

# %%
lesson.table(["set", *kinds], [[names[s], *(f"{scores[s][kind].mean:.3f}" for kind in kinds)] for s in names])

# %% [markdown]
# ### The planned question
# The product minus side by side. By take: seeds and clips. By speaker: the test sets of all who were left out, end to
# end, with the speaker as the unit. Two flaws stay: the sets have the same images, and folds may share speakers of
# train. So speakers are not quite independent; the interval is about new voices for these images, perhaps too narrow.

# %%
right = {"by take": [both[None].right[kind] for kind in ("product", "side by side")]}
ends = zip(*([both[s].right[kind] for kind in ("product", "side by side")] for s in left_out), strict=True)
right["by speaker"] = [np.concatenate(each, axis=1) for each in ends]  # (seeds, samples) each
groups = {"by take": by_take.test.group, "by speaker": np.concatenate([sets[s].test.group for s in left_out])}
found = {split: statistics.difference_over_seeds(*right[split], groups[split]) for split in right}
signs = {(each.low > 0) - (each.high < 0) for each in found.values()}
answer = {1: "yes", -1: "no"}.get(signs.pop() if len(signs) == 1 else 0, "not shown")
narrow = {split: statistics.difference_over_seeds(*right[split]) for split in right}
told = [[s, f"{found[s]!r}", f"{narrow[s].low:+.3f} to {narrow[s].high:+.3f}"] for s in found]
lesson.table([f"product − side by side: {answer}", "unit: clip, or speaker", "unit: pair (wrong)"], told)

# %% [markdown]
# "Not shown" may mean that an interval holds zero, or that the splits disagree: look which. Beside it what would come
# out with *pairs* as the unit. If the first interval is wider, clips or voices are scarce, and more pairs do not help.
# (If not, the difference hardly depends on them, or seeds count more.) With $s$ its spread over speakers, half of the
# interval is about $t s / \sqrt G$ for $G$ of them, $t$ near 2 for many and 3.2 for four; the seeds come on top.

# %% [markdown]
# Last, the report card of the first seed's product by take (lesson 05): does it use both? If *all alone, added up* is
# ahead, the verdict guesses why; but given the digit, image and sound are independent here, the best case for a product
# of experts (lesson 11). That is not in the plan: to look at it is exploring, and to show it takes a new test.

# %%
models = {"image": image.models["image"], "audio": audio[None].models["audio"], **both[None].models}
report(models["product"][first], heard[None], alone={name: models[name][first] for name in encoders()})

# %% [markdown]
# ## Break: any number you like
# From here on test is looked at again: to explain, not to choose. We keep 3 to 8 components and ask a plain learner,
# the 25 nearest neighbours among the first training images (4 numbers are no task for a deep network). By $k$ alone:

# %%
centre, by_k, neighbours = rows.mean(axis=0), {}, KNeighborsClassifier(25)
energy, axes = np.linalg.eigh(np.cov((rows - centre).T))  # variances and their directions, ascending
energy, axes = energy[::-1].cumsum() / energy.sum(), axes[:, ::-1]
for k in range(3, 9):
    neighbours.fit((rows - centre) @ axes[:, :k], raw.y_train[: len(rows)])
    by_k[k] = float(neighbours.score((unseen - centre) @ axes[:, :k], raw.y_test[: len(unseen)]))
told = f"{source}: image alone from {by_k[3]:.2f} to {by_k[8]:.2f} by k"
mm.plots.curves(told, [*by_k], {"image": [*by_k.values()]}, "components k")

# %%
reported = {"53%": 0.53, "65%": 0.65, "74 or 75%": 0.75}
nearest = {who: min(by_k, key=lambda k, share=share: abs(by_k[k] - share)) for who, share in reported.items()}
found_here = [[who, f"{k}", f"{by_k[k]:.3f}", f"{energy[k - 1]:.0%}"] for who, k in nearest.items()]
lesson.table(["reported", "nearest k", "accuracy here", "variance kept"], found_here)

# %% [markdown]
# On MNIST $k$ alone is enough to make these numbers (that does not show that it was $k$). The papers remove three
# quarters of the *energy* (the variance). How many components are a quarter? [A draft of a
# loader](https://github.com/ludwig-ai/ludwig/pull/2807) takes the *index* of the first with which more than that is
# kept, counted from zero, as their number: 3; counted from one it is 4. Neither gives 5: for 74 or 75 perhaps something
# else differs. (With $k = 4$ the network above and these neighbours are points apart: learner and number of images
# count, too.) In the first thread 25% of the energy were removed, or so it says. In the second, sound alone has 43% in
# place of 66; a reader thinks that the file is a third party's, and an author links another. So ask in this order: same
# file (hash)? Same k? Same split, clips, noise? Then the network.
#
# ### And without noise?
# The clips alone, by a *support vector machine* (it keeps the widest margin between classes): by take; by speaker; and
# a control. To leave out two speakers (test, val) leaves fewer in train. If *that* cost the points, other takes of the
# very speakers in train would lose them, too.

# %%
clips = [raw.wave[start:end][:5120] for start, end in zip(raw.offset, raw.offset[1:], strict=False)]
waves = np.stack([np.pad(clip / 32768, (0, 5120 - len(clip))) for clip in clips]).astype("float32")
views = np.concatenate([listen(waves[i : i + 250]) for i in range(0, len(waves), 250)]).reshape(len(waves), -1)
usual, folds = split_clips(raw, None), [split_clips(raw, speaker) for speaker in speakers]
tries = {"by take, all speakers": [usual], "by speaker": folds}  # name -> splits, each with its train and test
tries["by take, as few speakers"] = [{p: np.intersect1d(f["train"], usual[p]) for p in usual} for f in folds]
quiet = {}
for name, splits in tries.items():
    learned = [SVC(C=10).fit(views[split["train"]], raw.label[split["train"]]) for split in splits]
    quiet[name] = [m.score(views[s["test"]], raw.label[s["test"]]) for m, s in zip(learned, splits, strict=True)]
told = [[name, f"{np.mean(each):.3f}", ", ".join(f"{one:.3f}" for one in each)] for name, each in quiet.items()]
lesson.table(["clips without noise", "mean", "each"], told)

# %% [markdown]
# With real speakers it is the stranger that costs (voice, microphone, room: they come together), not the smaller train
# set. (The groups of `digits` hold six timbres or more: a new one is less of a stranger.) And what if a plan turns out
# impossible? Seal a second one; report both, and why.
#
# ## What we saw

# %%
for kind in known if raw.name == "av_mnist" else ():  # a stand-in has no place on the scoreboard
    one = lesson.method(kind, kind, modality=None if kind in fused else kind)
    lesson.record(one, known[kind], models[kind][first], heard[None].with_only(*models[kind][first].encoders))
quiet = {name: float(np.mean(each)) for name, each in quiet.items()}
quietly = ", ".join(f"{name} {value:.3f}" for name, value in quiet.items())
lesson.findings(
    f"On {source}. Sound alone: **{known['audio'].mean:.3f}** by take, **{new['audio'].mean:.3f}** by speaker; "
    f"product: {known['product'].mean:.3f} and {new['product'].mean:.3f}. Clips without noise: {quietly}.",
    f"Product minus side by side: by take {found['by take']!r}; by speaker {found['by speaker']!r}. Answer: {answer}.",
    f"Image alone, by k alone: {', '.join(f'{k}: {score:.2f}' for k, score in by_k.items())}.",
    f"Plan {sealed[:8]}, raw arrays {hashes['by take']['raw']}, set {hashes['by take']['set']}.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
SEAL = "6cf81cff8bae2a06b9af48f0f8443d5cdc42e7f95fcc31a3a74ee80966aa2665"
again = hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()
lesson.claim("the plan is the one that was sealed", again, equal=SEAL)
lesson.claim("components by hand are those of the package", differs, below=1e-4)
lesson.claim("no clip is in two splits, no speaker where one is left out", all(apart), equal=True)
same = len({(each["raw"], each["images"], each["components"]) for each in hashes.values()})
lesson.claim("all sets have the same arrays, images and components", same, equal=1)
lesson.claim("each set deals other clips", len({each["clips"] for each in hashes.values()}) == len(names), equal=True)
lesson.claim("both methods are of one size", abs(drawn.count_params() / size - 1), below=0.01)
if raw.name == "av_mnist":  # what is said of real images and real speakers
    for kind, bound in {"audio": 0.1, "side by side": 0.05, "product": 0.05}.items():
        lesson.claim(f"{kind}: a new speaker costs", known[kind] - new[kind], above=bound)
    for split, each in (("by take", known), ("by speaker", new)):
        lesson.claim(f"{split}, the image helps the sound", each["product"] - each["audio"], above=0.05)
    lesson.claim("by take, neither leads by much", known["product"] - known["side by side"], within=(-0.04, 0.04))
    lesson.claim("four numbers of an image are good for about six in ten", known["image"], within=(0.55, 0.68))
    lesson.claim("53, 65 and 75 per cent are so many components", str([*nearest.values()]), equal="[3, 4, 5]")
    lesson.claim("and near them", max(abs(by_k[k] - reported[who]) for who, k in nearest.items()), below=0.03)
    lesson.claim("clean: the stranger costs", quiet["by take, as few speakers"] - quiet["by speaker"], above=0.1)
    lesson.claim("clean, by take: sound is nearly solved", quiet["by take, all speakers"], above=0.93)
else:
    for kind in ("image", "audio"):
        lesson.claim(f"digits, by take: both beat the {kind}", known["product"] - known[kind], above=0.0)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Leave each group out once, in plain Keras, beside quarters at random. (Here 4 "speakers" with habits.)

# %% tags=["own"]
import keras
import numpy as np

rng, y, speaker = np.random.default_rng(0), np.arange(2400) % 3, np.arange(2400) // 3 % 4
shared, habits = rng.normal(size=(3, 12)), rng.normal(size=(4, 3, 12))
x = rng.normal(size=(2400, 12)) + 0.5 * shared[y] + 0.7 * habits[speaker, y]  # your features, labels, groups
model = keras.Sequential([keras.Input((12,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(3, "softmax")])
model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy", metrics=["accuracy"])
start, scores = model.get_weights(), {"by speaker": [], "at random": []}
for name, group in zip(scores, (speaker, rng.permutation(speaker)), strict=True):
    for out in range(4):
        model.set_weights(start)  # SGD keeps nothing else
        model.fit(x[group != out], y[group != out], batch_size=200, epochs=5, verbose=0)
        scores[name].append(model.evaluate(x[group == out], y[group == out], verbose=0)[1])
scores

# %% [markdown]
# ## Exercises
# ### Exercise 1 · Whose k was it? (15 minutes)
# `known` (N, D) and `unseen` (M, D) are images as rows. Write `kept(known, unseen, k)`: the k numbers that are left of
# each unseen image, (M, k), with mean and components of `known`; the sign of a component is free. Then feed `rows` and
# `unseen` from above to a learner of your own (labels: the first of `raw.y_train`, `raw.y_test`): at which k do *you*
# get 65, at which 75 per cent? (On the stand-in perhaps at none.)


# %% tags=["exercise"]
# stub
def kept(known, unseen, k): ...  # your code here
# solution
def kept(known, unseen, k):
    mean = known.mean(axis=0)
    return (unseen - mean) @ np.linalg.svd(known - mean, full_matrices=False)[2][:k].T


# end
lesson.check(1, kept)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · Thirty-six in a hundred (15 minutes)
# Suppose a generator stores sounds in the order in which its workers finish, and 36 of 100 pairs are false: the sound
# is some other image's (now and then of the same digit, by chance). Lesson 10 found such pairs with a trusted agreement
# $A_0$. Write `share_of_false(image_says, audio_says, trusted)`: labels (N,) that two models of one modality each
# named, and $A_0$. $A_1$ you can compute: two unrelated models agree with probability $\sum_c p_c q_c$, where $p_c$ and
# $q_c$ say how often each names $c$. The share is at least 0 and at most 1.


# %% tags=["exercise"]
# stub
def share_of_false(image_says, audio_says, trusted): ...  # your code here
# solution
def share_of_false(image_says, audio_says, trusted):
    classes = 1 + max(image_says.max(), audio_says.max())
    p, q = (np.bincount(says, minlength=classes) / len(says) for says in (image_says, audio_says))
    by_chance, agree = np.sum(p * q), np.mean(image_says == audio_says)
    return float(np.clip((trusted - agree) / (trusted - by_chance), 0, 1))


# end
lesson.check(2, share_of_false)

# %% [markdown]
# ### Exercise 3 · The paragraph on methods (20 minutes)
# Somebody wants to get your numbers without asking you. Write `methods`, one text: how many components, fitted on what;
# how loud the noise is; both splits; what chose the learning rate; how many seeds; how many *clips* are behind the test
# pairs; what the interval is over. The check looks for these; whether the text is good, a neighbour must say.

# %% tags=["exercise"]
# stub
methods = ...  # your text here
# solution
methods = (
    "Images keep 4 principal components, fitted on the training images. Sounds carry noise at an SNR of -5 dB. Clips "
    "are split by take, and by speaker (each left out once). The learning rate was chosen on val; three seeds. With "
    "four speakers, 2000 test pairs by take rest on 200 clips; 95% intervals are over seeds and clips, or speakers."
)
# end
lesson.check(3, methods)

# %% [markdown]
# ## Further reading
# - V. Vielzeuf and others, *CentralNet: a multilayer approach for multimodal fusion*, 2018: where AV-MNIST comes from.
# - X. Bouthillier and others, *Accounting for variance in machine learning benchmarks*, 2021: seeds, splits, choices.
