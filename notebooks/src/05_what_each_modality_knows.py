# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 05 · What each modality knows
#
# After this lesson you can say, before you train anything fused, whether fusion can help at all, and catch a score
# that is too good to be true.
#
# **You will learn** to
# - *compute* the best score any model can reach from one modality and from both: the ceiling,
# - *tell apart* four relations of two modalities: redundant, unique, complementary, synergy,
# - *measure* in bits what is in either modality, in one alone, and only in the pair,
# - *judge* a model by its distance to its own ceiling,
# - *unmask* a leak with a model that sees only one modality.
#
# **Before you start**: [00 · start here](00_start_here.ipynb) and [01 · images](01_images.ipynb).
#
# **Time**: 35 minutes of reading, 60 minutes of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("05")

from dataclasses import replace

import keras
import numpy as np

lesson

# %% [markdown]
# ## See: four questions about a picture and its caption
#
# `scenes` are small drawn pictures with a caption each. A scene carries two *symbols*: the shape of the object, which
# is in the picture, and in most tasks a material, which nobody can see and only the caption tells. What differs from
# task to task is the question we ask. Sometimes a symbol is hidden: the object lies behind static, or the caption
# says only "thing", "object" or "item". Here the first question, *which shape?*, where the caption names the shape
# too:

# %%
first_seed = lesson.seeds[0]
tasks = ("redundant", "unique", "complementary", "xor")
sets = {task: mm.load("scenes", task=task, seed=first_seed) for task in tasks}
sets["redundant"].show(5, seed=9)

# %% [markdown]
# Cover the captions, and most pictures still tell you the label. Cover the pictures, and most captions do. We call
# this *redundant*. Now the same question, but the caption names a material:

# %%
sets["unique"].show(5, seed=9)

# %% [markdown]
# The label is in the picture alone: *unique*. You may read the captions as often as you like. Next, the very same
# pictures and captions with another question, *which shape of which material?* Each modality holds one half of the
# answer, and the task is called *complementary*:

# %%
sets["complementary"].show(5, seed=9)

# %% [markdown]
# The last one is stranger. Number the shapes (circle 0, square 1, triangle 2, cross 3) and the materials (wood or oak
# 0, glass or crystal 1, metal or steel 2, paper or cardboard 3). Add the two numbers: is the sum *even or odd*? This is
# the XOR problem (exclusive or: it is odd if exactly one of the two is odd).

# %%
sets["xor"].show(5, seed=9)

# %% [markdown]
# Cover the captions again. The same shape may be even or odd, depending on the material, and both are equally frequent.
# The picture tells you nothing, and neither does the caption; together they tell everything. This is *synergy*.
#
# A model that looks at nothing and always gives the most frequent class reaches:

# %%
{task: round(data.baseline(), 3) for task, data in sets.items()}

# %% [markdown]
# ## Build: the whole world in a table
#
# Since we made these worlds, we know how often everything happens. For each task we write down
# $P(y, s_1, s_2)$, the probability that label $y$, picture symbol $s_1$ and caption symbol $s_2$ occur together.
# (Colour, size, place and clutter are drawn without a look at the label, so they may stay out of the table.) First the
# label of each of the 4 × 4 pairs, for XOR:

# %%
K = 4  # symbols of each modality
image_symbol, text_symbol = np.indices((K, K))  # s₁ by row, s₂ by column
labels = {
    "redundant": image_symbol,
    "unique": image_symbol,
    "complementary": K * image_symbol + text_symbol,
    "xor": (image_symbol + text_symbol) % 2,
}
labels["xor"]

# %% [markdown]
# Each row and each column has as many zeros as ones. That is synergy, seen in a table. All 16 pairs are equally
# frequent, except in the redundant task, where both symbols are the same:

# %%
pairs = dict.fromkeys(tasks, np.full((K, K), 1 / K**2))
pairs["redundant"] = np.eye(K) / K
joint = {}
for task in tasks:
    classes = np.arange(labels[task].max() + 1)
    joint[task] = pairs[task] * (labels[task] == classes[:, None, None])  # P(y, s₁, s₂)
{task: table.shape for task, table in joint.items()}

# %% [markdown]
# What a model sees is not the symbol but an *observation*: the symbol with probability 0.8, else "hidden". A fifth
# of the symbols is hidden, in each modality on its own.

