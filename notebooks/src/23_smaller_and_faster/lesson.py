# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 23 · Smaller and faster: what a smaller model forgets
# After this lesson you can make a fused model smaller in four ways, and say what each was paid with.
#
# **You will learn** to
# - *distil* a large model into a small one, and *catch* the default setting that does not,
# - *prune* weights, *round* them to 8 bits, and *weigh* what is left, plain and compressed,
# - *time* one answer, *export* a model to run without Keras, and *compare* the file with the model it came from,
# - *find* which modality a smaller model has lost, and whose answers have changed.
#
# **Before you start**: [06](06_linear_fusion.ipynb) on the data, [11](11_averaging_models.ipynb) on calibration.
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("23")

import warnings

import keras
import numpy as np
from keras import layers, ops

from mmcourse.evaluation import accuracy, compression
from mmcourse.training import exported, footprint, latency, prune

lesson

# %% [markdown]
# ## See: what has to shrink
# The data is that of lesson 06: a written digit and the same digit spoken, both damaged. A model for it is to run in a
# doorbell. Then three things count: *bytes* (to store and to send), *milliseconds* from question to answer, and what
# the answers are worth. "Smaller" is said of all three; we measure them one by one.

# %%
raw = {s: mm.load("digits", seed=s) for s in lesson.seeds}
first = lesson.seeds[0]
raw[first].show(4)

# %% [markdown]
# The sound becomes a picture once, by an "ear" that has nothing to learn: the log-mel of lesson 03. So every model
# below reads two small pictures. The *teacher* is two encoders of lesson 01 and the fusion of lesson 07. The *student*
# has the same plan with narrower layers.

# %%
ear = keras.Sequential(
    [
        mm.layers.LogMel(bands=24, stride=320),
        layers.LayerNormalization(axis=[1, 2], center=False, scale=False),  # each clip to mean 0 and variance 1
        layers.Reshape((24, 16, 1)),
    ]
)
views = {s: raw[s].map({"audio": ear}) for s in lesson.progress(lesson.seeds, "ear")}
sizes = {"teacher": (64, (16, 32)), "student": (12, (4, 8))}  # features; channels of an encoder's two blocks


def network(size):
    units, channels = sizes[size]
    encoders = {name: mm.layers.ImageEncoder(units, channels) for name in ("image", "audio")}
    model = mm.FeatureFusion(encoders, mm.layers.NonlinearFusion(units), layers.Dense(10))
    model.build({name: (None, *spec.shape) for name, spec in views[first].modalities.items()})
    return model


mm.plots.diagram(network("teacher"), "The teacher: two encoders, a nonlinear fusion, a head")

# %%
teachers = {
    s: mm.training.train(lambda: network("teacher"), views[s], seed=s, epochs=12)
    for s in lesson.progress(lesson.seeds, "teachers")
}
rows = []
for size, model in {"teacher": teachers[first], "student": network("student")}.items():
    kernels = sum(int(np.prod(w.shape)) for w in model.weights if len(w.shape) == 2)
    rows.append([size, str(model.count_params()), f"{footprint(model).plain / 1e3:.1f}", str(kernels)])
lesson.table(["", "parameters", "kB", "of them in dense layers and the fusion"], rows)

# %% [markdown]
# A parameter takes 4 bytes, so bytes follow from counting. Milliseconds do not. The same teacher, the same sample: asked
# by `predict` as in every lesson; by `predict_on_batch`, which leaves out the machinery around it; and as a file in
# LiteRT, a small program made for answering only (`exported`, of which more below). `latency` takes the median of many
# calls, one sample each, as a doorbell would ask; half of the calls lie between the quartiles.

# %%
one = {name: samples[:1] for name, samples in views[first].test.x.items()}
lite = {s: exported(teachers[s], "litert", views[s].test.x) for s in lesson.progress(lesson.seeds, "LiteRT")}
slow = {s: latency(lambda x, s=s: teachers[s].predict(x, verbose=0), one, calls=12) for s in lesson.seeds}
asked = {"predict": slow[first], "predict_on_batch": latency(teachers[first], one), "LiteRT": latency(lite[first], one)}
speed = lesson.over_seeds(lambda s: slow[s].median / latency(lite[s], one).median)
lesson.table(["the teacher, asked by", "time"], [[way, str(time)] for way, time in asked.items()])

