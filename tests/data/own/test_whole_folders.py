"""Whole folders as new users bring them: each is loaded rightly with every fault listed by row, or refused at once.

A case changes a good folder of 30 animals, loads it, and says either which problems the set must list, all of them, by
kind and rows, or which words the one sentence of the refusal must have.
"""

import csv
import gzip
import io
import os

import numpy as np
import pytest

from mmcourse.data import from_arrays, from_table
from mmcourse.data.own.writing import save_sound
from tests.data.own.samples import ANIMALS, painted, quiet, rows_of, save_image, save_wave, tone

COLUMNS = {"photo": "image", "call": "audio", "note": "text"}
COUNT = 30
SPLIT = ["train", "train", "train", "val", "test"]


class Folder:
    """30 pictures, sounds and notes with their table; row i + 1 is animal i, of the class i % 3."""

    def __init__(self, place):
        self.place = place
        self.header = ["photo", "call", "note", "animal"]
        self.rows = [[f"{i}.png", f"{i}.wav", f"a note on {i}", ANIMALS[i % 3]] for i in range(COUNT)]
        self.encoding, self.mark, self.end = "utf-8", ",", "\n"
        self.ends, self.first, self.packed = (), "", False
        self.options = {}
        for i in range(COUNT):
            save_image(place / f"{i}.png", i)
            save_wave(place / f"{i}.wav", hertz=300 + 20 * i)

    def rename(self, i, column, name):
        (self.place / self.rows[i][column]).rename(self.place / name)
        self.rows[i][column] = name

    def load(self):
        buffer = io.StringIO()
        table = csv.writer(buffer, delimiter=self.mark, lineterminator=self.end)
        table.writerows([self.header, *self.rows])
        text = self.first + buffer.getvalue()
        if self.ends:
            text = "".join(f"{line}{self.ends[i % len(self.ends)]}" for i, line in enumerate(text.splitlines()))
        content = text.encode(self.encoding)
        (self.place / "animals.csv").write_bytes(gzip.compress(content) if self.packed else content)
        return quiet(from_table, self.place / "animals.csv", COLUMNS, label="animal", image_side=24, **self.options)


def as_it_is(folder):
    return [], COUNT


def cut_off_files(folder):
    for name in ("2.png", "7.wav"):
        path = folder.place / name
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (folder.place / "11.wav").write_bytes(b"")
    save_sound(folder.place / "12.wav", np.zeros(0), 8000)
    return [("picture", 3), ("sound", 8), ("sound", 12), ("sound", 13)], COUNT


def a_grey_picture_and_a_silent_sound(folder):
    from PIL import Image

    Image.new("RGB", (24, 24), (128, 128, 128)).save(folder.place / "4.png")
    folder.rows[4][3] = ANIMALS[0]  # so that its colour is not asked about: it has none
    folder.rows[3][3] = ANIMALS[0]
    save_wave(folder.place / "9.wav", hertz=0)
    return [("picture", 5), ("sound", 10)], None


def byte_order_mark_and_windows_line_ends(folder):
    folder.encoding, folder.end = "utf-8-sig", "\r\n"
    return [], COUNT


def semicolons(folder):
    folder.mark = ";"
    return "save it with commas, not ';', between the columns"


def a_missing_column(folder):
    folder.header[3] = "Animal"
    return "has the columns photo, call, note, Animal; not animal; name columns that it has"


def latin_letters(folder):
    folder.encoding, folder.rows[3][2] = "latin-1", "eine Kuh für Özge"
    return 'is not UTF-8 after line .*"CSV UTF-8"'


def the_same_rows_twice(folder):
    """Three rows of train once more in test."""
    folder.header.append("part")
    folder.options = {"split": "part"}
    folder.rows = [[*row, SPLIT[i % 5]] for i, row in enumerate(folder.rows)]
    folder.rows += [[*folder.rows[i][:4], "test"] for i in (0, 5, 6)]
    return [("copies", 31, 32, 33)] * 3, COUNT + 3


def absolute_paths_and_ways_out(folder):
    folder.rows[2][0] = str(folder.place / "2.png")  # inside all the same
    folder.rows[3][0] = "/etc/passwd"
    folder.rows[4][1] = "../../4.wav"
    folder.rows[5][0] = "x/../5.png"
    return [("picture", 4), ("sound", 5)], COUNT


def other_rates_and_stereo(folder):
    for i, (rate, channels, width) in enumerate([(44100, 2, 2), (16000, 1, 3), (48000, 2, 4), (11025, 1, 1)]):
        save_wave(folder.place / f"{i}.wav", rate=rate, channels=channels, width=width, hertz=300 + 20 * i)
    return [], COUNT


