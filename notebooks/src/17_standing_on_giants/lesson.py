# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 17 · Standing on giants: what a pretrained encoder is worth
#
# After this lesson you can build on an encoder that somebody else has trained, and say with numbers what it is worth.
#
# **You will learn** to
# - *put* a pretrained encoder under a linear layer, its features computed once, or *unfreeze* it with care,
# - *measure* what it is worth, with few labels and many, against dull baselines that get as much care,
# - *find* a mistake in preprocessing that raises no error, and damage that breaks transfer.
#
# **Before you start**: [06 · linear fusion](06_linear_fusion.ipynb).
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("17")

import tempfile

import keras
import numpy as np
from keras import layers, ops

lesson

# %% [markdown]
# ## See: drawings, and names that nobody has counted
# `emoji` holds small drawings with their names; the task is to tell which of eight categories each is in. Variants of
# a symbol (man, woman, person) are in one split: a test name is a *new* name, often of words in no training name.

# %%
first_seed = lesson.seeds[0]
names = mm.load("emoji", seed=first_seed)
names.show(6)

# %%
known = set(" ".join(names.train.x["text"]).lower().split())
new = [word for word in dict.fromkeys(" ".join(names.test.x["text"]).lower().split()) if word not in known]
f"{len(new)} words in the {len(names.test)} test names are in no training name: {', '.join(new[:8])} ..."

# %% [markdown]
# To a model that counts words, a new word is no word. This is where a giant promises help. Llama 2, a language model
# of up to 70 billion weights, has read two trillion pieces of text, and has a vector for each of its 32,000 *tokens*
# (words and pieces of words). The package `wordllama` joins them with those of other models of the same tokens, in 256
# numbers: a giant's dictionary, no body. `WordVectors` reads its file, with no network. How it reads three names:

# %%
giant = mm.pretrained.WordVectors()
lesson.table(["name", "tokens"], [[x, " · ".join(giant.pieces(x))] for x in ("red apple", "RED APPLE", "大熊猫")])

# %% [markdown]
# Small letters: two words. Capitals: fragments. The last is Chinese for "giant panda": one character of three has a
# token, and the others fall apart into their bytes (`<0xE7>`). Keep that in mind.
#
# ## Build: the mean of the vectors, extracted once
# A name $s$ of $T$ tokens becomes the mean of their vectors, rows of the table $E$ (32,000 × 256):
#
# $$ x(s) = \frac{1}{T} \sum_{t=1}^{T} E_{\text{token}_t} . $$
#
# Nothing else: no order of words. We build it by hand, and compare names by their cosine (1: the same direction, 0:
# nothing in common). No pair shares a word, so counted words give 0 for all; the vectors know better, if faintly:


# %%
def by_hand(name):
    """The mean of the vectors of a name's tokens, (256,)."""
    rows = [giant.tokenizer.token_to_id(token) for token in giant.pieces(name)]
    return giant.get_weights()[0][rows].mean(axis=0)


pairs = [("cloud", "rain"), ("bus", "train"), ("violin", "guitar"), ("taxi", "carrot"), ("bread", "guitar")]
unit = {name: by_hand(name) / np.linalg.norm(by_hand(name)) for pair in pairs for name in pair}
lesson.table(["names", "cosine"], [[f"{a}, {b}", f"{unit[a] @ unit[b]:+.2f}"] for a, b in pairs])

# %% [markdown]
# A *frozen* encoder never changes, so its features are the same in every epoch (unless augmentation changes the
# samples): compute them once. `data.map` does so in memory; for encoders that take minutes, `mm.pretrained.extract`
# keeps them in a file, under a name made of the encoder's weights and the samples: change one weight or pixel, and it
# computes anew. The dull opponent is *TF-IDF*: a column for each word of the training names, counted, and weighed down
# where the word is frequent; in Chinese for each character and pair of characters. The drawings come as 64 hand-made
# features (edges and colours).

# %%
sets = {}
for seed in lesson.seeds:
    for language in ("en", "zh"):
        raw = mm.load("emoji", features="image", language=language, seed=seed)
        sets[seed, language, "giant"] = raw.map({"text": giant})
        sets[seed, language, "counted"] = mm.load("emoji", features=True, language=language, seed=seed)
sets[first_seed, "en", "giant"]

# %%
drawn = mm.FeatureFusion({"image": layers.Identity(), "text": giant}, mm.layers.ConcatFusion(), layers.Dense(8))
drawn({"image": ops.zeros((1, 64)), "text": ops.convert_to_tensor(["red apple"])})
mm.plots.diagram(drawn, "A frozen giant, hand-made features, and one layer that learns")

