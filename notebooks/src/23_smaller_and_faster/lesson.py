# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 23 · Smaller and faster: what a smaller model forgets
# After this lesson you can make a fused model smaller in four ways, and say what each was paid with.
#
# **You will learn** to *distil* a large model into a small one, and catch the default setting that does not; *prune*
# weights, *round* them to 8 bits, and *weigh* what is left, plain and compressed; *time* one answer; *export* a model
# to run without Keras, and compare the file with the model; *find* whose answers a smaller model changed.
# **Before you start**: [06](06_linear_fusion.ipynb) on the data, [11](11_averaging_models.ipynb) on temperature and
# calibration. **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU
# cores.

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
data = raw[first]
data.show(4)

# %% [markdown]
# The sound becomes a picture once, by an "ear" that learns nothing: the log-mel of lesson 03. So every model below
# reads two small pictures. The *teacher* is two encoders of lesson 01 and the fusion of lesson 07, the *student* the
# same with narrower layers.

# %%
log_mel, as_picture = mm.layers.LogMel(bands=24, stride=320), layers.Reshape((24, 16, 1))
level = layers.LayerNormalization(axis=[1, 2], center=False, scale=False)  # each clip to mean 0 and variance 1
ear = keras.Sequential([log_mel, level, as_picture])
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
# in LiteRT, a small program that only answers. Each time is a median of many calls; half lie between the quartiles.

# %%
one = {name: samples[:1] for name, samples in views[first].test.x.items()}
lite = exported(teachers[first], "litert", views[first].test.x)
by_predict = {s: latency(lambda x, s=s: teachers[s].predict(x, verbose=0), one, calls=8) for s in lesson.seeds}
asked = {"predict": by_predict[first], "predict_on_batch": latency(teachers[first], one), "LiteRT": latency(lite, one)}
lesson.table(["the teacher, asked by", "time"], [[way, str(time)] for way, time in asked.items()])

# %% [markdown]
# Nothing was made smaller, no answer differs, and the time fell by more than any method below will bring. So **measure
# where the time goes** first (lesson 24). Milliseconds are those of one machine: trust only large ratios.
# ## Build: three ways to need fewer bytes
# ### Learn from a teacher
# A label says "seven". A trained model says "seven, perhaps a one, surely no zero": its chances tell which digits are
# alike. **Distillation** trains a small student on both. The teacher's *logits* $t$ (its outputs before the softmax)
# are divided by a *temperature* $T$ (lesson 11), so that small chances grow and can be learned from; the student's $z$
# too:
# $$ L = \mathrm{CE}(y, z) + \lambda\, T^2\, \mathrm{KL}\big(\operatorname{softmax}(t/T) \,\|\,
# \operatorname{softmax}(z/T)\big) . $$
# CE is the cross-entropy with the label $y$; $\mathrm{KL}(p\|q) = \sum p \log (p/q)$ says how far the student's chances
# $q$ are from the teacher's $p$, and is 0 where they agree. The weight $\lambda$ says who counts more.


# %%
def divergence(teacher, student, temperature):
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
# ### Remove what is small
# **Pruning** by magnitude sets the smallest weights of each *kernel* (a layer's array of weights, without its biases)
# to zero. A *mask* of zeros and ones remembers which; it is applied again after every step of further training, or the
# optimizer would bring them back.


# %%
def pruned(kernel, share):
    mask, order = np.ones(kernel.size), np.argsort(np.abs(kernel), axis=None, kind="stable")  # from the smallest on
    mask[order[: round(share * kernel.size)]] = 0
    return kernel * mask.reshape(kernel.shape).astype(kernel.dtype)


# %% [markdown]
# ### Round what is left
# A weight takes 32 bits. `quantize("int8")` of Keras stores a whole number from −127 to 127 in its place, 8 bits, and
# one scale for each output of the layer. Not in every layer. We ask it what it leaves out:


# %%
def in_int8(model):
    """A copy with what Keras can round in 8 bits, and which layers it warns that it cannot."""
    copy = network("teacher", model.get_weights())
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        copy.quantize("int8")
    return copy, {str(each.message).split()[1] for each in said if "quantize" in str(each.message)}


rounded = {s: in_int8(teachers[s]) for s in lesson.seeds}
covered = sum(int(np.prod(w.shape)) for w in rounded[first][0].weights if str(w.dtype) == "int8")
f"{covered / teachers[first].count_params():.0%} in int8; not: {', '.join(sorted(rounded[first][1]))}"

