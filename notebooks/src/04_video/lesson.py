# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 04 · Video: what only the order tells
#
# After this lesson you can say if a model of films uses time, and what film and sound or picture can know together.
#
# **You will learn** to
# - *build* motion from differences of shifted frames,
# - *measure* six ways to read a film, and *prove* what averaging over frames can never know,
# - *explain* why shuffled frames still tell something,
# - *compare* film and tone, film and still picture, with their ceilings.
#
# **Before you start**: [01 · images](01_images.ipynb) for the CNN, [02 · text](02_text.ipynb) for the GRU.
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("04")

from dataclasses import replace

import keras
import numpy as np
from keras import layers, ops
from scipy import fft

from mmcourse.data.making.sprites import sprite
from mmcourse.data.sets.motion import DIRECTIONS, STEPS

lesson

# %% [markdown]
# ## See: films in which no frame tells
# In `motion` two shapes move together, in one of eight directions: the label. What leaves the picture on one side comes
# back on the other. Of each film of 8 frames, `show` has every second:

# %%
first = lesson.seeds[0]
films = mm.load("motion", train=1000, val=50, seed=first)
films.show(4)

# %% [markdown]
# Cover all frames but one: nothing is left to go by. Films start anywhere, with equal probability, so each frame by
# itself looks the same for every direction, and *from one frame* nobody is right more often than one time in eight. Now
# run a film backwards in your mind: the same frames, and the opposite label. *Without the order* nobody tells the two
# apart, and at most one of them is answered rightly: at most half of films and reversals. Whatever takes a mean over
# frames, of pixels, of features or of answers, does not know the order.
#
# ## Build: motion, without learning
# To know a direction is to compare. Move frame $t$ by a step $\delta$ (a direction, 1 or 2 pixels) and subtract it from
# the next frame. Where $\delta$ is the true motion, little is left:
#
# $$ D(\delta) = \frac{1}{T-1} \sum_t \operatorname{mean}\, \lvert x_{t+1} - \operatorname{shift}_\delta x_t \rvert . $$
#
# Video codecs find motion in this way, block by block. The direction with the smallest $D$ is our answer:


# %%
def differences(film):
    """D for 8 directions and 2 speeds, as a share of their mean: (N, 8, 24, 24, 3) bytes to (N, 16)."""
    x = film.mean(axis=-1, dtype="float32") / 255  # grey
    steps = [speed * step for speed in (1, 2) for step in STEPS]
    left = np.stack([np.abs(x[:, 1:] - np.roll(x[:, :-1], step, (2, 3))).mean((1, 2, 3)) for step in steps], axis=1)
    return left / left.mean(axis=1, keepdims=True)


by_hand = float(np.mean(differences(films.test.x["video"]).argmin(axis=1) % 8 == films.test.y))
by_hand

# %% [markdown]
# Nothing was learned. (`np.roll` shifts a picture without edges exactly; in a real film something always remains.)
#
# ## Check: a recurrent reader of frames
# The usual learned way: a small CNN turns each frame into features $f_t$, and a *GRU* (lesson 02) reads them in order;
# its last state stands for the film. `VideoEncoder` is that: an `ImageEncoder` on every frame (lesson 01) and a GRU. To
# be quick, CNNs here see every second frame, in grey and at half the size. The parts by hand, and their largest
# difference to the layer:


# %%
def halved(films):
    """(N, 8, 24, 24, 3) bytes to every second frame in grey, at half the size, (N, 4, 12, 12, 1) in [0, 1]."""
    grey = films[:, ::2].mean(axis=-1, dtype="float32") / 255
    return grey.reshape(-1, 4, 12, 2, 12, 2).mean(axis=(3, 5))[..., None]


def exposed(films):
    """The mean of all frames in grey, at half the size, for later: to (N, 12, 12, 1) in [0, 1]."""
    grey = films.mean(axis=(1, 4), dtype="float32") / 255
    return grey.reshape(-1, 12, 2, 12, 2).mean(axis=(2, 4))[..., None]


clip, encoder = halved(films.test.x["video"][:3]), mm.layers.VideoEncoder(64, (8, 16))
theirs = encoder(clip)
each_frame = ops.stack([encoder.frames(clip[:, t]) for t in range(4)], axis=1)  # f_t, (3, 4, 64)
difference = float(ops.max(ops.abs(encoder.reader(each_frame) - theirs)))
difference

