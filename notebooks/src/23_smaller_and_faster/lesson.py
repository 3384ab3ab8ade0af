# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 23 · Smaller and faster: what a smaller model forgets
# After this lesson you can make a fused model smaller in three ways, and say what each was paid with.
# **You will learn** to *distil* a large model into a small one, and catch a default that computes something else;
# *prune* weights, *round* them to 8 bits, and *weigh* what is left; *time* one answer; *export* a model to run without
# Keras, and compare the file with the model; *count* the answers that changed, and see which modality paid.
# **Before you start**: [06](06_linear_fusion.ipynb) on the data, [11](11_averaging_models.ipynb) on calibration.
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("23")

import warnings
from functools import cache

import keras
import numpy as np
from keras import layers, ops

from mmcourse.evaluation import accuracy, compression
from mmcourse.training import exported, footprint, latency, prune

lesson

# %% [markdown]
# ## See: what has to shrink
# The data is that of lesson 06: a digit written and spoken, both damaged. A model for it is to run in a doorbell. Then
# *bytes* count (to store, to send), *milliseconds* to the answer, and what answers are worth. We measure one by one.

# %%
first, raw = lesson.seeds[0], {s: mm.load("digits", seed=s) for s in lesson.seeds}
data = raw[first]
data.show(4)

# %% [markdown]
# The sound becomes a picture once, by an "ear" that learns nothing: the log-mel of lesson 03. So every model below
# reads two small pictures. The *teacher* has two encoders of lesson 01 and the fusion of lesson 07, the *student* too.

# %%
log_mel, as_picture = mm.layers.LogMel(bands=24, stride=320), layers.Reshape((24, 16, 1))
ear = keras.Sequential([log_mel, layers.LayerNormalization(axis=[1, 2], center=False, scale=False), as_picture])
views = {s: raw[s].map({"audio": ear}) for s in lesson.progress(lesson.seeds, "ear")}
sizes = {"teacher": (64, (16, 32)), "student": (12, (4, 8))}  # features; channels of an encoder's two blocks


def network(size, weights=None):
    units, channels = sizes[size]
    encoders = {name: mm.layers.ImageEncoder(units, channels) for name in ("image", "audio")}
    model = mm.FeatureFusion(encoders, mm.layers.NonlinearFusion(units), layers.Dense(10))
    model.build({name: (None, *spec.shape) for name, spec in views[first].modalities.items()})
    model.set_weights(weights or model.get_weights())
    return model


mm.plots.diagram(network("teacher"), "The teacher: two encoders, a nonlinear fusion, a head")

# %%
teachers = {}
for s in lesson.progress(lesson.seeds, "teachers"):
    teachers[s] = mm.training.train(lambda: network("teacher"), views[s], seed=s, epochs=12)
{"teacher": footprint(teachers[first]), "student": footprint(network("student"))}  # in bytes

# %% [markdown]
# A parameter takes 4 bytes, so bytes follow from counting. Milliseconds do not. One teacher, one sample, asked in three
# ways: by `predict`, as in every lesson; by `predict_on_batch`, without the machinery around it; as a file (`exported`)
# in LiteRT, a small program that only answers. Each time is a median of several calls; half lie between the quartiles.

# %%
one = {name: samples[:1] for name, samples in views[first].test.x.items()}
lite, clips = exported(teachers[first], "litert", views[first].test.x), data.test.x["audio"][:20]
by_predict = {s: latency(lambda x, s=s: teachers[s].predict(x, verbose=0), one, calls=8) for s in lesson.seeds}
asked = {"predict": by_predict[first], "predict_on_batch": latency(teachers[first], one), "LiteRT": latency(lite, one)}
asked["(the ear, in LiteRT)"] = latency(exported(ear, "litert", clips), clips)
lesson.table(["the teacher, asked by", "time"], [[way, str(time)] for way, time in asked.items()])

