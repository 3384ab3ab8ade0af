"""Make `small_encoders.npz` and `small_text_module/`: two encoders trained on `scenes`. Run: `python data/make_small_encoders.py`.

The image encoder learns to name shape (of the first four only: circle, square, triangle, cross), colour, texture and
size of the object. The text encoder never sees a label: it learns to say, from a caption, what the finished image
encoder sees in the picture. So words for the same look get the same features, and words for what cannot be seen do not.
"""

import hashlib
import io
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers

import mmcourse as mm
from mmcourse.data.text import Vocabulary
from mmcourse.files import write_whole
from mmcourse.pretrained import small

SEED, SCENES, EPOCHS = 20_240, 12_000, 10  # a seed that no lesson uses
FACTORS = {"shape": 4, "colour": 8, "texture": 4, "size": 3}
HERE = Path(__file__).parent


def scenes(task: str, symbols: int, seed: int = SEED) -> mm.Multimodal:
    return mm.load("scenes", task=task, symbols=symbols, erasure=0.0, train=SCENES, val=1000, test=1, seed=seed)


def pixels(split: mm.Split) -> np.ndarray:
    return split.x["image"].astype("float32") / 255


def train_image() -> keras.Model:
    data = scenes("unique", FACTORS["shape"])
    encoder = small.image_model(trained=False, pooling="avg")
    inputs = keras.Input((32, 32, 3))
    features = encoder(inputs)
    model = keras.Model(inputs, {name: layers.Dense(n, name=name)(features) for name, n in FACTORS.items()})
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    rate = keras.optimizers.schedules.CosineDecay(3e-3, EPOCHS * -(-SCENES // 64))
    metrics = dict.fromkeys(FACTORS, "accuracy")
    model.compile(keras.optimizers.Adam(rate), dict.fromkeys(FACTORS, loss), metrics=metrics, jit_compile=False)
    parts = [(pixels(part), {name: part.targets[name] for name in FACTORS}) for part in (data.train, data.val)]
    model.fit(*parts[0], validation_data=parts[1], epochs=EPOCHS, batch_size=64, verbose=2)
    return encoder


def train_text(image: keras.Model) -> small.SmallText:
    sets = scenes("redundant", 8, SEED + 1), scenes("unique", 8, SEED + 2)  # names of shapes, names of materials
    said, seen = {}, {}
    for name in ("train", "val"):
        parts = [data.split(name) for data in sets]
        said[name] = np.concatenate([part.x["text"] for part in parts])
        seen[name] = image.predict(np.concatenate([pixels(part) for part in parts]), verbose=0)
    words = Vocabulary.fit(said["train"]).words[2:]
    encoder = small.SmallText([word for word in words if word.isalnum()])
    encoder.trainable = True
    mean, spread = seen["train"].mean(axis=0), seen["train"].std(axis=0) + 1e-6
    inputs = keras.Input((), dtype="string")
    model = keras.Model(inputs, layers.Dense(len(mean))(encoder(inputs)))
    model.compile(keras.optimizers.Adam(2e-3), "mse", jit_compile=False)
    train, val = ((tf.constant(said[name]), (seen[name] - mean) / spread) for name in ("train", "val"))
    model.fit(*train, validation_data=val, epochs=EPOCHS, batch_size=64, verbose=2)
    return encoder


def main() -> None:
    keras.utils.set_random_seed(SEED)
    image = train_image()
    text = train_text(image)
    arrays = {f"image_{i}": array for i, array in enumerate(image.get_weights())}
    arrays |= {f"text_{i}": array for i, array in enumerate(text.get_weights())}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays, text_words=np.array(text.vocabulary))
    write_whole(HERE / small.WEIGHTS, buffer.getvalue())
    sentence = keras.Input((), dtype="string")
    keras.Model(sentence, text(sentence)).export(str(HERE / "small_text_module"), verbose=False)
    print(f"{len(buffer.getvalue()) / 1e6:.2f} MB, SHA-256 {hashlib.sha256(buffer.getvalue()).hexdigest()}")


if __name__ == "__main__":
    main()
