# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 00 · Start here
#
# After this lesson you have trained a model that looks *and* listens, and you know which three questions to ask
# before you believe that such a model is any good.
#
# **You will learn** to
# - *say* what a modality is, and see two of them,
# - *load* a data set of the course and read its arrays,
# - *tell apart* the three places where modalities can be put together: features, models, tasks,
# - *train* a first fused model,
# - *judge* it: against the majority class, against each modality alone, and with one modality shuffled.
#
# **Before you start**: basic Python, and a first contact with Keras: you have seen `compile` and `fit`. In a
# terminal, `mmcourse doctor` says whether your machine is ready. No lesson needs a network, a GPU or an account.
# With arrays or files of your own and little time, jump to [28 · your own files](28_your_own_files.ipynb).
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

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
# A *seed* is the number that starts all random choices: the first weights of a model, the order of the samples.
# Measurements are repeated with several seeds, because a result that holds for one seed only may be luck.
#
# ## See: what a modality is
# A *modality* is one way in which the same thing reaches us: a picture of it, a sound, a text, a video. Modalities
# differ in shape and in nature, and each can fail on its own: a picture may be dark while the sound is clear. (Two
# microphones are two inputs of one modality: joined in the same ways, but likely to fail together.) *Multimodal
# learning* is about models that use several at once.
#
# Our first data set has two. Every sample is a digit, written by a hand and spoken by a voice. Look, and play the
# clips of the first three:

# %%
first_seed = lesson.seeds[0]
clean = mm.load("digits", seed=first_seed, clean=True)
clean.show(4)

# %% [markdown]
# The upper row shows images of 8 × 8 pixels, the lower row *spectrograms*: time runs to the right, pitch goes up,
# and bright means loud. Lesson 03 shows how a sound becomes such a picture. The number above each column is the
# *label*, which a model has to find.
#
# This is easy, for you and for a model. So the course mostly works with a damaged version, where neither modality
# is enough: a square of the image is hidden and the rest is noisy, and the voice speaks through hiss. Here are the
# same four samples, the same hands and the same voices:

# %%
data = mm.load("digits", seed=first_seed)
data.show(4)

# %%
data

# %% [markdown]
# Samples come in three *splits*. Models learn from `train`. Choices, such as how long to train, are made on `val`.
# `test` is for the last look, so that its score is about samples that played no part in any decision. No voice and no
# sheet of handwriting is in two splits: remembering people gains nothing. (One writer may have filled two sheets, says
# the card.)
#
# A split has a dict of arrays, `x`, and their labels, `y`. The first axis counts the samples; an image is (height,
# width, channels), a sound is a row of numbers, 8000 a second:

# %%
{name: array.shape for name, array in data.train.x.items()}, data.train.y.shape

# %% [markdown]
# How was the data made, what is its licence, what is wrong with it? Each set has a *card* that says so. Here is its
# beginning; `print(data.card)` shows the whole.

# %%
data.card[:110]

# %% [markdown]
# ## Build: three places to put modalities together
# All models of this course are made of three kinds of parts. An **encoder** turns a raw sample of one modality into a
# vector of numbers, its *features*. A **fusion** joins what comes from several modalities. A **head** turns features
# into an answer: here ten numbers called *logits*, one per digit. The largest logit wins; a function called *softmax*
# would turn all ten into probabilities that add up to 1. (A quantity, such as an age, would need one number.)
#
# What differs is *where* the fusion stands. **Feature-level**: join the features, then decide once. The simplest way
# to join two vectors is to lay them side by side, $[x_1; x_2]$, which is called *concatenation*.


# %%
def make_model(modalities):
    """An encoder for each modality (a third would be one more entry), concatenation, and a linear head."""
    encoders = {
        "image": mm.layers.ImageEncoder(64),  # 64 features each
        "audio": mm.layers.AudioEncoder(64, stride=320),  # one look every 40 ms: quick, for a first lesson
    }
    return mm.FeatureFusion(
        encoders={name: encoders[name] for name in modalities},
        fusion=mm.layers.ConcatFusion(),
        head=keras.layers.Dense(10),
    )


shapes = {name: (None, *spec.shape) for name, spec in data.modalities.items()}  # None: any number of samples
by_features = make_model(["image", "audio"])
by_features.build(shapes)
mm.plots.diagram(by_features, "Feature-level fusion: join what was seen and heard, then decide")

