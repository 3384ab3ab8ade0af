# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 24 · Scaling up: where does the time go?
# After this lesson you can say what a training waits for, before you buy anything to shorten it.
# **You will learn** to *split* a step into waiting and computing; *predict* what more readers bring; *place* a cache;
# *resume* a killed run with the same bits; *check* that two devices give what one gives; *choose* the next engine.
# **Before you start**: [03](03_audio.ipynb) on log-mel pictures, [06](06_linear_fusion.ipynb) on fusion.
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("24")

import inspect
import tempfile
import time
from functools import partial

import keras
import numpy as np
import tensorflow as tf
from IPython.display import Markdown
from keras import layers

from mmcourse.data.audio import log_mel
from mmcourse.evaluation import accuracy
from mmcourse.training import rehearsal

lesson

# %% [markdown]
# We measure the CPU, so a GPU is hidden; and the CPU is cut into two *logical devices*, to TensorFlow like two GPUs of
# one machine. Both must come before TensorFlow computes anything.

# %%
rehearsal.two_devices()

# %% [markdown]
# ## See: a step is waiting, then computing
# The data is `digits`, handwritten and spoken, the sound as a log-mel picture (lesson 03). A training step takes a
# *batch* of 64 samples. Before the model can compute, somebody must bring them. Who waits?

# %%
data = mm.load("digits").map({"audio": log_mel})  # (N, 24, 32): bands, frames


def compiled(**settings):
    """A new model: a dense layer for each modality, their features side by side, two dense layers more."""
    see = keras.Sequential([layers.Flatten(), layers.Dense(64, "relu")])
    hear = keras.Sequential([layers.Rescaling(1 / 40), layers.Flatten(), layers.Dense(64, "relu")])
    head = keras.Sequential([layers.Dense(64, "relu"), layers.Dense(10)])
    model = mm.FeatureFusion({"image": see, "audio": hear}, mm.layers.ConcatFusion(), head)
    model({name: samples[:2] for name, samples in data.train.x.items()})
    model.compile(keras.optimizers.Adam(2e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True), **settings)
    return model


mm.load("digits").show(4)

# %%
plain = {"jit_compile": False}  # no XLA, which Keras takes by itself otherwise: see below
model = compiled(**plain)
model.fit(data.tf_data("train", 64, shuffle_seed=0), shuffle=False, verbose=0)  # the first steps are slow
mm.plots.diagram(model, "One dense layer for each modality, two for both")

# %% [markdown]
# ## Build: a clock
# A step takes $T = w + c$: seconds of waiting for the batch, and of computing. Take the time after each part. The first
# two steps are left out: what is made only once is made there.


# %%
def clock(batches, step):
    """Mean seconds per step of waiting, w, and of computing, c."""
    waits, works, began = [], [], time.perf_counter()
    for x, y in batches:
        got = time.perf_counter()
        step(x, y)
        waits, works, began = [*waits, got - began], [*works, time.perf_counter() - got], time.perf_counter()
    return np.mean(waits[2:]), np.mean(works[2:])


# %% [markdown]
# Now something to wait for. A `FarStore` is a disk in another room: each sample takes 2 milliseconds to come. Here that
# is `time.sleep`, a stand-in: the computer is idle, as it is when a disk or a network is slow. The store lists what it
# was asked for. First in plain Python, a batch of 64 at a time, one read after the other:

# %%
store = mm.training.FarStore(data.train, seconds=0.002)
w, c = clock(store.batches(5), model.train_on_batch)
theirs, planted = mm.training.input_bound(model, store.batches(5)), 64 * store.seconds
lesson.findings(f"planted: {planted:.3f} s", f"our clock: {w:.3f} s waiting, {c:.3f} s computing", f"package: {theirs}")

