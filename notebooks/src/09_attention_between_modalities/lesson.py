# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 09 · Attention between modalities
# After this lesson you can let one modality look into another, and test whether it looks where you think it does.
#
# **You will learn** to *build* attention and a bottleneck between modalities; *show* what pooling loses and a recurrent
# network forgets; *measure* where attention points, and *intervene*; *break* masks and positions, and test for both.
# **Before you start**: [02](02_text.ipynb) for attention, masks and the GRU, [07](07_nonlinear_fusion.ipynb).
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("09")

from functools import partial
from itertools import product

import keras
import numpy as np
from keras import layers, ops

from mmcourse.data.making import captions
from mmcourse.data.text import Vocabulary
from mmcourse.evaluation import accuracy, highest_points, pointing, with_static

lesson

# %% [markdown]
# ## See: four objects, one request
# In `find` a picture shows two shapes in two colours each, an object in each quarter; a sentence asks in which one is.

# %%
first = lesson.seeds[0]
raw = {s: mm.load("find", train=3000, val=1, test=1000, seed=s) for s in lesson.seeds}
raw[first].show(4)

# %% [markdown]
# Shape alone leaves two objects, colour alone two others. One must know which shape, which colour and which place
# *belong together*: that is *binding*. A list "a ring, a moon, red, blue" has lost it. Play it: `mm.play("find")`.
# A *token* is a vector in a sequence: for a word, or for a piece of a picture. Fusion learns more easily from features
# that *name* what they see (lessons 07, 08). So a small CNN first learns, on other pictures, to name the object in each
# quarter: 16 numbers from −1 to 1 at every place, one per shape and colour; a quarter keeps the largest of each. It is
# then frozen. We keep 4 × 4 *cells*, each with its 16 names, and add where it is: row and column from −1 to 1, and the
# signs of both. So a picture is 16 tokens of 20 numbers. The request is *one* token in the same 16 names: 1 for the
# shape and the colour it asks for, −1 for all others, read by a list of words.


# %%
def namer():
    """From pictures to scores of 64 pairs for each quarter: that of the shape plus that of the colour."""
    pixels, parts = keras.Input((32, 32, 3), dtype="uint8", name="image"), [layers.Rescaling(1 / 255)]
    for filters, size, strides in ((24, 5, 2), (48, 3, 2), (48, 3, 1)):
        parts += [layers.Conv2D(filters, size, strides, padding="same", use_bias=False)]
        parts += [layers.BatchNormalization(momentum=0.9), layers.ReLU()]
    parts += [layers.Conv2D(16, 1, activation="tanh"), layers.MaxPool2D(2)]
    names = layers.Reshape((4, 16))(layers.MaxPool2D(2)(keras.Sequential(parts, name="cnn")(pixels)))
    shape, colour = layers.Reshape((4, 8, 1))(names[..., :8]), layers.Reshape((4, 1, 8))(names[..., 8:])
    return keras.Model({"image": pixels}, layers.Rescaling(4.0)(layers.Reshape((4, 64))(layers.Add()([shape, colour]))))


others = mm.load("find", train=3000, val=1, test=1, seed=1000 + first).with_only("image")
others = others.map_splits(lambda split: mm.Split(split.x, 8 * split.targets["shapes"] + split.targets["colours"]))
cnn = mm.training.train(namer, others, seed=first, epochs=8, learning_rate=6e-3).get_layer("cnn")

# %%
row, column = np.meshgrid(*[np.linspace(-1, 1, 4)] * 2, indexing="ij")
places = np.stack([row, column, np.sign(row), np.sign(column)], axis=-1).reshape(16, 4)
names = [*captions.SHAPE_WORDS.values(), *captions.COLOURS.values()]


def cells(pictures):
    """(N, 32, 32, 3) to tokens (N, 16, 20): what is in each cell, and where it is."""
    named = ops.convert_to_numpy(cnn(ops.convert_to_tensor(pictures), training=False)).reshape(-1, 16, 16)
    return np.concatenate([named, np.broadcast_to(places, (len(named), 16, 4))], axis=-1).astype("float32")


def asked(texts):
    """Requests (N,) to one token each, (N, 1, 16)."""
    said = [[bool(set(text.split()) & set(words)) for words in names] for text in texts]
    return np.where(said, 1.0, -1.0)[:, None].astype("float32")


features = {s: raw[s].map({"image": cells, "text": asked}) for s in lesson.progress(lesson.seeds, "features")}
features[first]

