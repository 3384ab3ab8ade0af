# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 00 · Start here
#
# After this lesson you have trained a model that looks *and* listens, and you know which three numbers to ask for
# before you believe that such a model is any good.
#
# **You will learn** to
# - *say* what a modality is, and see two of them,
# - *load* a data set of the course and read its arrays,
# - *build* a first fused model in a few lines of Keras,
# - *judge* it: against the majority class, against each modality alone, and with one modality shuffled.
#
# **Before you start**: basic Python, and a first contact with Keras: you have seen `compile` and `fit`. In a
# terminal, `mmcourse doctor` says whether your machine is ready. No lesson needs a network, a GPU or an account.
#
# **Time**: 15 minutes of reading, 20 minutes of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("00")

import keras
import numpy as np

lesson

# %% [markdown]
# Every lesson begins with a cell like this one. It loads the course, sets the random seeds and tells what your
# machine has. Run a cell with **Shift + Enter**, from top to bottom; a cell may use what the cells above it made.
#
# Measurements are repeated with several *seeds*, the numbers that start all random choices. A result that holds for
# one seed only is luck.
#
# ## See: what a modality is
#
# A *modality* is one way in which the same thing reaches us: a picture of it, a sound, a text, a video. Modalities
# differ in shape and in nature, and each can fail on its own: a picture may be dark while the sound is clear.
# *Multimodal learning* is about models that use several at once.
#
# Our first data set has two. Every sample is a digit, written by a hand and spoken by a voice. Both are damaged on
# purpose, so that neither is enough. Look, and play the clips:

# %%
data = mm.load("digits")
data.show(6)

# %% [markdown]
# The upper row shows images of 8 × 8 pixels, the lower row *spectrograms*: time runs to the right, pitch goes up,
# and bright means loud. Lesson 03 shows how a sound becomes such a picture. The number above each column is the
# *label*, which the model has to find.

# %%
data

# %% [markdown]
# Samples come in three *splits*. Models learn from `train`. Choices, such as how long to train, are made on `val`.
# And `test` is for the last look, so that its score is about samples that played no part in any decision. No writer
# and no voice is in two splits: a model that only remembers people gains nothing.
#
# A split is a dict of arrays and their labels. The first axis counts the samples:

# %%
{name: array.shape for name, array in data.train.x.items()}, data.train.y.shape

# %% [markdown]
# How was the data made, what is its licence, what is wrong with it? Each set has a *card* that says so. Here is its
# beginning; `print(data.card)` shows the whole.

# %%
data.card[:110]

# %% [markdown]
# ## Build: a first fused model
#
# The plan has three parts, and they return in every lesson:
#
# 1. an **encoder** for each modality turns a raw sample into a vector of numbers, its *features*;
# 2. a **fusion** joins the vectors; the simplest one lays them side by side, $y = [x_1; x_2]$, and is called
#    *concatenation*;
# 3. a **head** turns the joint vector into an answer, here ten numbers, one per digit, the largest of which wins.


# %%
def make_model(modalities):
    """An encoder for each modality, concatenation, and a linear head."""
    encoders = {"image": mm.layers.ImageEncoder, "audio": mm.layers.AudioEncoder}
    return mm.FeatureFusion(
        encoders={name: encoders[name](64) for name in modalities},  # 64 features each
        fusion=mm.layers.ConcatFusion(),
        head=keras.layers.Dense(10),
    )


# %% [markdown]
# A `FeatureFusion` is a Keras model like any other: you compile it, fit it, save it. It differs in one point. It
# takes its inputs *by name* and is strict about it, because a model that silently takes the sound for the picture
# would still train, and still answer.