def pictures_of_other_depths(folder):
    from PIL import Image

    bright = np.asarray(Image.open(folder.place / "0.png").convert("L")).astype(np.uint16) * 257
    Image.fromarray(bright).save(folder.place / "0.png")
    Image.open(folder.place / "1.png").quantize(200).save(folder.place / "1.png")
    Image.open(folder.place / "2.png").convert("RGBA").save(folder.place / "2.png")
    return [], None


def capitals_and_letters_of_every_script(folder):
    folder.rename(0, 0, "0.PNG")
    folder.rename(1, 1, "1.WAV")
    folder.rename(2, 0, "母鸡 é.png")
    folder.rename(3, 0, "a b, c; 'd'.png")
    folder.rows[4][2] = "猪在叫 🐷"
    return [], COUNT


def empty_cells(folder):
    folder.rows[0][0] = folder.rows[1][1] = folder.rows[2][2] = " "
    folder.rows[3][:3] = ["", "", ""]
    folder.rows[4][3] = ""
    return [("row", 4), ("label", 5)], COUNT - 2


def cells_too_few_and_too_many(folder):
    folder.rows[6].pop()
    folder.rows[7].insert(3, "with a comma")
    return [("row", 7), ("row", 8)], COUNT - 2


def classes_that_are_floats(folder):
    """As a program writes a column of whole numbers with gaps: 0.0, 1.0, and once the number itself."""
    for i, row in enumerate(folder.rows):
        row[3] = f"{i % 3}.0" if i else "0"
    return [], COUNT


def one_class_in_a_split(folder):
    folder.header.append("part")
    folder.options = {"split": "part"}
    folder.rows = [
        [*row, "val" if i in (3, 9, 12) else "test" if i > 20 else "train"] for i, row in enumerate(folder.rows)
    ]
    return [("class",)], COUNT


def everything_but_a_few_missing(folder):
    for i in range(20):
        (folder.place / f"{i}.png").unlink()
    return "20 of 30 rows are at fault, too many. row 1, 0.png: there is no such file"


def a_number_before_each_note(folder):
    folder.rows = [[*row[:2], f"{'CHP'[i % 3]}-{100 + i} {row[2]}", row[3]] for i, row in enumerate(folder.rows)]
    return [("giveaway", *range(1, COUNT + 1))], COUNT


def pictures_that_slipped(folder):
    """From row 121 of 240 on, each row has the picture of the row after it, as if a cell had been lost."""
    order = np.random.default_rng(0).permutation(240)
    for i in range(COUNT, 240):
        save_image(folder.place / f"{i}.png", i)
    folder.rows = [[f"{i}.png", "", f"a note on {i}", ANIMALS[i % 3]] for i in order]
    names = [row[0] for row in folder.rows]
    for row, name in zip(folder.rows[120:], [*names[121:], ""], strict=True):
        row[0] = name
    return "slipped", None


def endings_that_lie(folder):
    """A JPEG named .png is read by what it is; a sound named .png and a picture in the column of sounds are not."""
    save_image(folder.place / "0.png", 0, format="JPEG", quality=95)
    save_wave(folder.place / "x.png")
    folder.rows[1][0], folder.rows[2][1] = "x.png", "2.png"
    return [("picture", 2), ("sound", 3)], COUNT


def folders_pipes_and_addresses_in_place_of_files(folder):
    (folder.place / "3.png").unlink()
    (folder.place / "3.png").mkdir()
    folder.rows[8][0], folder.rows[9][0], folder.rows[10][0] = ".", "http://farm.org/9.png", "~/10.png"
    expected = [4, 9, 10, 11]
    if hasattr(os, "mkfifo"):  # not to be waited for
        os.mkfifo(folder.place / "pipe.png")
        folder.rows[4][0] = "pipe.png"
        expected.append(5)
    return [("picture", row) for row in expected], COUNT


def links_inside_and_out(folder):
    (folder.place / "5.wav").rename(folder.place / "five.wav")
    (folder.place / "5.wav").symlink_to(folder.place / "five.wav")
    (folder.place / "7.wav").unlink()
    (folder.place / "7.wav").symlink_to("/etc/passwd")
    return [("sound", 8)], COUNT


def line_ends_of_three_systems(folder):
    folder.ends = ("\n", "\r\n", "\r")
    return [], COUNT


def classes_with_what_no_screen_shows(folder):
    """A byte order mark, a space of no width, a soft hyphen, a mark of direction: pasted from web pages."""
    for i, mark in enumerate(("\u200b", "\ufeff", "\u00ad", "\u202a", "\u00a0")):
        folder.rows[3 * i][3] = f"cow{mark}"
    folder.rows[16][3] = "\u200b"
    return [("label", 17)], COUNT - 1