# %% [markdown]
# Nothing was made smaller, and the time fell many times over (answers stay the same, see below): **measure where the
# time goes** first (lesson 24). In LiteRT the ear takes longer than the network: a smaller one saves bytes.
# ## Build: three ways to need fewer bytes
# ### Learn from a teacher
# A label says "seven". A trained model says "seven, perhaps a one, surely no zero": its chances tell which digits are
# alike. **Distillation** trains a small student on both. The teacher's *logits* $t$ (its outputs before the softmax)
# are divided by a *temperature* $T$ (lesson 11), so that small chances grow; the student's $z$ too:
# $$ L = \mathrm{CE}(y, z) + \lambda\, T^2\, \mathrm{KL}\big(\operatorname{softmax}(t/T) \,\|\,
# \operatorname{softmax}(z/T)\big) . $$
# CE is the cross-entropy with the label $y$; $\mathrm{KL}(p\|q) = \sum p \log (p/q)$ says how far the student's chances
# $q$ are from the teacher's $p$. The weight $\lambda$ says who counts more.


# %%
def divergence(teacher, student, temperature):
    log_p, log_q = (ops.log_softmax(logits / temperature) for logits in (teacher, student))
    return ops.mean(ops.sum(ops.exp(log_p) * (log_p - log_q), axis=1))


def distillation(labels, teacher, student, temperature, weight):
    from_labels = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, student)
    return from_labels + weight * temperature**2 * divergence(teacher, student, temperature)


keras.utils.set_random_seed(first)
few = {name: samples[:100] for name, samples in views[first].train.x.items()}
says, untrained, labels = teachers[first](few), network("student")(few), views[first].train.y[:100]
float(distillation(labels, says, untrained, temperature=4.0, weight=1.0))

# %% [markdown]
# The gradient of KL shrinks with $1/T^2$ as $T$ grows (exercise 1): without $T^2$ it is hardly heard.
# ### Remove what is small
# **Pruning** by magnitude sets the smallest weights of each *kernel* (a layer's array of weights, without its biases)
# to zero. A *mask* of zeros and ones remembers which; it is applied after every step of further training, or the
# optimizer would bring them back. (A saved file has the zeros, not the mask: prune again, by the same share.)


# %%
def pruned(kernel, share):
    mask, order = np.ones(kernel.size), np.argsort(np.abs(kernel), axis=None, kind="stable")  # from the smallest on
    mask[order[: round(share * kernel.size)]] = 0
    return kernel * mask.reshape(kernel.shape).astype(kernel.dtype)


# %% [markdown]
# ### Round what is left
# A weight takes 32 bits. `quantize("int8")` of Keras stores a whole number from −127 to 127 in its place, 8 bits, and
# one scale for each output of the layer; what comes in is rounded too, by a scale for each sample. Some layers stay:


# %%
def in_int8(model):
    copy = network("teacher", model.get_weights())
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        copy.quantize("int8")
    return copy, {str(each.message).split()[1] for each in said if "quantize" in str(each.message)}


rounded = {s: in_int8(teachers[s]) for s in lesson.seeds}
sorted(rounded[first][1])  # layers that stay as they are

# %% [markdown]
# Only dense kernels are rounded, so the bytes cannot come near a quarter (attention and embeddings would be, too).
# Convolutions and our own fusion are passed over, each with a warning that is easily missed.
# ## Check
# Three losses of the same logits, each less our own: the package's; what `Distiller` of Keras adds up, twice (it counts
# label and teacher half each); and that again with its loss left at the default.

# %%
DistillationLoss, T = mm.losses.DistillationLoss, 4.0
by_hand = float(distillation(labels, says, untrained, T, 1.0))
apart = {"package": float(DistillationLoss(T, 1.0)(DistillationLoss.pack(labels, says), untrained)) - by_hand}
for told, settings in {"Distiller, KLDivergence()": {"loss": keras.losses.KLDivergence()}, "default": {}}.items():
    from_teacher = keras.distillation.LogitsDistillation(temperature=T, **settings)
    distiller = keras.distillation.Distiller(teachers[first], network("student"), from_teacher)
    distiller.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    apart[told] = 2 * float(distiller.compute_loss(few, labels, untrained)) - by_hand
    teachers[first].trainable = True  # a distiller freezes its teacher
lesson.table(["loss", "less by hand"], [[k, f"{v:.1e}"] for k, v in apart.items()])

