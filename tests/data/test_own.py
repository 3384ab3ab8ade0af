"""A reader's own data: rows stay together, groups stay whole, and every fault is named with its row."""

import wave
import zipfile

import numpy as np
import pytest

from mmcourse.data import from_arrays, from_folder, from_table

RNG = np.random.default_rng(0)


def save_wave(path, seconds=0.2, rate=8000, width=2, channels=1, hertz=440):
    tone = np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate) * 0.5
    scaled = {1: (tone * 127 + 128).astype(np.uint8), 2: (tone * 2**15).astype("<i2"), 4: (tone * 2**31).astype("<i4")}
    content = (tone * 2**23).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3] if width == 3 else scaled[width]
    frames = np.repeat(content.reshape(len(tone), -1), channels, axis=0).tobytes()
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(frames)


def save_image(path, colour, size=(20, 30)):
    from PIL import Image

    Image.new("RGB", size, tuple(colour)).save(path)


def test_the_worked_example(tmp_path, monkeypatch):
    """The lines of data/your_own.md, run as they stand there."""
    import re

    from mmcourse.files import course_file

    monkeypatch.chdir(tmp_path)
    blocks = re.findall(
        r"```python\n(.*?)```", course_file("data", "your_own.md").read_text(encoding="utf-8"), re.DOTALL
    )
    names = {}
    exec(blocks[0], names)
    data = names["data"]
    assert (len(data.train), len(data.val), len(data.test)) == (60, 20, 20)
    assert list(data.modalities) == ["image", "text"] and data.classes == ("no", "yes")
    images = np.load("image_data.npy")
    for name in ("train", "val", "test"):
        for image, text in zip(data.split(name).x["image"], data.split(name).x["text"], strict=True):
            row = int(text.split()[-1])
            assert np.array_equal(image, images[row]), "row i of every array is sample i"


def test_groups_and_classes():
    groups = np.repeat(np.arange(40), 5)
    labels = np.array(["cat", "dog", "cow"])[RNG.integers(0, 3, 200)]
    data = from_arrays({"x": np.arange(200.0)}, labels, groups=groups, seed=2)
    seen = [set(data.split(name).group) for name in ("train", "val", "test")]
    assert sum(map(len, seen)) == 40 and len(set.union(*seen)) == 40
    for name in ("train", "val", "test"):
        split = data.split(name)
        assert [data.classes[y] for y in split.y] == labels[split.x["x"].astype(int)].tolist()
        assert np.array_equal(split.group, groups[split.x["x"].astype(int)])
    plain = from_arrays({"x": np.arange(200.0)}, np.repeat([0, 1], [150, 50]))
    assert [np.bincount(plain.split(name).y).tolist() for name in ("train", "val", "test")] == [
        [90, 30],
        [30, 10],
        [30, 10],
    ]
    assert plain.fingerprint() == from_arrays({"x": np.arange(200.0)}, np.repeat([0, 1], [150, 50])).fingerprint()
    values = from_arrays({"x": np.arange(50)}, np.linspace(0, 1, 50))
    assert values.classes is None and values.train.y.dtype == np.float32


