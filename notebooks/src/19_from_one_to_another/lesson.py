# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 19 · From one to another
# After this lesson you can train a network to describe a picture in words, and find out if what it says is true.
#
# **You will learn** to *build* a decoder that writes a caption word by word and looks at the picture for each word; to
# *train* it with the words before given, and *write* without them, with one beam or four; to *judge* captions by their
# facts; to *show* what token accuracy and BLEU do not see.
# **Before you start**: [02](02_text.ipynb) on words and the GRU, [09](09_attention_between_modalities.ipynb).
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("19")

from collections import Counter
from dataclasses import replace
from functools import partial

import keras
import numpy as np
from keras import layers

from mmcourse.data.making import captions
from mmcourse.data.text import Vocabulary
from mmcourse.evaluation import bleu, facts_of, factual

lesson

# %% [markdown]
# ## See: pictures that somebody described
# So far the answer was a number: a class, a box, a mask. Here it is the *other modality*: picture in, words
# out. In `scenes` a picture has one caption, by one of six sentence patterns, with two words for most values ("red",
# "crimson"). The object is always visible here; a fifth of the captions say "thing" in place of its shape.

# %%
first, asked = lesson.seeds[0], {"erasure": {"image": 0.0, "text": 0.2}, "val": 1}
scenes = {s: mm.load("scenes", train=1600, test=600, seed=s, **asked) for s in lesson.seeds}
scenes[first].show(4)

# %% [markdown]
# A caption has *facts*: shape, colour, texture, size, place. It need not name all, and may say them in other words than
# its neighbour; but what it says should be *so*. We know the words that these captions were written with, and so a
# parser takes ten lines:

# %%
tables = {"shape": captions.SHAPE_WORDS, "colour": captions.COLOURS, "texture": captions.TEXTURES}
tables |= {"size": captions.SIZES, "place": {place: (place,) for place in captions.PLACES}}
meaning = {word: (factor, value) for factor, table in tables.items() for value in table for word in table[value]}


def read(caption):
    """Factor -> the values that a caption names."""
    found, words = {}, caption.split()
    while words:
        many = 2 if " ".join(words[:2]) in meaning else 1  # "top left" is one place
        factor, value = meaning.get(" ".join(words[:many]), (None, None))
        if factor:
            found.setdefault(factor, set()).add(value)
        words = words[many:]
    return found


texts = scenes[first].train.x["text"].tolist()
same_facts = all(read(text) == facts_of(text) for text in texts)
texts[0], read(texts[0]), same_facts

# %% [markdown]
# The package's `facts_of` reads all captions of train the same way. (Captions that people write need a list of objects
# and their synonyms, and one misses what is not on it.)
# ## Build: one word after another
# A caption is a sequence of words $w_1 \dots w_T$, the last of which is 0, "the end". By the chain rule of probability
# $$ P(w_1 \dots w_T \mid \text{image}) = \prod_t P(w_t \mid w_1 \dots w_{t-1}, \text{image}) , $$
# so a model need only know *the next word*, given the picture and the words so far. Ours is called a *decoder*:
# $$ h_t = \operatorname{GRU}(E w_1, \dots, E w_{t-1}) , \qquad
# \text{logits}_t = \operatorname{LN}(\operatorname{Block}(h_t, W\,\text{cells}))\, E^\top + b . $$
# A GRU keeps in $h_t$ what the words so far have left behind. With $h_t$ as its query, a block of attention (lesson 09)
# looks at the *cells* of the picture, which $W$ brings to the width of $h_t$; LN is layer normalisation. The row of $E$
# that stands for a word when it is read is also what the answer is compared with when a word is chosen: the two are
# *tied*, which saves weights. The cells are the last map of the course's frozen image encoder before it is pooled *over
# all places* (4 × 4 places, 64 features), with row and column of each. (That encoder learned to name in other scenes.)

# %%
encoder = mm.pretrained.small("image").network
last_map = [layer for layer in encoder.layers if isinstance(layer, layers.MaxPooling2D)][-1].output
look = keras.Model(encoder.input, last_map)  # takes pictures from 0 to 1