# %% [markdown]
# Nothing was made smaller here, no answer differs, and the time fell by far more than any method below will bring. So
# **measure first where the time goes** (lesson 24 makes an art of it). Milliseconds are those of one machine; look at
# ratios that are large, and at spreads.
#
# ## Build: three ways to need fewer bytes
# ### Learn from a teacher
# A label says "seven". A trained model says "seven, perhaps a one, surely no zero": its chances tell which digits are
# alike. **Distillation** trains a small student on both. The teacher's *logits* $t$ (its outputs before the softmax) are
# divided by a *temperature* $T$ (lesson 11), so that small chances grow and can be learned from; the student's $z$ too:
# $$ L = \mathrm{CE}(y, z) + \lambda\, T^2\, \mathrm{KL}\big(\operatorname{softmax}(t/T) \,\|\,
# \operatorname{softmax}(z/T)\big) . $$
# CE is the cross-entropy with the label $y$; $\mathrm{KL}(p\|q) = \sum p \log (p/q)$ says how far the student's chances
# $q$ are from the teacher's $p$, and is 0 where they agree. The weight $\lambda$ says who counts more.


# %%
def divergence(teacher, student, temperature):
    """KL from the teacher's chances to the student's, both at a temperature: the mean over samples."""
    log_p, log_q = (ops.log_softmax(logits / temperature) for logits in (teacher, student))
    return ops.mean(ops.sum(ops.exp(log_p) * (log_p - log_q), axis=1))


def distillation(labels, teacher, student, temperature, weight):
    from_labels = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, student)
    return from_labels + weight * temperature**2 * divergence(teacher, student, temperature)


few = {name: samples[:100] for name, samples in views[first].train.x.items()}
says, untrained, labels = teachers[first](few), network("student")(few), views[first].train.y[:100]
heard = {T: float(divergence(says, untrained, T)) for T in (1.0, 4.0, 16.0)}
rows = [[f"{T:g}", f"{value:.4f}", f"{T**2 * value:.2f}"] for T, value in heard.items()]
lesson.table(["temperature T", "KL", "T² KL"], rows)

# %% [markdown]
# KL fades as $T$ grows; times $T^2$, it keeps its weight beside the labels. The factor is easily forgotten.
#
# ### Remove what is small
# **Pruning** by magnitude sets the smallest weights of each *kernel* (a layer's array of weights, without its biases) to
# zero. A *mask* of zeros and ones remembers which; it is applied again after every step of further training, or the
# optimizer would bring them back.


# %%
def pruned(kernel, share):
    order = np.argsort(np.abs(kernel), axis=None, kind="stable")  # from the smallest on
    mask = np.ones(kernel.size, kernel.dtype)
    mask[order[: round(share * kernel.size)]] = 0
    return kernel * mask.reshape(kernel.shape)


# %% [markdown]
# ### Round what is left
# A weight takes 32 bits. `quantize("int8")` of Keras stores a whole number from −127 to 127 in its place, 8 bits, and
# one scale for each output of the layer. Not in every layer. We ask it what it leaves out:


# %%
def in_int8(model):
    """A copy with what Keras can round in 8 bits, and which layers it warns that it cannot."""
    copy = network("teacher")
    copy.set_weights(model.get_weights())
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        copy.quantize("int8")
    return copy, {str(each.message).split()[1] for each in said if "quantize" in str(each.message)}


rounded = {s: in_int8(teachers[s]) for s in lesson.seeds}
covered = sum(int(np.prod(w.shape)) for w in rounded[first][0].weights if str(w.dtype) == "int8")
f"{covered / teachers[first].count_params():.0%} in int8; not: {', '.join(sorted(rounded[first][1]))}"

# %% [markdown]
# Only dense kernels are rounded (and embeddings, which this model has none of). The fusion is a layer of our own, so
# Keras does not know how; convolutions it passes over, with a warning that a quiet program does not show. Two more ways
# exist for language models, GPTQ and AWQ; they need a chain of equal blocks, and are not for this model.
#
# ## Check
# Four losses of the same logits, each less our own: the package's; what `Distiller` of Keras adds up, twice (it counts
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
share, small = 0.8, network("student")
expected = [pruned(w, share) if w.ndim > 1 else w for w in small.get_weights()]
prune(small, share)
same_zeros = all(np.array_equal(a, b) for a, b in zip(small.get_weights(), expected, strict=True))
lesson.table(["loss", "less by hand"], [[k, f"{v:.1e}"] for k, v in apart.items()])

# %% [markdown]
# The last row is no rounding. In Keras 3.15 the default is the *text* "kl_divergence", which becomes a function, and
# only the *object* `KLDivergence()` is met with softmax and $T^2$. With the text, raw logits are taken for chances: the
# student is trained towards something else, no error, and the loss falls. A loss that you did not write deserves this
# one line of comparison.
#
# ## Measure
# ### The student, with and without its teacher
# Both get the same network, epochs and choice of the learning rate on val. With the teacher most of the weight is on it
# ($\lambda = 9$, $T = 4$). Its answers to the training samples are computed once: `pack` puts them beside the labels.