# %% [markdown]
# ## Measure: six readers of a film
# - **one frame**: a CNN on the first; **averaged answers**: the same on each frame, the mean of its probabilities;
# - **pooled features**: a CNN on each frame, the *mean* of its features, a linear layer; trained as one;
# - **stacked frames**: the frames as the channels of one image, a CNN; **CNN and GRU**: `VideoEncoder`;
# - **shifted differences**: the 16 numbers $D$, a linear layer.

# %%
names = {"one": "one frame", "averaged": "averaged answers", "pooled": "pooled features", "stacked": "stacked frames"}
names |= {"gru": "CNN and GRU", "shifts": "shifted differences"}
one, averaged, pooled, stacked, gru, shifts = (lesson.method(*name, modality="video") for name in names.items())
VIEWS = {one: lambda films: halved(films)[:, 0], shifts: differences}  # what a reader sees of a film


def reader(kind, shape):
    """A Keras model from what a reader sees to logits, a score for each direction."""
    film = keras.Input(shape, name="video")
    if kind is shifts:
        features = layers.BatchNormalization(momentum=0.9)(film)
    elif kind is gru:
        features = mm.layers.VideoEncoder(64, (8, 16))(film)
    elif kind is pooled:
        frames = mm.layers.ImageEncoder(64, (8, 16))(ops.reshape(film, (-1, *shape[1:])))
        features = ops.mean(ops.reshape(frames, (-1, shape[0], 64)), axis=1)
    else:
        channels = layers.Permute((2, 3, 1, 4))(film) if kind is stacked else film
        channels = layers.Reshape((*shape[-3:-1], -1))(channels)
        features = mm.layers.ImageEncoder(64, (8, 16))(channels)
    return keras.Model({"video": film}, layers.Dense(8)(features))


mm.plots.diagram(reader(one, (12, 12, 1)), "The reader of one frame: a CNN and eight logits")


# %%
def learn(kind, data, seed):
    """A reader, trained on a set of films."""
    seen = data.map({"video": VIEWS.get(kind, halved)})

    def make():
        return reader(kind, seen.modalities["video"].shape)

    return mm.training.train(make, seen, seed=seed, epochs=15, batch_size=32, learning_rate=5e-3)


def answers(kind, model, films):
    """The direction that a reader names for each film."""
    if kind is averaged:  # the mean over frames of the probabilities that one frame gives
        return np.argmax(sum(ops.softmax(model({"video": halved(films)[:, t]})) for t in range(4)), axis=1)
    return np.argmax(model({"video": VIEWS.get(kind, halved)(films)}), axis=1)


sets, trained = {seed: mm.load("motion", train=1000, val=50, seed=seed) for seed in lesson.seeds}, {}
for kind in lesson.progress((one, averaged, pooled, stacked, gru, shifts), "readers"):
    with lesson.timed(kind, len(lesson.seeds)):
        trained[kind] = trained.get(one) if kind is averaged else {s: learn(kind, sets[s], s) for s in lesson.seeds}


# %%
def in_another_order(split):
    """The frames of each film in an order of its own."""
    order = np.random.default_rng(len(split)).permuted(np.tile(np.arange(8), (len(split), 1)), axis=1)
    return replace(split, x={"video": np.take_along_axis(split.x["video"], order[..., None, None, None], axis=1)})


def backwards(split):
    """Each film backwards, with the opposite label: whoever goes by motion alone is right as often."""
    return replace(split, x={"video": split.x["video"][:, ::-1]}, y=(split.y + 4) % 8)


def heard(kind, change):
    """Test accuracy of a reader, over seeds, on changed films."""
    tests = {seed: change(data.test) for seed, data in sets.items()}
    return lesson.over_seeds(lambda s: np.mean(answers(kind, trained[kind][s], tests[s].x["video"]) == tests[s].y))


orders = {"in order": lambda split: split, "backwards": backwards, "shuffled": in_another_order}
found = {(kind, what): heard(kind, orders[what]) for kind in (pooled, stacked, gru, shifts) for what in orders}
scores = {kind: found.get((kind, "in order")) or heard(kind, orders["in order"]) for kind in trained}
limits = films.baseline(), films.ceiling(), {k: each.mean for (k, what), each in found.items() if what == "shuffled"}
mm.plots.scores("Averaging over frames loses the direction (crosses: frames shuffled)", scores, *limits)

