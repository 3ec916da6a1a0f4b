"""Running stock, however late and in whatever order movements come."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import pytest

from tests.support.arrivals import Delivery, batches, in_order_of_arrival
from tests.support.duckdb_warehouse import (
    ANY_FUTURE,
    ROOT,
    Event,
    Row,
    Warehouse,
    differences,
    movement,
)
from tests.support.oracle.delivery import NO_LIMIT, delivered, winners
from tests.support.oracle.events import Movement
from tests.support.oracle.landed import Line
from tests.support.oracle.master_data import MasterData
from tests.support.oracle.stock import StockRow, stock_rows

STOCK = "gold_inventory_fact"
COLUMNS = [field.name for field in fields(StockRow)]
MASTER = MasterData(ROOT / "seeds")

DAYS = [f"2026-01-{day:02}" for day in range(1, 8)]
DAYS += ["2019-12-31", "2020-01-01", "2035-12-31", "2036-01-01"]
"""The last four lie where the date dimension begins and ends."""
UPDATES = ["2036-01-02T00:00:00Z", "2036-01-03T00:00:00Z"]
"""After all movements."""
TYPES = ["receipt", "transfer_in", "transfer_out", "sale", "return", "adjustment", "SALE"]


def load(warehouse: Warehouse, name: str, movements: Iterable[Event]) -> None:
    warehouse.land(f"{name}.json", movements, source="inventory")
    warehouse.run("run", "--select", f"+{STOCK},bronze+", variables=ANY_FUTURE)


def balances(warehouse: Warehouse) -> list[Row]:
    return warehouse.rows(
        f"""
        select sku, location_id, date_key, net_change, quantity_on_hand
        from {STOCK}
        inner join gold_product_dim using (product_key)
        inner join gold_location_dim using (location_key)
        order by all
        """
    )


def fact(warehouse: Warehouse) -> Counter[Row]:
    return Counter(warehouse.rows(f"select {', '.join(COLUMNS)} from {STOCK}"))


def reference(lines: Iterable[Line]) -> Counter[Row]:
    rows = stock_rows(winners(delivered(Movement, lines, NO_LIMIT)), MASTER)
    return Counter(tuple(getattr(row, column) for column in COLUMNS) for row in rows)


def random_movement(rng: random.Random, ids: int) -> Event:
    """One of few versions of one of some movements, of few products at few places and instants."""
    return movement(
        f"INV-{rng.randrange(ids)}",
        rng.choice(TYPES),
        rng.choice([1, 2, 3, -2, 0, 100]),
        at=f"{rng.choice(DAYS)}T{rng.choice(['00:00:00', '10:00:00', '23:59:59.999999'])}Z",
        location_id=rng.choice(["LOC_001", "LOC_002", "LOC_099"]),
        sku=rng.choice(["SKU_000001", "SKU_000002", "SKU_000500", "SKU_999998", "SKU_999999"]),
        reason_code=rng.choice(["PO_RECEIPT", "DAMAGE"]),
        updated_at=rng.choice([None, None, None, "2019-01-01 00:00", *UPDATES]),
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_stock_is_that_of_all_movements_so_far_after_every_batch(
    warehouse: Warehouse, seed: int
) -> None:
    rng = random.Random(seed)
    movements = [random_movement(rng, ids=80) for _ in range(160)]
    world = in_order_of_arrival(rng, [Delivery("inventory", event) for event in movements])
    lines: list[Line] = []
    for number, batch in enumerate(batches(rng, world, 6)):
        lines += [Line(f"inventory/{number}.json", event) for _, event in batch]
        load(warehouse, str(number), [event for _, event in batch])
        found = differences({STOCK: reference(lines)}, {STOCK: fact(warehouse)})
        assert not found, f"after batch {number}: {found}"
    before = warehouse.tables(without=())[STOCK]
    warehouse.run("run", "--full-refresh", "--select", STOCK)
    assert not differences({STOCK: before}, {STOCK: warehouse.tables(without=())[STOCK]})


def test_a_late_movement_changes_its_day_and_all_later_ones(warehouse: Warehouse) -> None:
    load(
        warehouse,
        "1",
        [
            movement("A", "receipt", 10, at="2026-01-01T10:00:00Z"),
            movement("B", "sale", 4, at="2026-01-03T10:00:00Z"),
            movement("C", "sale", 7, at="2026-01-05T10:00:00Z"),
        ],
    )
    load(warehouse, "2", [movement("D", "return", 2, at="2026-01-02T10:00:00Z")])
    load(warehouse, "3", [movement("E", "receipt", 1, at="1999-12-31T10:00:00Z")])
    assert [row[2:] for row in balances(warehouse)] == [
        (-1, 1, 1),
        (20260101, 10, 11),
        (20260102, 2, 13),
        (20260103, -4, 9),
        (20260105, -7, 2),
    ]


def test_a_movement_that_moves_leaves_nothing_behind(warehouse: Warehouse) -> None:
    load(
        warehouse,
        "1",
        [
            movement("A", "receipt", 10, at="2026-01-01T10:00:00Z"),
            movement("B", "receipt", 5, at="2026-01-02T10:00:00Z"),
            movement("C", "sale", 1, at="2026-01-04T10:00:00Z"),
        ],
    )
    load(
        warehouse,
        "2",
        [
            movement("B", "receipt", 5, at="2026-01-03T10:00:00Z", location_id="LOC_002"),
            movement("A", "receipt", 20, at="2026-01-01T11:00:00Z"),
        ],
    )
    assert balances(warehouse) == [
        ("SKU_000001", "LOC_001", 20260101, 20, 20),
        ("SKU_000001", "LOC_001", 20260104, -1, 19),
        ("SKU_000001", "LOC_002", 20260103, 5, 5),
    ]


def test_a_load_goes_on_from_the_balance_before_what_changed_and_leaves_the_rest(
    warehouse: Warehouse,
) -> None:
    load(
        warehouse,
        "1",
        [
            movement("A", "receipt", 10, at="2026-01-01T10:00:00Z"),
            movement("B", "receipt", 10, at="2026-01-03T10:00:00Z"),
            movement("C", "receipt", 10, at="2026-01-03T10:00:00Z", sku="SKU_000002"),
        ],
    )
    # As if all had been counted differently: what a load does not look at stays as it is.
    warehouse.execute(f"update {STOCK} set quantity_on_hand = 1000")
    load(warehouse, "2", [movement("D", "sale", 1, at="2026-01-02T10:00:00Z")])
    assert balances(warehouse) == [
        ("SKU_000001", "LOC_001", 20260101, 10, 1000),
        ("SKU_000001", "LOC_001", 20260102, -1, 999),
        ("SKU_000001", "LOC_001", 20260103, 10, 1009),
        ("SKU_000002", "LOC_001", 20260103, 10, 1000),
    ]


def test_a_load_whose_watermark_was_lost_is_repeated_without_harm(warehouse: Warehouse) -> None:
    load(warehouse, "1", [movement("A", "receipt", 10), movement("B", "sale", 3)])
    load(warehouse, "2", [movement("A", "receipt", 7, at="2026-01-04T10:00:00Z")])
    before = warehouse.tables(without=())[STOCK]
    # As Databricks leaves it when it dies between the MERGE and the watermark.
    warehouse.execute(
        f"delete from watermarks where model_name = '{STOCK}' and previous_load is not null"
    )
    warehouse.run("run", "--select", STOCK)
    assert not differences({STOCK: before}, {STOCK: warehouse.tables(without=())[STOCK]})


@pytest.mark.parametrize("known", ["product", "location"])
def test_what_was_counted_as_unknown_is_taken_back_when_its_movement_changes(
    warehouse: Warehouse, known: str
) -> None:
    dimension = f"gold_{known}_dim"
    warehouse.execute(f"create table later as select * from {dimension} where {known}_key = 2")
    warehouse.execute(f"delete from {dimension} where {known}_key = 2")
    fields: dict[str, Any] = {"sku": "SKU_000002", "location_id": "LOC_002"}
    load(warehouse, "1", [movement("A", "receipt", 10, **fields)])
    warehouse.execute(f"insert into {dimension} select * from later")
    load(warehouse, "2", [movement("A", "receipt", 11, at="2026-01-09T10:00:00Z", **fields)])
    assert balances(warehouse) == [("SKU_000002", "LOC_002", 20260109, 11, 11)]
