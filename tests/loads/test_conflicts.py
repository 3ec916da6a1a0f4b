"""Two valid events under one id: which one counts, and what becomes of the other."""

import hashlib
import json
from itertools import permutations
from typing import Any

import pytest

from tests.support.duckdb_warehouse import ANY_FUTURE, STREAMS, Event, Row, Warehouse, item, sale
from tests.support.oracle.contract_values import typed_timestamp

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
            "select event_id, failed_expectations, raw_content like '%2026-01-05%'"
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
        warehouse.load(variables=ANY_FUTURE)
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
    assert {typed_timestamp(content["timestamp"]) for content in contents} == {
        typed_timestamp(loser["timestamp"].replace("2026", year)) for loser in LOSERS
    }
    assert len(contents) == len(LOSERS)
    for content in contents:
        assert content["transaction_id"] == "DISTINCT-A"
        assert content["items"][0]["sku"] == "SKU_000001"


def test_an_event_that_is_dropped_whole_takes_no_part_in_a_conflict(told: list[Warehouse]) -> None:
    assert sold(told[-1], "DROPPED") == [("A-1", "SKU_000001", 1, 20290105)]
    assert rejected(told[-1], "DROPPED") == [(None, ["has_items"]), (None, ["valid_timestamp"])]


def test_bad_line_items_do_not_count_against_an_event_in_a_conflict(told: list[Warehouse]) -> None:
    assert sold(told[-1], "PARTLY-BAD") == [("A-2", "SKU_000001", 5, 20300105)]


ASSOCIATES = ("SA-001", "SA-002", "SA-003")


def who_sold(warehouse: Warehouse) -> dict[str, str]:
    """The associate of the version that counts, in silver and gold, by transaction."""
    found: dict[str, str] = dict(
        warehouse.rows("select transaction_id, associate_id from silver_transactions_unified")
    )
    assert found == dict(
        warehouse.rows("select transaction_id, sales_associate_id from gold_sales_fact")
    )
    return found


def test_a_tie_is_won_by_the_version_whose_first_file_is_the_greatest_in_every_order_of_arrival(
    warehouse: Warehouse,
) -> None:
    """Three files, each with another version of every sale, arrive in every order."""
    orders = list(permutations(range(3)))
    for batch in range(3):
        for n, order in enumerate(orders):
            file = order[batch]
            sold = [sale(f"T{n}-{k}", associate_id=ASSOCIATES[(file + k) % 3]) for k in range(3)]
            warehouse.land(f"{file}_{n}.json", sold)
        warehouse.load()
    assert who_sold(warehouse) == {
        f"T{n}-{k}": ASSOCIATES[(2 + k) % 3] for n in range(len(orders)) for k in range(3)
    }
    assert warehouse.quarantine() == [
        (f"T{n}-{k}", None, ["conflicting_duplicate"])
        for n in range(len(orders))
        for k in range(3)
        for _ in range(2)
    ]


def test_a_redelivery_under_a_smaller_path_turns_a_tie_and_another_one_turns_it_back(
    warehouse: Warehouse,
) -> None:
    one, two = sale("A", associate_id="SA-001"), sale("A", associate_id="SA-002")
    arrivals = [
        ("5.json", one, "SA-001"),
        ("7.json", two, "SA-002"),
        ("4.json", two | {"unknown": 1}, "SA-001"),
        ("9.json", two, "SA-001"),
        ("3.json", one, "SA-002"),
        ("2.json", two | {"timestamp": None}, "SA-002"),
    ]
    for file, version, winner in arrivals:
        warehouse.land(file, [version])
        warehouse.load()
        assert who_sold(warehouse) == {"A": winner}
    assert warehouse.quarantine() == [
        ("A", None, ["conflicting_duplicate"]),
        ("A", None, ["valid_timestamp"]),
    ]


def test_a_tie_in_one_file_is_won_by_the_greater_md5_of_the_typed_values(
    warehouse: Warehouse,
) -> None:
    def md5_of(transaction_id: str, associate_id: str) -> str:
        values = [transaction_id, "LOC_001", "1", "1767607200000000", "CUST_00000001", "regular"]
        sold = "".join(map(with_length, ["SKU_000001", "1", "10.000000", "0.000000"])) + "---"
        values += ["STORE_POS", with_length(sold), "cash", associate_id]
        text = "".join(map(with_length, values)) + "---"
        return hashlib.md5(text.encode()).hexdigest()

    ids = [f"T{number}" for number in range(20)]
    for batch in range(2):  # the second load brings nothing new
        sold = [sale(id_, associate_id=who) for id_ in ids for who in ASSOCIATES]
        warehouse.land(f"{batch}.json", sold)
        warehouse.load()
        winners = who_sold(warehouse)
        assert winners == {
            id_: max((md5_of(id_, who), who) for who in ASSOCIATES)[1] for id_ in ids
        }
        assert {*winners.values()} == {*ASSOCIATES}
        assert warehouse.quarantine() == [
            (id_, None, ["conflicting_duplicate"]) for id_ in sorted(ids) for _ in range(2)
        ]