# %% [markdown]
# Read the drawing from left to right; the numbers on the arrows are the widths of what flows. **Model-level**: let a
# whole model decide from each modality, then join the two answers, for example by averaging their logits. The two may
# learn from different samples: nobody has to know which sound goes with which picture. Each box `FeatureFusion` below
# is such a model, encoder and head.


# %%
def average(models):
    """One answer from the models of each modality: the mean of their logits. Nothing here has to be trained."""
    return mm.ModelFusion(models, combine=mm.layers.AverageFusion(of="logits"))


by_models = average({"image": make_model(["image"]), "audio": make_model(["audio"])})
by_models.build(shapes)
mm.plots.diagram(by_models, "Model-level fusion: decide twice, then join the answers")

# %% [markdown]
# **Task-level**: let one set of features serve several questions, so that they teach each other. This one would
# also learn who is speaking:

# %%
trunk = mm.FeatureFusion(by_features.encoders, mm.layers.ConcatFusion())  # as far as the features: no head
heads = {"digit": keras.layers.Dense(10), "voice": keras.layers.Dense(28)}  # there are 28 voices in train
by_tasks = mm.TaskFusion(trunk, heads=heads)
by_tasks.build(shapes)
mm.plots.diagram(by_tasks, "Task-level fusion: one set of features, several answers")

# %% [markdown]
# Lessons 06 to 10 are about the first drawing, 11 to 13 about the second, 14 to 16 about the third (some are still to
# come). Today we train the first two. `mm.training.train` is Keras's `compile` and `fit` in one call: it makes a model,
# and takes small steps (Adam's; the *learning rate* is their size, and falls) that make the right digit's probability
# larger. An *epoch* is one pass over `train`.


# %%
def train(modalities, data, seed):
    """A trained model of these modalities. The seed decides its first weights and the order of the samples."""
    return mm.training.train(lambda: make_model(modalities), data, seed=seed, epochs=8, learning_rate=5e-3)


model = train(["image", "audio"], data, first_seed)
mm.evaluation.accuracy(model, data)

# %% [markdown]
# That is a fused model, and its *accuracy* on the test split: the share of right answers. In brackets stands the 95%
# *confidence interval*: computed so on many test sets, such a range holds the true accuracy, the one on endless new
# samples, about 19 times in 20. It is wide here because the `n` samples come in few *groups*, the writers of the
# test split: a hundred digits by one hand tell less about strangers than a hundred by a hundred hands.
#
# What does the model say to a single sample? Its answer and the truth:

# %%
one = data.test.take(np.array([0]))  # a split of one sample
answer = model.predict(one.batch(), verbose=0).argmax()
{"answer": int(answer), "truth": int(one.y[0])}

# %%
mm.plots.images("The image of this sample", {"image": one.x["image"]})

# %% [markdown]
# ## Check: names are taken seriously
# A `FeatureFusion` is a Keras model like any other: you can compile, fit and save it. It differs in one point. It
# takes its inputs *by name* and is strict about it, because a model that silently takes the sound for the picture
# would still train, and still answer. The same two arrays in the other order give the same answer; the largest
# difference between the two outputs:

# %%
swapped = {"audio": data.test.x["audio"][:8], "image": data.test.x["image"][:8]}
straight = {"image": data.test.x["image"][:8], "audio": data.test.x["audio"][:8]}
apart = float(np.abs(model.predict(swapped, verbose=0) - model.predict(straight, verbose=0)).max())
apart

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
# **1. What would a model score that looks at nothing?** Always answering the most frequent class of `train`, the
# *majority class*, is right this often:

# %%
data.baseline()

# %% [markdown]
# The question is not idle. Keras's own example of a multimodal model, [multimodal
# entailment](https://keras.io/examples/nlp/multimodal_entailment/), lists 77.86% for it (as read in 2026); of the 1000
# labels that the page counts, 819 are of one class, so that always giving that answer is right on 82%.
#
# **2. What does each modality score alone?** If one of them does as well by itself, fusion has bought nothing. We
# train a model of each modality and the concatenated one for each seed; averaging the first two needs no training.
# A seed also decides how images and sounds are paired and damaged.

# %%
image = lesson.method("image", "image alone", modality="image")
audio = lesson.method("audio", "audio alone", modality="audio")
concatenated = lesson.method("concatenated", "features concatenated")
averaged = lesson.method("averaged", "models averaged")
inputs = {image: ["image"], audio: ["audio"], concatenated: ["image", "audio"], averaged: ["image", "audio"]}

