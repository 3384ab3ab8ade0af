# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 14 · Many tasks, one trunk
#
# After this lesson you can let several tasks share one model, weigh their losses, and say when sharing hurts.
#
# **You will learn** to
# - *build* a model with one trunk and a head for each task,
# - *measure* what a second task is worth, task by task, and *explain* how it ends the plateau of lesson 08,
# - *judge* learned weights of losses against constants, and *break* sharing: a narrow trunk, a task that is noise.
#
# **Before you start**: [07](07_nonlinear_fusion.ipynb) on `xor`, [08](08_multiplying_modalities.ipynb) on its plateau.
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("14")

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from mmcourse.evaluation.statistics import difference_over_seeds

lesson

# %% [markdown]
# ## See: one sample, several questions
# In the task `xor` of `scenes` the picture shows a shape (circle 0, square 1, triangle 2, cross 3), the caption names a
# material (wood 0, glass 1, metal 2, paper 3), and the label is whether the sum of the two numbers is odd. In a fifth
# of the pictures static hides the shape; in a fifth of the captions the material is left out. Each modality alone is
# worth a guess; the *ceiling*, the best that anything can reach with both, is known, because we know how labels are
# made. But a scene answers other questions too, *which shape?* and *which material?*, and whoever made the data knows
# both. (Where the symbol is hidden, the answer is a fifth class, "nothing".)

# %%
sizes = {"task": "xor", "distractors": 1, "train": 2500, "val": 1, "test": 3000}
scenes = {s: mm.load("scenes", seed=s, **sizes).with_tokens("text", 24) for s in lesson.seeds}
first, data = lesson.seeds[0], scenes[lesson.seeds[0]]


def named(part):
    """The labels of three tasks: the parity, the shape seen, the material read."""
    shape, material = part.targets["image_symbol"], part.targets["text_symbol"]
    return {"xor": part.y, "shape": np.where(shape < 0, 4, shape), "material": np.where(material < 0, 4, material)}


mm.load("scenes", seed=first, **sizes).show(4)

# %% [markdown]
# ## Build: a trunk, heads, a sum of losses
# **Task-level fusion** means: one set of features, the *trunk*, serves several tasks, and each task has a small *head*
# of its own on top. What is put together are not only modalities but what the tasks teach about them: every task's
# gradient, the direction in which its loss falls, goes through the same trunk. Training lowers a weighted sum,
#
# $$ L = \sum_t w_t \, L_t . $$
#
# Our trunk is a feature-level fusion without a decision: an encoder for each modality, and their features side by side
# (`ConcatFusion`). So each head stands on both encoders. That of `xor` has a hidden layer, since a sum cannot learn it
# (lesson 07).

# %%
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
few = {name: samples[:64] for name, samples in data.train.x.items()}


@mm.training.compile_once
def xor_model(seed):
    """Two encoders from scratch, their features side by side, three heads."""
    seen = [layers.Rescaling(1 / 255)]
    for filters, size, strides in ((24, 7, 4), (32, 3, 1)):
        seen += [layers.Conv2D(filters, size, strides, padding="same", use_bias=False)]
        seen += [layers.BatchNormalization(momentum=0.9), layers.ReLU()]
    see = keras.Sequential([*seen, layers.GlobalMaxPooling2D(), layers.Dense(16, "tanh")])
    read = keras.Sequential([layers.Embedding(256, 32), layers.GlobalMaxPooling1D(), layers.Dense(16, "tanh")])
    trunk = mm.FeatureFusion({"image": see, "text": read}, mm.layers.ConcatFusion())
    bend = keras.Sequential([layers.Dense(64, "relu"), layers.Dense(2)])
    model = mm.TaskFusion(trunk, {"xor": bend, "shape": layers.Dense(5), "material": layers.Dense(5)})
    model(few)
    rate = keras.optimizers.schedules.CosineDecay(5e-3, 8 * 39)  # falls to 0 in so many steps
    losses = dict.fromkeys(model.heads, cross_entropy)
    model.compile(keras.optimizers.Adam(rate), losses, **mm.training.compile_defaults(model))
    return model