# %% [markdown]
# ## Build: the request asks the cells
# *Cross-modal attention* is the attention of lesson 02 with the query from one modality, and keys and values from the
# other. The request $r$ asks, cell $x_s$ answers:
# $$ q = W_q\, r , \quad k_s = W_k\, x_s , \quad v_s = W_v\, x_s , \qquad
# a_s = \operatorname{softmax}_s\big(q \cdot k_s / \sqrt{d}\big) , \qquad z = W_o \sum_s a_s\, v_s . $$
# Weights $a_s$ are positive and sum to one. A key says what a cell *is*, its value what it *tells*: here, where it is.
# Both are made of the same token, so what and where stay together. `CrossModalAttention` lets each modality ask the
# other, averages over all who ask, adds, and normalises (mean 0, variance 1). **A start that agrees**: training has to
# find out that a request for "red" should look at red cells. Both modalities name in the same order, so for the 16
# names we start $W_k$ equal to $W_q$, for the places at zero: $q \cdot k_s$ is large where names agree, untrained.
# ## Measure: who can bind?
# Five models with about as many weights as each other, on the same tokens: **attention**, from the start that agrees,
# and from a **random start**; **pooled concatenation**: of each number the largest over all cells, beside the request,
# then a hidden layer; the same after a **layer on each cell**, which can mix what and where before they are pooled;
# and **CNN, then RNN**, a recipe for picture and text: the CNN's (pooled) features are the first word of the sentence,
# a GRU reads on, here the request, and its last state gives the class.

# %%
labels = {"attention": "attention", "random": "attention, random start", "pooled": "pooled concatenation"}
labels |= {"mixed": "layer on cells, pooled", "first": "CNN, then RNN"}
attention, random, pooled, mixed, recurrent = (lesson.method(*each) for each in labels.items())
finders, tellers = (attention, random, pooled, mixed, recurrent), (attention, pooled, recurrent)
trained, how = {}, {"epochs": 12, "learning_rate": 1e-2}


def finder(kind):
    """A model from tokens of picture and request to the scores of four quarters."""
    inputs = image, text = keras.Input((None, 20), name="image"), keras.Input((None, 16), name="text")
    layer, dense = mm.layers.CrossModalAttention(32, name="attention"), partial(layers.Dense, activation="relu")
    if kind in (attention, random):
        fused = layer(list(inputs))
    else:
        seen, said = image if kind is pooled else dense(48)(image), layers.GlobalMaxPool1D()(text)
        both = [layers.GlobalMaxPool1D()(seen), said]
        sentence = [layers.Reshape((1, 22))(layers.Dense(22)(word)) for word in both]
        gru = layers.GRU(22)(layers.Concatenate(axis=1)(sentence))
        fused = gru if kind is recurrent else dense(138 if kind is pooled else 64)(layers.Concatenate()(both))
    if kind is attention:
        layer.keys[0].assign(np.pad(layer.queries[1], ((0, 4), (0, 0))))
    return keras.Model({"image": image, "text": text}, layers.Dense(4)(fused))


mm.plots.diagram(finder(attention), "16 cells and a request, attention between them, four scores")

# %%
for kind, s in lesson.progress(list(product(finders, lesson.seeds)), "models"):
    trained[kind, s] = mm.training.train(partial(finder, kind), features[s], seed=s, **how)
scores = lesson.over_seeds(lambda s: {kind: accuracy(trained[kind, s], features[s]).value for kind in finders})
mm.plots.scores("Attention binds; what is pooled has lost it", scores, 0.25, raw[first].ceiling())

# %% [markdown]
# Pooled as they come, the cells say which names are somewhere in the picture, and the answer is a guess: what was lost
# before the fusion, no fusion finds again. A layer before the pooling can make features such as "red at the top left",
# but not, it seems, for all pairs: better than a guess, far from attention. The GRU's first word comes through such a
# layer and pooling: reading on helps little. Attention pools too (a mean by weight), but *after* the request chose.
# ### Does it look where the answer is?
# The request's weights make a map of 4 × 4 over the picture. Four pictures, the maps (white: much weight), and *static*
# over the middle of the highest cell; below, the requests:


# %%
def attend(kind, seed, image=None, pads=0, masked=True):
    """On the test samples, perhaps with other cells, or padded: scores (N, 4), and the request's map (N, 4, 4)."""
    test, (*_, layer, head) = features[seed].test.x, trained[kind, seed].layers
    image = [np.roll(test["image"] if image is None else image, i, axis=0) for i in range(5)]
    image = np.hstack(image)[:, : 16 + pads]  # in the padding is what other pictures left there
    mask = np.tile(np.arange(16 + pads) < 16, (len(image), 1))
    fused, (_, weights) = layer([image, test["text"]], mask=[mask, None] if masked else None, return_weights=True)
    return np.asarray(head(fused)), np.asarray(weights)[:, 0, 0, :16].reshape(-1, 4, 4)


some, maps = raw[first].test.x["image"][:4], attend(attention, first)[1][:4]
rows = {"picture": some / 255, "attention": np.kron(maps / maps.max((1, 2), keepdims=True), np.ones((8, 8)))}
rows["static"] = with_static(some, highest_points(maps, (32, 32)), 12) / 255
mm.plots.images("Where the request looks", rows)

# %%
[str(text) for text in raw[first].test.x["text"][:4]]

# %% [markdown]
# **The pointing game**: is the middle of the highest cell on the wanted object (its `mask`)? **Intervention**: put
# static there, 12 pixels wide, or on a cell drawn at random: how often does the answer change? **No places**: attention
# does not know the order of its tokens (lesson 02); where a cell is stands in its last four numbers. We zero these.


# %%
def looks(seed):
    """Pointing, interventions, and the model without places."""
    test, (before, seen), (_, seen_random) = raw[seed].test, attend(attention, seed), attend(random, seed)
    unplaced, map_unplaced = attend(attention, seed, features[seed].test.x["image"] * (np.arange(20) < 16))
    maps = {"attention points at it": seen, "random start does": seen_random, "no places": map_unplaced}
    found = {name: pointing(each, test.targets["mask"]).hits.value for name, each in maps.items()}
    found["a random point"] = test.targets["mask"].mean()
    for name, each in {"static there": seen, "static anywhere": np.random.default_rng(seed).random(seen.shape)}.items():
        covered = with_static(test.x["image"], highest_points(each, (32, 32)), 12, seed)
        found[name] = np.mean(attend(attention, seed, cells(covered))[0].argmax(1) != before.argmax(1))
    return found | {"no places: right": np.mean(unplaced.argmax(axis=1) == test.y)}


look = lesson.over_seeds(looks, "looks")
rows = [[name, *(f"{share:.2g}" for share in each.values())] for name, each in look.items()]
lesson.table(["share, for each seed", *map(str, lesson.seeds)], rows)

# %% [markdown]
# From the start that agrees, attention points at the object, and the answer hangs on that place: static there changes
# most answers, on a random cell (now and then the same) few. (A cell is coarse: its middle may miss a shape it covers.)
# Without places it points as before, and guesses: it finds *what*, and cannot say *where*. From the random start, all
# dots above lie far over a guess. If on a seed it points less often than a random point, it must have *another* way,
# perhaps to give weight to what is *not* asked for, and exclude. What a map says of the answer must be tested.
# ### What flows through a bottleneck
# `TokenFusion` puts all tokens side by side, adds a learned vector that tells the modality, and lets each attend to
# all. In `BottleneckFusion` a modality attends to itself and to $n$ shared *bottleneck* tokens $f$ only:
# $$ [x_m ; f_m] \leftarrow \operatorname{Block}_m([x_m ; f]) , \qquad f \leftarrow \tfrac1M \sum_m f_m . $$
# All that one modality learns of the other in a layer are $n \times d$ numbers ($d$: the length of a token), however
# many tokens there are. By hand, untrained, with the choice to *cut* it: each modality then keeps its own $f_m$.


# %%
def through_bottleneck(layer, tokens, cut=False):
    """The picture's tokens after each block, (B, 16, d), and last the layer's output."""
    tokens, n = [x @ projection for x, projection in zip(tokens, layer.projections, strict=True)], layer.tokens
    shared, history = [ops.repeat(layer.bottleneck[None], len(tokens[0]), axis=0)] * 2, []
    for blocks in layer.blocks:
        both = [ops.concatenate(pair, axis=1) for pair in zip(tokens, shared, strict=True)]
        both = [block(x, x) for block, x in zip(blocks, both, strict=True)]
        tokens, own = [x[:, :-n] for x in both], [x[:, -n:] for x in both]
        shared = own if cut else [(own[0] + own[1]) / 2] * 2
        history.append(tokens[0])
    return [*history, layer.norm(ops.mean((own[0] + own[1]) / 2, axis=1))]