# %%
sets = {seed: mm.load("digits", seed=seed) for seed in lesson.seeds}
models = {(concatenated, first_seed): model}  # this one is trained already
for seed in lesson.progress(lesson.seeds, "training"):
    for method in (image, audio, concatenated):
        if (method, seed) not in models:
            with lesson.timed(method):
                models[method, seed] = train(inputs[method], sets[seed].with_only(*inputs[method]), seed)
    models[averaged, seed] = average({"image": models[image, seed], "audio": models[audio, seed]})

scores = lesson.over_seeds(
    lambda seed: {
        method: mm.evaluation.accuracy(models[method, seed], sets[seed].with_only(*names)).value
        for method, names in inputs.items()
    }
)
mm.plots.scores("Looking and listening beats either alone", scores, data.baseline())

# %% [markdown]
# Each bar is a mean over seeds, each dot one seed: where the dots of two bars overlap, their order may be luck. Both
# ways of using two modalities end well beyond either alone.
#
# Look at the last two bars once more: simply averaging two models that have never met is *ahead* of training one on
# both modalities (whether it would be with new writers, these few cannot show). That is not the rule, but it is
# common, and it is why every fused model in this course is held against it. Two things may help the average here. The
# image and the sound of a sample have nothing in common but the digit (the data card says so), which is the best case
# for it; lesson 11 shows why. And in the concatenated model one modality can lean on the other and learn less than it
# would alone; lesson 21 is about that.
#
# **3. Does the model use what it is given?** Take the concatenated model and *shuffle* the sounds: every test image
# comes with the sound of some other sample; nothing is trained again. If the score stays, the model never listened
# (if sound alone does well, look for a bug). Or *drop* the sounds: all get the mean of `train`, which tells how it does
# when there is nothing to hear. `report` asks all three questions at once, here of the first seed:

# %%
own = {name: models[method, first_seed] for name, method in (("image", image), ("audio", audio))}
report = mm.evaluation.report(models[concatenated, first_seed], sets[first_seed], alone=own)
report

# %% [markdown]
# Read it line by line: what always gives the most frequent class, each modality alone, "all alone, added up" (the same
# answers as models averaged), fused, and the fused model with something taken away. *p* is the chance of a difference
# at least this large if in truth there were none; by custom, below 0.05 it is called *significant*, which means "hardly
# luck", and not "large". Below the table stands the verdict in words. On other runs two more sentences may stand there:
# "worse than the models of one modality added up" is what the last figure showed. And "not shown to
# be better" does not mean "not better": the test asks about *new writers*, of whom this split has only a few, so that
# one model's lead of several points may not be enough. More writers would tell, more digits by these hands hardly.

# %%
mm.plots.report("Shuffle either modality and the fused model falls: it uses both", report)

# %% [markdown]
# It falls either way, so it uses both. (And below what the other scores alone, even if dropped: parts that trained
# together may lean on each other, and a foreign sound argues for another digit, which is worse.) Keep this test at
# hand. The example above reads the file names of the first image for the second too (`image_x_2` is made from
# `image_1_path`) and never sees the second: shuffling its *files* changes nothing. `report` calls this pitfall MM007.
#
# ## Break: fusion where there is little to fuse
# Fusion pays because both modalities are poor. Now give the same models clean data, where the picture is enough for
# most digits:

# %%
image_damaged = lesson.method("image_damaged", "image alone, damaged", modality="image")
image_clean = lesson.method("image_clean", "image alone, clean", modality="image")
clean_sets = {seed: mm.load("digits", seed=seed, clean=True) for seed in lesson.seeds}


def on_clean(seed, sets):
    """Test accuracy on clean data, of the image alone and of both."""
    pictures = sets[seed].with_only("image")
    return {
        image_clean: mm.evaluation.accuracy(train(["image"], pictures, seed), pictures).value,
        "both, clean": mm.evaluation.accuracy(train(["image", "audio"], sets[seed], seed), sets[seed]).value,
    }


clean_scores = lesson.over_seeds(lambda seed: on_clean(seed, clean_sets), "training on clean data")
shown = {image_damaged: scores[image], "both, damaged": scores[concatenated], **clean_scores}
mm.plots.scores("On clean data the second modality adds little", shown, data.baseline())