# %% [markdown]
# Both clocks find what was planted, and the package adds a verdict (from a tenth of the time on). A computer ten times
# as fast would take nearly as long: that is **input-bound**.
# ## Measure: a pipeline, stage by stage
# `tf.data` is TensorFlow's library for pipelines. `map` applies a function to each sample; `num_parallel_calls` keeps
# several calls under way, on *threads* (workers inside one process) from a pool as large as the number of cores if
# nobody says otherwise. TensorFlow also tunes a pipeline by itself; we switch that off to see each stage alone.


# %%
def pipeline(store, readers=None, threads=32):
    """Five batches of 64, with so many reads under way at a time."""
    options = tf.data.Options()
    options.threading.private_threadpool_size = threads
    options.autotune.enabled = options.experimental_optimization.apply_default_optimizations = False
    return tf.data.Dataset.range(320).map(store.read, num_parallel_calls=readers).batch(64).with_options(options)


def stages(seed):
    """Waiting and computing of six ways to bring the same batches; the seed is the number of the repetition."""
    kept = pipeline(store, 16).cache()
    list(kept)  # the first epoch fills the cache
    ways = {"Python generator": store.batches(5), "one reader": pipeline(store)}
    ways |= {"16 readers, 2 threads": pipeline(store, 16, threads=2), "16 readers": pipeline(store, 16)}
    ways |= {"cache, second epoch": kept, "arrays in memory": data.tf_data("train", 64, shuffle_seed=seed)}
    times = {name: clock(batches, model.train_on_batch) for name, batches in ways.items()}
    return {(name, part): value for name, each in times.items() for part, value in zip("wc", each, strict=True)}


# %%
staged = lesson.over_seeds(stages, "stages")
total = {name: staged[name, "w"] + staged[name, "c"] for name, part in staged if part == "w"}
floor = mm.training.throughput(model, data)
rows = [[n, *(f"{1e3 * each.mean:.1f}" for each in (staged[n, "w"], staged[n, "c"], total[n]))] for n in total]
rows += [["multiplications and additions alone", "", f"{1e3 * floor.flops / floor.matmul_rate:.2f}", ""]]
lesson.table(["a step, in milliseconds", "waiting", "computing", "both"], rows)

# %% [markdown]
# `map` by itself gains nothing; calls from the pipeline into Python even cost a little. Sixteen readers do gain, but
# only with threads to run on: of a pool of two, as a laptop with two cores has, two read at a time. **Waiting needs
# more threads than cores.** Decoding computes: there the gain ends at the cores, and Python code takes turns (use
# `tf.io`, or processes: Grain, below). In practice write `num_parallel_calls=tf.data.AUTOTUNE`, and a larger pool where
# reading waits. The last line is the floor: what TensorFlow counts in a step, at the rate at which this machine
# multiplies large matrices. A model this small spends its step on other things. The cache asks only once:

# %%
counted = mm.training.FarStore(data.train, seconds=0)
batches = pipeline(counted, readers=16).cache()
reads = [(list(batches), len(counted.asked))[1] for _ in range(3)]  # after each of three epochs
reads

# %% [markdown]
# ## Measure: what would more readers bring?
# Predict before you pay. Only the waiting gets shorter with $k$ readers. With $p = w / (w + c)$, its share, the time is
# $T(k) = c + w / k$ instead of $c + w$, and the speed-up is **Amdahl's law**:
# $$ S(k) = \frac{1}{(1 - p) + p / k} \; < \; \frac{1}{1 - p} . $$
# Let a step take a tenth of a second on a stand-in for a GPU: `time.sleep` again, as the CPU is idle while a GPU
# computes. **`prefetch`** is the other tool: the next batches are fetched *while* the device computes. The two overlap,
# and a step takes as long as the longer: $T = \max(c, w / k)$.


# %%
def speed_ups(seed):
    """Predicted and measured speed-ups over one reader, without and with prefetch."""
    found, (w, c) = {}, gpu(pipeline(store))
    for k in readers:
        batches = pipeline(store, readers=k if k > 1 else None)
        found["Amdahl", k] = (w + c) / (c + w / k)
        found["the longer", k] = (w + c) / max(c, w / k)
        found["measured", k] = (w + c) / sum(gpu(batches))
        found["with prefetch", k] = (w + c) / sum(gpu(batches.prefetch(2)))
    return found | {("limit", k): (w + c) / c for k in readers}


