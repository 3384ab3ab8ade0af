# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 18 · One space for all
#
# After this lesson you can bring pictures and words into one space, search it both ways, and say what was possible.
#
# **You will learn** to
# - *calculate* the ceiling of a search from what captions say, and *divide* by it,
# - *build* the contrastive loss by hand, and *train* two towers on pairs alone, without labels,
# - *classify* without training for it (zero-shot), and *break* the space: word order, "not", another artist.
#
# **Before you start**: [02](02_text.ipynb) on bags of words, [17](17_standing_on_giants.ipynb) on borrowed encoders.
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("18")

import re
from functools import partial
from itertools import product

import keras
import numpy as np
from keras import layers

from mmcourse.evaluation.facts import TABLES

lesson

# %% [markdown]
# ## See: how many pictures fit a caption?
# In a *search* you type a sentence and want its picture, among many; or you show a picture and want the caption that
# was written for it. Pictures here hide nothing, but captions leave things out: a fifth say "thing" or such for the
# shape, some name no size or texture, and we cut all words on the place.

# %%
place = partial(re.sub, "(at|near) the (top|bottom|left|right|middle)( left| right)? ?", "")
cut = {"text": np.vectorize(place, otypes=[str])}
first, sizes = lesson.seeds[0], {"erasure": {"image": 0, "text": 0.2}, "train": 1500, "val": 200, "test": 1000}
worlds = {seed: mm.load("scenes", seed=seed, **sizes).map(cut) for seed in lesson.seeds}
data = worlds[first]
data.show(4)

# %% [markdown]
# A caption *fits* every picture of which it says nothing false. `facts_of` reads what a caption says; what a
# picture shows, its maker has noted. So all test captions can be held against all test pictures.

# %%
tables = {factor: TABLES[factor] for factor in ("shape", "colour", "texture", "size")}  # factor -> value -> words


def said(texts):
    """(N, 4): which value of each factor a caption names, -1 where it names none."""
    facts = [mm.evaluation.facts_of(text) for text in texts]
    return np.array([[list(t).index(*one[f]) if f in one else -1 for f, t in tables.items()] for one in facts])


def fits(part, factors=4):
    """(N pictures, N captions) bool: does the caption say nothing false of the picture, by the first factors?"""
    says, shows = said(part.x["text"]), np.stack([part.targets[factor] for factor in tables], axis=1)
    return ((says < 0) | (says == shows[:, None]))[..., :factors].all(axis=2)


true = {seed: fits(worlds[seed].test) for seed in lesson.seeds}
rows = [[data.test.x["text"][i], f"{true[first][:, i].sum()}"] for i in range(5)]
lesson.table(["caption", "pictures that it fits, of 1000"], rows)

# %% [markdown]
# ### The ceiling
# *Recall at k*, R@k, is the share of searches whose own partner is among the first k answers. If caption $j$ fits $n_j$
# pictures, nobody can tell for which of them it was written: the best guess is right once in $n_j$ times.
#
# $$ \text{ceiling of R@1, text to image} = \frac{1}{N} \sum_j \frac{1}{n_j} $$
#
# From image to text one can do better than guess among the captions that are true: the one that says most is likelier
# the picture's own. The best score, $P(a, b) / (P(a) P(b))$, says how much likelier picture $a$ and caption $b$ are as
# a pair than by accident: here 1 over the share of pictures that $b$ fits, or 0. Its R@1, by the package, beside our
# formula; then for fewer candidates (a smaller *pool*), and where captions say only shape and colour, so that more fit:

# %%
best = {seed: fit / fit.mean(axis=0) for seed, fit in true.items()}
ceiling = float(np.mean(1 / true[first].sum(axis=0)))
package = mm.evaluation.retrieval(best[first], ("image", "text"), ks=[1]).recall
ceiling, package

# %%
pools, lines = (50, 100, 200, 500, 1000), {}
for name, factors in {"all facts": 4, "shape and colour": 2}.items():
    fit = fits(data.test, factors)
    for way, turned in {"text to image": (fit / fit.mean(axis=0)).T, "image to text": fit / fit.mean(axis=0)}.items():
        lines[f"{way}, {name}"] = [mm.evaluation.recall_at(turned, pool=pool) for pool in pools]