# %% [markdown]
# From one frame nobody beats a guess, averaged or not. (Ask this of your films first: where one frame tells, the order
# may be needless.) Pooled features, bounded by a half, stay far below the stacked frames. Numbers made for the
# question, from *all* frames at full size, beat all. The GRU may stay at a guess (dots). Backwards, all are as good.
#
# ## Break: shuffled frames know more than nothing
# Shuffled (crosses), readers of order lose most of it, yet in this run they stay above a guess. Why? In any order, the
# places of a thing lie on a *line*. A long exposure, the mean of all frames, shows it:


# %%
rows = {DIRECTIONS[d]: exposed(films.train.x["video"][films.train.y == d][:7]) * 2 for d in (0, 4, 6)}
mm.plots.images("A long exposure shows the axis of motion, not the direction", rows)

# %% [markdown]
# A line has an axis and no direction; it leaves two answers of eight. A CNN that sees long exposures only:

# %%
exposure = lesson.method("exposure", "long exposure", modality="video")
VIEWS[exposure] = exposed


def turned(seed):
    """Angle from the true direction to the answer -> the share of such answers, from long exposures."""
    test = sets[seed].test
    away = (answers(exposure, learn(exposure, sets[seed], seed), test.x["video"]) - test.y) % 8
    return {45 * step: np.mean(away == step) for step in range(8)}


angles = lesson.over_seeds(turned, "exposures")
lines, axes = {exposure: list(angles.values())}, ("degrees from the true direction to the answer", "share of answers")
mm.plots.curves("Right, or exactly opposite: the axis is known", list(angles), lines, *axes)

# %% [markdown]
# Two peaks, at 0 and 180 degrees: the axis is found in most films, the direction is a toss. So the *set* of frames is
# worth far more than one frame: a score above a guess, shuffled or not, proves no sense of time; one above half does.
#
# ## Film and another modality
# **Film and tone.** The label is a pair: the direction, and whether the thing is slow or fast. A low tone means slow, a
# high one fast; the camera's frame rate is unknown, so the film does not tell. **Film and still picture.** A circle and
# a cross move in two different directions. A picture shows one of them, in another colour, size and place; the label is
# the direction of *that* one:

# %%
tasks = {"film and tone": {"tone": True}, "film and picture": {"still": True}}
mm.load("motion", still=True, train=224, val=112, test=112, seed=first).show(4, seed=4)

# %% [markdown]
# The film leaves two answers, the picture all eight, both together one. *Ceilings*, the best that any model can do from
# film, other and both, come with the sets (lesson 05 has such). Last, the film's if both could move the same way:

# %%
joint = {task: mm.load("motion", train=112, val=112, test=112, **options) for task, options in tasks.items()}
ceilings = {t: [round(c, 6) for c in (*map(d.ceiling, d.modalities), d.ceiling())] for t, d in joint.items()}
independent = float(np.where(np.eye(8), 1, 1 / 2).mean())  # of 64 pairs: right if alike, else one of two
ceilings, independent

# %% [markdown]
# Features: of a tone its loudness in 40 bands, of its film the shifted differences. With two movers we look for each
# *shape*: a template of circle or cross, laid on every place of a frame, says how well it fits there; a direction is as
# good as the fits along its best path. (A CNN could learn templates, given more films.)


# %%
def fits(pictures):
    """How well circle and cross, small and large, fit at each place: (..., 24, 24, 3) to (2, 2, ..., 24, 24)."""
    ground = np.median(pictures, axis=(-3, -2), keepdims=True).astype("float32")
    seen = np.minimum(np.abs(pictures - ground).max(axis=-1), 60)  # a bright thing counts no more than a dull one
    spectrum, found = fft.rfft2(seen - seen.mean(axis=(-2, -1), keepdims=True)), []
    for shape, size in (("circle", 6), ("circle", 9), ("cross", 6), ("cross", 9)):
        template = np.pad(sprite(shape, size) / 127.5 - 1, 1, constant_values=-1)  # with a rim of ground
        template = (template - template.mean()) / template.std() / (size + 2)
        found.append(fft.irfft2(spectrum * np.conj(fft.rfft2(template.astype("float32"), (24, 24)))))
    return np.reshape(found, (2, 2, *seen.shape))


def paths(films):
    """The fit of circle and of cross along the best path in each of 8 directions: films to (N, 16)."""
    places, found = fits(films), []
    for move in [speed * step for step in STEPS for speed in (1, 2)]:
        moved = sum(np.roll(places[..., t, :, :], tuple(-t * move), (-2, -1)) for t in range(8))
        found.append(moved.max(axis=(1, 3, 4)))  # the best size and start
    return np.reshape(found, (8, 2, 2, -1)).max(axis=1).reshape(16, -1).T  # the better speed