# %% [markdown]
# ## Check: three ways to the same features
# By hand and by layer; from the file of `extract`; and through `HubLayer`, which makes a Keras layer of a SavedModel,
# the format of TensorFlow Hub's modules. (Hub's own layer is refused by Keras 3; a `Lambda` around a module trains
# nothing, without a word.) The last two on a second, small giant: a CNN that comes with the course, trained on its
# generated `scenes`. The largest differences, and how many variables of the module may learn, frozen and unfrozen:

# %%
small = mm.pretrained.small("image")
kept = mm.pretrained.extract({"image": small}, names, cache=tempfile.mkdtemp())
pixels = names.test.x["image"][:20]
module = mm.pretrained.HubLayer(mm.pretrained.save_as_saved_model("image", tempfile.mkdtemp()))
difference = {
    "by hand": np.abs(by_hand(names.test.x["text"][0]) - sets[first_seed, "en", "giant"].test.x["text"][0]).max(),
    "file": np.abs(kept.test.x["image"][:20] - small(pixels)).max(),
    "module": np.abs(module(pixels / np.float32(255)) - small(pixels)).max(),
}
frozen_variables, module.trainable = len(module.trainable_weights), True
{way: f"{value:.0e}" for way, value in difference.items()}, frozen_variables, len(module.trainable_weights)

# %% [markdown]
# ## Measure: what the giant knows of names
# On frozen features we train one linear layer, a *linear probe*: softmax and cross-entropy, each modality brought to
# one mean length, trained to the end, with weight decay (a price on large weights), chosen by `probe` on val.

# %%
labels = (100, 320, 1000)
english = {way: mm.evaluation.Method(f"English, {way}", modality="text") for way in ("giant", "counted")}
ways = {("en", way): label for way, label in english.items()}
ways |= {("zh", way): f"Chinese, {way}" for way in english}


def probed(data, n, seed):
    """Test accuracy of a linear layer on n labels."""
    return mm.pretrained.probe(data.subset(n, seed)).accuracy


def on_names(seed):
    """(language, encoder, labels) -> test accuracy of the names alone."""
    return {(*way, n): probed(sets[seed, *way].with_only("text"), n, seed) for way in ways for n in labels}


alone = lesson.over_seeds(on_names, "names")
lines = {label: [alone[(*way, n)] for n in labels] for way, label in ways.items()}
majority = sets[first_seed, "en", "giant"].baseline()
mm.plots.curves("Ahead of counting in English, not in Chinese", labels, lines, "labels")

# %% [markdown]
# **English.** The giant is ahead of counting: who has seen *apple* labelled may know something of *banana*. Read the
# figure along a level, too: *transfer buys labels*. **Chinese.** The same giant, symbols and
# labels: here it gains nothing, and with many labels it loses. A likely reason: it has read little Chinese, and gives
# means over bytes that say little. *A giant knows what it was trained on, and its size says nothing about your data.*
# Of several giants, take the one whose probe is best on val. (`CorrelationLoss` ties two languages: lesson 18.)
#
# One thing we cannot know: whether the giant has read these very names, perhaps beside their category. Whoever tests a
# giant on public data cannot be sure that it is a test; data newer than the giant are safer. Counted words saw none.
#
# ### Beside the drawings

# %%
image = lesson.method("image", "image alone", modality="image")
counted = lesson.method("counted", "counted words", modality="text")
text = lesson.method("giant", "giant's words", modality="text")
both_counted = lesson.method("both_counted", "image and counted words")
both = lesson.method("both_giant", "image and giant's words")


def views(seed):
    """method -> the set that it sees, English names."""
    plain, known = sets[seed, "en", "counted"], sets[seed, "en", "giant"]
    single = {image: plain.with_only("image"), counted: plain.with_only("text"), text: known.with_only("text")}
    return single | {both_counted: plain, both: known}


def fused(seed):
    """(method, labels) -> test accuracy."""
    return {(method, n): probed(view, n, seed) for method, view in views(seed).items() for n in (320, 1000)}


fusing = lesson.over_seeds(fused, "fused")
few, scores = ({method: fusing[method, n] for method in views(first_seed)} for n in (320, 1000))
mm.plots.scores("1000 labels: the drawings give what the giant does not know", scores, majority)

# %% [markdown]
# The drawings add to the giant's words. How much of its lead over counting is left, *What we saw* says.
#
# ### Against an encoder trained from scratch
# On pictures the opponent is the same network with random weights, trained on your labels. Our small giant knows
# circles, squares, triangles and crosses; the task is four *other* shapes, with fifty labels. An untrained network
# needs more gradient steps than a linear layer: it gets as many as help it on val (an *epoch* here is five steps).


