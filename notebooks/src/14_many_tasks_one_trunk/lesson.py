# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 14 · Many tasks, one trunk
# After this lesson you can let several tasks share one model, weigh their losses, and say when sharing hurts.
# **You will learn** to *build* a model with one trunk and a head for each task; to *measure* what company is worth to a
# task that is stuck, and what sharing costs each of four; to *judge* learned weights of losses; to *break* sharing.
# **Before you start**: [07](07_nonlinear_fusion.ipynb) on `xor`, [08](08_multiplying_modalities.ipynb) on its plateau.
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
# material (wood 0, glass 1, metal 2, paper 3), and the label is whether their sum is odd. In a fifth of the pictures
# static hides the shape, in a fifth of the captions the material is left out. One modality alone is worth a guess; the
# *ceiling*, the best with both, is known. But a scene answers more: *which shape?* *which material?* (or "hidden").

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
# **Task-level fusion** (in papers *multi-task learning*): one set of features, the *trunk*, serves several tasks, each
# with a small *head* of its own. A task added to help another is an *auxiliary task*; harm by sharing is *negative
# transfer*. The gradient of every task, the direction in which its loss rises fastest, comes back through the same
# trunk, and training steps against their weighted sum: what the tasks teach is put together. It lowers
# $$ L = \sum_t w_t \, L_t . $$
# Our trunk is a feature-level fusion (lesson 06) without its last layer: an encoder for each modality, their features
# side by side (`ConcatFusion`), and each head on both. That of `xor` has a hidden layer: a sum cannot learn it.

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
# and number of steps, is its own control. And a sample whose label is missing in one task gets weight 0 there (write
# any class), and still teaches the others. One helper for all that follows: it trains on the tasks it has weights for.


# %%
def fit_tasks(model, x, labels, weights, seed, epochs, batch_size):
    """Train a compiled `TaskFusion` on Σ w L, all epochs in one list of batches; no weight given is a weight of 0."""
    n, rng = len(next(iter(labels.values()))), np.random.default_rng(seed)
    rows = [rng.permutation(n)[: n - n % batch_size].reshape(-1, batch_size) for _ in range(epochs)]
    spread = {task: np.full(n, weights.get(task, 0), "float32") for task in model.heads}
    samples = x, {task: labels[task] for task in model.heads}, spread
    in_batches = keras.tree.map_structure(lambda column: column[np.concatenate(rows)], samples)
    model.fit(tf.data.Dataset.from_tensor_slices(in_batches), shuffle=False, verbose=0)


# %% [markdown]
# ## Measure: `xor` from pixels and words, alone and in company
# In lesson 08 `xor` was not learned from scratch: as long as the text features mean nothing, no gradient prefers one
# shape to another, and the text encoder waits for the picture's in the same way. Naming can be learned from one
# modality alone. Here are both runs, with the same number of steps.


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
mm.plots.scores("Beside two naming tasks xor is learned, alone it is not", xor, data.baseline(), data.ceiling())

# %% [markdown]
# Alone `xor` stays a guess for all of these epochs; beside naming it comes near its ceiling. A likely reason: naming
# gives each encoder a gradient of its own, and once the features tell shapes and materials apart, the head can find the
# rule; in lesson 08 one encoder that could name before was enough. But naming also brings more labels: no run here
# tells the two apart, nor what naming gets from `xor`. In use, only training needs the labels of the other tasks.
# ### Do the tasks pull the same way?
# The *cosine* between two tasks' gradients over the trunk's weights is 1 where they point the same way, 0 at right
# angles, −1 where they are opposed. After one epoch of all three:

# %%
part = data.train.take(np.arange(500))
start, losses = xor_model(first), dict.fromkeys(model.heads, cross_entropy)
fit_tasks(start, data.train.x, named(data.train), dict.fromkeys(model.heads, 1), first, epochs=1, batch_size=64)
cosines = mm.evaluation.gradient_cosines(start, part.x, named(part), losses)
lesson.table(["gradients of", "cosine"], [[" and ".join(pair), f"{cosine:+.2f}"] for pair, cosine in cosines.items()])