def one_animal_under_two_names(folder):
    """Two rows of train once more in train, as another animal."""
    folder.header.append("part")
    folder.options = {"split": "part"}
    folder.rows = [[*row, SPLIT[i % 5]] for i, row in enumerate(folder.rows)]
    folder.rows += [[*folder.rows[i][:3], ANIMALS[1], "train"] for i in (0, 6)]
    return [("label", 1, 7, 31, 32)], None


def a_class_of_one_row(folder):
    for i, row in enumerate(folder.rows):
        row[3] = "7" if i == 5 else f"{i % 3}"
    return "1 of 4 classes are too small: 7 in 1; 5 samples or groups are needed"


def words_for_a_missing_label(folder):
    folder.rows[6][3], folder.rows[7][3] = "None", "N/A"
    return "2 of 5 classes are too small: N/A in 1, None in 1"


def one_picture_for_all(folder):
    for row in folder.rows:
        row[0] = "0.png"
    return "copies", None


def very_large_and_very_thin_pictures(folder):
    from PIL import Image

    Image.new("L", (10_000, 10_000), 7).save(folder.place / "2.png")
    Image.new("RGB", (1, 300), "red").save(folder.place / "4.png")
    return [("picture", 3), ("picture", 5)], COUNT


def zero_characters(folder):
    folder.rows[4][2], folder.rows[5][0] = "a \0 note", "5\0.png"
    return [("text", 5), ("picture", 6)], COUNT


def quotes_dots_and_spaces_around_paths(folder):
    folder.rows[5][0], folder.rows[6][0], folder.rows[7][0] = " 5.png ", "./6.png", r".\7.png"
    folder.rows[4][0] = '"4.png"'  # quotes that are part of the cell
    return [("picture", 5)], COUNT


def splits_by_other_names(folder):
    folder.header.append("part")
    folder.options = {"split": "part"}
    names = ["Train ", "TRAIN", "train", "Val", "test"]
    folder.rows = [[*row, names[i % 5]] for i, row in enumerate(folder.rows)]
    folder.rows[0][4], folder.rows[1][4], folder.rows[2][4] = "training", "dev", ""
    return [("split", 1), ("split", 2), ("split", 3)], COUNT - 3


def sounds_of_no_number(folder):
    soundfile = pytest.importorskip("soundfile")
    for i, value in ((2, np.nan), (3, 1e30)):
        soundfile.write(folder.place / f"{i}.wav", np.full(800, value, np.float32), 8000, subtype="FLOAT")
    return [("sound", 3), ("sound", 4)], COUNT


def a_first_line_for_one_program(folder):
    folder.first = "sep=,\n"
    return "has the columns sep=, ; not photo, call, note, animal; name columns that it has"


def a_column_of_numbers_without_a_name(folder):
    folder.header.insert(0, "")
    folder.rows = [[str(i), *row] for i, row in enumerate(folder.rows)]
    return [], COUNT


def a_packed_table(folder):
    folder.packed = True
    return "is not UTF-8 after line 0"


TABLES = [
    endings_that_lie,
    folders_pipes_and_addresses_in_place_of_files,
    links_inside_and_out,
    line_ends_of_three_systems,
    classes_with_what_no_screen_shows,
    one_animal_under_two_names,
    a_class_of_one_row,
    words_for_a_missing_label,
    one_picture_for_all,
    very_large_and_very_thin_pictures,
    zero_characters,
    quotes_dots_and_spaces_around_paths,
    splits_by_other_names,
    sounds_of_no_number,
    a_first_line_for_one_program,
    a_column_of_numbers_without_a_name,
    a_packed_table,
    as_it_is,
    cut_off_files,
    a_grey_picture_and_a_silent_sound,
    byte_order_mark_and_windows_line_ends,
    semicolons,
    a_missing_column,
    latin_letters,
    the_same_rows_twice,
    absolute_paths_and_ways_out,
    other_rates_and_stereo,
    pictures_of_other_depths,
    capitals_and_letters_of_every_script,
    empty_cells,
    cells_too_few_and_too_many,
    classes_that_are_floats,
    one_class_in_a_split,
    everything_but_a_few_missing,
    a_number_before_each_note,
    pictures_that_slipped,
]


@pytest.mark.parametrize("change", TABLES)
def test_tables(tmp_path, change):
    folder = Folder(tmp_path)
    expected = change(folder)
    if isinstance(expected, str):
        with pytest.raises(ValueError, match=expected) as refused:
            folder.load()
        assert "\n" not in str(refused.value)
        return
    problems, count = expected
    data = folder.load()
    found = [(problem.kind, *problem.rows) for problem in data.problems]
    if problems == "copies":
        assert {(kind, len(rows)) for kind, *rows in found} == {("copies", 6)} and len(found) == 3
    elif problems == "slipped":
        ((kind, first, *others),) = found
        assert kind == "shift" and abs(first - 121) < 15 and others[-1] == 240
        assert "of the row after better" in str(data.problems[0])
    else:
        assert sorted(found) == sorted(problems)
    if count is not None:
        assert len(list(rows_of(data))) == count
        _check_samples(data)


