"""Two valid events under one id: which one counts, and what becomes of the other."""

import hashlib
import json
from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from tests.warehouse import ARRIVAL_COLUMNS, Event, Warehouse, differences, item, sale

EARLIER = sale(
    "A",
    at="2026-01-05T10:00:00Z",
    items=[item(), item("SKU_000002", qty=2), item("SKU_000003", qty=0), item("SKU_000004")],
)
LATER = sale("A", at="2026-02-07T10:00:00Z", items=[item("SKU_000005", qty=7)], store_id="LOC_002")
BYSTANDER = sale("B", at="2026-01-05T12:00:00Z")


def facts(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.rows(
        "select line_item_id, sku, quantity_sold, date_key from gold_sales_fact order by all"
    )


@pytest.mark.parametrize(
    "batches",
    [
        pytest.param([[EARLIER], [LATER]], id="it comes second"),
        pytest.param([[LATER], [EARLIER]], id="it comes first"),
        pytest.param([[EARLIER, LATER]], id="both come in one file"),
        pytest.param([[LATER, EARLIER]], id="both come in one file, it first"),
        pytest.param([[EARLIER], [LATER], [EARLIER], [LATER]], id="both come twice"),
    ],
)
def test_the_version_with_the_later_timestamp_counts_and_the_other_is_quarantined(
    warehouse: Warehouse, batches: list[list[Event]]
) -> None:
    for number, events in enumerate(batches):
        warehouse.land(f"{number}.json", [*events, BYSTANDER])
        warehouse.load()
    assert facts(warehouse) == [
        ("A-1", "SKU_000005", 7, 20260207),
        ("B-1", "SKU_000001", 1, 20260105),
    ]
    assert warehouse.rows(
        "select line_item_id, location_key from silver_transactions_unified order by all"
    ) == [("A-1", 2), ("B-1", 1)]
    # The loser's bad line item goes with it: the whole loser is one row.
    assert warehouse.quarantine() == [("A", None, ["conflicting_duplicate"])]


def test_what_a_loser_had_put_downstream_is_taken_back(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [EARLIER, BYSTANDER])
    warehouse.load()
    assert [row[0] for row in facts(warehouse)] == ["A-1", "A-2", "A-4", "B-1"]
    assert warehouse.quarantine() == [("A", 3, ["valid_quantity"])]
    warehouse.land("2.json", [LATER])
    warehouse.load()
    assert [row[0] for row in facts(warehouse)] == ["A-1", "B-1"]
    assert warehouse.quarantine() == [("A", None, ["conflicting_duplicate"])]


def test_an_event_replaced_by_one_without_any_sound_line_item_leaves_no_fact(
    warehouse: Warehouse,
) -> None:
    warehouse.land("1.json", [EARLIER, BYSTANDER])
    warehouse.load()
    warehouse.land("2.json", [sale("A", at="2026-03-01T10:00:00Z", items=[item(qty=0), None])])
    warehouse.load()
    assert [row[0] for row in facts(warehouse)] == ["B-1"]
    assert warehouse.quarantine() == [
        ("A", 1, ["valid_quantity"]),
        ("A", 2, ["has_sku", "valid_price", "valid_quantity"]),
        ("A", None, ["conflicting_duplicate"]),
    ]


def test_each_distinct_loser_is_one_row_with_its_content(warehouse: Warehouse) -> None:
    losers = [sale("A", at=f"2026-01-0{day}T10:00:00Z") for day in (1, 2, 3)]
    for number, loser in enumerate([losers[0], LATER, losers[1]]):
        warehouse.land(f"{number}.json", [loser, losers[2], loser])
        warehouse.load()
    contents = [
        json.loads(content)
        for (content,) in warehouse.rows("select raw_content from silver_quarantined_events")
    ]
    assert sorted(content["timestamp"] for content in contents) == [
        loser["timestamp"] for loser in losers
    ]
    for content in contents:
        assert content["transaction_id"] == "A"
        assert content["items"][0]["sku"] == "SKU_000001"


def test_an_event_that_is_dropped_whole_takes_no_part_in_a_conflict(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A"), sale("A", at="2027-01-01T00:00:00Z", items=[])])
    warehouse.load()
    warehouse.land("2.json", [sale("A", at="never")])
    warehouse.load()
    assert facts(warehouse) == [("A-1", "SKU_000001", 1, 20260105)]
    assert warehouse.quarantine() == [("A", None, ["has_items"]), ("A", None, ["valid_timestamp"])]


def test_bad_line_items_do_not_count_against_an_event_in_a_conflict(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A")])
    warehouse.load()
    warehouse.land(
        "2.json", [sale("A", at="2026-01-05T10:00:01Z", items=[item(qty=0), item(qty=5)])]
    )
    warehouse.load()
    assert facts(warehouse) == [("A-2", "SKU_000001", 5, 20260105)]


@pytest.mark.slow
def test_of_versions_with_one_timestamp_the_same_wins_in_every_order_of_arrival(
    new_warehouse: Callable[[], Warehouse],
) -> None:
    versions = [sale("A", items=[item(qty=quantity)]) for quantity in (1, 2, 3)]
    outcomes = []
    for order in permutations(versions):
        warehouse = new_warehouse()
        warehouse.land("1.json", order[:1])
        warehouse.load()
        warehouse.land("2.json", order[1:])
        warehouse.load()
        outcomes.append(warehouse.tables(without=ARRIVAL_COLUMNS))
    assert sum(outcomes[0]["gold_sales_fact"].values()) == 1
    assert sum(outcomes[0]["silver_quarantined_events"].values()) == 2
    for outcome in outcomes[1:]:
        assert not differences(outcomes[0], outcome)


def test_the_winner_of_a_tie_has_the_greater_md5_of_its_typed_values(warehouse: Warehouse) -> None:
    def md5_of(transaction_id: str, associate_id: str) -> str:
        values = [transaction_id, "LOC_001", "1", "1767607200000000", "CUST_00000001", "regular"]
        values += ["STORE_POS", "SKU_000001|1|10.00|0.00|none|1", "cash", associate_id, "sale", ""]
        return hashlib.md5("|".join(values).encode()).hexdigest()

    associates = ("SA-001", "SA-002")
    transactions = [f"T{number}" for number in range(20)]
    for number, associate in enumerate(associates):
        warehouse.land(f"{number}.json", [sale(t, associate_id=associate) for t in transactions])
    warehouse.load()
    winners = warehouse.rows(
        "select transaction_id, _version, associate_id from silver_pos_events where is_current"
    )
    assert sorted(winners) == sorted(
        (t, *max((md5_of(t, associate), associate) for associate in associates))
        for t in transactions
    )
    assert {associate for *_, associate in winners} == set(associates)