# %% [markdown]
# Nothing here foretells that naming makes `xor` learnable. A cosine speaks of one small step, at one moment of one run,
# not of the features that a partner leaves behind, nor of room for both: train with a partner and without.
# ## Measure: four tasks with nothing in common
# Now the other end. The object of a scene has a shape, a colour, a texture and a size, drawn *independently*: who knows
# one knows nothing of the others. We have 300 labelled pictures, as 80 features of a small frozen encoder that ships
# with the course; the trunk is one layer on these. (*Noise*, a random class for each picture, is for later.) The
# controls share nothing: a layer *for each task*, in its head, as wide as the trunk (four times the units in all), or a
# quarter of it (the same units in all). The first shows what saving units costs, the second what sharing does.

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
    """Train on the tasks with weights; which pictures of test, and of train, are answered rightly."""
    part, model = pictures[seed], on_features(seed, tuple(classes.items()), (width, "relu"), shared, None)
    labels, found = part.train.targets | {"noise": np.random.default_rng(seed).integers(8, size=300)}, {}
    fit_tasks(model, part.train.x["image"], labels, weights, seed, 40, 100)
    for here, on in ((part.test, ""), (part.train, " on train")):
        answers = model.predict_on_batch(here.x["image"])
        found |= {task + on: answers[task].argmax(axis=1) == here.targets[task] for task in factors}
    return found


# %%
widths, four = (4, 16, 64), dict.fromkeys(factors, 1)
runs = {(w, "alone"): (w, False, four) for w in (1, *widths)} | {(w, "shared"): (w, True, four) for w in widths}
partners = {"noise × 1": {"noise": 1}, "noise × 10": {"noise": 10}, "colour × 10": {"colour": 10}}
runs |= {(16, name): (16, True, four | more) for name, more in partners.items()}
right = {}  # (*run, task) -> (seeds, pictures) bool
for run, how in lesson.progress(runs.items(), "factors"):
    found = [right_answers(seed, *how) for seed in lesson.seeds]
    right |= {(*run, task): np.array([one[task] for one in found]) for task in found[0]}


def gain(now, then, task):
    """How much larger the share of right answers is in one run than in another, seed by seed."""
    more = right[(*now, task)].mean(axis=1) - right[(*then, task)].mean(axis=1)
    return mm.evaluation.Scores(dict(zip(lesson.seeds, more, strict=True)))


def in_words(now, then, task):
    """The share in one run, what the other adds to it, and the 95% interval of that."""
    found = difference_over_seeds(right[(*now, task)], right[(*then, task)])
    return f"{right[(*then, task)].mean():.3f} {found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f})"