def _check_samples(data):
    """Each picture that is there has the colour of its class, each sound its pitch, each note its number."""
    for split in (data.split(name) for name in ("train", "val", "test")):
        for i in range(len(split)):
            photo, call, note = (split.x[key][i] for key in COLUMNS)
            if photo.any():
                assert photo.mean(axis=(0, 1)).argmax() == split.y[i]
            if call.any() and " on " in note:
                pitch = np.abs(np.fft.rfft(call)).argmax()
                assert pitch == pytest.approx(300 + 20 * int(note.split()[-1]), abs=4)


def npy(path, array):
    np.save(path, array, allow_pickle=True)
    return path


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])
    return path


PICTURES = np.stack([painted(i) for i in range(COUNT)])
NOTES = np.array([f"a note on {i}" for i in range(COUNT)])
WITH_GAPS = np.where(np.arange(COUNT) % 7 == 5, np.nan, PICTURES.mean(axis=(1, 2, 3)))
LABELS = np.arange(COUNT) % 3
OBJECTS = np.array([*NOTES[:-1], None], object)
LOUD = np.stack([np.round(tone(0.1, hertz=300 + 20 * i) * 2**15) for i in range(COUNT)])

ARRAYS = {
    "as they are": (PICTURES, NOTES, LABELS, []),
    "big endian": (PICTURES.astype(">u2"), NOTES, LABELS.astype(">i8"), []),
    "floats of 64 bits": (PICTURES / 255, NOTES, LABELS, []),
    "classes as floats": (PICTURES, NOTES, LABELS.astype(float), [("label",)]),
    "one picture is one colour": (
        np.where(np.arange(COUNT)[:, None, None, None] == 7, 9, PICTURES),
        NOTES,
        LABELS,
        [("picture", 7)],
    ),
    "an empty text": (PICTURES, np.where(np.arange(COUNT) == 4, " ", NOTES), LABELS, [("text", 4)]),
    "NaN": (WITH_GAPS, NOTES, LABELS, "has NaN, .* in 4 rows, the first is row 5; leave them out or fill them in"),
    "a pickle": (PICTURES, OBJECTS, LABELS, "holds Python objects, .*; save plain numbers"),
    "one row less": (PICTURES[1:], NOTES, LABELS, "'image' has 29 rows, there are 30 labels; row i of each must be"),
    "bytes in place of texts": (
        PICTURES,
        NOTES.astype("S"),
        LABELS,
        "'text' is an array of .S12, .*; expected .N, ....",
    ),
    "complex": (PICTURES.astype(complex), NOTES, LABELS, "'image' is an array of complex128, .*; expected .N, ...."),
    "a 1 for each class": (PICTURES, NOTES, np.eye(3)[LABELS], "labels.argmax"),
    "a cut file": (PICTURES, NOTES, LABELS, "could only read .*; bring the file again"),
}


@pytest.mark.parametrize("case", ARRAYS)
def test_arrays(tmp_path, case):
    images, texts, labels, expected = ARRAYS[case]
    files = {
        name: npy(tmp_path / f"{name}.npy", array)
        for name, array in (("image", images), ("text", texts), ("labels", labels))
    }
    if case == "a cut file":
        cut(files["image"])
    arrays = {"image": files["image"], "text": files["text"]}
    if isinstance(expected, str):
        with pytest.raises(ValueError, match=expected) as refused:
            from_arrays(arrays, files["labels"])
        assert "\n" not in str(refused.value)
        return
    data = quiet(from_arrays, arrays, files["labels"])
    assert [(problem.kind, *problem.rows) for problem in data.problems] == expected
    for split in (data.split(name) for name in ("train", "val", "test")):
        for image, text, y in zip(split.x["image"], split.x["text"], split.y, strict=True):
            assert not text or int(text.split()[-1]) % 3 == y
            assert image.std() == 0 or np.asarray(image).mean(axis=(0, 1)).argmax() == y


def test_sounds_of_whole_numbers_in_other_orders_of_bytes(tmp_path):
    paths = {name: npy(tmp_path / f"{name}.npy", LOUD.astype(name)) for name in ("<i2", ">i2")}
    data = quiet(from_arrays, paths, LABELS, rates=dict.fromkeys(paths, 8000))
    assert data.problems == () and np.array_equal(data.train.x["<i2"], data.train.x[">i2"])
    assert 0.4 < np.abs(data.train.x["<i2"]).max() <= 0.5