def with_length(text: str) -> str:
    return f"{len(text)}:{text}"


CORRECTIONS: dict[str, tuple[Event, bool]] = {
    "SAME MOMENT AND PLACE": ({}, True),
    "ANOTHER MOMENT": ({"timestamp": "2026-01-05T09:00:00Z"}, False),
    "ANOTHER PLACE": ({"store_id": "LOC_002", "location_id": "LOC_002"}, False),
}
"""What an update changes, and whether it corrects a sale or movement: it does not stand beside."""


def test_an_update_wins_whenever_it_comes_and_what_it_corrects_is_not_quarantined(
    warehouse: Warehouse,
) -> None:
    """Each with the update first and last, in each stream; in files that would decide otherwise."""
    updates: dict[str, list[Event]] = {"5": [], "4": []}
    for stream in STREAMS.values():
        for name, (change, _) in CORRECTIONS.items():
            for first in ("5", "4"):
                event = stream.make(f"{name} {first}", customer_id="CUST_00000001")
                fields = {field: change[field] for field in change.keys() & event.keys()}
                updated = {"customer_id": "CUST_00000002", "updated_at": "2026-01-05T10:00:01Z"}
                updates[first].append(event)
                updates["4" if first == "5" else "5"].append(event | fields | updated)
    for file in ("5", "4"):
        warehouse.land_by_stream(f"{file}.json", updates[file])
        warehouse.load()
    for stream in STREAMS.values():
        names = sorted(f"{name} {first}" for name in CORRECTIONS for first in ("4", "5"))
        verdicts = warehouse.rows(
            f"select {stream.id}, verdict, updated_at is not null from {stream.deliveries}"
            " order by 1, 3 desc"
        )
        is_corrected = {
            name: corrects or (name == "ANOTHER PLACE" and not has_place(stream.make("A")))
            for name, (_, corrects) in CORRECTIONS.items()
        }
        assert verdicts == [
            row
            for name in names
            for row in (
                (name, "current", True),
                (name, "corrected" if is_corrected[name[:-2]] else "superseded", False),
            )
        ]
        assert warehouse.rows(
            "select event_id from silver_quarantined_events"
            f" where source = '{stream.source}' order by 1"
        ) == [(name,) for name in names if not is_corrected[name[:-2]]]


def has_place(event: Event) -> bool:
    return bool(event.keys() & {"store_id", "location_id"})


def test_all_losers_are_judged_again_when_another_version_wins(
    warehouse: Warehouse,
) -> None:
    first = sale("A", associate_id="SA-001")
    correction = first | {"associate_id": "SA-002", "updated_at": "2026-01-06T10:00:00Z"}
    elsewhere = first | {"store_id": "LOC_002", "updated_at": "2026-01-07T10:00:00Z"}
    verdicts = "select verdict from silver_pos_deliveries order by associate_id, store_id"
    stories: list[tuple[Event, list[str], int]] = [
        (first, ["current"], 0),
        (correction, ["corrected", "current"], 0),
        (elsewhere, ["superseded", "current", "superseded"], 2),
    ]
    for number, (event, expected, quarantined) in enumerate(stories):
        warehouse.land(f"{number}.json", [event])
        warehouse.load()
        assert [verdict for (verdict,) in warehouse.rows(verdicts)] == expected
        assert len(warehouse.quarantine()) == quarantined


def test_an_id_that_does_not_come_again_is_not_judged_again(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A", at="2026-01-05T10:00:00Z")])
    warehouse.load()
    losers = [sale("A", at=f"2026-01-04T{hour}:00:00Z") for hour in ("09", "10")]
    warehouse.land("2.json", [*losers, sale("B", at="2026-01-04T10:00:00Z")])
    warehouse.load()
    # Of the day that this one leads to, only the versions of A that lost are looked at.
    warehouse.land("3.json", [sale("B", at="2026-01-04T10:00:00Z", register_id=2)])
    warehouse.load()
    assert warehouse.rows(
        "select _source_file, verdict from silver_pos_deliveries where transaction_id = 'A'"
        " order by all"
    ) == [("pos/1.json", "current"), ("pos/2.json", "superseded"), ("pos/2.json", "superseded")]