# %%
@mm.training.compile_once
def compiled(seed, size, temperature=1.0, weight=0.0):
    """A new network for `fit`, with the loss of the labels and, where it has weight, of a teacher."""
    model = network(size)
    loss = DistillationLoss(temperature, weight)
    model.compile(keras.optimizers.Adam(), loss, steps_per_execution=9)
    return model


def learn(model, x, y, rate, epochs):
    """The rate of Adam falls to 0 along a cosine; a copy of the trained network comes back."""
    fall = keras.callbacks.LearningRateScheduler(lambda epoch: rate * (1 + np.cos(np.pi * epoch / epochs)) / 2)
    model.fit(x, y, batch_size=128, epochs=epochs, callbacks=[fall], verbose=0)
    return model


def kept(model, size):
    """A copy, for `compile_once` will begin the original anew."""
    copy = network(size)
    copy.set_weights(model.get_weights())
    return copy


# %%
told = {"labels alone": {}, "labels and teacher": {"temperature": 4.0, "weight": 9.0}}
rates, targets, students = (5e-3, 1.5e-2), {}, {}
for s in lesson.progress(lesson.seeds, "students"):
    x, y = views[s].train.x, views[s].train.y
    targets[s] = DistillationLoss.pack(y, teachers[s].predict(x, verbose=0))
    for name, how in told.items():
        tried = []
        for rate in rates:
            model = learn(compiled(s, "student", **how), x, targets[s], rate, epochs=24)
            tried.append((accuracy(model, views[s], "val").value, kept(model, "student")))
        students[name, s] = max(tried, key=lambda pair: pair[0])[1]

# %% [markdown]
# ### Fewer weights
# From the teacher, a share of each kernel is pruned, and the rest trained for six more epochs on the labels. So is the
# one from which nothing is pruned: else those epochs would be taken for a gift of pruning.

# %%
shares, tuned = (0.0, 0.5, 0.8, 0.9), {}
for s, share in lesson.progress([(s, share) for s in lesson.seeds for share in shares], "pruning"):
    model = compiled(s, "teacher")
    model.set_weights(teachers[s].get_weights())
    prune(model, share)
    tuned[share, s] = kept(learn(model, views[s].train.x, targets[s], 2e-3, epochs=6), "teacher")

# %% [markdown]
# ### All of them, side by side
# LiteRT can round too: `litert_int8` keeps the large kernels in 8 bits, convolutions and fusion included, and rounds
# what flows between layers as it comes ("dynamic range"). `compression` asks each model for everything that may be
# paid: bytes plain and after gzip (as they travel), time, accuracy, calibration error (lesson 11), accuracy *without* a
# modality (all samples show its train mean), and the share of answers that are not those of the teacher.

# %%
lite8 = {s: exported(teachers[s], "litert_int8", views[s].test.x) for s in lesson.progress(lesson.seeds, "LiteRT int8")}
found = {}
for s in lesson.progress(lesson.seeds, "comparison"):
    models = {"teacher": teachers[s]} | {f"student, {name}": students[name, s] for name in told}
    models |= {f"{share:.0%} pruned": tuned[share, s] for share in shares}
    models |= {"int8": rounded[s][0], "LiteRT": lite[s], "LiteRT, int8": lite8[s]}
    found[s] = compression(models, views[s], calls=20)
found[first]


# %%
def column(name):
    """Scores of each model over seeds."""
    return lesson.over_seeds(lambda s: {model: getattr(row, name) for model, row in found[s].rows.items()})


accuracies, changed, sure, zipped = (column(name) for name in ("accuracy", "changed", "calibration", "gzip"))
lost = lesson.over_seeds(lambda s: {(m, what): v for m in found[s].rows for what, v in found[s].lost(m).items()})
methods = {name: lesson.method(name, name) for name in accuracies}
title = "Accuracy of the teacher and of what was made from it"
mm.plots.scores(title, {methods[name]: each for name, each in accuracies.items()}, views[first].baseline())

# %% [markdown]
# ## Break
# ### Zeros that cost as much as numbers
# LINES ABOUT ZEROS

# %%
whole, sparse = (found[first].rows[f"{share:.0%} pruned"] for share in (0.0, 0.8))
zeros = np.mean([np.mean(w == 0) for w in tuned[0.8, first].get_weights() if w.ndim > 1])
rows = [
    ["zeros in the kernels", "0.00", f"{zeros:.2f}"],
    ["kB", f"{whole.plain / 1e3:.1f}", f"{sparse.plain / 1e3:.1f}"],
]
rows += [["kB, gzip", f"{whole.gzip / 1e3:.1f}", f"{sparse.gzip / 1e3:.1f}"]]
rows += [["ms (quartiles)", *(f"{row.ms:.2f} ({row.ms_low:.2f} to {row.ms_high:.2f})" for row in (whole, sparse))]]
lesson.table(["", "nothing pruned", "four of five weights pruned"], rows)