# %%
def new_shapes(seed):
    """Scenes of a diamond, a ring, a star or a moon, pictures alone; the label says which."""
    scenes = mm.load("scenes", symbols=8, train=1000, val=400, test=1200, seed=seed).with_only("image")
    four = mm.load("scenes", symbols=4, train=1, val=1, test=1).world  # which knows the ceiling for four shapes
    return scenes.map_splits(lambda part: part.take(np.flatnonzero(part.y >= 4)), name="new shapes", world=four)


def trained(data, seed, epochs, weights=None, head=None, learns=True, split="test"):
    """Accuracy of the small network under a linear layer: random weights or the giant's, a new head or a given one."""

    def make():
        encoder = mm.pretrained.small("image", weights)
        encoder.trainable = learns
        model = mm.FeatureFusion({"image": encoder}, mm.layers.ConcatFusion(), head=layers.Dense(len(data.classes)))
        model({"image": data.train.x["image"][:1]})  # the first call creates the weights
        if head:
            model.head.set_weights(head)
        return model

    rate, size = (5e-3, 10) if weights is None else (1e-3, 20)
    model = mm.training.train(make, data, seed=seed, epochs=epochs, batch_size=size, learning_rate=rate)
    return mm.evaluation.accuracy(model, data, split=split).value


# %%
shapes = new_shapes(first_seed).subset(50, first_seed)
on_val = {epochs: trained(shapes, first_seed, epochs, split="val") for epochs in (15, 30, 60)}
enough = max(on_val, key=on_val.get)
lesson.table(["epochs", "from scratch, on val"], [[f"{epochs}", f"{value:.3f}"] for epochs, value in on_val.items()])

# %%
frozen = lesson.method("frozen", "small giant, frozen", modality="image")
scratch = lesson.method("scratch", "from scratch", modality="image")


def few_shapes(seed):
    """method -> test accuracy on new shapes, 50 labels."""
    pictures = new_shapes(seed)
    features = pictures.map({"image": small})
    return {frozen: probed(features, 50, seed), scratch: trained(pictures.subset(50, seed), seed, enough)}


shaped = lesson.over_seeds(few_shapes, "new shapes")
mm.plots.scores("50 labels: a giant of the right kind is worth a lot", shaped, shapes.baseline(), shapes.ceiling())

# %% [markdown]
# From scratch, more steps than these did not help on val; likely labels are missing. And mind what kind of giant won:
# a tiny one, whose world is close to ours. In Chinese a large one from elsewhere lost to counting.
#
# ## Break: a mistake that raises no error
# Every encoder was trained on inputs prepared in a certain way, and takes any others without complaint. Suppose the
# names come from a database in capitals; you have seen what the tokenizer makes of those.


# %%
def in_capitals(seed):
    """what -> test accuracy with 1000 labels, all names in capitals, in training and in test."""
    raw = mm.load("emoji", features="image", seed=seed).map({"text": np.char.upper})
    found = {}
    for case, data in {"small letters": sets[seed, "en", "giant"], "capitals": raw.map({"text": giant})}.items():
        words = mm.evaluation.Method(f"giant's words, {case}", modality="text")
        found[words] = probed(data.with_only("text"), 1000, seed)
        found[f"fused, {case}"] = probed(data, 1000, seed)
    return found


mistake = lesson.over_seeds(in_capitals, "capitals")
mm.plots.scores("Capitals ruin the giant's words; fused, it shows less", mistake, majority)

# %% [markdown]
# The words lose much of what they knew. Nothing failed, nothing warned, and the fused model, which the drawings carry,
# still looks decent: *of many modalities, one may break unnoticed*. A model of each alone finds it at once. (TF-IDF
# does not notice: it makes all letters small.) Pictures have the same trap: pixels from 0 to 255 where 0 to 1 is
# wanted, colours in another order (exercise 1).
#
# ### Damage that the giant has never met, and unfreezing
# Our small giant knows clean coloured shapes; the digits of the first lessons are grey strokes. We enlarge them to 32 ×
# 32 pixels, clean, and the same with noise and a part hidden. The dull baseline is a linear layer on the 64 bare
# pixels. Now the encoder may learn, with care: gradients of an untrained head would push it out of the good place it
# starts from, so the head is trained on frozen features *first*; then both go on (compile again, or nothing changes),
# briefly, at a rate below that from scratch. On noisy digits, to be fair, the frozen model goes on as long.