model = xor_model(first)
mm.plots.diagram(model, "Task-level fusion: one trunk, a head for each task")

# %% [markdown]
# ## Check: it is the sum
# With $w_t$ given as the weight of a sample in a task, the loss of `TaskFusion` must be $\sum_t w_t L_t$. The two:

# %%
weights = {"xor": 1.0, "shape": 0.5, "material": 0.0}
labels = {task: column[:64] for task, column in named(data.train).items()}
spread = {task: np.full(64, weight, "float32") for task, weight in weights.items()}
by_sum = sum(weights[task] * float(cross_entropy(labels[task], logits)) for task, logits in model(few).items())
total = model.evaluate(few, labels, sample_weight=spread, batch_size=64, verbose=0, return_dict=True)["loss"]
by_sum, total

# %% [markdown]
# A weight of 0 switches a task off: its gradient is zero. So *the same* model, with the same start, order of samples
# and number of steps, is its own control. One helper for all that follows: it trains on the tasks it has weights for.


# %%
def fit_tasks(model, x, labels, weights, seed, epochs, batch_size):
    """Train a compiled `TaskFusion` on Σ w L; a task without a weight has weight 0."""
    n, rng = len(next(iter(labels.values()))), np.random.default_rng(seed)
    rows = [rng.permutation(n)[: n - n % batch_size].reshape(-1, batch_size) for _ in range(epochs)]
    spread = {task: np.full(n, weights.get(task, 0), "float32") for task in model.heads}
    samples = x, {task: labels[task] for task in model.heads}, spread
    in_batches = keras.tree.map_structure(lambda column: column[np.concatenate(rows)], samples)
    model.fit(tf.data.Dataset.from_tensor_slices(in_batches), shuffle=False, verbose=0)


# %% [markdown]
# ## Measure: `xor` from pixels and words, alone and in company
# In lesson 08 `xor` was not learned from scratch: as long as the text features mean nothing, the label is a coin toss
# for every shape, so no gradient prefers one shape to another, and the text encoder waits for the picture's in the same
# way. Naming can be learned from one modality alone. Here are both runs, with the same number of steps.


# %%
def in_company(seed):
    """Accuracy of `xor` alone; and of all three tasks together."""
    part, found = scenes[seed], {}
    for company, tasks in {"alone": ["xor"], "together": ["xor", "shape", "material"]}.items():
        model = xor_model(seed)
        fit_tasks(model, part.train.x, named(part.train), dict.fromkeys(tasks, 1), seed, epochs=8, batch_size=64)
        answers, right = model.predict(part.test.x, batch_size=250, verbose=0), named(part.test)
        found |= {(company, task): np.mean(answers[task].argmax(axis=1) == right[task]) for task in tasks}
    return found


company = lesson.over_seeds(in_company, "xor")
alone, helped = lesson.method("alone", "xor alone"), lesson.method("named", "xor beside naming")
xor = {alone: company["alone", "xor"], helped: company["together", "xor"]}
mm.plots.scores("Two easy tasks teach what the hard one cannot", xor, data.baseline(), data.ceiling())

# %% [markdown]
# Alone `xor` stays a guess; next to two tasks that are easy it comes to its ceiling. Naming gives each encoder a
# gradient of its own, and once the features tell shapes and materials apart, the head finds the rule. The labels of the
# other tasks are needed in training only.
#
# ### Do the tasks pull the same way?
# The *cosine* between two tasks' gradients over the trunk's weights is 1 where they point the same way, 0 at right
# angles, −1 where they are opposed. After an epoch of naming:

# %%
part = data.train.take(np.arange(500))
start, losses = xor_model(first), dict.fromkeys(model.heads, cross_entropy)
fit_tasks(start, data.train.x, named(data.train), {"shape": 1, "material": 1}, first, epochs=1, batch_size=64)
cosines = mm.evaluation.gradient_cosines(start, part.x, named(part), losses)
lesson.table(["cosine of", ""], [[" and ".join(pair), f"{cosine:+.2f}"] for pair, cosine in cosines.items()])

