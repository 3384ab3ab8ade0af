# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 02 · Text: words, and their order
#
# After this lesson you can make a network read sentences, and prove that padding and masks do what they should.
#
# **You will learn** to
# - *fit* a vocabulary on the training texts, and count the words it does not know,
# - *build* a bag of words and self-attention by hand, with masks and positions,
# - *measure* who hears the order of words, and where that order is worth nothing,
# - *test* a mask: ten more pads must not move any answer.
#
# **Before you start**: [00 · start here](00_start_here.ipynb).
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("02")

import warnings

import keras
import numpy as np
from keras import layers, ops

lesson

# %% [markdown]
# ## See: same words, other meaning
# A sentence of the set `sentences` is about a ring and another thing, in two colours. The question: of the two colours
# in the sentence, is the *ring's* the one that comes first in the alphabet? Every sentence has a *twin*, with the two
# colours exchanged, and so with the other label:

# %%
first = lesson.seeds[0]
data = mm.load("sentences", seed=first)
twins = np.flatnonzero(data.train.targets["pair"] == 4)
[(str(data.train.x["text"][row]), data.classes[data.train.y[row]]) for row in twins]

# %% [markdown]
# Twins have exactly the same words. Whoever looks only at which words occur, and how often, gives both the same answer,
# and is right on one of the two: on half of all sentences. The label is in the *order*.
#
# A network reads numbers. A *vocabulary* is a list of words; each word becomes its place in the list, its *id*. Two ids
# are kept for other uses: 0 is *padding*, which fills short sentences up to the longest, since a batch is a rectangle;
# 1 stands for every *unknown* word. `with_tokens` does this, with the words of the training sentences:

# %%
tokens = data.with_tokens()
words = tokens.modalities["text"].words
tokens.train.x["text"][twins], len(words)

# %% [markdown]
# Why of *train* only? When the model is in use, new words will come, and test must show what happens then. We fit the
# vocabulary on more and more training texts: on these sentences, and on the names that people gave to the drawings of
# `emoji`. Which share of the words in test does it not know?


# %%
def unknown_share(name, seed):
    """Number of training texts -> the share of words in the test texts that none of those has."""
    data = mm.load(name, seed=seed).with_only("text")
    ids = {n: data.subset(n).with_tokens(length=20).test.x["text"] for n in SIZES}
    return {n: np.sum(each == 1) / np.sum(each > 0) for n, each in ids.items()}


SIZES = (10, 30, 100, 300, 1000)
unknown = {name: lesson.over_seeds(lambda s, name=name: unknown_share(name, s)) for name in ("sentences", "emoji")}
lines = {name: list(each.values()) for name, each in unknown.items()}
axes = "training texts (logarithm to base 10: 2 is a hundred)", "share of unknown words in test"
mm.plots.curves("A program runs out of new words; people do not", np.log10(SIZES), lines, *axes)

# %% [markdown]
# (The band is one standard deviation over seeds, which here draw the texts.) A program that writes with a few dozen
# words is known after a hundred sentences. Of the words in real names, a good part is new. Fit the vocabulary on *all*
# texts, as is often done, and both lines lie at zero: test no longer holds what the model will meet, and words that
# occur in test only get vectors that nothing trained.
#
# ## Build: a bag, attention, and a mask
# **Step 1: embedding.** Each id is looked up in a table $E$ of learned vectors, $x_t = E_{w_t}$. To decide, we need one
# vector for the whole sentence. The simplest is the mean over its words: a *bag of words*. Padding is no word. A *mask*
# says where words are, and the sum is divided by *their* number:
#
# $$ \bar{x} = \frac{\sum_t m_t\, x_t}{\sum_t m_t} , \qquad m_t = 1 \text{ for a word, } 0 \text{ for padding.} $$


# %%
def mean_of_words(vectors, mask):
    """The mean over words only: (B, T, d) vectors and a (B, T) mask to (B, d)."""
    keep = ops.cast(mask, "float32")[..., None]
    return ops.sum(vectors * keep, axis=1) / ops.sum(keep, axis=1)


ids = tokens.test.x["text"][:4]
np.sum(ids != 0, axis=1), ids.shape

# %% [markdown]
# **Step 2: attention.** In a bag no word knows its neighbours. *Self-attention* lets each word look at all the others.
# It sends out a query $q_t = W_q x_t$; every word has a key $k_s = W_k x_s$ and a value $v_s = W_v x_s$; where query
# and key agree, much of the value is taken:
#
# $$ z_t = \sum_s a_{ts}\, v_s , \qquad a_{ts} = \operatorname{softmax}_s\!\left( q_t \cdot k_s / \sqrt{d} \right) . $$
#
# The softmax, $e^{c_i} / \sum_j e^{c_j}$ of scores $c$, makes positive weights that sum to one. Padding must get the
# weight 0: its score is set to $-10^9$ *before* the softmax, so that the weights of the words still sum to one.


