"""Damaged worlds: what was injected is what is found, and what should count does, to the cent."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.duckdb_warehouse import ARRIVAL_COLUMNS, Tables, Warehouse, differences
from tests.faults.answer_key import check, deliveries
from tests.faults.worlds import FaultedWorld
from tests.oracle.audit import disagreements

pytestmark = pytest.mark.slow


def results(warehouse: Warehouse) -> Tables:
    """The facts and the quarantine; the versions kept in between may be spelt differently."""
    tables = warehouse.tables(without=ARRIVAL_COLUMNS)
    return {
        name: rows
        for name, rows in tables.items()
        if name.startswith("gold") or name == "silver_quarantined_events"
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_found_is_what_was_injected_however_late_it_comes(
    new_warehouse: Callable[[], Warehouse], tmp_path: Path, seed: int
) -> None:
    world = FaultedWorld.make(tmp_path, seed)
    day_by_day = new_warehouse()
    *first_files, last_files = deliveries(world.faulted, builds=3)
    for files in first_files:
        world.land(files, day_by_day.folder / "landing")
        day_by_day.load()
    world.land(last_files, day_by_day.folder / "landing")
    everything = ["build", "--exclude-resource-type", "unit_test"]
    day_by_day.run(*everything, variables={"test_scope": "all"})  # faults alone fail no build

    verdict = check(world.faulted, world.sound, day_by_day.rows)
    assert verdict.wrong == []
    assert verdict.found == verdict.injected
    assert disagreements(day_by_day) == []

    at_once = new_warehouse()
    for files in deliveries(world.faulted, builds=1):
        world.land(files, at_once.folder / "landing")
    at_once.load()
    assert differences(results(day_by_day), results(at_once)) == []
