# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 24 · Scaling up: where does the time go?
# After this lesson you can say what a training waits for, before you buy anything to shorten it.
# **You will learn** to *split* a step into waiting and computing; *build* an input pipeline and *predict* what more
# readers or a faster device would bring; *place* a cache; *resume* a killed run with the same bits; *check* that two
# devices and two processes give what one gives; *choose* the next engine on a ladder that ends at a cluster.
# **Before you start**: [03](03_audio.ipynb) on log-mel pictures, [06](06_linear_fusion.ipynb) on fusion.
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("24")

import inspect
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from mmcourse.data.audio import log_mel
from mmcourse.evaluation import accuracy

lesson

# %% [markdown]
# This lesson measures the CPU, so it hides a GPU if there is one. And it cuts the CPU into two *logical devices*: to
# TensorFlow they look like two GPUs of one machine. That must come before TensorFlow computes anything.

# %%
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # for the processes that we will start
tf.config.set_visible_devices([], "GPU")
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
tf.config.threading.set_inter_op_parallelism_threads(4)  # on one thread two devices would wait for each other
tf.config.list_logical_devices()

# %% [markdown]
# ## See: a step is waiting, then computing
# The data is `digits`, handwritten and spoken, the sound as a log-mel picture (lesson 03). The model is small: a
# dense layer for each modality, their features side by side, two dense layers more. A training step takes a *batch* of
# 64 samples. Before the model can compute, somebody must bring them. Who waits for whom?

# %%
raw = mm.load("digits")
raw.show(4)

# %%
data = raw.map({"audio": log_mel})  # (N, 24, 32): bands, frames


def network():
    """Image and log-mel picture to the scores of ten digits."""
    see = keras.Sequential([layers.Flatten(), layers.Dense(64, "relu")])
    hear = keras.Sequential([layers.Rescaling(1 / 40), layers.Flatten(), layers.Dense(64, "relu")])
    head = keras.Sequential([layers.Dense(64, "relu"), layers.Dense(10)])
    return mm.FeatureFusion({"image": see, "audio": hear}, mm.layers.ConcatFusion(), head)


def compiled(**settings):
    """A new model, compiled."""
    model = network()
    model({name: samples[:2] for name, samples in data.train.x.items()})
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(2e-3), loss, **settings)
    return model


plain = {"jit_compile": False}  # no XLA: see below
model = compiled(**plain)
model.fit(data.tf_data("train", 64, shuffle_seed=0), shuffle=False, verbose=0)  # so that it is traced
mm.plots.diagram(model, "Small: a few milliseconds a step")

# %% [markdown]
# ## Build: a clock
# A step takes $T = w + c$: seconds of waiting for the batch, and of computing. Take the time after each part. The
# first two steps are left out: what is made once is made there.


# %%
def clock(batches, step):
    """Mean seconds per step of waiting, w, and of computing, c."""
    waits, works, began = [], [], time.perf_counter()
    for x, y in batches:
        got = time.perf_counter()
        step(x, y)
        done = time.perf_counter()
        waits.append(got - began)  # w
        works.append(done - got)  # c
        began = done
    return np.mean(waits[2:]), np.mean(works[2:])


# %% [markdown]
# Now something to wait for. A `Store` is a disk in another room: it takes 2 milliseconds to answer. Here that is
# `time.sleep`, an honest stand-in: the computer is idle meanwhile, as it is when a disk or a network is slow. The store
# keeps a list of what it was asked for.


# %%
class Store:
    """Samples that are far away."""

    def __init__(self, part, seconds=0.002):
        self.part, self.seconds, self.asked = part, seconds, []

    def read(self, index):
        time.sleep(self.seconds)
        self.asked.append(index)
        return self.part.x["image"][index], self.part.x["audio"][index], self.part.y[index]


def generator(store, samples=320):
    """Plain Python: batches of 64, one read after the other."""
    for start in range(0, samples, 64):
        image, audio, label = map(np.stack, zip(*[store.read(start + i) for i in range(64)], strict=True))
        yield {"image": image, "audio": audio}, label