mm.plots.curves("The ceiling of a search, by pool and by what captions say", pools, lines, "pool", "best R@1")

# %% [markdown]
# ## Build: pull pairs together, push the others apart
# Two *towers*, networks of their own, turn pictures and captions into vectors of one width. Scaled to length one, they
# are compared by their dot product, the cosine. A batch of $B$ pairs makes a table $s_{ij} = \tau\, a_i \cdot b_j$,
# with a learned scale $\tau$. *Which of these captions is yours?* is a classification with $B$ classes for each row,
# *which picture?* one for each column; the **contrastive loss** is the mean of their cross-entropies. No label is
# needed: a pair is a class of its own, and the others in the batch are its *negatives*.
#
# $$ L = -\frac{1}{2B} \sum_i \log \frac{e^{s_{ii}}}{\sum_j e^{s_{ij}}}
#        -\frac{1}{2B} \sum_j \log \frac{e^{s_{jj}}}{\sum_i e^{s_{ij}}} $$
#
# **Check**: on random vectors this is the package's loss (whose scale begins at 1/0.07; 0.07 is the *temperature*).


# %%
def by_hand(a, b, scale):
    """The contrastive loss of vectors a and b (B, d), pair by pair."""
    a, b = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (a, b))
    s = scale * a @ b.T  # s_ij
    over_captions = s - np.log(np.exp(s).sum(axis=1, keepdims=True))  # the logarithms of two softmaxes
    over_pictures = s - np.log(np.exp(s).sum(axis=0, keepdims=True))
    return -(np.diag(over_captions).mean() + np.diag(over_pictures).mean()) / 2


a, b = np.random.default_rng(0).normal(size=(2, 8, 16)).astype("float32")
loss, theirs = float(by_hand(a, b, 1 / 0.07)), float(mm.losses.ContrastiveLoss()([a, b]))
loss, theirs

# %% [markdown]
# ### The towers
# For pictures we borrow the small encoder of lesson 17, frozen. It learned to name all these facts, in other scenes: no
# proof that pictures can be learned from captions. But it knows no words: which means what is left to the pairs.
# The text tower reads windows of *three words*, so it can know some order. Its rival is a *bag*, the mean of the words'
# vectors, with as many weights (within 1%), the same epochs and rate. The model gives out the loss itself, a layer on
# both towers; "mae", its distance from a target of 0, is again the loss. (`compile_once`: lesson 14.)


# %%
def see():  # from features of a picture to the space
    hidden = [layers.BatchNormalization(), layers.Dense(128, "relu")]
    return keras.Sequential([keras.Input((80,)), *hidden, layers.Dense(64)], name="image")


def read_windows():  # from word numbers to the space: of each filter over three words, the largest answer
    windows = [layers.Embedding(128, 32), layers.Conv1D(64, 3, padding="same", activation="relu")]
    return keras.Sequential([keras.Input((16,)), *windows, layers.GlobalMaxPooling1D(), layers.Dense(64)], name="text")


def read_bag():  # from word numbers to the space: the mean of the words, in whatever order (0 is padding, and masked)
    mean = [layers.Embedding(128, 64, mask_zero=True), layers.GlobalAveragePooling1D()]
    return keras.Sequential([keras.Input((16,)), *mean, layers.Dense(48, "relu"), layers.Dense(64)], name="text")


# %%
@mm.training.compile_once
def untrained(seed, see, read, steps):
    towers, ids = (see(), read()), keras.Input((), name="ids")
    inputs = [keras.Input(tower.input_shape[1:]) for tower in towers]
    loss = mm.losses.ContrastiveLoss()([tower(x) for tower, x in zip(towers, inputs, strict=True)], ids)
    model, rate = keras.Model([*inputs, ids], loss), keras.optimizers.schedules.CosineDecay(3e-3, steps)
    model.compile(keras.optimizers.Adam(rate), "mae", jit_compile=False, steps_per_execution=20)
    return model