# %%
def attend(x, mask, query, key, value):
    """softmax(QKᵀ/√d) V for every word, (B, T, d) to (B, T, d); nobody looks at padding."""
    scores = ops.matmul(x @ query, ops.transpose(x @ key, (0, 2, 1))) / x.shape[-1] ** 0.5  # (B, T, T)
    scores = ops.where(mask[:, None, :], scores, -1e9)
    return ops.matmul(ops.softmax(scores), x @ value)


# %% [markdown]
# **Step 3: positions.** Shuffle the words: every word meets the same set of others as before, so its $z_t$ is the same,
# wherever it now stands; and the mean does not ask where. Attention, then dense layers on each word by itself, are
# a *Transformer*: *without positions it is a bag of words*: of words that have met. No training changes that. So we
# add to each word a pattern of its place $p$: sines and cosines of many wave lengths. We count *words*, not padding.


# %%
def positions(mask, width):
    """sin and cos of p / 10000^(i / half) for i = 0, 1, ...: (B, T) mask to (B, T, width)."""
    place = ops.cumsum(ops.cast(mask, "float32"), axis=1)[..., None] - 1  # p: 0, 1, 2, ...
    rates = (10000.0 ** (-np.arange(width // 2) / (width // 2))).astype("float32")
    return ops.concatenate([ops.sin(place * rates), ops.cos(place * rates)], axis=-1)


def read(encoder, ids, ordered=True):
    """A Transformer of one block, step by step, with the weights of a `TextEncoder`: ids (B, T) to features (B, d)."""
    mask, block = ids != 0, encoder.reader
    x = encoder.embedding(ids) * encoder.units**0.5  # as strong as the positions
    x = x + positions(mask, encoder.units) if ordered else x
    key, value = ops.split(ops.convert_to_tensor(block.key_value), 2, axis=1)
    # a norm brings every vector to mean 0 and variance 1; what is computed from it is added to what came in
    x = x + attend(block.norm_attention(x), mask, block.query, key, value) @ block.out
    x = x + block.narrow(block.widen(block.norm_mlp(x)))  # two dense layers, on each word by itself
    return mean_of_words(encoder.norm(x), mask)


# %% [markdown]
# ## Check: it equals the layer
# `TextEncoder` is the package's version. With the same weights: how far is ours from it, at most? How far do our
# features move when the last word is put first, without and with positions? And with ten more pads behind?

# %%
encoder = mm.layers.TextEncoder(len(words), 64, "transformer", heads=1)
theirs = encoder(ids)
moved = np.array([np.pad(np.roll(row[row != 0], 1), (0, np.sum(row == 0))) for row in ids])  # last word first
same = {
    "ours and the layer": read(encoder, ids) - theirs,
    "words moved, no positions": read(encoder, moved, False) - read(encoder, ids, False),
    "words moved, positions": read(encoder, moved) - read(encoder, ids),
    "ten more pads": read(encoder, np.pad(ids, ((0, 0), (0, 10)))) - read(encoder, ids),
}
same = {name: float(ops.max(ops.abs(difference))) for name, difference in same.items()}
same

# %% [markdown]
# Three of the four are rounding: ours *is* the layer, another order moves nothing without positions, and padding moves
# nothing at all. With positions the order counts. That is what training can now use.
#
# ### Who carries the mask?
# In Keras, `Embedding(mask_zero=True)` hangs the mask on its output. A layer that knows of masks uses it and hands it
# on. Where it is lost, everything behind reads padding as words:

# %%
x = layers.Embedding(9, 4, mask_zero=True)(keras.Input((6,), dtype="int32"))
steps = {"Dense": layers.Dense(4), "GRU": layers.GRU(4, return_sequences=True), "Flatten": layers.Flatten()}
steps |= {"Conv1D": layers.Conv1D(4, 3), "x + x": lambda x: x + x, "Add": lambda x: layers.Add()([x, x])}
with warnings.catch_warnings(action="ignore"):  # Keras warns where a layer loses the mask; of operators it is silent
    carries = {name: getattr(step(x), "_keras_mask", None) is not None for name, step in steps.items()}
carries

# %% [markdown]
# `Flatten` and `Conv1D` warn that they drop it; a plain `+` says nothing. So do not trust the reading of code: *test*.
# A mask must cover
# 1. the *keys* of every attention,
# 2. every *pooling* over words: sum and divisor of a mean, a maximum, and "the last state", the one at the last *word*,
# 3. the *positions*, where padding may stand in front,
# 4. every *statistic over steps* (as in batch norm), and loss and metrics where there is one answer for each word.
#
# The test: put ten more pads behind every sentence, then in front. No answer may move by more than rounding.
#
# ## Measure: who hears the order?
# Five readers (a sixth is for later), trained alike, end in a linear layer with two *logits*, scores of the answers:
# - a **bag of words**: the mean of the embeddings;
# - a **bag of bigrams**: the same, with every pair of neighbours as a word of its own;
# - a **Transformer without positions**: embeddings, one block of attention and dense layers, the mean over words;
# - a **Transformer**: `TextEncoder`. Its four *heads* are four attentions, each on a quarter of the width;
# - a **GRU**, a *recurrent* network. It reads word by word and keeps a state $h$. A *gate* $g_t$ between 0 and 1 says
#   how much of each feature stays, $h_t = g_t \odot h_{t-1} + (1 - g_t) \odot \tilde h_t$; gate and candidate
#   $\tilde h_t$ are computed from $x_t$ and $h_{t-1}$. Padding leaves $h$ as it is.

# %%
names = {"bag": "bag of words", "bigrams": "bag of bigrams", "unordered": "Transformer, no positions"}
names |= {"transformer": "Transformer", "gru": "GRU", "forgot": "GRU without mask"}
bag, bigrams, unordered, transformer, gru, forgot = (lesson.method(*name, modality="text") for name in names.items())


def reader(kind, vocabulary, classes):
    """A Keras model from ids (B, T) to logits; T may change from batch to batch."""
    ids = keras.Input((None,), dtype="int32", name="text")
    if kind in (transformer, gru):
        features = mm.layers.TextEncoder(vocabulary, 64, kind.key)(ids)
    else:
        listed, size = ids, vocabulary
        if kind is bigrams:  # one number for each pair of neighbours, 0 where either is padding
            one, two = ids[:, :-1], ids[:, 1:]
            listed, size = ops.minimum(ops.minimum(one, two), 1) * (one * vocabulary + two), vocabulary**2
        x = layers.Embedding(size, 64, mask_zero=kind is not forgot)(listed)
        if kind is unordered:
            x = layers.LayerNormalization()(mm.layers.AttentionBlock(64)(x, x))
        features = (layers.GRU(64) if kind is forgot else layers.GlobalAveragePooling1D())(x)
    return keras.Model({"text": ids}, layers.Dense(classes)(features))


mm.plots.diagram(reader(forgot, len(words), 2), "Ids, a vector for each word, one for the sentence, two logits")


# %%
def shuffled(ids):
    """The words of each text in another order; padding stays behind them."""
    rng = np.random.default_rng(len(ids))
    return np.array([np.pad(rng.permutation(row[row != 0]), (0, np.sum(row == 0))) for row in ids])


def learn(kind, data, seed, epochs):
    """A reader, trained."""

    def make():
        return reader(kind, len(data.modalities["text"].words), len(data.classes))

    return mm.training.train(make, data, seed=seed, epochs=epochs, learning_rate=5e-3)


# %%
sets, trained = {seed: mm.load("sentences", seed=seed).with_tokens() for seed in lesson.seeds}, {}
for kind in lesson.progress((bag, unordered, bigrams, transformer, gru), "readers"):
    with lesson.timed(kind, len(lesson.seeds)):
        trained[kind] = {seed: learn(kind, sets[seed], seed, 24) for seed in lesson.seeds}


# %%
def heard(models, data, change):
    """Test accuracy of each reader, over seeds, when the ids were changed."""

    def right(model, test):
        return np.mean(np.argmax(model({"text": change(test.x["text"])}), axis=1) == test.y)

    return {kind: lesson.over_seeds(lambda s, each=each: right(each[s], data[s].test)) for kind, each in models.items()}


scores, mixed = heard(trained, sets, np.copy), heard(trained, sets, shuffled)
limits = data.baseline(), data.ceiling(), {kind: each.mean for kind, each in mixed.items()}
mm.plots.scores("Only who reads in order finds the label (crosses: shuffled)", scores, *limits)

# %% [markdown]
# The bag and the Transformer without positions are right on half of the sentences, and had to be (`report` numbers such
# pitfalls; this is MM010). With positions the same block hears the order, and so does the GRU. Shuffle the words at
# test, and all of them guess (crosses): the label is in nothing but the order. The bigrams stand between. Where the
# colour is beside its thing, "red ring" is a word that says all; in "the ring that is red" no neighbours join the two.
#
# ## Break
# ### A mask that got lost
# The sixth reader is the trained GRU, weight for weight, but its mask got lost on the way. (One trained without a mask
# may learn to live with the padding of train, and of no other.) How do the readers do with more pads at test?

# %%
trained[forgot] = {seed: reader(forgot, len(words), 2) for seed in lesson.seeds}
for seed, model in trained[forgot].items():
    model.set_weights(trained[gru][seed].get_weights())
pads = (0, 10, 20, 40)
three = {kind: trained[kind] for kind in (gru, transformer, forgot)}
padded = {n: heard(three, sets, lambda ids, n=n: np.pad(ids, ((0, 0), (0, n)))) for n in pads}
lines = {kind: [padded[n][kind] for n in pads] for kind in three}
mm.plots.curves("Without a mask, padding is read as words", pads, lines, "more pads behind every test sentence")

# %% [markdown]
# The pads that are there already cost it something. How far do ten more, behind or in front, move any logit?


# %%
def moved_by_pads(kind, seed):
    """The largest change of a logit by ten more pads, behind or in front, and the largest logit (or 1)."""
    ids = sets[seed].test.x["text"]
    pads = (0, 0), (0, 10), (10, 0)
    plain, *more = (np.asarray(trained[kind][seed]({"text": np.pad(ids, ((0, 0), n))})) for n in pads)
    return {"moved": max(np.abs(plain - each).max() for each in more), "largest": max(1, np.abs(plain).max())}


tested = {kind: lesson.over_seeds(lambda seed, kind=kind: moved_by_pads(kind, seed)) for kind in trained}
rows = [[kind, f"{each['moved'].mean:.0e}", f"{each['largest'].mean:.1f}"] for kind, each in tested.items()]
lesson.table(["reader", "ten more pads move a logit by", "largest logit, or 1"], rows)

# %% [markdown]
# A float32 has about seven digits; a change in the last is rounding. The reader without mask moves by whole logits.
#
# ### Where order is worth nothing
# Captions of `scenes` say in many ways what is in a picture; the label is the shape, and a fifth of the captions hide
# its word ("thing"). So the *ceiling*, the best that any model can do, is 0.8 and a guess among four on the rest: 0.85.

# %%
captions = {s: mm.load("scenes", train=1500, val=100, seed=s).with_only("text").with_tokens() for s in lesson.seeds}
captions[first].show(4, seed=1)

# %%
plain = {}
for kind in lesson.progress((bag, transformer, gru), "captions"):
    plain[kind] = {seed: learn(kind, captions[seed], seed, 10) for seed in lesson.seeds}
ordinary, torn = heard(plain, captions, np.copy), heard(plain, captions, shuffled)
limits = captions[first].baseline(), captions[first].ceiling(), {kind: each.mean for kind, each in torn.items()}
mm.plots.scores("On ordinary captions order gains nothing (crosses: shuffled)", ordinary, *limits)

# %% [markdown]
# The bag takes all there is; who reads in order gains nothing, and in this run shuffled words (crosses) cost nothing
# either: one word decides, wherever it stands. A good score on such data does not show that a model understands
# sentences. Ask first what a bag of words reaches.
#
# ## What we saw

# %%
for kind, each in scores.items():
    lesson.record(kind, each, trained[kind][first], sets[first])
for kind, each in ordinary.items():
    lesson.record(kind, each, plain[kind][first], captions[first])
lesson.findings(
    "Label in the order: " + ", ".join(f"{kind} {each.mean:.3f}" for kind, each in scores.items()) + "; ceiling 1.",
    "Captions: " + ", ".join(f"{k} {each.mean:.3f}" for k, each in ordinary.items()) + f"; ceiling {limits[1]:.2f}.",
    f"Forty more pads: GRU {padded[40][gru].mean:.3f}, without its mask {padded[40][forgot].mean:.3f}.",
    f"Of the words in new names of `emoji`, {100 * unknown['emoji'][1000].mean:.0f}% are unknown.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
for what, bound in (("ours and the layer", 1e-5), ("words moved, no positions", 1e-5), ("ten more pads", 1e-6)):
    lesson.claim(f"by hand, nothing but rounding: {what}", same[what], below=bound)
lesson.claim("with positions another order moves the features", same["words moved, positions"] > 0.01, equal=True)
lost = " ".join(name for name in carries if not carries[name])
lesson.claim("Flatten, Conv1D and an operator lose the mask", lost, equal="Flatten Conv1D x + x")
for kind in (bag, unordered):
    lesson.claim(f"{kind}: right on half of the twins", scores[kind], within=(0.49, 0.51))
for kind in (transformer, gru):
    lesson.claim(f"{kind}: hears the order", scores[kind], above=0.8)
    lesson.claim(f"{kind}: guesses when words are shuffled", mixed[kind], within=(0.4, 0.6))
    lesson.claim(f"{kind}: gains nothing on captions", ordinary[kind] - ordinary[bag], below=0.02)
for kind in scores:
    relative = tested[kind]["moved"] / tested[kind]["largest"]
    lesson.claim(f"{kind}: ten more pads move no logit by a millionth of the largest", relative, below=1e-6)
lesson.claim("bigrams stand between", scores[bigrams], within=(0.75, 0.97))
lesson.claim("without a mask ten pads move whole logits", tested[forgot]["moved"], above=1.0)
lesson.claim("without its mask forty pads cost the GRU a good part", scores[gru] - padded[40][forgot], above=0.1)
lesson.claim("on captions the bag is at the ceiling", ordinary[bag] - limits[1], within=(-0.03, 0.02))
lesson.claim("sentences: nothing is unknown", unknown["sentences"][1000], below=0.005)
lesson.claim("names: a good part unknown", unknown["emoji"][1000], above=0.3)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Texts and labels as two arrays; the vocabulary from the training texts; a GRU that is told what is padding.

# %% tags=["own"]
import keras
import numpy as np

texts = np.array(["red before blue", "blue before red", "a red and a blue dot", "a blue and a red dot"] * 50)
labels = np.array([1, 0, 1, 0] * 50)  # is red named first?
to_ids = keras.layers.TextVectorization(output_sequence_length=8)
to_ids.adapt(texts[:160])  # the vocabulary of train
ids = keras.ops.convert_to_numpy(to_ids(texts))
parts = [keras.layers.Embedding(to_ids.vocabulary_size(), 16, mask_zero=True), keras.layers.GRU(16)]
model = keras.Sequential([*parts, keras.layers.Dense(2)])
model.compile(keras.optimizers.Adam(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(ids[:160], labels[:160], epochs=10, verbose=0)
padded = np.pad(ids[160:], ((0, 0), (0, 10)))
float(np.abs(model.predict_on_batch(ids[160:]) - model.predict_on_batch(padded)).max())  # the test of the mask

# %% [markdown]
# ## Exercises
# ### Exercise 1 · Bigrams by hand (5 minutes)
# Write `bigrams(sentence)`: the list of all pairs of neighbours, each as one text with a space between, in their order.


# %% tags=["exercise"]
# stub
def bigrams(sentence): ...  # your code here
# solution
def bigrams(sentence):
    words = sentence.split()
    return [f"{words[i]} {words[i + 1]}" for i in range(len(words) - 1)]


# end
lesson.check(1, bigrams)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · "not red" (10 minutes)
# Write `says(sentence, colour)`: 1 where the sentence claims the colour, −1 where "not" stands right before it, 0 where
# the word does not occur. Which two sentences with the same words differ?


# %% tags=["exercise"]
# stub
def says(sentence, colour): ...  # your code here
# solution
def says(sentence, colour):
    words = sentence.split()
    before = dict(zip(words, ["", *words[:-1]], strict=True))
    return 0 if colour not in words else -1 if before[colour] == "not" else 1


# end
lesson.check(2, says)

# %% [markdown]
# ### Exercise 3 · The mean over words (10 minutes)
# Write `masked_mean(vectors, mask)` in NumPy: vectors (B, T, d) and a bool mask (B, T) to (B, d). A sample without any
# word gets zeros; `mean_of_words` above does not survive it.


# %% tags=["exercise"]
# stub
def masked_mean(vectors, mask): ...  # your code here
# solution
def masked_mean(vectors, mask):
    keep = mask[..., None]
    return (vectors * keep).sum(axis=1) / np.maximum(keep.sum(axis=1), 1)


# end
lesson.check(3, masked_mean)

# %% [markdown]
# ## Further reading
# - A. Vaswani et al., *Attention is all you need*, 2017: the Transformer, and its sines and cosines.
# - K. Cho et al., *Learning phrase representations using RNN encoder-decoder*, 2014: the GRU.
# - M. Yuksekgonul et al., *When and why vision-language models behave like bags-of-words*, 2023: retrieval benchmarks
#   that can be solved without the order of words, and models that never learned it.
# - Keras issue 18416: operators that lose the mask.