# %%
small, share = network("student"), 0.8
expected = [pruned(w, share) if w.ndim > 1 else w for w in small.get_weights()]
prune(small, share)  # the package's: with a mask that `fit` respects
same_zeros = all(np.array_equal(a, b) for a, b in zip(small.get_weights(), expected, strict=True))
same_zeros

# %% [markdown]
# Pruning agrees; of the losses, the last row is no rounding. In Keras 3.15 the default is the *text* "kl_divergence",
# and only the *object* `KLDivergence()` is met with softmax and $T^2$. With the text, raw logits are taken for chances
# and $T^2$ is left out.
# ## Measure
# ### The student, with and without its teacher
# Both get the same network and epochs, and four tries on val of the first seed: labels alone four rates, with the
# teacher two, by two weights $\lambda$; $T = 4$ is usual. The best is kept for all. `pack` adds its answers.


# %%
@mm.training.compile_once  # the same object in each call, with new weights, so that it is traced once
def compiled(seed, size, temperature=1.0, weight=0.0):
    model = network(size)
    model.compile("adam", DistillationLoss(temperature, weight), **mm.training.compile_defaults(model))
    return model


def learn(model, x, y, rate, epochs):
    fall = keras.callbacks.LearningRateScheduler(lambda epoch: rate * (1 + np.cos(np.pi * epoch / epochs)) / 2)  # to 0
    model.fit(x, y, batch_size=64, epochs=epochs, callbacks=[fall], verbose=0)


# %%
told = {"labels alone": [(0.0, rate) for rate in (2.5e-3, 5e-3, 1e-2, 1.5e-2)]}
told["labels and teacher"] = [(weight, rate) for weight in (1.0, 9.0) for rate in (5e-3, 1.5e-2)]
targets = {s: DistillationLoss.pack(v.train.y, teachers[s].predict(v.train.x, verbose=0)) for s, v in views.items()}


@cache
def student(s, weight, rate):
    model = compiled(s, "student", T, weight)
    learn(model, views[s].train.x, targets[s], rate, epochs=12)
    return accuracy(model, views[s], "val").value, model.get_weights()


kept, students = {}, {}
for name, tries in lesson.progress(told.items(), "tries"):
    kept[name] = max(tries[-1:] if lesson.fast else tries, key=lambda pair: student(first, *pair)[0])
for s in lesson.progress(lesson.seeds, "students"):
    students |= {(name, s): network("student", student(s, *pair)[1]) for name, pair in kept.items()}
kept  # weight and learning rate

# %% [markdown]
# ### Fewer weights
# From the teacher, a share of each kernel is pruned, and the rest trained for four epochs on the labels; so is the one
# from which nothing is pruned, or those epochs would be taken for a gift of pruning.

# %%
shares, tuned = (0.0, 0.5, 0.8) if lesson.fast else (0.0, 0.5, 0.8, 0.9), {}
for s, share in lesson.progress([(s, share) for s in lesson.seeds for share in shares], "pruning"):
    model = compiled(s, "teacher")
    model.set_weights(teachers[s].get_weights())
    prune(model, share)
    learn(model, views[s].train.x, targets[s], 2e-3, epochs=4)
    tuned[share, s] = network("teacher", model.get_weights())

# %% [markdown]
# ### All of them, side by side
# LiteRT rounds too: `litert_int8` keeps kernels of a thousand weights and more in 8 bits, convolutions and fusion too,
# and rounds what comes in. `compression` measures bytes, plain and after gzip, time, accuracy, calibration error,
# accuracy *without* a modality (all samples show its train mean), and the share of answers that are not the teacher's.
# (Compare only the last time with the others: Keras needs most of its own for itself.)

# %%
lite8 = {s: exported(teachers[s], "litert_int8", views[s].test.x) for s in lesson.progress(lesson.seeds, "LiteRT")}
every, found = {}, {}
for s in lesson.progress(lesson.seeds, "comparison"):
    every[s] = {"teacher": teachers[s]} | {f"student, {name}": students[name, s] for name in told}
    every[s] |= {f"{share:.0%} pruned": tuned[share, s] for share in shares}
    every[s] |= {"int8": rounded[s][0], "LiteRT, int8": lite8[s]}
    found[s] = compression(every[s], views[s], calls=20)