gpu, readers = partial(clock, step=lambda x, y: time.sleep(0.1)), (1, 2, 4, 8, 16)
gains = lesson.over_seeds(speed_ups, "readers")
lines = {name: [gains[name, k] for k in readers] for name in ("the longer", "with prefetch", "measured", "Amdahl")}
title = f"Sixteen readers: {gains['measured', 16].mean:.1f} times as fast; the limit is {gains['limit', 16].mean:.1f}"
mm.plots.curves(title, readers, lines, "reads under way at a time", "speed-up over one reader")

# %% [markdown]
# Amdahl's law holds for few readers (of many, not claimed). Prefetch beats it: the law assumes one thing after another.
# Without waiting, computing is left. Only then is a faster device worth its price.
# ## Measure: three settings of one word
# `steps_per_execution=8` hands TensorFlow eight steps at a time, so Python is asked less often. **XLA**
# (`jit_compile=True`; Keras also takes it where you say nothing and it can) compiles the step into machine code of its
# own. **bfloat16** computes with 16 bits instead of 32. We take *CPU time*, when cores were at work: of the first epoch
# of a new model, and later, of six rounds in turn, the quickest (other programs can only add to it).


# %%
def cost(model, seed, epochs):
    batches, began = data.tf_data("train", 64, shuffle_seed=seed).repeat(epochs), time.process_time()
    model.fit(batches, shuffle=False, verbose=0)
    return 1e3 * (time.process_time() - began) / len(batches)


def costs_of(seed):
    """CPU milliseconds of a step for each setting: in the first epoch of a new model, and later."""
    found, tried = {}, {}
    for name, kinds in settings.items():
        mm.training.precision("mixed_bfloat16" if name == "bfloat16" else "float32")
        tried[name] = compiled(**kinds)
        found["first", name] = cost(tried[name], seed, epochs=1)
    mm.training.precision("float32")
    rounds = [{name: cost(model, seed, epochs=2) for name, model in tried.items()} for _ in range(6)]
    return found | {("later", name): min(each[name] for each in rounds) for name in tried}


settings = {"plain": plain, "8 steps at a time": {**plain, "steps_per_execution": 8}, "XLA": {"jit_compile": True}}
settings |= {"bfloat16": plain}
costs = lesson.over_seeds(costs_of, "settings")
rows = [[name, f"{costs['later', name].mean:.2f}", f"{costs['first', name].mean:.0f}"] for name in settings]
lesson.table(["CPU ms a step", "later", "in the first epoch"], rows)

# %% [markdown]
# Eight steps at a time save CPU on a model this small. Compiling costs XLA its first epoch; whether it pays later
# depends on the layers, and `mm.training.compile_defaults(model)` chooses. 16 bits cost more than 32 on this CPU. On a
# GPU all may gain: measure there with `mm.training.throughput`, and measure accuracy too.
# ## Measure: a training that survives
# The longer a run, the surer that it dies. Weights alone do not take it up again: Adam's means and the place in the
# data belong to its state (with dropout, its random numbers). `mm.training.fit` saves all; for a `tf.data` pipeline of
# your own, `ExactResume` goes on at the last whole epoch. Here is a script (in yours, `mm.load`, `mm.FeatureFusion`,
# `mm.layers.ConcatFusion`, `mm.training.fit`, `mm.training.strategy`):

# %%
Markdown(f"```python\n{inspect.getsource(rehearsal.job)}```")

# %% [markdown]
# It runs here, let alone, on one device. Then as a process of its own, which gets `kill -9` (the signal that no program
# can catch) as soon as it has written two checkpoints. And then the same job again, in the same folder.

