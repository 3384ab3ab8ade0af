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
# - *classify* without training for it (zero-shot), with prompts that look like captions,
# - *break* it: word order, "not", the gap between the modalities, another artist.
#
# **Before you start**: [02](02_text.ipynb) on bags of words, [17](17_standing_on_giants.ipynb) on borrowed encoders.
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("18")

from functools import partial
from itertools import product

import keras
import numpy as np
from keras import layers

from mmcourse.data.making import captions

lesson

# %% [markdown]
# ## See: how many pictures fit a caption?
# In a *search* you type a sentence and want its picture, among many; or you show a picture and want its caption. A
# *pair* is a picture with the caption that was written for it. Here nothing is hidden in the pictures, but captions
# leave things out, and a fifth of them say "thing" or such in place of the shape.

# %%
first, sizes = lesson.seeds[0], {"erasure": {"image": 0, "text": 0.2}, "train": 1500, "val": 200, "test": 1000}
worlds = {seed: mm.load("scenes", seed=seed, **sizes) for seed in lesson.seeds}
data = worlds[first]
data.show(4)

# %% [markdown]
# A caption *fits* every picture of which nothing that it says is false. `facts_of` reads what a caption says; what a
# picture shows, its maker has noted. So all test captions can be held against all test pictures.

# %%
tables = {"shape": captions.SHAPE_WORDS, "colour": captions.COLOURS, "texture": captions.TEXTURES}
tables |= {"size": captions.SIZES, "place": dict.fromkeys(captions.PLACES)}


