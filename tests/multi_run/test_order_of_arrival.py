"""The tables depend on what has arrived, never on the order and the batches it came in."""

import random
from collections.abc import Callable

import pytest

from tests.duckdb_warehouse import ARRIVAL_COLUMNS, Tables, Warehouse, differences
from tests.multi_run.troubled_world import Files, troubled_files
from tests.oracle.audit import disagreements

pytestmark = pytest.mark.slow

SEED = 1


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return troubled_files(SEED, tmp_path_factory.mktemp("generated"))


@pytest.fixture(scope="module")
def at_once(
    prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory, files: Files
) -> Warehouse:
    """A warehouse that took in all files in one batch; only to be read."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("at_once") / "warehouse")
    for (source, day), lines in files.items():
        warehouse.land(f"{day}.json", lines, source)
    warehouse.load()
    return warehouse


@pytest.fixture(scope="module")
def expected(at_once: Warehouse) -> Tables:
    return at_once.tables(without=ARRIVAL_COLUMNS)


def test_gold_is_what_the_oracle_makes_of_troubled_files(at_once: Warehouse) -> None:
    assert disagreements(at_once) == []


def test_no_table_is_empty_and_every_trouble_is_there(at_once: Warehouse, expected: Tables) -> None:
    assert min(sum(rows.values()) for rows in expected.values()) > 0
    reasons = {reason for _, _, reasons in at_once.quarantine() for reason in reasons}
    assert reasons >= {"parsable", "valid_timestamp", "conflicting_duplicate", "valid_quantity"}
    carts = at_once.rows(
        "select is_recovered, recovery_revenue > 0 from gold_cart_abandonment_fact"
    )
    assert {*carts} == {(False, False), (True, False), (True, True)}


def test_files_in_random_order_with_reruns_between_give_what_all_at_once_gives(
    new_warehouse: Callable[[], Warehouse], files: Files, expected: Tables
) -> None:
    rng = random.Random(SEED)
    warehouse = new_warehouse()
    order = rng.sample(sorted(files), k=len(files))
    for number, (source, day) in enumerate(order):
        warehouse.land(f"{rng.random()}.json", files[source, day], source)
        if number % 4 == 3:
            warehouse.load()
        if number == 7:
            warehouse.load()
    assert not differences(expected, warehouse.tables(without=ARRIVAL_COLUMNS))


def test_files_split_across_batches_give_what_all_at_once_gives(
    new_warehouse: Callable[[], Warehouse], files: Files, expected: Tables
) -> None:
    batches = 3
    warehouse = new_warehouse()
    for batch in range(batches):
        for (source, day), lines in files.items():
            warehouse.land(f"{day}_{batch}.json", lines[batch::batches], source)
        warehouse.load()
    assert not differences(expected, warehouse.tables(without=ARRIVAL_COLUMNS))
