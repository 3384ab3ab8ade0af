"""Every fusion of the table, and every other part, against every odd call: equal, or refused in one sentence."""

import pytest

import mmcourse.layers as mml
from mmcourse import losses, models
from tests.layers import odd, odd_parts
from tests.layers.parts import PARTS
from tests.layers.table import ENTRIES


@pytest.mark.parametrize("column", odd.COLUMNS)
@pytest.mark.parametrize("layer", ENTRIES)
def test_odd_call(layer, column, record_property):
    record_property("cell", odd.answer(layer, column))


@pytest.mark.parametrize("column", odd_parts.COLUMNS)
@pytest.mark.parametrize("part", PARTS)
def test_odd_call_of_a_part(part, column, record_property):
    record_property("cell", odd_parts.answer(part, column))


def test_the_table_has_every_public_part():
    public = {*mml.__all__, *losses.__all__, *models.__all__}
    rows = {name.split("(")[0] for name in (*ENTRIES, *PARTS)}
    # arithmetic on losses that are numbers already: their odd calls stand in tests/losses
    assert public - rows == {"Fusion", "GradientBlending", "UncertaintyWeighting", "DistillationLoss"}