# %% [markdown]
# A cosine speaks of one small step, at one moment of one run. It does not say what features a partner leaves behind,
# nor whether the trunk has room for both: to know whether a partner helps, train with it and without.
#
# ## Measure: four tasks with nothing in common
# Now the other end. The object of a scene has a shape, a colour, a texture and a size, drawn *independently*: who knows
# one knows nothing of the others. We have only 300 labelled pictures. They come as 80 features of a small frozen
# encoder that ships with the course, and the trunk is one layer on these, of 64, 16 or 4 units. A fifth task, *noise*,
# is for later: a random class for each picture, the same in every epoch. The controls have a layer of the same width
# *for each task*, in its head, and share nothing: models of their own, trained side by side. Then all share one layer.

# %%
factors = {"shape": 4, "colour": 8, "texture": 4, "size": 3}
classes, small = {**factors, "noise": 8}, mm.pretrained.small("image")
few_labels = {"task": "redundant", "erasure": 0.0, "distractors": 1, "train": 300, "val": 300, "test": 1000}
pictures = {s: mm.load("scenes", seed=s, **few_labels).with_only("image").map({"image": small}) for s in lesson.seeds}


@mm.training.compile_once
def on_features(seed, tasks, layer, shared, weighting):
    """One layer on features, shared or for each task; `place` has squared errors, all else cross-entropy."""
    scale = layers.BatchNormalization(momentum=0.9, center=False, scale=False)  # nothing to learn in it
    common, own = ([layer], []) if shared else ([], [layer])
    trunk = keras.Sequential([scale, *(layers.Dense(*one) for one in common)])
    heads = {task: keras.Sequential([*(layers.Dense(*one) for one in own), layers.Dense(n)]) for task, n in tasks}
    model = mm.TaskFusion(trunk, heads, weighting and weighting(["place"]))
    model(np.zeros((1, 80), "float32"))
    losses = {task: "mse" if task == "place" else cross_entropy for task, _ in tasks}
    model.compile(keras.optimizers.Adam(1e-2), losses, **mm.training.compile_defaults(model))
    return model


# %%
def right_answers(seed, width, shared, weights):
    """Train on the factors of these weights; task -> which of the test pictures are answered rightly."""
    part, model = pictures[seed], on_features(seed, tuple(classes.items()), (width, "relu"), shared, None)
    labels = part.train.targets | {"noise": np.random.default_rng(seed).integers(8, size=300)}
    fit_tasks(model, part.train.x["image"], labels, weights, seed, 40, 100)
    answers = model.predict_on_batch(part.test.x["image"])
    return {task: answers[task].argmax(axis=1) == part.test.targets[task] for task in factors}


# %%
widths, four = (4, 16, 64), dict.fromkeys(factors, 1)
runs = {(w, "alone"): (w, False, four) for w in widths} | {(w, "shared"): (w, True, four) for w in widths}
runs |= {(16, f"noise × {weight}"): (16, True, four | {"noise": weight}) for weight in (1, 10)}
right = {}  # (width, company, task) -> (seeds, pictures) bool
for run, how in lesson.progress(runs.items(), "factors"):
    found = [right_answers(seed, *how) for seed in lesson.seeds]
    right |= {(*run, task): np.array([one[task] for one in found]) for task in factors}


def changed(width, before, after, task):
    """The change in a task's accuracy, seed by seed."""
    shares = right[width, after, task].mean(axis=1) - right[width, before, task].mean(axis=1)
    return mm.evaluation.Scores(dict(zip(lesson.seeds, shares, strict=True)))


def row(width, before, after, task):
    """Accuracy before, the change, and its interval, in words."""
    then, now = right[width, before, task], right[width, after, task]
    found = difference_over_seeds(now, then)
    return [task, f"{then.mean():.3f}", f"{found.difference:+.3f}", f"{found.low:+.3f} to {found.high:+.3f}"]