def shown(part):
    """Factor -> (N,) which of its values each picture shows."""
    _, left, bottom, right = part.targets["box"].T
    down, across = bottom - (right - left) / 2, (left + right) / 2  # the middle of the square that holds the object
    return part.targets | {"place": 3 * (3 * down // 32) + 3 * across // 32}


def said(texts):
    """Factor -> (N,) which of its values each caption names, -1 where it names none."""
    facts = [mm.evaluation.facts_of(text) for text in texts]
    return {f: np.array([list(t).index(*one[f]) if f in one else -1 for one in facts]) for f, t in tables.items()}


def fits(part, factors=tuple(tables)):
    """(N pictures, N captions) bool: is nothing false that the caption says of these factors?"""
    shows, says = shown(part), said(part.x["text"])
    return np.all([(says[f] < 0) | (says[f] == shows[f][:, None]) for f in factors], axis=0)


true = {seed: fits(worlds[seed].test) for seed in lesson.seeds}
rows = [[data.test.x["text"][i], f"{true[first][:, i].sum()}"] for i in range(6)]
lesson.table(["caption", "pictures that it fits, of 1000"], rows)

# %% [markdown]
# ### The ceiling
# *Recall at k*, R@k, is the share of searches whose own partner is among the first k answers. If caption $j$ fits $n_j$
# pictures, nobody can tell for which of them it was written: the best guess is right once in $n_j$ times.
#
# $$ \text{ceiling of R@1, text to image} = \frac{1}{N} \sum_j \frac{1}{n_j} $$
#
# From image to text one can do better than guess among the captions that are true: the one that says most is likelier
# the picture's own. The best score of picture $a$ and caption $b$ is $P(a, b) / (P(a) P(b))$, here 1 over the share of
# pictures that the caption fits, or 0 where it does not. Its R@1, by the package, beside our formula:


# %%
def best_possible(fit):
    """The best similarity that there is: 1 over the share of pictures that a caption fits, where it fits."""
    return fit / fit.mean(axis=0)


search = partial(mm.evaluation.retrieval, names=("image", "text"), ks=[1])
search(best_possible(true[first])).recall, np.mean(1 / true[first].sum(axis=0))

# %% [markdown]
# Much of what makes a search among 1000 hard is in the captions. With fewer candidates (a smaller *pool*) fewer fit by
# accident; of captions that say less, more do:

# %%
pools, lines = (50, 100, 200, 500, 1000), {}
for name, factors in {"all facts": tuple(tables), "without the place": tuple(tables)[:-1]}.items():
    best = best_possible(fits(data.test, factors))
    for way, turned in {"text to image": best.T, "image to text": best}.items():
        lines[f"{way}, {name}"] = [mm.evaluation.recall_at(turned, pool=pool) for pool in pools]
mm.plots.curves("The ceiling falls with the pool, and with what is left unsaid", pools, lines, "pool", "best R@1")

# %% [markdown]
# ## Build: pull pairs together, push the others apart
# Two *towers*, networks of their own, turn pictures and captions into vectors of one width. Scaled to length one, they
# are compared by their dot product, the cosine. A batch of $B$ pairs makes a table $s_{ij} = \tau \, a_i \cdot b_j$, with
# a learned scale $\tau$. *Which of these captions is yours?* is a classification with $B$ classes for each row, *which
# picture?* one for each column; the **contrastive loss** is the mean of their cross-entropies. No label is needed: each
# pair is a class of its own, and the others in the batch are its *negatives*.
#
# $$ L = -\frac{1}{2B} \sum_i \log \frac{e^{s_{ii}}}{\sum_j e^{s_{ij}}}
#        -\frac{1}{2B} \sum_j \log \frac{e^{s_{jj}}}{\sum_i e^{s_{ij}}} $$


# %%
def by_hand(a, b, scale):
    """The contrastive loss of vectors a and b (B, d), pair by pair."""
    a, b = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (a, b))
    s = scale * a @ b.T  # s_ij
    over_captions = s - np.log(np.exp(s).sum(axis=1, keepdims=True))  # the logarithms of two softmaxes
    over_pictures = s - np.log(np.exp(s).sum(axis=0, keepdims=True))
    return -(np.diag(over_captions).mean() + np.diag(over_pictures).mean()) / 2


# %% [markdown]
# ## Check: it is the package's loss
# On random vectors (the package's scale begins at 1/0.07):

# %%
a, b = np.random.default_rng(0).normal(size=(2, 8, 16)).astype("float32")
loss, theirs = by_hand(a, b, 1 / 0.07), float(mm.losses.ContrastiveLoss()([a, b]))
float(loss), theirs

# %% [markdown]
# ### The towers
# For pictures we borrow the small encoder of lesson 17, frozen. It was trained to name shapes and colours, so this space
# is no proof that pictures can be learned from captions; but it knows no words. Which word goes with what is left to the
# pairs. The text tower reads windows of *three words*, so it can know some order. Its rival is a *bag*, the mean of the
# embedded words, with as many weights (within 1%), and the same epochs and rate.


# %%
def see():
    """From features of a picture to the space."""
    hidden = [layers.BatchNormalization(), layers.Dense(128, "relu")]
    return keras.Sequential([keras.Input((80,)), *hidden, layers.Dense(64)])


def read_windows():
    """From word numbers to the space: of each filter over three neighbouring words, the largest answer."""
    windows = [layers.Embedding(128, 32), layers.Conv1D(96, 3, padding="same", activation="relu")]
    return keras.Sequential([keras.Input((28,)), *windows, layers.GlobalMaxPooling1D(), layers.Dense(64)])


def read_bag():
    """From word numbers to the space: the mean of the words, in whatever order (0 is padding, and masked)."""
    mean = [layers.Embedding(128, 64, mask_zero=True), layers.GlobalAveragePooling1D()]
    return keras.Sequential([keras.Input((28,)), *mean, layers.Dense(88, "relu"), layers.Dense(64)])


picture, text = keras.Input((80,), name="image"), keras.Input((28,), name="text")
drawn = keras.Model([picture, text], layers.Dot(1, normalize=True)([see()(picture), read_windows()(text)]))
mm.plots.diagram(drawn, "Two towers; only the cosine brings them together")

# %% [markdown]
# The loss is one of a whole batch, so it is computed inside the model, by `add_loss`. (`compile_once`: lesson 14.)


# %%
class Towers(keras.Model):
    """Two towers and the loss of a batch of pairs; rows with equal `ids` are no negatives of each other."""

    def __init__(self, image, text):
        super().__init__()
        self.image, self.text, self.alignment = image, text, mm.losses.ContrastiveLoss()

    def call(self, x):
        self.add_loss(self.alignment([self.image(x["image"]), self.text(x["text"])], x["ids"]))


@mm.training.compile_once
def untrained(seed, see, read, steps):
    model = Towers(see(), read())
    rate = keras.optimizers.schedules.CosineDecay(3e-3, steps)
    model.compile(keras.optimizers.Adam(rate), **mm.training.compile_defaults(model))
    return model


def aligned(x, seed, read, see=see, ids=None, batch=100, epochs=20):
    """(image tower, text tower), trained on the pairs x."""
    n, towers = len(x["image"]), (see(), read())
    model = untrained(seed, see, read, epochs * -(-n // batch))
    model.fit({**x, "ids": np.arange(n) if ids is None else ids}, batch_size=batch, epochs=epochs, verbose=0)
    for mine, learned in zip(towers, (model.image, model.text), strict=True):
        mine.set_weights(learned.get_weights())
    return towers


# %% [markdown]
# ### False negatives
# A caption that fits another picture of the batch is pushed away from it all the same: a *false negative*. With `ids`
# the loss spreads the target of a pair over all pairs with its id. We give one id to captions that *say the same*.


# %%
def vocabulary(texts):
    """From captions to numbers of words, by the words of these captions (and "not", for later)."""
    words = layers.TextVectorization(output_sequence_length=28)
    words.adapt([*texts, "not"])
    return words


def same_said(texts):
    """A number for each caption; captions that say the same have the same."""
    return np.unique(np.stack([*said(texts).values()]), axis=1, return_inverse=True)[1].ravel()


words, encoder = {s: vocabulary(worlds[s].train.x["text"]) for s in lesson.seeds}, mm.pretrained.small("image")
pairs = {seed: worlds[seed].map({"image": encoder, "text": words[seed]}) for seed in lesson.seeds}
number = same_said(data.test.x["text"])
others = [99 * (alike.sum() - 1000) / 999_000 for alike in (true[first], number[:, None] == number)]
lesson.table(
    ["of 99 other captions", "on average"], [["fit", f"{others[0]:.2f}"], ["say the same", f"{others[1]:.2f}"]]
)

# %% [markdown]
# ## Measure: the share of what is possible
# Three trainings per seed: three words without and with ids, and the bag.

# %%
ways = {"three words": (read_windows, False), "three words, ids": (read_windows, True), "bag": (read_bag, False)}
towers = {}
for seed, (way, (read, told)) in lesson.progress([*product(lesson.seeds, ways.items())]):
    ids = same_said(worlds[seed].train.x["text"]) if told else None
    towers[way, seed] = aligned(pairs[seed].train.x, seed, read, ids=ids)


# %%
def embed(tower, x):
    """Vectors of length one (zeros stay zeros)."""
    vectors = np.asarray(tower(x))
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def searched(seed):
    """(way, direction, pool) -> R@1; the best possible one is a way, too."""
    similar, test = {"best": best_possible(true[seed])}, pairs[seed].test.x
    for way in ways:
        similar[way] = embed(towers[way, seed][0], test["image"]) @ embed(towers[way, seed][1], test["text"]).T
    turns, at = {"text to image": np.transpose, "image to text": np.asarray}, mm.evaluation.recall_at
    return {(w, t, p): at(turns[t](similar[w]), pool=p) for w, t, p in product(similar, turns, (50, 200, 1000))}


found = lesson.over_seeds(searched, "searching")
share = {key: each / found["best", *key[1:]] for key, each in found.items()}
rows = []
for (way, turn, pool), each in found.items():
    rows += [[turn, f"{pool}", way, f"{each.mean:.3f}", f"{share[way, turn, pool].mean:.3f}"]] if pool != 200 else []
lesson.table(["search", "pool", "text tower", "R@1", "share of the ceiling"], sorted(rows, reverse=True))

# %%
turns = ("text to image", "image to text")
lines = {f"{way}, {turn}": [share[way, turn, pool] for pool in (50, 200, 1000)] for way in ways for turn in turns}
mm.plots.curves(
    "The share falls with the pool; ids change little, the bag is ahead", (50, 200, 1000), lines, "pool", "share"
)

# %% [markdown]
# R@1 among 1000 looks poor; divided by its ceiling, it is most of what is possible. The share falls with the pool, too,
# so the ceiling is not the only reason: among more candidates, finer differences decide. The ids change nothing that
# shows. Few captions say the very same, and those that say *less* and fit have no id in common: fitting is not being
# the same. And the bag, which knows no order at all, is *ahead*: this search does not ask for order.
#
# ### Zero-shot: a classifier made of captions
# To *classify without training for it*, write a caption for each class, a *prompt*, and take the class whose prompt is
# nearest to the picture. A prompt is the bare word, a sentence (*template*), or several whose vectors are averaged.

# %%
values = {"shape": [known[0] for known in captions.SHAPE_WORDS.values()][:4], "colour": list(captions.COLOURS)}
templates = {
    "shape": ["the picture shows a {}", "i see one {} near the middle", "there is a {} at the top", "a {} as usual"],
    "colour": ["the picture shows a thing ; it is {}", "i see one {} item near the middle", "a small {} thing"],
}
bare, one = lesson.method("bare", "bare word", modality="image"), lesson.method("one", "one template", modality="image")
average = lesson.method("average", "templates, averaged", modality="image")


def classified(seed):
    """factor -> prompts -> accuracy of the class with the nearest prompt."""
    found, (image, text), test = {}, towers["three words", seed], pairs[seed].test
    for factor, names in values.items():
        forms = templates[factor]
        for method, used in {bare: ["{}"], one: forms[:1], average: forms}.items():
            prompts = sum(embed(text, words[seed]([form.format(name) for name in names])) for form in used)
            nearest = (embed(image, test.x["image"]) @ prompts.T).argmax(axis=1)
            found[factor, method] = np.mean(nearest == test.targets[factor])
    return found


zero = lesson.over_seeds(classified, "zero-shot")
panels = {factor: {method: zero[factor, method] for method in (bare, one, average)} for factor in values}
tops, chance = {f: dict.fromkeys(panels[f], 1.0) for f in panels}, {f: 1 / len(values[f]) for f in panels}
mm.plots.against_ceilings("A prompt must look like a caption", panels, tops, chance)

# %% [markdown]
# TODO zero. The tower has never read a word alone.
#
# ### Real drawings and their names
# `emoji`: drawings by an artist, each with its name and keywords, and in test none of the families of train. Pictures
# are 64 hand-made features; names are counted words, or Chinese characters, or the word vectors of lesson 17, locked.
# Both towers are one linear layer each. English on every seed, the other two on the first.


# %%
def flat(width):
    """One linear layer into the space."""
    return keras.Sequential([keras.Input((width,)), layers.BatchNormalization(), layers.Dense(64)])


def symbols(names, seed):
    """Drawings with names and keywords, both as features."""
    if names == "word vectors":
        return mm.load("emoji", task="pairs", features="image", seed=seed).map({"text": mm.pretrained.WordVectors()})
    return mm.load("emoji", task="pairs", features=True, language="zh" if names == "Chinese" else "en", seed=seed)


def recall(a, b, k=1, pool=100):
    """R@k of pairs a, b; the mean of both directions."""
    return np.mean([mm.evaluation.recall_at(s, k, pool=pool) for s in (a @ b.T, b @ a.T)])


def real(names, seed):
    """(names, symbols, k) -> R@k."""
    data, new = symbols(names, seed), mm.load("emoji", features="image", artist="twemoji", seed=seed).test.x["image"]
    see, read = (partial(flat, data.train.x[name].shape[1]) for name in ("image", "text"))
    image, text = towers[names, seed] = aligned(data.train.x, seed, read, see, batch=128)
    sides = {"train": data.train.x, "new": data.test.x, "new, other artist": data.test.x | {"image": new}}
    vectors = {name: (embed(image, x["image"]), embed(text, x["text"])) for name, x in sides.items()}
    return {(names, name, k): recall(*both, k) for name, both in vectors.items() for k in (1, 10)}


named = lesson.over_seeds(partial(real, "English"), "emoji")
other_names = real("Chinese", first) | real("word vectors", first)
told = {key: each.mean for key, each in named.items()} | other_names
rows = [[names, part, *(f"{told[names, part, k]:.3f}" for k in (1, 10))] for names, part, k in told if k == 1]
lesson.table(["names", "symbols", "R@1 of 100", "R@10 of 100"], rows)

# %%
drawings, features = mm.load("emoji", task="pairs", seed=first).test, symbols("English", first).test.x
(image, text), asked = towers["English", first], np.random.default_rng(18).permutation(len(drawings))[:4]
ranked = np.argsort(-embed(text, features["text"][asked]) @ embed(image, features["image"]).T, axis=1)[:, :7]
hits, names = (ranked == asked[:, None]).any(axis=1).sum(), [drawings.x["text"][i].split(":")[0] for i in asked]
pictures = {name: drawings.x["image"][row] / 255 for name, row in zip(names, ranked, strict=True)}
mm.plots.images(f"{hits} of 4 names find their own drawing among the first seven of {len(drawings)}", pictures)

# %% [markdown]
# The names of new symbols find their drawings far above chance (0.01 and 0.10), and far below those of train: much is
# known by heart. Another artist costs a good part. TODO
#
# ## Break: what this space does not know
# ### Order, and "not"
# Is "a circle red not blue" nearer to a red circle than "a circle blue not red"? Both have the same words; a bag cannot
# tell them apart, whatever it was trained on, and such a tie counts one half. But no caption ever said "not". So a
# third tower of three words is trained on captions with a true "not": a colour that the object does not have.


# %%
def negate(seed):
    """The train captions, each with a colour that its object does not have: "... not blue"."""
    part, names = worlds[seed].train, np.array(values["colour"])
    other = (part.targets["colour"] + np.random.default_rng(seed).integers(1, 8, len(part))) % 8
    return [f"{text} not {name}" for text, name in zip(part.x["text"], names[other], strict=True)]


for seed in lesson.progress(lesson.seeds):
    x = pairs[seed].train.x | {"text": np.asarray(words[seed](negate(seed)))}
    towers["three words, told not", seed] = aligned(x, seed, read_windows)


# %%
def in_order(seed):
    """(text tower, test) -> R@1 of captions, and with their words shuffled; share of "not" understood."""
    found, test, rng = {}, worlds[seed].test, np.random.default_rng(seed)
    colour, other = test.targets["colour"], (test.targets["colour"] + rng.integers(1, 8, len(test))) % 8
    shape, names = np.array(values["shape"])[test.targets["shape"]], np.array(values["colour"])
    texts = {"captions": test.x["text"], "shuffled": [" ".join(rng.permutation(t.split())) for t in test.x["text"]]}
    for name, (yes, no) in {"right": (colour, other), "wrong": (other, colour)}.items():
        texts[name] = [f"a {s} {c} not {n}" for s, c, n in zip(shape, names[yes], names[no], strict=True)]
    for way in ("bag", "three words", "three words, told not"):
        pictures = embed(towers[way, seed][0], pairs[seed].test.x["image"])
        read = {name: embed(towers[way, seed][1], words[seed](list(one))) for name, one in texts.items()}
        ahead = np.sum(pictures * (read["right"] - read["wrong"]), axis=1)
        found |= {(way, name): recall(pictures, read[name]) for name in ("captions", "shuffled")}
        found[way, "not"] = np.mean(np.where(np.abs(ahead) < 1e-5, 0.5, ahead > 0))  # a tie, but for rounding
    return found


order = lesson.over_seeds(in_order, "order")
rows = [
    [way, *(f"{order[way, t].mean:.3f}" for t in ("captions", "shuffled", "not"))] for way, t in order if t == "not"
]
lesson.table(["text tower", "R@1 of 100", "words shuffled", '"not" understood'], rows)

# %% [markdown]
# TODO order
#
# ### The gap
# Pictures and captions share a space, and need not fill the same part of it. The *modality gap* is the distance of the
# mean vector of pictures from that of captions. Subtract from each modality its own mean, scale to length one again, and
# the gap is gone. Is the search any better?


# %%
def gaps(seed):
    """(pairs, what) -> the gap, untrained and trained; R@1 as it is, and without the gap."""
    keras.utils.set_random_seed(seed)
    found, emoji = {}, symbols("English", seed)
    fresh = {"scenes": (see(), read_windows()), "emoji": (flat(64), flat(emoji.train.x["text"].shape[1]))}
    for name, key, data in (("scenes", "three words", pairs[seed]), ("emoji", "English", emoji)):
        for when, both in {"untrained": fresh[name], "trained": towers[key, seed]}.items():
            vectors = [embed(tower, data.test.x[side]) for tower, side in zip(both, ("image", "text"), strict=True)]
            found[name, f"gap, {when}"] = np.linalg.norm(vectors[0].mean(axis=0) - vectors[1].mean(axis=0))
        found[name, "R@1"] = recall(*vectors)
        vectors = [side - side.mean(axis=0) for side in vectors]
        found[name, "R@1, no gap"] = recall(*(s / np.linalg.norm(s, axis=1, keepdims=True) for s in vectors))
    return found


gap, whats = lesson.over_seeds(gaps, "gap"), ("gap, untrained", "gap, trained", "R@1", "R@1, no gap")
rows = [[name, *(f"{gap[name, what].mean:.3f}" for what in whats)] for name in ("scenes", "emoji")]
lesson.table(["pairs", *whats], rows)

# %% [markdown]
# TODO gap
#
# ## What we saw

# %%
three, pictures = [encoder, *towers["three words", first]], worlds[first].with_only("image")
for method in (bare, one, average):
    lesson.record(method, zero["shape", method], three, pictures)
lesson.findings("TODO")

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("the loss by hand is the package's", abs(loss - theirs) < 1e-5, equal=True)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Two towers on two arrays; row i of one belongs to row i of the other. The labels of a batch are 0, 1, 2, ...

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
found = model.predict([image[1900:], text[1900:]], batch_size=100, verbose=0).argmax(axis=1)
np.mean(found == np.arange(100))

# %% [markdown]
# ## Exercises
# ### Exercise 1 · The ceiling of R@k (10 minutes)
# `true` (N, N): does caption j (column) fit picture i (row)? Write `ceiling_at(true, k)`, the best possible R@k from
# text to image: of n pictures that fit, k may be named.


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
# A *hard negative* is a wrong caption made of the right words. Write `swapped(text, one, other)`: the sentence with the
# words `one` and `other` exchanged, wherever they stand; words are separated by single blanks; "coloured" has no red.


# %% tags=["exercise"]
# stub
def swapped(text, one, other): ...  # your code here
# solution
def swapped(text, one, other):
    exchange = {one: other, other: one}
    return " ".join(exchange.get(word, word) for word in text.split(" "))


# end
lesson.check(2, swapped)

# %% [markdown]
# ### Exercise 3 · Close the gap (10 minutes)
# Write `without_gap(image, text)`, both (N, d): from each modality subtract its own mean vector, then scale each vector
# to length one; give back both. Then search with the vectors of this lesson, and of your own data: is it any better?


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