# %%
folder = tempfile.mkdtemp()
alone, status = rehearsal.job(f"{folder}/one", "one"), rehearsal.killed(f"{folder}/killed", checkpoints=2)
resumed = rehearsal.job(f"{folder}/killed", "one")
same = rehearsal.apart(f"{folder}/killed", f"{folder}/one") == 0 and resumed.history == alone.history
at = "epoch {}, step {}".format(*resumed.resumed_from)
lesson.findings(f"killed: its exit status is {status}", f"went on at {at}; the same bits: {same}")

# %% [markdown]
# The same, to the last bit. (On a GPU, only after `tf.config.experimental.enable_op_determinism()`.)
# ## Measure: two devices, two processes
# **Data parallelism**: each device has all weights and computes the gradient of its *part* of the batch; the parts are
# averaged, and all take the same step. For a mean loss and equal parts nothing changes but the order of adding. (Batch
# normalisation does change: each uses its own part.) First two devices, then two processes, as two machines would:

# %%
rehearsal.job(f"{folder}/mirrored", "mirrored")
rehearsal.together(f"{folder}/two", processes=2)
speed = {name: rehearsal.speed(f"{folder}/{name}") for name in ("one", "mirrored", "two")}
apart = {name: rehearsal.apart(f"{folder}/{name}", f"{folder}/one") for name in speed}
called = {"one": "one device", "mirrored": "two devices", "two": "two processes"}
rows = [[called[name], f"{speed[name]:.0f}", f"{apart[name]:.0e}"] for name in speed]
lesson.table(["job", "samples/s", "largest difference of a weight from one device"], rows)

# %% [markdown]
# Two give what one gives, to rounding. Check yours, once: in Keras 3 before 3.8 devices did not share gradients as they
# should, and no error said so ([keras#19891](https://github.com/keras-team/keras/issues/19891)).
# ## Break: twice the workers, not twice the speed
# Look at the speeds. Agreeing on a gradient takes time too, and here all share one computer's cores. (Two processes
# also run a loop of ours in place of `fit`.) On machines of their own it is roughly $T = w + c/d + t$ with $d$ devices.
# The talk $t$ grows with the weights, the computing with weights times samples: large batches pay, and layers that use
# a weight often (convolutions, attention over long texts).
# ## Break: the cache in the wrong place
# *Augmentation* (lesson 01) shows a sample differently each time; here noise is added (0.3 of full brightness, 10 dB).
# A `cache` keeps what comes *before* it: one line too late, it keeps the first epoch's noise for ever. No error.


# %%
def noisy(x, y):
    image = x["image"] + 0.3 * tf.random.normal(tf.shape(x["image"]))
    return {"image": image, "audio": x["audio"] + 10.0 * tf.random.normal(tf.shape(x["audio"]))}, y


def epochs_of(part, way, seed):
    """Batches of 64 from epochs without end: without noise, with noise before the cache, or behind it."""
    samples = tf.data.Dataset.from_tensor_slices((part.x, part.y))
    if way == "noise, then cache":
        samples = samples.batch(64).map(noisy).unbatch()
    batches = samples.cache().shuffle(len(part), seed=seed).repeat().batch(64)
    return batches.map(noisy) if way == "cache, then noise" else batches


few, ways, told = data.subset(256), ("no noise", "noise, then cache", "cache, then noise"), {}
for way in ways:
    seen = [x["image"] for x, _ in epochs_of(few.train, way, seed=0).take(20)]  # five epochs
    told[way] = len(np.unique(np.concatenate(seen), axis=0)) / 256  # versions of a sample
told

# %% [markdown]
# One version for ever, or a new one in each epoch. What does that cost? 256 training samples, 60 epochs, everything
# equal but the place of one line (`compile_once` traces the step once for all trainings):


# %%
def learned(seed):
    data, found = mm.load("digits", seed=seed).map({"audio": log_mel}).subset(256, seed), {}
    for way in ways:
        model = learner(seed)
        model.fit(epochs_of(data.train, way, seed), steps_per_epoch=240, shuffle=False, verbose=0)
        found[way] = accuracy(model, data).value
    return found