def aligned(x, seed, read, see=see, ids=None, batch=100, epochs=20):
    """(image tower, text tower), trained on the pairs x; all epochs are one long one, which saves time."""
    n, towers, rng = len(x["image"]), (see(), read()), np.random.default_rng(seed)
    rows = np.concatenate([rng.permutation(n)[: n - n % batch] for _ in range(epochs)])
    model, ids = untrained(seed, see, read, len(rows) // batch), np.arange(n) if ids is None else ids
    given = [side[rows] for side in (x["image"], x["text"], ids)]
    model.fit(given, np.zeros(len(rows)), batch_size=batch, shuffle=False, verbose=0)
    for tower in towers:
        tower.set_weights(model.get_layer(tower.name).get_weights())
    return towers


# %%
mm.plots.diagram(untrained(0, see, read_windows, 1), "Two towers; only the loss brings them together")

# %% [markdown]
# ### False negatives
# A caption that fits another picture of the batch is pushed away from it all the same: a *false negative*. With `ids`
# the loss spreads the target of a pair over all pairs with its id. We give one id to captions that *say the same*.
#
# ## Measure: the share of what is possible

# %%
encoder, pairs, towers, words = mm.pretrained.small("image"), {}, {}, {}
ways = {"three words": (read_windows, False), "three words, ids": (read_windows, True), "bag": (read_bag, False)}
for seed in lesson.progress(lesson.seeds):
    words[seed], texts = layers.TextVectorization(output_sequence_length=16), worlds[seed].train.x["text"]
    words[seed].adapt(texts)
    pairs[seed] = worlds[seed].map({"image": encoder, "text": words[seed]}, progress=False)
    same = np.unique(said(texts), axis=0, return_inverse=True)[1].ravel()  # a number for what is said
    for way, (read, told) in ways.items():
        towers[way, seed] = aligned(pairs[seed].train.x, seed, read, ids=same if told else None)


# %%
def embed(tower, x):  # vectors of length one (zeros stay zeros)
    vectors = np.asarray(tower(x))
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def searched(seed):  # (way, direction, pool) -> R@1; the best possible one is a way, too
    similar, test = {"best": best[seed]}, pairs[seed].test.x
    for way in ways:
        similar[way] = embed(towers[way, seed][0], test["image"]) @ embed(towers[way, seed][1], test["text"]).T
    turn, at = {"text to image": np.transpose, "image to text": np.asarray}, mm.evaluation.recall_at
    return {(way, to, n): at(turn[to](similar[way]), pool=n) for way, to, n in product(similar, turn, (50, 200, 1000))}


found, rows = lesson.over_seeds(searched, "searching"), []
share = {key: each / found["best", *key[1:]] for key, each in found.items()}
for _, *key in [key for key in found if key[0] == "best"]:
    recalls = (f"{found[way, *key].mean:.3f}" for way in ("best", "bag"))
    rows.append([*map(str, key), *recalls, *(f"{share[way, *key].mean:.3f}" for way in ways)])
lesson.table(["search", "pool", "ceiling", "R@1, bag", *(f"share, {way}" for way in ways)], rows)

# %% [markdown]
# From text to image among 1000, the bag's R@1 looks poor, yet it is most of what is possible. Its share (mean of both
# ways) falls with the pool, too: the ceiling is not the only reason. *Ids help* the three words: without them the loss
# tries to tell apart what cannot be told apart. (They mark only what says the very same; a caption that says *less* and
# fits has no id in common.) And the bag, which knows no order, is *ahead* of them without ids: order matters little.
#
# ### Zero-shot: a classifier made of captions
# To *classify without training for it*, write a caption for each class, a *prompt*, and take the class whose prompt is
# nearest to the picture. A prompt is the bare word, a sentence (*template*), or several whose vectors are averaged.

# %%
values = {"shape": list(TABLES["shape"])[:4], "colour": list(TABLES["colour"])}
templates = {"shape": ["the picture shows a {}", "i see one {}", "there is a {} as usual", "look , a {} , quite small"]}
templates["colour"] = ["the picture shows a thing ; it is {}", "i see one {} item", "there is a {} object as usual"]
kinds = ("bare word", "one template", "mean of templates")
bare, one, average = (lesson.method(k.replace(" ", "_"), f"zero-shot, {k}", modality="image") for k in kinds)


def classified(seed):  # (text tower, factor, prompts) -> accuracy of the class with the nearest prompt
    found, test = {}, pairs[seed].test
    for way, (factor, names) in product(("three words", "bag"), values.items()):
        (image, text), forms = towers[way, seed], templates[factor]
        for method, used in {bare: ["{}"], one: forms[:1], average: forms}.items():
            prompts = embed(sum, [embed(text, words[seed]([form.format(n) for n in names])) for form in used])
            nearest = (embed(image, test.x["image"]) @ prompts.T).argmax(axis=1)
            found[way, factor, method] = np.mean(nearest == test.targets[factor])
    return found


zero, prompts = lesson.over_seeds(classified, "zero-shot"), (bare, one, average)
rows = [[way, f, *(f"{zero[way, f, each].mean:.3f}" for each in prompts)] for way, f, each in zero if each == bare]
lesson.table(["text tower", "accuracy of", *kinds], rows)

# %% [markdown]
# These towers saw no labels (the borrowed encoder had: these very names). With prompts like captions three words are
# nearly perfect. A bare word costs them more than it costs the bag; neither ever read a word alone.
#
# ### Real drawings and their names
# `emoji`: drawings by an artist, each with its name and keywords, and in test none of the families of train. Pictures
# are 64 hand-made features; names are weighted word counts, Chinese ones of characters and pairs. Each tower is one
# linear layer. Last, in place of counts, the frozen *vectors* of lesson 17's giant. (Both of these on one seed only.)


# %%
def flat(width, name):  # one linear layer into the space
    return keras.Sequential([keras.Input((width,)), layers.BatchNormalization(), layers.Dense(64)], name=name)


def recall(a, b, k=1, pool=100):  # R@k of pairs a, b; the mean of both directions
    return np.mean([mm.evaluation.recall_at(s, k, pool=pool) for s in (a @ b.T, b @ a.T)])


def real(language, seed, vectors=None):  # (language, symbols, k) -> R@k
    data = mm.load("emoji", task="pairs", features="image" if vectors else True, language=language, seed=seed)
    data = data.map({"text": vectors}, progress=False) if vectors else data
    other = mm.load("emoji", features="image", artist="twemoji", seed=seed).test.x["image"]
    see, read = (partial(flat, data.modalities[name].shape[0], name) for name in ("image", "text"))
    image, text = towers[language, seed] = aligned(data.train.x, seed, read, see)
    sides = {"train": data.train.x, "new": data.test.x, "new, other artist": data.test.x | {"image": other}}
    vectors = {name: (embed(image, x["image"]), embed(text, x["text"])) for name, x in sides.items()}
    return {(language, name, k): recall(*both, k) for name, both in vectors.items() for k in (1, 10)}


named = lesson.over_seeds(partial(real, "en"), "emoji")
told = {key: each.mean for key, each in named.items()} | real("zh", first)
told |= {("vectors", *key[1:]): each for key, each in real("en", first, mm.pretrained.WordVectors()).items()}
rows = [[*key[:2], f"{told[key]:.3f}", f"{told[*key[:2], 10]:.3f}"] for key in told if key[2] == 1]
lesson.table(["names", "symbols", "R@1 of 100", "R@10 of 100"], rows)

# %% [markdown]
# By R@10 new symbols are found far above chance (0.10); by R@1 they stay far below those of train, known by heart.
# Another artist costs a good part of R@10. (Is the giant ahead? One seed says little.) The ceiling nobody knows.
#
# ## Break: what this space does not know
# *Order*: captions with their words shuffled. *Not*: is "a circle red not blue" nearer to a red circle than "a circle
# blue not red", and "a circle not blue red" than "a circle not red blue"? (Both, or who prefers the first colour would
# seem to understand. A tie counts one half.) *The modality gap*: the distance between the mean vectors of pictures and
# captions. Subtract from each modality its mean, scale to length one again: is the search any better?


# %%
def broken(seed):  # (text tower, test) -> R@1: plain, shuffled, without the gap; the gap; the share of "not" understood
    keras.utils.set_random_seed(seed)
    found, test, rng, new = {}, worlds[seed].test, np.random.default_rng(seed), partial(see(), training=True)
    colour, shape = (np.array(values[factor])[test.targets[factor]] for factor in ("colour", "shape"))
    other = np.array(values["colour"])[(test.targets["colour"] + rng.integers(1, 8, len(test))) % 8]
    texts = {"R@1": test.x["text"], "shuffled": [" ".join(rng.permutation(t.split())) for t in test.x["text"]]}
    forms = ("a {0} {1} not {2}", "a {0} not {2} {1}")
    for (name, *pair), form in product((("right", colour, other), ("wrong", other, colour)), forms):
        texts[name, form] = [form.format(*each) for each in zip(shape, *pair, strict=True)]
    both = {way: towers[way, seed] for way in ("three words", "bag")} | {"untrained": (new, read_windows())}
    for way, (image, text) in both.items():
        a, read = embed(image, pairs[seed].test.x["image"]), {n: embed(text, words[seed](t)) for n, t in texts.items()}
        found |= {(way, name): recall(a, read[name]) for name in ("R@1", "shuffled")}
        ahead = np.stack([np.sum(a * (read["right", form] - read["wrong", form]), axis=1) for form in forms])
        found[way, "not"] = np.mean(np.where(np.abs(ahead) < 1e-5, 0.5, ahead > 0))  # a tie, but for rounding
        found[way, "gap"] = np.linalg.norm(a.mean(axis=0) - read["R@1"].mean(axis=0))
        found[way, "no gap"] = recall(*(embed(lambda x: x - x.mean(axis=0), side) for side in (a, read["R@1"])))
    return found


tests, names = lesson.over_seeds(broken, "breaking"), ("R@1", "shuffled", "not", "gap", "no gap")
rows = [[way, *(f"{tests[way, name].mean:.3f}" for name in names)] for way in ("untrained", "three words", "bag")]
lesson.table(["text tower", "R@1 of 100", "words shuffled", '"not" understood', "gap", "R@1, gap removed"], rows)

# %% [markdown]
# The bag loses nothing, of course, and three words little: most of the search needs no order. *Not* is not understood:
# for a bag both sentences are one, and no training can help; three words could learn it, had a caption ever said "not".
# (Large models are much like bags, too: Yuksekgonul 2023.) The gap is wide before training (why: Liang 2022). Training
# closes most of it; closing the rest hardly matters. In CLIP it stays wide.
#
# ## What we saw

# %%
three, pictures = [encoder, *towers["three words", first]], worlds[first].with_only("image")
for method in prompts:
    lesson.record(method, zero["three words", "shape", method], three, pictures)
at = {(way, n): (share[way, "text to image", n] + share[way, "image to text", n]) / 2 for way, _, n in share}
lost = {way: sum(zero[way, f, average] - zero[way, f, bare] for f in values) / 2 for way in ("three words", "bag")}
top, bag = (found[way, "text to image", 1000] for way in ("best", "bag"))
artist = named["en", "new", 10] - named["en", "new, other artist", 10]
lesson.findings(
    f"Text to image among 1000: R@1 {bag.mean:.3f}, of {top.mean:.3f} that are possible.",
    f"Share of the ceiling among 200, both ways: {', '.join(f'{way} {at[way, 200].mean:.3f}' for way in ways)}.",
    f"A bare word costs accuracy: three words {lost['three words'].mean:.3f}, the bag {lost['bag'].mean:.3f}.",
    f"Emoji, R@10 of 100: {named['en', 'new', 10].mean:.3f}; another artist costs {artist.mean:.3f}.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("the loss by hand is the package's", abs(loss - theirs) < 1e-5, equal=True)
lesson.claim("so is the ceiling", abs(ceiling - package["text to image"][0]) < 1e-9, equal=True)
lesson.claim("among 1000 most searches by text cannot be decided", top, below=0.3)
lesson.claim("the bag comes near to what is possible", bag / top, above=0.8)
lesson.claim("the share falls with the pool", at["bag", 50] - at["bag", 1000], above=0.0)
lesson.claim("ids help", at["three words, ids", 200] - at["three words", 200], above=0.0)
lesson.claim("the bag is ahead of three words without ids", at["bag", 200] - at["three words", 200], above=0.0)
lesson.claim("a bare word is a worse prompt for three words", lost["three words"], above=0.0)
lesson.claim("for the bag less so", lost["three words"] - lost["bag"], above=0.0)
prompted = sum(zero["three words", factor, average] for factor in values) / 2
lesson.claim("with prompts like captions they are nearly perfect", prompted, above=0.95)
for way, bounds in {"bag": (-0.003, 0.003), "three words": (0.0, 0.09)}.items():
    lesson.claim(f"{way}: what shuffling costs", tests[way, "R@1"] - tests[way, "shuffled"], within=bounds)
    removed = tests[way, "no gap"] - tests[way, "R@1"]
    lesson.claim(f"{way}: the gap is not what limits it", removed, within=(-0.02, 0.02))
lesson.claim("three words do not understand it", tests["three words", "not"], below=0.6)
lesson.claim("the gap is wide before training", tests["untrained", "gap"], above=0.8)
lesson.claim("training closes most of it", tests["three words", "gap"], below=0.3)
lesson.claim("new symbols are found above chance", named["en", "new", 10], above=0.35)
lesson.claim("those of train are known by heart", named["en", "train", 1] - named["en", "new", 1], above=0.6)
lesson.claim("another artist costs a good part of it", artist / named["en", "new", 10], within=(0.15, 0.5))
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Two towers on two arrays, paired row by row. The labels of a batch are 0, 1, 2, ...; 20 is the scale.

# %% tags=["own"]
import keras
import numpy as np

rng = np.random.default_rng(0)
meaning = rng.normal(size=(2000, 6))  # your pairs in place of these
image, text = (np.tanh(meaning @ rng.normal(size=(6, width))) for width in (30, 20))
inputs = [keras.Input((30,)), keras.Input((20,))]
a, b = (keras.layers.UnitNormalization()(keras.layers.Dense(16)(side)) for side in inputs)
model = keras.Model(inputs, 20 * keras.ops.matmul(a, keras.ops.transpose(b)))  # (batch, batch)
entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.Adam(0.01), lambda own, s: entropy(own, s) + entropy(own, keras.ops.transpose(s)))
model.fit([image[:1900], text[:1900]], np.arange(1900) % 100, batch_size=100, shuffle=False, epochs=20, verbose=0)
np.mean(model.predict([image[1900:], text[1900:]], batch_size=100, verbose=0).argmax(axis=1) == np.arange(100))

# %% [markdown]
# ## Exercises
# ### Exercise 1 · The ceiling of R@k (10 minutes)
# `true` (N, N): does caption j (column) fit picture i (row)? Write `ceiling_at(true, k)`, the best R@k, text to image.


# %% tags=["exercise"]
# stub
def ceiling_at(true, k): ...  # your code here
# solution
def ceiling_at(true, k):
    return np.minimum(1, k / true.sum(axis=0)).mean()


# end
lesson.check(1, ceiling_at)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · Hard negatives (10 minutes)
# A *hard negative* is a wrong caption of the right words. Write `swapped(text, one, other)`: the sentence with the two
# words exchanged, wherever they stand. Words are parted by single blanks; whole words only: leave "coloured".


# %% tags=["exercise"]
# stub
def swapped(text, one, other): ...  # your code here
# solution
def swapped(text, one, other):
    return " ".join({one: other, other: one}.get(word, word) for word in text.split(" "))


# end
lesson.check(2, swapped)

# %% [markdown]
# ### Exercise 3 · Close the gap (10 minutes)
# Write `without_gap(image, text)`, both (N, d): from each modality subtract its own mean vector, then scale each vector
# to length one; give back both. Then try it on `embed` of fresh `see()` and `read_windows()`: does `recall` change?


# %% tags=["exercise"]
# stub
def without_gap(image, text): ...  # your code here
# solution
def without_gap(image, text):
    centred = [side - side.mean(axis=0) for side in (image, text)]
    return tuple(side / np.linalg.norm(side, axis=1, keepdims=True) for side in centred)


# end
lesson.check(3, without_gap)

# %% [markdown]
# ## Further reading
# - A. Radford et al., *Learning transferable visual models from natural language supervision*, 2021: CLIP, and prompts.
# - M. Yuksekgonul et al., *When and why vision-language models behave like bags-of-words*, 2023: order is not needed.
# - W. Liang et al., *Mind the gap: understanding the modality gap in multi-modal contrastive learning*, 2022.
