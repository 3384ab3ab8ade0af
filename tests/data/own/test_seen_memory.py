"""More pictures and sounds than the memory holds are refused in one sentence."""

import pytest

from mmcourse.data.own import collect
from tests.data.own.samples import ANIMALS, little_memory, save_image, table_of


def lines(folder, count):
    save_image(folder / "0.png", 0)
    return ["photo,animal", *(f"0.png,{ANIMALS[i % 3]}" for i in range(count))]


def test_more_than_a_machine_has_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(collect, "LARGEST", 30 * 24 * 24 * 3)
    assert len(table_of(tmp_path, lines(tmp_path, 30), image_side=24).train) == 18
    with pytest.raises(ValueError, match=r"31 rows with 1728 bytes .* pass a smaller image_side or seconds"):
        table_of(tmp_path, lines(tmp_path, 40), image_side=24)


def test_what_does_not_fit_into_the_memory_that_is_left(tmp_path):
    table = lines(tmp_path, 120)
    with little_memory(450), pytest.raises(ValueError, match=r"120 rows do not fit .* or load fewer rows"):
        table_of(tmp_path, table, image_side=1024)
