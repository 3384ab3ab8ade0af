"""A reader's own tables and folders: what is there is read rightly, and what is not is named with its row."""

import zipfile

import numpy as np
import pytest

from mmcourse.data import from_folder, from_table
from tests.data.own.samples import ANIMALS, farm, farm_table, painted, right_colours, rows_of, save_image, save_wave

COLUMNS = {"photo": "image", "call": "audio", "note": "text"}


@pytest.fixture
def animals(tmp_path):
    """30 animals: a picture in the colour of the class, a tone, a note; some of each missing or damaged."""
    lines = ["photo,call,note,animal,farm"]
    for i in range(30):
        save_image(tmp_path / f"{i}.png", i)
        save_wave(tmp_path / f"{i}.wav", hertz=300 * (i % 3 + 1), seconds=0.15 + i / 400)
        lines.append(f"{i}.png,{i}.wav,a note on {i},{ANIMALS[i % 3]},farm {i % 10}")
    (tmp_path / "4.png").write_bytes(b"no picture")
    (tmp_path / "7.wav").unlink()
    lines[10] = lines[10].replace("9.png,9.wav,a note on 9", ",,")  # row 10
    lines[13] = lines[13].replace("cow", "")  # row 13
    lines[16] = lines[16].replace("15.png", "../15.png")
    lines[21] = lines[21].replace("a note on 20", "")
    return tmp_path, lines


def _check_animals(data):
    assert list(data.modalities) == ["photo", "call", "note"] and data.classes == ANIMALS
    total = 0
    for name in ("train", "val", "test"):
        split = data.split(name)
        total += len(split)
        for i in range(len(split)):
            photo, call, note = (split.x[key][i] for key in COLUMNS)
            there = split.present[i]
            assert photo.any() == there[0] and call.any() == there[1] and bool(note) == there[2]
            if there[0]:
                assert photo.mean(axis=(0, 1)).argmax() == split.y[i] and photo.shape == (16, 16, 3)
            if there[1]:
                pitch = np.abs(np.fft.rfft(call)).argmax() / 0.5
                assert pitch == pytest.approx(300 * (split.y[i] + 1), abs=5)
            if there[2]:
                assert int(note.split()[-1]) % 3 == split.y[i]
    assert total == 28


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_with_faults(animals, ending):
    folder, lines = animals
    path = folder / f"animals.{ending}"
    (folder / "animals.csv").write_text("\n".join(lines))
    if ending == "parquet":
        import pandas

        pandas.read_csv(folder / "animals.csv").to_parquet(path)
    with pytest.warns(UserWarning, match="animals: 5 problems") as caught:
        data = from_table(path, COLUMNS, label="animal", group="farm", image_side=16, seconds=0.5)
    assert caught[0].filename == __file__, "the warning points at the reader's line"
    _check_animals(data)
    assert [(problem.kind, problem.row, problem.file) for problem in data.problems] == [
        ("picture", 5, "4.png"),
        ("sound", 8, "7.wav"),
        ("row", 10, ""),
        ("label", 13, ""),
        ("picture", 16, "../15.png"),
    ]
    said = [str(problem) for problem in data.problems]
    assert (
        said[0].startswith("row 5, 4.png: cannot be read as a picture (it is none of PNG, JPEG") and "; save" in said[0]
    )
    assert (
        "leads out of" in said[4]
        and "no such file" in said[1]
        and said[3] == "row 13: no label, left out; give it a label"
    )
    farms = [set(data.split(name).group) for name in ("train", "val", "test")]
    assert sum(map(len, farms)) == len(set.union(*farms)) == 10