# %%
hide = np.hstack([0.8 * np.eye(K), np.full((K, 1), 0.2)])  # P(observation | symbol); the last column is "hidden"
seen = {task: np.einsum("yab,ai,bj->yij", table, hide, hide) for task, table in joint.items()}  # P(y, o₁, o₂)
views = {
    task: {"image": table.sum(axis=2), "text": table.sum(axis=1), "both": table.reshape(len(table), -1)}
    for task, table in seen.items()
}
views["xor"]["image"].round(3)

# %% [markdown]
# The last output is what the picture tells about even (first row) and odd (second row): nothing, the rows are equal.
#
# ### The ceiling
#
# Suppose you knew this table and saw an observation $o$. The best you can do is to name the label that is most
# probable with it. You are then right with probability
#
# $$ \text{ceiling} = \sum_o \max_y P(y, o) . $$
#
# No model, of any size, trained on any amount of data, can do better. In NumPy it is one line:


# %%
def ceiling(table):
    """The best possible accuracy from a table (labels, observations)."""
    return table.max(axis=0).sum()


ceilings = {task: {name: float(ceiling(view)) for name, view in views[task].items()} for task in tasks}
{task: {name: round(value, 4) for name, value in values.items()} for task, values in ceilings.items()}

# %% [markdown]
# ### The bits
#
# Accuracy does not add up: what two modalities reach together is no simple function of what each reaches. There is
# a measure that is made for adding, the *mutual information*
#
# $$ I(y; o) = \sum_{y, o} P(y, o)\, \log_2 \frac{P(y, o)}{P(y)\, P(o)} . $$
#
# It is the number of yes/no questions about $y$, in bits, that $o$ answers on average. Four equally frequent classes
# are 2 bits; an observation that is independent of $y$ has 0.


# %%
def bits(table):
    """Mutual information of rows and columns of a joint table, in bits."""
    independent = table.sum(axis=1, keepdims=True) * table.sum(axis=0)
    happens = table > 0  # what never happens adds nothing
    return max(0.0, float((table[happens] * np.log2(table[happens] / independent[happens])).sum()))


information = {task: {name: bits(view) for name, view in views[task].items()} for task in tasks}
{task: {name: round(value, 2) for name, value in values.items()} for task, values in information.items()}

# %% [markdown]
# Read the three numbers of each task as a sum. Complementary: both together have what the picture has plus what the
# caption has. Unique: the caption adds nothing. XOR: nothing and nothing make more than nothing. Redundant: the two
# have more than half in common.
#
# What both know splits into four parts: $R$ is in *either* modality, $U_1$ *only in the image*, $U_2$ *only in the
# text*, and $S$ *only in the two together*. They must satisfy
#
# $$ R + U_1 = I(y; o_1), \qquad R + U_2 = I(y; o_2), \qquad R + U_1 + U_2 + S = I(y; o_1, o_2) . $$
#
# That is four unknowns in three equations. The missing one is a definition of "only in": $U_1$ is what the image
# still tells about the label when the text is known, even if somebody paired pictures and captions anew within each
# label, in the most harmful way. (It is the definition of Bertschinger and others, see *Further reading*; finding the
# most harmful pairing takes a search, which the package does.)
#
# ## Check: it equals the package
#
# Every set with a known origin carries its ceilings and its bits. The largest difference to ours:

# %%
ours = [ceilings[task][name] for task in tasks for name in ("image", "text", "both")]
theirs = [sets[task].ceiling(*names) for task in tasks for names in (("image",), ("text",), ("image", "text"))]
largest_in_ceilings = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
largest_in_ceilings

# %%
largest_in_bits = 0.0
for task in tasks:
    found, mine = sets[task].information(), information[task]
    sums = [found.redundancy + found.unique["image"], found.redundancy + found.unique["text"], found.total]
    differences = np.subtract(sums, [mine["image"], mine["text"], mine["both"]])
    largest_in_bits = max(largest_in_bits, float(np.abs(differences).max()))
largest_in_bits

# %% [markdown]
# The parts, for our four tasks and two more that `scenes` has: `mod` asks for the sum of the two numbers modulo 4, and
# `match` asks whether the caption names the shape that is in the picture.

# %%
more = {task: mm.load("scenes", task=task, train=1, val=1, test=1) for task in ("mod", "match")}
parts = {task: data.information() for task, data in (sets | more).items()}
mm.plots.bits("The bits about the label: in either, in one, or only in both", parts)