# %%
def train(model, data, seed, epochs=12):
    """Fit on the training split; the seed decides the order of the samples."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    # jit_compile=False: on a CPU, compiling a small model takes longer than training it
    model.compile("adam", loss, metrics=["accuracy"], jit_compile=False)
    batches = data.tf_data("train", batch_size=64, shuffle_seed=seed)
    model.fit(batches, epochs=epochs, shuffle=False, verbose=0)  # False: the batches come shuffled
    return model


# %%
first_seed = lesson.seeds[0]
keras.utils.set_random_seed(first_seed)
model = train(make_model(["image", "audio"]), data, first_seed)
mm.evaluation.accuracy(model, data)

# %% [markdown]
# That is a fused model, and its accuracy on the test split: the share of right answers. The range behind it is the
# 95% confidence interval, the true accuracies that such a score is compatible with, and `n` is the number of test
# samples it rests on. They come in four *groups*, the writers of the test split: a hundred digits by one hand tell
# less about strangers than a hundred by a hundred hands, and the interval allows for that.
#
# What does it say to a single sample? The picture shows what the model got. Its answer and the truth:

# %%
one = data.test.take(np.array([0]))  # a split of one sample
answer = model.predict(one.batch(), verbose=0).argmax()
{"answer": int(answer), "truth": int(one.y[0])}

# %%
mm.plots.images("What the model saw of this sample (it also heard it)", {"image": one.x["image"]})

# %% [markdown]
# ## Check: names are taken seriously
#
# The same two arrays in the other order give the same answer, because the model goes by name. The largest
# difference between the two outputs:

# %%
swapped = {"audio": data.test.x["audio"][:8], "image": data.test.x["image"][:8]}
straight = {"image": data.test.x["image"][:8], "audio": data.test.x["audio"][:8]}
float(np.abs(model.predict(swapped, verbose=0) - model.predict(straight, verbose=0)).max())

# %% [markdown]
# A misspelled name is an error that says what was expected, not a model that quietly goes on without sound:

# %%
try:
    model.predict({"image": data.test.x["image"][:8], "sound": data.test.x["audio"][:8]}, verbose=0)
except ValueError as error:
    complaint = str(error)
complaint

# %% [markdown]
# ## Measure: three questions before you believe a score
#
# **1. What would a model score that looks at nothing?** Always answering the most frequent class of `train` is
# right this often. The multimodal entailment example of Keras's documentation was published with less than its
# majority class, as a success:

# %%
data.baseline()

# %% [markdown]
# **2. What does each modality score alone?** If one of them does as well by itself, fusion has bought nothing. We
# train three models for each seed. A seed also decides how images and sounds are paired and damaged.

# %%
inputs = {"image alone": ["image"], "audio alone": ["audio"], "fused": ["image", "audio"]}
scores, models, sets = {name: {} for name in inputs}, {}, {}
for seed in lesson.progress(lesson.seeds, "training"):
    sets[seed] = mm.load("digits", seed=seed)
    for name, modalities in inputs.items():
        keras.utils.set_random_seed(seed)
        chosen = sets[seed].with_only(*modalities)
        with lesson.timed(name):
            models[name, seed] = train(make_model(modalities), chosen, seed)
        scores[name][seed] = mm.evaluation.accuracy(models[name, seed], chosen).value

# %%
bars = {name: list(values.values()) for name, values in scores.items()}
mm.plots.scores("Looking and listening beats either alone", bars, data.baseline())

# %% [markdown]
# Each bar is a mean over seeds, each dot one seed. The fused bar ends well beyond the other two: even the best dot
# of a single modality stays below the worst fused one.
#
# **3. Does the model use what it is given?** Take the fused model and *shuffle* the sounds, so that every image
# comes with the sound of some other sample. If the score stays, the model never listened. Or *drop* the sounds:
# every sample gets the same one, the mean of `train`. `report` asks all three questions at once:

# %%
own = {name: models[f"{name} alone", first_seed] for name in data.modalities}
report = mm.evaluation.report(models["fused", first_seed], sets[first_seed], alone=own)
report

# %% [markdown]
# Read it line by line: what always gives the most frequent class, each modality alone, fused, and the fused model
# with something taken away. (*Added up* is what the two models of one modality say together; lesson 11 is about
# it.) *p* is the chance of a difference at least this large if there were none. The lines below are the verdict.

# %%
mm.plots.report("Shuffle either modality and the fused model falls: it uses both", report)

# %% [markdown]
# It falls either way, so it uses both. Keep this test at hand. The example mentioned above loads the first image of
# each pair twice and never notices, because nobody shuffled anything.
#
# ## Break: fusion where there is little to fuse
#
# Fusion pays because both modalities are poor. Give the model clean data, where the picture is nearly enough by
# itself:

# %%
clean = mm.load("digits", clean=True)
clean_scores = {}
for name, modalities in [("image alone, clean", ["image"]), ("fused, clean", ["image", "audio"])]:
    keras.utils.set_random_seed(first_seed)
    chosen = clean.with_only(*modalities)
    clean_scores[name] = [
        mm.evaluation.accuracy(train(make_model(modalities), chosen, first_seed, epochs=8), chosen).value
    ]
mm.plots.scores("On clean data fusion gains less", clean_scores, clean.baseline())

# %% [markdown]
# The gain is a few points, with one seed and a shorter training; on the damaged data it was several times as large.
# Whether a second modality helps is a question about the *data*, not about the method, and it has to be measured
# each time.
#
# ## What we saw


# %%
def mean(values):
    """Mean over seeds."""
    return float(np.mean(list(values.values())))


best_alone = max(("image alone", "audio alone"), key=lambda name: mean(scores[name]))
gain = mean(scores["fused"]) - mean(scores[best_alone])
clean_gain = clean_scores["fused, clean"][0] - clean_scores["image alone, clean"][0]
lesson.findings(
    f"Image alone {mean(scores['image alone']):.3f}, audio alone {mean(scores['audio alone']):.3f}, fused "
    f"**{mean(scores['fused']):.3f}**; the majority class gives {data.baseline():.3f}.",
    f"Over {len(lesson.seeds)} seeds, fusion is worth {100 * gain:.0f} points over the better modality ({best_alone}).",
    f"Shuffling the audio takes the fused model from {report.row('fused').score.value:.3f} to "
    f"{report.row('shuffled', 'audio').score.value:.3f}.",
    f"On clean data the gain is {100 * clean_gain:.1f} points.",
)

# %%
for name in inputs:
    parameters = make_model(inputs[name])
    parameters.build({key: (None, *data.modalities[key].shape) for key in inputs[name]})
    lesson.record(
        name, "digits", scores[name], baseline=data.baseline(), ceiling=None,
        parameters=parameters.count_params(), test_samples=len(data.test),
    )  # fmt: skip
lesson.course()

# %% [markdown]
# The last figure is the *scoreboard*: every method of every lesson so far. It grows as you go, and your own runs
# are drawn into it as crosses.

# %% tags=["check"]
# What the prose says, asserted: a lesson whose finding no longer holds fails the build.
assert gain >= 0.08, f"fusion must be worth 8 points, was {gain:.3f}"
assert min(scores["fused"].values()) > max(max(scores[name].values()) for name in ("image alone", "audio alone"))
for name in ("image alone", "audio alone"):
    assert 0.55 <= mean(scores[name]) <= 0.80, f"{name} must land between .55 and .80"
    assert report.row("shuffled", name.split()[0]).gain.difference < -0.1, f"{name} must be used"
assert clean_gain < gain / 2 and clean_scores["image alone, clean"][0] > 0.85, "clean images are nearly enough"
assert "uses image and audio (shuffling costs accuracy)" in report.verdict
assert np.array_equal(model.predict(swapped, verbose=0), model.predict(straight, verbose=0)), "names decide"
assert "sound" in complaint and "audio" in complaint, "the error must name both keys"

# %% [markdown]
# ## Exercises
#
# An exercise is a cell with `...` where your code goes, and a check that says in one sentence what is wrong.
# `lesson.hint(1)` gives a hint; the folder `solutions` has the lesson with all exercises solved.
#
# ### Exercise 1 · The majority class (5 minutes)
# Write `majority(train_labels, test_labels)`: the test accuracy of always answering the most frequent class of
# `train_labels`. Both are integer arrays.


# %% tags=["exercise"]
# stub
def majority(train_labels, test_labels): ...  # your code here
# solution
def majority(train_labels, test_labels):
    most_frequent = np.bincount(train_labels).argmax()
    return np.mean(test_labels == most_frequent)


# end
lesson.check(1, majority)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · Concatenation (5 minutes)
# Write `concatenate(features)`: `features` is a dict of arrays (B, d), one per modality, of unequal widths. Return
# them side by side, (B, sum of the widths), in the order of the dict.


# %% tags=["exercise"]
# stub
def concatenate(features): ...  # your code here
# solution
def concatenate(features):
    return np.concatenate(list(features.values()), axis=-1)


# end
lesson.check(2, concatenate)

# %% [markdown]
# ### Exercise 3 · Who is in which split? (10 minutes)
# A split may leak: if the same person is in `train` and in `test`, a model that remembers people looks better than
# it is. Write `leaks(train_people, test_people)`: the *share of test samples* whose person is also in train. Both
# are arrays with one name per sample.


# %% tags=["exercise"]
# stub
def leaks(train_people, test_people): ...  # your code here
# solution
def leaks(train_people, test_people):
    return np.mean(np.isin(test_people, train_people))


# end
lesson.check(3, leaks)

# %% [markdown]
# ## Where to go from here
#
# [01 · images](01_images.ipynb) and [03 · audio](03_audio.ipynb) look into the two encoders. [06 · linear
# fusion](06_linear_fusion.ipynb) asks what is better than laying vectors side by side.
#
# ## Further reading
# - T. Baltrušaitis, C. Ahuja, L.-P. Morency, *Multimodal machine learning: a survey and taxonomy*, 2019: the map of
#   the field.
# - P. P. Liang, A. Zadeh, L.-P. Morency, *Foundations and trends in multimodal machine learning*, 2022: the
#   principles, with many examples.
# - E. Alpaydin, C. Kaynak, *Optical recognition of handwritten digits*, 1998: where the images come from.