@pytest.mark.parametrize(
    "arrays, labels, options, words",
    [
        ({}, np.arange(9), {}, "at least one modality"),
        ({"a": np.zeros((9, 2))}, np.arange(10) % 2, {}, "'a' has 9 rows, there are 10 labels"),
        ({"a": np.array([1, "x", None] * 3, object)}, np.arange(9), {}, "array of object"),
        ({"a": np.zeros(10)}, np.array([None] * 10), {}, "strings or numbers, got object"),
        ({"a": np.array([0.0] * 7 + [np.nan] * 3)}, np.arange(10) % 2, {}, "in 3 rows, the first is row 7"),
        ({"a": np.zeros(10)}, np.r_[np.zeros(9), np.inf], {}, "label of row 9"),
        ({"a": np.zeros(10)}, np.arange(10) % 3, {}, "class number 0 is in 4 samples"),
        ({"a": np.zeros(10)}, np.arange(10) % 2, {"groups": np.arange(10) // 3}, "5 samples or groups or more, got 4"),
        ({"a": np.zeros(10)}, np.arange(10) % 2, {"groups": np.arange(9)}, "'groups' has 9 rows"),
        ({"a": np.zeros(10)}, np.arange(10) % 2, {"rates": {"b": 8000}}, "got b"),
        ({"a": np.array(["x" * 10_001] * 10)}, np.arange(10) % 2, {}, "'a', row 0: the text has 10001 characters"),
        ({"a": np.array([["x"]] * 10)}, np.arange(10) % 2, {}, "one text per sample"),
        ({"a": np.array([b"x"] * 10)}, np.arange(10) % 2, {}, "numbers or texts"),
        ({"a": "nowhere.npy"}, np.arange(10), {}, "nowhere.npy cannot be read as arrays"),
    ],
)
def test_faulty_arrays(arrays, labels, options, words):
    with pytest.raises(ValueError, match=words):
        from_arrays(arrays, labels, **options)


@pytest.fixture
def animals(tmp_path):
    """30 animals: a picture in the colour of the class, a tone, a note; some of each missing or damaged."""
    lines = ["photo,call,note,animal,farm"]
    for i in range(30):
        kind = i % 3
        save_image(tmp_path / f"{i}.png", [[200, 0, 0], [0, 200, 0], [0, 0, 200]][kind])
        save_wave(tmp_path / f"{i}.wav", hertz=300 * (kind + 1))
        lines.append(f"{i}.png,{i}.wav,a note on {i},{['cow', 'hen', 'pig'][kind]},farm {i % 10}")
    (tmp_path / "4.png").write_bytes(b"no picture")
    (tmp_path / "7.wav").unlink()
    lines[10] = lines[10].replace("9.png,9.wav,a note on 9", ",,")  # row 10
    lines[13] = lines[13].replace("pig", "").replace("cow", "").replace("hen", "")  # row 13
    lines[16] = lines[16].replace("15.png", "../15.png")
    lines[21] = lines[21].replace("a note on 20", "")
    return tmp_path, lines


COLUMNS = {"photo": "image", "call": "audio", "note": "text"}


def _check_animals(data):
    assert list(data.modalities) == ["photo", "call", "note"] and data.classes == ("cow", "hen", "pig")
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
    return data


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_with_faults(animals, ending):
    folder, lines = animals
    path = folder / f"animals.{ending}"
    (folder / "animals.csv").write_text("\n".join(lines))
    if ending == "parquet":
        import pandas

        pandas.read_csv(folder / "animals.csv").to_parquet(path)
    with pytest.warns(UserWarning, match="animals: 5 problems in 30 rows"):
        data = from_table(path, COLUMNS, label="animal", group="farm", image_side=16, seconds=0.5)
    _check_animals(data)
    named = [problem.split(":")[0] for problem in data.problems]
    assert named == ["row 5, photo", "row 8, call", "row 10", "row 13", "row 16, photo"]
    assert "cannot be read as a picture" in data.problems[0] and "leads out of" in data.problems[4]
    assert "no file '7.wav'" in data.problems[1] and "no label" in data.problems[3]
    farms = [set(data.split(name).group) for name in ("train", "val", "test")]
    assert sum(map(len, farms)) == len(set.union(*farms)) == 10


def test_a_folder_and_its_zip(animals, tmp_path_factory):
    source, _ = animals
    folder = tmp_path_factory.mktemp("own") / "animals"
    for i in range(30):
        place = folder / ["cow", "hen", "pig"][i % 3]
        place.mkdir(parents=True, exist_ok=True)
        for ending in ("png", "wav"):
            if (source / f"{i}.{ending}").exists():
                (place / f"{i}.{ending}").write_bytes((source / f"{i}.{ending}").read_bytes())
        (place / f"{i}.txt").write_text(f"a note on {i}")
    (folder / "cow" / "odd.xyz").write_text("?")
    with pytest.warns(UserWarning, match="animals: 2 problems in 30 rows"):
        data = from_folder(folder, image_side=16, seconds=0.5)
    assert (
        list(data.modalities) == ["image", "audio", "text"] and sum(map(len, (data.train, data.val, data.test))) == 30
    )
    packed = folder.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.rglob("*.*"):
            archive.write(path, path.relative_to(folder))
    with pytest.raises(ValueError, match="exists already"):
        from_folder(packed)
    folder.rename(folder.with_name("before"))
    with pytest.warns(UserWarning):
        assert from_folder(packed, image_side=16, seconds=0.5).fingerprint() == data.fingerprint()


@pytest.mark.parametrize("width, channels, rate", [(1, 1, 8000), (2, 2, 16000), (3, 1, 8000), (4, 1, 22050)])
def test_sounds_of_many_formats(tmp_path, width, channels, rate):
    from mmcourse.data.hostile import read_wave

    save_wave(tmp_path / "a.wav", seconds=0.3, rate=rate, width=width, channels=channels, hertz=500)
    sound = read_wave(tmp_path / "a.wav", 8000, 2400)
    wanted = 0.5 * np.sin(2 * np.pi * 500 * np.arange(2400) / 8000)
    assert sound.dtype == np.float32 and np.abs(sound - wanted)[100:-100].max() < 0.02
    assert (
        len(read_wave(tmp_path / "a.wav", 8000, 4000)) == 4000
        and not read_wave(tmp_path / "a.wav", 8000, 4000)[2500:].any()
    )


@pytest.mark.parametrize(
    "content, options, words",
    [
        ("photo,animal\n", {}, "own has no rows"),
        ("photo,breed\n1.png,x\n", {}, "has the columns photo, breed; not animal"),
        ("photo,animal\n" + "x.png,cow\n" * 9, {}, "9 rows, too many to go on. The first: row 1, photo: there is no"),
        ("photo,animal\na,b,c\n1\n,,,,\n", {}, "cannot be read as a table"),
        ("", {}, "cannot be read as a table"),
        ("photo,animal\n1.png,x\n", {"columns": {"photo": "smell"}}, "image, audio, text; got smell"),
    ],
)
def test_faulty_tables(tmp_path, content, options, words):
    (tmp_path / "own.csv").write_text(content)
    with pytest.raises(ValueError, match=words):
        from_table(tmp_path / "own.csv", options.get("columns", {"photo": "image"}), label="animal")


def test_faulty_folders(tmp_path):
    with pytest.raises(ValueError, match="is no folder"):
        from_folder(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="no files like class/sample"):
        from_folder(tmp_path)
    with pytest.raises(ValueError, match=r"ends in .csv or .parquet, got 'a.xls'"):
        from_table(tmp_path / "a.xls", {"photo": "image"}, label="animal")