# %% [markdown]
# One bar has a surprise. Both modalities of the redundant task know the same, yet there is a piece that is only in
# both together. It comes from the hidden symbols: when one modality is hidden, the other one steps in. Take the
# hiding away, and the piece is gone:

# %%
redundant_parts = {}
for rate in (0.0, 0.2, 0.5):
    found = mm.load("scenes", erasure=rate, train=1, val=1, test=1).information()
    redundant_parts[rate] = {"in either": round(found.redundancy, 3), "only together": round(found.synergy, 3)}
redundant_parts

# %% [markdown]
# So there are two ways to be redundant. Two *perfect* copies of one message: fusion cannot help. Two copies with
# *different gaps*: fusion helps by filling them. Remember that when somebody says that two modalities are redundant.
#
# ## Measure: models against their ceilings
#
# A ceiling is a promise about the best possible model. Do real models keep it? The captions are easy: we say which
# words occur in them, a *bag of words*. The pictures need a small CNN. We train it once for each seed, to name the
# shape in the pictures of the unique task, then freeze it and use its features for all four tasks.


# %%
def train(model, data, seed, epochs, batch_size, learning_rate):
    """Fit on train; the learning rate falls to zero along a cosine, so that the last steps are small."""
    steps = epochs * -(-len(data.train) // batch_size)
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, jit_compile=False)
    batches = data.tf_data("train", batch_size, shuffle_seed=seed)
    model.fit(batches, epochs=epochs, shuffle=False, verbose=0)  # False: the batches come shuffled
    return model


# %%
def shape_encoder(data, seed):
    """A CNN from pictures to 64 features of variance 1, trained to name the shape."""
    keras.utils.set_random_seed(seed)
    blocks = []
    for filters in (16, 32, 64):
        convolution = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)
        blocks += [convolution, keras.layers.BatchNormalization(), keras.layers.ReLU(), keras.layers.MaxPooling2D()]
    # the maximum over all places: it does not matter where in the picture the shape is
    encoder = keras.Sequential([keras.layers.Rescaling(1 / 255), *blocks, keras.layers.GlobalMaxPooling2D()])
    head = keras.layers.Dense(len(data.classes))
    model = mm.FeatureFusion({"image": encoder}, mm.layers.ConcatFusion(), head=head)
    train(model, data.with_only("image"), seed, epochs=8, batch_size=64, learning_rate=5e-3)
    scale = keras.layers.Normalization(axis=None)
    scale.adapt(encoder.predict(data.train.x["image"], batch_size=256, verbose=0))
    return keras.Sequential([encoder, scale])


# %%
def encode_pictures(data, encoder):
    """The same set with features in place of pictures."""

    def encode(split):
        features = encoder.predict(split.x["image"], batch_size=256, verbose=0)
        return replace(split, x={**split.x, "image": features})

    spec = mm.Spec((64,), "float32", "none", "features of the picture")
    return data.map_splits(encode, modalities={**data.modalities, "image": spec})


# %%
def bag_of_words(data):
    """The same set with a 1 for each word that is in the caption, a 0 for the others."""
    tokens = data.with_tokens()  # word numbers, by the vocabulary of train
    words = tokens.modalities["text"].words

    def count(split):
        bag = keras.utils.to_categorical(split.x["text"], len(words)).max(axis=1)
        return replace(split, x={**split.x, "text": bag})

    spec = mm.Spec((len(words),), "float32", "none", "which words are in the caption", words=words)
    return tokens.map_splits(count, modalities={**data.modalities, "text": spec})


# %%
features = {}
for seed in lesson.progress(lesson.seeds, "encoders"):
    raw = {task: mm.load("scenes", task=task, seed=seed) for task in tasks}
    encoder = shape_encoder(raw["unique"], seed)
    features[seed] = {task: encode_pictures(raw[task], encoder) for task in tasks}
features[first_seed]["xor"]

# %% [markdown]
# On top of the features comes one linear layer. For the fused model, features and words are laid side by side
# (concatenation, lesson 06); for a modality alone, the layer sees just its own.


# %%
def linear(data, seed):
    """One linear layer on the features of all modalities of a set; a linear model may start at zero."""
    keras.utils.set_random_seed(seed)
    encoders = {name: keras.layers.Identity() for name in data.modalities}
    head = keras.layers.Dense(len(data.classes), kernel_initializer="zeros")
    model = mm.FeatureFusion(encoders, mm.layers.ConcatFusion(), head=head)
    return train(model, data, seed, epochs=12, batch_size=128, learning_rate=3e-2)