def cells(pictures):
    """Pictures (N, 32, 32, 3) to cells (N, 16, 66): 64 features, then row and column from -1 to 1."""
    features = look.predict_on_batch(pictures / np.float32(255)).reshape(-1, 16, 64)
    steps = np.linspace(-1, 1, 4, dtype="float32")
    places = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(1, 16, 2)
    return np.concatenate([features, np.repeat(places, len(features), axis=0)], axis=2)


# %% [markdown]
# The captions become word numbers, with room for the 0 at the end. These are input *and* label: in training the decoder
# is given the true words before each word, not its own. This is *teacher forcing*, and all steps are trained at once.
# The **blind** decoder gets the same words, and cells that are all zero: what can be known without looking?

# %%
length = 20  # the longest caption has 18 words


def paired(data):
    """Scenes as cells and words, with the words as labels."""
    data = data.map({"image": cells}).with_tokens("text", length)
    spec = dict(zip(("image", "words"), data.modalities.values(), strict=True))
    return data.map_splits(
        lambda p: replace(p, x=dict(zip(spec, p.x.values(), strict=True)), y=p.x["text"]), modalities=spec
    )


seeing, blind = lesson.method("seeing", "decoder that sees", modality="image"), lesson.method("blind", "blind decoder")
pairs = {(seeing, s): paired(scenes[s]) for s in lesson.progress(lesson.seeds, "cells")}
pairs |= {(blind, s): pairs[seeing, s].map({"image": np.zeros_like}) for s in lesson.seeds}
vocabulary = {s: Vocabulary(pairs[seeing, s].modalities["words"].words) for s in lesson.seeds}

# %% [markdown]
# By hand, on the layers of an untrained `Captioner` of the package. States move on by one step: no word sees itself.

# %%
part, count = pairs[seeing, first].test.take(np.arange(32)), len(vocabulary[first].words)
captioner = mm.models.Captioner(count, layers.Identity())  # the cells are there already
logits = captioner(part.x)
inputs = [keras.Input((16, 66), name="image"), keras.Input((length,), dtype="int32", name="text")]
states = keras.Sequential([captioner.reader, layers.ZeroPadding1D((1, 0)), layers.Cropping1D((0, 1))])  # h
looked = captioner.look(states(inputs[1]), captioner.project(inputs[0]))
choose_word = layers.Dense(count)
by_hand = keras.Model(inputs, choose_word(captioner.norm(looked)))
choose_word.set_weights([keras.ops.transpose(captioner.reader.embedding.embeddings), captioner.bias])  # Eᵀ and b
mm.plots.diagram(by_hand, "The words so far ask, the cells answer")

# %% [markdown]
# ## Check: it equals the package

# %%
difference = float(np.abs(by_hand([part.x["image"], part.x["words"]]) - logits).max())
difference

# %% [markdown]
# ## Measure: token accuracy, BLEU, facts
# Both decoders get the same weights at the start, the same order of captions, the same steps and rate.

# %%
models, how = {}, {"epochs": 8, "batch_size": 32, "learning_rate": 3e-3}
for method, s in lesson.progress(list(pairs), "decoders"):
    make = partial(mm.models.Captioner, len(vocabulary[s].words), layers.Identity())
    with lesson.timed(method):
        models[method, s] = mm.training.train(make, pairs[method, s], seed=s, **how)


def write(method, seed, image, beams=1):
    """The captions that a decoder writes for cells (N, 16, 66)."""
    found = models[method, seed].describe({"image": image}, length, beams)
    return [vocabulary[seed].decode(words) for words in found]


# %% [markdown]
# To *write*, the decoder takes its likeliest first word, reads it, takes the likeliest second, and so on to the end:
# *greedy* search. (The true place: the third, down and across, of the middle of the object's box.
# Captions go by the square that was drawn: a few differ, so not even all captions *themselves* are so.)