# %%
def digits(seed):
    """what -> test accuracy with 500 labels."""
    found = {}
    for kind in ("clean", "noisy"):
        bare = mm.load("digits", clean=kind == "clean", seed=seed).with_only("image").subset(500, seed)
        large = bare.map({"image": lambda image: image.repeat(4, axis=1).repeat(4, axis=2).repeat(3, axis=3)})
        features = large.map({"image": small})
        head = mm.pretrained.probe(features)
        found[f"{kind}, bare pixels"] = probed(bare.map({"image": lambda x: x.reshape(len(x), -1)}), 500, seed)
        found[f"{kind}, frozen"] = head.accuracy
        if kind == "noisy":
            found["noisy, frozen, longer"] = trained(large, seed, 4, "scenes", head[:2], learns=False)
        found[f"{kind}, unfrozen"] = trained(large, seed, 4, "scenes", head[:2])
    return found


strokes = lesson.over_seeds(digits, "digits")
strokes = {mm.evaluation.Method(name, modality="image"): found for name, found in strokes.items()}
mm.plots.scores("Noise breaks the frozen giant; unfreezing repairs a part", strokes, mm.load("digits").baseline())

# %% [markdown]
# Clean strokes are no problem for the giant, though it has seen none. With noise the bare pixels win, by far. A likely
# reason: most of its features are the largest answer of a filter anywhere in the picture, and in noise something
# somewhere always answers. A giant carries the assumptions of its training; which of them matter is hard to foresee.
#
# Going on with a frozen encoder brings nothing: the head was finished. Unfrozen, the same steps bring much on noisy
# digits, where the encoder had most to unlearn, and less on clean ones; on noisy ones the bare pixels stay ahead.
# *Unfreeze where your data differ from what the giant has seen, and always run the dull baseline beside it.*
#
# ## With a network: VGG16 and BERT
# For photographs and sentences the recipe is the same; `captioned_cifar10` has photographs, and captions that do not
# name the class. Set the switch, and it fetches some hundred megabytes and takes minutes. We promise no numbers for it.

# %%
with_network = False
if with_network:
    photographs = mm.load("captioned_cifar10", train=1000, val=200, test=1000)
    vgg16 = mm.pretrained.image("vgg16", pooling="avg", size=64)  # 64 pixels a side, not 224, to take minutes on a CPU
    bert = mm.pretrained.text("bert_tiny_en_uncased")
    real = mm.pretrained.extract({"image": vgg16, "text": bert}, photographs)
probed(real, 1000, first_seed) if with_network else "not run: it needs a network"

# %% [markdown]
# ## What we saw

# %%
gain = {(way, n): alone[way, "giant", n] - alone[way, "counted", n] for way in ("en", "zh") for n in labels}
unfreezing = {kind: strokes[f"{kind}, unfrozen"] - strokes[f"{kind}, frozen"] for kind in ("clean", "noisy")}
points = {way: ", ".join(f"{100 * gain[way, n].mean:+.0f} with {n} labels" for n in labels) for way in ("en", "zh")}
lesson.findings(
    f"The giant's words against counted ones, in points: English {points['en']}; Chinese {points['zh']}.",
    f"Fused, 320 labels: counted {few[both_counted]}, giant {few[both]}; 1000: {scores[both_counted]}, {scores[both]}.",
    f"New shapes, 50 labels: small giant {shaped[frozen]}, from scratch {shaped[scratch]}.",
    "All in capitals: " + ", ".join(f"{what} {found.mean:.3f}" for what, found in mistake.items()) + ".",
    f"Unfreezing is worth: noisy {unfreezing['noisy']}, clean {unfreezing['clean']}.",
)  # fmt: skip

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
for method, view in views(first_seed).items():
    head = layers.Dense(len(view.classes))
    head.build((None, sum(spec.shape[0] for spec in view.modalities.values())))
    lesson.record(method, scores[method], [head, giant] if method in (text, both) else head, view)
for method in shaped:
    lesson.record(method, shaped[method], small, shapes)