found[first]


# %%
def column(read):
    return lesson.over_seeds(lambda s: {name: read(row) for name, row in found[s].rows.items()})


accurate, changed = column(lambda row: row.accuracy), column(lambda row: row.changed)
seen = {"both there": accurate}
seen["without image"], seen["without audio"] = (column(lambda row, m=m: row.without[m]) for m in ("image", "audio"))
methods = {name: lesson.method(name, name) for name in accurate}
cost = {name: (accurate["teacher"] - each).mean for name, each in accurate.items()}
title = f"Accuracy lost: {cost['LiteRT, int8']:.3f} by eight bits, {cost['80% pruned']:.3f} by four fifths of zeros"
mm.plots.scores(title, {methods[name]: each for name, each in accurate.items()}, data.baseline())

# %% [markdown]
# Bytes and accuracy move separately: look along a row. Rounding costs next to nothing here, in both ways, and half of
# the weights can go for little. Four fifths, pruned at once, break more than four epochs can mend, perhaps as each
# kernel loses the same share, small ones too. The student takes the fewest bytes. What its teacher is worth, and
# whether it beats four fifths pruned, we do not claim, whatever these dots say.
# ## Break
# ### Zeros that cost as much as numbers
# A zero takes 4 bytes like any number; only gzip looks for zeros. Times in one program, one sample each, of this run:

# %%
compared = {name: every[first][name] for name in ("0% pruned", "80% pruned", "student, labels and teacher")}
costs = whole, sparse, narrow = [found[first].rows[name] for name in compared]
zeros = np.mean([np.mean(w == 0) for w in tuned[0.8, first].get_weights() if w.ndim > 1])
rows = [[f"kB, {way}", *(f"{getattr(row, way) / 1e3:.1f}" for row in costs)] for way in ("plain", "gzip")]
programs = [exported(model, "litert", one) for model in compared.values()]
times = np.min([[latency(each, one).median for each in programs] for _ in range(6)], axis=0)  # in turn: others only add
rows.append(["ms in LiteRT", *(f"{1e3 * time:.3f}" for time in times)])
lesson.table(["", *compared], rows)

# %% [markdown]
# The shapes are the same, so the work is. Smaller arrays are less work, as in the student, though not in proportion.
# ### Whose answers, and which modality?
# What is lost with both there, and without each? And how many answers are not the teacher's, right or wrong?

# %%
of = {what: {name: each["teacher"] - score for name, score in each.items()} for what, each in seen.items()}
rows = [["(the teacher has)", *(f"{each['teacher'].mean:.3f}" for each in seen.values()), ""]]
for name, score in changed.items():
    rows.append([name, *(f"{each[name].mean:+.3f}" for each in of.values()), f"{score.mean:.3f}"])
lesson.table(["lost by", *of, "answers changed"], rows)

# %% [markdown]
# Half pruned is nearly as accurate, yet more answers changed than by training on without pruning: the sum does not
# tell. And the modalities do not lose alike: without the sound, when the picture must do, four fifths pruned costs more
# than without the picture. If a microphone may fail, ask for that number first.
# ### A file that cannot be opened
# `exported` writes a file and opens it at once, as a function of the same arrays, for a check of the answers. With
# `folder="doorbell"` the file stays; there, LiteRT's `Interpreter("model.tflite").get_signature_runner()` is a function
# of arrays by name. SavedModel is TensorFlow's format, ONNX one that many programs read.


# %%
def difference(model, x, kind, made=None):
    try:
        return f"{np.abs((made or exported(model, kind, x))(x) - np.asarray(model(x))).max():.0e}"
    except (ImportError, ValueError) as error:
        return str(error)


made = {"litert": lite, "litert_int8": lite8[first], "saved_model": None, "onnx": None}
rows = [["teacher", kind, difference(teachers[first], few, kind, file)] for kind, file in made.items()]
rows += [["ear", kind, difference(ear, clips, kind)] for kind in ("litert", "onnx")]
largest = float(np.abs(teachers[first](few)).max())
lesson.table(["model", "file", f"largest difference of an output (outputs reach {largest:.0f})"], rows)

