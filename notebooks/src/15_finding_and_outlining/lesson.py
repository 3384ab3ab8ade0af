# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 15 · Finding and outlining
# After this lesson you can let a sentence say which thing in a picture is meant, and find, box and outline it.
#
# **You will learn** to *build* one trunk that a request steers, with three heads; to *write* what each is trained with;
# to *measure* where it points and how well it outlines; to *break* it: blind, pooled, asked by half, scored easily.
# **Before you start**: [07](07_nonlinear_fusion.ipynb), [09](09_attention_between_modalities.ipynb), lesson 14.
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("15")

import keras
import numpy as np
from keras import layers, ops

from mmcourse.data.making import captions
from mmcourse.evaluation import average_precision, box_iou, mask_iou, overall_iou

lesson

# %% [markdown]
# ## See: a request, and what it wants
# In `find` a picture shows two shapes in two colours each, one object in each quarter. The request wants one of them.

# %%
first = lesson.seeds[0]
data = {s: mm.load("find", train=3200, val=1, test=1000, seed=s).with_tokens(length=16) for s in lesson.seeds}
data[first].show(4)

# %% [markdown]
# The answer to "where?" can be a point, a *box* (*detection*, in white below), or a *mask* that says of each pixel
# whether it belongs to the object (*segmentation*, outlined in yellow). Answer some yourself: `mm.play("find")`.

# %%
some, truth = (part := data[first].test.take(np.arange(8))).x["image"], part.targets
mm.plots.images("The request decides which of four", {"truth": mm.plots.outlined(some, truth["box"], truth["mask"])})

# %% [markdown]
# Picture and request are both needed, by construction: any of the four objects was equally likely to be asked for, and
# any quarter to be meant, so that one of the two alone is right in a quarter of the cases at best. A model must *show*
# that it needs both: on a known set of requests for things in photographs, a system that never read the request had the
# right object among its first two guesses in 71.2% of the cases (Cirik et al. 2018).
# ## Build: a trunk that is steered, and three heads
# **Where?** A CNN turns the picture into a map of 8 × 8 *cells*, each 4 pixels wide. The first head gives each cell a
# score; the right one holds the middle of the box: a choice among 64 classes (softmax, cross-entropy), always one cell,
# as each request fits exactly one object. (If yours may fit none, or several: a yes or no for each cell, a sigmoid.)
# **How large?** The second gives each cell four numbers, a box as seen from the cell: with the middle $(y, x)$, height
# $h$ and width $w$ of the box and the middle $(y_c, x_c)$ of the cell, all in pixels,
# $$ t = \Big(\frac{y - y_c}{4},\ \frac{x - x_c}{4},\ \log\frac{h}{12},\ \log\frac{w}{12}\Big) . $$
# 4 is the width of a cell, 12 a middling size of an object: with such sizes of your own the numbers stay near zero, and
# as a logarithm a size that is half and one that is twice as large are equally wrong. There and back:


# %%
def coded(boxes):
    """Boxes (N, 4): top, left, bottom, right, to (N, 5): the cell of the middle, and the box as seen from it."""
    middle, size = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    row, column = (middle // 4).T
    shift = middle / 4 - np.stack([row, column], axis=1) - 0.5
    return np.column_stack([8 * row + column, shift, np.log(size / 12)]).astype("float32")


def decoded(cells, seen):
    """Boxes (N, 4) from cells (N,) and the boxes as seen from them (N, 4)."""
    middle = 4 * (np.stack(np.divmod(cells, 8), axis=1) + 0.5 + seen[:, :2])
    half = 12 * np.exp(seen[:, 2:]) / 2
    return np.hstack([middle - half, middle + half])


code = coded(truth["box"])
there_and_back = np.abs(decoded(code[:, 0], code[:, 1:]) - truth["box"]).max()
there_and_back

# %% [markdown]
# Only the box seen from the *right* cell is trained; on test we read it at the cell with the highest score, right or
# not. The error is Huber's: squared near zero, absolute beyond 1, so that one bad box does not rule the training.
# **Which pixels?** The third head gives each pixel a logit (the logarithm of the odds that it is the object's). Few
# are, so that with cross-entropy alone even "nothing anywhere" has a small loss (not tried here). *Dice* counts only
# the object: with probabilities $p_i$ and truth $m_i$ (0 or 1),
# $$ \operatorname{Dice} = 1 - \frac{2 \sum_i p_i m_i}{\sum_i p_i + \sum_i m_i} . $$
# It is 0 where they agree and near 1 where they do not meet, for large and small objects alike. The mask's loss is the
# sum of both. Dice by hand against Keras's:


# %%
def box_loss(code, seen):
    """Huber's loss of the box (B, 64, 4) as seen from the right cell; `code` (B, 5) is that of the truth."""
    at_right_cell = ops.take_along_axis(seen, ops.cast(code[:, :1, None], "int32"), axis=1)[:, 0]
    return 4 * keras.losses.huber(code[:, 1:], at_right_cell)  # a sum over four numbers, not a mean


def mask_loss(mask, logits):
    mask = ops.cast(mask, "float32")
    each = keras.losses.binary_crossentropy(mask, logits, from_logits=True)
    return ops.mean(each, axis=1) + keras.losses.dice(mask, ops.sigmoid(logits), axis=(1, 2))


mask, chances = truth["mask"].astype("float32"), np.random.default_rng(0).random((8, 32, 32)).astype("float32")
dice = 1 - 2 * np.sum(mask * chances, axis=(1, 2)) / (np.sum(mask, axis=(1, 2)) + np.sum(chances, axis=(1, 2)))
dice_difference = float(np.abs(dice - keras.losses.dice(mask, chances, axis=(1, 2))).max())
dice_difference

# %% [markdown]
# **How does the request get in?** By FiLM (lesson 07), here on a map: the request $c$ sets a scale and a shift for each
# of the channels, *the same in every cell* $s$,
# $$ u_s' = u_s + \operatorname{relu}(\gamma(c) \odot h_s + \beta(c)) , \quad h_s = \operatorname{norm}(W u_s) . $$
# where $u_s$ are the 64 features of cell $s$, $W$ is one linear layer for all cells, and norm the batch normalization.
# Asked for red, it can turn up what answers to red and turn down the rest, everywhere at once. What a cell knows stays
# in its cell, so that shape and colour stay *bound* (lesson 09), and the cell that answers loudest *is* the place. The
# rival pools first: of each channel the largest over all cells, beside the request; two layers make a map again. Each
# cell has seen 17 × 17 pixels, about one object. The request is a *bag*: every word has a learned vector, $c$ is four
# times their mean. The heads share all this (*task-level* fusion), and their losses are added with weight 1; whether
# other weights or three models do better is not measured (lesson 14 shows how). All of it learns from pixels and words
# once, *with one seed*, on pictures of its own; then its CNN is frozen, and all models below learn on other pictures
# from its maps. So dots below do not show what another CNN would change, and the maps were learned with FiLM.


# %%
def steered():
    """Two residual blocks with FiLM: a map (B, 8, 8, 64) and a request (B, 64) to a map."""
    seen, request = inputs = [keras.Input((8, 8, 64)), keras.Input((64,))]
    for _ in range(2):
        each = layers.BatchNormalization(momentum=0.9)(layers.Conv2D(64, 1, use_bias=False)(seen))
        seen = layers.Add()([seen, layers.ReLU()(mm.layers.FiLM()([each, request]))])
    return keras.Model(inputs, seen)


def pooled():
    """Pooled concatenation, and a map (B, 8, 8, 64) made from it."""
    seen, request = inputs = [keras.Input((8, 8, 64)), keras.Input((64,))]
    beside = layers.Concatenate()([layers.GlobalMaxPooling2D()(seen), request])
    again = layers.Dense(8 * 8 * 64, "relu")(layers.Dense(64, "relu")(beside))
    return keras.Model(inputs, layers.Reshape((8, 8, 64))(again))


# %%
def cnn():
    """Pictures (B, 32, 32, 3) to maps (B, 8, 8, 64)."""
    parts = [layers.Rescaling(1 / 255)]
    for filters, size, strides in ((24, 5, 2), (48, 3, 2), (64, 3, 1)):
        parts += [layers.Conv2D(filters, size, strides, padding="same", use_bias=False)]
        parts += [layers.BatchNormalization(momentum=0.9), layers.ReLU()]
    return keras.Sequential(parts)


def finder(image, fusion):
    """Three heads on a map: scores (B, 64), boxes (B, 64, 4) and logits (B, 32, 32)."""
    bag = [layers.Embedding(96, 64, mask_zero=True), layers.GlobalAveragePooling1D(), layers.Rescaling(4.0)]
    heads = {"cell": [layers.Conv2D(1, 1), layers.Flatten()], "box": [layers.Conv2D(4, 1), layers.Reshape((64, 4))]}
    upwards = layers.Conv2DTranspose(1, 6, strides=4, padding="same")  # a cell to its 4 x 4 pixels, and one around
    heads["mask"] = [layers.Conv2D(64, 1, activation="relu"), upwards, layers.Reshape((32, 32))]
    trunk = mm.FeatureFusion({"image": image, "text": keras.Sequential(bag)}, fusion)
    return mm.TaskFusion(trunk, {task: keras.Sequential(head) for task, head in heads.items()})


# %%
@mm.training.compile_once
def compiled(seed, image, fusion, shape, steps):
    """A new model of this seed on pictures, or maps, of this shape, ready to be trained for so many batches."""
    model = finder(image(), fusion())
    pictures = ops.zeros((1, *shape), "uint8" if image is cnn else "float32")
    model({"image": pictures, "text": ops.ones((1, 16), "int32")})
    rate = keras.optimizers.schedules.CosineDecay(5e-3, steps)
    losses = {"cell": keras.losses.SparseCategoricalCrossentropy(True), "box": box_loss, "mask": mask_loss}
    model.compile(keras.optimizers.Adam(rate), losses, jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    return model


def trained(seed, data, fusion=steered, image=layers.Identity, epochs=6):
    """A model that has learned from the pictures, or maps, of a set."""
    pictures, code = data.train.x["image"], coded(data.train.targets["box"])
    model = compiled(seed, image, fusion, pictures.shape[1:], len(pictures) // 64 * epochs)
    goals = {"cell": code[:, 0], "box": code, "mask": data.train.targets["mask"]}
    model.fit(data.train.x, goals, batch_size=64, epochs=epochs, verbose=0)
    return model


# %%
others = mm.load("find", train=6400, val=1, test=1, seed=1000 + first).with_tokens(length=16)
whole = trained(first, others, image=cnn, epochs=4)
features = {s: data[s].map({"image": whole.trunk.encoders["image"]}) for s in lesson.seeds}
mm.plots.diagram(whole, "One map, steered by the request, and three heads")

# %% [markdown]
# ## Measure: who finds it?
# Four models on these maps: **picture and request**; **text-blind** and **picture-blind**, the same request with every
# picture, the same map with every request (for fewer epochs: they cannot beat a quarter); **pooled concatenation**.


# %%
def answers(model, x):
    """What a model says of samples: quarters, points, boxes, confidences, masks."""
    said = model.predict(x, batch_size=500, verbose=0)
    cells = said["cell"].argmax(axis=1)
    chances = np.exp(said["cell"] - said["cell"].max(axis=1, keepdims=True))
    boxes = decoded(cells, said["box"][np.arange(len(cells)), cells])
    found = {"quarter": cells // 32 * 2 + cells % 8 // 4, "point": np.stack(np.divmod(cells, 8), axis=1) * 4 + 2}
    return found | {"box": boxes, "confidence": 1 / chances.sum(axis=1), "mask": said["mask"] > 0}


# %%
both, concat = lesson.method("both", "picture and request"), lesson.method("concat", "pooled concatenation")
deaf = lesson.method("deaf", "text-blind", modality="image")
blind = lesson.method("blind", "picture-blind", modality="text")
hidden, said, weights = {deaf: "text", blind: "image"}, {}, {}


def without(words, seed, text):
    """Requests (N, T) as word ids, with the words of a list of tuples left out (0 is padding)."""
    known = data[seed].modalities["text"].words
    return np.where(np.isin(text, [known.index(word) for pair in words for word in pair if word in known]), 0, text)


for kind, seed in lesson.progress([(kind, s) for kind in (both, deaf, blind, concat) for s in lesson.seeds], "models"):
    view = features[seed].map({hidden[kind]: np.ones_like}) if kind in hidden else features[seed]
    model = trained(seed, view, pooled if kind is concat else steered, epochs=2 if kind in hidden else 6)
    said[kind, seed], weights[kind], text = answers(model, view.test.x), model, view.test.x["text"]
    if kind is both:
        asked = {"of others": np.roll(text, 1, axis=0)}
        asked["no colour"] = without(captions.COLOURS.values(), seed, text)
        asked["no shape"] = without(captions.SHAPE_WORDS.values(), seed, text)
        said |= {(how, seed): answers(model, view.test.x | {"text": text}) for how, text in asked.items()}
scores = lesson.over_seeds(lambda s: {kind: np.mean(said[kind, s]["quarter"] == data[s].test.y) for kind in weights})
mm.plots.scores("The map that the request steers says where; the others guess", scores, 0.25)

# %% [markdown]
# Blind to one of the two, a guess, as it must be. Pooled, a guess too: of each channel only the largest value is left,
# neither *where* it was nor which shape went with which colour. This run does not tell these two losses apart, nor were
# the terms even: the maps were learned with FiLM. So it shows one pooled model that fails, not that pooling must.
# ### How good are box and outline?
# The *intersection over union* (IoU) of two areas is what both cover over what either covers, from 0 (apart) to 1.
# **AP50**, average precision at .5: an answer is right if its IoU is at least .5. Go through the answers from the
# surest (softmax of the chosen cell) down, equally sure ones together; at each right one note the share of right ones
# so far (*precision*); AP is their sum over the number of wanted objects. (COCO's differs a little.) AP75: at .75.
# Of masks there are **two means**, and papers give either: the *mean IoU* of the pictures, and the *overall IoU*,
# pixels that both cover over pixels that either covers, both summed over all pictures: large objects weigh more.
# The rows *shape* and *colour*: has the object in the chosen quarter those asked for? A guess has in half of the cases.
# *Point* is the middle of the chosen cell: is it in a box of the four, on the wanted object? Columns two to four put
# other requests to the first model: of other pictures, without colour, without shape.


# %%
def judged(kind, seed):
    """Every score of a model's answers (or of the answers to other requests) on test."""
    got, truth, all_rows = said[kind, seed], data[seed].test.targets, np.arange(1000)
    corner, point = got["point"][:, None], (all_rows, *got["point"].T)
    inside = (corner >= truth["boxes"][..., :2]) & (corner < truth["boxes"][..., 2:])
    overlap, sure = box_iou(got["box"], truth["box"]), got["confidence"]
    found = {"quarter": np.mean(got["quarter"] == data[seed].test.y)}
    found |= {"right cell": np.mean(got["point"] // 4 @ [8, 1] == coded(truth["box"])[:, 0])}
    found |= {f: np.mean(truth[f"{f}s"][all_rows, got["quarter"]] == truth[f]) for f in ("shape", "colour")}
    found |= {"point in any box": inside.all(axis=2).any(axis=1).mean(), "point on it": truth["mask"][point].mean()}
    found |= {f"box: AP{100 * at:.0f}": average_precision(overlap, sure, at) for at in (0.5, 0.75)}
    found |= {"box: mean IoU": overlap.mean(), "mask: mean IoU": mask_iou(got["mask"], truth["mask"]).mean()}
    return found | {"mask: overall IoU": overall_iou(got["mask"], truth["mask"])}


tried = (both, "of others", "no colour", "no shape", deaf, concat)
table = {kind: lesson.over_seeds(lambda seed, kind=kind: judged(kind, seed)) for kind in tried}
rows = [[score, *(f"{each[score].mean:.2f}" for each in table.values())] for score in table[both]]
lesson.table(["mean over seeds", *map(str, table)], rows)

# %% [markdown]
# With the requests of others the same model, on the same pictures, points into *some* box, but the wanted one no more
# often than a guess: it uses the request. Pooled, the point lies in some box too: for that no request is needed.
# ### The worst and the best
# A mean hides how an answer looks. The seven worst and the seven best masks of the first seed (boxes: another head):

# %%
got, test = said[both, first], data[first].test
order, rows = np.argsort(mask_iou(got["mask"], test.targets["mask"])), {}
for name, chosen in (("worst", order[:7]), ("best", order[-7:])):
    here = test.take(chosen)
    rows[name] = mm.plots.outlined(here.x["image"], got["box"][chosen], got["mask"][chosen])
    rows[f"{name}: truth"] = mm.plots.outlined(here.x["image"], here.targets["box"], here.targets["mask"])
mm.plots.images("The worst masks are empty, in pieces, or on another object", rows)

# %% [markdown]
# Most of the worst were to be crescents, all of the best are squares and circles: in seven pictures a hint, no rule.
# ## Break: half a request, and a score that is too easy
# **Half a request** stands in the table: at test only, all colour or all shape words are left out. Mostly the model
# points at one of the two objects that fit what is left: about half are right, or a little less. Outlines fall to half
# or less, AP50 further; but no such request was trained: it tells what answers use, not what halves can teach.
# **A score that is too easy.** The objects nearly fill their quarters. What do answers get that outline nothing? *The
# whole quarter*, if we are told which. *All four* true boxes at once. *Only the large*: perfect masks for the larger
# half of the objects, no pixel for the rest. And a *filled* box as a mask, the true one or the model's own.


# %%
def crude(seed):
    """Scores of answers that nobody would call good."""
    test, truth = data[seed].test, data[seed].test.targets
    corner = 16 * np.stack(np.divmod(test.y, 2), axis=1)
    overlap, alike = box_iou(np.hstack([corner, corner + 16]), truth["box"]), np.zeros(len(test))
    found = {f"whole quarter: AP{100 * at:.0f}": average_precision(overlap, alike, at) for at in (0.5, 0.75)}
    area = np.prod(truth["boxes"][..., 2:] - truth["boxes"][..., :2], axis=2)
    found["all four boxes: mean IoU"] = np.mean(area[np.arange(len(area)), test.y] / area.sum(axis=1))
    boxes = {"whole quarter": np.hstack([corner, corner + 16]), "true box, filled": truth["box"]}
    for whose, edges in (boxes | {"its own box, filled": said[both, seed]["box"]}).items():
        (y, x), (top, left, bottom, right) = np.indices((32, 32)) + 0.5, edges.T[..., None, None]
        filled = (y >= top) & (y < bottom) & (x >= left) & (x < right)
        found[f"{whose}: mean IoU of masks"] = mask_iou(filled, truth["mask"]).mean()
    size = truth["mask"].sum(axis=(1, 2))
    only_large = truth["mask"] & (size > np.median(size))[:, None, None]
    found["only the large: mean IoU"] = mask_iou(only_large, truth["mask"]).mean()
    return found | {"only the large: overall IoU": overall_iou(only_large, truth["mask"])}


cheap = lesson.over_seeds(crude)
lesson.table(["answer and score", "value"], [[name, f"{each.mean:.2f}"] for name, each in cheap.items()])

# %% [markdown]
# The whole quarter has a high AP50 without any box: here AP50 asks for little more than the right quarter; AP75 sees
# the box. Give a score such answers before you believe it. All four get a quarter on average, as each was equally
# likely. The large only stand better overall than in the mean. And the model's masks are hardly better than its own
# boxes, filled.
# ## What we saw

# %%
for kind, each in scores.items():
    lesson.record(kind, each, weights[kind], data[first].with_only(*(kind.modality or n for n in ("image", "text"))))
best, foreign = table[both], table["of others"]
lesson.findings(
    "Right quarter: " + ", ".join(f"{kind} {each.mean:.3f}" for kind, each in scores.items()) + "; a guess is 0.25.",
    f"With both, **{best['point on it'].mean:.2f}** of the points lie on the object; mean IoU of boxes "
    f"{best['box: mean IoU'].mean:.2f}, of masks **{best['mask: mean IoU'].mean:.2f}** (overall "
    f"{best['mask: overall IoU'].mean:.2f}); with requests of others {foreign['mask: mean IoU'].mean:.2f}.",
    f"Without its colour words a request leads to the right quarter in {table['no colour']['quarter'].mean:.2f}.",
    f"AP50: {best['box: AP50'].mean:.2f}; of a box around the whole quarter {cheap['whole quarter: AP50'].mean:.2f}.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("a box comes back from its code", bool(there_and_back < 1e-4), equal=True)
lesson.claim("Dice by hand is Keras's", bool(dice_difference < 1e-5), equal=True)
lesson.claim("both find the quarter", scores[both], above=0.9)
for who, right in {deaf: scores[deaf], blind: scores[blind], "requests of others": foreign["quarter"]}.items():
    lesson.claim(f"{who}: a guess", right, within=(0.2, 0.3))
lesson.claim("pooled: hardly more than a guess", scores[concat], within=(0.2, 0.35))
for what, least in {"point on it": 0.6, "box: mean IoU": 0.6, "mask: mean IoU": 0.4}.items():
    lesson.claim(f"both: {what} is high", best[what], above=least)
lesson.claim("AP75 asks for far more than AP50", best["box: AP50"] - best["box: AP75"], above=0.2)
lesson.claim("requests of others: masks elsewhere", foreign["mask: mean IoU"], below=0.15)
for left, kept in (("colour", "shape"), ("shape", "colour")):
    lesson.claim(f"without {left}: half are right", table[f"no {left}"]["quarter"], within=(0.38, 0.62))
    lesson.claim(f"without {left}: the {kept} is right", table[f"no {left}"][kept], above=0.75)
lesson.claim("pooled: the point is on some object", table[concat]["point in any box"], above=0.9)
lesson.claim("a whole quarter has a high AP50", cheap["whole quarter: AP50"], above=0.7)
lesson.claim("and a low AP75", cheap["whole quarter: AP75"], below=0.35)
lesson.claim("all four: a quarter", cheap["all four boxes: mean IoU"], within=(0.24, 0.26))
more = cheap["only the large: overall IoU"] - cheap["only the large: mean IoU"]
lesson.claim("large objects weigh more overall", more, above=0.1)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# A map of 16 places with six features each, and a request that describes one of them: FiLM, and a score for each place.

# %% tags=["own"]
import keras
import numpy as np

maps, places = np.random.default_rng(0).normal(size=(3000, 16, 6)), np.arange(3000) % 16  # your maps, and where it is
request = maps[np.arange(3000), places]  # your request: what the wanted place looks like
seen, asked = inputs = keras.Input((16, 6)), keras.Input((6,))
scale, shift = (keras.layers.Reshape((1, 32))(keras.layers.Dense(32)(asked)) for _ in range(2))
steered = keras.layers.ReLU()(scale * keras.layers.Dense(32)(seen) + shift)  # the same at every place
model = keras.Model(inputs, keras.layers.Softmax()(keras.layers.Flatten()(keras.layers.Dense(1)(steered))))
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit([maps[:2500], request[:2500]], places[:2500], epochs=8, verbose=0)
model.evaluate([maps[2500:], request[2500:]], places[2500:], verbose=0)[1]

# %% [markdown]
# ## Exercises
# ### Exercise 1 · Average precision by hand (15 minutes)
# Write `ap(right, confidence)` for `right` (N,) bool and `confidence` (N,), all different: the sum, over the right
# answers, of the precision among all answers as sure or surer, divided by N.


# %% tags=["exercise"]
# stub
def ap(right, confidence): ...  # your code here
# solution
def ap(right, confidence):
    right = right[np.argsort(-confidence)]
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    return np.sum(precision[right]) / len(right)


# end
lesson.check(1, ap)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · Swap the colours (15 minutes)
# Write `swapped(text, colours, a, b)` for requests (N, T) of word ids; `colours[a]`, `colours[b]` are the ids of two
# colours' words. The first word of one becomes the first of the other, and so on. Then ask `weights[both]`: in a
# request of `features[lesson.seeds[-1]].test` swap the picture's colours (`targets["colours"]`, numbers into
# `list(captions.COLOURS)`). Does it point at the other object of that shape?


# %% tags=["exercise"]
# stub
def swapped(text, colours, a, b): ...  # your code here
# solution
def swapped(text, colours, a, b):
    result = text.copy()
    for old, new in [*zip(colours[a], colours[b], strict=True), *zip(colours[b], colours[a], strict=True)]:
        result[text == old] = new
    return result


# end
lesson.check(2, swapped)

# %% [markdown]
# ### Exercise 3 · A fifth object, and static (10 minutes)
# `n` objects are equally likely to be wanted. In a share `hidden` of the pictures static hides them all, a share
# `unsaid` of the requests names nothing, independently. Write `best(n, hidden, unsaid)`: how often the best model finds
# the place. Compare `mm.load("find", erasure=0.2).ceiling()`. An evening: train on that set. How near do you come?


# %% tags=["exercise"]
# stub
def best(n, hidden, unsaid): ...  # your code here
# solution
def best(n, hidden, unsaid):
    both_there = (1 - hidden) * (1 - unsaid)
    return both_there + (1 - both_there) / n


# end
lesson.check(3, best)

# %% [markdown]
# ## Further reading
# - E. Perez et al., *FiLM*, 2018, arXiv:1709.07871: a question steers a CNN so.
# - V. Cirik et al., *Visual referring expression recognition: what do systems actually learn?*, 2018, arXiv:1805.11818.
# - F. Milletari et al., *V-Net*, 2016, arXiv:1606.04797: Dice as a loss. T.-Y. Lin et al., *Microsoft COCO*, 2014: AP.
