"""The tables depend on what has arrived, never on the order and the batches it came in."""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from tests.support.duckdb_warehouse import ARRIVAL_COLUMNS, STREAMS, Tables, Warehouse, differences
from tests.support.faulted_world import faulted_files
from tests.support.oracle.audit import disagreements
from tests.support.oracle.delivery import verdicts_by_file

pytestmark = pytest.mark.slow

SEED = 1
PARTS = 3
"""How many files each day of a stream comes in."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, int], list[str]]:
    """Lines by stream, day and part."""
    days = faulted_files(SEED, tmp_path_factory.mktemp("generated"))
    return {
        (stream, day, part): lines[part::PARTS]
        for (stream, day), lines in days.items()
        for part in range(PARTS)
    }


@pytest.fixture(scope="module")
def at_once(
    prepared_warehouse: Warehouse,
    tmp_path_factory: pytest.TempPathFactory,
    files: dict[tuple[str, str, int], list[str]],
) -> Warehouse:
    """A warehouse that took in all files in one batch; only to be read."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("at_once") / "warehouse")
    for (stream, day, part), lines in files.items():
        warehouse.land(f"{day}_{part}.json", lines, stream)
    warehouse.load()
    return warehouse


@pytest.fixture(scope="module")
def expected(at_once: Warehouse) -> Tables:
    return at_once.tables(without=ARRIVAL_COLUMNS)


def found_verdicts(warehouse: Warehouse) -> dict[str, Counter[str]]:
    """How many lines of each file have each verdict."""
    of_each = (f"select _source_file, verdict from {s.deliveries}" for s in STREAMS.values())
    found: dict[str, Counter[str]] = {}
    for file, verdict in warehouse.rows(" union all ".join(of_each)):
        found.setdefault(file, Counter())[verdict] += 1
    return found


def test_gold_is_what_the_oracle_makes_of_faulted_files(at_once: Warehouse) -> None:
    assert disagreements(at_once) == []


def test_each_line_has_the_verdict_of_the_oracle(at_once: Warehouse) -> None:
    assert found_verdicts(at_once) == verdicts_by_file(at_once.folder / "landing")


def test_no_table_is_empty_and_every_trouble_is_there(at_once: Warehouse, expected: Tables) -> None:
    assert min(sum(rows.values()) for rows in expected.values()) > 0
    reasons = {reason for _, _, reasons in at_once.quarantine() for reason in reasons}
    assert reasons >= {"parsable", "valid_timestamp", "conflicting_duplicate", "valid_quantity"}
    assert "valid_transaction_type" in reasons
    verdicts = sum(found_verdicts(at_once).values(), Counter[str]())
    assert verdicts.keys() == {"current", "corrected", "superseded", "duplicate", "rejected"}
    carts = at_once.rows(
        "select is_recovered, recovery_revenue > 0 from gold_cart_abandonment_fact"
    )
    assert {*carts} == {(False, False), (True, False), (True, True)}


def test_files_in_random_order_with_reruns_between_give_what_all_at_once_gives(
    new_warehouse: Callable[[], Warehouse],
    files: dict[tuple[str, str, int], list[str]],
    expected: Tables,
) -> None:
    rng = random.Random(SEED)
    warehouse = new_warehouse()
    order = rng.sample(sorted(files), k=len(files))
    for number, (stream, day, part) in enumerate(order):
        warehouse.land(f"{day}_{part}.json", files[stream, day, part], stream)
        if number % 12 == 11:
            warehouse.load()
        if number == 23:
            warehouse.load()
    assert not differences(expected, warehouse.tables(without=ARRIVAL_COLUMNS))


def test_days_split_across_batches_give_what_all_at_once_gives(
    new_warehouse: Callable[[], Warehouse],
    files: dict[tuple[str, str, int], list[str]],
    expected: Tables,
) -> None:
    warehouse = new_warehouse()
    loads: list[list[str]] = []
    for batch in reversed(range(PARTS)):
        loads.append([])
        for (stream, day, part), lines in files.items():
            if part == batch:
                warehouse.land(f"{day}_{part}.json", lines, stream)
                loads[-1].append(f"{stream}/{day}_{part}.json")
        warehouse.load()
    assert not differences(expected, warehouse.tables(without=ARRIVAL_COLUMNS))
    landing = warehouse.folder / "landing"
    assert found_verdicts(warehouse) == verdicts_by_file(landing, loads)
