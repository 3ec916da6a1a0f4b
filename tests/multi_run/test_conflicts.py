"""Two valid events under one id: which one counts, and what becomes of the other."""

import hashlib
import json
from itertools import permutations
from typing import Any

import pytest

from tests.duckdb_warehouse import STREAMS, Event, Row, Warehouse, item, sale

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


ARRIVALS = {
    "SECOND": ["earlier", "later"],
    "FIRST": ["later", "earlier"],
    "IN-ONE-FILE": ["earlier later"],
    "IN-ONE-FILE-FIRST": ["later earlier"],
    "TWICE": ["earlier", "later", "earlier", "later"],
}
"""How the later version of a transaction may come."""


def test_the_version_with_the_later_timestamp_counts_however_the_versions_come(
    warehouse: Warehouse,
) -> None:
    months = {name: f"2026-{number:02}" for number, name in enumerate(ARRIVALS, start=3)}
    for batch in range(4):
        events = [BYSTANDER]
        for name, batches in ARRIVALS.items():
            versions = {  # each on days of its own: no other change makes a load look at them
                "earlier": EARLIER | {"timestamp": f"{months[name]}-05T10:00:00Z"},
                "later": LATER | {"timestamp": f"{months[name]}-20T10:00:00Z"},
            }
            for version in batches[batch].split() if batch < len(batches) else []:
                events.append(versions[version] | {"transaction_id": name})
        warehouse.land(f"{batch}.json", events)
        warehouse.load()
    days = {name: int(month.replace("-", "") + "20") for name, month in months.items()}
    assert facts(warehouse) == [
        ("B-1", "SKU_000001", 1, 20260105),
        *sorted((f"{name}-1", "SKU_000005", 7, day) for name, day in days.items()),
    ]
    assert warehouse.rows(
        "select transaction_id, location_key from silver_transactions_unified order by all"
    ) == [("B", 1), *((name, 2) for name in sorted(ARRIVALS))]
    # The loser's bad line item goes with it: the whole loser is one row.
    assert warehouse.quarantine() == [
        (name, None, ["conflicting_duplicate"]) for name in sorted(ARRIVALS)
    ]


def test_of_each_stream_the_later_version_counts_and_the_other_is_taken_back(
    warehouse: Warehouse,
) -> None:
    """The later version first, last, and with redeliveries of both; each on a day of its own."""
    versions = {"earlier": "2026-01-05T10:00:00Z", "later": "2026-02-07T10:00:00Z"}
    arrivals = {"LAST": ["earlier", "later", ""], "FIRST": ["later", "earlier", "later earlier"]}
    for batch in range(3):
        warehouse.land_by_stream(
            f"{batch}.json",
            [
                stream.make(id_, at=versions[version])
                for stream in STREAMS.values()
                for id_, batches in arrivals.items()
                for version in batches[batch].split()
            ],
        )
        warehouse.load()
    for stream in STREAMS.values():
        rows = warehouse.rows(f"select {stream.fact_id}, date_key from {stream.fact} order by 1")
        assert rows == [("FIRST", 20260207), ("LAST", 20260207)]
        assert warehouse.rows(
            "select event_id, failed_expectations, raw_content like '%2026-01-05T10:00:00Z%'"
            f" from silver_quarantined_events where source = '{stream.source}' order by 1"
        ) == [(id_, ["conflicting_duplicate"], True) for id_ in ("FIRST", "LAST")]


LOSERS = [sale("A", at=f"2026-01-0{day}T10:00:00Z") for day in (1, 2, 3)]
STORIES: dict[str, list[list[Event]]] = {
    "REPLACED": [[EARLIER, BYSTANDER], [LATER]],
    "EMPTIED": [
        [EARLIER, BYSTANDER],
        [sale("A", at="2026-03-01T10:00:00Z", items=[item(qty=0), None])],
    ],
    "DISTINCT": [[loser, LOSERS[2], loser] for loser in (LOSERS[0], LATER, LOSERS[1])],
    "DROPPED": [
        [sale("A"), sale("A", at="2026-12-01T00:00:00Z", items=[])],
        [sale("A", at="never")],
    ],
    "PARTLY-BAD": [
        [sale("A")],
        [sale("A", at="2026-01-05T10:00:01Z", items=[item(qty=0), item(qty=5)])],
    ],
}
"""What comes load by load of A and its bystander B, whose ids begin with the story's name."""


