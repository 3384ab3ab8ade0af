"""What `emoji` is worth: each modality alone, both, another artist, another language; what its card says.

    python benchmarks/emoji.py            the frozen features, over five seeds of the split by family
    python benchmarks/emoji.py --choose   how the image features were chosen, on val: hand-made, small encoder, a CNN

Logistic regression on each modality; "both" adds up the log-probabilities of the two ("product of experts").
"""

import argparse

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import log_loss

import mmcourse as mm

SEEDS = range(5)
EPOCHS = 12  # of the CNN
STRENGTHS = {"image": (0.003, 0.01, 0.03, 0.1), "text": (1, 3, 10, 30)}


def fitted(data, modality: str) -> LogisticRegression:
    """The model whose regularisation gives the least cross-entropy on val."""

    def fit(strength):
        return LogisticRegression(C=strength, max_iter=500, tol=1e-3).fit(data.train.x[modality], data.train.y)

    def loss(model):
        return log_loss(data.val.y, model.predict_proba(data.val.x[modality]))

    return min(map(fit, STRENGTHS[modality]), key=loss)


def joined(split) -> np.ndarray:
    """Both features beside each other, the image's made as long as the name's."""
    return np.hstack([split.x["image"] / np.sqrt(split.x["image"].shape[1]), split.x["text"]])


def concatenated(data) -> RidgeClassifier:
    """The ridge classifier of both whose strength is best on val."""
    models = [RidgeClassifier(strength).fit(joined(data.train), data.train.y) for strength in (0.3, 1, 3)]
    return max(models, key=lambda model: model.score(joined(data.val), data.val.y))


def row(seed: int) -> dict[str, float]:
    """Test accuracies of one split."""
    noto = mm.load("emoji", features=True, seed=seed)
    other = mm.load("emoji", features=True, seed=seed, artist="twemoji").test
    chinese = mm.load("emoji", features=True, seed=seed, language="zh")
    image, text, signs = fitted(noto, "image"), fitted(noto, "text"), fitted(chinese, "text")
    said = {
        "image": image.predict_log_proba(noto.test.x["image"]),
        "name": text.predict_log_proba(noto.test.x["text"]),
        "Chinese name": signs.predict_log_proba(chinese.test.x["text"]),
        "other artist": image.predict_log_proba(other.x["image"]),
    }
    said["image x name"] = said["image"] + said["name"]
    said["image x Chinese name"] = said["image"] + said["Chinese name"]
    said["other artist x name"] = said["other artist"] + said["name"]
    both = concatenated(noto)
    said["[image, name], ridge"] = both.decision_function(joined(noto.test))
    said["[other artist, name], ridge"] = both.decision_function(joined(other))
    scores = {key: np.mean(logits.argmax(axis=1) == noto.test.y) for key, logits in said.items()}
    return {"majority": noto.baseline(), **scores}


def network():
    """A plain small CNN, the best of three that were tried on the val split of seed 0."""
    import keras

    blocks = [
        (keras.layers.Conv2D(width, 3, padding="same", activation="relu"), keras.layers.MaxPooling2D())
        for width in (32, 64, 96)
    ]
    return keras.Sequential(
        [
            keras.layers.Rescaling(1 / 127.5, -1),
            *(layer for block in blocks for layer in block),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(8),
        ]
    )


def choose() -> None:
    """Accuracy on val of three ways to see a drawing."""
    import keras

    found: dict[str, list[float]] = {}
    for seed in SEEDS:
        pictures, features = mm.load("emoji", seed=seed), mm.load("emoji", features=True, seed=seed)
        encoded = pictures.map({"image": mm.pretrained.small("image")})
        spread = encoded.train.x["image"].std()
        encoded = encoded.map({"image": lambda x, spread=spread: x / spread})
        for name, data in (("hand-made", features), ("small encoder", encoded)):
            found.setdefault(name, []).append(fitted(data, "image").score(data.val.x["image"], data.val.y))
        keras.utils.set_random_seed(seed)
        model, train, val = network(), pictures.train, pictures.val
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
        model.fit(train.x["image"], train.y, 32, EPOCHS, verbose=0)
        found.setdefault("CNN from scratch", []).append(model.evaluate(val.x["image"], val.y, verbose=0)[1])
        found.setdefault("CNN from scratch, other artist", []).append(
            model.evaluate(mm.load("emoji", seed=seed, artist="twemoji").val.x["image"], val.y, verbose=0)[1]
        )
    show(found, "on val")


def show(scores: dict[str, list[float]], where: str) -> None:
    for name, values in scores.items():
        print(f"{name:34} {np.mean(values):.3f} ± {np.std(values, ddof=1):.3f} over {len(values)} splits, {where}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--choose", action="store_true")
    if parser.parse_args().choose:
        choose()
    else:
        rows = [row(seed) for seed in SEEDS]
        show({name: [each[name] for each in rows] for name in rows[0]}, "on test")