def three_views(data):
    """What each of the three models sees."""
    return {"image alone": data.with_only("image"), "text alone": data.with_only("text"), "fused": data}


def test_scores(models, data):
    """The test accuracy of each of the three."""
    return {name: mm.evaluation.accuracy(models[name], view).value for name, view in three_views(data).items()}


# %%
models, scores = {}, {task: {} for task in tasks}
for seed in lesson.progress(lesson.seeds, "tasks"):
    for task in tasks:
        data = bag_of_words(features[seed][task])
        models[seed, task] = {}
        for name, view in three_views(data).items():
            with lesson.timed(name):  # the linear layer; the encoder is trained
                models[seed, task][name] = linear(view, seed)
        for name, score in test_scores(models[seed, task], data).items():
            scores[task].setdefault(name, {})[seed] = score

# %%
ceiling_of = {
    task: {"image alone": values["image"], "text alone": values["text"], "fused": values["both"]}
    for task, values in ceilings.items()
}
bars = {task: {name: list(values.values()) for name, values in scores[task].items()} for task in tasks}
baselines = {task: sets[task].baseline() for task in tasks}
mm.plots.against_ceilings("Each modality alone is at its ceiling; fused, only xor is not", bars, ceiling_of, baselines)

# %% [markdown]
# Go through the panels from the left. (A bar may end a little beyond its mark: on 1500 test samples luck is worth up to
# two and a half points.)
#
# - **Redundant.** Either modality is good alone. Fusion helps, but only by filling gaps.
# - **Unique.** The text is at the majority class, and adding it to the image changes nothing. Fusion *cannot* help,
#   and no better fusion layer will change that.
# - **Complementary.** Each modality alone looks miserable, and yet each reaches all that it can reach.
#   A score says little without its ceiling. Together they are far above the better one: here fusion *adds*.
# - **XOR.** Each alone is at chance. The encoder is not to blame, it names shapes well; no model could do better from
#   one modality. But look at the fused bar: it is at chance too, far below *its* ceiling. The pair knows, and this
#   model does not. It adds up evidence from either side, and here there is no evidence on either side. Lesson 06
#   proves that no weighted sum can do it; lesson 08 multiplies, and can.
#
# In one table:
#
# | relation | where the bits are | each alone | fusion |
# | --- | --- | --- | --- |
# | redundant | in either | both good | cannot help, unless it fills gaps |
# | unique | in one | one good, one at chance | cannot help |
# | complementary | some in each | each has its part | adds |
# | synergy (`xor`, `mod`, `match`) | only in both | both at chance | the only way, if the fusion can do more than add |
#
# So a fused model can fail for two reasons, and only the ceiling tells them apart: nothing is there to be found, or
# the model cannot find it.
#
# ### Is each modality used?
#
# `report` asks all of that at once: the majority class, each modality alone, the models of one modality with their
# answers added up, fused, each modality *shuffled* over the samples, each *dropped* (its mean instead), the ceiling.
# *Against fused* is a row's accuracy minus that of the fused model; *p* is how often luck alone would make a
# difference this large, and below .05 we call it significant. The sentences are made from these tests. First the
# unique task:


# %%
def ask(models, data):
    """The report of a fused model, with a model for each modality alone beside it."""
    return mm.evaluation.report(
        models["fused"], data, alone={"image": models["image alone"], "text": models["text alone"]}
    )


unique_report = ask(models[first_seed, "unique"], bag_of_words(features[first_seed]["unique"]))
unique_report

# %% [markdown]
# Then the complementary one, where shuffling either modality is expensive:

# %%
complementary_report = ask(models[first_seed, "complementary"], bag_of_words(features[first_seed]["complementary"]))
complementary_report

# %% [markdown]
# ## Break: the caption that knew too much
#
# A story that happens. The XOR captions are to be written again. Two people share the work, and somebody hands the
# odd pairs to carl and the even ones to dora; by mistake a tenth goes to the wrong person. Both sign their
# captions, as anna and ben did before. Nobody thinks of it as a problem.


# %%
def signed(data, share, seed):
    """The captions signed: in this share of the samples carl wrote the odd ones and dora the even ones."""

    def sign(split):
        by_label = np.random.default_rng([seed, len(split)]).random(len(split)) < share
        carl = np.where(by_label, split.y == 1, split.y == 0)
        text = np.char.add(split.x["text"], np.where(carl, " says carl", " says dora"))
        return replace(split, x={**split.x, "text": text})

    return data.map_splits(sign)