# %% [markdown]
# Only dense kernels are rounded (and embeddings, of which this model has none). A layer of our own, the fusion, it does
# not know; convolutions it passes over with a warning that is easily missed. (GPTQ and AWQ are for language models.)
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
share, small = 0.8, network("student")
expected = [pruned(w, share) if w.ndim > 1 else w for w in small.get_weights()]
prune(small, share)
same_zeros = all(np.array_equal(a, b) for a, b in zip(small.get_weights(), expected, strict=True))
lesson.table([f"loss (pruned alike: {same_zeros})", "less by hand"], [[k, f"{v:.1e}"] for k, v in apart.items()])

# %% [markdown]
# The last row is no rounding. In Keras 3.15 the default is the *text* "kl_divergence", which becomes a function, and
# only the *object* `KLDivergence()` is met with softmax and $T^2$. With the text, raw logits are taken for chances: the
# student is trained towards something else, no error, and the loss falls. A loss that you did not write deserves this
# one line of comparison.
# ## Measure
# ### The student, with and without its teacher
# Both get the same network, epochs and choice of the learning rate on val. With the teacher most of the weight is on it
# ($\lambda = 9$, $T = 4$). Its answers to the training samples are computed once: `pack` puts them beside the labels.


# %%
@mm.training.compile_once
def compiled(seed, size, temperature=1.0, weight=0.0):
    """A network for `fit`; from one call to the next it is the same object, with new weights, traced only once."""
    model = network(size)
    model.compile(keras.optimizers.Adam(), DistillationLoss(temperature, weight), steps_per_execution=17)
    return model


def learn(model, x, y, rate, epochs):
    fall = keras.callbacks.LearningRateScheduler(lambda epoch: rate * (1 + np.cos(np.pi * epoch / epochs)) / 2)  # to 0
    model.fit(x, y, batch_size=64, epochs=epochs, callbacks=[fall], verbose=0)


# %%
told = {"labels alone": {}, "labels and teacher": {"temperature": 4.0, "weight": 9.0}}
rates, targets, students = (5e-3, 1.5e-2), {}, {}
for s in lesson.progress(lesson.seeds, "students"):
    x, y = views[s].train.x, views[s].train.y
    targets[s] = DistillationLoss.pack(y, teachers[s].predict(x, verbose=0))
    for name, how in told.items():
        tried = []
        for rate in rates:
            model = compiled(s, "student", **how)
            learn(model, x, targets[s], rate, epochs=12)
            tried.append((accuracy(model, views[s], "val").value, model.get_weights()))
        students[name, s] = network("student", max(tried, key=lambda pair: pair[0])[1])

# %% [markdown]
# ### Fewer weights
# From the teacher, a share of each kernel is pruned, and the rest trained for four more epochs on the labels. So is the
# one from which nothing is pruned: else those epochs would be taken for a gift of pruning.

# %%
shares, tuned = (0.0, 0.5, 0.8, 0.9), {}
for s, share in lesson.progress([(s, share) for s in lesson.seeds for share in shares], "pruning"):
    model = compiled(s, "teacher")
    model.set_weights(teachers[s].get_weights())
    prune(model, share)
    learn(model, views[s].train.x, targets[s], 2e-3, epochs=4)
    tuned[share, s] = network("teacher", model.get_weights())

# %% [markdown]
# ### All of them, side by side
# LiteRT rounds too: `litert_int8` keeps large kernels in 8 bits, convolutions and fusion included, and rounds what
# flows between layers as it comes ("dynamic range"). `compression` asks each model what may be paid with: bytes, plain
# and after gzip (as they travel), time, accuracy, calibration error (lesson 11), accuracy *without* a modality (all
# samples show its train mean), and the share of answers that are not the teacher's.

# %%
lite8 = {s: exported(teachers[s], "litert_int8", views[s].test.x) for s in lesson.progress(lesson.seeds, "LiteRT")}
found = {}
for s in lesson.progress(lesson.seeds, "comparison"):
    models = {"teacher": teachers[s]} | {f"student, {name}": students[name, s] for name in told}
    models |= {f"{share:.0%} pruned": tuned[share, s] for share in shares}
    models |= {"int8": rounded[s][0], "LiteRT, int8": lite8[s]}
    found[s] = compression(models, views[s], calls=20)
found[first]


# %%
def column(read):
    return lesson.over_seeds(lambda s: {name: read(row) for name, row in found[s].rows.items()})