store = Store(data.train)
w, c = clock(generator(store), model.train_on_batch)
theirs = mm.training.input_bound(model, generator(store))
planted = 64 * store.seconds
lesson.table(
    ["", "waiting", "computing"],
    [["clock", f"{w:.3f} s", f"{c:.3f} s"], ["package", *map("{:.3f} s".format, (theirs.waiting, theirs.computing))]],
)

# %% [markdown]
# 64 reads of 2 ms are 128 ms, and both clocks find them: `sleep` may last longer than asked, never shorter. The
# package adds a verdict:

# %%
theirs

# %% [markdown]
# A computer with a hundred times the computing power would take nearly as long. That is what *input-bound* means, and
# why to measure comes first.
# ## Measure: a pipeline, stage by stage
# `tf.data` is TensorFlow's library for pipelines. `map` applies a function to each sample; with `num_parallel_calls` it
# keeps several calls under way. They run on *threads* (workers inside one process), of a pool that is as large as the
# number of cores if nobody says otherwise. TensorFlow also tunes pipelines by itself and adds a `prefetch`, see below;
# we switch that off to see each stage alone.


# %%
def pipeline(store, readers=None, threads=32, samples=320):
    """Batches of 64, with so many reads under way at a time."""

    def read(index):
        kinds = (tf.float32, tf.float32, tf.int64)
        image, audio, label = tf.numpy_function(store.read, [index], kinds)  # Python inside a pipeline
        x = {"image": tf.ensure_shape(image, (8, 8, 1)), "audio": tf.ensure_shape(audio, (24, 32))}
        return x, tf.ensure_shape(label, ())

    options = tf.data.Options()
    options.threading.private_threadpool_size = threads
    options.autotune.enabled = options.experimental_optimization.inject_prefetch = False
    return tf.data.Dataset.range(samples).map(read, num_parallel_calls=readers).batch(64).with_options(options)


def stages(seed):
    """Waiting and computing of six ways to bring the same batches; the seed is the number of the repetition."""
    store = Store(data.train)
    kept = pipeline(store, readers=16).cache()
    for _ in kept:  # the first epoch fills the cache
        pass
    ways = {"Python generator": generator(store), "map, one reader": pipeline(store)}
    ways["map, 16 readers on 2 threads"] = pipeline(store, readers=16, threads=2)
    ways |= {"map, 16 readers": pipeline(store, readers=16), "cache, second epoch": kept}
    ways["arrays in memory"] = data.tf_data("train", 64, shuffle_seed=seed)
    times = {name: clock(batches, model.train_on_batch) for name, batches in ways.items()}
    return {(name, part): value for name, each in times.items() for part, value in zip("wc", each, strict=True)}


staged = lesson.over_seeds(stages, "stages")
names = list(dict.fromkeys(name for name, _ in staged))
rate = {name: 64 / (staged[name, "w"] + staged[name, "c"]).mean for name in names}
floor = mm.training.throughput(model, data)
rows = [[n, f"{1e3 * staged[n, 'w'].mean:.1f}", f"{1e3 * staged[n, 'c'].mean:.1f}", f"{rate[n]:.0f}"] for n in names]
rows += [
    [
        "matrix products alone",
        "",
        f"{1e3 * floor.flops / floor.matmul_rate:.2f}",
        f"{64 * floor.matmul_rate / floor.flops:.0f}",
    ]
]
lesson.table(["pipeline", "waiting, ms", "computing, ms", "samples/s"], rows)

# %% [markdown]
# `map` by itself gains nothing over plain Python. Sixteen readers do, but only with threads to run on: a pool of two,
# which is what a laptop with two cores gets, has two reads under way whatever you ask for. **Waiting needs more
# threads than cores.** (For *computing* that would gain nothing.) From a cache there is nothing left to wait for: after
# the first epoch the store is not asked again. Count it:

# %%
counted, reads = Store(data.train, seconds=0), []
batches = pipeline(counted, readers=16).cache()
for _ in range(3):  # epochs
    list(batches)
    reads.append(len(counted.asked))
reads

# %% [markdown]
# The last line is the floor: the *floating-point operations* of a step (multiplications and additions, counted by
# TensorFlow) at the rate at which this machine multiplies large matrices. A step this small is mostly overhead.
# ## Measure: what would more readers bring?
# Predict before you pay. Only the waiting gets shorter with $k$ readers. With $p = w / (w + c)$, its share, the time
# is $T(k) = c + w / k$ instead of $c + w$, and the speed-up is **Amdahl's law**:
# $$ S(k) = \frac{1}{(1 - p) + p / k} \; < \; \frac{1}{1 - p} . $$
# To have something to compute for, let the step take a tenth of a second on a stand-in for a GPU: `time.sleep` again,
# as the CPU is idle while a GPU computes. We measure $w$ and $c$ with one reader, predict, and try.
# **`prefetch`** is the other tool: the next batches are fetched *while* the device computes. Then the two overlap, and
# a step takes as long as the longer: $T = \max(c, w / k)$.


# %%
def gpu(x, y):
    """A training step on a device that leaves the CPU idle."""
    time.sleep(0.1)


readers = (1, 2, 4, 8, 16)


def speed_ups(seed):
    """Predicted and measured speed-ups over one reader, without and with prefetch."""
    store = Store(data.train)
    w, c = clock(pipeline(store), gpu)
    found = {("limit", 0): (w + c) / c}
    for k in readers:
        found["Amdahl", k] = 1 / (c / (w + c) + w / (w + c) / k)
        batches = pipeline(store, readers=k if k > 1 else None)
        found["measured", k] = (w + c) / sum(clock(batches, gpu))
        found["with prefetch", k] = (w + c) / sum(clock(batches.prefetch(2), gpu))
    return found


gains = lesson.over_seeds(speed_ups, "readers")
limit = gains.pop(("limit", 0))
lines = {name: [gains[name, k] for k in readers] for name in ("Amdahl", "measured", "with prefetch")}
title = f"However many readers: {lines['measured'][-1].mean:.1f} times as fast; the limit is {limit.mean:.1f}"
mm.plots.curves(title, readers, lines, "reads under way at a time", "speed-up over one reader")

# %% [markdown]
# Amdahl's law holds to a few per cent. (Many readers beat it a little: they work ahead on a few samples.) Prefetch
# beats it, since the law assumes one thing after the other. But nothing passes the limit: when all waiting is gone,
# computing is left. Only then is a faster device worth its price; and from then on, it is computing that Amdahl's law
# asks about: a device ten times as fast makes the *computing* ten times as short, and you wait again.
# ## Measure: settings that cost nothing
# Three settings promise faster computing. `steps_per_execution=8` hands TensorFlow eight steps at a time, so Python is
# asked less often. **XLA** (`jit_compile=True`) compiles the step into machine code of its own. **bfloat16** computes
# with 16 bits instead of 32. On a busy machine the wall clock tells little, so we take the CPU's: the milliseconds that
# cores worked for this process, per step.

# %%
settings = {"plain": plain, "8 steps per execution": {**plain, "steps_per_execution": 8}, "XLA": {"jit_compile": True}}
tried, first_epoch = {}, {}
for name in (*settings, "bfloat16"):
    mm.training.precision("mixed_bfloat16" if name == "bfloat16" else "float32")
    began = time.process_time()
    tried[name] = compiled(**settings.get(name, plain))
    tried[name].fit(data.tf_data("train", 64, shuffle_seed=0), shuffle=False, verbose=0)
    first_epoch[name] = time.process_time() - began
mm.training.precision("float32")


def cost(model, seed):
    """CPU milliseconds of a step."""
    batches = data.tf_data("train", 64, shuffle_seed=seed).repeat(4)
    began = time.process_time()
    model.fit(batches, shuffle=False, verbose=0)
    return 1e3 * (time.process_time() - began) / len(batches)