# %% [markdown]
# Where ONNX is missing, two rows say how to get it. With it, the teacher's file agrees and the ear's cannot be opened:
# the converter knows the Fourier transform only where its magnitude is taken, Keras takes real and imaginary parts
# ([open issue](https://github.com/onnx/tensorflow-onnx/issues/2155)). Writing it raises nothing.
# ## What we saw

# %%
for name in ("teacher", *(f"student, {name}" for name in told), "50% pruned", "80% pruned"):
    lesson.record(methods[name], accurate[name], every[first][name], views[first])
tiny, taught = (accurate[f"student, {name}"] for name in told)
lesson.findings(
    f"The same teacher, by LiteRT: {asked['predict'].median / asked['LiteRT'].median:.0f} times faster than `predict`.",
    f"LiteRT in 8 bits: {footprint(lite8[first]).gzip / 1e3:.0f} kB for {footprint(lite).gzip / 1e3:.0f} kB (gzip), "
    f"{cost['LiteRT, int8']:.3f} of accuracy lost, {changed['LiteRT, int8'].mean:.1%} of the answers changed.",
    f"Half pruned: {accurate['50% pruned'].mean:.3f}, {changed['50% pruned'].mean:.1%} changed (by training on alone "
    f"{changed['0% pruned'].mean:.1%}). Four fifths: **{accurate['80% pruned'].mean:.3f}**.",
    f"A student of {narrow.gzip / 1e3:.0f} kB: {tiny.mean:.3f} by labels, {taught.mean:.3f} with its teacher.",
    "To try first: rounding (no training). Still too large? Prune what travels compressed, or train a narrower one.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
agree = max(abs(apart["package"]), abs(apart["Distiller, KLDivergence()"]))
lesson.claim("by hand, the package and Distiller with the object agree", agree, below=1e-3)
lesson.claim("with the text, Keras's loss is another", bool(abs(apart["default"]) > 0.1), equal=True)
lesson.claim("pruning by hand is the package's", same_zeros, equal=True)
lesson.claim("what is pruned stays zero in training", float(zeros), within=(0.79, 0.81))
lesson.claim("zeros take as many bytes as numbers", sparse.plain == whole.plain, equal=True)
lesson.claim("and as long", bool(0.6 < times[1] / times[0] < 1.5), equal=True)
at_once = asked["predict"].median > 20 * asked["LiteRT"].median
lesson.claim("the same model as a file in LiteRT answers many times faster than predict", at_once, equal=True)
lesson.claim("there, the ear takes longer", asked["(the ear, in LiteRT)"].median > asked["LiteRT"].median, equal=True)
faster = lesson.over_seeds(lambda s: by_predict[s].median / latency(lite8[s], one).median)
lesson.claim("a file in LiteRT, of 8 bits, answers many times faster than predict", faster, above=20)
same = float(np.abs(lite(few) - np.asarray(teachers[first](few))).max())
lesson.claim("the file in LiteRT says what the model says", same < 1e-3, equal=True)
lesson.claim("8 bits: less than half", footprint(lite8[first]).plain < footprint(lite).plain / 2, equal=True)
lesson.claim("but compressed, four fifths of zeros save most bytes", sparse.gzip < 0.4 * whole.gzip, equal=True)
lesson.claim("half can go for little", accurate["0% pruned"] - accurate["50% pruned"], below=0.04)
lesson.claim("four fifths cannot, at once", accurate["0% pruned"] - accurate["80% pruned"], above=0.08)
lesson.claim("half pruned, more answers change", changed["50% pruned"] - changed["0% pruned"], above=0.0)
for name in ("int8", "LiteRT, int8"):
    lesson.claim(f"{name}: as accurate as the teacher", of["both there"][name], below=0.02)
    lesson.claim(f"{name}: hardly an answer changes", changed[name], below=0.03)
lesson.claim("the student takes fewer bytes than zeros do, by gzip", narrow.gzip < sparse.gzip / 2, equal=True)
uneven = of["without audio"]["80% pruned"] - of["without image"]["80% pruned"]
control = of["without audio"]["0% pruned"] - of["without image"]["0% pruned"]
lesson.claim("four fifths pruned: more is lost without the sound", uneven - control, above=0.0)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Distillation in plain Keras, on two arrays, with the loss as an object.

# %% tags=["own"]
import keras
import numpy as np

loss, models, y = keras.losses.SparseCategoricalCrossentropy(from_logits=True), [], np.arange(1200) % 3
image, sound = (np.eye(3, 8)[y] + np.random.default_rng(m).normal(size=(1200, 8)) for m in range(2))
for units in (64, 2):  # the teacher, the student
    inputs = [keras.Input((8,)), keras.Input((8,))]
    hidden = keras.layers.Dense(units, activation="relu")(keras.layers.Concatenate()(inputs))
    models.append(keras.Model(inputs, keras.layers.Dense(3)(hidden)))
models[0].compile("adam", loss)
models[0].fit([image, sound], y, epochs=5, verbose=0, validation_split=1 / 3)  # the last third is for val
kl = keras.distillation.LogitsDistillation(temperature=4.0, loss=keras.losses.KLDivergence())
distiller = keras.distillation.Distiller(*models, kl, student_loss_weight=0.1)  # 1 to 9, as above
distiller.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
distiller.fit([image, sound], y, epochs=5, verbose=0, validation_split=1 / 3).history["val_accuracy"]

# %% [markdown]
# ## Exercises
# ### Exercise 1 · The pull of a teacher at T = 1, 4 and 16 (15 minutes)
# Write `pull(student, teacher, T)`: the gradient of $T^2\,\mathrm{KL}$ of each sample with respect to the student's
# logits, (N, C), for logits (N, C) of both. Compare it at T = 16 with (student − teacher) / C, less the mean of a row.


# %% tags=["exercise"]
# stub
def pull(student, teacher, T): ...  # your code here
# solution
def pull(student, teacher, T):
    chances = [np.exp(logits / T) / np.exp(logits / T).sum(axis=1, keepdims=True) for logits in (student, teacher)]
    return T * (chances[0] - chances[1])


# end
lesson.check(1, pull)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · One modality in int8 (20 minutes)
# `weights`: a modality -> the list of its arrays. Write `one_in_int8(weights, modality)`: the same, with the kernels of
# that modality (two axes, inputs by outputs) rounded to 8 bits and back: a column has the scale max |w| / 127, a weight
# becomes the nearest multiple of it. Biases, and columns of zeros, stay as they are.


# %% tags=["exercise"]
# stub
def one_in_int8(weights, modality): ...  # your code here
# solution
def one_in_int8(weights, modality):
    scales = [np.where(w.any(axis=0), np.abs(w).max(axis=0), 127) / 127 for w in weights[modality]]
    pairs = zip(weights[modality], scales, strict=True)
    return {**weights, modality: [np.round(w / each) * each if w.ndim == 2 else w for w, each in pairs]}


# end
lesson.check(2, one_in_int8)

# %% [markdown]
# ### Exercise 3 · A student without audio (20 minutes)
# `chances` (N, C) are those of a teacher that sees and hears; `pictures` (N,) says which picture each sample has. Some
# occur several times, with other sounds. Write `blind(chances, pictures)`: what the best student that only sees says
# (N, C), the one with the smallest mean KL(teacher ‖ student).


# %% tags=["exercise"]
# stub
def blind(chances, pictures): ...  # your code here
# solution
def blind(chances, pictures):
    return np.stack([chances[pictures == picture].mean(axis=0) for picture in pictures])


# end
lesson.check(3, blind)

# %% [markdown]
# ## Further reading
# - G. Hinton, O. Vinyals and J. Dean, *Distilling the knowledge in a neural network*, 2015: temperature, and why $T^2$.
# - S. Hooker et al., *What do compressed deep neural networks forget?*, 2019: the same accuracy, other answers.
# - S. Han et al., *Learning both weights and connections for efficient neural networks*, 2015: prune, then train on.