trap = signed(features[first_seed]["xor"], 0.9, first_seed)
trap.train.x["text"][:4].tolist()

# %% [markdown]
# We train the same linear models on the new captions, the ones that cannot solve XOR (and, for later, on a milder
# mistake). Fused, on test:

# %%
shares = (0.9, 0.7)
trap_scores = {share: {} for share in shares}
for seed in lesson.progress(lesson.seeds, "trap"):
    for share in shares:
        data = bag_of_words(signed(features[seed]["xor"], share, seed))
        again = {name: linear(view, seed) for name, view in three_views(data).items() if name != "image alone"}
        models[seed, share] = models[seed, "xor"] | again  # the pictures are the same, and so is their model
        for name, score in test_scores(models[seed, share], data).items():
            trap_scores[share].setdefault(name, {})[seed] = score
round(float(np.mean(list(trap_scores[0.9]["fused"].values()))), 3)

# %% [markdown]
# From chance to this, with one linear layer! A paper could be written. But with a part of the symbols hidden on
# either side, no honest model can pass the ceiling of XOR. **A score above the ceiling is a bug, not a triumph.** The
# report agrees:

# %%
trap_report = ask(models[first_seed, 0.9], bag_of_words(trap))
trap_report

# %% [markdown]
# Every line of it tells the same story. The model is above what the data can allow; the text alone does as well as
# both; the picture is ignored.
#
# ### Below the ceiling, and still a leak
#
# That one was easy, because it was greedy. Let only 70% of the captions follow the label:

# %%
named = {f"leak of {share:.0%}": trap_scores[share] for share in shares}
bars = {leak: {name: list(values.values()) for name, values in found.items()} for leak, found in named.items()}
mm.plots.against_ceilings(
    "Whatever fused scores, text alone is far above its own ceiling",
    bars, dict.fromkeys(named, ceiling_of["xor"]), dict.fromkeys(named, baselines["xor"]),
)  # fmt: skip

# %% [markdown]
# In the right panel, look at the fused score only: this is a model that has learned a good part of XOR, below the
# ceiling, nothing to complain about. The text-only baseline unmasks it. Text alone should be at chance, since a
# material says nothing about even and odd; it is as good as the fused model. So keep two rules:
#
# 1. *Each modality alone* is compared with *its own* ceiling, not only the fused model with that of both.
# 2. Where no ceiling is known, as with most real data, ask whether the fused model beats the *best modality alone*. If
#    not, its score is no proof of fusion, however high. That need not be a leak: in the unique task the picture rightly
#    does all the work. But you will want to know which of the two it is.
#
# And then one looks for the cause. The text model is linear, so its weights can be read: a word that pulls towards
# "odd" has a large difference between its two weights.

# %%
kernel = models[first_seed, 0.7]["text alone"].head.get_weights()[0]  # (words, 2): even, odd
words = bag_of_words(signed(features[first_seed]["xor"], 0.7, first_seed)).modalities["text"].words
pull = kernel[:, 1] - kernel[:, 0]
loudest = sorted(zip(words, pull.tolist(), strict=True), key=lambda pair: -abs(pair[1]))[:4]
[(word, round(weight, 2)) for word, weight in loudest]

# %% [markdown]
# Two names lead the list. Without them, text alone is back where it belongs:


# %%
def without(data, unwanted):
    """A bag of words in which some words are never there."""
    kept = ~np.isin(data.modalities["text"].words, unwanted)
    return data.map_splits(lambda split: replace(split, x={**split.x, "text": split.x["text"] * kept}))


cured = {}
for seed in lesson.seeds:
    data = without(bag_of_words(signed(features[seed]["xor"], 0.7, seed)), ["carl", "dora"]).with_only("text")
    cured[seed] = mm.evaluation.accuracy(linear(data, seed), data).value
{seed: round(score, 3) for seed, score in cured.items()}

# %% [markdown]
# A caution to end with. A ceiling is the ceiling *of the process we believe in*. When a score passes it, either the
# score is wrong or the belief is. Both are worth knowing.
#
# ## What we saw


# %%
def mean(values):
    """Mean over seeds."""
    return float(np.mean(list(values.values())))