lesson.claim("the module freezes and unfreezes", frozen_variables == 0 < len(module.trainable_weights), equal=True)
lesson.claim("by hand, file and module are the encoder's features", max(difference.values()) < 1e-3, equal=True)
few_labels = {language: (gain[language, 100] + gain[language, 320]) / 2 for language in ("en", "zh")}
lesson.claim("English, few labels: the giant is ahead of counting", few_labels["en"], above=0.02)
lesson.claim("few labels: it is worth more in English than in Chinese", few_labels["en"] - few_labels["zh"], above=0.05)
lesson.claim("Chinese, few labels: it is worth nothing", few_labels["zh"], below=0.02)
lesson.claim("Chinese, many labels: counting is better", gain["zh", 1000], below=-0.04)
lesson.claim("the drawings add to the giant's words", scores[both] - scores[text], above=0.01)
lesson.claim("from scratch: the small giant is worth a lot", shaped[frozen] - shaped[scratch], above=0.08)
lost = [mistake[f"{what}, small letters"] - mistake[f"{what}, capitals"] for what in ("giant's words", "fused")]
lesson.claim("capitals ruin the giant's words", lost[0], above=0.09)
lesson.claim("fused it shows less", lost[0] - lost[1], above=0.01)
broken = {kind: strokes[f"{kind}, frozen"] - strokes[f"{kind}, bare pixels"] for kind in ("clean", "noisy")}
lesson.claim("clean strokes are no problem", broken["clean"], above=-0.08)
lesson.claim("with noise the bare pixels win", broken["noisy"], below=-0.08)
longer = strokes["noisy, frozen, longer"]
lesson.claim("more epochs of a frozen giant bring nothing", longer - strokes["noisy, frozen"], below=0.04)
lesson.claim("noise: unfreezing pays", strokes["noisy, unfrozen"] - longer, above=0.04)
lesson.claim("more with noise than without", unfreezing["noisy"] - unfreezing["clean"], above=0.0)
lesson.claim("it does not pass the bare pixels", strokes["noisy, unfrozen"] - strokes["noisy, bare pixels"], below=0.02)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Extract once, train a head, and put both together: with a trained encoder of yours in place of this random one.

# %% tags=["own"]
import keras
import numpy as np

rng = np.random.default_rng(0)
images, labels = rng.random((600, 16, 16, 3), "float32"), rng.integers(0, 2, 600)  # your samples
encoder = keras.Sequential([keras.layers.Conv2D(16, 3, activation="relu"), keras.layers.GlobalMaxPooling2D()])
encoder.trainable = False  # frozen
features = encoder.predict(images, verbose=0)  # once, not in every epoch
head = keras.Sequential([keras.layers.BatchNormalization(), keras.layers.Dense(2, activation="softmax")])
head.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", jit_compile=False)
head.fit(features, labels, epochs=5, verbose=0)
whole = keras.Sequential([encoder, head])  # to unfreeze: encoder.trainable = True, then compile with a small rate
whole(images[:2]).shape

# %% [markdown]
# ## Exercises
# ### Exercise 1 · What VGG16 wants (10 minutes)
# VGG16 was trained on pixels in the order blue, green, red, from 0 to 255, with 103.939, 116.779 and 123.68 subtracted
# from them. Write `for_vgg(pixels)`: bytes (B, H, W, 3) in the order red, green, blue to floats as VGG16 wants them.


# %% tags=["exercise"]
# stub
def for_vgg(pixels): ...  # your code here
# solution
def for_vgg(pixels):
    blue_first = pixels[..., ::-1].astype("float32")
    return blue_first - np.array([103.939, 116.779, 123.68], "float32")


# end
lesson.check(1, for_vgg)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · Does it pay to extract? (5 minutes)
# Extraction takes `once` seconds, an epoch `cached` seconds on features and `loop` seconds, more, with the encoder in
# the loop. Write `epochs_to_pay(once, loop, cached)`: the fewest epochs for which extracting takes *less* time in all.


# %% tags=["exercise"]
# stub
def epochs_to_pay(once, loop, cached): ...  # your code here
# solution
def epochs_to_pay(once, loop, cached):
    return int(once // (loop - cached)) + 1  # once + n cached < n loop


# end
lesson.check(2, epochs_to_pay)

# %% [markdown]
# ### Exercise 3 · Unfreeze from the top (15 minutes)
# Often only the last layers are unfrozen, the least general ones, and batch normalisations never, so that a few samples
# do not upset their statistics. Write `unfreeze_last(layers, n)`: of a list of Keras layers, the last n may learn,
# except those of the class `keras.layers.BatchNormalization`; all others may not. n may be 0. It returns the list.


# %% tags=["exercise"]
# stub
def unfreeze_last(layers, n): ...  # your code here
# solution
def unfreeze_last(layers, n):
    first = len(layers) - n
    for i, layer in enumerate(layers):
        layer.trainable = i >= first and not isinstance(layer, keras.layers.BatchNormalization)
    return layers


# end
lesson.check(3, unfreeze_last)

# %% [markdown]
# ## Further reading
# - J. Yosinski et al., *How transferable are features in deep neural networks?*, 2014: which layers are general.
# - S. Kornblith et al., *Do better ImageNet models transfer better?*, 2019: frozen, fine-tuned, from scratch.