change = {(w, t): changed(w, "alone", "shared", t) for w in widths for t in factors}
lines = {task: [change[width, task] for width in widths] for task in factors}
mm.plots.curves("Independent tasks pay for a narrow trunk", widths, lines, "width of the trunk", "change by sharing")

# %%
rows = [[f"{width}", *row(width, "alone", "shared", task)] for width in widths for task in factors]
lesson.table(["width", "task", "alone", "change by sharing", "95% interval"], rows)

# %% [markdown]
# The interval is over seeds and pictures (lesson 13 computes one by hand); across zero it leaves the sign open, and of
# three seeds it is wide. With room for all, next to nothing is lost. In four units the mean of every task falls, not by
# the same: a mean over tasks would hide it. Nobody gains: tasks that share nothing have nothing to teach each other.
#
# ## Measure: weights by hand, weights learned
# Two tasks of different kinds share four linear units: the *shape*, a cross-entropy that starts near log 4, and the
# *place*, the centre of the object, two numbers in pixels with the mean squared error, which starts in the tens. Must
# somebody weigh them? *Uncertainty weighting* learns the weights with the model, as $w_t = e^{-s_t}$, and a price $s_t
# / 2$ keeps them from going to zero:
#
# $$ L = \sum_t e^{-s_t} L_t + \tfrac12 s_t \qquad (\tfrac12 e^{-s_t} L_t \text{ for squared errors}). $$
#
# A fair contest gives both sides the same budget. Two constants for the place at two learning rates each, against
# learned weights at four rates: four trainings each, of which *val* chooses one for test. The score is the mean of two
# shares, shapes named and places hit within three pixels; a guess names a quarter of the shapes and hits few places.


# %%
def two_labels(part):
    """The shape, and the centre of the object in pixels from the middle of the picture."""
    top, left, bottom, right = part.targets["box"].T
    centre = np.stack([top + bottom, left + right], axis=1).astype("float32") / 2
    return {"shape": part.targets["shape"], "place": centre - 16}


def shape_and_place(seed, weighting, place_weight, learning_rate):
    """Train; split -> (shapes named, places hit)."""
    part, weights = pictures[seed], {"shape": 1, "place": place_weight}
    model = on_features(seed, (("shape", 4), ("place", 2)), (4,), True, weighting)
    model.optimizer.learning_rate = learning_rate
    fit_tasks(model, part.train.x["image"], two_labels(part.train), weights, seed, 40, 100)
    found = {}
    for split in ("val", "test"):
        answers, right = model.predict_on_batch(part.split(split).x["image"]), two_labels(part.split(split))
        hit = np.linalg.norm(answers["place"] - right["place"], axis=1) < 3
        found[split] = np.mean(answers["shape"].argmax(axis=1) == right["shape"]), np.mean(hit)
    return found


def best_of(names):
    """On each seed the test score of the setting that is best on val."""
    chosen = {s: max(names, key=lambda name: np.mean(tried[name, s]["val"])) for s in lesson.seeds}
    return mm.evaluation.Scores({s: np.mean(tried[name, s]["test"]) for s, name in chosen.items()})


# %%
grid = {f"place × {weight}, rate {rate}": (None, weight, rate) for weight in (1, 0.1) for rate in (0.01, 0.03)}
grid |= {f"learned, rate {r}": (mm.losses.UncertaintyWeighting, 1, r) for r in (0.003, 0.01, 0.03, 0.1)}
tried = {(name, s): shape_and_place(s, *how) for name, how in grid.items() for s in lesson.seeds}
rows = [[name, *(f"{np.mean([tried[name, s]['test'][i] for s in lesson.seeds]):.3f}" for i in (0, 1))] for name in grid]
lesson.table(["weights", "shapes named", "places hit"], rows)

# %%
plain, by_hand, learned = best_of(list(grid)[:2]), best_of(list(grid)[:4]), best_of(list(grid)[4:])
weighed = {"plain sum, best of two": plain, "constants, best of four": by_hand, "learned, best of four": learned}
guess = 0.25 / 2  # a quarter of the shapes, no place
mm.plots.scores("Plain sum, tuned constants, learned weights: hardly apart", weighed, guess)