m = {task: {name: mean(values) for name, values in scores[task].items()} for task in tasks}
best = {task: max(m[task]["image alone"], m[task]["text alone"]) for task in tasks}
gain = {task: 100 * (m[task]["fused"] - best[task]) for task in tasks}
lesson.findings(
    f"**Redundant**: image {m['redundant']['image alone']:.3f}, text {m['redundant']['text alone']:.3f}, fused "
    f"{m['redundant']['fused']:.3f}. Fusion fills the gaps, {gain['redundant']:.0f} points; without gaps it could not "
    "help.",
    f"**Unique**: fused {m['unique']['fused']:.3f}, image alone {m['unique']['image alone']:.3f}. Fusion cannot help.",
    f"**Complementary**: alone {m['complementary']['image alone']:.3f} and {m['complementary']['text alone']:.3f}, "
    f"each at its ceiling of {ceilings['complementary']['image']:.3f}; fused {m['complementary']['fused']:.3f}. Fusion "
    "adds.",
    f"**XOR**: alone {m['xor']['image alone']:.3f} and {m['xor']['text alone']:.3f}, at chance; the pair would allow "
    f"{ceilings['xor']['both']:.3f}, a linear fused model gets {m['xor']['fused']:.3f}. Only the pair knows.",
    f"A leak took that linear model to {mean(trap_scores[0.9]['fused']):.3f}, above the ceiling. A smaller one stayed "
    f"below it ({mean(trap_scores[0.7]['fused']):.3f}), but text alone had {mean(trap_scores[0.7]['text alone']):.3f} "
    f"where {ceilings['xor']['text']:.3f} is the most that honest captions allow.",
)

# %%
for task in tasks:
    for name in scores[task]:
        lesson.record(
            name, f"scenes ({task})", scores[task][name], baseline=baselines[task],
            ceiling=ceiling_of[task][name], parameters=models[first_seed, task][name].count_params(),
            test_samples=len(sets[task].test),
        )  # fmt: skip
lesson.course()

# %% tags=["check"]
# What the prose says, asserted: a lesson whose finding no longer holds fails the build.
assert largest_in_ceilings < 1e-9 and largest_in_bits < 1e-3, "the tables must equal the package's"
assert max(labels["xor"].sum(axis=0)) == min(labels["xor"].sum(axis=1)) == K / 2, "rows and columns half and half"
shared = information["redundant"]["image"] + information["redundant"]["text"] - information["redundant"]["both"]
assert shared > information["redundant"]["both"] / 2, "more than half in common"
assert redundant_parts[0.0]["only together"] < 1e-3 < redundant_parts[0.2]["only together"], "gaps make the piece"
assert all(parts[task].synergy > 0.5 and parts[task].redundancy < 1e-3 for task in ("xor", "mod", "match"))
several = len(lesson.seeds) > 2
noise = 3 * (0.25 / len(sets["xor"].test) / len(lesson.seeds)) ** 0.5  # three standard errors of a mean over seeds
for task in tasks:
    for name, most in ceiling_of[task].items():
        assert m[task][name] < most + noise, f"{task}, {name}: nothing honest passes its ceiling"
        if (task, name) != ("xor", "fused"):
            assert m[task][name] > (0.95 if several else 0.9) * most - noise, f"{task}, {name} must be near its ceiling"
assert gain["redundant"] > 6 and gain["complementary"] > 35, "fusion helps where it can"
assert abs(gain["unique"]) < 2, "and not where it cannot"
assert 0.02 < 2 * (0.25 / len(sets["xor"].test)) ** 0.5 < 0.03, "luck is worth up to two and a half points"
assert np.array_equal(sets["unique"].train.x["image"], sets["complementary"].train.x["image"]), "the same pictures"
assert np.array_equal(sets["unique"].train.x["text"], sets["complementary"].train.x["text"]), "the same captions"
assert all(abs(m["xor"][name] - 0.5) < noise for name in m["xor"]), "XOR: each alone and the linear model at chance"

# %% tags=["check"]
for share in shares:
    for name in ("text alone", "fused"):
        assert abs(mean(trap_scores[share][name]) - share) < 0.03, "the leak, and nothing but the leak, is learned"
    assert abs(mean(trap_scores[share]["image alone"]) - 0.5) < noise, "the picture still knows nothing"