costs = lesson.over_seeds(lambda seed: {name: cost(model, seed) for name, model in tried.items()}, "settings")
rows = [[name, f"{costs[name].mean:.2f}", f"{first_epoch[name]:.1f}"] for name in costs]
lesson.table(["setting", "CPU ms a step", "CPU s, first epoch"], rows)

# %% [markdown]
# Eight steps at a time save CPU on a model as small as this. XLA pays for its compiling in the first epoch, and this
# processor has no fast path for 16 bits at this size. On a GPU both may pay; `mm.training.precision()` and
# `mm.training.compile_defaults(model)` choose by what was measured.
# ## Measure: a training that cannot be killed
# The longer a run and the more machines, the surer that one dies. Weights alone do not take a run up again: Adam's
# means, dropout's random numbers and the place in the data are part of its state. `mm.training.fit` saves all of it.
# A run is a script. This one does not know how many devices or processes it runs on; `strategy` finds out.


# %%
def job(folder, kind="auto"):
    """A training script: checkpoints in the folder, and at the end the weights and the speed."""
    import keras
    import numpy as np
    from keras import layers

    import mmcourse as mm
    from mmcourse.data.audio import log_mel

    scale, data = mm.training.strategy(kind), mm.load("digits").map({"audio": log_mel})
    keras.utils.set_random_seed(24)
    with scale.scope():
        see = keras.Sequential([layers.Flatten(), layers.Dropout(0.2), layers.Dense(32, "relu")])
        hear = keras.Sequential([layers.Rescaling(1 / 40), layers.Flatten(), layers.Dense(32, "relu")])
        model = mm.FeatureFusion({"image": see, "audio": hear}, mm.layers.ConcatFusion(), layers.Dense(10))
        model({name: samples[:2] for name, samples in data.train.x.items()})
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    rules = {"seed": 24, "batch_size": 128, "checkpoint_dir": f"{folder}/checkpoints", "checkpoint_every": 3}
    run = mm.training.fit(model, data, epochs=8, progress=False, **rules)
    if scale.rank == 0:
        weights = [np.asarray(variable) for variable in model.trainable_variables]
        np.savez(f"{folder}/end.npz", *weights, speed=run.examples_per_second)
    return run


# %% [markdown]
# We run it here, let alone, on one device. Then as a process of its own, which gets `kill -9` (the signal that no
# program can catch) as soon as it has written two checkpoints. And then the same script again, in the same folder.

# %%
folder = Path(tempfile.mkdtemp())
script = folder / "train.py"
script.write_text(inspect.getsource(job) + '\n\nif __name__ == "__main__":\n    import sys\n\n    job(*sys.argv[1:])\n')
for name in ("one", "killed", "mirrored", "two"):
    (folder / name).mkdir()
alone = job(folder / "one", "one")
victim = subprocess.Popen([sys.executable, script, folder / "killed"], stderr=subprocess.DEVNULL)
while victim.poll() is None and len(list((folder / "killed").glob("checkpoints/step-*"))) < 2:
    time.sleep(0.02)
victim.kill()
victim.wait(), [path.name for path in sorted((folder / "killed").rglob("*")) if path.is_file()]

# %%
resumed = job(folder / "killed", "one")


def apart(name):
    """The largest difference of a weight from the run that was let alone."""
    mine, theirs = (np.load(folder / which / "end.npz") for which in (name, "one"))
    return max(float(np.abs(mine[key] - theirs[key]).max()) for key in mine if key != "speed")


same = apart("killed") == 0 and resumed.history == alone.history
f"went on at epoch {resumed.resumed_from[0]}, step {resumed.resumed_from[1]}: the same bits: {same}"

