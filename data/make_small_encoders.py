"""Make `small_encoders.npz`: encoders of generated pictures and captions, trained by naming what is there.

Run once: `python data/make_small_encoders.py`; it takes two minutes on 2 cores. Both learn to name shape, colour,
texture, size and place of the thing in a scene, that of captions also its material. The pictures show only the first
four of the eight shapes. What is kept is the encoder up to its features; the layers that name are thrown away.
"""

import hashlib
import re
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from mmcourse.data import load, text
from mmcourse.data.making import captions
from mmcourse.pretrained.small import FILE, SmallImage, SmallText

SEED = 1707  # of the scenes; no lesson uses it
SHAPES_SEEN = 4  # of 8; diamond, ring, star and moon are never painted
ERASURE = 0.1
TRAIN, VAL, BATCH = 8000, 1000, 64
EPOCHS = 8


def image_task(split) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Pictures and what to name in each; one more class for what static hides."""
    known, hidden = split.targets, split.targets["image_symbol"] < 0
    box = known["box"]
    centre = np.stack([box[:, 0] + box[:, 2], box[:, 1] + box[:, 3]]) * 3 // 64  # thirds of 32 pixels
    counts = {"shape": SHAPES_SEEN, "colour": len(captions.COLOURS), "texture": len(captions.TEXTURES)}
    names = {name: np.where(hidden, count, known[name]) for name, count in counts.items()}
    return split.x["image"], names | {"size": known["size"], "place": centre[0] * 3 + centre[1]}


def text_task(n: int, seed: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Captions of shapes, of materials or of mere things, and what each says; one more class for what it does not."""
    rng = np.random.default_rng([SEED, seed])
    nouns = [captions.shape_nouns(name) for name in captions.SHAPE_WORDS]
    nouns += [captions.material_nouns(name) for name in captions.MATERIALS]
    nouns += [captions.NEUTRAL] * 2
    counts = {
        "colour": captions.COLOURS,
        "texture": captions.TEXTURES,
        "size": captions.SIZES,
        "place": captions.PLACES,
    }
    factors = {name: rng.integers(0, len(table), n) for name, table in counts.items()}
    sentences = captions.write(factors, [nouns[i] for i in rng.integers(0, len(nouns), n)], rng)
    tables = [captions.SHAPE_WORDS, captions.MATERIALS, captions.COLOURS, captions.TEXTURES, captions.SIZES]
    names = dict(zip(("shape", "material", "colour", "texture", "size"), tables, strict=True))
    y = {name: np.array([_said(table, sentence) for sentence in sentences]) for name, table in names.items()}
    return sentences, y | {"place": np.array([_place(sentence) for sentence in sentences])}


def _said(table: dict[str, tuple[str, ...]], sentence: str) -> int:
    words = set(sentence.split())
    return next((i for i, same in enumerate(table.values()) if words & set(same)), len(table))


def _place(sentence: str) -> int:
    found = re.search(rf"(?:at|near) the ({'|'.join(sorted(captions.PLACES, key=len, reverse=True))})\b", sentence)
    return captions.PLACES.index(found[1]) if found else len(captions.PLACES)


def name_everything(encoder, given, train, val) -> None:
    """Train an encoder, in place, with a hidden layer and one linear layer for each thing to name."""
    hidden = layers.Dense(64, activation="relu")(encoder(given))
    model = keras.Model(
        given, {name: layers.Dense(int(y.max()) + 1, name=name)(hidden) for name, y in train[1].items()}
    )
    rate = keras.optimizers.schedules.CosineDecay(2e-3, EPOCHS * TRAIN // BATCH)
    loss = {name: keras.losses.SparseCategoricalCrossentropy(from_logits=True) for name in train[1]}
    model.compile(keras.optimizers.Adam(rate), loss, metrics=dict.fromkeys(loss, "accuracy"), jit_compile=False)
    model.fit(*train, batch_size=BATCH, epochs=EPOCHS, verbose=2)
    found = model.evaluate(*val, batch_size=256, verbose=0, return_dict=True)
    print(encoder.name, {name: f"{found[f'{name}_accuracy']:.3f}" for name in loss})


def main() -> None:
    keras.utils.set_random_seed(SEED)
    scenes = load("scenes", symbols=SHAPES_SEEN, erasure=ERASURE, train=TRAIN, val=VAL, test=1, seed=SEED)
    image = SmallImage(name="image")
    name_everything(image, keras.Input((32, 32, 3), dtype="uint8"), image_task(scenes.train), image_task(scenes.val))
    (train, said), (val, said_val) = text_task(TRAIN, 0), text_task(VAL, 1)
    words = [word for word in text.Vocabulary.fit(train).words[2:] if word.isalnum()]
    sentences = SmallText(words, name="text")
    train, val = tf.convert_to_tensor(train), tf.convert_to_tensor(val)
    name_everything(sentences, keras.Input((), dtype="string"), (train, said), (val, said_val))
    kept = {f"{e.name}_{i}": value for e in (image, sentences) for i, value in enumerate(e.network.get_weights())}
    path = Path(__file__).with_name(FILE)
    np.savez_compressed(path, words=np.array(words), **kept)
    print(f"{path.name}: {image.count_params()} and {sentences.count_params()} weights, {len(words)} words")
    print(f"{path.stat().st_size / 1e6:.2f} MB, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
