"""Features are computed once, found again only for the same encoder and samples, and train like the encoder itself."""

from dataclasses import replace

import keras
import numpy as np
import pytest

import mmcourse as mm
from mmcourse.pretrained import features

BATCH, FIRST = 4, 64


def extract(encoders, data, cache):
    return mm.pretrained.extract(encoders, data, cache, batch_size=BATCH)


def pictures(n: int = 300, seed: int = 0) -> mm.Multimodal:
    """Two modalities, pixels and numbers, with everything else that a set may carry."""
    rng = np.random.default_rng(seed)

    def split(n: int, first: int) -> mm.Split:
        x = {"image": rng.integers(0, 256, (n, 4, 4, 1), np.uint8), "numbers": rng.standard_normal((n, 2), "float32")}
        present = np.stack([np.arange(n) % 5 > 0, np.ones(n, bool)], 1)
        return mm.Split(x, np.arange(n) % 3, first + np.arange(n) % 4, present, {"row": np.arange(n)})

    specs = {
        "image": mm.Spec((4, 4, 1), "uint8", "brightness", "noise"),
        "numbers": mm.Spec((2,), "float32", "none", "noise"),
    }
    return mm.Multimodal("pictures", specs, split(n, 0), split(40, 4), split(50, 8))


def encoder_of(seed: int = 0) -> keras.Model:
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((4, 4, 1), dtype="uint8"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(3, 2, name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.Flatten(name="flat"),
            layers.Dropout(0.5, name="drop"),
        ],
        name="encoder",
    )


@pytest.fixture
def runs(monkeypatch):
    """How many samples each computed part has, not counting the batches that only confirm a file; parts of `FIRST`."""
    seen = []
    part = features._Runner.part

    def counted(run, array):
        computed = part(run, array)
        seen.append(len(computed))
        run.rows = FIRST  # whatever the clock says
        return computed

    monkeypatch.setattr(features._Runner, "part", counted)
    monkeypatch.setattr(features, "FIRST", FIRST)
    return seen


def test_features_stand_in_place_of_the_modality(tmp_path):
    data, encoder = pictures(), encoder_of()
    out = extract({"image": encoder}, data, cache=tmp_path)
    assert list(out.modalities) == ["image", "numbers"]
    assert out.modalities["image"].shape == (27,)
    for name in ("train", "val", "test"):
        new, old = out.split(name), data.split(name)
        expected = keras.ops.convert_to_numpy(encoder(old.x["image"], training=False)) * old.present[:, :1]
        np.testing.assert_allclose(new.x["image"], expected, atol=1e-6)
        for a, b in (
            (new.x["numbers"], old.x["numbers"]),
            (new.y, old.y),
            (new.group, old.group),
            (new.present, old.present),
            (new.targets["row"], old.targets["row"]),
        ):
            np.testing.assert_array_equal(a, b)


def test_the_second_time_nothing_is_computed(tmp_path, runs):
    first = extract({"image": encoder_of()}, pictures(), cache=tmp_path)
    assert sum(runs) == 390
    again = extract({"image": encoder_of()}, pictures(), cache=tmp_path)
    assert sum(runs) == 390
    assert again.fingerprint() == first.fingerprint()
    assert len(list(tmp_path.iterdir())) == 3


def test_one_weight_makes_other_features(tmp_path, runs):
    data, encoder = pictures(), encoder_of()
    extract({"image": encoder}, data, cache=tmp_path)
    weights = encoder.get_weights()
    weights[0][0, 0, 0, 0] += 1e-6
    encoder.set_weights(weights)
    extract({"image": encoder}, data, cache=tmp_path)
    assert sum(runs) == 780


def test_one_pixel_makes_other_features_of_its_split(tmp_path, runs):
    data, encoder = pictures(), encoder_of()
    extract({"image": encoder}, data, cache=tmp_path)
    data.val.x["image"][17, 2, 3, 0] ^= 1
    out = extract({"image": encoder}, data, cache=tmp_path)
    assert sum(runs) == 390 + 40
    np.testing.assert_allclose(
        out.val.x["image"][17], np.array(encoder(data.val.x["image"][17:18], training=False))[0], atol=1e-6
    )