# %% [markdown]
# Every weight is the same to the last bit, and so is the history. So a kill costs at most three steps.
# ## Measure: two devices, two processes
# **Data parallelism**: each device has all weights and computes the gradient of its *part* of the batch; the parts are
# averaged, all take the same step. The mean over a batch is the mean over its halves' means, so nothing changes but
# the order of adding:
# $$ \frac1N \sum_{i=1}^{N} \nabla \ell_i = \frac12 \Big( \frac2N \sum_{i \le N/2} \nabla \ell_i + \frac2N
# \sum_{i > N/2} \nabla \ell_i \Big) . $$
# First with two devices in this process (`MirroredStrategy`), then as two processes, which talk over the network as two
# machines would. `mmcourse launch` starts them and tells each its place.

# %%
job(folder / "mirrored", "mirrored")
command = [sys.executable, "-m", "mmcourse.cli", "launch", "--processes", "2", "--logs", folder / "logs"]
launched = subprocess.run([*command, script, folder / "two"], capture_output=True, text=True, check=False)
speed = {name: float(np.load(folder / name / "end.npz")["speed"]) for name in ("one", "mirrored", "two")}
labels = {"one": "one device", "mirrored": "two devices, one process", "two": "two processes"}
lesson.table(
    ["", "samples/s", "largest difference of a weight"],
    [[labels[name], f"{speed[name]:.0f}", f"{apart(name):.0e}"] for name in speed],
)

# %% [markdown]
# Two give what one gives, to rounding. Check that in your own set-up, once: until the end of 2024, Keras 3 under this
# very strategy did not share the gradients, and no error said so
# ([keras#19891](https://github.com/keras-team/keras/issues/19891)).
# ## Break: twice the workers, not twice the speed
# Look at the speeds. A step of this model takes milliseconds; agreeing on the gradients takes longer. And the two
# share one computer's cores. More workers pay where a step computes long and talks little: large models, large
# batches, several machines. The test is the one above: *measure w, c and, now, the talking*.
# ## Break: the cache in the wrong place
# *Augmentation* (lesson 01) shows a sample differently each time; here we add noise to image and sound. A `cache` keeps
# what comes *before* it. Put it behind the augmentation, one line too late, and the first epoch's noise is kept for ever.
# No error, and the pipeline is even faster.


# %%
def noisy(x, y):
    """The same batch with other noise in each call."""
    image = x["image"] + 0.3 * tf.random.normal(tf.shape(x["image"]))
    return {"image": image, "audio": x["audio"] + 10.0 * tf.random.normal(tf.shape(x["audio"]))}, y


def training_data(part, way, seed):
    """Batches of 64 of an endless row of epochs: without noise, with noise before the cache, and behind it."""
    samples = tf.data.Dataset.from_tensor_slices((part.x, part.y))
    if way == "noise, then cache":
        samples = samples.batch(64).map(noisy).unbatch()
    samples = samples.cache().shuffle(len(part), seed=seed).repeat()
    batches = samples.batch(64)
    return batches.map(noisy) if way == "cache, then noise" else batches


ways = ("no noise", "noise, then cache", "cache, then noise")


