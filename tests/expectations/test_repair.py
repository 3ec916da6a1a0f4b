"""What was rejected is resolved as soon as a valid delivery of the same event has come."""

import random
from collections.abc import Callable
from typing import Any

from tests.duckdb_warehouse import CLOCK_COLUMNS, STREAMS, Row, Warehouse, differences, item, sale

NEVER = "never"


def quarantined(warehouse: Warehouse) -> list[Row]:
    """Source, event, line, first reason and the file that repaired it, of each rejected row."""
    return warehouse.rows(
        """
        select source, event_id, line_number, failed_expectations[1], resolved_by
        from silver_quarantined_events order by all
        """
    )


def land(warehouse: Warehouse, name: str, id_: str, **fields: Any) -> None:
    """Land an event of each stream."""
    for stream in STREAMS.values():
        warehouse.land(name, [stream.make(id_, **fields)], stream.source)


def test_a_repaired_event_flows_in_once_and_resolves_what_was_rejected_of_it(
    warehouse: Warehouse,
) -> None:
    land(warehouse, "broken.json", "A", at=NEVER)
    warehouse.land("broken_too.json", [sale("A", items=[]), sale("B", items=[]), "rubbish"])
    warehouse.load()
    assert {resolved_by for *_, resolved_by in quarantined(warehouse)} == {None}

    land(warehouse, "mended.json", "A")
    warehouse.load()
    land(warehouse, "mended_again.json", "A")
    warehouse.load()
    expected: list[Row] = [
        (source, "A", None, "valid_timestamp", f"landing/{source}/mended.json")
        for source in STREAMS
    ]
    expected.append(("pos", "A", None, "has_items", "landing/pos/mended.json"))
    expected.append(("pos", "B", None, "has_items", None))
    expected.append(("pos", None, None, "parsable", None))
    assert sorted(quarantined(warehouse), key=str) == sorted(expected, key=str)
    for stream in STREAMS.values():
        assert warehouse.rows(f"select count(*) from {stream.fact}") == [(1,)]
        assert warehouse.rows(
            f"""
            select count(*) from silver_quarantined_events as rejected, {stream.bronze} as mended
            where rejected.source = '{stream.source}'
                and resolved_at = mended._ingested_at
                and resolved_by = mended._source_file
                and resolved_by like '%mended.json'
            """
        ) == [(2 if stream.source == "pos" else 1,)]


def test_an_event_that_is_there_already_resolves_what_is_rejected_of_it_later(
    warehouse: Warehouse,
) -> None:
    land(warehouse, "sound.json", "A")
    warehouse.load()
    land(warehouse, "broken.json", "A", at=NEVER)
    warehouse.load()
    assert quarantined(warehouse) == sorted(
        (source, "A", None, "valid_timestamp", f"landing/{source}/sound.json") for source in STREAMS
    )
    assert warehouse.rows(
        "select count(*) from silver_quarantined_events where resolved_at < _ingested_at"
    ) == [(len(STREAMS),)]


def test_an_event_of_another_stream_with_the_same_id_resolves_nothing(
    warehouse: Warehouse,
) -> None:
    warehouse.land("1.json", [sale("A", at=NEVER)])
    warehouse.land("1.json", [STREAMS["ecommerce"].make("A")], "ecommerce")
    warehouse.load()
    warehouse.land("2.json", [STREAMS["inventory"].make("A")], "inventory")
    warehouse.load()
    assert quarantined(warehouse) == [("pos", "A", None, "valid_timestamp", None)]


def test_a_rejected_line_item_leaves_with_its_version_and_neither_is_ever_resolved(
    warehouse: Warehouse,
) -> None:
    warehouse.land("1.json", [sale("A", items=[item(), item(qty=0)])])
    warehouse.load()
    assert quarantined(warehouse) == [("pos", "A", 2, "valid_quantity", None)]
    corrected = sale("A", items=[item(), item(qty=2)], at="2026-01-05T10:00:01Z")
    warehouse.land("2.json", [corrected])
    warehouse.load()
    assert quarantined(warehouse) == [("pos", "A", None, "conflicting_duplicate", None)]
    assert warehouse.rows("select sum(quantity_sold) from gold_sales_fact") == [(3,)]


def test_what_is_resolved_depends_neither_on_order_nor_on_batches_nor_on_a_full_refresh(
    new_warehouse: Callable[[], Warehouse],
) -> None:
    rng = random.Random(5)
    deliveries = [
        (stream, stream.make(id_, at=at))
        for stream in STREAMS.values()
        for id_ in "ABCDEF"
        for at in rng.sample([NEVER, NEVER, None, "2026-01-05T10:00:00Z", "2026-01-06"], k=3)
    ]

    def resolved(warehouse: Warehouse) -> list[Row]:
        return warehouse.rows(
            """
            select source, event_id, raw_content, resolved_at is null, count(*)
            from silver_quarantined_events group by all order by all
            """
        )

    outcomes = []
    for batches in (1, 5):
        warehouse = new_warehouse()
        rng.shuffle(deliveries)
        for batch in range(batches):
            for number, (stream, event) in enumerate(deliveries[batch::batches]):
                warehouse.land(f"{batch}_{number}.json", [event], stream.source)
            warehouse.load()
        outcomes.append(resolved(warehouse))
    assert {is_open for _, _, _, is_open, _ in outcomes[0]} == {True, False}
    assert outcomes[1] == outcomes[0]

    before = warehouse.tables(without=CLOCK_COLUMNS - {"_ingested_at"})
    warehouse.run("run", "--full-refresh", "--select", "silver_quarantined_events")
    assert not differences(before, warehouse.tables(without=CLOCK_COLUMNS - {"_ingested_at"}))


def test_reading_everything_again_leaves_each_rejected_row_once(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A", at=NEVER), sale("B", at=NEVER)])
    warehouse.load()
    warehouse.land("2.json", [sale("A")])
    warehouse.load()
    for again in ("bronze_pos_transactions", "silver_pos_events"):
        warehouse.run("run", "--full-refresh", "--select", again)
        warehouse.load()
        assert quarantined(warehouse) == [
            ("pos", "A", None, "valid_timestamp", "landing/pos/2.json"),
            ("pos", "B", None, "valid_timestamp", None),
        ]