# %% [markdown]
# In this run nobody wins: the best constant, the learned weights and the plain sum end hardly apart. The table shows
# what mattered more: the same learned weights at a low learning rate are far behind. Tune the rate of one side only,
# and you compare tuning, not methods: Kurin et al. and Xin et al. (2022) found on large benchmarks that methods made
# for weighing tasks do not beat a plain weighted sum that was tuned as carefully.
#
# ## Break
# **A task that is noise.** Nothing can be learned from random classes but the pictures by heart. How the four factors
# change in 16 units when noise joins them, with weight 1 and with weight 10:

# %%
noises = ("noise × 1", "noise × 10")
noisy = {noise: sum(changed(16, "shared", noise, task) for task in factors) / len(factors) for noise in noises}
rows = [[noise, *row(16, "shared", noise, task)] for noise in noises for task in factors]
lesson.table(["company", "task", "four share", "change by noise", "95% interval"], rows)

# %% [markdown]
# Noise teaches nothing and takes room. A task that can be learned falls silent when its loss is near zero; noise never
# does, and pulls to the end.
#
# **Clipping what looks wrong.** With uncertainty weighting the whole loss may become *negative*: for a small loss the
# price $s/2$ is negative. That looks like a bug, and a [thread on the authors'
# example](https://github.com/yaringal/multi-task-learning-example/issues/6) mends it by keeping $s \ge 0$. But the
# lowest point of $e^{-s} L + s/2$ is at $e^{-s} = 1 / (2L)$, so that each weighted loss becomes one half; below one
# half that needs $s < 0$. Clipped, no weight can rise above 1, and small losses stay small:

# %%
exponents, s = np.arange(-3, 2), np.linspace(-12, 12, 24001)
loss = 10.0 ** exponents[:, None]
best = s[np.argmin(np.exp(-s) * loss + s / 2, axis=1)]  # tried out, not derived
free, clipped = (np.exp(-each) * loss[:, 0] for each in (best, np.maximum(best, 0)))
lines = {"s free": free, "s ≥ 0": clipped}
mm.plots.curves("Clipping mutes small losses", exponents, lines, "log₁₀ of the loss", "weighted loss")

# %% [markdown]
# ## When does it hurt to train tasks together?
# It *helps* where one task teaches features that another needs and cannot find by itself. It *hurts* where tasks share
# nothing and the trunk is narrow, where a task is noise, and where one loss is weighted until it drowns the others. A
# wide trunk with tasks that share nothing costs little and gives little. No cosine and no mean tells you which: train
# each task alone, under the same budget, and compare task by task.
#
# ## What we saw

# %%
for method, found in xor.items():
    lesson.record(method, found, start, data)