seen = {"both there": column(lambda row: row.accuracy), "answers changed": column(lambda row: row.changed)}
seen["without image"], seen["without audio"] = (column(lambda row, m=m: row.without[m]) for m in ("image", "audio"))
methods = {name: lesson.method(name, name) for name in seen["both there"]}
bars = {methods[name]: each for name, each in seen["both there"].items()}
mm.plots.scores("Eight bits cost nothing; four fifths of zeros cost a lot", bars, data.baseline())

# %% [markdown]
# Rounding is free here, in both formats, and half of the weights can go. Beyond that, pruning breaks more than four
# epochs can mend (each kernel loses the same share, the first convolution with its few weights like the dense layers).
# The student keeps more in fewer bytes. What its teacher's help is worth, the two students tell.
# ## Break
# ### Zeros that cost as much as numbers
# A product with zero is still computed, and a zero takes 4 bytes like any number. Only whoever looks for zeros gains:

# %%
whole, sparse = (found[first].rows[f"{share:.0%} pruned"] for share in (0.0, 0.8))
zeros = np.mean([np.mean(w == 0) for w in tuned[0.8, first].get_weights() if w.ndim > 1])
rows = [["zeros in the kernels", "0.00", f"{zeros:.2f}"]]
rows += [[f"kB, {way}", *(f"{getattr(row, way) / 1e3:.1f}" for row in (whole, sparse))] for way in ("plain", "gzip")]
rows += [["ms (quartiles)", *(f"{row.ms:.2f} ({row.ms_low:.2f} to {row.ms_high:.2f})" for row in (whole, sparse))]]
lesson.table(["", "nothing pruned", "four of five weights pruned"], rows)

# %% [markdown]
# The shapes are the same, so the work is; a difference in the last row is one of moments: look at the quartiles. Fewer
# rows and channels would help everywhere, as the arrays get smaller. That is what the narrow student is.
# ### Whose answers, and which modality?
# One accuracy hides who paid. So, of each model: what is lost with both modalities there, and without each of them; and
# how many answers are others, right or wrong.

# %%
of = {what: {name: each["teacher"] - score for name, score in each.items()} for what, each in seen.items()}
asks, rows = ("both there", "without image", "without audio"), []
for name, score in seen["answers changed"].items():
    rows.append([name, *(f"{of[ask][name].mean:+.3f}" for ask in asks), f"{score.mean:.3f}"])
lesson.table(["lost by", *asks, "answers changed"], rows[1:])

# %% [markdown]
# "Half pruned costs nothing" is true of the sum: more answers changed than by training on without pruning, for better
# and for worse. And a modality does not lose as much as the other: read the rows of the students and of four fifths
# pruned. If one day the microphone fails and the picture must do, "without audio" is the number to have asked for.
# ### A file that cannot be opened
# `exported` writes a file and opens it at once, as a function of the same arrays. (Keras's own `export` calls the
# inputs of a dict "inputs" and "inputs_1", by the alphabet, so two of one shape are easily swapped; `exported` keeps
# names.)


# %%
def difference(model, x, kind, made=None):
    try:
        return f"{np.abs((made or exported(model, kind, x))(x) - np.asarray(model(x))).max():.0e}"
    except (ImportError, ValueError) as error:
        return str(error)


twenty = {name: samples[:20] for name, samples in views[first].test.x.items()}
made = {"litert": lite, "litert_int8": lite8[first], "saved_model": None, "onnx": None}
rows = [["teacher", kind, difference(teachers[first], twenty, kind, file)] for kind, file in made.items()]
rows += [["ear", kind, difference(ear, data.test.x["audio"][:20], kind)] for kind in ("litert", "onnx")]
lesson.table(["model", "file", "largest difference"], rows)

# %% [markdown]
# Where ONNX is not installed, two rows say how to get it. With it, the teacher's file agrees and the ear's cannot be
# opened: its Fourier transform has no counterpart in the
# [converter](https://github.com/onnx/tensorflow-onnx/issues/2155). Keras writes that file all the same, and reports no
# error. This is why the ear stands apart from the models that we exported.
# ## What we saw

# %%
accurate, changed = seen["both there"], seen["answers changed"]
shown = {"teacher": teachers[first]} | {f"student, {name}": students[name, first] for name in told}
for name, model in (shown | {"50% pruned": tuned[0.5, first], "80% pruned": tuned[0.8, first]}).items():
    lesson.record(methods[name], accurate[name], model, views[first])