def test_a_folder_and_its_zip(animals, tmp_path_factory):
    source, _ = animals
    folder = tmp_path_factory.mktemp("own") / "animals"
    for i in range(30):
        place = folder / ANIMALS[i % 3]
        place.mkdir(parents=True, exist_ok=True)
        for ending in ("png", "wav"):
            if (source / f"{i}.{ending}").exists():
                (place / f"{i}.{ending}").write_bytes((source / f"{i}.{ending}").read_bytes())
        (place / f"{i}.txt").write_text(f"a note on {i}")
    (folder / "cow" / "odd.xyz").write_text("?")
    with pytest.warns(UserWarning, match="animals: 2 problems"):
        data = from_folder(folder, image_side=16, seconds=0.5)
    assert list(data.modalities) == ["image", "audio", "text"] and len(list(rows_of(data))) == 30
    assert {(problem.kind, problem.file) for problem in data.problems} == {
        ("file", "cow/odd.xyz"),
        ("picture", "hen/4.png"),
    }
    packed = folder.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.rglob("*.*"):
            archive.write(path, path.relative_to(folder))
    before = sorted(folder.parent.rglob("*"))
    for _ in range(2):  # as a cell that is run twice
        with pytest.warns(UserWarning):
            again = from_folder(packed, image_side=16, seconds=0.5)
        assert again.fingerprint() == data.fingerprint() and again.problems == data.problems
    assert sorted(folder.parent.rglob("*")) == before, "nothing is left beside the zip"


def test_a_set_of_own_files_trains_without_a_warning(tmp_path):
    """pytest turns every warning into an error: Pillow's of odd metadata, Keras's of inputs."""
    import keras

    from mmcourse.layers import ConcatFusion
    from mmcourse.models import FeatureFusion
    from mmcourse.training import fit

    farm(tmp_path)
    for path in tmp_path.rglob("*.png"):
        path.with_suffix(".txt").write_text(f"a note on {path.stem}")
        save_image(path.with_suffix(".gif"), int(path.stem), transparency=3)
        path.unlink()
    data = from_folder(tmp_path, image_side=8).with_tokens()
    encoders = {
        "image": keras.Sequential([keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(4)]),
        "text": keras.Sequential([keras.layers.Embedding(64, 4), keras.layers.GlobalAveragePooling1D()]),
    }
    model = FeatureFusion(encoders, ConcatFusion(), keras.layers.Dense(3))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert np.isfinite(fit(model, data, epochs=1, seed=0, batch_size=8).history["loss"]).all()


def test_labels_with_fractions_are_values_and_whole_numbers_classes_in_order(tmp_path):
    lines = farm_table(tmp_path, 60)
    table = tmp_path / "own.csv"
    for name, value in [("values", lambda i: i / 7), ("classes", lambda i: i % 12)]:
        table.write_text("\n".join([lines[0], *(f"{i}.png,,{value(i)}" for i in range(60))]))
        data = from_table(table, {"photo": "image"}, label="animal")
        if name == "values":
            assert data.classes is None and data.train.y.dtype == np.float32
            assert sorted(np.concatenate([data.split(s).y for s in ("train", "val", "test")])) == pytest.approx(
                [i / 7 for i in range(60)]
            )
        else:
            assert data.classes == tuple(map(str, range(12))), "10 comes after 9"


def test_pictures_inside_parquet(tmp_path):
    """As bytes, and as data sets for download have them: {"bytes": ..., "path": ...}."""
    import pandas

    from tests.data.own.samples import image_bytes

    for pack in (lambda i: image_bytes(i), lambda i: {"bytes": image_bytes(i), "path": f"{i}.png"}):
        rows = {"photo": [pack(i) for i in range(30)], "animal": [ANIMALS[i % 3] for i in range(30)]}
        pandas.DataFrame(rows).to_parquet(tmp_path / "own.parquet")
        data = from_table(tmp_path / "own.parquet", {"photo": "image"}, label="animal", image_side=24)
        assert data.problems == () and right_colours(data, "photo")
        wanted = {painted(i).tobytes() for i in range(30)}
        assert {x["photo"].tobytes() for x, _ in rows_of(data)} == wanted