lost = {width: [change[width, task].mean for task in factors] for width in widths}
lesson.findings(
    f"`xor` from scratch: {xor[alone].mean:.3f}; beside naming **{xor[helped].mean:.3f}** of {data.ceiling():.3f}.",
    f"Four tasks in 4 units: {min(lost[4]):+.3f} to {max(lost[4]):+.3f}; in 64 units {np.mean(lost[64]):+.3f}.",
    f"Noise beside them in 16 units: {noisy[noises[0]].mean:+.3f}; with weight 10 {noisy[noises[1]].mean:+.3f}.",
    f"Plain sum {plain.mean:.3f}, best constant **{by_hand.mean:.3f}**, learned weights {learned.mean:.3f}.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("alone, xor from scratch is a guess", xor[alone], within=(0.43, 0.57))
lesson.claim("beside naming, xor comes within two points of its ceiling", xor[helped] - data.ceiling(), above=-0.02)
lesson.claim("beside naming, shapes are named", company["together", "shape"], above=0.95)
for task in factors:
    lesson.claim(f"in a narrow trunk sharing costs {task} much", change[4, task], below=-0.03)
    lesson.claim(f"in a wide trunk sharing leaves {task} about as it was", change[64, task], within=(-0.02, 0.02))
lesson.claim("noise with weight 1 costs something", noisy[noises[0]], below=0)
lesson.claim("noise with weight 10 costs much", noisy[noises[1]], below=-0.1)
lesson.claim("learned weights and the best constant are close", learned - by_hand, within=(-0.03, 0.03))
lesson.claim("the loss is the weighted sum", bool(abs(total - by_sum) < 1e-4), equal=True)
lesson.claim("at its best every weighted loss is one half", bool(max(abs(np.array(free) - 0.5)) < 1e-2), equal=True)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# One trunk, two heads and a weight for each loss in plain Keras, on an array with two kinds of labels.

# %% tags=["own"]
import keras
import numpy as np

x = np.random.default_rng(0).normal(size=(2000, 8)).astype("float32")  # your features
labels = {"sign": x[:, 0] > 0, "size": np.abs(x[:, 1:2])}  # a yes or no, and a number
inputs = keras.Input((8,))
trunk = keras.layers.Dense(32, activation="relu")(inputs)
sign = keras.layers.Dense(1, activation="sigmoid", name="sign")(trunk)
model = keras.Model(inputs, {"sign": sign, "size": keras.layers.Dense(1, name="size")(trunk)})
losses, weights = {"sign": "binary_crossentropy", "size": "mse"}, {"sign": 1.0, "size": 1.0}
model.compile(keras.optimizers.Adam(0.01), loss=losses, loss_weights=weights)
model.fit(x[:1500], {task: column[:1500] for task, column in labels.items()}, epochs=5, verbose=0)
answers = model.predict(x[1500:], verbose=0)  # each task is scored by itself
right = np.mean((answers["sign"] > 0.5)[:, 0] == labels["sign"][1500:])
right, np.mean((answers["size"] - labels["size"][1500:]) ** 2)

# %% [markdown]
# ## Exercises
# ### Exercise 1 · One loss × 100 (10 minutes)
# Somebody writes a loss in other units, and it is a hundred times as large. Write `learned_weights(losses)` for an
# array of losses of classification tasks: the weights $e^{-s}$ at which $e^{-s} L + s/2$ is lowest, if the losses stay
# as they are. What becomes of the weight of a loss × 100?


# %% tags=["exercise"]
# stub
def learned_weights(losses): ...  # your code here
# solution
def learned_weights(losses):
    return 1 / (2 * losses)


# end
lesson.check(1, learned_weights)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · The cosine of two gradients (10 minutes)
# A gradient comes as a list of arrays, one for each array of weights. Write `cosine(a, b)` for two such lists: the
# cosine of the angle between them, over all weights together.


# %% tags=["exercise"]
# stub
def cosine(a, b): ...  # your code here
# solution
def cosine(a, b):
    a, b = (np.concatenate([part.ravel() for part in parts]) for parts in (a, b))
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


# end
lesson.check(2, cosine)

# %% [markdown]
# ### Exercise 3 · The worst partner (20 minutes)
# `alone` (T,) is the accuracy of each task by itself, `beside` (T, T) that of task $i$ trained beside task $j$ in row
# $i$ and column $j$. Write `worst_partner(alone, beside)`: for each task the number of the partner that costs it most.


# %% tags=["exercise"]
# stub
def worst_partner(alone, beside): ...  # your code here
# solution
def worst_partner(alone, beside):
    change = beside - alone[:, None]
    np.fill_diagonal(change, np.inf)
    return change.argmin(axis=1)


# end
lesson.check(3, worst_partner)

# %% [markdown]
# ## Further reading
# - R. Caruana, *Multitask learning*, 1997: one trunk, many heads, and why a second task can help.
# - A. Kendall, Y. Gal, R. Cipolla, *Multi-task learning using uncertainty to weigh losses*, 2018: the learned weights.
# - V. Kurin et al., *In defense of the unitary scalarization for deep multi-task learning*, 2022: plain sums keep up.
# - D. Xin et al., *Do current multi-task optimization methods in deep learning even help?*, 2022: tune the constants.