tiny, taught = (accurate[f"student, {name}"] for name in told)
size = {name: f"{row.gzip / 1e3:.0f} kB" for name, row in found[first].rows.items()}
lesson.findings(
    f"The same teacher, by LiteRT: {asked['predict'].median / asked['LiteRT'].median:.0f} times faster than `predict`.",
    f"LiteRT in 8 bits: {size['LiteRT, int8']} for {size['teacher']} (gzip), {accurate['LiteRT, int8'].mean:.3f} for "
    f"{accurate['teacher'].mean:.3f}, {changed['LiteRT, int8'].mean:.1%} of the answers changed.",
    f"Half pruned: {accurate['50% pruned'].mean:.3f}, {changed['50% pruned'].mean:.1%} changed (by training on alone "
    f"{changed['0% pruned'].mean:.1%}). Four fifths: **{accurate['80% pruned'].mean:.3f}**, in {size['80% pruned']}.",
    f"A student of {size['student, labels alone']}: {tiny.mean:.3f} by labels, **{taught.mean:.3f}** with its teacher.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
agree = max(abs(apart["package"]), abs(apart["Distiller, KLDivergence()"]))
lesson.claim("by hand, the package and Distiller with the object agree", agree, below=1e-3)
lesson.claim("with the text, Keras's loss is another", abs(apart["default"]), above=0.1)
lesson.claim("pruning by hand is the package's", same_zeros, equal=True)
lesson.claim("what is pruned stays zero while the rest is trained", float(zeros), within=(0.79, 0.81))
lesson.claim("zeros take as many bytes as numbers", sparse.plain == whole.plain, equal=True)
lesson.claim("a student is smaller by far", footprint(network("student")).plain < whole.plain / 15, equal=True)
faster = lesson.over_seeds(lambda s: by_predict[s].median / latency(lite8[s], one).median)
lesson.claim("a file in LiteRT answers many times faster than predict", faster, above=20)
saved = lesson.over_seeds(lambda s: found[s].rows["80% pruned"].gzip / found[s].rows["0% pruned"].gzip)
lesson.claim("but compressed, four fifths of zeros save most bytes", saved, below=0.4)
lesson.claim("half can go", accurate["50% pruned"] - accurate["0% pruned"], within=(-0.05, 0.05))
lesson.claim("four fifths cannot", accurate["80% pruned"] - accurate["0% pruned"], below=-0.05)
lesson.claim("half pruned, more answers change", changed["50% pruned"] - changed["0% pruned"], above=0.0)
for name in ("int8", "LiteRT, int8"):
    lesson.claim(f"{name}: as accurate as the teacher", of["both there"][name], within=(-0.02, 0.02))
    lesson.claim(f"{name}: hardly an answer changes", changed[name], below=0.03)
lesson.claim("a teacher is worth something to a student", taught - tiny, above=0.0)
fewer = changed["student, labels alone"] - changed["student, labels and teacher"]
lesson.claim("a taught student answers more like its teacher", fewer, above=0.0)
lesson.claim("fewer bytes, and still better than four fifths pruned", taught - accurate["80% pruned"], above=0.0)
uneven = of["without audio"]["80% pruned"] - of["without image"]["80% pruned"]
lesson.claim("four fifths pruned: the picture suffers more", uneven, above=0.0)
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
models[0].fit([image[:800], sound[:800]], y[:800], epochs=5, verbose=0)
teacher_loss = keras.distillation.LogitsDistillation(temperature=4.0, loss=keras.losses.KLDivergence())
distiller = keras.distillation.Distiller(*models, teacher_loss, student_loss_weight=0.1)
distiller.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
distiller.fit([image[:800], sound[:800]], y[:800], epochs=5, verbose=0).history["accuracy"][-1]

# %% [markdown]
# ## Exercises
# ### Exercise 1 · The pull of a teacher at T = 1, 4 and 16 (15 minutes)
# Write `pull(student, teacher, T)`: the gradient of $T^2\,\mathrm{KL}$ of each sample with respect to the student's
# logits, (N, C), for logits (N, C) of both. (The teacher's part of KL does not depend on the student; what is left is a
# cross-entropy.) What does it come to at T = 16?


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
# `weights` is a dict: a modality -> the list of its encoder's arrays. Write `one_in_int8(weights, modality)`: the same,
# but kernels of that modality (two axes, inputs by outputs) rounded to 8 bits and back: a column has the scale max |w|
# / 127, a weight becomes the nearest multiple of it. Biases, and columns of zeros, stay as they are.


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