# %%
controls = {"as many units for each": 1, "as many units in all": 4}
both = {(c, w): ((w, "shared"), (w // by, "alone")) for c, by in controls.items() for w in widths}
change = {(*which, task): gain(*two, task) for which, two in both.items() for task in factors}
lines = {f"alone: {c}": [sum(change[c, w, task] for task in factors) / 4 for w in widths] for c in controls}
mm.plots.curves("What a narrow trunk costs is room", np.log2(widths), lines, "log₂ of its units", "change by sharing")

# %%
seen = {(w, task): f"{right[w, 'shared', task + ' on train'].mean():.3f}" for w in widths for task in factors}
rows = [[f"{w}", task, share, *(in_words(*both[c, w], task) for c in controls)] for (w, task), share in seen.items()]
lesson.table(["shared units", "task", "right on train", *(f"test: from {c}" for c in controls)], rows)

# %% [markdown]
# The figure shows the mean of four tasks (band: one standard deviation over seeds), the table each: the share alone,
# the change, and its 95% interval over seeds and pictures. If that contains zero the sign is open; of three seeds it is
# wide. Four units for all are far behind four for each, but on average as good as *one* for each, so on average it is
# room that lacks. (Task by task, and in 16 units in all: does the interval leave zero out?) In 64
# each mean stays nearly as it was, but no gain could show: alone, each is nearly always right.
# *Is my trunk too narrow?* In four units the tasks are wrong on *train* already: that is the sign. In 16 all is right
# on train, and test a little lower: widen the trunk once, and see on *val* whether anything moves.
# ## Measure: weights by hand, weights learned
# Two tasks share four linear units, few for both: the *shape*, a cross-entropy, and the *place*, the centre of the
# object, two numbers in pixels, whose squared error is far larger. Weights decide who gets the units. *Uncertainty
# weighting* learns them with the model, as $w_t = e^{-s_t}$. Think of $e^{s_t}$ as the variance of noise in a task's
# labels: the noisier, the less it counts; the price $s_t / 2$ keeps the weights from going to zero:
# $$ L = \sum_t e^{-s_t} L_t + \tfrac12 s_t \qquad (\text{Gaussian, for squared errors: } \tfrac12 e^{-s_t} L_t). $$
# A fair contest gives all the same budget: plain sum, a constant of 0.1 for the place (finding it is not counted),
# learned weights: three rates each, of which *val* chooses, by the mean of shapes named and places hit to 3 pixels.


# %%
def two_labels(part):
    """The shape, and the centre of the object in pixels from the middle of the picture."""
    box = part.targets["box"].astype("float32")  # top, left, bottom, right
    return {"shape": part.targets["shape"], "place": (box[:, :2] + box[:, 2:]) / 2 - 16}


def shape_and_place(seed, weighting, place_weight, learning_rate):
    """Train; split -> which shapes are named, which places hit (2, pictures)."""
    part, weights = pictures[seed], {"shape": 1, "place": place_weight}
    model = on_features(seed, (("shape", 4), ("place", 2)), (4,), True, weighting)
    model.optimizer.learning_rate = learning_rate
    fit_tasks(model, part.train.x["image"], two_labels(part.train), weights, seed, 40, 100)
    found = {}
    for split in ("val", "test"):
        answers, right = model.predict_on_batch(part.split(split).x["image"]), two_labels(part.split(split))
        hit = np.linalg.norm(answers["place"] - right["place"], axis=1) < 3
        found[split] = np.stack([answers["shape"].argmax(axis=1) == right["shape"], hit])
    return found


# %%
rates, goals = (0.01, 0.03, 0.1), ("shapes named", "places hit")
ways = {"plain sum": (None, 1), "place × 0.1": (None, 0.1), "learned": (mm.losses.UncertaintyWeighting, 1)}
tried = {(way, r): [shape_and_place(s, *how, r) for s in lesson.seeds] for way, how in ways.items() for r in rates}
tests = {which: np.array([one["test"] for one in runs]).mean(axis=(0, 2)) for which, runs in tried.items()}
rows = [[way, goal, *(f"{tests[way, r][i]:.3f}" for r in rates)] for way in ways for i, goal in enumerate(goals)]
lesson.table(["weights", "", *(f"rate {r}" for r in rates)], rows)

# %%
for way in ways:
    best = [max(rates, key=lambda r: tried[way, r][i]["val"].mean()) for i in range(len(lesson.seeds))]
    found = np.array([tried[way, r][i]["test"] for i, r in enumerate(best)])
    right |= {(way, goal): found[:, i] for i, goal in enumerate(goals)}
ahead = [(("learned",), (way,), goal) for way in ("plain sum", "place × 0.1") for goal in goals]
rows = [[way, goal, in_words(learned, (way,), goal)] for learned, (way,), goal in ahead]
lesson.table(["from the best of three", "", "to learned weights, best of three"], rows)

# %% [markdown]
# At their best on val the three end close together, task by task. But each has its own good rate: in the first table,
# learned weights name more shapes than the plain sum at the lowest rate, and hit far fewer places at the highest. Tune
# one side only, and you compare tuning, not methods: Kurin et al. and Xin et al. (2022) found on large benchmarks that
# methods made for weighing tasks do not beat a plain weighted sum that was tuned as carefully.
# ## Break
# **A task that is noise.** From random classes nothing can be learned but the pictures by heart. Noise joins the four
# in 16 units, with weight 1 and 10. To tell noise from weight, colour, which *can* be learned, gets weight 10 instead:

# %%
joined = {name: ((16, name), (16, "shared")) for name in partners}
joined |= {"from colour × 10 to noise × 10": ((16, "noise × 10"), (16, "colour × 10"))}
lesson.table(["task", *joined], [[task, *(in_words(*two, task) for two in joined.values())] for task in factors])

# %% [markdown]
# With weight 1 noise costs a little; of three seeds most intervals cross zero. With weight 10 every task falls far.
# Part of that is the weight: on average colour × 10 costs the other three as well. But noise costs each clearly more. A
# likely reason: a task that is learned has a loss near zero and pulls no more, noise goes on pulling.
# **Clipping what looks wrong.** With uncertainty weighting the whole loss may become *negative*: for a small loss $s/2$
# is negative. That looks like a bug, and a [thread on the authors'
# example](https://github.com/yaringal/multi-task-learning-example/issues/6) has the proposal to keep $s \ge 0$. But the
# lowest point of $e^{-s} L + s/2$ is at $e^{-s} = 1 / (2L)$: each weighted loss becomes one half, and below one half
# that needs $s < 0$. Clipped, no weight can rise above 1, and small losses stay small (arithmetic, no training):

# %%
losses, s = 10.0 ** np.arange(-3, 2), np.linspace(-12, 12, 24001)[:, None]
best = s[np.argmin(np.exp(-s) * losses + s / 2, axis=0), 0]  # tried out, not derived
lines = {name: np.exp(-each) * losses for name, each in {"s free": best, "s ≥ 0": np.maximum(best, 0)}.items()}
mm.plots.curves("Clipping mutes small losses", np.log10(losses), lines, "log₁₀ of the loss", "weighted loss")

# %% [markdown]
# ## When does it hurt to train tasks together?
# In these runs it *helped* where naming joined a task that alone stayed a guess (by features or by labels?). It *hurt*
# where four tasks with nothing in common shared few units, and where one task, noise above all, had a large weight.
# Noise with the weight of the others cost little; a wide trunk cost and gave little. Tasks that ask *opposite* things
# of one trunk are not tried. Trust no cosine and no mean: train each task alone too, with equal units in all, and rates
# chosen for each (our four had one). Apart: where that interval is below 0, after Holm over the tasks (lesson 13).
# ## What we saw

# %%
for method, found in xor.items():
    lesson.record(method, found, start, data)
mean, rest = {c: sum(change[c, 4, t] for t in factors).mean / 4 for c in controls}, ("shape", "texture", "size")
falls = {name: sum(gain(*two, task) for task in rest) / 3 for name, two in joined.items()}
lesson.findings(
    f"`xor` from scratch: {xor[alone].mean:.3f}; beside naming **{xor[helped].mean:.3f}** of {data.ceiling():.3f}.",
    "Four tasks in 4 units, mean: " + ", ".join(f"{each:+.3f} from {c}" for c, each in mean.items()) + ".",
    f"{', '.join(rest)} in 16 units, mean: " + ", ".join(f"{name} {each.mean:+.3f}" for name, each in falls.items()),
    "Learned weights: " + ", ".join(f"{which[2]} {gain(*which).mean:+.3f} from {which[1][0]}" for which in ahead),
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("alone, xor from scratch is a guess", xor[alone], within=(0.43, 0.57))
lesson.claim("beside naming, xor comes within two points of its ceiling", xor[helped] - data.ceiling(), above=-0.02)
lesson.claim("beside naming, shapes are named", company["together", "shape"], above=0.95)
each, in_all = controls
for task in factors:
    lesson.claim(f"in a narrow trunk sharing costs {task} much", change[each, 4, task], below=-0.03)
    lesson.claim(f"in a wide trunk sharing leaves {task} about as it was", change[each, 64, task], within=(-0.02, 0.02))
    lesson.claim(f"wide, with {in_all}: {task} about as it was", change[in_all, 64, task], within=(-0.03, 0.03))
    lesson.claim(f"noise with weight 10 costs {task} much", gain(*joined["noise × 10"], task), below=-0.05)
narrow, wrong = sum(change[in_all, 4, task] for task in factors) / 4, gain(*both[each, 4], "shape on train")
lesson.claim("four units beside one for each: about the same on average", narrow, within=(-0.06, 0.06))
lesson.claim("in four units shape is wrong on train already", wrong, below=-0.1)
noisy = {name: sum(gain(*joined[name], task) for task in factors) / 4 for name in ("noise × 1", "noise × 10")}
lesson.claim("noise with weight 1 costs something", noisy["noise × 1"], below=0)
lesson.claim("noise with weight 10 costs much", noisy["noise × 10"], below=-0.1)
lesson.claim("noise × 10 costs others more than colour × 10", falls["from colour × 10 to noise × 10"], below=-0.05)
lesson.claim("colour × 10 costs the others too", falls["colour × 10"], below=0)
for learned, way, goal in ahead:
    room = 0.03 if goal == "shapes named" else 0.05
    lesson.claim(f"learned weights and {way[0]}: {goal} alike", gain(learned, way, goal), within=(-room, room))
lesson.claim("the loss is the weighted sum", bool(abs(total - by_sum) < 1e-4), equal=True)
lesson.claim("at its best every weighted loss is one half", bool(max(abs(lines["s free"] - 0.5)) < 1e-2), equal=True)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# One trunk, two heads and a weight for each loss in plain Keras: does the second task help the first?

# %% tags=["own"]
import keras
import numpy as np

found, x = {}, np.random.default_rng(0).normal(size=(2000, 8)).astype("float32")  # your features
labels = {"sign": x[:, 0] > 0, "size": np.abs(x[:, 1:2])}  # a yes or no, and a number
for company, weight in {"alone": 0.0, "beside size": 1.0}.items():  # a weight of 0 switches a task off
    inputs = keras.Input((8,))
    trunk = keras.layers.Dense(32, activation="relu")(inputs)
    sign = keras.layers.Dense(1, activation="sigmoid", name="sign")(trunk)
    model = keras.Model(inputs, {"sign": sign, "size": keras.layers.Dense(1, name="size")(trunk)})
    losses, weights = {"sign": "binary_crossentropy", "size": "mse"}, {"sign": 1.0, "size": weight}
    model.compile(keras.optimizers.Adam(0.01), loss=losses, loss_weights=weights)
    model.fit(x[:1500], {task: column[:1500] for task, column in labels.items()}, epochs=5, verbose=0)
    found[company] = np.mean((np.array(model(x[1500:])["sign"]) > 0.5)[:, 0] == labels["sign"][1500:])
found

# %% [markdown]
# ## Exercises
# ### Exercise 1 · One loss × 100 (10 minutes)
# Write `lowest(losses)` for an array of losses $L$ of classification tasks: the lowest value of $e^{-s} L + s/2$ over
# all $s$. Somebody writes a loss in other units, a hundred times as large: what does that add to its lowest value?


# %% tags=["exercise"]
# stub
def lowest(losses): ...  # your code here
# solution
def lowest(losses):
    return 0.5 + np.log(2 * losses) / 2


# end
lesson.check(1, lowest)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · The cosine of two gradients (10 minutes)
# A gradient comes as a list of arrays, one for each array of weights. Write `cosine(a, b)` for two such lists: the
# cosine of the angle between them, all weights together.


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
# `alone` (T,) is the accuracy of each task by itself, `beside` (T, T) that of task $i$ beside task $j$ in row $i$,
# column $j$ (the diagonal means nothing). For each task: which *other* task, counted from 0, costs it most?


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
# - V. Kurin et al., *In defense of the unitary scalarization*, and D. Xin et al., *Do current multi-task optimization
#   methods in deep learning even help?*, 2022: tuned plain sums keep up.