# %% [markdown]
# The step from the third bar to the fourth is small beside the step from the first to the second. Whether a second
# modality *can* help is a question about the data; how much of that a model gets is one about the method. Both have to
# be measured each time.
#
# ## What we saw

# %%
gain = scores[concatenated] - mm.evaluation.highest(scores[image], scores[audio])
ahead = scores[averaged] - scores[concatenated]
clean_gain = clean_scores["both, clean"] - clean_scores[image_clean]
lesson.findings(
    f"Image alone {scores[image].mean:.3f}, audio alone {scores[audio].mean:.3f}, features concatenated "
    f"**{scores[concatenated].mean:.3f}**; the majority class gives {data.baseline():.3f}.",
    f"Over {len(lesson.seeds)} seeds, concatenating is worth {100 * gain.mean:.0f} points over the better modality, "
    f"and averaging two models another {100 * ahead.mean:.0f}.",
    "With the first seed, shuffling the audio takes the concatenated model from "
    f"{report.row('fused').score.value:.3f} to "
    f"{report.row('shuffled', 'audio').score.value:.3f}.",
    f"On clean data fusion is worth {100 * clean_gain.mean:.0f} points over the image.",
)

# %%
for method, names in inputs.items():
    lesson.record(method, scores[method], models[method, first_seed], data.with_only(*names))

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% [markdown]
# The *scoreboard*: this lesson's methods, and from lesson 01 on the best of each earlier lesson. When you run the
# notebook, your own runs are drawn into it as crosses.

# %% tags=["check"]
kept = lesson.over_seeds(
    lambda seed: {
        name: mm.evaluation.shuffled(models[concatenated, seed], sets[seed], name).value
        for name in sets[seed].modalities
    }
)
lesson.claim("the image alone is right on more than half of the digits", scores[image], above=0.5)
lesson.claim("the audio alone is right on more than half of the digits", scores[audio], above=0.5)
lesson.claim("features concatenated beat the better modality clearly", gain, above=0.05)
lesson.claim("averaging two models beats concatenating features", ahead, above=0.0)
lesson.claim("shuffling the image costs the fused model dearly", scores[concatenated] - kept["image"], above=0.15)
lesson.claim("shuffling the audio costs the fused model dearly", scores[concatenated] - kept["audio"], above=0.15)
lesson.claim("on clean data the image is right on most digits", clean_scores[image_clean], above=0.8)
lesson.claim(
    "over the image, fusion gains less on clean data", scores[concatenated] - scores[image] - clean_gain, above=0.0
)
lesson.claim("the order of the inputs does not matter", apart, equal=0.0)
lesson.claim("the error names both keys", "sound" in complaint and "audio" in complaint, equal=True)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# The same in plain Keras: two arrays, two encoders, concatenation, a head; then the test that tells whether the
# second modality is used. Put your arrays in place of the made-up ones; from files, go on in
# [28](28_your_own_files.ipynb).

# %% tags=["own"]
import keras
import numpy as np

chance = np.random.default_rng(0)
y = chance.integers(0, 2, 600)
pictures, sounds = (y[:, None] + chance.normal(0, 2, (600, width)) for width in (5, 7))
inputs = [keras.Input((5,)), keras.Input((7,))]
features = keras.layers.Concatenate()([keras.layers.Dense(16, activation="relu")(x) for x in inputs])
model = keras.Model(inputs, keras.layers.Dense(2)(features))
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"], jit_compile=False)
model.fit([pictures[:400], sounds[:400]], y[:400], epochs=10, verbose=0)
shuffled = chance.permutation(sounds[400:])
[model.evaluate([pictures[400:], sound], y[400:], verbose=0)[1] for sound in (sounds[400:], shuffled)]

# %% [markdown]
# ## Exercises
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
# [01 · images](01_images.ipynb) and [03 · audio](03_audio.ipynb) look into the two encoders. [06 · linear
# fusion](06_linear_fusion.ipynb) asks what is better than laying vectors side by side.
#
# ## Further reading
# - T. Baltrušaitis, C. Ahuja, L.-P. Morency, *Multimodal machine learning: a survey and taxonomy*, 2019: the map.
# - P. P. Liang, A. Zadeh, L.-P. Morency, *Foundations and trends in multimodal machine learning*, 2022: principles.
# - E. Alpaydin, C. Kaynak, *Optical recognition of handwritten digits*, 1998: where the images come from.