layer, moved = mm.layers.BottleneckFusion(16, tokens=2, layers=3, heads=1), {}
picture, question = (x[:5] for x in features[first].test.x.values())  # (5, 16, 20) and (5, 1, 16)
difference = layer([picture, question]) - through_bottleneck(layer, [picture, question])[-1]  # of the layer and ours
for cut in (False, True):  # the same pictures with the requests of others
    both = [through_bottleneck(layer, [picture, text], cut)[:3] for text in (question, question[::-1])]
    moved[cut] = [float(ops.max(ops.abs(a - b))) for a, b in zip(*both, strict=True)]
rows = [["cut" if cut else "bottleneck", *(f"{change:.1e}" for change in each)] for cut, each in moved.items()]
lesson.table(["another request moves the picture's tokens by", "layer 1", "layer 2", "layer 3"], rows)

# %% [markdown]
# What the request writes into $f$ is read one layer later: a modality sees the other from two layers on. Cut $f$, and
# it never learns anything, exactly. Few tokens make this cheap (exercise 3); what does not fit is lost.
# ### Another task: one object, one sentence
# In `scenes` there is one object, and nothing to mix up. The picture shows its shape, the caption names its material,
# the label is the pair (`complementary`). The picture is one token that names the shape (lesson 07), words have learned
# vectors. In the recipe *CNN, then RNN* the picture is the first word of a sentence.


# %%
def teller(kind):
    """A model from the named shape of a picture and word ids (B, T) to the scores of 16 pairs."""
    image, ids = keras.Input((16,), name="image"), keras.Input((None,), dtype="int32", name="text")
    said, shown = layers.Embedding(len(known.words), 32, mask_zero=True)(ids), layers.Dense(32)(image)
    if kind is attention:
        fused = mm.layers.CrossModalAttention(32)([layers.Reshape((1, 32))(shown), said])
    elif kind is pooled:
        largest = ops.max(ops.where(ops.expand_dims(ids, -1) > 0, said, -1e9), axis=1)  # padding is no word
        fused = layers.Dense(105, "relu")(layers.Concatenate()([shown, largest]))
    else:
        sentence = ops.concatenate([layers.Reshape((1, 32))(shown), said], axis=1)
        fused = layers.GRU(38)(sentence, mask=ops.pad(ids, ((0, 0), (1, 0)), constant_values=1) > 0)
    return keras.Model({"image": image, "text": ids}, layers.Dense(16)(fused))


small, fresh = {"image": mm.pretrained.small("image")}, {"image": keras.Sequential([layers.Dense(16, "tanh")])}
sizes = {"task": "complementary", "erasure": 0.0, "distractors": 1, "train": 1500, "val": 1, "test": 500}
scenes = {s: mm.load("scenes", seed=s, **sizes).map(small) for s in (*lesson.seeds, 1000 + first)}
naming = {"targets": {"image": "image_symbol"}, "normalize": False, "seed": first, **how}
named = mm.training.features_alone(scenes.pop(1000 + first).with_only("image"), fresh, **naming).encoders
known = Vocabulary.fit(scenes[first].train.x["text"])
scenes = {s: each.map(named | {"text": partial(known.encode, length=24)}) for s, each in scenes.items()}
for kind, s in lesson.progress(list(product(tellers, lesson.seeds)), "scenes"):
    trained["scenes", kind, s] = mm.training.train(partial(teller, kind), scenes[s], seed=s, **how | {"epochs": 6})

# %% [markdown]
# ## Break: a first word that is forgotten, a mask that got lost
# At test only, words that say nothing ("again", "as usual", "says anna") stand between picture and caption. And in
# `find`, pictures of several sizes share a batch: behind the smaller ones lies what others left there, and no mask.

# %%
chatter, lengths = known.encode(["again as usual says anna says ben on a rainy day"], 11)[0], (0, 16, 32, 64)


def tells(kind, seed, words=0, pads=0):
    """Test scores (N, 16), with words that say nothing in front of each caption, and pads behind it."""
    test, fill = scenes[seed].test.x, np.random.default_rng(words).choice(chatter, (500, words))
    text = np.pad(np.hstack([fill, test["text"]]), ((0, 0), (0, pads)))
    return np.asarray(trained["scenes", kind, seed]({"image": test["image"], "text": text}))