learner = mm.training.compile_once(lambda seed: compiled(**settings["8 steps at a time"]))
score = lesson.over_seeds(learned, "trainings")
none, frozen, fresh = (score[way] for way in ways)
mm.plots.scores(f"One line apart: {fresh.mean:.2f} and {frozen.mean:.2f}", score, data.baseline())

# %% [markdown]
# Drawn anew the noise does no harm; kept it does: one noise a sample, seen sixty times, is a worse training set. So:
# `paths.map(decode).cache().shuffle(n).map(augment).batch(64).prefetch(2)`. (A cache is complete after one whole pass.)
# ## The ladder: which engine next?
# Take the first that fits *what you have measured*. (Tests look its names up. None of it has been on a cluster.)

# %%
lesson.findings(*mm.training.ladder())

# %% [markdown]
# ## What we saw

# %%
lesson.record(lesson.method("fresh_noise", "256 samples, fresh noise"), fresh, learner(lesson.seeds[0]), few)
times = {name: (total["one reader"] / total[name]).mean for name in total}
cheaper = {name: costs["later", name] / costs["later", "plain"] for name in settings}
against = ", ".join(f"{name} {cheaper[name].mean:.2f}" for name in cheaper if name != "plain")
lesson.findings(
    f"Sixteen readers are {times['16 readers']:.1f} times as fast as one, on two threads "
    f"{times['16 readers, 2 threads']:.1f} times; a cache, {times['cache, second epoch']:.0f} times.",
    f"Four readers: Amdahl says {gains['Amdahl', 4].mean:.2f} times as fast, measured {gains['measured', 4].mean:.2f}, "
    f"with prefetch {gains['with prefetch', 4].mean:.2f}; the limit is {gains['limit', 4].mean:.2f}.",
    f"CPU time of a step against the plain one: {against}. Killed, taken up at {at}: the same bits: {same}.",
    f"No noise **{none.mean:.2f}**, noise drawn anew **{fresh.mean:.2f}**, kept by the cache **{frozen.mean:.2f}**.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
near = all(planted <= each < 1.6 * planted for each in (w, theirs.waiting))
lesson.claim("both clocks find what was planted", near and max(c, theirs.computing) < planted / 2, equal=True)
lesson.claim("map by itself gains nothing", total["Python generator"] / total["one reader"], below=1.1)
lesson.claim("sixteen readers are several times as fast", total["one reader"] / total["16 readers"], above=3.0)
lesson.claim("on two threads, two read", total["one reader"] / total["16 readers, 2 threads"], within=(1.4, 2.5))
lesson.claim("overhead", staged["arrays in memory", "c"] / (floor.flops / floor.matmul_rate), above=2.0)
lesson.claim("a cache asks the store once", str(reads), equal="[320, 320, 320]")
lesson.claim("Amdahl holds for four readers", gains["measured", 4] / gains["Amdahl", 4], within=(0.8, 1.25))
lesson.claim("prefetch beats Amdahl's law", gains["with prefetch", 4] / gains["Amdahl", 4], above=1.1)
lesson.claim("prefetch: the longer counts", gains["with prefetch", 4] / gains["the longer", 4], within=(0.8, 1.15))
lesson.claim("eight steps at a time save CPU", cheaper["8 steps at a time"], below=0.9)
lesson.claim("16 bits cost CPU", cheaper["bfloat16"], above=1.0)
lesson.claim("XLA's first epoch is dear", costs["first", "XLA"] / costs["first", "plain"], above=1.3)
lesson.claim("killed in the middle", status != 0 and (0, 0) < resumed.resumed_from < (8, 0), equal=True)
lesson.claim("resumed: the same bits", same, equal=True)
lesson.claim("two devices and two processes equal one", max(apart.values()) < 1e-4, equal=True)
for name in ("mirrored", "two"):
    lesson.claim(f"{called[name]} are not twice as fast", speed[name] < 1.5 * speed["one"], equal=True)
lesson.claim("versions of a sample in five epochs", str(list(told.values())), equal="[1.0, 1.0, 5.0]")
lesson.claim("noise drawn anew beats the same noise kept", fresh - frozen, above=0.06)
lesson.claim("noise kept does harm", frozen - none, below=-0.02)
lesson.claim("noise drawn anew does no harm", fresh - none, above=-0.03)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Does *your* training wait? (`train_on_batch` gives the loss, so it ends when the device has ended.)

# %% tags=["own"]
import time

import keras
import numpy as np

image, audio = np.random.default_rng(0).normal(size=(2, 640, 16)).astype("float32")
label, waits, works, began = np.arange(640) % 10, [], [], time.perf_counter()
inputs = [keras.Input((16,)), keras.Input((16,))]
model = keras.Model(inputs, keras.layers.Dense(10)(keras.layers.Concatenate()(inputs)))
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
for rows in np.arange(640).reshape(-1, 64):
    time.sleep(0.02)  # your reading and decoding, instead
    x, y, got = [image[rows], audio[rows]], label[rows], time.perf_counter()
    model.train_on_batch(x, y)
    waits, works, began = [*waits, got - began], [*works, time.perf_counter() - got], time.perf_counter()
f"waiting {np.mean(waits[2:]):.4f} s, computing {np.mean(works[2:]):.4f} s a step"

# %% [markdown]
# ## Exercises
# ### Exercise 1 · The planted bottleneck (20 minutes)
# `stages` is a dict, name -> function: a sample goes through them in turn, each gets what the one before gave. Write
# `slowest(stages, samples)`: the stage that takes most time. Send **all** of the iterable `samples` through, and count
# no time of the first, in which a stage may set itself up.


# %% tags=["exercise"]
# stub
def slowest(stages, samples): ...  # your code here
# solution
def slowest(stages, samples):
    from time import perf_counter

    spent = dict.fromkeys(stages, 0.0)
    for number, sample in enumerate(samples):
        for name, stage in stages.items():
            began, sample = perf_counter(), stage(sample)
            spent[name] += (perf_counter() - began) * (number > 0)
    return max(spent, key=spent.get)


# end
lesson.check(1, slowest)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · Predict before you pay (15 minutes)
# Write `speed_up(waiting, computing, readers=1, devices=1, prefetch=False)`: how many times as fast a step gets when
# readers divide the waiting and devices the computing. Before, there is one of each and no prefetch.


# %% tags=["exercise"]
# stub
def speed_up(waiting, computing, readers=1, devices=1, prefetch=False): ...  # your code here
# solution
def speed_up(waiting, computing, readers=1, devices=1, prefetch=False):
    parts = waiting / readers, computing / devices
    return (waiting + computing) / (max(parts) if prefetch else sum(parts))


# end
lesson.check(2, speed_up)  # stuck? lesson.hint(2)

# %% [markdown]
# ### Exercise 3 · The right place for the cache (20 minutes)
# `numbers` is a `tf.data.Dataset`; `decode` (slow, always the same) and `augment` (quick, never the same) are functions
# for `map`. Write `cached(numbers, decode, augment)`: each number is decoded once for all epochs, augmented in each.


# %% tags=["exercise"]
# stub
def cached(numbers, decode, augment): ...  # your code here
# solution
def cached(numbers, decode, augment):
    return numbers.map(decode).cache().map(augment)


# end
lesson.check(3, cached)  # stuck? lesson.hint(3)

# %% [markdown]
# ## Further reading
# - D. Murray et al., *tf.data: A machine learning data processing framework*, [2021](https://arxiv.org/abs/2101.12127).
# - J. Austin et al., *How to scale your model*, [2025](https://jax-ml.github.io/scaling-book/roofline), chapter 1.
