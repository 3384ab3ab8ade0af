"""The messy folder of lesson 28: the faults that were planted are there, are found, and are the only ones found."""

import csv
import shutil

import numpy as np
import pytest

from mmcourse.data import from_table, messy_folder
from mmcourse.data.own.messy import COPIED, FAULTS, ROWS
from mmcourse.data.own.writing import save_table
from tests.data.own.samples import quiet

COLUMNS = {"picture": "image", "voice": "audio", "name_en": "text", "name_zh": "text"}


def read(folder):
    return quiet(from_table, folder / "table.csv", COLUMNS, label="category", split="split", image_side=32)


def cells(folder):
    with open(folder / "table.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def albums(tmp_path_factory):
    """Clean, and with all faults: folder, truth by kind, set."""
    made = {}
    for name, faults in {"clean": (), "messy": FAULTS}.items():
        folder = tmp_path_factory.mktemp("albums") / name
        truth = {fault.kind: fault for fault in messy_folder(folder, faults=faults)}
        made[name] = folder, truth, read(folder)
    return made


def test_without_faults_nothing_is_found(albums):
    folder, truth, data = albums["clean"]
    assert truth == {} and data.problems == ()
    assert [len(data.split(name)) for name in ("train", "val", "test")] == [480, 160, 160] and len(data.classes) == 8
    assert data.train.present is None
    assert {path.name for path in folder.iterdir()} == {"table.csv", "card.md", "picture", "voice"}
    assert all(word in (folder / "card.md").read_text() for word in ("Apache-2.0", "Unicode-3.0", "made up"))


def test_the_faults_are_what_they_say(albums):
    """Each of them, against the clean album of the same seed."""
    (clean, _, _), (messy, truth, _) = albums["clean"], albums["messy"]
    before, after = cells(clean), cells(messy)
    assert tuple(truth) == FAULTS and len(before) == len(after) == ROWS
    (row,) = truth["missing"].rows
    assert not (messy / after[row - 1]["picture"]).exists()
    assert sum(not (messy / line["picture"]).exists() for line in after) == 1
    copied = truth["copies"].rows
    assert len(copied) == COPIED and {after[row - 1]["split"] for row in copied} == {"val", "test"}
    train = {line["voice"]: line for line in after if line["split"] == "train"}
    sounds = {(messy / voice).read_bytes(): line for voice, line in train.items()}
    for row in copied:
        source, copy = sounds[(messy / after[row - 1]["voice"]).read_bytes()], after[row - 1]
        assert source["category"] == copy["category"] and source["name_en"].split()[2:] == copy["name_en"].split()[2:]
    assert sum(line["picture"].endswith("jpg") for line in after) == COPIED // 4
    start = truth["shift"].rows[0]
    assert truth["shift"].rows == tuple(range(start, ROWS + 1)) and ROWS // 2 <= start <= ROWS * 3 // 4
    for row in set(range(2, ROWS + 1)) - set(copied):
        if row - 1 not in copied:
            assert after[row - 1]["name_zh"] == before[row - 1 - (row >= start)]["name_zh"]
    assert all(line["name_en"].startswith(line["category"][:2].upper()) for line in after)
    spelt = [i + 1 for i, line in enumerate(after) if line["category"].islower()]
    assert truth["spelling"].rows == tuple(spelt) and {after[row - 1]["split"] for row in spelt} == {"train"}


def test_every_fault_is_found_by_row(albums):
    """All in one load; nothing but the planted faults is named, the slipped names within twenty rows."""
    _, truth, data = albums["messy"]
    found = {}
    for problem in data.problems:
        found.setdefault((problem.kind, problem.file.split("/")[0]), set()).update(problem.rows)
    assert found["picture", "picture"] == {*truth["missing"].rows, *truth["grey"].rows}
    assert found["copies", "picture"] == found["copies", "voice"] == set(truth["copies"].rows)
    assert found["class", ""] == set(truth["spelling"].rows)
    assert found["giveaway", "name_en"] == set(truth["giveaway"].rows)
    assert abs(min(found["shift", "name_zh"]) - truth["shift"].rows[0]) < 20
    assert set(found) <= {
        ("picture", "picture"),
        ("copies", "picture"),
        ("copies", "voice"),
        ("copies", "name_zh"),
        ("class", ""),
        ("giveaway", "name_en"),
        ("shift", "name_zh"),
    }
    assert all(str(problem) in data.card for problem in data.problems)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shifts_are_found_on_other_seeds(tmp_path, seed):
    (truth,) = messy_folder(tmp_path / "album", faults=("shift",), seed=seed)
    columns = {"name_en": "text", "name_zh": "text"}
    data = quiet(from_table, tmp_path / "album" / "table.csv", columns, label="category", split="split")
    shifts = [problem for problem in data.problems if problem.kind == "shift"]
    assert [problem.file for problem in shifts] == ["name_zh"]
    assert abs(shifts[0].rows[0] - truth.rows[0]) < 30 and shifts[0].rows[-1] == ROWS


def test_one_fault_does_not_change_another(albums, tmp_path):
    _, truth, _ = albums["messy"]
    for kind in ("spelling", "grey"):
        assert messy_folder(tmp_path / kind, faults=(kind,)) == (truth[kind],)
    again = messy_folder(tmp_path / "again")
    assert again == tuple(truth.values())
    folder = albums["messy"][0]
    for path in sorted(folder.rglob("*.*")):
        assert (tmp_path / "again" / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_what_it_cannot_write(tmp_path):
    for faults in ("missing", ("sixth",), ("missing", "")):
        with pytest.raises(ValueError, match="faults are some of"):
            messy_folder(tmp_path / "album", faults=faults)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ValueError, match="name a new one"):
        messy_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_voice_reads_the_page(albums):
    """Where the card says: six in ten are the page of the category, and then one in ten of the others is by chance."""
    from mmcourse.data.audio import mu_law_decode
    from mmcourse.data.sets.digits import BANK, read_bank
    from mmcourse.files import course_file

    folder, _, data = albums["clean"]
    bank = read_bank(course_file("data", BANK))
    digits = {}
    for i in range(len(bank.label)):
        wave = np.round(mu_law_decode(bank.wave[bank.offset[i] : bank.offset[i + 1]]).astype(float) * 2**15)
        digits[np.clip(wave, -(2**15), 2**15 - 1).astype("<i2").tobytes()] = bank.label[i]
    said = np.array([digits[(folder / line["voice"]).read_bytes()[44:]] for line in cells(folder)])
    own = np.array([data.classes.index(line["category"]) for line in cells(folder)])
    assert abs((said == own).mean() - 0.64) < 3 * np.sqrt(0.64 * 0.36 / ROWS)


def test_what_was_found_is_enough_to_mend_it(albums, tmp_path):
    """From the list of problems alone, as the solution of lesson 28 does; then nothing is left to find."""
    messy, _, data = albums["messy"]
    folder = tmp_path / "mended"
    shutil.copytree(messy, folder)
    rows, rowset = cells(folder), {}
    spelt = {name.casefold(): name for name in sorted(data.classes, reverse=True)}  # capitals come last
    for problem in data.problems:
        rowset.setdefault((problem.kind, problem.file.split("/")[0]), set()).update(problem.rows)
    about = min(rowset["shift", "name_zh"])
    names = [row["name_zh"] for row in rows]
    (start,) = [i for i in range(about - 30, about + 30) if names[i] == names[i - 1]]  # two rows of one name
    for row, name in zip(rows[start:], [*names[start + 1 :], ""], strict=True):
        row["name_zh"] = name
    for row in rows:
        row["name_en"] = row["name_en"].split(maxsplit=2)[2]
        row["category"] = spelt[row["category"].casefold()]
    drop = rowset["picture", "picture"] | rowset["copies", "picture"]
    save_table(
        folder / "table.csv", list(rows[0]), [list(row.values()) for i, row in enumerate(rows) if i + 1 not in drop]
    )
    mended = read(folder)
    assert mended.problems == () and len(mended.classes) == 8
    assert sum(len(mended.split(name)) for name in ("train", "val", "test")) == ROWS - 2 - COPIED