said = {(n, m, s): tells(m, s, n).argmax(1) for n, m, s in product(lengths, tellers, lesson.seeds)}
told = lesson.over_seeds(lambda s: {(n, m): np.mean(said[n, m, s] == scenes[s].test.y) for n, m, _ in said})
padded = {(n, s): attend(attention, s, None, n, False)[0].argmax(1) for n, s in product(lengths, lesson.seeds)}
lost = lesson.over_seeds(lambda s: {n: np.mean(padded[n, s] == raw[s].test.y) for n in lengths})
lines = {kind: [told[n, kind] for n in lengths] for kind in tellers} | {"find, mask lost": list(lost.values())}
mm.plots.curves("No mask: padding answers. A first word fades", lengths, lines, "words between, or cells of padding")

# %% [markdown]
# With no words between, all three bind shape and material: one object cannot be mixed up. Then, in this run, the GRU
# loses it, more on some seeds: one state carries the picture through every word, and training had none so long.
# Attention and the maximum reach every word in one step. (Try the picture last.) A mask must cover the
# *keys*: no modality may look at padding of the other, it gets no weight in the softmax; the *queries*, where they are
# averaged or pooled; and a *whole modality* that is absent: a softmax over nothing must give zeros, not NaN. A lost
# mask crashes nothing. So test it: how far do ten more pads move a score, measured against the largest score?


# %%
def moved_by_pads(seed):
    """The largest change of a score by ten more pads, as a share of the largest score."""
    pairs = {m: (tells(m, seed), tells(m, seed, pads=10)) for m in tellers}
    for name, masked in {"find": True, "find, mask lost": False}.items():
        pairs[name] = attend(attention, seed)[0], attend(attention, seed, pads=10, masked=masked)[0]
    return {name: np.abs(after - before).max() / np.abs(before).max() for name, (before, after) in pairs.items()}


tested = lesson.over_seeds(moved_by_pads)
lesson.table(["ten more pads", "move a score by"], [[name, f"{each.mean:.0e}"] for name, each in tested.items()])

# %% [markdown]
# ### Real pictures, real names: nothing to choose from
# In `emoji` each modality is *one* vector of features (lesson 07), scaled to norm 1. With one token there is no choice:
# the softmax over one number is 1, and attention a normalised sum. Ask how many tokens there are before you use it.

# %%
concat, unit = lesson.method("concat", "concatenation"), layers.UnitNormalization()
emoji = {s: mm.load("emoji", features=True, seed=s).map({"image": unit, "text": unit}) for s in lesson.seeds}


def sorter(kind, data):
    """Attention between single tokens, or concatenation, and eight scores."""
    fusion = mm.layers.CrossModalAttention(32) if kind is attention else mm.layers.ConcatFusion()
    parts = {n: layers.Reshape((1,) * (kind is attention) + spec.shape) for n, spec in data.modalities.items()}
    return mm.FeatureFusion(parts, fusion, head=layers.Dense(8))


for kind, s in product((concat, attention), lesson.seeds):
    trained["emoji", kind, s] = mm.training.train(partial(sorter, kind, emoji[s]), emoji[s], seed=s, **how)
real = lesson.over_seeds(lambda s: {m: accuracy(trained["emoji", m, s], emoji[s]).value for m in (concat, attention)})
mm.plots.scores("One token each: no choice to make, and close to side by side", real, emoji[first].baseline())

# %% [markdown]
# ## What we saw

# %%
for kind, each in scores.items():
    lesson.record(kind, each, trained[kind, first], features[first])
for name, found, sets in (("scenes", {m: told[0, m] for m in tellers}, scenes), ("emoji", real, emoji)):
    for kind, each in found.items():
        lesson.record(kind, each, trained[name, kind, first], sets[first])