@pytest.fixture(scope="module")
def told(
    prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> list[Warehouse]:
    """A warehouse after each of three loads of all stories, each in a year of its own."""
    folder = tmp_path_factory.mktemp("told")
    warehouse, after = prepared_warehouse, []
    for batch in range(3):
        warehouse = warehouse.copy(folder / str(batch))
        for year, (story, batches) in enumerate(STORIES.items(), start=2026):
            events = [
                event
                | {"transaction_id": f"{story}-{event['transaction_id']}"}
                | {"timestamp": event["timestamp"].replace("2026", str(year))}
                for event in (batches[batch] if batch < len(batches) else [])
            ]
            warehouse.land(f"{batch}_{story}.json", events)
        warehouse.load()
        after.append(warehouse)
    return after


def sold(warehouse: Warehouse, story: str) -> list[Row]:
    """A story's facts, without its name in front of their ids."""
    return [
        (id_.removeprefix(f"{story}-"), *others)
        for id_, *others in facts(warehouse)
        if id_.startswith(f"{story}-")
    ]


def rejected(warehouse: Warehouse, story: str) -> list[tuple[int | None, list[str]]]:
    """Line and reasons of what the quarantine has of a story's A."""
    rows = warehouse.quarantine()
    return [(line, reasons) for id_, line, reasons in rows if id_ == f"{story}-A"]


def test_what_a_loser_had_put_downstream_is_taken_back(told: list[Warehouse]) -> None:
    first, *later = told
    assert [row[0] for row in sold(first, "REPLACED")] == ["A-1", "A-2", "A-4", "B-1"]
    assert rejected(first, "REPLACED") == [(3, ["valid_quantity"])]
    for warehouse in later:
        assert sold(warehouse, "REPLACED") == [
            ("A-1", "SKU_000005", 7, 20260207),
            ("B-1", "SKU_000001", 1, 20260105),
        ]
        assert rejected(warehouse, "REPLACED") == [(None, ["conflicting_duplicate"])]


def test_an_event_replaced_by_one_without_any_sound_line_item_leaves_no_fact(
    told: list[Warehouse],
) -> None:
    assert sold(told[-1], "EMPTIED") == [("B-1", "SKU_000001", 1, 20270105)]
    assert rejected(told[-1], "EMPTIED") == [
        (1, ["valid_quantity"]),
        (2, ["has_sku", "valid_price", "valid_quantity"]),
        (None, ["conflicting_duplicate"]),
    ]


def test_each_distinct_loser_is_one_row_with_its_content(told: list[Warehouse]) -> None:
    contents = [
        json.loads(content)
        for (content,) in told[-1].rows(
            "select raw_content from silver_quarantined_events where event_id = 'DISTINCT-A'"
        )
    ]
    year = str(2026 + [*STORIES].index("DISTINCT"))
    assert sorted(content["timestamp"] for content in contents) == [
        loser["timestamp"].replace("2026", year) for loser in LOSERS
    ]
    for content in contents:
        assert content["transaction_id"] == "DISTINCT-A"
        assert content["items"][0]["sku"] == "SKU_000001"


def test_an_event_that_is_dropped_whole_takes_no_part_in_a_conflict(told: list[Warehouse]) -> None:
    assert sold(told[-1], "DROPPED") == [("A-1", "SKU_000001", 1, 20290105)]
    assert rejected(told[-1], "DROPPED") == [(None, ["has_items"]), (None, ["valid_timestamp"])]


def test_bad_line_items_do_not_count_against_an_event_in_a_conflict(told: list[Warehouse]) -> None:
    assert sold(told[-1], "PARTLY-BAD") == [("A-2", "SKU_000001", 5, 20300105)]


def test_a_tie_is_won_by_the_greater_md5_of_the_typed_values_in_every_order_of_arrival(
    warehouse: Warehouse,
) -> None:
    def md5_of(transaction_id: str, associate_id: str) -> str:
        values = [transaction_id, "LOC_001", "1", "1767607200000000", "CUST_00000001", "regular"]
        values += ["STORE_POS", "SKU_000001|1|10.00|0.00|none|1", "cash", associate_id, "sale", ""]
        return hashlib.md5("|".join(values).encode()).hexdigest()

    associates = ("SA-001", "SA-002", "SA-003")
    orders = {
        f"T{number}-{n}": order
        for n, order in enumerate(permutations(associates))
        for number in range(4)
    }
    for batch in range(3):
        warehouse.land(
            f"{batch}.json", [sale(id_, associate_id=order[batch]) for id_, order in orders.items()]
        )
        warehouse.load()
    winners = warehouse.rows(
        "select transaction_id, _version, associate_id from silver_pos_events where is_current"
    )
    assert sorted(winners) == sorted(
        (id_, *max((md5_of(id_, associate), associate) for associate in associates))
        for id_ in orders
    )
    assert {associate for *_, associate in winners} == set(associates)
    assert sorted(
        warehouse.rows("select transaction_id, sales_associate_id from gold_sales_fact")
    ) == sorted((id_, associate) for id_, _, associate in winners)
    assert warehouse.quarantine() == [
        (id_, None, ["conflicting_duplicate"]) for id_ in sorted(orders) for _ in range(2)
    ]
