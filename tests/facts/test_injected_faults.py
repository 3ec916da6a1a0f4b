"""Damaged worlds: what was injected is what is found, and what should count does, to the cent."""

from pathlib import Path

import pytest

from generators.faults import KINDS
from tests.support.duckdb_warehouse import Warehouse
from tests.support.injected_faults import TwinWorlds, judge

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_found_is_what_was_injected_however_late_it_comes(
    prepared_warehouse: Warehouse, tmp_path: Path, seed: int
) -> None:
    world = TwinWorlds.make(tmp_path, seed, scale=0.3)
    verdict = judge(world, lambda name: prepared_warehouse.copy(tmp_path / name))
    assert verdict.wrong == []
    assert verdict.found == verdict.injected
    assert verdict.injected.keys() == KINDS.keys()