# %% [markdown]
# ### Whose answers, and which modality?

# %%
shown = list(accuracies)[1:]
rows = [
    [m, *(f"{lost[m, w].mean:+.3f}" for w in ("all", "without image", "without audio")), f"{changed[m].mean:.3f}"]
    for m in shown
]
lesson.table(["accuracy lost", "both there", "without image", "without audio", "answers changed"], rows)

# %% [markdown]
# ### A file that cannot be opened
# EXPORT


# %%
def apart_by_file(model, x, made, kinds):
    """How far the answers of each file are from the model's, or why there is no such file."""
    for kind in kinds:
        try:
            made[kind] = exported(model, kind, x)
        except (ImportError, ValueError) as error:
            made[kind] = str(error)
    answer = np.asarray(model(x))
    return {k: f if isinstance(f, str) else f"{np.abs(f(x) - answer).max():.0e}" for k, f in made.items()}


twenty = {name: samples[:20] for name, samples in views[first].test.x.items()}
known = {"litert": lite[first], "litert_int8": lite8[first]}
files = {"teacher": apart_by_file(teachers[first], twenty, known, ("saved_model", "onnx"))}
files["ear"] = apart_by_file(ear, raw[first].test.x["audio"][:20], {}, ("litert", "onnx"))
kinds = {kind: [files[model].get(kind, "") for model in files] for kind in files["teacher"]}
lesson.table(["largest difference", *files], [[kind, *each] for kind, each in kinds.items()])

# %% [markdown]
# ## What we saw

# %%
FINDINGS = 0

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Distillation in plain Keras, on two arrays, with the loss as an object. (A trained teacher of your own goes in its place.)

# %% tags=["own"]
import keras
import numpy as np

rng, y = np.random.default_rng(0), np.arange(1200) % 3
image, sound = (np.eye(3)[y] @ rng.normal(size=(3, 8)) + rng.normal(size=(1200, 8)) for m in range(2))
loss, models = keras.losses.SparseCategoricalCrossentropy(from_logits=True), []
for units in (64, 2):  # the teacher, the student
    inputs = [keras.Input((8,)), keras.Input((8,))]
    hidden = keras.layers.Dense(units, activation="relu")(keras.layers.Concatenate()(inputs))
    models.append(keras.Model(inputs, keras.layers.Dense(3)(hidden)))
models[0].compile("adam", loss)
models[0].fit([image[:800], sound[:800]], y[:800], epochs=5, verbose=0)
teacher_loss = keras.distillation.LogitsDistillation(temperature=4.0, loss=keras.losses.KLDivergence())
distiller = keras.distillation.Distiller(*models, teacher_loss, student_loss_weight=0.1)
distiller.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
distiller.fit([image[:800], sound[:800]], y[:800], epochs=5, verbose=0).history["accuracy"][-1]

# %% [markdown]
# ## Exercises
# ### Exercise 1 · The pull of a teacher at T = 1, 4 and 16 (15 minutes)
# Write `pull(student, teacher, T)`: the gradient of $T^2\,\mathrm{KL}$ of one sample with respect to the student's
# logits, for logits (N, C) of both: N rows, each the gradient of its own sample. (The teacher's part of KL does not
# depend on the student; what is left is a cross-entropy.) What does it come to at T = 16?


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
# `weights` is a dict: a modality -> the list of its encoder's arrays. Write `one_in_int8(weights, modality)`: the same
# dict, but each kernel of that modality (two axes, inputs by outputs) rounded to 8 bits and back: each column has the
# scale max |w| / 127, and a weight becomes the nearest multiple of it. Biases, and columns of zeros, stay as they are.


# %% tags=["exercise"]
# stub
def one_in_int8(weights, modality): ...  # your code here
# solution
def one_in_int8(weights, modality):
    def rounded(kernel):
        scale = np.abs(kernel).max(axis=0) / 127
        scale = np.where(scale > 0, scale, 1)
        return np.round(kernel / scale) * scale

    small = [rounded(array) if array.ndim == 2 else array for array in weights[modality]]
    return {**weights, modality: small}


# end
lesson.check(2, one_in_int8)

# %% [markdown]
# ### Exercise 3 · A student without audio (20 minutes)
# A student that sees only the picture learns from a teacher that sees and hears. `chances` (N, C) are the teacher's, and
# `pictures` (N,) says which picture each sample has; some occur several times, with other sounds. Write
# `blind(chances, pictures)`: what the best possible student without audio says (N, C), the one with the smallest mean
# KL(teacher ‖ student).


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
