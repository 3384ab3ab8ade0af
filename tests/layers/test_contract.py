"""Every layer of the table against every point of the contract."""

import pytest

from tests.layers.points import POINTS
from tests.layers.table import ENTRIES


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("layer", ENTRIES)
def test_contract(layer, point):
    POINTS[point](ENTRIES[layer])


def test_the_table_holds_every_fusion_of_the_package():
    import mmcourse.layers as mml

    fusions = {
        name for name in mml.__all__ if isinstance(cls := getattr(mml, name), type) and issubclass(cls, mml.Fusion)
    }
    assert {name.split("(")[0] for name in ENTRIES} >= fusions - {"Fusion"}