# %%
def truth_of(part):
    """Factor -> (N,) the number of its true value."""
    row, column = np.minimum((part.targets["box"][:, :2] + part.targets["box"][:, 2:]).T * 3 // 64, 2).astype(int)
    return {f: part.targets[f] for f in ("shape", "colour", "texture", "size")} | {"place": 3 * row + column}


test, said = scenes[first].test, write(seeing, first, pairs[seeing, first].test.x["image"])
so = truth_of(test)
wrong = [[f for f, v in facts_of(c).items() if v != {list(tables[f])[so[f][i]]}] for i, c in enumerate(said)]
labels = np.array([f"not so: {', '.join(factors)}" if factors else "all so" for factors in wrong])
rows = [*np.flatnonzero(labels == "all so")[:3], *np.flatnonzero(labels != "all so")[:3]]
shown = replace(test, x={"image": test.x["image"], "text": np.array(said)}, y=labels).take(rows)
replace(scenes[first], classes=None, world=None, test=shown).show(6, "test")

# %% [markdown]
# Three measures:
# - **Token accuracy**: the share of words, the end included, that are right when the *true* words before are given, as
#   `fit` prints it. (A captioning example on Keras's site once printed it for samples that its
#   [test step had learned from](https://github.com/keras-team/keras-io/pull/557), as its mender found.)
# - **BLEU**: how many of the sequences of one to four written words stand in the true caption. The formula is below.
# - **Facts**: how many of five a caption names, the share of them that are so, and how many are false: *hallucinated*.
#
# And six writers: the caption *itself*; **another true** one, by the same program (it always names the shape); the
# decoder that sees; the same decoder with the cells of **another picture**; the blind one; the **most common** caption.


# %%
def judged(said, part):
    """What captions are worth, in numbers."""
    facts, named = factual(said, truth_of(part)), np.mean([sum(map(len, facts_of(c).values())) for c in said])
    found = {"named": named, "false": facts.hallucinated, "so": np.nan_to_num(1 - facts.hallucinated / named)}
    found |= {"BLEU": bleu(said, part.x["text"].tolist()), "words": np.mean([len(c.split()) for c in said])}
    found |= {f"{f} named": rate for f, rate in facts.mentioned.items()}
    return found | {f"{f} so": np.nan_to_num(share) for f, share in facts.right.items()}  # of none: 0


models_of = {seeing: seeing, "another picture": seeing, blind: blind}


# %%
def measure(seed):
    """(writer, what) -> a number, on the test pictures of a seed."""
    part, views = scenes[seed].test, {method: pairs[method, seed].test.x["image"] for method in (seeing, blind)}
    views["another picture"] = np.roll(views[seeing], 1, axis=0)
    said = {name: write(method, seed, views[name]) for name, method in models_of.items()}
    said["four beams"] = write(seeing, seed, views[seeing], beams=4)  # for later
    nouns = [captions.shape_nouns(list(tables["shape"])[shape]) for shape in part.targets["shape"]]
    said["another true"] = captions.write(truth_of(part), nouns, np.random.default_rng(seed)).tolist()
    said["most common"] = [Counter(scenes[seed].train.x["text"].tolist()).most_common(1)[0][0]] * len(part)
    said["itself"] = part.x["text"].tolist()
    found = {(name, what): each for name in said for what, each in judged(said[name], part).items()}
    words = pairs[seeing, seed].test.y
    counts = np.cumsum(words == 0, axis=1) < 2  # up to and with the first 0
    tells = np.array([bool(facts_of(word)) for word in vocabulary[seed].words])[words]
    for name, method in models_of.items():
        guesses = models[method, seed].predict({"image": views[name], "words": words}, batch_size=300, verbose=0)
        kinds = {"all": counts, "facts": counts & tells, "the rest": counts & ~tells}
        found |= {(name, kind): np.mean((guesses.argmax(axis=2) == words)[these]) for kind, these in kinds.items()}
    return found | {("share", "facts"): tells[counts].mean()}


# %%
got = lesson.over_seeds(measure, "writers")
columns = {"all": "token accuracy", "facts": f"on facts ({got['share', 'facts'].mean:.0%})", "the rest": "on the rest"}
columns |= {"BLEU": "BLEU", "named": "facts named", "so": "share so", "false": "false facts"}
writers = ("itself", "another true", *models_of, "most common")
rows = [[w, *(f"{got[w, c].mean:.3f}" if (w, c) in got else "" for c in columns)] for w in writers]
lesson.table(["writer", *columns.values()], rows)

# %% [markdown]
# Read the columns from left to right. By token accuracy the blind decoder seems most of the way there. By facts it
# cannot follow the picture: it, too, has one sentence for all. ([Somebody's
# captioner](https://github.com/keras-team/keras/issues/15644) gave the same sentence for most pictures while its
# accuracy rose from epoch to epoch.) With another's picture the decoder that sees is no better: its facts do come from
# the picture. And a caption of which *all* is so has a low BLEU, if it is not the very one that was asked for.
#
# Why does token accuracy see so little? Most words tell no fact, and on those looking is worth nothing: the sentence
# goes on by itself. On the others nobody is right each time: no picture shows if one will say "red" or "crimson".
#
# Which facts does the decoder get wrong? And what does it say where there is nothing to see? In other scenes static
# covers the object, so that neither shape nor colour nor texture shows; the decoder has never met such a picture.

# %%
covered = asked | {"erasure": {"image": 1.0, "text": 0.2}, "train": 1, "test": 300}
static = {s: mm.load("scenes", seed=s, **covered).test for s in lesson.seeds}
hidden = lesson.over_seeds(lambda s: judged(write(seeing, s, cells(static[s].x["image"])), static[s]), "static")
each = {f: (got[seeing, f"{f} named"], got[seeing, f"{f} so"], hidden[f"{f} named"], hidden[f"{f} so"]) for f in tables}
rows = [[f, *(f"{found.mean:.3f}" for found in each[f])] for f in tables]
lesson.table(["fact", "named", "so", "behind static: named", "so"], rows)

# %% [markdown]
# Colour is more often so than size and place. A likely reason: sizes differ by two pixels, and borders of thirds run
# through cells. Behind static the sentence still wants a shape and a colour, and mostly gets them. Training on such
# pictures need not help: their captions name them, too.
# ## Break: BLEU prefers a lie
# BLEU ([Papineni et al. 2002](https://aclanthology.org/P02-1040)) asks what share $p_n$ of the written sequences of $n$
# words stand in the true caption (as often), and punishes what is shorter ($c$ words written, $r$ in the true one):
# $$ \text{BLEU} = \min(1, e^{1 - r/c}) \, (p_1 \, p_2 \, p_3 \, p_4)^{1/4} . $$
# The package's `bleu` adds up over all captions before it divides. For one caption:

# %%
reference, lie = "a small striped red ring at the top left", "a small striped blue star at the top left"
true = "a hoop , little , crimson , banded"
one = {text: bleu([text], [reference]) for text in (lie, true)}
lesson.table([reference, "BLEU"], [[text, f"{each:.3f}"] for text, each in one.items()])

# %% [markdown]
# The lie wins; the true caption gets nothing, as no four of its words in a row stand in the other. Over all of test:
# keep the sentences of the true captions, and make their facts false, shape first, colour, texture, size, place.


# %%
def lied(caption, factors):
    """The same sentence with another value, the next in its table, for each of these factors."""
    for factor in factors:
        for value in facts_of(caption).get(factor, ()):
            values = list(tables[factor])
            other = values[(values.index(value) + 1) % len(values)]
            for word, false in zip(tables[factor][value], tables[factor][other], strict=True):
                caption = f" {caption} ".replace(f" {word} ", f" {false} ").strip()
    return caption


texts = {s: scenes[s].test.x["text"].tolist() for s in lesson.seeds}
made = {n: list(tables)[:n] for n in range(6)}
false = lesson.over_seeds(lambda s: {n: bleu([lied(t, made[n]) for t in texts[s]], texts[s]) for n in made})
lines = {"same sentence, facts made false": [false[n] for n in range(6)]}
lines |= {f"{name} (line)": [got[name, "BLEU"]] * 6 for name in ("another true", seeing)}
most = max(n for n in range(6) if false[n].mean > got["another true", "BLEU"].mean)
title = f"With {most} of 5 factors made false, the same sentence still beats another true one"
mm.plots.curves(title, range(6), lines, "facts made false, of five (where they are named)", "BLEU")

# %% [markdown]
# BLEU was made for translations, with several references for each; one, as here, is its hardest case. But it counts
# words, and a false one costs no more than a synonym. (On photographs: Rohrbach et al. 2018.)
# ## Break: four beams name less
# Greedy takes the likeliest *word* each time, which need not give the likeliest *caption*. **Beam search** keeps the
# four likeliest beginnings at each step, by the sum of the logarithms of their words' probabilities (exercise 2), and
# so mostly finds more probable captions. Each word that could as well be another one makes a caption less probable.

# %%
columns = ["words", "BLEU", "named", "texture named", "so", "false"]
rows = [[name, *(f"{got[name, c].mean:.3f}" for c in columns)] for name in (seeing, "four beams")]
lesson.table(["", *columns], rows)

# %% [markdown]
# BLEU prefers four beams. What is named is as often so as before, but *less is named*, in more words. A likely
# reason: a fact costs probability (which colour? by which word?); words that must follow cost none.
# ## What we saw

# %%
shape = got[seeing, "shape named"] * got[seeing, "shape so"]  # a caption that says "thing" counts as wrong
lesson.record(seeing, shape, models[seeing, first], scenes[first].with_only("image"))
lesson.findings(
    f"Token accuracy: **{got[seeing, 'all'].mean:.3f}** with the picture, {got[blind, 'all'].mean:.3f} without.",
    f"Facts that are so: **{got[seeing, 'so'].mean:.3f}** with the picture, {got[blind, 'so'].mean:.3f} without.",
    f"BLEU: {got['another true', 'BLEU'].mean:.3f} for another true caption, **{false[5].mean:.3f}** with all false.",
    f"Greedy names {got[seeing, 'named'].mean:.2f} facts (BLEU {got[seeing, 'BLEU'].mean:.3f}), four beams "
    f"{got['four beams', 'named'].mean:.2f} (BLEU {got['four beams', 'BLEU'].mean:.3f}).",
    f"Behind static {hidden['colour named'].mean:.3f} of captions name a colour, {hidden['colour so'].mean:.3f} so.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("by hand is the package", same_facts and difference < 1e-4, equal=True)
lesson.claim("a lie beats a true caption", one[lie] - one[true], above=0.4)
lesson.claim("blind, more than half of the tokens are right", got[blind, "all"], above=0.55)
bounds = {"all": (0.05, 0.16), "the rest": (-0.03, 0.03), "facts": (0.3, 0.5), "so": (0.5, 0.8)}
for what, bound in bounds.items():
    lesson.claim(f"what the picture is worth: {what}", got[seeing, what] - got[blind, what], within=bound)
lesson.claim("with another picture few facts are so", got["another picture", "so"], below=0.3)
lesson.claim("false shape and colour beat another true caption", false[2] - got["another true", "BLEU"], above=0.4)
lesson.claim("so do five false facts", false[5] - got["another true", "BLEU"], above=0.05)
for what, sign in (("BLEU", 1), ("words", 1), ("named", -1), ("texture named", -1)):
    lesson.claim(f"four beams: {what}", sign * (got["four beams", what] - got[seeing, what]), above=0.0)
share = got["four beams", "so"] - got[seeing, "so"]
lesson.claim("four beams: as much of what is named is so", share, within=(-0.05, 0.06))
colour, others = got[seeing, "colour so"], (got[seeing, "size so"] + got[seeing, "place so"]) / 2
lesson.claim("size and place are less often so than colour", colour - others, above=0.05)
lesson.claim("behind static it still names", (hidden["shape named"] + hidden["colour named"]) / 2, above=0.65)
lesson.claim("behind static colour is a guess", hidden["colour so"], below=0.25)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# A captioner in plain Keras; how much of its token accuracy is the picture's? (Padding would count as right.)

# %% tags=["own"]
import keras
import numpy as np

rng = np.random.default_rng(0)
image, kind = rng.normal(size=(2000, 16, 8)).astype("float32"), rng.integers(0, 4, 2000)  # your cells
image[np.arange(2000), rng.integers(0, 16, 2000), kind] += 6  # one cell shows one of four things
words = np.stack([np.full(2000, 1), 2 + kind, np.full(2000, 6), np.zeros(2000)], axis=1)  # "a", thing, ".", the end
before = np.pad(words, ((0, 0), (1, 0)))[:, :-1]  # the word before each; 0 before the first
seen, said = inputs = [keras.Input((16, 8)), keras.Input((4,))]
states = keras.layers.GRU(32, return_sequences=True)(keras.layers.Embedding(7, 32)(said))
looked = keras.layers.MultiHeadAttention(2, 16)(states, keras.layers.Dense(32)(seen))
model = keras.Model(inputs, keras.layers.Dense(7, activation="softmax")(keras.layers.Add()([states, looked])))
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
model.fit([image[:1500], before[:1500]], words[:1500], epochs=8, batch_size=100, verbose=0)
[model.evaluate([x[1500:], before[1500:]], words[1500:], verbose=0)[1] for x in (image, image[::-1])]  # own, other

# %% [markdown]
# ## Exercises
# ### Exercise 1 · Beat BLEU with a lie (20 minutes)
# `false` has a false word of the same kind for each word of shape, colour, texture and size. Write `lie(caption,
# false)`: the caption with *two* words made false. Which two? Let the fewest sequences of one to four words break.


# %% tags=["exercise"]
# stub
def lie(caption, false): ...  # your code here
# solution
def lie(caption, false):
    words = caption.split()
    facts = [i for i, word in enumerate(words) if word in false]
    runs = [range(i, i + n) for n in (1, 2, 3, 4) for i in range(len(words) - n + 1)]
    pair = min(
        ((i, j) for i in facts for j in facts if i < j),
        key=lambda pair: sum(pair[0] in run or pair[1] in run for run in runs),
    )
    return " ".join(false[word] if i in pair else word for i, word in enumerate(words))


# end
lesson.check(1, lie)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · One step of beam search (15 minutes)
# Write `grow(totals, logs)`: from the `totals` (B,) of B beginnings, sums of log-probabilities, and the `logs` (B, V)
# of each next word, the B best continuations: which beginning (B,), which word (B,), and new totals (B,), best first.


# %% tags=["exercise"]
# stub
def grow(totals, logs): ...  # your code here
# solution
def grow(totals, logs):
    sums = totals[:, None] + logs
    best = np.argsort(-sums, axis=None)[: len(totals)]
    return *np.unravel_index(best, sums.shape), sums.ravel()[best]


# end
lesson.check(2, grow)

# %% [markdown]
# ### Exercise 3 · Force a template (20 minutes)
# `step(words)` gives the logits (V,) of the word after a list of word numbers; `slots` lists, for each place in the
# sentence, the word numbers allowed there. Write `forced(step, slots)`: the likeliest *allowed* words, each with those
# chosen before it. (A `step` of ours: row `len(words)` of `predict` for one picture and `words` padded with 0.)


# %% tags=["exercise"]
# stub
def forced(step, slots): ...  # your code here
# solution
def forced(step, slots):
    words = []
    for allowed in slots:
        logits = np.asarray(step(words))
        words.append(allowed[int(np.argmax(logits[allowed]))])
    return words


# end
lesson.check(3, forced)

# %% [markdown]
# ## Further reading
# - K. Papineni et al., *BLEU*, 2002: read what it was made for. A. Rohrbach et al., *Object hallucination in image
#   captioning*, 2018, arXiv:1809.02156: false objects, counted.
# - O. Vinyals et al., *Show and tell*, 2015, arXiv:1411.4555: a decoder that is given one vector of the picture;
#   K. Xu et al., *Show, attend and tell*, 2015, arXiv:1502.03044: one that looks at cells, and where.