def versions(part, way, epochs=5):
    """In how many versions a sample comes in so many epochs."""
    batches = training_data(part, way, 0).take(epochs * len(part) // 64)
    seen = np.concatenate([x["image"] for x, _ in batches])
    return len(np.unique(seen, axis=0)) / len(part)


few = data.subset(256)
told = {way: versions(few.train, way) for way in ways}
told

# %% [markdown]
# One version for ever, or a new one in each epoch. What does it cost? 256 training samples, 60 epochs, everything
# equal but the place of one line:

# %%
learner = mm.training.compile_once(lambda seed: compiled(**settings["8 steps per execution"]))


def learned(seed):
    """Test accuracy with each way of the noise."""
    data, found = mm.load("digits", seed=seed).map({"audio": log_mel}).subset(256, seed), {}
    for way in ways:
        model = learner(seed)
        model.fit(training_data(data.train, way, seed), steps_per_epoch=240, shuffle=False, verbose=0)
        found[way] = accuracy(model, data).value
    return found


score = lesson.over_seeds(learned, "trainings")
methods = {way: lesson.method(way.replace(", then ", "_").replace(" ", "_"), way) for way in ways}
title = f"The same noise, one line apart: {score[ways[2]].mean:.2f} and {score[ways[1]].mean:.2f}"
mm.plots.scores(title, {methods[way]: score[way] for way in ways}, data.baseline())

# %% [markdown]
# Drawn anew, the noise helps. Kept by the cache, the same noise does harm: the network learns 256 spoilt samples by
# heart. **Cache what is costly and always the same; then shuffle, augment, batch, prefetch.** `mm.training.cached`
# also looks whether memory or disk has the room.
# ## The ladder: which engine next?
# Nothing here has to be built by hand. Take the lowest rung that removes *what you have measured*.

# %%
rungs = mm.training.ladder()
lesson.table(
    ["when you have measured that", "take", "known trap"],
    [[rung.when, f"[{rung.engine}]({rung.link})", rung.trap] for rung in rungs],
)

# %% [markdown]
# Each rung holds the few lines to start with. For several hosts, and for a cluster that Kubernetes runs:

# %%
chosen = [rung for rung in rungs if rung.engine in ("keras.distribution.initialize", "Kubeflow JAXJob")]
lesson.findings(*(f"{rung.engine}\n\n```{rung.kind}\n{rung.snippet}```" for rung in chosen))

# %% [markdown]
# The project's tests compile every snippet and look up each name in the installed library; what two cores can run
# they run. They have not been on a cluster.
# ## What we saw

# %%
lesson.record(methods[ways[2]], score[ways[2]], learner(lesson.seeds[0]), few)
pool = "map, 16 readers on 2 threads"
lesson.findings(
    f"One reader: {rate['map, one reader']:.0f} samples/s; sixteen: {rate['map, 16 readers']:.0f}, on a pool of two "
    f"threads {rate[pool]:.0f}; from the cache {rate['cache, second epoch']:.0f}.",
    f"Amdahl predicted {gains['Amdahl', 4].mean:.2f} times the speed for four readers, measured "
    f"{gains['measured', 4].mean:.2f}, with prefetch {gains['with prefetch', 4].mean:.2f}; the limit {limit.mean:.2f}.",
    f"CPU time of a step against plain: eight at a time {(costs['8 steps per execution'] / costs['plain']).mean:.2f}, "
    f"XLA {(costs['XLA'] / costs['plain']).mean:.2f}, bfloat16 {(costs['bfloat16'] / costs['plain']).mean:.2f}.",
    f"Killed at step {resumed.resumed_from[1]} of epoch {resumed.resumed_from[0]} or soon after: same bits: {same}.",
    f"Two processes at {speed['two'] / speed['one']:.2f} times the speed of one, weights {apart('two'):.0e} apart.",
    f"Noise behind the cache {score[ways[2]].mean:.2f}, before it {score[ways[1]].mean:.2f}, none {score[ways[0]].mean:.2f}.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("both clocks find what was planted", min(w, theirs.waiting), above=0.999 * planted)
gain = {
    name: (staged["map, one reader", "w"] + staged["map, one reader", "c"]) / (staged[name, "w"] + staged[name, "c"])
    for name in names
}
lesson.claim("sixteen readers are several times faster than one", gain["map, 16 readers"], above=3.0)
lesson.claim("not on two threads", gain[pool], below=2.8)
lesson.claim(
    "one reader: almost all is waiting",
    staged["map, one reader", "w"] / (staged["map, one reader", "w"] + staged["map, one reader", "c"]),
    above=0.7,
)
lesson.claim("a cache asks the store once", reads, equal=[320, 320, 320])
for k in (2, 4, 8):
    lesson.claim(f"Amdahl holds for {k} readers", gains["measured", k] / gains["Amdahl", k], within=(0.8, 1.3))
lesson.claim("prefetch beats Amdahl's law", gains["with prefetch", 4] / gains["Amdahl", 4], above=1.1)
lesson.claim("nothing passes the limit", gains["with prefetch", 16] / limit, below=1.1)
lesson.claim("eight steps at a time save CPU", costs["8 steps per execution"] / costs["plain"], below=0.9)
lesson.claim("bfloat16 costs CPU", costs["bfloat16"] / costs["plain"], above=1.1)
lesson.claim("killed in the middle", (0, 0) < resumed.resumed_from < (8, 0), equal=True)
lesson.claim("resumed: the same bits", same, equal=True)
lesson.claim("two devices equal one", apart("mirrored"), below=1e-4)
lesson.claim("two processes equal one", apart("two"), below=1e-4)
lesson.claim("versions of a sample in five epochs", [told[way] for way in ways], equal=[1.0, 1.0, 5.0])
fresh, frozen, none = score[ways[2]], score[ways[1]], score[ways[0]]
lesson.claim("drawn anew, the noise beats the same noise kept", fresh - frozen, above=0.08)
lesson.claim("kept, it does harm", frozen - none, below=-0.04)
lesson.claim("drawn anew, it helps", fresh - none, above=0.01)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Does *your* training wait? Put your own batches in the place of `batches`, and your model in that of `model`.

# %% tags=["own"]
import time

import keras
import numpy as np

image, audio = np.random.default_rng(0).normal(size=(2, 640, 16)).astype("float32")
label, waits, works = np.arange(640) % 10, [], []
inputs = [keras.Input((16,)), keras.Input((16,))]
model = keras.Model(inputs, keras.layers.Dense(10)(keras.layers.Concatenate()(inputs)))
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
batches, began = ((np.arange(64) + start) for start in range(0, 640, 64)), time.perf_counter()
for rows in batches:
    time.sleep(0.02)  # your reading and decoding, instead
    x, y, got = [image[rows], audio[rows]], label[rows], time.perf_counter()
    model.train_on_batch(x, y)
    waits, works, began = [*waits, got - began], [*works, time.perf_counter() - got], time.perf_counter()
f"waiting {np.mean(waits[2:]):.4f} s, computing {np.mean(works[2:]):.4f} s a step"

# %% [markdown]
# ## Exercises
# ### Exercise 1 · The planted bottleneck (20 minutes)
# `stages` is a dict, name -> function: a sample goes through them one after the other, each gets what the one before
# gave. Write `slowest(stages, samples)`: the name of the stage that takes most time over all samples. The first sample
# does not count: some stages are slow only once.


# %% tags=["exercise"]
# stub
def slowest(stages, samples): ...  # your code here
# solution
def slowest(stages, samples):
    spent = dict.fromkeys(stages, 0.0)
    for number, sample in enumerate(samples):
        for name, stage in stages.items():
            began = time.perf_counter()
            sample = stage(sample)
            spent[name] += (time.perf_counter() - began) * (number > 0)
    return max(spent, key=spent.get)


# end
lesson.check(1, slowest)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · Predict before you pay (15 minutes)
# Write `speed_up(waiting, computing, readers=1, devices=1, prefetch=False)`: how many times as fast a step becomes when
# waiting is divided by `readers` and computing by `devices`, without prefetch before and with or without after.


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
# `numbers` is a `tf.data.Dataset` of whole numbers; `decode` (slow, always the same) and `augment` (quick, different in
# each call) are functions for `map`. Write `cached(numbers, decode, augment)`: a dataset that decodes each number once
# in all epochs and augments it anew in each.


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
# - D. Murray, J. Šimša, A. Klimovic, I. Indyk, *tf.data: A Machine Learning Data Processing Framework*
#   ([2021](https://arxiv.org/abs/2101.12127)): the design of these pipelines, and what millions of jobs wait for.
# - J. Austin and others, *How to Scale Your Model* ([2025](https://jax-ml.github.io/scaling-book/)), chapter 1: is it
#   the arithmetic, the memory or the network? The same question as here, inside the device.
# - G. Amdahl, *Validity of the single processor approach to achieving large scale computing capabilities* (1967): the
#   law, in words.