# %% [markdown]
# Four models on these features, with a linear layer: either modality alone; both side by side, so that it *adds* what
# each says; and `MultiplicativeFusion`, a weight for each *product* of a film feature and one of the other (lesson 08).

# %%
film_alone = lesson.method("film", "film alone", modality="video")
names = {"other": "the other alone", "beside": "side by side", "product": "multiplied"}
other_alone, beside, product = (lesson.method(*name) for name in names.items())
views = {
    "film and tone": {
        "video": differences,
        "audio": lambda x: np.abs(fft.rfft(x))[:, :640].reshape(-1, 40, 16).mean(2),
    },
    "film and picture": {"video": paths, "image": lambda pictures: fits(pictures).max(axis=(1, 3, 4)).T},
}


def fuse(data, fusion, seed):
    """A fusion of features with a linear head, trained."""

    def make():
        inputs = {name: layers.BatchNormalization(momentum=0.9) for name in data.modalities}
        return mm.FeatureFusion(inputs, fusion(), head=layers.Dense(len(data.classes)))

    return mm.training.train(make, data, seed=seed, epochs=15, learning_rate=2e-2)


# %%
fusions = {film_alone: mm.layers.ConcatFusion, other_alone: mm.layers.ConcatFusion, beside: mm.layers.ConcatFusion}
fusions[product], models, seen = (lambda: mm.layers.MultiplicativeFusion(32)), {}, {}


def against(task, seed):
    """Test accuracy of the four on a task."""
    data = mm.load("motion", train=560, val=112, test=560, seed=seed, **tasks[task]).map(views[task])
    film, other = data.modalities
    parts = data.with_only(film), data.with_only(other), data, data
    seen[task, seed] = dict(zip(fusions, parts, strict=True))
    models[task, seed] = {m: fuse(seen[task, seed][m], fusion, seed) for m, fusion in fusions.items()}
    return {m: mm.evaluation.accuracy(model, seen[task, seed][m]).value for m, model in models[task, seed].items()}


together = {task: lesson.over_seeds(lambda seed, task=task: against(task, seed), task) for task in tasks}
limits = {task: dict(zip(fusions, [*each, each[-1]], strict=True)) for task, each in ceilings.items()}
guess = {task: data.baseline() for task, data in joint.items()}
mm.plots.against_ceilings("With the tone a sum is enough; the picture must multiply", together, limits, guess)

# %% [markdown]
# Each modality alone is near its ceiling, and far below that of both. With the tone a sum is right: film and sound each
# know one half of a pair. With the picture, side by side is no better than the film alone: the picture speaks for no
# direction, it says *which of the film's two answers* to take: a product. The report of this one (see lesson 00):

# %%
ours, data = models["film and picture", first], seen["film and picture", first][product]
report = mm.evaluation.report(ours[product], data, alone={"video": ours[film_alone], "image": ours[other_alone]})
report

# %% [markdown]
# Without the film it guesses among eight, without the picture between two: both are used. (Of pooled features it says
# MM010, blind to order, if it is told where order should matter: `ordered=["video"]`.)
# ## What we saw

# %%
for kind, each in scores.items():
    lesson.record(kind, each, trained[kind][first], sets[first])