assert mean(trap_scores[0.9]["fused"]) > ceilings["xor"]["both"] + 0.03, "the greedy leak passes the ceiling"
assert mean(trap_scores[0.7]["fused"]) < ceilings["xor"]["both"] - 0.05, "the small one does not"
assert {word for word, _ in loudest[:2]} == {"carl", "dora"}, "two names must lead the list"
assert abs(mean(cured) - 0.5) < noise, "without the names, text alone is at chance"
said = {"unique": unique_report, "complementary": complementary_report, "trap": trap_report}
said = {name: " ".join(report.verdict) for name, report in said.items()}
assert "above the ceiling" in said["trap"] and "uses text (" in said["trap"], said["trap"]
assert "ignores image" in said["trap"] or "not shown to use image" in said["trap"], said["trap"]
assert "not shown to be better than text alone" in said["trap"], said["trap"]
assert "uses image and text" in said["complementary"] and "better than" in said["complementary"]
assert "uses image" in said["unique"] and "uses image and text" not in said["unique"], said["unique"]

# %% [markdown]
# ## Exercises
#
# ### Exercise 1 · The table of another question (10 minutes)
# In `match`, the label is 1 where both symbols are the same and 0 where they differ. Both labels are equally frequent;
# all pairs with the same label are too. Write `match_table(K)`, which returns $P(y, s_1, s_2)$, shape (2, K, K).


# %% tags=["exercise"]
# stub
def match_table(K): ...  # your code here
# solution
def match_table(K):
    same = np.eye(K)
    differ = 1 - same
    return np.stack([0.5 * differ / differ.sum(), 0.5 * same / same.sum()])


# end
lesson.check(1, match_table)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · What can fusion do here? (10 minutes)
# You know the score of the majority class and the ceilings of the image, of the text and of both. Write
# `what_fusion_can_do(majority, image, text, both)`, which returns one of three strings: `"nothing"` if both know no
# more than the better one alone, `"only together"` if they do, though each alone knows nothing, else `"adds"`. These
# numbers come out of sums of probabilities: treat differences below $10^{-9}$ as none.


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
# A score on $n$ test samples may pass its ceiling $c$ by luck. A model that is right with probability $c$ has a
# standard error of $\sqrt{c (1 - c) / n}$. Write `suspects(scores, ceilings, n)`: both are dicts with the same names;
# return the list of the names whose score is more than *three* standard errors above its own ceiling.


# %% tags=["exercise"]
# stub
def suspects(scores, ceilings, n): ...  # your code here
# solution
def suspects(scores, ceilings, n):
    def allowed(c):
        return c + 3 * (c * (1 - c) / n) ** 0.5

    return [name for name, score in scores.items() if score > allowed(ceilings[name])]


# end
lesson.check(3, suspects)

# %% [markdown]
# ### Exercise 4 · Find the word that leaks (30 minutes)
# Write `leaking_word(captions, labels)`: `captions` is a list of strings, words separated by spaces, `labels` a list
# of integers. For each word, take the mutual information in bits between the label and whether the word is in the
# caption (once or more), and return the word with the most. In your notebook you may use `bits` from above; the
# solution has its own.


# %% tags=["exercise"]
# stub
def leaking_word(captions, labels): ...  # your code here
# solution
def leaking_word(captions, labels):
    present = [set(caption.split()) for caption in captions]
    labels = np.asarray(labels)

    def knows(word):
        there = np.array([word in words for words in present])
        table = np.array([[np.mean((labels == y) & (there == t)) for t in (False, True)] for y in np.unique(labels)])
        independent = table.sum(axis=1, keepdims=True) * table.sum(axis=0)
        happens = table > 0
        return (table[happens] * np.log2(table[happens] / independent[happens])).sum()

    return max(sorted(set.union(*present)), key=knows)


# end
lesson.check(4, leaking_word)

# %% [markdown]
# ## Further reading
# - N. Bertschinger, J. Rauh, E. Olbrich, J. Jost, N. Ay, *Quantifying unique information*, 2014: the definition of the
#   four parts used here.
# - P. Williams, R. Beer, *Nonnegative decomposition of multivariate information*, 2010: where the four parts come from,
#   with another definition, which calls two independent bits redundant.
# - P. Liang et al., *Quantifying & modeling multimodal interactions*, 2023: the same parts estimated on real data,
#   where nobody knows the table.
# - S. Gururangan et al., *Annotation artifacts in natural language inference data*, 2018: a leak in a famous data set,
#   unmasked by a model that sees only half of each sample.
# - Y. Goyal et al., *Making the V in VQA matter*, 2017: questions about pictures that could be answered without
#   looking.