def test_another_configuration_makes_other_features(tmp_path, runs):
    extract({"image": encoder_of()}, pictures(), cache=tmp_path)
    other = encoder_of()
    other.get_layer("conv").activation = keras.activations.relu
    out = extract({"image": other}, pictures(), cache=tmp_path)
    assert sum(runs) == 780
    fresh = keras.ops.convert_to_numpy(other(pictures().test.x["image"][1:2], training=False))
    np.testing.assert_allclose(out.test.x["image"][1:2], fresh, atol=1e-6)


def test_a_file_that_the_encoder_does_not_confirm_is_made_anew(tmp_path, runs):
    """A change that neither configuration nor weights show, such as edited code of a layer of one's own."""
    first = extract({"image": encoder_of()}, pictures(), cache=tmp_path)
    for path in tmp_path.glob("*.npy"):
        np.save(path, 2 * np.load(path))
    again = extract({"image": encoder_of()}, pictures(), cache=tmp_path)
    assert again.fingerprint() == first.fingerprint()
    assert sum(runs) == 780


@pytest.mark.parametrize("damage", [lambda b: b[:200], lambda b: b"PK\x03\x04" + b, lambda b: b[:12] + b"(" + b[13:]])
def test_a_damaged_file_is_made_anew(damage, tmp_path):
    first = extract({"image": encoder_of()}, pictures(), cache=tmp_path)
    for path in tmp_path.glob("*.npy"):
        path.write_bytes(damage(path.read_bytes()))
    assert extract({"image": encoder_of()}, pictures(), cache=tmp_path).fingerprint() == first.fingerprint()


@pytest.fixture
def tried(runs, monkeypatch):
    """An extraction that is interrupted after 192 samples; the set, or None where it was not done by then."""
    counted = features._Runner.part

    def failing(run, array):
        if sum(runs) >= 192:
            raise KeyboardInterrupt
        return counted(run, array)

    def tried(data, cache):
        runs.clear()
        with monkeypatch.context() as patch:
            patch.setattr(features._Runner, "part", failing)
            try:
                return extract({"image": encoder_of()}, data, cache=cache)
            except KeyboardInterrupt:
                return None

    return tried