lesson.findings(
    "Films: " + ", ".join(f"{kind} {each.mean:.3f}" for kind, each in scores.items()) + f"; guess {films.baseline()}.",
    "Backwards: " + ", ".join(f"{kind} {found[kind, 'backwards'].mean:.3f}" for kind in (stacked, gru, shifts)) + ".",
    f"Long exposures: {angles[0].mean:.3f} right, {angles[180].mean:.3f} exactly opposite.",
    *(f"{t}: " + ", ".join(f"{m} {each.mean:.3f}" for m, each in kinds.items()) + "." for t, kinds in together.items()),
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("the parts are the layer", difference, below=1e-5)
named = lesson.over_seeds(lambda s: np.mean(differences(sets[s].test.x["video"]).argmin(axis=1) % 8 == sets[s].test.y))
lesson.claim("shifted differences name the direction without learning", named, above=0.95)
for kind in (one, averaged):
    lesson.claim(f"{kind}: no more than a guess", scores[kind], within=(0.08, 0.17))
logits = [trained[pooled][first]({"video": each}) for each in (clip, clip[:, ::-1])]
lesson.claim("pooled features: the order moves no logit", float(ops.max(ops.abs(logits[0] - logits[1]))), below=1e-4)
lesson.claim("pooled features: far below stacked frames", scores[stacked] - scores[pooled], above=0.1)
for kind in (stacked, gru, shifts):
    lesson.claim(f"{kind}: backwards as good", found[kind, "backwards"] - scores[kind], within=(-0.08, 0.08))
for kind in (stacked, shifts):
    lesson.claim(f"{kind}: knows the order", scores[kind], above={stacked: 0.4, shifts: 0.9}[kind])
    lesson.claim(f"{kind}: loses it when frames are shuffled", scores[kind] - found[kind, "shuffled"], above=0.1)
others = sum((angles[a] for a in (45, 90, 135, 225, 270, 315)), angles[45] * 0) / 6
lesson.claim("long exposures: far above a guess", angles[0], above=0.25)
lesson.claim("long exposures: right and opposite equally often", angles[0] - angles[180], within=(-0.06, 0.06))
lesson.claim("the opposite is named more often than another direction", angles[180] - others, above=0.0)
lesson.claim("ceilings 1/2, 1/8, 1", all(np.allclose(c, [1 / 2, 1 / 8, 1]) for c in ceilings.values()), equal=True)
for task, kind in (("film and tone", beside), ("film and picture", product)):
    film, other = (together[task][each] for each in (film_alone, other_alone))
    lesson.claim(f"{task}: {kind} is far above the film alone", together[task][kind] - film, above=0.3)
    lesson.claim(f"{task}: the film is at its ceiling", film - 0.5, within=(-0.08, 0.08))
    lesson.claim(f"{task}: the other is at its ceiling", other - 0.125, within=(-0.04, 0.04))
lesson.claim("film and picture, side by side: no better than the film", together[task][beside] - film, below=0.06)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Films and labels as two arrays; a small CNN on every frame, and a GRU over the frames.

# %% tags=["own"]
import keras
import numpy as np

labels = np.arange(160) % 2  # does the dot go left or right?
films = np.zeros((160, 6, 8, 8, 1), "float32")
places = (np.arange(160) // 2)[:, None] + np.where(labels, 1, -1)[:, None] * np.arange(6)
films[np.arange(160)[:, None], np.arange(6), 3, places % 8] = 1
each_frame = keras.Sequential([keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.Flatten()])
parts = [keras.layers.TimeDistributed(each_frame), keras.layers.GRU(32), keras.layers.Dense(2)]
model = keras.Sequential([keras.Input((6, 8, 8, 1)), *parts])
model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(films[:120], labels[:120], epochs=12, verbose=0)
float(np.mean(np.argmax(model(films[120:, ::-1]), axis=1) == 1 - labels[120:]))  # backwards, opposite label

# %% [markdown]
# ## Exercises
# ### Exercise 1 · Backwards (5 minutes)
# Write `backwards_too(films, labels)`: films (N, 8, ...) with the frames in the opposite order, and their new labels.


# %% tags=["exercise"]
# stub
def backwards_too(films, labels): ...  # your code here
# solution
def backwards_too(films, labels):
    return films[:, ::-1], (labels + 4) % 8


# end
lesson.check(1, backwards_too)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · Two frames of eight (15 minutes)
# Write `from_two_frames(first, second)`: two neighbouring frames in grey, (24, 24), to the number of the direction. The
# speed is 1 or 2 pixels; `STEPS[d]` is one pixel in direction d, (rows down, columns to the right).


# %% tags=["exercise"]
# stub
def from_two_frames(first, second): ...  # your code here
# solution
def from_two_frames(first, second):
    steps = [(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)]  # STEPS
    return int(np.argmin([np.abs(np.roll(first, step, (0, 1)) - second).mean() for step in steps]))


# end
lesson.check(2, from_two_frames)

# %% [markdown]
# ### Exercise 3 · What an axis is worth (10 minutes)
# A rule without the order finds the axis of motion in a share `known` of the films, and nothing in the rest. Write
# `without_order(known)`: how often is its best guess of the direction right?


# %% tags=["exercise"]
# stub
def without_order(known): ...  # your code here
# solution
def without_order(known):
    return known / 2 + (1 - known) / 8


# end
lesson.check(3, without_order)

# %% [markdown]
# ## Further reading
# - S. Buch et al., *Revisiting the "video" in video-language understanding*, 2022: how far one well-chosen frame goes.
# - J. Lei, T. Berg, M. Bansal, *Revealing single frame bias for video-and-language learning*, 2022.
# - E. Adelson, J. Bergen, *Spatiotemporal energy models for the perception of motion*, 1985.