lesson.findings(
    "`find`: " + ", ".join(f"{kind} {each.mean:.3f}" for kind, each in scores.items()) + "; a guess is 0.25.",
    "64 words between: " + ", ".join(f"{m} {told[0, m].mean:.3f} → {told[64, m].mean:.3f}" for m in tellers) + ".",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("the bottleneck by hand equals the layer", float(ops.max(ops.abs(difference))), below=1e-4)
for kind, ahead in {pooled: 0.5, mixed: 0.3, recurrent: 0.3}.items():
    lesson.claim(f"find: attention is far ahead of {kind}", scores[attention] - scores[kind], above=ahead)
lesson.claim("find: pooled as it comes is a guess", scores[pooled], within=(0.2, 0.3))
for name, kinds in {"find": [(m, first) for m in finders], "scenes": [("scenes", m, first) for m in tellers]}.items():
    counted = [trained[each].count_params() for each in kinds]
    lesson.claim(f"{name}: equal weights within a tenth", bool(max(counted) < 1.1 * min(counted)), equal=True)
lesson.claim("attention points at it", look["attention points at it"] - look["a random point"], above=0.2)
lesson.claim("static where it looks changes most answers", look["static there"], above=0.6)
lesson.claim("static anywhere changes few", look["static anywhere"], below=0.3)
lesson.claim("no places: it points as before", look["attention points at it"] - look["no places"], within=(-0.1, 0.15))
lesson.claim("no places: it guesses", look["no places: right"], within=(0.2, 0.32))
lesson.claim("one layer: nothing of the request", str([x > 0 for x in moved[False]]), equal="[False, True, True]")
lesson.claim("a cut bottleneck: nothing crosses", max(moved[True]), equal=0.0)
for kind in tellers:
    lesson.claim(f"scenes: {kind} binds one object", told[0, kind], above=0.7)
for kind in (attention, pooled):
    lesson.claim(f"64 words cost {kind} little", told[0, kind] - told[64, kind], below=0.05)
lesson.claim("a lost mask costs points", scores[attention] - lost[64], above=0.05)
for name in (*tellers, "find"):
    lesson.claim(f"ten more pads move no score by a millionth: {name}", tested[name], below=1e-6)
lesson.claim("emoji: attention is not far from concatenation", real[attention] - real[concat], within=(-0.08, 0.08))
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Six things with a key and a value each, four pads; the request is the key of one thing. How often is attention right?

# %% tags=["own"]
import keras
import numpy as np

rng, rows = np.random.default_rng(0), np.arange(2000)
keys, values = rng.normal(size=(2000, 10, 8)), rng.choice([-1.0, 1.0], (2000, 10, 1))  # your cells: what, and where
which, there = rng.integers(0, 6, 2000), np.tile(np.arange(10) < 6, (2000, 1))  # the last four are padding
request, labels = keys[rows, which][:, None], values[rows, which, 0] > 0  # your request (2000, 1, 8)
told = keras.layers.Attention()([request, values, keys], mask=[None, keras.ops.convert_to_tensor(there)])
float(np.mean((keras.ops.convert_to_numpy(told)[:, 0, 0] > 0) == labels))

# %% [markdown]
# ## Exercises
# ### Exercise 1 · Write the mask (15 minutes)
# Write `attend_to(q, k, v, mask)` in NumPy for queries (B, T, d), keys (B, S, d), values (B, S, e) and a bool mask
# (B, S), True where a key is no padding; it gives (B, T, e), and zeros for a sample without any key.


# %% tags=["exercise"]
# stub
def attend_to(q, k, v, mask): ...  # your code here
# solution
def attend_to(q, k, v, mask):
    scores = q @ k.transpose(0, 2, 1) / q.shape[-1] ** 0.5
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True)) * mask[:, None, :]
    return weights @ v / np.maximum(weights.sum(axis=-1, keepdims=True), 1e-30)


# end
lesson.check(1, attend_to)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · How sharp is it? (15 minutes)
# Write `entropy(weights)`, $-\sum_s a_s \log_2 a_s$ with $0 \log 0 = 0$, from (N, S) to (N,): 0 bits where one cell has
# all. Then take the maps of `attend`: are answers with low entropy right more often?


# %% tags=["exercise"]
# stub
def entropy(weights): ...  # your code here
# solution
def entropy(weights):
    return -(weights * np.log2(np.where(weights > 0, weights, 1))).sum(axis=-1)


# end
lesson.check(2, entropy)

# %% [markdown]
# ### Exercise 3 · What a bottleneck saves (10 minutes)
# Write `comparisons(lengths, n)` for modalities with `lengths` tokens: how many pairs of query and key one layer
# compares when all attend to all, and with a bottleneck of `n`. From which $n$ on is it dearer for 16 and 24?


# %% tags=["exercise"]
# stub
def comparisons(lengths, n): ...  # your code here
# solution
def comparisons(lengths, n):
    return sum(lengths) ** 2, sum((length + n) ** 2 for length in lengths)


# end
lesson.check(3, comparisons)

# %% [markdown]
# ## Further reading
# - Jain, Wallace, *Attention is not explanation*; Wiegreffe, Pinter, *Attention is not not explanation*, 2019: both.
# - A. Nagrani et al., *Attention bottlenecks for multimodal fusion*, 2021: the bottleneck tokens.
# - J. Zhang et al., *Top-down neural attention*, 2018: the pointing game. Keras pull request 15390: a mask that leaks.