@pytest.mark.parametrize("cut", [False, True], ids=["whole", "a part cut in half"])
def test_an_interrupted_extraction_goes_on_where_it_stopped(cut, tmp_path, runs, tried):
    data, encoder = pictures(), encoder_of()
    assert tried(data, tmp_path) is None
    assert runs == [64, 64, 64]
    if cut:
        part = next(tmp_path.glob("*/000000064.npy"))
        part.write_bytes(part.read_bytes()[: part.stat().st_size // 2])
    runs.clear()
    out = extract({"image": encoder}, data, cache=tmp_path)
    assert runs == [64] * cut + [64, 44, 40, 50]
    whole = extract({"image": encoder}, data, cache=tmp_path / "other")
    assert out.fingerprint() == whole.fingerprint()
    assert all(path.suffix == ".npy" for path in tmp_path.glob("*") if path.name != "other")


def test_a_file_not_confirmed_is_replaced_even_if_that_takes_several_tries(tmp_path, tried):
    data = pictures()
    good = extract({"image": encoder_of()}, data, cache=tmp_path)
    for path in tmp_path.glob("*.npy"):
        np.save(path, 2 * np.load(path))
    outs = [tried(data, tmp_path) for _ in range(3)]
    assert outs[0] is None and outs[-1].fingerprint() == good.fingerprint()


def test_a_row_changed_anywhere_is_seen_where_it_is_among_those_asked(tmp_path, runs):
    data = pictures()
    good = extract({"image": encoder_of()}, data, cache=tmp_path)
    for path in tmp_path.glob("*.npy"):
        kept = np.load(path)
        kept[-1] = 99  # the last row is always asked
        np.save(path, kept)
    assert extract({"image": encoder_of()}, data, cache=tmp_path).fingerprint() == good.fingerprint()


def test_an_adapted_vocabulary_is_part_of_an_encoder():
    def encoder(sentence):
        keras.utils.set_random_seed(0)
        words = keras.layers.TextVectorization(output_sequence_length=3)
        words.adapt([sentence])
        return keras.Sequential([keras.Input((), dtype="string"), words, keras.layers.Embedding(9, 2)])

    keys = [features.encoder_key(encoder(sentence)) for sentence in ("a a a b b c", "a a a c c b", "a a a b b c")]
    assert keys[0] == keys[2] != keys[1]


class Direction(keras.layers.Layer):
    """Vectors of length one: NaN where a modality is absent and its numbers are zeros."""

    def __init__(self, infinite=False, **kwargs):
        super().__init__(**kwargs)
        self.infinite = infinite

    def call(self, x):
        length = keras.ops.norm(x, axis=-1, keepdims=True)
        return keras.ops.where(length == 0, np.inf, x) if self.infinite else x / length

    def get_config(self):
        return {**super().get_config(), "infinite": self.infinite}


@pytest.mark.parametrize("infinite", [False, True])
def test_features_of_absent_samples_may_be_anything(infinite, tmp_path, runs):
    def absent(split):
        numbers = np.where(split.present[:, :1], split.x["numbers"], 0)
        present = split.present[:, ::-1].copy()
        return replace(split, x={**split.x, "numbers": numbers}, present=present)

    data = pictures().map_splits(absent)
    good = extract({"numbers": Direction(infinite)}, data, cache=tmp_path)
    assert np.isfinite(good.train.x["numbers"]).all()
    computed = sum(runs)
    assert extract({"numbers": Direction(infinite)}, data, cache=tmp_path).fingerprint() == good.fingerprint()
    assert sum(runs) == computed
    for path in tmp_path.glob("*.npy"):
        np.save(path, 7 * np.load(path))
    assert extract({"numbers": Direction(infinite)}, data, cache=tmp_path).fingerprint() == good.fingerprint()


def test_a_later_part_takes_whole_batches_for_the_seconds_it_may_take(monkeypatch):
    run = features._Runner(encoder_of(), pictures().modalities["image"], BATCH)
    clock = iter([0.0, 2.0, 5.0, 1005.0])
    monkeypatch.setattr(features.time, "perf_counter", lambda: next(clock))
    run.rows = 30
    assert len(run.part(pictures().train.x["image"])) == 30
    assert run.rows == 148  # 15 samples a second for 10 seconds, in batches of 4
    run.part(pictures().train.x["image"])
    assert run.rows == BATCH  # and never less than one


def test_parts_of_another_encoder_are_not_taken_over(tmp_path):
    data = pictures()
    good = extract({"image": encoder_of()}, data, cache=tmp_path)
    for path in list(tmp_path.glob("*.npy")):  # as if interrupted, with parts that are not the encoder's
        rows = np.load(path)
        path.unlink()
        path.with_suffix("").mkdir()
        np.save(path.with_suffix("") / f"{0:09d}.npy", rows[:30] + 1)
    assert extract({"image": encoder_of()}, data, cache=tmp_path).fingerprint() == good.fingerprint()


def test_training_on_features_equals_training_with_the_frozen_encoder(tmp_path):
    data, encoder = pictures(), encoder_of()
    encoder.trainable = False
    data = data.map_splits(lambda split: replace(split, present=None))
    cached = extract({"image": encoder}, data, cache=tmp_path)

    def trained(first: keras.layers.Layer, data: mm.Multimodal) -> list[np.ndarray]:
        keras.utils.set_random_seed(1)
        model = mm.FeatureFusion(
            {"image": first, "numbers": keras.layers.Identity()}, mm.layers.ConcatFusion(), keras.layers.Dense(3)
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(0.1), loss, jit_compile=False)
        batches = data.tf_data("train", 32, shuffle_seed=0)
        model(next(iter(batches))[0])
        head = model.head
        head.kernel.assign(np.random.default_rng(0).normal(0, 0.1, head.kernel.shape))
        model.fit(batches, epochs=3, shuffle=False, verbose=0)
        return [v.numpy() for v in head.variables]

    class Frozen(keras.layers.Layer):
        """The encoder as it should be in the loop: without dropout, its batch statistics at rest."""

        def call(self, x):
            return encoder(x, training=False)

    for a, b in zip(trained(Frozen(trainable=False), data), trained(keras.layers.Identity(), cached), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    assert np.abs(a).max() > 0.01


def test_unknown_modality_is_named(tmp_path):
    with pytest.raises(ValueError, match="image, numbers; got sound"):
        extract({"sound": encoder_of()}, pictures(), cache=tmp_path)
